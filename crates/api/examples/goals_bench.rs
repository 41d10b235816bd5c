//! Goals on synthetic traffic, for `cargo xtask bench goals`.
//!
//! `goals_bench DIR GOALS` opens the lake of `query_bench generate DIR …`, makes so many goals beside it, and
//! prints lines of JSON: how long the first run takes, that of the next night, and a goal's page.

#![expect(clippy::print_stdout, reason = "a measurement")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use luotsi_api::state::{App, AppSettings};
use luotsi_lake::lake::{Lake, LakeSettings};
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::{Plan, Target, TargetKind, Words};
use luotsi_marketing::metric::Better;
use luotsi_marketing::review::Snapshot;
use luotsi_store::Store;
use luotsi_store::goal::GoalFields;
use luotsi_store::review::{Decision, NewReview, ReviewNotes};
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn Error>;

/// 2026-08-05T01:00:00Z: the traffic ended an hour ago.
const NOW_US: i64 = 1_785_891_600_000_000;
const DAY_US: i64 = 86_400_000_000;

const METRICS: [&str; 8] = [
    "visits",
    "visitors",
    "pageviews",
    "events",
    "total_revenue",
    "conversion_rate",
    "bounce_rate",
    "views_per_visit",
];

const SEGMENTS: [(&str, &[&str]); 4] = [
    ("", &[""]),
    (
        "visit:channel",
        &["Direct", "Organic Search", "Organic Social", "Paid Search", "Email", "Referral"],
    ),
    ("visit:country", &["US", "FI", "DE", "GB", "SE", "FR", "NL"]),
    ("visit:device", &["Mobile", "Desktop"]),
];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, goals] = arguments.as_slice() else { return Err("goals_bench DIR GOALS".into()) };
    measure(Path::new(dir), goals.parse()?).await
}

/// A filter for each goal in turn, and the metrics in turn for each filter.
fn filters(at: usize) -> Vec<Value> {
    let segments: Vec<(&str, &str)> = SEGMENTS
        .iter()
        .flat_map(|(dimension, values)| values.iter().map(move |value| (*dimension, *value)))
        .collect();
    let (dimension, value) = segments[at / METRICS.len() % segments.len()];
    let mut filters = Vec::new();
    if !dimension.is_empty() {
        filters.push(json!(["is", dimension, [value]]));
    }
    if matches!(METRICS[at % METRICS.len()], "events" | "total_revenue" | "conversion_rate") {
        filters.push(json!(["is", "event:goal", ["Purchase"]]));
    }
    filters
}

struct Server {
    router: Router,
    cookie: String,
}

impl Server {
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(Value, String), Failure> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "luotsi.example")
            .header(header::ORIGIN, "https://luotsi.example")
            .header(header::COOKIE, format!("luotsi_session={}", self.cookie))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))?;
        let response = self.router.clone().oneshot(request).await?;
        let cookie = response.headers().get(header::SET_COOKIE);
        let cookie = cookie
            .and_then(|cookie| cookie.to_str().ok()?.strip_prefix("luotsi_session="))
            .and_then(|cookie| cookie.split(';').next())
            .unwrap_or_default()
            .to_owned();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 10 << 20).await?;
        if !status.is_success() {
            return Err(format!("{path}: {status} {}", String::from_utf8_lossy(&bytes)).into());
        }
        Ok((serde_json::from_slice(&bytes)?, cookie))
    }
}

/// Goals that a team has set: begun in the last quarter, with targets around what is usual.
async fn set_goals(
    app: &App,
    store: &Store,
    ids: (&str, &str),
    goals: usize,
) -> Result<(), Failure> {
    let (workspace, site) = ids;
    let site = store.site(workspace, site).await?;
    let measuring = app.measuring();
    let context = measuring.site(&site).await?;
    let today = context.today();
    for at in 0..goals {
        let spread = i32::try_from(at % 90)?;
        let start: Date = today.saturating_sub((10 + spread).days());
        let deadline = today.saturating_add((30 + spread % 60).days());
        let (metric, filters) = (METRICS[at % METRICS.len()], filters(at));
        let resolved = measuring.resolve(&context, metric, &filters).await?;
        let counting = Counting::usual(resolved.nature, resolved.combine);
        let baseline = measuring.baseline(&resolved, counting, start, deadline).await??;
        let change = [1.0, 2.0, 5.0, 10.0, 40.0][at % 5];
        let input = if resolved.better == Better::Less { -change } else { change };
        let target = match baseline.known() {
            Some(value) if value > 0.0 => Target { kind: TargetKind::Percent, input },
            _ => Target { kind: TargetKind::Absolute, input: 1000.0 },
        };
        let way = (resolved.better, resolved.nature);
        let plan = Plan::new(counting, way, baseline, target, (start, deadline))?;
        let fields = GoalFields {
            name: format!("Goal {at}"),
            site_id: site.id.clone(),
            metric: metric.to_owned(),
            filters: Value::Array(filters),
            plan,
            currency: resolved.unit.currency().map(|currency| currency.to_string()),
            unit_value: None,
            words: Words::default(),
            stated_baseline: None,
            review_rhythm: None,
            owner_id: None,
            objective_id: None,
        };
        let goal = store.create_goal(workspace, fields, app.now()).await?;
        for week in 0..REVIEWS {
            let day = start.saturating_add((4 + 7 * week).days());
            store.create_review(workspace, &goal.id, review(day), app.now()).await?;
        }
    }
    Ok(())
}

/// Reviews of each goal, each with a decision.
const REVIEWS: i32 = 4;

fn review(day: Date) -> NewReview {
    let snapshot = Snapshot {
        day,
        probability: Some(0.5),
        value: None,
        milestones_reached: 0,
        milestones_missed: 0,
        work_finished: 0,
        work_open: 0,
        alerts: 0,
    };
    let decision = Decision { text: "Send it every week.".to_owned(), decided_on: day };
    NewReview {
        rhythm: "weekly".to_owned(),
        day,
        changes: Vec::new(),
        snapshot,
        notes: ReviewNotes {
            learned: String::new(),
            decisions: vec![decision],
            next_steps: Vec::new(),
            ratings: None,
        },
        by: "Aino".to_owned(),
    }
}

async fn measure(dir: &Path, goals: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(AtomicI64::new(NOW_US));
    let store =
        Store::open_file(&folder.path().join("luotsi.db"), Timestamp::from_microsecond(NOW_US)?)
            .await?;
    let lake = Lake::open(LakeSettings::new(dir), NOW_US).await?;
    lake.compact(NOW_US).await?;
    let settings = AppSettings {
        lists: luotsi_marketing::counting::Lists::default(),
        country_database: None,
        public_url: None,
        query_memory: 1 << 30,
        demo_sign_in: None,
        rates: luotsi_api::RateLimits::default(),
        trusted_proxies: luotsi_api::TrustedProxies::default(),
        mail: None,
        reach: luotsi_notify::address::Reach { private: true },
        link_url: "https://luotsi.example".into(),
    };
    let time = clock.clone();
    let app = App::new(store.clone(), lake, settings, move || {
        Timestamp::from_microsecond(time.load(Ordering::Relaxed)).unwrap_or_default()
    })
    .await?;
    let mut server = Server { router: luotsi_api::router(app.clone()), cookie: String::new() };
    let owner = json!({
        "email": "aino@shop.example", "name": "Aino", "password": "correct horse battery",
        "workspace_name": "Shop", "locale": "en",
    });
    let (made, cookie) = server.call(Method::POST, "/api/v1/setup", &owner).await?;
    server.cookie = cookie;
    let workspace = made["workspaces"][0]["id"].as_str().unwrap_or_default().to_owned();
    let base = format!("/api/v1/workspaces/{workspace}");
    let site = json!({
        "domain": "shop.example", "time_zone": "UTC", "currency": "EUR", "business_type": "web_shop",
    });
    let site = server.call(Method::POST, &format!("{base}/sites"), &site).await?.0;
    let site = site["id"].as_str().unwrap_or_default().to_owned();
    let purchase = json!({
        "kind": "event", "event_name": "purchase", "display_name": "Purchase", "revenue": true,
    });
    server.call(Method::POST, &format!("{base}/sites/{site}/conversions"), &purchase).await?;

    let began = Instant::now();
    set_goals(&app, &store, (&workspace, &site), goals).await?;
    println!("{}", json!({"name": "goals set, their past measured", "seconds": seconds(began)}));
    for name in ["first run", "the next night"] {
        let (began, passes) = (Instant::now(), app.measuring().queries.passes());
        let done = app.measuring().nightly().await?;
        println!(
            "{}",
            json!({
                "name": name, "seconds": seconds(began), "computed": done.computed,
                "failed": done.failed, "passes": app.measuring().queries.passes() - passes,
            })
        );
        if name == "first run" {
            clock.fetch_add(DAY_US, Ordering::Relaxed);
        }
    }
    for (name, path) in [("a goal's page", ""), ("what moved it, asked again", "/drivers")] {
        println!("{}", pages(&server, &base, name, path).await?);
    }
    let began = Instant::now();
    server.call(Method::GET, &format!("{base}/goals"), &Value::Null).await?;
    println!("{}", json!({"name": "the list of all goals", "seconds": seconds(began)}));
    Ok(())
}

fn seconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64()
}

/// The times of every goal's page.
async fn pages(server: &Server, base: &str, name: &str, path: &str) -> Result<Value, Failure> {
    let list = server.call(Method::GET, &format!("{base}/goals"), &Value::Null).await?.0;
    let mut times = Vec::new();
    for goal in list["items"].as_array().into_iter().flatten().step_by(5) {
        let path = format!("{base}/goals/{}{path}", goal["id"].as_str().unwrap_or_default());
        if !path.ends_with("drivers") {
            server.call(Method::GET, &path, &Value::Null).await?;
        } else if goal["progress"]["status"] != "behind" {
            continue;
        }
        let began = Instant::now();
        server.call(Method::GET, &path, &Value::Null).await?;
        times.push(seconds(began) * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((share * (times.len() as f64 - 1.0)).round() as usize).copied();
    Ok(json!({
        "name": name, "pages": times.len(), "p50_ms": at(0.5), "p95_ms": at(0.95),
        "slowest_ms": times.last(),
    }))
}
