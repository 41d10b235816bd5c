//! Rows of whole visitors put right: duplicates dropped, visits as the session rule wants them,
//! and on every row of a visit what the visit turned out to be.

use arrow::array::{Array as _, ArrayRef, Int64Array, RecordBatch};
use arrow::error::ArrowError;
use hashbrown::{HashMap, HashSet};
use luotsi_marketing::event::PAGEVIEW;
use luotsi_marketing::session::{SessionRule, Span, session_id};
use std::collections::BTreeMap;

use crate::arrival::{self, Arrivals, Values};
use crate::columns::{self, Text};
use crate::merge::{Chunk, Origin, RowRef};
use crate::person::Named;
use crate::schema;
use crate::sessions::Rules;
use crate::writer::date_of;

use self::gather::gather;

mod gather;

/// A row as the policy's filter sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) site_number: i32,
    pub(crate) names: Named,
    pub(crate) session_start_us: i64,
}

/// What is to be done with the rows.
pub(crate) struct Policy<'a> {
    pub(crate) rules: &'a Rules,
    /// All rows of the visits are here: entry pages may be decided anew.
    pub(crate) complete: bool,
    /// Visits that late events brought together, or that overlap, are divided anew.
    pub(crate) mend: bool,
    /// Which rows stay.
    pub(crate) keep: &'a dyn Fn(Seen) -> bool,
    /// Visits that begin on this date or later are left to the next window.
    pub(crate) limit: Option<i32>,
    /// Links between a visitor's ids go from visits that began before this date.
    pub(crate) unlink_before: i32,
    /// Events (site, id) whose visitor changed: only rows of moved origin count.
    pub(crate) moved: HashSet<(i32, i64)>,
    /// What lies beside the dates at hand.
    pub(crate) fence: Option<Fence>,
}

impl<'a> Policy<'a> {
    /// Rows go as they are.
    pub(crate) fn new(rules: &'a Rules) -> Self {
        Self {
            rules,
            complete: false,
            mend: false,
            keep: &|_| true,
            limit: None,
            unlink_before: i32::MIN,
            moved: HashSet::new(),
            fence: None,
        }
    }
}

/// Visits beside the dates at hand that may turn out to be one with visits on them.
#[derive(Debug, Default)]
pub(crate) struct Fence {
    pub(crate) last_date: i32,
    /// The visits of the date before that came close to its end: the span of each visitor's last.
    pub(crate) before: HashMap<(i32, i64), Span>,
    /// Visitors of the date after who were there shortly before it: the time of their first event.
    pub(crate) after: HashMap<(i32, i64), i64>,
    /// Whether a visit that time alone would let go on counts, though its campaign may end it.
    pub(crate) guesses_before: bool,
    pub(crate) guesses_after: bool,
}

/// What one window of dates passes on to the next.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// Events (site, id) of the next window's rows that are written already.
    pub(crate) consumed: HashSet<(i32, i64)>,
    /// Visitors whose visits changed.
    pub(crate) touched: HashSet<(i32, i64)>,
    /// A visit reaches over the fence: the dates have to be put right together with their neighbour.
    pub(crate) reaches_before: bool,
    pub(crate) reaches_after: bool,
}

impl Carried {
    pub(crate) fn reaches_over(&self) -> bool {
        self.reaches_before || self.reaches_after
    }

    /// Notes whether the visits of a visitor reach over the fence.
    fn look_over(&mut self, fence: &Fence, visitor: (i32, i64), rule: SessionRule, outs: &[Out]) {
        let first_us = outs.iter().map(|out| out.row.ts_us).min();
        if let (Some(span), Some(first_us)) = (fence.before.get(&visitor), first_us) {
            let sure = fence.guesses_before || !rule.splits_on_campaign();
            self.reaches_before |= sure && rule.continues(*span, first_us);
        }
        let sure = fence.guesses_after || !rule.splits_on_campaign();
        if let Some(next_us) = fence.after.get(&visitor).filter(|_| sure) {
            for visit in outs.chunk_by(|a, b| a.row.session_id == b.row.session_id) {
                let times = || visit.iter().map(|out| out.row.ts_us);
                let span = times().min().zip(times().max());
                self.reaches_after |=
                    span.is_some_and(|(start_us, last_us)| {
                        rule.continues(Span { start_us, last_us }, *next_us)
                    }) || visit.iter().any(|out| date_of(out.row.start_us) > fence.last_date);
            }
        }
    }
}

/// How many rows became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Rows written, and those of them that are new.
    pub(crate) written: u64,
    pub(crate) fresh: u64,
    /// Rows that the filter dropped.
    pub(crate) dropped: u64,
}

/// One row on its way.
#[derive(Debug, Clone, Copy)]
struct Row {
    at: RowRef,
    ts_us: i64,
    event_id: i64,
    session_id: i64,
    start_us: i64,
    origin: Origin,
    page_view: bool,
    /// Whether the event itself says nothing of where the visitor came from.
    direct: bool,
    /// Number of the event's own acquisition, where it is not the one on the row.
    own: Option<u32>,
}

/// One row as it will be written: where each group of its columns comes from.
struct Out {
    row: Row,
    acquisition: Arrived,
    own: Own,
    client: RowRef,
    place: RowRef,
    entry: Entry,
}

/// Where a row's acquisition comes from.
#[derive(Clone, Copy)]
enum Arrived {
    /// As it is on a row.
    OnRow(RowRef),
    /// What an event itself brought.
    Own(u32),
}

/// What becomes of the event's own acquisition.
enum Own {
    /// As it is on the row.
    Kept,
    /// It is the visit's.
    None,
    Text(String),
}

#[derive(Clone, Copy)]
enum Entry {
    None,
    /// The path of a page view.
    Path(RowRef),
    /// What another row of the visit says.
    Copy(RowRef),
}

/// The columns that decisions are made on.
struct Columns<'a> {
    sites: &'a [i32],
    visitors: &'a [i64],
    times: &'a [i64],
    events: &'a [i64],
    visits: &'a [i64],
    starts: &'a [i64],
    entries: &'a ArrayRef,
    page_views: Vec<bool>,
    direct: Vec<bool>,
    acquisition: [Text<'a>; arrival::COUNT],
    own_numbers: HashMap<usize, u32>,
    previous: &'a Int64Array,
    persons: &'a Int64Array,
    named: &'a Int64Array,
    devices: Text<'a>,
    countries: Text<'a>,
    origin: Origin,
}

impl<'a> Columns<'a> {
    fn of(
        batch: &'a RecordBatch,
        origin: Origin,
        arrivals: &mut Arrivals,
    ) -> Result<Self, ArrowError> {
        let mut acquisition = [Text::of(batch, schema::SOURCE)?; arrival::COUNT];
        for (text, name) in acquisition.iter_mut().zip(arrival::COLUMNS) {
            *text = Text::of(batch, name)?;
        }
        let mut direct = vec![true; batch.num_rows()];
        for at in arrival::DIRECT {
            if acquisition[at].any() {
                for (row, direct) in direct.iter_mut().enumerate() {
                    *direct &= acquisition[at].is_null(row);
                }
            }
        }
        let own = Text::of(batch, schema::OWN_ACQUISITION)?;
        let mut own_numbers = HashMap::new();
        if own.any() {
            for row in 0..batch.num_rows() {
                if let Some(number) = own.get(row).and_then(|text| arrivals.number(text)) {
                    own_numbers.insert(row, number);
                    direct[row] = arrivals.is_direct(number);
                }
            }
        }
        Ok(Self {
            sites: columns::int32(batch, schema::SITE_NUMBER)?.values(),
            visitors: columns::int64(batch, schema::VISITOR_ID)?.values(),
            times: columns::times(batch, schema::TS)?.values(),
            events: columns::int64(batch, schema::EVENT_ID)?.values(),
            visits: columns::int64(batch, schema::SESSION_ID)?.values(),
            starts: columns::times(batch, schema::SESSION_START)?.values(),
            entries: batch
                .column_by_name(schema::ENTRY_PAGE)
                .ok_or_else(|| ArrowError::SchemaError("no entry page".into()))?,
            page_views: Text::of(batch, schema::NAME)?.is(PAGEVIEW),
            direct,
            acquisition,
            own_numbers,
            previous: columns::int64(batch, schema::PREVIOUS_VISITOR_ID)?,
            persons: columns::int64(batch, schema::PERSON_ID)?,
            named: columns::int64(batch, schema::NAMED_ID)?,
            devices: Text::of(batch, schema::DEVICE)?,
            countries: Text::of(batch, schema::COUNTRY)?,
            origin,
        })
    }

    fn names(&self, row: usize) -> Named {
        Named {
            visitor_id: self.visitors[row],
            named_id: self.named.is_valid(row).then(|| self.named.value(row)),
            person_id: self.persons.is_valid(row).then(|| self.persons.value(row)),
        }
    }

    fn row(&self, at: RowRef) -> Row {
        let row = at.1;
        Row {
            at,
            ts_us: self.times[row],
            event_id: self.events[row],
            session_id: self.visits[row],
            start_us: self.starts[row],
            origin: self.origin,
            page_view: self.page_views[row],
            direct: self.direct[row],
            own: self.own_numbers.get(&row).copied(),
        }
    }
}

/// Puts the rows of `chunk` right; gives them by date, sorted.
pub(crate) fn restamp(
    chunk: &Chunk,
    policy: &Policy<'_>,
    carried: &mut Carried,
    counts: &mut Counts,
) -> Result<BTreeMap<i32, RecordBatch>, ArrowError> {
    let mut arrivals = Arrivals::default();
    let mut columns = Vec::with_capacity(chunk.batches.len());
    for (batch, origin) in &chunk.batches {
        columns.push(Columns::of(batch, *origin, &mut arrivals)?);
    }
    let work = Work { columns, arrivals };
    let mut dates: BTreeMap<i32, Vec<Out>> = BTreeMap::new();
    let (mut rows, mut outs, mut begin) = (Vec::new(), Vec::new(), 0);
    for end in &chunk.visitor_ends {
        rows.clear();
        rows.extend(chunk.rows[begin..*end].iter().map(|at| work.columns[at.0].row(*at)));
        let first = chunk.rows[begin];
        begin = *end;
        let of_first = &work.columns[first.0];
        let visitor = (of_first.sites[first.1], of_first.visitors[first.1]);
        visitor_rows(visitor, &mut rows, &work, policy, carried, counts, &mut outs);
        if let Some(fence) = &policy.fence {
            carried.look_over(fence, visitor, policy.rules.of(visitor.0), &outs);
        }
        for out in outs.drain(..) {
            let date = date_of(out.row.start_us);
            if !out.row.origin.ahead || policy.limit.is_none_or(|limit| date < limit) {
                if out.row.origin.ahead {
                    carried.consumed.insert((visitor.0, out.row.event_id));
                    carried.touched.insert(visitor);
                }
                counts.written += 1;
                counts.fresh += u64::from(out.row.origin.fresh);
                dates.entry(date).or_default().push(out);
            }
        }
    }
    dates
        .into_iter()
        .map(|(date, outs)| Ok((date, gather(chunk, &outs, &work, date < policy.unlink_before)?)))
        .collect()
}

/// A chunk as decisions are made on it.
struct Work<'a> {
    columns: Vec<Columns<'a>>,
    arrivals: Arrivals,
}

impl Work<'_> {
    /// What is written on a row.
    fn written(&self, at: RowRef) -> Values<'_> {
        self.columns[at.0].acquisition.map(|text| text.get(at.1))
    }

    /// What the event itself brought.
    fn own(&self, row: &Row) -> Values<'_> {
        row.own.map_or_else(|| self.written(row.at), |number| self.arrivals.values(number))
    }

    /// Whether the same is written on two rows.
    fn is_same(&self, a: RowRef, b: RowRef) -> bool {
        if a.0 != b.0 {
            return self.written(a) == self.written(b);
        }
        self.columns[a.0].acquisition.iter().all(|text| text.is_same(a.1, b.1))
    }
}

/// Appends what becomes of one visitor's rows to `outs`, sorted by visit and time.
fn visitor_rows(
    visitor: (i32, i64),
    rows: &mut Vec<Row>,
    work: &Work<'_>,
    policy: &Policy<'_>,
    carried: &Carried,
    counts: &mut Counts,
    outs: &mut Vec<Out>,
) {
    if !carried.consumed.is_empty() {
        rows.retain(|row| {
            row.origin.ahead || !carried.consumed.contains(&(visitor.0, row.event_id))
        });
    }
    if !policy.moved.is_empty() {
        rows.retain(|row| row.origin.moved || !policy.moved.contains(&(visitor.0, row.event_id)));
    }
    // Of the same event the row that was there first stays.
    rows.sort_unstable_by_key(|row| (row.event_id, row.origin.fresh, row.ts_us, row.at));
    rows.dedup_by_key(|row| row.event_id);
    let before = rows.len();
    rows.retain(|row| {
        (policy.keep)(Seen {
            site_number: visitor.0,
            names: work.columns[row.at.0].names(row.at.1),
            session_start_us: row.start_us,
        })
    });
    counts.dropped += (before - rows.len()) as u64;
    rows.sort_unstable_by_key(|row| (row.ts_us, row.event_id));
    let anew = rows.iter().any(|row| row.origin.fresh)
        || carried.touched.contains(&visitor)
        || (policy.mend && overlap(visitor.0, rows, policy.rules));
    if anew {
        divide(visitor, rows, work, policy.rules);
    }
    // Stable: within a visit the order of time stays.
    rows.sort_by_key(|row| row.session_id);
    for visit in rows.chunk_by(|a, b| a.session_id == b.session_id) {
        stamp(visit, anew, anew || policy.complete, work, outs);
    }
}

/// Whether the visits in `rows` (in order of time) are not what the rule would make of them.
fn overlap(site_number: i32, rows: &[Row], rules: &Rules) -> bool {
    let idle_us = rules.of(site_number).idle_us();
    rows.windows(2).any(|pair| {
        pair[0].session_id != pair[1].session_id && pair[1].ts_us - pair[0].ts_us <= idle_us
    }) || rows.iter().any(|row| row.ts_us < row.start_us)
}

/// Divides `rows` (in order of time) into visits by the session rule. What is written as the
/// visit's id and start in `rows` is new; where the rows came from is not.
fn divide(visitor: (i32, i64), rows: &mut [Row], work: &Work<'_>, rules: &Rules) {
    let rule = rules.of(visitor.0);
    let mut open: Option<(Span, Donor, i64)> = None;
    for row in rows {
        let goes_on = open.filter(|(span, donor, _)| {
            rule.continues(*span, row.ts_us)
                && !(rule.campaign_ends(*span, row.ts_us)
                    && arrival::is_other_campaign(work.own(&donor.row), work.own(row)))
        });
        let (span, donor, id) = match goes_on {
            Some((span, donor, id)) => (Span { last_us: row.ts_us, ..span }, donor.and(row), id),
            None => {
                let id = session_id(visitor.0, visitor.1, row.ts_us);
                (Span { start_us: row.ts_us, last_us: row.ts_us }, Donor::first(row), id)
            }
        };
        open = Some((span, donor, id));
        row.session_id = id;
        row.start_us = span.start_us;
    }
}

/// The row that says where a visit came from, so far: `OpenVisit::take` on rows.
#[derive(Clone, Copy)]
struct Donor {
    row: Row,
    /// Page views so far: none, one or more.
    loads: u8,
}

impl Donor {
    fn first(row: &Row) -> Self {
        Self { row: *row, loads: u8::from(row.page_view) }
    }

    /// The first row's, unless that is direct and another came while its page was loading.
    fn and(self, row: &Row) -> Self {
        let second_page = row.page_view && self.loads > 0;
        let upgrades = !second_page && self.loads < 2 && self.row.direct && !row.direct;
        Self {
            row: if upgrades { *row } else { self.row },
            loads: (self.loads + u8::from(row.page_view)).min(2),
        }
    }
}

/// Decides for the rows of one visit, in order of time, where their visit's columns come from.
fn stamp(visit: &[Row], anew: bool, decide: bool, work: &Work<'_>, outs: &mut Vec<Out>) {
    let Some((first, others)) = visit.split_first() else { return };
    let donor = others.iter().fold(Donor::first(first), Donor::and).row;
    let known_entry = |row: &Row| work.columns[row.at.0].entries.is_valid(row.at.1);
    let has_client = |row: &Row| !work.columns[row.at.0].devices.is_null(row.at.1);
    let has_place = |row: &Row| !work.columns[row.at.0].countries.is_null(row.at.1);
    // A server that speaks first knows neither: then they are of the first event that says.
    let client = visit.iter().find(|row| has_client(row)).unwrap_or(first).at;
    let place = visit.iter().find(|row| has_place(row)).unwrap_or(first).at;
    let entry = if decide {
        visit.iter().find(|row| row.page_view).map_or(Entry::None, |row| Entry::Path(row.at))
    } else {
        visit.iter().find(|row| known_entry(row)).map_or(Entry::None, |row| Entry::Copy(row.at))
    };
    outs.extend(visit.iter().map(|row| Out {
        row: *row,
        acquisition: match donor.own {
            _ if !decide => Arrived::OnRow(row.at),
            None => Arrived::OnRow(donor.at),
            Some(number) => Arrived::Own(number),
        },
        own: if decide { own_beside(row, &donor, work) } else { Own::Kept },
        client: if anew || (decide && !has_client(row)) { client } else { row.at },
        place: if anew || (decide && !has_place(row)) { place } else { row.at },
        entry: if !decide && known_entry(row) { Entry::Copy(row.at) } else { entry },
    }));
}

/// What is to be kept of a row's own acquisition when its visit has the one of `donor`.
fn own_beside(row: &Row, donor: &Row, work: &Work<'_>) -> Own {
    match (row.own, donor.own) {
        (None, None) if work.is_same(row.at, donor.at) => Own::None,
        (Some(one), Some(other)) if one == other => Own::None,
        (Some(_), _) if work.own(row) == work.own(donor) => Own::None,
        (Some(_), _) => Own::Kept,
        (None, Some(_)) if work.own(row) == work.own(donor) => Own::None,
        (None, _) => Own::Text(arrival::to_json(work.own(row))),
    }
}
