//! Hosts that send visits only to be seen in reports.

use std::sync::LazyLock;

use hashbrown::HashSet;

use crate::page::without_www;

static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../data/spam_referrers.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect()
});

/// Whether the host or a parent of it is known for spam.
pub(crate) fn is_known(host: &str) -> bool {
    let mut rest = without_www(host);
    loop {
        if KNOWN.contains(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, parent)) => rest = parent,
            None => return false,
        }
    }
}
