//! What the Measurement Protocol's `device` and `user_location` say of the visitor.

use super::super::json::Json;
use super::super::told::Words;
use crate::hit::Told;

/// Device and place of a request; `None` where it says neither.
pub(super) fn told(body: &Json) -> Option<Box<Told>> {
    let (device, place) = (body.get("device"), body.get("user_location"));
    let words = Words {
        device: device.get("category").text(),
        browser: device.get("browser").scalar(),
        browser_version: device.get("browser_version").scalar(),
        os: device.get("operating_system").scalar(),
        os_version: device.get("operating_system_version").scalar(),
        country: place.get("country_id").scalar(),
        region: place.get("region_id").scalar(),
        city: place.get("city").scalar(),
    };
    words.told()
}
