//! Were past probabilities right? Brier score and reliability of stored forecasts.

/// Forecasts of one tenth of the scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Probabilities from here …
    pub from: f64,
    /// … to here, which belongs to the next bin except in the last.
    pub to: f64,
    pub count: usize,
    /// Mean of the probabilities; the middle of the bin when there are none.
    pub forecast: f64,
    /// Share of them that came true; `None` without any.
    pub reached: Option<f64>,
}

/// How good past probabilities were.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    pub count: usize,
    /// Mean of (probability − outcome)²: 0 is perfect, 0.25 is what always saying 50 % gets.
    pub brier: f64,
    /// What always saying the share that was reached would get.
    pub reference: f64,
    /// 1 − brier/reference; `None` when everything or nothing was reached.
    pub skill: Option<f64>,
    /// Mean over the forecasts of |share reached − forecast| of their bin.
    pub error: f64,
    pub bins: [Bin; 10],
}

/// From pairs of a probability in [0, 1] and whether it came true. `None` without any.
///
/// Source: Brier (1950), Mon. Weather Rev. 78:1–3; Murphy (1973), J. Appl. Meteor. 12:595–600.
pub fn calibration(past: &[(f64, bool)]) -> Option<Calibration> {
    if past.is_empty() {
        return None;
    }
    let count = past.len() as f64;
    let outcome = |reached: bool| if reached { 1.0 } else { 0.0 };
    let brier =
        past.iter().map(|(p, reached)| (p - outcome(*reached)).powi(2)).sum::<f64>() / count;
    let base = past.iter().filter(|(_, reached)| *reached).count() as f64 / count;
    let reference = base * (1.0 - base);
    let mut error = 0.0;
    let bins = std::array::from_fn(|index| {
        let (from, to) = (index as f64 / 10.0, (index + 1) as f64 / 10.0);
        let inside = || past.iter().filter(|(p, _)| ((p * 10.0) as usize).min(9) == index);
        let number = inside().count();
        let forecast = inside().map(|(p, _)| p).sum::<f64>() / number.max(1) as f64;
        let hits = inside().filter(|(_, reached)| *reached).count() as f64 / number.max(1) as f64;
        error += (hits - forecast).abs() * number as f64 / count;
        Bin {
            from,
            to,
            count: number,
            forecast: if number == 0 { f64::midpoint(from, to) } else { forecast },
            reached: (number > 0).then_some(hits),
        }
    });
    Some(Calibration {
        count: past.len(),
        brier,
        reference,
        skill: (reference > 0.0).then(|| 1.0 - brier / reference),
        error,
        bins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_worked_out_by_hand() {
        // (0.2)² + (0.4)² + (0.9)² + 0 = 0.04 + 0.16 + 0.81 + 0 = 1.01; / 4 = 0.2525.
        let found =
            calibration(&[(0.8, true), (0.6, true), (0.9, false), (0.0, false)]).expect("some");
        assert!((found.brier - 0.2525).abs() < 1e-12);
        assert!((found.reference - 0.25).abs() < 1e-12);
        assert!((found.skill.expect("both") + 0.01).abs() < 1e-12);
        assert_eq!(found.bins[9].reached, Some(0.0));
        assert_eq!((found.bins[8].count, found.bins[8].reached), (1, Some(1.0)));
        assert_eq!((found.bins[3].count, found.bins[3].reached), (0, None));
        // 1 · 0.2 + 1 · 0.4 + 1 · 0.9 + 0, over 4.
        assert!((found.error - 0.375).abs() < 1e-12);
        assert_eq!(calibration(&[]), None);
        assert_eq!(calibration(&[(1.0, true)]).expect("one").skill, None);
    }
}
