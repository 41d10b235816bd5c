//! Users, sign-ins and how often one may try.

use jiff::SignedDuration;
use luotsi_store::StoreError;
use luotsi_store::attempt::{Subject, Verdict, WINDOW};
use luotsi_store::session::LIFETIME;

use crate::stores::{now, person, stores, workspace};

#[tokio::test]
async fn an_email_address_belongs_to_one_user_in_whatever_case() {
    for fresh in stores().await {
        let store = fresh.store;
        let user = store.create_user(&person(" Aino@Shop.example "), now()).await.expect("a user");
        assert_eq!(user.email, "aino@shop.example");
        assert_eq!(
            store.user_by_email("AINO@shop.example").await.expect("read"),
            Some(user.clone())
        );
        assert_eq!(store.user(&user.id).await.expect("read"), user);
        let again = store.create_user(&person("aino@SHOP.example"), now()).await;
        assert!(matches!(again, Err(StoreError::Taken("e-mail address"))), "{again:?}");
        assert_eq!(store.user_by_email("nobody@shop.example").await.expect("read"), None);
    }
}

#[tokio::test]
async fn a_users_name_language_and_password_can_change() {
    for fresh in stores().await {
        let store = fresh.store;
        let mut user =
            store.create_user(&person("aino@shop.example"), now()).await.expect("a user");
        user.name = "آینو".into();
        user.locale = "fa".into();
        user.password_hash = "new".into();
        store.save_user(&user, now()).await.expect("saved");
        assert_eq!(store.user(&user.id).await.expect("read"), user);
        user.id = "someone-else".into();
        assert!(matches!(store.save_user(&user, now()).await, Err(StoreError::NotFound("user"))));
    }
}

#[tokio::test]
async fn of_many_who_set_up_at_once_one_becomes_the_owner() {
    for fresh in stores().await {
        let store = fresh.store;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..8 {
            let store = store.clone();
            tasks.spawn(async move {
                let email = format!("user{number}@shop.example");
                store.create_owner(&person(&email), "Shop", false, now()).await.map(drop)
            });
        }
        let results = tasks.join_all().await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        for refused in results.iter().filter_map(|result| result.as_ref().err()) {
            assert!(matches!(refused, StoreError::AlreadySetUp), "{refused:?}");
        }
        assert_eq!(store.user_count().await.expect("counted"), 1);
        assert_eq!(store.all_workspaces().await.expect("read").len(), 1);
    }
}

#[tokio::test]
async fn a_sign_in_lives_while_it_is_used_and_ends_when_it_is_not() {
    for fresh in stores().await {
        let store = fresh.store;
        let (_, user) = workspace(&store).await;
        let (session, cookie) = store.sign_in(&user, "Firefox", now()).await.expect("signed in");
        let (found, who) = store.signed_in(&cookie, now()).await.expect("read").expect("signed in");
        assert_eq!((&found, &who.id), (&session, &user));

        let almost = now() + LIFETIME - SignedDuration::from_secs(1);
        let (used, _) = store.signed_in(&cookie, almost).await.expect("read").expect("signed in");
        assert_eq!(used.last_seen_at, almost);
        let (later, _) = store
            .signed_in(&cookie, now() + LIFETIME)
            .await
            .expect("read")
            .expect("still signed in");
        assert_eq!(later.expires_at, almost + LIFETIME);
        assert_eq!(store.signed_in(&cookie, almost + LIFETIME).await.expect("read"), None);
        assert_eq!(store.signed_in("guess", now()).await.expect("read"), None);
    }
}

#[tokio::test]
async fn a_revoked_sign_in_is_over_at_once() {
    for fresh in stores().await {
        let store = fresh.store;
        let (_, user) = workspace(&store).await;
        let (_, laptop) = store.sign_in(&user, "laptop", now()).await.expect("signed in");
        let (phone, phone_cookie) = store.sign_in(&user, "phone", now()).await.expect("signed in");
        assert_eq!(store.sessions(&user, now()).await.expect("read").len(), 2);

        let other = store.create_user(&person("eve@shop.example"), now()).await.expect("a user");
        let not_hers = store.revoke_session(&other.id, &phone.id).await;
        assert!(matches!(not_hers, Err(StoreError::NotFound("session"))));
        store.revoke_session(&user, &phone.id).await.expect("revoked");
        assert_eq!(store.signed_in(&phone_cookie, now()).await.expect("read"), None);
        assert!(store.signed_in(&laptop, now()).await.expect("read").is_some());

        let (kept, kept_cookie) = store.sign_in(&user, "tablet", now()).await.expect("signed in");
        store.revoke_other_sessions(&user, &kept.id).await.expect("revoked");
        assert_eq!(store.signed_in(&laptop, now()).await.expect("read"), None);
        assert!(store.signed_in(&kept_cookie, now()).await.expect("read").is_some());
    }
}

#[tokio::test]
async fn the_eleventh_wrong_password_waits_until_the_first_is_a_quarter_of_an_hour_old() {
    for fresh in stores().await {
        let store = fresh.store;
        let aino = Subject::Email("aino@shop.example");
        for second in 0..10 {
            let at = now() + SignedDuration::from_secs(second);
            assert_eq!(
                store.attempt_sign_in(aino, at).await.expect("counted"),
                Verdict::Try,
                "{second}"
            );
        }
        let at = now() + SignedDuration::from_secs(60);
        for _ in 0..3 {
            let verdict = store
                .attempt_sign_in(Subject::Email("AINO@shop.example"), at)
                .await
                .expect("counted");
            assert_eq!(verdict, Verdict::Wait(SignedDuration::from_mins(14)));
        }
        assert_eq!(
            store.attempt_sign_in(Subject::Email("eve@x.example"), at).await.expect("counted"),
            Verdict::Try
        );
        assert_eq!(
            store.attempt_sign_in(aino, now() + WINDOW).await.expect("counted"),
            Verdict::Try
        );
        store.forgive_attempts(aino).await.expect("forgiven");
        assert_eq!(store.attempt_sign_in(aino, at).await.expect("counted"), Verdict::Try);
    }
}

#[tokio::test]
async fn attempts_at_the_same_moment_share_one_allowance() {
    for fresh in stores().await {
        let store = fresh.store;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..30 {
            let store = store.clone();
            tasks.spawn(async move {
                store.attempt_sign_in(Subject::Email("a@b.example"), now()).await
            });
        }
        let tried = tasks
            .join_all()
            .await
            .into_iter()
            .filter(|verdict| matches!(verdict, Ok(Verdict::Try)))
            .count();
        assert!(tried <= 10, "{tried} attempts went through");
    }
}

#[tokio::test]
async fn a_right_password_takes_back_its_own_attempt_only() {
    for fresh in stores().await {
        let store = fresh.store;
        let office = Subject::Address("192.0.2.1");
        for _ in 0..49 {
            assert_eq!(store.attempt_sign_in(office, now()).await.expect("counted"), Verdict::Try);
        }
        for _ in 0..5 {
            assert_eq!(store.attempt_sign_in(office, now()).await.expect("counted"), Verdict::Try);
            store.forgive_last_attempt(office).await.expect("forgiven");
        }
        assert_eq!(store.attempt_sign_in(office, now()).await.expect("counted"), Verdict::Try);
        assert!(matches!(
            store.attempt_sign_in(office, now()).await.expect("counted"),
            Verdict::Wait(_)
        ));
    }
}
