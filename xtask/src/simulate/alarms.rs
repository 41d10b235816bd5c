//! False alarms of workspaces where nothing happens, and how soon a drop of a fifth in a segment is alerted.

use luotsi_marketing::alert::{Budget, HOURS, Named, hourly, statistical};
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::metric::{Better, DayValue, Nature};

use super::shop::{DIMENSIONS, Event, Hours, Shop, by_hour};
use super::{bar, each};

pub(super) struct Alarms {
    /// Incidents of workspaces where nothing happened, and months that were watched.
    alarms: usize,
    months: f64,
    /// Incidents among them that only a look at hours saw.
    of_hours: usize,
    /// Drops that were alerted within three days, of how many, by visits a day of the segment: in a workspace of one
    /// site, and of several.
    found: Vec<(f64, bool)>,
    found_of_several: Vec<(f64, bool)>,
}

/// Days that are learned from before anything is judged, and days that are watched.
const LEARNED: usize = 200;
const WATCHED: usize = 120;
/// Days whose same hours are learned from.
const LEARNED_HOURS: usize = 84;
/// How soon a drop should be alerted.
const SOON: usize = 3;
/// Visits a day of each site of a workspace.
const LEVELS: [f64; 3] = [3_000.0, 1_000.0, 300.0];
/// What a segment falls to.
const FACTOR: f64 = 0.8;
/// Part of the budget that looking at hours gets, and the least that is expected in them.
const PART_OF_HOURS: f64 = 0.2;
const LEAST_IN_HOURS: f64 = 40.0;

/// Watches `quiet` workspaces in which nothing happens, and as many with a drop as there are seeds.
pub(super) fn measure(seeds: std::ops::Range<u64>, quiet_workspaces: u64) -> Alarms {
    let few = seeds.start..seeds.end.min(seeds.start + quiet_workspaces);
    let alarms = each(few, quiet);
    Alarms {
        months: alarms.len() as f64 * WATCHED as f64 / 30.4,
        alarms: alarms.iter().map(|(all, _)| all).sum(),
        of_hours: alarms.iter().map(|(_, of_hours)| of_hours).sum(),
        found: each(seeds.clone(), |seed| drops(seed, 1)).into_iter().flatten().collect(),
        found_of_several: each(seeds, |seed| drops(seed, LEVELS.len()))
            .into_iter()
            .flatten()
            .collect(),
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

/// Series of one site that are looked at by the day.
fn series() -> usize {
    1 + DIMENSIONS.iter().map(|(_, values)| values.len()).sum::<usize>()
}

/// What a workspace may tell in vain.
pub(super) fn budget() -> Budget {
    Budget::usual(series())
}

/// What looking at days may: of all sites together.
fn by_day(sites: usize) -> Budget {
    let a_month = budget().a_month * (1.0 - PART_OF_HOURS);
    Budget { a_month, ..Budget::usual(sites * series()) }
}

/// What looking at hours may: at each site's whole, and whether it fell silent.
fn in_hours(sites: usize) -> Budget {
    let a_month = budget().a_month * PART_OF_HOURS;
    Budget { a_month, smallest_expected: LEAST_IN_HOURS, ..Budget::usual(2 * sites) }
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

/// Days with an alarm, three quiet days apart, are one incident.
#[derive(Default)]
struct Incidents {
    up: Option<usize>,
    down: Option<usize>,
}

impl Incidents {
    /// Whether an alarm of a day is a new incident.
    fn is_new(&mut self, detail: &str, day: usize) -> bool {
        let seen = if detail == "up" { &mut self.up } else { &mut self.down };
        let is_new = seen.is_none_or(|seen| seen + 4 < day);
        *seen = Some(day);
        is_new
    }
}

/// Incidents of a workspace where nothing happens, looked at by the day and by the hour; and how many of them only
/// the hours told.
fn quiet(seed: u64) -> (usize, usize) {
    let (mut incidents, mut of_hours) = (0, 0);
    for (site, level) in LEVELS.into_iter().enumerate() {
        let seed = seed * LEVELS.len() as u64 + site as u64;
        let shop = Shop::new(seed, LEARNED + WATCHED, level, None);
        let all = watched(&shop);
        let hours = by_hour(seed, &all[0].0);
        for (index, (series, rest)) in all.iter().enumerate() {
            let mut known = Incidents::default();
            for at in LEARNED..LEARNED + WATCHED {
                // A day is judged on the morning after it, before the hours of that day.
                let rest = rest.as_deref();
                let found = statistical(named(), &series[..at], rest, &[], &by_day(LEVELS.len()));
                if let Ok(Some(found)) = found {
                    incidents += usize::from(known.is_new(&found.detail, at - 1));
                }
                if index > 0 {
                    continue;
                }
                for until in 0..24 {
                    let same = same_hours(&series[..=at], &hours, until);
                    let found = judged_hours(&same, until);
                    if let Some(detail) = found
                        && known.is_new(&detail, at)
                    {
                        (incidents, of_hours) = (incidents + 1, of_hours + 1);
                    }
                }
            }
        }
    }
    (incidents, of_hours)
}

/// Which way the newest hours deviate, if they do.
fn judged_hours(same: &[DayValue], until: i8) -> Option<String> {
    let mean = same.iter().map(|day| day.numerator).sum::<f64>() / same.len() as f64;
    if mean < LEAST_IN_HOURS {
        return None;
    }
    let found = hourly(named(), same, until, &[], &in_hours(LEVELS.len()));
    found.ok().flatten().map(|found| found.detail)
}

/// The hours before `until` o'clock of the newest days.
fn same_hours(days: &[DayValue], hours: &[Hours], until: i8) -> Vec<DayValue> {
    let until = usize::try_from(until).unwrap_or(0);
    let from = days.len() - LEARNED_HOURS;
    let of = |at: usize| {
        (1..=usize::try_from(HOURS).unwrap_or(0))
            .map(|before| match until.checked_sub(before) {
                Some(hour) => hours[at][hour],
                None => hours[at - 1][24 + until - before],
            })
            .sum()
    };
    (from..days.len()).map(|at| DayValue { numerator: of(at), ..days[at] }).collect()
}

/// For each value of the countries and channels: its visits a day, and whether its drop was alerted in time by the
/// looks at whole days.
fn drops(seed: u64, sites: usize) -> Vec<(f64, bool)> {
    let mut found = Vec::new();
    for dimension in 0..2 {
        let value = usize::try_from(seed).unwrap_or(0) % DIMENSIONS[dimension].1.len();
        let event = Event { dimension, value, from: LEARNED, factor: FACTOR };
        let shop = Shop::new(seed, LEARNED + SOON, LEVELS[0], Some(event));
        let series = shop.days(|place| place[dimension] == value);
        let rest = shop.days(|place| place[dimension] != value);
        let level =
            series[..LEARNED].iter().rev().take(28).map(|day| day.numerator).sum::<f64>() / 28.0;
        let told = (LEARNED..LEARNED + SOON).any(|at| {
            let deviation = statistical(named(), &series[..=at], Some(&rest), &[], &by_day(sites));
            matches!(deviation, Ok(Some(deviation)) if deviation.detail == "down")
        });
        found.push((level, told));
    }
    found
}

/// The share of drops that were alerted.
fn share(found: &[(f64, bool)]) -> f64 {
    found.iter().filter(|(_, found)| *found).count() as f64 / found.len().max(1) as f64
}

impl Alarms {
    /// In a workspace of one site, and of several.
    #[cfg(test)]
    pub(super) fn found_shares(&self) -> [f64; 2] {
        [share(&self.found), share(&self.found_of_several)]
    }

    pub(super) fn false_a_month(&self) -> f64 {
        self.alarms as f64 / self.months
    }

    pub(super) fn report(&self) -> bool {
        println!(
            "Alarms (workspaces of {} sites, {} series by the day and one by the hour on each)",
            LEVELS.len(),
            series()
        );
        let kept = bar(
            self.false_a_month() <= budget().a_month,
            &format!(
                "{:.2} ± {:.2} false alarms a month and workspace (budget: {:.1}), {:.2} of them by the hour",
                self.false_a_month(),
                1.96 * (self.alarms as f64).sqrt() / self.months,
                budget().a_month,
                self.of_hours as f64 / self.months
            ),
        );
        let several = found("in a workspace of several sites", &self.found_of_several);
        let one = found("in a workspace of one site", &self.found);
        kept && several && one
    }
}

/// Tells how many drops were alerted, by visits a day of the segment.
fn found(place: &str, found: &[(f64, bool)]) -> bool {
    for (from, to) in [(0.0, 150.0), (150.0, 300.0), (300.0, 600.0), (600.0, f64::INFINITY)] {
        let inside = || found.iter().filter(|(level, _)| (from..to).contains(level));
        let hits = inside().filter(|(_, found)| *found).count();
        println!(
            "    segments of {from:.0} to {to:.0} visits a day: {hits} of {}",
            inside().count()
        );
    }
    let share = share(found);
    let chance = 1.96 * (share * (1.0 - share) / found.len().max(1) as f64).sqrt();
    bar(
        share >= 0.9,
        &format!(
            "a drop of 20 % alerted within {SOON} days in {:.1} ± {:.1} % {place} (bar: 90)",
            share * 100.0,
            chance * 100.0
        ),
    )
}
