//! What the sample shop looks at: metrics of its own, figures that people note, and a board of every kind of tile.

use anyhow::Result;
use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};
use luotsi_store::Store;
use luotsi_store::board::BoardFields;
use luotsi_store::metric::{MetricFields, NewVersion};
use luotsi_store::observation::NewObservation;
use luotsi_store::site::Site;
use serde_json::{Value, json};

use super::sample;

/// A metric of the shop's own.
struct Own {
    key: &'static str,
    name: &'static str,
    description: &'static str,
    better: &'static str,
    unit: &'static str,
    /// The oldest first, with the days for which each has held, and why it was changed.
    formulas: Vec<(i32, Value, &'static str)>,
}

/// Makes metrics, readings and the board. Goals are there already.
pub(super) async fn set_up(store: &Store, site: &Site, now: &Zoned) -> Result<()> {
    let owner = store.user_by_email(sample::EMAIL).await?.map(|user| user.id);
    let at = now.timestamp();
    for own in own() {
        let currency = (own.unit == "money").then(|| site.currency.clone());
        let fields = MetricFields {
            name: own.name.to_owned(),
            description: own.description.to_owned(),
            owner_id: owner.clone(),
            better: own.better.to_owned(),
            unit: own.unit.to_owned(),
            currency,
        };
        let versions: Vec<NewVersion> = (1..)
            .zip(own.formulas)
            .map(|(number, (ago, formula, note))| NewVersion {
                number,
                valid_from: now.date().saturating_sub(ago.days()),
                formula,
                note: note.to_owned(),
                author: sample::EMAIL.to_owned(),
            })
            .collect();
        let [first, later @ ..] = versions.as_slice() else { continue };
        store.create_metric(&site.workspace_id, own.key, &fields, first, at).await?;
        for version in later {
            store.save_metric(&site.workspace_id, own.key, &fields, Some(version), at).await?;
        }
    }
    let source = ("manual", sample::EMAIL);
    store.observe(&site.workspace_id, &readings(site, now.date()), source, at).await?;
    let goals = store.goals(&site.workspace_id).await?;
    let goal = goals.iter().find(|goal| goal.fields.name == "Visits from paid search");
    let board = BoardFields {
        name: "Monday meeting".to_owned(),
        description: "What the week brought, on one screen.".to_owned(),
        period: "28d".to_owned(),
        compare: "previous_period".to_owned(),
        tiles: tiles(&site.id, goal.map(|goal| goal.id.as_str())),
    };
    store.create_board(&site.workspace_id, board, at).await?;
    Ok(())
}

fn own() -> Vec<Own> {
    let orders = json!({"events": "purchase", "function": "count", "filters": []});
    let visits = json!({"events": "*", "function": "distinct", "value": "visit", "filters": []});
    let ratio = |above: &Value, below: &Value| {
        json!({
            "kind": "ratio", "numerator": above, "denominator": below, "scale": 100.0, "complement": false,
        })
    };
    vec![
        Own {
            key: "orders_per_visit",
            name: "Orders per visit",
            description: "Of a hundred visits, how many orders.",
            better: "more",
            unit: "share",
            formulas: vec![
                (
                    200,
                    json!({
                        "kind": "sql", "filters": [],
                        "expression": "100 * count(*) filter (where name = 'purchase') / count(distinct visitor)",
                    }),
                    "",
                ),
                (60, ratio(&orders, &visits), "Of visits, not of visitors: people come back"),
            ],
        },
        Own {
            key: "checkout_to_order",
            name: "From checkout to order",
            description: "Of the visits that came to the checkout, the share that paid.",
            better: "more",
            unit: "share",
            formulas: vec![(
                200,
                json!({
                    "kind": "funnel", "step": 3, "filters": [],
                    "steps": [{"event": "add_to_cart"}, {"page": "/checkout"}, {"event": "purchase"}],
                }),
                "",
            )],
        },
        Own {
            key: "median_order",
            name: "Median order",
            description: "The order in the middle: a few large ones do not move it.",
            better: "more",
            unit: "money",
            formulas: vec![(
                200,
                json!({
                    "kind": "aggregate", "events": "purchase", "function": "median", "value": "revenue",
                    "filters": [],
                }),
                "",
            )],
        },
    ]
}

/// Weekly positions of two keywords, and what advertising cost each week, as a person notes them.
fn readings(site: &Site, today: Date) -> Vec<NewObservation> {
    let mut readings = Vec::new();
    for week in 0..16_i32 {
        let day = today.saturating_sub((7 * week + 3).days());
        let mut note = |series: &str, dimension: (&str, &str), value: f64| {
            let (name, of) = dimension;
            readings.push(NewObservation {
                series: series.to_owned(),
                dimensions: [(name.to_owned(), of.to_owned())].into(),
                day,
                value,
                weight: 1.0,
                site_id: Some(site.id.clone()),
            });
        };
        let weeks = f64::from(week);
        note("keyword_position", ("keyword", "hiking boots"), 6.0 + (weeks * 0.8).round());
        note("keyword_position", ("keyword", "wool socks"), 11.0 + f64::from(week % 4));
        note("cost", ("network", "Google Ads"), 310.0 + f64::from((week * 37) % 60));
    }
    readings
}

/// A tile of every kind.
fn tiles(site: &str, goal: Option<&str>) -> Value {
    let mut tiles = vec![
        json!({
            "id": "hello", "kind": "note", "title": "", "width": 12, "height": 2,
            "text": "# Monday, 9:30\n**One question:** why did paid search fall? See the pace below, then *channels*.",
        }),
        json!({
            "id": "revenue", "kind": "number", "title": "", "width": 3, "height": 2, "site_id": site,
            "metric": "total_revenue", "filters": [["is", "event:goal", ["Purchase"]]],
        }),
        json!({
            "id": "rate", "kind": "number", "title": "", "width": 3, "height": 2, "site_id": site,
            "metric": "orders_per_visit",
        }),
        json!({
            "id": "order", "kind": "number", "title": "", "width": 3, "height": 2, "site_id": site,
            "metric": "median_order",
        }),
        json!({
            "id": "followers", "kind": "number", "title": "", "width": 3, "height": 2, "site_id": site,
            "metric": "followers",
        }),
        json!({
            "id": "visits", "kind": "trend", "title": "", "width": 6, "height": 4, "site_id": site,
            "metric": "visits",
        }),
        json!({
            "id": "channels", "kind": "breakdown", "title": "", "width": 4, "height": 5, "site_id": site,
            "metric": "visitors", "dimension": "visit:channel", "rows": 7,
        }),
        json!({
            "id": "campaigns", "kind": "table", "title": "Campaigns", "width": 8, "height": 5, "site_id": site,
            "metrics": ["visitors", "visits", "bounce_rate"], "dimension": "visit:utm_campaign", "rows": 7,
        }),
        json!({
            "id": "buying", "kind": "funnel", "title": "From cart to order", "width": 6, "height": 4,
            "site_id": site, "window_days": 7,
            "steps": [
                {"name": "", "conversion": "Add to cart"},
                {"name": "", "conversion": "Visit /checkout"},
                {"name": "", "conversion": "Purchase"},
            ],
        }),
        json!({
            "id": "keywords", "kind": "trend", "title": "", "width": 6, "height": 4, "site_id": site,
            "metric": "keyword_position",
        }),
    ];
    if let Some(goal) = goal {
        let pace = json!({
            "id": "pace", "kind": "pace", "title": "", "width": 6, "height": 4, "goal_id": goal,
        });
        tiles.insert(6, pace);
    }
    Value::Array(tiles)
}
