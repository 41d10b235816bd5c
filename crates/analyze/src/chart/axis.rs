//! Linear scales with round tick marks.

/// Maps values to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pixel_low: f64,
    pixel_high: f64,
}

impl Scale {
    /// A scale over the finite `values`, a little wider than they are, between two pixel positions.
    pub(super) fn over(values: impl Iterator<Item = f64>, pixels: (f64, f64), pad: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if high - low <= f64::EPSILON * low.abs() {
            let room = if low.abs() > 0.0 { low.abs() * 0.1 } else { 1.0 };
            (low, high) = (low - room, high + room);
        }
        let room = (high - low) * pad;
        Self { low: low - room, high: high + room, pixel_low: pixels.0, pixel_high: pixels.1 }
    }

    /// The pixel position of `value`, kept inside the axis.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.pixel_low + share * (self.pixel_high - self.pixel_low)
    }

    /// Four to ten round values inside the scale.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 6.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .iter()
            .map(|m| m * power)
            .find(|s| *s >= rough)
            .unwrap_or(power);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last.min(first + 20)).map(|index| index as f64 * step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::over([0.0, 97.0].into_iter(), (0.0, 100.0), 0.0);
        assert_eq!(scale.ticks(), vec![0.0, 20.0, 40.0, 60.0, 80.0]);
    }

    #[test]
    fn a_single_value_still_has_a_scale() {
        let scale = Scale::over([5.0].into_iter(), (0.0, 100.0), 0.0);
        assert!((scale.at(5.0) - 50.0).abs() < 1e-9);
    }
}
