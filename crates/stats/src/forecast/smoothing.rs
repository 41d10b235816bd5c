//! Exponential smoothing: simple, damped trend, Holt–Winters, and Theta. Point forecasts only.

/// Minimises a function of one variable on [low, high]; good enough for smoothing constants.
fn golden(mut low: f64, mut high: f64, steps: usize, f: impl Fn(f64) -> f64) -> f64 {
    const RATIO: f64 = 0.618_033_988_749_894_8;
    let (mut a, mut b) = (high - RATIO * (high - low), low + RATIO * (high - low));
    let (mut fa, mut fb) = (f(a), f(b));
    for _ in 0..steps {
        if fa <= fb {
            high = b;
            (b, fb) = (a, fa);
            a = high - RATIO * (high - low);
            fa = f(a);
        } else {
            low = a;
            (a, fa) = (b, fb);
            b = low + RATIO * (high - low);
            fb = f(b);
        }
    }
    0.5 * (low + high)
}

/// Final level and sum of squared one-step errors of simple smoothing.
fn simple(values: &[f64], alpha: f64) -> (f64, f64) {
    let start = values.len().min(4);
    let mut level = values[..start].iter().sum::<f64>() / start as f64;
    let mut squares = 0.0;
    for value in values {
        let error = value - level;
        squares += error * error;
        level += alpha * error;
    }
    (level, squares)
}

fn best_alpha(values: &[f64]) -> f64 {
    // The error can have a second valley near 1, where the series is a random walk.
    let error = |alpha: f64| simple(values, alpha).1;
    let inner = golden(0.01, 0.99, 16, error);
    if error(0.999) < error(inner) { 0.999 } else { inner }
}

/// Level at the end by simple exponential smoothing with the best constant, and that constant.
pub(super) fn level(values: &[f64]) -> (f64, f64) {
    let alpha = best_alpha(values);
    (simple(values, alpha).0, alpha)
}

/// The Theta method: simple smoothing plus half the slope of the line through all values.
///
/// Source: Assimakopoulos, Nikolopoulos (2000), IJF 16(4), in the form of Hyndman, Billah (2003).
pub(super) fn theta(values: &[f64], horizon: usize) -> Vec<f64> {
    let n = values.len() as f64;
    let (level, alpha) = level(values);
    let (mut st, mut stt) = (0.0, 0.0);
    for (t, value) in values.iter().enumerate() {
        let centred = t as f64 - 0.5 * (n - 1.0);
        st += centred * value;
        stt += centred * centred;
    }
    let half_slope = if stt > 0.0 { 0.5 * st / stt } else { 0.0 };
    let reached = (1.0 - (1.0 - alpha).powf(n)) / alpha;
    (0..horizon).map(|h| level + half_slope * (h as f64 + reached)).collect()
}

/// Smoothing constants: level, trend (as a share of the level's), damping, season.
type Constants = [f64; 4];

/// One-step squared errors of additive Holt–Winters, and the states at the end.
struct Smoothed {
    squares: f64,
    level: f64,
    trend: f64,
    season: Vec<f64>,
}

fn holt_winters(values: &[f64], start: &[f64], constants: Constants) -> Smoothed {
    let [alpha, share, damping, gamma] = constants;
    let beta = alpha * share;
    let m = start.len();
    let mut season = start.to_vec();
    let head = values.len().min(m.max(4));
    let mut level = values[..head].iter().sum::<f64>() / head as f64
        - start.iter().cycle().take(head).sum::<f64>() / head as f64;
    let mut trend = 0.0;
    let mut squares = 0.0;
    let mut place = 0;
    for (t, value) in values.iter().enumerate() {
        let expected = level + damping * trend + season[place];
        let error = value - expected;
        // The first cycle only warms the states up.
        if t >= head {
            squares += error * error;
        }
        level += damping * trend + alpha * error;
        trend = damping * trend + beta * error;
        season[place] += gamma * error;
        place += 1;
        if place == m {
            place = 0;
        }
    }
    season.rotate_left(place);
    Smoothed { squares, level, trend, season }
}

/// Exponential smoothing with a damped trend and, for `start` longer than one, an additive season
/// that begins as `start`. Constants by least squares of the one-step errors; the trend is dropped
/// unless it lowers the corrected Akaike criterion.
pub(super) fn exponential(values: &[f64], start: &[f64], horizon: usize) -> Vec<f64> {
    let n = values.len() as f64;
    let seasonal = start.len() > 1;
    let score = |c: Constants| holt_winters(values, start, c).squares;
    let gammas: &[f64] = if seasonal { &[0.02, 0.15] } else { &[0.0] };
    let mut flat = ([0.5, 0.0, 0.0, 0.0], f64::INFINITY);
    let mut sloped = flat;
    for alpha in [0.05, 0.2, 0.5, 0.9] {
        for &gamma in gammas {
            let gamma = gamma * (1.0 - alpha);
            let candidate = [alpha, 0.0, 0.0, gamma];
            let value = score(candidate);
            if value < flat.1 {
                flat = (candidate, value);
            }
            for share in [0.03, 0.2] {
                for damping in [0.9, 0.98] {
                    let candidate = [alpha, share, damping, gamma];
                    let value = score(candidate);
                    if value < sloped.1 {
                        sloped = (candidate, value);
                    }
                }
            }
        }
    }
    let flat = refine(flat, seasonal, false, &score);
    let sloped = refine(sloped, seasonal, true, &score);
    let criterion = |squares: f64, k: f64| {
        n * (squares / n).max(1e-300).ln() + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0).max(1.0)
    };
    let k = if seasonal { 3.0 } else { 2.0 };
    let constants =
        if criterion(sloped.1, k + 3.0) < criterion(flat.1, k) { sloped.0 } else { flat.0 };
    let end = holt_winters(values, start, constants);
    let mut trend = 0.0;
    let mut damping = 1.0;
    (0..horizon)
        .map(|h| {
            damping *= constants[2];
            trend += damping * end.trend;
            end.level + trend + end.season[h % end.season.len()]
        })
        .collect()
}

/// Coordinate search with shrinking steps on the constants that are in use.
fn refine(
    start: (Constants, f64),
    seasonal: bool,
    trend: bool,
    score: &impl Fn(Constants) -> f64,
) -> (Constants, f64) {
    const LIMITS: [(f64, f64); 4] = [(0.005, 0.999), (0.0, 0.6), (0.8, 0.995), (0.0, 0.6)];
    let (mut best, mut value) = start;
    let mut steps = [0.2, 0.1, 0.04, 0.1];
    let used = [true, trend, trend, seasonal];
    for _ in 0..5 {
        for i in (0..4).filter(|i| used[*i]) {
            for sign in [1.0, -1.0] {
                let mut trial = best;
                trial[i] = (trial[i] + sign * steps[i]).clamp(LIMITS[i].0, LIMITS[i].1);
                let found = score(trial);
                if found < value {
                    (best, value) = (trial, found);
                    break;
                }
            }
        }
        steps.iter_mut().for_each(|s| *s *= 0.55);
    }
    (best, value)
}
