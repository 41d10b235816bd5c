//! The items of an order, a basket or a list.

use serde_json::{Map, Value};

use crate::hit::Item;

/// Most items that are kept of one event, as in GA4.
pub const MAX_ITEMS: usize = 200;

/// The items as a JSON array with GA4's names, so that a query can take it apart; `None` without items.
pub fn to_json(items: &[Item]) -> Option<String> {
    (!items.is_empty()).then(|| Value::Array(items.iter().map(object).collect()).to_string())
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
    put(&mut object, "item_list_id", item.item_list_id.as_deref().map(Value::from));
    put(&mut object, "item_list_name", item.item_list_name.as_deref().map(Value::from));
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
}
