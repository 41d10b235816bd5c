//! Who and which: ids of events and visitors that are the same however often a file is imported.

use std::collections::HashMap;
use std::hash::Hasher as _;
use std::path::Path;

use luotsi_marketing::event::Event;
use luotsi_marketing::visitor::{Salt, event_id};
use siphasher::sip::SipHasher24;

/// The file in the data folder in which version 0.1 kept a secret behind visitor ids of imported addresses.
pub(crate) const OLD_SECRET: &str = "import-secret";

/// The pause that ends a visit, microseconds.
const IDLE_US: i64 = 30 * 60_000_000;

const DAY_US: i64 = 86_400_000_000;

/// Rows between two sweeps of what is remembered.
const GENERATION: usize = 1_000_000;

/// Ids of rows that carry none: from the row's content, and how often it came before.
///
/// Memory is bounded: equal rows that lie more than a million rows apart count as one.
#[derive(Debug)]
pub(crate) struct RowIds {
    site_number: i32,
    recent: HashMap<u64, u32>,
    older: HashMap<u64, u32>,
}

impl RowIds {
    pub(crate) fn new(site_number: i32) -> Self {
        Self { site_number, recent: HashMap::new(), older: HashMap::new() }
    }

    /// The id of the next row with this content.
    pub(crate) fn next(&mut self, content: &str) -> i64 {
        let mut hasher = SipHasher24::new();
        hasher.write(content.as_bytes());
        let hash = hasher.finish();
        if self.recent.len() >= GENERATION {
            self.older = std::mem::take(&mut self.recent);
        }
        let before =
            self.recent.get(&hash).or_else(|| self.older.get(&hash)).copied().unwrap_or_default();
        self.recent.insert(hash, before + 1);
        event_id(self.site_number, &format!("row {hash:016x} {before}"))
    }
}

/// Salts of past days, drawn at random for one import and forgotten with it.
///
/// Rows are recognised by their own ids (`RowIds`), so importing a file again adds nothing, whoever its
/// visitors would be. Visitors of one day who come in two imports are strangers in the second: nobody,
/// not even with the log in hand, can tell that they are the same.
#[derive(Debug, Default)]
pub(crate) struct PastSalts {
    by_day: HashMap<i64, Salt>,
}

impl PastSalts {
    /// The salt of the UTC day of a time, and that of the day before.
    pub(crate) fn of(&mut self, at_us: i64) -> (Salt, Salt) {
        let day = at_us.div_euclid(DAY_US);
        (self.of_day(day), self.of_day(day - 1))
    }

    fn of_day(&mut self, day: i64) -> Salt {
        *self.by_day.entry(day).or_insert_with(rand::random)
    }
}

/// Removes the secret of version 0.1: with it, imported visitors could be told again.
pub(crate) fn remove_old_secret(data_dir: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(data_dir.join(OLD_SECRET)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Visitors whose day changed during a visit go on under the name they had.
///
/// Works on rows in order of time, which logs are; out of order, a visit is cut at midnight.
#[derive(Debug, Default)]
pub(crate) struct Midnight {
    last_us: HashMap<i64, i64>,
    sweep_at: usize,
}

impl Midnight {
    pub(crate) fn follow(&mut self, event: &mut Event) {
        let Some(previous) = event.previous_visitor_id else { return };
        let goes_on = |last_us: &i64| (0..=IDLE_US).contains(&(event.at_us - last_us));
        if !self.last_us.contains_key(&event.visitor_id)
            && self.last_us.get(&previous).is_some_and(goes_on)
        {
            event.visitor_id = previous;
        }
        self.last_us.insert(event.visitor_id, event.at_us);
        if self.last_us.len() > self.sweep_at.max(10_000) {
            let oldest_us = event.at_us - DAY_US;
            self.last_us.retain(|_, last_us| *last_us >= oldest_us);
            self.sweep_at = self.last_us.len() * 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_have_the_same_ids_in_every_run() {
        let ids = |rows: &[&str]| {
            let mut ids = RowIds::new(1);
            rows.iter().map(|row| ids.next(row)).collect::<Vec<_>>()
        };
        let first = ids(&["a", "b", "a"]);
        assert_eq!(first, ids(&["a", "b", "a"]));
        assert_ne!(first[0], first[2], "a repeated row is another event");
        assert_eq!(ids(&["b", "a", "a", "new"])[1], first[0]);
    }

    #[test]
    fn each_day_of_each_import_has_a_random_salt() {
        let (mut one, mut other) = (PastSalts::default(), PastSalts::default());
        assert_eq!(one.of(0), one.of(DAY_US - 1));
        assert_eq!(one.of(DAY_US).1, one.of(0).0);
        assert_ne!(one.of(DAY_US).0, one.of(0).0);
        assert_ne!(one.of(0).0, other.of(0).0);
    }

    #[test]
    fn the_secret_of_an_earlier_version_goes() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(OLD_SECRET), [7; 16]).unwrap();
        remove_old_secret(dir.path()).unwrap();
        assert!(!dir.path().join(OLD_SECRET).exists());
        remove_old_secret(dir.path()).unwrap();
    }
}
