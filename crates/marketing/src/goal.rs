//! A SMART goal: a metric of a site, from a baseline to a target, between two days.

mod baseline;
pub mod calibration;
mod check;
pub mod drivers;
pub mod lint;
pub mod milestone;
pub mod outlook;
mod path;
mod plan;
mod progress;
pub mod reading;
mod sentence;
pub mod wording;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

pub use baseline::{Window, baseline, baseline_window, history_window};
pub use check::{Check, Letter, checks};
pub use plan::{PlanError, Target};
pub use progress::{Clock, Progress, Status};
pub use sentence::{Locale, sentence};
pub(crate) use sentence::{day_text, number_text};

/// How a metric grows towards its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Counts and sums: added up from the start day.
    Total,
    /// Ratios and averages: where it stands now.
    Level,
}

/// How the target was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// As the value to reach.
    Absolute,
    /// As a change from the baseline, in percent.
    Percent,
}

/// A word that is none of those that a field allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of: {1}")]
pub struct UnknownWord(pub String, pub &'static str);

impl Kind {
    /// How the query API's metric grows; `None` for a word that is no metric of a goal.
    pub fn of_metric(metric: &str) -> Option<Kind> {
        match metric {
            "visitors" | "visits" | "pageviews" | "events" | "total_revenue" => Some(Kind::Total),
            "views_per_visit" | "bounce_rate" | "visit_duration" | "conversion_rate"
            | "average_revenue" | "scroll_depth" | "time_on_page" => Some(Kind::Level),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Total => "total",
            Kind::Level => "level",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Kind, UnknownWord> {
        match word {
            "total" => Ok(Kind::Total),
            "level" => Ok(Kind::Level),
            _ => Err(UnknownWord(word.to_owned(), "total, level")),
        }
    }
}

impl TargetKind {
    pub fn as_str(self) -> &'static str {
        match self {
            TargetKind::Absolute => "absolute",
            TargetKind::Percent => "percent",
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
            _ => Err(UnknownWord(word.to_owned(), "absolute, percent")),
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

/// What the site did before: the value that the target is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// For a total, what the goal's number of days bring at the old pace; for a level, where it stood.
    pub value: f64,
    /// First day that was measured.
    pub from: Date,
    /// Last day that was measured, itself included.
    pub to: Date,
}

/// The measurable half of a goal: from where to where, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub kind: Kind,
    pub baseline: Baseline,
    pub target_kind: TargetKind,
    /// As given: a value, or percent.
    pub target_input: f64,
    /// The value to reach.
    pub target_value: f64,
    /// First day that counts.
    pub start: Date,
    /// Last day that counts, itself included.
    pub deadline: Date,
    pub weights: Weights,
}

/// How much of a usual week each weekday brings, Monday first; their sum is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights(pub [f64; 7]);

impl Weights {
    /// Every weekday alike.
    pub const EVEN: Weights = Weights([1.0 / 7.0; 7]);

    /// The share of a usual week that a day brings.
    pub fn of(&self, day: Date) -> f64 {
        self.0[day.weekday().to_monday_zero_offset().unsigned_abs() as usize]
    }
}

/// Days from one to another, both included; 0 when the last is before the first.
pub(crate) fn days_between(first: Date, last: Date) -> i64 {
    first.until(last).map_or(0, |span| i64::from(span.get_days()) + 1).max(0)
}
