//! Who visits the sample shop: countries, cities, devices and programs.

use std::sync::Arc;

use luotsi_marketing::event::{Client, Place};

use super::dice::Dice;

/// Weight, country, region, city, and how readily people from there buy.
type PlaceRow = (f64, &'static str, &'static str, &'static str, f64);

const PLACES: [PlaceRow; 26] = [
    (22.0, "FI", "FI-18", "Helsinki", 1.0),
    (8.0, "FI", "FI-18", "Espoo", 1.0),
    (7.0, "FI", "FI-11", "Tampere", 1.0),
    (5.5, "FI", "FI-19", "Turku", 1.0),
    (6.0, "FI", "FI-14", "Oulu", 1.05),
    (4.0, "FI", "FI-08", "Jyväskylä", 1.0),
    (3.5, "FI", "FI-10", "Rovaniemi", 1.15),
    (2.5, "FI", "FI-15", "Kuopio", 1.0),
    (3.5, "FI", "", "", 0.95),
    (5.0, "SE", "SE-AB", "Stockholm", 0.7),
    (2.5, "SE", "SE-O", "Göteborg", 0.7),
    (2.5, "SE", "", "", 0.65),
    (3.5, "NO", "NO-03", "Oslo", 0.6),
    (3.0, "EE", "EE-37", "Tallinn", 0.75),
    (3.0, "DE", "DE-BE", "Berlin", 0.5),
    (2.0, "DE", "DE-BY", "Munich", 0.5),
    (2.0, "DE", "", "", 0.45),
    (1.6, "NL", "NL-NH", "Amsterdam", 0.4),
    (2.0, "GB", "GB-LND", "London", 0.25),
    (1.4, "FR", "FR-IDF", "Paris", 0.3),
    (1.6, "IR", "IR-23", "Tehran", 0.02),
    (1.4, "US", "US-NY", "New York", 0.06),
    (1.6, "US", "US-CA", "San Francisco", 0.06),
    (0.9, "JP", "JP-13", "Tokyo", 0.1),
    (0.9, "PL", "PL-14", "Warsaw", 0.35),
    (0.8, "DK", "DK-84", "Copenhagen", 0.5),
];

/// Weight, device, browser, its version, system, its version.
type ClientRow = (f64, &'static str, &'static str, &'static str, &'static str, &'static str);

const CLIENTS: [ClientRow; 20] = [
    (22.0, "Mobile", "Chrome", "141.0", "Android", "15"),
    (9.0, "Mobile", "Chrome", "142.0", "Android", "16"),
    (4.0, "Mobile", "Samsung Browser", "28.0", "Android", "15"),
    (24.0, "Mobile", "Safari", "18.6", "iOS", "18.6"),
    (9.0, "Mobile", "Safari", "26.0", "iOS", "26.0"),
    (3.0, "Mobile", "Chrome", "141.0", "iOS", "18.6"),
    (2.0, "Mobile", "Firefox", "144.0", "Android", "15"),
    (1.5, "Mobile", "iOS WebView", "18.6", "iOS", "18.6"),
    (27.0, "Desktop", "Chrome", "141.0", "Windows", "10"),
    (9.0, "Desktop", "Chrome", "142.0", "Windows", "10"),
    (8.0, "Desktop", "Chrome", "141.0", "macOS", "10.15"),
    (10.0, "Desktop", "Safari", "18.6", "macOS", "10.15"),
    (9.0, "Desktop", "Edge", "141.0", "Windows", "10"),
    (6.0, "Desktop", "Firefox", "144.0", "Windows", "10"),
    (3.0, "Desktop", "Firefox", "144.0", "Linux", ""),
    (2.0, "Desktop", "Chrome", "141.0", "Linux", ""),
    (1.0, "Desktop", "Opera", "122.0", "Windows", "10"),
    (3.0, "Tablet", "Safari", "18.6", "iOS", "18.6"),
    (1.5, "Tablet", "Chrome", "141.0", "Android", "14"),
    (0.8, "Tablet", "Samsung Browser", "28.0", "Android", "14"),
];

/// Crawlers that look in.
pub(crate) const BOTS: [&str; 5] = ["Googlebot", "bingbot", "GPTBot", "ClaudeBot", "AhrefsBot"];

/// A visitor.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) visitor_id: i64,
    pub(crate) client: Arc<Client>,
    pub(crate) place: Arc<Place>,
    /// 1 for the readiest buyers.
    pub(crate) buys: f64,
}

/// Everyone who may come.
#[derive(Debug)]
pub(crate) struct People {
    clients: Vec<Arc<Client>>,
    places: Vec<Arc<Place>>,
    bots: Vec<Arc<Client>>,
}

impl People {
    pub(crate) fn new() -> Self {
        let text = |word: &str| (!word.is_empty()).then(|| word.to_owned());
        let clients = CLIENTS.iter().map(|(_, device, browser, version, os, os_version)| Client {
            device: text(device),
            browser: text(browser),
            browser_version: text(version),
            os: text(os),
            os_version: text(os_version),
        });
        let places = PLACES.iter().map(|(_, country, region, city, _)| Place {
            country: text(country),
            region: text(region),
            city: text(city),
        });
        let bots = BOTS.iter().map(|name| Client {
            device: text("Desktop"),
            browser: text(name),
            ..Client::default()
        });
        Self {
            clients: clients.map(Arc::new).collect(),
            places: places.map(Arc::new).collect(),
            bots: bots.map(Arc::new).collect(),
        }
    }

    /// Someone on a phone with probability `mobile`, else on a desktop or tablet.
    pub(crate) fn draw(&self, dice: &mut Dice, visitor_id: i64, mobile: f64) -> Person {
        let on_phone = dice.chance(mobile);
        let place = dice.weighted(PLACES.iter().map(|row| row.0));
        let client = dice.weighted(
            CLIENTS.iter().map(|row| if (row.1 == "Mobile") == on_phone { row.0 } else { 0.0 }),
        );
        Person {
            visitor_id,
            client: self.clients[client].clone(),
            place: self.places[place].clone(),
            buys: PLACES[place].4 * if on_phone { 0.8 } else { 1.1 },
        }
    }

    /// A crawler, from somewhere in the United States.
    pub(crate) fn bot(&self, dice: &mut Dice, visitor_id: i64) -> Person {
        let bot = dice.below(self.bots.len());
        let place = PLACES.iter().position(|row| row.1 == "US").unwrap_or_default();
        Person {
            visitor_id,
            client: self.bots[bot].clone(),
            place: self.places[place].clone(),
            buys: 0.0,
        }
    }
}
