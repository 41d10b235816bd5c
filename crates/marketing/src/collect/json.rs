//! JSON as clients send it, read without copying what needs no copy.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::hit::Refusal;

/// A value that borrows its texts from the body where they hold no escapes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    /// In the order of the body. Where a name comes twice, the later one is meant.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// What stands for a field that is not there.
pub(crate) static NOTHING: Json<'static> = Json::Null;

/// Most places for values that one body may take; each is a field's of 56 bytes at most. A batch of 5,000
/// messages takes some 500,000.
const MOST_PLACES: usize = 1_000_000;

/// Places for which an object asks with its first field, and an array with its first element: most have
/// several.
const FIRST_FIELDS: usize = 8;
const FIRST_ELEMENTS: usize = 4;

/// Reads a body, whatever its content type says.
///
/// # Errors
/// The body is no JSON, nested deeper than 128 levels, or holds more values than any client sends at
/// once: what takes two bytes in a body takes many more in memory.
pub(crate) fn parse(text: &str) -> Result<Json<'_>, Refusal> {
    let room = Room { left: Cell::new(MOST_PLACES), is_full: Cell::new(false) };
    let mut reader = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    let read = Reader(&room).deserialize(&mut reader);
    read.and_then(|json| reader.end().map(|()| json)).map_err(|error| {
        if room.is_full.get() {
            let detail = "holds more values than are taken at once; send it in several requests";
            return Refusal::new("body", "too_many_values", detail);
        }
        Refusal::new("body", "invalid_json", format!("is no JSON: {error}"))
    })
}

/// What is left of the places of a body.
struct Room {
    left: Cell<usize>,
    is_full: Cell<bool>,
}

/// The body as text; bytes that are no UTF-8 become replacement characters, and so do halves of characters.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    // The usual case has a faster check of its own.
    let text = std::str::from_utf8(body);
    whole(text.map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed))
}

/// Text without halves of characters: a program that cuts an emoji in two writes `\ud83d`, which is no JSON,
/// and a whole batch would be lost for it.
pub(crate) fn whole(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return text;
    }
    let halves = halves(text.as_bytes());
    if halves.is_empty() {
        return text;
    }
    let mut text = text.into_owned();
    for at in halves {
        text.replace_range(at..at + 6, "\\ufffd");
    }
    text.into()
}

/// Where escapes stand that are half of a surrogate pair, without the other half.
fn halves(text: &[u8]) -> Vec<usize> {
    let code = |at: usize| {
        let escape = text.get(at..at + 6).filter(|escape| escape.starts_with(b"\\u"))?;
        u32::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
    };
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) =
        text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\'))
    {
        at += next;
        at += match (code(at), code(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                found.push(at);
                6
            }
            _ => 2,
        };
    }
    found
}

impl<'a> Json<'a> {
    /// The field of an object; `Null` where there is none.
    pub(crate) fn get(&self, name: &str) -> &Json<'a> {
        match self {
            Json::Object(fields) => {
                let found = fields.iter().rev().find(|(known, _)| known == name);
                found.map_or(&NOTHING, |(_, value)| value)
            }
            _ => &NOTHING,
        }
    }

    /// The first of `names` whose field is there and not null.
    pub(crate) fn any(&self, names: &[&str]) -> &Json<'a> {
        names
            .iter()
            .map(|name| self.get(name))
            .find(|value| !matches!(value, Json::Null))
            .unwrap_or(&NOTHING)
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Json::Object(_))
    }

    /// A text that is not empty.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// A text, number or boolean as text; clients give ids as either.
    pub(crate) fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Json::Text(_) => self.text().map(Cow::Borrowed),
            Json::Integer(number) => Some(Cow::Owned(number.to_string())),
            Json::Float(number) => Some(Cow::Owned(number.to_string())),
            Json::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }

    /// A finite number, also where it is written as text.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Json::Integer(number) => Some(*number as f64),
            Json::Float(number) => Some(*number),
            Json::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number| number.is_finite())
    }

    /// Whether it says yes: `true`, a number that is not zero, `"1"`, `"true"`.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Json::Bool(flag) => *flag,
            Json::Text(text) => matches!(text.as_ref(), "1" | "true"),
            _ => self.number().is_some_and(|number| number != 0.0),
        }
    }

    /// The elements of an array; none for anything else.
    pub(crate) fn elements(&self) -> &[Json<'a>] {
        match self {
            Json::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The fields of an object; none for anything else.
    pub(crate) fn fields(&self) -> &[(Cow<'a, str>, Json<'a>)] {
        match self {
            Json::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The same value, its texts borrowed from this one.
    pub(crate) fn borrowed(&self) -> Json<'_> {
        match self {
            Json::Null => Json::Null,
            Json::Bool(flag) => Json::Bool(*flag),
            Json::Integer(number) => Json::Integer(*number),
            Json::Float(number) => Json::Float(*number),
            Json::Text(text) => Json::Text(Cow::Borrowed(text.as_ref())),
            Json::Array(elements) => Json::Array(elements.iter().map(Json::borrowed).collect()),
            Json::Object(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, value)| (Cow::Borrowed(name.as_ref()), value.borrowed()))
                    .collect(),
            ),
        }
    }

    /// The word for its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Integer(_) | Json::Float(_) => "a number",
            Json::Text(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }
}

impl<'a> From<&'a serde_json::Value> for Json<'a> {
    fn from(value: &'a serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(integer) => Json::Integer(integer),
                None => Json::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Json::Text(Cow::Borrowed(text)),
            Value::Array(elements) => Json::Array(elements.iter().map(Json::from).collect()),
            Value::Object(fields) => Json::Object(
                fields.iter().map(|(name, value)| (name.as_str().into(), value.into())).collect(),
            ),
        }
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(flag) => serializer.serialize_bool(*flag),
            Json::Integer(number) => serializer.serialize_i64(*number),
            Json::Float(number) => serializer.serialize_f64(*number),
            Json::Text(text) => serializer.serialize_str(text),
            Json::Array(elements) => serializer.collect_seq(elements),
            Json::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Reads a value as far as there is room.
#[derive(Clone, Copy)]
struct Reader<'r>(&'r Room);

impl Reader<'_> {
    fn take<E: serde::de::Error>(self, places: usize) -> Result<(), E> {
        if let Some(left) = self.0.left.get().checked_sub(places) {
            self.0.left.set(left);
            return Ok(());
        }
        self.0.is_full.set(true);
        Err(E::custom("there are too many values"))
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Json::Float(number as f64), Json::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Json::Float(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(self)? {
            self.take(if elements.is_empty() { FIRST_ELEMENTS } else { 1 })?;
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(Name(name)) = access.next_key()? {
            if fields.is_empty() {
                fields.reserve_exact(FIRST_FIELDS);
                self.take(FIRST_FIELDS)?;
            } else if fields.len() >= FIRST_FIELDS {
                self.take(1)?;
            }
            fields.push((name, access.next_value_seed(self)?));
        }
        Ok(Json::Object(fields))
    }
}

/// The name of a field, borrowed where it can be.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor).map(Name)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_and_written_back() {
        let text = r#"{"a":[1,2,{"b":true}],"c":null,"d":"x\ny","e":49.9,"f":{}}"#;
        let json = parse(text).unwrap();
        assert_eq!(json.to_string(), text);
        assert_eq!(json.get("e").number(), Some(49.9));
        assert_eq!(json.get("d").text(), Some("x\ny"));
        assert_eq!(json.get("a").elements().len(), 3);
        assert!(json.get("c").is_null() && json.get("none").is_null());
    }

    #[test]
    fn the_later_of_two_fields_of_a_name_is_meant() {
        assert_eq!(parse(r#"{"a":1,"a":2}"#).unwrap().get("a"), &Json::Integer(2));
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_refused() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for text in ["", "{", "nonsense", "{\"a\":1e999}", &deep] {
            assert_eq!(parse(text).unwrap_err().code, "invalid_json", "{text}");
        }
    }

    /// Bytes of memory behind a value, beside its own.
    fn held(json: &Json) -> usize {
        let text = |text: &Cow<str>| match text {
            Cow::Owned(text) => text.capacity(),
            Cow::Borrowed(_) => 0,
        };
        match json {
            Json::Text(value) => text(value),
            Json::Array(elements) => {
                elements.capacity() * size_of::<Json>() + elements.iter().map(held).sum::<usize>()
            }
            Json::Object(fields) => {
                let inner: usize =
                    fields.iter().map(|(name, value)| text(name) + held(value)).sum();
                fields.capacity() * size_of::<(Cow<str>, Json)>() + inner
            }
            Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Float(_) => 0,
        }
    }

    #[test]
    fn a_body_takes_no_more_memory_than_its_places_whatever_its_values() {
        for (part, places) in [
            ("{}", 1),
            ("[]", 1),
            ("1", 1),
            ("[1]", 5),
            ("[[]]", 5),
            (r#"{"":1}"#, 9),
            (r#"{"":[]}"#, 9),
            (r#""\n""#, 1),
        ] {
            let repeated = |times| format!("[{}]", vec![part; times].join(","));
            // Eight megabytes, as much as a request may hold.
            let refused = parse(&repeated((8 << 20) / (part.len() + 1))).unwrap_err();
            assert_eq!((refused.field.as_str(), refused.code), ("body", "too_many_values"));
            let held = held(&parse(&repeated(MOST_PLACES / places - 3)).unwrap());
            assert!(held <= 64 << 20, "{part} holds {} MiB", held >> 20);
        }
        let flat: Vec<String> = (0..999_000).map(|_| r#""":1"#.to_owned()).collect();
        let flat = format!("{{{}}}", flat.join(","));
        assert!(held(&parse(&flat).unwrap()) <= 64 << 20);
        assert_eq!(held(&parse("[{},[]]").unwrap()), 4 * size_of::<Json>(), "nothing for nothing");
    }

    #[test]
    fn as_many_values_as_a_full_batch_has_are_taken() {
        let props: Vec<String> = (0..60).map(|at| format!(r#""p{at}":{at}"#)).collect();
        let event = format!(
            r#"{{"event":"x","context":{{"a":{{}},"b":[1]}},"properties":{{{}}}}}"#,
            props.join(",")
        );
        let batch = format!(r#"{{"batch":[{}]}}"#, vec![event; 5_000].join(","));
        assert_eq!(parse(&batch).unwrap().get("batch").elements().len(), 5_000);
    }

    #[test]
    fn half_a_character_is_replaced_and_the_rest_is_read() {
        let body =
            br#"{"cut":"hi \ud83d","whole":"\ud83d\ude00","told":"\\ud83d","low":"\uDE00!\\"}"#;
        let text = text(body);
        let json = parse(&text).unwrap();
        let field = |name: &str| json.get(name).text().unwrap().to_owned();
        assert_eq!(field("cut"), "hi \u{fffd}");
        assert_eq!(field("whole"), "\u{1f600}");
        assert_eq!(field("told"), r"\ud83d");
        assert_eq!(field("low"), "\u{fffd}!\\");
        assert_eq!(whole(r"\ud83d\".into()), r"\ufffd\");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let body = text(b"{\"a\":\"\xff\"}");
        assert_eq!(parse(&body).unwrap().get("a").text(), Some("\u{fffd}"));
    }
}
