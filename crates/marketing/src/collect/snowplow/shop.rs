//! What a shop does, in the words of Snowplow's e-commerce events and of the enhanced e-commerce before them: the
//! event says the action, entities beside it the order, the promotion and the products.

use super::schema;
use crate::collect::commerce::{Money, PURCHASE, REFUND, describe, item, pay};
use crate::collect::json::Json;
use crate::hit::{Hit, Item, Refusal};
use crate::items::MAX_ITEMS;

const ECOMMERCE: &str = "com.snowplowanalytics.snowplow.ecommerce";
const ENHANCED: &str = "com.google.analytics.enhanced-ecommerce";

/// Entities that say what an action was about, the first that is there.
const ABOUT: [&str; 8] = [
    "refund",
    "transaction_error",
    "transaction",
    "promotion",
    "promoFieldObject",
    "checkout_step",
    "cart",
    "actionFieldObject",
];

/// Entities that are products.
const PRODUCTS: [&str; 3] = ["product", "productFieldObject", "impressionFieldObject"];

/// What a promotion calls its fields, and what GA4 does.
const OF_PROMOTION: [(&str, &str); 5] = [
    ("id", "promotion_id"),
    ("name", "promotion_name"),
    ("creative", "creative_name"),
    ("creative_id", "creative_name"),
    ("slot", "creative_slot"),
];

/// Whether events and entities of this vendor are a shop's.
pub(super) fn is_shop(vendor: &str) -> bool {
    matches!(vendor, ECOMMERCE | ENHANCED)
}

/// Name, items, money and properties of an action of a shop.
///
/// # Errors
/// A currency that is none, or too many properties.
pub(super) fn describe_action(
    hit: &mut Hit,
    name: &str,
    data: &Json,
    entities: &[Json],
) -> Result<(), Refusal> {
    let of_shop = |name: &str| {
        let is = |entity: &&Json| {
            let (vendor, known) = schema(entity);
            is_shop(vendor) && known == name
        };
        entities.iter().find(is).map(|entity| entity.get("data"))
    };
    let promoted = of_shop("promotion").or_else(|| of_shop("promoFieldObject")).is_some();
    let about = ABOUT.into_iter().find_map(of_shop);
    // Only the first step begins a checkout.
    let later_step =
        about.and_then(|about| about.get("step").number()).is_some_and(|step| step > 1.0);
    let ours = match data.any(&["type", "action"]).text().unwrap_or(name) {
        "transaction" => PURCHASE,
        "product_view" | "detail" => "view_item",
        "view" if promoted => "view_promotion",
        "list_view" | "view" => "view_item_list",
        "list_click" | "click" => "select_item",
        "add" => "add_to_cart",
        "remove" => "remove_from_cart",
        "checkout_step" | "checkout" if later_step => "checkout_step",
        "checkout_step" | "checkout" => "begin_checkout",
        "promo_view" => "view_promotion",
        "promo_click" => "select_promotion",
        other => other,
    };
    let says_more = about.is_some();
    let about = about.unwrap_or(data);
    let keep = |name: &str| says_more || !matches!(name, "type" | "action");
    describe(hit, ours, about, Money::Elsewhere, keep)?;
    if promoted {
        for (name, _) in &mut hit.props {
            if let Some((_, named)) = OF_PROMOTION.iter().find(|(own, _)| own == name) {
                *name = (*named).to_owned();
            }
        }
    }
    let listed = data.get("name").text().or(about.get("list").text());
    hit.items = entities
        .iter()
        .filter(|entity| {
            let (vendor, name) = schema(entity);
            is_shop(vendor) && PRODUCTS.contains(&name)
        })
        .take(MAX_ITEMS)
        .filter_map(|product| item(product.get("data")))
        .map(|item| Item { item_list_name: item.item_list_name.or(listed.map(Into::into)), ..item })
        .collect();
    let amount = match ours {
        PURCHASE => about.get("revenue").number(),
        REFUND => about.any(&["refund_amount", "revenue"]).number().map(|amount| -amount.abs()),
        _ => return Ok(()),
    };
    hit.transaction_id = hit.transaction_id.take().or_else(|| super::order_id(about.get("id")));
    let currency = about.get("currency").text().or_else(|| {
        let mut products = PRODUCTS.into_iter().filter_map(of_shop);
        products.find_map(|product| product.get("currency").text())
    });
    amount.map_or(Ok(()), |amount| pay(hit, amount, currency))
}
