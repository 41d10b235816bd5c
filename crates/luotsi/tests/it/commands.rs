//! The commands for automation: accounts, sites and tokens, and how they say no.

use serde_json::{Value, json};

use crate::server::{Installation, Server, luotsi};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_site_is_printed_with_a_key_for_every_protocol() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "site",
        "create",
        "--domain",
        "https://www.Shop.example/",
        "--timezone",
        "Europe/Helsinki",
        "--currency",
        "eur",
        "--json",
    ];
    let site = parsed(&luotsi(folder.path(), &arguments, "").output);
    assert_eq!(
        (&site["domain"], &site["number"], &site["currency"]),
        (&json!("shop.example"), &json!(1), &json!("EUR"))
    );
    assert_eq!(site["keys"].as_object().unwrap().len(), 18);
    assert_eq!(site["keys"]["plausible"], "shop.example");
    assert!(
        site["keys"]["ga4"].as_str().unwrap().starts_with("G-")
            && site["secrets"]["ga4"].is_string()
    );
    let list = parsed(&luotsi(folder.path(), &["site", "list", "--json"], "").output);
    assert_eq!(list["items"], json!([site]));
}

#[test]
fn what_cannot_be_right_ends_with_2_and_what_the_state_forbids_with_1() {
    let installation = Installation::new("shop.example");
    let site = ["site", "create", "--timezone", "Europe/Helsinki", "--domain"];
    for (arguments, input, code, says) in [
        (
            vec!["user", "create", "--email", "new@example.org", "--password-stdin"],
            "short",
            2,
            "at least 10 characters",
        ),
        (
            vec!["user", "create", "--email", "nonsense", "--password-stdin"],
            "correct horse battery",
            2,
            "no e-mail address",
        ),
        (vec!["user", "create", "--email", "new@example.org"], "", 2, "--password-stdin"),
        (
            vec!["user", "create", "--email", "OWNER@example.org", "--password-stdin"],
            "correct horse battery",
            1,
            "has an account already",
        ),
        ([&site[..], &["no domain"]].concat(), "", 2, "is not a domain"),
        ([&site[..], &["www.shop.example"]].concat(), "", 1, "is a site here already"),
        ([&site[..], &["b.example", "--currency", "FIM"]].concat(), "", 2, "not a currency code"),
        (
            [&site[..], &["b.example", "--business-type", "bakery"]].concat(),
            "",
            2,
            "not a business type",
        ),
        (
            [&site[..], &["b.example", "--workspace", "Other"]].concat(),
            "",
            2,
            "there are `My workspace`",
        ),
        (vec!["token", "create", "--name", " "], "", 2, "needs a name"),
        (vec!["token", "create", "--name", "n", "--scope", "everything"], "", 2, "is not a scope"),
        (vec!["token", "revoke", "nothing"], "", 1, "no such token"),
        (vec!["nonsense"], "", 2, "unrecognized subcommand"),
    ] {
        let run = luotsi(installation.folder.path(), &arguments, input);
        assert_eq!(run.code, code, "{arguments:?}: {run:?}");
        assert!(run.errors.contains(says), "{arguments:?}: {run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_beside_a_running_server() {
    let installation = Installation::new("shop.example");
    let server = Server::start(&installation).await;
    installation.luotsi(&["site", "create", "--domain", "second.example", "--timezone", "UTC"], "");
    let token =
        installation.luotsi(&["token", "create", "--name", "reader", "--scope", "stats:read"], "");
    let event = json!({"n": "pageview", "u": "https://second.example/", "d": "second.example"});
    let mut answer = 0;
    for _ in 0..50 {
        answer = server.post_event(&event).await;
        if answer == 202 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(answer, 202, "the server takes events for the new site");
    let body = json!({"site_id": "second.example", "metrics": ["pageviews"], "date_range": "day"});
    let found = server.query(token.trim(), &body).await;
    assert_eq!(found["results"][0]["metrics"][0], 1);
}
