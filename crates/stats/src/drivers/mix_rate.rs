//! A ratio's change over segments: how much each segment's own rate moved it, how much its weight.

use super::{DriversError, not_negative};

/// One segment's numerator and denominator in two periods (orders and visits of "mobile").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Numerator before; any finite number.
    pub numerator_before: f64,
    /// Denominator before, ≥ 0.
    pub denominator_before: f64,
    /// Numerator after; any finite number.
    pub numerator_after: f64,
    /// Denominator after, ≥ 0.
    pub denominator_after: f64,
}

/// What one segment contributed to the change of the total ratio, in the ratio's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// Because its own rate changed.
    pub rate: f64,
    /// Because its weight in the total changed.
    pub mix: f64,
}

/// Rate and mix effect of every segment; all together add up to R₁ − R₀.
///
/// With weights s, rates r and the total rate R: rate effect s̄·Δr, mix effect Δs·(r̄ − R̄), bars being
/// the mean of before and after. A segment absent in one period has no rate there: it is given the
/// rate of the other period, so its whole effect is mix.
///
/// Errors when a denominator is negative or a period has none at all.
pub fn contributions(segments: &[Segment]) -> Result<Vec<Contribution>, DriversError> {
    let (mut top_before, mut all_before, mut top_after, mut all_after) = (0.0, 0.0, 0.0, 0.0);
    for segment in segments {
        all_before += not_negative("a denominator", segment.denominator_before)?;
        all_after += not_negative("a denominator", segment.denominator_after)?;
        top_before += segment.numerator_before;
        top_after += segment.numerator_after;
    }
    if !(all_before > 0.0 && all_after > 0.0) {
        return Err(DriversError::Empty("a period has no denominator"));
    }
    let mean_rate = f64::midpoint(top_before / all_before, top_after / all_after);
    Ok(segments
        .iter()
        .map(|segment| {
            let share_before = segment.denominator_before / all_before;
            let share_after = segment.denominator_after / all_after;
            let (rate_before, rate_after) = rates(segment);
            Contribution {
                rate: f64::midpoint(share_before, share_after) * (rate_after - rate_before),
                mix: (share_after - share_before)
                    * (f64::midpoint(rate_before, rate_after) - mean_rate),
            }
        })
        .collect())
}

fn rates(segment: &Segment) -> (f64, f64) {
    let before = segment.numerator_before / segment.denominator_before;
    let after = segment.numerator_after / segment.denominator_after;
    match (segment.denominator_before > 0.0, segment.denominator_after > 0.0) {
        (true, true) => (before, after),
        (true, false) => (before, before),
        (false, true) => (after, after),
        (false, false) => (0.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(before: (f64, f64), after: (f64, f64)) -> Segment {
        Segment {
            numerator_before: before.0,
            denominator_before: before.1,
            numerator_after: after.0,
            denominator_after: after.1,
        }
    }

    /// Simpson's paradox by hand: both rates rise, the total falls from 3.4 % to 2.68 %.
    #[test]
    fn a_total_can_fall_while_every_segment_rises() {
        let parts = contributions(&[
            segment((40.0, 1000.0), (21.0, 500.0)),
            segment((11.0, 500.0), (46.0, 2000.0)),
        ])
        .unwrap();
        let rate: f64 = parts.iter().map(|p| p.rate).sum();
        let mix: f64 = parts.iter().map(|p| p.mix).sum();
        assert!(rate > 0.0 && mix < 0.0);
        assert!((rate + mix - (67.0 / 2500.0 - 51.0 / 1500.0)).abs() < 1e-12);
    }

    #[test]
    fn a_new_segment_is_pure_mix() {
        let parts = contributions(&[
            segment((5.0, 100.0), (5.0, 100.0)),
            segment((0.0, 0.0), (1.0, 100.0)),
        ])
        .unwrap();
        assert!(parts[1].rate.abs() < 1e-15);
        assert!((parts.iter().map(|p| p.rate + p.mix).sum::<f64>() - (0.03 - 0.05)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn effects_add_up_to_the_change(
            rows in prop::collection::vec((0.0..100f64, 1.0..1e4f64, 0.0..100f64, 1.0..1e4f64), 1..8),
        ) {
            let segments: Vec<Segment> =
                rows.iter().map(|&(a, b, c, d)| segment((a, b), (c, d))).collect();
            let parts = contributions(&segments).unwrap();
            let total = |f: fn(&Segment) -> f64| segments.iter().map(f).sum::<f64>();
            let change = total(|s| s.numerator_after) / total(|s| s.denominator_after)
                - total(|s| s.numerator_before) / total(|s| s.denominator_before);
            let sum: f64 = parts.iter().map(|p| p.rate + p.mix).sum();
            prop_assert!((sum - change).abs() < 1e-9 * (1.0 + change.abs()));
        }
    }
}
