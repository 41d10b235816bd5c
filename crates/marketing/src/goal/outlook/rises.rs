//! The rises of a level from day to day: what a stock of followers gains and loses.
//!
//! A level that keeps what it gained is forecast by its rises, added up from where it stands: a trend goes on as
//! far as rises did in the past. One that falls back after each rise (a rank, a score) is forecast as it is.

/// So many readings are needed to tell the two apart.
const LEAST: usize = 10;

/// Correlation of a rise with the one before. What wavers around a level has −½, what keeps its gains 0 or more;
/// this is half the way.
const FALLS_BACK: f64 = -0.25;

/// The rises of a level up to its newest reading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rises {
    /// A day's rise, from the day after the first reading; of days between two readings their share. NaN where
    /// the cause of one of them is known: a level stands where it put it, but does not go on like that.
    pub(super) days: Vec<f64>,
    /// The newest reading.
    pub(super) level: f64,
    /// Days since it.
    pub(super) since: usize,
}

impl Rises {
    /// Of one number a day, NaN where nothing was read, and whether the day is `unusual` by a known cause; `None`
    /// for a level that falls back, and for few readings.
    pub(super) fn of(levels: &[f64], unusual: &[bool]) -> Option<Rises> {
        let read: Vec<(usize, f64)> =
            levels.iter().copied().enumerate().filter(|(_, level)| level.is_finite()).collect();
        let (last, level) = read.last().copied().filter(|_| read.len() >= LEAST)?;
        let shares: Vec<(usize, f64)> = read
            .windows(2)
            .map(|pair| {
                let ((before, low), (at, high)) = (pair[0], pair[1]);
                let is_known =
                    unusual.get(before + 1..=at).is_some_and(|days| days.contains(&true));
                let share = if is_known { f64::NAN } else { (high - low) / (at - before) as f64 };
                (at - before, share)
            })
            .collect();
        if falls_back(&shares) {
            return None;
        }
        let days =
            shares.iter().flat_map(|(days, share)| std::iter::repeat_n(*share, *days)).collect();
        Some(Rises { days, level, since: levels.len() - 1 - last })
    }

    /// The level after each step that is forecast from here on: the steps since the newest reading are over.
    pub(super) fn level_after(&self, rises: &[f64]) -> Vec<f64> {
        let after = rises.iter().scan(self.level, |level, rise| {
            *level += rise;
            Some(*level)
        });
        after.skip(self.since).collect()
    }
}

fn falls_back(shares: &[(usize, f64)]) -> bool {
    let known: Vec<f64> =
        shares.iter().map(|(_, share)| *share).filter(|share| share.is_finite()).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let all: f64 = known.iter().map(|share| (share - mean).powi(2)).sum();
    let next = shares.windows(2).map(|pair| (pair[0].1 - mean) * (pair[1].1 - mean));
    next.filter(|product| product.is_finite()).sum::<f64>() < FALLS_BACK * all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_between_two_readings_share_their_rise() {
        let mut levels = vec![f64::NAN, 100.0];
        for week in 1..=10 {
            levels.extend([f64::NAN; 6]);
            levels.push(100.0 + 14.0 * f64::from(week));
        }
        levels.extend([f64::NAN; 3]);
        let rises = Rises::of(&levels, &[]).expect("it keeps what it gained");
        assert_eq!(rises.days, vec![2.0; 70]);
        assert_eq!((rises.level, rises.since), (240.0, 3));
        // Three days are over since the newest reading.
        assert_eq!(rises.level_after(&[2.0, 2.0, 2.0, 3.0, 4.0]), [249.0, 253.0]);
    }

    #[test]
    fn a_rise_whose_cause_is_known_says_nothing_of_others() {
        // Two a day, but for the week in which a thousand followers turned out to be robots.
        let level = |week: u32| f64::from(14 * week) - if week >= 6 { 1_000.0 } else { 0.0 };
        let levels: Vec<f64> =
            (0..71).map(|day| if day % 7 == 0 { level(day / 7) } else { f64::NAN }).collect();
        let mut unusual = vec![false; 71];
        unusual[38] = true;
        let rises = Rises::of(&levels, &unusual).expect("it keeps what it gained");
        assert!(rises.days[35..42].iter().all(|rise| rise.is_nan()), "{:?}", rises.days);
        let others = rises.days.iter().filter(|rise| rise.is_finite());
        assert_eq!(others.copied().collect::<Vec<_>>(), vec![2.0; 63]);
        assert_eq!(rises.level, -860.0);
    }

    #[test]
    fn what_wavers_around_a_level_is_no_sum_of_rises() {
        let rank: Vec<f64> = (0..40).map(|day| 8.0 + f64::from(day * 7 % 5)).collect();
        assert_eq!(Rises::of(&rank, &[]), None);
        assert_eq!(Rises::of(&[1.0, 2.0, 3.0], &[]), None);
    }
}
