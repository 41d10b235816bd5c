//! Visits and their events counted in the groups of views.

use std::sync::Arc;

use super::{Visit, event_bits, is_event};
use crate::aggregate::groups::{GroupKey, Groups};
use crate::aggregate::orders::Repeated;
use crate::aggregate::program::{EventKey, Foreign, Key, Program, View};
use crate::aggregate::reader::Reader;
use crate::aggregate::rows::{ENGAGEMENT, EVENT, IN_RANGE, NO_RATE, NO_REVENUE, PAGEVIEW, Rows};

/// The views' groups.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) groups: Vec<Groups>,
    /// By view and by goal: the place of its currency in `Rows::money`.
    pub(super) view_currencies: Vec<Option<usize>>,
    pub(super) goal_currencies: Vec<Option<usize>>,
    /// Number of the visit at hand, from 1.
    pub(crate) visit: u64,
    pub(super) bucket: (i64, i64, u32),
    /// Events whose order counts elsewhere.
    pub(super) repeated: Option<Arc<Repeated>>,
}

impl Counter {
    pub(crate) fn compact(&mut self) {
        for groups in &mut self.groups {
            groups.compact();
        }
    }

    /// Counts a visit in a view whose groups are of whole visits.
    #[inline]
    pub(super) fn count_visit(&mut self, at: usize, view: &View, visit: Visit<'_>) {
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
    pub(super) fn count_foreign(
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
    pub(super) fn count_events(
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

/// Whether the order of a row was reported before.
#[inline]
pub(super) fn is_again(
    repeated: Option<&Repeated>,
    rows: &Rows,
    row: usize,
    of_goal: bool,
) -> bool {
    repeated.is_some_and(|repeated| {
        rows.orders[row] != 0 && repeated.contains(rows.events[row], of_goal)
    })
}
