//! Watching, in days that pass: what deviates is told once, with its cause, and reminders come when they are due.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use luotsi_goals::watch::{Depth, Seen, series_of};
use luotsi_marketing::alert::{self, News, State};
use luotsi_marketing::event::Event;
use luotsi_marketing::goal::milestone::Milestone;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::{Baseline, Plan, Status, TargetKind, Words};
use luotsi_marketing::metric::Better;
use luotsi_store::alert::{Incident, NewAlertLine, States};
use luotsi_store::goal::{Goal, GoalFields};
use luotsi_store::metric::{MetricFields, NewVersion};
use luotsi_store::notice::{Channel, InboxEntry, Outgoing};
use luotsi_store::observation::NewObservation;
use luotsi_store::outlook::{GoalState, KeptOutlook};
use luotsi_store::review::{NewReview, ReviewNotes};
use luotsi_store::webhook::NewWebhook;
use luotsi_store::work::WorkFields;
use serde_json::{Value, json};

use crate::shop::{Shop, event};

pub(crate) const TODAY: Date = date(2026, 6, 10);

pub(crate) fn at(day: Date, hour: i8) -> Timestamp {
    let zone = TimeZone::get("Europe/Helsinki").expect("a zone");
    day.at(hour, 0, 0, 0).to_zoned(zone).expect("a moment").timestamp()
}

/// Views of each of the `days` before today, in three countries, with a week and some noise; `factor` of them come.
pub(crate) fn views(days: i64, factor: impl Fn(Date, &str) -> f64) -> Vec<Event> {
    let mut events = Vec::new();
    let mut day = TODAY.saturating_sub(days.days());
    while day < TODAY {
        let weekend = day.weekday().to_monday_zero_offset() >= 5;
        for (country, usual) in [("FI", 24.0), ("SE", 12.0), ("DE", 12.0)] {
            let noise = 1.0 + 0.08 * (((events.len() * 7919) % 101) as f64 / 50.0 - 1.0);
            let week = if weekend { 0.7 } else { 1.1 };
            let count = (usual * week * noise * factor(day, country)).round() as i64;
            for visit in 0..count {
                let moment = at(day, 8) + SignedDuration::from_mins(visit * 10);
                events.push(view(events.len(), moment, country));
            }
        }
        day = day.saturating_add(1.day());
    }
    events
}

pub(crate) fn view(id: usize, moment: Timestamp, country: &str) -> Event {
    let line = json!({
        "visitor": id + 1, "at": moment.to_string(), "page": "/", "channel": "Direct",
        "country": country, "device": "Desktop",
    });
    event(id, &line)
}

pub(crate) fn fields(shop: &Shop, name: &str, metric: &str) -> GoalFields {
    GoalFields {
        name: name.into(),
        site_id: shop.site.id.clone(),
        metric: metric.into(),
        filters: json!([]),
        plan: Plan {
            counting: Counting::Sum,
            better: Better::More,
            baseline: Baseline {
                value: 1_000.0,
                from: date(2026, 2, 1),
                to: date(2026, 4, 30),
                days: 89,
            },
            target_kind: TargetKind::Percent,
            target_input: 10.0,
            target_value: 1_100.0,
            start: date(2026, 5, 1),
            deadline: date(2026, 7, 31),
        },
        currency: None,
        unit_value: None,
        review_rhythm: None,
        words: Words::default(),
        stated_baseline: None,
        owner_id: None,
        objective_id: None,
    }
}

pub(crate) async fn goal(shop: &Shop, fields: GoalFields) -> Goal {
    shop.store.create_goal(&shop.workspace, fields, at(TODAY, 6)).await.expect("a goal")
}

pub(crate) async fn look(shop: &Shop, now: Timestamp, depth: Depth) -> Seen {
    shop.measuring_at(now).watch(&shop.workspace, depth, true).await.expect("looked")
}

async fn inbox(shop: &Shop) -> Vec<InboxEntry> {
    let user = shop.store.members(&shop.workspace).await.expect("members")[0].user_id.clone();
    shop.store.inbox(&shop.workspace, &user, false, None, 50).await.expect("an inbox")
}

pub(crate) async fn incidents(shop: &Shop) -> Vec<Incident> {
    let all = States { open: true, acknowledged: true, snoozed: true, resolved: true };
    shop.store.incidents(&shop.workspace, all, None, 50).await.expect("read")
}

/// Titles of what is in the inbox, in English, the oldest first.
async fn titles(shop: &Shop) -> Vec<String> {
    let title = |entry: &InboxEntry| entry.texts["en"]["title"].as_str().unwrap_or("").to_owned();
    inbox(shop).await.iter().rev().map(title).collect()
}

async fn outgoing(shop: &Shop, now: Timestamp) -> Vec<Outgoing> {
    let until = now + SignedDuration::from_mins(1);
    shop.store.claim_messages(now, until, 50).await.expect("claimed")
}

async fn hook(shop: &Shop) {
    let new = NewWebhook {
        url: "https://hooks.example/",
        description: "",
        news: &News::ALL,
        secret: "whsec_one",
        created_by: "aino",
    };
    shop.store.add_webhook(&shop.workspace, new, at(TODAY, 6)).await.expect("added");
}

#[tokio::test]
async fn views_that_drop_are_one_incident_with_its_cause_and_its_goals_told_once_by_every_way() {
    let stopped = date(2026, 6, 8);
    let shop = Shop::with(views(
        130,
        |day, country| {
            if country == "FI" && day >= stopped { 0.1 } else { 1.0 }
        },
    ))
    .await;
    let spring = goal(&shop, fields(&shop, "Spring", "pageviews")).await;
    let summer = goal(&shop, fields(&shop, "Summer", "pageviews")).await;
    assert_eq!(series_of(&spring), series_of(&summer), "they count the same");
    hook(&shop).await;

    let now = at(TODAY, 9);
    assert_eq!(look(&shop, now, Depth::Due).await.told, 1);
    for _ in 0..3 {
        assert_eq!(look(&shop, now, Depth::All).await.told, 0, "nothing is told twice");
    }
    let found = incidents(&shop).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].known.key, format!("statistical/{}/down", series_of(&spring)));
    assert!(found[0].bad && found[0].known.since >= stopped);
    let told = &found[0].texts["en"];
    assert!(told["title"].as_str().is_some_and(|title| title.starts_with("Page views fell to")));
    let body = told["body"].to_string();
    assert!(body.contains("FI (country) explains"), "the driver is named: {body}");
    assert!(body.contains("It concerns the goals: Spring; Summer."), "{body}");
    assert!(found[0].texts["fi"]["body"].to_string().contains("FI (maa) selittää"));
    assert_eq!(found[0].filters, json!([["is", "visit:country", ["FI"]]]));

    assert_eq!(inbox(&shop).await.len(), 1);
    let sent = outgoing(&shop, now).await;
    let mut ways: Vec<&str> = sent.iter().map(|one| one.channel.as_str()).collect();
    ways.sort_unstable();
    assert_eq!(ways, ["email", "webhook"]);
    let webhook = sent.iter().find(|one| one.channel == Channel::Webhook).expect("one");
    let body: Value = serde_json::from_str(&webhook.body).expect("JSON");
    assert_eq!(body["data"]["about"]["subject"]["kind"], "series");
    assert_eq!(outgoing(&shop, now).await, []);
}

#[tokio::test]
async fn a_segment_that_the_rest_hides_is_told_with_where_in_it_the_change_sits() {
    let stopped = date(2026, 6, 7);
    let shop = Shop::with(views(130, |day, country| match country {
        "DE" if day >= stopped => 0.15,
        "FI" if day >= stopped => 1.42,
        _ => 1.0,
    }))
    .await;
    goal(&shop, fields(&shop, "Views", "pageviews")).await;
    look(&shop, at(TODAY, 9), Depth::All).await;
    let found = incidents(&shop).await;
    let german = found.iter().find(|one| one.known.key.contains("country_name=Germany/down"));
    let german = german.unwrap_or_else(|| panic!("{found:?}"));
    let title = german.texts["en"]["title"].as_str().unwrap_or_default();
    assert!(title.starts_with("Page views (country: Germany) fell to"), "{title}");
    assert_eq!(german.filters[0], json!(["is", "visit:country_name", ["Germany"]]));
    let body = german.texts["en"]["body"].to_string();
    assert!(!body.contains("(country) explains"), "of a country the country is no news: {body}");
}

#[tokio::test]
async fn an_incident_is_acknowledged_muted_and_over_when_figures_are_as_usual_again() {
    let shop =
        Shop::with(views(130, |day, _| if day == date(2026, 6, 3) { 0.3 } else { 1.0 })).await;
    let one = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let workspace = shop.workspace.as_str();
    let day = |day: i8| at(date(2026, 6, day), 9);
    assert_eq!(look(&shop, day(4), Depth::Due).await.told, 1);
    let mut read = incidents(&shop).await.remove(0);
    read.known.state = State::Acknowledged { by: "Aino".into(), at: day(4) };
    shop.store.save_incident(workspace, &read, None, day(4)).await.expect("written");
    assert_eq!(look(&shop, day(4), Depth::All).await.told, 0);
    // Three quiet days and it is over; the same days found again are no news.
    for quiet in 5..=9 {
        let seen = look(&shop, day(quiet), Depth::Due).await;
        assert_eq!(seen.told, 0, "{quiet} June");
    }
    assert!(matches!(incidents(&shop).await[0].known.state, State::Resolved { .. }));
    assert_eq!(inbox(&shop).await.len(), 1);

    // A line that is muted is kept, and told nobody.
    let line = NewAlertLine {
        site_id: shop.site.id.clone(),
        metric: "pageviews".into(),
        filters: json!([]),
        line: alert::Line::Below(1_000.0),
    };
    let line = shop.store.add_alert_line(workspace, line, "aino", day(9)).await.expect("a line");
    let silence = alert::Silence { prefix: format!("threshold/{}/", line.id), until: None };
    shop.store.silence(workspace, &silence, "", "aino", day(9)).await.expect("muted");
    assert_eq!(look(&shop, day(9), Depth::All).await.told, 0);
    let muted = incidents(&shop).await.remove(0);
    assert!(muted.known.key.starts_with(&silence.prefix) && muted.known.told_at.is_none());
    // Without its goal nothing is judged any more: what lasts is over.
    shop.store.delete_alert_line(workspace, &line.id).await.expect("gone");
    shop.store.delete_goal(workspace, &one.id).await.expect("gone");
    let later = at(date(2026, 6, 14), 9);
    look(&shop, later, Depth::Due).await;
    let over = |one: &Incident| matches!(one.known.state, State::Resolved { .. });
    let rest = incidents(&shop).await;
    assert!(rest.iter().filter(|one| one.known.key.starts_with("threshold")).all(over), "{rest:?}");
}

#[tokio::test]
async fn hours_without_events_are_told_the_same_afternoon_and_once() {
    let (mut events, mut seed) = (Vec::new(), 7_u64);
    let mut hour = at(TODAY.saturating_sub(80.days()), 0);
    // Twelve views an hour, until ten in the morning of today.
    while hour < at(TODAY, 10) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for visit in 0..10 + (seed >> 33) as i64 % 5 {
            let moment = hour + SignedDuration::from_mins(visit * 4);
            events.push(view(events.len(), moment, "FI"));
        }
        hour += SignedDuration::from_hours(1);
    }
    let shop = Shop::with(events).await;
    goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let looked = async |hour: i8| look(&shop, at(TODAY, hour), Depth::Due).await.told;
    assert_eq!(looked(10).await, 0);
    let told: usize = looked(13).await + looked(14).await + looked(16).await;
    assert_eq!(told, 1);
    assert_eq!(looked(17).await + looked(18).await, 0);
    let title = titles(&shop).await.remove(0);
    assert!(title.contains("hours before") && title.contains("10 June 2026"), "{title}");
    let incident = incidents(&shop).await.remove(0);
    assert_eq!(incident.known.key, format!("data_stopped/{}/", shop.site.id), "the site's matter");
    let body = incident.texts["en"]["body"].to_string();
    assert!(body.contains("It concerns the goal Views."), "{body}");
    // The next morning the day's figure is no second news.
    let morning = at(TODAY.saturating_add(1.day()), 8);
    assert_eq!(look(&shop, morning, Depth::Due).await.told, 0);
}

/// Keeps what the nights found: a goal's probabilities up to a day, and its number after each day.
async fn nights(
    shop: &Shop,
    goal: &Goal,
    probabilities: &[f64],
    reached: &[(Date, f64)],
    day: Date,
) {
    for (back, probability) in probabilities.iter().rev().enumerate() {
        let row = KeptOutlook {
            goal_id: goal.id.clone(),
            day: day.saturating_sub((back as i64).days()),
            rules: "r".into(),
            status: Status::OnTrack,
            probability: Some(*probability),
            expected: Some(1_000.0),
            low: None,
            high: None,
            so_far: None,
            pace: None,
            target: 1_100.0,
            days_left: 50,
        };
        assert!(shop.store.keep_outlook(&shop.workspace, &row, goal.version).await.expect("kept"));
    }
    let path: Vec<Value> = reached
        .iter()
        .map(|(day, actual)| json!({"date": day.to_string(), "actual": actual}))
        .collect();
    let drivers = json!({
        "text": {"phrase": {"key": "driver_lost", "values": [
            ["value", {"text": "Sweden"}], ["dimension", {"text": "{visit:country}"}],
            ["share", {"percent": 80.0}], ["actual", {"number": 4.0, "decimals": 0}],
            ["expected", {"number": 12.0, "decimals": 0}],
        ]}},
        "dimensions": [{"name": "visit:country", "rows": [
            {"chosen": true, "filter": ["is", "visit:country", ["SE"]]},
        ]}],
    });
    let state = GoalState {
        goal_id: goal.id.clone(),
        day,
        rules: "r".into(),
        summary: "{}".into(),
        state: json!({"path": path, "drivers": drivers}).to_string(),
        computed_at: at(day, 1),
    };
    assert!(shop.store.keep_state(&shop.workspace, &state, goal.version).await.expect("kept"));
}

#[tokio::test]
async fn a_probability_that_fell_under_the_goals_own_line_is_told_with_what_moved_it() {
    let shop = Shop::open().await;
    let one = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let workspace = shop.workspace.as_str();
    // The night's forecast has to be there, or the small hours over.
    assert_eq!(look(&shop, at(TODAY, 1), Depth::Due).await.told, 0);
    nights(&shop, &one, &[0.7, 0.6, 0.5, 0.35, 0.33], &[], TODAY).await;
    shop.store.save_goal_line(workspace, &one.id, Some(0.3)).await.expect("its own line");
    assert_eq!(look(&shop, at(TODAY, 2), Depth::Due).await.told, 0, "above 30 %");
    shop.store.save_goal_line(workspace, &one.id, None).await.expect("the usual line");
    assert_eq!(look(&shop, at(TODAY, 2), Depth::Due).await.told, 0, "looked at once a day");
    let tomorrow = TODAY.saturating_add(1.day());
    nights(&shop, &one, &[0.7, 0.6, 0.5, 0.35, 0.33, 0.32], &[], tomorrow).await;
    assert_eq!(look(&shop, at(tomorrow, 2), Depth::Due).await.told, 1);
    assert_eq!(look(&shop, at(tomorrow, 9), Depth::All).await.told, 0);
    let told = incidents(&shop).await.remove(0);
    assert_eq!(told.known.key, format!("probability_low/{}/40", one.id));
    let texts = &told.texts["en"];
    assert_eq!(
        texts["title"],
        "The probability of Views fell to 32%, below 40%; a week ago it was 70%."
    );
    assert_eq!(texts["body"][0], "Sweden (country) explains 80% of it: 4 instead of 12.");
    assert!(texts["advice"].as_str().is_some_and(|advice| advice.contains("review")));
    assert_eq!(told.filters, json!([["is", "visit:country", ["SE"]]]));
}

#[tokio::test]
async fn a_missed_milestone_and_a_plan_at_rest_are_told_once_and_over_when_they_are_mended() {
    let shop = Shop::open().await;
    let workspace = shop.workspace.as_str();
    let one = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let half =
        Milestone { name: "Half".into(), due: date(2026, 6, 8), value: Some(500.0), met_on: None };
    let made = (half, false);
    let half = shop.store.create_milestone(workspace, &one.id, made, at(TODAY, 6)).await;
    let half = half.expect("a milestone");
    let work = WorkFields {
        kind: "task".into(),
        name: "Landing page".into(),
        start: date(2026, 5, 4),
        end: date(2026, 5, 20),
        done_on: None,
        owner_id: None,
        url: String::new(),
        note: String::new(),
    };
    let made = shop.store.create_work(workspace, &one.id, work, at(TODAY, 6)).await;
    let mut work = made.expect("work");

    let reached = [(date(2026, 6, 7), 410.0), (date(2026, 6, 8), 420.0), (date(2026, 6, 9), 430.0)];
    // Before the figures reach the milestone's day nobody can say.
    nights(&shop, &one, &[0.5], &reached[..1], TODAY).await;
    assert_eq!(look(&shop, at(TODAY, 9), Depth::All).await.told, 1, "the plan at rest");
    nights(&shop, &one, &[0.5], &reached, TODAY).await;
    assert_eq!(look(&shop, at(TODAY, 9), Depth::All).await.told, 1, "the milestone");
    for later in 0..4 {
        let day = TODAY.saturating_add(later.days());
        nights(&shop, &one, &[0.5], &reached, day).await;
        assert_eq!(look(&shop, at(day, 9), Depth::Due).await.told, 0);
    }
    let mut told = titles(&shop).await;
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "No work on Views was finished in 5 weeks.",
            "The milestone “Half” of Views was missed on 8 June 2026: 420 of 500.",
        ]
    );
    let all = inbox(&shop).await;
    let stalled = &all.iter().find(|one| one.news == "plan_stalled").expect("one").texts;
    assert_eq!(stalled["en"]["body"][0], "Open the longest: Landing page, since 4 May 2026.");
    assert_eq!(stalled["fa"]["body"].as_array().map(Vec::len), Some(1));

    // Done late is done: both are over after three quiet days.
    let mut met = half.clone();
    met.rule.met_on = Some(date(2026, 6, 14));
    shop.store.save_milestone(workspace, &met).await.expect("met");
    work.fields.done_on = Some(date(2026, 6, 13));
    shop.store.save_work(workspace, &work).await.expect("done");
    let later = date(2026, 6, 18);
    nights(&shop, &one, &[0.5], &reached, later).await;
    look(&shop, at(later, 9), Depth::Due).await;
    for incident in incidents(&shop).await {
        assert!(matches!(incident.known.state, State::Resolved { .. }), "{incident:?}");
    }
    assert_eq!(inbox(&shop).await.len(), 2);
}

/// What the night found of a goal.
async fn stands(shop: &Shop, goal: &Goal, status: &str, actual: f64, day: Date) {
    let state = GoalState {
        goal_id: goal.id.clone(),
        day,
        rules: "r".into(),
        summary: json!({"progress": {"status": status, "actual": actual}}).to_string(),
        state: json!({"path": [{"date": goal.fields.plan.deadline.to_string(), "actual": actual}]})
            .to_string(),
        computed_at: at(day, 1),
    };
    assert!(shop.store.keep_state(&shop.workspace, &state, goal.version).await.expect("kept"));
}

#[tokio::test]
async fn a_goal_that_is_over_is_told_once_with_a_milestone_that_was_due_on_its_last_day() {
    let shop = Shop::open().await;
    hook(&shop).await;
    let deadline = TODAY.saturating_sub(1.day());
    let mut ending = fields(&shop, "Views", "pageviews");
    ending.plan.deadline = deadline;
    let made = at(date(2026, 5, 1), 6);
    let one = shop.store.create_goal(&shop.workspace, ending, made).await.expect("a goal");
    let last = Milestone { name: "End".into(), due: deadline, value: Some(1_000.0), met_on: None };
    let made = shop.store.create_milestone(&shop.workspace, &one.id, (last, false), made).await;
    made.expect("a milestone");
    // On the last day itself nobody can say.
    stands(&shop, &one, "behind", 420.0, deadline).await;
    assert_eq!(look(&shop, at(deadline, 9), Depth::Due).await.told, 0);
    stands(&shop, &one, "missed", 430.0, TODAY).await;
    assert_eq!(look(&shop, at(TODAY, 9), Depth::Due).await.told, 2);
    let mut told = titles(&shop).await;
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "The milestone “End” of Views was missed on 9 June 2026: 430 of 1,000.",
            "Views was not reached by 9 June 2026: 430 of 1,100.",
        ]
    );
    let sent = outgoing(&shop, at(TODAY, 9)).await;
    let ways = |channel| sent.iter().filter(|one| one.channel == channel).count();
    assert_eq!((ways(Channel::Email), ways(Channel::Webhook)), (2, 2));
    assert!(sent.iter().any(|one| one.body.contains("\"goal.missed\"")));
    for later in 1..12 {
        let day = TODAY.saturating_add(later.days());
        assert_eq!(look(&shop, at(day, 9), Depth::Due).await.told, 0, "{day}");
    }
    let entry = inbox(&shop).await.into_iter().find(|one| one.news == "goal_missed");
    let entry = entry.expect("told");
    assert!(entry.bad && entry.link.ends_with(&format!("/goals/{}", one.id)));
    assert!(entry.texts["fa"]["title"].as_str().is_some_and(|title| title.contains("Views")));
}

#[tokio::test]
async fn a_goal_that_is_reached_is_told_at_once_and_again_only_with_another_target() {
    let shop = Shop::open().await;
    let one = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    stands(&shop, &one, "ahead", 1_050.0, TODAY).await;
    assert_eq!(look(&shop, at(TODAY, 9), Depth::All).await.told, 0);
    stands(&shop, &one, "reached", 1_200.0, TODAY).await;
    assert_eq!(look(&shop, at(TODAY, 9), Depth::All).await.told, 1);
    assert_eq!(titles(&shop).await, ["Views was reached: 1,200 of 1,100."]);
    assert!(!inbox(&shop).await[0].bad);
    let mut raised = one.clone();
    raised.fields.plan.target_value = 1_500.0;
    let raised = shop.store.save_goal(raised, at(TODAY, 10)).await.expect("saved");
    stands(&shop, &raised, "on_track", 1_200.0, TODAY).await;
    assert_eq!(look(&shop, at(TODAY, 11), Depth::All).await.told, 0);
    stands(&shop, &raised, "reached", 1_510.0, TODAY).await;
    assert_eq!(look(&shop, at(TODAY, 12), Depth::All).await.told, 1);
    assert_eq!(look(&shop, at(TODAY, 13), Depth::All).await.told, 0);
}

#[tokio::test]
async fn goals_that_rest_at_the_same_work_are_one_incident() {
    let shop = Shop::open().await;
    let workspace = shop.workspace.as_str();
    let task = |name: &str, start: Date| WorkFields {
        kind: "campaign".into(),
        name: name.into(),
        start,
        end: date(2026, 5, 20),
        done_on: None,
        owner_id: None,
        url: String::new(),
        note: String::new(),
    };
    let mut all = Vec::new();
    for (name, work) in [("Spring", "Flyers"), ("Summer", "Flyers"), ("Autumn", "Landing page")] {
        let one = goal(&shop, fields(&shop, name, "pageviews")).await;
        let begun = [(work, date(2026, 5, 4)), ("Posts", date(2026, 5, 6))];
        for (work, start) in begun {
            let made = shop.store.create_work(workspace, &one.id, task(work, start), at(TODAY, 6));
            all.push(made.await.expect("work"));
        }
    }
    assert_eq!(look(&shop, at(TODAY, 9), Depth::All).await.told, 2);
    let mut told = titles(&shop).await;
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "No work on 2 goals was finished in 5 weeks.",
            "No work on Autumn was finished in 5 weeks.",
        ]
    );
    let found = incidents(&shop).await;
    let shared = found.iter().find(|one| one.texts["en"]["subject"] == "Flyers").expect("shared");
    assert_eq!(
        shared.texts["en"]["body"],
        json!([
            "Open the longest: Flyers, since 4 May 2026.",
            "It concerns the goals: Spring; Summer."
        ])
    );
    assert_eq!(shared.subject.kind, "work");
    // Where one of them goes on, the other rests all the same: nothing new is told.
    all[1].fields.done_on = Some(date(2026, 6, 10));
    shop.store.save_work(workspace, &all[1]).await.expect("done");
    let next = TODAY.saturating_add(1.days());
    assert_eq!(look(&shop, at(next, 9), Depth::All).await.told, 0);
}

#[tokio::test]
async fn a_review_is_reminded_of_the_day_before_on_the_day_and_weekly_until_it_is_held() {
    let shop = Shop::open().await;
    let reviewed = GoalFields {
        review_rhythm: "weekly:wednesday".parse().ok(),
        plan: Plan { start: date(2026, 6, 4), ..fields(&shop, "", "pageviews").plan },
        ..fields(&shop, "Views", "pageviews")
    };
    let made = at(date(2026, 6, 4), 6);
    let one = shop.store.create_goal(&shop.workspace, reviewed, made).await.expect("a goal");
    let day = |day: i8| date(2026, 6, day);
    let mut told = Vec::new();
    for now in 5..=26 {
        assert_eq!(look(&shop, at(day(now), 6), Depth::Due).await.told, 0, "nobody is woken");
        for hour in [8, 12] {
            for _ in 0..look(&shop, at(day(now), hour), Depth::Due).await.told {
                told.push((now, hour));
            }
        }
    }
    assert_eq!(told, [(9, 8), (10, 8), (17, 8), (24, 8)], "10 June is a Wednesday");
    let entry = &inbox(&shop).await[0];
    assert_eq!(
        entry.texts["en"]["title"],
        "The review of Views was due on 10 June 2026: it is 14 days late."
    );
    assert_eq!(entry.link, format!("/w/{}/goals/{}/review", shop.workspace, one.id));
    let held = NewReview {
        rhythm: "weekly".into(),
        day: day(26),
        changes: Vec::new(),
        snapshot: luotsi_marketing::review::Snapshot {
            day: day(26),
            probability: None,
            value: None,
            milestones_reached: 0,
            milestones_missed: 0,
            work_finished: 0,
            work_open: 0,
            alerts: 0,
        },
        notes: ReviewNotes {
            learned: String::new(),
            decisions: Vec::new(),
            next_steps: Vec::new(),
            ratings: None,
        },
        by: "Aino".into(),
    };
    shop.store.create_review(&shop.workspace, &one.id, held, at(day(26), 12)).await.expect("held");
    for now in 27..=29 {
        assert_eq!(look(&shop, at(day(now), 8), Depth::Due).await.told, 0, "{now} June");
    }
    assert_eq!(look(&shop, at(day(30), 8), Depth::Due).await.told, 1, "the next one is on 1 July");
}

/// Readings of followers every `every` days up to a day.
pub(crate) async fn read(shop: &Shop, days: &[(Date, f64)], source: &str) {
    let readings: Vec<NewObservation> = days
        .iter()
        .map(|(day, value)| NewObservation {
            series: "followers".into(),
            dimensions: [("network".to_owned(), "Instagram".to_owned())].into(),
            day: *day,
            value: *value,
            weight: 1.0,
            site_id: None,
        })
        .collect();
    let kept = shop.store.observe(&shop.workspace, &readings, (source, "aino"), at(TODAY, 6)).await;
    kept.expect("kept");
}

pub(crate) async fn followers(shop: &Shop) -> Goal {
    let named = MetricFields {
        name: "Followers".into(),
        description: String::new(),
        owner_id: None,
        better: "more".into(),
        unit: "count".into(),
        currency: None,
    };
    let version = NewVersion {
        number: 1,
        valid_from: date(2025, 1, 1),
        formula: json!({"kind": "aggregate", "observations": "followers", "function": "last"}),
        note: String::new(),
        author: "aino".into(),
    };
    let now = at(TODAY, 6);
    let made =
        shop.store.create_metric(&shop.workspace, "own_followers", &named, &version, now).await;
    made.expect("a metric");
    let plan = fields(shop, "", "pageviews").plan;
    goal(
        shop,
        GoalFields {
            filters: json!([["is", "network", ["Instagram"]]]),
            plan: Plan { counting: Counting::EndLevel, ..plan },
            ..fields(shop, "Instagram", "own_followers")
        },
    )
    .await
}

#[tokio::test]
async fn a_figure_that_people_enter_is_asked_for_when_it_is_due_and_weekly_after() {
    let shop = Shop::open().await;
    followers(&shop).await;
    let weekly = |count: i64| -> Vec<(Date, f64)> {
        (0..count).map(|at| (date(2026, 5, 4).saturating_add((7 * at).days()), 900.0)).collect()
    };
    // 4, 11, 18, 25 May and 1 June: the next one is due on 8 June.
    read(&shop, &weekly(5), "manual").await;
    let day = |day: i8| at(date(2026, 6, day), 8);
    let mut told = Vec::new();
    for now in 2..=13 {
        if look(&shop, day(now), Depth::Due).await.told > 0 {
            told.push(now);
        }
    }
    assert_eq!(told, [8], "then once a week");
    assert_eq!(
        titles(&shop).await,
        ["A new figure for Followers (Instagram) is due; the last one is of 1 June 2026."]
    );
    // More than twice the usual distance: then it is an alert of its own, beside the second reminder.
    for now in 14..=17 {
        look(&shop, day(now), Depth::Due).await;
    }
    let all = titles(&shop).await;
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(
        all.iter()
            .any(|title| title.starts_with("No figures for Followers (Instagram) since 1 June"))
    );
}

#[tokio::test]
async fn figures_that_come_by_the_interface_are_asked_of_nobody_but_missed_and_judged() {
    let shop = Shop::open().await;
    let one = followers(&shop).await;
    // Daily, around a thousand; four days ago a fifth was gone.
    let days: Vec<(Date, f64)> = (0..120)
        .map(|at| {
            let noise = 1.0 + 0.01 * (f64::from((at * 7919) % 101) / 50.0 - 1.0);
            let lost = if at >= 119 { 0.8 } else { 1.0 };
            (date(2026, 2, 10).saturating_add(at.days()), 1_000.0 * noise * lost)
        })
        .collect();
    read(&shop, &days, "api").await;
    assert_eq!(days.last().map(|(day, _)| *day), Some(date(2026, 6, 9)));
    assert_eq!(look(&shop, at(TODAY, 8), Depth::Due).await.told, 1);
    let told = incidents(&shop).await.remove(0);
    assert_eq!(told.known.key, format!("statistical/{}/down", series_of(&one)));
    let title = titles(&shop).await.remove(0);
    assert!(title.starts_with("Followers (Instagram) fell to 79"), "{title}");
    for later in 11..=15 {
        look(&shop, at(date(2026, 6, later), 8), Depth::Due).await;
    }
    let all = titles(&shop).await;
    assert_eq!(all.len(), 2, "no reminder: {all:?}");
    assert!(all[1].starts_with("No figures for Followers (Instagram) since 9 June"), "{all:?}");
}
