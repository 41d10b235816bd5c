//! A query made ready to run: which columns it reads, which tests it makes, how it groups.

use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{cast, nullif};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::error::Result;
use jiff::tz::TimeZone;

use luotsi_marketing::conversion::{PagePattern, Trigger};
use luotsi_marketing::event::{ENGAGEMENT, counts};
use luotsi_marketing::query::{
    Attribution, Conversion, DAY_US, Dimension, OriginPart, Query, Range, Test, TextTest,
};
use luotsi_marketing::rates::Rates;

use super::condition::{Condition, Conjunction};
use super::gather::{self, Gather};
use super::orders::Repeated;
use super::origins::Origins;
use super::rows::MAX_KEYS;
use crate::schema;
use crate::snapshot::{Lift, Merged};

pub(crate) use self::currencies::{revenue_currencies, wanted_currencies};

mod build;
mod currencies;
mod reads;

/// More tests of one kind than a program has bits for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a query can test at most {MAX_TESTS} values of events and as many of visits")]
pub(crate) struct TooManyTests;

const MAX_TESTS: usize = 64;

/// What runs over the rows. Tests and keys are shared by the views.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) site_number: i32,
    pub(crate) range: Range,
    /// Starts of the time buckets, rising; empty without a time dimension.
    pub(crate) bucket_starts_us: Arc<[i64]>,
    pub(crate) event_tests: Vec<EventTest>,
    pub(crate) visit_tests: Vec<VisitTest>,
    pub(crate) event_keys: Vec<EventKey>,
    /// Text columns that visits are grouped by.
    pub(crate) visit_keys: Vec<&'static str>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) views: Vec<View>,
    pub(crate) needs: Needs,
    /// Visitors and persons who turned out to be someone else.
    pub(crate) merged: Option<Arc<Merged>>,
    /// Events whose order counts elsewhere.
    pub(crate) repeated: Option<Arc<Repeated>>,
    /// What was held back and counts all the same.
    pub(crate) lifts: Option<Arc<[Lift]>>,
    /// What money in other currencies is worth.
    pub(crate) rates: Option<Arc<Rates>>,
    /// The zone in which an event's day is told.
    pub(crate) time_zone: TimeZone,
    /// Bits of the tests that are steps, where events are looked for one by one.
    pub(crate) step_bits: u64,
    /// Bit of the test for key events, which make a visit engaged: 0 where nothing asks or there are none.
    pub(crate) key_events: u64,
    /// Bits of the steps that visits take one after another, when visits are asked how far they came.
    pub(crate) funnel: Vec<u64>,
    /// Set where visits are gathered to be looked at together, and not counted.
    pub(crate) gather: Option<Gather>,
    /// What visits are owed to, where that is asked for.
    pub(crate) origins: Option<Arc<Origins>>,
    /// Tests of filters that are there already, and the conditions that they are.
    pub(crate) known: Vec<(Test, Condition)>,
}

/// Which columns are read besides those of tests and keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) visitors: bool,
    pub(crate) times: bool,
    pub(crate) interactions: bool,
    /// Entry and exit pages.
    pub(crate) pages: bool,
    pub(crate) revenue: bool,
    pub(crate) engagement: bool,
    /// Figures of whole visits.
    pub(crate) visit_figures: bool,
    /// Whether visits were engaged.
    pub(crate) engaged: bool,
    /// Events one by one, with the outcomes of tests.
    pub(crate) steps: bool,
    /// Reports of orders one by one, as steps: see `Repeated`.
    pub(crate) orders: bool,
    /// The sales of the first view one by one, as steps whose visitor is the amount in minor units.
    pub(crate) sales: bool,
}

impl Needs {
    /// Whether anything is asked about visits as wholes.
    pub(crate) fn figures(self) -> bool {
        self.visit_figures || self.times || self.pages
    }
}

/// A test of an event.
#[derive(Debug, Clone)]
pub(crate) enum EventTest {
    Text {
        column: &'static str,
        test: TextTest,
    },
    Prop {
        name: String,
        test: TextTest,
    },
    /// The event is one of these conversions, indexes into `Program::goals`.
    Goal(Vec<usize>),
}

/// A test of a visit.
#[derive(Debug, Clone)]
pub(crate) enum VisitTest {
    Text {
        column: &'static str,
        test: TextTest,
    },
    /// Of the country's English name.
    CountryName(TextTest),
    EntryPage(TextTest),
    ExitPage(TextTest),
    /// Of what an earlier visit came by.
    Origin(Attribution, OriginPart, TextTest),
    /// Some event of the visit in the range fulfils this.
    HasDone(Condition),
}

/// What single events are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventKey {
    Text(&'static str),
    Prop(String),
    /// The conversions that the event is, out of these.
    Goal(Vec<usize>),
}

/// A conversion made ready to be recognised.
#[derive(Debug, Clone)]
pub(crate) struct Goal {
    pub(crate) trigger: GoalTrigger,
    /// Code of the currency of its revenue.
    pub(crate) currency: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum GoalTrigger {
    Page(PagePattern),
    Event(String),
    /// A pattern that cannot be recognised: no event fits it.
    Never,
}

/// One way of filtering and grouping.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) conditions: Conjunction,
    pub(crate) keys: Vec<Key>,
    /// Currency of revenue; `None` with `event:goal`, where each conversion has its own.
    pub(crate) currency: Option<String>,
    /// Metrics of whole visits: bounces, duration, page views of the visit.
    pub(crate) visit_figures: bool,
    pub(crate) visitors: bool,
    pub(crate) revenue: bool,
    pub(crate) engagement: bool,
    /// Set where only money in other currencies than asked for is looked at.
    pub(crate) foreign: Option<Foreign>,
}

/// Which money in other currencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// That of which a rate is known, or that of which none is.
    pub(crate) converted: bool,
    /// Where the query is by goal: index into `Program::event_keys`.
    pub(crate) goals: Option<usize>,
}

/// A part of a group's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// Index into `Program::event_keys`.
    Event(usize),
    /// Index into `Program::visit_keys`.
    Visit(usize),
    EntryPage,
    ExitPage,
    Origin(Attribution, OriginPart),
    Bucket,
    /// The currency of an event's money, and the one that is asked for.
    Currency,
    Wanted,
}

/// Which of a query's filters and dimensions a view has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All filters and dimensions: the result itself.
    Whole,
    /// All filters, no dimensions: whom `percentage` is a share of.
    Total,
    /// No goal and property filters, no dimensions: whom `conversion_rate` is a share of.
    Everyone,
    /// No goal and property filters: whom `group_conversion_rate` is a share of.
    EveryoneByGroup,
    /// All filters: money in other currencies, of which a rate is known.
    Converted,
    /// All filters: money in other currencies that cannot be counted.
    Unconverted,
}

impl Scope {
    fn is_of_money(self) -> bool {
        matches!(self, Scope::Converted | Scope::Unconverted)
    }
}

impl View {
    pub(crate) fn by_time(&self) -> bool {
        self.keys.contains(&Key::Bucket)
    }

    pub(crate) fn by_event(&self) -> bool {
        self.keys.iter().any(|key| matches!(key, Key::Event(_)))
    }

    /// Whether it has the same events in the same groups, whatever is counted of them.
    fn divides_like(&self, other: &View) -> bool {
        self.conditions == other.conditions
            && self.keys == other.keys
            && self.currency == other.currency
            && self.foreign == other.foreign
    }

    /// Counts what the other one counts besides.
    fn count_too(&mut self, other: &View) {
        self.visit_figures |= other.visit_figures;
        self.visitors |= other.visitors;
        self.revenue |= other.revenue;
        self.engagement |= other.engagement;
    }
}

/// Dimensions that a view of this scope is grouped by, of the query's.
///
/// Those who did not convert have no goal and no property of a conversion, so `Everyone` is not
/// divided by them.
pub(crate) fn dimensions_in(scope: Scope, query: &Query) -> Vec<usize> {
    let kept = |dimension: &Dimension| match scope {
        Scope::Whole => true,
        Scope::Total | Scope::Everyone | Scope::Converted | Scope::Unconverted => false,
        Scope::EveryoneByGroup => !matches!(dimension, Dimension::Goal | Dimension::Prop(_)),
    };
    query
        .dimensions
        .iter()
        .enumerate()
        .filter_map(|(at, dimension)| kept(dimension).then_some(at))
        .collect()
}

impl Program {
    /// A program over `range` in which nothing is counted yet, for queries with the conversions and the zone of
    /// this one.
    pub(crate) fn new(
        site_number: i32,
        query: &Query,
        range: Range,
        bucket_starts_us: Arc<[i64]>,
    ) -> Program {
        let mut program = Program::empty(site_number, range, &query.conversions);
        program.bucket_starts_us = bucket_starts_us;
        program.time_zone = query.time_zone.clone();
        program
    }

    /// Takes a query in; gives the view of each scope. Queries that filter and group alike share their views.
    ///
    /// # Errors
    /// There are more tests than bits: the program is of no use any more.
    pub(crate) fn add(
        &mut self,
        query: &Query,
        scopes: &[Scope],
    ) -> Result<Vec<usize>, TooManyTests> {
        scopes.iter().map(|scope| self.add_view(*scope, query)).collect()
    }

    /// Whether there is room for what the program groups by: places for the values of a visit, and for one set of
    /// conversions.
    pub(crate) fn has_room(&self) -> bool {
        let goals = self.event_keys.iter().filter(|key| matches!(key, EventKey::Goal(_)));
        self.visit_keys.len() <= MAX_KEYS && goals.count() <= 1
    }

    /// Whether summaries answer it where they are.
    pub(crate) fn is_of_visits(&self) -> bool {
        self.summary_columns().is_some()
    }

    /// The program that finds the events of `query` that pass `tests`; the bit of each test, by its place.
    ///
    /// # Errors
    /// There are more tests than bits.
    pub(crate) fn of_steps(
        site_number: i32,
        query: &Query,
        tests: &[Test],
    ) -> Result<Program, TooManyTests> {
        let mut program = Program::empty(site_number, query.range, &query.conversions);
        for test in tests {
            program.test(test, &query.conversions)?;
        }
        if program.event_tests.len() != tests.len() {
            return Err(TooManyTests);
        }
        program.step_bits = (0..tests.len()).fold(0, |bits, step| bits | 1 << step);
        if !query.filters.is_empty() {
            program.add_view(Scope::Whole, query)?;
        }
        program.needs = Needs { visitors: true, times: true, steps: true, ..program.needs };
        Ok(program)
    }

    /// The program that finds the reports of orders.
    pub(crate) fn of_orders(site_number: i32, range: Range) -> Program {
        let mut program = Program::empty(site_number, range, &[]);
        program.needs =
            Needs { times: true, revenue: true, steps: true, orders: true, ..Needs::default() };
        program
    }

    /// The program that gathers visits with where they came from.
    pub(crate) fn of_origins(site_number: i32, range: Range, gather: Gather) -> Program {
        let mut program = Program::empty(site_number, range, &[]);
        program.visit_keys = gather::COLUMNS.to_vec();
        program.needs = Needs { visitors: true, times: true, ..Needs::default() };
        program.gather = Some(gather);
        program
    }

    /// What it is to know of earlier visits, each once.
    pub(crate) fn attributions(&self) -> Vec<Attribution> {
        let tested = self.visit_tests.iter().filter_map(|test| match test {
            VisitTest::Origin(attribution, ..) => Some(*attribution),
            _ => None,
        });
        let keys = self.views.iter().flat_map(|view| &view.keys);
        let grouped = keys.filter_map(|key| match key {
            Key::Origin(attribution, _) => Some(*attribution),
            _ => None,
        });
        let mut asked: Vec<Attribution> = tested.chain(grouped).collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    /// The program that finds the sales of `query` one by one.
    ///
    /// # Errors
    /// There are more tests than bits.
    pub(crate) fn of_sales(site_number: i32, query: &Query) -> Result<Program, TooManyTests> {
        let mut program = Program::empty(site_number, query.range, &query.conversions);
        program.time_zone = query.time_zone.clone();
        program.add_view(Scope::Whole, query)?;
        let needs = Needs { times: true, revenue: true, steps: true, sales: true, ..program.needs };
        program.needs = needs;
        Ok(program)
    }

    /// The program that says of each visit with an event of `query` how many of `steps` it took in order.
    ///
    /// # Errors
    /// There are more tests than bits.
    pub(crate) fn of_visit_steps(
        site_number: i32,
        query: &Query,
        steps: &[Test],
    ) -> Result<Program, TooManyTests> {
        let mut program = Program::empty(site_number, query.range, &query.conversions);
        program.time_zone = query.time_zone.clone();
        program.add_view(Scope::Whole, query)?;
        for step in steps {
            let first = program.event_tests.len();
            program.test(step, &query.conversions)?;
            if program.event_tests.len() != first + 1 {
                return Err(TooManyTests);
            }
            program.funnel.push(1 << first);
        }
        program.needs = Needs { times: true, steps: true, ..program.needs };
        Ok(program)
    }

    /// Leaves out the orders that count elsewhere.
    pub(crate) fn without(self, repeated: Repeated) -> Program {
        Program { repeated: (!repeated.is_empty()).then(|| Arc::new(repeated)), ..self }
    }

    /// The program with the lifts that touch its range; visits may reach a day beyond it.
    pub(crate) fn lifting(self, lifts: Option<&Arc<[Lift]>>) -> Program {
        let touches = |lift: &Lift| {
            lift.range.from_us < self.range.to_us.saturating_add(DAY_US)
                && lift.range.to_us > self.range.from_us.saturating_sub(DAY_US)
        };
        let lifts = lifts.filter(|lifts| lifts.iter().any(touches)).cloned();
        Program { lifts, ..self }
    }

    /// A batch in which nothing is held back that is lifted.
    pub(crate) fn lifted(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let Some(lifts) = &self.lifts else { return Ok(batch) };
        let Ok(index) = batch.schema().index_of(schema::BOT_REASON) else { return Ok(batch) };
        let times = batch.column_by_name(schema::TS);
        let times = times.and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>());
        let reasons = batch.column(index);
        let (Some(times), true) = (times, reasons.null_count() < reasons.len()) else {
            return Ok(batch);
        };
        let words = cast(reasons, &DataType::Utf8)?;
        let words = words.as_string::<i32>();
        let lifted: BooleanArray = words
            .iter()
            .zip(times.values())
            .map(|(word, at_us)| {
                let is =
                    |lift: &Lift| word == Some(lift.reason.as_str()) && lift.range.contains(*at_us);
                Some(word.is_some() && lifts.iter().any(is))
            })
            .collect();
        let mut columns = batch.columns().to_vec();
        columns[index] = nullif(reasons, &lifted)?;
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }

    /// Whether events are told apart.
    pub(crate) fn needs_events(&self) -> bool {
        self.needs.steps || self.repeated.is_some()
    }

    fn empty(site_number: i32, range: Range, conversions: &[Conversion]) -> Program {
        Program {
            site_number,
            range,
            bucket_starts_us: Arc::new([]),
            event_tests: Vec::new(),
            visit_tests: Vec::new(),
            event_keys: Vec::new(),
            visit_keys: Vec::new(),
            goals: conversions.iter().map(goal).collect(),
            views: Vec::new(),
            needs: Needs::default(),
            merged: None,
            repeated: None,
            lifts: None,
            rates: None,
            time_zone: TimeZone::UTC,
            step_bits: u64::MAX,
            key_events: 0,
            funnel: Vec::new(),
            gather: None,
            origins: None,
            known: Vec::new(),
        }
    }
}

fn goal(conversion: &Conversion) -> Goal {
    let trigger = match &conversion.trigger {
        Trigger::Page { pattern } => {
            PagePattern::new(pattern).map_or(GoalTrigger::Never, GoalTrigger::Page)
        }
        Trigger::Event { name } => GoalTrigger::Event(name.clone()),
    };
    Goal { trigger, currency: conversion.currency.map(|currency| currency.code().to_owned()) }
}

/// The conversions that a query's goal filters leave, all without any.
pub(crate) fn filtered_goals(query: &Query) -> Vec<usize> {
    let mut goals: Vec<usize> = (0..query.conversions.len()).collect();
    for test in query.top_level_tests().filter(|test| test.dimension == Dimension::Goal) {
        let named = test.goals(&query.conversions);
        goals.retain(|goal| named.contains(goal));
    }
    goals
}

/// What an event's name makes it.
pub(crate) fn kind_of(name: &str) -> u8 {
    match name {
        luotsi_marketing::event::PAGEVIEW => super::rows::PAGEVIEW,
        ENGAGEMENT => super::rows::ENGAGEMENT,
        name if counts(name) => super::rows::CUSTOM,
        _ => 0,
    }
}
