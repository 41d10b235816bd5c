//! Were past probabilities right?

use axum::Json;
use axum::extract::State;
use luotsi_marketing::goal::Status;
use luotsi_marketing::goal::calibration::calibration;
use luotsi_store::outlook::KeptOutlook;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::error::ApiError;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Each forecast of a goal that is over, with whether it came true. `all` are the rows of one goal.
fn pairs(all: &[KeptOutlook]) -> Vec<(f64, bool)> {
    let Some(last) = all.last().filter(|last| last.days_left == 0) else { return Vec::new() };
    let reached = match last.status {
        Status::Reached => true,
        Status::Missed => false,
        _ => return Vec::new(),
    };
    all.iter()
        .filter(|one| one.rules == last.rules && one.days_left > 0)
        // What was reached already is no forecast: a sum stays reached.
        .filter(|one| one.status != Status::Reached)
        // Another target is another question.
        .filter(|one| (one.target - last.target).abs() <= 1e-9 * last.target.abs())
        .filter_map(|one| Some((one.probability?, reached)))
        .collect()
}

/// Forecasts with a probability of one tenth.
#[derive(Serialize, ToSchema)]
struct CalibrationBin {
    /// Probabilities, 0 to 1.
    from: f64,
    to: f64,
    /// Forecasts.
    count: usize,
    /// Their mean probability.
    forecast: f64,
    /// The share that came true, 0 to 1; null without forecasts.
    #[schema(required)]
    reached: Option<f64>,
}

/// How the probabilities of goals that are over turned out. Scores are null before a goal has ended.
#[derive(Serialize, ToSchema)]
struct Calibration {
    /// Forecasts.
    count: usize,
    /// Goals that are over.
    goals: usize,
    /// Mean squared error of the probabilities, 0 to 1; 0 is best.
    #[schema(required)]
    brier: Option<f64>,
    /// That of always saying the share that was reached.
    #[schema(required)]
    reference: Option<f64>,
    /// 1 − `brier` ÷ `reference`; null where every goal ended alike.
    #[schema(required)]
    skill: Option<f64>,
    /// Mean distance between what was said and what came, 0 to 1.
    #[schema(required)]
    error: Option<f64>,
    bins: Vec<CalibrationBin>,
}

/// How the probabilities of goals that are over turned out, and, for each tenth, how many came true.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/calibration", tag = "goals", params(("w" = String, Path)),
    responses((status = 200, body = Calibration))
)]
async fn show(State(app): State<App>, viewer: Viewer) -> Result<Json<Calibration>, ApiError> {
    // A day that is over everywhere.
    let today = app.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let rows = app.store().outlooks_of_ended(&viewer.workspace, today).await?;
    let goals: Vec<Vec<(f64, bool)>> =
        rows.chunk_by(|one, other| one.goal_id == other.goal_id).map(pairs).collect();
    let past: Vec<(f64, bool)> = goals.iter().flatten().copied().collect();
    let ended = goals.iter().filter(|one| !one.is_empty()).count();
    let found = calibration(&past);
    let bins = found.iter().flat_map(|found| found.bins).map(|bin| CalibrationBin {
        from: bin.from,
        to: bin.to,
        count: bin.count,
        forecast: bin.forecast,
        reached: bin.reached,
    });
    Ok(Json(Calibration {
        count: past.len(),
        goals: ended,
        brier: found.as_ref().map(|found| found.brier),
        reference: found.as_ref().map(|found| found.reference),
        skill: found.as_ref().and_then(|found| found.skill),
        error: found.as_ref().map(|found| found.error),
        bins: bins.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn nights_after_a_sum_was_reached_are_no_forecasts() {
        let night = |day, status, probability, days_left| KeptOutlook {
            goal_id: "1".to_owned(),
            day: date(2026, 4, day),
            rules: "orders".to_owned(),
            status,
            probability: Some(probability),
            expected: None,
            low: None,
            high: None,
            so_far: None,
            pace: None,
            target: 100.0,
            days_left,
        };
        let all = [
            night(27, Status::OnTrack, 0.6, 4),
            night(28, Status::Ahead, 0.9, 3),
            night(29, Status::Reached, 1.0, 2),
            night(30, Status::Reached, 1.0, 1),
        ];
        assert_eq!(pairs(&all), [], "it is not over");
        let over = [
            &all[..],
            &[KeptOutlook { day: date(2026, 5, 1), ..night(30, Status::Reached, 1.0, 0) }],
        ]
        .concat();
        assert_eq!(pairs(&over), [(0.6, true), (0.9, true)]);
    }
}
