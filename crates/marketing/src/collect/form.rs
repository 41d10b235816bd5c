//! Query strings and forms, and what clients wrap in base64.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::json::Json;

/// Either alphabet (the standard one is translated first), with or without padding.
static LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Most parameters that are looked at.
const MAX_PARAMETERS: usize = 1_000;

/// The parameters of a query or form, decoded, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    /// Reads `name=value&…`; a leading question mark is dropped.
    pub(crate) fn parse(text: &'a str) -> Self {
        let text = text.trim().trim_start_matches('?');
        Self(url::form_urlencoded::parse(text.as_bytes()).take(MAX_PARAMETERS).collect())
    }

    /// These parameters and then `more`; where both name one, this one's is meant.
    #[must_use]
    pub(crate) fn and(mut self, more: Form<'a>) -> Self {
        self.0.extend(more.0);
        self
    }

    /// The same parameters, their texts borrowed from these.
    pub(crate) fn borrowed(&self) -> Form<'_> {
        let each = self.0.iter();
        Form(each.map(|(name, value)| (name.as_ref().into(), value.as_ref().into())).collect())
    }

    /// The first parameter of this name that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, value)| *known == name && !value.is_empty()).map(|(_, it)| it)
    }

    /// Whether there is a parameter of this name, empty or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.iter().any(|(known, _)| known == name)
    }

    /// A parameter that is a finite number.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.trim()))
    }

    /// The parameters as a query.
    pub(crate) fn written(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An object as the form in which clients that send one request at a time write it: what is null says nothing, and
/// lists and objects are JSON.
pub(crate) fn written(object: &Json) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in object.fields() {
        match value {
            Json::Null => {}
            Json::Text(text) => {
                form.append_pair(name, text);
            }
            Json::Array(_) | Json::Object(_) => {
                form.append_pair(name, &value.to_string());
            }
            scalar => {
                form.append_pair(name, &scalar.scalar().unwrap_or_default());
            }
        }
    }
    form.finish()
}

/// The bytes behind base64 of either alphabet, padded or not.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n' | b'\t'))
        .map(|byte| match byte {
            // A plus sign that was not escaped in a query came out as a space.
            b'+' | b' ' => b'-',
            b'/' => b'_',
            other => other,
        })
        .collect();
    LENIENT.decode(text).ok()
}

/// The text behind base64.
pub(crate) fn base64_text(text: &str) -> Option<String> {
    String::from_utf8(base64_bytes(text)?).ok()
}

/// JSON that may be wrapped in base64.
pub(crate) fn json_or_base64(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        return Some(text.into());
    }
    base64_text(text).map(|text| super::json::whole(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let form = Form::parse("?a=caf%C3%A9+x&b=&c&a=2");
        assert_eq!(form.get("a"), Some("café x"));
        assert_eq!((form.get("b"), form.has("c"), form.has("d")), (None, true, false));
    }

    #[test]
    fn an_object_is_written_as_a_form_without_what_it_does_not_say() {
        let object = super::super::json::parse(
            r#"{"a": 1, "b": "", "c": null, "d": {"e": [true]}, "f": "x y"}"#,
        )
        .unwrap();
        assert_eq!(written(&object), "a=1&b=&d=%7B%22e%22%3A%5Btrue%5D%7D&f=x+y");
    }

    #[test]
    fn base64_is_read_in_every_shape() {
        for text in ["eyJhIjoi4piVPz8_In0=", "eyJhIjoi4piVPz8/In0=", "eyJhIjoi4piVPz8_In0"] {
            assert_eq!(base64_text(text).as_deref(), Some("{\"a\":\"☕???\"}"), "{text}");
        }
        assert_eq!(base64_text("not base64!"), None);
        assert_eq!(json_or_base64(" [1]").as_deref(), Some("[1]"));
    }
}
