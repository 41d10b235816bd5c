//! Workspaces, members, tokens, objectives and the audit log.

use jiff::SignedDuration;
use luotsi_store::StoreError;
use luotsi_store::audit::NewEntry;
use luotsi_store::objective::ObjectiveFields;
use luotsi_store::token::Scope;
use luotsi_store::workspace::Role;
use serde_json::json;

use crate::stores::{now, person, stores, workspace};

#[tokio::test]
async fn a_member_sees_only_the_workspaces_it_belongs_to() {
    for fresh in stores().await {
        let store = fresh.store;
        let (shop, owner) = workspace(&store).await;
        let other = store.create_workspace("Other", true, now()).await.expect("a workspace");
        let theirs = store.workspaces_of(&owner).await.expect("read");
        assert_eq!(
            theirs.iter().map(|(found, role)| (&found.id, *role)).collect::<Vec<_>>(),
            [(&shop, Role::Owner)]
        );
        assert_eq!(store.role(&other.id, &owner).await.expect("read"), None);
        store.add_member(&other.id, &owner, Role::Viewer, now()).await.expect("added");
        assert_eq!(store.role(&other.id, &owner).await.expect("read"), Some(Role::Viewer));
        let again = store.add_member(&other.id, &owner, Role::Admin, now()).await;
        assert!(matches!(again, Err(StoreError::Taken("member"))), "{again:?}");
        assert!(store.workspace(&other.id).await.expect("read").sample);
        store.rename_workspace(&other.id, "Toinen").await.expect("renamed");
        assert_eq!(store.workspace(&other.id).await.expect("read").name, "Toinen");
    }
}

#[tokio::test]
async fn a_workspace_keeps_an_owner() {
    for fresh in stores().await {
        let store = fresh.store;
        let (shop, owner) = workspace(&store).await;
        assert!(matches!(store.remove_member(&shop, &owner).await, Err(StoreError::LastOwner)));
        assert!(matches!(
            store.change_role(&shop, &owner, Role::Admin).await,
            Err(StoreError::LastOwner)
        ));
        let second = store
            .create_member(&shop, &person("bo@shop.example"), Role::Owner, now())
            .await
            .expect("a member");
        store.change_role(&shop, &owner, Role::Editor).await.expect("changed");
        assert!(matches!(store.remove_member(&shop, &second.id).await, Err(StoreError::LastOwner)));
        store.remove_member(&shop, &owner).await.expect("removed");
        let members = store.members(&shop).await.expect("read");
        assert_eq!(
            members.iter().map(|member| member.email.as_str()).collect::<Vec<_>>(),
            ["bo@shop.example"]
        );
        assert!(matches!(
            store.change_role(&shop, "nobody", Role::Admin).await,
            Err(StoreError::NotFound("member"))
        ));
    }
}

#[tokio::test]
async fn two_owners_who_leave_at_once_do_not_both_leave() {
    for fresh in stores().await {
        let store = fresh.store;
        let (shop, first) = workspace(&store).await;
        for round in 0..5 {
            let email = format!("bo{round}@shop.example");
            let second = store
                .create_member(&shop, &person(&email), Role::Owner, now())
                .await
                .expect("a member");
            let results = tokio::join!(
                store.remove_member(&shop, &first),
                store.remove_member(&shop, &second.id)
            );
            match results {
                (Ok(()), Err(StoreError::LastOwner)) => {
                    store.add_member(&shop, &first, Role::Owner, now()).await.expect("back");
                    store.remove_member(&shop, &second.id).await.expect("removed");
                }
                (Err(StoreError::LastOwner), Ok(())) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_token_opens_its_own_workspace_until_it_is_revoked() {
    for fresh in stores().await {
        let store = fresh.store;
        let (shop, _) = workspace(&store).await;
        let other = store.create_workspace("Other", false, now()).await.expect("a workspace");
        let scopes = [Scope::StatsRead, Scope::EventsWrite, Scope::StatsRead];
        let (token, text) =
            store.create_token(&shop, "Import", &scopes, now()).await.expect("a token");
        assert!(text.starts_with(&token.prefix) && text.len() == 44, "{text}");
        assert_eq!(token.scopes, [Scope::EventsWrite, Scope::StatsRead]);
        assert!(token.allows(Scope::StatsRead) && !token.allows(Scope::Admin));
        assert_eq!(store.tokens(&shop).await.expect("read")[0].last_used_at, None);

        let used = store.token(&text, now()).await.expect("read").expect("known");
        assert_eq!((used.workspace_id.as_str(), used.last_used_at), (shop.as_str(), Some(now())));
        let soon = now() + SignedDuration::from_secs(30);
        assert_eq!(
            store.token(&text, soon).await.expect("read").and_then(|token| token.last_used_at),
            Some(now())
        );
        let later = now() + SignedDuration::from_mins(2);
        assert_eq!(
            store.token(&text, later).await.expect("read").and_then(|token| token.last_used_at),
            Some(later)
        );
        assert_eq!(store.tokens(&shop).await.expect("read")[0].last_used_at, Some(later));

        assert_eq!(store.token("lts_guess", now()).await.expect("read"), None);
        assert!(matches!(
            store.revoke_token(&other.id, &token.id).await,
            Err(StoreError::NotFound("token"))
        ));
        store.revoke_token(&shop, &token.id).await.expect("revoked");
        assert_eq!(store.token(&text, now()).await.expect("read"), None);
    }
}

#[tokio::test]
async fn an_objective_outlives_its_owner_and_its_goals_outlive_it() {
    for fresh in stores().await {
        let store = fresh.store;
        let (shop, owner) = workspace(&store).await;
        let mut objective = store
            .create_objective(
                &shop,
                ObjectiveFields {
                    owner_id: Some(owner.clone()),
                    ..ObjectiveFields::named("More orders")
                },
                now(),
            )
            .await
            .expect("an objective");
        objective.fields.description = "From new customers".into();
        store.save_objective(&objective, now()).await.expect("saved");
        assert_eq!(store.objective(&shop, &objective.id).await.expect("read"), objective);
        let elsewhere = store.objective("elsewhere", &objective.id).await;
        assert!(matches!(elsewhere, Err(StoreError::NotFound("objective"))));
        store.delete_objective(&shop, &objective.id, now()).await.expect("deleted");
        assert_eq!(store.objectives(&shop).await.expect("read"), []);
    }
}

#[tokio::test]
async fn the_audit_log_is_read_backwards_page_by_page() {
    for fresh in stores().await {
        let store = fresh.store;
        let (shop, owner) = workspace(&store).await;
        for number in 0..5 {
            let entry = NewEntry {
                actor_id: Some(&owner),
                actor: "aino@shop.example",
                action: "site.created",
                target: &format!("site {number}"),
                detail: json!({"number": number}),
            };
            store
                .note(&shop, entry, now() + SignedDuration::from_secs(number))
                .await
                .expect("noted");
        }
        let first = store.audit(&shop, None, 2).await.expect("read");
        assert_eq!(
            first.iter().map(|entry| entry.target.as_str()).collect::<Vec<_>>(),
            ["site 4", "site 3"]
        );
        assert_eq!(first[0].detail, json!({"number": 4}));
        let rest = store.audit(&shop, Some(&first[1].id), 10).await.expect("read");
        assert_eq!(
            rest.iter().map(|entry| entry.target.as_str()).collect::<Vec<_>>(),
            ["site 2", "site 1", "site 0"]
        );
        assert_eq!(store.audit("elsewhere", None, 10).await.expect("read"), []);
    }
}
