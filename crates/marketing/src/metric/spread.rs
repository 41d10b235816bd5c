//! Values that were counted: their number, sum, mean and percentiles.

use super::Function;

/// Values with weights: how often each occurred.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread {
    /// In order of the values once it is [`Spread::sort`]ed.
    values: Vec<(f64, f64)>,
    weight: f64,
    sum: f64,
}

impl Spread {
    /// Adds a value that occurred `weight` times; what is not finite, or of no weight, is left out.
    pub fn push(&mut self, value: f64, weight: f64) {
        if value.is_finite() && weight.is_finite() && weight > 0.0 {
            self.values.push((value, weight));
            self.weight += weight;
            self.sum += value * weight;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Σ weights.
    pub fn count(&self) -> f64 {
        self.weight
    }

    /// Σ values × weights.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Weighed mean; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }

    /// Different values.
    pub fn distinct(&mut self) -> usize {
        self.sort();
        self.values.chunk_by(|one, next| one.0 == next.0).count()
    }

    /// The value below which a share (0 to 1) of the values lies, between two of them on the straight line;
    /// `None` without values.
    ///
    /// Of whole weights it is the seventh of the nine definitions of Hyndman and Fan (1996), American
    /// Statistician 50:361–365: that of R, NumPy and spreadsheets. NumPy agrees:
    /// `percentile([15, 20, 35, 40, 50], 40)` is 29.
    pub fn percentile(&mut self, share: f64) -> Option<f64> {
        self.sort();
        let last = self.values.last()?.0;
        // The place among all occurrences, counted from 0.
        let place = share.clamp(0.0, 1.0) * (self.weight - 1.0).max(0.0);
        let mut before = 0.0;
        for (at, (value, weight)) in self.values.iter().enumerate() {
            // Places of this value: `before` to `before + weight - 1`.
            let end = before + weight - 1.0;
            if place <= end {
                return Some(*value);
            }
            if place < end + 1.0 {
                let next = self.values.get(at + 1).map_or(last, |next| next.0);
                return Some(value + (place - end) * (next - value));
            }
            before += weight;
        }
        Some(last)
    }

    /// What a function makes of the values; `None` where it needs some and there are none.
    ///
    /// `Last` and `Change` are not of a set of values: `None`.
    pub fn apply(&mut self, function: Function) -> Option<f64> {
        match function {
            Function::Count => Some(self.count()),
            Function::Sum => Some(self.sum()),
            Function::Mean => self.mean(),
            Function::Percentile(percentile) => self.percentile(f64::from(percentile) / 100.0),
            Function::Distinct => Some(self.distinct() as f64),
            Function::Last | Function::Change => None,
        }
    }

    fn sort(&mut self) {
        self.values.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: &[(f64, f64)]) -> Spread {
        let mut spread = Spread::default();
        values.iter().for_each(|(value, weight)| spread.push(*value, *weight));
        spread
    }

    #[test]
    fn percentiles_are_those_of_numpy() {
        let mut five = spread(&[(50.0, 1.0), (15.0, 1.0), (40.0, 1.0), (20.0, 1.0), (35.0, 1.0)]);
        assert!((five.percentile(0.4).unwrap() - 29.0).abs() < 1e-9);
        assert_eq!(five.percentile(0.5), Some(35.0));
        assert_eq!((five.percentile(0.0), five.percentile(1.0)), (Some(15.0), Some(50.0)));
        // numpy.percentile([1, 1, 1, 5, 5, 9], [50, 90]) is 3.0 and 7.0.
        let mut weighed = spread(&[(5.0, 2.0), (1.0, 3.0), (9.0, 1.0)]);
        assert!((weighed.percentile(0.5).unwrap() - 3.0).abs() < 1e-9);
        assert!((weighed.percentile(0.9).unwrap() - 7.0).abs() < 1e-9);
        assert_eq!(weighed.distinct(), 3);
        assert!((weighed.mean().unwrap() - 22.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn of_nothing_there_is_no_mean_and_no_median() {
        let mut nothing = spread(&[(f64::NAN, 1.0), (1.0, 0.0)]);
        assert!(nothing.is_empty());
        assert_eq!((nothing.mean(), nothing.percentile(0.5)), (None, None));
        assert_eq!((nothing.apply(Function::Count), nothing.distinct()), (Some(0.0), 0));
    }

    #[test]
    fn a_weight_below_one_still_counts() {
        let mut halves = spread(&[(10.0, 0.5), (20.0, 0.5)]);
        assert_eq!(halves.mean(), Some(15.0));
        assert!(halves.percentile(0.5).is_some());
    }
}
