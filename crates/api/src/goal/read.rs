//! A goal's sentence, taken apart for a person to confirm.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use luotsi_marketing::goal::Locale;
use luotsi_marketing::goal::reading::{Context, Part, Segment, Target, read};
use luotsi_marketing::metric;
use luotsi_marketing::phrase::{Phrase, is_known};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::word::{Aim, Ask, Better, Confidence, CountingKind, Per, TargetKind};
use crate::auth::Viewer;
use crate::body::Body;
use crate::error::ApiError;
use crate::problem::Problem;
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sentence))
}

/// Longest sentence, in characters.
const LONGEST: usize = 500;

/// A goal in a sentence.
#[derive(Deserialize, ToSchema)]
struct Sentence {
    sentence: String,
    /// The site whose conversions and campaigns (`utm_campaign` of the last 90 days) may be named.
    site_id: Option<String>,
    /// `en`, `fi` or `fa` where the words do not tell; the asker's when it is left out.
    locale: Option<String>,
}

/// Where in the sentence something stands, in bytes of its UTF-8; empty when it was assumed.
#[derive(Serialize, ToSchema)]
struct ReadSpan {
    start: usize,
    end: usize,
}

/// A part of what a sentence proposes.
#[derive(Serialize, ToSchema)]
struct ReadPart<T> {
    value: T,
    confidence: Confidence,
    span: ReadSpan,
}

impl<T> ReadPart<T> {
    fn of<From>(part: &Part<From>, value: impl FnOnce(&From) -> T) -> Self {
        let span = ReadSpan { start: part.span.start, end: part.span.end };
        Self { value: value(&part.value), confidence: part.confidence.into(), span }
    }
}

/// A condition on a dimension of the query API, or on `keyword`.
#[derive(Serialize, ToSchema)]
struct ReadSegment {
    dimension: &'static str,
    value: String,
}

/// The target as the sentence gives it.
#[derive(Serialize, ToSchema)]
struct ReadTarget {
    aim: Aim,
    /// Percent, seconds for times, money in the currency's unit, else as counted.
    number: f64,
    /// As a goal takes it: how the target is given, and the number. Null while no number is known.
    #[schema(required)]
    kind: Option<TargetKind>,
    #[schema(required)]
    input: Option<f64>,
    /// Of a number for each month, say: the last days that are counted.
    #[schema(required)]
    counting: Option<CountingKind>,
    /// An ISO 4217 code.
    #[schema(required)]
    currency: Option<String>,
    /// The number is meant for each such time.
    #[schema(required)]
    per: Option<Per>,
}

/// Something that has to be asked before the goal can be set.
#[derive(Serialize, ToSchema)]
struct ReadQuestion {
    code: Ask,
    /// In the asker's language.
    text: String,
    /// What the answer may be: keys of metrics, or days as `2026-06-30`. Empty when it is open.
    options: Vec<String>,
}

/// What a sentence proposes.
#[derive(Serialize, ToSchema)]
struct GoalProposal {
    /// `en`, `fi` or `fa`: the language of the sentence.
    locale: &'static str,
    /// A key of the dictionary.
    #[schema(required)]
    metric: Option<ReadPart<String>>,
    /// In the asker's language.
    #[schema(required)]
    metric_name: Option<&'static str>,
    /// For a rate or a price, the metric of which it is.
    #[schema(required)]
    of: Option<&'static str>,
    #[schema(required)]
    direction: Option<ReadPart<Better>>,
    /// Values of one dimension are alternatives; dimensions all hold.
    segments: Vec<ReadPart<ReadSegment>>,
    #[schema(required)]
    target: Option<ReadPart<ReadTarget>>,
    /// The value that the sentence names as today's.
    #[schema(required)]
    baseline: Option<ReadPart<f64>>,
    /// The baseline, counted as the target is.
    #[schema(required)]
    stated_baseline: Option<f64>,
    start: ReadPart<String>,
    #[schema(required)]
    deadline: Option<ReadPart<String>>,
    /// The segments as the query API's filters, but for keywords.
    filters: Vec<Value>,
    keywords: Vec<String>,
    questions: Vec<ReadQuestion>,
    /// Words that no rule used, as they are written.
    unread: Vec<String>,
}

/// Reads a sentence in English, Finnish or Persian: metric, direction, segments, target and days, each with how sure
/// it is and where it stands (bytes of its UTF-8); what has to be asked; and what was not read.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/read", tag = "goals", params(("w" = String, Path)),
    request_body = Sentence, responses((status = 200, body = GoalProposal), (status = 422, body = Problem))
)]
async fn sentence(
    State(app): State<App>,
    viewer: Viewer,
    Body(asked): Body<Sentence>,
) -> Result<Json<GoalProposal>, ApiError> {
    let text = asked.sentence.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(ApiError::field("sentence", "length", format!("1 to {LONGEST} characters")));
    }
    let locale: Locale = match &asked.locale {
        Some(word) => {
            word.parse().map_err(|error| ApiError::field("locale", "unknown_locale", error))?
        }
        None => viewer.locale(),
    };
    let site = match &asked.site_id {
        Some(id) => Some(app.store().site(&viewer.workspace, id).await?),
        None => None,
    };
    let (mut conversions, mut campaigns) = (Vec::new(), Arc::from([]));
    let mut today = app.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    if let Some(site) = &site {
        conversions = app.store().conversions(&viewer.workspace, &site.id).await?;
        campaigns = super::campaigns::campaigns(&app, site).await?;
        today = app.now().to_zoned(crate::measure::time_zone(site)?).date();
    }
    let names: Vec<&str> = conversions.iter().map(|one| one.display_name.as_str()).collect();
    let campaigns: Vec<&str> = campaigns.iter().map(String::as_str).collect();
    let context = Context { today, locale, conversions: &names, campaigns: &campaigns };
    // Read as it was sent, so that spans are of the asker's text.
    let found = read(&asked.sentence, &context);
    let reader = viewer.locale();
    let questions = found
        .questions
        .iter()
        .map(|question| {
            let code = question.code.as_str();
            let key = QUESTIONS.iter().find(|(known, _)| *known == code).map(|(_, key)| *key);
            let text = key.filter(|key| is_known(key)).map(|key| Phrase::new(key).text(reader));
            ReadQuestion {
                code: question.code.into(),
                text: text.unwrap_or_default(),
                options: question.options.clone(),
            }
        })
        .collect();
    let name = |id: &str| metric::ready(id).map(|ready| ready.name(reader));
    let target = |target: &Target| {
        let asked = found.asked();
        ReadTarget {
            aim: target.aim.into(),
            number: target.number,
            kind: asked.map(|asked| asked.kind.into()),
            input: asked.map(|asked| asked.input),
            counting: found.repeated().map(|repeated| repeated.counting.into()),
            currency: target.currency.map(|currency| currency.to_string()),
            per: target.per.map(Per::from),
        }
    };
    let segment = |segment: &Segment| ReadSegment {
        dimension: segment.dimension,
        value: segment.value.clone(),
    };
    Ok(Json(GoalProposal {
        locale: found.locale.as_str(),
        metric: found.metric.as_ref().map(|one| ReadPart::of(one, |id| (*id).to_owned())),
        metric_name: found.metric.as_ref().and_then(|one| name(one.value)),
        of: found.of,
        direction: found.direction.as_ref().map(|one| ReadPart::of(one, |way| (*way).into())),
        segments: found.segments.iter().map(|one| ReadPart::of(one, segment)).collect(),
        target: found.target.as_ref().map(|one| ReadPart::of(one, target)),
        baseline: found.baseline.as_ref().map(|one| ReadPart::of(one, |value| *value)),
        stated_baseline: found.stated_baseline(),
        start: ReadPart::of(&found.start, ToString::to_string),
        deadline: found.deadline.as_ref().map(|one| ReadPart::of(one, ToString::to_string)),
        filters: found.filters(),
        keywords: found.keywords().into_iter().map(str::to_owned).collect(),
        questions,
        unread: found.unread.clone(),
    }))
}

/// The questions' codes and the catalogue's keys.
const QUESTIONS: [(&str, &str); 12] = [
    ("metric_missing", "ask_metric_missing"),
    ("metric_ambiguous", "ask_metric_ambiguous"),
    ("several_metrics", "ask_several_metrics"),
    ("direction_missing", "ask_direction_missing"),
    ("target_missing", "ask_target_missing"),
    ("target_ambiguous", "ask_target_ambiguous"),
    ("total_or_more", "ask_total_or_more"),
    ("number_unclear", "ask_number_unclear"),
    ("deadline_missing", "ask_deadline_missing"),
    ("deadline_ambiguous", "ask_deadline_ambiguous"),
    ("deadline_past", "ask_deadline_past"),
    ("name_unclear", "ask_name_unclear"),
];
