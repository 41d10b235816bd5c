//! Who and which: ids of events and visitors that are the same however often a file is imported.

use std::collections::HashMap;
use std::hash::Hasher as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use luotsi_marketing::event::Event;
use luotsi_marketing::visitor::{Salt, event_id};
use siphasher::sip::SipHasher24;

/// The secret behind visitor ids of imported addresses, in the data folder.
const SECRET_FILE: &str = "import-secret";

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

/// Salts of past days, the same at every import into this data folder and useless without it.
///
/// A live day's salt is random and destroyed. A file may have to be imported again, so the salt of
/// an imported day is derived from a secret that stays: who deletes the file makes the imported
/// visitors as unrecognisable as live ones, and a later import of the same rows brings strangers.
#[derive(Debug, Clone)]
pub(crate) struct PastSalts {
    secret: Salt,
}

impl PastSalts {
    /// Reads the secret of a data folder; makes it when there is none.
    pub(crate) fn open(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join(SECRET_FILE);
        let context = || format!("cannot keep the secret `{}`", path.display());
        match std::fs::read(&path) {
            Ok(bytes) => {
                let secret = bytes.try_into().ok().with_context(|| {
                    format!("`{}` is not the 16 bytes it should be", path.display())
                })?;
                Ok(Self { secret })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secret: Salt = rand::random();
                write_private(&path, &secret).with_context(context)?;
                Ok(Self { secret })
            }
            Err(error) => Err(error).with_context(context),
        }
    }

    /// The salt of the UTC day of a time.
    pub(crate) fn of(&self, at_us: i64) -> Salt {
        self.of_day(at_us.div_euclid(DAY_US))
    }

    /// The salt of the day before.
    pub(crate) fn before(&self, at_us: i64) -> Salt {
        self.of_day(at_us.div_euclid(DAY_US) - 1)
    }

    fn of_day(&self, day: i64) -> Salt {
        let part = |half: u8| {
            let mut hasher = SipHasher24::new_with_key(&self.secret);
            hasher.write_u8(half);
            hasher.write_i64(day);
            hasher.finish().to_le_bytes()
        };
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&part(0));
        salt[8..].copy_from_slice(&part(1));
        salt
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
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
    fn the_secret_of_a_folder_stays_and_another_folder_has_another() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let salt = PastSalts::open(one.path()).unwrap().of(5);
        assert_eq!(salt, PastSalts::open(one.path()).unwrap().of(5));
        assert_ne!(salt, PastSalts::open(other.path()).unwrap().of(5));
    }

    #[test]
    fn each_day_has_a_salt_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let salts = PastSalts::open(dir.path()).unwrap();
        assert_eq!(salts.of(0), salts.of(DAY_US - 1));
        assert_ne!(salts.of(0), salts.of(DAY_US));
        assert_eq!(salts.before(DAY_US), salts.of(0));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_secret() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        PastSalts::open(dir.path()).unwrap();
        let mode = std::fs::metadata(dir.path().join(SECRET_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
