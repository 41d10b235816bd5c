//! One import from its first row to its report: the same for every kind of file.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use luotsi_api::qa::PastEvents;
use luotsi_lake::import::{ImportReport, Importer};
use luotsi_marketing::event::Event;
use luotsi_marketing::hit::Refusal;
use luotsi_store::site::Site;
use serde_json::json;

use super::lines::Position;
use super::progress::Progress;
use super::rejects::Rejects;
use crate::clock;
use crate::output;
use crate::settings::Settings;

/// Events that are handed over at once.
const BATCH: usize = 5_000;

/// Rows that a dry run shows.
const SHOWN: usize = 5;

/// What one row came to.
pub(crate) enum Outcome {
    Event(Box<Event>),
    /// Sound, but nothing to keep, and why.
    Skipped(&'static str),
    Rejected(Refusal),
}

/// A row of a file and what it came to.
pub(crate) struct Item {
    pub(crate) line: u64,
    pub(crate) text: String,
    pub(crate) outcome: Outcome,
}

/// How an import goes, whatever the file is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RunArgs {
    /// Read and judge everything, keep nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// File for the report of rejected rows [default: NAME.rejected.csv in the current folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Figures of an import.
#[derive(Debug, Default)]
struct Figures {
    rows: u64,
    events: u64,
    bots: u64,
    skipped: BTreeMap<&'static str, u64>,
    first_us: Option<i64>,
    last_us: Option<i64>,
}

/// Reads every item of a file and imports its events.
pub(crate) async fn run(
    mut next: impl FnMut() -> io::Result<Option<Item>>,
    (position, size): (Position, u64),
    args: &RunArgs,
    input: &Path,
    (site, zone): (&Site, &TimeZone),
    settings: &Settings,
) -> Result<()> {
    let store = settings.open_store().await?;
    let mut past = PastEvents::of(&store, &site.workspace_id, &site.id).await?;
    let mut rejects = Rejects::new(args.rejects.clone(), input);
    let mut figures = Figures::default();
    let mut shown = Vec::new();
    let mut batch = Vec::with_capacity(BATCH);
    let mut lake = settings.lake_settings();
    let mut importer = if args.dry_run {
        None
    } else {
        let rules = super::session_rules(&store).await?;
        lake.session_by_site = rules.into_iter().collect();
        Some(Importer::begin(&lake).await.context("cannot open the lake")?)
    };
    let mut progress = Progress::begin("Reading", size, true);
    while let Some(item) = next().with_context(|| format!("cannot read `{}`", input.display()))? {
        figures.rows += 1;
        match item.outcome {
            Outcome::Event(event) => {
                figures.add(&event);
                past.learn(&event);
                if args.dry_run && shown.len() < SHOWN {
                    shown.push((item.line, (*event).clone()));
                }
                batch.push(*event);
            }
            Outcome::Skipped(reason) => *figures.skipped.entry(reason).or_default() += 1,
            Outcome::Rejected(refusal) => rejects.add(item.line, &refusal, &item.text)?,
        }
        if figures.rows.is_multiple_of(1_000) {
            progress.at(position.bytes(), size, figures.rows);
        }
        if batch.len() >= BATCH {
            let events = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if let Some(importer) = &mut importer {
                importer.add(events).await?;
            }
        }
    }
    progress.end();
    let report = match importer {
        Some(mut importer) => {
            importer.add(batch).await?;
            let report = finish(importer).await?;
            past.keep(&store, &site.workspace_id, &site.id).await?;
            Some(report)
        }
        None => None,
    };
    let rejected_file = rejects.finish()?.map(Path::to_path_buf);
    if args.json {
        output::json(&figures.json(report, &rejects, rejected_file.as_deref()));
    } else {
        figures.print(report, &rejects, rejected_file.as_deref(), zone);
        print_shown(&shown, zone);
    }
    if figures.events == 0 && rejects.total() > 0 {
        bail!("no row could be taken");
    }
    Ok(())
}

async fn finish(importer: Importer) -> Result<ImportReport> {
    let mut progress = Progress::begin("Sorting", 1, false);
    let report = importer
        .finish(clock::now().as_microsecond(), |at| {
            progress.at(at.done_rows, at.total_rows.max(at.done_rows), at.done_rows);
        })
        .await
        .context("nothing was imported")?;
    progress.end();
    Ok(report)
}

impl Figures {
    fn add(&mut self, event: &Event) {
        self.events += 1;
        self.bots += u64::from(event.bot_reason.is_some());
        self.first_us = Some(self.first_us.map_or(event.at_us, |first| first.min(event.at_us)));
        self.last_us = Some(self.last_us.map_or(event.at_us, |last| last.max(event.at_us)));
    }

    fn json(
        &self,
        report: Option<ImportReport>,
        rejects: &Rejects,
        file: Option<&Path>,
    ) -> serde_json::Value {
        let time = |at_us: Option<i64>| {
            at_us.and_then(|at_us| Timestamp::from_microsecond(at_us).ok()).map(|at| at.to_string())
        };
        json!({
            "dry_run": report.is_none(),
            "rows": self.rows,
            "events": self.events,
            "accepted": report.map(|report| report.accepted),
            "duplicates": report.map(|report| report.duplicates),
            "bot_events": self.bots,
            "skipped": self.skipped,
            "rejected": rejects.total(),
            "rejected_reasons": rejects.reasons,
            "rejected_file": file.map(|file| file.display().to_string()),
            "first_event_at": time(self.first_us),
            "last_event_at": time(self.last_us),
        })
    }

    fn print(
        &self,
        report: Option<ImportReport>,
        rejects: &Rejects,
        file: Option<&Path>,
        zone: &TimeZone,
    ) {
        match report {
            Some(report) => output::line(format_args!(
                "Imported {} events; {} were there already.",
                report.accepted, report.duplicates
            )),
            None => {
                output::line(format_args!("A dry run: {} events would be imported.", self.events))
            }
        }
        if let (Some(first), Some(last)) = (self.first_us, self.last_us) {
            output::line(format_args!(
                "They happened from {} to {}.",
                minute(first, zone),
                minute(last, zone)
            ));
        }
        if self.bots > 0 {
            output::line(format_args!(
                "{} of them are robots': kept, and left out of reports.",
                self.bots
            ));
        }
        for (reason, count) in &self.skipped {
            output::line(format_args!("{count} rows were skipped: {reason}."));
        }
        if let Some(file) = file {
            output::line(format_args!(
                "{} of {} rows were rejected, see `{}`:",
                rejects.total(),
                self.rows,
                file.display()
            ));
            for (code, count) in &rejects.reasons {
                output::line(format_args!("  {count} {code}"));
            }
        }
    }
}

fn print_shown(shown: &[(u64, Event)], zone: &TimeZone) {
    if shown.is_empty() {
        return;
    }
    output::line("The first of them:");
    let mut rows = vec![
        ["Line", "Time", "Event", "Page", "Source", "Channel", "Country", "Device", "Revenue"]
            .map(str::to_owned),
    ];
    rows.extend(shown.iter().map(|(line, event)| {
        let revenue = event.revenue.map(|revenue| {
            let digits = usize::from(revenue.currency.minor_digits());
            let amount = revenue.minor_units as f64 / 10f64.powi(digits as i32);
            format!("{amount:.digits$} {}", revenue.currency)
        });
        let or_none = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), Clone::clone);
        [
            line.to_string(),
            minute(event.at_us, zone),
            event.name.clone(),
            format!("{}{}", event.hostname, event.pathname),
            or_none(event.acquisition.source.as_ref()),
            event.acquisition.channel.clone(),
            or_none(event.place.country.as_ref()),
            or_none(event.client.device.as_ref()),
            revenue.unwrap_or_else(|| "-".to_owned()),
        ]
    }));
    output::table(&rows);
}

/// A time in the site's zone.
fn minute(at_us: i64, zone: &TimeZone) -> String {
    Timestamp::from_microsecond(at_us).map_or_else(
        |_| at_us.to_string(),
        |at| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}
