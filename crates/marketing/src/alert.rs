//! Deviations and alerts: what is worth a message, once.
//!
//! The functions of `find` look at figures; [`decide`] compares what they found with what is known and says what
//! is sent. A deviation has a key (what, of what); while it lasts it is one incident, and an incident is
//! told once. People may acknowledge, snooze or mute it.

mod decide;
mod find;
mod news;

pub use decide::{Action, ActionError, Decision, Incident, QUIET_DAYS, Silence, State, decide};
pub use find::{
    Budget, HOURS, Line, Named, StalledPlan, data_stopped, hourly, milestone_missed, plan_stalled,
    probability_low, statistical, statistical_readings, threshold,
};
pub use news::{Choice, News, Recipient, Told, recipients};

use std::str::FromStr;

use jiff::civil::Date;

use crate::phrase::Phrase;

/// What kind of deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The figures are not what their own past makes likely.
    Statistical,
    /// A line was crossed.
    Threshold,
    DataStopped,
    MilestoneMissed,
    /// The probability of a goal fell under a line.
    ProbabilityLow,
    /// No linked work was done for weeks.
    PlanStalled,
}

impl Cause {
    pub const ALL: [Cause; 6] = [
        Cause::Statistical,
        Cause::Threshold,
        Cause::DataStopped,
        Cause::MilestoneMissed,
        Cause::ProbabilityLow,
        Cause::PlanStalled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Statistical => "statistical",
            Cause::Threshold => "threshold",
            Cause::DataStopped => "data_stopped",
            Cause::MilestoneMissed => "milestone_missed",
            Cause::ProbabilityLow => "probability_low",
            Cause::PlanStalled => "plan_stalled",
        }
    }
}

/// A word that names no cause or news.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of: {known}")]
pub struct UnknownNews {
    pub word: String,
    pub known: String,
}

impl FromStr for Cause {
    type Err = UnknownNews;

    fn from_str(word: &str) -> Result<Cause, UnknownNews> {
        Cause::ALL.into_iter().find(|cause| cause.as_str() == word).ok_or_else(|| UnknownNews {
            word: word.to_owned(),
            known: Cause::ALL.map(Cause::as_str).join(", "),
        })
    }
}

/// A deviation that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    pub cause: Cause,
    /// What it is of: the id of a goal or metric, with the segment if it is one's.
    pub subject: String,
    /// What else tells it from others of its kind: the milestone's name, the line.
    pub detail: String,
    /// The first day on which it was so.
    pub since: Date,
    /// The last day that was looked at.
    pub day: Date,
    /// Whether it is bad news; good ones are told, too.
    pub bad: bool,
    /// What happened, in words.
    pub headline: Phrase,
}

impl Deviation {
    /// The same for as long as it is the same deviation.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.cause.as_str(), self.subject, self.detail)
    }
}

/// One message: what happened, why, what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    pub headline: Phrase,
    /// Where the change sits, the most telling first.
    pub drivers: Vec<Phrase>,
    /// What can be done about it.
    pub advice: Option<Phrase>,
    /// The query API's filters of the most telling segment, to look closer.
    pub filters: Vec<serde_json::Value>,
}

/// Puts the message of a deviation together. `drivers` are those of the same days, if figures moved.
pub fn diagnose(
    deviation: &Deviation,
    drivers: Option<&crate::goal::drivers::Drivers>,
    writing: crate::goal::wording::Writing,
    dimension_name: impl Fn(&str) -> String,
) -> Diagnosis {
    let advice = match deviation.cause {
        Cause::DataStopped => Some(Phrase::new("advice_data_stopped")),
        Cause::PlanStalled => Some(Phrase::new("advice_plan_stalled")),
        Cause::MilestoneMissed => Some(Phrase::new("advice_milestone_missed")),
        Cause::ProbabilityLow => Some(Phrase::new("advice_probability_low")),
        Cause::Statistical | Cause::Threshold => None,
    };
    let filters = drivers.and_then(|drivers| drivers.first()).and_then(|(dimension, row)| {
        let value = row.value.as_deref()?;
        Some(serde_json::json!(["is", dimension, [value]]))
    });
    Diagnosis {
        headline: deviation.headline.clone(),
        drivers: drivers
            .map(|drivers| drivers.phrase(writing, dimension_name))
            .into_iter()
            .collect(),
        advice,
        filters: filters.into_iter().collect(),
    }
}
