//! Goals as they are answered: what is kept of them, in the reader's language.

use std::collections::HashMap;

use jiff::civil::Date;
use luotsi_goals::explain::{is_divisible, localized};
use luotsi_goals::run::writing;
use luotsi_marketing::currency::Currency;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::goal::{Locale, Named, Plan, sentence};
use luotsi_marketing::metric::{self, Combine, Nature, Unit};
use luotsi_marketing::phrase::Phrase;
use luotsi_marketing::review;
use luotsi_store::goal::Goal;
use luotsi_store::metric::Metric;
use luotsi_store::outlook::GoalState;
use luotsi_store::review::Review;
use luotsi_store::site::Site;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::draft::WordsBody;
use super::entry::GoalEntry;
use super::kept::{
    GoalDrivers, GoalExpected, GoalOutlook, GoalPathPoint, GoalProgress, GoalReason,
    GoalSparkPoint, GoalVerdict, read, read_all,
};
use super::milestone::{GoalMilestones, MilestoneBody, Standings};
use super::resource::{ResourceBody, ResourceTotal};
use super::review::ReviewBody;
use super::word::{Better, CountingKind, GoalStatus, TargetKind, UnitKind};
use super::work::WorkBody;
use crate::annotation::AnnotationBody;
use crate::error::ApiError;
use crate::state::App;

/// A workspace's own metrics by key.
pub(crate) type Own = HashMap<String, Metric>;

pub(crate) async fn own_metrics(app: &App, workspace: &str) -> Result<Own, ApiError> {
    let all = app.store().metrics(workspace).await?;
    Ok(all.into_iter().map(|metric| (metric.key.clone(), metric)).collect())
}

/// What figures are counted in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalUnit {
    pub(crate) kind: UnitKind,
    /// An ISO 4217 code, with money.
    #[schema(required)]
    pub(crate) currency: Option<String>,
}

impl From<Unit> for GoalUnit {
    fn from(unit: Unit) -> Self {
        Self { kind: unit.into(), currency: unit.currency().map(|one| one.to_string()) }
    }
}

/// How days make a goal's number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalCounting {
    kind: CountingKind,
    /// What a week's sum has to meet, for `weeks`.
    #[schema(required)]
    threshold: Option<f64>,
}

impl From<Counting> for GoalCounting {
    fn from(counting: Counting) -> Self {
        Self { kind: counting.into(), threshold: counting.threshold() }
    }
}

/// What was before.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalBaseline {
    /// In the metric's unit; 0 without any figures.
    value: f64,
    /// First and last day that were looked at.
    from: String,
    to: String,
    /// Days with figures; 0 when there were none.
    days: i64,
}

impl From<luotsi_marketing::goal::Baseline> for GoalBaseline {
    fn from(baseline: luotsi_marketing::goal::Baseline) -> Self {
        let (from, to) = (baseline.from.to_string(), baseline.to.to_string());
        Self { value: baseline.value, from, to, days: baseline.days }
    }
}

/// What is to be reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalTarget {
    kind: TargetKind,
    /// As it was given.
    input: f64,
    /// The value to reach, in the metric's unit.
    pub(crate) value: f64,
}

impl From<&Plan> for GoalTarget {
    fn from(plan: &Plan) -> Self {
        let (input, value) = (plan.target_input, plan.target_value);
        Self { kind: plan.target_kind.into(), input, value }
    }
}

/// A goal with how it does.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalSummary {
    pub(crate) id: String,
    /// Another one after each change.
    version: i64,
    /// May be empty: then the sentence is its name.
    pub(crate) name: String,
    /// The goal in a sentence, in the asker's language.
    pub(crate) sentence: String,
    site_id: String,
    /// A key of the dictionary.
    pub(crate) metric: String,
    pub(crate) metric_name: String,
    pub(crate) unit: GoalUnit,
    better: Better,
    /// Filters of the query API; of an observed metric, on its dimensions.
    #[schema(value_type = Vec<Value>)]
    filters: Value,
    counting: GoalCounting,
    baseline: GoalBaseline,
    pub(crate) target: GoalTarget,
    /// First and last day that count.
    start_date: String,
    pub(crate) deadline: String,
    #[schema(required)]
    owner_id: Option<String>,
    /// The objective or KPI that it hangs on.
    #[schema(required)]
    objective_id: Option<String>,
    created_at: String,
    updated_at: String,
    pub(crate) progress: GoalProgress,
    /// Of reaching the target, 0 to 1; null with too few figures.
    #[schema(required)]
    pub(crate) probability: Option<f64>,
    /// The expected outcome against the target, in words.
    #[schema(required)]
    gap_text: Option<String>,
    /// How it stands, in a sentence.
    verdict_text: String,
    /// At most some sixty days of its course.
    spark: Vec<GoalSparkPoint>,
    /// Why it is off course, where something fell.
    #[schema(required)]
    reason: Option<GoalReason>,
    /// The worst that the linter says; null when all is well.
    #[schema(required)]
    worst_verdict: Option<GoalVerdict>,
    /// When it was computed; null before the first time.
    #[schema(required)]
    computed_at: Option<String>,
    milestone_summary: GoalMilestones,
}

/// A day's forecast as it was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalCoursePoint {
    date: String,
    /// Of reaching the target, 0 to 1.
    probability: f64,
    /// The median outcome, in the metric's unit.
    expected: f64,
}

/// When a goal is reviewed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalReviewing {
    /// `weekly:monday`, `fortnightly:friday`, `monthly:1`; null for no rhythm.
    #[schema(required)]
    rhythm: Option<String>,
    #[schema(required)]
    next_day: Option<String>,
    /// Days by which the next review is late; 0 when it is not.
    late_days: i64,
}

/// A goal with everything about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalDetail {
    #[serde(flatten)]
    pub(crate) summary: GoalSummary,
    words: WordsBody,
    /// What one of the metric is worth, in the site's currency.
    #[schema(required)]
    value_per_unit: Option<f64>,
    /// Where the metric stood, as the person said, counted as the target is.
    #[schema(required)]
    stated_baseline: Option<f64>,
    /// Null with too few figures.
    #[schema(required)]
    outlook: Option<GoalOutlook>,
    /// Every day of the goal.
    pub(crate) path: Vec<GoalPathPoint>,
    /// One forecast for each day on which it was made, the oldest first.
    course: Vec<GoalCoursePoint>,
    /// What moved it; null for one on course, until somebody asks (`GET …/drivers`), and where it is not `divisible`.
    #[schema(required)]
    drivers: Option<GoalDrivers>,
    /// Whether a change can be divided among its parts: of sums and ratios, not of medians and levels.
    divisible: bool,
    verdicts: Vec<GoalVerdict>,
    milestones: Vec<MilestoneBody>,
    work: Vec<WorkBody>,
    resources: Vec<ResourceBody>,
    /// What is planned and spent of each kind, in each of its units.
    resource_totals: Vec<ResourceTotal>,
    /// The latest first.
    reviews: Vec<ReviewBody>,
    review: GoalReviewing,
    annotations: Vec<AnnotationBody>,
    /// Null for a goal on events.
    #[schema(required)]
    observations: Option<GoalEntry>,
}

/// Goals in a list, the nearest deadline first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Goals {
    pub(crate) items: Vec<GoalSummary>,
}

/// A metric as a draft has it.
#[derive(Serialize, ToSchema)]
struct PreviewMetric {
    key: String,
    name: String,
    unit: GoalUnit,
    better: Better,
    /// Whether it is made of observations.
    observed: bool,
}

/// What a draft would be.
#[derive(Serialize, ToSchema)]
pub(crate) struct GoalPreview {
    /// In the asker's language.
    sentence: String,
    metric: PreviewMetric,
    better: Better,
    counting: GoalCounting,
    baseline: GoalBaseline,
    target: GoalTarget,
    /// Null with too few figures.
    #[schema(required)]
    outlook: Option<GoalOutlook>,
    path: Vec<GoalExpected>,
    verdicts: Vec<GoalVerdict>,
    /// Where its figure is entered; null for a goal on events.
    #[schema(required)]
    observations: Option<GoalEntry>,
}

/// What a goal's metric is called and counted in.
struct MetricFacts {
    name: String,
    unit: Unit,
    writing: Writing,
}

impl MetricFacts {
    fn of(own: &Own, goal: &Goal, locale: Locale) -> MetricFacts {
        let fields = &goal.fields;
        let currency: Option<Currency> =
            fields.currency.as_deref().and_then(|code| code.parse().ok());
        let unit_of = |nature| match (nature, currency) {
            (Nature::Money | Nature::Price, Some(currency)) => Unit::Money(currency),
            (Nature::Share, _) => Unit::Share,
            (Nature::Duration, _) => Unit::Duration,
            (Nature::Rank, _) => Unit::Rank,
            (Nature::Score, _) => Unit::Score,
            _ => Unit::Count,
        };
        if let Some(ready) = metric::ready(&fields.metric) {
            let writing = Writing { nature: ready.nature, currency };
            let name = ready.name(locale).to_owned();
            return MetricFacts { name, unit: unit_of(ready.nature), writing };
        }
        let kept = own.get(&fields.metric);
        let unit = kept
            .and_then(|metric| {
                Unit::parse(&metric.fields.unit, metric.fields.currency.as_deref()).ok()
            })
            .unwrap_or(Unit::Count);
        let combine = match fields.plan.counting {
            Counting::Sum | Counting::Rolling(_) | Counting::Weeks { .. } => Combine::Sum,
            Counting::EndLevel => Combine::Last,
            Counting::Ratio { scale } => Combine::Ratio { scale },
            Counting::Mean => Combine::Whole,
        };
        MetricFacts {
            name: kept.map_or_else(|| fields.metric.clone(), |metric| metric.fields.name.clone()),
            unit,
            writing: Writing { nature: unit.nature(combine), currency: unit.currency() },
        }
    }
}

/// A goal in a list.
pub(super) fn summary(
    goal: &Goal,
    own: &Own,
    state: Option<&GoalState>,
    standings: &Standings,
    locale: Locale,
) -> GoalSummary {
    let fields = &goal.fields;
    let plan = &fields.plan;
    let facts = MetricFacts::of(own, goal, locale);
    let named = Named {
        metric: &fields.metric,
        name: &facts.name,
        writing: facts.writing,
        filters: &fields.filters,
    };
    let kept = state.and_then(|state| serde_json::from_str::<Value>(&state.summary).ok());
    let kept = kept.unwrap_or_default();
    let text = |name: &str| localized(&kept[name], locale).as_str().map(str::to_owned);
    let unknown = || GoalProgress {
        status: GoalStatus::Unknown,
        actual: None,
        expected: None,
        progress_share: 0.0,
        expected_share: 0.0,
        days_left: plan.days(),
        days_total: plan.days(),
        as_of: goal.created_at.to_string(),
        trouble: text("trouble"),
    };
    GoalSummary {
        id: goal.id.clone(),
        version: goal.version,
        name: fields.name.clone(),
        sentence: sentence(locale, named, plan),
        site_id: fields.site_id.clone(),
        metric: fields.metric.clone(),
        metric_name: facts.name,
        unit: facts.unit.into(),
        better: plan.better.into(),
        filters: fields.filters.clone(),
        counting: plan.counting.into(),
        baseline: plan.baseline.into(),
        target: plan.into(),
        start_date: plan.start.to_string(),
        deadline: plan.deadline.to_string(),
        owner_id: fields.owner_id.clone(),
        objective_id: fields.objective_id.clone(),
        created_at: goal.created_at.to_string(),
        updated_at: goal.updated_at.to_string(),
        progress: read(&kept["progress"], locale).unwrap_or_else(unknown),
        probability: kept["probability"].as_f64(),
        gap_text: text("gap_text"),
        verdict_text: text("verdict_text")
            .unwrap_or_else(|| Phrase::new("standing_unknown").text(locale)),
        spark: read_all(&kept["spark"], locale),
        reason: read(&kept["reason"], locale),
        worst_verdict: read(&kept["worst_verdict"], locale),
        computed_at: state.map(|state| state.computed_at.to_string()),
        milestone_summary: standings.outline(),
    }
}

/// A goal's own page.
pub(super) async fn detail(app: &App, goal: &Goal, locale: Locale) -> Result<GoalDetail, ApiError> {
    let (store, workspace) = (app.store(), goal.workspace_id.as_str());
    let own = own_metrics(app, workspace).await?;
    let state = store.goal_state(workspace, &goal.id).await?;
    let kept = state.as_ref().and_then(|state| serde_json::from_str::<Value>(&state.state).ok());
    let kept = kept.unwrap_or_default();
    let fields = &goal.fields;
    let site = store.site(workspace, &fields.site_id).await?;
    let today = app.now().to_zoned(crate::measure::time_zone(&site)?).date();
    let path: Vec<GoalPathPoint> = read_all(&kept["path"], locale);
    let milestones = store.milestones(workspace, &goal.id).await?;
    let way = (fields.plan.counting, fields.plan.better);
    let standings = Standings::of(&milestones, way, &reached(&path), today);
    let outlooks = store.outlooks(workspace, &goal.id).await?;
    let rules = state.as_ref().map(|state| state.rules.as_str());
    let course = outlooks.iter().filter(|one| rules.is_none_or(|rules| rules == one.rules));
    let work = store.work(workspace, &goal.id).await?;
    let resources = store.resources(workspace, &goal.id).await?;
    let reviews = store.reviews(workspace, &goal.id).await?;
    let made = goal.created_at.to_zoned(crate::measure::time_zone(&site)?).date();
    let annotations = store.annotations(workspace, &fields.site_id).await?;
    let (observations, divisible) = measured(app, goal, &site, today).await?;
    Ok(GoalDetail {
        summary: summary(goal, &own, state.as_ref(), &standings, locale),
        words: fields.words.clone().into(),
        value_per_unit: fields.unit_value,
        stated_baseline: fields.stated_baseline,
        outlook: read(&kept["outlook"], locale),
        path,
        course: course
            .filter_map(|one| {
                let (probability, expected) = (one.probability?, one.expected?);
                Some(GoalCoursePoint { date: one.day.to_string(), probability, expected })
            })
            .collect(),
        drivers: read(&kept["drivers"], locale),
        divisible,
        verdicts: read_all(&kept["verdicts"], locale),
        milestones: standings.bodies(),
        work: work.iter().map(WorkBody::from).collect(),
        resources: resources.iter().map(ResourceBody::from).collect(),
        resource_totals: super::resource::totals(&resources),
        reviews: super::review::bodies(app, goal, &reviews, locale).await?,
        review: reviewing(goal, &reviews, made, today),
        annotations: annotations.iter().map(AnnotationBody::from).collect(),
        observations,
    })
}

/// When the goal is reviewed next, `made` on a day.
fn reviewing(goal: &Goal, reviews: &[Review], made: Date, today: Date) -> GoalReviewing {
    let (plan, rhythm) = (&goal.fields.plan, goal.fields.review_rhythm);
    // Reviews from before anybody could hold them are missed by nobody.
    let made = Some(made).filter(|made| *made > plan.start);
    let held = reviews.first().map(|review| review.day).max(made);
    let due = rhythm.and_then(|rhythm| review::due(rhythm, plan.start, plan.deadline, held, today));
    GoalReviewing {
        rhythm: rhythm.map(|rhythm| rhythm.to_string()),
        next_day: due.map(|due| due.day.to_string()),
        late_days: due.map_or(0, |due| due.late_days),
    }
}

/// The goal's number after each day that is over, from what is kept.
pub(super) fn reached(path: &[GoalPathPoint]) -> Vec<(Date, f64)> {
    path.iter().filter_map(|point| Some((point.date.parse().ok()?, point.actual?))).collect()
}

/// What is typed in for a goal on observations (`None` for one on events), and whether its changes can be divided.
async fn measured(
    app: &App,
    goal: &Goal,
    site: &Site,
    today: Date,
) -> Result<(Option<GoalEntry>, bool), ApiError> {
    let measuring = app.measuring();
    let site = measuring.site(site).await?;
    let Ok(resolved) = measuring.resolve_goal(&site, goal).await else { return Ok((None, false)) };
    let entry = measuring.entry(goal, &resolved, today).await?;
    Ok((entry.map(GoalEntry::from), is_divisible(&resolved)))
}

/// What a draft would be.
pub(super) fn preview(
    draft: &super::draft::Draft,
    plan: &Plan,
    computed: &luotsi_goals::run::Computed,
    observations: Option<GoalEntry>,
    locale: Locale,
) -> GoalPreview {
    let resolved = &draft.resolved;
    let filters = Value::Array(draft.filters.clone());
    let name = resolved.name(locale);
    let named =
        Named { metric: &resolved.key, name, writing: writing(resolved), filters: &filters };
    GoalPreview {
        sentence: sentence(locale, named, plan),
        metric: PreviewMetric {
            key: resolved.key.clone(),
            name: name.to_owned(),
            unit: resolved.unit.into(),
            better: plan.better.into(),
            observed: resolved.observed(),
        },
        better: plan.better.into(),
        counting: plan.counting.into(),
        baseline: plan.baseline.into(),
        target: plan.into(),
        outlook: read(&computed.state["outlook"], locale),
        path: read_all(&computed.state["path"], locale),
        verdicts: read_all(&computed.state["verdicts"], locale),
        observations,
    }
}
