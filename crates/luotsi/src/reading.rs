//! `luotsi reading`: figures that are read off somewhere, and which of them are due.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::asking::{Asking, Common, bad, goal_name};
use crate::output::{self, figure, text};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum ReadingCommand {
    /// Write a reading down; another one of the same day takes its place
    #[command(after_help = "Examples:\n  luotsi reading add --series followers --value 10750\n  \
                      luotsi reading add --series keyword_position --dimension keyword=\"wool socks\" --value 4 \\\n    \
                      --day 2027-03-01")]
    Add(AddReading),
    /// List the readings of a series, the latest first
    List(ListReadings),
    /// List the figures that wait to be read again, with the goals that wait for them
    Due(DueReadings),
}

#[derive(Debug, Args)]
pub(crate) struct AddReading {
    /// What is read: followers, keyword_position, cost, or a name of your own
    #[arg(long)]
    series: String,
    /// The number
    #[arg(long, allow_negative_numbers = true)]
    value: f64,
    /// The day on which it was read, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    day: Option<String>,
    /// What it is of: keyword=wool socks; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    dimension: Vec<String>,
    /// How many readings the value is the mean of
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    weight: f64,
    /// Domain of the site that it belongs to, if to one alone
    #[arg(long, value_name = "DOMAIN")]
    site: Option<String>,
    /// The goal that it is meant for, by name or id: what it would not take is refused
    #[arg(long, value_name = "GOAL")]
    goal: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ListReadings {
    /// The series
    #[arg(long)]
    series: String,
    /// First day, YYYY-MM-DD [default: three months]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last day, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct DueReadings {
    /// Also those that are not due yet
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: ReadingCommand, settings: &Settings) -> Result<()> {
    match command {
        ReadingCommand::Add(args) => add(args, settings).await,
        ReadingCommand::List(args) => list(args, settings).await,
        ReadingCommand::Due(args) => due(args, settings).await,
    }
}

/// `keyword=wool socks`.
fn dimensions(given: &[String]) -> Result<BTreeMap<String, String>> {
    let read = |text: &String| match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err(bad(format!("--dimension `{text}`: it must be as keyword=wool socks"))),
    };
    given.iter().map(read).collect()
}

async fn add(args: AddReading, settings: &Settings) -> Result<()> {
    let dimensions = dimensions(&args.dimension)?;
    let asking = Asking::open(&args.common, settings).await?;
    let site_id = match &args.site {
        Some(domain) => Some(asking.site(domain).await?.id),
        None => None,
    };
    let goal = match &args.goal {
        Some(goal) => asking.goal(goal).await?,
        None => Value::Null,
    };
    let day = match args.day {
        Some(day) => day,
        None => asking.today(goal["site_id"].as_str().or(site_id.as_deref())).await?.to_string(),
    };
    let reading = json!({
        "series": args.series.trim(), "day": day, "value": args.value, "weight": args.weight,
        "dimensions": dimensions, "site_id": site_id,
    });
    let body = json!({"observations": [reading], "goal_id": goal["id"]});
    let kept = asking.post("observations", &body).await?;
    if args.common.json {
        output::json(&kept);
    } else {
        let replaced = if kept["replaced"] == 1 { ", in place of the one before" } else { "" };
        output::line(format_args!("{} on {day}: {}{replaced}", args.series.trim(), args.value));
    }
    Ok(())
}

/// `keyword: wool socks` of a reading's dimensions.
fn place(dimensions: &Value) -> String {
    let parts = dimensions.as_object().into_iter().flatten();
    parts.map(|(name, value)| format!("{name}: {}", text(value))).collect::<Vec<_>>().join(", ")
}

async fn list(args: ListReadings, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let asked = [
        ("series", Some(args.series.trim())),
        ("from", args.from.as_deref()),
        ("to", args.to.as_deref()),
    ];
    let found = asking.search("observations", &asked).await?;
    let items = found["items"].as_array().map_or(&[][..], Vec::as_slice);
    let head = ["Day", "Value", "Of", "Source", "By"];
    output::list(args.common.json, items, head, |one| {
        let [day, value, source, by] =
            ["day", "value", "source", "noted_by"].map(|part| figure(&one[part]));
        [day, value, place(&one["dimensions"]), source, by]
    });
    Ok(())
}

async fn due(args: DueReadings, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let mut items = Vec::new();
    // What goals wait for, at each of its places.
    for goal in asking.whole_goals(None).await? {
        let entry = &goal["observations"];
        for place in entry["places"].as_array().into_iter().flatten() {
            items.push(json!({
                "series": entry["series"], "dimensions": place["dimensions"],
                "goal_id": goal["id"], "goal": goal_name(&goal), "last": place["last"],
                "every_days": place["every_days"], "due": place["due"],
            }));
        }
    }
    // What people read without a goal.
    for series in asking.items("observations/series").await? {
        if series["due"].is_null() || items.iter().any(|one| one["series"] == series["series"]) {
            continue;
        }
        let (last, due) = (&series["last"][0], &series["due"]);
        items.push(json!({
            "series": series["series"], "dimensions": last["dimensions"], "goal_id": null, "goal": null,
            "last": {"day": last["day"], "value": last["value"]}, "every_days": due["every_days"],
            "due": due["late_days"].as_i64().is_some_and(|days| days >= 0),
        }));
    }
    items.retain(|one| args.all || one["due"] == true);
    let head = ["Series", "Of", "Last", "Value", "Every", "Due", "Goal"];
    output::list(args.common.json, &items, head, |one| {
        [
            text(&one["series"]),
            place(&one["dimensions"]),
            text(&one["last"]["day"]),
            figure(&one["last"]["value"]),
            format!("{} days", text(&one["every_days"])),
            if one["due"] == true { "yes" } else { "no" }.to_owned(),
            text(&one["goal"]),
        ]
    });
    Ok(())
}
