//! What clients say in other words than the site's: names of events and properties put right, and
//! fields of requests that would be refused as they are.

use serde_json::Value;

use crate::collect::Parts;
use crate::hit::{Hit, Kind};

/// Stands for every event.
pub const ANY: &str = "*";

/// What is put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Events named `event` are named `to`.
    RenameEvent,
    /// Events named `event` are taken and not kept.
    DropEvent,
    /// The property `property` of `event` is called `to`.
    RenameProperty,
    DropProperty,
    /// The property's value is made a `to`: `number`, `flag` or `text`.
    ConvertProperty,
    /// In requests that are refused as they are, the field `property` is called `to`.
    RenameField,
    DropField,
    /// Where the field is `from`, it is `to`.
    ReplaceField,
}

impl Action {
    pub const ALL: [Action; 8] = [
        Action::RenameEvent,
        Action::DropEvent,
        Action::RenameProperty,
        Action::DropProperty,
        Action::ConvertProperty,
        Action::RenameField,
        Action::DropField,
        Action::ReplaceField,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Action::RenameEvent => "rename_event",
            Action::DropEvent => "drop_event",
            Action::RenameProperty => "rename_property",
            Action::DropProperty => "drop_property",
            Action::ConvertProperty => "convert_property",
            Action::RenameField => "rename_field",
            Action::DropField => "drop_field",
            Action::ReplaceField => "replace_field",
        }
    }

    /// Whether it is about events by name.
    pub fn is_of_events(self) -> bool {
        !self.is_of_fields()
    }

    /// Whether it is about fields of requests.
    pub fn is_of_fields(self) -> bool {
        matches!(self, Action::RenameField | Action::DropField | Action::ReplaceField)
    }

    /// Whether it names a property or a field.
    pub fn has_property(self) -> bool {
        !matches!(self, Action::RenameEvent | Action::DropEvent)
    }

    /// Whether it says what something becomes.
    pub fn has_to(self) -> bool {
        !matches!(self, Action::DropEvent | Action::DropProperty | Action::DropField)
    }
}

/// One thing that is put right. What the action does not speak of is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    pub action: Action,
    /// The event's name, or `ANY`.
    pub event: String,
    /// A property, or a field with dots between names: `properties.currency`.
    pub property: String,
    pub from: String,
    pub to: String,
}

/// Puts an event right, rule after rule; `false` when it is not to be kept. What is said of people is
/// left alone.
pub fn apply(mappings: &[Mapping], hit: &mut Hit) -> bool {
    if hit.kind != Kind::Event {
        return true;
    }
    for mapping in mappings.iter().filter(|mapping| mapping.action.is_of_events()) {
        if mapping.event != ANY && mapping.event != hit.name {
            continue;
        }
        match mapping.action {
            Action::RenameEvent => hit.name.clone_from(&mapping.to),
            Action::DropEvent => return false,
            _ => property(mapping, &mut hit.props),
        }
    }
    true
}

/// Puts a property right; `props` stay sorted, each name once.
fn property(mapping: &Mapping, props: &mut Vec<(String, String)>) {
    let Some(at) = props.iter().position(|(name, _)| *name == mapping.property) else { return };
    match mapping.action {
        Action::DropProperty => {
            props.remove(at);
        }
        Action::RenameProperty => {
            let (_, value) = props.remove(at);
            // What the client called so already stays.
            if let Err(place) = props.binary_search_by(|(name, _)| name.as_str().cmp(&mapping.to)) {
                props.insert(place, (mapping.to.clone(), value));
            }
        }
        _ => {
            if let Some(converted) = converted(&props[at].1, &mapping.to) {
                props[at].1 = converted;
            }
        }
    }
}

/// A value as another kind; `None` when it cannot be one, and stays what it is.
fn converted(value: &str, kind: &str) -> Option<String> {
    let word = value.trim().to_lowercase();
    match kind {
        "number" => number(&word),
        "flag" => match word.as_str() {
            "true" | "yes" | "y" | "on" | "1" => Some("true".to_owned()),
            "false" | "no" | "n" | "off" | "0" => Some("false".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// `1 234,50 €` is `1234.50`. A comma or point before exactly three digits that stands alone divides
/// thousands.
fn number(text: &str) -> Option<String> {
    let is_sign = |letter: char| {
        letter.is_alphabetic()
            || letter.is_whitespace()
            || matches!(letter, '€' | '$' | '£' | '¥' | '\'')
    };
    let text: String = text.chars().filter(|letter| !is_sign(*letter)).collect();
    let decimal = match (text.rfind(','), text.rfind('.')) {
        (Some(comma), Some(point)) => Some(comma.max(point)),
        (Some(comma), None) if text.len() - comma != 4 && text.matches(',').count() == 1 => {
            Some(comma)
        }
        (None, Some(point)) if text.matches('.').count() == 1 => Some(point),
        _ => None,
    };
    let plain = |part: &str| part.replace([',', '.'], "");
    let number = match decimal {
        Some(at) => format!("{}.{}", plain(&text[..at]), plain(&text[at + 1..])),
        None => plain(&text),
    };
    number.parse::<f64>().is_ok_and(f64::is_finite).then_some(number)
}

/// Query and body of a request with its fields put right; `None` when nothing in it is to be.
///
/// A field is looked for in every object of the body, so that it does not matter how messages are
/// packed, and by its plain name in the query.
pub fn mended(mappings: &[Mapping], parts: &Parts) -> Option<(String, Vec<u8>)> {
    let mappings: Vec<&Mapping> =
        mappings.iter().filter(|mapping| mapping.action.is_of_fields()).collect();
    if mappings.is_empty() {
        return None;
    }
    let mut changed = false;
    let query: Vec<String> =
        parts.query.split('&').filter_map(|pair| in_query(&mappings, pair, &mut changed)).collect();
    let mut body = parts.body.to_vec();
    if let Ok(mut value) = serde_json::from_slice::<Value>(parts.body) {
        let before = changed;
        changed = false;
        for mapping in &mappings {
            in_value(mapping, &mut value, &mut changed);
        }
        if changed {
            body = value.to_string().into_bytes();
        }
        changed |= before;
    }
    changed.then(|| (query.join("&"), body))
}

fn in_query(mappings: &[&Mapping], pair: &str, changed: &mut bool) -> Option<String> {
    let (mut name, mut value) = pair.split_once('=').unwrap_or((pair, ""));
    for mapping in mappings {
        if mapping.property != name {
            continue;
        }
        let before = std::mem::replace(changed, true);
        match mapping.action {
            Action::DropField => return None,
            Action::RenameField => name = &mapping.to,
            _ if value == mapping.from => value = &mapping.to,
            _ => *changed = before,
        }
    }
    Some(if pair.contains('=') { format!("{name}={value}") } else { name.to_owned() })
}

fn in_value(mapping: &Mapping, value: &mut Value, changed: &mut bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| in_value(mapping, item, changed)),
        Value::Object(_) => {
            *changed |= in_object(mapping, value);
            if let Value::Object(fields) = value {
                fields.values_mut().for_each(|field| in_value(mapping, field, changed));
            }
        }
        _ => {}
    }
}

/// Whether the field was there, seen from this object, and is put right.
fn in_object(mapping: &Mapping, object: &mut Value) -> bool {
    let (parent, name) = mapping.property.rsplit_once('.').unwrap_or(("", &mapping.property));
    let mut inner = object;
    for step in parent.split('.').filter(|step| !step.is_empty()) {
        match inner.get_mut(step) {
            Some(next) => inner = next,
            None => return false,
        }
    }
    let Value::Object(fields) = inner else { return false };
    match mapping.action {
        Action::DropField => fields.remove(name).is_some(),
        Action::RenameField if fields.contains_key(&mapping.to) => false,
        Action::RenameField => match fields.remove(name) {
            Some(value) => {
                fields.insert(mapping.to.clone(), value);
                true
            }
            None => false,
        },
        _ => match fields.get_mut(name) {
            Some(value) if is(value, &mapping.from) => {
                *value = Value::String(mapping.to.clone());
                true
            }
            _ => false,
        },
    }
}

fn is(value: &Value, text: &str) -> bool {
    match value {
        Value::String(value) => value == text,
        Value::Null => text.is_empty(),
        Value::Number(number) => {
            text.parse::<serde_json::Number>().is_ok_and(|wanted| wanted == *number)
        }
        Value::Bool(flag) => text == if *flag { "true" } else { "false" },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hit::SiteKey;
    use crate::protocol::Protocol;

    fn mapping(action: Action, event: &str, property: &str, from: &str, to: &str) -> Mapping {
        Mapping {
            action,
            event: event.into(),
            property: property.into(),
            from: from.into(),
            to: to.into(),
        }
    }

    fn hit(name: &str, props: &[(&str, &str)]) -> Hit {
        let site = SiteKey { protocol: Protocol::Segment, key: "k".into() };
        let props = props.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Hit { props, ..Hit::new(site, name) }
    }

    #[test]
    fn events_and_properties_get_the_sites_words() {
        let rules = [
            mapping(Action::RenameEvent, "Order placed", "", "", "purchase"),
            mapping(Action::RenameProperty, "purchase", "cost", "", "price"),
            mapping(Action::ConvertProperty, "purchase", "price", "", "number"),
            mapping(Action::ConvertProperty, ANY, "gift", "", "flag"),
            mapping(Action::DropProperty, ANY, "email", "", ""),
            mapping(Action::DropEvent, "Debug", "", "", ""),
        ];
        let mut order =
            hit("Order placed", &[("cost", "1 234,50 €"), ("email", "x"), ("gift", "Yes")]);
        assert!(apply(&rules, &mut order));
        assert_eq!(order.name, "purchase");
        let props = [("gift", "true"), ("price", "1234.50")];
        assert_eq!(order.props, hit("", &props).props);
        assert!(!apply(&rules, &mut hit("Debug", &[])));
        // Not of the event that the rule names, and what is said of people.
        let mut other = hit("Search", &[("cost", "3")]);
        assert!(apply(&rules, &mut other) && other.props[0].0 == "cost");
        let mut person = Hit { kind: Kind::Identify, ..hit("identify", &[("email", "x")]) };
        assert!(apply(&rules, &mut person) && person.props.len() == 1);
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, plain) in [
            ("9,90", Some("9.90")),
            ("1,234", Some("1234")),
            ("1.234,5", Some("1234.5")),
            ("1,234.56 USD", Some("1234.56")),
            ("-3", Some("-3")),
            ("2.5", Some("2.5")),
            ("1.234.567", Some("1234567")),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(number(text).as_deref(), plain, "{text}");
        }
    }

    fn request<'a>(query: &'a str, body: &'a [u8]) -> Parts<'a> {
        Parts { method: "POST", path: "/", query, headers: &[], body, received_at_us: 0 }
    }

    #[test]
    fn fields_are_put_right_wherever_the_client_packs_them() {
        let rules = [
            mapping(Action::ReplaceField, "", "properties.currency", "EURO", "EUR"),
            mapping(Action::RenameField, "", "ts", "", "timestamp"),
            mapping(Action::DropField, "", "debug", "", ""),
        ];
        let body = br#"{"batch":[{"ts":"2026-01-02","properties":{"currency":"EURO"}},{"properties":{"currency":"SEK"},"debug":1}]}"#;
        let (query, mended_body) =
            mended(&rules, &request("ts=1&debug=2&a", body)).expect("mended");
        assert_eq!(query, "timestamp=1&a");
        assert_eq!(
            serde_json::from_slice::<Value>(&mended_body).expect("JSON"),
            serde_json::json!({"batch": [
                {"timestamp": "2026-01-02", "properties": {"currency": "EUR"}},
                {"properties": {"currency": "SEK"}},
            ]})
        );
        assert_eq!(mended(&rules, &request("a=1", b"{\"b\":2}")), None);
        assert_eq!(mended(&rules[..0], &request("ts=1", body)), None);
    }
}
