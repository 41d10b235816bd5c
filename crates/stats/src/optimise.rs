//! Minimising a smooth function of a few parameters, with its curvature at the minimum.
//!
//! BFGS that starts from the differenced Hessian instead of the identity: with two to ten parameters
//! this costs a handful of gradients and saves most of the iterations. Own code, because the fits call
//! it thousands of times and need the Hessian for standard errors anyway.

use crate::dense;

/// Where a minimisation ended.
#[derive(Clone, Debug)]
pub(crate) struct Minimum {
    /// The arguments.
    pub(crate) x: Vec<f64>,
    /// The function there.
    pub(crate) value: f64,
    /// Inverse of the Hessian there; `None` when the surface is flat or a saddle.
    pub(crate) covariance: Option<Vec<Vec<f64>>>,
    /// Whether the gradient is as good as zero.
    pub(crate) converged: bool,
}

const MAX_ITERATIONS: usize = 300;
const DIFFERENCE: f64 = 1e-5;

/// Minimises `f`, which writes its gradient into the second argument and returns its value
/// (infinite outside the domain). `None` when the function is not finite at `start`.
pub(crate) fn minimise(
    start: &[f64],
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Option<Minimum> {
    let n = start.len();
    let mut x = start.to_vec();
    let mut gradient = vec![0.0; n];
    let mut value = f(&x, &mut gradient);
    if !value.is_finite() {
        return None;
    }
    let mut inverse = positive_inverse(&x, &mut f).unwrap_or_else(|| scaled_identity(&gradient));
    let mut trial_gradient = vec![0.0; n];
    let mut converged = false;
    let mut restarts_left = 2;
    for _ in 0..MAX_ITERATIONS {
        let mut step = dense::multiply(&inverse, &gradient);
        step.iter_mut().for_each(|s| *s = -*s);
        let mut slope = dense::dot(&step, &gradient);
        if slope.abs() < 1e-12 * (1.0 + value.abs()) {
            converged = true;
            break;
        }
        if slope > 0.0 {
            inverse = scaled_identity(&gradient);
            step = gradient.iter().map(|g| -g * inverse[0][0]).collect();
            slope = dense::dot(&step, &gradient);
        }
        // Parameters live on a log scale: a longer step than e² is never wise.
        let longest = step.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
        let mut length = if longest > 2.0 { 2.0 / longest } else { 1.0 };
        let mut moved = None;
        for _ in 0..40 {
            let trial: Vec<f64> = x.iter().zip(&step).map(|(x, s)| x + length * s).collect();
            let trial_value = f(&trial, &mut trial_gradient);
            if trial_value <= value + 1e-4 * length * slope {
                moved = Some((trial, trial_value));
                break;
            }
            length *= 0.4;
        }
        let Some((trial, trial_value)) = moved else {
            if restarts_left == 0 {
                break;
            }
            restarts_left -= 1;
            inverse = positive_inverse(&x, &mut f).unwrap_or_else(|| scaled_identity(&gradient));
            value = f(&x, &mut gradient);
            continue;
        };
        update(&mut inverse, &x, &trial, &gradient, &trial_gradient);
        x = trial;
        value = trial_value;
        gradient.copy_from_slice(&trial_gradient);
    }
    let covariance = positive_inverse(&x, &mut f);
    Some(Minimum { x, value, covariance, converged })
}

/// The inverse Hessian by central differences of the gradient, when it is positive definite.
fn positive_inverse(
    x: &[f64],
    f: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Option<Vec<Vec<f64>>> {
    let n = x.len();
    let mut hessian = vec![vec![0.0; n]; n];
    let (mut up, mut down) = (vec![0.0; n], vec![0.0; n]);
    for i in 0..n {
        let h = DIFFERENCE * x[i].abs().max(1.0);
        let mut moved = x.to_vec();
        moved[i] = x[i] + h;
        let high = f(&moved, &mut up);
        moved[i] = x[i] - h;
        let low = f(&moved, &mut down);
        if !(high.is_finite() && low.is_finite()) {
            return None;
        }
        for j in 0..n {
            let second = (up[j] - down[j]) / (2.0 * h);
            hessian[i][j] += 0.5 * second;
            hessian[j][i] += 0.5 * second;
        }
    }
    dense::inverse_positive(&hessian)
}

fn scaled_identity(gradient: &[f64]) -> Vec<Vec<f64>> {
    let n = gradient.len();
    let size = dense::dot(gradient, gradient).sqrt().max(1e-12);
    let mut identity = vec![vec![0.0; n]; n];
    for (i, row) in identity.iter_mut().enumerate() {
        row[i] = 1.0 / size;
    }
    identity
}

/// The BFGS update of the inverse Hessian, skipped where the curvature is not positive.
fn update(inverse: &mut [Vec<f64>], x: &[f64], next: &[f64], gradient: &[f64], new: &[f64]) {
    let n = x.len();
    let s: Vec<f64> = next.iter().zip(x).map(|(a, b)| a - b).collect();
    let y: Vec<f64> = new.iter().zip(gradient).map(|(a, b)| a - b).collect();
    let curvature = dense::dot(&s, &y);
    if curvature <= 1e-12 * dense::dot(&y, &y).sqrt() * dense::dot(&s, &s).sqrt() {
        return;
    }
    let hy = dense::multiply(inverse, &y);
    let factor = (1.0 + dense::dot(&y, &hy) / curvature) / curvature;
    for i in 0..n {
        for j in 0..n {
            inverse[i][j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / curvature;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banana_valley_is_followed_to_its_end() {
        let banana = |x: &[f64], g: &mut [f64]| {
            g[0] = -2.0 * (1.0 - x[0]) - 400.0 * x[0] * (x[1] - x[0] * x[0]);
            g[1] = 200.0 * (x[1] - x[0] * x[0]);
            (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2)
        };
        let minimum = minimise(&[-1.2, 1.0], banana).unwrap();
        assert!(minimum.converged);
        assert!((minimum.x[0] - 1.0).abs() < 1e-5 && (minimum.x[1] - 1.0).abs() < 1e-5);
        // The Hessian at (1, 1) is [[802, -400], [-400, 200]]; its inverse is [[.5, 1], [1, 2.005]].
        let covariance = minimum.covariance.unwrap();
        assert!((covariance[1][1] - 2.005).abs() < 1e-3);
    }
}
