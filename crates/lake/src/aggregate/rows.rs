//! Rows of events as the program sees them: one number for each thing it asks.

use std::ops::Range;

use arrow::buffer::{NullBuffer, ScalarBuffer};

use super::origins::Parts;

/// The row is a page view.
pub(crate) const PAGEVIEW: u8 = 1;
/// The row is an event of another name.
pub(crate) const CUSTOM: u8 = 2;
/// The row is an engagement report.
pub(crate) const ENGAGEMENT: u8 = 4;
/// The row ends a bounce.
pub(crate) const INTERACTIVE: u8 = 8;
/// The row lies in the range of the query.
pub(crate) const IN_RANGE: u8 = 16;
/// What counts as an event.
pub(crate) const EVENT: u8 = PAGEVIEW | CUSTOM;

/// Stands for no value among revenues.
pub(crate) const NO_REVENUE: i64 = i64::MIN;

/// Stands for an amount whose rate is not known.
pub(crate) const NO_RATE: i64 = i64::MIN + 1;

/// Stands for no person.
pub(crate) const NO_PERSON: i64 = 0;

/// The most parts that a group's key has.
pub(crate) const MAX_KEYS: usize = luotsi_marketing::query::MAX_DIMENSIONS;

/// What is the same on all rows of a visit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct VisitValues {
    /// Outcomes of the program's tests of text columns.
    pub(crate) bits: u64,
    /// Interned values of the program's visit keys.
    pub(crate) keys: [u32; MAX_KEYS],
    /// Numbers of what earlier visits came by, where the program asks for it.
    pub(crate) origins: Parts,
}

/// Consecutive rows. Columns that the program does not ask for are empty.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) visitors: ScalarBuffer<i64>,
    /// The persons that the sender named, `NO_PERSON` where none; empty where no row names one.
    pub(crate) persons: Vec<i64>,
    /// The lasting ids that visitors gave in a visit begun without one, likewise.
    pub(crate) named: Vec<i64>,
    pub(crate) visits: ScalarBuffer<i64>,
    pub(crate) times_us: ScalarBuffer<i64>,
    /// Event ids.
    pub(crate) events: ScalarBuffer<i64>,
    /// 0 for rows that are left out: bots.
    pub(crate) kinds: Vec<u8>,
    pub(crate) event_bits: Vec<u64>,
    /// By event key, interned.
    pub(crate) event_keys: Vec<Vec<u32>>,
    /// Interned paths.
    pub(crate) pages: Vec<u32>,
    /// Minor units; of refunds below 0.
    pub(crate) revenue: Vec<i64>,
    /// Interned currency codes.
    pub(crate) currencies: Vec<u32>,
    /// The same in each currency that is asked for (`Reader::wanted`): `NO_RATE` where that is not known.
    pub(crate) money: Vec<Vec<i64>>,
    /// Hashes of order numbers, 0 without one and for refunds.
    pub(crate) orders: Vec<u64>,
    /// Hashes of names, where orders are looked for.
    pub(crate) names: Vec<u64>,
    /// -1 where not reported.
    pub(crate) scroll_depths: Vec<i32>,
    pub(crate) engaged_ms: Vec<i32>,
}

impl Rows {
    /// Whom a visit of these rows counts to: the person whom any of its events names, else the lasting id that
    /// any gives, else the visitor. `None` when nobody is told apart.
    #[inline]
    pub(crate) fn visitor(&self, visit: Range<usize>) -> Option<i64> {
        let visitor = *self.visitors.get(visit.start)?;
        let person = first_of(&self.persons, &visit);
        Some(person.or_else(|| first_of(&self.named, &visit)).unwrap_or(visitor))
    }

    /// Whose a visit of these rows would be if none of its events named a person.
    pub(crate) fn browser(&self, visit: Range<usize>) -> Option<i64> {
        let visitor = *self.visitors.get(visit.start)?;
        Some(first_of(&self.named, &visit).unwrap_or(visitor))
    }

    /// Adds a piece of `other`.
    pub(crate) fn append(&mut self, other: &Rows, piece: Range<usize>) {
        let buffer = |own: &ScalarBuffer<i64>, theirs: &ScalarBuffer<i64>| {
            if theirs.is_empty() {
                return own.clone();
            }
            own.iter().chain(&theirs[piece.clone()]).copied().collect()
        };
        let count = self.kinds.len();
        let names = [(&mut self.persons, &other.persons), (&mut self.named, &other.named)];
        for (own, theirs) in names {
            if !own.is_empty() || !theirs.is_empty() {
                own.resize(count, NO_PERSON);
                extend(own, theirs, &piece);
                own.resize(count + piece.len(), NO_PERSON);
            }
        }
        self.visitors = buffer(&self.visitors, &other.visitors);
        self.visits = buffer(&self.visits, &other.visits);
        self.times_us = buffer(&self.times_us, &other.times_us);
        self.events = buffer(&self.events, &other.events);
        extend(&mut self.kinds, &other.kinds, &piece);
        extend(&mut self.event_bits, &other.event_bits, &piece);
        self.event_keys.resize_with(other.event_keys.len(), Vec::new);
        for (own, theirs) in self.event_keys.iter_mut().zip(&other.event_keys) {
            extend(own, theirs, &piece);
        }
        extend(&mut self.pages, &other.pages, &piece);
        extend(&mut self.revenue, &other.revenue, &piece);
        extend(&mut self.currencies, &other.currencies, &piece);
        self.money.resize_with(other.money.len(), Vec::new);
        for (own, theirs) in self.money.iter_mut().zip(&other.money) {
            extend(own, theirs, &piece);
        }
        extend(&mut self.orders, &other.orders, &piece);
        extend(&mut self.names, &other.names, &piece);
        extend(&mut self.scroll_depths, &other.scroll_depths, &piece);
        extend(&mut self.engaged_ms, &other.engaged_ms, &piece);
    }
}

/// The first id that the visit's rows give.
#[inline]
fn first_of(ids: &[i64], visit: &Range<usize>) -> Option<i64> {
    let of_visit = ids.get(visit.clone()).unwrap_or_default();
    of_visit.iter().copied().find(|id| *id != NO_PERSON)
}

fn extend<T: Copy>(own: &mut Vec<T>, theirs: &[T], piece: &Range<usize>) {
    if !theirs.is_empty() {
        own.extend_from_slice(&theirs[piece.clone()]);
    }
}

/// Keys of a dictionary column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    pub(crate) keys: ScalarBuffer<i32>,
    pub(crate) nulls: Option<NullBuffer>,
}

impl Keys {
    /// Index into the dictionary; `None` for no value.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> Option<usize> {
        match &self.nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(self.keys[row] as usize),
        }
    }
}
