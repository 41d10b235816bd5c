//! A goal as it is asked for: read, checked, and turned into a plan.

use jiff::civil::Date;
use luotsi_marketing::goal::{Baseline, Kind, Plan, PlanError, Target, TargetKind, Weights, Words};
use luotsi_store::goal::{Goal, GoalFields};
use luotsi_store::site::Site;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::figures::Past;
use crate::body::Change;
use crate::error::{ApiError, Fields};
use crate::measure;
use crate::objective::check_owner;
use crate::state::App;
use crate::user::LONGEST_NAME;

const LONGEST_WORDS: usize = 2000;
const MOST_FILTERS: usize = 20;

/// A goal as it is asked for.
#[derive(Deserialize, ToSchema)]
pub(super) struct GoalDraft {
    /// May be empty: then the sentence is the name.
    #[serde(default)]
    name: String,
    site_id: String,
    /// A metric of the query API.
    metric: String,
    /// Filters of the query API.
    #[serde(default)]
    filters: Vec<Value>,
    /// `absolute` or `percent`.
    target_kind: String,
    /// The value to reach, or the change from the baseline in percent.
    target_input: f64,
    /// First day that counts, `YYYY-MM-DD` in the site's time zone.
    start_date: String,
    /// Last day that counts.
    deadline: String,
    owner_id: Option<String>,
    objective_id: Option<String>,
    #[serde(default)]
    words: WordsBody,
}

/// What the person wrote for each letter.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct WordsBody {
    specific: String,
    measurable: String,
    achievable: String,
    relevant: String,
    time_bound: String,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct GoalChanges {
    name: Option<String>,
    site_id: Option<String>,
    metric: Option<String>,
    filters: Option<Vec<Value>>,
    target_kind: Option<String>,
    target_input: Option<f64>,
    start_date: Option<String>,
    deadline: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    owner_id: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    objective_id: Change<String>,
    words: Option<WordsBody>,
    /// The version that was read, to be told when someone else wrote it since.
    pub(super) version: Option<i64>,
}

/// A draft whose every part is sound.
pub(super) struct Draft {
    pub(super) site: Site,
    pub(super) metric: String,
    pub(super) filters: Value,
    pub(super) kind: Kind,
    pub(super) start: Date,
    pub(super) deadline: Date,
    /// The site's today.
    pub(super) today: Date,
    pub(super) currency: Option<String>,
    pub(super) objective_id: Option<String>,
    target: Target,
    name: String,
    words: Words,
    owner_id: Option<String>,
}

impl From<Words> for WordsBody {
    fn from(words: Words) -> Self {
        let Words { specific, measurable, achievable, relevant, time_bound } = words;
        Self { specific, measurable, achievable, relevant, time_bound }
    }
}

impl WordsBody {
    fn check(&self, fields: &mut Fields) -> Words {
        let mut text = |field: &str, text: &str| fields.optional_text(field, text, LONGEST_WORDS);
        Words {
            specific: text("words.specific", &self.specific),
            measurable: text("words.measurable", &self.measurable),
            achievable: text("words.achievable", &self.achievable),
            relevant: text("words.relevant", &self.relevant),
            time_bound: text("words.time_bound", &self.time_bound),
        }
    }
}

impl GoalChanges {
    /// The goal with these changes, as a draft.
    pub(super) fn over(self, goal: &Goal) -> GoalDraft {
        let plan = &goal.plan;
        let filters = || goal.filters.as_array().cloned().unwrap_or_default();
        GoalDraft {
            name: self.name.unwrap_or_else(|| goal.name.clone()),
            site_id: self.site_id.unwrap_or_else(|| goal.site_id.clone()),
            metric: self.metric.unwrap_or_else(|| goal.metric.clone()),
            filters: self.filters.unwrap_or_else(filters),
            target_kind: self.target_kind.unwrap_or_else(|| plan.target_kind.to_string()),
            target_input: self.target_input.unwrap_or(plan.target_input),
            start_date: self.start_date.unwrap_or_else(|| plan.start.to_string()),
            deadline: self.deadline.unwrap_or_else(|| plan.deadline.to_string()),
            owner_id: self.owner_id.over(|| goal.owner_id.clone()),
            objective_id: self.objective_id.over(|| goal.objective_id.clone()),
            words: self.words.unwrap_or_else(|| goal.words.clone().into()),
        }
    }
}

impl GoalDraft {
    /// Checks what does not need figures.
    pub(super) async fn check(self, app: &App, workspace: &str) -> Result<Draft, ApiError> {
        let mut fields = Fields::default();
        let name = fields.optional_text("name", &self.name, LONGEST_NAME);
        let words = self.words.check(&mut fields);
        let kind = Kind::of_metric(&self.metric).ok_or("no goal can be set on this metric");
        let kind = fields.take("metric", "unknown_metric", kind);
        let target_kind =
            fields.take("target_kind", "unknown_kind", self.target_kind.parse::<TargetKind>());
        let start = fields.take("start_date", "invalid_date", date(&self.start_date));
        let deadline = fields.take("deadline", "invalid_date", date(&self.deadline));
        if self.filters.len() > MOST_FILTERS {
            fields.refuse("filters", "too_many", format!("at most {MOST_FILTERS} filters"));
        }
        fields.finish()?;
        let (Some(kind), Some(target_kind), Some(start), Some(deadline)) =
            (kind, target_kind, start, deadline)
        else {
            return Err(ApiError::field("body", "invalid", "the goal cannot be read"));
        };
        let site = match app.store().site(workspace, &self.site_id).await {
            Err(luotsi_store::StoreError::NotFound(_)) => {
                return Err(ApiError::field(
                    "site_id",
                    "unknown_site",
                    "no such site in the workspace",
                ));
            }
            other => other?,
        };
        check_owner(app, workspace, self.owner_id.as_deref()).await?;
        if let Some(id) = &self.objective_id
            && !app.store().objectives(workspace).await?.iter().any(|objective| objective.id == *id)
        {
            return Err(ApiError::field(
                "objective_id",
                "unknown_objective",
                "no such objective in the workspace",
            ));
        }
        let filters = Value::Array(self.filters);
        Ok(Draft {
            today: app.now().to_zoned(measure::time_zone(&site)?).date(),
            currency: currency(app, &site, &self.metric, &filters).await?,
            site,
            metric: self.metric,
            filters,
            kind,
            start,
            deadline,
            objective_id: self.objective_id,
            target: Target { kind: target_kind, input: self.target_input },
            name,
            words,
            owner_id: self.owner_id,
        })
    }
}

impl Draft {
    /// Whether filters narrow the metric; the conversion alone says what is counted, not whose.
    pub(super) fn is_narrowed(&self) -> bool {
        self.filters.as_array().into_iter().flatten().any(|filter| filter[1] != "event:goal")
    }

    /// Whether a goal measures the same at the same time, so that its baseline stays.
    pub(super) fn measures_as(&self, goal: &Goal) -> bool {
        self.site.id == goal.site_id
            && self.metric == goal.metric
            && self.filters == goal.filters
            && self.start == goal.plan.start
            && self.deadline == goal.plan.deadline
    }

    pub(super) fn plan(&self, past: &Past) -> Result<Plan, ApiError> {
        self.plan_from(past.baseline, past.weights)
    }

    pub(super) fn plan_from(&self, baseline: Baseline, weights: Weights) -> Result<Plan, ApiError> {
        Ok(Plan::new(self.kind, baseline, self.target, self.start, self.deadline, weights)?)
    }

    /// As `plan`; a target that the baseline does not allow is the baseline itself, so that a person
    /// sees the figures before choosing.
    pub(super) fn plan_or_baseline(&self, past: &Past) -> Result<Plan, ApiError> {
        let Past { baseline, weights, .. } = *past;
        match Plan::new(self.kind, baseline, self.target, self.start, self.deadline, weights) {
            Err(PlanError::PercentOfNothing | PlanError::NoChange) => Ok(Plan {
                kind: self.kind,
                baseline,
                target_kind: self.target.kind,
                target_input: self.target.input,
                target_value: baseline.value,
                start: self.start,
                deadline: self.deadline,
                weights,
            }),
            other => Ok(other?),
        }
    }

    pub(super) fn fields(self, plan: Plan) -> GoalFields {
        GoalFields {
            name: self.name,
            site_id: self.site.id,
            metric: self.metric,
            filters: self.filters,
            plan,
            currency: self.currency,
            words: self.words,
            owner_id: self.owner_id,
            objective_id: self.objective_id,
        }
    }
}

fn date(text: &str) -> Result<Date, &'static str> {
    // The parser of dates takes moments too, and drops their time.
    let date = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    date.ok_or("this is not a date as 2026-06-30")
}

/// The currency of a metric that is money: that of the conversion it is narrowed to, else the site's.
async fn currency(
    app: &App,
    site: &Site,
    metric: &str,
    filters: &Value,
) -> Result<Option<String>, ApiError> {
    if !matches!(metric, "total_revenue" | "average_revenue") {
        return Ok(None);
    }
    let conversions = app.store().conversions(&site.workspace_id, &site.id).await?;
    let mut names =
        filters.as_array().into_iter().flatten().filter(|filter| filter[1] == "event:goal");
    let name = names.find_map(|filter| filter[2][0].as_str());
    let conversion =
        conversions.into_iter().find(|conversion| Some(conversion.display_name.as_str()) == name);
    Ok(Some(
        conversion
            .and_then(|conversion| conversion.currency)
            .unwrap_or_else(|| site.currency.clone()),
    ))
}
