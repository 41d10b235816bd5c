//! Visitors of the sample shop as they come: the simulator's own, at their time.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use luotsi_api::state::App;
use luotsi_lake::lake::AppendError;
use luotsi_marketing::event::Event;

use super::simulator::Simulator;
use crate::clock;

/// Every visit that began so long ago is over.
const SETTLED: SignedDuration = SignedDuration::from_mins(40);

/// When nobody has come for so long, somebody does: there is something to look at even at night.
const QUIET: SignedDuration = SignedDuration::from_secs(150);

const STEP: Duration = Duration::from_secs(1);

/// Visits that began before this are history.
pub(super) fn settled_before(now: Timestamp) -> Timestamp {
    now - SETTLED
}

/// Appends the events of visits to the shop that began at `from` or later, each when its time has come, and shows
/// them as they come.
pub(super) async fn trickle(
    app: App,
    shop: String,
    simulator: (Simulator, TimeZone),
    from: Timestamp,
) {
    let (simulator, zone) = simulator;
    let mut ahead = Ahead::new(simulator, zone, from);
    loop {
        let due = ahead.due(clock::now());
        if !due.is_empty() {
            match app.lake().append(due.clone()).await {
                Ok(_) => {
                    if let Err(error) = app.show_sample(&shop, &due).await {
                        tracing::info!(%error, "sample visitors are not shown");
                    }
                }
                Err(AppendError::Overloaded { retry_after }) => {
                    ahead.put_back(due);
                    tokio::time::sleep(retry_after).await;
                }
                Err(error) => {
                    tracing::info!(%error, "no more sample visitors");
                    return;
                }
            }
        }
        tokio::time::sleep(STEP).await;
    }
}

/// Events whose time has not come.
struct Ahead {
    simulator: Simulator,
    zone: TimeZone,
    from_us: i64,
    /// The last day that was simulated.
    day: Option<Date>,
    /// Starts of the visits in `events`, descending.
    starts_us: Vec<i64>,
    /// By time, the latest first.
    events: Vec<Event>,
    last_start_us: i64,
}

impl Ahead {
    fn new(simulator: Simulator, zone: TimeZone, from: Timestamp) -> Self {
        let from_us = from.as_microsecond();
        Self {
            simulator,
            zone,
            from_us,
            day: None,
            starts_us: Vec::new(),
            events: Vec::new(),
            last_start_us: from_us,
        }
    }

    /// What has happened by `now`, in order of time.
    fn due(&mut self, now: Timestamp) -> Vec<Event> {
        let (now_us, today) = (now.as_microsecond(), now.to_zoned(self.zone.clone()).date());
        self.simulate_up_to(today);
        while self.starts_us.last().is_some_and(|start_us| *start_us <= now_us) {
            self.last_start_us = self.starts_us.pop().unwrap_or(now_us);
        }
        if now_us - self.last_start_us > QUIET.as_micros() as i64 {
            self.last_start_us = now_us;
            self.add(self.simulator.extra_visit(today, now_us).events);
        }
        let later = self.events.partition_point(|event| event.at_us > now_us);
        let mut due = self.events.split_off(later);
        due.reverse();
        due
    }

    fn put_back(&mut self, events: Vec<Event>) {
        self.add(events);
    }

    fn simulate_up_to(&mut self, today: Date) {
        let from = Timestamp::from_microsecond(self.from_us).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut next = match self.day {
            Some(day) => day.tomorrow().unwrap_or(day),
            None => from.to_zoned(self.zone.clone()).date(),
        };
        while next <= today && self.day != Some(next) {
            for visit in self.simulator.visits_of(next) {
                if visit.start_us >= self.from_us {
                    self.starts_us.push(visit.start_us);
                    self.events.extend(visit.events);
                }
            }
            self.day = Some(next);
            next = next.tomorrow().unwrap_or(next);
        }
        self.starts_us.sort_unstable_by(|one, other| other.cmp(one));
        self.sort();
    }

    fn add(&mut self, events: Vec<Event>) {
        self.events.extend(events);
        self.sort();
    }

    fn sort(&mut self) {
        self.events.sort_by_key(|event| std::cmp::Reverse(event.at_us));
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn ahead(from: Timestamp) -> Ahead {
        let zone = TimeZone::get("Europe/Helsinki").unwrap();
        let simulator = Simulator::new(
            1,
            "kaira-outdoor.example",
            zone.clone(),
            date(2025, 11, 21),
            "EUR".parse().unwrap(),
        );
        Ahead::new(simulator, zone, from)
    }

    #[test]
    fn a_day_in_steps_is_the_simulators_day() {
        let from: Timestamp = "2026-11-20T22:00:00Z".parse().unwrap();
        let mut ahead = ahead(from);
        let expected: Vec<i64> = {
            let visits = ahead.simulator.visits_of(date(2026, 11, 21));
            visits.iter().flat_map(|visit| &visit.events).map(|event| event.event_id).collect()
        };
        let mut seen = std::collections::HashSet::new();
        let mut last_us = i64::MIN;
        for minute in 0..24 * 60 + 60 {
            let now = from + SignedDuration::from_mins(minute);
            for event in ahead.due(now) {
                assert!(event.at_us <= now.as_microsecond() && event.at_us >= last_us);
                last_us = event.at_us;
                assert!(seen.insert(event.event_id), "an event came twice");
            }
        }
        assert!(expected.iter().all(|id| seen.contains(id)));
    }

    #[test]
    fn somebody_comes_even_in_the_small_hours() {
        let from: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
        let mut ahead = ahead(from);
        for ten_minutes in 1..=12 {
            let due = (1..=10).map(|minute| {
                ahead.due(from + SignedDuration::from_mins(ten_minutes * 10 + minute)).len()
            });
            assert!(due.sum::<usize>() > 0);
        }
    }
}
