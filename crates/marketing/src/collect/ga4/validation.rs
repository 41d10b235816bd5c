//! What Google's validation server would say of a request of the Measurement Protocol.

use serde_json::{Value, json};

use super::super::Parts;
use super::super::form::Form;
use super::super::json::{self, Json};
use super::MAX_EVENTS;
use crate::currency::Currency;

/// Names that only the libraries may send.
const RESERVED: [&str; 9] = [
    "ad_activeview",
    "ad_click",
    "ad_impression",
    "app_remove",
    "app_update",
    "first_open",
    "first_visit",
    "session_start",
    "user_engagement",
];

/// Empty where the request is well.
pub(crate) fn messages(parts: &Parts) -> Vec<Value> {
    let mut found = Vec::new();
    let mut say = |path: &str, code: &str, description: String| {
        found.push(json!({"fieldPath": path, "description": description, "validationCode": code}));
    };
    let query = Form::parse(parts.query);
    if query.get("measurement_id").or(query.get("firebase_app_id")).is_none() {
        say("measurement_id", "VALUE_REQUIRED", "The query must name a measurement_id.".into());
    }
    if query.get("api_secret").is_none() {
        say("api_secret", "VALUE_REQUIRED", "The query must hold the api_secret.".into());
    }
    let text = json::text(parts.body);
    let body = match json::parse(&text) {
        Ok(body) => body,
        Err(refusal) => {
            say("", "VALUE_INVALID", refusal.to_string());
            return found;
        }
    };
    if body.any(&["client_id", "app_instance_id"]).text().is_none() {
        say("client_id", "VALUE_REQUIRED", "A client_id is needed, as a text.".into());
    }
    let events = body.get("events").elements();
    if events.is_empty() {
        say("events", "VALUE_REQUIRED", "At least one event is needed.".into());
    }
    if events.len() > MAX_EVENTS {
        let description = format!("{} events; at most {MAX_EVENTS} are taken.", events.len());
        say("events", "EXCEEDED_MAX_ENTITIES", description);
    }
    for (at, event) in events.iter().take(MAX_EVENTS).enumerate() {
        check(&format!("events[{at}]"), event, &mut say);
    }
    found
}

fn check(path: &str, event: &Json, say: &mut dyn FnMut(&str, &str, String)) {
    let field = format!("{path}.name");
    match event.get("name").text() {
        None => say(&field, "VALUE_REQUIRED", "The event needs a name.".into()),
        Some(name) if RESERVED.contains(&name) => {
            say(&field, "NAME_RESERVED", format!("`{name}` is sent by the libraries only."));
        }
        Some(name) if !is_name(name) => {
            let rule = "a letter, then letters, digits and underscores, at most 40 in all";
            say(&field, "NAME_INVALID", format!("The name must be {rule}."));
        }
        Some(_) => {}
    }
    let params = event.get("params");
    if params.fields().len() > 25 {
        let field = format!("{path}.params");
        say(&field, "EXCEEDED_MAX_ENTITIES", "At most 25 parameters are taken.".into());
    }
    for (name, _) in params.fields().iter().filter(|(name, _)| !is_name(name)) {
        let field = format!("{path}.params.{}", crate::page::clean(name, 60));
        say(&field, "NAME_INVALID", "The parameter's name is not allowed.".into());
    }
    let currency = params.get("currency");
    if !params.get("value").is_null() && currency.is_null() {
        let field = format!("{path}.params.currency");
        say(&field, "VALUE_REQUIRED", "A value needs its currency.".into());
    } else if !currency.is_null()
        && currency.text().is_none_or(|code| code.parse::<Currency>().is_err())
    {
        let field = format!("{path}.params.currency");
        say(&field, "VALUE_INVALID", "The currency must be a code of ISO 4217.".into());
    }
    for (at, item) in params.get("items").elements().iter().enumerate() {
        if item.any(&["item_id", "item_name"]).is_null() {
            let field = format!("{path}.params.items[{at}]");
            say(&field, "VALUE_REQUIRED", "An item needs item_id or item_name.".into());
        }
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
