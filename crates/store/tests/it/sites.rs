//! Sites, their keys and conversions, and the salts of visitor ids.

use std::collections::HashSet;

use jiff::civil::date;
use luotsi_marketing::conversion::Trigger;
use luotsi_store::StoreError;
use luotsi_store::conversion::NewConversion;
use luotsi_store::key::Protocol;

use crate::stores::{now, shop, stores, workspace};

#[tokio::test]
async fn a_site_has_a_key_for_each_protocol_that_leads_back_to_it() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("shop.example"), now()).await.expect("a site");
        assert_eq!(site.number, 1);
        let keys = store.site_keys(&workspace, &site.id).await.expect("read");
        assert_eq!(keys.len(), Protocol::ALL.len());
        for key in &keys {
            let found = store.site_by_key(key.protocol, &key.key).await.expect("read");
            assert_eq!(found, Some((site.clone(), key.secret.clone())), "{}", key.protocol);
        }
        assert_eq!(store.site_by_key(Protocol::Umami, "shop.example").await.expect("read"), None);
        assert_eq!(
            store.all_site_keys().await.expect("read"),
            store.workspace_site_keys(&workspace).await.expect("read")
        );
        assert_eq!(store.site_keys("elsewhere", &site.id).await.expect("read"), []);
    }
}

#[tokio::test]
async fn a_number_is_never_given_to_a_second_site() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let first = store.create_site(&workspace, shop("a.example"), now()).await.expect("a site");
        store.delete_site(&workspace, &first.id).await.expect("deleted");
        assert_eq!(store.site_by_key(Protocol::Plausible, "a.example").await.expect("read"), None);
        let second = store.create_site(&workspace, shop("a.example"), now()).await.expect("a site");
        assert_eq!((first.number, second.number), (1, 2));

        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..12 {
            let (store, workspace) = (store.clone(), workspace.clone());
            tasks.spawn(async move {
                store
                    .create_site(&workspace, shop(&format!("{number}.example")), now())
                    .await
                    .expect("a site")
                    .number
            });
        }
        let numbers: HashSet<i32> = tasks.join_all().await.into_iter().collect();
        assert_eq!(numbers, (3..15).collect());
    }
}

#[tokio::test]
async fn a_domain_names_one_site_of_the_installation() {
    for fresh in stores().await {
        let store = fresh.store;
        let (mine, _) = workspace(&store).await;
        let other = store.create_workspace("Other", false, now()).await.expect("a workspace").id;
        let site = store.create_site(&mine, shop("shop.example"), now()).await.expect("a site");
        let taken = store.create_site(&other, shop("shop.example"), now()).await;
        assert!(matches!(taken, Err(StoreError::Taken("domain"))), "{taken:?}");
        assert_eq!(
            store.site_by_domain(&mine, "shop.example").await.expect("read"),
            Some(site.clone())
        );
        assert_eq!(store.site_by_domain(&other, "shop.example").await.expect("read"), None);
        assert!(matches!(store.site(&other, &site.id).await, Err(StoreError::NotFound("site"))));
        assert!(matches!(
            store.delete_site(&other, &site.id).await,
            Err(StoreError::NotFound("site"))
        ));
    }
}

#[tokio::test]
async fn clients_that_name_a_site_by_its_domain_follow_a_new_one() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site = store.create_site(&workspace, shop("old.example"), now()).await.expect("a site");
        store.create_site(&workspace, shop("other.example"), now()).await.expect("a site");
        let mut settings = shop("new.example");
        settings.retention_days = Some(400);
        store.save_site(&workspace, &site.id, &settings, now()).await.expect("saved");
        let (found, _) = store
            .site_by_key(Protocol::Plausible, "new.example")
            .await
            .expect("read")
            .expect("the same site");
        assert_eq!((found.id, found.retention_days), (site.id.clone(), Some(400)));
        assert_eq!(
            store.site_by_key(Protocol::Plausible, "old.example").await.expect("read"),
            None
        );
        let taken = store.save_site(&workspace, &site.id, &shop("other.example"), now()).await;
        assert!(matches!(taken, Err(StoreError::Taken("domain"))), "{taken:?}");
        assert_eq!(store.site(&workspace, &site.id).await.expect("read").domain, "new.example");
    }
}

#[tokio::test]
async fn a_conversion_is_a_page_or_an_event_with_a_name_of_its_own() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("shop.example"), now()).await.expect("a site").id;
        let thanks = NewConversion {
            display_name: "Visit /thanks".into(),
            trigger: Trigger::Page { pattern: "/thanks".into() },
            revenue: false,
            currency: None,
        };
        let purchase = NewConversion {
            display_name: "Purchase".into(),
            trigger: Trigger::Event { name: "purchase".into() },
            revenue: true,
            currency: Some("EUR".into()),
        };
        let page = store
            .create_conversion(&workspace, &site, thanks.clone(), now())
            .await
            .expect("a conversion");
        let event = store
            .create_conversion(&workspace, &site, purchase, now())
            .await
            .expect("a conversion");
        assert_eq!(
            store.conversions(&workspace, &site).await.expect("read"),
            [event.clone(), page.clone()]
        );
        let taken = store.create_conversion(&workspace, &site, thanks, now()).await;
        assert!(matches!(taken, Err(StoreError::Taken("name"))), "{taken:?}");
        let elsewhere = store.delete_conversion("elsewhere", &site, &page.id).await;
        assert!(matches!(elsewhere, Err(StoreError::NotFound("conversion"))));
        store.delete_conversion(&workspace, &site, &page.id).await.expect("deleted");
        assert_eq!(store.conversions(&workspace, &site).await.expect("read"), [event]);
    }
}

#[tokio::test]
async fn every_process_gets_the_same_salt_for_a_day_and_older_ones_are_destroyed() {
    for fresh in stores().await {
        let store = fresh.store;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let store = store.clone();
            tasks
                .spawn(async move { store.visitor_salts(date(2026, 3, 20)).await.expect("salts") });
        }
        let salts = tasks.join_all().await;
        assert!(salts.iter().all(|found| *found == salts[0] && found.yesterday.is_none()));
        let next = store.visitor_salts(date(2026, 3, 21)).await.expect("salts");
        assert_eq!(next.yesterday, Some(salts[0].today));
        assert_ne!(next.today, salts[0].today);
        let third = store.visitor_salts(date(2026, 3, 22)).await.expect("salts");
        assert_eq!(third.yesterday, Some(next.today));
        // The 20th is gone: asking for it again makes another.
        assert_ne!(
            store.visitor_salts(date(2026, 3, 20)).await.expect("salts").today,
            salts[0].today
        );
    }
}
