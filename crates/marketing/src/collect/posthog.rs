//! PostHog: batches and single events from servers and from posthog-js, flags and settings.
//!
//! The visitor is `distinct_id`, inside `properties` from a browser. The device (`$device_id`) is the
//! anonymous one; an id that is not the device's is the person's.

use serde_json::{Value, json};

use super::commerce::{Money, describe};
use super::form::{Form, json_or_base64};
use super::json::{self, Json};
use super::lz;
use super::message::{self, Messages};
use super::scripts::SCRIPT;
use super::time::{self, Clock};
use super::told::Words;
use super::{Outcome, Parts, Reading, Reply};
use crate::event::{ENGAGEMENT, PAGEVIEW};
use crate::hit::{Hit, Identity, Refusal, SiteKey, Told};
use crate::protocol::Protocol;

/// Properties that say something of the person, the page or the program that other columns keep, or
/// that PostHog needs for itself; others with a dollar sign are kept.
const OWN: [&str; 48] = [
    "token",
    "distinct_id",
    "$current_url",
    "$host",
    "$pathname",
    "$referrer",
    "$referring_domain",
    "$device_id",
    "$user_id",
    "$anon_distinct_id",
    "$is_identified",
    "$process_person_profile",
    "$session_id",
    "$window_id",
    "$pageview_id",
    "$insert_id",
    "$time",
    "$lib",
    "$lib_version",
    "$is_server",
    "$geoip_disable",
    "$ip",
    "$raw_user_agent",
    "$user_agent",
    "$browser",
    "$browser_version",
    "$browser_language",
    "$browser_language_prefix",
    "$os",
    "$os_version",
    "$device",
    "$device_type",
    "$timezone",
    "$timezone_offset",
    "$config_defaults",
    "$sdk_debug_replay_internal_buffer_length",
    "$session_entry_url",
    "$set",
    "$set_once",
    "$initial_person_info",
    "$browser_type",
    "$configured_session_timeout_ms",
    "$initialization_time",
    "$last_posthog_reset",
    "$sdk_dist_channel",
    "$feature_flag_request_id",
    "$ce_version",
    "$cookieless_mode",
];

/// Most flags whose values are kept with an event.
const MOST_FLAGS: usize = 100;

/// Libraries of apps.
const OF_APPS: [&str; 6] = [
    "posthog-android",
    "posthog-flutter",
    "posthog-ios",
    "posthog-kmp",
    "posthog-react-native",
    "posthog-unity",
];

/// What the browser says for everybody's id in its mode without cookies.
const COOKIELESS: &str = "$posthog_cookieless";

/// Families of such properties.
const OWN_FAMILIES: [&str; 10] = [
    "$initial_",
    "$session_entry_",
    "$sdk_debug_",
    "$recording_",
    "$feature_enrollment",
    "$screen_",
    "$viewport_",
    "$replay_",
    "$lib_",
    "$prev_pageview_",
];

/// Reads a request of PostHog's clients: one event, a batch or an array.
///
/// # Errors
/// No JSON, plainly or in base64, or a batch that is none.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let query = Form::parse(parts.query);
    if asks_only(parts.path) {
        return Ok(Reading::default());
    }
    let raw = if parts.body.is_empty() { "".into() } else { json::text(parts.body) };
    let form = if raw.starts_with("data=") { Form::parse(&raw) } else { Form::default() };
    let text = form.get("data").or(query.get("data")).unwrap_or(&raw);
    let packed = form.get("compression").or(query.get("compression")) == Some("lz64");
    let text = if packed { lz::text(text).map(Into::into) } else { json_or_base64(text) };
    let text = text.ok_or_else(|| {
        vec![Refusal::new("body", "invalid_json", "is neither JSON nor JSON in base64")]
    })?;
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    // Older browsers say when they sent it in the query, newer servers in a header.
    let sent_at = parts
        .header("posthog-request-timestamp")
        .and_then(time::parse_text)
        .or_else(|| time::parse(body.any(&["sent_at", "created_at"])))
        .or_else(|| query.get("_").and_then(time::parse_text))
        .or_else(|| form.get("sent_at").and_then(time::parse_text));
    let mut messages = Messages::sent_at(sent_at);
    let sender = Sender {
        clock: Clock::new(sent_at, parts.received_at_us),
        browser: message::from_browser(parts),
        received_at_us: parts.received_at_us,
    };
    let batch = body.get("batch");
    let elements = match &body {
        Json::Array(_) => message::batch("body", &body)?,
        _ if !batch.is_null() => message::batch("batch", batch)?,
        _ => std::slice::from_ref(&body),
    };
    for event in elements {
        let key = [body.any(&["api_key", "token"]), event.any(&["api_key", "token"])]
            .into_iter()
            .find_map(Json::text)
            .or(event.get("properties").get("token").text())
            .or(message::bearer(parts));
        let site = message::site(Protocol::Posthog, key, "api_key");
        let known = site.as_ref().ok().cloned();
        let read = site.and_then(|site| hit(site, &sender, event));
        messages.push(read, known.as_ref(), || event.to_string());
    }
    Ok(messages.finish())
}

/// Where newer servers report; logs, metrics and traces lie beside it.
const EVENTS: &str = "/i/v1/analytics/events";

/// Whether a request asks for flags or settings, or brings recordings, which are not kept.
fn asks_only(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let asks = ["/array/", "/api/", "/static/", "/flags/"];
    matches!(path, "/flags" | "/decide" | "/s" | "/surveys")
        || (path.starts_with("/i/v1/") && path != EVENTS)
        || asks.iter().any(|begin| path.starts_with(begin))
}

struct Sender {
    clock: Clock,
    browser: bool,
    received_at_us: i64,
}

fn hit(site: SiteKey, sender: &Sender, event: &Json) -> Result<Option<Hit>, Refusal> {
    let name = event.get("event").text().ok_or_else(|| {
        Refusal::new("event", "missing", "is missing; it must be the event's name")
    })?;
    let properties = event.get("properties");
    let distinct_id = message::id(event.any(&["distinct_id", "$distinct_id"]))
        .or_else(|| message::id(properties.get("distinct_id")));
    let address = properties.get("$current_url").text();
    let path = properties.get("$pathname").text();
    let page = address
        .and_then(|address| message::page(address, None))
        .or_else(|| message::page(path?, properties.get("$host").text()));
    // An app says with every event on which screen it was.
    let screen = properties.get("$screen_name").text().map(message::screen);
    let page = if name == "$screen" { screen.or(page) } else { page.or(screen) };
    // Of other events a title is the team's own property.
    let title =
        properties.any(if name == "$pageview" { &["title", "$title"] } else { &["$title"] });
    let at_us = match sender.clock.read("timestamp", event.any(&["timestamp", "$timestamp"]))? {
        None => {
            let before_us = event.get("offset").number().map(|ms| (ms * 1e3) as i64);
            before_us.map(|before_us| sender.received_at_us.saturating_sub(before_us))
        }
        at_us => at_us,
    };
    let referrer = properties.get("$referrer").text().filter(|text| *text != "$direct");
    let ip = properties.get("$ip").scalar();
    let user_agent = properties.any(&["$raw_user_agent", "$user_agent"]).text();
    let mut hit = Hit {
        id: message::id(event.any(&["uuid", "message_id", "messageId"]))
            .or_else(|| message::id(properties.get("$insert_id"))),
        page,
        title: title.text().map(Into::into),
        referrer: referrer.map(Into::into),
        language: properties.any(&["$browser_language", "$locale"]).text().map(Into::into),
        at_us,
        identity: identity(distinct_id, properties, event.get("options")),
        visitor: message::visitor(sender.browser, ip, user_agent),
        is_own_device: properties
            .get("$lib")
            .text()
            .is_some_and(|library| OF_APPS.iter().any(|app| library.starts_with(app))),
        told: if sender.browser { None } else { told(properties) },
        key_is_token: !sender.browser,
        ..Hit::new(site, "")
    };
    message::add_campaign_of_server(&mut hit, properties);
    match name {
        "$identify" | "$set" => {
            let once = [event, properties].map(|it| own_traits(it.get("$set_once")));
            let traits = [event.get("$set"), properties.get("$set"), &once[0], &once[1]];
            message::identify(hit, &traits).map(Some)
        }
        "$groupidentify" => {
            let group_id = message::id(properties.get("$group_key")).ok_or_else(|| {
                Refusal::new("properties.$group_key", "missing", "is missing; it names the group")
            })?;
            let kind = properties.get("$group_type").text();
            message::group(hit, &group_id, kind, &[properties.get("$group_set")]).map(Some)
        }
        "$create_alias" | "$merge_dangerously" => {
            let other = message::id(properties.get("alias")).ok_or_else(|| {
                Refusal::new("properties.alias", "missing", "is missing; it must be the other id")
            })?;
            Ok(Some(message::other_name(hit, other)))
        }
        // Recordings of screens are not kept.
        "$snapshot" | "$snapshot_items" | "$$heatmap" => Ok(None),
        _ => event_hit(hit, name, properties).map(Some),
    }
}

/// Device and place, where an app or a server tells the visitor's: servers tell of their own system without a kind
/// of device.
fn told(properties: &Json) -> Option<Box<Told>> {
    let said = |name: &str| properties.get(name).scalar();
    let of_visitor = !properties.any(&["$device_type", "$browser"]).is_null();
    let device = Words {
        device: properties.get("$device_type").text(),
        browser: said("$browser"),
        browser_version: said("$browser_version"),
        os: properties.any(&["$os_name", "$os"]).scalar(),
        os_version: said("$os_version"),
        ..Words::default()
    };
    let words = Words {
        country: said("$geoip_country_code"),
        region: said("$geoip_subdivision_1_code"),
        city: said("$geoip_city_name"),
        ..if of_visitor { device } else { Words::default() }
    };
    words.told()
}

/// What a team sets once on a person, without what the library adds of the first visit.
fn own_traits<'j>(set_once: &'j Json) -> Json<'j> {
    let own = set_once.fields().iter().filter(|(name, _)| !name.starts_with("$initial_"));
    Json::Object(own.map(|(name, value)| (name.as_ref().into(), value.borrowed())).collect())
}

fn event_hit(mut hit: Hit, name: &str, properties: &Json) -> Result<Hit, Refusal> {
    // Each event repeats what every flag says: of many, none is kept rather than no event.
    let is_flag = |property: &str| property.starts_with("$feature/");
    let flags = properties.fields().iter().filter(|(property, _)| is_flag(property)).count();
    let keep = |property: &str| {
        let own = OWN.contains(&property)
            || (flags > MOST_FLAGS && is_flag(property))
            || OWN_FAMILIES.iter().any(|family| property.starts_with(family))
            || (property.starts_with('$') && property.ends_with("_server_side"))
            || (property == "title" && name == "$pageview");
        !own && !message::is_campaign(property)
    };
    describe(&mut hit, name, properties, Money::Revenue, keep)?;
    match name {
        "$pageview" | "$screen" => hit.name = PAGEVIEW.into(),
        "$pageleave" => {
            hit.name = ENGAGEMENT.into();
            hit.interactive = false;
            let share = properties.get("$prev_pageview_max_scroll_percentage").number();
            hit.scroll_depth = share.map(|share| (share * 100.0).clamp(0.0, 100.0) as u8);
            let seconds = properties.get("$prev_pageview_duration").number();
            hit.engagement_ms = seconds.map(|spent| (spent * 1e3).clamp(0.0, 86_400_000.0) as u32);
        }
        "$autocapture" | "$rageclick" => {}
        // What the library reports of itself is no act of the visitor.
        own if own.starts_with('$') => hit.interactive = false,
        _ => {}
    }
    Ok(hit)
}

/// Who is meant: a browser names its device beside the id; a server only the id, and an app says whether it is a
/// person's yet.
fn identity(distinct_id: Option<String>, properties: &Json, options: &Json) -> Identity {
    let distinct_id = distinct_id.filter(|id| id != COOKIELESS);
    let device = message::id(properties.get("$device_id"));
    let before = message::id(properties.get("$anon_distinct_id"));
    let anonymous = device.or(before);
    let no_person =
        [properties.get("$process_person_profile"), options.get("process_person_profile")]
            .contains(&&Json::Bool(false));
    let not_yet = properties.get("$is_identified") == &Json::Bool(false);
    match (distinct_id, anonymous) {
        (Some(id), Some(device)) if id == device => {
            Identity { anonymous_id: Some(device), user_id: None }
        }
        (Some(id), None) if no_person || not_yet => {
            Identity { anonymous_id: Some(id), user_id: None }
        }
        (Some(_), Some(device)) if no_person => {
            Identity { anonymous_id: Some(device), user_id: None }
        }
        (id, anonymous_id) => Identity { anonymous_id, user_id: id },
    }
}

/// What the clients take for success, and answers without any flag.
pub(crate) fn reply(parts: &Parts, _outcome: &Outcome) -> Reply {
    let path = parts.path.trim_end_matches('/');
    if let Some(rest) = path.strip_prefix("/array/") {
        return settings(rest);
    }
    match path {
        "/flags" => Reply::json(
            200,
            &json!({
                "flags": {}, "featureFlags": {}, "featureFlagPayloads": {},
                "errorsWhileComputingFlags": false, "quotaLimited": [],
                "requestId": "00000000-0000-4000-8000-000000000000",
            }),
        ),
        "/decide" => {
            let mut config = config("");
            config["featureFlags"] = json!({});
            config["featureFlagPayloads"] = json!({});
            config["errorsWhileComputingFlags"] = false.into();
            Reply::json(200, &config)
        }
        "/surveys" | "/api/surveys" => Reply::json(200, &json!({"surveys": []})),
        "/api/early_access_features" => Reply::json(200, &json!({"earlyAccessFeatures": []})),
        "/api/web_experiments" => Reply::json(200, &json!({"experiments": []})),
        "/api/product_tours" => Reply::json(200, &json!({"product_tours": []})),
        // Nothing of the batch is to be sent again.
        EVENTS => Reply::json(200, &json!({"results": results(parts.body)})),
        "/flags/definitions" | "/api/feature_flag/local_evaluation" => {
            Reply::json(200, &json!({"flags": [], "group_type_mapping": {}, "cohorts": {}}))
        }
        _ => Reply::json(200, &json!({"status": "Ok"})),
    }
}

/// That each event of a batch is settled: clients tell their callers of an event only by its own result.
fn results(body: &[u8]) -> Value {
    let text = json::text(body);
    let body = json::parse(&text).unwrap_or(Json::Null);
    let ids = body.get("batch").elements().iter().filter_map(|event| event.get("uuid").text());
    ids.map(|id| (id.to_owned(), json!({"result": "ok"}))).collect()
}

/// `{key}/config`, `{key}/config.js` or `{key}/array.js`.
fn settings(rest: &str) -> Reply {
    let (key, file) = rest.split_once('/').unwrap_or((rest, ""));
    if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return Reply::text(404, "no such key");
    }
    match file {
        "config" => Reply::json(200, &config(key)),
        "config.js" => {
            let config = config(key);
            let script = format!(
                "(function(){{var all=window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}};\
                 all[\"{key}\"]={{config:{config},siteApps:[]}};}})();"
            );
            Reply { content_type: SCRIPT, ..Reply::text(200, &script) }
        }
        _ => Reply::text(404, "there is no such file"),
    }
}

/// Everything that is not collecting is off.
fn config(key: &str) -> Value {
    json!({
        "token": key, "supportedCompression": ["gzip", "gzip-js"], "hasFeatureFlags": false,
        "captureDeadClicks": false, "capturePerformance": false, "autocapture_opt_out": false,
        "autocaptureExceptions": false, "analytics": {"endpoint": "/i/v0/e/"},
        "elementsChainAsString": true, "sessionRecording": false, "heatmaps": false,
        "surveys": false, "defaultIdentifiedOnly": true, "isAuthenticated": false,
        "siteApps": [], "toolbarParams": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::history::judge;

    const NOW_US: i64 = 1_790_000_000_000_000;

    /// What becomes of an event that says so long ago it was, milliseconds.
    fn judged(offset: &str) -> Result<i64, &'static str> {
        let body = format!(
            r#"{{"api_key":"phc_k","batch":[{{"event":"$pageview","distinct_id":"d","offset":{offset},
            "properties":{{"$current_url":"https://shop.example/"}}}}]}}"#
        );
        let parts = Parts {
            method: "POST",
            path: "/batch/",
            query: "",
            headers: &[],
            body: body.as_bytes(),
            received_at_us: NOW_US,
        };
        let mut messages = read(&parts).unwrap().messages;
        let hit = messages.remove(0).unwrap();
        judge(&hit, true, NOW_US).map_err(|refusal| refusal.code)?;
        Ok(NOW_US - hit.at_us.unwrap())
    }

    #[test]
    fn an_offset_says_how_long_ago_it_was_and_not_in_which_age() {
        assert_eq!(judged("1500"), Ok(1_500_000));
        assert_eq!(judged("9e15"), Err("too_old"));
        assert_eq!(judged("1e300"), Err("too_old"));
        assert_eq!(judged("-9e15"), Err("in_future"));
        assert_eq!(judged("-1e300"), Err("in_future"));
    }
}
