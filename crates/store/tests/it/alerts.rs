//! Incidents and what is told of them: together or not at all, and once.

use std::collections::HashSet;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use luotsi_marketing::alert::{self, Cause, Choice, Line, News, State};
use luotsi_store::alert::{AlertSettings, Incident, NewAlertLine, NewIncident, States, Subject};
use luotsi_store::notice::{Attempt, Channel, Notice, Outcome, Outgoing};
use luotsi_store::webhook::NewWebhook;
use luotsi_store::{Store, StoreError};
use serde_json::json;

use crate::stores::{now, shop, stores, workspace};

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn drop_of_orders() -> NewIncident {
    NewIncident {
        cause: Cause::Statistical,
        subject: Subject { kind: "goal".into(), id: "g1".into(), site_id: None },
        bad: true,
        known: alert::Incident {
            key: "statistical/g1/down".into(),
            number: 1,
            since: date(2026, 3, 19),
            seen: date(2026, 3, 20),
            state: State::Open,
            told_at: Some(now()),
        },
        texts: json!({"en": {"title": "Orders fell."}}),
        filters: json!([["is", "visit:country", ["FI"]]]),
    }
}

fn notice(user: &str) -> Notice {
    Notice {
        message_id: "statistical/g1/down#1".into(),
        news: "statistical".into(),
        bad: true,
        texts: json!({"en": {"title": "Orders fell."}}),
        link: "/goals/g1".into(),
        inboxes: vec![user.into()],
        outgoing: vec![
            (Channel::Email, user.into(), "mail".into()),
            (Channel::Webhook, "h1".into(), "{}".into()),
        ],
    }
}

async fn claim(store: &Store, at: Timestamp) -> Vec<Outgoing> {
    store.claim_messages(at, at + SignedDuration::from_mins(1), 10).await.expect("claimed")
}

fn attempt(at: Timestamp, status: i64) -> Attempt {
    Attempt { at, took_ms: 12, status: Some(status), detail: "said so".into() }
}

const ALL: States = States { open: true, acknowledged: true, snoozed: true, resolved: true };

#[tokio::test]
async fn an_incident_is_written_with_its_messages_and_the_second_finder_writes_nothing() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user) = workspace(&store).await;
        let notice = notice(&user);
        let open = async || {
            store
                .open_incident(&workspace, drop_of_orders(), Some(&notice), now())
                .await
                .expect("written")
        };
        let made: Incident = open().await.expect("the first finder");
        assert_eq!(open().await, None);
        assert_eq!(store.incident(&workspace, &made.id).await.expect("read"), made);
        assert_eq!(
            store.newest_incidents(&workspace).await.expect("read"),
            std::slice::from_ref(&made)
        );
        assert_eq!(store.incidents_of(&workspace, "goal", "g1", 5).await.expect("read").len(), 1);
        assert_eq!(store.unread(&workspace, &user).await.expect("counted"), 1);
        assert_eq!(claim(&store, now()).await.len(), 2, "one mail, one webhook");
        let elsewhere = store.incident("elsewhere", &made.id).await;
        assert!(matches!(elsewhere, Err(StoreError::NotFound("alert"))));
        assert_eq!(store.unread("elsewhere", &user).await.expect("counted"), 0);
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_not_written() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let nobody = notice("nobody");
        let failed = store.open_incident(&workspace, drop_of_orders(), Some(&nobody), now()).await;
        assert!(failed.is_err(), "no such user: the inbox refuses");
        assert_eq!(store.incidents(&workspace, ALL, None, 9).await.expect("read"), []);
        assert_eq!(claim(&store, now()).await, []);
    }
}

#[tokio::test]
async fn of_two_who_write_an_incident_one_reads_again_and_tells_nothing() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user) = workspace(&store).await;
        let read = store
            .open_incident(&workspace, drop_of_orders(), None, now())
            .await
            .expect("written")
            .expect("new");
        let mut mine = read.clone();
        mine.known.state = State::Acknowledged { by: "Aino".into(), at: now() };
        let mine = store.save_incident(&workspace, &mine, None, now()).await.expect("written");
        let late = store.save_incident(&workspace, &read, Some(&notice(&user)), now()).await;
        assert!(matches!(late, Err(StoreError::Stale("alert"))), "{late:?}");
        assert_eq!(store.unread(&workspace, &user).await.expect("counted"), 0);
        assert_eq!(store.incident(&workspace, &mine.id).await.expect("read"), mine);
        for state in [State::Snoozed { until: later(60) }, State::Resolved { at: later(1) }] {
            let mut next = store.incident(&workspace, &mine.id).await.expect("read");
            next.known.state = state;
            let saved = store.save_incident(&workspace, &next, None, now()).await.expect("written");
            assert_eq!(store.incident(&workspace, &mine.id).await.expect("read"), saved);
        }
        let open = States { open: true, acknowledged: true, snoozed: true, resolved: false };
        assert_eq!(store.incidents(&workspace, open, None, 9).await.expect("read"), []);
    }
}

#[tokio::test]
async fn a_message_is_claimed_by_one_worker_only_and_again_when_that_one_died() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user) = workspace(&store).await;
        for number in 0..60 {
            let mut one = notice(&user);
            one.message_id = format!("message {number}");
            one.outgoing.truncate(1);
            assert!(store.tell(&workspace, &one, now()).await.expect("told"));
            assert!(!store.tell(&workspace, &one, now()).await.expect("told twice, put once"));
        }
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let store = store.clone();
            workers.spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = store
                        .claim_messages(now(), later(60), 7)
                        .await
                        .expect("claimed")
                        .into_iter()
                        .map(|message| message.id);
                    let before = mine.len();
                    mine.extend(claimed);
                    if mine.len() == before {
                        return mine;
                    }
                }
            });
        }
        let claimed: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
        assert_eq!(claimed.len(), 60);
        assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 60);
        assert_eq!(claim(&store, later(59)).await, []);
        assert_eq!(store.next_message_at().await.expect("read"), Some(later(60)));
        let again = claim(&store, later(60)).await;
        assert_eq!((again.len(), again[0].attempts), (10, 2));
    }
}

#[tokio::test]
async fn an_attempt_is_logged_and_says_when_the_next_one_is() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user) = workspace(&store).await;
        store.tell(&workspace, &notice(&user), now()).await.expect("told");
        let claimed = claim(&store, now()).await;
        let hook = claimed.iter().find(|one| one.channel == Channel::Webhook).expect("one");
        let to = (Channel::Webhook, "h1");
        let settle = async |message: &Outgoing, outcome, at, status| {
            store.settle_message(message, &outcome, &attempt(at, status)).await.expect("settled")
        };
        settle(hook, Outcome::Again(later(5)), later(1), 503).await;
        assert_eq!(claim(&store, later(4)).await, []);
        let second = claim(&store, later(5)).await.remove(0);
        assert_eq!((second.id.as_str(), second.attempts), (hook.id.as_str(), 2));
        // The worker of the first attempt was slow: what it says now is no longer true.
        settle(hook, Outcome::Again(later(7)), later(6), 500).await;
        settle(&second, Outcome::Delivered, later(8), 200).await;
        let log = store.deliveries(&workspace, to, None, 10).await.expect("read");
        let told: Vec<_> =
            log.iter().map(|one| (one.outcome.as_str(), one.status, one.state.as_str())).collect();
        assert_eq!(
            told,
            [
                ("sent", Some(200), "sent"),
                ("waiting", Some(500), "sent"),
                ("waiting", Some(503), "sent")
            ]
        );
        assert_eq!(log[0].next_at, None);
        assert_eq!(store.deliveries("elsewhere", to, None, 10).await.expect("read"), []);
        let states = store.message_states(&workspace).await.expect("counted");
        assert_eq!(states.iter().find(|one| one.0 == "webhook").expect("one").1, "sent");
        assert!(store.send_again("elsewhere", to, &hook.id, later(9)).await.is_err());
        store.send_again(&workspace, to, &hook.id, later(9)).await.expect("again");
        assert_eq!(claim(&store, later(9)).await[0].id, hook.id);
        assert!(store.send_again(&workspace, to, &hook.id, later(9)).await.is_err(), "it waits");
    }
}

#[tokio::test]
async fn the_log_of_a_recipient_is_bounded_and_old_messages_are_forgotten() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user) = workspace(&store).await;
        let mut one = notice(&user);
        one.outgoing.remove(0);
        store.tell(&workspace, &one, now()).await.expect("told");
        let mut message = claim(&store, now()).await.remove(0);
        for number in 1..=205 {
            message.attempts = number;
            store
                .settle_message(&message, &Outcome::Again(later(1)), &attempt(later(number), 500))
                .await
                .expect("settled");
        }
        let to = (Channel::Webhook, "h1");
        let log = store.deliveries(&workspace, to, None, 500).await.expect("read");
        assert_eq!((log.len(), log[0].attempt, log[199].attempt), (200, 205, 6));
        let message = claim(&store, later(2)).await.remove(0);
        store
            .settle_message(&message, &Outcome::GivenUp, &attempt(later(300), 500))
            .await
            .expect("settled");
        assert_eq!(store.forget_messages(later(300)).await.expect("forgotten"), 1, "the inbox's");
        assert_eq!(store.forget_messages(later(301)).await.expect("forgotten"), 1);
        assert_eq!(store.deliveries(&workspace, to, None, 500).await.expect("read"), []);
    }
}

#[tokio::test]
async fn an_inbox_is_its_owners() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user) = workspace(&store).await;
        for number in 0..3 {
            let mut one = notice(&user);
            one.message_id = format!("message {number}");
            store.tell(&workspace, &one, later(number)).await.expect("told");
        }
        let read = async |unread, before: Option<String>| {
            store.inbox(&workspace, &user, unread, before.as_deref(), 2).await.expect("read")
        };
        let first = read(true, None).await;
        assert_eq!((first.len(), first[0].message_id.as_str()), (2, "message 2"));
        assert_eq!(read(true, Some(first[1].id.clone())).await.len(), 1);
        let foreign = store.mark_read(&workspace, "someone", &first[0].id, now()).await;
        assert!(matches!(foreign, Err(StoreError::NotFound("message"))));
        store.mark_read(&workspace, &user, &first[0].id, later(9)).await.expect("read");
        assert_eq!(store.unread(&workspace, &user).await.expect("counted"), 2);
        assert_eq!(read(false, None).await[0].read_at, Some(later(9)));
        store.mark_all_read(&workspace, &user, &first[1].id, later(10)).await.expect("read");
        assert_eq!(store.unread(&workspace, &user).await.expect("counted"), 0);
    }
}

#[tokio::test]
async fn settings_lines_silences_and_choices_are_read_back_in_their_workspace() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
        assert_eq!(store.alert_settings(&workspace).await.expect("read"), AlertSettings::default());
        let settings = AlertSettings {
            budget_month: 0.5,
            probability_line: 0.25,
            stalled_weeks: 0,
            hourly: false,
            languages: vec!["fa".into(), "fi".into()],
        };
        for _ in 0..2 {
            store.save_alert_settings(&workspace, &settings, now()).await.expect("written");
        }
        assert_eq!(store.alert_settings(&workspace).await.expect("read"), settings);

        let line = NewAlertLine {
            site_id: site.clone(),
            metric: "visitors".into(),
            filters: json!([]),
            line: Line::Below(100.5),
        };
        let added =
            store.add_alert_line(&workspace, line.clone(), "aino", now()).await.expect("added");
        let foreign = store.add_alert_line("elsewhere", line, "aino", now()).await;
        assert!(matches!(foreign, Err(StoreError::NotFound("site"))));
        assert_eq!(
            store.alert_lines(&workspace).await.expect("read"),
            std::slice::from_ref(&added)
        );
        assert!(store.delete_alert_line("elsewhere", &added.id).await.is_err());
        store.delete_alert_line(&workspace, &added.id).await.expect("gone");

        let silence = |until| alert::Silence { prefix: "statistical/g1/".into(), until };
        store
            .silence(&workspace, &silence(Some(later(5))), "known", "aino", now())
            .await
            .expect("silent");
        assert_eq!(store.silences(&workspace, later(5)).await.expect("read"), []);
        store.silence(&workspace, &silence(None), "for good", "sara", now()).await.expect("silent");
        let found = store.silences(&workspace, later(5)).await.expect("read");
        assert_eq!((found.len(), found[0].note.as_str()), (1, "for good"));
        assert_eq!(store.silences("elsewhere", now()).await.expect("read"), []);
        store.end_silence(&workspace, &found[0].id).await.expect("over");

        let choice = Choice { email: false, mine_only: true, news: vec![News::ReviewDue] };
        store.save_notice_choice(&workspace, &user, &Choice::default()).await.expect("written");
        store.save_notice_choice(&workspace, &user, &choice).await.expect("written");
        assert_eq!(store.notice_choices(&workspace).await.expect("read"), [(user, choice)]);

        assert_eq!(store.watch_mark(&workspace, "daily").await.expect("read"), None);
        for day in [date(2026, 3, 20), date(2026, 3, 21)] {
            store.mark_watched(&workspace, "daily", day).await.expect("marked");
            assert_eq!(store.watch_mark(&workspace, "daily").await.expect("read"), Some(day));
        }
    }
}

#[tokio::test]
async fn a_webhook_that_is_switched_off_gets_nothing_more_and_people_are_told_once() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, user) = workspace(&store).await;
        let new = NewWebhook {
            url: "https://hooks.example/",
            description: "",
            news: &[News::ReviewDue],
            secret: "whsec_one",
            created_by: "aino",
        };
        let hook = store.add_webhook(&workspace, new, now()).await.expect("added");
        assert_eq!(store.webhooks(&workspace).await.expect("read"), std::slice::from_ref(&hook));
        assert!(store.webhook("elsewhere", &hook.id).await.is_err());
        assert!(!format!("{hook:?}").contains("whsec"), "a secret is not printed");
        store.rotate_webhook_secret(&workspace, &hook.id, "whsec_two", now()).await.expect("new");
        let rotated = store.webhook(&workspace, &hook.id).await.expect("read");
        assert_eq!(rotated.secret, "whsec_two");
        assert_eq!(rotated.old_secret, Some(("whsec_one".into(), later(86_400))));

        let mut one = notice(&user);
        one.outgoing = vec![(Channel::Webhook, hook.id.clone(), "{}".into())];
        store.tell(&workspace, &one, now()).await.expect("told");
        let mut off = notice(&user);
        off.message_id = "off".into();
        off.outgoing.clear();
        let disable = async || {
            store.disable_webhook(&workspace, &hook.id, "gone", &off, now()).await.expect("off")
        };
        assert!(disable().await);
        assert!(!disable().await);
        assert_eq!(claim(&store, later(9)).await, []);
        assert_eq!(store.unread(&workspace, &user).await.expect("counted"), 2);
        let mut on = store.webhook(&workspace, &hook.id).await.expect("read");
        assert_eq!((on.enabled, on.disabled_because.as_deref()), (false, Some("gone")));
        (on.enabled, on.disabled_because) = (true, None);
        on.news = vec![News::FigureDue];
        store.save_webhook(&workspace, &on).await.expect("written");
        assert_eq!(store.webhook(&workspace, &hook.id).await.expect("read"), on);
        assert!(store.delete_webhook("elsewhere", &hook.id, now()).await.is_err());
        store.delete_webhook(&workspace, &hook.id, now()).await.expect("gone");
        assert_eq!(store.webhooks(&workspace).await.expect("read"), []);
    }
}
