//! `luotsi goal`: goals and how they do, from what the server keeps of them.

mod create;

use anyhow::Result;
use clap::{Args, Subcommand};
use luotsi_goals::explain::localized;
use luotsi_marketing::goal::Locale;
use luotsi_store::goal::Goal;
use luotsi_store::outlook::GoalState;
use serde_json::{Value, json};

use crate::output::{self, percent, text};
use crate::settings::Settings;
use crate::workspace::{self, WorkspaceArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum GoalCommand {
    /// List the goals of a workspace with their status and probability
    List(ListGoals),
    /// Set a goal, by a sentence or by its parts
    ///
    /// Its baseline and its forecast are computed from the site's data. Works beside a running server.
    #[command(
        after_help = "Examples:\n  luotsi goal create --site shop.example --sentence \"20 % more orders by 30 June\"\n  \
                      luotsi goal create --site shop.example --metric visits \\\n    \
                      --filter '[\"is\",\"visit:channel\",[\"Organic Search\"]]' --target +30% --deadline 2027-06-30"
    )]
    Create(Box<create::CreateGoal>),
    /// Show one goal: where it stands, its forecast, what the linter says
    Show(ShowGoal),
}

#[derive(Debug, Args)]
pub(crate) struct ListGoals {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowGoal {
    id: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: GoalCommand, settings: &Settings) -> Result<()> {
    match command {
        GoalCommand::List(args) => list(args, settings).await,
        GoalCommand::Create(args) => create::create(*args, settings).await,
        GoalCommand::Show(args) => show(args, settings).await,
    }
}

/// A goal with its newest answer; texts are in English.
fn body(goal: &Goal, state: Option<&GoalState>) -> Value {
    let (fields, plan) = (&goal.fields, &goal.fields.plan);
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let kept = state.map(|state| localized(&read(&state.summary), Locale::En)).unwrap_or_default();
    let more = state.map(|state| localized(&read(&state.state), Locale::En)).unwrap_or_default();
    json!({
        "id": goal.id, "name": fields.name, "site_id": fields.site_id, "metric": fields.metric,
        "filters": fields.filters, "counting": plan.counting.as_str(),
        "better": plan.better.as_str(),
        "target": plan.target_value, "start_date": plan.start.to_string(),
        "deadline": plan.deadline.to_string(), "progress": kept["progress"],
        "probability": kept["probability"], "verdict_text": kept["verdict_text"],
        "gap_text": kept["gap_text"], "outlook": more["outlook"], "verdicts": more["verdicts"],
        "drivers": more["drivers"],
        "computed_at": state.map(|state| state.computed_at.to_string()),
    })
}

async fn list(args: ListGoals, settings: &Settings) -> Result<()> {
    let store = settings.open_store().await?;
    let (mut goals, mut states) = (Vec::new(), Vec::new());
    if let Some(workspace) = workspace::choose(&store, &args.workspace).await? {
        goals = store.goals(&workspace.id).await?;
        states = store.goal_summaries(&workspace.id).await?;
    }
    let bodies: Vec<Value> = goals
        .iter()
        .map(|goal| body(goal, states.iter().find(|state| state.goal_id == goal.id)))
        .collect();
    let head = ["Id", "Name", "Status", "Likely", "Deadline"];
    output::list(args.json, &bodies, head, |goal| {
        let name = goal["name"].as_str().filter(|name| !name.is_empty());
        [
            text(&goal["id"]),
            name.map_or_else(|| text(&goal["metric"]), str::to_owned),
            text(&goal["progress"]["status"]),
            percent(&goal["probability"]),
            text(&goal["deadline"]),
        ]
    });
    Ok(())
}

async fn show(args: ShowGoal, settings: &Settings) -> Result<()> {
    let store = settings.open_store().await?;
    let Some(workspace) = workspace::choose(&store, &args.workspace).await? else {
        anyhow::bail!("there is no workspace, and so no goal");
    };
    let goal = store.goal(&workspace.id, args.id.trim()).await?;
    let state = store.goal_state(&workspace.id, &goal.id).await?;
    print(&goal, state.as_ref(), args.json);
    Ok(())
}

/// Prints a goal with its newest answer.
fn print(goal: &Goal, state: Option<&GoalState>, as_json: bool) {
    let body = body(goal, state);
    if as_json {
        output::json(&body);
        return;
    }
    output::line(format_args!("{}  {}", goal.id, goal.fields.name));
    for text in ["verdict_text", "gap_text"] {
        if let Some(text) = body[text].as_str() {
            output::line(text);
        }
    }
    if let Some(text) = body["outlook"]["required"]["text"].as_str() {
        output::line(text);
    }
    for verdict in body["verdicts"].as_array().into_iter().flatten() {
        let text = |name: &str| verdict[name].as_str().unwrap_or_default();
        output::line(format_args!("{}  {:<8} {}", text("letter"), text("level"), text("text")));
    }
}
