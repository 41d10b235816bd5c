//! Rows of summaries taken in: visits come counted, and are only added to the groups.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type};
use datafusion::error::Result;

use super::groups::GroupKey;
use super::program::{Key, Program};
use super::reader::{Reader, missing};
use super::rows::VisitValues;
use super::visits::{Counter, rows_of_site};
use crate::summary;

/// Where the visit at hand is counted, view by view.
#[derive(Debug, Default)]
pub(crate) struct Summaries {
    current: Vec<Place>,
    /// Whom the visit at hand counts to.
    visitor: i64,
}

/// Where a view counts the visit at hand.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Nowhere: it does not fit.
    Nowhere,
    /// In this group.
    Group(usize),
    /// By time: the part of the key that is the bucket, the key without it, and the group of the
    /// visit's start.
    Buckets(usize, GroupKey, usize),
}

/// The columns of a batch; those that the program does not ask for are empty.
struct Columns<'a> {
    starts: &'a [i32],
    visitors: &'a [i64],
    quarters: &'a [i32],
    events: &'a [i32],
    pageviews: &'a [i32],
    visit_pageviews: &'a [i32],
    durations_us: &'a [i64],
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self> {
        let small = |name: &str| -> Option<&'a [i32]> {
            Some(batch.column_by_name(name)?.as_primitive_opt::<Int32Type>()?.values())
        };
        let large = |name: &str| -> Option<&'a [i64]> {
            Some(batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?.values())
        };
        Ok(Self {
            starts: small(summary::START).ok_or_else(|| missing(summary::START))?,
            visitors: large(crate::schema::VISITOR_ID).unwrap_or_default(),
            quarters: small(summary::QUARTER).unwrap_or_default(),
            events: small(summary::EVENTS).ok_or_else(|| missing(summary::EVENTS))?,
            pageviews: small(summary::PAGEVIEWS).ok_or_else(|| missing(summary::PAGEVIEWS))?,
            visit_pageviews: small(summary::VISIT_PAGEVIEWS).unwrap_or_default(),
            durations_us: large(summary::DURATION_US).unwrap_or_default(),
        })
    }
}

impl Summaries {
    /// Takes in a batch that goes on where the last one ended.
    pub(crate) fn push(
        &mut self,
        batch: &RecordBatch,
        program: &Program,
        one_site: bool,
        reader: &mut Reader,
        counter: &mut Counter,
    ) -> Result<()> {
        let own;
        let batch = if one_site {
            batch
        } else {
            own = rows_of_site(batch, program.site_number);
            &own
        };
        reader.read_summary(batch, program)?;
        let columns = Columns::of(batch)?;
        let mut values = VisitValues::default();
        for row in 0..batch.num_rows() {
            if columns.starts[row] != summary::GOES_ON {
                reader.visit_values(row, &mut values);
                let pages = reader.summary_pages(row);
                values.bits |= reader.page_bits(pages.0, pages.1);
                self.begin(&columns, row, &values, pages, program, counter);
            }
            self.add(&columns, row, program, counter);
        }
        counter.compact();
        Ok(())
    }

    /// Counts the visit that begins at `row`.
    fn begin(
        &mut self,
        columns: &Columns<'_>,
        row: usize,
        values: &VisitValues,
        (entry, exit): (u32, u32),
        program: &Program,
        counter: &mut Counter,
    ) {
        self.current.clear();
        let visitor = columns.visitors.get(row).copied().unwrap_or_default();
        self.visitor = program.merged.as_ref().map_or(visitor, |merged| merged.of(visitor));
        counter.visit += 1;
        for (at, view) in program.views.iter().enumerate() {
            if !view.conditions.visit_fits(values.bits) {
                self.current.push(Place::Nowhere);
                continue;
            }
            let mut key = GroupKey::default();
            let mut bucket = None;
            for (part, of) in view.keys.iter().enumerate() {
                key[part] = match of {
                    Key::Visit(at) => values.keys[*at],
                    Key::EntryPage => entry,
                    Key::ExitPage => exit,
                    Key::Bucket => {
                        bucket = Some(part);
                        counter.bucket_of(start_us(columns, row), program)
                    }
                    // Where these are asked for, no summary is read.
                    Key::Event(_) | Key::Origin(..) | Key::Currency | Key::Wanted => 0,
                };
            }
            let number = counter.groups[at].find(&key);
            if bucket.is_none() && view.visitors {
                counter.groups[at].add_visitor(number, self.visitor);
            }
            let counts = &mut counter.groups[at].group(number).counts;
            counts.visits += 1;
            if view.visit_figures {
                counts.whole_visits += 1;
                counts.bounces += i64::from(columns.starts[row] == summary::BOUNCES);
                counts.visit_pageviews += i64::from(columns.visit_pageviews[row]);
                counts.duration_us += columns.durations_us[row];
            }
            self.current.push(match bucket {
                Some(part) => Place::Buckets(part, key, number),
                None => Place::Group(number),
            });
        }
    }

    /// Counts the events of a row.
    #[inline]
    fn add(&self, columns: &Columns<'_>, row: usize, program: &Program, counter: &mut Counter) {
        let events = i64::from(columns.events[row]);
        if events == 0 {
            return;
        }
        for (at, place) in self.current.iter().enumerate() {
            let number = match *place {
                Place::Nowhere => continue,
                Place::Group(number) => number,
                Place::Buckets(part, mut key, start) => {
                    let bucket = counter.bucket_of(start_us(columns, row), program);
                    let number = if key[part] == bucket {
                        start
                    } else {
                        key[part] = bucket;
                        counter.groups[at].find(&key)
                    };
                    if program.views[at].visitors {
                        counter.groups[at].add_visitor(number, self.visitor);
                    }
                    number
                }
            };
            let counts = &mut counter.groups[at].group(number).counts;
            counts.events += events;
            counts.pageviews += i64::from(columns.pageviews[row]);
        }
    }
}

/// The start of a row's quarter of an hour, microseconds UTC.
fn start_us(columns: &Columns<'_>, row: usize) -> i64 {
    i64::from(columns.quarters[row]) * summary::QUARTER_US
}
