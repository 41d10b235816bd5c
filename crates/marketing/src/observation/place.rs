//! The places at which a series is read: an account, a keyword, a shop.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::metric::{FieldError, Narrowing};

/// What a reading is of: `{"network": "Instagram"}`; empty for a series that has one place only.
pub type Place = BTreeMap<String, String>;

/// Most places that filters make by naming values.
const MOST_NAMED: usize = 100;

/// The places that filters mean: those that were read before, and each that the filters name and nobody read yet.
///
/// Without filters and readings there is one, without a name. A series that is read by network has its networks
/// alone: a figure without one would be counted beside them. A place that the filters do not take is none.
///
/// # Errors
/// When the filters are no filters of readings.
pub fn places<'a>(
    filters: &[Value],
    read: impl IntoIterator<Item = &'a Place>,
) -> Result<Vec<Place>, FieldError> {
    let narrowing = Narrowing::of(filters)?;
    let mut places: Vec<Place> =
        read.into_iter().filter(|place| narrowing.fits(place)).cloned().collect();
    places.sort();
    places.dedup();
    for named in named(filters) {
        let tests: Vec<Value> =
            named.iter().map(|(name, value)| json!(["is", name, [value]])).collect();
        let own = Narrowing::of(&tests)?;
        let place: Place = named
            .into_iter()
            .map(|(name, value)| (Narrowing::bare(name).to_owned(), value.to_owned()))
            .collect();
        if narrowing.fits(&place) && !places.iter().any(|known| own.fits(known)) {
            places.push(place);
        }
    }
    Ok(places)
}

/// Every combination of the values that filters name.
fn named(filters: &[Value]) -> Vec<Vec<(&str, &str)>> {
    let mut all: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
    for filter in filters.iter().filter(|filter| filter[0] == "is") {
        let (Some(name), Some(values)) = (filter[1].as_str(), filter[2].as_array()) else {
            continue;
        };
        let texts = values.iter().filter_map(Value::as_str).map(str::trim);
        let values: Vec<&str> = texts.filter(|value| !value.is_empty()).collect();
        all = all
            .iter()
            .flat_map(|one| {
                values.iter().map(move |value| {
                    let mut more = one.clone();
                    more.push((name, value));
                    more
                })
            })
            .take(MOST_NAMED)
            .collect();
    }
    all
}

/// Why a goal on these places does not take a reading; `None` when it does.
///
/// The code is `outside_goal` for one that its filters leave out, and `place_missing` for one that says less than the
/// places say, which would be added to them: their sum would count it twice.
///
/// # Errors
/// When the filters are no filters of readings.
pub fn refusal(
    filters: &[Value],
    places: &[Place],
    of: &Place,
) -> Result<Option<FieldError>, FieldError> {
    let refused = |code, message| {
        let field = "dimensions".to_owned();
        Ok(Some(FieldError { field, code, message }))
    };
    if !Narrowing::of(filters)?.fits(of) {
        let message = format!("the goal is on other readings: {}", texts(places.iter()));
        return refused("outside_goal", message);
    }
    let says_more = |place: &&Place| {
        place.len() > of.len() && of.iter().all(|(name, value)| place.get(name) == Some(value))
    };
    let finer: Vec<&Place> = places.iter().filter(says_more).collect();
    if !places.contains(of) && !finer.is_empty() {
        let message = format!("it is not said which it is of: {}", texts(finer));
        return refused("place_missing", message);
    }
    Ok(None)
}

/// Places as a program writes them, a few of them.
fn texts<'a>(places: impl IntoIterator<Item = &'a Place>) -> String {
    let texts: Vec<String> =
        places.into_iter().take(5).map(|place| json!(place).to_string()).collect();
    texts.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(of: &[(&str, &str)]) -> Place {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_keyword_of_a_goal_is_a_place_of_its_own() {
        let filters = [json!(["is", "keyword", ["wool socks", "hiking boots"]])];
        let (socks, boots) =
            (place(&[("keyword", "wool socks")]), place(&[("keyword", "hiking boots")]));
        let other = place(&[("keyword", "tents")]);
        assert_eq!(places(&filters, []).expect("places"), [socks.clone(), boots.clone()]);
        // What was read comes as it was read, and no place twice.
        let read = place(&[("engine", "google"), ("keyword", "hiking boots")]);
        assert_eq!(places(&filters, [&read, &other, &read]).expect("places"), [read, socks]);
    }

    #[test]
    fn a_series_that_is_read_by_network_has_no_place_without_one() {
        let (facebook, instagram) =
            (place(&[("network", "Facebook")]), place(&[("network", "Instagram")]));
        assert_eq!(places(&[], [&instagram, &facebook]).expect("places"), [facebook, instagram]);
        assert_eq!(places(&[], []).expect("places"), [Place::new()]);
        // Values of two dimensions, named as events name them.
        let filters = [json!(["is", "visit:source", ["A"]]), json!(["is", "keyword", ["x", "y"]])];
        let both = [
            place(&[("keyword", "x"), ("source", "A")]),
            place(&[("keyword", "y"), ("source", "A")]),
        ];
        assert_eq!(places(&filters, []).expect("places"), both);
        // Whoever is not named is nobody to ask for.
        assert_eq!(places(&[json!(["contains", "network", ["gram"]])], []).expect("places"), []);
    }

    #[test]
    fn a_reading_that_no_part_of_a_goal_takes_is_refused_with_its_reason() {
        let filters = [json!(["is", "keyword", ["wool socks", "hiking boots"]])];
        let known = places(&filters, []).expect("places");
        let code = |filters: &[Value], known: &[Place], of: &[(&str, &str)]| {
            let refused = refusal(filters, known, &place(of)).expect("filters");
            refused.map(|wrong| (wrong.field, wrong.code))
        };
        let refused = |code| Some(("dimensions".to_owned(), code));
        assert_eq!(code(&filters, &known, &[]), refused("outside_goal"));
        assert_eq!(code(&filters, &known, &[("keyword", "tents")]), refused("outside_goal"));
        assert_eq!(code(&filters, &known, &[("keyword", "wool socks")]), None);
        let networks = [place(&[("network", "Facebook")])];
        assert_eq!(code(&[], &networks, &[]), refused("place_missing"));
        assert_eq!(code(&[], &networks, &[("network", "Instagram")]), None);
        assert_eq!(code(&[], &[Place::new()], &[]), None);
    }
}
