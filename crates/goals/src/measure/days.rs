//! A subject's days, and its value over a period.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use luotsi_marketing::metric::{Combine, DayValue, Function, Plan, Weight};

use super::read::{Cells, Found, Key, Part, Reading};
use super::source::{Pick, Source};
use super::{MeasureError, Measuring, Subject};

/// The days of each slice.
pub(super) type Days = BTreeMap<Key, DayValue>;

impl Measuring<'_> {
    /// The days of a subject from one local day of the site to another, both included, in order.
    ///
    /// - A day without figures is absent. Of events it is zero, of observations ([`Subject::observed`])
    ///   unknown.
    /// - `numerator` and `denominator` are in the metric's unit, money in the currency's unit. Where days
    ///   do not add up ([`Combine::Whole`]: visitors, medians, SQL) the numerator is the day's value and the
    ///   denominator 1.
    /// - Where versions of a metric put days together differently, older days are told in the newest way:
    ///   their value, with a denominator of 1.
    /// - Today is measured as far as it has come. A day has the same figures in every range, so that single
    ///   days can be measured again.
    /// - A level (followers) has a day for each on which any of it was read; parts not read that day stand
    ///   where they stood, for a quarter of a year.
    /// - In a ratio of observed and counted figures (cost per lead) a reading stands for the days since the
    ///   one before it: days from the first reading to the last one are there, with zero where nothing was
    ///   read.
    ///
    /// # Errors
    /// [`MeasureError::Invalid`] for filters that do not go with the metric, and whatever reading meets.
    pub async fn days(
        &self,
        subject: &Subject,
        from: Date,
        to: Date,
    ) -> Result<Vec<DayValue>, MeasureError> {
        let combine = subject.combine();
        let mut days = Vec::new();
        for (from, to, stretch) in subject.within(from, to) {
            let reading = Reading { subject, from, to, daily: true, dimension: None, most: None };
            let measured = self.plan_days(&stretch.plan, &reading).await?;
            let of_stretch = stretch.plan.combine;
            days.extend(
                measured
                    .into_iter()
                    .filter_map(|((_, slice), day)| slice.is_none().then_some(day))
                    .filter_map(|day| told_as(day, of_stretch, combine)),
            );
        }
        Ok(days)
    }

    /// The value over the days from one to another, both included; `None` without figures.
    ///
    /// Exact: where days do not add up the period is measured as a whole. Only where the definition changed
    /// within the period it is the mean of such days.
    pub async fn value(
        &self,
        subject: &Subject,
        from: Date,
        to: Date,
    ) -> Result<Option<f64>, MeasureError> {
        let combine = subject.combine();
        if let (Combine::Whole, [(_, _, stretch)]) = (combine, subject.within(from, to).as_slice())
        {
            let reading = Reading { subject, from, to, daily: false, dimension: None, most: None };
            let measured = self.plan_days(&stretch.plan, &reading).await?;
            return Ok(measured.into_values().next().map(|whole| whole.numerator));
        }
        Ok(combine.of(&self.days(subject, from, to).await?))
    }

    /// What a plan says of each day and slice.
    pub(super) async fn plan_days(
        &self,
        plan: &Plan,
        reading: &Reading<'_>,
    ) -> Result<Days, MeasureError> {
        let found = self.plans_days(&[(plan, *reading)]).await?.pop();
        Ok(found.unwrap_or_else(|| Ok(Days::new()))?)
    }

    /// What each plan says of each day and slice, read together.
    pub(super) async fn plans_days(
        &self,
        asked: &[(&Plan, Reading<'_>)],
    ) -> Result<Vec<Found<Days>>, MeasureError> {
        let parts: Vec<Vec<Part<'_>>> =
            asked.iter().map(|(plan, reading)| parts(plan, *reading)).collect();
        let all: Vec<Part<'_>> = parts.iter().flatten().cloned().collect();
        let mut read = self.read(&all).await?.into_iter();
        let mut found = Vec::with_capacity(asked.len());
        for ((plan, _), parts) in asked.iter().zip(&parts) {
            let cells: Vec<Found<Cells>> = read.by_ref().take(parts.len()).collect();
            found.push(match cells.into_iter().collect::<Found<Vec<Cells>>>() {
                Ok(cells) => Ok(self.put_together(plan, parts, &cells).await?),
                Err(invalid) => Err(invalid),
            });
        }
        Ok(found)
    }

    /// A plan's days from what was read for it.
    async fn put_together(
        &self,
        plan: &Plan,
        parts: &[Part<'_>],
        cells: &[Cells],
    ) -> Result<Days, MeasureError> {
        let (([above], [one]) | ([above, _], [one, _])) = (cells, parts) else {
            return Ok(Days::new());
        };
        if plan.weight.is_none() {
            let day = |(key, cell): (&Key, &Vec<Option<f64>>)| {
                let value = cell.first().copied().flatten()?;
                Some((key.clone(), plan.day(key.0, value, None)))
            };
            return Ok(above.iter().filter_map(day).collect());
        }
        let (Some(under), Some(other)) = (cells.get(1), parts.get(1)) else {
            let both = above.iter().map(|(key, cell)| (key.clone(), cell[0], cell[1]));
            return Ok(both.filter_map(|cell| joined(plan, cell)).collect());
        };
        let span = match (one.source.is_observed(), other.source.is_observed()) {
            (true, false) => self.span(&one.source, above, &one.reading).await?,
            (false, true) => self.span(&other.source, under, &other.reading).await?,
            _ => Some((one.reading.from, one.reading.to)),
        };
        let Some((first, last)) = span else { return Ok(Days::new()) };
        let keys: BTreeSet<&Key> = above.keys().chain(under.keys()).collect();
        let of = |cells: &Cells, key: &Key| cells.get(key)?.first().copied().flatten();
        let cells = keys
            .into_iter()
            .filter(|(day, _)| first <= *day && *day <= last)
            .map(|key| (key.clone(), of(above, key), of(under, key)));
        Ok(cells.filter_map(|cell| joined(plan, cell)).collect())
    }

    /// The days that readings speak for: from the first one (or the start, if there was one before) to the last.
    async fn span(
        &self,
        source: &Source,
        cells: &Cells,
        reading: &Reading<'_>,
    ) -> Result<Option<(Date, Date)>, MeasureError> {
        let days = cells.keys().map(|(day, _)| *day);
        let (Some(first), Some(last)) = (days.clone().min(), days.max()) else { return Ok(None) };
        let earlier = self.was_read_before(source, reading).await?;
        Ok(Some((if earlier { reading.from } else { first }, last)))
    }
}

/// What has to be read for a plan: its value and its weight, as one where they are of one source.
fn parts<'a>(plan: &Plan, reading: Reading<'a>) -> Vec<Part<'a>> {
    let (source, pick) = Source::of(&plan.value);
    let Some(Weight::Times(below) | Weight::Over(below)) = &plan.weight else {
        return vec![Part { source, picks: vec![pick], reading }];
    };
    let (below, mut below_pick) = Source::of(below);
    if source != below {
        let below = Part { source: below, picks: vec![below_pick], reading };
        return vec![Part { source, picks: vec![pick], reading }, below];
    }
    // A mean of a property is of those values that are numbers.
    if below_pick == Pick::Carrying && matches!(pick, Pick::Function(_)) {
        below_pick = Pick::Function(Function::Count);
    }
    vec![Part { source, picks: vec![pick, below_pick], reading }]
}

/// A day from its value and its weight; what was not counted is zero.
fn joined(
    plan: &Plan,
    (key, value, weight): (Key, Option<f64>, Option<f64>),
) -> Option<(Key, DayValue)> {
    let (value, weight) = match (&plan.weight, value, weight) {
        (Some(Weight::Times(_)), Some(value), Some(weight)) => (value, weight),
        (Some(Weight::Times(_)), ..) | (_, None, None) => return None,
        (_, value, weight) => (value.unwrap_or(0.0), weight.unwrap_or(0.0)),
    };
    let day = plan.day(key.0, value, Some(weight));
    Some((key, day))
}

/// A day of one way of putting days together, told in another.
fn told_as(day: DayValue, of: Combine, told: Combine) -> Option<DayValue> {
    match (of, told) {
        (Combine::Ratio { scale: own }, Combine::Ratio { scale }) => {
            Some(DayValue { numerator: day.numerator * own / scale, ..day })
        }
        (of, told) if of == told => Some(day),
        (of, told) => {
            let value = day.value(of)?;
            let scale = if let Combine::Ratio { scale } = told { scale } else { 1.0 };
            Some(DayValue { numerator: value / scale, denominator: 1.0, ..day })
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_of_an_older_version_are_told_in_the_newest_way() {
        let day = DayValue { day: date(2026, 4, 1), numerator: 5.0, denominator: 10.0 };
        let percent = Combine::Ratio { scale: 100.0 };
        let told = |of, as_| told_as(day, of, as_).and_then(|day| day.value(as_));
        assert_eq!(told(percent, percent), Some(50.0));
        assert_eq!(told(Combine::Ratio { scale: 1.0 }, percent), Some(0.5));
        assert_eq!(told(percent, Combine::Sum), Some(50.0));
        assert_eq!(told(Combine::Sum, percent), Some(5.0));
    }
}
