//! The small shop in a lake and a store of its own.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use luotsi_goals::measure::{Events, Measuring, SiteContext};
use luotsi_lake::lake::{Lake, LakeSettings};
use luotsi_lake::query::QueryRuntime;
use luotsi_marketing::conversion::Trigger;
use luotsi_marketing::event::{Acquisition, BotReason, Client, Event, Place, Revenue};
use luotsi_marketing::site::BusinessType;
use luotsi_store::Store;
use luotsi_store::conversion::NewConversion;
use luotsi_store::site::{Site, SiteSettings};
use luotsi_store::user::NewUser;
use serde_json::Value;
use tempfile::TempDir;

/// A shop whose figures are known.
pub(crate) struct Shop {
    lake: Arc<Lake>,
    queries: QueryRuntime,
    pub(crate) store: Store,
    pub(crate) workspace: String,
    pub(crate) site: Site,
    _folder: TempDir,
}

/// Noon of the day after the shop's two days.
pub(crate) fn now() -> Timestamp {
    "2026-03-04T10:00:00Z".parse().expect("a moment")
}

impl Shop {
    pub(crate) async fn open() -> Shop {
        Shop::with(events()).await
    }

    /// A shop with other events, on the same site.
    pub(crate) async fn with(events: Vec<Event>) -> Shop {
        Shop::within(events, 64 << 20).await
    }

    /// As `with`; all queries together take at most so many bytes.
    pub(crate) async fn within(events: Vec<Event>, memory: usize) -> Shop {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open_file(&folder.path().join("state.db"), now()).await.expect("a store");
        let owner =
            NewUser { email: "aino@shop.example", name: "Aino", locale: "fi", password_hash: "x" };
        let (_, workspace) =
            store.create_owner(&owner, "Shop", false, now()).await.expect("an owner");
        let settings = SiteSettings {
            domain: "shop.example".into(),
            name: "Shop".into(),
            time_zone: "Europe/Helsinki".into(),
            currency: "EUR".into(),
            business_type: BusinessType::WebShop,
            retention_days: None,
        };
        let site = store.create_site(&workspace.id, settings, now()).await.expect("a site");
        let purchase = NewConversion {
            display_name: "Orders".into(),
            trigger: Trigger::event("purchase").expect("a name"),
            revenue: true,
            currency: Some("EUR".into()),
        };
        store.create_conversion(&workspace.id, &site.id, purchase, now()).await.expect("kept");
        let lake =
            Lake::open(LakeSettings::new(folder.path().join("lake")), now().as_microsecond())
                .await
                .expect("a lake");
        lake.append(events).await.expect("kept");
        let queries = QueryRuntime::new(memory).expect("threads");
        Shop { lake, queries, store, workspace: workspace.id, site, _folder: folder }
    }

    /// Events that come later.
    pub(crate) async fn append(&self, events: Vec<Event>) {
        self.lake.append(events).await.expect("kept");
    }

    /// Passes over the events that queries took so far.
    pub(crate) fn passes(&self) -> u64 {
        self.queries.passes()
    }

    pub(crate) fn measuring(&self) -> Measuring<'_> {
        self.measuring_at(now())
    }

    pub(crate) fn measuring_at(&self, now: Timestamp) -> Measuring<'_> {
        Measuring {
            lake: Events::Lake(&self.lake),
            queries: &self.queries,
            store: &self.store,
            now,
        }
    }

    pub(crate) async fn context(&self) -> Arc<SiteContext> {
        self.measuring().site(&self.site).await.expect("a site")
    }
}

fn events() -> Vec<Event> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/small_shop/events.jsonl");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line of the fixture"));
    lines.enumerate().map(|(id, line)| event(id, &line)).collect()
}

pub(crate) fn event(id: usize, line: &Value) -> Event {
    let text = |name: &str| line[name].as_str().map(str::to_owned);
    let props = line["props"].as_object().into_iter().flatten();
    Event {
        site_number: line["site"].as_i64().map_or(1, |site| site as i32),
        visitor_id: line["visitor"].as_i64().expect("a visitor"),
        previous_visitor_id: None,
        named_id: None,
        earlier_visitor_id: None,
        event_id: id as i64,
        at_us: text("at").expect("a moment").parse::<Timestamp>().expect("one").as_microsecond(),
        name: text("name").unwrap_or_else(|| "pageview".to_owned()),
        hostname: "shop.example".into(),
        pathname: text("page").expect("a page"),
        props: props
            .map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned()))
            .collect(),
        revenue: line["revenue"].as_i64().map(|minor_units| Revenue {
            minor_units,
            currency: text("currency").expect("one").parse().expect("a currency"),
        }),
        transaction_id: text("order"),
        interactive: line["interactive"].as_bool().unwrap_or(true),
        scroll_depth: line["scroll"].as_u64().map(|depth| depth as u8),
        engagement_ms: line["engaged_ms"].as_u64().map(|time| time as u32),
        acquisition: Arc::new(Acquisition {
            source: text("source"),
            channel: text("channel").expect("a channel"),
            utm_campaign: text("campaign"),
            ..Acquisition::default()
        }),
        client: Arc::new(Client { device: text("device"), ..Client::default() }),
        place: Arc::new(Place { country: text("country"), ..Place::default() }),
        bot_reason: line["bot"].as_str().map(|_| BotReason::UserAgent),
        person_id: None,
        items: None,
        protocol: None,
        title: None,
    }
}
