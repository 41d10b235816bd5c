//! A shop: orders per day in cells of country, channel and device, with a week, a year, and a level that wanders.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use luotsi_marketing::metric::DayValue;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Binomial, Distribution as _, Gamma, Poisson, StandardNormal};

/// Names of the dimensions and their values with their usual shares.
pub(super) const DIMENSIONS: [(&str, &[(&str, f64)]); 3] = [
    ("visit:country", &[("FI", 0.45), ("SE", 0.25), ("DE", 0.18), ("NO", 0.12)]),
    (
        "visit:channel",
        &[
            ("Organic Search", 0.34),
            ("Paid Search", 0.24),
            ("Direct", 0.20),
            ("Email", 0.12),
            ("Organic Social", 0.10),
        ],
    ),
    ("visit:device", &[("Mobile", 0.62), ("Desktop", 0.38)]),
];

/// What happens to a part of a shop.
#[derive(Clone, Copy)]
pub(super) struct Event {
    /// Index of the dimension and of its value.
    pub(super) dimension: usize,
    pub(super) value: usize,
    /// First day, and what the part is multiplied by from then on.
    pub(super) from: usize,
    pub(super) factor: f64,
}

/// A cell: an index into each dimension, and its orders per day.
pub(super) struct Cell {
    pub(super) place: [usize; 3],
    pub(super) days: Vec<f64>,
}

pub(super) struct Shop {
    pub(super) first: Date,
    pub(super) cells: Vec<Cell>,
}

impl Shop {
    /// `days` days of a shop of about `level` orders a day, with what happens to it.
    pub(super) fn new(seed: u64, days: usize, level: f64, event: Option<Event>) -> Shop {
        let mut random = StdRng::seed_from_u64(seed);
        let first = date(2024, 1, 1).saturating_add(random.random_range(0..365_i64).days());
        let path = path(&mut random, first, days, level);
        // Shares of this shop are not those of every shop.
        let shares: Vec<Vec<f64>> = DIMENSIONS
            .iter()
            .map(|(_, values)| {
                let drawn: Vec<f64> = values
                    .iter()
                    .map(|(_, share)| {
                        share * (0.25 * random.sample::<f64, _>(StandardNormal)).exp()
                    })
                    .collect();
                let sum: f64 = drawn.iter().sum();
                drawn.into_iter().map(|share| share / sum).collect()
            })
            .collect();
        let mut cells = Vec::new();
        for country in 0..shares[0].len() {
            for channel in 0..shares[1].len() {
                for device in 0..shares[2].len() {
                    let share = shares[0][country] * shares[1][channel] * shares[2][device];
                    let place = [country, channel, device];
                    let days = path
                        .iter()
                        .enumerate()
                        .map(|(at, level)| {
                            let hit = event.filter(|event| {
                                place[event.dimension] == event.value && at >= event.from
                            });
                            let mean = level * share * hit.map_or(1.0, |event| event.factor);
                            count(&mut random, mean)
                        })
                        .collect();
                    cells.push(Cell { place, days });
                }
            }
        }
        Shop { first, cells }
    }

    pub(super) fn day(&self, at: usize) -> Date {
        self.first.saturating_add(i64::try_from(at).unwrap_or(0).days())
    }

    /// Orders per day of the cells that `belongs` takes.
    pub(super) fn days(&self, belongs: impl Fn(&[usize; 3]) -> bool) -> Vec<DayValue> {
        let length = self.cells.first().map_or(0, |cell| cell.days.len());
        let chosen: Vec<&Cell> = self.cells.iter().filter(|cell| belongs(&cell.place)).collect();
        (0..length)
            .map(|at| DayValue {
                day: self.day(at),
                numerator: chosen.iter().map(|cell| cell.days[at]).sum(),
                denominator: 1.0,
            })
            .collect()
    }
}

/// Hours of a day, from midnight.
pub(super) type Hours = [f64; 24];

/// Days of counts by the hour: quiet at night, most in the evening, each hour of a day with a little noise of its own.
pub(super) fn by_hour(seed: u64, days: &[DayValue]) -> Vec<Hours> {
    let mut random = StdRng::seed_from_u64(seed ^ 0x4045);
    let peak = random.random_range(17.0..21.0);
    let usual: Vec<f64> = (0..24)
        .map(|hour| {
            let from_peak = (f64::from(hour) - peak) / 24.0 * std::f64::consts::TAU;
            (1.1 * from_peak.cos()).exp()
        })
        .collect();
    days.iter()
        .map(|day| {
            let shares: Vec<f64> = usual
                .iter()
                .map(|share| share * (0.08 * random.sample::<f64, _>(StandardNormal)).exp())
                .collect();
            let (mut left, mut share_left) = (day.numerator, shares.iter().sum::<f64>());
            let mut hours = [0.0; 24];
            for (hour, share) in hours.iter_mut().zip(shares) {
                *hour = part(&mut random, left, (share / share_left).clamp(0.0, 1.0));
                (left, share_left) = (left - *hour, share_left - share);
            }
            hours
        })
        .collect()
}

/// How many of a count belong to a share of it.
fn part(random: &mut StdRng, count: f64, share: f64) -> f64 {
    Binomial::new(count as u64, share)
        .map_or(count * share, |binomial| binomial.sample(random) as f64)
}

/// The expected level of each day: trend, a wandering level, a year, a week, and noise that a whole day shares.
fn path(random: &mut StdRng, first: Date, days: usize, level: f64) -> Vec<f64> {
    let growth = 0.0008 * random.sample::<f64, _>(StandardNormal);
    let step = random.random_range(0.003..0.012);
    let (yearly, phase) = (random.random_range(0.0..0.15), random.random_range(0.0..1.0));
    let shared = random.random_range(0.02..0.07);
    let weekend = random.random_range(0.55..1.15);
    let mut walk = 0.0;
    (0..days)
        .map(|at| {
            walk += step * random.sample::<f64, _>(StandardNormal);
            let day = first.saturating_add(i64::try_from(at).unwrap_or(0).days());
            let week = if day.weekday().to_monday_zero_offset() >= 5 { weekend } else { 1.0 };
            let year = 1.0 + yearly * (std::f64::consts::TAU * (at as f64 / 365.25 + phase)).sin();
            let noise = (shared * random.sample::<f64, _>(StandardNormal)).exp();
            level * (growth * at as f64 + walk).exp() * year * week * noise
        })
        .collect()
}

/// A count with a little more spread than Poisson's.
fn count(random: &mut StdRng, mean: f64) -> f64 {
    const SHAPE: f64 = 60.0;
    let rate = Gamma::new(SHAPE, mean.max(1e-9) / SHAPE).map_or(mean, |gamma| gamma.sample(random));
    Poisson::new(rate.max(1e-9)).map_or(mean, |poisson| poisson.sample(random))
}
