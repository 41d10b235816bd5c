//! Sales that a client reports twice, as an order and as money: they count once.
//!
//! Clients of OpenPanel and Amplitude have a call for revenue beside that for events, without the order's number.
//! Money of the same amount from the same visitor within half an hour of an order is the order's.

use std::collections::HashMap;

/// How long after an order its money may be reported once more, microseconds.
const WITHIN_US: i64 = 30 * 60 * 1_000_000;

/// Orders that are remembered at most; older ones are forgotten.
const MOST: usize = 50_000;

/// The orders of the last half hour: site, visitor or person, and amount in minor units.
#[derive(Debug, Default)]
pub struct Orders(HashMap<(i32, i64, i64), i64>);

impl Orders {
    /// Remembers an order of `who` that was received at `at_us`.
    pub fn note(&mut self, site_number: i32, who: i64, minor_units: i64, at_us: i64) {
        if self.0.len() >= MOST {
            self.0.retain(|_, noted_us| at_us.saturating_sub(*noted_us) <= WITHIN_US);
        }
        if self.0.len() < MOST {
            self.0.insert((site_number, who, minor_units), at_us);
        }
    }

    /// Whether money is that of an order; each order answers once.
    pub fn is_repeated(
        &mut self,
        site_number: i32,
        who: i64,
        minor_units: i64,
        at_us: i64,
    ) -> bool {
        let noted = self.0.remove(&(site_number, who, minor_units));
        noted.is_some_and(|noted_us| at_us.saturating_sub(noted_us) <= WITHIN_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_of_an_order_counts_once_and_other_money_by_itself() {
        let mut orders = Orders::default();
        orders.note(1, 7, 12_980, 0);
        assert!(!orders.is_repeated(1, 8, 12_980, 5));
        assert!(!orders.is_repeated(2, 7, 12_980, 5));
        assert!(!orders.is_repeated(1, 7, 5_000, 5));
        assert!(orders.is_repeated(1, 7, 12_980, 5));
        assert!(!orders.is_repeated(1, 7, 12_980, 6));
        orders.note(1, 7, 12_980, 0);
        assert!(!orders.is_repeated(1, 7, 12_980, WITHIN_US + 1));
    }
}
