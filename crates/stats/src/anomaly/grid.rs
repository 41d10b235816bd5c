//! A series of any times as a regular grid.

use super::robust::median;
use super::{AnomalyError, FEWEST_VALUES, Settings};

/// Values at equal steps.
pub(super) struct Grid {
    start_s: i64,
    /// The usual distance of two values, seconds, > 0.
    pub(super) step_s: f64,
    /// As measured; NaN where nothing was.
    pub(super) values: Vec<f64>,
    /// Without incomplete and muted values: what is learned from and judged.
    pub(super) learned: Vec<f64>,
    /// Times of rows when they are too irregular for a grid.
    irregular_s: Option<Vec<i64>>,
}

impl Grid {
    pub(super) fn new(
        times_s: &[i64],
        values: &[f64],
        settings: &Settings,
    ) -> Result<Self, AnomalyError> {
        if times_s.len() != values.len() {
            return Err(AnomalyError::Lengths { times: times_s.len(), values: values.len() });
        }
        let mut rows: Vec<(i64, f64)> = times_s
            .iter()
            .copied()
            .zip(values.iter().copied())
            .filter(|row| row.1.is_finite())
            .collect();
        // Of two values for one time the later row counts.
        rows.sort_by_key(|row| row.0);
        rows.reverse();
        rows.dedup_by_key(|row| row.0);
        rows.reverse();
        if rows.len() < FEWEST_VALUES {
            return Err(AnomalyError::TooShort(rows.len()));
        }
        if rows.iter().all(|row| row.1.total_cmp(&rows[0].1).is_eq()) {
            return Err(AnomalyError::Constant);
        }
        let start_s = rows[0].0;
        let step_s = median(rows.windows(2).map(|pair| (pair[1].0 - pair[0].0) as f64));
        let position = |time_s: i64| ((time_s - start_s) as f64 / step_s).round() as usize;
        let length = position(rows[rows.len() - 1].0) + 1;
        let mut grid = if length > 4 * rows.len() + 1000 {
            let irregular_s = Some(rows.iter().map(|row| row.0).collect());
            Self {
                start_s,
                step_s,
                values: rows.iter().map(|row| row.1).collect(),
                learned: Vec::new(),
                irregular_s,
            }
        } else {
            let mut values = vec![f64::NAN; length];
            for &(time_s, value) in &rows {
                values[position(time_s)] = value;
            }
            Self { start_s, step_s, values, learned: Vec::new(), irregular_s: None }
        };
        grid.learned = (0..grid.values.len())
            .map(|t| if grid.usable(t, settings) { grid.values[t] } else { f64::NAN })
            .collect();
        let usable = grid.learned.iter().filter(|value| value.is_finite()).count();
        if usable < FEWEST_VALUES { Err(AnomalyError::TooShort(usable)) } else { Ok(grid) }
    }

    pub(super) fn time_s(&self, t: usize) -> i64 {
        match &self.irregular_s {
            Some(times) => times[t.min(times.len() - 1)],
            None => self.start_s + (t as f64 * self.step_s).round() as i64,
        }
    }

    fn usable(&self, t: usize, settings: &Settings) -> bool {
        let time_s = self.time_s(t);
        settings.complete_until_s.is_none_or(|until| time_s < until)
            && !settings.muted_s.iter().any(|&(from, to)| from <= time_s && time_s < to)
    }
}
