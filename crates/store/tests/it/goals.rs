//! Goals: every field comes back, and two people do not overwrite each other.

use jiff::SignedDuration;
use jiff::civil::date;
use luotsi_marketing::goal::{Baseline, Kind, Plan, TargetKind, Weights, Words};
use luotsi_store::goal::GoalFields;
use luotsi_store::{Store, StoreError};
use serde_json::json;

use crate::stores::{now, shop, stores, workspace};

fn fields(site: &str) -> GoalFields {
    GoalFields {
        name: "Orders from search".into(),
        site_id: site.into(),
        metric: "total_revenue".into(),
        filters: json!([["is", "visit:channel", ["Organic Search"]]]),
        plan: Plan {
            kind: Kind::Total,
            baseline: Baseline { value: 70_000.5, from: date(2026, 1, 1), to: date(2026, 3, 20) },
            target_kind: TargetKind::Percent,
            target_input: 15.0,
            target_value: 80_500.575,
            start: date(2026, 3, 22),
            deadline: date(2026, 6, 30),
            weights: Weights([0.2, 0.15, 0.15, 0.15, 0.15, 0.1, 0.1]),
        },
        currency: Some("EUR".into()),
        words: Words {
            specific: "Ostot hausta".into(),
            relevant: "خرید".into(),
            ..Words::default()
        },
        owner_id: None,
        objective_id: None,
    }
}

async fn with_site(store: &Store) -> (String, String, String) {
    let (workspace, user) = workspace(store).await;
    let site = store.create_site(&workspace, shop("shop.example"), now()).await.expect("a site").id;
    (workspace, user, site)
}

#[tokio::test]
async fn a_goal_comes_back_as_it_was_kept() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user, site) = with_site(&store).await;
        let objective = store
            .create_objective(&workspace, "Grow", "", None, now())
            .await
            .expect("an objective");
        let kept = GoalFields {
            owner_id: Some(user),
            objective_id: Some(objective.id.clone()),
            ..fields(&site)
        };
        let goal = store.create_goal(&workspace, kept, now()).await.expect("a goal");
        assert_eq!(store.goal(&workspace, &goal.id).await.expect("read"), goal);
        assert_eq!(store.goals(&workspace).await.expect("read"), std::slice::from_ref(&goal));
        assert!(matches!(
            store.goal("elsewhere", &goal.id).await,
            Err(StoreError::NotFound("goal"))
        ));

        store.delete_objective(&workspace, &objective.id).await.expect("deleted");
        assert_eq!(store.goal(&workspace, &goal.id).await.expect("read").objective_id, None);
        store.delete_goal(&workspace, &goal.id).await.expect("deleted");
        assert_eq!(store.goals(&workspace).await.expect("read"), []);
    }
}

#[tokio::test]
async fn a_goal_that_someone_else_wrote_is_not_overwritten() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _, site) = with_site(&store).await;
        let goal = store.create_goal(&workspace, fields(&site), now()).await.expect("a goal");
        let later = now() + SignedDuration::from_secs(1);
        let renamed = goal.clone().with(GoalFields { name: "Mine".into(), ..fields(&site) });
        let mine = store.save_goal(renamed, later).await.expect("saved");
        assert_eq!((mine.version, mine.updated_at), (2, later));
        assert_eq!(store.goal(&workspace, &goal.id).await.expect("read"), mine);
        let theirs = store
            .save_goal(goal.with(GoalFields { name: "Theirs".into(), ..fields(&site) }), later)
            .await;
        assert!(matches!(theirs, Err(StoreError::Stale("goal"))), "{theirs:?}");
        store.delete_goal(&workspace, &mine.id).await.expect("deleted");
        assert!(matches!(store.save_goal(mine, later).await, Err(StoreError::NotFound("goal"))));
    }
}

#[tokio::test]
async fn a_goal_goes_with_its_site() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _, site) = with_site(&store).await;
        store.create_goal(&workspace, fields(&site), now()).await.expect("a goal");
        store.delete_site(&workspace, &site).await.expect("deleted");
        assert_eq!(store.goals(&workspace).await.expect("read"), []);
    }
}
