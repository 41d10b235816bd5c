//! What nobody sends in good faith: the server answers or hangs up, and goes on serving others.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::{Installation, Server, USER_AGENT};

const SITE: &str = "target.example";

/// A server with settings of `luotsi.toml`.
async fn server(settings: &str) -> (Installation, Server) {
    let installation = Installation::new(SITE);
    std::fs::write(installation.folder.path().join("luotsi.toml"), settings).unwrap();
    let server = Server::start(&installation).await;
    (installation, server)
}

/// Sends bytes and reads until the server hangs up, or for two seconds.
async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // Whoever is refused early hears of it before everything is sent.
    let (mut read, mut write) = stream.split();
    let mut answer = Vec::new();
    let reading = async {
        let mut part = vec![0; 64 << 10];
        while let Ok(Ok(count)) =
            tokio::time::timeout(Duration::from_secs(2), read.read(&mut part)).await
        {
            if count == 0 {
                break;
            }
            answer.extend_from_slice(&part[..count]);
        }
    };
    let ((), _sent) = tokio::join!(reading, write.write_all(bytes));
    String::from_utf8_lossy(&answer).into_owned()
}

async fn post(server: &Server, headers: &str, body: &[u8]) -> String {
    let mut request = format!(
        "POST /api/event HTTP/1.1\r\nhost: x\r\nuser-agent: {USER_AGENT}\r\nconnection: close\r\n\
         {headers}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    exchange(server, &request).await
}

fn page_view(path: &str) -> Vec<u8> {
    json!({"n": "pageview", "u": format!("https://{SITE}{path}"), "d": SITE}).to_string().into()
}

async fn still_serves(server: &Server) {
    let answer = post(server, "", &page_view("/")).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

/// Largest resident size of the server so far, MiB.
fn peak_memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_too_long_is_hung_up_on() {
    let (_installation, server) = server("idle_seconds = 1\nbody_seconds = 1\n").await;
    let head = "POST /api/event HTTP/1.1\r\nhost: x\r\n".to_owned();
    let body = format!("{head}content-length: 1000\r\n\r\n{{");
    for (what, start) in [("the head", head), ("the body", body), ("nothing", String::new())] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let began = Instant::now();
        let (mut read, mut write) = stream.into_split();
        // A byte now and then does not help.
        let drip = tokio::spawn(async move {
            while write.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        let mut answer = String::new();
        let ended = tokio::time::timeout(Duration::from_secs(15), async {
            read.read_to_string(&mut answer).await.ok()
        });
        assert!(ended.await.is_ok(), "{what} may come for ever");
        assert!(began.elapsed() > Duration::from_millis(500), "{what} was cut off at once");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
        drip.abort();
    }
    still_serves(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_without_end_and_bodies_that_swell_cost_little() {
    let (_installation, server) = server("").await;
    let mut head = String::from("POST /api/event HTTP/1.1\r\nhost: x\r\n");
    while head.len() < 10 << 20 {
        write!(head, "x-filler-{}: {}\r\n", head.len(), "y".repeat(8_000)).unwrap();
    }
    let answer = exchange(&server, head.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let one = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "y".repeat(10 << 20));
    let answer = exchange(&server, one.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");

    let before = peak_memory(&server);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..1_024 {
        bomb.write_all(&spaces).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    for headers in ["content-encoding: gzip\r\n", ""] {
        let answer = post(&server, headers, &bomb).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }
    let swollen = peak_memory(&server) - before;
    assert!(swollen < 64, "a gigabyte of spaces cost {swollen} MiB");
    still_serves(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_requests_that_swell_when_they_are_read_cost_little() {
    let (_installation, server) = server("").await;
    let before = peak_memory(&server);
    let pack = |text: String| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    // Eight megabytes of the smallest values there are, in a few kilobytes.
    let most = (8 << 20) - 100;
    for part in ["{},", "[[]],", r#"{"":1},"#, "1,"] {
        let list = part.repeat(most / part.len());
        let packed = pack(format!(r#"{{"batch":[{}]}}"#, list.trim_end_matches(',')));
        let request = |path: &str| {
            let mut request = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                packed.len()
            )
            .into_bytes();
            request.extend_from_slice(&packed);
            request
        };
        let requests = ["/v1/batch", "/batch/", "/com.snowplowanalytics.snowplow/tp2"].map(request);
        let answers = requests.iter().map(|request| exchange(&server, request));
        for answer in futures::future::join_all(answers).await {
            let refused = answer.starts_with("HTTP/1.1 400") && answer.contains("too_many_values");
            assert!(refused || answer.starts_with("HTTP/1.1 503"), "{answer}");
        }
    }
    // Seventy kilobytes in which one query is meant for each of 5,000 lines.
    let query = format!("v=2&junk={}", "x".repeat(25_000));
    let lines = "en=x\n".repeat(5_000);
    let mut request = format!(
        "POST /g/collect?{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        lines.len()
    );
    request.push_str(&lines);
    let answers = (0..8).map(|_| exchange(&server, request.as_bytes()));
    for answer in futures::future::join_all(answers).await {
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    let swollen = peak_memory(&server) - before;
    assert!(swollen < 320, "they cost {swollen} MiB");
    still_serves(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_events_are_refused_one_by_one() {
    let (_installation, server) = server("").await;
    let deep = "[".repeat(60_000);
    let nested = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    let bodies: [&[u8]; 6] = [
        deep.as_bytes(),
        nested.as_bytes(),
        b"\xff\xfe\x00",
        b"\"\\ud800\"",
        b"{\"n\":\"\xc3\x28\"}",
        b"",
    ];
    for body in bodies {
        let answer = post(&server, "", body).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    // Odd bytes in a header are the sender's own affair.
    let mut odd =
        b"POST /api/event HTTP/1.1\r\nhost: x\r\nconnection: close\r\nreferer: \xff\xfe\r\n"
            .to_vec();
    let body = page_view("/odd");
    odd.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
    odd.extend(body);
    let answer = exchange(&server, &odd).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    still_serves(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_writes_into_the_heads_of_answers() {
    let (_installation, server) = server("").await;
    let requests = [
        "GET /v1/projects/a%0d%0ax-injected:%201/settings HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "OPTIONS /api/event HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: https://a.example\r\n\
         access-control-request-headers: a\x0bx-injected: 1\r\n\r\n",
        "OPTIONS /api/event HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: https://a.example%0d%0ax-injected: 1\r\n\r\n",
    ];
    for request in requests {
        let answer = exchange(&server, request.as_bytes()).await;
        let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(!head.lines().any(|line| line.starts_with("x-injected")), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_host_reaches_collecting_and_nothing_else() {
    let (installation, server) = server("").await;
    let request = |method: &str, path: &str, more: &str| {
        format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: https://evil.example\r\n{more}\r\n"
        )
    };
    let asked =
        "access-control-request-method: POST\r\naccess-control-request-headers: content-type\r\n";
    let collecting = exchange(&server, request("OPTIONS", "/api/event", asked).as_bytes()).await;
    assert!(
        collecting.to_lowercase().contains("access-control-allow-origin: https://evil.example")
    );
    for path in
        ["/api/v1/session", "/api/v1/setup", "/api/v2/query", "/metrics", "/api/v1/workspaces"]
    {
        let answer = exchange(&server, request("OPTIONS", path, asked).as_bytes()).await;
        let named = ["/api/v1/workspaces"].contains(&path);
        assert!(
            named || !answer.to_lowercase().contains("access-control-allow"),
            "{path}: {answer}"
        );
    }
    // A cookie does not help whoever cannot name the own origin.
    let cookie = sign_in(&server).await;
    let with_cookie = format!(
        "cookie: {cookie}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let setup = request("PATCH", "/api/v1/user", &with_cookie);
    let answer = exchange(&server, setup.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("wrong_origin"), "{answer}");
    // Collecting looks at no cookie: with one or without, the visitor is the same.
    for cookie in ["", &format!("cookie: {cookie}\r\n")] {
        let headers = format!("origin: https://evil.example\r\n{cookie}");
        let answer = post(&server, &headers, &page_view("/")).await;
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
        assert!(!answer.to_lowercase().contains("set-cookie"), "{answer}");
    }
    let visitors = server
        .query(
            &installation.token,
            &json!({"site_id": SITE, "metrics": ["visitors"], "date_range": "day"}),
        )
        .await;
    assert_eq!(visitors["results"][0]["metrics"], json!([1]));
}

async fn sign_in(server: &Server) -> String {
    let body = json!({"email": "owner@example.org", "password": "correct horse battery staple"});
    let body = body.to_string();
    let request = format!(
        "POST /api/v1/session HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: http://x\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(server, request.as_bytes()).await;
    let line = answer.lines().find(|line| line.to_lowercase().starts_with("set-cookie:")).unwrap();
    line[11..].split(';').next().unwrap().trim().to_owned()
}

/// Page views from addresses, all at once: the answers.
async fn page_views(server: &Server, addresses: Vec<String>) -> Vec<String> {
    futures::future::join_all(addresses.into_iter().map(async |address| {
        post(server, &format!("x-forwarded-for: {address}\r\n"), &page_view("/")).await
    }))
    .await
}

fn count(answers: &[String], status: &str) -> usize {
    answers.iter().filter(|answer| answer.starts_with(&format!("HTTP/1.1 {status}"))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_much_is_told_when_to_come_again() {
    let (_installation, server) = server("requests_per_second_per_address = 2\n").await;
    let answers = page_views(&server, vec!["198.51.100.7".to_owned(); 60]).await;
    let (taken, refused) = (count(&answers, "202"), count(&answers, "429"));
    assert!(
        taken >= 20 && refused > 0 && taken + refused == 60,
        "{taken} taken, {refused} refused"
    );
    let refused = answers.iter().find(|answer| answer.starts_with("HTTP/1.1 429")).unwrap();
    let refused = refused.to_lowercase();
    assert!(
        refused.contains("retry-after: 1") && refused.contains("too_many_requests"),
        "{refused}"
    );
    let others = page_views(&server, vec!["198.51.100.8".to_owned()]).await;
    assert_eq!(count(&others, "202"), 1, "others are not kept out: {others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_has_a_limit_whoever_sends() {
    let (_installation, server) = server("events_per_second_per_site = 2\n").await;
    let addresses = (0..60).map(|number| format!("203.0.113.{number}")).collect();
    let answers = page_views(&server, addresses).await;
    let (taken, refused) = (count(&answers, "202"), count(&answers, "429"));
    assert!(
        taken >= 20 && refused > 0 && taken + refused == 60,
        "{taken} taken, {refused} refused"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_names_of_properties_leave_memory_alone() {
    let (installation, server) = server("").await;
    let mut names = 0;
    for batch in 0..36 {
        let events: Vec<_> = (0..1_000)
            .map(|event| {
                let props: serde_json::Map<String, serde_json::Value> = (0..28)
                    .map(|prop| (format!("p{}", (batch * 1_000 + event) * 28 + prop), json!("v")))
                    .collect();
                names += props.len();
                json!({"n": "Odd", "u": format!("https://{SITE}/"), "d": SITE, "p": props})
            })
            .collect();
        let (status, answer) =
            server.post("/api/events", &installation.token, json!(events).to_string()).await;
        assert_eq!(status, 202, "{answer}");
    }
    assert!(names > 1_000_000);
    let asked = json!({
        "site_id": SITE, "metrics": ["events"], "date_range": "day", "dimensions": ["event:props:p77"],
    });
    let rows = server.query(&installation.token, &asked).await;
    assert!(rows["results"].to_string().contains(r#"["v"]"#), "{rows}");
    let peak = peak_memory(&server);
    assert!(peak < 512, "{peak} MiB");
}
