//! Periods by where they lie from today: `this quarter`, `ensi kuun`, `سال جاری`.

use jiff::civil::date;
use jiff::{Span, ToSpan as _};

use super::calendar::{Unit, unit, year_days};
use super::expression::{Expression, Reader, What};
use crate::goal::Locale;
use crate::jalali;

impl Reader<'_> {
    /// `this quarter`, `ensi kuun`, `سال جاری`, `the year`.
    pub(super) fn deictic(&self, at: usize) -> Option<Expression> {
        let (word, next) = (self.word(at), self.word(at + 1));
        let make = |what: What, length: usize, now: bool| Expression {
            what,
            range: at..at + length,
            now,
            ends: false,
        };
        match self.locale {
            Locale::En => {
                let shift = match word {
                    "this" | "current" => 0,
                    "next" | "coming" => 1,
                    "year" if next == "end" => {
                        let what = self.period(Unit::Year, 0, false)?;
                        return Some(Expression { ends: true, ..make(what, 2, true) });
                    }
                    "quarter" | "month" | "year" | "week"
                        if matches!(self.before(at), "of" | "the") && self.ended(at) =>
                    {
                        return Some(make(
                            self.period(unit(word, Locale::En)?, 0, false)?,
                            1,
                            false,
                        ));
                    }
                    _ => return None,
                };
                let what = self.period(unit(next, Locale::En)?, shift, false)?;
                Some(make(what, 2, true))
            }
            Locale::Fi => {
                let edged = |at: usize| {
                    ["loppu", "lopu", "alku", "alus"]
                        .iter()
                        .any(|edge| self.word(at).starts_with(edge))
                };
                let shift = match word {
                    "tämä" | "tämän" | "tällä" | "tässä" | "tänä" | "kuluva" | "kuluvan"
                    | "kuluvalla" => 0,
                    "ensi" | "seuraava" | "seuraavan" | "seuraavalla" | "tuleva" | "tulevan" => 1,
                    _ if edged(at + 1) => {
                        let unit = unit(word, Locale::Fi)?;
                        return Some(make(self.period(unit, 0, false)?, 1, false));
                    }
                    _ => return None,
                };
                let what = self.period(unit(next, Locale::Fi)?, shift, false)?;
                let bare = edged(at + 2) || matches!(self.word(at + 2), "mennessä");
                Some(make(what, 2, !bare))
            }
            Locale::Fa => {
                let shift_of = |word: &str| match word {
                    "جاری" | "کنونی" => Some(0),
                    "آینده" | "بعد" | "بعدی" => Some(1),
                    _ => None,
                };
                if matches!(word, "امسال") {
                    return Some(make(self.period(Unit::Year, 0, true)?, 1, true));
                }
                if matches!(word, "این" | "همین") {
                    return Some(make(self.period(unit(next, Locale::Fa)?, 0, true)?, 2, true));
                }
                let unit = unit(word, Locale::Fa)?;
                if let Some(shift) = shift_of(next) {
                    return Some(make(self.period(unit, shift, true)?, 2, true));
                }
                let edged = matches!(
                    self.before(at),
                    "پایان" | "آخر" | "انتهای" | "اخر" | "اواخر" | "ابتدای" | "اول"
                );
                edged.then(|| self.period(unit, 0, true)).flatten().map(|what| make(what, 1, false))
            }
        }
    }

    /// Whether `end of` stands before the word.
    pub(super) fn ended(&self, at: usize) -> bool {
        let words: Vec<&str> =
            (1..=3).filter_map(|back| at.checked_sub(back)).map(|at| self.word(at)).collect();
        matches!(
            words.as_slice(),
            ["of", "end" | "start" | "beginning" | "close", ..]
                | ["the", "of", "end" | "start" | "beginning" | "close" | "rest" | "course"]
        )
    }

    /// The period of a unit around today, or the one after it.
    pub(super) fn period(&self, unit: Unit, shift: i32, jalali: bool) -> Option<What> {
        let shift_span = Span::new();
        let (first, last) = match unit {
            Unit::Day => {
                let day = self.today.saturating_add(Span::new().days(shift));
                (day, day)
            }
            Unit::Week => {
                let back = i64::from(self.today.weekday().to_monday_zero_offset());
                let first = self.today.saturating_sub(shift_span.days(back - 7 * i64::from(shift)));
                (first, first.saturating_add(6.days()))
            }
            _ if jalali => {
                let (year, month, _) = jalali::of_gregorian(self.today)?;
                let months = match unit {
                    Unit::Quarter => 3,
                    Unit::Year => 12,
                    _ => 1,
                };
                let from = (i32::from(month) - 1) / months * months + shift * months;
                let (year, from) = (year + from.div_euclid(12), from.rem_euclid(12));
                let to = u8::try_from(from + months).ok()?;
                let first = jalali::to_gregorian(year, u8::try_from(from + 1).ok()?, 1)?;
                (first, jalali::to_gregorian(year, to, jalali::month_days(year, to))?)
            }
            Unit::Month => {
                let first =
                    self.today.first_of_month().checked_add(shift_span.months(shift)).ok()?;
                (first, first.last_of_month())
            }
            Unit::Quarter => {
                let month = (self.today.month() - 1) / 3 * 3 + 1;
                let first = date(self.today.year(), month, 1)
                    .checked_add(shift_span.months(3 * shift))
                    .ok()?;
                (first, first.checked_add(2.months()).ok()?.last_of_month())
            }
            Unit::Year => year_days(i32::from(self.today.year()) + shift)?,
        };
        Some(What::Period { first, last })
    }
}
