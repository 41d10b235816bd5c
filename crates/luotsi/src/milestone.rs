//! `luotsi milestone`: milestones of goals.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::asking::{Asking, Common, segment};
use crate::output::{self, figure, text};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum MilestoneCommand {
    /// List milestones with how they stand
    List(ListMilestones),
    /// Add a milestone to a goal
    #[command(
        after_help = "Example:\n  luotsi milestone add --goal \"More orders\" --name \"Half way\" --date 2027-03-31 --value 500"
    )]
    Add(AddMilestone),
    /// Mark a milestone as met
    Met(MetMilestone),
}

#[derive(Debug, Args)]
pub(crate) struct ListMilestones {
    /// Only of this goal, by name or id
    #[arg(long, value_name = "GOAL")]
    goal: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct AddMilestone {
    /// The goal, by name or id
    #[arg(long, value_name = "GOAL")]
    goal: String,
    /// What is there by then
    #[arg(long)]
    name: String,
    /// Last day that counts, YYYY-MM-DD
    #[arg(long)]
    date: String,
    /// What the goal's number should be by then; without it, it is met when someone says so
    #[arg(long, allow_negative_numbers = true)]
    value: Option<f64>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct MetMilestone {
    id: String,
    /// The day on which it was met, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: MilestoneCommand, settings: &Settings) -> Result<()> {
    match command {
        MilestoneCommand::List(args) => list(args, settings).await,
        MilestoneCommand::Add(args) => add(args, settings).await,
        MilestoneCommand::Met(args) => met(args, settings).await,
    }
}

fn print(as_json: bool, one: &Value) {
    if as_json {
        output::json(one);
    } else {
        let [name, date, state] = ["name", "date", "state"].map(|part| text(&one[part]));
        output::line(format_args!("{}  {name}, {date}: {state}", text(&one["id"])));
    }
}

async fn list(args: ListMilestones, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let items = asking.of_goals(args.goal.as_deref(), "milestones").await?;
    let head = ["Id", "Goal", "Name", "Date", "Value", "State"];
    output::list(args.common.json, &items, head, |one| {
        ["id", "goal", "name", "date", "value", "state"].map(|part| figure(&one[part]))
    });
    Ok(())
}

async fn add(args: AddMilestone, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let goal = asking.goal(&args.goal).await?;
    let new = json!({"name": args.name, "date": args.date, "value": args.value});
    let path = format!("goals/{}/milestones", text(&goal["id"]));
    let goal = asking.post(&path, &new).await?;
    // Ids sort by time.
    let made = goal["milestones"].as_array().into_iter().flatten();
    let newest = made.max_by_key(|one| one["id"].as_str().map(str::to_owned));
    print(args.common.json, newest.unwrap_or(&Value::Null));
    Ok(())
}

async fn met(args: MetMilestone, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let found = asking.part("milestones", &args.id, "luotsi milestone list").await?;
    let goal_id = text(&found["goal_id"]);
    let on = match args.on {
        Some(day) => day,
        None => asking.today_of_goal(&goal_id).await?.to_string(),
    };
    let path = format!("goals/{goal_id}/milestones/{}", segment(&text(&found["id"])));
    let goal = asking.patch(&path, &json!({"met_on": on})).await?;
    let all = goal["milestones"].as_array().into_iter().flatten();
    let changed = all.clone().find(|one| one["id"] == found["id"]);
    print(args.common.json, changed.unwrap_or(&Value::Null));
    Ok(())
}
