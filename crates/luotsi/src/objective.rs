//! `luotsi objective`: objectives and KPIs, the tree on which goals hang.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::asking::{Asking, Common, filters, one_of};
use crate::output::{self, text};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum ObjectiveCommand {
    /// List objectives and KPIs with how they stand
    List(ListObjectives),
    /// Add an objective or a KPI
    #[command(
        after_help = "Examples:\n  luotsi objective add --name \"Grow in Finland\" --outcome-metric revenue\n  \
                      luotsi objective add --kind kpi --name Visits --parent \"Grow in Finland\" --metric visits \\\n    \
                      --filter '[\"is\",\"visit:country\",[\"FI\"]]'"
    )]
    Add(AddObjective),
}

#[derive(Debug, Args)]
pub(crate) struct ListObjectives {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct AddObjective {
    /// What it is: objective or kpi
    #[arg(long, default_value = "objective")]
    kind: String,
    /// What it is called
    #[arg(long)]
    name: String,
    /// What it means
    #[arg(long, default_value = "")]
    description: String,
    /// The objective that it hangs on, by name or id; a KPI needs one
    #[arg(long, value_name = "OBJECTIVE")]
    parent: Option<String>,
    /// How much it counts among its siblings, above 0
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    weight: f64,
    /// What a KPI measures: a metric of the dictionary
    #[arg(long)]
    metric: Option<String>,
    /// A filter of the query API, as JSON; may be repeated
    #[arg(long, value_name = "JSON")]
    filter: Vec<String>,
    /// The metric that shows that an objective was worth it
    #[arg(long, value_name = "METRIC")]
    outcome_metric: Option<String>,
    /// E-mail address of the member who owns it
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: ObjectiveCommand, settings: &Settings) -> Result<()> {
    match command {
        ObjectiveCommand::List(args) => list(args, settings).await,
        ObjectiveCommand::Add(args) => add(args, settings).await,
    }
}

async fn list(args: ListObjectives, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let all = asking.items("objectives").await?;
    let mut tree = Vec::with_capacity(all.len());
    below(&all, &Value::Null, 0, &mut tree);
    let items: Vec<Value> = tree.iter().map(|(one, _)| (*one).clone()).collect();
    let depth = |one: &Value| tree.iter().find(|(other, _)| other["id"] == one["id"]);
    let head = ["Id", "Name", "Kind", "Health", "Why"];
    output::list(args.common.json, &items, head, |one| {
        let indent = "  ".repeat(depth(one).map_or(0, |(_, depth)| *depth));
        let standing = &one["standing"];
        [
            text(&one["id"]),
            format!("{indent}{}", text(&one["name"])),
            text(&one["kind"]),
            text(&standing["health"]),
            text(&standing["reason"]),
        ]
    });
    Ok(())
}

/// The nodes below a parent, each before its own, with their depth.
fn below<'a>(all: &'a [Value], parent: &Value, depth: usize, tree: &mut Vec<(&'a Value, usize)>) {
    for one in all.iter().filter(|one| one["parent_id"] == *parent) {
        tree.push((one, depth));
        below(all, &one["id"], depth + 1, tree);
    }
}

async fn add(args: AddObjective, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let parent_id = match &args.parent {
        None => Value::Null,
        Some(parent) => {
            let all = asking.items("objectives").await?;
            one_of(all, "--parent", parent, "luotsi objective list")?["id"].take()
        }
    };
    let owner_id = asking.member("--owner", args.owner.as_deref()).await?;
    let new = json!({
        "kind": args.kind, "name": args.name, "description": args.description,
        "parent_id": parent_id, "weight": args.weight, "metric": args.metric,
        "filters": filters(&args.filter)?, "outcome_metric": args.outcome_metric,
        "owner_id": owner_id,
    });
    let made = asking.post("objectives", &new).await?;
    if args.common.json {
        output::json(&made);
    } else {
        output::line(format_args!("{}  {}", text(&made["id"]), text(&made["name"])));
    }
    Ok(())
}
