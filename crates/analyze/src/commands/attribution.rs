//! `luotsi analyze attribution`: which channels to credit with the conversions.

use std::path::PathBuf;

use clap::Args;
use luotsi_stats::attribution::{Journeys, Report as Credits, Settings, attribute};
use serde_json::{Map, Value, json};

use super::column;
use crate::chart::Bars;
use crate::input::Frame;
use crate::progress::while_running;
use crate::report::Report;
use crate::table::{Table, number, percent};
use crate::{AnalyzeError, Streams};

/// Flags of `attribution`.
#[derive(Debug, Args)]
pub struct Attribution {
    /// CSV or Parquet file with one row per path; `-` reads CSV from standard input.
    file: PathBuf,

    /// Column with the channels of the journey, first touch first.
    #[arg(long, default_value = "path")]
    path: String,

    /// Column with the number of journeys that converted. Default: the first of
    /// `total_conversions`, conversions.
    #[arg(long)]
    conversions: Option<String>,

    /// Column with the value of the conversions. Default: the first of `total_conversion_value`,
    /// `conversion_value`, value, when there is one.
    #[arg(long)]
    value: Option<String>,

    /// Column with the number of journeys that did not convert. Default: the first of `total_null`,
    /// nulls, when there is one.
    #[arg(long)]
    nulls: Option<String>,

    /// Column with the days before the conversion of each touch, separated like the path.
    #[arg(long)]
    ages: Option<String>,

    /// What stands between the channels.
    #[arg(long, default_value = " > ")]
    separator: String,

    /// Touches the Markov chain remembers, 1 to 4.
    #[arg(long, default_value_t = 1)]
    order: usize,

    /// Half-life of time decay, in days.
    #[arg(long, default_value_t = 7.0)]
    half_life: f64,

    /// Bootstrap samples for the intervals.
    #[arg(long, default_value_t = 200)]
    samples: usize,

    /// Level of the intervals, in percent.
    #[arg(long, default_value_t = 95.0)]
    level: f64,

    /// Seed of the bootstrap.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Attribution {
    pub(super) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        let frame = Frame::read(&self.file, streams.input)?;
        if !(self.half_life > 0.0 && self.level > 0.0 && self.level < 100.0) {
            return Err(AnalyzeError::data(
                "--half-life must be positive and --level between 0 and 100",
            ));
        }
        let journeys = self.journeys(&frame)?;
        let settings = Settings {
            order: self.order,
            half_life_days: self.half_life,
            samples: self.samples,
            level: self.level / 100.0,
            seed: self.seed,
        };
        let found = while_running("attributing", |_| attribute(&journeys, &settings))
            .map_err(AnalyzeError::data)?;
        Ok(answer(&found))
    }

    fn journeys(&self, frame: &Frame) -> Result<Journeys, AnalyzeError> {
        let paths = frame.texts(&self.path, "--path")?;
        let conversions = column(
            frame,
            self.conversions.as_deref(),
            &["total_conversions", "conversions"],
            "--conversions",
        )?;
        let conversions = frame.numbers(&conversions, "--conversions")?;
        let optional = |given: &Option<String>, names: &[&str], flag: &str| match given
            .as_deref()
            .or_else(|| frame.first_of(names))
        {
            Some(name) => frame.numbers(name, flag),
            None => Ok(vec![0.0; frame.rows()]),
        };
        let values = optional(
            &self.value,
            &["total_conversion_value", "conversion_value", "value"],
            "--value",
        )?;
        let nulls = optional(&self.nulls, &["total_null", "nulls"], "--nulls")?;
        let ages = match &self.ages {
            Some(name) => Some(frame.texts(name, "--ages")?),
            None => None,
        };
        let mut journeys = Journeys::new();
        if self.separator.is_empty() {
            return Err(AnalyzeError::data("--separator must not be empty"));
        }
        // ` > ` also reads `A>B`; but where a channel's name may hold the sign itself, as in `e-mail`,
        // the spaces around the separator count.
        let trimmed = self.separator.trim();
        let spaced = paths.iter().any(|path| path.contains(&self.separator));
        let lenient = !trimmed.is_empty() && (trimmed == ">" || !spaced);
        let separator = if lenient { trimmed } else { &self.separator[..] };
        for (i, path) in paths.iter().enumerate() {
            let touches: Vec<&str> =
                path.split(separator).map(str::trim).filter(|t| !t.is_empty()).collect();
            let days: Vec<f64> = match &ages {
                None => Vec::new(),
                Some(ages) => ages[i]
                    .split(separator)
                    .map(|age| {
                        age.trim().parse().map_err(|_| {
                            AnalyzeError::data(format!(
                                "line {}: `{age}` is not a number of days",
                                i + 2
                            ))
                        })
                    })
                    .collect::<Result<_, _>>()?,
            };
            journeys
                .add_with_ages(&touches, &days, conversions[i], values[i], nulls[i])
                .map_err(|error| AnalyzeError::data(format!("line {}: {error}", i + 2)))?;
        }
        Ok(journeys)
    }
}

fn answer(found: &Credits) -> Report {
    let models: Map<String, Value> = found
        .models
        .iter()
        .map(|model| {
            let channels: Vec<Value> = model
                .channels
                .iter()
                .map(|c| {
                    json!({
                        "channel": c.channel, "conversions": c.conversions, "value": c.value,
                        "low": c.conversions_interval.low, "high": c.conversions_interval.high,
                        "value_low": c.value_interval.low, "value_high": c.value_interval.high,
                    })
                })
                .collect();
            (model.model.to_owned(), channels.into())
        })
        .collect();
    let mut report = Report::new(json!({
        "total": { "conversions": found.conversions, "value": found.value, "nulls": found.nulls },
        "models": models,
        "removal_effects": found.removal_effects.iter().map(|(channel, effect)| json!({
            "channel": channel, "effect": effect,
        })).collect::<Vec<_>>(),
        "conversion_probability": found.conversion_probability,
        "states": found.states,
    }));
    report.line(format!(
        "{} conversions worth {} of {} journeys ({}).",
        number(found.conversions),
        number(found.value),
        number(found.conversions + found.nulls),
        percent(found.conversion_probability)
    ));
    if found.nulls == 0.0 {
        report.line("Journeys that did not convert are missing: Markov and Shapley cannot tell who helps from who is merely there.");
    }
    report.line("Credit divides what happened among those who were there; it is not what would be lost without them. Check with a hold-out.");
    let markov = found.models.iter().position(|m| m.model == "markov").unwrap_or_default();
    let mut order: Vec<usize> = (0..found.models[markov].channels.len()).collect();
    let credit = |i: usize| found.models[markov].channels[i].conversions;
    order.sort_by(|a, b| credit(*b).total_cmp(&credit(*a)));
    let mut table = Table::new([
        "channel",
        "first",
        "last",
        "linear",
        "U",
        "time decay",
        "Shapley",
        "Markov",
        "interval",
        "removal",
    ]);
    let shown = ["first", "last", "linear", "u_shaped", "time_decay", "shapley", "markov"];
    let mut bars = Bars::new("Conversions credited", &["last touch", "Shapley", "Markov"]);
    for &i in &order {
        let of = |name: &str| {
            found
                .models
                .iter()
                .find(|m| m.model == name)
                .map_or(f64::NAN, |m| m.channels[i].conversions)
        };
        let channel = &found.models[markov].channels[i];
        let interval = channel.conversions_interval;
        let mut cells = vec![channel.channel.clone()];
        cells.extend(shown.iter().map(|name| number(of(name))));
        cells.push(format!("{} – {}", number(interval.low), number(interval.high)));
        cells.push(percent(found.removal_effects[i].1));
        table.row(cells);
        bars = bars.group(&channel.channel, [of("last"), of("shapley"), of("markov")]);
    }
    report.table(&table).chart = Some(bars.draw());
    report
}
