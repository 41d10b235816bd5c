//! False alarms on shops where nothing happens, and how soon a drop of a fifth in a segment is alerted.

use luotsi_marketing::alert::{Budget, Named, statistical};
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::metric::{Better, DayValue, Nature};

use super::shop::{DIMENSIONS, Event, Shop};
use super::{bar, each};

pub(super) struct Alarms {
    /// Incidents on shops where nothing happened, and months that were watched.
    alarms: usize,
    months: f64,
    /// Drops that were alerted within three days, of how many, by visits a day of the segment.
    found: Vec<(f64, bool)>,
}

/// Days that are learned from before anything is judged, and days that are watched.
const LEARNED: usize = 200;
const WATCHED: usize = 120;
/// How soon a drop should be alerted.
const SOON: usize = 3;
/// Visits a day of the whole shop.
const LEVEL: f64 = 3_000.0;
/// What a segment falls to.
const FACTOR: f64 = 0.8;

/// Watches `quiet` shops in which nothing happens, and as many with a drop as there are seeds.
pub(super) fn measure(seeds: std::ops::Range<u64>, quiet_shops: u64) -> Alarms {
    let few = seeds.start..seeds.end.min(seeds.start + quiet_shops);
    let alarms = each(few, quiet);
    Alarms {
        months: alarms.len() as f64 * WATCHED as f64 / 30.4,
        alarms: alarms.into_iter().sum(),
        found: each(seeds, drops).into_iter().flatten().collect(),
    }
}

/// A series and, of a segment, everything else.
type Watched = (Vec<DayValue>, Option<Vec<DayValue>>);

/// The series that a shop watches: the whole and every value of every dimension.
fn watched(shop: &Shop) -> Vec<Watched> {
    let mut series = vec![(shop.days(|_| true), None)];
    for (index, (_, values)) in DIMENSIONS.iter().enumerate() {
        for at in 0..values.len() {
            let rest = shop.days(|place| place[index] != at);
            series.push((shop.days(|place| place[index] == at), Some(rest)));
        }
    }
    series
}

pub(super) fn budget() -> Budget {
    Budget::usual(1 + DIMENSIONS.iter().map(|(_, values)| values.len()).sum::<usize>())
}

fn named() -> Named<'static> {
    Named {
        subject: "visits",
        name: "Visits",
        writing: Writing { nature: Nature::Flow, currency: None },
        better: Better::More,
        scale: 1.0,
    }
}

/// Incidents of a shop where nothing happens: days with an alarm, three quiet days apart.
fn quiet(seed: u64) -> usize {
    let shop = Shop::new(seed, LEARNED + WATCHED, LEVEL, None);
    let mut incidents = 0;
    for (series, rest) in watched(&shop) {
        let mut last_seen = None;
        for at in LEARNED..LEARNED + WATCHED {
            if let Ok(Some(_)) =
                statistical(named(), &series[..=at], rest.as_deref(), &[], &budget())
            {
                if last_seen.is_none_or(|seen: usize| seen + 4 < at) {
                    incidents += 1;
                }
                last_seen = Some(at);
            }
        }
    }
    incidents
}

/// For each value of the countries and channels: its visits a day, and whether its drop was alerted in time.
fn drops(seed: u64) -> Vec<(f64, bool)> {
    let mut found = Vec::new();
    for dimension in 0..2 {
        let value = usize::try_from(seed).unwrap_or(0) % DIMENSIONS[dimension].1.len();
        let event = Event { dimension, value, from: LEARNED, factor: FACTOR };
        let shop = Shop::new(seed, LEARNED + SOON, LEVEL, Some(event));
        let series = shop.days(|place| place[dimension] == value);
        let rest = shop.days(|place| place[dimension] != value);
        let level =
            series[..LEARNED].iter().rev().take(28).map(|day| day.numerator).sum::<f64>() / 28.0;
        let told = (LEARNED..LEARNED + SOON).any(|at| {
            let deviation = statistical(named(), &series[..=at], Some(&rest), &[], &budget());
            matches!(deviation, Ok(Some(deviation)) if deviation.detail == "down")
        });
        found.push((level, told));
    }
    found
}

impl Alarms {
    pub(super) fn found_share(&self) -> f64 {
        self.found.iter().filter(|(_, found)| *found).count() as f64
            / self.found.len().max(1) as f64
    }

    pub(super) fn false_a_month(&self) -> f64 {
        self.alarms as f64 / self.months
    }

    pub(super) fn report(&self) -> bool {
        println!("Alarms ({} series a shop)", budget().series);
        let kept = bar(
            self.false_a_month() <= budget().a_month,
            &format!(
                "{:.2} false alarms a month and shop (budget: {:.1})",
                self.false_a_month(),
                budget().a_month
            ),
        );
        for (from, to) in [(0.0, 150.0), (150.0, 300.0), (300.0, 600.0), (600.0, f64::INFINITY)] {
            let inside: Vec<bool> = self
                .found
                .iter()
                .filter(|(level, _)| (from..to).contains(level))
                .map(|(_, found)| *found)
                .collect();
            let hits = inside.iter().filter(|found| **found).count();
            println!(
                "    segments of {from:.0} to {to:.0} visits a day: {hits} of {}",
                inside.len()
            );
        }
        let found = bar(
            self.found_share() >= 0.9,
            &format!(
                "a drop of 20 % alerted within {SOON} days in {:.1} % (bar: 90)",
                self.found_share() * 100.0
            ),
        );
        kept && found
    }
}
