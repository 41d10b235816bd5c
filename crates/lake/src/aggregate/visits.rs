//! Whole visits taken in one after another, and counted in every view.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use datafusion::error::Result;

use super::gather::{Gather, Gathered, Gatherer};
use super::groups::{GroupKey, Groups};
use super::orders::Repeated;
use super::program::{EventKey, Foreign, Key, Program, View, VisitTest};
use super::reader::Reader;
use super::rows::{
    ENGAGEMENT, EVENT, IN_RANGE, INTERACTIVE, NO_RATE, NO_REVENUE, PAGEVIEW, Rows, VisitValues,
};
use super::summaries::Summaries;
use crate::schema;

/// A visit that takes longer is engaged, microseconds.
const ENGAGED_US: i64 = 10_000_000;

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

/// The views' groups.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) groups: Vec<Groups>,
    /// By view and by goal: the place of its currency in `Rows::money`.
    view_currencies: Vec<Option<usize>>,
    goal_currencies: Vec<Option<usize>>,
    /// Number of the visit at hand, from 1.
    pub(crate) visit: u64,
    bucket: (i64, i64, u32),
    /// Events whose order counts elsewhere.
    repeated: Option<Arc<Repeated>>,
}

/// Figures of a whole visit, whatever part of it lies in the range.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    pageviews: i64,
    interactions: i64,
    duration_us: i64,
    engaged: bool,
    start_us: i64,
    entry_page: u32,
    exit_page: u32,
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

impl Visits {
    /// A visit begins with its first event that counts.
    fn gather(
        &mut self,
        gather: &Gather,
        rows: &Rows,
        of_visit: Range<usize>,
        values: &VisitValues,
        program: &Program,
    ) {
        let Some(first) = of_visit.clone().find(|row| rows.kinds[*row] & EVENT != 0) else {
            return;
        };
        let browser = rows.browser(of_visit.clone()).unwrap_or_default();
        let visit = Gathered {
            visitor: visitor_of(rows, of_visit.start, of_visit.end, program),
            browser: program.merged.as_ref().map_or(browser, |merged| merged.of(browser)),
            at_us: rows.times_us[first],
            visit: rows.visits[first],
            origin: 0,
        };
        let reader = &self.reader;
        let text = |at: usize, number: u32| reader.visit_text(at, number);
        self.gatherer.take(gather, visit, &values.keys, text);
    }

    fn take_orders(&mut self, rows: &Rows, of_visit: Range<usize>) {
        for row in of_visit {
            let sold = rows.revenue.get(row).is_some_and(|amount| *amount != NO_REVENUE);
            if is_event(rows.kinds[row]) && sold && rows.orders[row] != 0 {
                self.steps.push(Step {
                    visitor: rows.orders[row].cast_signed(),
                    at_us: rows.times_us[row],
                    event: rows.events[row],
                    bits: rows.names[row],
                });
            }
        }
    }

    /// The sales of a visit, by the rules of `count_row`.
    fn take_sales(&mut self, rows: &Rows, of_visit: Range<usize>, bits: u64, program: &Program) {
        let Some(view) = program.views.first().filter(|view| view.conditions.visit_fits(bits))
        else {
            return;
        };
        let Some(currency) = self.counter.view_currencies.first().copied().flatten() else {
            return;
        };
        let repeated = self.counter.repeated.as_deref();
        for row in of_visit {
            let sold = rows.revenue.get(row).is_some_and(|amount| *amount != NO_REVENUE);
            if !sold
                || !is_event(rows.kinds[row])
                || !view.conditions.event_fits(event_bits(rows, row), bits)
            {
                continue;
            }
            let amount = rows.money[currency][row];
            if amount != NO_RATE && amount >= 0 && !is_again(repeated, rows, row, false) {
                self.steps.push(Step {
                    visitor: amount,
                    at_us: rows.times_us[row],
                    event: rows.events[row],
                    bits: 0,
                });
            }
        }
    }

    /// How many steps a visit took in order, where it took any; it counts where it starts.
    fn take_depth(
        &mut self,
        rows: &Rows,
        of_visit: Range<usize>,
        bits: u64,
        start_us: i64,
        program: &Program,
    ) {
        let Some(view) = program.views.first().filter(|view| view.conditions.visit_fits(bits))
        else {
            return;
        };
        let mut depth = 0;
        for row in of_visit {
            let of_event = event_bits(rows, row);
            if is_event(rows.kinds[row])
                && program.funnel.get(depth).is_some_and(|step| of_event & step != 0)
                && view.conditions.event_fits(of_event, bits)
            {
                depth += 1;
            }
        }
        if depth > 0 {
            let depth = depth as i64;
            self.steps.push(Step { visitor: depth, at_us: start_us, event: 0, bits: 0 });
        }
    }

    fn take_steps(&mut self, rows: &Rows, of_visit: Range<usize>, bits: u64, program: &Program) {
        let conditions = program.views.first().map(|view| &view.conditions);
        if conditions.is_some_and(|conditions| !conditions.visit_fits(bits)) {
            return;
        }
        let visitor = visitor_of(rows, of_visit.start, of_visit.end, program);
        for row in of_visit {
            let of_event = event_bits(rows, row);
            let taken = of_event & program.step_bits;
            if is_event(rows.kinds[row])
                && taken != 0
                && conditions.is_none_or(|conditions| conditions.event_fits(of_event, bits))
            {
                self.steps.push(Step {
                    visitor,
                    at_us: rows.times_us[row],
                    event: rows.events[row],
                    bits: taken,
                });
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

/// Whether the order of a row was reported before.
#[inline]
fn is_again(repeated: Option<&Repeated>, rows: &Rows, row: usize, of_goal: bool) -> bool {
    repeated.is_some_and(|repeated| {
        rows.orders[row] != 0 && repeated.contains(rows.events[row], of_goal)
    })
}

#[inline]
fn is_event(kind: u8) -> bool {
    kind & IN_RANGE != 0 && kind & EVENT != 0
}

#[inline]
fn event_bits(rows: &Rows, row: usize) -> u64 {
    rows.event_bits.get(row).copied().unwrap_or_default()
}

#[inline]
fn figures(rows: &Rows, from: usize, to: usize) -> Figures {
    let mut figures = Figures::default();
    let mut last = None;
    for row in from..to {
        let kind = rows.kinds[row];
        if kind & (EVENT | ENGAGEMENT) == 0 {
            continue;
        }
        last = Some(row);
        figures.pageviews += i64::from(kind & PAGEVIEW);
        figures.interactions += i64::from(kind & INTERACTIVE != 0);
        if kind & PAGEVIEW != 0 && !rows.pages.is_empty() {
            figures.exit_page = rows.pages[row];
            if figures.pageviews == 1 {
                figures.entry_page = figures.exit_page;
            }
        }
    }
    if let (Some(last), false) = (last, rows.times_us.is_empty()) {
        let first =
            (from..to).find(|row| rows.kinds[*row] & (EVENT | ENGAGEMENT) != 0).unwrap_or(from);
        figures.start_us = rows.times_us[first];
        figures.duration_us = rows.times_us[last] - figures.start_us;
    }
    figures
}

/// Whether a visit was engaged: more than ten seconds, two page views or more, or a key event.
///
/// Its time is what its pages were in front, where any report says so, and else from its first event to its
/// last.
fn is_engaged(rows: &Rows, of_visit: Range<usize>, figures: &Figures, key_events: u64) -> bool {
    if figures.pageviews >= 2 {
        return true;
    }
    let mut in_front_ms = None;
    for row in of_visit {
        let kind = rows.kinds[row];
        if kind & EVENT != 0 && event_bits(rows, row) & key_events != 0 {
            return true;
        }
        let reported = rows.engaged_ms.get(row).copied().unwrap_or(-1);
        if kind & (EVENT | ENGAGEMENT) != 0 && reported >= 0 {
            in_front_ms = Some(in_front_ms.unwrap_or(0) + i64::from(reported));
        }
    }
    in_front_ms.map_or(figures.duration_us, |ms| ms * 1_000) > ENGAGED_US
}

impl Counter {
    pub(crate) fn compact(&mut self) {
        for groups in &mut self.groups {
            groups.compact();
        }
    }

    /// Counts a visit in a view whose groups are of whole visits.
    #[inline]
    fn count_visit(&mut self, at: usize, view: &View, visit: Visit<'_>) {
        let Visit { rows, from, to, values, figures, .. } = visit;
        let conditions = &view.conditions;
        let (mut events, mut pageviews, mut reports) = (0, 0, false);
        let mut take = |kind: u8| {
            events += i64::from(kind & EVENT != 0);
            pageviews += i64::from(kind & PAGEVIEW);
            reports |= kind & ENGAGEMENT != 0;
        };
        if conditions.takes_whole_visits() {
            for kind in &rows.kinds[from..to] {
                // Nothing is left of a kind out of the range.
                take(kind & 0_u8.wrapping_sub(kind / IN_RANGE));
            }
        } else {
            for row in from..to {
                let kind = rows.kinds[row];
                if kind & IN_RANGE != 0 && conditions.event_fits(event_bits(rows, row), values.bits)
                {
                    take(kind);
                }
            }
        }
        if events == 0 && !(reports && view.engagement) {
            return;
        }
        let mut key = GroupKey::default();
        for (part, of) in key.iter_mut().zip(&view.keys) {
            *part = match of {
                Key::Visit(at) => values.keys[*at],
                Key::EntryPage => figures.entry_page,
                Key::ExitPage => figures.exit_page,
                Key::Origin(of, part) => values.origins[*of as usize][*part as usize],
                Key::Event(_) | Key::Bucket | Key::Currency | Key::Wanted => 0,
            };
        }
        let groups = &mut self.groups[at];
        let number = groups.find(&key);
        if events > 0 {
            if view.visitors {
                groups.add_visitor(number, visit.visitor);
            }
            let counts = &mut groups.group(number).counts;
            counts.visits += 1;
            counts.events += events;
            counts.pageviews += pageviews;
            counts.whole_visits += 1;
            counts.bounces += i64::from(figures.interactions == 1);
            counts.engaged += i64::from(figures.engaged);
            counts.visit_pageviews += figures.pageviews;
            counts.duration_us += figures.duration_us;
        }
        if view.revenue || view.engagement {
            for row in from..to {
                if conditions.event_fits(event_bits(rows, row), values.bits) {
                    self.count_row(at, view, number, None, visit, row);
                }
            }
        }
    }

    /// Revenue and engagement of a row.
    fn count_row(
        &mut self,
        at: usize,
        view: &View,
        number: usize,
        goal: Option<u32>,
        visit: Visit<'_>,
        row: usize,
    ) {
        let rows = visit.rows;
        let kind = rows.kinds[row];
        if kind & IN_RANGE == 0 {
            return;
        }
        let group = self.groups[at].group(number);
        if view.revenue
            && kind & EVENT != 0
            && rows.revenue.get(row).is_some_and(|amount| *amount != NO_REVENUE)
        {
            let currency = match goal {
                Some(goal) => self.goal_currencies[goal as usize],
                None => self.view_currencies[at],
            };
            let amount = currency.map_or(NO_RATE, |wanted| rows.money[wanted][row]);
            if amount != NO_RATE && !is_again(self.repeated.as_deref(), rows, row, goal.is_some()) {
                group.counts.revenue += amount;
                // Money that goes back is no sale.
                group.counts.sales += i64::from(amount >= 0);
            }
        }
        if view.engagement && kind & ENGAGEMENT != 0 {
            if rows.engaged_ms[row] >= 0 {
                group.add_engagement(self.visit, rows.engaged_ms[row]);
            }
            if (0..=100).contains(&rows.scroll_depths[row]) && !rows.visitors.is_empty() {
                group.add_scroll(visit.visitor, rows.scroll_depths[row]);
            }
        }
    }

    /// Adds up a visit's money in other currencies than those asked for, by currency. What is of several
    /// goals counts once.
    fn count_foreign(
        &mut self,
        at: usize,
        view: &View,
        foreign: Foreign,
        visit: Visit<'_>,
        reader: &Reader,
    ) {
        let Visit { rows, from, to, values, .. } = visit;
        for row in from..to {
            if !is_event(rows.kinds[row])
                || rows.revenue.get(row).is_none_or(|amount| *amount == NO_REVENUE)
                || !view.conditions.event_fits(event_bits(rows, row), values.bits)
            {
                continue;
            }
            let of = |wanted: Option<usize>, of_goal: bool| {
                let wanted = wanted?;
                let (amount, own) = (rows.money[wanted][row], reader.wanted_number(wanted));
                let fits = if foreign.converted {
                    amount != NO_RATE && rows.currencies[row] != own
                } else {
                    amount == NO_RATE
                };
                let counts = fits && !is_again(self.repeated.as_deref(), rows, row, of_goal);
                counts.then_some((own, amount))
            };
            let found = match foreign.goals {
                None => of(self.view_currencies[at], false),
                Some(key) => reader
                    .goals(rows.event_keys[key][row])
                    .iter()
                    .find_map(|goal| of(self.goal_currencies[*goal as usize], true)),
            };
            let Some((wanted, amount)) = found else { continue };
            let mut key = GroupKey::default();
            (key[0], key[1]) = (rows.currencies[row], wanted);
            let groups = &mut self.groups[at];
            let number = groups.find(&key);
            let counts = &mut groups.group(number).counts;
            counts.revenue += rows.revenue[row];
            counts.sales += 1;
            counts.converted += if foreign.converted { amount } else { 0 };
        }
    }

    /// Counts a visit in a view whose groups are of events or of time.
    #[inline]
    fn count_events(
        &mut self,
        at: usize,
        view: &View,
        visit: Visit<'_>,
        program: &Program,
        reader: &Reader,
    ) {
        let Visit { rows, from, to, values, figures, .. } = visit;
        let mut key = GroupKey::default();
        let mut goal_part = None;
        let mut bucket_part = None;
        for (part, of) in view.keys.iter().enumerate() {
            key[part] = match of {
                Key::Visit(at) => values.keys[*at],
                Key::EntryPage => figures.entry_page,
                Key::ExitPage => figures.exit_page,
                Key::Origin(of, part) => values.origins[*of as usize][*part as usize],
                Key::Event(event) => {
                    if matches!(program.event_keys[*event], EventKey::Goal(_)) {
                        goal_part = Some((part, *event));
                    }
                    0
                }
                Key::Bucket => {
                    bucket_part = Some(part);
                    0
                }
                Key::Currency | Key::Wanted => 0,
            };
        }
        let start_bucket = bucket_part
            .map(|_| self.bucket_of(figures.start_us.max(program.range.from_us), program));
        let mut has_event = false;
        let takes_all = view.conditions.takes_whole_visits();
        let by_event = view.by_event();
        for row in from..to {
            let kind = rows.kinds[row];
            let counts = kind & IN_RANGE != 0
                && (takes_all || view.conditions.event_fits(event_bits(rows, row), values.bits));
            if !counts
                || kind & (EVENT | ENGAGEMENT) == 0
                || (kind & ENGAGEMENT != 0 && !view.engagement)
            {
                continue;
            }
            if by_event {
                for (part, of) in view.keys.iter().enumerate() {
                    if let Key::Event(event) = of {
                        key[part] = rows.event_keys[*event][row];
                    }
                }
            }
            if let Some(part) = bucket_part {
                key[part] = self.bucket_of(rows.times_us[row], program);
            }
            let buckets = bucket_part.zip(start_bucket);
            match goal_part {
                None => {
                    has_event |= kind & EVENT != 0;
                    self.count_event(at, view, &key, None, buckets, visit, row);
                }
                Some((part, event)) => {
                    for goal in reader.goals(rows.event_keys[event][row]) {
                        has_event |= kind & EVENT != 0;
                        key[part] = *goal;
                        self.count_event(at, view, &key, Some(*goal), buckets, visit, row);
                    }
                }
            }
        }
        if has_event && view.visit_figures {
            for (part, of) in view.keys.iter().enumerate() {
                if let Key::Event(_) = of {
                    // Only `event:page` goes with visit metrics: the page that the visit was entered on.
                    key[part] = figures.entry_page;
                }
            }
            if let Some((part, bucket)) = bucket_part.zip(start_bucket) {
                key[part] = bucket;
            }
            let number = self.groups[at].find(&key);
            let counts = &mut self.groups[at].group(number).counts;
            counts.whole_visits += 1;
            counts.bounces += i64::from(figures.interactions == 1);
            counts.engaged += i64::from(figures.engaged);
            counts.visit_pageviews += figures.pageviews;
            counts.duration_us += figures.duration_us;
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one row in all its respects; it is called in one place"
    )]
    #[inline]
    fn count_event(
        &mut self,
        at: usize,
        view: &View,
        key: &GroupKey,
        goal: Option<u32>,
        start_bucket: Option<(usize, u32)>,
        visit: Visit<'_>,
        row: usize,
    ) {
        let kind = visit.rows.kinds[row];
        let groups = &mut self.groups[at];
        let number = groups.find(key);
        if kind & EVENT != 0 {
            if view.visitors {
                groups.add_visitor(number, visit.visitor);
            }
            let counts = &mut groups.group(number).counts;
            counts.events += 1;
            counts.pageviews += i64::from(kind & PAGEVIEW);
            // By time a visit counts where it starts, so that the buckets add up.
            let of_start = match start_bucket {
                Some((part, bucket)) if key[part] != bucket => {
                    let mut key = *key;
                    key[part] = bucket;
                    groups.find(&key)
                }
                _ => number,
            };
            groups.group(of_start).add_visit(self.visit);
        }
        if view.revenue || view.engagement {
            self.count_row(at, view, number, goal, visit, row);
        }
    }

    /// Number of the time bucket that a moment in the range lies in.
    #[inline]
    pub(crate) fn bucket_of(&mut self, at_us: i64, program: &Program) -> u32 {
        let (from_us, to_us, number) = self.bucket;
        if from_us <= at_us && at_us < to_us {
            return number;
        }
        let starts = &program.bucket_starts_us;
        let next = starts.partition_point(|start| *start <= at_us);
        let number = next.saturating_sub(1);
        let from_us = starts.get(number).copied().unwrap_or(i64::MIN);
        let to_us = starts.get(next).copied().unwrap_or(program.range.to_us.max(at_us + 1));
        self.bucket = (from_us, to_us, number as u32);
        number as u32
    }
}
