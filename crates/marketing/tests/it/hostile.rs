//! What nobody expects: no adapter panics, and whatever it takes is within bounds.

use std::sync::LazyLock;

use luotsi_marketing::collect::{Outcome, Parts, Reading, Refused, detect, read, reply};
use luotsi_marketing::hit::Hit;
use luotsi_marketing::protocol::Protocol;
use proptest::prelude::*;

use crate::show::Sent;
use crate::wire;

/// Reads `sent` as `protocols` and looks at what came out.
fn survives(sent: &Sent, protocols: &[Protocol]) {
    sent.with_parts(|parts: &Parts| {
        for protocol in protocols.iter().copied().chain(detect(parts)) {
            let outcome = Outcome::default();
            assert!(reply(protocol, parts, &outcome).status < 500);
            let Ok(reading) = read(protocol, parts) else { continue };
            for message in reading.messages {
                match message {
                    Ok(hit) => {
                        assert!(!hit.name.is_empty() && hit.name.len() <= 120);
                        assert!(!hit.site.key.is_empty() && hit.site.key.len() <= 200);
                        assert!(hit.props.len() <= 400, "{}", hit.props.len());
                        assert!(hit.items.len() <= 5_000);
                        assert!(hit.props.is_sorted_by(|one, other| one.0 < other.0));
                    }
                    Err(refused) => {
                        assert!(!refused.refusals.is_empty() && refused.raw.len() <= 8_192);
                    }
                }
            }
        }
    });
}

#[test]
fn bodies_made_to_harm_are_survived() {
    let deep = format!("{{\"batch\":[{}{}]}}", "{\"a\":".repeat(100), "}".repeat(100));
    let deeper = "[".repeat(100_000);
    let many: Vec<String> = (0..20_000).map(|i| format!("\"k{i}\":1")).collect();
    let many =
        format!("{{\"type\":\"track\",\"event\":\"x\",\"properties\":{{{}}}}}", many.join(","));
    let long = format!("{{\"event\":\"{}\"}}", "x".repeat(200_000));
    let bodies: [&[u8]; 12] = [
        b"",
        b"\xff\xfe\x00",
        b"null",
        b"{\"batch\":{}}",
        b"{\"batch\":[null,1,\"x\",[],{}],\"events\":[null],\"data\":[1],\"requests\":[null,{\"a\":[]}],\"hits\":[0]}",
        b"{\"events\":[{\"time\":1e308,\"name\":\"\\u0000\",\"event_type\":\"\\ud83d\"}]}",
        b"data=%%%&events=[{\"key\":\"a\",\"count\":1e300}]&device_id=x&app_key=y",
        deep.as_bytes(),
        deeper.as_bytes(),
        many.as_bytes(),
        long.as_bytes(),
        b"{\"sentAt\":\"-009999-01-01T00:00:00Z\",\"type\":\"track\",\"event\":\"x\",\"timestamp\":\"9999-12-30T22:00:00Z\"}",
    ];
    let mut requests = wire::requests();
    requests.sort_by(|one, other| one.path.cmp(&other.path));
    requests.dedup_by(|later, earlier| later.path == earlier.path);
    for mut sent in requests {
        for body in bodies {
            sent.body = body.to_vec();
            survives(&sent, &[]);
        }
    }
}

/// Bytes of text that a reading holds.
fn held(reading: &Reading) -> usize {
    let pairs = |pairs: &[(String, String)]| -> usize {
        pairs.iter().map(|(name, value)| name.capacity() + value.capacity()).sum()
    };
    let one = |message: &Result<Hit, Refused>| match message {
        Ok(hit) => {
            let items = hit.items.iter().flat_map(|item| item.item_name.iter());
            pairs(&hit.props) + items.map(String::capacity).sum::<usize>()
        }
        Err(refused) => refused.raw.capacity() + refused.refusals[0].detail.capacity(),
    };
    reading.messages.iter().map(one).sum()
}

fn post(path: &str, query: String, body: String) -> Sent {
    Sent {
        method: "POST".into(),
        path: path.into(),
        query,
        body: body.into(),
        received_at_us: 1_795_291_200_000_000,
        ..Sent::default()
    }
}

#[test]
fn what_is_said_once_for_many_events_does_not_swell_a_small_request() {
    // 60 KB in the query for each of 5,000 lines: as a name that is too long, as a property, as an item.
    let long = "x".repeat(2_000);
    let props: Vec<String> = (0..30).map(|at| format!("ep.p{at}={long}")).collect();
    let items: Vec<String> = (1..=120).map(|at| format!("pr{at}=nm{}", &long[..490])).collect();
    let lines = "en=x\n".repeat(5_000);
    for (query, least) in [
        (format!("v=2&junk={}", "x".repeat(60_000)), 0),
        (format!("v=2&tid=G-1&{}", props.join("&")), 25),
        (format!("v=2&tid=G-1&{}", items.join("&")), 20),
    ] {
        let sent = post("/g/collect", query, lines.clone());
        let reading = sent.with_parts(|parts| read(Protocol::Ga4, parts)).unwrap();
        let bytes = held(&reading);
        assert!(bytes < 8 << 20, "{} KB became {} MiB", sent.query.len() / 1_000, bytes >> 20);
        assert!(reading.messages.iter().filter(|message| message.is_ok()).count() >= least);
    }
    // As many short events as a request may hold, with all that a page says of itself.
    let query =
        format!("v=2&tid=G-1&cid=1.2&dl=https%3A%2F%2Fshop.example%2F&ep.a={}", "x".repeat(300));
    let sent = post("/g/collect", query, lines.clone());
    let reading = sent.with_parts(|parts| read(Protocol::Ga4, parts)).unwrap();
    assert_eq!(reading.messages.iter().filter(|message| message.is_ok()).count(), 5_000);
    // An event that says it happened a hundred times, with 60 KB of properties.
    let segments: Vec<String> = (0..30).map(|at| format!(r#""p{at}":"{long}""#)).collect();
    let event = format!(r#"{{"key":"a","count":100,"segmentation":{{{}}}}}"#, segments.join(","));
    let body = format!(r#"{{"requests":[{{"app_key":"k","device_id":"d","events":[{event}]}}]}}"#);
    let sent = post("/i/bulk", String::new(), body);
    let reading = sent.with_parts(|parts| read(Protocol::Countly, parts)).unwrap();
    assert!(held(&reading) < 8 << 20, "{}", held(&reading));
    let many = vec![r#"{"key":"a","count":100}"#; 5_000].join(",");
    let body = format!(r#"{{"requests":[{{"app_key":"k","device_id":"d","events":[{many}]}}]}}"#);
    let sent = post("/i/bulk", String::new(), body);
    let reading = sent.with_parts(|parts| read(Protocol::Countly, parts)).unwrap();
    assert!(reading.messages.len() <= 10_001, "{}", reading.messages.len());
}

#[test]
fn a_batch_of_gtag_shares_its_query_and_each_line_goes_before_it() {
    let query = "v=2&tid=G-1&cid=1.2&dl=https%3A%2F%2Fshop.example%2F&ep.plan=team".to_owned();
    let sent = post("/g/collect", query, "en=page_view\r\nen=Signup&ep.plan=pro\r\n".into());
    let reading = sent.with_parts(|parts| read(Protocol::Ga4, parts)).unwrap();
    let hits: Vec<&Hit> = reading.messages.iter().flatten().collect();
    assert_eq!((hits[0].name.as_str(), hits[0].props[0].1.as_str()), ("pageview", "team"));
    assert_eq!((hits[1].name.as_str(), hits[1].props[0].1.as_str()), ("Signup", "pro"));
}

#[test]
fn items_of_gtag_keep_all_of_ga4_and_what_a_team_adds() {
    let item =
        "idSKU-1~nmCafé~afShop~cnBanner~cstop~loL-1~piP-7~pnSummer~k0colour~v0red~k1size~v1XL";
    let item: String = url::form_urlencoded::byte_serialize(item.as_bytes()).collect();
    let query = format!("v=2&tid=G-1&cid=1.2&en=view_promotion&pr1={item}");
    let sent = post("/g/collect", query, String::new());
    let reading = sent.with_parts(|parts| read(Protocol::Ga4, parts)).unwrap();
    let hit = reading.messages[0].as_ref().unwrap();
    assert_eq!(
        luotsi_marketing::items::to_json(&hit.items).unwrap(),
        r#"[{"item_id":"SKU-1","item_name":"Café","affiliation":"Shop","creative_name":"Banner","creative_slot":"top","location_id":"L-1","promotion_id":"P-7","promotion_name":"Summer","colour":"red","size":"XL"}]"#
    );
}

#[test]
fn an_order_of_snowplow_has_no_more_items_than_any_other() {
    let line = r#"{"e":"ti","aid":"k","ti_id":"O-1","ti_sk":"S","ti_pr":"1","ti_qu":"1"}"#;
    let order = r#"{"e":"tr","aid":"k","tr_id":"O-1","tr_tt":"300","tr_cu":"EUR"}"#;
    let body = format!(r#"{{"data":[{order},{}]}}"#, vec![line; 300].join(","));
    let sent = post("/com.snowplowanalytics.snowplow/tp2", String::new(), body);
    let reading = sent.with_parts(|parts| read(Protocol::Snowplow, parts)).unwrap();
    assert_eq!(reading.messages.len(), 1);
    assert_eq!(reading.messages[0].as_ref().unwrap().items.len(), 200);
}

#[test]
fn a_hundred_refused_messages_are_shown_as_they_came_and_the_rest_is_counted() {
    let body =
        format!(r#"{{"data":[{}]}}"#, vec![r#"{"aid":"k","junk":"xxxxxxxx"}"#; 5_000].join(","));
    let sent = post("/com.snowplowanalytics.snowplow/tp2", String::new(), body);
    let reading = sent.with_parts(|parts| read(Protocol::Snowplow, parts)).unwrap();
    let refused: Vec<&Refused> =
        reading.messages.iter().filter_map(|message| message.as_ref().err()).collect();
    assert_eq!(refused.len(), 5_000);
    assert_eq!(refused.iter().filter(|refused| !refused.raw.is_empty()).count(), 100);
}

static REQUESTS: LazyLock<Vec<Sent>> = LazyLock::new(wire::requests);

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(
        which in any::<prop::sample::Index>(),
        body in prop::collection::vec(any::<u8>(), 0..300),
        query in "[ -~]{0,80}",
    ) {
        let mut sent = REQUESTS[which.index(REQUESTS.len())].clone();
        sent.body = body;
        sent.query = query;
        survives(&sent, &Protocol::ALL);
    }

    #[test]
    fn a_request_with_a_few_bytes_changed_is_survived(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut sent = REQUESTS[which.index(REQUESTS.len())].clone();
        for (at, byte) in changes {
            if !sent.body.is_empty() {
                let at = at.index(sent.body.len());
                sent.body[at] = byte;
            }
        }
        survives(&sent, &Protocol::ALL);
    }
}
