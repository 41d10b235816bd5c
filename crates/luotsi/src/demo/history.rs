//! The sample shop's past, simulated and imported the way any history is.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use luotsi_lake::lake::Lake;
use luotsi_marketing::event::Event;

use super::SampleState;
use super::simulator::{SimulatedVisit, Simulator};
use crate::clock;

/// The pause that ends a visit, microseconds.
const IDLE_US: i64 = 30 * 60_000_000;

/// What happened on a day, for the goals' baselines.
#[derive(Debug, Clone, Default)]
pub(super) struct DayFigures {
    pub(super) visits: u64,
    pub(super) organic_visits: u64,
    pub(super) sign_ups: u64,
    pub(super) revenue_cents: i64,
    pub(super) visitors: Vec<i64>,
    pub(super) buyers: Vec<i64>,
}

/// Imports the visits that began since the last time and before `until`; returns all days' figures.
///
/// What is there already is recognised by its ids, so that an interrupted start does no harm.
pub(super) async fn fill(
    lake: &Lake,
    simulator: &Simulator,
    zone: &TimeZone,
    state: &SampleState,
    until: Timestamp,
) -> Result<Vec<(Date, DayFigures)>> {
    let until_us = until.as_microsecond();
    let from_us = state.filled_to_us.unwrap_or(i64::MIN);
    // Goals are measured on the whole past; afterwards only what is new is needed.
    let first_day = match state.filled_to_us {
        Some(filled_us) if state.set_up => {
            Timestamp::from_microsecond(filled_us)?.to_zoned(zone.clone()).date()
        }
        _ => state.first_day,
    };
    let last_day = until.to_zoned(zone.clone()).date();
    lake.flush(clock::now().as_microsecond()).await?;
    let mut importer = lake.importer()?;
    let mut seen = LastSeen::default();
    let mut days = Vec::new();
    for day in first_day.series(1.day()).take_while(|day| *day <= last_day) {
        let mut visits = simulator.visits_of(day);
        visits.retain(|visit| visit.start_us < until_us);
        days.push((day, figures(&visits, &mut seen)));
        let events = visits.into_iter().filter(|visit| visit.start_us >= from_us);
        let events: Vec<Event> = events.flat_map(|visit| visit.events).collect();
        if !events.is_empty() {
            importer.add(events).await?;
        }
    }
    importer
        .finish(clock::now().as_microsecond(), |_| {})
        .await
        .context("the sample's history could not be imported")?;
    Ok(days)
}

/// When each visitor was seen last: who comes back soon goes on with the visit.
#[derive(Debug, Default)]
struct LastSeen(HashMap<i64, i64>);

impl LastSeen {
    /// Whether a visit that the simulator tells apart begins a visit by the rule.
    fn begins(&mut self, visit: &SimulatedVisit) -> bool {
        let (Some(first), Some(last)) = (visit.events.first(), visit.events.last()) else {
            return false;
        };
        let before_us = self.0.insert(first.visitor_id, last.at_us);
        before_us.is_none_or(|before_us| first.at_us - before_us > IDLE_US)
    }
}

fn figures(visits: &[SimulatedVisit], seen: &mut LastSeen) -> DayFigures {
    let mut day = DayFigures::default();
    for visit in visits {
        let Some(first) = visit.events.first().filter(|event| event.bot_reason.is_none()) else {
            continue;
        };
        if seen.begins(visit) {
            day.visits += 1;
            day.organic_visits += u64::from(first.acquisition.channel == "Organic Search");
        }
        day.visitors.push(first.visitor_id);
        for event in &visit.events {
            day.sign_ups += u64::from(event.name == "Newsletter signup");
            if let Some(revenue) = event.revenue {
                day.revenue_cents += revenue.minor_units;
                day.buyers.push(event.visitor_id);
            }
        }
    }
    day
}
