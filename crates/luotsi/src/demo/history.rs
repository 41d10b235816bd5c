//! The sample shop's past, simulated and imported the way any history is.

use anyhow::{Context as _, Result};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use luotsi_api::qa::PastEvents;
use luotsi_lake::lake::Lake;
use luotsi_marketing::event::Event;

use super::SampleState;
use super::simulator::Simulator;
use crate::clock;

/// Imports the visits that began since the last time and before `until`.
///
/// `past` learns what is imported. What is there already is recognised by its ids, so that an interrupted start does no harm.
pub(super) async fn fill(
    (lake, past): (&Lake, &mut PastEvents),
    simulator: &Simulator,
    zone: &TimeZone,
    state: &SampleState,
    until: Timestamp,
) -> Result<()> {
    let until_us = until.as_microsecond();
    let from_us = state.filled_to_us.unwrap_or(i64::MIN);
    let first_day = match state.filled_to_us {
        Some(filled_us) => Timestamp::from_microsecond(filled_us)?.to_zoned(zone.clone()).date(),
        None => state.first_day,
    };
    let last_day = until.to_zoned(zone.clone()).date();
    lake.flush(clock::now().as_microsecond()).await?;
    let mut importer = lake.importer()?;
    for day in first_day.series(1.day()).take_while(|day| *day <= last_day) {
        let mut visits = simulator.visits_of(day);
        visits.retain(|visit| visit.start_us < until_us);
        let events = visits.into_iter().filter(|visit| visit.start_us >= from_us);
        let events: Vec<Event> = events.flat_map(|visit| visit.events).collect();
        events.iter().for_each(|event| past.learn(event));
        if !events.is_empty() {
            importer.add(events).await?;
        }
    }
    importer
        .finish(clock::now().as_microsecond(), |_| {})
        .await
        .context("the sample's history could not be imported")?;
    Ok(())
}
