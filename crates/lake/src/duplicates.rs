//! The ids of the events of the last seven days, so that an event a client sends again counts once.
//!
//! Ids of events that only the log holds are in memory. When their rows go to a data file, the ids go
//! to a run (`runs`): a sorted file. So a start reads no data file, and memory is bounded: at most
//! `LakeSettings::max_hot_rows` ids here, and the filters of `runs`.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use hashbrown::HashSet;

use crate::{columns, schema};

pub(crate) mod runs;

/// Ids are remembered at least so long, microseconds: seven days.
pub(crate) const REMEMBERED_US: i64 = 7 * 86_400_000_000;

/// Ids of events that the log holds, by segment.
#[derive(Debug, Default)]
pub(crate) struct RecentIds {
    segments: VecDeque<(u64, HashSet<u64>)>,
}

impl RecentIds {
    /// Remembers an event of the log's segment `segment`; `false` when the log holds it already.
    pub(crate) fn insert(&mut self, segment: u64, site_number: i32, event_id: i64) -> bool {
        let id = key(site_number, event_id);
        if self.segments.iter().any(|(_, ids)| ids.contains(&id)) {
            return false;
        }
        match self.segments.back_mut() {
            Some((number, ids)) if *number == segment => {
                ids.insert(id);
            }
            _ => self.segments.push_back((segment, HashSet::from_iter([id]))),
        }
        true
    }

    /// Takes back what `insert` remembered: the event did not reach the log.
    pub(crate) fn remove(&mut self, site_number: i32, event_id: i64) {
        let id = key(site_number, event_id);
        for (_, ids) in &mut self.segments {
            ids.remove(&id);
        }
    }

    /// Forgets the segments up to and with `last`: their ids are in runs.
    pub(crate) fn forget_up_to(&mut self, last: u64) {
        while self.segments.front().is_some_and(|(segment, _)| *segment <= last) {
            self.segments.pop_front();
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.segments.iter().map(|(_, ids)| ids.len()).sum()
    }
}

/// One number for an event of a site: sites' numbers are small, ids random or hashes. The number is
/// mixed, so that small ids lie evenly too; what is not the same stays so.
pub(crate) fn key(site_number: i32, event_id: i64) -> u64 {
    let site = u64::from(site_number.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut key = event_id.cast_unsigned() ^ site;
    // The finaliser of MurmurHash3: a bijection.
    key = (key ^ (key >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    key = (key ^ (key >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    key ^ (key >> 33)
}

/// The numbers of the rows' events.
pub(crate) fn keys(batch: &RecordBatch) -> Result<Vec<u64>, ArrowError> {
    let sites = columns::int32(batch, schema::SITE_NUMBER)?.values();
    let events = columns::int64(batch, schema::EVENT_ID)?.values();
    Ok(sites.iter().zip(events).map(|(site, event)| key(*site, *event)).collect())
}

#[cfg(test)]
mod tests {
    use super::runs::Runs;
    use super::*;

    #[test]
    fn the_same_id_on_another_site_is_another_event() {
        let mut ids = RecentIds::default();
        assert!(ids.insert(1, 1, 5));
        assert!(!ids.insert(1, 1, 5));
        assert!(!ids.insert(2, 1, 5));
        assert!(ids.insert(2, 2, 5));
    }

    #[test]
    fn an_event_that_did_not_reach_the_log_may_come_again() {
        let mut ids = RecentIds::default();
        assert!(ids.insert(1, 1, 5));
        ids.remove(1, 5);
        assert!(ids.insert(1, 1, 5));
    }

    #[test]
    fn ids_of_the_log_leave_memory_with_its_segments() {
        let dir = tempfile::tempdir().expect("a folder");
        let runs = Runs::open(dir.path(), 0).expect("it opens");
        let mut ids = RecentIds::default();
        for id in 0..10 {
            ids.insert(1 + id as u64 / 5, 1, id);
        }
        runs.add((0..5).map(|id| key(1, id)).collect(), 0).expect("they are written");
        ids.forget_up_to(1);
        assert_eq!(ids.len(), 5);
        let keys: Vec<u64> = (0..6).map(|id| key(1, id)).collect();
        let known = runs.known(&keys).expect("they can be read");
        assert_eq!(known, [true, true, true, true, true, false]);
        assert!((5..10).all(|id| !ids.insert(3, 1, id)));
    }
}
