//! When a goal starts and ends, from the words of its sentence.
//!
//! First every expression of a day, a period or a length of time is found (`expression`), then the words
//! around it say what it is for (`role`): `by`, `before`, `in`, `from … to`. What may mean two days is asked.

mod calendar;
mod deictic;
mod expression;
mod feast;
mod role;

use std::ops::Range;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::text::Token;
use super::{Confidence, Part};
use crate::goal::Locale;
use expression::{Expression, What};
use role::{Edge, Role};

/// What was read about time.
#[derive(Debug, Default)]
pub(super) struct Dates {
    pub(super) start: Option<Part<Date>>,
    pub(super) deadline: Option<Part<Date>>,
    /// Days that the deadline may mean.
    pub(super) choices: Vec<Date>,
}

/// Reads the dates and marks their tokens as used.
pub(super) fn read(tokens: &mut [Token], locale: Locale, today: Date) -> Dates {
    let mut dates = Dates::default();
    let found = expression::all(tokens, locale, today);
    let roles: Vec<(Role, Edge, Range<usize>)> =
        found.iter().map(|one| role::of(tokens, one, locale)).collect();
    let mut at = 0;
    while at < found.len() {
        let (role, edge, range) = &roles[at];
        if let (Some(end), Some((_, end_edge, end_range))) = (found.get(at + 1), roles.get(at + 1))
            && role::joins(tokens, range, end_range, &found[at], *role, locale)
            && let (Some(first), Some(last)) =
                (first_day(&found[at], *edge), last_day(end, *end_edge))
        {
            let first = if first > last { back_a_year(first) } else { first };
            dates.set_start(first, Confidence::Said, tokens, range);
            dates.set_deadline(last, Confidence::Said, tokens, end_range);
            mark(tokens, range.start..end_range.end);
            at += 2;
            continue;
        }
        if apply(&mut dates, &found[at], *role, *edge, tokens, range, today) {
            mark(tokens, range.clone());
        }
        at += 1;
    }
    if let (Some(start), Some(deadline)) = (&mut dates.start, &dates.deadline)
        && start.value > deadline.value
    {
        start.value = back_a_year(start.value);
    }
    dates
}

/// Whether the expression meant a date.
fn apply(
    dates: &mut Dates,
    found: &Expression,
    role: Role,
    edge: Edge,
    tokens: &[Token],
    range: &Range<usize>,
    today: Date,
) -> bool {
    match (&found.what, role) {
        (_, Role::Unread) => return false,
        (What::Choice(days), _) => dates.choices.extend(days),
        (What::Day(day), Role::Before) => {
            dates.set_deadline(day.saturating_sub(1.day()), Confidence::Said, tokens, range);
        }
        (What::Day(day), Role::Start) => dates.set_start(*day, Confidence::Said, tokens, range),
        (What::Day(day), Role::By) => {
            dates.set_deadline(*day, Confidence::Said, tokens, range);
        }
        (What::Day(day), Role::During | Role::Plain) => {
            dates.set_deadline(*day, Confidence::Likely, tokens, range);
        }
        (What::Period { first, last }, Role::Before) => {
            let day = if edge == Edge::End { *last } else { first.saturating_sub(1.day()) };
            dates.set_deadline(day, Confidence::Said, tokens, range);
        }
        (What::Period { first, last }, Role::Start) => {
            let day = if edge == Edge::End { *last } else { *first };
            dates.set_start(day, Confidence::Said, tokens, range);
        }
        (What::Period { last, .. }, Role::By | Role::Plain | Role::During) if edge == Edge::End => {
            dates.set_deadline(*last, Confidence::Said, tokens, range);
        }
        (What::Period { first, .. }, Role::By | Role::Plain | Role::During)
            if edge == Edge::Start =>
        {
            dates.set_deadline(*first, Confidence::Said, tokens, range);
        }
        (What::Period { first, last }, Role::By) => dates.choices.extend([*first, *last]),
        (What::Period { first, last }, Role::During | Role::Plain) => {
            let sure = if role == Role::During { Confidence::Said } else { Confidence::Likely };
            dates.set_start(*first, sure, tokens, range);
            dates.set_deadline(*last, sure, tokens, range);
        }
        (What::Duration(span), Role::During | Role::By) => {
            let Ok(day) = today.checked_add(*span) else { return false };
            dates.set_deadline(day, Confidence::Said, tokens, range);
        }
        (What::Duration(_), _) => return false,
    }
    true
}

impl Dates {
    fn set_start(&mut self, day: Date, sure: Confidence, tokens: &[Token], range: &Range<usize>) {
        self.start.get_or_insert(Part { value: day, confidence: sure, span: span(tokens, range) });
    }

    fn set_deadline(
        &mut self,
        day: Date,
        sure: Confidence,
        tokens: &[Token],
        range: &Range<usize>,
    ) {
        let part = Part { value: day, confidence: sure, span: span(tokens, range) };
        match &self.deadline {
            None => self.deadline = Some(part),
            Some(known) if known.value != day => self.choices.extend([known.value, day]),
            Some(_) => {}
        }
    }
}

fn span(tokens: &[Token], range: &Range<usize>) -> Range<usize> {
    tokens[range.start].span.start..tokens[range.end - 1].span.end
}

fn mark(tokens: &mut [Token], range: Range<usize>) {
    for token in &mut tokens[range] {
        token.used = true;
    }
}

fn first_day(found: &Expression, edge: Edge) -> Option<Date> {
    match &found.what {
        What::Day(day) => Some(*day),
        What::Period { first, last } => Some(if edge == Edge::End { *last } else { *first }),
        _ => None,
    }
}

fn last_day(found: &Expression, edge: Edge) -> Option<Date> {
    match &found.what {
        What::Day(day) => Some(*day),
        What::Period { first, last } => Some(if edge == Edge::Start { *first } else { *last }),
        _ => None,
    }
}

fn back_a_year(day: Date) -> Date {
    day.checked_sub(Span::new().years(1)).unwrap_or(day)
}
