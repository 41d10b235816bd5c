//! Exports of other tools: their events become ours, their figures are kept apart.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use luotsi_marketing::hit::Refusal;
use luotsi_marketing::import::{self, Row, figures};
use luotsi_store::imported::Figure;
use serde_json::{Value, json};

use super::lines::{Input, Line};
use super::mapping::{Mapping, Record};
use super::row::RowReader;
use super::run::{self, Item, Outcome, RunArgs};
use super::time::Times;
use super::{archive, counting_rules, reader, site};
use crate::clock;
use crate::output::{self, BadInput};
use crate::settings::Settings;

pub(super) const GA4_HELP: &str = "\
Events, from the export to BigQuery as JSON lines, also compressed with gzip:
  bq extract --destination_format NEWLINE_DELIMITED_JSON 'shop.events_20260321' gs://…/day.json
  luotsi import ga4 day.json --site shop.example

Figures, from a report saved as CSV (with its lines `# Start date:` and `# End date:`). With a column
`Date` or `Nth day` they are of single days, else of the whole period. They are kept apart, and
shown beside the site's own with Google's name.

`session_start` and `first_visit` are left out: Google makes them beside the event they come with.
Importing a file again adds only what is new. A server may be running.";

pub(super) const MATOMO_HELP: &str = "\
Events, from the API, a month at a time:
  curl 'https://matomo.example/index.php?module=API&method=Live.getLastVisitsDetails&format=JSON\
&idSite=1&period=month&date=2026-03-01&filter_limit=-1' --data token_auth=… -o visits.json
  luotsi import matomo visits.json --site shop.example

Figures, from `VisitsSummary.get` by days as CSV. They are kept apart, and shown beside the site's
own with Matomo's name. Importing a file again adds only what is new. A server may be running.";

pub(super) const UMAMI_HELP: &str = "\
  pg_dump --data-only --table event_data --table revenue --table session --table website \\
    --table website_event umami > umami.sql
  luotsi import umami umami.sql --site shop.example

Browser, system and country are taken from the table `session`, money from `revenue`, properties
from `event_data`, where a dump has them before the events. Where the table `website` knows the site's domain, the events of other
websites are left out. Importing a file again adds only what is new. A server may be running.";

pub(super) const PLAUSIBLE_HELP: &str = "\
Plausible exports figures of days, no events (Settings, Imports & Exports):
  luotsi import plausible shop.example_20250101_20260321.zip --site shop.example

They are kept apart, and shown beside the site's own with Plausible's name. Importing an archive
again takes the place of what it brought before. A server may be running.";

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// File to read
    file: PathBuf,
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    #[command(flatten)]
    run: RunArgs,
}

/// Whose export it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Ga4,
    Matomo,
    Umami,
    Plausible,
}

impl Tool {
    fn as_str(self) -> &'static str {
        match self {
            Tool::Ga4 => "ga4",
            Tool::Matomo => "matomo",
            Tool::Umami => "umami",
            Tool::Plausible => "plausible",
        }
    }
}

/// Imports a file of a tool: events where it has some, else figures.
pub(crate) async fn run(tool: Tool, args: ExportArgs, settings: &Settings) -> Result<()> {
    let mut input = Input::open(&args.file)?;
    let begin = input.peek().with_context(|| format!("cannot read `{}`", args.file.display()))?;
    let first = begin.iter().find(|byte| byte.is_ascii_graphic()).copied();
    let of_figures = match tool {
        Tool::Plausible => true,
        Tool::Umami => false,
        Tool::Ga4 | Tool::Matomo => !matches!(first, Some(b'{' | b'[')),
    };
    if of_figures {
        return import_figures(tool, &args, settings).await;
    }
    let (site, zone) = site(&args.site, settings).await?;
    let counting = counting_rules(&site, settings).await?;
    let reader = reader(&site, counting, Times::new(zone.clone(), None), settings)?;
    let how_far = (input.position(), input.size);
    let lines: Box<dyn FnMut() -> std::io::Result<Option<Line>>> = if tool == Tool::Matomo {
        let mut visits = visits(&args.file)?;
        Box::new(move || Ok(visits.pop_front()))
    } else {
        Box::new(move || input.next_line())
    };
    let mut events = Events {
        tool,
        lines,
        umami: import::umami::Reader::of(&site.domain),
        mapping: Mapping::of_json(&[], &[])?,
        reader,
        waiting: VecDeque::new(),
    };
    run::run(move || events.next(), how_far, &args.run, &args.file, (&site, &zone), settings).await
}

/// The visits of a file of Matomo's, an array, one by one.
fn visits(file: &Path) -> Result<VecDeque<Line>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let text = figures::decode(&bytes);
    let visits: Vec<Value> = serde_json::from_str(&text)
        .map_err(|error| BadInput(format!("`{}` is no JSON array: {error}", file.display())))?;
    let line = |(number, visit): (u64, Value)| Line { number, text: visit.to_string(), cut: false };
    Ok((1..).zip(visits).map(line).collect())
}

struct Events {
    tool: Tool,
    lines: Box<dyn FnMut() -> std::io::Result<Option<Line>>>,
    umami: import::umami::Reader,
    mapping: Mapping,
    reader: RowReader,
    waiting: VecDeque<Item>,
}

impl Events {
    fn next(&mut self) -> std::io::Result<Option<Item>> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                return Ok(Some(item));
            }
            let Some(line) = (self.lines)()? else { return Ok(None) };
            if line.text.trim().is_empty() {
                continue;
            }
            self.take(line);
        }
    }

    fn take(&mut self, line: Line) {
        let row = match self.tool {
            Tool::Umami => self.umami.line(&line.text),
            tool => serde_json::from_str(&line.text)
                .map_err(|error| format!("is no JSON ({error})"))
                .and_then(|row: Value| match tool {
                    Tool::Matomo => import::matomo::read(&row),
                    _ => import::ga4::read(&row),
                }),
        };
        let Line { number, text, .. } = line;
        match row {
            Ok(Row::Skipped(reason)) => {
                let outcome = Outcome::Skipped(reason);
                self.waiting.push_back(Item { line: number, text, outcome });
            }
            Ok(Row::Events(records)) => {
                for (place, record) in records.into_iter().enumerate() {
                    // The name by which a row without an id of its own is known again.
                    let name = format!("{place} {text}");
                    let record = Record::Json(record);
                    let outcome = match self.reader.event(&record, &self.mapping, &name) {
                        Ok(event) => Outcome::Event(Box::new(event)),
                        Err(refusal) => Outcome::Rejected(refusal),
                    };
                    self.waiting.push_back(Item { line: number, text: text.clone(), outcome });
                }
            }
            Err(detail) => {
                let outcome = Outcome::Rejected(Refusal::new("row", "unreadable", detail));
                self.waiting.push_back(Item { line: number, text, outcome });
            }
        }
    }
}

/// Imports figures: kept apart from events, in place of an earlier import of the same file.
async fn import_figures(tool: Tool, args: &ExportArgs, settings: &Settings) -> Result<()> {
    let (site, _) = site(&args.site, settings).await?;
    let bytes = std::fs::read(&args.file)
        .with_context(|| format!("cannot read `{}`", args.file.display()))?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found = Vec::new();
    let refused = |detail: String| BadInput(format!("`{name}` {detail}"));
    match tool {
        Tool::Plausible if bytes.starts_with(b"PK") => {
            for (inner, content) in archive::files(&bytes)? {
                let base = inner.rsplit('/').next().unwrap_or_default();
                let read = figures::plausible(base, &figures::decode(&content));
                let read = read.map_err(|detail| BadInput(format!("`{inner}`, {detail}")))?;
                found.extend(read.into_iter().flatten());
            }
        }
        Tool::Plausible => {
            let read = figures::plausible(&name, &figures::decode(&bytes)).map_err(refused)?;
            found.extend(read.into_iter().flatten());
        }
        Tool::Matomo => found = figures::matomo(&figures::decode(&bytes)).map_err(refused)?,
        Tool::Ga4 | Tool::Umami => {
            found = figures::ga4(&figures::decode(&bytes)).map_err(refused)?;
        }
    }
    if found.is_empty() {
        return Err(refused("has no figures that are known".to_owned()).into());
    }
    let days = (found.iter().map(|one| one.day).min(), found.iter().map(|one| one.last_day).max());
    let count = found.len();
    if !args.run.dry_run {
        let figures: Vec<Figure> = found
            .into_iter()
            .map(|one| Figure {
                day: one.day,
                last_day: one.last_day,
                dimension: one.dimension.to_owned(),
                value: one.value,
                metric: one.metric.to_owned(),
                amount: one.amount,
            })
            .collect();
        let store = settings.open_store().await?;
        let of = (tool.as_str(), name.as_str());
        store.import_figures(&site.workspace_id, &site.id, of, &figures, clock::now()).await?;
    }
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let (from, to) = (day(days.0), day(days.1));
    if args.run.json {
        output::json(
            &json!({"figures": count, "from": from, "to": to, "dry_run": args.run.dry_run}),
        );
    } else {
        output::line(format_args!(
            "{count} figures of {from} to {to}, kept apart from events: they are labelled in reports and \
             never added to exact counts."
        ));
    }
    Ok(())
}
