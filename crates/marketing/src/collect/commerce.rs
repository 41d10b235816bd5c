//! What a shop does, in GA4's words whatever the client's.
//!
//! Only orders and refunds are revenue, and what a client calls revenue on an event of its own: the
//! value of a viewed product or a filled basket is no money.

use super::json::Json;
use super::plausible::{MAX_ID, minor_units};
use super::props::Props;
use crate::currency::Currency;
use crate::event::Revenue;
use crate::hit::{Hit, Item, Refusal};
use crate::items::{MAX_ITEM_TEXT, MAX_ITEMS};
use crate::page::clean;

pub(crate) const PURCHASE: &str = "purchase";
pub(crate) const REFUND: &str = "refund";
const VIEW_PROMOTION: &str = "view_promotion";
const SELECT_PROMOTION: &str = "select_promotion";

/// Names of Segment's e-commerce specification, which PostHog, RudderStack, Jitsu and others follow, and
/// GA4's for the same. The later ones are those of its first version, which older shops still send.
const NAMES: [(&str, &str); 27] = [
    ("Order Completed", PURCHASE),
    ("Order Refunded", REFUND),
    ("Product Viewed", "view_item"),
    ("Product List Viewed", "view_item_list"),
    ("Product Clicked", "select_item"),
    ("Product Added", "add_to_cart"),
    ("Product Removed", "remove_from_cart"),
    ("Product Added to Wishlist", "add_to_wishlist"),
    ("Cart Viewed", "view_cart"),
    ("Checkout Started", "begin_checkout"),
    ("Payment Info Entered", "add_payment_info"),
    ("Shipping Info Entered", "add_shipping_info"),
    ("Promotion Viewed", VIEW_PROMOTION),
    ("Promotion Clicked", SELECT_PROMOTION),
    ("Products Searched", "search"),
    ("Completed Order", PURCHASE),
    ("Refunded Order", REFUND),
    ("Viewed Product", "view_item"),
    ("Viewed Product Details", "view_item"),
    ("Viewed Product Category", "view_item_list"),
    ("Clicked Product", "select_item"),
    ("Added Product", "add_to_cart"),
    ("Removed Product", "remove_from_cart"),
    ("Started Order", "begin_checkout"),
    ("Payment Info Added", "add_payment_info"),
    ("Viewed Promotion", VIEW_PROMOTION),
    ("Clicked Promotion", SELECT_PROMOTION),
];

/// Names of the same specification that repeat an order's money, and bring none.
const NO_SALES: [&str; 4] =
    ["Order Updated", "Updated Order", "Order Cancelled", "Cancelled Order"];

/// Events about a product or several, whose properties may describe one.
const ABOUT_ITEMS: [&str; 15] = [
    PURCHASE,
    REFUND,
    "view_item",
    "view_item_list",
    "select_item",
    "add_to_cart",
    "remove_from_cart",
    "add_to_wishlist",
    "view_cart",
    "begin_checkout",
    "add_payment_info",
    "add_shipping_info",
    "share",
    VIEW_PROMOTION,
    SELECT_PROMOTION,
];

/// Events that are no item's themselves: what describes them describes an order or a promotion.
const ABOUT_MORE: [&str; 4] = [PURCHASE, REFUND, VIEW_PROMOTION, SELECT_PROMOTION];

/// What an item says in fields of its own; the rest are parameters of the team's.
const ITEM_FIELDS: [&str; 38] = [
    "item_id",
    "sku",
    "id",
    "product_id",
    "productId",
    "item_name",
    "name",
    "product_name",
    "item_category",
    "category",
    "item_category2",
    "item_category3",
    "item_category4",
    "item_category5",
    "item_brand",
    "brand",
    "item_variant",
    "variant",
    "coupon",
    "price",
    "unit_price",
    "unitPrice",
    "discount",
    "quantity",
    "index",
    "position",
    "item_list_id",
    "list_id",
    "item_list_name",
    "list",
    "affiliation",
    "creative_name",
    "creative",
    "creative_slot",
    "location_id",
    "promotion_id",
    "promotion_name",
    // The event says it.
    "currency",
];

/// GA4's name for what a client calls `name`; the client's own where there is none.
pub(crate) fn canonical(name: &str) -> &str {
    NAMES.iter().find(|(known, _)| is_same(known, name)).map_or(name, |(_, canonical)| canonical)
}

/// Whether two names are one to the specification: `Order Completed`, `order_completed`.
fn is_same(known: &str, name: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = u8> {
        text.bytes()
            .filter(|byte| !matches!(byte, b' ' | b'_'))
            .map(|byte| byte.to_ascii_lowercase())
    }
    letters(known).eq(letters(name))
}

/// Where a protocol says how much money an event brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Money {
    /// Orders: `revenue`, `total` or `value`; events of the client's own: `revenue`.
    Revenue,
    /// GA4: `value` of orders and refunds.
    Value,
    /// Elsewhere than in the properties.
    Elsewhere,
}

/// Fills in what `properties` say of an event named `name`: its name, items, order number, revenue and
/// the properties that `keep` wants.
///
/// # Errors
/// A currency that is none, or too many properties.
pub(crate) fn describe(
    hit: &mut Hit,
    name: &str,
    properties: &Json,
    money: Money,
    keep: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    hit.name = canonical(name).to_owned();
    let about_items = ABOUT_ITEMS.contains(&hit.name.as_str());
    let listed = properties.any(&["items", "products"]);
    let listed = if about_items { listed.elements() } else { &[] };
    hit.items = listed.iter().take(MAX_ITEMS).filter_map(item).collect();
    if about_items && hit.items.is_empty() && !ABOUT_MORE.contains(&hit.name.as_str()) {
        hit.items.extend(described_item(properties));
    }
    let is_order = matches!(hit.name.as_str(), PURCHASE | REFUND);
    if is_order {
        let names = ["transaction_id", "order_id", "orderId", "transactionId", "id"];
        let id = properties.any(&names);
        hit.transaction_id = id.scalar().map(|id| clean(&id, MAX_ID));
    }
    // A checkout, or an order that changes, says the revenue of the order that it leads to or was.
    let no_sale = about_items || NO_SALES.iter().any(|known| is_same(known, name));
    let amount = match (money, is_order) {
        (Money::Elsewhere, _) | (Money::Value, false) => None,
        (Money::Revenue, false) if no_sale => None,
        (Money::Value, true) => properties.get("value").number(),
        (Money::Revenue, true) => ["revenue", "total", "value", "$revenue"]
            .into_iter()
            .find_map(|name| properties.get(name).number()),
        (Money::Revenue, false) => properties.any(&["revenue", "$revenue"]).number(),
    };
    if let Some(amount) = amount {
        let amount = if hit.name == REFUND { -amount.abs() } else { amount };
        pay(hit, amount, properties.any(&["currency", "$currency"]).text())?;
    }
    let kept_as_items = !hit.items.is_empty();
    let mut props = Props::default();
    props.add(properties, |name| {
        keep(name) && !(kept_as_items && matches!(name, "items" | "products"))
    });
    hit.props = props.finish()?;
    Ok(())
}

/// Puts an amount of money on a hit: in `currency`, or in the site's where the client names none.
///
/// # Errors
/// The currency is none of ISO 4217, or the amount is beyond what money can be.
pub(crate) fn pay(hit: &mut Hit, amount: f64, currency: Option<&str>) -> Result<(), Refusal> {
    let Some(code) = currency else {
        hit.amount = Some(amount);
        return Ok(());
    };
    let Ok(currency) = code.parse::<Currency>() else {
        let detail = "must be an ISO 4217 code such as `EUR`";
        return Err(Refusal::new("currency", "invalid_currency", detail));
    };
    match minor_units(amount, currency) {
        Some(minor_units) => hit.revenue = Some(Revenue { minor_units, currency }),
        None => {
            let detail = "must be an amount such as 12.50";
            return Err(Refusal::new("revenue", "invalid_amount", detail));
        }
    }
    Ok(())
}

/// An item of a list, in GA4's names or Segment's, with the parameters that a team adds; `None` where nothing
/// names it.
pub(crate) fn item(object: &Json) -> Option<Item> {
    let mut item = described_item(object)?;
    let own = object.fields().iter().filter(|(name, _)| !ITEM_FIELDS.contains(&name.as_ref()));
    for (name, value) in own {
        item.add_param(name, &value.scalar().unwrap_or_default());
    }
    Some(item)
}

/// The item that properties describe, among which other things may stand.
fn described_item(object: &Json) -> Option<Item> {
    let text = |names: &[&str]| {
        let text = object.any(names).scalar().map(|text| clean(&text, MAX_ITEM_TEXT));
        text.filter(|text| !text.is_empty())
    };
    let (sku, id) = (text(&["item_id", "sku"]), text(&["id"]));
    let product_id = text(&["product_id", "productId"]);
    let (item_id, product_id) = match (sku, id) {
        (Some(sku), id) => (Some(sku), product_id.or(id)),
        (None, Some(id)) => (Some(id), product_id),
        (None, None) => (product_id, None),
    };
    let item_name = text(&["item_name", "name", "product_name"]);
    if item_id.is_none() && item_name.is_none() {
        return None;
    }
    let below = ["item_category2", "item_category3", "item_category4", "item_category5"];
    let categories = text(&["item_category", "category"])
        .into_iter()
        .chain(below.into_iter().filter_map(|name| text(&[name])))
        .collect();
    Some(Item {
        item_id,
        product_id,
        item_name,
        item_brand: text(&["item_brand", "brand"]),
        item_variant: text(&["item_variant", "variant"]),
        categories,
        coupon: text(&["coupon"]),
        price: object.any(&["price", "unit_price", "unitPrice"]).number(),
        discount: object.get("discount").number(),
        quantity: object.get("quantity").number(),
        index: object.any(&["index", "position"]).number().map(|number| number as i64),
        item_list_id: text(&["item_list_id", "list_id"]),
        item_list_name: text(&["item_list_name", "list"]),
        affiliation: text(&["affiliation"]),
        creative_name: text(&["creative_name", "creative"]),
        creative_slot: text(&["creative_slot"]),
        location_id: text(&["location_id"]),
        promotion_id: text(&["promotion_id"]),
        promotion_name: text(&["promotion_name"]),
        params: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::json::parse;
    use super::*;
    use crate::hit::SiteKey;
    use crate::protocol::Protocol;

    fn described(name: &str, properties: &str, money: Money) -> Hit {
        let mut hit = Hit::new(SiteKey::new(Protocol::Segment, "k"), "");
        describe(&mut hit, name, &parse(properties).unwrap(), money, |_| true).unwrap();
        hit
    }

    #[test]
    fn an_order_is_a_purchase_with_its_items_and_its_revenue() {
        let hit = described(
            "Order Completed",
            r#"{"order_id":"ORD-1001","total":134.7,"revenue":129.8,"currency":"EUR",
               "products":[{"product_id":"P1","sku":"SKU-1","name":"Café","category":"Drinks","price":49.9,"quantity":2},
               {"product_id":"P2","name":"Mug","price":"15.1","quantity":2}]}"#,
            Money::Revenue,
        );
        assert_eq!(
            (hit.name.as_str(), hit.transaction_id.as_deref()),
            ("purchase", Some("ORD-1001"))
        );
        assert_eq!(hit.revenue.unwrap().minor_units, 12_980);
        assert_eq!(hit.items.len(), 2);
        assert_eq!(hit.items[0].item_id.as_deref(), Some("SKU-1"));
        assert_eq!(hit.items[1].item_id.as_deref(), Some("P2"));
        assert_eq!(hit.items[1].price, Some(15.1));
        assert!(hit.props.iter().all(|(name, _)| name != "products"));
    }

    #[test]
    fn a_viewed_product_is_an_item_and_no_money() {
        let properties = r#"{"sku":"SKU-1","price":49.9,"currency":"EUR","value":49.9}"#;
        for money in [Money::Revenue, Money::Value] {
            let hit = described("Product Viewed", properties, money);
            assert_eq!((hit.name.as_str(), hit.revenue), ("view_item", None));
            assert_eq!(hit.items[0].price, Some(49.9));
        }
    }

    #[test]
    fn an_item_keeps_all_of_ga4_and_what_a_team_adds() {
        let fields = [
            "item_id",
            "item_name",
            "affiliation",
            "coupon",
            "creative_name",
            "creative_slot",
            "item_brand",
            "item_variant",
            "item_list_id",
            "item_list_name",
            "location_id",
            "promotion_id",
            "promotion_name",
            "item_category",
            "item_category5",
            "colour",
            "size",
        ];
        let item: Vec<String> =
            fields.iter().map(|name| format!(r#""{name}":"{name}!""#)).collect();
        let properties =
            format!(r#"{{"items":[{{{},"price":2.5,"nested":{{"a":1}}}}]}}"#, item.join(","));
        for name in ["purchase", "view_promotion", "select_promotion", "view_item"] {
            let hit = described(name, &properties, Money::Value);
            let kept = crate::items::to_json(&hit.items).unwrap();
            for field in fields {
                let field = if field == "item_category5" { "item_category2" } else { field };
                assert!(kept.contains(&format!("\"{field}\":")), "{name}, {field}: {kept}");
            }
            assert_eq!(hit.items[0].params.len(), 2, "{kept}");
        }
    }

    #[test]
    fn money_is_counted_with_the_order_and_not_on_the_way_there_or_after_it() {
        let properties = r#"{"order_id":"O-7","value":30,"total":30,"revenue":25,"currency":"USD",
            "products":[{"product_id":"P1","price":25,"quantity":1}]}"#;
        let order = described("Order Completed", properties, Money::Revenue);
        assert_eq!(order.revenue.unwrap().minor_units, 2_500);
        for name in ["Checkout Started", "Product Added", "Order Updated", "Order Cancelled"] {
            let hit = described(name, properties, Money::Revenue);
            assert_eq!((hit.revenue, hit.amount), (None, None), "{name}");
        }
        assert_eq!(described("Order Updated", properties, Money::Revenue).name, "Order Updated");
    }

    #[test]
    fn the_first_version_of_the_specification_is_read_too() {
        let properties = r#"{"orderId":"O-7","revenue":25,"currency":"USD",
            "products":[{"id":"507f","sku":"45790-32","name":"Monopoly","price":19,"quantity":1}]}"#;
        let order = described("Completed Order", properties, Money::Revenue);
        assert_eq!((order.name.as_str(), order.transaction_id.as_deref()), (PURCHASE, Some("O-7")));
        assert_eq!(order.revenue.unwrap().minor_units, 2_500);
        let item = &order.items[0];
        assert_eq!(item.item_id.as_deref(), Some("45790-32"));
        assert_eq!(item.product_id.as_deref(), Some("507f"));
        let by_id = described("Completed Order", r#"{"id":7,"total":25}"#, Money::Revenue);
        assert_eq!((by_id.transaction_id.as_deref(), by_id.amount), (Some("7"), Some(25.0)));
    }

    #[test]
    fn a_name_is_known_however_its_words_are_joined() {
        for name in ["order completed", "order_completed", "OrderCompleted", "ORDER COMPLETED"] {
            assert_eq!(canonical(name), PURCHASE, "{name}");
        }
        assert_eq!(canonical("Product Added To Wish List"), "add_to_wishlist");
        for name in ["Order", "Order Completed Again", "order-completed", "Ordered"] {
            assert_eq!(canonical(name), name);
        }
    }

    #[test]
    fn a_promotion_is_no_item_itself() {
        let properties =
            r#"{"promotion_id":"P-7","name":"Summer","creative":"banner","position":1}"#;
        let hit = described("Promotion Viewed", properties, Money::Revenue);
        assert_eq!((hit.name.as_str(), hit.items.len(), hit.props.len()), ("view_promotion", 0, 4));
    }

    #[test]
    fn a_refund_takes_money_back() {
        let hit = described("refund", r#"{"value":10,"currency":"EUR"}"#, Money::Value);
        assert_eq!(hit.revenue.unwrap().minor_units, -1_000);
    }

    #[test]
    fn revenue_without_a_currency_is_in_that_of_the_site() {
        let hit = described("Upgraded", r#"{"revenue":"12.5"}"#, Money::Revenue);
        assert_eq!((hit.name.as_str(), hit.revenue, hit.amount), ("Upgraded", None, Some(12.5)));
        let hit = hit.settled("SEK".parse().unwrap());
        assert_eq!(hit.revenue.unwrap().minor_units, 1_250);
    }

    #[test]
    fn a_currency_that_is_none_is_refused() {
        let mut hit = Hit::new(SiteKey::new(Protocol::Segment, "k"), "");
        let properties = parse(r#"{"revenue":1,"currency":"EURO"}"#).unwrap();
        let refusal = describe(&mut hit, "x", &properties, Money::Revenue, |_| true).unwrap_err();
        assert_eq!(refusal.code, "invalid_currency");
    }
}
