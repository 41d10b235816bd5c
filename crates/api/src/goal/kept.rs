//! What is kept of a goal's figures (`luotsi_goals::answer`, `explain`), as it is answered.
//!
//! It is kept as JSON with phrases for texts; here it is read in a language.

use luotsi_goals::explain::localized;
use luotsi_marketing::goal::Locale;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::word::{Ambition, ForecastSkill, GoalStatus, Letter, VerdictCode, VerdictLevel};

/// Reads a part of what is kept; `None` where it is not there, or was kept by another version.
pub(crate) fn read<T: DeserializeOwned>(kept: &Value, locale: Locale) -> Option<T> {
    T::deserialize(localized(kept, locale)).ok()
}

/// As `read`, for a list: what cannot be read is left out.
pub(crate) fn read_all<T: DeserializeOwned>(kept: &Value, locale: Locale) -> Vec<T> {
    kept.as_array().into_iter().flatten().filter_map(|one| read(one, locale)).collect()
}

/// A day of the small picture of a goal, in the metric's unit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalSparkPoint {
    pub(crate) date: String,
    /// The goal's number after that day; null for days that are not over.
    #[schema(required)]
    pub(crate) actual: Option<f64>,
    /// What it should be by then to arrive at the target.
    pub(crate) expected: f64,
}

/// How far a goal has come.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalProgress {
    pub(crate) status: GoalStatus,
    /// The goal's own number over the days that are over, in the metric's unit; null before the first figure.
    #[schema(required)]
    pub(crate) actual: Option<f64>,
    /// What it should be by now; null before the first figures.
    #[schema(required)]
    pub(crate) expected: Option<f64>,
    /// How much of the way is behind: 1 at the target, negative when further away than at the start.
    pub(crate) progress_share: f64,
    /// How much of the way should be behind.
    pub(crate) expected_share: f64,
    /// Days that are left, today included; 0 after the deadline.
    pub(crate) days_left: i64,
    pub(crate) days_total: i64,
    /// The last day that is in it, `YYYY-MM-DD`; before the first computation when the goal was set.
    pub(crate) as_of: String,
    /// Why it cannot be measured any more.
    #[schema(required)]
    pub(crate) trouble: Option<String>,
}

/// What the linter says of one letter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalVerdict {
    pub(crate) letter: Letter,
    pub(crate) level: VerdictLevel,
    pub(crate) code: VerdictCode,
    /// The evidence, in the asker's language.
    pub(crate) text: String,
}

/// What explains most of a change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalReason {
    /// A dimension of the query API: `visit:country`.
    pub(crate) dimension: String,
    /// The dimension in a word, in the asker's language.
    pub(crate) label: String,
    /// Its value as the query API has it.
    pub(crate) value: String,
    /// Of the change, at most 1.
    pub(crate) share: f64,
    /// In the metric's unit.
    pub(crate) expected: f64,
    pub(crate) actual: f64,
}

/// A day ahead (of a sum: the sum up to it), in the metric's unit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalFanPoint {
    pub(crate) date: String,
    pub(crate) expected: f64,
    /// 80 of 100 outcomes lie from `low` to `high`.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// 95 of 100 outcomes lie from `lowest` to `highest`.
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
}

/// What the rest of the period has to bring.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalRequired {
    /// On a usual day, or the level for goals on a level; in the metric's unit.
    pub(crate) needed: f64,
    /// What the last four weeks brought on a day, or where the level stands.
    pub(crate) usual: f64,
    /// Both in words.
    pub(crate) text: String,
}

/// What such forecasts of the goal's own figures were worth in the past.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalSkill {
    pub(crate) model: ForecastSkill,
    /// Mean absolute scaled error: the forecasts' mean error over that of repeating the last week. Below 1 is better
    /// than that. Null where the past is too short to tell.
    #[schema(required)]
    pub(crate) mase: Option<f64>,
    /// The share of past outcomes that lay inside the band of 80 %, 0 to 1. Null where the past is too short to tell,
    /// and for figures that are mostly zero.
    #[schema(required)]
    pub(crate) coverage80: Option<f64>,
}

/// A goal's forecast. Amounts are in the metric's unit, money in the currency's unit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalOutlook {
    /// The day on which it was made.
    pub(crate) day: String,
    /// Of reaching the target, 0 to 1.
    pub(crate) probability: f64,
    /// 80 of 100 outcomes lie from `low` to `high`.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The median outcome.
    pub(crate) expected: f64,
    /// The target that would be met with 80 %.
    pub(crate) p80: f64,
    /// With 50 %.
    pub(crate) p50: f64,
    /// With 20 %.
    pub(crate) p20: f64,
    pub(crate) ambition: Ambition,
    /// Expected outcome less the target; positive is beyond the target, whether more or less is better.
    pub(crate) gap: f64,
    /// The gap in money, in words; null without a value per unit.
    #[schema(required)]
    pub(crate) gap_money: Option<String>,
    /// The gap in words.
    pub(crate) gap_text: String,
    pub(crate) required: GoalRequired,
    /// 1 is on the expected path, below is behind; null for what does not add up.
    #[schema(required)]
    pub(crate) pace: Option<f64>,
    pub(crate) skill: GoalSkill,
    /// Day by day up to the deadline.
    pub(crate) fan: Vec<GoalFanPoint>,
}

/// A day of the goal's period, in the metric's unit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalPathPoint {
    pub(crate) date: String,
    /// What the goal's number should be after that day to arrive at the target.
    pub(crate) expected: f64,
    /// What it was; null for days that are not over.
    #[schema(required)]
    pub(crate) actual: Option<f64>,
    /// The day's own figure; null where there was none.
    #[schema(required)]
    pub(crate) day_value: Option<f64>,
}

/// A day of the path that a draft would have.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalExpected {
    pub(crate) date: String,
    pub(crate) expected: f64,
}

/// A value of a dimension, and what it had to do with a change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalDriver {
    /// As the query API has it; null for everything else together.
    #[schema(required)]
    pub(crate) value: Option<String>,
    pub(crate) label: String,
    /// What eight weeks of the same weekdays made likely, in the metric's unit.
    pub(crate) expected: f64,
    pub(crate) actual: f64,
    /// What it adds to the whole change; the rows of a dimension add up to it.
    pub(crate) change: f64,
    /// Of the whole change; may be negative or above 1.
    pub(crate) share: f64,
    /// Whether it is one of those that explain the change.
    pub(crate) chosen: bool,
    /// The query API's filter of it.
    #[schema(required, value_type = Option<Vec<Value>>)]
    pub(crate) filter: Option<Value>,
}

/// A dimension by which a change was divided.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalDriverDimension {
    /// As the query API has it: `visit:country`.
    pub(crate) name: String,
    pub(crate) label: String,
    /// The part of the change that its chosen values explain.
    pub(crate) explained: f64,
    pub(crate) rows: Vec<GoalDriver>,
}

/// What moved a goal's metric over some days.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoalDrivers {
    /// First and last day.
    pub(crate) from: String,
    pub(crate) to: String,
    /// In the metric's unit.
    pub(crate) expected: f64,
    pub(crate) actual: f64,
    pub(crate) change: f64,
    /// All of it in words.
    pub(crate) text: String,
    #[schema(required)]
    pub(crate) reason: Option<GoalReason>,
    /// The most telling first.
    pub(crate) dimensions: Vec<GoalDriverDimension>,
}
