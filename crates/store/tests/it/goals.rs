//! Goals: every field comes back, and two people do not overwrite each other.

use jiff::SignedDuration;
use jiff::civil::date;
use luotsi_marketing::goal::milestone::Milestone;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::{Baseline, Plan, Status, TargetKind, Words};
use luotsi_marketing::metric::{Better, DayValue};
use luotsi_marketing::objective::Kind;
use luotsi_store::figures::KeptDays;
use luotsi_store::goal::{Goal, GoalFields};
use luotsi_store::objective::ObjectiveFields;
use luotsi_store::outlook::{GoalState, KeptOutlook};
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
            counting: Counting::Weeks { threshold: 12.5 },
            better: Better::More,
            baseline: Baseline {
                value: 70_000.5,
                from: date(2026, 1, 1),
                to: date(2026, 3, 20),
                days: 70,
            },
            target_kind: TargetKind::Percent,
            target_input: 15.0,
            target_value: 80_500.575,
            start: date(2026, 3, 22),
            deadline: date(2026, 6, 30),
        },
        currency: Some("EUR".into()),
        unit_value: Some(12.25),
        review_rhythm: "monthly:31".parse().ok(),
        words: Words {
            specific: "Ostot hausta".into(),
            relevant: "خرید".into(),
            ..Words::default()
        },
        stated_baseline: Some(68_000.0),
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
            .create_objective(&workspace, ObjectiveFields::named("Grow"), now())
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

        store.delete_objective(&workspace, &objective.id, now()).await.expect("deleted");
        assert_eq!(store.goal(&workspace, &goal.id).await.expect("read").fields.objective_id, None);
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
        let named = |name: &str| Goal {
            fields: GoalFields { name: name.into(), ..fields(&site) },
            ..goal.clone()
        };
        let renamed = named("Mine");
        let mine = store.save_goal(renamed, later).await.expect("saved");
        assert_eq!((mine.version, mine.updated_at), (2, later));
        assert_eq!(store.goal(&workspace, &goal.id).await.expect("read"), mine);
        let theirs = store.save_goal(named("Theirs"), later).await;
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

#[tokio::test]
async fn what_lies_below_a_removed_objective_moves_up_and_its_kpis_go() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _, site) = with_site(&store).await;
        let make = async |name: &str, kind: Kind, parent: Option<String>| {
            let fields =
                ObjectiveFields { kind, parent_id: parent, ..ObjectiveFields::named(name) };
            store.create_objective(&workspace, fields, now()).await.expect("made")
        };
        let top = make("Grow", Kind::Objective, None).await;
        let middle = make("Sell", Kind::Objective, Some(top.id.clone())).await;
        let low = make("Search", Kind::Objective, Some(middle.id.clone())).await;
        let kpi = make("Orders", Kind::Kpi, Some(middle.id.clone())).await;
        let hung = GoalFields { objective_id: Some(kpi.id), ..fields(&site) };
        let goal = store.create_goal(&workspace, hung, now()).await.expect("a goal");
        store.delete_objective(&workspace, &middle.id, now()).await.expect("deleted");
        let left = store.objectives(&workspace).await.expect("read");
        assert_eq!(left.len(), 2);
        let low = left.iter().find(|one| one.id == low.id).expect("kept");
        assert_eq!(low.fields.parent_id.as_deref(), Some(top.id.as_str()));
        let goal = store.goal(&workspace, &goal.id).await.expect("read");
        assert_eq!(goal.fields.objective_id, Some(top.id));
    }
}

#[tokio::test]
async fn what_was_measured_and_forecast_comes_back_once_a_day() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _, site) = with_site(&store).await;
        let goal = store.create_goal(&workspace, fields(&site), now()).await.expect("a goal");
        let day = date(2026, 3, 21);
        let mut outlook = KeptOutlook {
            goal_id: goal.id.clone(),
            day,
            rules: "abc".into(),
            status: Status::Behind,
            probability: Some(0.25),
            expected: Some(10.5),
            low: Some(9.0),
            high: Some(12.0),
            so_far: None,
            pace: Some(0.75),
            target: 20.0,
            days_left: 30,
        };
        assert!(store.keep_outlook(&workspace, &outlook, 1).await.expect("kept"));
        outlook.probability = None;
        assert!(store.keep_outlook(&workspace, &outlook, 1).await.expect("kept"));
        let kept = store.outlooks(&workspace, &goal.id).await.expect("read");
        assert_eq!(kept, std::slice::from_ref(&outlook));
        assert_eq!(store.outlooks_of_ended(&workspace, date(2026, 6, 30)).await.expect("read"), []);
        let ended = store.outlooks_of_ended(&workspace, date(2026, 7, 1)).await.expect("read");
        assert_eq!(ended, [outlook]);

        let days = KeptDays {
            subject: "abc".into(),
            site_id: site.clone(),
            from: day,
            to: day,
            days: vec![DayValue { day, numerator: 1.5, denominator: 3.0 }],
            measured_at: now(),
        };
        store.keep_days(&workspace, &days, None).await.expect("kept");
        store.keep_days(&workspace, &days, None).await.expect("kept");
        let read = store.kept_days(&workspace, &site, "abc").await.expect("read");
        assert_eq!(read, Some(days));
        store.forget_days(&workspace, now() + SignedDuration::from_secs(1)).await.expect("gone");
        assert_eq!(store.kept_days(&workspace, &site, "abc").await.expect("read"), None);

        let rule = Milestone { name: "Half".into(), due: day, value: Some(10.0), met_on: None };
        let cut = store.create_milestone(&workspace, &goal.id, (rule, true), now()).await;
        let cut = cut.expect("a milestone");
        let all = store.milestones(&workspace, &goal.id).await.expect("read");
        assert_eq!(all, std::slice::from_ref(&cut));
        store.delete_cut_milestones(&workspace, &goal.id).await.expect("gone");
        assert_eq!(store.all_milestones(&workspace).await.expect("read"), []);
    }
}

#[tokio::test]
async fn a_goal_has_a_probability_line_of_its_own_until_it_is_taken_away() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _, site) = with_site(&store).await;
        let goal = store.create_goal(&workspace, fields(&site), now()).await.expect("a goal");
        let lines = async || store.goal_lines(&workspace).await.expect("read");
        for line in [0.3, 0.0] {
            store.save_goal_line(&workspace, &goal.id, Some(line)).await.expect("set");
            assert_eq!(lines().await, [(goal.id.clone(), line)]);
        }
        let elsewhere = store.save_goal_line("elsewhere", &goal.id, Some(0.5)).await;
        assert!(matches!(elsewhere, Err(StoreError::NotFound("goal"))));
        assert_eq!(store.goal_lines("elsewhere").await.expect("read"), []);
        store.save_goal_line(&workspace, &goal.id, None).await.expect("taken away");
        assert_eq!(lines().await, []);
        store.save_goal_line(&workspace, &goal.id, Some(0.3)).await.expect("set");
        store.delete_goal(&workspace, &goal.id).await.expect("gone");
        assert_eq!(lines().await, []);
    }
}

#[tokio::test]
async fn what_was_found_of_an_old_version_of_a_goal_is_not_kept() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _, site) = with_site(&store).await;
        let goal = store.create_goal(&workspace, fields(&site), now()).await.expect("a goal");
        let state = |text: &str, later: i64| GoalState {
            goal_id: goal.id.clone(),
            day: date(2026, 3, 21),
            rules: "abc".into(),
            summary: "{}".into(),
            state: text.into(),
            computed_at: now() + SignedDuration::from_secs(later),
        };
        let kept = async || {
            let state = store.goal_state(&workspace, &goal.id).await.expect("read");
            state.map(|state| state.state)
        };
        assert!(store.keep_state(&workspace, &state("first", 0), 1).await.expect("written"));
        let new = store.save_goal(goal.clone(), now()).await.expect("saved");
        assert!(!store.keep_state(&workspace, &state("stale", 1), 1).await.expect("refused"));
        assert_eq!(kept().await.as_deref(), Some("first"));
        let newer = state("second", 2);
        assert!(store.keep_state(&workspace, &newer, new.version).await.expect("written"));
        // More is written only into the answer that was read.
        assert!(!store.add_to_state(&workspace, &state("more", 0)).await.expect("refused"));
        assert!(store.add_to_state(&workspace, &state("more", 2)).await.expect("written"));
        assert_eq!(kept().await.as_deref(), Some("more"));
    }
}

#[tokio::test]
async fn days_that_were_cut_are_not_gone_on_from() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _, site) = with_site(&store).await;
        let day = |day| date(2026, 3, day);
        let mut days = KeptDays {
            subject: "abc".into(),
            site_id: site.clone(),
            from: day(1),
            to: day(20),
            days: Vec::new(),
            measured_at: now(),
        };
        let last = async || {
            let kept = store.kept_days(&workspace, &site, "abc").await.expect("read");
            kept.map(|kept| (kept.from, kept.to))
        };
        store.keep_days(&workspace, &days, None).await.expect("kept");
        store.cut_days(&workspace, &site, day(25)).await.expect("nothing to cut");
        assert_eq!(last().await, Some((day(1), day(20))));
        store.cut_days(&workspace, &site, day(5)).await.expect("cut");
        assert_eq!(last().await, Some((day(1), day(5))));
        // Who had read them before they were cut does not write them back.
        days.to = day(21);
        store.keep_days(&workspace, &days, Some(day(20))).await.expect("refused");
        assert_eq!(last().await, Some((day(1), day(5))));
        store.keep_days(&workspace, &days, Some(day(5))).await.expect("kept");
        assert_eq!(last().await, Some((day(1), day(21))));
        store.cut_days(&workspace, &site, date(2026, 2, 1)).await.expect("cut");
        assert_eq!(last().await, Some((day(1), day(1))));
        store.cut_days(&workspace, "another", day(1)).await.expect("not its");
    }
}
