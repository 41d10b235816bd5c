use std::path::PathBuf;

use luotsi_marketing::bot::Programs;
use luotsi_marketing::client::UserAgents;
use luotsi_marketing::event::BotReason;
use serde_json::Value;

/// A file of reference data beside the checkout; `None`, said aloud, where it is absent.
fn reference(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/useragents")
        .join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: ../shared is absent");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn programs() -> Programs {
    Programs::new(luotsi_assets::crawler_patterns()).unwrap()
}

fn text<'a>(row: &'a Value, path: &str) -> &'a str {
    row.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn of_crawlers_more_than_ninety_nine_in_a_hundred_are_caught() {
    let programs = programs();
    for name in ["bots.json", "crawlers.json"] {
        let Some(rows) = reference(name) else { return };
        let rows = rows.as_array().unwrap();
        let missed: Vec<_> = rows
            .iter()
            .map(|row| text(row, "/ua"))
            .filter(|user_agent| programs.reason(user_agent).is_none())
            .collect();
        let share = 1.0 - missed.len() as f64 / rows.len() as f64;
        eprintln!("{name}: {} of {} caught", rows.len() - missed.len(), rows.len());
        assert!(share >= 0.99, "{name}: {share}, missed {missed:#?}");
    }
}

#[test]
fn people_are_not_taken_for_crawlers() {
    let programs = programs();
    let Some(table) = reference("real_traffic_ua.json") else { return };
    let flagged: Vec<_> = table["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| text(row, "/ua"))
        .filter(|user_agent| programs.reason(user_agent).is_some())
        .collect();
    assert!(flagged.is_empty(), "{flagged:#?}");
}

#[test]
fn what_gathers_pages_for_models_is_told_from_what_acts_for_a_person() {
    let programs = programs();
    for (name, reason) in [
        ("GPTBot/1.2", BotReason::AiCrawler),
        ("ClaudeBot/1.0", BotReason::AiCrawler),
        ("PerplexityBot/1.0", BotReason::AiCrawler),
        ("Bytespider", BotReason::AiCrawler),
        ("ChatGPT-User/1.0", BotReason::AiAgent),
        ("Claude-User/1.0", BotReason::AiAgent),
        ("Perplexity-User/1.0", BotReason::AiAgent),
        ("Googlebot/2.1", BotReason::UserAgent),
        ("bingbot/2.0", BotReason::UserAgent),
    ] {
        let user_agent =
            format!("Mozilla/5.0 AppleWebKit/537.36 (compatible; {name}; +https://a.example)");
        assert_eq!(programs.reason(&user_agent), Some(reason), "{name}");
    }
}

/// Peers name a browser by device and maker; families are compared.
fn browser_family(name: &str) -> String {
    let name = name.to_lowercase();
    let family = match name.as_str() {
        "chrome mobile" | "chrome mobile ios" | "chromium" => "chrome",
        "mobile safari" => "safari",
        "firefox mobile" | "firefox ios" | "firefox mobile ios" => "firefox",
        "microsoft edge" | "edge mobile" | "edge ios" => "edge",
        "opera mobile" | "opera mini" | "opera touch" => "opera",
        "google search app" => "google",
        "duckduckgo mobile" | "duckduckgo privacy browser" => "duckduckgo",
        "samsung internet" => "samsung browser",
        "chrome mobile webview" | "chrome webview" => "android webview",
        "mobile safari ui/wkwebview" => "ios webview",
        other => other,
    };
    family.to_owned()
}

fn system_family(name: &str) -> &str {
    match name {
        "Mac OS X" | "Mac" => "macOS",
        "iPadOS" => "iOS",
        "GNU/Linux" | "Ubuntu" => "Linux",
        "Fire OS" => "Android",
        other => other,
    }
}

/// A class of the first peer, from its device's name, and of the second, from its type.
fn device_classes(row: &Value) -> Vec<&'static str> {
    let by_type = match text(row, "/device_detector/device_type") {
        "smartphone" | "phablet" | "feature phone" => Some("Mobile"),
        "tablet" => Some("Tablet"),
        "desktop" => Some("Desktop"),
        _ => None,
    };
    let by_category = match text(row, "/device_category") {
        "mobile" => Some("Mobile"),
        "tablet" => Some("Tablet"),
        "desktop" => Some("Desktop"),
        _ => None,
    };
    by_type.into_iter().chain(by_category).collect()
}

#[test]
fn browser_system_and_device_are_what_one_of_two_peers_says() {
    let user_agents = UserAgents::new(luotsi_assets::user_agent_regexes()).unwrap();
    let Some(table) = reference("real_traffic_ua.json") else { return };
    let rows = table["rows"].as_array().unwrap();
    let total: f64 = rows.iter().map(|row| row["weight"].as_f64().unwrap()).sum();
    // Rows and weight that agree on browser, system and device.
    let mut agreed = [(0, 0.0); 3];
    for row in rows {
        let client = user_agents.read(text(row, "/ua"));
        let browser = client.browser.as_deref().map(browser_family).unwrap_or_default();
        let system = client.os.as_deref().map(system_family).unwrap_or_default();
        let right = [
            ["/ua_parser/browser/family", "/device_detector/client_name"]
                .iter()
                .any(|peer| browser_family(text(row, peer)) == browser),
            ["/ua_parser/os/family", "/device_detector/os_name"]
                .iter()
                .any(|peer| system_family(text(row, peer)) == system),
            client.device.as_deref().is_some_and(|device| device_classes(row).contains(&device)),
        ];
        for (agreed, right) in agreed.iter_mut().zip(right) {
            if right {
                agreed.0 += 1;
                agreed.1 += row["weight"].as_f64().unwrap();
            }
        }
        if right.contains(&false) {
            eprintln!("{right:?} {client:?} {}", text(row, "/ua"));
        }
    }
    for (what, (count, weight)) in ["browser", "system", "device"].iter().zip(agreed) {
        let (share, weighted) = (f64::from(count) / rows.len() as f64, weight / total);
        eprintln!("{what}: {share:.4} of user agents, {weighted:.4} of traffic");
        assert!(share >= 0.98 && weighted >= 0.98, "{what}: {share}, weighted {weighted}");
    }
}
