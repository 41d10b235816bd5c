//! `luotsi metric`: the dictionary of metrics, and their figures.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::asking::{Asking, Common, bad, filters};
use crate::output::{self, figure, text};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum MetricCommand {
    /// List the metrics of the dictionary: the workspace's own, then the ready ones
    List(ListMetrics),
    /// Show one metric: what it means, its versions, and with --site its figures
    #[command(
        after_help = "Example:\n  luotsi metric show bounce_rate --site shop.example --from 2027-01-01 --to 2027-01-31"
    )]
    Show(ShowMetric),
}

#[derive(Debug, Args)]
pub(crate) struct ListMetrics {
    /// Only the workspace's own
    #[arg(long)]
    own: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ShowMetric {
    key: String,
    /// Domain of the site whose figures are shown
    #[arg(long, value_name = "DOMAIN")]
    site: Option<String>,
    /// First day, YYYY-MM-DD [default: 28 days]
    #[arg(long, value_name = "DATE", requires = "site")]
    from: Option<String>,
    /// Last day, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE", requires = "site")]
    to: Option<String>,
    /// A filter of the query API, as JSON; may be repeated
    #[arg(long, value_name = "JSON", requires = "site")]
    filter: Vec<String>,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: MetricCommand, settings: &Settings) -> Result<()> {
    match command {
        MetricCommand::List(args) => list(args, settings).await,
        MetricCommand::Show(args) => show(args, settings).await,
    }
}

/// What figures are counted in.
fn unit(metric: &Value) -> String {
    let unit = &metric["unit"];
    match unit["currency"].as_str() {
        Some(currency) => currency.to_owned(),
        None => text(&unit["kind"]),
    }
}

async fn list(args: ListMetrics, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let mut items = asking.items("metrics").await?;
    items.retain(|one| !args.own || one["ready"] == false);
    let head = ["Key", "Name", "Unit", "Better", "Of"];
    output::list(args.common.json, &items, head, |one| {
        let of = if one["observed"] == true { "readings" } else { "events" };
        [text(&one["key"]), text(&one["name"]), unit(one), text(&one["better"]), of.to_owned()]
    });
    Ok(())
}

async fn show(args: ShowMetric, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let all = asking.items("metrics").await?;
    let key = args.key.trim();
    let Some(mut metric) = all.into_iter().find(|one| one["key"] == key) else {
        return Err(bad(format!("KEY `{key}`: there is none; `luotsi metric list` shows them")));
    };
    if let Some(domain) = &args.site {
        let site = asking.site(domain).await?;
        let filters = Value::Array(filters(&args.filter)?).to_string();
        let asked = [
            ("site_id", Some(site.id.as_str())),
            ("from", args.from.as_deref()),
            ("to", args.to.as_deref()),
            ("filters", Some(filters.as_str())),
        ];
        let path = format!("metrics/{}/values", text(&metric["key"]));
        metric["values"] = asking.search(&path, &asked).await?;
    }
    if args.common.json {
        output::json(&metric);
    } else {
        print(&metric);
    }
    Ok(())
}

fn print(metric: &Value) {
    let [key, name, better] = ["key", "name", "better"].map(|part| text(&metric[part]));
    output::line(format_args!("{key}  {name} ({}, {better} is better)", unit(metric)));
    if let Some(description) = metric["description"].as_str().filter(|text| !text.is_empty()) {
        output::line(description);
    }
    output::line(format_args!("Formula: {}", metric["formula"]));
    for version in metric["versions"].as_array().into_iter().flatten() {
        let [number, from, note] =
            ["number", "valid_from", "note"].map(|part| text(&version[part]));
        output::line(format_args!("Version {number} from {from}  {note}"));
    }
    for user in metric["used_by"].as_array().into_iter().flatten() {
        output::line(format_args!("Used by the {} {}", text(&user["kind"]), text(&user["name"])));
    }
    let values = &metric["values"];
    let Some(days) = values["days"].as_array() else { return };
    let mut rows = vec![["Day", "Value"].map(str::to_owned)];
    rows.extend(days.iter().map(|day| [text(&day["date"]), figure(&day["value"])]));
    rows.push(["All".to_owned(), figure(&values["value"])]);
    output::table(&rows);
}
