//! `luotsi alert`: what deviates, and what is done about it.

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::asking::{Asking, Common, segment};
use crate::clock;
use crate::output::{self, text};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// List alerts, the latest first
    List(ListAlerts),
    /// Show one alert: what happened, where the change sits, what can be done
    Show(OneAlert),
    /// Say that someone sees to it: nothing more is sent while it lasts
    Acknowledge(OneAlert),
    /// Not now: it is told again when the time has come and it is still there
    #[command(after_help = "Example:\n  luotsi alert snooze ID --days 3")]
    Snooze(SnoozeAlert),
    /// Keep deviations of this kind of this thing from being told
    Mute(MuteAlert),
    /// Say that it is over
    Resolve(OneAlert),
    /// Take back what was said about it
    Reopen(OneAlert),
}

#[derive(Debug, Args)]
pub(crate) struct ListAlerts {
    /// current (open, acknowledged and snoozed), all, or one state: open, acknowledged, snoozed, resolved
    #[arg(long, value_name = "STATE", default_value = "current")]
    status: String,
    /// Only of this goal, by name or id
    #[arg(long, value_name = "GOAL")]
    goal: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct OneAlert {
    id: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct SnoozeAlert {
    id: String,
    /// For so many days, 1 to 90
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=90), required_unless_present = "until", conflicts_with = "until")]
    days: Option<u16>,
    /// Until a time, such as 2027-06-30T08:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct MuteAlert {
    id: String,
    /// For so many days, 1 to 366 [default: for good]
    #[arg(long, allow_negative_numbers = true)]
    days: Option<i64>,
    /// Why
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: AlertCommand, settings: &Settings) -> Result<()> {
    match command {
        AlertCommand::List(args) => list(args, settings).await,
        AlertCommand::Show(args) => show(args, settings).await,
        AlertCommand::Acknowledge(args) => act(&args, "acknowledge", &json!({}), settings).await,
        AlertCommand::Snooze(SnoozeAlert { id, days, until, common }) => {
            let time = |days: u16| clock::now() + SignedDuration::from_hours(24 * i64::from(days));
            let until = until.or_else(|| days.map(|days| time(days).to_string()));
            act(&OneAlert { id, common }, "snooze", &json!({"until": until}), settings).await
        }
        AlertCommand::Mute(args) => mute(args, settings).await,
        AlertCommand::Resolve(args) => act(&args, "resolve", &json!({}), settings).await,
        AlertCommand::Reopen(args) => act(&args, "reopen", &json!({}), settings).await,
    }
}

async fn list(args: ListAlerts, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let goal = match &args.goal {
        Some(goal) => Some(text(&asking.goal(goal).await?["id"])),
        None => None,
    };
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let asked = [
            ("state", Some(args.status.as_str())),
            ("goal", goal.as_deref()),
            ("cursor", cursor.as_deref()),
        ];
        let mut page = asking.search("alerts", &asked).await?;
        if let Value::Array(found) = page["items"].take() {
            items.extend(found);
        }
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    let head = ["Id", "Since", "State", "What happened"];
    output::list(args.common.json, &items, head, |one| {
        ["id", "since", "state", "headline"].map(|part| text(&one[part]))
    });
    Ok(())
}

fn print(as_json: bool, alert: &Value) {
    if as_json {
        output::json(alert);
        return;
    }
    let [id, state, since] = ["id", "state", "since"].map(|part| text(&alert[part]));
    output::line(format_args!("{id}  {state}, since {since}"));
    output::line(text(&alert["headline"]));
    for driver in alert["drivers"].as_array().into_iter().flatten() {
        output::line(format_args!("  {}", text(driver)));
    }
    if let Some(advice) = alert["advice"].as_str() {
        output::line(advice);
    }
}

async fn show(args: OneAlert, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    print(args.common.json, &asking.get(&format!("alerts/{}", segment(&args.id))).await?);
    Ok(())
}

async fn act(one: &OneAlert, word: &str, body: &Value, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&one.common, settings).await?;
    let done = asking.post(&format!("alerts/{}/{word}", segment(&one.id)), body).await?;
    print(one.common.json, &done);
    Ok(())
}

async fn mute(args: MuteAlert, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let body = json!({"days": args.days, "note": args.note});
    let path = format!("alerts/{}/mute", segment(&args.id));
    let silences = asking.post(&path, &body).await?;
    let items = silences["items"].as_array().map_or(&[][..], Vec::as_slice);
    let head = ["Id", "What is muted", "Until", "Note"];
    output::list(args.common.json, items, head, |one| {
        let until = one["until"].as_str().unwrap_or("for good");
        let what = format!("{}: {}", text(&one["cause"]), text(&one["name"]));
        [text(&one["id"]), what, until.to_owned(), text(&one["note"])]
    });
    Ok(())
}
