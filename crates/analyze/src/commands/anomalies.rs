//! `luotsi analyze anomalies`: values of a series that its own past does not explain.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use luotsi_stats::anomaly::watch::{alarms, latest};
use luotsi_stats::anomaly::{
    self, Anomaly, Detection, Direction, LevelShift, RecentChange, Settings, SlowDrift,
};
use serde_json::{Value, json};

use super::column;
use crate::chart::{Drawing, Plot, XLabels};
use crate::input::{Frame, parse_time};
use crate::progress::while_running;
use crate::report::Report;
use crate::table::{Table, number, p_value, percent, signed_percent};
use crate::{AnalyzeError, Streams};

/// A change of level that is this probable is told.
const SURE_OF_A_CHANGE: f64 = 0.9;
/// More points than this are thinned before they are drawn.
const DRAWN_POINTS: usize = 3000;

/// Flags of `anomalies`.
#[derive(Debug, Args)]
pub struct Anomalies {
    /// CSV or Parquet file; `-` reads CSV from standard input.
    file: PathBuf,

    /// Column with the time. Default: the first of timestamp, time, date, datetime, ds, day, week,
    /// month.
    #[arg(long)]
    time: Option<String>,

    /// Column with the value. Default: the first of value, y, count, visitors, visits, or the only
    /// other column.
    #[arg(long)]
    value: Option<String>,

    /// Column that tells several series apart.
    #[arg(long)]
    series: Option<String>,

    /// False alarms a year that one series may raise.
    #[arg(long, default_value_t = 1.0)]
    budget: f64,

    /// Least deviation from what was expected, as a share: 0.1 is ten percent.
    #[arg(long, default_value_t = 0.0)]
    min_effect: f64,

    /// Values expected below this are too few to judge.
    #[arg(long, default_value_t = 0.0)]
    min_volume: f64,

    /// Data from this time on is incomplete: neither judged nor learned from.
    #[arg(long, value_name = "TIME", value_parser = a_time)]
    complete_until: Option<DateTime>,

    /// A time with a known cause, `FROM..TO`, not judged. May be given several times.
    #[arg(long, value_name = "FROM..TO", value_parser = a_range)]
    mute: Vec<(DateTime, DateTime)>,

    /// Judge only the newest value of each series, with at most this share of false alarms among them.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_missing_value = "0.1")]
    latest: Option<f64>,
}

/// One series of the file.
struct Series {
    name: String,
    times_s: Vec<i64>,
    values: Vec<f64>,
}

/// What one series holds.
struct Found {
    detection: Detection,
    shifts: Vec<LevelShift>,
    drifts: Vec<SlowDrift>,
    recent: Option<RecentChange>,
}

impl Anomalies {
    pub(super) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        let all = self.read(streams)?;
        let settings = self.settings()?;
        if let Some(false_share) = self.latest {
            return newest(&all, &settings, false_share);
        }
        let found = while_running("Looking for anomalies", |work| {
            work.set_length(all.len() as u64);
            all.iter()
                .map(|series| {
                    let detection = anomaly::detect(&series.times_s, &series.values, &settings);
                    let (times_s, values) = (&series.times_s, &series.values);
                    let found = Found {
                        detection: detection.map_err(|error| series.refused(&error))?,
                        shifts: anomaly::level_shifts(times_s, values, &settings)
                            .map_err(AnalyzeError::data)?,
                        drifts: anomaly::slow_drifts(times_s, values, &settings)
                            .map_err(AnalyzeError::data)?,
                        recent: anomaly::recent_change(times_s, values, &settings)
                            .map_err(AnalyzeError::data)?,
                    };
                    work.step();
                    Ok(found)
                })
                .collect::<Result<Vec<Found>, AnalyzeError>>()
        })?;
        Ok(report(&all, &found))
    }

    fn settings(&self) -> Result<Settings, AnalyzeError> {
        for (name, value) in [("--min-effect", self.min_effect), ("--min-volume", self.min_volume)]
        {
            if value.is_nan() || value < 0.0 {
                return Err(AnalyzeError::data(format!(
                    "{name} must be zero or more, not {value}"
                )));
            }
        }
        Ok(Settings {
            false_alarms_a_year: self.budget,
            smallest_effect: self.min_effect,
            smallest_expected: self.min_volume,
            complete_until_s: self.complete_until.map(seconds),
            muted_s: self.mute.iter().map(|&(from, to)| (seconds(from), seconds(to))).collect(),
            ..Settings::default()
        })
    }

    fn read(&self, streams: &mut Streams<'_>) -> Result<Vec<Series>, AnalyzeError> {
        let frame = Frame::read(&self.file, streams.input)?;
        let defaults = ["timestamp", "time", "date", "datetime", "ds", "day", "week", "month"];
        let time = column(&frame, self.time.as_deref(), &defaults, "--time")?;
        let others: Vec<&String> = frame
            .names()
            .iter()
            .filter(|name| **name != time && Some(*name) != self.series.as_ref())
            .collect();
        let only = if let [only] = others[..] { Some(only.as_str()) } else { None };
        let given = self
            .value
            .as_deref()
            .or_else(|| frame.first_of(&["value", "y", "count", "visitors", "visits"]).or(only));
        let value = column(&frame, given, &["value"], "--value")?;
        let times_s: Vec<i64> = frame.times(&time, "--time")?.into_iter().map(seconds).collect();
        let values = frame.numbers_or_missing(&value, "--value")?;
        let Some(series) = &self.series else {
            return Ok(vec![Series { name: value, times_s, values }]);
        };
        let names = frame.texts(series, "--series")?;
        let mut all: Vec<Series> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for ((name, time_s), value) in names.into_iter().zip(times_s).zip(values) {
            let place = *places.entry(name.clone()).or_insert_with(|| {
                all.push(Series { name, times_s: Vec::new(), values: Vec::new() });
                all.len() - 1
            });
            all[place].times_s.push(time_s);
            all[place].values.push(value);
        }
        Ok(all)
    }
}

impl Series {
    fn refused(&self, error: &anomaly::AnomalyError) -> AnalyzeError {
        AnalyzeError::data(format!("`{}`: {error}", self.name))
    }
}

fn report(all: &[Series], found: &[Found]) -> Report {
    let several = all.len() > 1;
    let with_series = |name: &str, mut fields: Value| {
        if several {
            fields["series"] = json!(name);
        }
        fields
    };
    let named = || all.iter().map(|series| series.name.as_str()).zip(found);
    let anomalies: Vec<Value> = named()
        .flat_map(|(name, found)| found.detection.anomalies.iter().map(move |a| (name, a)))
        .map(|(name, a)| with_series(name, fields(a)))
        .collect();
    let shifts: Vec<Value> = named()
        .flat_map(|(name, found)| found.shifts.iter().map(move |shift| (name, shift)))
        .map(|(name, shift)| {
            let at = json!({"at": written(shift.at_s), "before": shift.before, "after": shift.after, "score": shift.score});
            with_series(name, at)
        })
        .collect();
    let drifts: Vec<Value> = named()
        .flat_map(|(name, found)| found.drifts.iter().map(move |drift| (name, drift)))
        .map(|(name, drift)| {
            let fields = json!({
                "from": written(drift.from_s), "noticed": written(drift.noticed_s),
                "before": drift.before, "now": drift.now,
            });
            with_series(name, fields)
        })
        .collect();
    let recent: Vec<Value> = named()
        .filter_map(|(name, found)| found.recent.map(|change| (name, change)))
        .map(|(name, change)| {
            let fields = json!({
                "probability": change.probability, "since": written(change.since_s),
                "days": change.days,
            });
            with_series(name, fields)
        })
        .collect();
    let mut report = Report::new(json!({
        "anomalies": anomalies, "level_shifts": shifts, "slow_drifts": drifts,
        "recent_change": recent,
    }));
    let mut table = Table::new([
        "from",
        "to",
        "direction",
        "expected",
        "actual",
        "deviation",
        "score",
        "series",
    ]);
    let mut count = 0;
    for (name, found) in named() {
        for a in &found.detection.anomalies {
            count += 1;
            table.row([
                written(a.from_s),
                written(a.to_s),
                word(a.direction).to_owned(),
                number(a.expected),
                number(a.actual),
                signed_percent(a.actual / a.expected - 1.0),
                number(a.score),
                if several { name.to_owned() } else { String::new() },
            ]);
        }
    }
    report.line(match count {
        0 => "No anomalies.".to_owned(),
        1 => {
            "1 anomaly. Score: 0 is expected once a year by chance, 1 once in ten years.".to_owned()
        }
        _ => format!(
            "{count} anomalies. Score: 0 is expected once a year by chance, 1 once in ten years."
        ),
    });
    if count > 0 {
        report.table(&table);
    }
    let mut levels = Table::new(["level from", "before", "after", "change", "series"]);
    for (name, found) in named() {
        for shift in &found.shifts {
            levels.row([
                written(shift.at_s),
                number(shift.before),
                number(shift.after),
                signed_percent(shift.after / shift.before - 1.0),
                if several { name.to_owned() } else { String::new() },
            ]);
        }
    }
    if found.iter().any(|found| !found.shifts.is_empty()) {
        report.table(&levels);
    }
    let mut slow = Table::new(["drift from", "noticed", "before", "then", "change", "series"]);
    for (name, found) in named() {
        for drift in &found.drifts {
            slow.row([
                written(drift.from_s),
                written(drift.noticed_s),
                number(drift.before),
                number(drift.now),
                signed_percent(drift.now / drift.before - 1.0),
                if several { name.to_owned() } else { String::new() },
            ]);
        }
    }
    if found.iter().any(|found| !found.drifts.is_empty()) {
        report.table(&slow);
    }
    for (name, found) in named() {
        if let Some(change) = found.recent.filter(|change| change.probability > SURE_OF_A_CHANGE) {
            report.line(format!(
                "{name}: the level is new since {} (probability {}).",
                written(change.since_s),
                percent(change.probability)
            ));
        }
    }
    if let (Some(series), Some(found)) = (all.first(), found.first()) {
        report.chart = Some(chart(&series.name, &found.detection));
    }
    report
}

fn newest(all: &[Series], settings: &Settings, false_share: f64) -> Result<Report, AnalyzeError> {
    if !(0.0..=1.0).contains(&false_share) {
        return Err(AnalyzeError::data(format!(
            "--latest must lie between 0 and 1, not {false_share}"
        )));
    }
    let judged = while_running("Looking at the newest values", |work| {
        work.set_length(all.len() as u64);
        all.iter()
            .map(|series| {
                work.step();
                latest(&series.times_s, &series.values, settings)
                    .map_err(|error| series.refused(&error))
            })
            .collect::<Result<Vec<_>, _>>()
    })?;
    let raised = alarms(&judged, false_share);
    let mut report = Report::new(json!({"latest": judged.iter().enumerate().map(|(i, one)| json!({
        "series": all[i].name, "time": written(one.time_s), "direction": word(one.direction),
        "expected": one.expected, "actual": one.actual, "p_value": one.p_value, "alarm": raised.contains(&i),
    })).collect::<Vec<_>>()}));
    report.line(format!("{} of {} series deserve a look.", raised.len(), all.len()));
    let mut table = Table::new(["series", "time", "direction", "expected", "actual", "p"]);
    for &i in &raised {
        let one = &judged[i];
        table.row([
            all[i].name.clone(),
            written(one.time_s),
            word(one.direction).to_owned(),
            number(one.expected),
            number(one.actual),
            p_value(one.p_value),
        ]);
    }
    if !raised.is_empty() {
        report.table(&table);
    }
    Ok(report)
}

fn fields(a: &Anomaly) -> Value {
    json!({
        "from": written(a.from_s), "to": written(a.to_s), "direction": word(a.direction),
        "expected": a.expected, "actual": a.actual, "score": a.score,
    })
}

fn chart(name: &str, detection: &Detection) -> Drawing {
    let points = &detection.points;
    let times = points.iter().map(|point| from_seconds(point.time_s)).collect();
    let stride = points.len().div_ceil(DRAWN_POINTS);
    // Of each bucket the value furthest from what was expected is drawn, so that no spike is lost.
    let drawn: Vec<usize> = (0..points.len())
        .step_by(stride)
        .filter_map(|from| {
            let away = |t: &usize| (points[*t].actual - points[*t].expected).abs();
            (from..(from + stride).min(points.len()))
                .filter(|t| points[*t].actual.is_finite())
                .max_by(|a, b| away(a).total_cmp(&away(b)))
        })
        .collect();
    let at =
        |pick: fn(&anomaly::Point) -> f64| drawn.iter().map(move |&t| (t as f64, pick(&points[t])));
    let inside = |t: usize| {
        let time_s = points[t].time_s;
        detection.anomalies.iter().any(|a| a.from_s <= time_s && time_s <= a.to_s)
    };
    Plot::new(&format!("Anomalies of {name}"), XLabels::Times(times))
        .line("actual", at(|point| point.actual))
        .points(
            "anomaly",
            drawn.iter().filter(|&&t| inside(t)).map(|&t| (t as f64, points[t].actual)),
        )
        .dashed("expected", at(|point| point.expected))
        .band(drawn.iter().map(|&t| (t as f64, points[t].low, points[t].high)))
        .draw()
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

/// Seconds of a civil time as if it were UTC: only distances and days matter.
fn seconds(time: DateTime) -> i64 {
    TimeZone::UTC
        .to_ambiguous_zoned(time)
        .compatible()
        .map_or(0, |zoned| zoned.timestamp().as_second())
}

fn from_seconds(seconds: i64) -> DateTime {
    let timestamp = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    TimeZone::UTC.to_datetime(timestamp)
}

fn written(time_s: i64) -> String {
    from_seconds(time_s).to_string()
}

fn a_time(text: &str) -> Result<DateTime, String> {
    parse_time(text).ok_or_else(|| "not a date; write 2026-03-01 or 2026-03-01 12:00:00".to_owned())
}

fn a_range(text: &str) -> Result<(DateTime, DateTime), String> {
    let (from, to) = text.split_once("..").ok_or("write FROM..TO")?;
    Ok((a_time(from)?, a_time(to)?))
}
