//! `luotsi analyze experiment`: which arm is better, and whether that can be told yet.

mod arms;
mod output;
mod plan;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use luotsi_stats::experiment::analysis::{self, Design};
use luotsi_stats::experiment::bandit::{Allocation, allocate};
use luotsi_stats::experiment::bayes::{DEFAULT_PRIOR, Prior};
use luotsi_stats::experiment::effect::Scale;
use luotsi_stats::experiment::fixed::Alternative;
use luotsi_stats::experiment::group_sequential::{Spending, boundaries};
use luotsi_stats::experiment::sequential::DEFAULT_TUNING;
use serde_json::Value;

use crate::input::Frame;
use crate::report::Report;
use crate::{AnalyzeError, Streams};

/// What is measured for each unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MetricKind {
    /// Converted or not.
    Proportion,
    /// A number: revenue, pages.
    Mean,
    /// A ratio of two numbers: clicks for each page view.
    Ratio,
}

/// Flags of `experiment`. Each of them may also stand in the JSON object, under the name in brackets.
#[derive(Debug, Args)]
pub struct Experiment {
    /// JSON with sums, or CSV or Parquet with one row for each unit (or, with a column `n`, for each
    /// arm). `-` reads JSON or CSV from standard input.
    #[arg(default_value = "-")]
    file: PathBuf,

    /// What is measured [metric]. Default for rows: proportion when every value is 0 or 1, else mean.
    #[arg(long, value_enum)]
    metric: Option<MetricKind>,

    /// Judge the difference itself instead of the relative lift [absolute].
    #[arg(long)]
    absolute: bool,

    /// No prior belief about the effect [flat_prior].
    #[arg(long)]
    flat_prior: bool,

    /// Standard deviation of the prior on the relative lift [prior: {mean, standard_deviation}].
    #[arg(long)]
    prior_sd: Option<f64>,

    /// Confidence of the intervals [confidence].
    #[arg(long)]
    confidence: Option<f64>,

    /// Units at which the always-valid interval is tightest [sequential_tuning].
    #[arg(long)]
    tuning: Option<f64>,

    /// Days the experiment has run: the verdict then says how many more [days].
    #[arg(long)]
    days: Option<f64>,

    /// Effects smaller than this do not matter [smallest_effect].
    #[arg(long)]
    smallest_effect: Option<f64>,

    /// Test that an arm is not worse than the first by more than this [margin].
    #[arg(long)]
    margin: Option<f64>,

    /// Less is better: cost, bounces, complaints [lower_is_better].
    #[arg(long)]
    lower_is_better: bool,

    /// Fixed-horizon test only for "greater" [one_sided].
    #[arg(long)]
    one_sided: bool,

    /// Planned shares of the arms, separated by commas, in their order [weights].
    #[arg(long, value_delimiter = ',')]
    weights: Vec<f64>,

    /// Values below zero are meant [allow_negative].
    #[arg(long)]
    allow_negative: bool,

    /// Planned looks so far as shares of the planned units, the present one last: the group-sequential
    /// thresholds at which to stop [looks].
    #[arg(long, value_delimiter = ',')]
    looks: Vec<f64>,

    /// How the error probability is spent over the looks.
    #[arg(long, value_enum, default_value = "obrien-fleming")]
    spending: SpendingRule,

    /// Also divide the next visitors among the arms (a bandit: an allocation, not a test).
    #[arg(long)]
    allocate: bool,

    /// Least share of each arm in --allocate.
    #[arg(long, default_value_t = 0.05)]
    floor: f64,

    /// Seed of --allocate.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    #[command(flatten)]
    plan: plan::Planning,

    #[command(flatten)]
    rows: Rows,
}

/// How the error probability is spent over planned looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SpendingRule {
    /// Hardly anything early.
    ObrienFleming,
    /// About the same at each look.
    Pocock,
}

impl SpendingRule {
    fn method(self) -> Spending {
        match self {
            Self::ObrienFleming => Spending::OBrienFleming,
            Self::Pocock => Spending::Pocock,
        }
    }
}

/// Flags for files with one row for each unit.
#[derive(Debug, Args)]
struct Rows {
    /// Column with the arm. Default: the first of arm, variant, variation, version, group.
    #[arg(long)]
    arm: Option<String>,

    /// Column with the value. Default: the first of value, converted, conversion, revenue.
    #[arg(long)]
    value: Option<String>,

    /// Column with the denominator of a ratio.
    #[arg(long)]
    denominator: Option<String>,

    /// Column measured before the experiment, to reduce noise (CUPED).
    #[arg(long)]
    covariate: Option<String>,

    /// Denominator of --covariate, for a ratio that is adjusted by what it was before.
    #[arg(long, requires = "covariate", requires = "denominator")]
    covariate_denominator: Option<String>,

    /// Column with a stratum known before (country, device, week): arms are compared as if each had the
    /// strata of the whole experiment.
    #[arg(long, conflicts_with_all = ["covariate"])]
    stratum: Option<String>,

    /// Cap values at this quantile of all arms together: 0.99 (above zero only).
    #[arg(long, value_name = "QUANTILE")]
    winsorise: Option<f64>,

    /// The arm that others are compared with. Default: the first in the file.
    #[arg(long)]
    control: Option<String>,
}

impl Experiment {
    pub(super) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        if self.plan.plan {
            return self.plan.run(self.confidence);
        }
        let (input, object) = self.read(streams)?;
        let design = self.design(&object)?;
        let answer = analysis::analyse(&input.arms, &design).map_err(AnalyzeError::data)?;
        let mut report = output::report(&input, &design, &answer);
        let looks = self.looks(&object)?;
        if !looks.is_empty() {
            let looks = boundaries(self.spending.method(), design.alpha, &looks)
                .map_err(AnalyzeError::data)?;
            output::add_looks(&mut report, &looks, &answer);
        }
        if self.allocate || object["allocate"].as_bool().unwrap_or(false) {
            let settings = Allocation {
                floor: self.floor,
                higher_is_better: design.higher_is_better,
                ..Allocation::default()
            };
            let shares =
                allocate(&answer.estimates, settings, self.seed).map_err(AnalyzeError::data)?;
            output::add_allocation(&mut report, &input, &shares);
        }
        Ok(report)
    }

    fn looks(&self, object: &Value) -> Result<Vec<f64>, AnalyzeError> {
        let listed = match &object["looks"] {
            Value::Null => return Ok(self.looks.clone()),
            Value::Array(list) => list.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>(),
            _ => None,
        };
        let listed = listed.ok_or_else(|| {
            AnalyzeError::data("`looks` must be a list of shares, such as [0.5, 1]")
        })?;
        Ok(if self.looks.is_empty() { listed } else { self.looks.clone() })
    }

    fn read(&self, streams: &mut Streams<'_>) -> Result<(arms::Input, Value), AnalyzeError> {
        let stdin = self.file == Path::new("-");
        let is_json = self.file.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        if !stdin && !is_json {
            let frame = Frame::read(&self.file, streams.input)?;
            return Ok((arms::from_frame(self, &frame)?, Value::Null));
        }
        let mut text = String::new();
        let read = if stdin {
            streams.input.read_to_string(&mut text)
        } else {
            std::fs::File::open(&self.file).and_then(|mut file| file.read_to_string(&mut text))
        };
        read.map_err(|source| AnalyzeError::Read { path: self.file.clone(), source })?;
        if stdin && !text.trim_start().starts_with(['{', '[']) {
            if text.trim().is_empty() {
                return Err(AnalyzeError::data(
                    "standard input is empty: give a file, or an object with arms",
                ));
            }
            let frame = Frame::read(&self.file, &mut text.as_bytes())?;
            return Ok((arms::from_frame(self, &frame)?, Value::Null));
        }
        let object: Value = serde_json::from_str(&text).map_err(|error| AnalyzeError::Format {
            path: self.file.clone(),
            format: "JSON",
            reason: error.to_string(),
        })?;
        Ok((arms::from_json(self, &object)?, object))
    }

    fn design(&self, object: &Value) -> Result<Design, AnalyzeError> {
        let number = |flag: Option<f64>, names: &[&str]| match flag {
            Some(value) => Ok(Some(value)),
            None => arms::optional_number(object, names),
        };
        let switch = |flag: bool, name: &str| flag || object[name].as_bool().unwrap_or(false);
        let confidence = number(self.confidence, &["confidence"])?;
        let alpha = number(None, &["alpha"])?.or(confidence.map(|c| 1.0 - c)).unwrap_or(0.05);
        let prior = &object["prior"];
        let standard_deviation = number(self.prior_sd, &["prior_sd", "prior_standard_deviation"])?
            .map_or_else(
                || arms::optional_number(prior, &["standard_deviation", "sd", "stddev"]),
                |sd| Ok(Some(sd)),
            )?;
        let mean = arms::optional_number(prior, &["mean"])?;
        let higher = object["higher_is_better"].as_bool();
        let smallest = number(self.smallest_effect, &["smallest_effect", "minimum_effect", "mde"])?
            .unwrap_or(0.0);
        let days = number(self.days, &["days"])?;
        for (name, value) in [("smallest_effect", smallest), ("days", days.unwrap_or(0.0))] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(AnalyzeError::data(format!(
                    "{name} must be zero or more, not {value}"
                )));
            }
        }
        Ok(Design {
            scale: if switch(self.absolute, "absolute") {
                Scale::Absolute
            } else {
                Scale::Relative
            },
            alpha,
            alternative: if switch(self.one_sided, "one_sided") {
                Alternative::Greater
            } else {
                Alternative::TwoSided
            },
            tuning: number(self.tuning, &["sequential_tuning", "tuning"])?
                .unwrap_or(DEFAULT_TUNING),
            prior: (!switch(self.flat_prior, "flat_prior")).then(|| Prior {
                mean: mean.unwrap_or(DEFAULT_PRIOR.mean),
                standard_deviation: standard_deviation.unwrap_or(DEFAULT_PRIOR.standard_deviation),
            }),
            higher_is_better: higher.unwrap_or(!switch(self.lower_is_better, "lower_is_better")),
            smallest_relevant: smallest,
            margin: number(self.margin, &["margin", "non_inferiority_margin"])?,
            days,
        })
    }
}
