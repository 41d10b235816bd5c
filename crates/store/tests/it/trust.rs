//! How sites count, what was refused, what was held back, and figures of other tools.

use jiff::ToSpan as _;
use jiff::civil::date;
use luotsi_marketing::event::BotReason;
use luotsi_store::StoreError;
use luotsi_store::counting::NewRules;
use luotsi_store::imported::Figure;
use luotsi_store::key::Protocol;
use luotsi_store::qa::{NewFilteredAgent, NewQuarantined};
use luotsi_store::site_key::NewSiteKey;
use serde_json::json;

use crate::stores::{now, shop, stores, workspace};

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_told_to_read_again() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
        assert_eq!(store.rules_versions(&workspace, &site).await.expect("read"), []);
        let rules = json!({"idle_minutes": 45});
        let new = |after| NewRules { after, author: "aino", note: "longer visits", rules: &rules };
        assert_eq!(store.add_rules(&workspace, &site, new(0), now()).await.expect("added"), 1);
        let late = store.add_rules(&workspace, &site, new(0), now()).await;
        assert!(matches!(late, Err(StoreError::Taken("version"))), "{late:?}");
        assert_eq!(store.add_rules(&workspace, &site, new(1), now()).await.expect("added"), 2);
        let versions = store.rules_versions(&workspace, &site).await.expect("read");
        assert_eq!(versions.iter().map(|v| v.version).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((&versions[0].rules, versions[0].valid_from), (&rules, now()));
        assert_eq!(store.rules_versions("elsewhere", &site).await.expect("read"), []);
        let all = store.all_rules().await.expect("read");
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].site_id.as_str(), all[0].version), (site.as_str(), 2));
    }
}

#[tokio::test]
async fn a_lift_is_kept_and_taken_back_within_its_workspace() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
        let lift = store
            .add_lift(&workspace, &site, (BotReason::DataCentre, 5, 9), "aino", now())
            .await
            .expect("lifted");
        assert_eq!(
            store.lifts(&workspace, &site).await.expect("read"),
            std::slice::from_ref(&lift)
        );
        assert_eq!(store.lifts("elsewhere", &site).await.expect("read"), []);
        let foreign = store.delete_lift("elsewhere", &site, &lift.id).await;
        assert!(matches!(foreign, Err(StoreError::NotFound("lift"))));
        store.delete_lift(&workspace, &site, &lift.id).await.expect("taken back");
        assert_eq!(store.lifts(&workspace, &site).await.expect("read"), []);
    }
}

fn refused(site: Option<(&str, &str)>, key: &str, body: &str) -> NewQuarantined {
    NewQuarantined {
        site: site.map(|(workspace, site)| (workspace.into(), site.into())),
        protocol: "segment".into(),
        site_key: key.into(),
        method: "POST".into(),
        path: "/v1/batch".into(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.into(),
        name: Some("Order".into()),
        refusals: vec![["0:timestamp".into(), "too_old".into(), "is too old".into()]],
        visitor_id: Some(-7),
        ..NewQuarantined::default()
    }
}

#[tokio::test]
async fn messages_of_an_unknown_key_become_those_of_the_site_that_is_given_it() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
        let own = refused(Some((&workspace, &site)), "wk", r#"{"userId":"100%_sure"}"#);
        store.quarantine(&[own, refused(None, "old key", "{}")], now()).await.expect("kept");
        let of_site = async || store.quarantined(&workspace, &site, None, 10).await.expect("read");
        let found = of_site().await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message.refusals[0][1], "too_old");
        assert_eq!(found[0].message.headers[0].0, "content-type");
        let unknown = store.unknown_keys(10).await.expect("read");
        assert_eq!((unknown[0].key.as_str(), unknown[0].messages), ("old key", 1));
        let key = NewSiteKey {
            protocol: Protocol::Segment,
            key: "old key".into(),
            secret: None,
            history: true,
        };
        store.add_site_key(&workspace, &site, key, now()).await.expect("added");
        assert_eq!(of_site().await.len(), 2);
        assert_eq!(store.unknown_keys(10).await.expect("read"), []);
        assert!(store.quarantined("elsewhere", &site, None, 10).await.expect("read").is_empty());
        let claimed = of_site().await.into_iter().find(|m| m.message.site_key == "old key");
        let id = claimed.expect("the message").id;
        assert!(store.delete_quarantined("elsewhere", &site, &id).await.is_err());
        store.delete_quarantined(&workspace, &site, &id).await.expect("dropped");
        assert_eq!(of_site().await.len(), 1);
    }
}

#[tokio::test]
async fn a_person_is_erased_from_quarantine_by_every_hash_and_no_other_is() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
        let other =
            store.create_site(&workspace, shop("b.example"), now()).await.expect("a site").id;
        let named = |site: Option<&str>, key: &str, visitor_id: i64, ids: &[i64]| NewQuarantined {
            visitor_id: Some(visitor_id),
            ids: ids.to_vec(),
            ..refused(site.map(|site| (workspace.as_str(), site)), key, "{}")
        };
        let messages = [
            named(Some(&site), "wk", -7, &[1, 2, 2]),
            named(Some(&site), "wk", -8, &[3]),
            named(Some(&other), "wk2", -7, &[1]),
            named(None, "given", -9, &[1]),
            named(None, "nobody's", -9, &[1]),
        ];
        store.quarantine(&messages, now()).await.expect("kept");
        let key = NewSiteKey {
            protocol: Protocol::Segment,
            key: "given".into(),
            secret: None,
            history: true,
        };
        store.add_site_key(&workspace, &site, key, now()).await.expect("added");
        let erase = async |ids: &[i64], unclaimed| {
            store.erase_quarantined(&workspace, &site, ids, unclaimed).await.expect("erased")
        };
        assert_eq!(erase(&[], true).await, 0);
        assert_eq!(erase(&[99], true).await, 0);
        assert_eq!(erase(&[1, 2], false).await, 2, "of the site, and of the key it was given");
        assert_eq!(store.unknown_keys(10).await.expect("read").len(), 1);
        assert_eq!(erase(&[1], true).await, 1, "of the key that is nobody's");
        assert_eq!(erase(&[-8], false).await, 1, "by the hash of the day");
        let left = |site: String| {
            let (store, workspace) = (store.clone(), workspace.clone());
            async move { store.quarantined(&workspace, &site, None, 9).await.expect("read").len() }
        };
        assert_eq!((left(site.clone()).await, left(other.clone()).await), (0, 1));
        // What an earlier version kept names nobody: nobody can tell whose it is.
        store
            .quarantine(
                &[NewQuarantined { visitor_id: None, ..named(Some(&site), "", 0, &[]) }],
                now(),
            )
            .await
            .expect("kept");
        assert_eq!(erase(&[99], false).await, 1);
    }
}

#[tokio::test]
async fn quarantine_is_bounded_in_number_and_in_time() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
        let here = Some((workspace.as_str(), site.as_str()));
        let days_ago = |days: i64| now() - (24 * days).hours();
        for days in [20, 3, 2, 1] {
            let message = refused(here, "wk", &format!("{days}"));
            store.quarantine(&[message], days_ago(days)).await.expect("kept");
        }
        assert_eq!(store.trim_quarantine(2, days_ago(14)).await.expect("trimmed"), 2);
        let left = store.quarantined(&workspace, &site, None, 10).await.expect("read");
        let bodies: Vec<_> = left.iter().map(|one| one.message.body.as_str()).collect();
        assert_eq!(bodies, ["1", "2"]);
        assert_eq!(store.empty_quarantine(&workspace, &site).await.expect("emptied"), 2);
    }
}

#[tokio::test]
async fn what_was_held_back_is_added_up_by_user_agent() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
        let agent = |day: &str, user_agent: &str| NewFilteredAgent {
            workspace_id: workspace.clone(),
            site_id: site.clone(),
            day: day.into(),
            reason: "ai_crawler",
            user_agent: user_agent.into(),
        };
        let counts = [(agent("2026-03-20", "GPTBot"), 2), (agent("2026-03-21", "GPTBot"), 3)];
        store.count_filtered(&counts).await.expect("counted");
        store.count_filtered(&[(agent("2026-03-21", "GPTBot"), 4)]).await.expect("counted");
        let of = async |from, to| {
            let found =
                store.filtered_agents(&workspace, &site, (from, to), 10).await.expect("read");
            found.iter().map(|agent| agent.events).sum::<i64>()
        };
        assert_eq!(of("2026-03-20", "2026-03-21").await, 9);
        assert_eq!(of("2026-03-21", "2026-03-21").await, 7);
        store.forget_filtered_agents("2026-03-21").await.expect("forgot");
        assert_eq!(of("2026-03-20", "2026-03-21").await, 7);
        let props = json!({"plan": "text"});
        store.see_event(&workspace, &site, "Order", &json!({}), now()).await.expect("seen");
        store.see_event(&workspace, &site, "Order", &props, now()).await.expect("seen");
        let seen = store.seen_events(&workspace, &site).await.expect("read");
        assert_eq!((seen.len(), &seen[0].props), (1, &props));
    }
}

#[tokio::test]
async fn an_import_of_the_same_file_takes_the_place_of_the_earlier_one() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
        let figure = |day, value: &str, amount| Figure {
            day: date(2025, 1, day),
            last_day: date(2025, 1, day),
            dimension: "page".into(),
            value: value.into(),
            metric: "pageviews".into(),
            amount,
        };
        let figures = [figure(1, "/", 5.0), figure(2, "/", 2.0), figure(2, "/a", 1.0)];
        for _ in 0..2 {
            store
                .import_figures(&workspace, &site, ("plausible", "pages.csv"), &figures, now())
                .await
                .expect("imported");
        }
        let totals = async |from, to| {
            let days = (date(2025, 1, from), date(2025, 1, to));
            let found = store.imported_totals(&workspace, &site, "page", days).await.expect("read");
            found.into_iter().map(|total| (total.value, total.amount)).collect::<Vec<_>>()
        };
        assert_eq!(totals(1, 2).await, [("/".into(), 7.0), ("/a".into(), 1.0)]);
        assert_eq!(totals(1, 1).await, [("/".into(), 5.0)]);
        let imports = store.imports(&workspace, &site).await.expect("read");
        assert_eq!(imports.len(), 1);
        assert_eq!(imports[0].days, (date(2025, 1, 1), date(2025, 1, 2)));
        assert!(!imports[0].of_periods);
        store.delete_import(&workspace, &site, &imports[0].id).await.expect("removed");
        assert_eq!(totals(1, 2).await, []);
        // A figure of two days is of neither alone.
        let both = [Figure { last_day: date(2025, 1, 2), ..figure(1, "/", 9.0) }];
        let of = ("ga4", "traffic.csv");
        store.import_figures(&workspace, &site, of, &both, now()).await.expect("imported");
        assert_eq!(totals(1, 1).await, []);
        assert_eq!(totals(1, 2).await, [("/".into(), 9.0)]);
        let imports = store.imports(&workspace, &site).await.expect("read");
        assert!(imports[0].of_periods);
        assert_eq!(imports[0].days, (date(2025, 1, 1), date(2025, 1, 2)));
    }
}
