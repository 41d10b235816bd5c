//! `luotsi work`: campaigns, experiments, content, posts and tasks that are done for goals.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::asking::{Asking, Common};
use crate::output::{self, text};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum WorkCommand {
    /// List work on goals
    List(ListWork),
    /// Add work to a goal
    #[command(
        after_help = "Example:\n  luotsi work add --goal \"More orders\" --kind campaign --name \"Spring sale\" \\\n    \
                      --start 2027-03-01 --end 2027-03-14"
    )]
    Add(AddWork),
    /// Say that work is done
    Done(DoneWork),
}

#[derive(Debug, Args)]
pub(crate) struct ListWork {
    /// Only of this goal, by name or id
    #[arg(long, value_name = "GOAL")]
    goal: Option<String>,
    /// Only what is not done
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct AddWork {
    /// The goal, by name or id
    #[arg(long, value_name = "GOAL")]
    goal: String,
    /// What it is: campaign, experiment, content, post or task
    #[arg(long, default_value = "task")]
    kind: String,
    /// What is done
    #[arg(long)]
    name: String,
    /// First day, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    start: Option<String>,
    /// Last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    end: String,
    /// E-mail address of the member who does it
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
    /// Where it is
    #[arg(long, default_value = "")]
    url: String,
    /// What else there is to say
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct DoneWork {
    id: String,
    /// The day on which it was done, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: WorkCommand, settings: &Settings) -> Result<()> {
    match command {
        WorkCommand::List(args) => list(args, settings).await,
        WorkCommand::Add(args) => add(args, settings).await,
        WorkCommand::Done(args) => done(args, settings).await,
    }
}

fn print(as_json: bool, one: &Value) {
    if as_json {
        output::json(one);
        return;
    }
    let [id, name, end] = ["id", "name", "end_date"].map(|part| text(&one[part]));
    match one["done_on"].as_str() {
        Some(day) => output::line(format_args!("{id}  {name}: done on {day}")),
        None => output::line(format_args!("{id}  {name}: until {end}")),
    }
}

async fn list(args: ListWork, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let mut items = asking.of_goals(args.goal.as_deref(), "work").await?;
    items.retain(|one| !args.open || one["done_on"].is_null());
    let head = ["Id", "Goal", "Kind", "Name", "Start", "End", "Done"];
    output::list(args.common.json, &items, head, |one| {
        ["id", "goal", "kind", "name", "start_date", "end_date", "done_on"]
            .map(|part| text(&one[part]))
    });
    Ok(())
}

async fn add(args: AddWork, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let goal_id = text(&asking.goal(&args.goal).await?["id"]);
    let owner_id = asking.member("--owner", args.owner.as_deref()).await?;
    let start = match args.start {
        Some(day) => day,
        None => asking.today_of_goal(&goal_id).await?.to_string(),
    };
    let new = json!({
        "kind": args.kind, "name": args.name, "start_date": start, "end_date": args.end,
        "owner_id": owner_id, "url": args.url, "note": args.note,
    });
    print(args.common.json, &asking.post(&format!("goals/{goal_id}/work"), &new).await?);
    Ok(())
}

async fn done(args: DoneWork, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let found = asking.part("work", &args.id, "luotsi work list").await?;
    let goal_id = text(&found["goal_id"]);
    let on = match args.on {
        Some(day) => day,
        None => asking.today_of_goal(&goal_id).await?.to_string(),
    };
    let path = format!("goals/{goal_id}/work/{}", text(&found["id"]));
    print(args.common.json, &asking.patch(&path, &json!({"done_on": on})).await?);
    Ok(())
}
