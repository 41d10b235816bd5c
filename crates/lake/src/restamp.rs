//! Rows of whole visitors put right: duplicates dropped, visits as the session rule wants them,
//! and on every row of a visit what the visit turned out to be.

use arrow::array::{
    Array as _, ArrayRef, Int64Array, RecordBatch, TimestampMicrosecondArray, new_null_array,
};
use arrow::compute::interleave;
use arrow::error::ArrowError;
use hashbrown::HashSet;
use luotsi_marketing::event::PAGEVIEW;
use luotsi_marketing::session::{Span, session_id};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::columns::{self, Text};
use crate::merge::{Chunk, Origin, RowRef};
use crate::schema;
use crate::sessions::Rules;
use crate::writer::date_of;

const ACQUISITION: [&str; 10] = [
    schema::SOURCE,
    schema::REFERRER,
    schema::CHANNEL,
    schema::UTM_SOURCE,
    schema::UTM_MEDIUM,
    schema::UTM_CAMPAIGN,
    schema::UTM_CONTENT,
    schema::UTM_TERM,
    schema::UTM_ID,
    schema::CLICK_ID,
];

const CAMPAIGN: [&str; 7] = [
    schema::UTM_SOURCE,
    schema::UTM_MEDIUM,
    schema::UTM_CAMPAIGN,
    schema::UTM_CONTENT,
    schema::UTM_TERM,
    schema::UTM_ID,
    schema::CLICK_ID,
];

const DIRECT: [&str; 5] = [
    schema::SOURCE,
    schema::UTM_SOURCE,
    schema::UTM_MEDIUM,
    schema::UTM_CAMPAIGN,
    schema::CLICK_ID,
];

const CLIENT_AND_PLACE: [&str; 8] = [
    schema::DEVICE,
    schema::BROWSER,
    schema::BROWSER_VERSION,
    schema::OS,
    schema::OS_VERSION,
    schema::COUNTRY,
    schema::REGION,
    schema::CITY,
];

/// A row as the policy's filter sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) site_number: i32,
    pub(crate) visitor_id: i64,
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
}

/// What one window of dates passes on to the next.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// Events (site, id) of the next window's rows that are written already.
    consumed: HashSet<(i32, i64)>,
    /// Visitors whose visits changed.
    touched: HashSet<(i32, i64)>,
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
    direct: bool,
}

/// One row as it will be written: where each group of its columns comes from.
struct Out {
    row: Row,
    acquisition: RowRef,
    visit: RowRef,
    entry: Entry,
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
    campaign: [Text<'a>; 7],
    origin: Origin,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch, origin: Origin) -> Result<Self, ArrowError> {
        let mut direct = vec![true; batch.num_rows()];
        for name in DIRECT {
            let text = Text::of(batch, name)?;
            for (row, direct) in direct.iter_mut().enumerate() {
                *direct &= text.is_null(row);
            }
        }
        let [a, b, c, d, e, f, g] = CAMPAIGN.map(|name| Text::of(batch, name));
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
            campaign: [a?, b?, c?, d?, e?, f?, g?],
            origin,
        })
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
    let columns: Result<Vec<_>, _> =
        chunk.batches.iter().map(|(batch, origin)| Columns::of(batch, *origin)).collect();
    let columns = columns?;
    let mut dates: BTreeMap<i32, Vec<Out>> = BTreeMap::new();
    let (mut rows, mut outs, mut begin) = (Vec::new(), Vec::new(), 0);
    for end in &chunk.visitor_ends {
        rows.clear();
        rows.extend(chunk.rows[begin..*end].iter().map(|at| columns[at.0].row(*at)));
        let first = chunk.rows[begin];
        begin = *end;
        let visitor = (columns[first.0].sites[first.1], columns[first.0].visitors[first.1]);
        visitor_rows(visitor, &mut rows, &columns, policy, carried, counts, &mut outs);
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
    dates.into_iter().map(|(date, outs)| Ok((date, gather(chunk, &outs)?))).collect()
}

/// Appends what becomes of one visitor's rows to `outs`, sorted by visit and time.
fn visitor_rows(
    visitor: (i32, i64),
    rows: &mut Vec<Row>,
    columns: &[Columns<'_>],
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
    // Of the same event the row that was there first stays.
    rows.sort_unstable_by_key(|row| (row.event_id, row.origin.fresh, row.ts_us, row.at));
    rows.dedup_by_key(|row| row.event_id);
    let before = rows.len();
    rows.retain(|row| {
        (policy.keep)(Seen {
            site_number: visitor.0,
            visitor_id: visitor.1,
            session_start_us: row.start_us,
        })
    });
    counts.dropped += (before - rows.len()) as u64;
    rows.sort_unstable_by_key(|row| (row.ts_us, row.event_id));
    let anew = rows.iter().any(|row| row.origin.fresh)
        || carried.touched.contains(&visitor)
        || (policy.mend && overlap(visitor.0, rows, policy.rules));
    if anew {
        divide(visitor, rows, columns, policy.rules);
    }
    // Stable: within a visit the order of time stays.
    rows.sort_by_key(|row| row.session_id);
    for visit in rows.chunk_by(|a, b| a.session_id == b.session_id) {
        stamp(visit, anew, anew || policy.complete, columns, outs);
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
fn divide(visitor: (i32, i64), rows: &mut [Row], columns: &[Columns<'_>], rules: &Rules) {
    let rule = rules.of(visitor.0);
    let mut open: Option<(Span, RowRef, i64)> = None;
    for row in rows {
        let goes_on = open.filter(|(span, donor, _)| {
            rule.continues(*span, row.ts_us)
                && !(rule.splits_on_campaign() && other_campaign(*donor, row.at, columns))
        });
        let (span, donor, id) = match goes_on {
            Some((span, donor, id)) => (Span { last_us: row.ts_us, ..span }, donor, id),
            None => {
                let id = session_id(visitor.0, visitor.1, row.ts_us);
                (Span { start_us: row.ts_us, last_us: row.ts_us }, row.at, id)
            }
        };
        open = Some((span, donor, id));
        row.session_id = id;
        row.start_us = span.start_us;
    }
}

fn other_campaign(visit: RowRef, event: RowRef, columns: &[Columns<'_>]) -> bool {
    let names = |at: RowRef| columns[at.0].campaign.map(|text| text.get(at.1));
    let event = names(event);
    event.iter().any(Option::is_some) && event != names(visit)
}

/// Decides for the rows of one visit, in order of time, where their visit's columns come from.
fn stamp(
    visit: &[Row],
    anew: bool,
    decide_entry: bool,
    columns: &[Columns<'_>],
    outs: &mut Vec<Out>,
) {
    let Some(first) = visit.first() else { return };
    let source = source_of(visit, first, columns);
    let known_entry = |row: &Row| columns[row.at.0].entries.is_valid(row.at.1);
    let entry = if decide_entry {
        visit.iter().find(|row| row.page_view).map_or(Entry::None, |row| Entry::Path(row.at))
    } else {
        visit.iter().find(|row| known_entry(row)).map_or(Entry::None, |row| Entry::Copy(row.at))
    };
    outs.extend(visit.iter().map(|row| Out {
        row: *row,
        acquisition: if anew || row.direct { source } else { row.at },
        visit: if anew { first.at } else { row.at },
        entry: if !decide_entry && known_entry(row) { Entry::Copy(row.at) } else { entry },
    }));
}

/// The row that says where the visit came from: the first, or, when that is direct, one that
/// arrived before the second page view, or one that an earlier stamp had upgraded.
fn source_of(visit: &[Row], first: &Row, columns: &[Columns<'_>]) -> RowRef {
    let stamped = |row: &Row| columns[row.at.0].visits[row.at.1];
    let mut page_views = 0;
    for row in visit {
        page_views += u32::from(row.page_view);
        let upgraded = !row.origin.fresh && !first.origin.fresh && stamped(row) == stamped(first);
        if !row.direct && (page_views < 2 || upgraded) {
            return row.at;
        }
    }
    first.at
}

/// Puts the rows together, column by column.
fn gather(chunk: &Chunk, outs: &[Out]) -> Result<RecordBatch, ArrowError> {
    let own: Vec<RowRef> = outs.iter().map(|out| out.row.at).collect();
    let acquisition: Vec<RowRef> = outs.iter().map(|out| out.acquisition).collect();
    let visit: Vec<RowRef> = outs.iter().map(|out| out.visit).collect();
    let target = schema::file_schema();
    let mut gathered: Vec<ArrayRef> = Vec::with_capacity(target.fields().len());
    for (index, field) in target.fields().iter().enumerate() {
        let name = field.name().as_str();
        let rows = match name {
            schema::SESSION_ID => {
                let ids = outs.iter().map(|out| out.row.session_id);
                gathered.push(Arc::new(Int64Array::from_iter_values(ids)));
                continue;
            }
            schema::SESSION_START => {
                let starts = outs.iter().map(|out| out.row.start_us);
                let starts = TimestampMicrosecondArray::from_iter_values(starts);
                gathered.push(Arc::new(starts.with_timezone("UTC")));
                continue;
            }
            schema::ENTRY_PAGE => {
                gathered.push(entry_pages(chunk, outs)?);
                continue;
            }
            name if ACQUISITION.contains(&name) => &acquisition,
            name if CLIENT_AND_PLACE.contains(&name) => &visit,
            _ => &own,
        };
        let arrays: Vec<&dyn arrow::array::Array> =
            chunk.batches.iter().map(|(batch, _)| batch.column(index).as_ref()).collect();
        gathered.push(interleave(&arrays, rows)?);
    }
    RecordBatch::try_new(target, gathered)
}

fn entry_pages(chunk: &Chunk, outs: &[Out]) -> Result<ArrayRef, ArrowError> {
    let column = |name: &str| -> Result<Vec<&dyn arrow::array::Array>, ArrowError> {
        let index = schema::file_schema().index_of(name)?;
        Ok(chunk.batches.iter().map(|(batch, _)| batch.column(index).as_ref()).collect())
    };
    let mut arrays = column(schema::PATHNAME)?;
    arrays.extend(column(schema::ENTRY_PAGE)?);
    let null = new_null_array(arrays[0].data_type(), 1);
    arrays.push(null.as_ref());
    let batches = chunk.batches.len();
    let rows: Vec<RowRef> = outs
        .iter()
        .map(|out| match out.entry {
            Entry::None => (2 * batches, 0),
            Entry::Path(at) => at,
            Entry::Copy((batch, row)) => (batches + batch, row),
        })
        .collect();
    interleave(&arrays, &rows)
}
