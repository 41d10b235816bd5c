//! Boards, links to them, and what roles see first.

use jiff::SignedDuration;
use luotsi_marketing::role::Role;
use luotsi_store::StoreError;
use luotsi_store::attempt::{Subject, Verdict};
use luotsi_store::board::BoardFields;
use luotsi_store::share::ShareFields;
use serde_json::json;

use crate::stores::{now, stores, workspace};

fn monday() -> BoardFields {
    BoardFields {
        name: "Monday".into(),
        description: String::new(),
        period: "28d".into(),
        compare: "off".into(),
        tiles: json!([{"id": "t1", "kind": "note", "text": "سلام"}]),
    }
}

fn agency() -> ShareFields {
    ShareFields {
        name: "Agency".into(),
        password_hash: None,
        origins: vec!["https://wiki.example".into()],
        expires_at: Some(now() + SignedDuration::from_hours(24)),
        created_by: "aino@shop.example".into(),
    }
}

#[tokio::test]
async fn a_board_is_read_as_it_was_written_and_only_in_its_workspace() {
    for fresh in stores().await {
        let store = fresh.store;
        let (mine, _) = workspace(&store).await;
        let other = store.create_workspace("Other", false, now()).await.expect("a workspace").id;
        let board = store.create_board(&mine, monday(), now()).await.expect("kept");
        assert_eq!(store.board(&mine, &board.id).await.expect("read"), board);
        assert_eq!(store.boards(&mine).await.expect("read"), std::slice::from_ref(&board));
        assert_eq!(store.boards(&other).await.expect("read"), []);
        let foreign = store.board(&other, &board.id).await;
        assert!(matches!(foreign, Err(StoreError::NotFound("board"))));
        let foreign = store.delete_board(&other, &board.id).await;
        assert!(matches!(foreign, Err(StoreError::NotFound("board"))));
    }
}

#[tokio::test]
async fn of_two_who_change_a_board_at_once_the_second_is_told() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let read = store.create_board(&workspace, monday(), now()).await.expect("kept");
        let mut first = read.clone();
        first.fields.name = "Tuesday".into();
        assert_eq!(store.save_board(first, now()).await.expect("saved").version, 2);
        let second = store.save_board(read.clone(), now()).await;
        assert!(matches!(second, Err(StoreError::Stale("board"))));
        store.delete_board(&workspace, &read.id).await.expect("removed");
        let gone = store.save_board(read, now()).await;
        assert!(matches!(gone, Err(StoreError::NotFound("board"))));
    }
}

#[tokio::test]
async fn a_link_is_found_by_its_token_until_it_runs_out_or_is_revoked() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let board = store.create_board(&workspace, monday(), now()).await.expect("kept").id;
        let made = store.create_share(&workspace, &board, agency(), now()).await;
        let (share, token) = made.expect("made");
        assert_eq!(token.len(), 43);
        let find = async |token: &str, at| store.share(token, at).await.expect("read");
        assert_eq!(find(&token, now()).await.as_ref(), Some(&share));
        assert_eq!(find(&token[1..], now()).await, None);
        assert_eq!(find(&token, now() + SignedDuration::from_hours(24)).await, None);
        store.touch_share(&share, now()).await.expect("touched");
        let used = find(&token, now()).await.and_then(|share| share.last_used_at);
        assert_eq!(used, Some(now()));
        // Those that have run out are listed, so that they can be cleared away.
        assert_eq!(store.shares(&workspace, &board).await.expect("read").len(), 1);
        let foreign = store.revoke_share("elsewhere", &board, &share.id).await;
        assert!(matches!(foreign, Err(StoreError::NotFound("share"))));
        store.revoke_share(&workspace, &board, &share.id).await.expect("revoked");
        assert_eq!(find(&token, now()).await, None);
        let foreign = store.create_share("elsewhere", &board, agency(), now()).await;
        assert!(matches!(foreign, Err(StoreError::NotFound("board"))));
    }
}

#[tokio::test]
async fn a_removed_board_takes_its_links_and_homes_with_it() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let board = store.create_board(&workspace, monday(), now()).await.expect("kept").id;
        let made = store.create_share(&workspace, &board, agency(), now()).await;
        let token = made.expect("made").1;
        for role in [Role::Viewer, Role::Editor, Role::Viewer] {
            store.set_home(&workspace, role, Some(&board)).await.expect("set");
        }
        let homes = store.homes(&workspace).await.expect("read");
        assert_eq!(homes, [(Role::Editor, board.clone()), (Role::Viewer, board.clone())]);
        store.set_home(&workspace, Role::Editor, None).await.expect("set");
        assert_eq!(store.homes(&workspace).await.expect("read").len(), 1);
        let foreign = store.set_home("elsewhere", Role::Viewer, Some(&board)).await;
        assert!(matches!(foreign, Err(StoreError::NotFound("board"))));
        store.delete_board(&workspace, &board).await.expect("removed");
        assert_eq!(store.homes(&workspace).await.expect("read"), []);
        assert_eq!(store.share(&token, now()).await.expect("read"), None);
    }
}

#[tokio::test]
async fn passwords_of_a_link_cannot_be_tried_without_end() {
    for fresh in stores().await {
        let store = fresh.store;
        let link = Subject::Share("h1");
        for _ in 0..link.allowed() {
            assert_eq!(store.attempt_sign_in(link, now()).await.expect("noted"), Verdict::Try);
        }
        let next = store.attempt_sign_in(link, now()).await.expect("noted");
        assert!(matches!(next, Verdict::Wait(_)));
        let other = store.attempt_sign_in(Subject::Share("h2"), now()).await.expect("noted");
        assert_eq!(other, Verdict::Try);
    }
}
