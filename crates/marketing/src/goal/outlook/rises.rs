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
    /// A day's rise, from the day after the first reading; of days between two readings their share.
    pub(super) days: Vec<f64>,
    /// The newest reading.
    pub(super) level: f64,
    /// Days since it.
    pub(super) since: usize,
}

impl Rises {
    /// Of one number a day, NaN where nothing was read; `None` for a level that falls back, and for few readings.
    pub(super) fn of(levels: &[f64]) -> Option<Rises> {
        let read: Vec<(usize, f64)> =
            levels.iter().copied().enumerate().filter(|(_, level)| level.is_finite()).collect();
        let (last, level) = read.last().copied().filter(|_| read.len() >= LEAST)?;
        let shares: Vec<(usize, f64)> = read
            .windows(2)
            .map(|pair| {
                (pair[1].0 - pair[0].0, (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0) as f64)
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
    let mean = shares.iter().map(|(_, share)| share).sum::<f64>() / shares.len() as f64;
    let off = |(_, share): &(usize, f64)| share - mean;
    let all: f64 = shares.iter().map(|share| off(share).powi(2)).sum();
    let next: f64 = shares.windows(2).map(|pair| off(&pair[0]) * off(&pair[1])).sum();
    next < FALLS_BACK * all
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
        let rises = Rises::of(&levels).expect("it keeps what it gained");
        assert_eq!(rises.days, vec![2.0; 70]);
        assert_eq!((rises.level, rises.since), (240.0, 3));
        // Three days are over since the newest reading.
        assert_eq!(rises.level_after(&[2.0, 2.0, 2.0, 3.0, 4.0]), [249.0, 253.0]);
    }

    #[test]
    fn what_wavers_around_a_level_is_no_sum_of_rises() {
        let rank: Vec<f64> = (0..40).map(|day| 8.0 + f64::from(day * 7 % 5)).collect();
        assert_eq!(Rises::of(&rank), None);
        assert_eq!(Rises::of(&[1.0, 2.0, 3.0]), None);
    }
}
