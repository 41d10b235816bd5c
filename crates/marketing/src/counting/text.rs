//! Rules as JSON: as the store keeps them and the interface takes them.

use serde_json::{Map, Value, json};

use super::{
    Action, ChannelRule, Condition, Field, Mapping, Network, Operator, Recognition, Rules,
    TrailingSlash,
};
use crate::event::{PAGEVIEW, counts};
use crate::page::clean;
use crate::session::{LONGEST_IDLE_MINUTES, SessionRule};
use crate::site;

/// Most rules and most lines of a list.
const MOST_CHANNELS: usize = 100;
const MOST_CONDITIONS: usize = 10;
const MOST_LINES: usize = 2_000;
const LONGEST_VALUE: usize = 300;
const LONGEST_CHANNEL: usize = 60;
const MOST_MAPPINGS: usize = 200;
/// A person clicks less often than this, and a program that counts more is none.
const RATES: std::ops::RangeInclusive<u64> = 10..=100_000;

/// Why a setting is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {detail}")]
pub struct RuleError {
    /// Path of the field, `channels[2].conditions[0].value`.
    pub field: String,
    /// Stable word for programs.
    pub code: &'static str,
    /// What was wrong and what would be right.
    pub detail: String,
}

impl TrailingSlash {
    pub fn as_str(self) -> &'static str {
        match self {
            TrailingSlash::Keep => "keep",
            TrailingSlash::Remove => "remove",
        }
    }
}

impl Recognition {
    pub fn as_str(self) -> &'static str {
        match self {
            Recognition::AsSent => "as_sent",
            Recognition::WithConsent => "with_consent",
            Recognition::Cookieless => "cookieless",
        }
    }
}

/// The rules as JSON, with every field.
pub fn write(rules: &Rules) -> Value {
    let networks = |networks: &[Network]| -> Vec<String> {
        networks.iter().map(ToString::to_string).collect()
    };
    let channels: Vec<Value> = rules
        .channels
        .iter()
        .map(|rule| {
            let conditions: Vec<Value> = rule
                .conditions
                .iter()
                .map(|condition| {
                    json!({
                        "field": condition.field.as_str(),
                        "operator": condition.operator.as_str(),
                        "value": condition.value,
                    })
                })
                .collect();
            json!({"channel": rule.channel, "conditions": conditions})
        })
        .collect();
    json!({
        "idle_minutes": rules.session.idle_us() / 60_000_000,
        "campaign_split": rules.session.splits_on_campaign(),
        "trailing_slash": rules.trailing_slash.as_str(),
        "channels": channels,
        "excluded_referrers": rules.excluded_referrers,
        "own_domains": rules.own_domains,
        "hostnames": rules.hostnames,
        "own_networks": networks(&rules.own_networks),
        "data_centres": networks(&rules.data_centres),
        "spam_referrers": rules.spam_referrers,
        "most_events_per_minute": rules.most_events_per_minute,
        "check_headers": rules.checks_headers,
        "recognition": rules.recognition.as_str(),
        "honour_signals": rules.honours_signals,
        "mapping": rules.mapping.iter().map(mapping_json).collect::<Vec<_>>(),
    })
}

fn mapping_json(mapping: &Mapping) -> Value {
    json!({
        "action": mapping.action.as_str(),
        "event": mapping.event,
        "property": mapping.property,
        "from": mapping.from,
        "to": mapping.to,
    })
}

/// Reads rules; what is not given is as in a site that decided nothing.
///
/// # Errors
/// Names every field that is not right.
pub fn read(value: &Value) -> Result<Rules, Vec<RuleError>> {
    let Some(object) = value.as_object() else {
        return Err(vec![error("rules", "not_an_object", "is no JSON object")]);
    };
    let mut reader = Reader { object, errors: Vec::new() };
    let idle = reader.number("idle_minutes", 1..=u64::from(LONGEST_IDLE_MINUTES)).unwrap_or(30);
    let split = reader.flag("campaign_split");
    let rules = Rules {
        session: SessionRule::new(u32::try_from(idle).unwrap_or(30), split).unwrap_or_default(),
        trailing_slash: reader
            .word("trailing_slash", &[TrailingSlash::Keep, TrailingSlash::Remove], |slash| {
                slash.as_str()
            })
            .unwrap_or_default(),
        channels: reader.channels(),
        excluded_referrers: reader.hosts("excluded_referrers", false),
        own_domains: reader.hosts("own_domains", false),
        hostnames: reader.hosts("hostnames", true),
        own_networks: reader.networks("own_networks"),
        data_centres: reader.networks("data_centres"),
        spam_referrers: reader.hosts("spam_referrers", false),
        most_events_per_minute: reader
            .number("most_events_per_minute", RATES)
            .and_then(|rate| u32::try_from(rate).ok()),
        checks_headers: reader.flag("check_headers"),
        recognition: reader
            .word(
                "recognition",
                &[Recognition::AsSent, Recognition::WithConsent, Recognition::Cookieless],
                Recognition::as_str,
            )
            .unwrap_or_default(),
        honours_signals: reader.flag("honour_signals"),
        mapping: reader.mapping(),
    };
    if reader.errors.is_empty() { Ok(rules) } else { Err(reader.errors) }
}

fn error(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> RuleError {
    RuleError { field: field.into(), code, detail: detail.into() }
}

struct Reader<'a> {
    object: &'a Map<String, Value>,
    errors: Vec<RuleError>,
}

impl Reader<'_> {
    fn refuse(&mut self, field: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.errors.push(error(field, code, detail));
    }

    /// `None` when absent, null or refused.
    fn number(&mut self, name: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        let number = value.as_u64().filter(|number| range.contains(number));
        if number.is_none() {
            let detail = format!("must be a whole number, {} to {}", range.start(), range.end());
            self.refuse(name, "out_of_range", detail);
        }
        number
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.object.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.refuse(name, "not_a_flag", "must be true or false");
                false
            }
        }
    }

    fn word<T: Copy>(&mut self, name: &str, all: &[T], text: fn(T) -> &'static str) -> Option<T> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        let found = all.iter().copied().find(|one| value.as_str() == Some(text(*one)));
        if found.is_none() {
            let words: Vec<_> = all.iter().copied().map(text).collect();
            self.refuse(name, "unknown_word", format!("must be one of {}", words.join(", ")));
        }
        found
    }

    /// The lines of a list, trimmed, in lower case, without empty ones, each once.
    fn lines(&mut self, name: &str) -> Vec<String> {
        let items = match self.object.get(name) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.refuse(name, "not_an_array", "must be an array of texts");
                return Vec::new();
            }
        };
        if items.len() > MOST_LINES {
            self.refuse(name, "too_many", format!("may have at most {MOST_LINES} lines"));
            return Vec::new();
        }
        let mut lines: Vec<String> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Some(text) = item.as_str() else {
                self.refuse(format!("{name}[{index}]"), "not_a_text", "must be a text");
                continue;
            };
            let line = clean(text.trim(), LONGEST_VALUE).to_lowercase();
            if !line.is_empty() && !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }

    /// Hosts; with `wildcards`, also `*.host`.
    fn hosts(&mut self, name: &str, wildcards: bool) -> Vec<String> {
        let mut hosts = Vec::new();
        for (index, line) in self.lines(name).into_iter().enumerate() {
            let (prefix, bare) = match line.strip_prefix("*.") {
                Some(bare) if wildcards => ("*.", bare),
                _ => ("", line.as_str()),
            };
            match site::domain(bare) {
                Ok(host) => hosts.push(format!("{prefix}{host}")),
                Err(refused) => {
                    self.refuse(format!("{name}[{index}]"), "invalid_domain", refused.to_string())
                }
            }
        }
        hosts
    }

    fn networks(&mut self, name: &str) -> Vec<Network> {
        let mut networks = Vec::new();
        for (index, line) in self.lines(name).into_iter().enumerate() {
            match line.parse::<Network>() {
                Ok(network) => networks.push(network),
                Err(refused) => {
                    self.refuse(format!("{name}[{index}]"), "invalid_network", refused.to_string())
                }
            }
        }
        networks
    }

    fn channels(&mut self) -> Vec<ChannelRule> {
        let rules = match self.object.get("channels") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(rules)) if rules.len() <= MOST_CHANNELS => rules,
            Some(_) => {
                let detail = format!("must be an array of at most {MOST_CHANNELS} rules");
                self.refuse("channels", "not_an_array", detail);
                return Vec::new();
            }
        };
        rules.iter().enumerate().filter_map(|(index, rule)| self.channel(index, rule)).collect()
    }

    fn mapping(&mut self) -> Vec<Mapping> {
        let rules = match self.object.get("mapping") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(rules)) if rules.len() <= MOST_MAPPINGS => rules,
            Some(_) => {
                let detail = format!("must be an array of at most {MOST_MAPPINGS} rules");
                self.refuse("mapping", "not_an_array", detail);
                return Vec::new();
            }
        };
        rules.iter().enumerate().filter_map(|(index, rule)| self.one_mapping(index, rule)).collect()
    }

    fn one_mapping(&mut self, index: usize, rule: &Value) -> Option<Mapping> {
        let at = format!("mapping[{index}]");
        let before = self.errors.len();
        let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default();
        let action = Action::ALL.into_iter().find(|known| known.as_str() == text("action"));
        let Some(action) = action else {
            let words: Vec<_> = Action::ALL.into_iter().map(Action::as_str).collect();
            let detail = format!("must be one of {}", words.join(", "));
            self.refuse(format!("{at}.action"), "unknown_word", detail);
            return None;
        };
        let mapping = Mapping {
            action,
            event: self.part(rule, &at, "event", action.is_of_events(), false),
            property: self.part(rule, &at, "property", action.has_property(), false),
            from: self.part(rule, &at, "from", action == Action::ReplaceField, true),
            to: self.part(rule, &at, "to", action.has_to(), action == Action::ReplaceField),
        };
        let wrong_kind = !matches!(mapping.to.as_str(), "number" | "flag" | "text");
        if action == Action::ConvertProperty && wrong_kind {
            self.refuse(format!("{at}.to"), "unknown_word", "must be number, flag or text");
        }
        if action == Action::RenameEvent && !counts(&mapping.to) {
            let detail = format!(
                "`{}` has a meaning of its own; take another name, or `{PAGEVIEW}` for page views",
                mapping.to
            );
            self.refuse(format!("{at}.to"), "reserved", detail);
        }
        (self.errors.len() == before).then_some(mapping)
    }

    /// A text of a mapping. What its action does not speak of is not kept.
    fn part(
        &mut self,
        rule: &Value,
        at: &str,
        name: &str,
        is_asked: bool,
        may_be_empty: bool,
    ) -> String {
        if !is_asked {
            return String::new();
        }
        let text = rule.get(name).and_then(Value::as_str).unwrap_or_default();
        let text = clean(text.trim(), LONGEST_VALUE);
        if text.is_empty() && !may_be_empty {
            self.refuse(format!("{at}.{name}"), "missing", "is needed for this action");
        }
        text
    }

    fn channel(&mut self, index: usize, rule: &Value) -> Option<ChannelRule> {
        let at = format!("channels[{index}]");
        let channel = rule.get("channel").and_then(Value::as_str).unwrap_or_default().trim();
        if channel.is_empty() || channel.chars().count() > LONGEST_CHANNEL {
            let detail = format!("must be a name of 1 to {LONGEST_CHANNEL} characters");
            self.refuse(format!("{at}.channel"), "invalid_name", detail);
            return None;
        }
        let empty = Vec::new();
        let given = rule.get("conditions").and_then(Value::as_array).unwrap_or(&empty);
        if given.is_empty() || given.len() > MOST_CONDITIONS {
            let detail = format!("must have 1 to {MOST_CONDITIONS} conditions");
            self.refuse(format!("{at}.conditions"), "out_of_range", detail);
            return None;
        }
        let mut conditions = Vec::new();
        for (number, condition) in given.iter().enumerate() {
            let at = format!("{at}.conditions[{number}]");
            let text = |name| condition.get(name).and_then(Value::as_str).unwrap_or_default();
            let field = Field::ALL.into_iter().find(|field| field.as_str() == text("field"));
            let operator =
                Operator::ALL.into_iter().find(|known| known.as_str() == text("operator"));
            if field.is_none() {
                let detail = "must be source, medium, campaign or referrer";
                self.refuse(format!("{at}.field"), "unknown_word", detail);
            }
            if operator.is_none() {
                let words: Vec<_> = Operator::ALL.into_iter().map(Operator::as_str).collect();
                let detail = format!("must be one of {}", words.join(", "));
                self.refuse(format!("{at}.operator"), "unknown_word", detail);
            }
            let value = text("value");
            if value.chars().count() > LONGEST_VALUE {
                let detail = format!("may have at most {LONGEST_VALUE} characters");
                self.refuse(format!("{at}.value"), "too_long", detail);
            } else if let (Some(field), Some(operator)) = (field, operator) {
                match Condition::new(field, operator, value) {
                    Ok(condition) => conditions.push(condition),
                    Err(refused) => {
                        let detail =
                            format!("is no regular expression that can be used: {refused}");
                        self.refuse(format!("{at}.value"), "invalid_expression", detail);
                    }
                }
            }
        }
        Some(ChannelRule { channel: clean(channel, LONGEST_CHANNEL * 4), conditions })
    }
}
