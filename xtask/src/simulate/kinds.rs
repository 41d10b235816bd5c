//! What goals count on a simulated shop: orders, followers, a conversion rate, a reply time.

use jiff::civil::Date;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::metric::DayValue;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Binomial, Distribution as _, StandardNormal};

use super::shop::Shop;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Orders: days add up.
    Sum,
    /// Followers: the level on the last day, read daily or weekly.
    Level,
    /// Orders over visits.
    Ratio,
    /// The mean of daily means: a reply time.
    Mean,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Sum, Kind::Level, Kind::Ratio, Kind::Mean];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Sum => "sums",
            Kind::Level => "levels",
            Kind::Ratio => "ratios",
            Kind::Mean => "means",
        }
    }
}

/// The figures of one simulated goal: a past and a period whose outcome is known.
pub(super) struct Figures {
    pub(super) counting: Counting,
    pub(super) absent_is_zero: bool,
    pub(super) days: Vec<DayValue>,
    /// First day of the period, and its last.
    pub(super) start: Date,
    pub(super) deadline: Date,
}

/// Days before a period in which people see how it usually goes.
const LATELY: i64 = 28;

impl Figures {
    /// `past` days and a period of `length`.
    pub(super) fn new(kind: Kind, seed: u64, past: usize, length: usize) -> Figures {
        let mut random = StdRng::seed_from_u64(seed ^ 0xf160);
        let all = past + length;
        let (low, high) = if kind == Kind::Ratio { (2.3, 4.0) } else { (1.5, 3.3) };
        let shop = Shop::new(seed, all, 10_f64.powf(random.random_range(low..high)), None);
        let counts = shop.days(|_| true);
        let (counting, days) = match kind {
            Kind::Sum => (Counting::Sum, counts),
            Kind::Level => (Counting::EndLevel, followers(&mut random, &counts)),
            Kind::Ratio => (Counting::Ratio { scale: 100.0 }, orders(&mut random, &counts)),
            Kind::Mean => (Counting::Mean, replies(&mut random, &counts)),
        };
        let absent_is_zero = matches!(kind, Kind::Sum | Kind::Ratio);
        let (start, deadline) = (shop.day(past), shop.day(all - 1));
        Figures { counting, absent_is_zero, days, start, deadline }
    }

    pub(super) fn before(&self, day: Date) -> &[DayValue] {
        &self.days[..self.days.partition_point(|one| one.day < day)]
    }

    /// The goal's number over some days in a row.
    fn number(&self, days: &[DayValue]) -> f64 {
        let above: f64 = days.iter().map(|day| day.numerator).sum();
        match self.counting {
            Counting::EndLevel => days.last().map_or(f64::NAN, |day| day.numerator),
            Counting::Mean => above / days.len() as f64,
            Counting::Ratio { scale } => {
                above / days.iter().map(|day| day.denominator).sum::<f64>() * scale
            }
            Counting::Sum | Counting::Rolling(_) | Counting::Weeks { .. } => above,
        }
    }

    fn between(&self, from: Date, to: Date) -> &[DayValue] {
        let first = self.days.partition_point(|one| one.day < from);
        let last = self.days.partition_point(|one| one.day <= to);
        &self.days[first..last]
    }

    /// What became of it.
    pub(super) fn outcome(&self) -> f64 {
        self.number(self.between(self.start, self.deadline))
    }

    /// The last four weeks go on from a day of the period: what a ruler on the chart says.
    pub(super) fn straight_on(&self, today: Date) -> f64 {
        let lately = self.between(today.saturating_sub(days(LATELY)), yesterday(today));
        let over = self.between(self.start, yesterday(today));
        let (gone, left) = (span(self.start, today), span(today, self.deadline) + 1.0);
        let share = if gone + left > 0.0 { gone / (gone + left) } else { 0.0 };
        match (self.counting, lately) {
            (Counting::EndLevel, [first, .., last]) => {
                let slope = (last.numerator - first.numerator) / span(first.day, last.day);
                last.numerator + slope * (span(last.day, self.deadline))
            }
            (Counting::Sum, lately) => {
                self.number(over) + self.number(lately) / LATELY as f64 * left
            }
            (_, lately) if over.is_empty() => self.number(lately),
            (_, lately) => self.number(over) * share + self.number(lately) * (1.0 - share),
        }
    }

    /// A target as people set it: what the last four weeks make likely, and something on top or below.
    pub(super) fn target(&self, random: &mut StdRng) -> f64 {
        let luck = random.sample::<f64, _>(StandardNormal);
        let usual = self.straight_on(self.start);
        let stands = self.before(self.start).last().map_or(0.0, |day| day.numerator);
        match self.counting {
            Counting::EndLevel => stands + (usual - stands) * (1.0 + 0.3 * luck),
            Counting::Sum => (usual * (0.12 * luck).exp()).round(),
            _ => usual * (0.06 * luck).exp(),
        }
    }
}

fn days(count: i64) -> jiff::Span {
    jiff::Span::new().days(count)
}

fn yesterday(day: Date) -> Date {
    day.saturating_sub(days(1))
}

/// Days from one to another.
fn span(from: Date, to: Date) -> f64 {
    from.until(to).map_or(0.0, |span| f64::from(span.get_days()))
}

/// A walk that a day moves by so much, as a factor around 1.
fn walk(random: &mut StdRng, step: f64) -> impl FnMut() -> f64 + use<> {
    let mut random = StdRng::seed_from_u64(random.random());
    let mut at = 0.0;
    move || {
        at += step * random.sample::<f64, _>(StandardNormal);
        f64::exp(at)
    }
}

/// Followers: some of a day's visitors come, a small part of all goes. Read daily, or weekly.
fn followers(random: &mut StdRng, counts: &[DayValue]) -> Vec<DayValue> {
    let mean = counts.iter().map(|day| day.numerator).sum::<f64>() / counts.len() as f64;
    let mut level = mean * random.random_range(20.0..200.0);
    let leaves = random.random_range(0.0..0.0008);
    let come = random.random_range(0.05..0.4);
    let every = if random.random_bool(0.5) { 1 } else { 7 };
    let last = counts.len() - 1;
    let mut days = Vec::new();
    for (at, day) in counts.iter().enumerate() {
        level += (day.numerator * come - level * leaves).round();
        if (last - at).is_multiple_of(every) {
            days.push(DayValue { numerator: level, denominator: 1.0, ..*day });
        }
    }
    days
}

/// Orders over visits: a rate that wanders, with a little noise that a whole day shares.
fn orders(random: &mut StdRng, counts: &[DayValue]) -> Vec<DayValue> {
    let usual = random.random_range(0.01..0.08);
    let shared = random.random_range(0.01..0.05);
    let step = random.random_range(0.002..0.01);
    let mut walk = walk(random, step);
    counts
        .iter()
        .map(|day| {
            let noise = (shared * random.sample::<f64, _>(StandardNormal)).exp();
            let rate = (usual * walk() * noise).clamp(0.0, 1.0);
            let numerator = Binomial::new(day.numerator as u64, rate)
                .map_or(0.0, |binomial| binomial.sample(random) as f64);
            DayValue { numerator, denominator: day.numerator, ..*day }
        })
        .collect()
}

/// The mean time of a day's replies, of which there are few or many; longer at weekends.
fn replies(random: &mut StdRng, counts: &[DayValue]) -> Vec<DayValue> {
    let usual = random.random_range(600.0..20_000.0);
    let spread = random.random_range(0.4..1.0);
    let step = random.random_range(0.003..0.012);
    let weekend = random.random_range(1.0..1.5);
    let mut walk = walk(random, step);
    counts
        .iter()
        .filter_map(|day| {
            let level = usual * walk();
            if day.numerator < 1.0 {
                return None;
            }
            let week = if day.day.weekday().to_monday_zero_offset() >= 5 { weekend } else { 1.0 };
            let noise = spread * random.sample::<f64, _>(StandardNormal) / day.numerator.sqrt();
            Some(DayValue {
                numerator: level * week * (1.0 + noise).max(0.05),
                denominator: 1.0,
                ..*day
            })
        })
        .collect()
}
