//! Properties, however deep a client nests them, as the flat texts that are kept.

use super::json::Json;
use super::plausible::{MAX_PROP_NAME, MAX_PROP_VALUE};
use crate::hit::Refusal;
use crate::page::clean;

/// Most properties of one message.
pub(crate) const MAX_FLAT: usize = 200;

/// Objects below this depth are kept as JSON text.
const MAX_DEPTH: usize = 5;

/// Collects properties: fields of nested objects under dotted names, arrays as JSON text, nothing for
/// null. Long values are cut.
#[derive(Debug, Default)]
pub(crate) struct Props(Vec<(String, String)>);

impl Props {
    /// Adds the fields of `object` whose name `keep` wants.
    pub(crate) fn add(&mut self, object: &Json, keep: impl Fn(&str) -> bool) {
        for (name, value) in object.fields() {
            if keep(name) {
                self.put(name, value, 1);
            }
        }
    }

    /// Adds one.
    pub(crate) fn put_text(&mut self, name: &str, value: &str) {
        let value = value.trim();
        let fits = !name.is_empty() && name.len() <= MAX_PROP_NAME && !value.is_empty();
        if fits && self.0.len() <= MAX_FLAT {
            self.0.push((clean(name, MAX_PROP_NAME), clean(value, MAX_PROP_VALUE)));
        }
    }

    /// Adds one that may be nested.
    pub(crate) fn put_json(&mut self, name: &str, value: &Json) {
        self.put(name, value, 1);
    }

    fn put(&mut self, name: &str, value: &Json, depth: usize) {
        if self.0.len() > MAX_FLAT {
            return;
        }
        match value {
            Json::Null => {}
            Json::Object(fields) if depth < MAX_DEPTH => {
                for (inner, value) in fields {
                    self.put(&format!("{name}.{inner}"), value, depth + 1);
                }
            }
            Json::Array(elements) if elements.is_empty() => {}
            Json::Array(_) | Json::Object(_) => self.put_text(name, &value.to_string()),
            scalar => self.put_text(name, &scalar.scalar().unwrap_or_default()),
        }
    }

    /// Sorted by name, each name once: the first that was added.
    ///
    /// # Errors
    /// There are more than `MAX_FLAT`.
    pub(crate) fn finish(self) -> Result<Vec<(String, String)>, Refusal> {
        let mut props = self.0;
        if props.len() > MAX_FLAT {
            let detail = format!("hold more than {MAX_FLAT} values");
            return Err(Refusal::new("properties", "too_many", detail));
        }
        props.sort_by(|one, other| one.0.cmp(&other.0));
        props.dedup_by(|later, earlier| later.0 == earlier.0);
        Ok(props)
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::parse;
    use super::*;

    fn props(text: &str) -> Vec<(String, String)> {
        let mut props = Props::default();
        props.add(&parse(text).unwrap(), |_| true);
        props.finish().unwrap()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn nested_objects_become_dotted_names_and_arrays_json() {
        assert_eq!(
            props(
                r#"{"sku":"SKU-1","price":49.9,"nested":{"a":[1,2,{"b":true}],"c":{"d":1}},"empty":null,"e":[]}"#
            ),
            [
                pair("nested.a", r#"[1,2,{"b":true}]"#),
                pair("nested.c.d", "1"),
                pair("price", "49.9"),
                pair("sku", "SKU-1"),
            ]
        );
    }

    #[test]
    fn depth_length_and_number_are_bounded() {
        assert_eq!(
            props(r#"{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}"#),
            [pair("a.b.c.d.e", r#"{"f":1}"#)]
        );
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(9_000));
        assert_eq!(props(&long)[0].1.len(), MAX_PROP_VALUE);
        let many: Vec<String> = (0..1_000).map(|i| format!("\"k{i}\":1")).collect();
        let mut collected = Props::default();
        collected.add(&parse(&format!("{{{}}}", many.join(","))).unwrap(), |_| true);
        assert_eq!(collected.finish().unwrap_err().code, "too_many");
    }
}
