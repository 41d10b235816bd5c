//! Times of a file as equally long steps: the clock of forecasts.

use jiff::civil::DateTime;
use jiff::{Span, ToSpan as _};

use crate::AnalyzeError;
use crate::input::Frame;

/// The length of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Months(i32),
    Seconds(i64),
}

/// Series longer than this, gaps included, are refused.
const LONGEST: i64 = 2_000_000;
const DAY: i64 = 86_400;

/// A clock that starts at the first time of a series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) start: DateTime,
    pub(crate) step: Step,
}

impl Clock {
    /// Finds the step of sorted, different times: months when the days of the month agree, else the
    /// shortest distance.
    pub(crate) fn of(times: &[DateTime]) -> Result<Self, AnalyzeError> {
        let start = *times.first().ok_or(AnalyzeError::NoRows)?;
        let mut shortest = i64::MAX;
        for pair in times.windows(2) {
            let gap = seconds(pair[0], pair[1]);
            if gap <= 0 {
                return Err(AnalyzeError::data(format!(
                    "the time {} occurs twice: choose one series with --series, or sum it up first",
                    pair[1]
                )));
            }
            shortest = shortest.min(gap);
        }
        if times.len() < 2 {
            return Ok(Self { start, step: Step::Seconds(DAY) });
        }
        let monthly = shortest >= 28 * DAY
            && times
                .iter()
                .all(|t| t.day() == start.day() || (is_month_end(*t) && is_month_end(start)));
        let step = if monthly {
            let months =
                times.windows(2).map(|pair| months(pair[0], pair[1])).min().unwrap_or(1).max(1);
            Step::Months(months)
        } else {
            Step::Seconds(shortest)
        };
        Ok(Self { start, step })
    }

    /// The number of the step at a time, 0 for the start.
    pub(crate) fn index(&self, time: DateTime) -> i64 {
        match self.step {
            Step::Months(step) => i64::from(months(self.start, time)) / i64::from(step),
            Step::Seconds(step) => (seconds(self.start, time) as f64 / step as f64).round() as i64,
        }
    }

    /// The time of a step.
    pub(crate) fn time(&self, index: i64) -> DateTime {
        let span: Span = match self.step {
            Step::Months(step) => (i64::from(step) * index).months(),
            Step::Seconds(step) if step % DAY == 0 => (step / DAY * index).days(),
            Step::Seconds(step) => (step * index).seconds(),
        };
        let time = self.start.saturating_add(span);
        // The last of a month stays the last of a month.
        if matches!(self.step, Step::Months(_)) && is_month_end(self.start) {
            time.last_of_month()
        } else {
            time
        }
    }

    /// Seasons that steps of this length usually have, and the year if `length` holds two.
    pub(crate) fn seasons(&self, length: usize) -> Vec<f64> {
        match self.step {
            Step::Months(1) => vec![12.0],
            Step::Months(3) => vec![4.0],
            Step::Months(_) => Vec::new(),
            Step::Seconds(DAY) if length >= 731 => vec![7.0, 365.25],
            Step::Seconds(DAY) => vec![7.0],
            Step::Seconds(step) if step == 7 * DAY => vec![52.0],
            Step::Seconds(step) if step < DAY && DAY % step == 0 => {
                let day = (DAY / step) as f64;
                vec![day, 7.0 * day]
            }
            Step::Seconds(_) => Vec::new(),
        }
    }
}

/// A time as people write it: the date alone at midnight.
pub(crate) fn written(time: DateTime) -> String {
    if time.time() == jiff::civil::Time::midnight() {
        time.date().to_string()
    } else {
        time.to_string()
    }
}

fn seconds(from: DateTime, to: DateTime) -> i64 {
    to.duration_since(from).as_secs()
}

fn months(from: DateTime, to: DateTime) -> i32 {
    (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month())
        - i32::from(from.month())
}

fn is_month_end(time: DateTime) -> bool {
    time.day() == time.days_in_month()
}

/// Columns laid out on equal steps; NaN where the file has no row.
#[derive(Debug)]
pub(crate) struct Laid {
    pub(crate) clock: Clock,
    pub(crate) columns: Vec<Vec<f64>>,
}

/// Reads a time column and several number columns, sorts them and lays them on equal steps.
/// `only` keeps the rows whose cell in a column equals a text.
pub(crate) fn lay(
    frame: &Frame,
    time: &str,
    names: &[(&str, &str)],
    only: Option<(&str, &str)>,
) -> Result<Laid, AnalyzeError> {
    let times = frame.times(time, "--time")?;
    let mut rows: Vec<usize> = match only {
        None => (0..frame.rows()).collect(),
        Some((column, wanted)) => {
            let cells = frame.texts(column, "--series-column")?;
            (0..frame.rows()).filter(|i| cells[*i] == wanted).collect()
        }
    };
    if rows.is_empty() {
        return Err(AnalyzeError::data("no row belongs to this series"));
    }
    rows.sort_by_key(|i| times[*i]);
    let sorted: Vec<DateTime> = rows.iter().map(|i| times[*i]).collect();
    let clock = Clock::of(&sorted)?;
    let length = clock.index(sorted[sorted.len() - 1]) + 1;
    if length > LONGEST || length > 1000 * sorted.len() as i64 {
        return Err(AnalyzeError::data(format!(
            "the times are too uneven: {} rows would fill {length} steps",
            sorted.len()
        )));
    }
    let mut columns = Vec::with_capacity(names.len());
    for (name, flag) in names {
        let values = frame.numbers_or_missing(name, flag)?;
        let mut laid = vec![f64::NAN; length as usize];
        for (row, time) in rows.iter().zip(&sorted) {
            laid[clock.index(*time) as usize] = values[*row];
        }
        columns.push(laid);
    }
    Ok(Laid { clock, columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(cells: &[&str]) -> Vec<DateTime> {
        cells.iter().map(|c| crate::input::parse_time(c).unwrap()).collect()
    }

    #[test]
    fn months_are_months_however_long_they_are() {
        let clock = Clock::of(&times(&["2024-01-31", "2024-02-29", "2024-04-30"])).unwrap();
        assert_eq!(clock.step, Step::Months(1));
        assert_eq!(clock.index(times(&["2024-04-30"])[0]), 3);
        assert_eq!(written(clock.time(4)), "2024-05-31");
        assert_eq!(clock.seasons(30), [12.0]);
    }

    #[test]
    fn a_gap_in_days_is_a_gap_and_not_a_longer_step() {
        let clock = Clock::of(&times(&["2026-03-01", "2026-03-02", "2026-03-05"])).unwrap();
        assert_eq!(clock.step, Step::Seconds(86_400));
        assert_eq!(clock.index(times(&["2026-03-05"])[0]), 4);
        assert_eq!(written(clock.time(31)), "2026-04-01");
    }

    #[test]
    fn a_time_that_occurs_twice_is_refused() {
        assert!(Clock::of(&times(&["2026-03-01", "2026-03-01"])).is_err());
    }
}
