//! Money in the currencies that are asked for: each amount by the rate of its day.

use std::sync::Arc;

use hashbrown::HashMap;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use luotsi_marketing::currency::Currency;
use luotsi_marketing::rates::{Rates, convert};

use super::program::{Program, wanted_currencies};
use super::reader::Interner;
use super::rows::{NO_RATE, NO_REVENUE, Rows};

/// Turns amounts into the currencies that are asked for.
#[derive(Debug)]
pub(crate) struct Money {
    wanted: Vec<Wanted>,
    rates: Option<Arc<Rates>>,
    time_zone: TimeZone,
    /// Currencies by interned code; `None` for a text that is no currency.
    currencies: HashMap<u32, Option<Currency>>,
    /// By wanted currency, the amount's currency and the day.
    known: HashMap<(usize, u32, Date), Option<f64>>,
    /// The day at hand: its first moment, that of the next, microseconds UTC.
    day: (i64, i64, Date),
}

#[derive(Debug)]
struct Wanted {
    code: String,
    currency: Option<Currency>,
    /// Interned code, from the first batch on.
    number: u32,
}

impl Money {
    pub(crate) fn new(program: &Program) -> Self {
        let wanted = wanted_currencies(program).into_iter();
        Self {
            wanted: wanted
                .map(|code| Wanted { currency: code.parse().ok(), code, number: 0 })
                .collect(),
            rates: program.rates.clone(),
            time_zone: program.time_zone.clone(),
            currencies: HashMap::new(),
            known: HashMap::new(),
            day: (0, 0, Date::default()),
        }
    }

    pub(crate) fn at(&self, code: &str) -> Option<usize> {
        self.wanted.iter().position(|wanted| wanted.code == code)
    }

    pub(crate) fn number(&self, at: usize) -> u32 {
        self.wanted[at].number
    }

    /// The amounts of `rows` in each wanted currency; `codes` interned their currencies.
    pub(crate) fn read(&mut self, rows: &Rows, codes: &mut Interner) -> Vec<Vec<i64>> {
        let mut money = Vec::with_capacity(self.wanted.len());
        for at in 0..self.wanted.len() {
            let own = codes.number(&self.wanted[at].code);
            self.wanted[at].number = own;
            let mut amounts = rows.revenue.clone();
            for (row, amount) in amounts.iter_mut().enumerate() {
                if *amount != NO_REVENUE && rows.currencies[row] != own {
                    let at_us = rows.times_us.get(row).copied();
                    *amount = self.converted(at, *amount, rows.currencies[row], at_us, codes);
                }
            }
            money.push(amounts);
        }
        money
    }

    fn converted(
        &mut self,
        wanted: usize,
        amount: i64,
        number: u32,
        at_us: Option<i64>,
        codes: &Interner,
    ) -> i64 {
        let read = || codes.text(number)?.parse().ok();
        let from = *self.currencies.entry(number).or_insert_with(read);
        let (Some(from), Some(to), Some(at_us)) = (from, self.wanted[wanted].currency, at_us)
        else {
            return NO_RATE;
        };
        let Some(rates) = self.rates.clone() else { return NO_RATE };
        let day = self.day_of(at_us);
        let rate = *self
            .known
            .entry((wanted, number, day))
            .or_insert_with(|| rates.rate(from, to, day).map(|found| found.rate));
        rate.and_then(|rate| convert(amount, from, to, rate)).unwrap_or(NO_RATE)
    }

    /// The day of a moment by the site's clocks.
    fn day_of(&mut self, at_us: i64) -> Date {
        let (from_us, to_us, day) = self.day;
        if from_us <= at_us && at_us < to_us {
            return day;
        }
        let at = Timestamp::from_microsecond(at_us).unwrap_or_default();
        let zoned = at.to_zoned(self.time_zone.clone());
        let day = zoned.date();
        let start = zoned.start_of_day();
        let next = start.as_ref().ok().and_then(|start| start.tomorrow().ok()?.start_of_day().ok());
        if let (Ok(start), Some(next)) = (start, next) {
            let us = |moment: &jiff::Zoned| moment.timestamp().as_microsecond();
            self.day = (us(&start), us(&next), day);
        }
        day
    }
}
