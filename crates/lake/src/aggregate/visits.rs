//! Whole visits taken in one after another, and counted in every view.

use std::ops::Range;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use datafusion::error::Result;

use super::gather::Gatherer;
use super::groups::Groups;
use super::program::{Program, VisitTest};
use super::reader::Reader;
use super::rows::{EVENT, IN_RANGE, Rows, VisitValues};
use super::summaries::Summaries;
use crate::schema;

pub(crate) use self::counter::Counter;
use self::figures::{Figures, figures, is_engaged};

mod counter;
mod figures;
mod steps;

/// What is counted so far.
#[derive(Debug)]
pub(crate) struct Visits {
    pub(crate) reader: Reader,
    counter: Counter,
    /// The beginning of a visit that may go on in the next batch.
    open: Option<(Rows, VisitValues)>,
    summaries: Summaries,
    /// Events that pass any test, when the program asks for them one by one.
    pub(crate) steps: Vec<Step>,
    /// Visits, when the program gathers them.
    pub(crate) gatherer: Gatherer,
    plan: Plan,
}

/// What the program says of every visit alike.
#[derive(Debug)]
struct Plan {
    decides_early: bool,
    asks_what_was_done: bool,
    figures: bool,
    /// By view: whether a visit's events may go to several groups.
    divides: Vec<bool>,
}

impl Plan {
    fn new(program: &Program) -> Self {
        let is_of_behavior = |test: &VisitTest| matches!(test, VisitTest::HasDone(_));
        Self {
            decides_early: program.decides_early(),
            asks_what_was_done: program.visit_tests.iter().any(is_of_behavior),
            figures: program.needs.figures(),
            divides: program.views.iter().map(|view| view.by_event() || view.by_time()).collect(),
        }
    }
}

/// An event of a visitor and the tests that it passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) visitor: i64,
    pub(crate) at_us: i64,
    /// Decides between events of one moment.
    pub(crate) event: i64,
    pub(crate) bits: u64,
}

/// A visit at hand.
#[derive(Debug, Clone, Copy)]
struct Visit<'a> {
    rows: &'a Rows,
    from: usize,
    to: usize,
    values: &'a VisitValues,
    figures: &'a Figures,
    /// Whom the visit counts to: see `visitor_of`. 0 when nobody is told apart.
    visitor: i64,
}

impl Visits {
    pub(crate) fn new(program: &Program) -> Self {
        let reader = Reader::new(program);
        let number = |code: &Option<String>| reader.wanted_at(code.as_deref()?);
        let view_currencies = program.views.iter().map(|view| number(&view.currency)).collect();
        let goal_currencies = program.goals.iter().map(|goal| number(&goal.currency)).collect();
        Self {
            reader,
            counter: Counter {
                groups: program.views.iter().map(|view| Groups::new(view.keys.len())).collect(),
                view_currencies,
                goal_currencies,
                visit: 0,
                bucket: (0, 0, 0),
                repeated: program.repeated.clone(),
            },
            open: None,
            summaries: Summaries::default(),
            steps: Vec::new(),
            gatherer: Gatherer::default(),
            plan: Plan::new(program),
        }
    }

    /// Bytes held, about.
    pub(crate) fn size(&self) -> usize {
        let groups: usize = self.counter.groups.iter().map(Groups::size).sum();
        let steps = self.steps.capacity() * size_of::<Step>();
        self.reader.size() + groups + steps + self.gatherer.size()
    }

    /// Takes in a batch that goes on where the last one ended.
    pub(crate) fn push(
        &mut self,
        batch: &RecordBatch,
        program: &Program,
        in_range: bool,
        one_site: bool,
    ) -> Result<()> {
        let own;
        let batch = if one_site {
            batch
        } else {
            own = rows_of_site(batch, program.site_number);
            &own
        };
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let rows = self.reader.read(batch, program, in_range)?;
        let visits = rows.visits.clone();
        let count = visits.len();
        let end_of = |start: usize| {
            let visit = visits[start];
            let mut end = start + 1;
            while end < count && visits[end] == visit {
                end += 1;
            }
            end
        };
        let mut start = 0;
        let mut values = VisitValues::default();
        if let Some((mut open, mut of_open)) = self.open.take() {
            if open.visits.first() == visits.first() {
                let end = end_of(0);
                open.append(&rows, 0..end);
                self.reader.visit_values(end - 1, &mut of_open);
                if end == count {
                    self.open = Some((open, of_open));
                    return Ok(());
                }
                start = end;
                self.count(&open, 0, open.kinds.len(), &mut of_open, program);
            } else {
                self.count(&open, 0, open.kinds.len(), &mut of_open, program);
            }
        }
        loop {
            let end = end_of(start);
            self.reader.visit_values(end - 1, &mut values);
            if end == count {
                let mut open = Rows::default();
                open.append(&rows, start..end);
                self.open = Some((open, values));
                break;
            }
            self.count(&rows, start, end, &mut values, program);
            start = end;
        }
        self.counter.compact();
        Ok(())
    }

    /// Takes in a batch of a summary that goes on where the last one ended.
    pub(crate) fn push_summary(
        &mut self,
        batch: &RecordBatch,
        program: &Program,
        one_site: bool,
    ) -> Result<()> {
        self.summaries.push(batch, program, one_site, &mut self.reader, &mut self.counter)
    }

    /// Ends a stream: the visit at its end is whole.
    pub(crate) fn end(&mut self, program: &Program) {
        if let Some((open, mut values)) = self.open.take() {
            self.count(&open, 0, open.kinds.len(), &mut values, program);
        }
    }

    pub(crate) fn into_parts(self) -> (Reader, Vec<Groups>) {
        (self.reader, self.counter.groups)
    }

    #[inline]
    fn count(
        &mut self,
        rows: &Rows,
        from: usize,
        to: usize,
        values: &mut VisitValues,
        program: &Program,
    ) {
        if self.plan.decides_early
            && !program.views.iter().any(|view| view.conditions.visit_fits(values.bits))
        {
            return;
        }
        if let Some(gather) = &program.gather {
            self.gather(gather, rows, from..to, values, program);
            return;
        }
        if let Some(origins) = &program.origins {
            origins.read(rows.visits[from], values);
        }
        let mut figures =
            if self.plan.figures { figures(rows, from, to) } else { Figures::default() };
        if program.needs.engaged {
            figures.engaged = is_engaged(rows, from..to, &figures, program.key_events);
        }
        if program.needs.pages {
            values.bits |= self.reader.page_bits(figures.entry_page, figures.exit_page);
        }
        if self.plan.asks_what_was_done {
            values.bits |= done_bits(rows, from..to, program);
        }
        if program.needs.steps {
            if program.needs.orders {
                self.take_orders(rows, from..to);
            } else if program.needs.sales {
                self.take_sales(rows, from..to, values.bits, program);
            } else if !program.funnel.is_empty() {
                let start_us = figures.start_us.max(program.range.from_us);
                self.take_depth(rows, from..to, values.bits, start_us, program);
            } else {
                self.take_steps(rows, from..to, values.bits, program);
            }
            return;
        }
        self.counter.visit += 1;
        let visitor = visitor_of(rows, from, to, program);
        let visit = Visit { rows, from, to, values, figures: &figures, visitor };
        for (at, view) in program.views.iter().enumerate() {
            if view.conditions.visit_fits(values.bits) {
                if let Some(foreign) = view.foreign {
                    self.counter.count_foreign(at, view, foreign, visit, &self.reader);
                } else if self.plan.divides[at] {
                    self.counter.count_events(at, view, visit, program, &self.reader);
                } else {
                    self.counter.count_visit(at, view, visit);
                }
            }
        }
    }
}

/// Whom a visit counts to, and whoever they turned out to be.
#[inline]
fn visitor_of(rows: &Rows, from: usize, to: usize, program: &Program) -> i64 {
    let Some(id) = rows.visitor(from..to) else { return 0 };
    program.merged.as_ref().map_or(id, |merged| merged.of(id))
}

/// Outcomes of the tests of what the visit has done.
fn done_bits(rows: &Rows, of_visit: Range<usize>, program: &Program) -> u64 {
    let mut bits = 0;
    for (at, test) in program.visit_tests.iter().enumerate() {
        if let VisitTest::HasDone(condition) = test {
            let has_done = of_visit
                .clone()
                .any(|row| is_event(rows.kinds[row]) && condition.holds(event_bits(rows, row), 0));
            bits |= u64::from(has_done) << at;
        }
    }
    bits
}

/// The rows of one site: rows are sorted by site.
pub(crate) fn rows_of_site(batch: &RecordBatch, site_number: i32) -> RecordBatch {
    let sites = batch
        .column_by_name(schema::SITE_NUMBER)
        .and_then(|column| column.as_primitive_opt::<Int32Type>());
    let Some(sites) = sites.map(arrow::array::PrimitiveArray::values) else {
        return batch.slice(0, 0);
    };
    let from = sites.partition_point(|site| *site < site_number);
    let to = sites.partition_point(|site| *site <= site_number);
    batch.slice(from, to - from)
}

#[inline]
fn is_event(kind: u8) -> bool {
    kind & IN_RANGE != 0 && kind & EVENT != 0
}

#[inline]
fn event_bits(rows: &Rows, row: usize) -> u64 {
    rows.event_bits.get(row).copied().unwrap_or_default()
}
