//! Days, periods and lengths of time as the three languages name them.

use std::ops::Range;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};

use super::super::text::{Kind, Order, Token};
use super::calendar::{
    ENGLISH_MONTHS, FINNISH_MONTHS, JALALI_MONTHS, Month, PERSIAN_GREGORIAN_MONTHS, Unit, any_day,
    ordinal, quarter_word, unit, year_days,
};
use crate::goal::Locale;

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

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) locale: Locale,
    pub(super) today: Date,
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

    pub(super) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).filter(|token| token.is_word()).map_or("", |token| token.text.as_str())
    }

    pub(super) fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |at| self.word(at))
    }

    pub(super) fn number(&self, at: usize) -> Option<f64> {
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
    pub(super) fn next(&self, day: impl Fn(i32) -> Option<Date>, year: i32) -> Option<Date> {
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
}
