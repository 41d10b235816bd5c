//! Google Analytics 4: the BigQuery export of events, a JSON object on each line.

use serde_json::{Map, Value};

use super::{Record, Row, country_code, moment, set, text};

/// Parameters that have a column of their own, or mean nothing outside Google.
const KNOWN: [&str; 17] = [
    "firebase_screen",
    "firebase_screen_class",
    "percent_scrolled",
    "page_location",
    "page_title",
    "page_referrer",
    "ga_session_id",
    "ga_session_number",
    "engagement_time_msec",
    "session_engaged",
    "engaged_session_event",
    "entrances",
    "value",
    "currency",
    "transaction_id",
    "batch_page_id",
    "batch_ordering_id",
];

/// What Google works out of an item.
const OF_ITEM: [&str; 5] =
    ["price_in_usd", "item_revenue_in_usd", "item_revenue", "item_refund_in_usd", "item_refund"];

/// The event of a row.
///
/// # Errors
/// Says what is missing, in a sentence.
pub fn read(row: &Value) -> Result<Row, String> {
    let name = row["event_name"].as_str().ok_or("has no `event_name`")?;
    // Google makes these by itself, beside the event that they come with.
    if matches!(name, "session_start" | "first_visit") {
        return Ok(Row::Skipped("made by Google beside another event"));
    }
    let at_us = text(row.get("event_timestamp")).and_then(|text| text.parse().ok());
    let at = at_us.and_then(moment).ok_or("has no `event_timestamp` in microseconds")?;
    let params = Params(row.get("event_params").and_then(Value::as_array));
    let mut record = Record::new();
    let mut put = |column: &str, value: Option<String>| set(&mut record, column, value.as_deref());
    // Google writes so where there is nothing.
    let at_path = |pointer: &str| text(row.pointer(pointer)).filter(|text| text != "(not set)");
    put("time", Some(at));
    let ours = match name {
        "user_engagement" => "engagement",
        "screen_view" => "pageview",
        name => name,
    };
    put("name", Some(ours.to_owned()));
    put("url", params.get("page_location"));
    let screen = params.get("firebase_screen").or_else(|| params.get("firebase_screen_class"));
    put("path", screen.filter(|_| name == "screen_view"));
    put("hostname", at_path("/device/web_info/hostname"));
    put("referrer", params.get("page_referrer"));
    // The browser's id comes first, so that a visit in which somebody signs in stays one.
    put("visitor_id", at_path("/user_pseudo_id").or_else(|| at_path("/user_id")));
    put("utm_source", at_path("/collected_traffic_source/manual_source"));
    put("utm_medium", at_path("/collected_traffic_source/manual_medium"));
    put("utm_campaign", at_path("/collected_traffic_source/manual_campaign_name"));
    put("utm_content", at_path("/collected_traffic_source/manual_content"));
    put("utm_term", at_path("/collected_traffic_source/manual_term"));
    put("utm_id", at_path("/collected_traffic_source/manual_campaign_id"));
    put("utm_source_platform", at_path("/collected_traffic_source/manual_source_platform"));
    put("utm_creative_format", at_path("/collected_traffic_source/manual_creative_format"));
    put("utm_marketing_tactic", at_path("/collected_traffic_source/manual_marketing_tactic"));
    put("device", at_path("/device/category"));
    put("browser", at_path("/device/web_info/browser"));
    put("browser_version", at_path("/device/web_info/browser_version"));
    put("os", at_path("/device/operating_system"));
    put("os_version", at_path("/device/operating_system_version"));
    put("country", at_path("/geo/country").and_then(|name| country_code(&name)));
    put("city", at_path("/geo/city"));
    let revenue = match name {
        "purchase" => at_path("/ecommerce/purchase_revenue").or_else(|| params.get("value")),
        // What is given back is counted up from 0.
        "refund" => at_path("/ecommerce/refund_value")
            .or_else(|| params.get("value"))
            .map(|back| format!("-{}", back.trim_start_matches('-'))),
        _ => None,
    };
    if revenue.is_some() {
        let order = at_path("/ecommerce/transaction_id");
        put("transaction_id", order.or_else(|| params.get("transaction_id")));
    }
    put("revenue", revenue);
    put("currency", params.get("currency"));
    put("engagement_ms", params.get("engagement_time_msec"));
    put("scroll_depth", params.get("percent_scrolled"));
    put("items_json", items(row.get("items")));
    let mut props = params.rest();
    for (name, value) in Params(row.get("user_properties").and_then(Value::as_array)).all() {
        props.entry(format!("user.{name}")).or_insert(Value::String(value));
    }
    if !props.is_empty() {
        record.insert("props".to_owned(), Value::String(Value::Object(props).to_string()));
    }
    Ok(Row::Events(vec![record]))
}

/// The items of an event, each with what the team adds to it; `None` without any.
fn items(list: Option<&Value>) -> Option<String> {
    let items = list?.as_array()?.iter().filter_map(Value::as_object).map(|item| {
        let own = Params(item.get("item_params").and_then(Value::as_array)).rest();
        let is_said = |name: &str, value: &Value| {
            !value.is_null()
                && value != "(not set)"
                && name != "item_params"
                && !OF_ITEM.contains(&name)
        };
        let said = item.iter().filter(|(name, value)| is_said(name, value));
        let said = said.map(|(name, value)| (name.clone(), value.clone()));
        Value::Object(said.chain(own).collect())
    });
    let items: Vec<Value> = items.collect();
    (!items.is_empty()).then(|| Value::Array(items).to_string())
}

/// `[{"key": …, "value": {"string_value": …}}]`
struct Params<'a>(Option<&'a Vec<Value>>);

impl Params<'_> {
    fn all(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.into_iter().flatten().filter_map(|param| {
            let value = param.get("value")?.as_object()?;
            // A person's property also says when it was set.
            let mut values = value.iter().filter(|(kind, _)| *kind != "set_timestamp_micros");
            Some((param.get("key")?.as_str()?, values.find_map(|(_, value)| text(Some(value)))?))
        })
    }

    fn get(&self, name: &str) -> Option<String> {
        self.all().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn rest(&self) -> Map<String, Value> {
        let rest = self.all().filter(|(key, _)| !KNOWN.contains(key));
        rest.map(|(key, value)| (key.to_owned(), Value::String(value))).collect()
    }
}
