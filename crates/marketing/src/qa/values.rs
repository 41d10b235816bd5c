//! The values in a message as its reader will see them: behind form encoding, JSON escapes and base64.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use regex::Regex;

use crate::collect::base64_text;

/// So often a value may be wrapped in another: JSON in base64 in a form in JSON, and some more.
const DEEPEST: u32 = 8;

/// Longest id that may look like something else, bytes.
const LONGEST_NAME: usize = 512;

/// What is escaped when a value is put back into a form, a query or a path.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'/')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?');

/// A text with or without its end, whether a colon follows, or a word without quotation marks.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?s)("(?:[^"\\]|\\.)*("|$))(\s*:)?|[^\s"{}\[\],]+"#)
        .expect("the expression is constant and tested")
});

/// What takes the place of a value, by its name and itself; `None` leaves it.
pub(super) type Replace<'a> = dyn FnMut(&str, &str) -> Option<String> + 'a;

/// Gives every value of a message to `each` with the name it stands under, decoded, and puts what
/// `each` gives in its place, encoded as the value was. All else stays as it is, byte for byte.
pub(super) fn replace<'t>(text: &'t str, each: &mut Replace) -> Cow<'t, str> {
    value("", text, DEEPEST, each).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The text with its values changed; `None` when none was.
fn value(name: &str, text: &str, depth: u32, each: &mut Replace) -> Option<String> {
    let Some(depth) = depth.checked_sub(1) else { return each(name, text) };
    if text.trim_start().starts_with(['{', '[', '"']) {
        return json(name, text, depth, each);
    }
    if !name.is_empty() && text.len() <= LONGEST_NAME {
        // An id may look as if it were wrapped: what is in it is looked at, and itself as it stands.
        drop(each(name, text));
    }
    if let Some(wrapped) = Wrapped::open(text) {
        let changed = value(name, &wrapped.text, depth, each)?;
        return Some(wrapped.close(&changed));
    }
    if let Some((path, query)) = text.split_once('?')
        && is_path(path)
    {
        let changed = (path_segments(path, depth, each), form(query, depth, each));
        return match changed {
            (None, None) => None,
            (new_path, new_query) => Some(format!(
                "{}?{}",
                new_path.as_deref().unwrap_or(path),
                new_query.as_deref().unwrap_or(query)
            )),
        };
    }
    if is_path(text) {
        return path_segments(text, depth, each);
    }
    if is_form(text) {
        return form(text, depth, each);
    }
    match decoded(text) {
        Some(plain) => Some(encoded(&value(name, &plain, depth, each)?)),
        None => each(name, text),
    }
}

/// Texts of JSON, and of what was meant to be.
fn json(name: &str, text: &str, depth: u32, each: &mut Replace) -> Option<String> {
    let (mut written, mut end, mut changed) = (String::new(), 0, false);
    let mut name = Cow::Borrowed(name);
    for found in TOKENS.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        let (new, length) = match found.get(1) {
            Some(quoted) => {
                let plain = unquoted(quoted.as_str());
                let is_name = found.get(3).is_some();
                let under = if is_name { "" } else { &name };
                let new = if plain.trim_start().starts_with('"') {
                    each(under, &plain)
                } else {
                    value(under, &plain, depth, each)
                };
                if is_name {
                    name = Cow::Owned(plain);
                }
                (new.map(|new| serde_json::Value::from(new).to_string()), quoted.len())
            }
            None => (each(&name, whole.as_str()), whole.len()),
        };
        if let Some(new) = new {
            written.push_str(&text[end..whole.start()]);
            written.push_str(&new);
            end = whole.start() + length;
            changed = true;
        }
    }
    changed.then(|| {
        written.push_str(&text[end..]);
        written
    })
}

/// What a text of JSON says; as it stands where its escapes are wrong or its end is missing.
fn unquoted(quoted: &str) -> String {
    serde_json::from_str(quoted).unwrap_or_else(|_| {
        let inner = quoted.strip_prefix('"').unwrap_or(quoted);
        inner.strip_suffix('"').unwrap_or(inner).to_owned()
    })
}

/// `name=value&…`
fn form(text: &str, depth: u32, each: &mut Replace) -> Option<String> {
    let mut changed = false;
    let pairs: Vec<Cow<str>> = text
        .split('&')
        .map(|pair| {
            let (name, written) = pair.split_once('=').unwrap_or(("", pair));
            let spaced = written.replace('+', " ");
            let plain = percent_decode_str(&spaced).decode_utf8_lossy();
            let name_plain = percent_decode_str(name).decode_utf8_lossy();
            // Base64 may hold plus signs that nobody escaped.
            let as_it_is = percent_decode_str(written).decode_utf8_lossy();
            let plain = if Wrapped::open(&as_it_is).is_some() { as_it_is } else { plain };
            match value(&name_plain, &plain, depth, each) {
                Some(new) => {
                    changed = true;
                    let equals = if pair.contains('=') { "=" } else { "" };
                    Cow::Owned(format!("{name}{equals}{}", encoded(&new)))
                }
                None => Cow::Borrowed(pair),
            }
        })
        .collect();
    changed.then(|| pairs.join("&"))
}

/// `/customers/4711/events`: a part stands under the part before it.
fn path_segments(path: &str, depth: u32, each: &mut Replace) -> Option<String> {
    let (mut changed, mut before) = (false, "");
    let parts: Vec<Cow<str>> = path
        .split('/')
        .map(|part| {
            let plain = percent_decode_str(part).decode_utf8_lossy();
            let new = if part.is_empty() { None } else { value(before, &plain, depth, each) };
            before = part;
            match new {
                Some(new) => {
                    changed = true;
                    Cow::Owned(encoded(&new))
                }
                None => Cow::Borrowed(part),
            }
        })
        .collect();
    changed.then(|| parts.join("/"))
}

fn is_path(text: &str) -> bool {
    let has_space = text.contains(char::is_whitespace);
    !has_space && (text.starts_with('/') || text.contains("://"))
}

/// Whether it begins as a form does: with a name of letters and the like.
fn is_form(text: &str) -> bool {
    let Some((name, _)) = text.trim_start_matches('?').split_once('=') else { return false };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.$[]%".contains(letter);
    (text.contains('&') || !text.contains(char::is_whitespace))
        && (1..=64).contains(&name.len())
        && name.chars().all(is_name)
}

/// A value with percent escapes, without them.
fn decoded(text: &str) -> Option<String> {
    let plain = percent_decode_str(text).decode_utf8().ok()?;
    (plain != text).then(|| plain.into_owned())
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// JSON that was wrapped in base64.
struct Wrapped {
    text: String,
    url_safe: bool,
    padded: bool,
}

impl Wrapped {
    fn open(text: &str) -> Option<Self> {
        const SHORTEST: usize = 8;
        let trimmed = text.trim();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_= \r\n".contains(&byte);
        if trimmed.len() < SHORTEST || !trimmed.bytes().all(is_part) {
            return None;
        }
        let inner = base64_text(trimmed)?;
        inner.trim_start().starts_with(['{', '[', '"']).then(|| Self {
            text: inner,
            url_safe: trimmed.contains(['-', '_']),
            padded: trimmed.ends_with('='),
        })
    }

    /// Other text, wrapped the same way.
    fn close(&self, text: &str) -> String {
        let engine = match (self.url_safe, self.padded) {
            (false, true) => &STANDARD,
            (false, false) => &STANDARD_NO_PAD,
            (true, true) => &URL_SAFE,
            (true, false) => &URL_SAFE_NO_PAD,
        };
        engine.encode(text)
    }
}

/// The text with what is wrapped in base64 or escaped as a whole in its place, for people to read.
pub(super) fn opened(text: &str) -> Cow<'_, str> {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"[^\s&=?"/]{8,}=*"#).expect("the expression is constant and tested")
    });
    WORDS.replace_all(text, |found: &regex::Captures| {
        let word = &found[0];
        let plain = decoded(word);
        let plain = plain.as_deref().unwrap_or(word);
        match Wrapped::open(plain) {
            Some(wrapped) => wrapped.text,
            None if plain.starts_with(['{', '[']) => plain.to_owned(),
            None => word.to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let same = replace(text, &mut |name, value| {
            found.push((name.to_owned(), value.to_owned()));
            None
        });
        assert_eq!(same, text);
        found
    }

    fn holds(text: &str, name: &str, value: &str) {
        let found = values(text);
        assert!(found.contains(&(name.into(), value.into())), "{text}: {found:?}");
    }

    #[test]
    fn values_are_found_however_they_are_wrapped() {
        let json = r#"{"userId":"aino@shop.example","n":[4711,{"x":null}]}"#;
        let base64 = STANDARD.encode(json);
        for text in [
            json.to_owned(),
            base64.clone(),
            format!("data={base64}&ip=1"),
            format!("data={}", encoded(&base64)),
            format!("data={}", encoded(json)),
            format!(r#"{{"payload":{}}}"#, serde_json::Value::from(json)),
            format!("/track?ue_px={}", URL_SAFE_NO_PAD.encode(json)),
            format!("{json}\n{json}"),
        ] {
            holds(&text, "userId", "aino@shop.example");
            holds(&text, "n", "4711");
        }
        holds("/api/v1/customers/aino%40shop.example/events", "customers", "aino@shop.example");
        holds(r#"{"u":"https://a.example/p?uid=aino%40shop.example"}"#, "uid", "aino@shop.example");
        holds(r#"{"userId":"\u0061ino"}"#, "userId", "aino");
        holds(r#"{"userId":"aino"#, "userId", "aino");
        holds("uid=aino+s&e=%5B%7B%22a%22%3A1%7D%5D", "uid", "aino s");
    }

    #[test]
    fn what_takes_a_values_place_is_wrapped_as_it_was() {
        let hide = |text: &str| {
            replace(text, &mut |_, value| (value == "secret").then(|| "•".to_owned())).into_owned()
        };
        let wrapped = STANDARD.encode(r#"{"a":"•", "b":1}"#);
        for (text, hidden) in [
            ("a=secret&b=x%20y", "a=%E2%80%A2&b=x%20y".to_owned()),
            (r#"{ "a" : "s\u0065cret", "b": 1.50 }"#, r#"{ "a" : "•", "b": 1.50 }"#.to_owned()),
            ("/a/secret?b=secret", "/a/%E2%80%A2?b=%E2%80%A2".to_owned()),
            (&STANDARD.encode(r#"{"a":"secret", "b":1}"#), wrapped.clone()),
            (r#"{"secret":1}"#, r#"{"•":1}"#.to_owned()),
            ("no secret here", "no secret here".to_owned()),
        ] {
            assert_eq!(hide(text), hidden);
        }
    }

    #[test]
    fn what_is_wrapped_without_end_comes_to_an_end() {
        let mut text = r#"{"a":"deep"}"#.to_owned();
        for _ in 0..2 * DEEPEST {
            text = STANDARD.encode(serde_json::json!({ "a": text }).to_string());
        }
        values(&text);
        values(&"[".repeat(60_000));
        values(&"\"".repeat(60_001));
        values(&"a=%25".repeat(10_000));
    }
}
