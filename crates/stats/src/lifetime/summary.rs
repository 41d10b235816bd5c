//! Raw transactions to the three numbers per customer that the models take.

use std::collections::BTreeMap;

use super::fit::Customer;
use super::gamma_gamma::Spend;

/// One order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transaction {
    /// Any number that stands for the customer.
    pub customer: u64,
    /// The day, counted from any fixed day.
    pub day: i64,
    /// Value of the order, in money.
    pub value: f64,
}

/// What a customer did until the end of observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The customer's number.
    pub customer: u64,
    /// Frequency, recency and age, in the unit asked for.
    pub history: Customer,
    /// Repeat purchases and their mean value.
    pub spend: Spend,
}

/// Sums up transactions until `end` (a day, inclusive); later ones are left out, and so are customers
/// who came later. Orders of one customer on one day count as one purchase. `days_per_unit` is 7 for
/// weeks. The mean value leaves the first purchase out, as the models want it.
///
/// Customers come in the order of their numbers.
pub fn summarise(transactions: &[Transaction], end: i64, days_per_unit: f64) -> Vec<Summary> {
    let mut days: BTreeMap<(u64, i64), f64> = BTreeMap::new();
    for transaction in transactions.iter().filter(|t| t.day <= end) {
        *days.entry((transaction.customer, transaction.day)).or_default() += transaction.value;
    }
    let mut summaries: Vec<Summary> = Vec::new();
    let mut first = 0;
    for ((customer, day), value) in days {
        match summaries.last_mut() {
            Some(summary) if summary.customer == customer => {
                let spend = &mut summary.spend;
                spend.mean_value =
                    (spend.mean_value * spend.frequency + value) / (spend.frequency + 1.0);
                spend.frequency += 1.0;
                summary.history.frequency += 1.0;
                summary.history.recency = (day - first) as f64 / days_per_unit;
            }
            _ => {
                first = day;
                let age = (end - day) as f64 / days_per_unit;
                summaries.push(Summary {
                    customer,
                    history: Customer { frequency: 0.0, recency: 0.0, age },
                    spend: Spend { frequency: 0.0, mean_value: 0.0 },
                });
            }
        }
    }
    summaries
}
