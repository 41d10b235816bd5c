//! A goal's sentence, taken apart for a person to confirm.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use luotsi_marketing::goal::Locale;
use luotsi_marketing::goal::reading::{Context, Part, read};
use luotsi_marketing::metric;
use luotsi_marketing::phrase::{Phrase, is_known};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

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
    /// The site whose conversions may be named.
    site_id: Option<String>,
    /// `en`, `fi` or `fa` where the words do not tell; the asker's when it is left out.
    locale: Option<String>,
}

fn part<T>(part: &Part<T>, value: impl Fn(&T) -> Value) -> Value {
    json!({
        "value": value(&part.value), "confidence": part.confidence.as_str(),
        "span": {"start": part.span.start, "end": part.span.end},
    })
}

/// Reads a sentence in English, Finnish or Persian: metric, direction, segments, target and days, each with how sure
/// it is and where it stands (bytes of its UTF-8); what has to be asked; and what was not read.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/read", tag = "goals", params(("w" = String, Path)),
    request_body = Sentence, responses((status = 200, body = Value), (status = 422, body = Problem))
)]
async fn sentence(
    State(app): State<App>,
    viewer: Viewer,
    Body(asked): Body<Sentence>,
) -> Result<Json<Value>, ApiError> {
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
    let questions: Vec<Value> = found
        .questions
        .iter()
        .map(|question| {
            let code = question.code.as_str();
            let key = QUESTIONS.iter().find(|(known, _)| *known == code).map(|(_, key)| *key);
            let text = key.filter(|key| is_known(key)).map(|key| Phrase::new(key).text(reader));
            json!({"code": code, "text": text.unwrap_or_default(), "options": question.options})
        })
        .collect();
    let name = |id: &str| metric::ready(id).map(|ready| ready.name(reader));
    Ok(Json(json!({
        "locale": found.locale.as_str(),
        "metric": found.metric.as_ref().map(|one| part(one, |id| json!(id))),
        "metric_name": found.metric.as_ref().and_then(|one| name(one.value)),
        "of": found.of,
        "direction": found.direction.as_ref().map(|one| part(one, |way| json!(way.as_str()))),
        "segments": found.segments.iter().map(|one| part(one, |segment| {
            json!({"dimension": segment.dimension, "value": segment.value})
        })).collect::<Vec<_>>(),
        "target": found.target.as_ref().map(|one| part(one, |target| json!({
            "aim": target.aim.as_str(), "number": target.number,
            "kind": found.asked().map(|asked| asked.kind.as_str()),
            "input": found.asked().map(|asked| asked.input),
            "counting": found.repeated().map(|repeated| repeated.counting.as_str()),
            "currency": target.currency.map(|currency| currency.to_string()),
            "per": target.per.map(luotsi_marketing::goal::reading::Per::as_str),
        }))),
        "baseline": found.baseline.as_ref().map(|one| part(one, |value| json!(value))),
        "stated_baseline": found.stated_baseline(),
        "start": part(&found.start, |day| json!(day.to_string())),
        "deadline": found.deadline.as_ref().map(|one| part(one, |day| json!(day.to_string()))),
        "filters": found.filters(),
        "keywords": found.keywords(),
        "questions": questions,
        "unread": found.unread,
    })))
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
