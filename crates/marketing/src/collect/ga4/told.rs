//! What the Measurement Protocol's `device` and `user_location` say of the visitor.

use super::super::json::Json;
use crate::event::{Client, Place};
use crate::hit::Told;
use crate::page::clean;

/// Longest name of a device, a program or a place, bytes.
const MAX_TOLD: usize = 100;

/// Device and place of a request; `None` where it says neither.
pub(super) fn told(body: &Json) -> Option<Box<Told>> {
    let (device, place) = (body.get("device"), body.get("user_location"));
    let said = |object: &Json, name: &str| {
        object.get(name).scalar().map(|text| clean(&text, MAX_TOLD)).filter(|text| !text.is_empty())
    };
    let version = |name| {
        let text = said(device, name)?;
        // As those that are read from a program's name: two parts.
        Some(text.split('.').take(2).collect::<Vec<_>>().join("."))
    };
    let category = match device.get("category").text() {
        Some("desktop") => Some("Desktop"),
        Some("mobile") => Some("Mobile"),
        Some("tablet") => Some("Tablet"),
        _ => None,
    };
    let country = said(place, "country_id").map(|code| code.to_uppercase());
    let is_code =
        |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let told = Told {
        client: Client {
            device: category.map(str::to_owned),
            browser: said(device, "browser"),
            browser_version: version("browser_version"),
            os: said(device, "operating_system"),
            os_version: version("operating_system_version"),
        },
        place: Place {
            country: country.filter(is_code),
            region: said(place, "region_id"),
            city: said(place, "city"),
        },
    };
    (told != Told::default()).then(|| Box::new(told))
}
