//! The queries as texts: each says what it does, and names the workspace whose data it touches.

use std::collections::BTreeMap;
use std::path::Path;

/// Tables of customers' data.
const TABLES: [&str; 42] = [
    "alert_lines",
    "alert_settings",
    "annotations",
    "audit",
    "board_shares",
    "boards",
    "conversions",
    "counting_rules",
    "deliveries",
    "filter_lifts",
    "filtered_agents",
    "goal_lines",
    "goal_outlooks",
    "goal_resources",
    "goal_reviews",
    "goal_states",
    "goals",
    "identity_links",
    "imported_figures",
    "imports",
    "inbox",
    "incidents",
    "members",
    "messages",
    "metric_days",
    "metric_versions",
    "metrics",
    "milestones",
    "notice_choices",
    "objectives",
    "observations",
    "quarantine",
    "role_homes",
    "seen_events",
    "silences",
    "site_days",
    "site_keys",
    "sites",
    "tokens",
    "watch_marks",
    "webhooks",
    "work_items",
];

/// Queries that may do without a workspace, each for a reason its comment gives.
const WITHOUT: [&str; 15] = [
    "counting_rules.all.sql",
    "filter_lifts.all.sql",
    "filtered_agents.delete_before.sql",
    "identity_links.aliases.sql",
    "inbox.delete_before.sql",
    "messages.delete_done.sql",
    "messages.next.sql",
    "quarantine.delete_most.sql",
    "quarantine.delete_old.sql",
    "quarantine.unknown_keys.sql",
    "site_keys.all.sql",
    "site_keys.insert.sql",
    "site_keys.rename.sql",
    "site_keys.site.sql",
    "sites.all.sql",
];

fn queries() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let files = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("a file"));
    files
        .map(|file| {
            let text = std::fs::read_to_string(file.path()).expect("text");
            (file.file_name().to_string_lossy().into_owned(), text)
        })
        .collect()
}

#[test]
fn a_query_on_customers_data_names_its_workspace() {
    for (name, text) in queries() {
        let table = name.split('.').next().unwrap_or_default();
        if TABLES.contains(&table) && !WITHOUT.contains(&name.as_str()) {
            assert!(text.contains("workspace_id"), "{name}");
        }
    }
}

#[test]
fn a_query_begins_with_what_it_does_and_names_its_parameters() {
    for (name, text) in queries() {
        let comment: String = text.lines().take_while(|line| line.starts_with("--")).collect();
        assert!(comment.starts_with("-- "), "{name}");
        let query: String = text.lines().filter(|line| !line.starts_with("--")).collect();
        for number in 1..=30 {
            let used = query.contains(&format!("${number}"));
            assert_eq!(used, comment.contains(&format!("${number} ")), "${number} of {name}");
        }
    }
}
