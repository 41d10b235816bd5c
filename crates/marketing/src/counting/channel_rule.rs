//! A channel of a site's own: its name and when a visit belongs to it.

use regex::{Regex, RegexBuilder};

/// A channel of the site's own.
#[derive(Debug, Clone)]
pub struct ChannelRule {
    /// One of the default channels, or a name of the site's own.
    pub channel: String,
    /// All must hold; at least one.
    pub conditions: Vec<Condition>,
}

/// One condition of a rule. Text is compared in lower case.
#[derive(Debug, Clone)]
pub struct Condition {
    pub field: Field,
    pub operator: Operator,
    /// In lower case, except that of an expression.
    pub value: String,
    /// With `Matches`.
    expression: Option<Regex>,
}

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The source's display name, or the tag's or host's own word.
    Source,
    Medium,
    Campaign,
    /// Host and path of the page before.
    Referrer,
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
    StartsWith,
    EndsWith,
    /// A regular expression that finds something.
    Matches,
}

impl Field {
    pub const ALL: [Field; 4] = [Field::Source, Field::Medium, Field::Campaign, Field::Referrer];

    pub fn as_str(self) -> &'static str {
        match self {
            Field::Source => "source",
            Field::Medium => "medium",
            Field::Campaign => "campaign",
            Field::Referrer => "referrer",
        }
    }
}

impl Operator {
    pub const ALL: [Operator; 7] = [
        Operator::Is,
        Operator::IsNot,
        Operator::Contains,
        Operator::ContainsNot,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::Matches,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Is => "is",
            Operator::IsNot => "is_not",
            Operator::Contains => "contains",
            Operator::ContainsNot => "contains_not",
            Operator::StartsWith => "starts_with",
            Operator::EndsWith => "ends_with",
            Operator::Matches => "matches",
        }
    }
}

/// What a rule is held against: texts in lower case, empty where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleText<'a> {
    /// Every name that the source has.
    pub sources: &'a [&'a str],
    pub medium: &'a str,
    pub campaign: &'a str,
    pub referrer: &'a str,
}

impl Condition {
    /// # Errors
    /// When the value of `Matches` is no regular expression, or one that is too large.
    pub fn new(field: Field, operator: Operator, value: &str) -> Result<Self, regex::Error> {
        let expression = match operator {
            Operator::Matches => {
                Some(RegexBuilder::new(value).case_insensitive(true).size_limit(1 << 18).build()?)
            }
            _ => None,
        };
        let value = match operator {
            Operator::Matches => value.to_owned(),
            _ => value.trim().to_lowercase(),
        };
        Ok(Self { field, operator, value, expression })
    }

    fn holds(&self, text: &str) -> bool {
        match self.operator {
            Operator::Is => text == self.value,
            Operator::IsNot => text != self.value,
            Operator::Contains => text.contains(&self.value),
            Operator::ContainsNot => !text.contains(&self.value),
            Operator::StartsWith => text.starts_with(&self.value),
            Operator::EndsWith => text.ends_with(&self.value),
            Operator::Matches => self.expression.as_ref().is_some_and(|known| known.is_match(text)),
        }
    }

    fn holds_for(&self, about: &RuleText) -> bool {
        match self.field {
            Field::Source if about.sources.is_empty() => self.holds(""),
            // "Is not" must be true of every name of the source, "is" of one.
            Field::Source if matches!(self.operator, Operator::IsNot | Operator::ContainsNot) => {
                about.sources.iter().all(|name| self.holds(name))
            }
            Field::Source => about.sources.iter().any(|name| self.holds(name)),
            Field::Medium => self.holds(about.medium),
            Field::Campaign => self.holds(about.campaign),
            Field::Referrer => self.holds(about.referrer),
        }
    }
}

impl ChannelRule {
    /// Whether a visit belongs to the channel.
    pub fn holds(&self, about: &RuleText) -> bool {
        !self.conditions.is_empty()
            && self.conditions.iter().all(|condition| condition.holds_for(about))
    }
}
