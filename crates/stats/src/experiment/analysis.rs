//! A whole experiment: every arm against the first, judged three ways, with one verdict.

use super::ExperimentError;
use super::bayes::{BetaComparison, DEFAULT_PRIOR, Posterior, Prior, beta_binomial};
use super::effect::{Effect, Scale, effect as effect_of};
use super::fixed::{Alternative, Judgement, non_inferiority, welch};
use super::metric::{Estimate, Metric};
use super::multiple::holm;
use super::sample_ratio::{SampleRatio, sample_ratio};
use super::sequential::{DEFAULT_TUNING, always_valid};
use super::verdict::{Shown, Verdict, wait};

/// One arm as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Its name, used in the verdict.
    pub name: String,
    /// Its sums.
    pub metric: Metric,
    /// Planned share of units, on any positive scale.
    pub weight: f64,
}

/// How to judge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// Relative lift or absolute difference.
    pub scale: Scale,
    /// Two-sided α, in (0, 1).
    pub alpha: f64,
    /// Direction of the fixed-horizon test.
    pub alternative: Alternative,
    /// Units at which the confidence sequence is tightest.
    pub tuning: f64,
    /// Prior on the relative lift; rescaled by the first arm's mean for absolute differences. `None`
    /// lets the data speak alone.
    pub prior: Option<Prior>,
    /// False where less is better.
    pub higher_is_better: bool,
    /// Effects smaller than this do not matter, on the scale. 0 when not said.
    pub smallest_relevant: f64,
    /// Margin of a non-inferiority test, on the scale, > 0.
    pub margin: Option<f64>,
    /// Days the experiment has run.
    pub days: Option<f64>,
}

impl Default for Design {
    fn default() -> Self {
        Self {
            scale: Scale::Relative,
            alpha: 0.05,
            alternative: Alternative::TwoSided,
            tuning: DEFAULT_TUNING,
            prior: Some(DEFAULT_PRIOR),
            higher_is_better: true,
            smallest_relevant: 0.0,
            margin: None,
            days: None,
        }
    }
}

/// One arm against the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The arm's name.
    pub arm: String,
    /// (B − A)/|A|; NaN when the first arm's mean is zero (absolute scale only).
    pub relative_lift: f64,
    /// B − A.
    pub absolute_lift: f64,
    /// The difference on the chosen scale.
    pub effect: Effect,
    /// The difference in the metric's own unit.
    pub absolute: Effect,
    /// Welch's test.
    pub fixed: Judgement,
    /// Fixed-horizon p-value after Holm over the arms.
    pub adjusted_p_value: f64,
    /// Right at every look, for large samples: interval and p-value on the chosen scale.
    pub sequential: Judgement,
    /// Right at every look also for skewed revenue and few conversions: the always-valid p-value of
    /// the absolute difference. "No difference" is the same claim on both scales, but the relative
    /// interval is drawn too narrow while the first arm's mean is known badly. Verdicts use this one.
    pub decision_p_value: f64,
    /// What to believe.
    pub posterior: Posterior,
    /// Exact counterpart for proportions: uniform prior on both rates.
    pub beta: Option<BetaComparison>,
    /// Non-inferiority, when a margin was given.
    pub non_inferiority: Option<Judgement>,
}

/// What an experiment says.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Every arm's own estimate.
    pub estimates: Vec<Estimate>,
    /// One for each arm against the first.
    pub comparisons: Vec<Comparison>,
    /// `None` when an arm expects fewer than 8 units.
    pub sample_ratio: Option<SampleRatio>,
    /// The decision.
    pub verdict: Verdict,
}

/// Fewer conversions than this in an arm and the large-sample methods are not trusted.
pub const FEWEST_CONVERSIONS: u32 = 10;

/// Analyses `arms`; the first is the one that others are compared with.
pub fn analyse(arms: &[Arm], design: &Design) -> Result<Analysis, ExperimentError> {
    check(arms, design)?;
    let estimates =
        arms.iter().map(|arm| arm.metric.estimate(&arm.name)).collect::<Result<Vec<_>, _>>()?;
    let mut comparisons = arms
        .iter()
        .zip(&estimates)
        .skip(1)
        .map(|(arm, estimate)| compare((&arms[0], &estimates[0]), (arm, estimate), design))
        .collect::<Result<Vec<_>, _>>()?;
    let p_values: Vec<f64> = comparisons.iter().map(|c| c.fixed.p_value).collect();
    for (comparison, adjusted) in comparisons.iter_mut().zip(holm(&p_values)) {
        comparison.adjusted_p_value = adjusted;
    }
    let units: Vec<f64> = arms.iter().map(|arm| arm.metric.n()).collect();
    let weights: Vec<f64> = arms.iter().map(|arm| arm.weight).collect();
    let sample_ratio = sample_ratio(&units, &weights);
    let verdict = decide(arms, &comparisons, sample_ratio, design);
    Ok(Analysis { estimates, comparisons, sample_ratio, verdict })
}

fn check(arms: &[Arm], design: &Design) -> Result<(), ExperimentError> {
    if arms.len() < 2 {
        return Err(ExperimentError::TooFewArms(arms.len()));
    }
    super::open_share("alpha", design.alpha)?;
    let positive = |name, value: f64| {
        if value > 0.0 && value.is_finite() {
            Ok(())
        } else {
            Err(ExperimentError::Setting { name, range: "above zero", value })
        }
    };
    positive("tuning", design.tuning)?;
    design
        .prior
        .map_or(Ok(()), |prior| positive("prior standard deviation", prior.standard_deviation))?;
    design.margin.map_or(Ok(()), |margin| positive("margin", margin))?;
    for arm in arms {
        if !(arm.weight >= 0.0 && arm.weight.is_finite()) {
            return Err(ExperimentError::Setting {
                name: "weight",
                range: "zero or more",
                value: arm.weight,
            });
        }
    }
    Ok(())
}

fn compare(
    (control_arm, control): (&Arm, &Estimate),
    (arm, estimate): (&Arm, &Estimate),
    design: &Design,
) -> Result<Comparison, ExperimentError> {
    let effect = effect_of(control, estimate, design.scale)?;
    let prior = design.prior.map(|prior| match design.scale {
        Scale::Relative => prior,
        Scale::Absolute if control.unadjusted_mean == 0.0 => prior,
        Scale::Absolute => prior.in_units_of(control.unadjusted_mean),
    });
    let absolute_lift = estimate.mean - control.mean;
    let absolute = effect_of(control, estimate, Scale::Absolute)?;
    let beta = match (control_arm.metric, arm.metric) {
        (
            Metric::Proportion { n: na, converted: a },
            Metric::Proportion { n: nb, converted: b },
        ) => Some(beta_binomial((a, na), (b, nb), (1.0, 1.0))?),
        _ => None,
    };
    Ok(Comparison {
        arm: arm.name.clone(),
        relative_lift: absolute_lift / control.unadjusted_mean.abs(),
        absolute_lift,
        fixed: welch(&effect, design.alpha, design.alternative),
        adjusted_p_value: f64::NAN,
        sequential: always_valid(&effect, design.alpha, design.tuning),
        decision_p_value: always_valid(&absolute, design.alpha, design.tuning).p_value,
        posterior: Posterior::of(&effect, prior),
        beta,
        non_inferiority: design
            .margin
            .map(|margin| non_inferiority(&effect, margin, design.alpha, design.higher_is_better)),
        effect,
        absolute,
    })
}

/// Decides by the always-valid p-values (Holm over the arms), so that the answer may be read daily.
fn decide(
    arms: &[Arm],
    comparisons: &[Comparison],
    sample_ratio: Option<SampleRatio>,
    design: &Design,
) -> Verdict {
    if let Some(test) = sample_ratio.filter(SampleRatio::mismatch) {
        return Verdict::BrokenAssignment { p_value: test.p_value };
    }
    let few = |arm: &Arm| {
        matches!(arm.metric, Metric::Proportion { n, converted }
            if converted.min(n - converted) < f64::from(FEWEST_CONVERSIONS))
    };
    if arms.iter().any(few) {
        return Verdict::TooFew { needed: FEWEST_CONVERSIONS };
    }
    let sequential: Vec<f64> = comparisons.iter().map(|c| c.decision_p_value).collect();
    let adjusted = holm(&sequential);
    let shown: Vec<Shown> = comparisons.iter().map(|c| show(c, design)).collect();
    let order = |&a: &usize, &b: &usize| shown[a].gain().total_cmp(&shown[b].gain());
    let sure = |index: &usize| adjusted[*index] < design.alpha;
    let all = || 0..comparisons.len();
    let named = |index: usize| (comparisons[index].arm.clone(), shown[index]);
    if let Some(best) = all().filter(sure).filter(|&i| shown[i].gain() > 0.0).max_by(order) {
        let (arm, effect) = named(best);
        return Verdict::Better { arm, effect };
    }
    let best = all().max_by(order).unwrap_or(0);
    let (arm, effect) = named(best);
    if all().all(|i| sure(&i)) {
        return Verdict::Worse { arm, effect };
    }
    let comparison = &comparisons[best];
    if comparison.non_inferiority.is_some_and(|test| test.p_value < design.alpha) {
        return Verdict::NotInferior { arm, effect };
    }
    let limit = design.smallest_relevant;
    if effect.low > -limit && effect.high < limit {
        return Verdict::NoRelevantDifference { arm, effect };
    }
    let Effect { estimate, standard_error, n, .. } = comparison.absolute;
    let unit =
        if design.scale == Scale::Relative { (estimate / effect.estimate).abs() } else { 1.0 };
    let target = estimate.abs().max(if unit.is_finite() { limit * unit } else { 0.0 });
    let wait =
        wait(target, standard_error.powi(2) * n, n, design.days, design.alpha, design.tuning);
    Verdict::CannotTellYet { arm, effect, wait }
}

fn show(comparison: &Comparison, design: &Design) -> Shown {
    Shown {
        estimate: comparison.effect.estimate,
        low: comparison.sequential.interval.low,
        high: comparison.sequential.interval.high,
        relative: design.scale == Scale::Relative,
        higher_is_better: design.higher_is_better,
    }
}

#[cfg(test)]
mod tests {
    use super::super::metric::Moments;
    use super::*;
    use crate::distribution::normal_survival;
    use proptest::prelude::*;

    fn arm(name: &str, converted: f64, n: f64) -> Arm {
        Arm { name: name.to_owned(), metric: Metric::Proportion { n, converted }, weight: 1.0 }
    }

    fn close(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
    }

    /// The worked example of the statistics notes: 1000/10000 against 1080/10000.
    #[test]
    fn the_worked_example_is_judged_as_computed_elsewhere() {
        let arms = [arm("A", 1000.0, 10_000.0), arm("B", 1080.0, 10_000.0)];
        let answer = analyse(&arms, &Design::default()).unwrap();
        let b = &answer.comparisons[0];
        close(b.relative_lift, 0.08, 1e-12);
        close(b.fixed.p_value, 0.0746, 5e-5);
        close(b.fixed.interval.low, -0.0079, 5e-5);
        close(b.fixed.interval.high, 0.1679, 5e-5);
        close(b.sequential.interval.low, -0.06, 5e-4);
        close(b.sequential.interval.high, 0.22, 5e-4);
        close(b.posterior.chance_to_win(), 0.96108, 5e-6);
        close(b.posterior.mean, 0.07825, 5e-6);
        close(b.posterior.interval(0.05).low, -0.0087, 5e-5);
        close(b.posterior.interval(0.05).high, 0.1652, 5e-5);
        assert_eq!(answer.verdict.code(), "cannot_tell_yet");
    }

    #[test]
    fn a_broken_assignment_silences_every_other_verdict() {
        let arms = [arm("A", 1000.0, 10_000.0), arm("B", 2000.0, 11_000.0)];
        let answer = analyse(&arms, &Design::default()).unwrap();
        assert_eq!(answer.verdict.code(), "broken_assignment");
    }

    #[test]
    fn the_best_of_several_arms_wins() {
        let arms =
            [arm("A", 1000.0, 20_000.0), arm("B", 1400.0, 20_000.0), arm("C", 1700.0, 20_000.0)];
        let answer = analyse(&arms, &Design::default()).unwrap();
        assert!(matches!(&answer.verdict, Verdict::Better { arm, .. } if arm == "C"));
    }

    #[test]
    fn a_cost_that_falls_is_better() {
        let arms = [arm("A", 1700.0, 20_000.0), arm("B", 1000.0, 20_000.0)];
        let less = Design { higher_is_better: false, ..Design::default() };
        assert_eq!(analyse(&arms, &less).unwrap().verdict.code(), "better");
        assert_eq!(analyse(&arms, &Design::default()).unwrap().verdict.code(), "worse");
    }

    #[test]
    fn equal_arms_of_many_units_make_no_difference() {
        let arms = [arm("A", 100_000.0, 1_000_000.0), arm("B", 100_050.0, 1_000_000.0)];
        let design = Design { smallest_relevant: 0.05, ..Design::default() };
        assert_eq!(analyse(&arms, &design).unwrap().verdict.code(), "no_relevant_difference");
    }

    #[test]
    fn a_handful_of_conversions_is_not_judged() {
        let arms = [arm("A", 1.0, 1000.0), arm("B", 9.0, 1000.0)];
        assert_eq!(analyse(&arms, &Design::default()).unwrap().verdict.code(), "too_few");
    }

    #[test]
    fn one_arm_constant_arms_and_an_empty_baseline_are_refused() {
        let design = Design::default();
        assert_eq!(analyse(&[arm("A", 1.0, 9.0)], &design), Err(ExperimentError::TooFewArms(1)));
        let none = [arm("A", 0.0, 100.0), arm("B", 0.0, 100.0)];
        assert_eq!(analyse(&none, &design), Err(ExperimentError::Constant));
        let zero = [arm("A", 0.0, 100.0), arm("B", 5.0, 100.0)];
        assert_eq!(analyse(&zero, &design), Err(ExperimentError::NoBaseline));
        let absolute = Design { scale: Scale::Absolute, ..design };
        assert!(analyse(&zero, &absolute).is_ok());
    }

    #[test]
    fn non_inferiority_is_said_when_asked_for() {
        let arms = [arm("A", 10_000.0, 100_000.0), arm("B", 9_990.0, 100_000.0)];
        let design = Design { margin: Some(0.05), ..Design::default() };
        assert_eq!(analyse(&arms, &design).unwrap().verdict.code(), "not_inferior");
    }

    proptest! {
        #[test]
        fn intervals_hold_their_estimates_and_nothing_is_nan(
            na in 2u32..100_000, nb in 2u32..100_000, a in 0.0..1f64, b in 0.0..1f64, relative: bool,
        ) {
            let count = |n: u32, share: f64| (f64::from(n) * share).floor();
            let arms = [
                arm("A", count(na, a), f64::from(na)),
                arm("B", count(nb, b), f64::from(nb)),
            ];
            let scale = if relative { Scale::Relative } else { Scale::Absolute };
            let Ok(answer) = analyse(&arms, &Design { scale, ..Design::default() }) else { return Ok(()) };
            let c = &answer.comparisons[0];
            prop_assert!(c.fixed.interval.contains(c.effect.estimate));
            prop_assert!(c.sequential.interval.contains(c.effect.estimate));
            prop_assert!(c.posterior.interval(0.05).contains(c.posterior.mean));
            // Peeking costs: the always-valid answer is the more careful one.
            let normal = 2.0 * normal_survival((c.effect.estimate / c.effect.standard_error).abs());
            prop_assert!(c.sequential.p_value >= normal);
            let beta = c.beta.unwrap();
            prop_assert!((0.0..=1.0).contains(&beta.chance_to_win));
            for value in [c.fixed.p_value, c.sequential.p_value, c.posterior.chance_to_win(),
                c.posterior.loss_of_arm(), beta.loss_of_arm, beta.loss_of_control] {
                prop_assert!(value.is_finite() && value >= 0.0);
            }
            prop_assert!(!answer.verdict.sentence().contains("NaN"));
        }

        #[test]
        fn money_in_cents_gives_the_lift_of_money_in_euros(
            values in prop::collection::vec((0.0..1e3f64, 0.0..1e3f64), 5..60),
        ) {
            let mean = |name: &str, values: Vec<f64>| Arm {
                name: name.to_owned(), metric: Metric::Mean(Moments::of(values)), weight: 1.0,
            };
            let arms = |unit: f64| [
                mean("A", values.iter().map(|v| v.0 * unit).collect()),
                mean("B", values.iter().map(|v| v.1 * unit).collect()),
            ];
            let design = Design::default();
            if let (Ok(euros), Ok(cents)) = (analyse(&arms(1.0), &design), analyse(&arms(100.0), &design)) {
                let (e, c) = (&euros.comparisons[0], &cents.comparisons[0]);
                prop_assert!((e.relative_lift - c.relative_lift).abs() < 1e-9 * (1.0 + e.relative_lift.abs()));
                prop_assert!((e.fixed.p_value - c.fixed.p_value).abs() < 1e-7);
            }
        }

        #[test]
        // A hundred conversions or more, and half as many again at most: beyond, the error of a ratio grows
        // faster than the ratio.
        fn more_conversions_never_lower_the_chance_to_win(
            n in 2_000u32..50_000, share in 0.05..0.5f64, more in 1u32..50,
        ) {
            let base = (f64::from(n) * share).floor();
            let chance = |extra: u32| {
                let arms = [arm("A", base, f64::from(n)), arm("B", base + f64::from(extra), f64::from(n))];
                analyse(&arms, &Design::default()).unwrap().comparisons[0].posterior.chance_to_win()
            };
            prop_assert!(chance(more) >= chance(more - 1));
        }
    }
}
