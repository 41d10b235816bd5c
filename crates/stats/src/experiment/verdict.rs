//! What an experiment says, in words.

use super::sequential::half_width;

/// More days than this are as good as never.
const TOO_LONG_DAYS: f64 = 365.0;

/// The decision an experiment supports.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Units were not divided as planned: nothing else may be read from the numbers.
    BrokenAssignment { p_value: f64 },
    /// This arm is better than the first arm, whenever one looked.
    Better { arm: String, effect: Shown },
    /// Every other arm is worse than the first.
    Worse { arm: String, effect: Shown },
    /// The interval lies within the effects said not to matter.
    NoRelevantDifference { arm: String, effect: Shown },
    /// The arm is not worse than the first arm by more than the margin.
    NotInferior { arm: String, effect: Shown },
    /// So few conversions that no method can be trusted.
    TooFew { needed: u32 },
    /// Not yet.
    CannotTellYet { arm: String, effect: Shown, wait: Wait },
}

/// An effect as it is shown: estimate and interval, a relative lift or an absolute difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Estimate.
    pub estimate: f64,
    /// Lower end of the always-valid interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the numbers are shares of the first arm's mean.
    pub relative: bool,
    /// Whether more is better.
    pub higher_is_better: bool,
}

/// How much longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// Days at the present traffic.
    Days(f64),
    /// Times the present number of units, when the days so far are unknown.
    Times(f64),
    /// Longer than a year, or a hundred times the present units: the difference is too small.
    TooLong,
}

impl Verdict {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BrokenAssignment { .. } => "broken_assignment",
            Self::Better { .. } => "better",
            Self::Worse { .. } => "worse",
            Self::NoRelevantDifference { .. } => "no_relevant_difference",
            Self::NotInferior { .. } => "not_inferior",
            Self::TooFew { .. } => "too_few",
            Self::CannotTellYet { .. } => "cannot_tell_yet",
        }
    }

    /// One or two sentences a marketer understands.
    pub fn sentence(&self) -> String {
        match self {
            Self::BrokenAssignment { p_value } => format!(
                "Do not trust this result: visitors were not divided as planned (p = {p_value:.1e}). Find out why first."
            ),
            Self::Better { arm, effect } => {
                format!("{arm} is better: {}. It is safe to stop now.", effect.words())
            }
            Self::Worse { arm, effect } => {
                format!("{arm} is worse: {}. Keep the first arm.", effect.words())
            }
            Self::NoRelevantDifference { arm, effect } => {
                format!("{arm} makes no difference that matters: {}.", effect.words())
            }
            Self::NotInferior { arm, effect } => {
                format!("{arm} is not worse than allowed: {}.", effect.words())
            }
            Self::TooFew { needed } => {
                format!("Too few conversions to judge: at least {needed} in each arm are needed.")
            }
            Self::CannotTellYet { arm, effect, wait } => {
                let look =
                    if effect.gain() > 0.0 { "looks better" } else { "does not look better" };
                let wait = match wait {
                    Wait::Days(days) => {
                        format!("about {} more {}", days, if *days > 1.0 { "days" } else { "day" })
                    }
                    Wait::Times(times) => {
                        format!("about {times:.1} times as many visitors are needed")
                    }
                    Wait::TooLong => {
                        "at this size the difference would take more than a year to show".to_owned()
                    }
                };
                format!("Cannot tell yet: {wait}. {arm} {look} so far: {}.", effect.words())
            }
        }
    }
}

impl Shown {
    /// The estimate with the good direction positive.
    pub fn gain(&self) -> f64 {
        if self.higher_is_better { self.estimate } else { -self.estimate }
    }

    fn words(&self) -> String {
        let one = |value: f64| {
            let text = if self.relative {
                format!("{:+.1} %", 100.0 * value)
            } else {
                format!("{value:+.4}")
            };
            text.replace('-', "−")
        };
        format!("{} (between {} and {})", one(self.estimate), one(self.low), one(self.high))
    }
}

/// How much longer until the always-valid interval excludes zero, if the effect is `target` (> 0).
///
/// `unit_variance` is n·SE², which does not change as units come in; `n` counts both arms.
pub fn wait(
    target: f64,
    unit_variance: f64,
    n: f64,
    days: Option<f64>,
    alpha: f64,
    tuning: f64,
) -> Wait {
    let wide = |n: f64| half_width(unit_variance, n, alpha, tuning) > target;
    let mut high = n;
    while wide(high) {
        high *= 2.0;
        if high > 1e4 * n {
            return Wait::TooLong;
        }
    }
    let mut low = high / 2.0;
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if wide(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    let times = (high / n).max(1.0);
    match days {
        Some(days) if days > 0.0 => {
            let more = ((times - 1.0) * days).ceil().max(1.0);
            if more > TOO_LONG_DAYS { Wait::TooLong } else { Wait::Days(more) }
        }
        _ if times > 100.0 => Wait::TooLong,
        _ => Wait::Times(times),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(estimate: f64, low: f64, high: f64) -> Shown {
        Shown { estimate, low, high, relative: true, higher_is_better: true }
    }

    #[test]
    fn waiting_is_told_in_days() {
        let verdict = Verdict::CannotTellYet {
            arm: "B".to_owned(),
            effect: shown(0.08, -0.06, 0.22),
            wait: Wait::Days(9.0),
        };
        let expected = "Cannot tell yet: about 9 more days. B looks better so far: +8.0 % (between −6.0 % and +22.0 %).";
        assert_eq!(verdict.sentence(), expected);
    }

    #[test]
    fn the_interval_excludes_the_target_after_the_wait() {
        let Wait::Days(days) = wait(0.1, 4.0, 1000.0, Some(10.0), 0.05, 5000.0) else { panic!() };
        let n = 1000.0 * (10.0 + days) / 10.0;
        assert!(half_width(4.0, n, 0.05, 5000.0) <= 0.1);
        assert!(half_width(4.0, n - 200.0, 0.05, 5000.0) > 0.1);
    }

    #[test]
    fn a_hair_is_not_worth_waiting_for() {
        assert_eq!(wait(1e-9, 4.0, 1000.0, Some(10.0), 0.05, 5000.0), Wait::TooLong);
    }
}
