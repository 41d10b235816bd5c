//! Queries on synthetic traffic, for `cargo xtask bench query`.
//!
//! `query_bench generate DIR EVENTS DAYS` writes a lake; `query_bench run DIR FROM TO REPEATS` reads
//! queries from standard input, a JSON list of `{name, body}`, and prints for each a line of JSON with
//! its name, mean CPU and wall time in milliseconds, and its rows. The seed is fixed.

#![expect(clippy::print_stdout, reason = "a measurement")]

use std::error::Error;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use luotsi_lake::import::Importer;
use luotsi_lake::lake::{Lake, LakeSettings};
use luotsi_lake::query::{QueryRuntime, run};
use luotsi_marketing::conversion::Trigger;
use luotsi_marketing::event::{Acquisition, Client, ENGAGEMENT, Event, PAGEVIEW, Place, Revenue};
use luotsi_marketing::query::{Context, Conversion, DAY_US, Query};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// 2026-08-05T00:00:00Z, the end of the traffic.
const END_US: i64 = 1_785_888_000_000_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate", dir, events, days] => {
            generate(Path::new(dir), events.parse()?, days.parse()?).await
        }
        ["run", dir, from, to, repeats] => {
            measure(Path::new(dir), from, to, repeats.parse()?).await
        }
        _ => Err("query_bench generate DIR EVENTS DAYS | run DIR FROM TO REPEATS".into()),
    }
}

/// Values and how they are drawn.
struct World {
    random: SmallRng,
    acquisitions: Vec<Arc<Acquisition>>,
    clients: Vec<Arc<Client>>,
    places: Vec<Arc<Place>>,
    pages: Vec<String>,
    returning: i64,
    next_event: i64,
}

impl World {
    fn new(events: u64) -> Self {
        Self {
            random: SmallRng::seed_from_u64(20_260_805),
            acquisitions: acquisitions(),
            clients: clients(),
            places: places(),
            pages: (0..3_000).map(page).collect(),
            returning: (events / 20).max(100).cast_signed(),
            next_event: 0,
        }
    }

    /// An index below `count`, small ones much more often (about 1 ÷ rank).
    fn ranked(&mut self, count: usize) -> usize {
        let drawn = (count as f64).powf(self.random.random::<f64>());
        (drawn as usize - 1).min(count - 1)
    }

    fn visitor(&mut self) -> i64 {
        // A third come again and again, the others have an id of the day.
        if self.random.random_bool(0.33) {
            let number = self.random.random_range(0..self.returning);
            number.wrapping_mul(0x5851_F42D_4C95_7F2D) ^ 0x0123_4567_89AB_CDEF
        } else {
            self.random.random()
        }
    }

    fn visits(&mut self, day_us: i64, into: &mut Vec<Event>) {
        let visitor_id = self.visitor();
        let mut at_us = day_us + self.random.random_range(0..DAY_US);
        let pick = self.ranked(self.acquisitions.len());
        let acquisition = Arc::clone(&self.acquisitions[pick]);
        let pick = self.ranked(self.clients.len());
        let client = Arc::clone(&self.clients[pick]);
        let pick = self.ranked(self.places.len());
        let place = Arc::clone(&self.places[pick]);
        loop {
            let page = self.ranked(self.pages.len());
            let mut event = self.event(visitor_id, at_us, page, &acquisition, &client, &place);
            into.push(event.clone());
            let stay_us = self.random.random_range(2..180) * 1_000_000;
            if self.random.random_bool(0.2) {
                self.name(&mut event, ENGAGEMENT, at_us + stay_us - 1_000_000);
                event.interactive = false;
                event.scroll_depth = Some(self.random.random_range(5..=100));
                event.engagement_ms = Some((stay_us / 1_000) as u32);
                into.push(event.clone());
                event.scroll_depth = None;
                event.engagement_ms = None;
                event.interactive = true;
            }
            if self.random.random_bool(0.06) {
                let sale = self.random.random_bool(0.2);
                self.name(
                    &mut event,
                    if sale { "purchase" } else { "add_to_cart" },
                    at_us + stay_us / 2,
                );
                event.revenue = "EUR".parse().ok().filter(|_| sale).map(|currency| Revenue {
                    minor_units: self.random.random_range(500..20_000),
                    currency,
                });
                into.push(event);
            }
            at_us += stay_us;
            if self.random.random_bool(0.5) {
                break;
            }
        }
    }

    fn name(&mut self, event: &mut Event, name: &str, at_us: i64) {
        self.next_event += 1;
        event.event_id = self.next_event.wrapping_mul(0x5851_F42D_4C95_7F2D);
        event.at_us = at_us;
        name.clone_into(&mut event.name);
    }

    fn event(
        &mut self,
        visitor_id: i64,
        at_us: i64,
        page: usize,
        acquisition: &Arc<Acquisition>,
        client: &Arc<Client>,
        place: &Arc<Place>,
    ) -> Event {
        self.next_event += 1;
        Event {
            site_number: 1,
            visitor_id,
            previous_visitor_id: None,
            named_id: None,
            earlier_visitor_id: None,
            event_id: self.next_event.wrapping_mul(0x5851_F42D_4C95_7F2D),
            at_us,
            name: PAGEVIEW.to_owned(),
            hostname: "shop.example".to_owned(),
            pathname: self.pages[page].clone(),
            props: Vec::new(),
            revenue: None,
            transaction_id: None,
            interactive: true,
            scroll_depth: None,
            engagement_ms: None,
            acquisition: Arc::clone(acquisition),
            client: Arc::clone(client),
            place: Arc::clone(place),
            bot_reason: None,
            person_id: None,
            items: None,
            protocol: None,
            title: None,
        }
    }
}

fn page(number: usize) -> String {
    match number {
        0 => "/".to_owned(),
        1 => "/pricing".to_owned(),
        2 => "/thanks".to_owned(),
        number if number % 3 == 0 => format!("/blog/{number}-what-we-learned"),
        number => format!("/product/{number}"),
    }
}

fn acquisitions() -> Vec<Arc<Acquisition>> {
    let mut all = Vec::new();
    let known = [
        (None, "Direct"),
        (Some("Google"), "Organic Search"),
        (Some("Facebook"), "Organic Social"),
        (Some("Bing"), "Organic Search"),
        (Some("Instagram"), "Organic Social"),
        (Some("YouTube"), "Organic Video"),
    ];
    for (source, channel) in known {
        all.push(Acquisition {
            source: source.map(str::to_owned),
            referrer: source.map(|source| format!("{}.com", source.to_lowercase())),
            channel: channel.to_owned(),
            ..Acquisition::default()
        });
    }
    for number in 0..40 {
        let (medium, channel) =
            [("cpc", "Paid Search"), ("email", "Email"), ("paid_social", "Paid Social")]
                [number % 3];
        let source = ["google", "newsletter", "facebook"][number % 3];
        all.push(Acquisition {
            source: Some(source.to_owned()),
            channel: channel.to_owned(),
            utm_source: Some(source.to_owned()),
            utm_medium: Some(medium.to_owned()),
            utm_campaign: Some(format!("campaign {number}")),
            ..Acquisition::default()
        });
    }
    for number in 0..200 {
        let host = format!("site{number}.example.org");
        all.push(Acquisition {
            source: Some(host.clone()),
            referrer: Some(host),
            channel: "Referral".to_owned(),
            ..Acquisition::default()
        });
    }
    all.into_iter().map(Arc::new).collect()
}

fn clients() -> Vec<Arc<Client>> {
    let mut all = Vec::new();
    let browsers = [
        ("Mobile", "Chrome", "Android"),
        ("Desktop", "Chrome", "Windows"),
        ("Mobile", "Safari", "iOS"),
        ("Desktop", "Safari", "macOS"),
        ("Desktop", "Firefox", "Linux"),
        ("Desktop", "Edge", "Windows"),
        ("Tablet", "Safari", "iPadOS"),
    ];
    for version in 0..12 {
        for (device, browser, os) in browsers {
            all.push(Arc::new(Client {
                device: Some(device.to_owned()),
                browser: Some(browser.to_owned()),
                browser_version: Some(format!("{}.0", 140 - version)),
                os: Some(os.to_owned()),
                os_version: Some(format!("{}", 18 - version % 5)),
            }));
        }
    }
    all
}

fn places() -> Vec<Arc<Place>> {
    let codes =
        "US FI DE GB SE FR NL IR IN BR CA ES IT PL NO DK EE JP AU CH AT BE CZ PT GR TR MX ZA KR SG";
    let place = |(number, code): (usize, &str)| {
        Arc::new(Place {
            country: Some(code.to_owned()),
            region: Some(format!("{code}-{number:02}")),
            city: Some(format!("City {number}")),
        })
    };
    codes.split(' ').enumerate().map(place).collect()
}

async fn generate(dir: &Path, events: u64, days: i64) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let mut world = World::new(events);
    let mut importer = Importer::begin(&LakeSettings::new(dir)).await?;
    let mut done = 0;
    for day in 0..days {
        let until = events * (day + 1).unsigned_abs() / days.unsigned_abs();
        let day_us = END_US - (days - day) * DAY_US;
        while done < until {
            let mut some = Vec::with_capacity(20_100);
            while some.len() < 20_000 && done + (some.len() as u64) < until {
                world.visits(day_us, &mut some);
            }
            // What would reach beyond the end is left out, so that the range holds everything.
            some.retain(|event| event.at_us < END_US);
            done += some.len() as u64;
            importer.add(some).await?;
        }
    }
    let report = importer.finish(END_US, |_| ()).await?;
    println!("{} events in {:.1} s", report.accepted, began.elapsed().as_secs_f64());
    Ok(())
}

fn context() -> Result<Context, Box<dyn Error>> {
    let conversion = |trigger: Trigger, currency: Option<&str>| Conversion {
        display_name: trigger.display_name(),
        trigger,
        currency: currency.and_then(|code| code.parse().ok()),
    };
    Ok(Context {
        now: jiff::Timestamp::from_microsecond(END_US)?,
        time_zone: jiff::tz::TimeZone::UTC,
        first_event: None,
        currency: "EUR".parse()?,
        conversions: vec![
            conversion(Trigger::event("purchase")?, Some("EUR")),
            conversion(Trigger::page("/product/*")?, None),
            conversion(Trigger::page("/thanks")?, None),
        ],
    })
}

/// CPU time of all threads so far, seconds.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let field = |at: usize| {
        after_name.split(' ').nth(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default()
    };
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    (field(11) + field(12)) / 100.0
}

async fn measure(dir: &Path, from: &str, to: &str, repeats: u32) -> Result<(), Box<dyn Error>> {
    let lake = Lake::open(LakeSettings::new(dir), END_US).await?;
    lake.compact(END_US).await?;
    let runtime = QueryRuntime::new(1 << 30)?;
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let queries: Vec<Value> = serde_json::from_str(&input)?;
    let context = context()?;
    for query in &queries {
        let mut body = query["body"].clone();
        body["site_id"] = json!("shop.example");
        body["date_range"] = json!([from, to]);
        let query_read = Query::parse(&body, &context)?;
        let warm = run(&lake.snapshot(), &runtime, 1, &query_read).await?;
        let (began, cpu) = (Instant::now(), cpu_seconds());
        for _ in 0..repeats {
            run(&lake.snapshot(), &runtime, 1, &query_read).await?;
        }
        let repeats = f64::from(repeats);
        let first = warm.rows.first().map(|row| {
            let shown = query_read.metrics.iter().zip(&row.metrics);
            let numbers: Vec<Option<f64>> =
                shown.map(|(metric, value)| value.shown(*metric).number()).collect();
            json!([row.dimensions, numbers])
        });
        let line = json!({
            "name": query["name"],
            "cpu_ms": (cpu_seconds() - cpu) * 1e3 / repeats,
            "wall_ms": began.elapsed().as_secs_f64() * 1e3 / repeats,
            "rows": warm.total_rows,
            "first": first,
        });
        println!("{line}");
    }
    Ok(())
}
