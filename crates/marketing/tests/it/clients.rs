//! What real clients sent, read: every step of one scenario, through each of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use luotsi_marketing::collect::orders::Orders;
use luotsi_marketing::hit::{Hit, Kind};
use serde_json::Value;

use crate::show::{Sent, is_view_of, line};

const MARKS: [&str; 2] = ["<!-- client × step -->\n", "<!-- end -->"];

fn captures() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/clients");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there are no captured requests in {}", folder.display());
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Some(files)
}

/// The requests of a capture that are no preflights, decompressed as the server does it.
fn requests(file: &Path) -> Vec<Sent> {
    let capture: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let began: jiff::Timestamp = capture["captured_at"].as_str().unwrap().parse().unwrap();
    let requests = capture["requests"].as_array().unwrap().iter();
    requests
        .filter(|request| request["method"] != "OPTIONS" && request["reply"]["status"] != 503)
        .map(|request| {
            let target = request["path"].as_str().unwrap();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let pair = |pair: &Value| {
                let text = |at: usize| pair[at].as_str().unwrap().to_owned();
                (text(0).to_lowercase(), text(1))
            };
            Sent {
                method: request["method"].as_str().unwrap().to_owned(),
                path: path.to_owned(),
                query: query.to_owned(),
                headers: request["headers"].as_array().unwrap().iter().map(pair).collect(),
                body: request["body_text"].as_str().unwrap_or_default().as_bytes().to_vec(),
                received_at_us: began.as_microsecond() + request["t_ms"].as_i64().unwrap() * 1_000,
            }
        })
        .collect()
}

fn client(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().trim_end_matches(".json").to_owned()
}

/// The hits of a capture; a request that is not taken fails the test.
fn hits(file: &Path) -> Vec<Hit> {
    let mut hits = Vec::new();
    for sent in requests(file) {
        let (_, reading) = sent.read().unwrap_or_else(|| panic!("{}: nobody's", sent.path));
        for message in
            reading.unwrap_or_else(|refusals| panic!("{}: {refusals:?}", sent.path)).messages
        {
            hits.push(message.unwrap_or_else(|refused| panic!("{refused:?}")));
        }
    }
    hits
}

/// What became of each of the nine steps.
fn steps(hits: &[Hit]) -> [String; 9] {
    let first = |is: &dyn Fn(&Hit) -> bool| hits.iter().find(|hit| is(hit));
    let name = |hit: Option<&Hit>| hit.map_or("–".to_owned(), |hit| format!("`{}`", hit.name));
    let order =
        first(&|hit| hit.transaction_id.is_some() || hit.name == "order" || hit.name == "Purchase");
    let order = order.map_or("–".to_owned(), |hit| {
        let money = match (hit.revenue, hit.amount) {
            (Some(it), _) => {
                format!(" {}.{:02} {}", it.minor_units / 100, it.minor_units % 100, it.currency)
            }
            (None, Some(amount)) => format!(" {amount:.2}"),
            (None, None) => String::new(),
        };
        let items = match hit.items.len() {
            0 => String::new(),
            1 => ", 1 item".to_owned(),
            count => format!(", {count} items"),
        };
        format!("`{}`{money}{items}", hit.name)
    });
    let ticks: Vec<&Hit> = hits
        .iter()
        .filter(|hit| hit.name.eq_ignore_ascii_case("tick") || is_tick_page(hit))
        .collect();
    let ticks =
        ticks.first().map_or("–".to_owned(), |hit| format!("`{}` × {}", hit.name, ticks.len()));
    let old = first(&|hit| hit.at_us.is_some_and(|at_us| at_us < 1_780_000_000_000_000));
    let kind = |is: fn(&Kind) -> bool| name(first(&|hit| is(&hit.kind)));
    [
        name(first(&|hit| is_view_of(hit, "/pricing"))),
        name(first(&|hit| matches!(hit.name.as_str(), "view_item" | "Product Viewed"))),
        kind(|kind| *kind == Kind::Identify),
        kind(|kind| matches!(kind, Kind::Group { .. })),
        order,
        name(first(&|hit| is_view_of(hit, "/docs"))),
        kind(|kind| matches!(kind, Kind::Alias { .. })),
        name(old),
        ticks,
    ]
}

fn is_tick_page(hit: &Hit) -> bool {
    hit.page.as_ref().is_some_and(|page| page.pathname.starts_with("/tick/"))
}

#[test]
fn every_step_lands_as_the_documentation_says() {
    let Some(files) = captures() else { return };
    let mut table = String::from(
        "| client | 1 page | 2 product | 3 identify | 4 group | 5 order | 6 page | 7 alias | 8 backdated | 9 ticks |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for file in &files {
        writeln!(table, "| {} | {} |", client(file), steps(&hits(file)).join(" | ")).unwrap();
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocols.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(MARKS[0]).expect("the page marks its table");
    let (documented, after) = rest.split_once(MARKS[1]).expect("the page marks its table's end");
    if std::env::var_os("LUOTSI_UPDATE").is_some() {
        std::fs::write(&page, format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1])).unwrap();
    } else {
        assert_eq!(documented, table, "run with LUOTSI_UPDATE=1 and look at the difference");
    }
}

#[test]
fn one_order_is_the_same_money_through_every_client_that_can_say_it() {
    let Some(files) = captures() else { return };
    let mut said = BTreeMap::new();
    for file in &files {
        let mut orders = Orders::default();
        let mut cents = 0;
        for hit in hits(file) {
            let hit = hit.settled("EUR".parse().unwrap());
            let Some(revenue) = hit.revenue else { continue };
            if hit.may_repeat_order && orders.is_repeated(1, 7, revenue.minor_units, 0) {
                continue;
            }
            orders.note(1, 7, revenue.minor_units, 0);
            cents += revenue.minor_units;
        }
        said.insert(client(file), cents);
    }
    // These scripts name no amount of money: Plausible's sends none, Snowplow's sends a structured
    // event of its own words, and Matomo's browser script stops before the order.
    for client in ["plausible-tracker-old.browser", "snowplow-python", "matomo-tracker-js.browser"]
    {
        assert_eq!(said.remove(client), Some(0), "{client}");
    }
    // The same events in two batches, one of them sent twice.
    for (client, cents) in said {
        assert_eq!(cents, 12_980, "{client}");
    }
}

#[test]
fn the_order_keeps_its_items_and_its_number() {
    let Some(files) = captures() else { return };
    for file in &files {
        let order = hits(file).into_iter().find(|hit| hit.name == "purchase");
        let Some(order) = order else { continue };
        let client = client(file);
        assert_eq!(order.transaction_id.as_deref(), Some("ORD-1001"), "{client}");
        if let Some(item) = order.items.first() {
            assert_eq!(item.item_id.as_deref(), Some("SKU-1"), "{client}");
            assert_eq!((item.price, item.quantity), (Some(49.9), Some(2.0)), "{client}");
            assert!(item.item_name.as_deref().unwrap().starts_with("Café"), "{client}");
        }
    }
}

#[test]
fn every_client_gets_an_answer_that_it_takes_for_success() {
    let Some(files) = captures() else { return };
    for file in &files {
        for sent in requests(file) {
            let (status, body) = sent.reply().unwrap();
            assert!((200..300).contains(&status), "{} {status} {body}", sent.path);
        }
    }
}

/// What was read of the captures, whole, for whoever wants to look.
#[test]
fn captures_can_be_looked_at() {
    let (Some(files), Some(wanted)) = (captures(), std::env::var_os("LUOTSI_SHOW")) else { return };
    for file in files.iter().filter(|file| client(file).contains(&*wanted.to_string_lossy())) {
        for hit in hits(file) {
            eprintln!("{}", line(&hit));
        }
    }
}
