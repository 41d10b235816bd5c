//! Which protocol a request speaks: one table of paths, for all.

use super::Parts;
use super::form::Form;
use crate::protocol::Protocol;

/// A path of a client: whole, or as a beginning (`/array/…`) or an end (`…/matomo.php`).
#[derive(Debug, Clone, Copy)]
enum Path {
    Is(&'static str),
    Begins(&'static str),
    Ends(&'static str),
}

/// What besides the path tells whose a request is.
type Sign = fn(&Parts) -> bool;

const ANY: Sign = |_| true;

/// The protocols by path, and by what only their clients send where several share one. The first
/// row that fits is meant. A slash at the end of a path makes no difference.
const TABLE: [(Path, Sign, Protocol); 137] = {
    use Path::{Begins, Ends, Is};
    use Protocol::{
        Amplitude, Countly, Customerio, Ga4, Goatcounter, Growthbook, Jitsu, Matomo, Mixpanel,
        Openpanel, Plausible, Posthog, Rudderstack, Rybbit, Segment, Snowplow, Umami,
    };
    [
        (Is("/api/event"), ANY, Plausible),
        // Segment, and those who speak like it. RudderStack's clients write a channel, and the
        // visitor in a header; where neither is there, the key tells: the server looks it up
        // under all three.
        (Is("/v1/batch"), has_write_key_header, Jitsu),
        (Is("/v1/batch"), is_rudderstack, Rudderstack),
        (Is("/v1/batch"), ANY, Segment),
        (Is("/v1/b"), ANY, Segment),
        (Is("/v1/import"), ANY, Segment),
        (Is("/v1/t"), ANY, Segment),
        (Is("/v1/p"), ANY, Segment),
        (Is("/v1/i"), ANY, Segment),
        (Is("/v1/g"), ANY, Segment),
        (Is("/v1/a"), ANY, Segment),
        (Is("/v1/s"), ANY, Segment),
        (Is("/v1/m"), ANY, Segment),
        (Begins("/v1/projects/"), ANY, Segment),
        (Begins("/v1/pixel/"), ANY, Segment),
        (Begins("/analytics.js/"), ANY, Segment),
        (Is("/v1/track"), is_rudderstack, Rudderstack),
        (Is("/v1/page"), is_rudderstack, Rudderstack),
        (Is("/v1/screen"), is_rudderstack, Rudderstack),
        (Is("/v1/identify"), is_rudderstack, Rudderstack),
        (Is("/v1/group"), is_rudderstack, Rudderstack),
        (Is("/v1/alias"), is_rudderstack, Rudderstack),
        (Is("/v1/track"), ANY, Segment),
        (Is("/v1/page"), ANY, Segment),
        (Is("/v1/screen"), ANY, Segment),
        (Is("/v1/identify"), ANY, Segment),
        (Is("/v1/group"), ANY, Segment),
        (Is("/v1/alias"), ANY, Segment),
        (Is("/sourceConfig"), ANY, Rudderstack),
        (Is("/beacon/v1/batch"), ANY, Rudderstack),
        (Is("/rsaMetrics"), ANY, Rudderstack),
        (Begins("/pixel/v1/"), ANY, Rudderstack),
        (Begins("/api/s/"), ANY, Jitsu),
        (Begins("/api/px/"), ANY, Jitsu),
        (Is("/api/v1/event"), is_post, Jitsu),
        (Is("/api/v1/s2s/event"), is_post, Jitsu),
        (Begins("/api."), is_post, Jitsu),
        (Is("/p.js"), ANY, Jitsu),
        // PostHog.
        (Is("/batch"), has_batch, Posthog),
        (Is("/e"), ANY, Posthog),
        (Is("/i/v0/e"), ANY, Posthog),
        (Is("/i/v0/ai/batch"), ANY, Posthog),
        (Begins("/i/v1/"), ANY, Posthog),
        (Is("/capture"), ANY, Posthog),
        (Is("/flags"), is_post, Posthog),
        (Is("/flags/definitions"), is_mixpanel, Mixpanel),
        (Is("/flags/definitions"), ANY, Posthog),
        (Is("/decide"), is_post, Posthog),
        (Is("/s"), ANY, Posthog),
        (Is("/surveys"), ANY, Posthog),
        (Is("/api/surveys"), ANY, Posthog),
        (Is("/api/early_access_features"), ANY, Posthog),
        (Is("/api/web_experiments"), ANY, Posthog),
        (Is("/api/feature_flag/local_evaluation"), ANY, Posthog),
        (Is("/api/product_tours"), ANY, Posthog),
        (Begins("/array/"), ANY, Posthog),
        (Begins("/static/"), ANY, Posthog),
        // `/track` is OpenPanel's by its header, GrowthBook's by its key, Rybbit's by its site, Mixpanel's
        // by its data.
        (Is("/track"), has_openpanel_header, Openpanel),
        (Is("/track"), has_client_key, Growthbook),
        (Is("/track"), has_site_id, Rybbit),
        (Is("/track"), has_mixpanel_data, Mixpanel),
        (Is("/track"), has_client_key_inside, Growthbook),
        (Is("/engage"), ANY, Mixpanel),
        (Is("/groups"), ANY, Mixpanel),
        (Is("/import"), ANY, Mixpanel),
        (Is("/record"), ANY, Mixpanel),
        (Is("/settings"), ANY, Mixpanel),
        (Is("/flags"), ANY, Mixpanel),
        (Is("/decide"), ANY, Mixpanel),
        (Is("/track/device-id"), ANY, Openpanel),
        (Is("/api/track/device-id"), ANY, Openpanel),
        (Is("/event"), has_openpanel_header, Openpanel),
        (Is("/profile"), has_openpanel_header, Openpanel),
        (Is("/profile/increment"), has_openpanel_header, Openpanel),
        (Is("/profile/decrement"), has_openpanel_header, Openpanel),
        (Begins("/api/features/"), ANY, Growthbook),
        (Begins("/api/eval/"), ANY, Growthbook),
        (Begins("/sub/"), ANY, Growthbook),
        (Is("/events"), has_client_key_inside, Growthbook),
        // Amplitude. Its first clients post a form to the root.
        (Is(""), has_old_amplitude_form, Amplitude),
        (Is("/identify"), has_site_id, Rybbit),
        (Is("/identify"), ANY, Amplitude),
        (Is("/groupidentify"), ANY, Amplitude),
        (Is("/usermap"), ANY, Amplitude),
        (Is("/config"), ANY, Amplitude),
        (Begins("/config/"), ANY, Amplitude),
        (Begins("/sdk/v2/"), ANY, Amplitude),
        (Is("/sdk/vardata"), ANY, Amplitude),
        (Is("/v1/vardata"), ANY, Amplitude),
        (Is("/sessions/v2/track"), ANY, Amplitude),
        (Is("/v1/capture"), ANY, Amplitude),
        (Begins("/libs/"), ANY, Amplitude),
        (Is("/httpapi"), ANY, Amplitude),
        (Is("/2/httpapi"), ANY, Amplitude),
        (Is("/batch"), ANY, Amplitude),
        // `/i` is Countly's by its key, Snowplow's by its kind of event.
        (Begins("/com.snowplowanalytics."), ANY, Snowplow),
        (Is("/i"), has_app_key, Countly),
        (Is("/i"), has_snowplow_event, Snowplow),
        (Is("/i/bulk"), ANY, Countly),
        (Is("/o/sdk"), ANY, Countly),
        (Begins("/o/"), has_app_key, Countly),
        (Begins("/sdk/web/"), ANY, Countly),
        // Matomo, wherever it was installed.
        (Ends("/matomo.php"), ANY, Matomo),
        (Ends("/piwik.php"), ANY, Matomo),
        // Umami.
        (Is("/api/send"), ANY, Umami),
        (Is("/api/batch"), ANY, Umami),
        (Is("/api/record"), ANY, Umami),
        (Is("/api/collect"), ANY, Umami),
        (Is("/api/heartbeat"), ANY, Umami),
        // GA4.
        (Is("/mp/collect"), ANY, Ga4),
        (Is("/debug/mp/collect"), ANY, Ga4),
        // A server container may lie below a path of the site's own.
        (Ends("/g/collect"), ANY, Ga4),
        (Begins("/ccm/"), ANY, Ga4),
        (Is("/gtag/js"), ANY, Ga4),
        // Rybbit.
        (Is("/api/track"), has_openpanel_header, Openpanel),
        (Is("/api/track"), ANY, Rybbit),
        (Is("/api/identify"), ANY, Rybbit),
        (Begins("/api/session-replay/record/"), ANY, Rybbit),
        (Begins("/api/site/tracking-config/"), ANY, Rybbit),
        (Begins("/site/tracking-config/"), ANY, Rybbit),
        (Is("/api/script.js"), ANY, Rybbit),
        (Begins("/api/sites/tracking-config/"), ANY, Rybbit),
        // GoatCounter.
        (Is("/count"), ANY, Goatcounter),
        (Is("/api/v0/count"), ANY, Goatcounter),
        (Is("/api/v0/me"), ANY, Goatcounter),
        // Customer.io.
        (Begins("/api/v1/customers/"), ANY, Customerio),
        (Is("/api/v1/events"), ANY, Customerio),
        (Is("/api/v1/merge_customers"), ANY, Customerio),
        (Is("/api/v1/push/events"), ANY, Customerio),
        (Is("/push/events"), ANY, Customerio),
        (Is("/api/v1/cio_deliveries/events"), ANY, Customerio),
        (Is("/api/v1/metrics"), ANY, Customerio),
        (Begins("/api/v1/segments/"), ANY, Customerio),
        (Is("/api/v2/entity"), ANY, Customerio),
        (Is("/api/v2/batch"), ANY, Customerio),
        (Begins("/v1/analytics-js/"), ANY, Customerio),
        // A path of the team's own choosing.
        (Begins("/"), has_snowplow_payload, Snowplow),
    ]
};

/// The protocol of a request; `None` where the path is nobody's, or shared and nothing in the
/// request tells whose.
pub fn detect(parts: &Parts) -> Option<Protocol> {
    let fits = |path: &Path| is_at(path, parts.path);
    TABLE.iter().find(|(path, sign, _)| fits(path) && sign(parts)).map(|(_, _, protocol)| *protocol)
}

fn is_at(known: &Path, path: &str) -> bool {
    let bare = path.strip_suffix('/').unwrap_or(path);
    match known {
        Path::Is(whole) => bare == *whole,
        Path::Begins(begin) => path.starts_with(begin),
        Path::Ends(end) => bare.ends_with(end),
    }
}

fn is_post(parts: &Parts) -> bool {
    parts.method == "POST"
}

fn has_write_key_header(parts: &Parts) -> bool {
    parts.header("x-write-key").is_some()
}

fn is_rudderstack(parts: &Parts) -> bool {
    parts.header("anonymousid").is_some() || begins_with_any(parts, &["\"channel\":", "rudder-sdk"])
}

/// Whether a batch is PostHog's, whose word comes before Amplitude's: events of either may have a property of the
/// other's name.
fn has_batch(parts: &Parts) -> bool {
    let head = &parts.body[..parts.body.len().min(LOOK_AT)];
    let place = |word: &str| {
        let at = head.windows(word.len()).position(|window| window == word.as_bytes());
        at.unwrap_or(usize::MAX)
    };
    head.starts_with(b"data=")
        || Form::parse(parts.query).has("compression")
        || place("\"batch\"") <= place("\"events\"")
}

fn has_openpanel_header(parts: &Parts) -> bool {
    parts.header("openpanel-client-id").is_some()
}

/// Whether a body names a site as Rybbit's do, and is not Mixpanel's or Amplitude's with a property of that name.
fn has_site_id(parts: &Parts) -> bool {
    begins_with_any(parts, &["\"site_id\""])
        && !begins_with_any(parts, &["\"event\"", "\"identification\""])
}

/// `client=KEY&e=[…]`, encoded or not.
fn has_old_amplitude_form(parts: &Parts) -> bool {
    is_post(parts)
        && begins_with_any(parts, &["client="])
        && begins_with_any(parts, &["e=%5B", "e=%5b", "e=["])
}

fn is_mixpanel(parts: &Parts) -> bool {
    Form::parse(parts.query).has("mp_lib")
        || parts.header("authorization").is_some_and(|it| it.starts_with("Basic "))
}

/// The schema may come after its data, and with escaped slashes.
fn has_snowplow_payload(parts: &Parts) -> bool {
    let schemas = [
        "iglu:com.snowplowanalytics.snowplow/payload_data/",
        r"iglu:com.snowplowanalytics.snowplow\/payload_data\/",
    ];
    is_post(parts) && (begins_with_any(parts, &schemas) || ends_with_any(parts, &schemas))
}

fn has_client_key(parts: &Parts) -> bool {
    Form::parse(parts.query).has("client_key")
}

fn has_client_key_inside(parts: &Parts) -> bool {
    let key = ["\"client_key\""];
    is_post(parts) && (begins_with_any(parts, &key) || ends_with_any(parts, &key))
}

fn has_mixpanel_data(parts: &Parts) -> bool {
    let query = Form::parse(parts.query);
    query.has("data")
        || query.has("verbose")
        || query.has("ip")
        || begins_with_any(parts, &["data=", "\"token\"", "%22token%22"])
}

/// Older clients write the key behind their events.
fn has_app_key(parts: &Parts) -> bool {
    Form::parse(parts.query).has("app_key")
        || begins_with_any(parts, &["app_key"])
        || ends_with_any(parts, &["app_key="])
}

fn has_snowplow_event(parts: &Parts) -> bool {
    Form::parse(parts.query).has("e")
}

/// How much of a body is looked at, bytes.
const LOOK_AT: usize = 4_096;

/// Whether the beginning of the body holds one of `words`.
fn begins_with_any(parts: &Parts, words: &[&str]) -> bool {
    holds_any(&parts.body[..parts.body.len().min(LOOK_AT)], words)
}

/// Whether the end of the body holds one of `words`.
fn ends_with_any(parts: &Parts, words: &[&str]) -> bool {
    holds_any(&parts.body[parts.body.len().saturating_sub(LOOK_AT)..], words)
}

fn holds_any(text: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| text.windows(word.len()).any(|window| window == word.as_bytes()))
}
