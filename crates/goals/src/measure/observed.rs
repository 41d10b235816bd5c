//! Readings of a series put together: sums and means of a day, and levels that stand until they are read again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::metric::{Function, Narrowing, Spread};
use luotsi_store::observation::{Dimensions, Observation};
use serde_json::Value;

use super::read::{Cells, Key, Reading};
use super::source::{Pick, Source};
use super::{MeasureError, Measuring};

/// Days for which a level stands without being read again.
pub(crate) const STANDS_DAYS: i64 = 92;

impl Measuring<'_> {
    pub(super) async fn read_series(
        &self,
        series: &str,
        filters: &[Value],
        picks: &[Pick],
        reading: &Reading<'_>,
    ) -> Result<Cells, MeasureError> {
        let meant = meant(filters, reading)?;
        let workspace = &reading.subject.site.site.workspace_id;
        let within = self.store.observations(workspace, series, (reading.from, reading.to)).await?;
        let is_level =
            |pick: &Pick| matches!(pick, Pick::Function(Function::Last | Function::Change));
        let before = if picks.iter().any(is_level) {
            let since = reading.from.saturating_sub(STANDS_DAYS.days());
            self.store.observations_before(workspace, series, (since, reading.from)).await?
        } else {
            Vec::new()
        };
        let keep = |all: Vec<Observation>| all.into_iter().filter(&meant).collect::<Vec<_>>();
        Ok(cells(&keep(within), &keep(before), picks, reading))
    }

    /// Whether anything of the source was read before the reading's first day.
    pub(super) async fn was_read_before(
        &self,
        source: &Source,
        reading: &Reading<'_>,
    ) -> Result<bool, MeasureError> {
        let Source::Readings { series, filters } = source else { return Ok(false) };
        let meant = meant(filters, reading)?;
        let workspace = &reading.subject.site.site.workspace_id;
        let since = reading.from.saturating_sub(STANDS_DAYS.days());
        let before =
            self.store.observations_before(workspace, series, (since, reading.from)).await?;
        Ok(before.iter().any(meant))
    }
}

/// Whether a reading is of this site, and as the filters say.
fn meant<'a>(
    filters: &[Value],
    reading: &Reading<'a>,
) -> Result<impl Fn(&Observation) -> bool + use<'a>, MeasureError> {
    let narrowing = Narrowing::of(filters)?;
    let site = &reading.subject.site.site.id;
    Ok(move |one: &Observation| {
        one.reading.site_id.as_ref().is_none_or(|of| of == site)
            && narrowing.fits(&one.reading.dimensions)
    })
}

/// Readings by day and slice.
fn cells(
    within: &[Observation],
    before: &[Observation],
    picks: &[Pick],
    reading: &Reading<'_>,
) -> Cells {
    let slice = |one: &Observation| {
        let dimension = reading.dimension?;
        Narrowing::value(&one.reading.dimensions, dimension).map(str::to_owned)
    };
    // Of what is divided by a dimension, readings without it are nobody's.
    let known = |one: &&Observation| reading.dimension.is_none() || slice(one).is_some();
    let day = |one: &Observation| if reading.daily { one.reading.day } else { reading.from };
    let mut spreads: BTreeMap<Key, Spread> = BTreeMap::new();
    for one in within.iter().filter(known) {
        let spread = spreads.entry((day(one), slice(one))).or_default();
        spread.push(one.reading.value, one.reading.weight);
    }
    let is_level = |pick: &Pick| matches!(pick, Pick::Function(Function::Last | Function::Change));
    let levels = if picks.iter().any(is_level) {
        let is_mean = reading.subject.level_is_mean;
        let slices: BTreeSet<Option<String>> = within.iter().filter(known).map(slice).collect();
        let of_slice = |wanted: &Option<String>| {
            let own = |one: &&Observation| known(one) && slice(one) == *wanted;
            levels(within.iter().filter(own), before.iter().filter(own), is_mean)
        };
        let levels = slices.iter().flat_map(|slice| {
            let days = of_slice(slice).into_iter();
            // Without days the newest level is meant: later ones take the place of earlier ones.
            let key = |at| if reading.daily { at } else { reading.from };
            days.map(move |(at, level)| ((key(at), slice.clone()), level))
        });
        levels.collect()
    } else {
        BTreeMap::new()
    };
    let number = |key: &Key, spread: &mut Spread, pick: &Pick| match pick {
        pick if is_level(pick) => levels.get(key).copied(),
        Pick::Function(function) => spread.apply(*function),
        _ => None,
    };
    let row = |(key, mut spread): (Key, Spread)| {
        let numbers = picks.iter().map(|pick| number(&key, &mut spread, pick)).collect();
        (key, numbers)
    };
    spreads.into_iter().map(row).collect()
}

/// The level after each day with a reading: every part (set of dimensions) stands where it was read last.
fn levels<'a>(
    within: impl Iterator<Item = &'a Observation>,
    before: impl Iterator<Item = &'a Observation>,
    is_mean: bool,
) -> BTreeMap<Date, f64> {
    let mut parts: BTreeMap<&Dimensions, (Date, f64, f64)> = BTreeMap::new();
    let mut stand = |one: &'a Observation| {
        let reading = &one.reading;
        parts.insert(&reading.dimensions, (reading.day, reading.value, reading.weight));
        let oldest = reading.day.saturating_sub(STANDS_DAYS.days());
        let mut level = Spread::default();
        for (day, value, weight) in parts.values() {
            if *day >= oldest {
                level.push(*value, if is_mean { *weight } else { 1.0 });
            }
        }
        if is_mean { level.mean().unwrap_or(reading.value) } else { level.sum() }
    };
    before.for_each(|one| {
        stand(one);
    });
    within.map(|one| (one.reading.day, stand(one))).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use luotsi_store::observation::NewObservation;

    use super::*;

    fn reading(network: &str, day: Date, value: f64) -> Observation {
        let dimensions = [("network".to_owned(), network.to_owned())].into();
        let reading = NewObservation {
            series: "followers".to_owned(),
            dimensions,
            day,
            value,
            weight: 1.0,
            site_id: None,
        };
        let (source, noted_by) = ("manual".to_owned(), "aino@shop.example".to_owned());
        Observation { reading, source, noted_by, at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn a_level_stands_until_it_is_read_again_or_for_a_quarter_of_a_year() {
        let before = [reading("Instagram", date(2026, 1, 30), 900.0)];
        let within = [
            reading("Facebook", date(2026, 2, 3), 50.0),
            reading("Instagram", date(2026, 2, 5), 1_000.0),
            reading("Facebook", date(2026, 6, 1), 60.0),
        ];
        let sums = levels(within.iter(), before.iter(), false);
        assert_eq!(
            sums.into_iter().collect::<Vec<_>>(),
            [(date(2026, 2, 3), 950.0), (date(2026, 2, 5), 1_050.0), (date(2026, 6, 1), 60.0)]
        );
        let means = levels(within.iter(), before.iter(), true);
        assert_eq!(means[&date(2026, 2, 5)], 525.0);
    }
}
