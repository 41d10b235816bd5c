//! The items of an order, a basket or a list.

use serde_json::{Map, Value};

use crate::collect::{commerce, json};
use crate::hit::Item;

/// Most items that are kept of one event, as in GA4.
pub const MAX_ITEMS: usize = 200;

/// Most parameters of the team's own of one item, as in GA4.
pub const MAX_PARAMS: usize = 27;

/// Longest name of such a parameter, and longest text of an item, bytes.
pub const MAX_PARAM_NAME: usize = 100;
pub const MAX_ITEM_TEXT: usize = 500;

/// Categories of an item, each below the one before.
pub const MAX_CATEGORIES: usize = 5;

/// The items as a JSON array with GA4's names, so that a query can take it apart; `None` without items.
pub fn to_json(items: &[Item]) -> Option<String> {
    (!items.is_empty()).then(|| Value::Array(items.iter().map(object).collect()).to_string())
}

/// The items of a JSON array of objects, with GA4's names or those of Segment's specification; what names no item is
/// left out.
pub fn from_json(text: &str) -> Vec<Item> {
    let list = json::parse(text).ok();
    let list = list.as_ref().map_or(&[][..], json::Json::elements);
    list.iter().take(MAX_ITEMS).filter_map(commerce::item).collect()
}

fn object(item: &Item) -> Value {
    let mut object = Map::new();
    let texts = [
        ("item_id", &item.item_id),
        ("product_id", &item.product_id),
        ("item_name", &item.item_name),
        ("item_brand", &item.item_brand),
        ("item_variant", &item.item_variant),
    ];
    for (name, text) in texts {
        put(&mut object, name, text.as_deref().map(Value::from));
    }
    for (at, category) in item.categories.iter().enumerate() {
        let name =
            if at == 0 { "item_category".into() } else { format!("item_category{}", at + 1) };
        object.insert(name, Value::from(category.as_str()));
    }
    put(&mut object, "coupon", item.coupon.as_deref().map(Value::from));
    put(&mut object, "price", item.price.map(number));
    put(&mut object, "discount", item.discount.map(number));
    put(&mut object, "quantity", item.quantity.map(number));
    put(&mut object, "index", item.index.map(Value::from));
    let texts = [
        ("item_list_id", &item.item_list_id),
        ("item_list_name", &item.item_list_name),
        ("affiliation", &item.affiliation),
        ("creative_name", &item.creative_name),
        ("creative_slot", &item.creative_slot),
        ("location_id", &item.location_id),
        ("promotion_id", &item.promotion_id),
        ("promotion_name", &item.promotion_name),
    ];
    for (name, text) in texts {
        put(&mut object, name, text.as_deref().map(Value::from));
    }
    for (name, value) in &item.params {
        object.entry(name.as_str()).or_insert_with(|| Value::from(value.as_str()));
    }
    Value::Object(object)
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

/// A whole number without its `.0`.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_written_with_the_names_of_ga4() {
        let item = Item {
            item_id: Some("SKU-1".into()),
            item_name: Some("Café".into()),
            categories: vec!["Drinks".into(), "Hot".into()],
            price: Some(49.9),
            quantity: Some(2.0),
            ..Item::default()
        };
        assert_eq!(
            to_json(&[item]).unwrap(),
            r#"[{"item_id":"SKU-1","item_name":"Café","item_category":"Drinks","item_category2":"Hot","price":49.9,"quantity":2}]"#
        );
        assert_eq!(to_json(&[]), None);
    }

    #[test]
    fn items_that_were_written_are_read_again() {
        let written =
            r#"[{"item_id":"S1","price":49.9,"quantity":2,"colour":"red"},{"item_name":"Mug"}]"#;
        assert_eq!(to_json(&from_json(written)).as_deref(), Some(written));
        assert_eq!(from_json(r#"[{"price":1},7]"#), []);
        assert_eq!(from_json("no JSON"), []);
    }

    #[test]
    fn what_a_team_adds_to_items_stands_behind_the_names_of_ga4_and_replaces_none() {
        let mut item = Item {
            item_id: Some("SKU-1".into()),
            promotion_id: Some("P-7".into()),
            location_id: Some("L-1".into()),
            ..Item::default()
        };
        let long = "x".repeat(MAX_ITEM_TEXT + 1);
        for (name, value) in [
            ("colour", "red"),
            ("colour", "blue"),
            ("item_id", "other"),
            ("", "x"),
            ("note", &long),
        ] {
            item.add_param(name, value);
        }
        let json = to_json(&[item.clone()]).unwrap();
        let begins = r#"[{"item_id":"SKU-1","location_id":"L-1","promotion_id":"P-7","colour":"red","note":"xxx"#;
        assert!(json.starts_with(begins), "{json}");
        for at in 0..100 {
            item.add_param(&format!("p{at}"), "1");
        }
        assert_eq!(item.params.len(), MAX_PARAMS);
        assert!(item.weight() > 500 && item.weight() < 5_000, "{}", item.weight());
    }
}
