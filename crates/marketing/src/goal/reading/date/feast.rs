//! Seasons, feasts and weekdays.

use jiff::Span;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday, date};

use super::calendar::{Month, easter, midsummer_eve};
use super::expression::{Reader, What};
use crate::goal::Locale;
use crate::jalali;

impl Reader<'_> {
    pub(super) fn season(&self, at: usize) -> Option<(What, usize)> {
        let word = self.word(at);
        let number = match self.locale {
            Locale::En => match word {
                "spring" => 1,
                "summer" => 2,
                "autumn" => 3,
                "fall" if self.before(at) == "the" => 3,
                "winter" => 4,
                _ => return None,
            },
            Locale::Fi => {
                let is = |stems: &[&str]| stems.contains(&word);
                match () {
                    () if is(&["kevään", "keväällä", "kevääseen", "kevät"]) => 1,
                    () if is(&["kesän", "kesällä", "kesään", "kesä"]) => 2,
                    () if is(&["syksyn", "syksyllä", "syksyyn", "syksy"]) => 3,
                    () if is(&["talven", "talvella", "talveen", "talvi"]) => 4,
                    () => return None,
                }
            }
            Locale::Fa => match word {
                "بهار" => 1,
                "تابستان" => 2,
                "پاییز" => 3,
                "زمستان" => 4,
                _ => return None,
            },
        };
        let period = |year: i32| {
            if self.locale == Locale::Fa {
                let month = |number: usize| Month { number, jalali: true };
                let (What::Period { first, .. }, What::Period { last, .. }) =
                    (month(3 * number - 2).period(year)?, month(3 * number).period(year)?)
                else {
                    return None;
                };
                return Some((first, last));
            }
            let first = date(i16::try_from(year).ok()?, i8::try_from(3 * number).ok()?, 1);
            let end = first.checked_add(2.months()).ok()?.last_of_month();
            Some((first, end))
        };
        let this = Month { number: 1, jalali: self.locale == Locale::Fa }.year_of(self.today);
        let (first, last) =
            (this..this + 2).filter_map(period).find(|(_, last)| *last >= self.today)?;
        Some((What::Period { first, last }, 1))
    }

    pub(super) fn holiday(&self, at: usize) -> Option<(What, usize)> {
        let (word, next) = (self.word(at), self.word(at + 1));
        let fixed = |month: i8, day: i8| {
            move |year: i32| Date::new(i16::try_from(year).ok()?, month, day).ok()
        };
        let this = i32::from(self.today.year());
        let jalali = |month: u8, day: u8| {
            let year = Month { number: 1, jalali: true }.year_of(self.today);
            self.next(|year| jalali::to_gregorian(year, month, day), year)
        };
        let is = |stem: &str| word.starts_with(stem);
        let black_friday = |year: i32| {
            let november = date(i16::try_from(year).ok()?, 11, 1);
            november.nth_weekday_of_month(4, Weekday::Thursday).ok()?.checked_add(1.day()).ok()
        };
        let found = match self.locale {
            _ if word == "black" && next.starts_with("friday") => {
                return Some((What::Day(self.next(black_friday, this)?), 2));
            }
            Locale::En => match word {
                "christmas" | "xmas" => {
                    let length = 1 + usize::from(next == "day");
                    let eve = usize::from(next == "eve");
                    let day = if eve == 1 { 24 } else { 25 };
                    return Some((What::Day(self.next(fixed(12, day), this)?), length + eve));
                }
                "easter" => self.next(easter, this),
                "midsummer" => self.next(midsummer_eve, this),
                "halloween" => self.next(fixed(10, 31), this),
                "valentine" | "valentines" => self.next(fixed(2, 14), this),
                "new" if next.starts_with("year") && self.before(at) != "the" => {
                    return Some((What::Day(self.next(fixed(12, 31), this)?), 2));
                }
                _ => None,
            },
            Locale::Fi => match () {
                () if matches!(
                    word,
                    "joulu" | "jouluun" | "joulua" | "jouluksi" | "jouluaattoon"
                ) =>
                {
                    self.next(fixed(12, 24), this)
                }
                () if is("juhannu") => self.next(midsummer_eve, this),
                () if is("vappu") || is("vapu") => self.next(fixed(5, 1), this),
                () if is("pääsiäi") => self.next(easter, this),
                () if is("uuteenvuoteen") || is("uuttavuotta") => self.next(fixed(12, 31), this),
                () if is("itsenäisyyspäiv") => self.next(fixed(12, 6), this),
                () => None,
            },
            Locale::Fa => match (word, next) {
                ("شب", "یلدا") => return Some((What::Day(jalali(9, 30)?), 2)),
                ("یلدا", _) => jalali(9, 30),
                ("نوروز", _) | ("عید", "نوروز") => {
                    return Some((What::Day(jalali(1, 1)?), if word == "عید" { 2 } else { 1 }));
                }
                ("عید", _) => jalali(1, 1),
                ("کریسمس", _) => self.next(fixed(12, 25), this),
                ("جمعه", "سیاه") | ("بلک", "فرایدی") => {
                    return Some((What::Day(self.next(black_friday, this)?), 2));
                }
                _ => None,
            },
        };
        found.map(|day| (What::Day(day), 1))
    }

    pub(super) fn weekday(&self, at: usize) -> Option<(What, usize)> {
        let word = self.word(at);
        let number = match self.locale {
            Locale::En => {
                ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
                    .iter()
                    .position(|name| *name == word)?
            }
            Locale::Fi => [
                "maanantai",
                "tiistai",
                "keskiviik",
                "torstai",
                "perjantai",
                "lauantai",
                "sunnuntai",
            ]
            .iter()
            .position(|name| word.starts_with(name))?,
            Locale::Fa if matches!(self.before(at), "تا") => {
                let name = if self.word(at + 1) == "شنبه" {
                    format!("{word} شنبه")
                } else {
                    word.to_owned()
                };
                [
                    "دوشنبه|دو شنبه",
                    "سهشنبه|سه شنبه",
                    "چهارشنبه|چهار شنبه",
                    "پنجشنبه|پنج شنبه",
                    "جمعه",
                    "شنبه",
                    "یکشنبه|یک شنبه",
                ]
                .iter()
                .position(|names| names.split('|').any(|known| known == name))?
            }
            Locale::Fa => return None,
        };
        let ahead =
            (number as i64 - i64::from(self.today.weekday().to_monday_zero_offset())).rem_euclid(7);
        let day = self.today.saturating_add(Span::new().days(ahead));
        Some((What::Day(day), 1))
    }
}
