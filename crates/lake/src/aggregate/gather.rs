//! Visits gathered one by one, with where they came from: what `origins` is worked out of.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use datafusion::error::{DataFusionError, Result};
use hashbrown::{HashMap, HashSet};
use luotsi_marketing::event::Acquisition;
use luotsi_marketing::source::Origin;

use super::rows::MAX_KEYS;
use crate::schema;

/// Columns of a visit that tell where it came from, in the order in which a program has them as keys.
pub(crate) const COLUMNS: [&str; 6] = [
    schema::SOURCE,
    schema::CHANNEL,
    schema::UTM_SOURCE,
    schema::UTM_MEDIUM,
    schema::UTM_CAMPAIGN,
    schema::CLICK_ID,
];

/// Which visits are gathered.
#[derive(Debug, Clone)]
pub(crate) enum Gather {
    /// All that began at this moment or later, microseconds UTC.
    From(i64),
    /// Of those that began before it, and of each of these visitors, the first and the latest with a
    /// source: no more is kept of them, however many there were.
    Before(i64, Arc<HashSet<i64>>),
}

/// A visit with an event that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gathered {
    /// Whom it counts to.
    pub(crate) visitor: i64,
    /// Whose it would be if nobody had said who they are.
    pub(crate) browser: i64,
    /// Time of its first event that counts, microseconds UTC.
    pub(crate) at_us: i64,
    pub(crate) visit: i64,
    /// Number of its origin.
    pub(crate) origin: u32,
}

/// What is kept of a visitor's visits before.
#[derive(Debug, Clone, Copy)]
struct Earlier {
    first: Gathered,
    last_with_source: Option<Gathered>,
}

/// Gathers the visits of a partition.
#[derive(Debug, Default)]
pub(crate) struct Gatherer {
    /// Numbers of origins by the numbers of their columns' texts.
    numbers: HashMap<[u32; MAX_KEYS], u32>,
    /// Origins as JSON, and whether each is direct.
    origins: Vec<(String, bool)>,
    bytes: usize,
    visits: Vec<Gathered>,
    earlier: HashMap<i64, Earlier>,
}

impl Gatherer {
    /// Takes in a visit, its origin not numbered yet: `keys` are the numbers of its `COLUMNS`, and `text`
    /// tells what they stand for.
    pub(crate) fn take<'a>(
        &mut self,
        gather: &Gather,
        mut visit: Gathered,
        keys: &[u32; MAX_KEYS],
        text: impl Fn(usize, u32) -> Option<&'a str>,
    ) {
        match gather {
            Gather::From(from_us) if visit.at_us >= *from_us => {
                visit.origin = self.number(keys, text);
                self.visits.push(visit);
            }
            Gather::Before(to_us, visitors)
                if visit.at_us < *to_us && visitors.contains(&visit.visitor) =>
            {
                visit.origin = self.number(keys, text);
                self.take_earlier(visit);
            }
            _ => {}
        }
    }

    fn take_earlier(&mut self, visit: Gathered) {
        let has_source = !self.origins[visit.origin as usize].1;
        let last_with_source = has_source.then_some(visit);
        let moment = |visit: &Gathered| (visit.at_us, visit.visit);
        let earlier =
            self.earlier.entry(visit.visitor).or_insert(Earlier { first: visit, last_with_source });
        if moment(&visit) < moment(&earlier.first) {
            earlier.first = visit;
        }
        if earlier.last_with_source.as_ref().map(moment) < last_with_source.as_ref().map(moment) {
            earlier.last_with_source = last_with_source;
        }
    }

    fn number<'a>(
        &mut self,
        keys: &[u32; MAX_KEYS],
        text: impl Fn(usize, u32) -> Option<&'a str>,
    ) -> u32 {
        if let Some(number) = self.numbers.get(keys) {
            return *number;
        }
        let column = |at: usize| text(at, keys[at]).map(str::to_owned);
        let origin = Origin::of(&Acquisition {
            source: column(0),
            channel: column(1).unwrap_or_default(),
            utm_source: column(2),
            utm_medium: column(3),
            utm_campaign: column(4),
            click_id: column(5),
            ..Acquisition::default()
        });
        let written = to_json(&origin);
        self.bytes += written.len();
        let number = self.origins.len() as u32;
        self.origins.push((written, origin.is_direct()));
        self.numbers.insert(*keys, number);
        number
    }

    /// Bytes held, about.
    pub(crate) fn size(&self) -> usize {
        let of_origin = size_of::<[u32; MAX_KEYS]>() + size_of::<(String, bool)>() + 8;
        self.bytes
            + self.origins.len() * of_origin
            + self.visits.capacity() * size_of::<Gathered>()
            + self.earlier.len() * (size_of::<Earlier>() + 16)
    }

    /// What was gathered.
    pub(crate) fn into_batch(self) -> Result<RecordBatch> {
        let mut visits = self.visits;
        for Earlier { first, last_with_source } in self.earlier.into_values() {
            visits.push(first);
            visits.extend(last_with_source.filter(|last| last.visit != first.visit));
        }
        let column = |of: fn(&Gathered) -> i64| {
            Arc::new(visits.iter().map(of).collect::<Int64Array>()) as ArrayRef
        };
        let keys: Int32Array = visits.iter().map(|visit| Some(visit.origin as i32)).collect();
        let texts: StringArray = self.origins.iter().map(|(text, _)| Some(text)).collect();
        let columns = vec![
            column(|visit| visit.visitor),
            column(|visit| visit.browser),
            column(|visit| visit.at_us),
            column(|visit| visit.visit),
            Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(texts))?),
        ];
        Ok(RecordBatch::try_new(gathered_schema(), columns)?)
    }
}

/// Columns of the batches of visits.
pub(crate) fn gathered_schema() -> SchemaRef {
    let number = |name: &str| Field::new(name, DataType::Int64, false);
    let text = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut fields = ["visitor", "browser", "at_us", "visit"].map(number).to_vec();
    fields.push(Field::new("origin", text, false));
    Arc::new(Schema::new(fields))
}

/// What all partitions gathered.
#[derive(Debug)]
pub(crate) struct Gathering {
    pub(crate) visits: Vec<Gathered>,
    /// By number; the first is nobody's, of visits of which nothing is known.
    pub(crate) origins: Vec<Origin>,
    numbers: HashMap<String, u32>,
    bytes: usize,
}

impl Gathering {
    pub(crate) fn new() -> Self {
        Self {
            visits: Vec::new(),
            origins: vec![Origin::default()],
            numbers: HashMap::new(),
            bytes: 0,
        }
    }

    /// Adds what a partition gathered.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let broken = || DataFusionError::Internal("gathered visits have other columns".to_owned());
        let column = |at: usize| {
            let column = batch.column(at).as_primitive_opt::<Int64Type>();
            column.map(Int64Array::values).ok_or_else(broken)
        };
        let (visitors, browsers, times, visits) = (column(0)?, column(1)?, column(2)?, column(3)?);
        let origins = batch.column(4).as_dictionary_opt::<Int32Type>().ok_or_else(broken)?;
        let texts = origins.values().as_string_opt::<i32>().ok_or_else(broken)?;
        let mut numbers = Vec::with_capacity(texts.len());
        for text in texts.iter().flatten() {
            numbers.push(self.number(text).ok_or_else(broken)?);
        }
        self.visits.reserve(batch.num_rows());
        for (row, key) in origins.keys().values().iter().enumerate() {
            self.visits.push(Gathered {
                visitor: visitors[row],
                browser: browsers[row],
                at_us: times[row],
                visit: visits[row],
                origin: *numbers.get(*key as usize).ok_or_else(broken)?,
            });
        }
        Ok(())
    }

    fn number(&mut self, text: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let origin = from_json(text)?;
        let number = self.origins.len() as u32;
        self.bytes += 2 * text.len() + size_of::<Origin>() + 32;
        self.origins.push(origin);
        self.numbers.insert(text.to_owned(), number);
        Some(number)
    }

    /// Bytes held, about.
    pub(crate) fn size(&self) -> usize {
        self.bytes + self.visits.capacity() * size_of::<Gathered>()
    }
}

fn to_json(origin: &Origin) -> String {
    let parts = (&origin.source, &origin.medium, &origin.campaign, &origin.channel);
    // Texts and nulls can always be written.
    serde_json::to_string(&parts).unwrap_or_default()
}

fn from_json(text: &str) -> Option<Origin> {
    let (source, medium, campaign, channel) = serde_json::from_str(text).ok()?;
    Some(Origin { source, medium, campaign, channel })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of the keys' numbers: 1 is Google's, 2 the channel of direct visits.
    fn text(at: usize, number: u32) -> Option<&'static str> {
        match (at, number) {
            (0, 1) => Some("Google"),
            (1, 1) => Some("Organic Search"),
            (1, 2) => Some("Direct"),
            _ => None,
        }
    }

    const GOOGLE: [u32; MAX_KEYS] = [1, 1, 0, 0, 0, 0, 0, 0];
    const DIRECT: [u32; MAX_KEYS] = [0, 2, 0, 0, 0, 0, 0, 0];

    fn visit(visitor: i64, at_us: i64) -> Gathered {
        Gathered { visitor, browser: visitor, at_us, visit: 100 * visitor + at_us, origin: 0 }
    }

    fn gathered(gather: &Gather, visits: &[(i64, i64, [u32; MAX_KEYS])]) -> Vec<(i64, bool)> {
        let mut gatherer = Gatherer::default();
        for (visitor, at_us, keys) in visits {
            gatherer.take(gather, visit(*visitor, *at_us), keys, text);
        }
        let mut all = Gathering::new();
        all.add(&gatherer.into_batch().expect("a batch")).expect("it is read");
        let mut found: Vec<(i64, bool)> = all
            .visits
            .iter()
            .map(|visit| (visit.visit, all.origins[visit.origin as usize].is_direct()))
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn all_visits_are_gathered_from_a_moment_on() {
        let visits = [(1, 9, GOOGLE), (1, 10, DIRECT), (2, 12, GOOGLE)];
        assert_eq!(gathered(&Gather::From(10), &visits), [(110, true), (212, false)]);
    }

    #[test]
    fn of_visits_before_two_are_kept_of_each_visitor_in_any_order() {
        let wanted = Gather::Before(50, Arc::new([1, 2].into_iter().collect()));
        let mut visits = vec![
            (1, 10, DIRECT),
            (1, 20, GOOGLE),
            (1, 30, GOOGLE),
            (1, 40, DIRECT),
            // Too late.
            (1, 50, GOOGLE),
            // Nobody asked.
            (3, 10, GOOGLE),
            (2, 5, GOOGLE),
        ];
        for _ in 0..visits.len() {
            visits.rotate_left(1);
            let expected = [(110, true), (130, false), (205, false)];
            assert_eq!(gathered(&wanted, &visits), expected);
        }
    }
}
