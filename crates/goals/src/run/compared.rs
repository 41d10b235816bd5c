//! The course of a metric as it is compared with another one's.

use jiff::ToSpan as _;
use luotsi_marketing::goal::lint::Figures;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::metric::DayValue;

use super::{absent_is_zero, every_days, filled};
use crate::measure::Resolved;

/// As [`Figures`], of days of its own.
pub(super) struct Compared {
    pub(super) days: Vec<DayValue>,
    pub(super) every_days: i64,
    pub(super) counting: Counting,
}

impl Compared {
    pub(super) fn figures(&self) -> Figures<'_> {
        Figures { days: &self.days, every_days: self.every_days, counting: self.counting }
    }
}

/// The days of a metric that are over, each with its value, as they are compared with another one's.
pub(super) fn compared(resolved: &Resolved, counting: Counting, days: &[DayValue]) -> Compared {
    let today = resolved.subject.site.today();
    let counting = match counting {
        Counting::Ratio { .. } => Counting::Mean,
        counting => counting,
    };
    let mut values = counting.figures(days, resolved.combine);
    values.retain(|day| day.day < today);
    let absent_is_zero = absent_is_zero(resolved, counting);
    let values = filled(&values, today.saturating_sub(1.day()), absent_is_zero);
    let every_days = if resolved.observed() { every_days(&values) } else { 1 };
    Compared { days: values, every_days, counting }
}
