//! What an operator knows of all sites' visitors: data centres' addresses and spam hosts, from files.

use std::net::IpAddr;

use hashbrown::HashSet;

use super::network::{Network, NetworkError};
use crate::page::without_www;
use crate::site;

/// Lists of the installation, beside those of each site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    spam: HashSet<String>,
    /// First and last address of ranges that do not touch, rising; IPv4 as in IPv6.
    data_centres: Vec<(u128, u128)>,
}

/// A line of a list is not right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListsError {
    #[error("line {line}: {reason}")]
    Network { line: usize, reason: NetworkError },
    #[error("line {line}: `{text}` is no host such as spam.example")]
    Host { line: usize, text: String },
}

impl Lists {
    /// Reads lists of one entry a line; what follows `#` is not read, and empty lines are not.
    ///
    /// # Errors
    /// Names the first line that is not right.
    pub fn read(spam: &str, data_centres: &str) -> Result<Self, ListsError> {
        let mut lists = Self::default();
        for (line, text) in lines(spam) {
            let host =
                site::domain(text).map_err(|_| ListsError::Host { line, text: text.to_owned() })?;
            lists.spam.insert(without_www(&host).to_owned());
        }
        for (line, text) in lines(data_centres) {
            let network =
                text.parse::<Network>().map_err(|reason| ListsError::Network { line, reason })?;
            lists.data_centres.push(network.range());
        }
        lists.data_centres.sort_unstable();
        lists.data_centres.dedup_by(|next, known| {
            let touches = next.0 <= known.1;
            known.1 = if touches { known.1.max(next.1) } else { known.1 };
            touches
        });
        Ok(lists)
    }

    /// Whether the host or a parent of it is listed.
    pub fn is_spam(&self, host: &str) -> bool {
        if self.spam.is_empty() {
            return false;
        }
        let mut rest = without_www(host);
        loop {
            if self.spam.contains(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, parent)) => rest = parent,
                None => return false,
            }
        }
    }

    pub fn is_data_centre(&self, address: IpAddr) -> bool {
        let bits = super::network::bits(address);
        let next = self.data_centres.partition_point(|(first, _)| *first <= bits);
        next.checked_sub(1).is_some_and(|at| bits <= self.data_centres[at].1)
    }
}

/// Entries with the numbers of their lines, from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let entry = |line: &'_ str| -> usize { line.find('#').unwrap_or(line.len()) };
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    lines
        .map(move |(index, line)| (index + 1, line[..entry(line)].trim()))
        .filter(|(_, line)| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_hosts_of_lists_are_found() {
        let lists = Lists::read(
            "# spam\nwww.spam.example\nbad.test # since March\n\n",
            "198.51.100.0/24\n2001:db8::/32\n198.51.0.0/16\n203.0.113.9\n",
        )
        .expect("lists");
        let is = |address: &str| lists.is_data_centre(address.parse().expect("an address"));
        assert!(is("198.51.100.7") && is("198.51.255.255") && is("203.0.113.9"));
        assert!(is("2001:db8:1::1") && is("::ffff:198.51.100.7"));
        assert!(
            !is("198.52.0.0") && !is("203.0.113.8") && !is("203.0.113.10") && !is("2001:db9::")
        );
        assert!(lists.is_spam("a.spam.example") && lists.is_spam("www.bad.test"));
        assert!(!lists.is_spam("example") && !lists.is_spam("notspam.example.org"));
        assert!(!Lists::default().is_data_centre("127.0.0.1".parse().expect("an address")));
    }

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let wrong = Lists::read("", "192.0.2.0/24\n192.0.2.0/40\n").expect_err("refused");
        assert!(wrong.to_string().starts_with("line 2: `192.0.2.0/40` is no address"), "{wrong}");
        let wrong = Lists::read("# a\nno host\n", "").expect_err("refused");
        assert_eq!(wrong.to_string(), "line 2: `no host` is no host such as spam.example");
    }
}
