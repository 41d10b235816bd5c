//! What a goal's own numbers say about each other: target and direction, and the baseline as a person named it.

use super::super::Plan;
use super::super::outlook::Counting;
use super::{Letter, Level, Verdict, verdict};
use crate::goal::TargetKind;
use crate::goal::wording::Writing;
use crate::metric::Combine;
use crate::phrase::Phrase;

/// Share by which a baseline that a person names may be off before it is doubted, and by which the sum of one season
/// may differ from that of the season before it.
const BASELINE_OFF: f64 = 0.2;

/// A plan, and what its person said of it.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub plan: &'a Plan,
    pub writing: Writing,
    /// How the metric's days make a period.
    pub combine: Combine,
    /// Where it stands today, as the person said.
    pub stated: Option<f64>,
}

/// Verdicts on a plan's own numbers; none when they fit together.
///
/// `target_against_direction`: the target is worse than where it stands, of a sum by more than a season may bring.
/// `baseline_differs`: the person named another
/// starting point than the figures do, by more than 20 %. `counted_each_day`: of a month's visitors, who comes on two
/// days counts twice.
pub fn said(said: &Said) -> Vec<Verdict> {
    let Said { plan, writing, .. } = *said;
    let mut found = Vec::new();
    let known = plan.baseline.known();
    if let Some(measured) = known
        && plan.target_kind == TargetKind::Absolute
        && measured != plan.target_value
        && plan.better.meets(measured, plan.target_value)
        && (!of_a_season(plan.counting)
            || (measured - plan.target_value).abs() > BASELINE_OFF * measured.abs())
    {
        let phrase = Phrase::new("target_against_direction")
            .with("baseline", writing.value(measured))
            .with("target", writing.value(plan.target_value));
        found.push(verdict(Letter::Achievable, Level::Warning, phrase));
    }
    if let (Some(measured), Some(stated)) = (known, said.stated)
        && (stated - measured).abs() > BASELINE_OFF * measured.abs()
    {
        let phrase = Phrase::new("baseline_differs")
            .with("stated", writing.value(stated))
            .with("measured", writing.value(measured));
        found.push(verdict(Letter::Measurable, Level::Warning, phrase));
    }
    if matches!(plan.counting, Counting::Rolling(_)) && said.combine == Combine::Whole {
        found.push(verdict(Letter::Measurable, Level::Advice, Phrase::new("counted_each_day")));
    }
    found
}

/// Whether the period before it is another season, and not where the number stands.
fn of_a_season(counting: Counting) -> bool {
    matches!(counting, Counting::Sum | Counting::Weeks { .. })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::{Baseline, Rolling};
    use crate::metric::{Better, Nature};

    fn codes(better: Better, from: f64, to: f64, stated: Option<f64>) -> Vec<&'static str> {
        codes_of(Counting::Rolling(Rolling::Month), better, (from, to), stated)
    }

    fn codes_of(
        counting: Counting,
        better: Better,
        (from, to): (f64, f64),
        stated: Option<f64>,
    ) -> Vec<&'static str> {
        let days = if from == 0.0 { 0 } else { 30 };
        let plan = Plan {
            counting,
            better,
            baseline: Baseline { value: from, from: date(2026, 3, 2), to: date(2026, 3, 31), days },
            target_kind: TargetKind::Absolute,
            target_input: to,
            target_value: to,
            start: date(2026, 4, 1),
            deadline: date(2026, 9, 30),
        };
        let writing = Writing { nature: Nature::Flow, currency: None };
        let all = said(&Said { plan: &plan, writing, combine: Combine::Sum, stated });
        all.iter().map(Verdict::code).collect()
    }

    #[test]
    fn a_target_on_the_wrong_side_of_today_is_told() {
        assert_eq!(codes(Better::More, 70_000.0, 80_000.0, None), Vec::<&str>::new());
        assert_eq!(codes(Better::More, 90_000.0, 80_000.0, None), ["target_against_direction"]);
        assert_eq!(codes(Better::Less, 70_000.0, 80_000.0, None), ["target_against_direction"]);
        assert_eq!(codes(Better::Less, 90_000.0, 80_000.0, None), Vec::<&str>::new());
        assert_eq!(codes(Better::More, 0.0, 80_000.0, None), Vec::<&str>::new());
    }

    #[test]
    fn the_sum_of_a_quieter_season_may_be_smaller_than_the_one_before() {
        let sum = |to| codes_of(Counting::Sum, Better::More, (7_821.0, to), None);
        assert_eq!(sum(7_640.0), Vec::<&str>::new());
        assert_eq!(sum(6_000.0), ["target_against_direction"]);
    }

    #[test]
    fn a_baseline_that_the_figures_do_not_know_is_doubted_from_a_fifth_on() {
        let stated = |stated| codes(Better::More, 70_000.0, 80_000.0, Some(stated));
        assert_eq!(stated(70_000.0), Vec::<&str>::new());
        assert_eq!(stated(84_000.0), Vec::<&str>::new());
        assert_eq!(stated(84_001.0), ["baseline_differs"]);
        assert_eq!(stated(50_000.0), ["baseline_differs"]);
        // Without figures there is nothing to compare with.
        assert_eq!(codes(Better::More, 0.0, 80_000.0, Some(70_000.0)), Vec::<&str>::new());
    }
}
