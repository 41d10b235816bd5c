//! Change points as they happen: how long the present level has lasted, judged anew at each value.

use statrs::function::gamma::ln_gamma;

/// What is believed of a new level before its first value: x ~ N(μ, σ²), σ² ~ InverseGamma(`shape`,
/// `scale`), μ ~ N(`mean`, σ²/`strength`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    /// Expected level.
    pub mean: f64,
    /// How many values that expectation is worth, > 0.
    pub strength: f64,
    /// Shape of the variance, > 0: half the number of values it is worth.
    pub shape: f64,
    /// Scale of the variance, > 0: `shape` times a usual variance.
    pub scale: f64,
}

impl Belief {
    /// The belief after one more value.
    fn after(self, x: f64) -> Self {
        let strength = self.strength + 1.0;
        Self {
            mean: (self.strength * self.mean + x) / strength,
            strength,
            shape: self.shape + 0.5,
            scale: self.scale + 0.5 * self.strength * (x - self.mean).powi(2) / strength,
        }
    }

    /// ln of the density of the next value: Student's t with 2·shape degrees of freedom.
    fn ln_density(self, x: f64) -> f64 {
        let dof = 2.0 * self.shape;
        let variance = self.scale * (self.strength + 1.0) / (self.shape * self.strength);
        let z = (x - self.mean).powi(2) / variance;
        ln_gamma(0.5 * (dof + 1.0))
            - ln_gamma(0.5 * dof)
            - 0.5 * (dof * std::f64::consts::PI * variance).ln()
            - 0.5 * (dof + 1.0) * (z / dof).ln_1p()
    }
}

/// One hypothesis about the present: it began so many values ago.
#[derive(Clone, Copy, Debug)]
struct Hypothesis {
    /// Values since the last change, this one included.
    length: usize,
    ln_weight: f64,
    belief: Belief,
}

/// Follows a series and keeps the probability of each length of the present run.
///
/// At each value the level changes with probability 1/`usual_run`, whatever happened before; a new level
/// and its spread are drawn from the belief. Exact up to hypotheses lighter than 10⁻⁸, which are dropped:
/// O(n) each value at worst.
///
/// Source: Adams, MacKay (2007), Bayesian online changepoint detection, arXiv 0710.3742; the normal
/// model with unknown mean and variance is Murphy's (2007). Enumerating all divisions of
/// 0.1, −0.2, 0.3, 3.1, 2.9, 3.3 (belief 0, 1, 1, 1; usual run 10) gives a run of three the probability
/// 0.576276.
#[derive(Clone, Debug)]
pub struct Watcher {
    start: Belief,
    ln_change: f64,
    ln_stay: f64,
    hypotheses: Vec<Hypothesis>,
}

/// Hypotheses lighter than this are dropped.
const NEGLIGIBLE: f64 = -18.4;

impl Watcher {
    /// A watcher before the first value. `usual_run` > 1 is how many values a level lasts on average.
    pub fn new(start: Belief, usual_run: f64) -> Self {
        let change = usual_run.max(1.0 + 1e-9).recip();
        Self { start, ln_change: change.ln(), ln_stay: (-change).ln_1p(), hypotheses: Vec::new() }
    }

    /// Takes the next value.
    pub fn observe(&mut self, x: f64) {
        let fresh = Hypothesis { length: 1, ln_weight: 0.0, belief: self.start };
        let mut next = Vec::with_capacity(self.hypotheses.len() + 1);
        if self.hypotheses.is_empty() {
            next.push(fresh);
        } else {
            next.push(Hypothesis { ln_weight: self.ln_change, ..fresh });
            next.extend(self.hypotheses.iter().map(|h| Hypothesis {
                length: h.length + 1,
                ln_weight: h.ln_weight + self.ln_stay,
                belief: h.belief,
            }));
        }
        for h in &mut next {
            h.ln_weight += h.belief.ln_density(x);
            h.belief = h.belief.after(x);
        }
        let most = next.iter().map(|h| h.ln_weight).fold(f64::NEG_INFINITY, f64::max);
        let all = most + next.iter().map(|h| (h.ln_weight - most).exp()).sum::<f64>().ln();
        next.iter_mut().for_each(|h| h.ln_weight -= all);
        next.retain(|h| h.ln_weight > NEGLIGIBLE);
        self.hypotheses = next;
    }

    /// (values since the last change, probability), shortest first; adds up to 1.
    pub fn runs(&self) -> Vec<(usize, f64)> {
        self.hypotheses.iter().map(|h| (h.length, h.ln_weight.exp())).collect()
    }

    /// Probability that the level changed within the last `values` values.
    pub fn changed_within(&self, values: usize) -> f64 {
        let recent = self.hypotheses.iter().filter(|h| h.length <= values);
        recent.map(|h| h.ln_weight.exp()).sum::<f64>().min(1.0)
    }
}

/// A change that was noticed while the values came in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Position of the first value of the new level.
    pub at: usize,
    /// Position of the value at which it was noticed.
    pub noticed: usize,
    /// Probability at that moment that the level had changed since the value before `at`.
    pub probability: f64,
}

/// The changes that someone who watched from the first value on would have noticed, each when the
/// probability of a change in the last `recent` values first exceeded `sure`. Values that are not finite
/// are passed over.
pub fn changes(
    values: &[f64],
    start: Belief,
    usual_run: f64,
    recent: usize,
    sure: f64,
) -> Vec<Change> {
    let mut watcher = Watcher::new(start, usual_run);
    let mut positions: Vec<usize> = Vec::new();
    let mut found: Vec<Change> = Vec::new();
    let mut settled = 0;
    for (t, &x) in values.iter().enumerate().filter(|(_, x)| x.is_finite()) {
        watcher.observe(x);
        positions.push(t);
        let seen = positions.len();
        // The first value of all begins a run without being a change.
        let within = recent.min(seen - 1).min(seen - settled);
        let probability = watcher.changed_within(within);
        if within > 0 && probability > sure {
            let likeliest = watcher
                .runs()
                .into_iter()
                .filter(|run| run.0 <= within)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((length, _)) = likeliest {
                found.push(Change { at: positions[seen - length], noticed: t, probability });
                // The next change is one that happens after this one was noticed.
                settled = seen;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::seeded;
    use rand::RngExt as _;
    use rand_distr::StandardNormal;

    const VAGUE: Belief = Belief { mean: 0.0, strength: 1.0, shape: 1.0, scale: 1.0 };

    /// All 2^(n−1) divisions enumerated in Python with the closed-form evidence of each stretch.
    #[test]
    fn the_length_of_the_run_has_the_probability_that_enumeration_gives() {
        let values = [0.1, -0.2, 0.3, 3.1, 2.9, 3.3];
        let expected: [&[f64]; 2] = [
            &[
                0.044_441_938_47,
                0.476_304_045_18,
                0.139_072_001_38,
                0.044_888_981_16,
                0.295_293_033_80,
            ],
            &[
                0.029_444_079_05,
                0.037_741_435_30,
                0.576_275_783_85,
                0.134_130_218_31,
                0.034_229_855_81,
                0.188_178_627_68,
            ],
        ];
        let mut watcher = Watcher::new(VAGUE, 10.0);
        for (seen, x) in values.iter().enumerate() {
            watcher.observe(*x);
            if let Some(expected) = (seen + 1).checked_sub(5).map(|i| expected[i]) {
                for ((length, actual), wanted) in watcher.runs().iter().zip(expected) {
                    assert!((actual - wanted).abs() < 1e-9, "{length}: {actual} {wanted}");
                }
            }
        }
        assert!((watcher.changed_within(3) - 0.643_461_298_2).abs() < 1e-9);
    }

    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut random = seeded(seed);
        (0..n).map(|_| random.sample::<f64, _>(StandardNormal)).collect()
    }

    #[test]
    fn a_step_is_noticed_within_days_and_where_it_was() {
        for seed in 0..20 {
            let mut values = noise(200, seed);
            values[120..].iter_mut().for_each(|x| *x += 4.0);
            let found = changes(&values, VAGUE, 200.0, 20, 0.9);
            assert_eq!(found.len(), 1, "{seed}: {found:?}");
            let Change { at, noticed, .. } = found[0];
            assert!(at.abs_diff(120) <= 4 && noticed < 135, "{seed}: {found:?}");
        }
    }

    #[test]
    fn noise_is_hardly_ever_taken_for_a_change() {
        let wrong: usize =
            (0..100).map(|seed| changes(&noise(300, seed), VAGUE, 300.0, 20, 0.9).len()).sum();
        assert!(wrong <= 3, "{wrong} in 30,000 values");
    }

    #[test]
    fn probabilities_add_up_and_gaps_are_passed_over() {
        let mut watcher = Watcher::new(VAGUE, 50.0);
        noise(80, 3).iter().for_each(|x| watcher.observe(*x));
        let sum: f64 = watcher.runs().iter().map(|run| run.1).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        let mut values = noise(100, 4);
        values[60..].iter_mut().for_each(|x| *x += 6.0);
        values[60] = f64::NAN;
        let found = changes(&values, VAGUE, 100.0, 20, 0.9);
        assert!(found.len() == 1 && found[0].at == 61, "{found:?}");
    }
}
