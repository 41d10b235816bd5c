//! A visitor's device and place in a client's own words, as apps and servers tell them.

use std::borrow::Cow;

use crate::event::{Client, Place};
use crate::hit::Told;
use crate::page::clean;
use crate::query::country_code;

/// Longest name of a device, a program or a place, bytes.
const MAX_TOLD: usize = 100;

/// What a client says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words<'j> {
    /// `desktop`, `mobile` or `tablet`.
    pub(crate) device: Option<&'j str>,
    pub(crate) browser: Option<Cow<'j, str>>,
    pub(crate) browser_version: Option<Cow<'j, str>>,
    pub(crate) os: Option<Cow<'j, str>>,
    pub(crate) os_version: Option<Cow<'j, str>>,
    /// ISO 3166-1 alpha-2, or the country's English name.
    pub(crate) country: Option<Cow<'j, str>>,
    /// ISO 3166-2, with the country or without.
    pub(crate) region: Option<Cow<'j, str>>,
    pub(crate) city: Option<Cow<'j, str>>,
}

impl Words<'_> {
    /// Device and place; `None` where neither is said. A region or a city without a country says nothing.
    pub(crate) fn told(self) -> Option<Box<Told>> {
        let text = |said: Option<Cow<str>>| {
            said.map(|text| clean(text.trim(), MAX_TOLD)).filter(|text| !text.is_empty())
        };
        let client = Client {
            device: self.device.and_then(device),
            browser: text(self.browser),
            browser_version: self.browser_version.and_then(|text| version(&text)),
            os: text(self.os).map(system),
            os_version: self.os_version.and_then(|text| version(&text)),
        };
        let country = self.country.and_then(|text| country_code(text.trim()));
        let place = country.map(|country| Place {
            country: Some(country.to_owned()),
            region: self.region.and_then(|text| region(country, text.trim())),
            city: text(self.city),
        });
        let told = Told { client, place: place.unwrap_or_default() };
        (told != Told::default()).then(|| Box::new(told))
    }
}

/// The kind of device of an app that names its system and its model.
pub(crate) fn of_app(os: Option<&str>, model: Option<&str>) -> Option<&'static str> {
    let os = os?.to_lowercase();
    let is_tablet = os == "ipados" || model.is_some_and(|model| model.starts_with("iPad"));
    match os.as_str() {
        "android" | "ios" | "ipados" | "iphone os" if is_tablet => Some("tablet"),
        "android" | "ios" | "iphone os" => Some("mobile"),
        _ => None,
    }
}

fn device(said: &str) -> Option<String> {
    let known = ["Desktop", "Mobile", "Tablet"];
    let found = known.into_iter().find(|known| known.eq_ignore_ascii_case(said));
    found.map(str::to_owned)
}

/// The name that programs' own names give to a system.
fn system(said: String) -> String {
    let known = [
        ("android", "Android"),
        ("ios", "iOS"),
        ("ipados", "iOS"),
        ("iphone os", "iOS"),
        ("linux", "Linux"),
        ("mac os x", "macOS"),
        ("macos", "macOS"),
        ("windows", "Windows"),
    ];
    let found = known.into_iter().find(|(name, _)| said.eq_ignore_ascii_case(name));
    found.map_or(said, |(_, name)| name.to_owned())
}

/// As the versions that are read from a program's name: two parts.
fn version(said: &str) -> Option<String> {
    let said = said.trim();
    let parts: Vec<&str> = said.split('.').take(2).collect();
    said.starts_with(|first: char| first.is_ascii_digit())
        .then(|| clean(&parts.join("."), MAX_TOLD))
}

/// `FI-18` for `18` or `FI-18` of `FI`; `None` for a name.
fn region(country: &str, said: &str) -> Option<String> {
    let code = said.strip_prefix(country).and_then(|rest| rest.strip_prefix('-')).unwrap_or(said);
    let is_code = (1..=3).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_code.then(|| format!("{country}-{code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_and_a_place_are_told_in_the_words_of_reports() {
        let words = Words {
            device: Some("mobile"),
            os: Some("ipadOS".into()),
            os_version: Some("17.5.1".into()),
            country: Some("finland".into()),
            region: Some("18".into()),
            city: Some(" Helsinki ".into()),
            ..Words::default()
        };
        let told = words.clone().told().unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!((told.client.device, told.client.os), (text("Mobile"), text("iOS")));
        assert_eq!(told.client.os_version, text("17.5"));
        let place = Place { country: text("FI"), region: text("FI-18"), city: text("Helsinki") };
        assert_eq!(told.place, place);
        let nowhere = Words { country: Some("Nowhere".into()), ..words };
        assert_eq!(nowhere.told().unwrap().place, Place::default());
        assert_eq!(Words { device: Some("TV"), ..Words::default() }.told(), None);
    }

    #[test]
    fn a_regions_name_and_the_name_of_a_build_are_no_codes() {
        assert_eq!(region("US", "US-CA").as_deref(), Some("US-CA"));
        assert_eq!(region("US", "California"), None);
        assert_eq!(version("Version 14.2 (Build 23C64)"), None);
    }
}
