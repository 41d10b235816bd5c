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
    Attribution, Conversion, DAY_US, Dimension, Filter, Metric, OriginPart, Query, Range, Test,
    TextTest, VisitColumn,
};
use luotsi_marketing::rates::Rates;

use super::condition::{Condition, Conjunction};
use super::gather::{self, Gather};
use super::orders::Repeated;
use super::origins::Origins;
use super::rows::MAX_KEYS;
use crate::scan::Request;
use crate::snapshot::{Lift, Merged};
use crate::{schema, summary};

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

    fn add_view(&mut self, scope: Scope, query: &Query) -> Result<usize, TooManyTests> {
        let of_everyone = matches!(scope, Scope::Everyone | Scope::EveryoneByGroup);
        let mut conditions = Vec::new();
        for filter in &query.filters {
            let is_of_conversions = matches!(
                filter,
                Filter::Test(Test { dimension: Dimension::Goal | Dimension::Prop(_), .. })
            );
            if !(of_everyone && is_of_conversions) {
                conditions.push(self.condition(filter, &query.conversions)?);
            }
        }
        let goals = filtered_goals(query);
        let mut keys = Vec::new();
        for at in dimensions_in(scope, query) {
            keys.push(self.key(&query.dimensions[at], &goals));
        }
        let by_goal = query.dimensions.contains(&Dimension::Goal);
        let foreign = scope.is_of_money().then(|| Foreign {
            converted: scope == Scope::Converted,
            goals: by_goal.then(|| self.event_key_at(EventKey::Goal(goals.clone()))),
        });
        if foreign.is_some() {
            keys = vec![Key::Currency, Key::Wanted];
        }
        let asked = |metrics: &[Metric]| {
            scope == Scope::Whole && query.metrics.iter().any(|one| metrics.contains(one))
        };
        let engaged = asked(&[Metric::EngagedVisits, Metric::EngagementRate]);
        if engaged && self.key_events == 0 && !query.conversions.is_empty() {
            let all = EventTest::Goal((0..query.conversions.len()).collect());
            if let Condition::Event(bits) = self.event_test(all)? {
                self.key_events = bits;
            }
        }
        let rates = [
            Metric::Visitors,
            Metric::ConversionRate,
            Metric::GroupConversionRate,
            Metric::Percentage,
        ];
        let view = View {
            conditions: Conjunction::new(conditions),
            keys,
            currency: revenue_currency(query),
            visit_figures: engaged
                || asked(&[Metric::BounceRate, Metric::VisitDuration, Metric::ViewsPerVisit]),
            visitors: (scope != Scope::Whole && foreign.is_none()) || asked(&rates),
            revenue: asked(&[Metric::TotalRevenue, Metric::AverageRevenue]),
            engagement: asked(&[Metric::ScrollDepth, Metric::TimeOnPage]),
            foreign,
        };
        let of_pages = |key: &Key| matches!(key, Key::EntryPage | Key::ExitPage);
        let needs = &mut self.needs;
        needs.visitors |= view.visitors || asked(&[Metric::ScrollDepth]);
        needs.times |= view.by_time() || engaged || asked(&[Metric::VisitDuration]);
        needs.interactions |= asked(&[Metric::BounceRate]);
        // With `event:page` visit metrics count for the entry page.
        needs.pages |= view.keys.iter().any(of_pages) || (view.visit_figures && view.by_event());
        needs.revenue |= view.revenue;
        needs.engaged |= engaged;
        needs.engagement |= view.engagement || engaged;
        needs.visit_figures |= view.visit_figures;
        if let Some(at) = self.views.iter().position(|known| known.divides_like(&view)) {
            self.views[at].count_too(&view);
            return Ok(at);
        }
        self.views.push(view);
        Ok(self.views.len() - 1)
    }

    /// A filter as a condition; its tests are added to the program.
    pub(crate) fn condition(
        &mut self,
        filter: &Filter,
        goals: &[Conversion],
    ) -> Result<Condition, TooManyTests> {
        Ok(match filter {
            Filter::And(parts) => Condition::All(self.conditions(parts, goals)?),
            Filter::Or(parts) => Condition::Any(self.conditions(parts, goals)?),
            Filter::Not(inner) => Condition::Not(Box::new(self.condition(inner, goals)?)),
            Filter::HasDone(inner) => {
                let inner = self.condition(inner, goals)?;
                let same =
                    |test: &VisitTest| matches!(test, VisitTest::HasDone(known) if *known == inner);
                match self.visit_tests.iter().position(same) {
                    Some(at) => Condition::Visit(1 << at),
                    None => self.visit_test(VisitTest::HasDone(inner))?,
                }
            }
            Filter::Test(test) => {
                if let Some((_, known)) = self.known.iter().find(|(known, _)| known == test) {
                    return Ok(known.clone());
                }
                let condition = self.test(test, goals)?;
                self.known.push((test.clone(), condition.clone()));
                condition
            }
        })
    }

    fn conditions(
        &mut self,
        parts: &[Filter],
        goals: &[Conversion],
    ) -> Result<Vec<Condition>, TooManyTests> {
        parts.iter().map(|part| self.condition(part, goals)).collect()
    }

    fn test(&mut self, test: &Test, goals: &[Conversion]) -> Result<Condition, TooManyTests> {
        let text = || test.text_test();
        match &test.dimension {
            Dimension::Page => {
                self.event_test(EventTest::Text { column: schema::PATHNAME, test: text() })
            }
            Dimension::Hostname => {
                self.event_test(EventTest::Text { column: schema::HOSTNAME, test: text() })
            }
            Dimension::Name => {
                self.event_test(EventTest::Text { column: schema::NAME, test: text() })
            }
            Dimension::Prop(name) => {
                self.event_test(EventTest::Prop { name: name.clone(), test: text() })
            }
            Dimension::Goal => self.event_test(EventTest::Goal(test.goals(goals))),
            Dimension::EntryPage => self.visit_test(VisitTest::EntryPage(text())),
            Dimension::ExitPage => self.visit_test(VisitTest::ExitPage(text())),
            Dimension::CountryName => self.visit_test(VisitTest::CountryName(text())),
            Dimension::Visit(column) => {
                self.visit_test(VisitTest::Text { column: column_name(*column), test: text() })
            }
            Dimension::Origin(attribution, part) => {
                self.visit_test(VisitTest::Origin(*attribution, *part, text()))
            }
            // The parser takes no filters of time: nothing is left out.
            Dimension::Time(_) => Ok(Condition::All(Vec::new())),
        }
    }

    fn event_test(&mut self, test: EventTest) -> Result<Condition, TooManyTests> {
        if self.event_tests.len() == MAX_TESTS {
            return Err(TooManyTests);
        }
        self.event_tests.push(test);
        Ok(Condition::Event(1 << (self.event_tests.len() - 1)))
    }

    fn visit_test(&mut self, test: VisitTest) -> Result<Condition, TooManyTests> {
        if self.visit_tests.len() == MAX_TESTS {
            return Err(TooManyTests);
        }
        self.needs.pages |= matches!(test, VisitTest::EntryPage(_) | VisitTest::ExitPage(_));
        self.visit_tests.push(test);
        Ok(Condition::Visit(1 << (self.visit_tests.len() - 1)))
    }

    fn key(&mut self, dimension: &Dimension, goals: &[usize]) -> Key {
        match dimension {
            Dimension::Page => self.event_key(EventKey::Text(schema::PATHNAME)),
            Dimension::Hostname => self.event_key(EventKey::Text(schema::HOSTNAME)),
            Dimension::Name => self.event_key(EventKey::Text(schema::NAME)),
            Dimension::Prop(name) => self.event_key(EventKey::Prop(name.clone())),
            Dimension::Goal => self.event_key(EventKey::Goal(goals.to_vec())),
            Dimension::EntryPage => Key::EntryPage,
            Dimension::ExitPage => Key::ExitPage,
            Dimension::CountryName => self.visit_key(schema::COUNTRY),
            Dimension::Visit(column) => self.visit_key(column_name(*column)),
            Dimension::Origin(attribution, part) => Key::Origin(*attribution, *part),
            Dimension::Time(_) => Key::Bucket,
        }
    }

    fn event_key(&mut self, key: EventKey) -> Key {
        Key::Event(self.event_key_at(key))
    }

    fn event_key_at(&mut self, key: EventKey) -> usize {
        self.event_keys.iter().position(|known| *known == key).unwrap_or_else(|| {
            self.event_keys.push(key);
            self.event_keys.len() - 1
        })
    }

    fn visit_key(&mut self, column: &'static str) -> Key {
        let at = self.visit_keys.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.visit_keys.push(column);
            self.visit_keys.len() - 1
        });
        Key::Visit(at)
    }

    /// Whether a visit's text columns alone tell if it fits: nothing more has to be known of it.
    pub(crate) fn decides_early(&self) -> bool {
        let is_text =
            |test: &VisitTest| matches!(test, VisitTest::Text { .. } | VisitTest::CountryName(_));
        !self.needs.steps && !self.visit_tests.is_empty() && self.visit_tests.iter().all(is_text)
    }

    /// Text columns that the program looks at, each once.
    pub(crate) fn text_columns(&self) -> Vec<&'static str> {
        let mut columns = vec![schema::NAME];
        let mut add = |column: &'static str| {
            if !columns.contains(&column) {
                columns.push(column);
            }
        };
        for test in &self.event_tests {
            match test {
                EventTest::Text { column, .. } => add(column),
                EventTest::Prop { .. } => add(schema::PROPS),
                EventTest::Goal(_) => add(schema::PATHNAME),
            }
        }
        for test in &self.visit_tests {
            match test {
                VisitTest::Text { column, .. } => add(column),
                VisitTest::CountryName(_) => add(schema::COUNTRY),
                VisitTest::EntryPage(_) | VisitTest::ExitPage(_) => add(schema::PATHNAME),
                VisitTest::HasDone(_) | VisitTest::Origin(..) => {}
            }
        }
        for key in &self.event_keys {
            match key {
                EventKey::Text(column) => add(column),
                EventKey::Prop(_) => add(schema::PROPS),
                EventKey::Goal(_) => add(schema::PATHNAME),
            }
        }
        self.visit_keys.iter().for_each(|column| add(column));
        if self.needs.pages {
            add(schema::PATHNAME);
        }
        if self.needs.revenue {
            add(schema::CURRENCY);
            add(schema::TRANSACTION_ID);
        }
        columns
    }

    /// What is to be read for this.
    pub(crate) fn request(&self) -> Request {
        let mut columns = self.text_columns();
        columns.push(schema::BOT_REASON);
        if self.needs.visitors {
            columns.extend([schema::PERSON_ID, schema::NAMED_ID]);
        }
        if self.needs.interactions {
            columns.push(schema::INTERACTIVE);
        }
        if self.needs.revenue {
            columns.push(schema::REVENUE);
        }
        if self.needs_events() {
            columns.push(schema::EVENT_ID);
        }
        if self.needs.engagement {
            columns.extend([schema::SCROLL_DEPTH, schema::ENGAGEMENT_MS]);
        }
        Request {
            site_number: self.site_number,
            range: self.range,
            columns,
            visitors: self.needs.visitors,
            // A rate is of a day.
            times: self.needs.times || self.needs.revenue || self.lifts.is_some(),
            with_value: self.needs.orders.then_some(schema::TRANSACTION_ID),
            of_summary: self.summary_columns(),
        }
    }

    /// What is read of a summary where there is one; `None` when single events are asked about.
    fn summary_columns(&self) -> Option<Vec<&'static str>> {
        let needs = self.needs;
        let by_quarters =
            self.bucket_starts_us.iter().all(|start| start.rem_euclid(summary::QUARTER_US) == 0);
        let is_of_visits = self.event_tests.is_empty() && self.event_keys.is_empty() && by_quarters;
        // Summaries do not say which visit it is, and what each came by is known by visit.
        if self.gather.is_some() || !self.attributions().is_empty() {
            return None;
        }
        // Summaries know nothing of what was held back.
        if !is_of_visits || self.lifts.is_some() || needs.revenue || needs.engagement || needs.steps
        {
            return None;
        }
        let mut columns = vec![summary::START, summary::EVENTS, summary::PAGEVIEWS];
        if needs.visitors {
            columns.push(schema::VISITOR_ID);
        }
        if !self.bucket_starts_us.is_empty() {
            columns.push(summary::QUARTER);
        }
        if needs.visit_figures {
            columns.extend([summary::VISIT_PAGEVIEWS, summary::DURATION_US]);
        }
        if needs.pages {
            columns.extend([schema::ENTRY_PAGE, summary::EXIT_PAGE]);
        }
        columns.extend(self.text_columns().into_iter().filter(|column| summary::has_text(column)));
        Some(columns)
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

/// The currencies that revenue of a query may be in: of the goals it is about, or the site's. Of goals in several
/// the sum is in the site's.
pub(crate) fn revenue_currencies(query: &Query) -> Vec<String> {
    if !is_about_goals(query) {
        return vec![query.currency.code().to_owned()];
    }
    let code = |goal: usize| Some(query.conversions[goal].currency?.code().to_owned());
    let mut codes: Vec<String> = filtered_goals(query).into_iter().filter_map(code).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.len() > 1 && !query.dimensions.contains(&Dimension::Goal) {
        return vec![query.currency.code().to_owned()];
    }
    codes
}

fn is_about_goals(query: &Query) -> bool {
    query.dimensions.contains(&Dimension::Goal)
        || query.top_level_tests().any(|test| test.dimension == Dimension::Goal)
}

/// Codes that `revenue_currency` and goals ask for, each once.
pub(crate) fn wanted_currencies(program: &Program) -> Vec<String> {
    let of_views = program.views.iter().filter_map(|view| view.currency.clone());
    let of_goals = program.goals.iter().filter_map(|goal| goal.currency.clone());
    let mut codes: Vec<String> = of_views.chain(of_goals).filter(|code| !code.is_empty()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn revenue_currency(query: &Query) -> Option<String> {
    if query.dimensions.contains(&Dimension::Goal) {
        return None;
    }
    let mut codes = revenue_currencies(query);
    // Of goals without money nothing can be summed: no event is in an unnamed currency.
    Some(if codes.len() == 1 { codes.remove(0) } else { String::new() })
}

fn column_name(column: VisitColumn) -> &'static str {
    column.as_str()
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
