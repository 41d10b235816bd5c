//! Events of visits taken one by one, and visits gathered, where a query asks for more than counts.

use super::counter::is_again;
use std::ops::Range;

use super::{Step, Visits, event_bits, is_event, visitor_of};
use crate::aggregate::gather::{Gather, Gathered};
use crate::aggregate::program::Program;
use crate::aggregate::rows::{EVENT, NO_RATE, NO_REVENUE, Rows, VisitValues};

impl Visits {
    /// A visit begins with its first event that counts.
    pub(super) fn gather(
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

    pub(super) fn take_orders(&mut self, rows: &Rows, of_visit: Range<usize>) {
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
    pub(super) fn take_sales(
        &mut self,
        rows: &Rows,
        of_visit: Range<usize>,
        bits: u64,
        program: &Program,
    ) {
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
    pub(super) fn take_depth(
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

    pub(super) fn take_steps(
        &mut self,
        rows: &Rows,
        of_visit: Range<usize>,
        bits: u64,
        program: &Program,
    ) {
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
