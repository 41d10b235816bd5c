//! A goal as it is asked for: read, checked, and turned into a plan.

use std::sync::Arc;

use jiff::civil::Date;
use luotsi_goals::measure::{Resolved, SiteContext};
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::{Baseline, Plan, PlanError, Target, TargetKind, Words};
use luotsi_marketing::metric::{Better, Combine};
use luotsi_marketing::review::Rhythm;
use luotsi_store::StoreError;
use luotsi_store::goal::{Goal, GoalFields};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::body::Change;
use crate::error::{ApiError, Fields};
use crate::measure::MeasureError;
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
    pub(super) site_id: String,
    /// A metric of the dictionary: a ready one, or the workspace's own.
    metric: String,
    /// Filters of the query API; of an observed metric, on its dimensions.
    #[serde(default)]
    filters: Vec<Value>,
    /// How days make the goal's number; as usual for the metric when it is left out.
    counting: Option<CountingBody>,
    /// `more` or `less`. When it is left out: as a change from the baseline goes, else as usual for the metric. A change
    /// against it is refused (`against_direction`).
    better: Option<String>,
    /// `absolute`, `percent` or `change`.
    target_kind: String,
    /// The value to reach, or the change from the baseline in percent or in the metric's unit.
    target_input: f64,
    /// First day that counts, `YYYY-MM-DD` in the site's time zone.
    start_date: String,
    /// Last day that counts.
    deadline: String,
    owner_id: Option<String>,
    /// The objective or KPI that it hangs on.
    objective_id: Option<String>,
    /// What one of the metric is worth, in the site's currency.
    value_per_unit: Option<f64>,
    /// Where the metric stands today, as the person said, counted as the target is: compared with the baseline.
    stated_baseline: Option<f64>,
    /// `weekly:monday`, `fortnightly:friday`, `monthly:1`.
    review_rhythm: Option<String>,
    #[serde(default)]
    words: WordsBody,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CountingBody {
    /// `sum`, `last_7_days`, `last_30_days`, `last_91_days`, `last_365_days` (the sum of so many days up to the
    /// deadline), `end_level`, `mean`, `ratio` or `weeks`.
    kind: String,
    /// What a week's sum has to meet, for `weeks`.
    threshold: Option<f64>,
}

/// What the person wrote for each letter.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
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
    counting: Option<CountingBody>,
    better: Option<String>,
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
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    value_per_unit: Change<f64>,
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    stated_baseline: Change<f64>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    review_rhythm: Change<String>,
    words: Option<WordsBody>,
    /// The version that was read, to be told when someone else wrote it since.
    pub(super) version: Option<i64>,
}

/// A draft whose every part is sound.
pub(super) struct Draft {
    pub(super) site: Arc<SiteContext>,
    pub(super) resolved: Resolved,
    pub(super) filters: Vec<Value>,
    pub(super) counting: Counting,
    better: Option<Better>,
    pub(super) start: Date,
    pub(super) deadline: Date,
    target: Target,
    name: String,
    words: Words,
    pub(super) owner_id: Option<String>,
    pub(super) objective_id: Option<String>,
    pub(super) unit_value: Option<f64>,
    pub(super) stated_baseline: Option<f64>,
    review_rhythm: Option<Rhythm>,
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
        let (fields, plan) = (&goal.fields, &goal.fields.plan);
        let same = self.metric.as_ref().is_none_or(|metric| *metric == fields.metric);
        let counting = || CountingBody {
            kind: plan.counting.as_str().to_owned(),
            threshold: plan.counting.threshold(),
        };
        let filters = || fields.filters.as_array().cloned().unwrap_or_default();
        let rhythm = || fields.review_rhythm.map(|rhythm| rhythm.to_string());
        GoalDraft {
            name: self.name.unwrap_or_else(|| fields.name.clone()),
            site_id: self.site_id.unwrap_or_else(|| fields.site_id.clone()),
            counting: self.counting.or_else(|| same.then(counting)),
            better: self.better.or_else(|| same.then(|| plan.better.as_str().to_owned())),
            metric: self.metric.unwrap_or_else(|| fields.metric.clone()),
            filters: self.filters.unwrap_or_else(filters),
            target_kind: self.target_kind.unwrap_or_else(|| plan.target_kind.to_string()),
            target_input: self.target_input.unwrap_or(plan.target_input),
            start_date: self.start_date.unwrap_or_else(|| plan.start.to_string()),
            deadline: self.deadline.unwrap_or_else(|| plan.deadline.to_string()),
            owner_id: self.owner_id.over(|| fields.owner_id.clone()),
            objective_id: self.objective_id.over(|| fields.objective_id.clone()),
            value_per_unit: self.value_per_unit.over(|| fields.unit_value),
            stated_baseline: self.stated_baseline.over(|| fields.stated_baseline),
            review_rhythm: self.review_rhythm.over(rhythm),
            words: self.words.unwrap_or_else(|| fields.words.clone().into()),
        }
    }
}

/// What is wrong with a metric or its filters, as a field.
fn of_metric(error: MeasureError) -> ApiError {
    match error {
        MeasureError::UnknownMetric(key) => ApiError::field(
            "metric",
            "unknown_metric",
            format!("there is no metric `{key}`: `GET …/metrics` lists them"),
        ),
        MeasureError::Formula(wrong) => {
            let text: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            ApiError::field("metric", "not_measurable", text.join("; "))
        }
        other => other.into(),
    }
}

impl GoalDraft {
    /// Checks what does not need figures.
    pub(super) async fn check(self, app: &App, workspace: &str) -> Result<Draft, ApiError> {
        let mut fields = Fields::default();
        let name = fields.optional_text("name", &self.name, LONGEST_NAME);
        let words = self.words.check(&mut fields);
        let target_kind =
            fields.take("target_kind", "unknown_kind", self.target_kind.parse::<TargetKind>());
        let start = fields.take("start_date", "invalid_date", date(&self.start_date));
        let deadline = fields.take("deadline", "invalid_date", date(&self.deadline));
        let better = self.better.as_deref().map(str::parse::<Better>).transpose();
        let better = fields.take("better", "unknown_direction", better);
        let rhythm = self.review_rhythm.as_deref().map(str::parse::<Rhythm>).transpose();
        let rhythm = fields.take("review_rhythm", "unknown_rhythm", rhythm);
        if self.filters.len() > MOST_FILTERS {
            fields.refuse("filters", "too_many", format!("at most {MOST_FILTERS} filters"));
        }
        if self.value_per_unit.is_some_and(|value| !value.is_finite() || value < 0.0) {
            fields.refuse("value_per_unit", "negative", "an amount of money, 0 or more");
        }
        if self.stated_baseline.is_some_and(|value| !value.is_finite()) {
            fields.refuse("stated_baseline", "not_a_number", "a number in the metric's unit");
        }
        fields.finish()?;
        let (Some(target_kind), Some(start), Some(deadline), Some(better), Some(review_rhythm)) =
            (target_kind, start, deadline, better, rhythm)
        else {
            return Err(ApiError::field("body", "invalid", "the goal cannot be read"));
        };
        let site = match app.store().site(workspace, &self.site_id).await {
            Err(StoreError::NotFound(_)) => {
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
        let measuring = app.measuring();
        let site = measuring.site(&site).await?;
        let resolved =
            measuring.resolve(&site, &self.metric, &self.filters).await.map_err(of_metric)?;
        let usual = Counting::usual(resolved.nature, resolved.combine);
        let counting = match &self.counting {
            None => usual,
            Some(asked) => {
                let scale = usual.scale().unwrap_or(1.0);
                let read = Counting::parse(&asked.kind, asked.threshold, scale);
                let counting =
                    read.map_err(|error| ApiError::field("counting", "unknown_counting", error))?;
                let ratio = matches!(resolved.combine, Combine::Ratio { .. });
                if matches!(counting, Counting::Ratio { .. }) && !ratio {
                    return Err(ApiError::field(
                        "counting.kind",
                        "no_ratio",
                        "this metric is no ratio: `mean` is the mean of its days",
                    ));
                }
                if matches!(counting, Counting::Rolling(_)) && !resolved.nature.adds_up() {
                    return Err(ApiError::field(
                        "counting.kind",
                        "does_not_add_up",
                        "the days of this metric have no sum",
                    ));
                }
                counting
            }
        };
        Ok(Draft {
            better,
            site,
            resolved,
            filters: self.filters,
            counting,
            start,
            deadline,
            target: Target { kind: target_kind, input: self.target_input },
            name,
            words,
            owner_id: self.owner_id,
            objective_id: self.objective_id,
            unit_value: self.value_per_unit,
            stated_baseline: self.stated_baseline,
            review_rhythm,
        })
    }
}

impl Draft {
    /// Whether a goal measures the same at the same time, so that its baseline stays.
    pub(super) fn measures_as(&self, goal: &Goal) -> bool {
        let fields = &goal.fields;
        self.site.site.id == fields.site_id
            && self.resolved.key == fields.metric
            && Value::Array(self.filters.clone()) == fields.filters
            && self.counting == fields.plan.counting
            && self.start == fields.plan.start
            && self.deadline == fields.plan.deadline
    }

    /// What was before.
    pub(super) async fn baseline(&self, app: &App) -> Result<Baseline, ApiError> {
        let (start, deadline) = (self.start, self.deadline);
        let found = app.measuring().baseline(&self.resolved, self.counting, start, deadline).await;
        Ok(found??)
    }

    /// Which way it should go: as was said, else as the change goes that is asked for, else as usual for the metric.
    fn better(&self, baseline: &Baseline) -> Better {
        let said = self.better.or_else(|| self.target.direction(baseline));
        said.unwrap_or(self.resolved.better)
    }

    pub(super) fn plan(&self, baseline: Baseline) -> Result<Plan, PlanError> {
        let way = (self.better(&baseline), self.resolved.nature);
        Plan::new(self.counting, way, baseline, self.target, (self.start, self.deadline))
    }

    /// As `plan`; a target that the baseline does not allow is the baseline itself, so that a person
    /// sees the figures before choosing.
    pub(super) fn plan_or_baseline(&self, baseline: Baseline) -> Result<Plan, PlanError> {
        match self.plan(baseline) {
            Err(PlanError::ChangeOfNothing | PlanError::NoChange) => Ok(Plan {
                counting: self.counting,
                better: self.better(&baseline),
                baseline,
                target_kind: self.target.kind,
                target_input: self.target.input,
                target_value: baseline.value,
                start: self.start,
                deadline: self.deadline,
            }),
            other => other,
        }
    }

    pub(super) fn fields(self, plan: Plan) -> GoalFields {
        GoalFields {
            name: self.name,
            site_id: self.site.site.id.clone(),
            metric: self.resolved.key.clone(),
            filters: Value::Array(self.filters),
            plan,
            currency: self.resolved.unit.currency().map(|currency| currency.to_string()),
            unit_value: self.unit_value,
            stated_baseline: self.stated_baseline,
            words: self.words,
            review_rhythm: self.review_rhythm,
            owner_id: self.owner_id,
            objective_id: self.objective_id,
        }
    }
}

/// A day as people and programs write it.
pub(crate) fn date(text: &str) -> Result<Date, &'static str> {
    // The parser of dates takes moments too, and drops their time.
    let date = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    date.ok_or("this is not a date as 2026-06-30")
}
