//! How far a series goes along with its company: a segment with the rest of its site.
//!
//! A day's surprise of the rest has a part that the segment shares (the weather) and a part that it does not (the
//! rest's own noise). The share that passes over is the slope of past surprises on each other, as for a control
//! variate; dividing by the rest as it is would bring its noise into the segment.

use super::super::robust::{MAD_TO_SIGMA, median};
use super::{CLIP, LEARN, States, known};

/// Surprises up to so many standard deviations are taken for noise of the reference; from twice as many on they are
/// something that happened, and pass over as they are.
const NOISE: f64 = 2.0;

/// The reference without the part of its surprises that the values did not share in the past; `None` where nothing
/// can be learned. What is missing stays so.
pub(super) fn followed(values: &[f64], reference: &[f64], period: usize) -> Option<Vec<f64>> {
    let ones = vec![1.0; values.len()];
    let company = States::best(reference, &ones, period)?;
    let alone = States::new(values, &ones, period, company.half_life);
    let theirs: Vec<f64> = surprises(&company, reference);
    let own: Vec<f64> = surprises(&alone, values);
    let past = LEARN.min(theirs.len())..theirs.len().saturating_sub(1);
    let noise =
        |all: &[f64]| NOISE * MAD_TO_SIGMA * median(all[past.clone()].iter().map(|one| one.abs()));
    let (most, most_own) = (noise(&theirs), noise(&own));
    if !(most > 0.0 && most_own > 0.0) {
        return None;
    }
    let (mut both, mut squares) = (0.0, 0.0);
    for (x, y) in theirs[past.clone()].iter().zip(&own[past.clone()]) {
        if x.is_finite() && y.is_finite() {
            let x = x.clamp(-most, most);
            both += x * y.clamp(-most_own, most_own);
            squares += x * x;
        }
    }
    let kept = 1.0 - (both / squares).clamp(0.0, 1.0);
    let follow = |(value, surprise): (&f64, &f64)| {
        let noise = (2.0 - surprise.abs() / most).clamp(0.0, 1.0) * surprise;
        if noise.is_finite() { value / (kept * noise).exp() } else { *value }
    };
    Some(reference.iter().zip(&theirs).map(follow).collect())
}

/// Logarithm of each value over what was expected of it the step before; NaN where either is missing.
fn surprises(states: &States, values: &[f64]) -> Vec<f64> {
    let of = |(t, value): (usize, &f64)| {
        let before = t.saturating_sub(1);
        let expected = states.levels[before] * states.rhythms[before][t % states.period];
        if known(*value, 1.0) && expected > 0.0 {
            (value / expected).clamp(1.0 / CLIP, CLIP).ln()
        } else {
            f64::NAN
        }
    };
    values.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;
    use rand_distr::StandardNormal;

    use super::*;
    use crate::distribution::seeded;

    /// Two series around a level: `shared` moves both, `own` only the second.
    fn pair(shared: f64, own: f64) -> (Vec<f64>, Vec<f64>) {
        let mut random = seeded(7);
        let mut normal = || random.sample::<f64, _>(StandardNormal);
        (0..400)
            .map(|_| {
                let both = (shared * normal()).exp();
                (100.0 * both * (0.02 * normal()).exp(), 900.0 * both * (own * normal()).exp())
            })
            .unzip()
    }

    /// How much of the reference's surprise passes over, from its largest step within its noise.
    fn passed(values: &[f64], reference: &[f64]) -> f64 {
        let followed = followed(values, reference, 1).expect("enough");
        let spread =
            |all: &[f64]| median(all[LEARN..].windows(2).map(|two| (two[1] / two[0]).ln().abs()));
        spread(&followed) / spread(reference)
    }

    #[test]
    fn a_share_of_surprises_passes_over_as_large_as_what_both_share() {
        // 0.05² / (0.05² + 0.05²), and nearly all where the reference has no noise of its own.
        let (values, reference) = pair(0.05, 0.05);
        assert!(
            (passed(&values, &reference) - 0.5).abs() < 0.12,
            "{}",
            passed(&values, &reference)
        );
        let (values, reference) = pair(0.05, 0.0);
        assert!(passed(&values, &reference) > 0.9, "{}", passed(&values, &reference));
        let (values, reference) = pair(0.0, 0.05);
        assert!(passed(&values, &reference) < 0.15, "{}", passed(&values, &reference));
    }

    #[test]
    fn what_is_beyond_noise_passes_over_as_it_is() {
        let (values, mut reference) = pair(0.05, 0.05);
        reference[399] *= 0.5;
        let followed_by = followed(&values, &reference, 1).expect("enough");
        assert_eq!(followed_by[399], reference[399]);
        assert_eq!(followed(&[1.0; 80], &[1.0; 80], 1), None);
    }

    #[test]
    fn what_is_missing_stays_missing() {
        let (values, mut reference) = pair(0.05, 0.05);
        reference[200] = f64::NAN;
        let followed = followed(&values, &reference, 7).expect("enough");
        assert!(followed[200].is_nan() && followed[201].is_finite());
    }
}
