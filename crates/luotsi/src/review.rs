//! `luotsi review`: reviews of goals, due and held.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::asking::{Asking, Common, goal_name};
use crate::output::{self, text};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// List the reviews that were held
    List(ListReviews),
    /// Show one review: what had changed, what was decided, what came of it
    Show(ShowReview),
    /// List when goals are reviewed next, the first first
    Due(DueReviews),
    /// Show what a review begins with: what changed, which steps are open, what is rated
    Prepare(PrepareReview),
    /// Keep a review that was held
    #[command(
        after_help = "Example:\n  luotsi review add --goal \"More orders\" --learned \"Mail works\" \\\n    \
                      --decision \"Stop the banner\" --next-step \"Write the second mail\" --ratings 4,3,5,4"
    )]
    Add(AddReview),
}

#[derive(Debug, Args)]
pub(crate) struct ListReviews {
    /// Only of this goal, by name or id
    #[arg(long, value_name = "GOAL")]
    goal: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ShowReview {
    id: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct DueReviews {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct PrepareReview {
    /// The goal, by name or id
    #[arg(long, value_name = "GOAL")]
    goal: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct AddReview {
    /// The goal, by name or id
    #[arg(long, value_name = "GOAL")]
    goal: String,
    /// The day of the review, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    day: Option<String>,
    /// What was learned
    #[arg(long, default_value = "")]
    learned: String,
    /// What was decided on that day; may be repeated
    #[arg(long, value_name = "TEXT")]
    decision: Vec<String>,
    /// What is done next; may be repeated
    #[arg(long, value_name = "TEXT")]
    next_step: Vec<String>,
    /// Four ratings from 1 to 5, in the order of `luotsi review prepare`
    #[arg(long, value_name = "1,2,3,4", value_delimiter = ',')]
    ratings: Option<Vec<u8>>,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: ReviewCommand, settings: &Settings) -> Result<()> {
    match command {
        ReviewCommand::List(args) => list(args, settings).await,
        ReviewCommand::Show(args) => show(args, settings).await,
        ReviewCommand::Due(args) => due(args, settings).await,
        ReviewCommand::Prepare(args) => prepare(args, settings).await,
        ReviewCommand::Add(args) => add(args, settings).await,
    }
}

async fn list(args: ListReviews, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let items = asking.of_goals(args.goal.as_deref(), "reviews").await?;
    let head = ["Id", "Day", "Goal", "Decisions", "By"];
    output::list(args.common.json, &items, head, |one| {
        let decisions = one["decisions"].as_array().map_or(0, Vec::len);
        [
            text(&one["id"]),
            text(&one["day"]),
            text(&one["goal"]),
            decisions.to_string(),
            text(&one["by"]),
        ]
    });
    Ok(())
}

async fn show(args: ShowReview, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    print(args.common.json, &asking.part("reviews", &args.id, "luotsi review list").await?);
    Ok(())
}

fn print(as_json: bool, review: &Value) {
    if as_json {
        output::json(review);
        return;
    }
    let by = text(&review["by"]);
    output::line(format_args!("{}  {} by {by}", text(&review["id"]), text(&review["day"])));
    lines("Changed", &review["changes"], text);
    if let Some(learned) = review["learned"].as_str().filter(|text| !text.is_empty()) {
        output::line(format_args!("Learned: {learned}"));
    }
    lines("Decided", &review["decisions"], |one| {
        let decided = format!("{} ({})", text(&one["text"]), text(&one["decided_on"]));
        match one["effect"]["text"].as_str() {
            Some(effect) => format!("{decided}: {effect}"),
            None => decided,
        }
    });
    lines("Next", &review["next_steps"], step);
    if let Some(ratings) = review["ratings"].as_array() {
        let ratings: Vec<String> = ratings.iter().map(text).collect();
        output::line(format_args!("Rated: {}", ratings.join(" ")));
    }
}

fn step(step: &Value) -> String {
    let done = if step["done"] == true { "x" } else { " " };
    format!("[{done}] {}", text(&step["text"]))
}

/// Prints what a list has, each on a line below its heading; nothing of an empty one.
fn lines(heading: &str, list: &Value, line: impl Fn(&Value) -> String) {
    let all = list.as_array().map_or(&[][..], Vec::as_slice);
    if !all.is_empty() {
        output::line(format_args!("{heading}:"));
    }
    for one in all {
        output::line(format_args!("  {}", line(one)));
    }
}

async fn due(args: DueReviews, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let goals = asking.whole_goals(None).await?;
    let due = goals.iter().filter(|goal| !goal["review"]["next_day"].is_null()).map(|goal| {
        let review = &goal["review"];
        json!({
            "goal_id": goal["id"], "goal": goal_name(goal), "rhythm": review["rhythm"],
            "next_day": review["next_day"], "late_days": review["late_days"],
        })
    });
    let mut due: Vec<Value> = due.collect();
    due.sort_by_key(|one| text(&one["next_day"]));
    let head = ["Next", "Late", "Goal", "Rhythm", "Goal's id"];
    output::list(args.common.json, &due, head, |one| {
        let late = one["late_days"].as_i64().filter(|days| *days > 0);
        [
            text(&one["next_day"]),
            late.map_or_else(String::new, |days| format!("{days} days")),
            text(&one["goal"]),
            text(&one["rhythm"]),
            text(&one["goal_id"]),
        ]
    });
    Ok(())
}

async fn prepare(args: PrepareReview, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let goal = asking.goal(&args.goal).await?;
    let prepared = asking.get(&format!("goals/{}/reviews/prepared", text(&goal["id"]))).await?;
    if args.common.json {
        output::json(&prepared);
        return Ok(());
    }
    output::line(format_args!("{}  {}", text(&prepared["day"]), goal_name(&goal)));
    lines("Changed", &prepared["changes"], text);
    lines("Still open", &prepared["open_steps"], step);
    lines("Rate from 1 to 5", &prepared["statements"], |one| text(&one["text"]));
    Ok(())
}

async fn add(args: AddReview, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let goal_id = text(&asking.goal(&args.goal).await?["id"]);
    let day = match args.day {
        Some(day) => day,
        None => asking.today_of_goal(&goal_id).await?.to_string(),
    };
    let decisions: Vec<Value> =
        args.decision.iter().map(|text| json!({"text": text, "decided_on": day})).collect();
    let next_steps: Vec<Value> = args.next_step.iter().map(|text| json!({"text": text})).collect();
    let new = json!({
        "day": day, "learned": args.learned, "decisions": decisions, "next_steps": next_steps,
        "ratings": args.ratings,
    });
    print(args.common.json, &asking.post(&format!("goals/{goal_id}/reviews"), &new).await?);
    Ok(())
}
