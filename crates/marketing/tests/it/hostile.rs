//! What nobody expects: no adapter panics, and whatever it takes is within bounds.

use std::sync::LazyLock;

use luotsi_marketing::collect::{Outcome, Parts, detect, read, reply};
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
