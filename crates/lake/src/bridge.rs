//! Visits that go on under another name of their visitor: after a change of salts, or when the visitor
//! got an id. Where the events came in order they lie together already; here those are found that
//! lie apart because one came late.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, Int64Array, RecordBatch};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::error::ArrowError;
use hashbrown::{HashMap, HashSet};
use luotsi_marketing::event::{Acquisition, Client, Event, Place};
use luotsi_marketing::session::OpenVisit;

use crate::arrival::{self, Arrivals};
use crate::columns::{self, Text};
use crate::error::LakeError;
use crate::restamp::Fence;
use crate::schema;
use crate::sessions::Rules;
use crate::settle::{each, rows, rows_of};
use crate::snapshot::DataFile;

const MINUTE_US: i64 = 60_000_000;

/// Rows that change their visitor.
#[derive(Default)]
pub(crate) struct Bridged {
    /// With their new visitor, sorted.
    pub(crate) rows: Option<RecordBatch>,
    /// Their events, by site and id.
    pub(crate) moved: HashSet<(i32, i64)>,
    /// Visitors who gain or lose rows.
    pub(crate) touched: HashSet<(i32, i64)>,
    /// A visit of the date before the first may be one with a visit of another name.
    pub(crate) reaches_before: bool,
}

/// A row that begins a visit and says under which name the visitor was known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    previous: (i32, i64),
    ts_us: i64,
    visitor_id: i64,
}

/// Finds the rows in `files` that belong to a visit of their visitor's previous name.
pub(crate) fn find(
    root: &Path,
    files: &[&DataFile],
    fence: &Fence,
    rules: &Rules,
) -> Result<Bridged, LakeError> {
    let persons = Persons::find(root, files)?;
    let mut links = links(root, files)?;
    links.extend(persons.links(root, files, rules)?);
    links.sort_unstable();
    if links.is_empty() {
        return Ok(Bridged::default());
    }
    let goes_on = |link: &Link| {
        let rule = rules.of(link.previous.0);
        let sure = fence.guesses_before || !rule.splits_on_campaign();
        let span = fence.before.get(&link.previous).filter(|_| sure);
        span.is_some_and(|span| rule.continues(*span, link.ts_us))
    };
    if links.iter().any(goes_on) {
        return Ok(Bridged { reaches_before: true, ..Bridged::default() });
    }
    let near = Arc::new(near(root, files, &links, rules)?);
    if near.is_empty() {
        return Ok(Bridged::default());
    }
    let mut batches = Vec::new();
    for file in files {
        rows_of(root, file, &near, |batch| {
            batches.push(batch);
            Ok(())
        })?;
    }
    Ok(moved(&concat_batches(&schema::file_schema(), &batches)?, &persons, rules)?)
}

/// People of whom a server spoke by their own name alone, and the visitors who said that they are they.
///
/// A server's event goes on in the visit of the visitor last identified as its person. Where it came
/// before, or at the same time as, what identified them, that was not known yet: it is found here.
#[derive(Debug, Default)]
struct Persons {
    /// By site and person: visitors and when they named the person.
    visitors: HashMap<(i32, i64), Vec<(i64, i64)>>,
}

impl Persons {
    fn find(root: &Path, files: &[&DataFile]) -> Result<Self, LakeError> {
        let mut alone = HashSet::new();
        each_named(root, files, |site, visitor_id, person, _| {
            if visitor_id == person {
                alone.insert((site, person));
            }
        })?;
        let mut persons = Self::default();
        if alone.is_empty() {
            return Ok(persons);
        }
        each_named(root, files, |site, visitor_id, person, ts_us| {
            if visitor_id != person && alone.contains(&(site, person)) {
                let of_person = persons.visitors.entry((site, person)).or_default();
                // A visitor who names the person again and again says it once a minute.
                let known = of_person.last().is_some_and(|(last_us, last)| {
                    *last == visitor_id && (ts_us - last_us).abs() < MINUTE_US
                });
                if !known {
                    of_person.push((ts_us, visitor_id));
                }
            }
        })?;
        Ok(persons)
    }

    /// Links from events that name only a person to visitors who said about then that they are they.
    fn links(
        &self,
        root: &Path,
        files: &[&DataFile],
        rules: &Rules,
    ) -> Result<Vec<Link>, LakeError> {
        let mut links = Vec::new();
        if self.visitors.is_empty() {
            return Ok(links);
        }
        each_named(root, files, |site, visitor_id, person, ts_us| {
            if visitor_id == person
                && let Some(visitor) = self.visitor_of((site, person), ts_us, rules)
            {
                links.push(Link { previous: (site, visitor), ts_us, visitor_id });
            }
        })?;
        Ok(links)
    }

    /// The visitor who said that they are the person closest to a moment, if within a pause of it.
    fn visitor_of(&self, person: (i32, i64), ts_us: i64, rules: &Rules) -> Option<i64> {
        let idle_us = rules.of(person.0).idle_us() + MINUTE_US;
        let of_person = self.visitors.get(&person)?.iter();
        let (at_us, visitor) = of_person.min_by_key(|(at_us, _)| (at_us - ts_us).abs())?;
        ((at_us - ts_us).abs() <= idle_us).then_some(*visitor)
    }

    /// Names what an event's visitor was known as beside, where its row does not.
    fn link(&self, event: &mut Event, rules: &Rules) {
        if event.previous_visitor_id.is_some() || self.visitors.is_empty() {
            return;
        }
        let Some(person) = event.person_id else { return };
        let key = (event.site_number, person);
        event.previous_visitor_id = if event.visitor_id == person {
            self.visitor_of(key, event.at_us, rules)
        } else {
            self.visitors.contains_key(&key).then_some(person)
        };
    }
}

/// Calls `each` with site, visitor, person and time of every row that names a person.
fn each_named(
    root: &Path,
    files: &[&DataFile],
    mut each_row: impl FnMut(i32, i64, i64, i64),
) -> Result<(), LakeError> {
    let names = [schema::SITE_NUMBER, schema::VISITOR_ID, schema::TS, schema::PERSON_ID];
    for file in files {
        rows(root, file, &names, None, |batch| {
            let named = columns::optional_int64(batch, schema::PERSON_ID);
            let Some(named) = named.filter(|ids| ids.null_count() < ids.len()) else {
                return Ok(());
            };
            each(batch, |row, (site, visitor_id), ts_us| {
                if named.is_valid(row) {
                    each_row(site, visitor_id, named.value(row), ts_us);
                }
            })
        })?;
    }
    Ok(())
}

fn links(root: &Path, files: &[&DataFile]) -> Result<Vec<Link>, LakeError> {
    let names = [schema::SITE_NUMBER, schema::VISITOR_ID, schema::TS, schema::PREVIOUS_VISITOR_ID];
    let mut links = Vec::new();
    for file in files {
        rows(root, file, &names, None, |batch| {
            let previous = columns::optional_int64(batch, schema::PREVIOUS_VISITOR_ID);
            let Some(previous) = previous.filter(|ids| ids.null_count() < ids.len()) else {
                return Ok(());
            };
            each(batch, |row, (site, visitor_id), ts_us| {
                if previous.is_valid(row) {
                    let previous = (site, previous.value(row));
                    links.push(Link { previous, ts_us, visitor_id });
                }
            })
        })?;
    }
    links.sort_unstable();
    Ok(links)
}

/// The visitors of links whose previous name was there about the same time.
fn near(
    root: &Path,
    files: &[&DataFile],
    links: &[Link],
    rules: &Rules,
) -> Result<HashSet<(i32, i64)>, LakeError> {
    let mut near = HashSet::new();
    let names = [schema::SITE_NUMBER, schema::VISITOR_ID, schema::TS];
    for file in files {
        // Both are sorted by site and visitor.
        let mut from = 0;
        rows(root, file, &names, None, |batch| {
            each(batch, |_, visitor, ts_us| {
                while links.get(from).is_some_and(|link| link.previous < visitor) {
                    from += 1;
                }
                let idle_us = rules.of(visitor.0).idle_us();
                let of_visitor = links[from..].iter().take_while(|link| link.previous == visitor);
                for link in of_visitor.filter(|link| (link.ts_us - ts_us).abs() <= idle_us) {
                    near.extend([visitor, (visitor.0, link.visitor_id)]);
                }
            })
        })?;
    }
    Ok(near)
}

/// Site, visitor, time and id of a row.
type RowKey = (i32, i64, i64, i64);

/// The name before, and the lasting id.
type Names = (i64, Option<i64>);

/// Divides the rows of visitors with several names into visits, as if they had come in order.
fn moved(rows: &RecordBatch, persons: &Persons, rules: &Rules) -> Result<Bridged, ArrowError> {
    let mut events = events(rows)?;
    for (event, _) in &mut events {
        persons.link(event, rules);
    }
    events.sort_by_key(|(event, _)| (event.at_us, event.event_id));
    let mut seen = HashSet::new();
    events.retain(|(event, _)| seen.insert((event.site_number, event.event_id)));
    spread_links(&mut events);
    // With the lasting id that the visitor gave during the visit.
    let mut open: HashMap<(i32, i64), (OpenVisit, Option<i64>)> = HashMap::new();
    let mut bridged = Bridged::default();
    let mut changed: BTreeMap<RowKey, (usize, Option<i64>)> = BTreeMap::new();
    for (event, row) in &mut events {
        let rule = rules.of(event.site_number);
        let own = (event.site_number, event.visitor_id);
        let previous = event.previous_visitor_id.map(|id| (event.site_number, id));
        let accepts = |name: &(i32, i64), event: &Event| {
            open.get(name).is_some_and(|(visit, _)| visit.accepts(rule, event))
        };
        // The id given before is not another one.
        let may_be = |name: &(i32, i64), named: Option<i64>| {
            let given = open.get(name).and_then(|(_, given)| *given);
            named.is_none() || given.is_none() || given == named
        };
        let goes_on = !accepts(&own, event);
        let may_go_on =
            |name: &(i32, i64)| goes_on && accepts(name, event) && may_be(name, event.named_id);
        let name = previous.filter(may_go_on).unwrap_or(own);
        let given = event.named_id.filter(|named| *named != name.1);
        if name != own {
            bridged.moved.insert((event.site_number, event.event_id));
            bridged.touched.extend([own, name]);
            changed.insert((name.0, name.1, event.at_us, event.event_id), (*row, given));
        }
        match open.get_mut(&name) {
            Some((visit, known)) if visit.accepts(rule, event) => {
                visit.take(event);
                *known = known.or(given);
            }
            _ => {
                open.insert(name, (OpenVisit::begin(event), given));
            }
        }
    }
    if changed.is_empty() {
        return Ok(bridged);
    }
    let order: arrow::array::UInt32Array =
        changed.values().map(|(row, _)| Some(*row as u32)).collect();
    let taken = take_record_batch(rows, &order)?;
    let visitors: ArrayRef =
        Arc::new(Int64Array::from_iter_values(changed.keys().map(|(_, visitor, ..)| *visitor)));
    let schema = taken.schema();
    let mut columns = taken.columns().to_vec();
    columns[schema.index_of(schema::VISITOR_ID)?] = visitors;
    let none: ArrayRef = Arc::new(Int64Array::new_null(changed.len()));
    columns[schema.index_of(schema::PREVIOUS_VISITOR_ID)?] = none;
    let named: ArrayRef =
        Arc::new(changed.values().map(|(_, named)| *named).collect::<Int64Array>());
    columns[schema.index_of(schema::NAMED_ID)?] = named;
    bridged.rows = Some(RecordBatch::try_new(schema, columns)?);
    Ok(bridged)
}

/// Only rows that began a visit say under which name the visitor was known before; the rows that
/// joined them were known under the same. `events` in the order of time.
fn spread_links(events: &mut [(Event, usize)]) {
    let mut links: HashMap<(i32, i64), BTreeMap<i64, Names>> = HashMap::new();
    for (event, _) in events.iter() {
        if let Some(previous) = event.previous_visitor_id {
            let of_visitor = links.entry((event.site_number, event.visitor_id)).or_default();
            of_visitor.insert(event.at_us, (previous, event.named_id));
        }
    }
    for (event, _) in events.iter_mut().filter(|(event, _)| event.previous_visitor_id.is_none()) {
        let Some(of_visitor) = links.get(&(event.site_number, event.visitor_id)) else { continue };
        let before = of_visitor.range(..=event.at_us).next_back();
        if let Some((_, (previous, named))) = before.or_else(|| of_visitor.iter().next()) {
            event.previous_visitor_id = Some(*previous);
            event.named_id = event.named_id.or(*named);
        }
    }
}

/// The rows as events, as far as the session rule looks at them, each with its row.
fn events(batch: &RecordBatch) -> Result<Vec<(Event, usize)>, ArrowError> {
    let sites = columns::int32(batch, schema::SITE_NUMBER)?.values();
    let visitors = columns::int64(batch, schema::VISITOR_ID)?.values();
    let previous = columns::int64(batch, schema::PREVIOUS_VISITOR_ID)?;
    let persons = columns::int64(batch, schema::PERSON_ID)?;
    let named = columns::int64(batch, schema::NAMED_ID)?;
    let ids = columns::int64(batch, schema::EVENT_ID)?.values();
    let times = columns::times(batch, schema::TS)?.values();
    let names = Text::of(batch, schema::NAME)?;
    let own = Text::of(batch, schema::OWN_ACQUISITION)?;
    let mut written = Vec::with_capacity(arrival::COLUMNS.len());
    for name in arrival::COLUMNS {
        written.push(Text::of(batch, name)?);
    }
    let mut arrivals = Arrivals::default();
    let mut acquisition = |row: usize| -> Acquisition {
        match own.get(row).and_then(|text| arrivals.number(text)) {
            Some(number) => arrival::acquisition(arrivals.values(number)),
            None => arrival::acquisition(std::array::from_fn(|at| written[at].get(row))),
        }
    };
    let (client, place) = (Arc::new(Client::default()), Arc::new(Place::default()));
    let event = |row: usize| {
        let event = Event {
            site_number: sites[row],
            visitor_id: visitors[row],
            previous_visitor_id: previous.is_valid(row).then(|| previous.value(row)),
            named_id: named.is_valid(row).then(|| named.value(row)),
            earlier_visitor_id: None,
            event_id: ids[row],
            at_us: times[row],
            name: names.get(row).unwrap_or_default().to_owned(),
            hostname: String::new(),
            pathname: String::new(),
            props: Vec::new(),
            revenue: None,
            transaction_id: None,
            interactive: true,
            scroll_depth: None,
            engagement_ms: None,
            acquisition: Arc::new(acquisition(row)),
            client: Arc::clone(&client),
            place: Arc::clone(&place),
            bot_reason: None,
            person_id: persons.is_valid(row).then(|| persons.value(row)),
            items: None,
            protocol: None,
            title: None,
        };
        (event, row)
    };
    Ok((0..batch.num_rows()).map(event).collect())
}
