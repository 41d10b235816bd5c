//! How much one address and one site may send: a fixed table of buckets, whoever comes.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Limits of collecting. 0 means none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests a second from one address (an IPv6 /64 counts as one).
    pub requests_per_address: u32,
    /// Events a second for one site.
    pub events_per_site: u32,
}

impl Default for RateLimits {
    /// More than any person, office or shop's server sends.
    fn default() -> Self {
        Self { requests_per_address: 1_000, events_per_site: 500_000 }
    }
}

/// So many seconds' worth may come at once.
const BURST_SECONDS: u64 = 10;

/// Two that share a bucket share its limit: rare, and nobody can choose whom to share with.
const BUCKETS: usize = 1 << 16;

/// Counts what comes against a limit for each of many keys, in memory of a fixed size.
///
/// A bucket holds the time at which its key has no debt (the generic cell rate algorithm, as in
/// ITU-T I.371): each unit moves it on by the unit's share of a second.
pub(crate) struct Limiter {
    /// Nanoseconds that one unit costs; 0 for no limit.
    cost_ns: u64,
    buckets: Box<[AtomicU64]>,
    hasher: RandomState,
    began: Instant,
}

impl Limiter {
    pub(crate) fn new(per_second: u32) -> Self {
        let buckets = if per_second == 0 { 0 } else { BUCKETS };
        Self {
            cost_ns: 1_000_000_000_u64.checked_div(u64::from(per_second)).unwrap_or(0),
            buckets: (0..buckets).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
            began: Instant::now(),
        }
    }

    /// Takes `units` for an address. `Err` says how long to wait.
    pub(crate) fn address(&self, ip: IpAddr) -> Result<(), Duration> {
        if self.cost_ns == 0 {
            return Ok(());
        }
        let network = match ip.to_canonical() {
            IpAddr::V4(ip) => u64::from(u32::from(ip)),
            IpAddr::V6(ip) => (u128::from(ip) >> 64) as u64,
        };
        self.take(self.hasher.hash_one(network), 1, self.now_ns())
    }

    /// Takes `units` for a site. `Err` says how long to wait.
    pub(crate) fn site(&self, number: i32, units: u64) -> Result<(), Duration> {
        if self.cost_ns == 0 {
            return Ok(());
        }
        self.take(self.hasher.hash_one(number), units, self.now_ns())
    }

    fn now_ns(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }

    fn take(&self, hash: u64, units: u64, now_ns: u64) -> Result<(), Duration> {
        let bucket = &self.buckets[hash as usize % self.buckets.len()];
        let cost = self.cost_ns.saturating_mul(units);
        let most = BURST_SECONDS * 1_000_000_000;
        let mut free_at = bucket.load(Ordering::Relaxed);
        loop {
            let debt = free_at.saturating_sub(now_ns);
            // A batch larger than the burst is taken by who owes nothing.
            if debt > 0 && debt + cost > most {
                return Err(Duration::from_nanos(debt.min(debt + cost - most)));
            }
            let next = now_ns + debt + cost;
            match bucket.compare_exchange_weak(free_at, next, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return Ok(()),
                Err(other) => free_at = other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn what_comes_at_once_is_bounded_and_the_rest_flows() {
        let limiter = Limiter::new(100);
        let taken = (0..2_000).filter(|_| limiter.take(7, 1, SECOND).is_ok()).count();
        assert_eq!(taken, 1_000);
        let wait = limiter.take(7, 1, SECOND).unwrap_err();
        assert_eq!(wait, Duration::from_millis(10));
        let later = (0..2_000).filter(|_| limiter.take(7, 1, 2 * SECOND).is_ok()).count();
        assert_eq!(later, 100);
        assert!(limiter.take(8, 1, SECOND).is_ok(), "another key has its own");
    }

    #[test]
    fn a_large_batch_passes_and_the_next_one_waits() {
        let limiter = Limiter::new(100);
        assert_eq!(limiter.take(7, 5_000, SECOND), Ok(()));
        assert_eq!(limiter.take(7, 1, SECOND), Err(Duration::from_millis(40_010)));
        assert_eq!(limiter.take(7, 1, 52 * SECOND), Ok(()));
    }

    #[test]
    fn no_limit_takes_all_and_no_memory() {
        let limiter = Limiter::new(0);
        assert!(limiter.buckets.is_empty());
        assert_eq!(limiter.site(1, u64::MAX), Ok(()));
        assert_eq!(limiter.address("192.0.2.1".parse().unwrap()), Ok(()));
    }

    #[test]
    fn hosts_of_one_ipv6_network_share() {
        let limiter = Limiter::new(1);
        let take = |ip: &str| limiter.address(ip.parse().unwrap()).is_ok();
        assert_eq!((0..100).filter(|n| take(&format!("2001:db8::{n:x}"))).count(), 10);
        assert!(take("2001:db8:0:1::1"));
    }
}
