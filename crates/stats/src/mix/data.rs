//! What a mix model is given, and what it refuses.

use super::transform::{Adstock, Saturation};

/// What a marketer expects of a channel before the data: a log-normal distribution of its ROI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoiPrior {
    /// Mean of the logarithm of ROI.
    pub log_mean: f64,
    /// Standard deviation of the logarithm, > 0.
    pub log_sd: f64,
}

/// A channel and its spend.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Name in reports.
    pub name: String,
    /// Spend (or impressions) per period, ≥ 0.
    pub spend: Vec<f64>,
    /// Prior of its ROI, in units of the target per unit of spend. Without one, see [`Settings`].
    pub prior: Option<RoiPrior>,
}

/// The result of an experiment: the spend of a channel was changed and the target moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiftTest {
    /// Position of the channel.
    pub channel: usize,
    /// Spend per period without the change.
    pub spend_before: f64,
    /// Spend per period during the test.
    pub spend_during: f64,
    /// Change of the target per period.
    pub lift: f64,
    /// Standard error of the lift, > 0.
    pub std_error: f64,
}

/// The data of a mix model: one entry per period everywhere, oldest first.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Observations {
    /// Sales, conversions or revenue.
    pub target: Vec<f64>,
    /// Channels with their spend.
    pub channels: Vec<Channel>,
    /// Other things that move the target, by name: prices, holidays, weather.
    pub controls: Vec<(String, Vec<f64>)>,
    /// Experiments.
    pub lift_tests: Vec<LiftTest>,
}

/// How to model and how long to sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Form of the carry-over.
    pub adstock: Adstock,
    /// Form of the saturation.
    pub saturation: Saturation,
    /// Periods an exposure can work, its own included: at least 1.
    pub carry_over: usize,
    /// Periods in a year, for the season; 0 without.
    pub year: f64,
    /// Sine and cosine pairs of the season.
    pub harmonics: usize,
    /// Whether there is a linear trend.
    pub trend: bool,
    /// Points where the trend may bend.
    pub knots: usize,
    /// Independent chains.
    pub chains: usize,
    /// Draws per chain to settle down, thrown away.
    pub warmup: usize,
    /// Draws per chain that are kept.
    pub draws: usize,
    /// Share of the posterior inside the intervals.
    pub level: f64,
    /// Seed of the chains.
    pub seed: u64,
}

impl Default for Settings {
    /// Weekly data with geometric carry-over of eight weeks and logistic saturation. The prior of a
    /// channel that has none: where money buys money (an even split of 30 % of the target gives
    /// an ROI between 0.05 and 20) Meridian's LogNormal(0.2, 0.9), and else an ROI around that even
    /// split, with a standard deviation of 1.2 on the logarithm.
    fn default() -> Self {
        Self {
            adstock: Adstock::Geometric,
            saturation: Saturation::Logistic,
            carry_over: 8,
            year: 365.25 / 7.0,
            harmonics: 2,
            trend: true,
            knots: 0,
            chains: 4,
            warmup: 500,
            draws: 500,
            level: 0.9,
            seed: 1,
        }
    }
}

/// Why the data cannot support a mix model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MixError {
    /// No spend, no mix.
    #[error("there are no channels")]
    NoChannels,
    /// Columns of different lengths.
    #[error("`{name}` has {found} periods and the target {expected}")]
    LengthsDiffer {
        /// The column.
        name: String,
        /// Its length.
        found: usize,
        /// Length of the target.
        expected: usize,
    },
    /// A number that is missing or infinite.
    #[error("`{name}` has no number in period {period}")]
    MissingValue {
        /// The column.
        name: String,
        /// Position, from 0.
        period: usize,
    },
    /// Spend below zero.
    #[error("channel `{channel}` has a negative spend in period {period}")]
    NegativeSpend {
        /// The channel.
        channel: String,
        /// Position, from 0.
        period: usize,
    },
    /// A channel that never changes cannot be told from the base.
    #[error(
        "channel `{channel}` always spends the same, so its effect cannot be told from the base"
    )]
    NoVariation {
        /// The channel.
        channel: String,
    },
    /// Two channels that always move together.
    #[error(
        "channels `{first}` and `{second}` move together (correlation {correlation:.2}), so the \
         data cannot tell them apart: merge them or run an experiment"
    )]
    Collinear {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// Their correlation.
        correlation: f64,
    },
    /// Less than a year cannot tell season from spend.
    #[error(
        "{periods} periods are less than a year ({needed}), so season and spend cannot be told apart"
    )]
    LessThanAYear {
        /// Periods given.
        periods: usize,
        /// Periods in a year.
        needed: usize,
    },
    /// Too many unknowns.
    #[error(
        "{periods} periods for {parameters} parameters: at least {needed} are needed. Merge \
         channels, drop controls or wait"
    )]
    TooFewPeriods {
        /// Periods given.
        periods: usize,
        /// Unknowns of the model.
        parameters: usize,
        /// Periods needed.
        needed: usize,
    },
    /// The target is constant.
    #[error("the target never changes, so there is nothing to explain")]
    ConstantTarget,
    /// A lift test that makes no sense.
    #[error("lift test {index}: {reason}")]
    InvalidLiftTest {
        /// Position, from 0.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The density has no finite start.
    #[error("the sampler found no point to start from")]
    NoStart,
}

/// Observations per unknown that are demanded: about ten, with some grace for the unknowns of season and
/// trend that the data always know well. Below ten the fit carries a warning.
const PER_PARAMETER: usize = 8;
/// Correlation above which two channels cannot be told apart.
const TOGETHER: f64 = 0.95;

/// Refuses data that cannot support the model, with the reason.
pub fn check(data: &Observations, settings: &Settings) -> Result<(), MixError> {
    let n = data.target.len();
    if data.channels.is_empty() {
        return Err(MixError::NoChannels);
    }
    let columns = data
        .channels
        .iter()
        .map(|c| (&c.name, &c.spend))
        .chain(data.controls.iter().map(|(name, values)| (name, values)));
    for (name, values) in columns {
        if values.len() != n {
            return Err(MixError::LengthsDiffer {
                name: name.clone(),
                found: values.len(),
                expected: n,
            });
        }
        if let Some(period) = values.iter().position(|v| !v.is_finite()) {
            return Err(MixError::MissingValue { name: name.clone(), period });
        }
    }
    if let Some(period) = data.target.iter().position(|v| !v.is_finite()) {
        return Err(MixError::MissingValue { name: "target".into(), period });
    }
    for channel in &data.channels {
        if let Some(period) = channel.spend.iter().position(|s| *s < 0.0) {
            return Err(MixError::NegativeSpend { channel: channel.name.clone(), period });
        }
        if channel.spend.windows(2).all(|w| w[0] == w[1]) {
            return Err(MixError::NoVariation { channel: channel.name.clone() });
        }
    }
    if data.target.windows(2).all(|w| w[0] == w[1]) {
        return Err(MixError::ConstantTarget);
    }
    let year = settings.year.floor() as usize;
    if settings.harmonics > 0 && n < year {
        return Err(MixError::LessThanAYear { periods: n, needed: year });
    }
    for (i, first) in data.channels.iter().enumerate() {
        for second in &data.channels[i + 1..] {
            let correlation = correlation(&first.spend, &second.spend);
            if correlation.abs() > TOGETHER {
                return Err(MixError::Collinear {
                    first: first.name.clone(),
                    second: second.name.clone(),
                    correlation,
                });
            }
        }
    }
    let parameters = parameters(data, settings);
    let needed = PER_PARAMETER * parameters;
    if n < needed {
        return Err(MixError::TooFewPeriods { periods: n, parameters, needed });
    }
    for (index, test) in data.lift_tests.iter().enumerate() {
        let reason = if test.channel >= data.channels.len() {
            "there is no such channel"
        } else if !(test.std_error > 0.0) || !test.lift.is_finite() {
            "the standard error must be positive and the lift a number"
        } else if !(test.spend_before >= 0.0 && test.spend_during >= 0.0)
            || test.spend_before == test.spend_during
        {
            "the spend must differ and not be negative"
        } else {
            continue;
        };
        return Err(MixError::InvalidLiftTest { index, reason });
    }
    Ok(())
}

/// Unknowns of the model.
fn parameters(data: &Observations, settings: &Settings) -> usize {
    let shapes = settings.adstock.parameters() + settings.saturation.parameters();
    let season = if settings.year > 0.0 { 2 * settings.harmonics } else { 0 };
    data.channels.len() * (1 + shapes)
        + data.controls.len()
        + season
        + settings.knots
        + usize::from(settings.trend)
        + 2
}

/// Periods for each unknown.
pub(super) fn periods_per_parameter(data: &Observations, settings: &Settings) -> f64 {
    data.target.len() as f64 / parameters(data, settings) as f64
}

/// Pearson correlation; 0 without variation.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        xx += (x - mx) * (x - mx);
        yy += (y - my) * (y - my);
        xy += (x - mx) * (y - my);
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}
