//! `luotsi analyze forecast`: what a series will do, and how far that can be trusted.

use std::path::PathBuf;

use clap::Args;
use luotsi_stats::forecast::{
    Backtest, Forecast as Made, Series, Settings, Skill, backtest, forecast,
};
use serde_json::{Map, Value, json};

use super::column;
use crate::calendar::{self, Country};
use crate::chart::{Drawing, Plot, XLabels};
use crate::input::Frame;
use crate::progress::while_running;
use crate::report::Report;
use crate::steps::{Clock, lay, written};
use crate::table::{Table, number, percent};
use crate::{AnalyzeError, Streams};

/// Default names of the time column, and of the value column.
pub(super) const TIMES: [&str; 8] =
    ["ds", "time", "timestamp", "date", "datetime", "day", "week", "month"];
pub(super) const VALUES: [&str; 6] = ["y", "value", "count", "visitors", "visits", "sales"];

/// Flags of `forecast`.
#[derive(Debug, Args)]
pub struct Forecast {
    /// CSV or Parquet file; `-` reads CSV from standard input.
    file: PathBuf,

    /// Column with the time. Default: the first of ds, time, timestamp, date, datetime, day, week,
    /// month.
    #[arg(long)]
    time: Option<String>,

    /// Column with the value; empty cells are gaps. Default: the first of y, value, count,
    /// visitors, visits, sales.
    #[arg(long)]
    value: Option<String>,

    /// Column that tells several series apart, and the one to forecast: `--series shop=helsinki`.
    #[arg(long, value_name = "COLUMN=NAME")]
    series: Option<String>,

    /// Season lengths in steps; the first one is that of the naive forecast. Default: by the step
    /// (7 for days, 12 for months …). Days over two years get the year as well.
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    season: Vec<f64>,

    /// Steps ahead. Default: one season.
    #[arg(long)]
    horizon: Option<usize>,

    /// Levels of the bands, in percent.
    #[arg(long, value_delimiter = ',', default_value = "80,95")]
    level: Vec<f64>,

    /// Windows of the backtest; 0 for none. Default: 3, or as many as fit.
    #[arg(long)]
    windows: Option<usize>,

    /// Columns known in advance (holidays, campaigns). Rows without a value at the end of the file
    /// give their future.
    #[arg(long, value_delimiter = ',')]
    regressors: Vec<String>,

    /// Learn what the public holidays of this country do, and expect it of the next ones.
    #[arg(long, value_enum, ignore_case = true)]
    holidays: Option<Country>,

    /// File of events, past and planned: a column `date` (or `from` and `to`) and, for several kinds,
    /// `name`.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,

    /// Seed of the sample paths.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A series ready to forecast.
struct Prepared {
    clock: Clock,
    values: Vec<f64>,
    names: Vec<String>,
    regressors: Vec<Vec<f64>>,
    seasons: Vec<f64>,
    horizon: usize,
}

impl Forecast {
    pub(super) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        let frame = Frame::read(&self.file, streams.input)?;
        let ready = self.prepare(&frame)?;
        if self.level.is_empty() || self.level.iter().any(|l| !(*l > 0.0 && *l < 100.0)) {
            return Err(AnalyzeError::data("--level takes percentages between 0 and 100"));
        }
        let mut settings = Settings::new(ready.horizon);
        settings.levels = self.level.iter().map(|l| l / 100.0).collect();
        settings.seed = self.seed;
        settings.paths = 0;
        let series = Series {
            values: &ready.values,
            seasons: &ready.seasons,
            regressors: &ready.regressors,
        };
        let most = ready.values.len().saturating_sub(4) / ready.horizon;
        let windows = self.windows.unwrap_or_else(|| most.min(3));
        let (made, tested) = while_running("forecasting", |_| {
            let made = forecast(&series, &settings)?;
            let tested =
                if windows > 0 { Some(backtest(&series, &settings, windows)?) } else { None };
            Ok((made, tested))
        })
        .map_err(|error: luotsi_stats::forecast::ForecastError| AnalyzeError::data(error))?;
        Ok(self.answer(&ready, &made, tested.as_ref()))
    }

    fn prepare(&self, frame: &Frame) -> Result<Prepared, AnalyzeError> {
        let time = column(frame, self.time.as_deref(), &TIMES, "--time")?;
        let value = column(frame, self.value.as_deref(), &VALUES, "--value")?;
        let mut names = vec![(value.as_str(), "--value")];
        names.extend(self.regressors.iter().map(|name| (name.as_str(), "--regressors")));
        let only = match &self.series {
            None => None,
            Some(text) => Some(
                text.split_once('=')
                    .ok_or_else(|| AnalyzeError::data("--series wants COLUMN=NAME"))?,
            ),
        };
        let mut laid = lay(frame, &time, &names, only)?;
        let mut regressors = laid.columns.split_off(1);
        let mut values = laid.columns.swap_remove(0);
        // Steps at the end that nobody measured yet are the future, not gaps.
        let known = values.iter().rposition(|v| !v.is_nan()).map_or(0, |last| last + 1);
        values.truncate(known);
        let usual = laid.clock.seasons(values.len());
        let mut seasons = if self.season.is_empty() { usual.clone() } else { self.season.clone() };
        if seasons == [7.0] && usual.len() == 2 {
            seasons = usual;
        }
        if let Some(season) = seasons.iter().find(|s| !(**s >= 1.0 && s.is_finite())) {
            return Err(AnalyzeError::data(format!(
                "--season takes steps of at least 1, not {season}"
            )));
        }
        seasons.retain(|s| *s > 1.0);
        let mut seen = Vec::new();
        seasons.retain(|s| {
            let new = !seen.contains(s);
            seen.push(*s);
            new
        });
        let horizon =
            self.horizon.unwrap_or_else(|| seasons.first().map_or(7, |s| s.round() as usize));
        if horizon == 0 {
            return Err(AnalyzeError::data("--horizon must be at least 1"));
        }
        not_too_far(horizon, known)?;
        for (name, column) in self.regressors.iter().zip(&regressors) {
            if column.len() < known + horizon
                || column[..known + horizon].iter().any(|x| x.is_nan())
            {
                return Err(AnalyzeError::data(format!(
                    "column `{name}` must have a number for every step up to the horizon: add rows \
                     without a value for the {horizon} steps after the last one"
                )));
            }
        }
        let mut names = self.regressors.clone();
        let steps = known + horizon;
        let mut others = Vec::new();
        if let Some(country) = self.holidays {
            others.extend(calendar::holidays(country, &laid.clock, steps, known));
        }
        if let Some(path) = &self.events {
            others.extend(calendar::events(path, &laid.clock, steps, known)?);
        }
        for (name, column) in others {
            names.push(name);
            regressors.push(column);
        }
        Ok(Prepared { clock: laid.clock, values, names, regressors, seasons, horizon })
    }

    fn answer(&self, ready: &Prepared, made: &Made, tested: Option<&Backtest>) -> Report {
        let n = ready.values.len() as i64;
        let percent_name = |level: f64| format!("{level}").replace('.', "_");
        let points: Vec<Value> = (0..ready.horizon)
            .map(|h| {
                let mut point = Map::new();
                point.insert("time".into(), written(ready.clock.time(n + h as i64)).into());
                point.insert("mean".into(), made.mean[h].into());
                for (level, band) in self.level.iter().zip(&made.bands) {
                    point.insert(format!("lo{}", percent_name(*level)), band.low[h].into());
                    point.insert(format!("hi{}", percent_name(*level)), band.high[h].into());
                }
                point.into()
            })
            .collect();
        let backtest = tested.map(|t| {
            let mut fields = Map::new();
            fields.insert("mase".into(), t.mase.into());
            fields.insert("naive_mase".into(), t.naive_mase.into());
            fields.insert("smape".into(), t.smape.into());
            fields.insert("mae".into(), t.mean_absolute_error.into());
            fields.insert("windows".into(), t.windows.into());
            for (level, coverage) in self.level.iter().zip(&t.coverage) {
                fields
                    .insert(format!("coverage{}", percent_name(*level)), coverage.observed.into());
            }
            Value::from(fields)
        });
        let verdict = match made.skill {
            Skill::BetterThanNaive => "better than naive",
            Skill::NoneOverNaive => "no skill over naive",
            Skill::Unknown => "too short to tell",
        };
        let mut report = Report::new(json!({
            "model": made.model, "skill_vs_naive": made.skill_vs_naive, "verdict": verdict,
            "seasons": ready.seasons, "observations": ready.values.len(), "origins": made.origins,
            "points": points, "backtest": backtest, "regressors": ready.names,
            "candidates": made.candidates.iter().map(|c| json!({
                "model": c.name, "mase": c.mase, "weight": c.weight,
            })).collect::<Vec<_>>(),
        }));
        report.line(format!("Model: {}.", made.model));
        if !ready.names.is_empty() {
            report.line(format!("With {}.", ready.names.join(", ")));
        }
        report.line(match made.skill {
            Skill::BetterThanNaive => format!(
                "Over the past it was {} more exact than repeating the last season.",
                percent(made.skill_vs_naive)
            ),
            Skill::NoneOverNaive => {
                "No skill over naive: repeating the last season is as good.".to_owned()
            }
            Skill::Unknown => format!(
                "{} observations are too few to tell whether this beats repeating the last season.",
                ready.values.len()
            ),
        });
        if let Some(t) = tested {
            let covered: Vec<String> = self
                .level
                .iter()
                .zip(&t.coverage)
                .map(|(level, c)| format!("{level} % held {}", percent(c.observed)))
                .collect();
            report.line(format!(
                "Backtest over {} windows: MASE {} (naive {}), sMAPE {} %, {}.",
                t.windows,
                number(t.mase),
                number(t.naive_mase),
                number(t.smape),
                covered.join(", ")
            ));
        }
        let mut table = Table::new(["time", "expected", "low", "high"]);
        let widest = made.bands.last();
        for h in 0..ready.horizon {
            table.row([
                written(ready.clock.time(n + h as i64)),
                number(made.mean[h]),
                number(widest.map_or(f64::NAN, |b| b.low[h])),
                number(widest.map_or(f64::NAN, |b| b.high[h])),
            ]);
        }
        report.table(&table).chart = Some(fan(ready, made));
        report
    }
}

/// Refuses to look further ahead than ten times the measured past (or a year of days).
pub(super) fn not_too_far(horizon: usize, known: usize) -> Result<(), AnalyzeError> {
    if horizon > (10 * known).max(366) {
        return Err(AnalyzeError::data(format!(
            "{horizon} steps ahead are more than ten times the {known} that were measured: nothing can be said about that"
        )));
    }
    Ok(())
}

/// The recent past and the forecast with its bands.
fn fan(ready: &Prepared, made: &Made) -> Drawing {
    let n = ready.values.len();
    let shown = n.min((4 * ready.horizon).max(60));
    let first = n - shown;
    let labels = (first..n + ready.horizon).map(|t| ready.clock.time(t as i64)).collect();
    let at = |t: usize| (t - first) as f64;
    let past = (first..n).map(|t| (at(t), ready.values[t]));
    let future = |values: &[f64]| -> Vec<(f64, f64)> {
        values.iter().enumerate().map(|(h, v)| (at(n + h), *v)).collect()
    };
    let mut plot = Plot::new("Forecast", XLabels::Times(labels))
        .line("measured", past)
        .dashed("expected", future(&made.mean));
    for band in &made.bands {
        plot = plot.band(
            band.low.iter().zip(&band.high).enumerate().map(|(h, (l, u))| (at(n + h), *l, *u)),
        );
    }
    plot.draw()
}
