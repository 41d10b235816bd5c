//! Carry-over and saturation of spend, with their derivatives.

/// How an exposure works on in later periods. Weights are normalised to add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adstock {
    /// α^l: strongest at once.
    Geometric,
    /// α^((l−θ)²): strongest after θ periods.
    Delayed,
    /// Weibull density of (l+½) with shape k and scale s: a delayed peak of any width.
    WeibullPdf,
    /// Weibull survival at l with shape k and scale s: a decay that speeds up or slows down.
    WeibullCdf,
}

/// How more spend in one period brings less and less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saturation {
    /// (1 − e^(−λx))/(1 + e^(−λx)), x relative to the largest spend.
    Logistic,
    /// x/(x + k): Hill's curve with slope 1, half of it reached at k.
    Hill,
    /// x^s/(x^s + k^s): an S for s > 1.
    HillSlope,
}

/// A shape parameter: its name, how the unconstrained number maps to it, and its prior, a normal
/// distribution of the unconstrained number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) map: Map,
    pub(super) mean: f64,
    pub(super) sd: f64,
}

/// From the whole line to the range of a parameter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Map {
    /// (0, ∞) by exp.
    Positive,
    /// (0, top) by the logistic function.
    Below(f64),
}

impl Map {
    /// The parameter and its derivative by the unconstrained number.
    pub(super) fn apply(self, u: f64) -> (f64, f64) {
        match self {
            Self::Positive => {
                let value = u.exp();
                (value, value)
            }
            Self::Below(top) => {
                let share = 1.0 / (1.0 + (-u).exp());
                (top * share, top * share * (1.0 - share))
            }
        }
    }
}

impl Adstock {
    /// Number of shape parameters.
    pub fn parameters(self) -> usize {
        if self == Self::Geometric { 1 } else { 2 }
    }

    /// Priors: α about Beta(1, 3) (PyMC-Marketing's default), peaks within the first periods.
    pub(super) fn shapes(self, lags: usize) -> Vec<Shape> {
        let alpha = Shape { name: "alpha", map: Map::Below(1.0), mean: -1.2, sd: 1.2 };
        let top = (lags.max(2) - 1) as f64;
        match self {
            Self::Geometric => vec![alpha],
            Self::Delayed => {
                let theta = Shape { name: "theta", map: Map::Below(top), mean: -1.0, sd: 1.0 };
                vec![Shape { mean: 0.0, ..alpha }, theta]
            }
            Self::WeibullPdf | Self::WeibullCdf => vec![
                Shape { name: "shape", map: Map::Positive, mean: 0.3, sd: 0.5 },
                Shape { name: "scale", map: Map::Positive, mean: 0.7, sd: 0.6 },
            ],
        }
    }

    /// Weights by lag and their derivatives by each parameter.
    pub(super) fn weights(self, parameters: &[f64], lags: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
        let count = self.parameters();
        let mut weights = Vec::with_capacity(lags);
        let mut slopes = vec![Vec::with_capacity(lags); count];
        for lag in 0..lags {
            let (weight, by) = self.raw(parameters, lag as f64);
            weights.push(weight);
            for (slope, by) in slopes.iter_mut().zip(by) {
                slope.push(by);
            }
        }
        let sum = weights.iter().sum::<f64>().max(1e-300);
        for slope in &mut slopes {
            let total: f64 = slope.iter().sum();
            for (by, weight) in slope.iter_mut().zip(&weights) {
                *by = (*by - weight / sum * total) / sum;
            }
        }
        weights.iter_mut().for_each(|w| *w /= sum);
        (weights, slopes)
    }

    /// The weight before normalising, and its derivatives.
    fn raw(self, parameters: &[f64], lag: f64) -> (f64, [f64; 2]) {
        match self {
            Self::Geometric => {
                let alpha = parameters[0];
                let slope = if lag == 0.0 { 0.0 } else { lag * alpha.powf(lag - 1.0) };
                (alpha.powf(lag), [slope, 0.0])
            }
            Self::Delayed => {
                let (alpha, distance) = (parameters[0].max(1e-12), lag - parameters[1]);
                let weight = alpha.powf(distance * distance);
                let by_theta = -2.0 * distance * alpha.ln() * weight;
                (weight, [weight * distance * distance / alpha, by_theta])
            }
            Self::WeibullPdf => {
                let (k, s) = (parameters[0], parameters[1]);
                let z = (lag + 0.5) / s;
                let power = z.powf(k);
                // k/s·z^(k−1)·e^(−z^k), bounded away from zero so that the sum never vanishes.
                let weight = k / s * power / z * (-power).exp();
                let ln_z = z.ln();
                let by_k = weight * (1.0 / k + ln_z * (1.0 - power));
                let by_s = weight * (k * power - k) / s;
                (weight + 1e-12, [by_k, by_s])
            }
            Self::WeibullCdf => {
                let (k, s) = (parameters[0], parameters[1]);
                if lag == 0.0 {
                    return (1.0, [0.0, 0.0]);
                }
                let z = lag / s;
                let power = z.powf(k);
                let weight = (-power).exp();
                (weight, [-weight * power * z.ln(), weight * power * k / s])
            }
        }
    }
}

impl Saturation {
    /// Number of shape parameters.
    pub fn parameters(self) -> usize {
        if self == Self::HillSlope { 2 } else { 1 }
    }

    /// Priors on spend relative to its maximum: λ about Gamma(3, 1), half saturation around 0.8.
    pub(super) fn shapes(self) -> Vec<Shape> {
        let half = Shape { name: "half_saturation", map: Map::Positive, mean: -0.4, sd: 0.7 };
        match self {
            Self::Logistic => {
                vec![Shape { name: "lambda", map: Map::Positive, mean: 0.92, sd: 0.63 }]
            }
            Self::Hill => vec![half],
            Self::HillSlope => {
                vec![half, Shape { name: "slope", map: Map::Positive, mean: 0.1, sd: 0.35 }]
            }
        }
    }

    /// The curve at x ≥ 0, its slope in x and its derivatives by the parameters.
    pub(super) fn at(self, parameters: &[f64], x: f64) -> (f64, f64, [f64; 2]) {
        match self {
            Self::Logistic => {
                let lambda = parameters[0];
                let value = (0.5 * lambda * x).tanh();
                let slope = 0.5 * (1.0 - value * value);
                (value, slope * lambda, [slope * x, 0.0])
            }
            Self::Hill => {
                let k = parameters[0];
                let sum = x + k;
                (x / sum, k / (sum * sum), [-x / (sum * sum), 0.0])
            }
            Self::HillSlope => {
                let (k, s) = (parameters[0], parameters[1]);
                if x <= 0.0 {
                    return (0.0, 0.0, [0.0, 0.0]);
                }
                let ratio = s * (x / k).ln();
                let value = 1.0 / (1.0 + (-ratio).exp());
                let steep = value * (1.0 - value);
                (value, steep * s / x, [-steep * s / k, steep * (x / k).ln()])
            }
        }
    }
}
