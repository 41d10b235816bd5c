//! Where the figure of a goal on observations is read, and which readings it takes.

use std::collections::BTreeMap;

use luotsi_goals::entry::{Entry, Placed};
use luotsi_marketing::observation::{Place, refusal};
use luotsi_store::StoreError;
use luotsi_store::observation::NewObservation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, Fields};
use crate::state::App;

/// A reading of a place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryReading {
    day: String,
    value: f64,
}

/// Where a figure is read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryPlace {
    /// What a reading has to carry to be of this place: `{"keyword": "wool socks"}`; empty where there is only one.
    dimensions: BTreeMap<String, String>,
    /// The newest reading; null before the first.
    #[schema(required)]
    last: Option<EntryReading>,
    /// Usual days between two readings.
    every_days: i64,
    /// Whether the next one is due.
    due: bool,
}

/// What is written down for a goal on observations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalEntry {
    series: String,
    /// Each keyword, each account; a level is made of all of them.
    places: Vec<EntryPlace>,
    /// Of the place that waits longest.
    #[schema(required)]
    last: Option<EntryReading>,
    /// Usual days between two readings of that place.
    every_days: i64,
    /// Whether the next reading of any place is due.
    due: bool,
}

fn reading(last: Option<(jiff::civil::Date, f64)>) -> Option<EntryReading> {
    last.map(|(day, value)| EntryReading { day: day.to_string(), value })
}

impl From<Placed> for EntryPlace {
    fn from(place: Placed) -> Self {
        let Placed { dimensions, last, every_days, due } = place;
        Self { dimensions, last: reading(last), every_days, due }
    }
}

impl From<Entry> for GoalEntry {
    fn from(entry: Entry) -> Self {
        Self {
            series: entry.series,
            places: entry.places.into_iter().map(EntryPlace::from).collect(),
            last: reading(entry.last),
            every_days: entry.every_days,
            due: entry.due,
        }
    }
}

/// Refuses readings that a goal would not take, each by its place in the batch.
pub(crate) async fn check_readings(
    app: &App,
    workspace: &str,
    id: &str,
    readings: &[NewObservation],
) -> Result<(), ApiError> {
    let goal = match app.store().goal(workspace, id).await {
        Err(StoreError::NotFound(_)) => {
            return Err(ApiError::field(
                "goal_id",
                "unknown_goal",
                "no such goal in the workspace",
            ));
        }
        other => other?,
    };
    let measuring = app.measuring();
    let site = app.store().site(workspace, &goal.fields.site_id).await?;
    let site = measuring.site(&site).await?;
    let resolved = measuring.resolve_goal(&site, &goal).await?;
    let Some(entry) = measuring.entry(&goal, &resolved, site.today()).await? else {
        let message = "this goal is measured from events: nobody enters its figures";
        return Err(ApiError::field("goal_id", "outside_goal", message));
    };
    let series = resolved.subject.series();
    let places: Vec<Place> = entry.places.into_iter().map(|place| place.dimensions).collect();
    let filters = goal.fields.filters.as_array().map_or(&[][..], Vec::as_slice);
    let mut fields = Fields::default();
    for (at, one) in readings.iter().enumerate() {
        let place = |field: &str| format!("observations[{at}].{field}");
        if !series.contains(&one.series.as_str()) {
            let message = format!("the goal is on {}", series.join(", "));
            fields.refuse(&place("series"), "outside_goal", message);
        } else if one.site_id.as_ref().is_some_and(|of| *of != site.site.id) {
            fields.refuse(&place("site_id"), "outside_goal", "the goal is of another site");
        } else if let Ok(Some(wrong)) = refusal(filters, &places, &one.dimensions) {
            fields.refuse(&place(&wrong.field), wrong.code, wrong.message);
        }
    }
    fields.finish()
}
