//! `luotsi analyze mix`: what each channel's spend brought, and how to divide the next budget.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use luotsi_stats::mix::{
    self, Channel, LiftTest, Limits, MixFit, Observations, Parameter, Placebo, Plan, RoiPrior,
    Settings, Stability, TimeSlice,
};
use serde_json::{Map, Value, json};

use super::column;
use crate::chart::{Drawing, Plot, XLabels};
use crate::input::Frame;
use crate::progress::while_running;
use crate::report::Report;
use crate::steps::{Clock, Step};
use crate::table::{Table, number, percent};
use crate::{AnalyzeError, Streams};

/// Form of the carry-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Adstock {
    Geometric,
    Delayed,
    WeibullPdf,
    WeibullCdf,
}

/// Form of the saturation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Saturation {
    Logistic,
    Hill,
    HillSlope,
}

/// Flags of `mix`.
///
/// In the JSON, `contribution_share` is the share of the whole target, `interval` its 90 % interval,
/// and `roi` the target per unit of spend.
#[derive(Debug, Args)]
pub struct Mix {
    /// CSV or Parquet file with one row per period; `-` reads CSV from standard input.
    file: PathBuf,

    /// Column with the date. Default: the first of `date_week`, date, week, ds, day, month.
    #[arg(long)]
    date: Option<String>,

    /// Column with what the spend should move. Default: the first of y, target, sales, revenue,
    /// conversions.
    #[arg(long)]
    target: Option<String>,

    /// Spend columns, separated by commas.
    #[arg(long, value_delimiter = ',', required = true)]
    channels: Vec<String>,

    /// Columns of other things that move the target, separated by commas.
    #[arg(long, value_delimiter = ',')]
    controls: Vec<String>,

    /// Form of the carry-over.
    #[arg(long, value_enum, default_value = "geometric")]
    adstock: Adstock,

    /// Form of the saturation.
    #[arg(long, value_enum, default_value = "logistic")]
    saturation: Saturation,

    /// Periods an exposure can work.
    #[arg(long, default_value_t = 8)]
    carry_over: usize,

    /// Sine and cosine pairs of the yearly season.
    #[arg(long, default_value_t = 2)]
    harmonics: usize,

    /// Leave the linear trend out.
    #[arg(long)]
    no_trend: bool,

    /// Points where the trend may bend.
    #[arg(long, default_value_t = 0)]
    knots: usize,

    /// What is known of the return of a channel: `NAME=MEDIAN,SPREAD`, the spread as a factor (2
    /// means between half and double). May be given several times.
    #[arg(long, value_name = "NAME=MEDIAN,SPREAD")]
    roi_prior: Vec<String>,

    /// An experiment: `NAME=BEFORE,DURING,LIFT,ERROR`, all per period. May be given several times.
    #[arg(long, value_name = "NAME=BEFORE,DURING,LIFT,ERROR")]
    lift_test: Vec<String>,

    /// Periods at the end to foretell from the ones before, as a check.
    #[arg(long)]
    holdout: Option<usize>,

    /// Also fit with a channel that cannot have worked: how much would the model credit to it?
    #[arg(long)]
    placebo: bool,

    /// Refit so many times without the last periods: do the shares stay?
    #[arg(long, default_value_t = 0, value_name = "REFITS")]
    stability: usize,

    /// Budget per period to divide. `current` divides today's.
    #[arg(long)]
    budget: Option<String>,

    /// How far a channel's spend may move from today's, as a share.
    #[arg(long, default_value_t = 0.3)]
    bounds: f64,

    /// Channels whose spend stays as it is.
    #[arg(long, value_delimiter = ',')]
    lock: Vec<String>,

    /// Independent chains of the sampler.
    #[arg(long, default_value_t = 4)]
    chains: usize,

    /// Draws per chain to settle down.
    #[arg(long, default_value_t = 500)]
    warmup: usize,

    /// Draws per chain that are kept.
    #[arg(long, default_value_t = 1000)]
    draws: usize,

    /// Seed of the sampler.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Mix {
    pub(super) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        let frame = Frame::read(&self.file, streams.input)?;
        let (data, settings) = self.read(&frame)?;
        mix::check(&data, &settings).map_err(AnalyzeError::data)?;
        let today: Vec<f64> = data
            .channels
            .iter()
            .map(|c| c.spend.iter().sum::<f64>() / c.spend.len() as f64)
            .collect();
        let limits = self.limits(&data, &today);
        let budget = match self.budget.as_deref() {
            None => None,
            Some("current") => Some(today.iter().sum()),
            Some(text) => Some(text.parse::<f64>().map_err(|_| {
                AnalyzeError::data(format!("--budget: `{text}` is not a number or `current`"))
            })?),
        };
        if self.stability > 10 {
            return Err(AnalyzeError::data("--stability takes at most 10 refits"));
        }
        let (fit, checks) = while_running("sampling", |_| {
            let fit = mix::fit(&data, &settings)?;
            let checks = Checks {
                slice: self
                    .holdout
                    .map(|holdout| mix::time_slice(&data, &settings, holdout))
                    .transpose()?,
                placebo: self.placebo.then(|| mix::placebo(&data, &settings)).transpose()?,
                stability: mix::stability(&data, &settings, &fit, self.stability)?,
            };
            Ok((fit, checks))
        })
        .map_err(|error: mix::MixError| AnalyzeError::data(error))?;
        let plan = match budget {
            None => None,
            Some(budget) => Some(mix::plan(&fit, &today, &limits, budget).ok_or_else(|| {
                AnalyzeError::data("the budget does not fit between the bounds: widen --bounds")
            })?),
        };
        Ok(answer(&fit, &checks, plan.as_ref(), &data, &today))
    }

    fn read(&self, frame: &Frame) -> Result<(Observations, Settings), AnalyzeError> {
        let date = column(
            frame,
            self.date.as_deref(),
            &["date_week", "date", "week", "ds", "day", "month"],
            "--date",
        )?;
        let target = column(
            frame,
            self.target.as_deref(),
            &["y", "target", "sales", "revenue", "conversions"],
            "--target",
        )?;
        if let Some(name) = self.channels.iter().chain(&self.controls).find(|name| **name == target)
        {
            return Err(AnalyzeError::data(format!(
                "`{name}` is the target: it cannot explain itself"
            )));
        }
        if let Some(name) = self.lock.iter().find(|name| !self.channels.contains(name)) {
            return Err(AnalyzeError::data(format!("--lock: `{name}` is not one of the channels")));
        }
        if !(self.bounds >= 0.0 && self.bounds.is_finite()) {
            return Err(AnalyzeError::data("--bounds must be a share of zero or more"));
        }
        if self.carry_over > frame.rows() / 2 {
            return Err(AnalyzeError::data("--carry-over must be at most half of the periods"));
        }
        let times = frame.times(&date, "--date")?;
        let mut order: Vec<usize> = (0..frame.rows()).collect();
        order.sort_by_key(|i| times[*i]);
        let sorted: Vec<_> = order.iter().map(|i| times[*i]).collect();
        let clock = Clock::of(&sorted)?;
        let numbers = |name: &str, flag: &str| -> Result<Vec<f64>, AnalyzeError> {
            let values = frame.numbers(name, flag)?;
            Ok(order.iter().map(|i| values[*i]).collect())
        };
        let mut data =
            Observations { target: numbers(&target, "--target")?, ..Observations::default() };
        for name in &self.channels {
            let spend = numbers(name, "--channels")?;
            data.channels.push(Channel { name: name.clone(), spend, prior: None });
        }
        for name in &self.controls {
            data.controls.push((name.clone(), numbers(name, "--controls")?));
        }
        for text in &self.roi_prior {
            let (channel, numbers) = self.named::<2>(text, "--roi-prior")?;
            let [median, spread] = numbers;
            if !(median > 0.0 && spread > 1.0) {
                return Err(AnalyzeError::data(
                    "--roi-prior wants a positive median and a spread above 1",
                ));
            }
            data.channels[channel].prior =
                Some(RoiPrior { log_mean: median.ln(), log_sd: spread.ln() });
        }
        for text in &self.lift_test {
            let (channel, [spend_before, spend_during, lift, std_error]) =
                self.named::<4>(text, "--lift-test")?;
            data.lift_tests.push(LiftTest { channel, spend_before, spend_during, lift, std_error });
        }
        let year = match clock.step {
            Step::Months(months) => 12.0 / f64::from(months),
            Step::Seconds(seconds) => 365.25 * 86_400.0 / seconds as f64,
        };
        let settings = Settings {
            adstock: match self.adstock {
                Adstock::Geometric => mix::Adstock::Geometric,
                Adstock::Delayed => mix::Adstock::Delayed,
                Adstock::WeibullPdf => mix::Adstock::WeibullPdf,
                Adstock::WeibullCdf => mix::Adstock::WeibullCdf,
            },
            saturation: match self.saturation {
                Saturation::Logistic => mix::Saturation::Logistic,
                Saturation::Hill => mix::Saturation::Hill,
                Saturation::HillSlope => mix::Saturation::HillSlope,
            },
            carry_over: self.carry_over.max(1),
            year,
            harmonics: self.harmonics,
            trend: !self.no_trend,
            knots: self.knots,
            chains: self.chains.max(1),
            warmup: self.warmup.max(50),
            draws: self.draws.max(50),
            level: 0.9,
            seed: self.seed,
        };
        Ok((data, settings))
    }

    /// `NAME=a,b,…` as the channel's position and its numbers.
    fn named<const N: usize>(
        &self,
        text: &str,
        flag: &str,
    ) -> Result<(usize, [f64; N]), AnalyzeError> {
        let wrong = || AnalyzeError::data(format!("{flag}: `{text}` is not CHANNEL=number,…"));
        let (name, numbers) = text.split_once('=').ok_or_else(wrong)?;
        let channel = self.channels.iter().position(|c| c == name).ok_or_else(|| {
            AnalyzeError::data(format!("{flag}: `{name}` is not one of the channels"))
        })?;
        let numbers: Vec<f64> = numbers
            .split(',')
            .map(|n| n.trim().parse().map_err(|_| wrong()))
            .collect::<Result<_, _>>()?;
        Ok((channel, numbers.try_into().map_err(|_| wrong())?))
    }

    fn limits(&self, data: &Observations, today: &[f64]) -> Vec<Limits> {
        data.channels
            .iter()
            .zip(today)
            .map(|(channel, &spend)| {
                if self.lock.contains(&channel.name) {
                    return Limits { low: spend, high: spend };
                }
                let bounds = self.bounds.max(0.0);
                Limits { low: spend * (1.0 - bounds).max(0.0), high: spend * (1.0 + bounds) }
            })
            .collect()
    }
}

fn shape(parameters: &[Parameter]) -> Value {
    let mut fields = Map::new();
    let mut intervals = Map::new();
    for parameter in parameters {
        fields.insert(parameter.name.clone(), parameter.mean.into());
        intervals.insert(
            parameter.name.clone(),
            json!([parameter.interval.low, parameter.interval.high]),
        );
    }
    fields.insert("intervals".into(), intervals.into());
    fields.into()
}

/// What was asked beside the fit.
struct Checks {
    slice: Option<TimeSlice>,
    placebo: Option<Placebo>,
    /// One for each channel; of no refits when none was asked for.
    stability: Vec<Stability>,
}

fn answer(
    fit: &MixFit,
    checks: &Checks,
    plan: Option<&Plan>,
    data: &Observations,
    today: &[f64],
) -> Report {
    let slice = checks.slice.as_ref();
    let refitted = checks.stability.iter().any(|one| one.range.0 < one.range.1);
    let both = |p: &Parameter| json!([p.interval.low, p.interval.high]);
    let channels: Vec<Value> = fit
        .channels
        .iter()
        .map(|c| {
            json!({
                "name": c.name,
                "contribution_share": c.contribution_share.mean,
                "interval": both(&c.contribution_share),
                "contribution": c.contribution.mean, "contribution_interval": both(&c.contribution),
                "roi": c.roi.mean, "roi_interval": both(&c.roi),
                "adstock": shape(&c.adstock), "saturation": shape(&c.saturation),
                "prior": { "log_mean": c.prior.log_mean, "log_sd": c.prior.log_sd },
                "prior_overlap": c.prior_overlap,
            })
        })
        .collect();
    let d = &fit.diagnostics;
    let mut report = Report::new(json!({
        "channels": channels,
        "diagnostics": {
            "max_r_hat": d.max_r_hat, "min_effective_size": d.min_effective_size,
            "divergences": d.divergences, "draws": d.draws,
        },
        "r_squared": fit.r_squared, "mape": fit.mape, "sigma": fit.sigma.mean,
        "time_slice": slice.map(|s| json!({
            "mape": s.mape, "naive_mape": s.naive_mape, "coverage90": s.coverage,
        })),
        "placebo": checks.placebo.as_ref().map(|p| json!({
            "of": p.of, "contribution_share": p.share, "real_share": p.real_share,
            "prior_overlap": p.prior_overlap, "believed": p.believed(),
        })),
        "stability": refitted.then(|| checks.stability.iter().map(|one| json!({
            "name": one.name, "contribution_share": one.share,
            "range": [one.range.0, one.range.1], "stable": one.stable(fit),
        })).collect::<Vec<_>>()),
        "plan": plan.map(|plan| json!({
            "channels": data.channels.iter().enumerate().map(|(i, c)| json!({
                "name": c.name, "today": today[i], "spend": plan.spends[i],
                "best_interval": [plan.best_by_draw[i].low, plan.best_by_draw[i].high],
            })).collect::<Vec<_>>(),
            "expected": plan.expected, "expected_today": plan.expected_today,
            "probability_better": plan.probability_better,
        })),
        "warnings": fit.warnings,
    }));
    report.line(format!(
        "The model explains {} of the variance and is off by {} on average.",
        percent(fit.r_squared),
        percent(fit.mape)
    ));
    for warning in &fit.warnings {
        report.line(format!("Careful: {warning}."));
    }
    if let Some(slice) = slice {
        report.line(format!(
            "Foretelling the last stretch from the ones before: off by {}, last year's value by {}.",
            percent(slice.mape),
            percent(slice.naive_mape)
        ));
    }
    if let Some(placebo) = &checks.placebo {
        report.line(format!(
            "A placebo with the spend of {} at the wrong time gets {} beside {} for the channel itself{}.",
            placebo.of,
            percent(placebo.share),
            percent(placebo.real_share),
            if placebo.believed() { ": do not trust these shares" } else { "" }
        ));
    }
    for one in checks.stability.iter().filter(|_| refitted) {
        report.line(format!(
            "Without the last periods {} gets {} to {}{}.",
            one.name,
            percent(one.range.0),
            percent(one.range.1),
            if one.stable(fit) { "" } else { ": not stable" }
        ));
    }
    let mut table =
        Table::new(["channel", "share", "90 %", "return", "90 %", "carry-over", "saturation"]);
    for c in &fit.channels {
        let range = |p: &Parameter, f: fn(f64) -> String| {
            format!("{} – {}", f(p.interval.low), f(p.interval.high))
        };
        let shapes = |list: &[Parameter]| {
            list.iter().map(|p| format!("{} {:.2}", p.name, p.mean)).collect::<Vec<_>>().join(", ")
        };
        table.row([
            c.name.clone(),
            percent(c.contribution_share.mean),
            range(&c.contribution_share, percent),
            number(c.roi.mean),
            range(&c.roi, number),
            shapes(&c.adstock),
            shapes(&c.saturation),
        ]);
    }
    report.table(&table);
    if let Some(plan) = plan {
        let mut table = Table::new(["channel", "today", "plan", "best, 90 %"]);
        for (i, c) in data.channels.iter().enumerate() {
            table.row([
                c.name.clone(),
                number(today[i]),
                number(plan.spends[i]),
                format!(
                    "{} – {}",
                    number(plan.best_by_draw[i].low),
                    number(plan.best_by_draw[i].high)
                ),
            ]);
        }
        report.table(&table);
        report.line(format!(
            "The plan brings {} a period instead of {}; it beats today with probability {}.",
            number(plan.expected),
            number(plan.expected_today),
            percent(plan.probability_better)
        ));
    }
    report.chart = Some(curves(fit, data));
    report
}

/// What each channel brings per period by its spend, with a 90 % band.
fn curves(fit: &MixFit, data: &Observations) -> Drawing {
    const POINTS: usize = 40;
    let mut plot = Plot::new("Response to a steady spend", XLabels::Number)
        .axes("spend per period", "target per period");
    for (m, channel) in data.channels.iter().enumerate() {
        let most = channel.spend.iter().copied().fold(0.0, f64::max);
        let (mut line, mut band) = (Vec::new(), Vec::new());
        for i in 0..=POINTS {
            let x = most * i as f64 / POINTS as f64;
            let mut at: Vec<f64> = fit.responses.iter().step_by(7).map(|r| r[m].at(x)).collect();
            at.sort_unstable_by(f64::total_cmp);
            let q = |p: f64| at[((p * at.len() as f64) as usize).min(at.len() - 1)];
            line.push((x, q(0.5)));
            band.push((x, q(0.05), q(0.95)));
        }
        plot = plot.line(&channel.name, line).band(band);
    }
    plot.draw()
}
