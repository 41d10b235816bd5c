//! Matomo: what `Live.getLastVisitsDetails` gives, visits with their actions.

use serde_json::Value;

use super::{Record, Row, country_code, moment, set, text};
use crate::collect::commerce::canonical;

/// What an action says beside its page, and what we call it.
const PROPS: [(&str, &str); 8] = [
    ("eventCategory", "category"),
    ("eventName", "name"),
    ("eventValue", "value"),
    ("siteSearchKeyword", "search_term"),
    ("siteSearchCategory", "search_category"),
    ("siteSearchCount", "search_count"),
    ("goalId", "goal_id"),
    ("goalName", "goal_name"),
];

/// The events of a visit.
///
/// # Errors
/// Says what is missing, in a sentence.
pub fn read(visit: &Value) -> Result<Row, String> {
    let actions = visit.get("actionDetails").and_then(Value::as_array);
    let actions = actions.ok_or("has no `actionDetails`")?;
    let at = |name: &str| text(visit.get(name));
    let id = at("idVisit").ok_or("has no `idVisit`")?;
    // An anonymised export has zeros for everybody: then only the visit can be told.
    let anonymous = at("visitorId").filter(|id| id.bytes().any(|digit| digit != b'0'));
    let visitor = at("userId").or(anonymous).unwrap_or_else(|| format!("visit {id}"));
    let mut common = Record::new();
    set(&mut common, "visitor_id", Some(&visitor));
    let campaign = at("referrerName").filter(|_| at("referrerType").as_deref() == Some("campaign"));
    let source = at("campaignSource").or_else(|| campaign.clone());
    for (column, value) in [
        ("referrer", at("referrerUrl")),
        ("utm_source", source),
        ("utm_medium", at("campaignMedium")),
        ("utm_campaign", campaign),
        ("device", at("deviceType")),
        ("browser", at("browserName")),
        ("browser_version", at("browserVersion")),
        ("os", at("operatingSystemName").or_else(|| at("operatingSystem"))),
        ("country", at("countryCode").and_then(|code| country_code(&code))),
        ("city", at("city")),
    ] {
        set(&mut common, column, value.as_deref());
    }
    let mut page = actions.iter().find_map(|action| text(action.get("url")));
    let mut events = Vec::new();
    for (number, action) in actions.iter().enumerate() {
        let field = |name: &str| text(action.get(name));
        let Some(name) = name(action) else { continue };
        let at_us = field("timestamp")
            .and_then(|text| text.parse::<i64>().ok())
            .and_then(|seconds| seconds.checked_mul(1_000_000));
        let time = at_us.and_then(moment).ok_or("has an action without `timestamp`")?;
        if name == "pageview" {
            page = field("url").or(page);
        }
        let mut record = common.clone();
        let mut put = |column: &str, value: Option<String>| {
            set(&mut record, column, value.as_deref());
        };
        put("time", Some(time));
        put("event_id", Some(format!("matomo {id} {number}")));
        put("url", page.clone());
        if name == "purchase" {
            put("revenue", field("revenue"));
            put("transaction_id", field("orderId"));
            put("currency", text(visit.get("siteCurrency")));
            put("items_json", items(action));
        }
        // Where a link leads to, and what was loaded.
        let leads = matches!(name.as_str(), "click" | "file_download");
        let mut props: serde_json::Map<String, Value> = PROPS
            .into_iter()
            .filter_map(|(theirs, ours)| Some((ours.to_owned(), field(theirs)?.into())))
            .collect();
        if let Some(url) = field("url").filter(|_| leads) {
            props.insert("link_url".to_owned(), url.into());
        }
        put("name", Some(name));
        if !props.is_empty() {
            record.insert("props".to_owned(), Value::String(Value::Object(props).to_string()));
        }
        events.push(record);
    }
    if events.is_empty() {
        Ok(Row::Skipped("a visit without actions"))
    } else {
        Ok(Row::Events(events))
    }
}

/// The items of an order, with GA4's names; `None` without any.
fn items(action: &Value) -> Option<String> {
    let items = action.get("itemDetails")?.as_array()?.iter().map(|item| {
        let fields = [
            ("itemSKU", "item_id"),
            ("itemName", "item_name"),
            ("itemCategory", "item_category"),
            ("price", "price"),
            ("quantity", "quantity"),
        ];
        let said = fields
            .into_iter()
            .filter_map(|(theirs, ours)| Some((ours.to_owned(), text(item.get(theirs))?.into())));
        Value::Object(said.collect())
    });
    let items: Vec<Value> = items.collect();
    (!items.is_empty()).then(|| Value::Array(items).to_string())
}

/// The event's name, which is that of the same event when Matomo's tracker sends it; `None` for what is no event of
/// ours.
fn name(action: &Value) -> Option<String> {
    let field = |name: &str| text(action.get(name));
    Some(match action.get("type").and_then(Value::as_str)? {
        "action" => "pageview".to_owned(),
        "event" => canonical(&field("eventAction")?).to_owned(),
        "ecommerceOrder" => "purchase".to_owned(),
        "goal" => field("goalId").map(|id| format!("Goal {id}")).or_else(|| field("goalName"))?,
        "outlink" => "click".to_owned(),
        "download" => "file_download".to_owned(),
        "search" => "search".to_owned(),
        _ => return None,
    })
}
