//! How the bands would have held up at past origins.

use super::bands::Errors;

/// Least number of origins without a common day that make a band.
const LEAST: usize = 3;

/// An origin of the past and what went wrong from there on.
pub(super) struct Past {
    /// Steps before it.
    pub(super) origin: usize,
    /// How much its errors count.
    pub(super) weight: f64,
    /// Errors of the steps after it, on the scale of the bands; NaN where the outcome is not known.
    pub(super) errors: Vec<f64>,
}

impl Past {
    /// Whether no step was foretold from both.
    fn is_apart(&self, other: &Past) -> bool {
        self.origin + self.errors.len() <= other.origin
            || other.origin + other.errors.len() <= self.origin
    }
}

/// The share of past outcomes inside the band of each level; NaN where too few origins are apart.
///
/// The band of an origin is made of the errors of those that foretold other steps, so that no outcome
/// is judged by itself. `windows` are the independent windows of all of them.
pub(super) fn coverage(all: &[Past], horizon: usize, windows: f64, levels: &[f64]) -> Vec<f64> {
    let (mut inside, mut known, mut judged) = (vec![0.0; levels.len()], 0.0, 0);
    for one in all {
        let others: Vec<(f64, Vec<f64>)> = all
            .iter()
            .filter(|other| one.is_apart(other))
            .map(|other| (other.weight, other.errors.clone()))
            .collect();
        if others.len() < LEAST {
            continue;
        }
        let left = windows * others.len() as f64 / all.len() as f64;
        let Some(errors) = Errors::new(&others, horizon, left) else { continue };
        judged += 1;
        let zero = vec![0.0; one.errors.len()];
        known += one.errors.iter().filter(|error| !error.is_nan()).count() as f64;
        for (inside, level) in inside.iter_mut().zip(levels) {
            let band = errors.band(&zero, *level);
            let edges = band.low.iter().zip(&band.high);
            let within =
                |(error, (low, high)): &(&f64, (&f64, &f64))| *low <= *error && *error <= *high;
            *inside += one.errors.iter().zip(edges).filter(within).count() as f64;
        }
    }
    let enough = judged >= LEAST && known > 0.0;
    inside.iter().map(|inside| if enough { inside / known } else { f64::NAN }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(origin: usize, errors: [f64; 2]) -> Past {
        Past { origin, weight: 1.0, errors: errors.to_vec() }
    }

    #[test]
    fn an_outcome_is_judged_by_errors_of_other_days_only() {
        // Origin 13 shares a step with 12 and is apart from all others.
        let calm = |origin| past(origin, [1.0, -1.0]);
        let mut all = vec![calm(4), calm(6), calm(8), calm(10), past(12, [90.0, -90.0])];
        let alone = coverage(&all, 2, 5.0, &[0.8]);
        // The wild one is outside of bands that the calm ones make, who are inside all of theirs.
        assert!((alone[0] - 0.8).abs() < 1e-12, "{alone:?}");
        all.push(past(13, [90.0, -90.0]));
        let both = coverage(&all, 2, 6.0, &[0.8]);
        assert!((both[0] - 8.0 / 12.0).abs() < 1e-12, "{both:?}");
    }

    #[test]
    fn too_few_origins_say_nothing() {
        let all = [past(4, [1.0, 2.0]), past(6, [1.0, 2.0]), past(8, [1.0, 2.0])];
        assert!(coverage(&all, 2, 3.0, &[0.8, 0.95]).iter().all(|share| share.is_nan()));
    }
}
