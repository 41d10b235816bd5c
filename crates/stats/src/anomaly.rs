//! Anomalies of a series: values and stretches that its own past does not explain.
//!
//! A series is laid on a regular grid, its level and rhythm (day, week, month of the year) are fitted
//! by medians, and what remains is scored by how rarely a deviation of that size occurs. The one
//! setting that matters is a budget: how many false alarms a year one is ready to look at.
//! [`detect`] reads a whole series, [`watch`] judges the newest value of many, [`recent`] the newest few
//! against a reference, and [`change`] finds shifts of level and slow drift, which are not anomalies
//! of a moment.

pub mod change;
mod counts;
mod grid;
mod model;
pub mod online;
pub mod recent;
mod robust;
mod score;
pub mod watch;

#[cfg(test)]
mod tests;

use grid::Grid;
use score::Scores;

/// Fewer values than this and nothing can be called unusual.
pub const FEWEST_VALUES: usize = 20;

/// Why a series cannot be judged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnomalyError {
    /// Too short.
    #[error("a series needs at least {FEWEST_VALUES} values, not {0}")]
    TooShort(usize),
    /// Every value is the same, so any other would be infinitely surprising.
    #[error("every value of the series is the same, so nothing can be called unusual")]
    Constant,
    /// Times and values belong together.
    #[error("{times} times but {values} values")]
    Lengths { times: usize, values: usize },
    /// Settings outside their range.
    #[error("{name} must be {range}, not {value}")]
    Setting { name: &'static str, range: &'static str, value: f64 },
}

/// How a series is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// False alarms a year that one series may raise, > 0. Nominal: the tail of the deviations is
    /// extrapolated, and real events without a known cause count as alarms too.
    pub false_alarms_a_year: f64,
    /// Least |actual − expected| as a share of the expected value. 0 takes everything.
    pub smallest_effect: f64,
    /// Values expected below this (visits, orders) are too few to judge. 0 judges all.
    pub smallest_expected: f64,
    /// Data from this time on (seconds) is incomplete: neither judged nor learned from.
    pub complete_until_s: Option<i64>,
    /// Half-open ranges (seconds) with a known cause: neither judged nor learned from.
    pub muted_s: Vec<(i64, i64)>,
    /// Deviations closer than this belong to one anomaly; at least two steps.
    pub same_incident_s: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            false_alarms_a_year: 1.0,
            smallest_effect: 0.0,
            smallest_expected: 0.0,
            complete_until_s: None,
            muted_s: Vec::new(),
            same_incident_s: 12 * 3600,
        }
    }
}

/// Which way the series went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More than expected.
    Up,
    /// Less than expected.
    Down,
}

/// One incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomaly {
    /// Time of the first deviating value, seconds.
    pub from_s: i64,
    /// Time of the last deviating value, seconds, inclusive.
    pub to_s: i64,
    /// Which way its largest deviation went.
    pub direction: Direction,
    /// Mean of what was expected at the deviating values.
    pub expected: f64,
    /// Mean of what was measured there.
    pub actual: f64,
    /// How rare: −log₁₀ of how often a year a deviation this large is expected by chance. 0 is once a
    /// year, 2 once a century.
    pub score: f64,
}

/// One value of the series with what was expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Time, seconds.
    pub time_s: i64,
    /// What was measured; NaN where nothing was.
    pub actual: f64,
    /// What was expected.
    pub expected: f64,
    /// A value below this alone would be an anomaly.
    pub low: f64,
    /// A value above this alone would be an anomaly.
    pub high: f64,
}

/// What a series holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Incidents in order of time.
    pub anomalies: Vec<Anomaly>,
    /// Every step of the grid.
    pub points: Vec<Point>,
    /// Length of the rhythm that was used, seconds; 0 when the series has none.
    pub rhythm_s: i64,
    /// Time before which nothing is judged, because too little was known.
    pub learned_s: i64,
}

/// Share of the series that is only learned from, and its largest number of steps.
const LEARNING: (f64, usize) = (0.15, 750);

/// Finds the anomalies of one series. `times_s` are seconds of any epoch, in any order.
///
/// Values that are not finite count as missing. The first 15 % of the steps (at most 750) are not
/// judged.
///
/// On eight files of the Numenta Anomaly Benchmark (72 series-weeks) the default settings hit 19 of 20
/// labelled windows with 12 alarms outside of them; of ten published detectors the best hits 19 with
/// 15 (ARTime), the next 18 with 16 (Numenta).
pub fn detect(
    times_s: &[i64],
    values: &[f64],
    settings: &Settings,
) -> Result<Detection, AnomalyError> {
    if !(settings.false_alarms_a_year > 0.0 && settings.false_alarms_a_year.is_finite()) {
        let value = settings.false_alarms_a_year;
        return Err(AnomalyError::Setting {
            name: "false alarms a year",
            range: "above zero",
            value,
        });
    }
    let grid = Grid::new(times_s, values, settings)?;
    let fitted = model::fit(&grid.learned, grid.step_s);
    let scores = Scores::new(&fitted, &grid.learned, grid.step_s)?;
    let learning = ((grid.values.len() as f64 * LEARNING.0) as usize).min(LEARNING.1);
    let limit = -settings.false_alarms_a_year.log10();
    // What cannot be negative is not expected to be.
    let least = if grid.values.iter().any(|&value| value < 0.0) { f64::NEG_INFINITY } else { 0.0 };
    let points: Vec<Point> = (0..grid.values.len())
        .map(|t| {
            let (low, expected, high) = scores.band(&fitted, t, limit);
            Point {
                time_s: grid.time_s(t),
                actual: grid.values[t],
                expected: expected.max(least),
                low: low.max(least),
                high: high.max(least),
            }
        })
        .collect();
    let judged = |t: usize| {
        let Point { actual, expected, .. } = points[t];
        t >= learning
            && grid.learned[t].is_finite()
            && expected >= settings.smallest_expected
            && (actual - expected).abs() >= settings.smallest_effect * expected.abs()
    };
    let flagged: Vec<(usize, f64)> = (0..points.len())
        .filter_map(|t| {
            scores.at(t).filter(|&score| score >= limit && judged(t)).map(|score| (t, score))
        })
        .collect();
    let anomalies = incidents(&flagged, &points, &scores, &grid, settings);
    Ok(Detection {
        anomalies,
        rhythm_s: (scores.rhythm(&fitted) as f64 * grid.step_s).round() as i64,
        learned_s: grid.time_s(learning),
        points,
    })
}

/// A lasting change of a series' level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelShift {
    /// Time from which the new level holds, seconds; exact to a day (or a step, if that is longer).
    pub at_s: i64,
    /// Level before, as a mean of daily medians.
    pub before: f64,
    /// Level after.
    pub after: f64,
    /// Size of the change in standard errors of its estimate.
    pub score: f64,
}

/// Least number of days (or steps longer than a day) a level lasts.
const SHORTEST_LEVEL: (usize, usize) = (14, 4);

/// Finds shifts of level, on medians of days freed of the week's rhythm.
///
/// A shift smaller than `smallest_effect` of the level before is left out. Slow drift appears as a
/// staircase of shifts. Empty when there are fewer than 20 days (or steps).
pub fn level_shifts(
    times_s: &[i64],
    values: &[f64],
    settings: &Settings,
) -> Result<Vec<LevelShift>, AnomalyError> {
    let days = Days::new(times_s, values, settings)?;
    if days.free.len() < FEWEST_VALUES {
        return Ok(Vec::new());
    }
    let shortest = if days.daily { SHORTEST_LEVEL.0 } else { SHORTEST_LEVEL.1 };
    let found = change::shifts(&days.free, shortest, 0.0);
    Ok(found
        .into_iter()
        .filter(|shift| {
            (shift.after - shift.before).abs() >= settings.smallest_effect * shift.before.abs()
        })
        .map(|shift| LevelShift {
            at_s: days.time_s(shift.at),
            before: shift.before,
            after: shift.after,
            score: shift.score,
        })
        .collect())
}

/// A level that moved away slowly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowDrift {
    /// Where the drift began, seconds.
    pub from_s: i64,
    /// When it could be noticed, seconds.
    pub noticed_s: i64,
    /// Level that it moved away from: the median of the days it was compared with.
    pub before: f64,
    /// Level when it was noticed: the median of the last days.
    pub now: f64,
}

/// Days that make the level a drift is measured against, and days of the level it reached.
const COMPARED_DAYS: (usize, usize) = (28, 7);
/// Deviations below this many standard deviations do not add up, how many must have added up, and how
/// far the level must be away by then.
const DRIFT: (f64, f64, f64) = (0.75, 10.0, 2.0);

/// Finds slow drift on medians of days freed of the week's rhythm: a cumulative sum of the distance to
/// four weeks (as in [`change::cusum`], with the level itself checked); then it starts anew.
///
/// A drift that a shift of level explains is left out; so is one smaller than `smallest_effect` of the
/// level before. Empty when there are fewer than 42 days (or steps longer than a day).
pub fn slow_drifts(
    times_s: &[i64],
    values: &[f64],
    settings: &Settings,
) -> Result<Vec<SlowDrift>, AnomalyError> {
    let days = Days::new(times_s, values, settings)?;
    let shifts = level_shifts(times_s, values, settings)?;
    let sigma = change::spread_of(&days.free);
    let baseline = COMPARED_DAYS.0;
    let mut found = Vec::new();
    let mut start = 0;
    while sigma > 0.0 && start + baseline < days.free.len() {
        let before = robust::median(days.free[start..start + baseline].iter().copied());
        let Some((from, noticed)) = drift_from(&days.free, start + baseline, before, sigma) else {
            break;
        };
        let now = last_level(&days.free, noticed);
        let drifted =
            SlowDrift { from_s: days.time_s(from), noticed_s: days.time_s(noticed), before, now };
        let week_s = 7 * 86_400;
        let explained = shifts.iter().any(|shift| {
            (drifted.from_s - week_s..=drifted.noticed_s + week_s).contains(&shift.at_s)
        });
        if !explained && (now - before).abs() >= settings.smallest_effect * before.abs() {
            found.push(drifted);
        }
        start = noticed;
    }
    Ok(found)
}

/// Median of the days up to and including `day`.
fn last_level(days: &[f64], day: usize) -> f64 {
    robust::median(days[(day + 1).saturating_sub(COMPARED_DAYS.1)..=day].iter().copied())
}

/// Where a drift away from the level `before` began, and the day on which both the sum of deviations
/// and the level itself were far enough away.
fn drift_from(days: &[f64], first: usize, before: f64, sigma: f64) -> Option<(usize, usize)> {
    let (slack, enough, away) = DRIFT;
    let mut sides = [(0.0_f64, first), (0.0, first)];
    for (day, x) in days.iter().enumerate().skip(first).filter(|(_, x)| x.is_finite()) {
        // One wild day is an anomaly, not a drift.
        let distance = ((x - before) / sigma).clamp(-4.0, 4.0);
        for (side, sign) in sides.iter_mut().zip([1.0, -1.0]) {
            let sum = side.0 + sign * distance - slack;
            *side = if sum > 0.0 { (sum, side.1) } else { (0.0, day + 1) };
            if side.0 > enough && sign * (last_level(days, day) - before) >= away * sigma {
                return Some((side.1, day));
            }
        }
    }
    None
}

/// Whether the level has just changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecentChange {
    /// Probability that the level changed within the last two weeks (14 steps longer than a day).
    pub probability: f64,
    /// The likeliest time of the last change, seconds.
    pub since_s: i64,
    /// Days (or steps) since then.
    pub days: usize,
}

/// How many days a level lasts on average, before anything is known.
const USUAL_RUN_DAYS: f64 = 180.0;
/// What is recent.
const RECENT_DAYS: usize = 14;

/// Whether the level of the last days is new, by Bayesian online change-point detection
/// ([`online::Watcher`]) on medians of days freed of the week's rhythm. `None` with fewer than 20 days
/// or without noise to judge by.
pub fn recent_change(
    times_s: &[i64],
    values: &[f64],
    settings: &Settings,
) -> Result<Option<RecentChange>, AnomalyError> {
    let days = Days::new(times_s, values, settings)?;
    let sigma = change::spread_of(&days.free);
    if days.free.len() < FEWEST_VALUES || !(sigma > 0.0) {
        return Ok(None);
    }
    let centre = robust::median(days.free.iter().copied());
    // Levels lie as far apart as the days themselves; the noise is known well.
    let belief = online::Belief { mean: 0.0, strength: 0.1, shape: 10.0, scale: 10.0 };
    let mut watcher = online::Watcher::new(belief, USUAL_RUN_DAYS);
    let mut positions = Vec::new();
    for (day, x) in days.free.iter().enumerate().filter(|(_, x)| x.is_finite()) {
        // One wild day is an anomaly, not a level.
        watcher.observe(((x - centre) / sigma).clamp(-6.0, 6.0));
        positions.push(day);
    }
    let likeliest = watcher.runs().into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    Ok(likeliest.and_then(|(length, _)| {
        let at = *positions.get(positions.len().checked_sub(length)?)?;
        Some(RecentChange {
            probability: watcher.changed_within(RECENT_DAYS.min(positions.len() - 1)),
            since_s: days.time_s(at),
            days: days.free.len() - at,
        })
    }))
}

/// Medians of days (or steps that are longer) without the week's rhythm.
struct Days {
    grid: Grid,
    steps_a_day: usize,
    daily: bool,
    free: Vec<f64>,
}

impl Days {
    fn new(times_s: &[i64], values: &[f64], settings: &Settings) -> Result<Self, AnomalyError> {
        let grid = Grid::new(times_s, values, settings)?;
        let steps_a_day = (86_400.0 / grid.step_s).round().max(1.0) as usize;
        let mut days: Vec<f64> = grid
            .learned
            .chunks(steps_a_day)
            .map(|day| robust::median(day.iter().copied()))
            .collect();
        // An incomplete last day has another rhythm.
        if grid.learned.len() % steps_a_day != 0 {
            days.pop();
        }
        let daily = grid.step_s * (steps_a_day as f64) < 1.5 * 86_400.0;
        let free = if daily && days.len() >= 21 { model::without_rhythm(&days, 7) } else { days };
        Ok(Self { grid, steps_a_day, daily, free })
    }

    fn time_s(&self, day: usize) -> i64 {
        self.grid.time_s(day * self.steps_a_day)
    }
}

fn incidents(
    flagged: &[(usize, f64)],
    points: &[Point],
    scores: &Scores,
    grid: &Grid,
    settings: &Settings,
) -> Vec<Anomaly> {
    let gap_s = (settings.same_incident_s as f64).max(2.0 * grid.step_s);
    let mut groups: Vec<Vec<(usize, f64)>> = Vec::new();
    for &(t, score) in flagged {
        match groups.last_mut() {
            Some(group)
                if group
                    .last()
                    .is_some_and(|&(last, _)| ((t - last) as f64 * grid.step_s) <= gap_s) =>
            {
                group.push((t, score));
            }
            _ => groups.push(vec![(t, score)]),
        }
    }
    let mut found: Vec<Incident> = Vec::new();
    for group in &groups {
        let next = Incident::of(group, scores);
        match found.last_mut() {
            // The window that flagged this group may reach back into the incident before it.
            Some(last) if (next.members[0] as f64 - last.end() as f64) * grid.step_s <= gap_s => {
                last.merge(next);
            }
            _ => found.push(next),
        }
    }
    found.iter().map(|incident| incident.described(points)).collect()
}

/// Deviating steps in order of time (at least one) and the largest deviation among them.
struct Incident {
    members: Vec<usize>,
    upwards: bool,
    score: f64,
}

impl Incident {
    /// The flagged steps from the first to the last that itself deviates the way the largest deviation
    /// does: a window stays flagged for some steps after a deviation is over.
    fn of(group: &[(usize, f64)], scores: &Scores) -> Self {
        let (first, last) = (group[0].0, group[group.len() - 1].0);
        let peak = group.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(group[0]);
        let upwards = scores.upwards(peak.0);
        let mut members: Vec<usize> =
            (scores.window_start(first)..=last).filter(|&t| scores.deviates(t, upwards)).collect();
        if members.is_empty() {
            members = group.iter().map(|&(t, _)| t).collect();
        }
        Self { members, upwards, score: peak.1 }
    }

    fn end(&self) -> usize {
        self.members[self.members.len() - 1]
    }

    fn merge(&mut self, other: Self) {
        self.members.extend(other.members);
        self.members.sort_unstable();
        self.members.dedup();
        if other.score > self.score {
            (self.score, self.upwards) = (other.score, other.upwards);
        }
    }

    fn described(&self, points: &[Point]) -> Anomaly {
        let mean = |pick: fn(&Point) -> f64| {
            self.members.iter().map(|&t| pick(&points[t])).sum::<f64>() / self.members.len() as f64
        };
        Anomaly {
            from_s: points[self.members[0]].time_s,
            to_s: points[self.end()].time_s,
            direction: if self.upwards { Direction::Up } else { Direction::Down },
            expected: mean(|point| point.expected),
            actual: mean(|point| point.actual),
            score: self.score,
        }
    }
}
