//! Subjects divided by dimensions.

use std::collections::BTreeMap;

use jiff::civil::Date;
use luotsi_marketing::goal::drivers::{Dimension, Slice};
use luotsi_marketing::metric::{self, DayValue, Weight};
use luotsi_marketing::query::Metric;
use serde_json::json;

use super::read::{Cells, Found, Part, Reading};
use super::source::{Pick, Source};
use super::{MeasureError, Measuring, Subject};

/// A subject, and the dimension that it is divided by.
pub(crate) type Division<'a> = (&'a Subject, &'a str);

/// The values of a division that are read; `None` where all of them are few, or entered.
type Wanted = Option<Vec<String>>;

/// What is read of a division: all its values at once, or the one that is named.
struct Piece<'a> {
    division: usize,
    value: Option<String>,
    plan: metric::Plan,
    reading: Reading<'a>,
}

impl Measuring<'_> {
    /// The days of a subject for each of at most `most` values of a dimension (`visit:country`), the largest
    /// ones. Of a dimension with many values only those are read by day. What they leave of the whole is for the
    /// caller to see: `goal::drivers::drivers` makes it a row.
    ///
    /// Days are as [`Measuring::days`] gives them, absent ones included. Slices of what does not add up
    /// (visitors) do not add up either. Values are labelled as the query API shows them, so that
    /// `["is", dimension, [value]]` finds the slice again. Sales one by one (a median order) and funnels are read
    /// once for each value; SQL is not divided: there are no slices.
    ///
    /// # Errors
    /// [`MeasureError::Invalid`] when the metric cannot be divided by the dimension: whoever tries several
    /// dimensions goes on with the next.
    pub async fn slices(
        &self,
        subject: &Subject,
        dimension: &str,
        from: Date,
        to: Date,
        most: usize,
    ) -> Result<Dimension, MeasureError> {
        let found = self.slices_of(&[(subject, dimension)], (from, to), most).await?.pop();
        let nothing = || Dimension { name: dimension.to_owned(), slices: Vec::new() };
        Ok(found.unwrap_or_else(|| Ok(nothing()))?)
    }

    /// As [`Measuring::slices`], of several divisions: two passes over the days for all of them, not two for each.
    ///
    /// # Errors
    /// Whatever reading meets; a division that cannot be made is an error in its own place.
    pub(crate) async fn slices_of(
        &self,
        divisions: &[Division<'_>],
        (from, to): (Date, Date),
        most: usize,
    ) -> Result<Vec<Found<Dimension>>, MeasureError> {
        let wanted = self.wanted(divisions, (from, to), most).await?;
        let mut found: Vec<Found<BTreeMap<String, Vec<DayValue>>>> = Vec::new();
        let mut pieces = Vec::new();
        for (at, (wanted, division)) in wanted.into_iter().zip(divisions).enumerate() {
            found.push(wanted.map(|wanted| {
                pieces.extend(pieces_of(at, *division, wanted.as_deref(), (from, to)));
                BTreeMap::new()
            }));
        }
        let asked: Vec<_> = pieces.iter().map(|piece| (&piece.plan, piece.reading)).collect();
        let read = self.plans_days(&asked).await?;
        for (piece, days) in pieces.iter().zip(read) {
            let place = &mut found[piece.division];
            let Ok(by_value) = place else { continue };
            match days {
                Ok(days) => {
                    for ((_, value), day) in days {
                        let value = piece.value.clone().or(value).unwrap_or_default();
                        by_value.entry(value).or_default().push(day);
                    }
                }
                Err(invalid) => *place = Err(invalid),
            }
        }
        let named = |(found, (_, name)): (Found<_>, &Division<'_>)| {
            found.map(|by_value| dimension(name, by_value, most))
        };
        Ok(found.into_iter().zip(divisions).map(named).collect())
    }

    /// The values of each division that are read: the largest of each stretch, so that a dimension with a hundred
    /// thousand pages costs no more than one with twelve.
    async fn wanted(
        &self,
        divisions: &[Division<'_>],
        (from, to): (Date, Date),
        most: usize,
    ) -> Result<Vec<Found<Wanted>>, MeasureError> {
        let mut places = Vec::new();
        let mut parts = Vec::new();
        for (at, (subject, dimension)) in divisions.iter().enumerate() {
            let stretches = subject.within(from, to);
            let few = |plan: &metric::Plan| {
                is_divided(plan) && (plan.observed || FEW_VALUES.contains(dimension))
            };
            if stretches.iter().all(|(_, _, stretch)| few(&stretch.plan)) {
                continue;
            }
            for (from, to, stretch) in stretches {
                let (source, pick) = size_of(&stretch.plan);
                let dimension = Some(*dimension);
                let reading =
                    Reading { subject, from, to, daily: false, dimension, most: Some(most) };
                places.push(at);
                parts.push(Part { source, picks: vec![pick], reading });
            }
        }
        let mut wanted: Vec<Found<Wanted>> = divisions.iter().map(|_| Ok(None)).collect();
        for (at, cells) in places.into_iter().zip(self.read(&parts).await?) {
            let Ok(values) = &mut wanted[at] else { continue };
            match cells {
                Ok(cells) => {
                    let values = values.get_or_insert_default();
                    for value in largest(cells, most) {
                        if !values.contains(&value) {
                            values.push(value);
                        }
                    }
                }
                Err(invalid) => wanted[at] = Err(invalid),
            }
        }
        Ok(wanted)
    }

    /// The values of a dimension of which there is most.
    pub(super) async fn largest(
        &self,
        source: Source,
        pick: Pick,
        reading: Reading<'_>,
    ) -> Result<Vec<String>, MeasureError> {
        let found = self.read(&[Part { source, picks: vec![pick], reading }]).await?.pop();
        let cells = found.unwrap_or_else(|| Ok(Cells::new()))?;
        Ok(largest(cells, reading.most.unwrap_or(usize::MAX)))
    }
}

/// What is read of a division over some days.
fn pieces_of<'a>(
    division: usize,
    (subject, dimension): Division<'a>,
    wanted: Option<&[String]>,
    (from, to): (Date, Date),
) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for (from, to, stretch) in subject.within(from, to) {
        let divided =
            Reading { subject, from, to, daily: true, dimension: Some(dimension), most: None };
        let of = |values: &[String]| {
            // In one order, so that subjects with the same values are counted together.
            let mut values = values.to_vec();
            values.sort_unstable();
            metric::plan(&stretch.formula.narrowed(&[json!(["is", dimension, values])]))
        };
        if is_divided(&stretch.plan) {
            let plan = match wanted {
                None => stretch.plan.clone(),
                Some([]) => continue,
                Some(wanted) => of(wanted),
            };
            pieces.push(Piece { division, value: None, plan, reading: divided });
        } else if !matches!(Source::of(&stretch.plan.value).0, Source::Sql { .. }) {
            let reading = Reading { dimension: None, ..divided };
            pieces.extend(wanted.unwrap_or_default().iter().map(|value| Piece {
                division,
                value: Some(value.clone()),
                plan: of(std::slice::from_ref(value)),
                reading,
            }));
        }
    }
    pieces
}

/// The largest slices, in the order of their size.
fn dimension(name: &str, by_value: BTreeMap<String, Vec<DayValue>>, most: usize) -> Dimension {
    let size = |days: &[DayValue]| {
        let sum = |of: fn(&DayValue) -> f64| days.iter().map(|day| of(day).abs()).sum::<f64>();
        (sum(|day| day.numerator), sum(|day| day.denominator))
    };
    let mut slices: Vec<((f64, f64), Slice)> =
        by_value.into_iter().map(|(value, days)| (size(&days), Slice { value, days })).collect();
    slices
        .sort_by(|(one, _), (other, _)| other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1)));
    slices.truncate(most);
    let slices = slices.into_iter().map(|(_, slice)| slice).collect();
    Dimension { name: name.to_owned(), slices }
}

/// The values of which there is most.
fn largest(cells: Cells, most: usize) -> Vec<String> {
    let mut values: Vec<(f64, String)> = cells
        .into_iter()
        .filter_map(|((_, value), numbers)| Some((numbers.first().copied()??, value?)))
        .collect();
    values.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    values.truncate(most);
    values.into_iter().map(|(_, value)| value).collect()
}

/// Dimensions with so few values that all of them are read by day at once.
const FEW_VALUES: [&str; 4] =
    ["visit:channel", "visit:country", "visit:country_name", "visit:device"];

/// By what the values of a dimension are ranked: what is summed up, or what a mean is of; visits (or events)
/// where that is not read divided.
fn size_of(plan: &metric::Plan) -> (Source, Pick) {
    let measure = match &plan.weight {
        Some(Weight::Times(count)) => count,
        _ => &plan.value,
    };
    match Source::of(measure) {
        (Source::Query { filters }, pick) => (Source::Query { filters }, pick),
        (Source::Property { filters, .. }, _) => {
            (Source::Query { filters }, Pick::Metric(Metric::Events))
        }
        (Source::Readings { series, filters }, pick) => {
            (Source::Readings { series, filters }, pick)
        }
        _ => (Source::Query { filters: Vec::new() }, Pick::Metric(Metric::Visits)),
    }
}

/// Whether what a plan needs is read divided, in one go: its value, and what stands below it.
fn is_divided(plan: &metric::Plan) -> bool {
    let below = plan.weight.as_ref().map(|(Weight::Times(below) | Weight::Over(below))| below);
    std::iter::once(&plan.value).chain(below).all(|measure| {
        matches!(
            Source::of(measure).0,
            Source::Query { .. } | Source::Property { .. } | Source::Readings { .. }
        )
    })
}
