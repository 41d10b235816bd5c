//! Whether a metric moves with its objective's outcome: the evidence of the vanity check.

use jiff::civil::Date;
use luotsi_stats::association::{self, Association};

use crate::goal::days_between;
use crate::goal::outlook::Counting;
use crate::metric::DayValue;

/// How a metric moved with an outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The outcome's name.
    pub outcome: String,
    /// Days by which the metric leads.
    pub lag: usize,
    /// −1 to 1.
    pub correlation: f64,
    /// After correction for having tried several lags.
    pub p_value: f64,
    pub associated: bool,
    /// Days that were compared.
    pub days: usize,
}

/// What is known of a metric and an outcome.
#[derive(Debug, Clone, PartialEq)]
pub enum Tie {
    Known(Link),
    /// There are too few figures in common, or one of the two never changes.
    NotYet {
        /// The outcome's name.
        outcome: String,
        /// Figures in common.
        figures: usize,
    },
}

/// Figures to be compared, as `numerator`s.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    /// In order; the figure of a day that is not among them is not known.
    pub days: &'a [DayValue],
    /// Usual days between two of them: 1 for events, 7 for what is typed in weekly.
    pub every_days: i64,
    /// What several days come to: their sum, the last level, or the mean.
    pub counting: Counting,
}

/// Largest share of false associations, and the most days by which a metric may lead.
const FALSE_SHARE: f64 = 0.05;
const MOST_LAG: i64 = 14;

/// The shortest step between figures that are not of every day: shorter ones would share the rhythm of the week.
const WEEK: i64 = 7;

/// Most steps that are left open where readings are missing.
const MOST_MISSED: i64 = 60;

/// Compares a metric with an outcome, each day with each day, or at the rhythm of the one that is read less often:
/// weekly levels of followers with the outcome's weeks between two readings.
pub fn tie(metric: &Figures, outcome: &Figures, outcome_name: &str) -> Tie {
    let every = metric.every_days.max(outcome.every_days);
    let steps = if every <= 1 { daily(metric, outcome) } else { by_readings(metric, outcome) };
    let both = steps.metric.iter().zip(&steps.outcome);
    let figures = both.filter(|(one, other)| one.is_finite() && other.is_finite()).count();
    let not_yet = || Tie::NotYet { outcome: outcome_name.to_owned(), figures };
    let most_lag = usize::try_from((MOST_LAG / steps.length).max(1)).unwrap_or(1);
    let rhythm = if steps.length == 1 { 7 } else { 1 };
    let found = association::associate(&steps.metric, &steps.outcome, rhythm, most_lag);
    let Ok(Association { lags, strongest }) = &found else { return not_yet() };
    let Some(best) = lags.get(*strongest) else { return not_yet() };
    let length = usize::try_from(steps.length).unwrap_or(1);
    Tie::Known(Link {
        outcome: outcome_name.to_owned(),
        lag: best.lag * length,
        correlation: best.correlation,
        p_value: best.adjusted,
        associated: lags.iter().any(|lag| lag.adjusted <= FALSE_SHARE),
        days: steps.metric.len() * length,
    })
}

/// Both on the same steps; what is not known is NaN.
struct Steps {
    metric: Vec<f64>,
    outcome: Vec<f64>,
    /// Usual days of a step.
    length: i64,
}

fn daily(metric: &Figures, outcome: &Figures) -> Steps {
    let ends = |days: &[DayValue]| Some((days.first()?.day, days.last()?.day));
    let (first, length) = match (ends(metric.days), ends(outcome.days)) {
        (Some(one), Some(other)) => {
            let first = one.0.max(other.0);
            (first, days_between(first, one.1.min(other.1)))
        }
        _ => (Date::ZERO, 0),
    };
    let length = usize::try_from(length).unwrap_or(0);
    let series = |days: &[DayValue]| {
        let mut values = vec![f64::NAN; length];
        for day in days.iter().filter(|day| first <= day.day) {
            let at = usize::try_from(days_between(first, day.day) - 1).unwrap_or(length);
            if let Some(value) = values.get_mut(at) {
                *value = day.numerator;
            }
        }
        values
    };
    Steps { metric: series(metric.days), outcome: series(outcome.days), length: 1 }
}

fn by_readings(metric: &Figures, outcome: &Figures) -> Steps {
    let sparse = if outcome.every_days > metric.every_days { outcome } else { metric };
    let every = sparse.every_days.max(WEEK);
    let mut ends: Vec<Date> = Vec::new();
    for day in sparse.days {
        let far = |last: &Date| days_between(*last, day.day) > every - every / 4;
        if ends.last().is_none_or(far) {
            ends.push(day.day);
        }
    }
    let mut steps = Steps { metric: Vec::new(), outcome: Vec::new(), length: every };
    for pair in ends.windows(2) {
        let days = days_between(pair[0], pair[1]) - 1;
        // A step is compared with the one before it, not with one from before a reading that is missing.
        for _ in 1..((days + every / 2) / every).min(MOST_MISSED) {
            steps.metric.push(f64::NAN);
            steps.outcome.push(f64::NAN);
        }
        steps.metric.push(metric.over(pair[0], pair[1], every));
        steps.outcome.push(outcome.over(pair[0], pair[1], every));
    }
    steps
}

impl Figures<'_> {
    /// What the days after one day, up to another, come to, over `every` days; NaN without a figure.
    fn over(&self, after: Date, to: Date, every: i64) -> f64 {
        let within = self.days.iter().filter(|day| after < day.day && day.day <= to);
        let values: Vec<f64> = within.map(|day| day.numerator).collect();
        let Some(last) = values.last() else { return f64::NAN };
        let sum = values.iter().sum::<f64>();
        match self.counting {
            Counting::EndLevel => *last,
            Counting::Mean | Counting::Ratio { .. } => sum / values.len() as f64,
            // A week of eight days has no more than others have.
            Counting::Sum | Counting::Rolling(_) | Counting::Weeks { .. }
                if self.every_days <= 1 =>
            {
                sum * every as f64 / (days_between(after, to) - 1) as f64
            }
            Counting::Sum | Counting::Rolling(_) | Counting::Weeks { .. } => sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::*;

    const FIRST: Date = date(2025, 3, 3);

    fn noise(at: usize, by: usize) -> f64 {
        ((at * by) % 211) as f64
    }

    /// 0 to 211, without any order.
    fn chance(at: usize, seed: u64) -> f64 {
        let mut state = (at as u64 + 1_000 * seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((state >> 33) % 211) as f64
    }

    fn days(count: usize, value: impl Fn(usize) -> f64) -> Vec<DayValue> {
        let make = |(at, day)| DayValue { day, numerator: value(at), denominator: 1.0 };
        FIRST.series(1.day()).take(count).enumerate().map(make).collect()
    }

    fn events(days: &[DayValue]) -> Figures<'_> {
        Figures { days, every_days: 1, counting: Counting::Sum }
    }

    fn weekly(days: &[DayValue]) -> Figures<'_> {
        Figures { days, every_days: 7, counting: Counting::EndLevel }
    }

    fn known(tie: Tie) -> Link {
        match tie {
            Tie::Known(link) => link,
            Tie::NotYet { .. } => panic!("{tie:?}"),
        }
    }

    #[test]
    fn a_metric_that_does_not_move_with_the_outcome_is_named() {
        let outcome = days(200, |at| noise(at + 3, 7919));
        let leading = days(200, |at| 2.0 * noise(at + 6, 7919) + 0.2 * noise(at, 104_729));
        let other = days(200, |at| noise(at, 15_485_863));
        let found = known(tie(&events(&leading), &events(&outcome), "revenue"));
        assert!(found.associated && found.lag == 3 && found.days == 200, "{found:?}");
        let none = known(tie(&events(&other), &events(&outcome), "revenue"));
        assert!(!none.associated, "{none:?}");
    }

    #[test]
    fn weekly_levels_are_compared_with_the_weeks_between_two_readings() {
        // What the followers gained by Monday, the shop sold in the week up to it.
        let gained = |week: usize| 40.0 + chance(week, 1) / 3.0;
        let sold = days(392, |at| 10.0 * gained(at / 7) + chance(at, 2) / 10.0);
        let other = days(392, |at| 300.0 + chance(at, 3));
        // Read every Sunday, the last day of such a week: a level that jumps with what was gained.
        let mut followers: Vec<DayValue> = (0..56)
            .map(|week| DayValue {
                day: FIRST.saturating_add((7 * week as i64 + 6).days()),
                numerator: 5_000.0 + 3.0 * gained(week),
                denominator: 1.0,
            })
            .collect();
        let found = known(tie(&weekly(&followers), &events(&sold), "revenue"));
        assert!(found.associated && found.lag == 0, "{found:?}");
        assert!(found.correlation > 0.9 && found.days == 55 * 7, "{found:?}");
        let none = known(tie(&weekly(&followers), &events(&other), "revenue"));
        assert!(!none.associated, "{none:?}");
        // A reading a day late, and one that nobody took, do no harm.
        followers[20].day = followers[20].day.saturating_add(1.day());
        followers.remove(30);
        let found = known(tie(&weekly(&followers), &events(&sold), "revenue"));
        assert!(found.associated && found.lag == 0, "{found:?}");
        // An outcome that is read monthly sets the steps: a year of it is too short.
        let monthly: Vec<DayValue> = sold.iter().copied().step_by(30).collect();
        let monthly = Figures { days: &monthly, every_days: 30, counting: Counting::Mean };
        assert!(matches!(
            tie(&weekly(&followers), &monthly, "csat"),
            Tie::NotYet { figures: 13, .. }
        ));
    }

    #[test]
    fn too_few_figures_are_not_yet_known_rather_than_no_link() {
        let outcome = days(20, |at| noise(at, 7919));
        let not_yet = |figures| Tie::NotYet { outcome: "revenue".to_owned(), figures };
        assert_eq!(tie(&events(&outcome), &events(&outcome), "revenue"), not_yet(20));
        assert_eq!(tie(&events(&[]), &events(&outcome), "revenue"), not_yet(0));
        let (flat, long) = (days(200, |_| 4.0), days(200, |at| noise(at, 7919)));
        assert_eq!(tie(&events(&flat), &events(&long), "revenue"), not_yet(200));
    }
}
