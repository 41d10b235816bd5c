//! A SMART goal: a metric of a site, from a baseline to a target, between two days.

mod baseline;
pub mod calibration;
pub mod drivers;
pub mod lint;
pub mod milestone;
pub mod outlook;
mod plan;
mod progress;
pub mod reading;
mod rolling;
mod sentence;
pub mod wording;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

pub use baseline::{Window, baseline, history_window};
pub use lint::Letter;
pub use plan::{Plan, PlanError, Target};
pub use progress::{Progress, Status, course, plain_path, progress};
pub use rolling::Rolling;
pub use sentence::{Locale, Named, dimension_name, sentence};
pub(crate) use sentence::{day_text, number_text};

/// How the target was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// As the value to reach.
    Absolute,
    /// As a change from the baseline, in percent.
    Percent,
    /// As a change from the baseline, in the metric's unit; of a share, in percentage points.
    Change,
}

/// A word that is none of those that a field allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of: {1}")]
pub struct UnknownWord(pub String, pub &'static str);

impl TargetKind {
    pub fn as_str(self) -> &'static str {
        match self {
            TargetKind::Absolute => "absolute",
            TargetKind::Percent => "percent",
            TargetKind::Change => "change",
        }
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TargetKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<TargetKind, UnknownWord> {
        match word {
            "absolute" => Ok(TargetKind::Absolute),
            "percent" => Ok(TargetKind::Percent),
            "change" => Ok(TargetKind::Change),
            _ => Err(UnknownWord(word.to_owned(), "absolute, percent, change")),
        }
    }
}

/// What the person wrote for each letter, in their own words; any may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    pub specific: String,
    pub measurable: String,
    pub achievable: String,
    pub relevant: String,
    pub time_bound: String,
}

/// What was before: the value that the target is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// The goal's number without it: of a sum what as many days bring at the old pace, else where it stood.
    /// 0 without any figures.
    pub value: f64,
    /// First day that was looked at.
    pub from: Date,
    /// Last day that was looked at, itself included.
    pub to: Date,
    /// Days with figures; 0 when there were none.
    pub days: i64,
}

impl Baseline {
    /// The value, if anything was measured.
    pub fn known(&self) -> Option<f64> {
        (self.days > 0).then_some(self.value)
    }
}

/// Days from one to another, both included; 0 when the last is before the first.
pub(crate) fn days_between(first: Date, last: Date) -> i64 {
    first.until(last).map_or(0, |span| i64::from(span.get_days()) + 1).max(0)
}
