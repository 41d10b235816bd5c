//! Whoever is erased is in no byte of the data folder any more, however they came into it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use luotsi_marketing::visitor::named_id;
use luotsi_store::Store;
use serde_json::{Value, json};

use crate::server::{Installation, Server, USER_AGENT};

const SITE: &str = "shop.example";
const KEYS: [(&str, &str); 5] = [
    ("segment", "wk_shop"),
    ("mixpanel", "mixpaneltoken"),
    ("snowplow", "shop-web"),
    ("customerio", "cio"),
    ("matomo", "7"),
];

const PERSON: &str = "aino-7f3a91c4";
const MAIL: &str = "aino.traces@inbox.example";
/// Known as the person's only because of what was taken of both.
const DEVICE: &str = "device-5be0c19d";
const ADDRESSES: [&str; 2] = ["203.0.113.44", "2001:db8:44:1::9"];
/// Somebody else, who stays.
const OTHER: &str = "bystander-9d41";

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// What a text looks like inside of base64, wherever it begins there.
fn inside_base64(text: &str) -> Vec<String> {
    let at = |before: usize| {
        let whole = STANDARD.encode([&vec![b'x'; before], text.as_bytes()].concat());
        let (from, to) = ((before * 8).div_ceil(6), (before + text.len()) * 8 / 6);
        whole[from..to].to_owned()
    };
    (0..3).map(at).collect()
}

fn percent(text: &str) -> String {
    text.replace('@', "%40").replace(':', "%3A")
}

/// Every form in which a text or its hash may lie in a file.
fn needles(text: &str, hashed: bool) -> Vec<Vec<u8>> {
    let mut all = vec![text.to_owned(), percent(text), text.replace('a', "\\u0061")];
    all.extend(inside_base64(text));
    let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    for site in [0, 1].into_iter().filter(|_| hashed) {
        let id = named_id(site, text);
        all.extend([id.to_be_bytes().to_vec(), id.to_le_bytes().to_vec()]);
        all.push(id.to_string().into_bytes());
    }
    all
}

/// Files in which a text is found in any form.
fn traces(folder: &Path, text: &str, hashed: bool) -> Vec<String> {
    let mut all = Vec::new();
    files(folder, &mut all);
    let needles = needles(text, hashed);
    let holds = |bytes: &[u8]| {
        needles.iter().any(|needle| bytes.windows(needle.len()).any(|part| part == needle))
    };
    all.into_iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name).collect()
}

async fn send(server: &Server, method: &str, path: &str, body: String) -> u16 {
    let url = format!("http://{}{path}", server.address);
    let client = reqwest::Client::new();
    let request = if method == "PUT" { client.put(url) } else { client.post(url) };
    let request = if path.starts_with("/api/v1/") {
        request.basic_auth("cio", Some("secret"))
    } else {
        request
    };
    let request = request.header("user-agent", USER_AGENT).header("x-forwarded-for", ADDRESSES[0]);
    request.body(body).send().await.unwrap().status().as_u16()
}

/// What is taken: the person on two devices, by several protocols.
async fn taken(server: &Server) {
    let segment = json!({"writeKey": "wk_shop", "batch": [
        {"type": "identify", "userId": PERSON, "anonymousId": DEVICE, "messageId": "1",
            "traits": {"email": MAIL}, "context": {"ip": ADDRESSES[0]}},
        {"type": "track", "event": "Sale", "userId": PERSON, "anonymousId": DEVICE, "messageId": "2",
            "properties": {"mail": MAIL}},
        {"type": "track", "event": "Look", "anonymousId": DEVICE, "messageId": "3"},
        {"type": "alias", "previousId": MAIL, "userId": PERSON, "messageId": "4"},
        {"type": "track", "event": "Sale", "userId": OTHER, "messageId": "5"},
    ]});
    assert_eq!(send(server, "POST", "/v1/batch", segment.to_string()).await, 200);
    let person = json!({"email": MAIL, "first_name": "Aino"}).to_string();
    let customer = format!("/api/v1/customers/{}", percent(MAIL));
    assert_eq!(send(server, "PUT", &customer, person).await, 200);
    let data = json!({"event": "Play", "properties": {"token": "mixpaneltoken", "$insert_id": "m1",
        "distinct_id": PERSON, "$email": MAIL}});
    let form = format!("data={}", STANDARD.encode(data.to_string()).replace('=', "%3D"));
    assert_eq!(send(server, "POST", "/track", form).await, 200);
    let unstructured = json!({"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
        "data": {"schema": "iglu:example/watch/jsonschema/1-0-0", "data": {"mail": MAIL}}});
    let snowplow = json!({"schema": "iglu:x", "data": [{"e": "ue", "aid": "shop-web", "eid": "s1",
        "p": "web", "tv": "js", "url": "https://shop.example/", "uid": PERSON, "duid": DEVICE,
        "ue_px": URL_SAFE_NO_PAD.encode(unstructured.to_string())}]});
    let path = "/com.snowplowanalytics.snowplow/tp2";
    assert_eq!(send(server, "POST", path, snowplow.to_string()).await, 200);
    let matomo =
        format!("/matomo.php?idsite=7&rec=1&uid={PERSON}&url=https%3A%2F%2Fshop.example%2F");
    assert_eq!(send(server, "POST", &matomo, String::new()).await, 200);
}

/// What is refused, and waits in the quarantine: the ids wrapped in every way that clients know.
async fn refused(server: &Server) {
    // Nothing but the path says whom an event without a name is of.
    let customer = format!("/api/v1/customers/{}/events", percent(MAIL));
    send(server, "POST", &customer, json!({"data": {"plan": "team"}}).to_string()).await;
    let nameless = json!({"properties": {"token": "mixpaneltoken", "distinct_id": PERSON,
        "ip": ADDRESSES[0], "$email": MAIL}})
    .to_string();
    let base64 = STANDARD.encode(&nameless).replace('=', "%3D");
    send(server, "POST", "/track", format!("data={base64}")).await;
    let escaped: String = nameless
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    send(server, "POST", "/track", format!("data={escaped}")).await;
    // Whole bodies in base64.
    send(server, "POST", "/track?verbose=1", STANDARD.encode(&nameless)).await;
    let context = json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0",
        "data": [{"schema": "iglu:example/user/jsonschema/1-0-0",
            "data": {"userId": PERSON, "email": MAIL}}]});
    let wrapped = URL_SAFE_NO_PAD.encode(context.to_string());
    let snowplow = json!({"schema": "iglu:x", "data": [{"aid": "shop-web", "p": "web", "tv": "js",
        "cx": wrapped, "ue_px": wrapped}]});
    send(server, "POST", "/com.snowplowanalytics.snowplow/tp2", snowplow.to_string()).await;
    let escapes = PERSON.replace('a', "\\u0061");
    for who in [
        format!(r#""userId":"{escapes}","context":{{"ip":"{}"}}"#, ADDRESSES[1]),
        // Known by the device alone.
        format!(r#""anonymousId":"{DEVICE}""#),
        format!(r#""userId":"{OTHER}""#),
        r#""userId":"4""#.to_owned(),
    ] {
        let body = format!(r#"{{"writeKey":"wk_shop","batch":[{{"type":"track",{who}}}]}}"#);
        assert_eq!(send(server, "POST", "/v1/batch", body).await, 200);
    }
    let matomo = format!(
        "/matomo.php?idsite=7&rec=1&uid={PERSON}&url=https%3A%2F%2Fshop.example%2F&cip={}",
        percent(ADDRESSES[1])
    );
    send(server, "POST", &matomo, String::new()).await;
    let nobodys = json!({"writeKey": "wk_forgotten", "batch": [
        {"type": "track", "event": "Sale", "userId": PERSON, "traits": {"email": MAIL}}]});
    send(server, "POST", "/v1/batch", nobodys.to_string()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stood_still_destroys_the_salts_of_the_past_though_nobody_comes() {
    let installation = Installation::new(SITE);
    let folder = installation.folder.path();
    let state = folder.join("luotsi.sqlite");
    let now = "2026-03-02T12:00:00Z".parse().unwrap();
    let store = Store::open_file(&state, now).await.unwrap();
    let salts = store.visitor_salts("2026-03-02".parse().unwrap()).await.unwrap();
    store.close().await;
    let salt = format!("{:032x}", u128::from_be_bytes(salts.today));
    assert!(!traces(folder, &salt, false).is_empty(), "the search finds what is there");
    std::fs::write(folder.join("import-secret"), [7; 16]).unwrap();
    let server = Server::start(&installation).await;
    for _ in 0..100 {
        if traces(folder, &salt, false).is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(traces(folder, &salt, false), Vec::<String>::new());
    assert!(!folder.join("import-secret").exists());
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_who_is_erased_is_left_in_any_file_of_the_data_folder() {
    let installation = Installation::new(SITE);
    let folder = installation.folder.path().to_owned();
    for (protocol, key) in KEYS {
        let add = ["site", "key", "add", "--site", SITE, "--protocol", protocol, "--key", key];
        installation.luotsi(&add, "");
    }
    let outside = tempfile::tempdir().unwrap();
    let history = outside.path().join("history.csv");
    std::fs::write(
        &history,
        format!(
            "timestamp,name,url,visitor_id,mail\n\
             2026-03-02 10:00:00,pageview,https://{SITE}/a,{PERSON},{MAIL}\n\
             2026-03-02 10:01:00,pageview,https://{SITE}/b,{OTHER},\n"
        ),
    )
    .unwrap();
    let import = ["import", "events", history.to_str().unwrap(), "--site", SITE, "--prop", "mail"];
    installation.luotsi(&import, "");
    // What a backup that was killed left.
    let left = folder.join("lake/staging/backup-9a6e2c51-8a3f-4d0e-9a52-3d6a7bb0f001");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("lock"), b"").unwrap();

    let server = Server::start(&installation).await;
    assert!(!left.exists());
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("lock"), b"").unwrap();
    std::fs::write(left.join("luotsi.sqlite"), PERSON).unwrap();
    taken(&server).await;
    refused(&server).await;
    // What the quarantine keeps is written in its own time.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    for address in ADDRESSES {
        assert_eq!(traces(&folder, address, false), Vec::<String>::new(), "{address}");
    }
    for text in [PERSON, MAIL, DEVICE] {
        let found = traces(&folder, text, false);
        assert!(found.iter().any(|name| name.contains("luotsi.sqlite")), "{text} in {found:?}");
    }
    // The last one comes as the command does: it may still wait to be written.
    refused(&server).await;
    let erase = ["erase", "--site", SITE, "--user-id", PERSON, "--user-id", MAIL, "--json"];
    let erased: Value = serde_json::from_str(&installation.luotsi(&erase, "")).unwrap();
    assert_eq!(erased["imports_running"], 0, "{erased}");
    assert!(erased["events"].as_u64().unwrap() >= 8, "{erased}");
    assert!(erased["messages"].as_u64().unwrap() >= 16, "{erased}");

    let look = |when: &str| {
        for text in [PERSON, MAIL, DEVICE] {
            assert_eq!(traces(&folder, text, true), Vec::<String>::new(), "{text} {when}");
        }
        for address in ADDRESSES {
            assert_eq!(traces(&folder, address, false), Vec::<String>::new(), "{address} {when}");
        }
        let others = traces(&folder, OTHER, false);
        assert!(others.iter().any(|name| name.contains("luotsi.sqlite")), "{others:?} {when}");
    };
    look("while it serves");
    for id in [PERSON, MAIL] {
        let export = ["export", "person", "--site", SITE, "--user-id", id];
        assert_eq!(installation.luotsi(&export, ""), "");
    }
    let kept = ["export", "person", "--site", SITE, "--user-id", OTHER];
    assert_eq!(installation.luotsi(&kept, "").lines().count(), 2);
    server.stop();
    look("after it stopped");
}
