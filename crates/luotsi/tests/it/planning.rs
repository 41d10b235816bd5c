//! Goals and what is around them on the command line, beside a running server.

use std::path::Path;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::server::{Installation, Server, luotsi};

/// What a command answers for programs.
fn asked(folder: &Path, arguments: &[&str]) -> Value {
    let run = luotsi(folder, &[arguments, &["--json"]].concat(), "");
    assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
    serde_json::from_str(&run.output).unwrap()
}

/// What a command tells people.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let run = luotsi(folder, arguments, "");
    assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
    run.output
}

fn today(folder: &Path) -> Date {
    let visits = asked(folder, &["metric", "show", "visits", "--site", "shop.example"]);
    visits["values"]["to"].as_str().unwrap().parse().unwrap()
}

/// A goal of followers that hangs on an objective, with two readings from before.
fn goal(folder: &Path) -> Value {
    let day = |ahead: i64| today(folder).saturating_add(ahead.days()).to_string();
    for (ahead, value) in [(-8, "9000"), (-1, "9500")] {
        let reading = ["reading", "add", "--series", "followers", "--value", value];
        let kept = asked(folder, &[&reading[..], &["--day", &day(ahead)]].concat());
        assert_eq!(kept, json!({"new": 1, "replaced": 0}));
    }
    asked(folder, &["objective", "add", "--name", "Be known", "--outcome-metric", "visits"]);
    let kpi = ["objective", "add", "--kind", "kpi", "--name", "Followers", "--metric", "followers"];
    let kpi = asked(folder, &[&kpi[..], &["--parent", "Be known"]].concat());
    assert_eq!((&kpi["kind"], &kpi["weight"]), (&json!("kpi"), &json!(1.0)));
    let owner =
        ["--owner", "owner@example.org", "--objective", "Be known", "--name", "Twelve thousand"];
    let parts = ["goal", "create", "--site", "shop.example", "--metric", "followers"];
    let (deadline, target) = (day(60), ["--target", "12000", "--deadline"]);
    asked(folder, &[&parts[..], &target, &[deadline.as_str()], &owner].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_around_a_goal_is_set_and_read_beside_a_running_server() {
    let installation = Installation::new("shop.example");
    let folder = installation.folder.path();
    let server = Server::start(&installation).await;
    let goal = goal(folder);
    let day = |ahead: i64| today(folder).saturating_add(ahead.days()).to_string();
    let of_goal = ["--goal", "Twelve thousand"];

    let tree = told(folder, &["objective", "list"]);
    assert!(tree.contains("Be known  ") && tree.contains("  Followers"), "{tree}");

    let reading = ["reading", "add", "--series", "followers", "--value", "9600"];
    asked(folder, &[&reading[..], &of_goal].concat());
    let again = asked(folder, &[&reading[..], &of_goal].concat());
    assert_eq!(again, json!({"new": 0, "replaced": 1}));
    let readings = asked(folder, &["reading", "list", "--series", "followers"]);
    let values: Vec<_> =
        readings["items"].as_array().unwrap().iter().map(|one| &one["value"]).collect();
    assert_eq!(values, [&json!(9600.0), &json!(9500.0), &json!(9000.0)]);
    assert_eq!(readings["items"][0]["noted_by"], "command line");
    let due = asked(folder, &["observation", "due", "--all"]);
    assert_eq!(due["items"][0]["goal_id"], goal["id"]);
    assert_eq!(
        (&due["items"][0]["last"]["value"], &due["items"][0]["due"]),
        (&json!(9600.0), &json!(false))
    );
    assert_eq!(asked(folder, &["reading", "due"])["items"], json!([]));
    // The goal was computed with the reading.
    let shown = asked(folder, &["goal", "show", goal["id"].as_str().unwrap()]);
    assert!(shown["computed_at"].is_string(), "{shown}");

    let milestone = ["milestone", "add", "--name", "Ten thousand", "--value", "10000", "--date"];
    let ahead = day(20);
    let made = asked(folder, &[&milestone[..], &[ahead.as_str()], &of_goal].concat());
    assert_eq!((&made["name"], &made["state"]), (&json!("Ten thousand"), &json!("upcoming")));
    let met = asked(folder, &["milestone", "met", made["id"].as_str().unwrap()]);
    assert_eq!((&met["met_on"], &met["state"]), (&json!(day(0)), &json!("met")));
    let listed = asked(folder, &["milestone", "list"]);
    assert_eq!(listed["items"][0]["goal"], "Twelve thousand");

    let end = day(7);
    let work = ["work", "add", "--kind", "post", "--name", "Tell a story", "--end", end.as_str()];
    let made = asked(folder, &[&work[..], &of_goal, &["--owner", "OWNER@example.org"]].concat());
    assert_eq!((&made["start_date"], &made["done_on"]), (&json!(day(0)), &Value::Null));
    assert!(made["owner_id"].is_string(), "{made}");
    assert!(told(folder, &["work", "list", "--open"]).contains("Tell a story"));
    let done = asked(folder, &["work", "done", made["id"].as_str().unwrap(), "--on", &day(1)]);
    assert_eq!(done["done_on"], json!(day(1)));
    assert_eq!(asked(folder, &["work", "list", "--open"])["items"], json!([]));

    let prepared = asked(folder, &[&["review", "prepare"][..], &of_goal].concat());
    assert_eq!(prepared["statements"].as_array().map(Vec::len), Some(4));
    let review = ["review", "add", "--learned", "Stories work", "--decision", "A story a week"];
    let rest = ["--next-step", "Write three", "--ratings", "4,3,5,4"];
    let made = asked(folder, &[&review[..], &rest, &of_goal].concat());
    assert_eq!(made["decisions"][0]["decided_on"], json!(day(0)));
    let shown = told(folder, &["review", "show", made["id"].as_str().unwrap()]);
    for part in ["Stories work", "A story a week", "[ ] Write three", "Rated: 4 3 5 4"] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(told(folder, &["review", "list"]).contains("command line"));
    assert_eq!(asked(folder, &["review", "due"])["items"], json!([]), "it has no rhythm");

    alerts(folder, &server, &installation.token).await;
    boards(folder, &server, &installation.token).await;
    let event = json!({"n": "pageview", "u": "https://shop.example/", "d": "shop.example"});
    assert_eq!(server.post_event(&event).await, 202, "the server goes on");
}

fn workspace(folder: &Path) -> String {
    let sites = asked(folder, &["site", "list"]);
    sites["items"][0]["workspace_id"].as_str().unwrap().to_owned()
}

async fn alerts(folder: &Path, server: &Server, token: &str) {
    let path = format!("/api/v1/workspaces/{}", workspace(folder));
    let site = asked(folder, &["site", "list"])["items"][0]["id"].clone();
    let line = json!({"site_id": site, "metric": "followers", "filters": [], "side": "above", "value": 100});
    let (status, said) = server.post_json(&format!("{path}/alert-lines"), token, &line).await;
    assert_eq!(status, 201, "{said}");
    let (status, said) = server.post_json(&format!("{path}/alerts/look"), token, &json!({})).await;
    assert_eq!(status, 200, "{said}");
    let open = asked(folder, &["alert", "list"]);
    let id = open["items"][0]["id"].as_str().unwrap_or_else(|| panic!("an alert: {open} {said}"));
    let headline = open["items"][0]["headline"].as_str().unwrap();
    assert!(told(folder, &["alert", "show", id]).contains(headline));
    let seen = asked(folder, &["alert", "acknowledge", id]);
    assert_eq!(seen["acknowledged_by"], "command line");
    let later = asked(folder, &["alert", "snooze", id, "--days", "3"]);
    assert_eq!(later["state"], "snoozed");
    let muted = asked(folder, &["alert", "mute", id, "--days", "30", "--note", "Known"]);
    assert_eq!(muted["items"][0]["note"], "Known");
    assert_eq!(asked(folder, &["alert", "resolve", id])["state"], "resolved");
    assert_eq!(asked(folder, &["alert", "list"])["items"], json!([]));
    let goal = ["--goal", "Twelve thousand", "--status", "resolved"];
    let of_goal = asked(folder, &[&["alert", "list"][..], &goal].concat());
    assert_eq!(of_goal["items"][0]["id"], id);
}

async fn boards(folder: &Path, server: &Server, token: &str) {
    let event = json!({"n": "pageview", "u": "https://shop.example/a", "d": "shop.example"});
    assert_eq!(server.post_event(&event).await, 202);
    let site = asked(folder, &["site", "list"])["items"][0]["id"].clone();
    let board = json!({"name": "Monday", "period": "day", "compare": "off", "tiles": [
        {"id": "count", "kind": "number", "width": 3, "height": 2, "site_id": site, "metric": "pageviews"},
        {"id": "pages", "kind": "breakdown", "title": "Pages", "width": 3, "height": 2, "site_id": site,
         "metric": "pageviews", "dimension": "event:page"},
        {"id": "said", "kind": "note", "width": 3, "height": 2, "text": "=1+1"},
    ]});
    let path = format!("/api/v1/workspaces/{}/boards", workspace(folder));
    let (status, said) = server.post_json(&path, token, &board).await;
    assert_eq!(status, 201, "{said}");
    assert!(told(folder, &["board", "list"]).contains("Monday"));
    // What the server holds in memory is seen beside it.
    let shown = asked(folder, &["board", "show", "Monday"]);
    assert_eq!(shown["tiles"][0]["data"]["total"]["value"], json!(1.0), "{shown}");
    let csv = |tile| told(folder, &["board", "show", "Monday", "--tile", tile, "--csv"]);
    assert!(csv("Pages").ends_with("\n/a,1.0\n"), "{}", csv("Pages"));
    assert_eq!(csv("said"), "Text\n'=1+1\n");
    let table = told(folder, &["board", "show", "Monday"]);
    assert!(table.contains("/a: 1 "), "{table}");
}

#[test]
fn what_is_refused_names_its_flag() {
    let installation = Installation::new("shop.example");
    let folder = installation.folder.path();
    let goal = goal(folder);
    let id = goal["id"].as_str().unwrap();
    let add = |what: &'static str| [what, "add", "--goal", id];
    for (arguments, says) in [
        (
            &[&add("milestone")[..], &["--name", "Half", "--date", "soon"]].concat()[..],
            "--date `soon`: ",
        ),
        (
            &[&add("milestone")[..], &["--name", " ", "--date", "2027-03-31"]].concat(),
            "--name ` `: ",
        ),
        (
            &["milestone", "add", "--goal", "None", "--name", "Half", "--date", "2027-03-31"],
            "--goal `None`: there is none; `luotsi goal list`",
        ),
        (&["milestone", "met", "nothing"], "ID `nothing`: there is none; `luotsi milestone list`"),
        (
            &[&add("work")[..], &["--name", "Post", "--end", "2027-03-31", "--kind", "party"]]
                .concat(),
            "--kind `party`: one of: campaign",
        ),
        (
            &[
                &add("work")[..],
                &["--name", "Post", "--start", "2027-03-31", "--end", "2027-03-01"],
            ]
            .concat(),
            "--end `2027-03-01`: the end is before the start",
        ),
        (
            &[
                &add("work")[..],
                &["--name", "Post", "--end", "2027-03-31", "--owner", "x@y.example"],
            ]
            .concat(),
            "--owner `x@y.example`: is no member",
        ),
        (&[&add("review")[..], &["--ratings", "9,1,1,1"]].concat(), "--ratings: "),
        (
            &[&add("review")[..], &["--day", "today", "--decision", "Stop"]].concat(),
            "--day `today`: ",
        ),
        (&["objective", "add", "--name", "Grow", "--kind", "dream"], "--kind `dream`: "),
        (
            &["objective", "add", "--name", "Grow", "--outcome-metric", "joy"],
            "--outcome-metric `joy`: ",
        ),
        (
            &["objective", "add", "--name", "Grow", "--parent", "Gone"],
            "--parent `Gone`: there is none",
        ),
        (&["objective", "add", "--name", "Grow", "--filter", "[is"], "--filter `[is`: is no JSON"),
        (&["objective", "add", "--name", "Grow", "--weight", "-1"], "--weight `-1.0`: "),
        (
            &["reading", "add", "--series", "likes", "--value", "1", "--goal", id],
            "--series `likes`: the goal is on followers",
        ),
        (
            &["reading", "add", "--series", "likes", "--value", "1", "--day", "1.3."],
            "--day `1.3.`: ",
        ),
        (
            &["reading", "add", "--series", "likes", "--value", "1", "--dimension", "wool"],
            "--dimension `wool`: it must be as",
        ),
        (&["reading", "list", "--series", "likes", "--from", "x"], "--from `x`: "),
        (&["alert", "list", "--status", "new"], "--status `new`: this is not one of: current"),
        (&["alert", "snooze", "x", "--days", "400"], "400 is not in 1..=90"),
        (&["metric", "show", "joy"], "KEY `joy`: there is none; `luotsi metric list`"),
        (&["metric", "show", "visits", "--site", "shop.example", "--to", "x"], "--to `x`: "),
        (&["board", "show", "None"], "BOARD `None`: there is none; `luotsi board list`"),
    ] {
        let run = luotsi(folder, arguments, "");
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(run.errors.contains(says), "{arguments:?}: {run:?}");
    }
    let gone = luotsi(folder, &["alert", "acknowledge", "nothing"], "");
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.errors.contains("no such alert"), "{gone:?}");
    let empty = tempfile::tempdir().unwrap();
    let none = luotsi(empty.path(), &["review", "due"], "");
    assert!(none.errors.contains("`luotsi site create` makes the first"), "{none:?}");
}
