//! `luotsi analyze attainment`: will the goal be reached, and what would it take?

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::DateTime;
use luotsi_stats::attainment::{
    Ambition, Attainment as Answer, Direction, Rule, attainment, attainment_of_periods,
    expected_path, pace, required,
};
use luotsi_stats::forecast::{Forecast as Made, Series, Settings, forecast};
use serde_json::json;

use super::column;
use super::forecast::{TIMES, VALUES, not_too_far};
use crate::chart::{Drawing, Plot, XLabels};
use crate::input::{Frame, parse_time};
use crate::progress::while_running;
use crate::report::Report;
use crate::steps::{Clock, lay, written};
use crate::table::{Table, number, percent};
use crate::{AnalyzeError, Streams};

/// What the goal counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The sum from the start to the deadline.
    Sum,
    /// The value at the deadline.
    End,
    /// The mean from the start to the deadline.
    Mean,
    /// Sum of the value over sum of `--denominator`.
    Ratio,
    /// Periods of `--period` steps whose sum reaches `--threshold`; the target is their number.
    Periods,
}

/// Flags of `attainment`.
#[derive(Debug, Args)]
pub struct Attainment {
    /// CSV or Parquet file; `-` reads CSV from standard input.
    file: PathBuf,

    /// The number to reach (with --kind periods: how many periods).
    #[arg(long)]
    target: f64,

    /// Deadline, the last day that counts.
    #[arg(long, value_name = "DATE", value_parser = a_time)]
    by: DateTime,

    /// First day that counts. Default: the day after the last measured one.
    #[arg(long, value_name = "DATE", value_parser = a_time)]
    from: Option<DateTime>,

    /// What is counted.
    #[arg(long, value_enum, default_value = "sum")]
    kind: Kind,

    /// Success is to stay at or below the target.
    #[arg(long)]
    at_most: bool,

    /// Column with the time, as for `forecast`.
    #[arg(long)]
    time: Option<String>,

    /// Column with the value, as for `forecast`.
    #[arg(long)]
    value: Option<String>,

    /// Column with the denominator of a ratio.
    #[arg(long, required_if_eq("kind", "ratio"))]
    denominator: Option<String>,

    /// Steps in a period.
    #[arg(long, default_value_t = 7)]
    period: usize,

    /// What the sum of a period must reach.
    #[arg(long, required_if_eq("kind", "periods"))]
    threshold: Option<f64>,

    /// Season lengths in steps, as for `forecast`.
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    season: Vec<f64>,

    /// Number of simulated futures.
    #[arg(long, default_value_t = 5000)]
    paths: usize,

    /// Seed of the simulation.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The measured part of the goal and the steps that remain.
struct Period {
    clock: Clock,
    values: Vec<f64>,
    denominators: Option<Vec<f64>>,
    seasons: Vec<f64>,
    /// Step of the start, steps measured, step after the deadline.
    start: usize,
    known: usize,
    end: usize,
}

impl Attainment {
    pub(super) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        let frame = Frame::read(&self.file, streams.input)?;
        let period = self.period(&frame)?;
        let (answer, made) = while_running("simulating", |_| self.ask(&period))?;
        Ok(self.answer(&period, &answer, made.as_ref()))
    }

    fn direction(&self) -> Direction {
        if self.at_most { Direction::AtMost } else { Direction::AtLeast }
    }

    fn period(&self, frame: &Frame) -> Result<Period, AnalyzeError> {
        let time = column(frame, self.time.as_deref(), &TIMES, "--time")?;
        let value = column(frame, self.value.as_deref(), &VALUES, "--value")?;
        let mut names = vec![(value.as_str(), "--value")];
        names.extend(self.denominator.as_deref().map(|name| (name, "--denominator")));
        let mut laid = lay(frame, &time, &names, None)?;
        let denominators = if laid.columns.len() > 1 { laid.columns.pop() } else { None };
        let mut values = laid.columns.swap_remove(0);
        let known = values.iter().rposition(|v| !v.is_nan()).map_or(0, |last| last + 1);
        values.truncate(known);
        let index = |time: DateTime| laid.clock.index(time).max(0) as usize;
        let start = self.from.map_or(known, index).min(known);
        let end = index(self.by) + 1;
        if !self.target.is_finite() {
            return Err(AnalyzeError::data("--target must be a number"));
        }
        if self.from.is_some_and(|from| from > self.by) {
            return Err(AnalyzeError::data("--by must not lie before --from"));
        }
        not_too_far(end.saturating_sub(known), known)?;
        if end <= start {
            return Err(AnalyzeError::data("--by must lie after the start of the goal"));
        }
        let seasons =
            if self.season.is_empty() { laid.clock.seasons(known) } else { self.season.clone() };
        Ok(Period { clock: laid.clock, values, denominators, seasons, start, known, end })
    }

    /// The probability, and the forecast it rests on (none when the deadline is over).
    fn ask(&self, period: &Period) -> Result<(Answer, Option<Made>), AnalyzeError> {
        let over = period.known.min(period.end);
        let so_far = &period.values[period.start..over];
        let sum = |values: &[f64]| values.iter().filter(|v| !v.is_nan()).sum::<f64>();
        let remaining = period.end.saturating_sub(period.known);
        let made = if remaining > 0 {
            Some(self.forecast(period, &period.values, remaining, self.seed)?)
        } else {
            None
        };
        let paths = made
            .as_ref()
            .map_or_else(|| vec![so_far[so_far.len() - 1..].to_vec()], |m| m.paths.clone());
        // With everything over, the one path must not count the last step again.
        let nothing = vec![Vec::new()];
        let rest = if made.is_some() || self.kind == Kind::End { &paths } else { &nothing };
        let direction = self.direction();
        let refused = AnalyzeError::data;
        let answer = match self.kind {
            Kind::Sum => {
                attainment(Rule::Sum { so_far: sum(so_far) }, direction, self.target, rest)
            }
            Kind::End => attainment(Rule::EndLevel, direction, self.target, rest),
            Kind::Mean => attainment(
                Rule::Mean { so_far: sum(so_far), steps: so_far.len() },
                direction,
                self.target,
                rest,
            ),
            Kind::Periods => {
                let length = self.period.max(1);
                let done = so_far.len() / length * length;
                let threshold = self.threshold.unwrap_or(f64::NAN);
                let meets = |chunk: &[f64]| match direction {
                    Direction::AtLeast => sum(chunk) >= threshold,
                    Direction::AtMost => sum(chunk) <= threshold,
                };
                let rule = Rule::Periods {
                    met: so_far[..done].chunks(length).filter(|c| meets(c)).count(),
                    current: sum(&so_far[done..]),
                    current_steps: so_far.len() - done,
                    length,
                    threshold,
                };
                attainment_of_periods(rule, direction, self.target.max(0.0).ceil() as usize, rest)
            }
            Kind::Ratio => {
                let below = period.denominators.as_deref().unwrap_or(&[]);
                let below = &below[..period.known.min(below.len())];
                // The ratio and its denominator are forecast apart: they move more independently than
                // numerator and denominator do.
                let (numerators, denominators) = if remaining > 0 {
                    let ratio: Vec<f64> = period
                        .values
                        .iter()
                        .zip(below)
                        .map(|(n, d)| if *d > 0.0 { n / d } else { f64::NAN })
                        .collect();
                    let ratios = self.forecast(period, &ratio, remaining, self.seed)?.paths;
                    let denominators =
                        self.forecast(period, below, remaining, self.seed + 1)?.paths;
                    let product = |(r, d): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
                        r.iter().zip(d).map(|(r, d)| r * d).collect()
                    };
                    (ratios.iter().zip(&denominators).map(product).collect(), denominators)
                } else {
                    (nothing.clone(), nothing.clone())
                };
                let rule = Rule::Ratio {
                    numerator: sum(so_far),
                    denominator: sum(&below[period.start.min(below.len())..over.min(below.len())]),
                    denominators: &denominators,
                };
                attainment(rule, direction, self.target, &numerators)
            }
        }
        .map_err(refused)?;
        Ok((answer, made))
    }

    fn forecast(
        &self,
        period: &Period,
        values: &[f64],
        horizon: usize,
        seed: u64,
    ) -> Result<Made, AnalyzeError> {
        let mut settings = Settings::new(horizon);
        settings.paths = self.paths.max(100);
        settings.seed = seed;
        let series = Series { values, seasons: &period.seasons, regressors: &[] };
        forecast(&series, &settings).map_err(AnalyzeError::data)
    }

    /// What each step of the whole period was expected to bring when it began.
    fn weights(&self, period: &Period) -> Vec<f64> {
        let length = period.end - period.start;
        let before = &period.values[..period.start];
        self.forecast(period, before, length, self.seed)
            .map_or_else(|_| vec![1.0; length], |m| m.mean)
    }

    fn answer(&self, period: &Period, answer: &Answer, made: Option<&Made>) -> Report {
        let so_far: f64 = period.values[period.start..period.known.min(period.end)]
            .iter()
            .filter(|v| !v.is_nan())
            .sum();
        let steps_over = period.known.min(period.end) - period.start;
        let weights = self.weights(period);
        let is_sum = self.kind == Kind::Sum;
        let path = if is_sum { expected_path(self.target, &weights) } else { Vec::new() };
        let pace = if is_sum { pace(so_far, self.target, &weights, steps_over) } else { None };
        let needed =
            if is_sum { required(self.target, so_far, &weights[steps_over..]) } else { Vec::new() };
        let time = |step: usize| written(period.clock.time(step as i64));
        let ambition = match answer.ambition {
            Ambition::Moonshot => "moonshot",
            Ambition::Sound => "sound",
            Ambition::Sandbag => "sandbag",
        };
        let mut report = Report::new(json!({
            "probability": answer.probability,
            "interval": [answer.interval.low, answer.interval.high],
            "target": self.target, "so_far": so_far, "expected": answer.expected,
            "targets": { "p80": answer.commit, "p50": answer.target, "p20": answer.stretch },
            "ambition": ambition, "pace": pace,
            "steps_left": period.end.saturating_sub(period.known),
            "required": needed.iter().enumerate().map(|(i, value)| json!({
                "time": time(period.start + steps_over + i), "value": value,
            })).collect::<Vec<_>>(),
            "path": path.iter().enumerate().map(|(i, expected)| json!({
                "time": time(period.start + i), "expected": expected,
            })).collect::<Vec<_>>(),
            "model": made.map(|m| &m.model), "skill_vs_naive": made.map(|m| m.skill_vs_naive),
        }));
        report.line(format!(
            "Probability of {} {} by {}: {}.",
            if self.at_most { "staying at or below" } else { "reaching" },
            number(self.target),
            time(period.end - 1),
            percent(answer.probability)
        ));
        match answer.ambition {
            Ambition::Moonshot => report.line("Below 10 %: as a target this is a moonshot."),
            Ambition::Sandbag => report.line("Above 90 %: this target asks for nothing new."),
            Ambition::Sound => &mut report,
        };
        if let Some(pace) = pace {
            report.line(format!(
                "So far {}, {} of what the season lets expect by now.",
                number(so_far),
                percent(pace)
            ));
        }
        if let (Some(next), true) = (needed.first(), is_sum) {
            report.line(format!(
                "Needed from here: {} in all, {} in the next step.",
                number(needed.iter().sum()),
                number(*next)
            ));
        }
        let mut table = Table::new(["chance", "target"]);
        table.row(["80 % (commit)".to_owned(), number(answer.commit)]);
        table.row(["50 % (aim)".to_owned(), number(answer.target)]);
        table.row(["20 % (stretch)".to_owned(), number(answer.stretch)]);
        report.table(&table).chart = Some(self.chart(period, made, &path));
        report
    }

    /// For a sum the cumulated value against its path, else the value itself.
    fn chart(&self, period: &Period, made: Option<&Made>, path: &[f64]) -> Drawing {
        let labels = (period.start..period.end).map(|t| period.clock.time(t as i64)).collect();
        let over = period.known.min(period.end);
        let cumulate = self.kind == Kind::Sum;
        let mut sum = 0.0;
        let measured: Vec<(f64, f64)> = period.values[period.start..over]
            .iter()
            .enumerate()
            .map(|(i, v)| {
                sum = if cumulate { sum + if v.is_nan() { 0.0 } else { *v } } else { *v };
                (i as f64, sum)
            })
            .collect();
        let begun = if cumulate { sum } else { 0.0 };
        let mut plot = Plot::new("Goal", XLabels::Times(labels)).line("measured", measured);
        if let Some(made) = made {
            let offset = over - period.start;
            let (mut low, mut middle) = (Vec::new(), Vec::new());
            for h in 0..made.mean.len() {
                let mut at: Vec<f64> = made
                    .paths
                    .iter()
                    .map(|p| if cumulate { begun + p[..=h].iter().sum::<f64>() } else { p[h] })
                    .collect();
                at.sort_unstable_by(f64::total_cmp);
                let q = |p: f64| at[((p * at.len() as f64) as usize).min(at.len() - 1)];
                let x = (offset + h) as f64;
                low.push((x, q(0.1), q(0.9)));
                middle.push((x, q(0.5)));
            }
            plot = plot.dashed("expected", middle).band(low);
        }
        if !path.is_empty() {
            plot = plot
                .dashed("path to the target", path.iter().enumerate().map(|(i, v)| (i as f64, *v)));
        }
        plot.draw()
    }
}

fn a_time(text: &str) -> Result<DateTime, String> {
    parse_time(text).ok_or_else(|| format!("`{text}` is not a date"))
}
