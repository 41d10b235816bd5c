//! Days, periods and lengths of time as the three languages name them.

use std::ops::Range;

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan as _};

use super::super::text::{Kind, Order, Token};
use crate::goal::Locale;
use crate::jalali;

/// What an expression means.
#[derive(Debug, Clone)]
pub(super) enum What {
    Day(Date),
    /// It may mean any of these.
    Choice(Vec<Date>),
    Period {
        first: Date,
        last: Date,
    },
    Duration(Span),
}

/// An expression of time and its tokens.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) what: What,
    pub(super) range: Range<usize>,
    /// It names the period by where it lies from today: `this quarter`.
    pub(super) now: bool,
    /// It names the end itself: `year end`.
    pub(super) ends: bool,
}

/// Every expression, in order.
pub(super) fn all(tokens: &[Token], locale: Locale, today: Date) -> Vec<Expression> {
    let mut found = Vec::new();
    let reader = Reader { tokens, locale, today };
    let mut at = 0;
    while at < tokens.len() {
        match reader.at(at) {
            Some(one) => {
                at = one.range.end;
                found.push(one);
            }
            None => at += 1,
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

struct Reader<'a> {
    tokens: &'a [Token],
    locale: Locale,
    today: Date,
}

impl Reader<'_> {
    fn at(&self, at: usize) -> Option<Expression> {
        let make = |(what, length): (What, usize)| Expression {
            what,
            range: at..at + length,
            now: false,
            ends: false,
        };
        self.figures(at)
            .or_else(|| self.day_of_month(at))
            .or_else(|| self.quarter(at))
            .or_else(|| self.week(at))
            .or_else(|| self.month(at))
            .or_else(|| self.season(at))
            .or_else(|| self.holiday(at))
            .or_else(|| self.weekday(at))
            .or_else(|| self.year(at))
            .or_else(|| self.duration(at))
            .map(make)
            .or_else(|| self.deictic(at))
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).filter(|token| token.is_word()).map_or("", |token| token.text.as_str())
    }

    fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |at| self.word(at))
    }

    fn number(&self, at: usize) -> Option<f64> {
        self.tokens.get(at).and_then(Token::number)
    }

    /// A whole number in a range.
    fn whole(&self, at: usize, range: std::ops::RangeInclusive<i32>) -> Option<i32> {
        let number = self.number(at)?;
        (number.fract() == 0.0 && number.abs() < 1e6)
            .then_some(number as i32)
            .filter(|n| range.contains(n))
    }

    /// A year at `at`, Gregorian or Jalali; with the number of tokens it takes, word and all.
    fn year_at(&self, at: usize) -> Option<(i32, usize)> {
        let skip = usize::from(matches!(self.word(at), "سال" | "vuonna" | "vuoden"));
        let commas = usize::from(
            skip == 0 && self.tokens.get(at).is_some_and(|token| token.kind == Kind::Mark(',')),
        );
        let year = self.whole(at + skip + commas, 1380..=2100)?;
        let known = (2000..=2100).contains(&year) || (1380..=1480).contains(&year);
        let counted = self
            .tokens
            .get(at + skip + commas + 1)
            .is_some_and(|next| matches!(next.kind, Kind::Percent | Kind::Money(_)));
        (known && !counted).then_some((year, skip + commas + 1))
    }

    /// `30.6.2026`, `2026-06-30`, `1405/3/31`, `6/7/2026`.
    fn figures(&self, at: usize) -> Option<(What, usize)> {
        let Kind::Figures { year, first, second, order } = self.tokens.get(at)?.kind else {
            return None;
        };
        let day = |month: u32, day: u32| -> Option<Date> {
            let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
            match year {
                Some(year) => any_day(year, month, day),
                None => self.next(|year| any_day(year, month, day), i32::from(self.today.year())),
            }
        };
        let what = match order {
            Order::MonthDay => What::Day(day(first, second)?),
            Order::DayMonth => What::Day(day(second, first)?),
            Order::Unknown => match (day(second, first), day(first, second)) {
                (Some(one), Some(other)) if one != other => {
                    What::Choice(vec![one.min(other), one.max(other)])
                }
                (Some(only), _) | (None, Some(only)) => What::Day(only),
                (None, None) => return None,
            },
        };
        Some((what, 1))
    }

    /// `30 June 2026`, `June 30`, `30. kesäkuuta`, `۳۱ شهریور ۱۴۰۵`, `اول تیر`.
    fn day_of_month(&self, at: usize) -> Option<(What, usize)> {
        let (day, mut length) = if let Some(day) = self.whole(at, 1..=31) {
            (day, 1)
        } else if self.locale == Locale::Fa
            && self.word(at) == "اول"
            && self.month_name(at + 1).is_some()
        {
            (1, 1)
        } else if self.locale == Locale::En && self.month_name(at).is_some() {
            let day = self.whole(at + 1, 1..=31)?;
            let ordinal = usize::from(matches!(self.word(at + 2), "st" | "nd" | "rd" | "th"));
            if matches!(
                self.tokens.get(at + 2).map(|next| &next.kind),
                Some(Kind::Percent | Kind::Money(_))
            ) {
                return None;
            }
            let (month, _) = self.month_name(at)?;
            return self.dated(month, day, at, 2 + ordinal);
        } else {
            return None;
        };
        while matches!(self.word(at + length), "st" | "nd" | "rd" | "th" | "of" | "ام" | "م") {
            length += 1;
        }
        let (month, more) = self.month_name(at + length)?;
        // `3:een syyskuun` is a number and a month.
        let finnish = self.locale == Locale::Fi;
        if finnish
            && !(self.word(at + length).ends_with("kuuta") && self.tokens[at].ending.is_empty())
        {
            return None;
        }
        self.dated(month, day, at, length + more)
    }

    fn dated(&self, month: Month, day: i32, at: usize, length: usize) -> Option<(What, usize)> {
        let day = u8::try_from(day).ok()?;
        if let Some((year, more)) = self.year_at(at + length) {
            return Some((What::Day(month.day(year, day)?), length + more));
        }
        let found = self.next(|year| month.day(year, day), month.year_of(self.today))?;
        Some((What::Day(found), length))
    }

    /// The first day that is not before today, in this year or one of the next.
    fn next(&self, day: impl Fn(i32) -> Option<Date>, year: i32) -> Option<Date> {
        (year..year + 5).filter_map(day).find(|day| *day >= self.today)
    }

    /// A month's name at `at` and how many tokens it takes.
    fn month_name(&self, at: usize) -> Option<(Month, usize)> {
        let word = self.word(at);
        if word.is_empty() {
            return None;
        }
        match self.locale {
            Locale::En => {
                let month = ENGLISH_MONTHS.iter().position(|name| {
                    word == *name || word.len() >= 3 && word.len() <= 4 && name.starts_with(word)
                })?;
                // `may` and `march` are verbs, too.
                let verb = matches!(word, "may" | "march" | "mar");
                let near = self.number(at + 1).is_some()
                    || at.checked_sub(1).and_then(|at| self.number(at)).is_some()
                    || matches!(
                        self.before(at),
                        "by" | "in"
                            | "of"
                            | "until"
                            | "before"
                            | "from"
                            | "to"
                            | "during"
                            | "through"
                            | "since"
                            | "end"
                            | "next"
                            | "and"
                            | "between"
                            | "this"
                            | "th"
                            | "st"
                    );
                (!verb || near).then_some((Month { number: month + 1, jalali: false }, 1))
            }
            Locale::Fi => {
                let month = FINNISH_MONTHS.iter().position(|name| {
                    word.strip_prefix(name).is_some_and(|ending| ending.starts_with("kuu"))
                })?;
                Some((Month { number: month + 1, jalali: false }, 1))
            }
            Locale::Fa => {
                let name = word.strip_suffix("ماه").filter(|name| !name.is_empty()).unwrap_or(word);
                let of = |table: &[&str]| {
                    table.iter().position(|names| names.split(' ').any(|known| known == name))
                };
                let month = if let Some(month) = of(&JALALI_MONTHS) {
                    Month { number: month + 1, jalali: true }
                } else {
                    let month = of(&PERSIAN_GREGORIAN_MONTHS)?;
                    // `می` begins most verbs, `مه` is fog.
                    let counted = at.checked_sub(1).and_then(|at| self.number(at)).is_some();
                    if matches!(name, "می" | "مه") && !counted && self.before(at) != "ماه" {
                        return None;
                    }
                    Month { number: month + 1, jalali: false }
                };
                Some((month, 1 + usize::from(self.word(at + 1) == "ماه")))
            }
        }
    }

    fn month(&self, at: usize) -> Option<(What, usize)> {
        // `kesäkuuta` is the month of a day.
        let (month, length) = self.month_name(at)?;
        if let Some((year, more)) = self.year_at(at + length) {
            return Some((month.period(year)?, length + more));
        }
        let year = month.year_of(self.today);
        let period = (year..year + 2).filter_map(|year| month.period(year));
        let what = { period }
            .find(|what| matches!(what, What::Period { last, .. } if *last >= self.today))?;
        Some((what, length))
    }

    /// `Q3`, `third quarter`, `kolmas vuosineljännes`, `سه‌ماههٔ دوم`.
    fn quarter(&self, at: usize) -> Option<(What, usize)> {
        let word = self.word(at);
        let named = word.strip_prefix('q').and_then(|number| number.parse::<usize>().ok());
        let (number, mut length) = if let Some(number) = named {
            (number, 1)
        } else if self.locale == Locale::Fa {
            let skip = match (self.number(at), self.word(at), self.word(at + 1)) {
                (Some(3.0), _, "ماهه") => 2,
                (None, "فصل" | "سهماهه", _) => 1,
                _ => return None,
            };
            (ordinal(self.word(at + skip), Locale::Fa)?, skip + 1)
        } else {
            let number = ordinal(word, self.locale)?;
            quarter_word(self.word(at + 1), self.locale).then_some((number, 2))?
        };
        if !(1..=4).contains(&number) {
            return None;
        }
        if matches!(self.word(at + length), "of") {
            length += usize::from(self.year_at(at + length + 1).is_some());
        }
        let given = self.year_at(at + length);
        length += given.map_or(0, |(_, more)| more);
        let jalali = self.locale == Locale::Fa
            && named.is_none()
            && given.is_none_or(|(year, _)| year < 1500);
        let period = |year: i32| {
            let month = |number: usize| Month { number, jalali };
            let (What::Period { first, .. }, What::Period { last, .. }) =
                (month(3 * number - 2).period(year)?, month(3 * number).period(year)?)
            else {
                return None;
            };
            Some((first, last))
        };
        let years = match given {
            Some((year, _)) => year..year + 1,
            None => {
                let year = Month { number: 1, jalali }.year_of(self.today);
                year..year + 2
            }
        };
        let (first, last) = { years }
            .filter_map(period)
            .find(|(_, last)| given.is_some() || *last >= self.today)?;
        Some((What::Period { first, last }, length))
    }

    /// `week 22`, `viikon 22`, `هفته ۲۲`: an ISO week.
    fn week(&self, at: usize) -> Option<(What, usize)> {
        let named =
            matches!(self.word(at), "week" | "wk" | "هفته") || self.word(at).starts_with("viiko");
        let number = self.whole(at + 1, 1..=53).filter(|_| named)?;
        let number = i8::try_from(number).ok()?;
        let monday = |year: i32| {
            let year = i16::try_from(year).ok()?;
            jiff::civil::ISOWeekDate::new(year, number, Weekday::Monday)
                .ok()
                .map(jiff::civil::ISOWeekDate::date)
        };
        let year = i32::from(self.today.year());
        let first = (year..year + 2)
            .filter_map(monday)
            .find(|first| first.saturating_add(6.days()) >= self.today)?;
        Some((What::Period { first, last: first.saturating_add(6.days()) }, 2))
    }

    fn season(&self, at: usize) -> Option<(What, usize)> {
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

    fn holiday(&self, at: usize) -> Option<(What, usize)> {
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

    fn weekday(&self, at: usize) -> Option<(What, usize)> {
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

    /// `2026`, `vuoden 2026`, `سال ۱۴۰۵`.
    fn year(&self, at: usize) -> Option<(What, usize)> {
        let (year, length) = self.year_at(at)?;
        let named = length > 1
            || matches!(
                self.before(at),
                "of" | "in" | "year" | "during" | "by" | "until" | "before"
            );
        if !named {
            return None;
        }
        let (first, last) = year_days(year)?;
        Some((What::Period { first, last }, length))
    }

    /// `three months`, `kolmessa kuukaudessa`, `سه ماه`.
    fn duration(&self, at: usize) -> Option<(What, usize)> {
        let article = self.locale == Locale::En
            && matches!(self.word(at), "a" | "an")
            && matches!(self.before(at), "in" | "within");
        let alone = self.locale == Locale::Fi
            && matches!(
                self.word(at + 1),
                "aikana" | "kuluessa" | "sisällä" | "päästä" | "kuluttua"
            )
            && !matches!(self.before(at), "tämän" | "ensi" | "kuluvan");
        let (count, skip) = match self.number(at) {
            Some(count) => (count, 1),
            None if article => (1.0, 1),
            None if alone => (1.0, 0),
            None => return None,
        };
        let unit_word = self.word(at + skip);
        let unit = unit(unit_word, self.locale)?;
        // `80 000:een kuukaudessa` and `5000 kuukaudessa` are a rate.
        let rate = skip == 1 && (!self.tokens[at].ending.is_empty() || count > 400.0);
        let lasts = match self.locale {
            Locale::Fi => {
                unit_word.ends_with("ssa")
                    || unit_word.ends_with("ssä")
                    || matches!(
                        self.word(at + skip + 1),
                        "aikana" | "kuluessa" | "sisällä" | "päästä" | "kuluttua" | "ajan"
                    )
            }
            Locale::En | Locale::Fa => true,
        };
        if rate || !lasts || count <= 0.0 {
            return None;
        }
        let halves = (count * 2.0).round() as i64;
        let span = Span::new();
        let span = match unit {
            Unit::Day => span.try_days(count.round() as i64),
            Unit::Week => span.try_days((count * 7.0).round() as i64),
            Unit::Month if count.fract() == 0.0 => span.try_months(count as i64),
            Unit::Month => span.try_days((count * 30.4).round() as i64),
            Unit::Quarter => span.try_months((count * 3.0).round() as i64),
            Unit::Year => span.try_months(halves * 6),
        };
        Some((What::Duration(span.ok()?), skip + 1))
    }

    /// `this quarter`, `ensi kuun`, `سال جاری`, `the year`.
    fn deictic(&self, at: usize) -> Option<Expression> {
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
    fn ended(&self, at: usize) -> bool {
        let words: Vec<&str> =
            (1..=3).filter_map(|back| at.checked_sub(back)).map(|at| self.word(at)).collect();
        matches!(
            words.as_slice(),
            ["of", "end" | "start" | "beginning" | "close", ..]
                | ["the", "of", "end" | "start" | "beginning" | "close" | "rest" | "course"]
        )
    }

    /// The period of a unit around today, or the one after it.
    fn period(&self, unit: Unit, shift: i32, jalali: bool) -> Option<What> {
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

/// A month of one of the two calendars, from 1.
#[derive(Clone, Copy)]
struct Month {
    number: usize,
    jalali: bool,
}

impl Month {
    /// A day of it; a year below 1500 is Jalali, and a Jalali month of a later year lies in that year.
    fn day(self, year: i32, day: u8) -> Option<Date> {
        let number = u8::try_from(self.number).ok()?;
        if self.jalali {
            return jalali::to_gregorian(year, number, day);
        }
        let year = i16::try_from(year).ok().filter(|year| *year > 1500)?;
        Date::new(year, i8::try_from(number).ok()?, i8::try_from(day).ok()?).ok()
    }

    fn period(self, year: i32) -> Option<What> {
        let first = self.day(year, 1)?;
        let last = if self.jalali {
            self.day(year, jalali::month_days(year, u8::try_from(self.number).ok()?))?
        } else {
            first.last_of_month()
        };
        Some(What::Period { first, last })
    }

    /// The year that today has in its calendar.
    fn year_of(self, today: Date) -> i32 {
        let jalali = jalali::of_gregorian(today).filter(|_| self.jalali);
        jalali.map_or(i32::from(today.year()), |(year, _, _)| year)
    }
}

fn any_day(year: i32, month: u8, day: u8) -> Option<Date> {
    if year < 1500 {
        return jalali::to_gregorian(year, month, day);
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn year_days(year: i32) -> Option<(Date, Date)> {
    if year < 1500 {
        let first = jalali::to_gregorian(year, 1, 1)?;
        return Some((first, jalali::to_gregorian(year, 12, jalali::month_days(year, 12))?));
    }
    let year = i16::try_from(year).ok()?;
    Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
}

/// Easter Sunday. Source: the anonymous Gregorian algorithm, Nature 13:487 (1876); 2026 gives 5 April.
fn easter(year: i32) -> Option<Date> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(i16::try_from(year).ok()?, i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?)
        .ok()
}

/// The Friday from 19 to 25 June.
fn midsummer_eve(year: i32) -> Option<Date> {
    let first = date(i16::try_from(year).ok()?, 6, 19);
    let ahead = (4 - i64::from(first.weekday().to_monday_zero_offset())).rem_euclid(7);
    first.checked_add(Span::new().days(ahead)).ok()
}

fn unit(word: &str, locale: Locale) -> Option<Unit> {
    let starts = |stems: &[&str]| stems.iter().any(|stem| word.starts_with(stem));
    match locale {
        Locale::En => Some(match word {
            "day" | "days" => Unit::Day,
            "week" | "weeks" => Unit::Week,
            "month" | "months" => Unit::Month,
            "quarter" | "quarters" => Unit::Quarter,
            "year" | "years" => Unit::Year,
            _ => return None,
        }),
        Locale::Fi => match () {
            () if starts(&["päivä", "päivi"]) => Some(Unit::Day),
            () if starts(&["viiko", "viikk"]) => Some(Unit::Week),
            () if starts(&["kuukau"]) || matches!(word, "kuun" | "kuussa" | "kk") => {
                Some(Unit::Month)
            }
            () if starts(&["vuosineljänne", "kvartaali", "neljännesvuo"]) => Some(Unit::Quarter),
            () if starts(&["vuode", "vuonna", "vuosi", "vuotta", "vuoteen"]) => Some(Unit::Year),
            () => None,
        },
        Locale::Fa => Some(match word {
            "روز" | "روزه" => Unit::Day,
            "هفته" => Unit::Week,
            "ماه" | "ماهه" => Unit::Month,
            "فصل" | "سهماهه" => Unit::Quarter,
            "سال" => Unit::Year,
            _ => return None,
        }),
    }
}

fn quarter_word(word: &str, locale: Locale) -> bool {
    unit(word, locale) == Some(Unit::Quarter)
}

fn ordinal(word: &str, locale: Locale) -> Option<usize> {
    let tables: [&[&str]; 4] = match locale {
        Locale::En => [&["first"], &["second"], &["third"], &["fourth", "last"]],
        Locale::Fi => [
            &["ensimmäi"],
            &["toisen", "toinen", "toisella", "toisessa"],
            &["kolmannen", "kolmas", "kolmannella", "kolmannessa"],
            &["neljännen", "neljäs", "neljännellä", "viimeisen", "viimeisellä"],
        ],
        Locale::Fa => [&["اول", "نخست"], &["دوم"], &["سوم"], &["چهارم", "آخر"]],
    };
    tables
        .iter()
        .position(|stems| {
            stems.iter().any(|stem| word == *stem || locale == Locale::Fi && word.starts_with(stem))
        })
        .map(|at| at + 1)
}

const ENGLISH_MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const FINNISH_MONTHS: [&str; 12] = [
    "tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras",
    "joulu",
];

const JALALI_MONTHS: [&str; 12] = [
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد امرداد",
    "شهریور",
    "مهر",
    "آبان ابان",
    "آذر اذر",
    "دی",
    "بهمن",
    "اسفند",
];

const PERSIAN_GREGORIAN_MONTHS: [&str; 12] = [
    "ژانویه",
    "فوریه",
    "مارس",
    "آوریل اوریل",
    "مه می",
    "ژوئن جون ژوین",
    "ژوئیه جولای ژوییه",
    "اوت آگوست اگوست",
    "سپتامبر",
    "اکتبر",
    "نوامبر",
    "دسامبر",
];
