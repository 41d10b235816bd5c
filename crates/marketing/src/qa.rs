//! Event QA: what may be shown of a message, and what is strange about an event.

mod values;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use hashbrown::HashMap;
use regex::{Captures, Regex};

use crate::page::clean;
use crate::source::is_raw_tag;

/// Longest text of a message that is shown, bytes.
pub const MAX_SHOWN: usize = 4_096;

/// Most names of events and of properties of one that are remembered for a site.
const MOST_NAMES: usize = 500;
const MOST_PROPS: usize = 100;

/// What stands in the place of personal data.
const MASKED: &str = "•••";

/// What stands in the place of a network address that is not kept.
const NO_ADDRESS: &str = "0.0.0.0";

/// Keys whose values name a person, a device or a secret, whatever the protocol.
const KEYS: &str = r"e-?mail(?:_?address)?|phone(?:_?number)?|mobile|tel|(?:first|last|full|user|given|family)[_ ]?name|address|street|postal_?code|zip(?:_?code)?|birth(?:day|_?date)|ssn|password|passwd|pwd|token|token_auth|auth(?:orization)?|(?:api_|client_|write_?)?secret|api_?key|user_?id|uid|distinct_id|\$?user|\$?device_?id|anonymous_?id|previous_?id|customer_?id|client_?id|visitor_?id|profile_?id|duid|nuid|cid|_id|cip|\$?ip(?:_?address)?|user_data|idfa|gaid|card(?:_?number)?|iban";

struct Masks {
    json: Regex,
    form: Regex,
    mail: Regex,
    ipv4: Regex,
    ipv6: Regex,
    phone: Regex,
    card: Regex,
}

static MASKS: LazyLock<Masks> = LazyLock::new(|| {
    let expression = |text: &str| Regex::new(text).expect("the expression is constant and tested");
    Masks {
        json: expression(&format!(
            r#"(?i)("(?:{KEYS})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*)"#
        )),
        form: expression(&format!(r"(?i)(^|[?&\s])((?:{KEYS})=)[^&\s]+")),
        mail: expression(r"(?i)[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"),
        ipv4: expression(r"\d{1,3}(?:\.\d{1,3}){3}"),
        ipv6: expression(
            r"(?i)\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?|\b(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}\b",
        ),
        phone: expression(r"(?:\+|%2B)\d[\d \-()]{6,}\d"),
        card: expression(r"\b[3-6]\d{3}(?:[ -]?\d){9,15}\b"),
    }
});

/// A message without what names a person, a device or a secret; cut to `MAX_SHOWN`.
///
/// Values are masked by their key, in JSON and in forms, and by their shape: mail and network
/// addresses, telephone and card numbers.
pub fn mask(raw: &str) -> String {
    let masks = &*MASKS;
    let cut = &raw[..raw.floor_char_boundary(4 * MAX_SHOWN)];
    let open = values::opened(cut);
    let keyed =
        masks.json.replace_all(&open, |found: &Captures| format!("{}\"{MASKED}\"", &found[1]));
    let keyed = masks
        .form
        .replace_all(&keyed, |found: &Captures| format!("{}{}{MASKED}", &found[1], &found[2]));
    let shaped = masks.mail.replace_all(&keyed, MASKED);
    let shaped = replace_ipv4(&shaped, MASKED);
    let shaped = masks.ipv6.replace_all(&shaped, MASKED);
    let shaped = masks.phone.replace_all(&shaped, MASKED);
    let shaped = masks.card.replace_all(&shaped, MASKED);
    let lines: Vec<String> = shaped.split('\n').map(|line| clean(line, MAX_SHOWN)).collect();
    let text = lines.join("\n");
    text[..text.floor_char_boundary(MAX_SHOWN)].to_owned()
}

/// A message without network addresses: none is kept, whoever sends it. In the place of one stands
/// `0.0.0.0`, so that what is read later finds a text that is an address. Looked for as a reader of the
/// message will see it: behind form encoding, JSON escapes and base64.
pub fn without_addresses(raw: &str) -> String {
    values::replace(raw, &mut |_, value| {
        if value.trim().parse::<IpAddr>().is_ok() {
            return Some(NO_ADDRESS.to_owned());
        }
        let text = replace_ipv4(value, NO_ADDRESS);
        let text = MASKS.ipv6.replace_all(&text, NO_ADDRESS);
        (text != value).then(|| text.into_owned())
    })
    .into_owned()
}

/// Ends of names, without punctuation and in lower case, under which clients give ids of people,
/// browsers and devices.
const ID_ENDS: [&str; 18] = [
    "userid",
    "anonymousid",
    "anonid",
    "distinctid",
    "distinctids",
    "deviceid",
    "visitorid",
    "clientid",
    "customerid",
    "profileid",
    "personid",
    "previousid",
    "identifiedid",
    "instanceid",
    "cioid",
    "uid",
    "email",
    "mail",
];

/// Names that are such ids by themselves, and parts of a path that stand before one.
const ID_NAMES: [&str; 13] = [
    "cid",
    "id",
    "user",
    "username",
    "login",
    "alias",
    "identity",
    "phone",
    "customers",
    "users",
    "people",
    "profiles",
    "visitors",
];

/// Under `id` all sorts of things are counted too: shorter ones are not taken for a person's.
const SHORTEST_BARE_ID: usize = 5;

/// The texts in a part of a request (path, query or body) that may be ids of a person or device: by the
/// name they stand under, and mail addresses wherever they stand.
///
/// `4711` is not found in `"quantity": 4711`, nor in a text of which it is a part.
pub fn ids_in(part: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    values::replace(part, &mut |name, value| {
        let value = value.trim();
        let is_mail = || {
            let mut mails = MASKS.mail.find_iter(value);
            mails.next().is_some_and(|mail| mail.as_str() == value)
        };
        if !value.is_empty() && (is_id(name, value) || is_mail()) {
            ids.insert(value.to_owned());
        }
        None
    });
    ids
}

fn is_id(name: &str, value: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let bare: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    match bare.as_str() {
        "id" => name == "_id" || value.len() >= SHORTEST_BARE_ID,
        bare => ID_NAMES.contains(&bare) || ID_ENDS.iter().any(|end| bare.ends_with(end)),
    }
}

/// Puts `with` in the place of IPv4 addresses.
fn replace_ipv4(text: &str, with: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for found in MASKS.ipv4.find_iter(text) {
        let before = text[..found.start()].chars().next_back();
        let mut after = text[found.end()..].chars();
        // Versions of browsers have four parts too, and stand after a slash.
        let begins = before
            .is_none_or(|letter| !(letter.is_alphanumeric() || matches!(letter, '/' | '.' | '_')));
        let ends = match after.next() {
            Some('.') => !after.next().is_some_and(|letter| letter.is_ascii_digit()),
            letter => !letter.is_some_and(|letter| letter.is_ascii_digit()),
        };
        if begins && ends {
            replaced.push_str(&text[end..found.start()]);
            replaced.push_str(with);
            end = found.end();
        }
    }
    replaced.push_str(&text[end..]);
    replaced
}

/// What a property's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Number,
    Flag,
    Text,
}

impl Kind {
    pub fn of(value: &str) -> Self {
        if matches!(value, "true" | "false") {
            Self::Flag
        } else if value.parse::<f64>().is_ok_and(f64::is_finite) {
            Self::Number
        } else {
            Self::Text
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Flag => "flag",
            Self::Text => "text",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Number, Self::Flag, Self::Text].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What is worth a second look about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// No event had this name before.
    NewName,
    /// No event of this name had this property before.
    NewProperty { name: String },
    /// The property looked different before.
    TypeChange { name: String, was: Kind, is: Kind },
    /// The event was taken without this field.
    LeftOut { field: String, detail: String },
}

/// The names and properties that a site's events had so far. Bounded: what comes after is not learnt.
#[derive(Debug, Clone, Default)]
pub struct KnownEvents {
    by_name: HashMap<String, HashMap<String, Kind>>,
}

impl KnownEvents {
    /// Whether events of this name are known.
    pub fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Whether no more names are learnt.
    pub fn is_full(&self) -> bool {
        self.by_name.len() >= MOST_NAMES
    }

    /// Names, properties and their kinds, as they were learnt.
    pub fn properties(&self, name: &str) -> impl Iterator<Item = (&str, Kind)> {
        let known = self.by_name.get(name).into_iter().flatten();
        known.map(|(name, kind)| (name.as_str(), *kind))
    }

    /// Learns what was kept of an event's name.
    pub fn learn(&mut self, name: &str, properties: impl IntoIterator<Item = (String, Kind)>) {
        self.by_name.entry(name.to_owned()).or_default().extend(properties);
    }

    /// What is strange about an event, which is known from then on. A property that changed its kind
    /// becomes text unless it was: numbers are texts too, and each change is told once.
    ///
    /// A campaign tag as it was sent is no property that the sender made up, and nothing strange.
    pub fn notice(&mut self, name: &str, props: &[(String, String)]) -> Vec<Notice> {
        let full = self.is_full();
        let props = props.iter().filter(|(name, _)| !is_raw_tag(name));
        let Some(known) = self.by_name.get_mut(name) else {
            if !full {
                let kinds = props.take(MOST_PROPS);
                self.learn(name, kinds.map(|(name, value)| (name.clone(), Kind::of(value))));
            }
            return vec![Notice::NewName];
        };
        let mut notices = Vec::new();
        for (prop, value) in props {
            let is = Kind::of(value);
            match known.get(prop).copied() {
                None if known.len() < MOST_PROPS => {
                    known.insert(prop.clone(), is);
                    notices.push(Notice::NewProperty { name: prop.clone() });
                }
                Some(was) if was != is && was != Kind::Text => {
                    known.insert(prop.clone(), Kind::Text);
                    notices.push(Notice::TypeChange { name: prop.clone(), was, is });
                }
                _ => {}
            }
        }
        notices
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn what_names_a_person_is_masked_in_json_and_in_forms() {
        for (raw, shown) in [
            (r#"{"userId":"u-1","event":"Sign up"}"#, r#"{"userId":"•••","event":"Sign up"}"#),
            (r#"{"email" : "a@b.example","plan":"team"}"#, r#"{"email" : "•••","plan":"team"}"#),
            (r#"{"text":"write to aino@shop.example"}"#, r#"{"text":"write to •••"}"#),
            (r#"{"phone":358401234567}"#, r#"{"phone":"•••"}"#),
            ("idsite=1&uid=aino&action_name=Home", "idsite=1&uid=•••&action_name=Home"),
            ("GET /matomo.php?_id=0123456789abcdef&rec=1", "GET /matomo.php?_id=•••&rec=1"),
            (r#"{"x":"10.1.2.3"}"#, r#"{"x":"•••"}"#),
            (r#"{"x":"2001:db8:0:1::5"}"#, r#"{"x":"•••"}"#),
            ("call +358 40 123 4567 now", "call ••• now"),
            (r#"{"n":"4111 1111 1111 1111"}"#, r#"{"n":"•••"}"#),
            (r#"{"api_secret":"s\"3","value":4.5}"#, r#"{"api_secret":"•••","value":4.5}"#),
        ] {
            assert_eq!(mask(raw), shown);
        }
    }

    #[test]
    fn addresses_are_taken_out_of_what_is_kept() {
        for (raw, kept) in [
            (r#"{"context":{"ip":"203.0.113.7"},"a":1}"#, r#"{"context":{"ip":"0.0.0.0"},"a":1}"#),
            ("cip=203.0.113.7,198.51.100.9&rec=1", "cip=0.0.0.0,0.0.0.0&rec=1"),
            (r#"{"ip":"2001:db8:0:1::5"}"#, r#"{"ip":"0.0.0.0"}"#),
            (
                r#"{"ua":"Chrome/142.0.0.0","at":"10:15:00"}"#,
                r#"{"ua":"Chrome/142.0.0.0","at":"10:15:00"}"#,
            ),
            ("2026-03-21T10:15:00Z", "2026-03-21T10:15:00Z"),
        ] {
            assert_eq!(without_addresses(raw), kept);
        }
    }

    #[test]
    fn addresses_are_taken_out_of_what_is_encoded() {
        let base64 = |text: &str| STANDARD.encode(text);
        for (raw, kept) in [
            (
                "idsite=7&cip=2001%3Adb8%3A0%3A1%3A%3A5&url=https%3A%2F%2Fa.example%2F".to_owned(),
                "idsite=7&cip=0.0.0.0&url=https%3A%2F%2Fa.example%2F".to_owned(),
            ),
            (
                format!("data={}", base64(r#"{"properties":{"ip":"203.0.113.7"},"n":1.50}"#)),
                format!("data={}", base64(r#"{"properties":{"ip":"0.0.0.0"},"n":1.50}"#))
                    .replace("==", "%3D%3D"),
            ),
            (base64(r#"[{"ip":"203.0.113.7"}]"#), base64(r#"[{"ip":"0.0.0.0"}]"#)),
            (r#"{"ip":"203\u002e0.113.7"}"#.to_owned(), r#"{"ip":"0.0.0.0"}"#.to_owned()),
            (r#"{"ip":"::1"}"#.to_owned(), r#"{"ip":"0.0.0.0"}"#.to_owned()),
            (r#"{"ip":"2001:db8::5"#.to_owned(), r#"{"ip":"0.0.0.0""#.to_owned()),
            (
                r#"{"data":"{\"ip\":\"203.0.113.7\"}"}"#.to_owned(),
                r#"{"data":"{\"ip\":\"0.0.0.0\"}"}"#.to_owned(),
            ),
            ("/t/203%2E0%2E113%2E7".to_owned(), "/t/0.0.0.0".to_owned()),
        ] {
            assert_eq!(without_addresses(&raw), kept);
        }
    }

    #[test]
    fn what_is_wrapped_is_opened_to_be_masked() {
        let json = r#"{"distinct_id":"aino","event":"Play"}"#;
        let shown = r#"{"distinct_id":"•••","event":"Play"}"#;
        for raw in [
            format!("data={}&ip=1", STANDARD.encode(json)),
            format!(
                "data={}&ip=1",
                "%7B%22distinct_id%22%3A%22aino%22%2C%22event%22%3A%22Play%22%7D"
            ),
        ] {
            assert_eq!(mask(&raw), format!("data={shown}&ip=•••"));
        }
    }

    #[test]
    fn ids_are_known_by_the_names_they_stand_under() {
        let found = |part: &str| ids_in(part).into_iter().collect::<Vec<_>>();
        let none: [&str; 0] = [];
        assert_eq!(found(r#"{"userId":4,"quantity":44,"id":"4","_id":"5"}"#), ["4", "5"]);
        assert_eq!(found(r#"{"properties":{"plan":"4711","note":"for 4711"}}"#), none);
        assert_eq!(found(r#"{"note":"aino@shop.example"}"#), ["aino@shop.example"]);
        assert_eq!(found("/api/v1/customers/4711/events"), ["4711"]);
        assert_eq!(
            found(r#"{"$anon_distinct_id":"d-1","merge":{"distinct_ids":["a","b"]}}"#),
            ["a", "b", "d-1"]
        );
        let snowplow = r#"{"data":[{"schema":"iglu:x","data":{"userId":"u-1"}}]}"#;
        assert_eq!(
            found(&format!("e=ue&ue_px={}&duid=d-2", STANDARD.encode(snowplow))),
            ["d-2", "u-1"]
        );
    }

    #[test]
    fn what_names_nobody_is_shown() {
        for raw in [
            r#"{"ua":"Mozilla/5.0 Chrome/142.0.0.0 Safari/537.36"}"#,
            r#"{"timestamp":1763769600000,"event":"purchase","value":49.9}"#,
            r#"{"url":"https://shop.example/cart?x=1"}"#,
        ] {
            assert_eq!(mask(raw), raw);
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters_and_a_cut_secret_is_masked() {
        let long = format!(r#"{{"a":"{}"}}"#, "ä".repeat(MAX_SHOWN));
        assert!(mask(&long).len() <= MAX_SHOWN);
        assert_eq!(mask(r#"{"email":"aino"#), r#"{"email":"•••""#);
    }

    fn props(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn new_names_new_properties_and_changes_of_kind_are_pointed_out_once() {
        let mut known = KnownEvents::default();
        let price = |value| props(&[("price", value)]);
        assert_eq!(known.notice("Order", &price("9.90")), [Notice::NewName]);
        assert_eq!(known.notice("Order", &price("12")), []);
        let change = Notice::TypeChange { name: "price".into(), was: Kind::Number, is: Kind::Text };
        assert_eq!(known.notice("Order", &price("9,90 €")), [change]);
        assert_eq!(known.notice("Order", &price("9")), []);
        let more = props(&[("gift", "true"), ("price", "1")]);
        assert_eq!(known.notice("Order", &more), [Notice::NewProperty { name: "gift".into() }]);
        let tagged = props(&[("price", "1"), ("utm_campaign_raw", "Spring")]);
        assert_eq!(known.notice("Order", &tagged), []);
    }

    #[test]
    fn a_stranger_cannot_fill_the_memory_with_names() {
        let mut known = KnownEvents::default();
        for number in 0..2 * MOST_NAMES {
            let many: Vec<_> =
                (0..2 * MOST_PROPS).map(|prop| (format!("p{prop}"), String::new())).collect();
            known.notice(&format!("event {number}"), &many);
        }
        assert!(known.is_full());
        assert_eq!(known.by_name.len(), MOST_NAMES);
        assert!(known.by_name.values().all(|props| props.len() <= MOST_PROPS));
    }
}
