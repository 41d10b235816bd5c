//! The ids of recent events, so that an event a client sends again counts once.

use std::collections::VecDeque;

use hashbrown::HashSet;

/// As many as a hash table of 2^19 places takes before it grows: 4.7 MB.
const GENERATION_IDS: usize = 458_752;

/// Together at most 57 MB and 5.5 million events.
const GENERATIONS: usize = 12;

/// Ids older than this are forgotten, microseconds: seven days.
const REMEMBERED_US: i64 = 7 * 86_400_000_000;

/// Recent event ids in generations by order of arrival; the oldest generation is forgotten first.
#[derive(Debug)]
pub(crate) struct RecentIds {
    generation_ids: usize,
    generations: VecDeque<Generation>,
}

impl Default for RecentIds {
    fn default() -> Self {
        Self { generation_ids: GENERATION_IDS, generations: VecDeque::new() }
    }
}

#[derive(Debug, Default)]
struct Generation {
    ids: HashSet<u64>,
    latest_us: i64,
}

impl RecentIds {
    /// Remembers an event; `false` when it is known already.
    pub(crate) fn insert(&mut self, site_number: i32, event_id: i64, at_us: i64) -> bool {
        let id = key(site_number, event_id);
        if self.generations.iter().any(|generation| generation.ids.contains(&id)) {
            return false;
        }
        if self.generations.back().is_none_or(|newest| newest.ids.len() >= self.generation_ids) {
            self.generations.push_back(Generation::default());
            self.forget(at_us);
        }
        if let Some(newest) = self.generations.back_mut() {
            newest.ids.insert(id);
            newest.latest_us = newest.latest_us.max(at_us);
        }
        true
    }

    /// Takes back what `insert` remembered: the event did not reach the log.
    pub(crate) fn remove(&mut self, site_number: i32, event_id: i64) {
        let id = key(site_number, event_id);
        for generation in &mut self.generations {
            generation.ids.remove(&id);
        }
    }

    fn forget(&mut self, now_us: i64) {
        while self.generations.len() > GENERATIONS
            || self.generations.front().is_some_and(|oldest| {
                self.generations.len() > 1 && oldest.latest_us < now_us - REMEMBERED_US
            })
        {
            self.generations.pop_front();
        }
    }
}

/// One number for an event of a site (the sites' numbers are small, the ids random).
fn key(site_number: i32, event_id: i64) -> u64 {
    event_id.cast_unsigned()
        ^ u64::from(site_number.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_id_on_another_site_is_another_event() {
        let mut ids = RecentIds::default();
        assert!(ids.insert(1, 5, 0));
        assert!(!ids.insert(1, 5, 0));
        assert!(ids.insert(2, 5, 0));
    }

    #[test]
    fn an_event_that_did_not_reach_the_log_may_come_again() {
        let mut ids = RecentIds::default();
        assert!(ids.insert(1, 5, 0));
        ids.remove(1, 5);
        assert!(ids.insert(1, 5, 0));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go_first() {
        let mut ids = RecentIds { generation_ids: 100, ..RecentIds::default() };
        let many = 100 * (GENERATIONS as i64 + 1);
        for id in 0..many {
            ids.insert(1, id, 0);
        }
        let kept: usize = ids.generations.iter().map(|generation| generation.ids.len()).sum();
        assert!(kept <= 100 * GENERATIONS);
        assert!(!ids.insert(1, many - 1, 0));
        assert!(ids.insert(1, 0, 0));
    }
}
