//! Keys that tags carry, who is who, and requests that may be repeated.

use luotsi_store::StoreError;
use luotsi_store::idempotency::{self, Claim, KeptAnswer};
use luotsi_store::identity::{Link, LinkKind, SiteLink};
use luotsi_store::key::Protocol;
use luotsi_store::site_key::NewSiteKey;

use crate::stores::{now, shop, stores, workspace};

fn key(protocol: Protocol, key: &str) -> NewSiteKey {
    NewSiteKey { protocol, key: key.into(), secret: None, history: true }
}

#[tokio::test]
async fn a_key_that_tags_carry_names_its_site_beside_the_one_it_is_born_with() {
    for fresh in stores().await {
        let store = fresh.store;
        let (mine, _) = workspace(&store).await;
        let other = store.create_workspace("Other", false, now()).await.expect("a workspace").id;
        let site = store.create_site(&mine, shop("shop.example"), now()).await.expect("a site");
        let added = store
            .add_site_key(&mine, &site.id, key(Protocol::Segment, "wk_old"), now())
            .await
            .expect("added");
        let keys = store.site_keys(&mine, &site.id).await.expect("read");
        assert_eq!(keys.len(), Protocol::ALL.len() + 1);
        let segment: Vec<_> =
            keys.into_iter().filter(|key| key.protocol == Protocol::Segment).collect();
        assert_eq!((segment[0].added_at, &segment[1]), (None, &added));
        let found = store.site_by_key(Protocol::Segment, "wk_old").await.expect("read");
        assert_eq!(found.map(|(site, _)| site.domain).as_deref(), Some("shop.example"));
        // One key leads to one site.
        let again = store.add_site_key(&mine, &site.id, key(Protocol::Segment, "wk_old"), now());
        assert!(matches!(again.await, Err(StoreError::Taken("key"))));
        let foreign = store.add_site_key(&other, &site.id, key(Protocol::Segment, "wk_2"), now());
        assert!(matches!(foreign.await, Err(StoreError::NotFound("site"))));
        // The same text may be a key of another protocol.
        store
            .add_site_key(&mine, &site.id, key(Protocol::Jitsu, "wk_old"), now())
            .await
            .expect("added");

        let foreign = store.remove_site_key(&other, &site.id, Protocol::Segment, "wk_old").await;
        assert!(matches!(foreign, Err(StoreError::NotFound("key"))));
        let born = store.remove_site_key(&mine, &site.id, Protocol::Segment, &segment[0].key).await;
        assert!(matches!(born, Err(StoreError::NotFound("key"))));
        store.remove_site_key(&mine, &site.id, Protocol::Segment, "wk_old").await.expect("removed");
        assert_eq!(store.site_by_key(Protocol::Segment, "wk_old").await.expect("read"), None);
    }
}

#[tokio::test]
async fn a_domain_that_was_added_stays_when_the_site_moves() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("shop.example"), now()).await.expect("a site");
        store
            .add_site_key(&workspace, &site.id, key(Protocol::Plausible, "all.example"), now())
            .await
            .expect("added");
        store.save_site(&workspace, &site.id, &shop("new.example"), now()).await.expect("saved");
        for domain in ["new.example", "all.example"] {
            let found = store.site_by_key(Protocol::Plausible, domain).await.expect("read");
            assert_eq!(found.map(|(site, _)| site.id).as_ref(), Some(&site.id), "{domain}");
        }
    }
}

#[tokio::test]
async fn a_link_keeps_its_first_time_and_the_latest_visitor_is_the_one_named_last() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let site =
            store.create_site(&workspace, shop("shop.example"), now()).await.expect("a site").id;
        let link = |from, at_us| SiteLink {
            workspace_id: workspace.clone(),
            site_id: site.clone(),
            link: Link { from, to: 42, kind: LinkKind::Identify, at_us },
        };
        store.note_links(&[link(1, 100), link(-2, 200)]).await.expect("noted");
        assert_eq!(store.latest_visitor(&workspace, &site, 42).await.expect("read"), Some(-2));
        store.note_links(&[link(1, 300), link(1, 50)]).await.expect("noted");
        assert_eq!(store.latest_visitor(&workspace, &site, 42).await.expect("read"), Some(1));
        assert_eq!(store.latest_visitor("elsewhere", &site, 42).await.expect("read"), None);
        let links = store.links(&workspace, &site).await.expect("read");
        let times: Vec<_> =
            links.iter().map(|link| (link.from, link.first_at_us, link.last_at_us)).collect();
        assert_eq!(times, [(1, 50, 300), (-2, 200, 200)]);
    }
}

#[tokio::test]
async fn of_two_requests_with_one_key_one_is_done() {
    for fresh in stores().await {
        let store = fresh.store;
        let claim = async |hash: &str, at| {
            store.claim_idempotency_key("w1", "k", hash, at).await.expect("claimed")
        };
        let claims = five_at_once(&store).await;
        assert_eq!(claims.iter().filter(|claim| **claim == Claim::Mine).count(), 1, "{claims:?}");
        assert_eq!(claim("other", now()).await, Claim::Other);
        let answer = KeptAnswer { status: 201, body: "{}".into() };
        store.answer_idempotency_key("w1", "k", &answer).await.expect("kept");
        assert_eq!(claim("same", now()).await, Claim::Answered(answer));
        assert_eq!(claim("other", now() + idempotency::KEPT).await, Claim::Mine);
        store.free_idempotency_key("w1", "k").await.expect("freed");
        assert_eq!(claim("same", now()).await, Claim::Mine);
    }
}

async fn five_at_once(store: &luotsi_store::Store) -> Vec<Claim> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let store = store.clone();
        tasks.spawn(async move {
            store.claim_idempotency_key("w1", "k", "same", now()).await.expect("claimed")
        });
    }
    tasks.join_all().await
}
