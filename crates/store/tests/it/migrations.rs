//! The schema: up from every version, once, and never back.

use luotsi_marketing::alert::News;
use luotsi_store::{Store, StoreError};
use sqlx::{AnyConnection, Connection as _, Executor as _};

use crate::stores::{databases, now};

/// What each version of the schema wrote beside what those before it had written. A released one never changes.
const FIXTURES: [&str; 15] = [
    include_str!("fixtures/version_1.sql"),
    include_str!("fixtures/version_2.sql"),
    include_str!("fixtures/version_3.sql"),
    include_str!("fixtures/version_4.sql"),
    include_str!("fixtures/version_5.sql"),
    include_str!("fixtures/version_6.sql"),
    include_str!("fixtures/version_7.sql"),
    include_str!("fixtures/version_8.sql"),
    include_str!("fixtures/version_9.sql"),
    include_str!("fixtures/version_10.sql"),
    include_str!("fixtures/version_11.sql"),
    include_str!("fixtures/version_12.sql"),
    include_str!("fixtures/version_13.sql"),
    include_str!("fixtures/version_14.sql"),
    include_str!("fixtures/version_15.sql"),
];

/// A database that all programs up to a version have written to, one after another.
async fn fill(url: &str, version: i64) {
    for (step, fixture) in (1..=version).zip(FIXTURES) {
        Store::open_at_version(url, step, now()).await.expect("an old database").close().await;
        let mut connection = AnyConnection::connect(url).await.expect("connected");
        connection.execute(sqlx::raw_sql(fixture)).await.expect("filled");
        connection.close().await.expect("closed");
    }
}

#[tokio::test]
async fn what_every_older_version_wrote_is_read_by_this_one() {
    assert_eq!(
        FIXTURES.len() as i64,
        Store::schema_version(),
        "each version of the schema has a fixture"
    );
    for version in 1..=Store::schema_version() {
        for database in databases().await {
            fill(&database.url, version).await;
            let store = Store::open(&database.url, now()).await.expect("upgraded");
            let workspace = &store.all_workspaces().await.expect("workspaces")[0].id;
            let user =
                store.user_by_email("aino@shop.example").await.expect("read").expect("the user");
            let site = &store.sites(workspace).await.expect("sites")[0];
            assert_eq!((site.domain.as_str(), site.number), ("shop.example", 1));
            assert!(store.signed_in("cookie", now()).await.expect("read").is_some());
            assert!(store.token("lts_token", now()).await.expect("read").is_some());
            assert_eq!(store.members(workspace).await.expect("members")[0].user_id, user.id);
            assert_eq!(store.site_keys(workspace, &site.id).await.expect("keys").len(), 2);
            assert_eq!(store.conversions(workspace, &site.id).await.expect("conversions").len(), 2);
            assert_eq!(store.objectives(workspace).await.expect("objectives").len(), 1);
            assert_eq!(
                store.goals(workspace).await.expect("goals")[0].fields.words.specific,
                "Orders"
            );
            assert_eq!(store.audit(workspace, None, 10).await.expect("audit").len(), 1);
            let today = jiff::civil::date(2026, 3, 21);
            assert_eq!(store.visitor_salts(today).await.expect("salts").today, [0xab; 16]);
            let next = store
                .create_site(workspace, crate::stores::shop("next.example"), now())
                .await
                .expect("a site");
            assert_eq!(next.number, 2);
        }
    }
}

#[tokio::test]
async fn a_goal_of_social_engagement_keeps_its_meaning() {
    // The last version that knew one name only.
    let before = 10;
    for database in databases().await {
        fill(&database.url, before).await;
        let mut connection = AnyConnection::connect(&database.url).await.expect("connected");
        connection
            .execute("update goals set metric = 'engagement_rate'")
            .await
            .expect("a goal of the old name");
        connection.close().await.expect("closed");
        let store = Store::open(&database.url, now()).await.expect("upgraded");
        let workspace = &store.all_workspaces().await.expect("workspaces")[0].id;
        let goals = store.goals(workspace).await.expect("goals");
        assert_eq!(goals[0].fields.metric, "social_engagement_rate");
    }
}

/// Choices from before there were words for how goals end; `h5` was made with them.
const CHOSEN_BEFORE: &str = "
update notice_choices set news = 'statistical milestone_missed probability_low plan_stalled review_due';
update webhooks set news = 'statistical milestone_missed probability_low plan_stalled review_due' where id = 'h1';
insert into webhooks values
  ('h3', 'w1', 'https://hooks.example/', '', 'statistical threshold data_stopped', 'whsec_AAAA', null, null, 1, null,
   'aino@shop.example', 1774000000000000),
  ('h4', 'w1', 'https://hooks.example/', '', 'milestone_missed review_due', 'whsec_AAAA', null, null, 1, null,
   'aino@shop.example', 1774000000000000),
  ('h5', 'w1', 'https://hooks.example/', '', 'milestone_missed probability_low goal_missed', 'whsec_AAAA', null, null, 1,
   null, 'aino@shop.example', 1774000000000000);
";

#[tokio::test]
async fn who_wanted_news_of_goals_is_told_how_they_end() {
    // The last version whose choices may have been made without the two words.
    let before = 14;
    let ends = [News::GoalReached, News::GoalMissed];
    for database in databases().await {
        fill(&database.url, before).await;
        let mut connection = AnyConnection::connect(&database.url).await.expect("connected");
        connection.execute(sqlx::raw_sql(CHOSEN_BEFORE)).await.expect("chosen");
        connection.close().await.expect("closed");
        let store = Store::open(&database.url, now()).await.expect("upgraded");
        let choices = store.notice_choices("w1").await.expect("choices");
        assert_eq!(choices[0].1.news.len(), 7);
        assert_eq!(choices[0].1.news[5..], ends);
        let told = async |id: &str| store.webhook("w1", id).await.expect("a webhook").news;
        assert_eq!(told("h1").await[5..], ends);
        assert_eq!(told("h3").await.len(), 3, "wanted nothing of goals");
        assert_eq!(told("h4").await.len(), 2, "wanted little of goals");
        assert_eq!(told("h5").await.len(), 3, "chose among the new words");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    for database in databases().await {
        Store::open(&database.url, now()).await.expect("open").close().await;
        let mut connection = AnyConnection::connect(&database.url).await.expect("connected");
        connection
            .execute("insert into schema_versions values (99, 0)")
            .await
            .expect("a newer version");
        connection.close().await.expect("closed");
        let refused = Store::open(&database.url, now()).await;
        assert!(matches!(refused, Err(StoreError::TooNew { found: 99, .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn processes_that_start_at_once_migrate_once() {
    for database in databases().await {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let url = database.url.clone();
            tasks.spawn(
                async move { Store::open(&url, now()).await.expect("open").user_count().await },
            );
        }
        for count in tasks.join_all().await {
            assert_eq!(count.expect("counted"), 0);
        }
    }
}

#[tokio::test]
async fn an_address_of_another_engine_is_refused() {
    let refused = Store::open("mysql://localhost/luotsi", now()).await;
    assert!(matches!(refused, Err(StoreError::Address(_))), "{refused:?}");
}
