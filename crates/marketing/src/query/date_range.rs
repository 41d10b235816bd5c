//! Which time a query is about, and which it is compared with.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan, Unit, Zoned};
use serde_json::Value;

use super::error::{Code, InvalidQuery};
use super::time::{DAY_US, Range, SECOND_US, start_of_day_us, zoned};
use super::{Context, quote};
use crate::event::EARLIEST_US;

/// How far back `realtime` looks.
const REALTIME_US: i64 = 5 * 60 * SECOND_US;
/// How far ahead `realtime` looks: clocks differ.
const REALTIME_AHEAD_US: i64 = 5 * SECOND_US;

/// What a query's result is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    /// As many days before.
    PreviousPeriod,
    /// The same days of the year before.
    YearOverYear,
}

/// Reads `date_range` and puts it on the time line.
///
/// `7d`, `28d` and the like are whole days up to yesterday, `6mo` and the like whole months up to
/// the last one, as in Plausible since version 3; `day`, `month` and `year` are the current ones,
/// up to their end. `24h` and `realtime` end now.
pub(super) fn parse_date_range(value: &Value, context: &Context) -> Result<Range, InvalidQuery> {
    let range = match value {
        Value::String(word) => named_range(word, context),
        Value::Array(ends) => match ends.as_slice() {
            [Value::String(from), Value::String(to)] => given_range(from, to, context),
            _ => None,
        },
        _ => None,
    };
    range.filter(|range| range.from_us < range.to_us).ok_or_else(|| {
        invalid("date_range", format!("#/date_range: Invalid date range {}", quote(value)))
    })
}

fn named_range(word: &str, context: &Context) -> Option<Range> {
    let now_us = context.now.as_microsecond();
    let today = zoned(now_us, &context.time_zone).date();
    let yesterday = today.yesterday().ok()?;
    let days = |first: Date, last: Date| whole_days(first, last, context);
    match word {
        "realtime" => {
            Some(Range { from_us: now_us - REALTIME_US, to_us: now_us + REALTIME_AHEAD_US })
        }
        "24h" => Some(Range { from_us: now_us - DAY_US, to_us: now_us }),
        "day" => days(today, today),
        "month" => days(today.first_of_month(), today.last_of_month()),
        "year" => days(today.first_of_year(), today.last_of_year()),
        "all" => {
            let start = context.first_event.map_or(today, |at| {
                zoned(at.as_microsecond().max(EARLIEST_US), &context.time_zone).date()
            });
            days(start.min(today), today)
        }
        _ => {
            let digits = word.bytes().take_while(u8::is_ascii_digit).count();
            let count: i64 = word[..digits].parse().ok().filter(|count| *count > 0)?;
            match &word[digits..] {
                "d" if count <= 5_000 => days(today.checked_sub(count.days()).ok()?, yesterday),
                "mo" if count <= 100 => {
                    let this_month = today.first_of_month();
                    let first = this_month.checked_sub(count.months()).ok()?;
                    days(first, this_month.yesterday().ok()?)
                }
                _ => None,
            }
        }
    }
}

/// Two dates, both included, or two moments; the second of the last moment is included.
fn given_range(from: &str, to: &str, context: &Context) -> Option<Range> {
    if let (Some(first), Some(last)) = (date(from), date(to)) {
        return whole_days(first, last, context);
    }
    let from_us = moment_us(from, context)?;
    Some(Range {
        from_us,
        to_us: moment_us(to, context)?.div_euclid(SECOND_US) * SECOND_US + SECOND_US,
    })
}

fn date(text: &str) -> Option<Date> {
    // The parser of dates takes moments too, and drops their time.
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// A moment with an offset, or as the site's clocks show it.
fn moment_us(text: &str, context: &Context) -> Option<i64> {
    if date(text).is_some() {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_microsecond());
    }
    let local: DateTime = text.parse().ok()?;
    Some(context.time_zone.to_zoned(local).ok()?.timestamp().as_microsecond())
}

fn whole_days(first: Date, last: Date, context: &Context) -> Option<Range> {
    Some(Range {
        from_us: start_of_day_us(first, &context.time_zone)?,
        to_us: start_of_day_us(last.tomorrow().ok()?, &context.time_zone)?,
    })
}

/// Reads `include.comparisons` into the range to compare `range` with.
pub(super) fn parse_comparison(
    value: &Value,
    range: Range,
    context: &Context,
) -> Result<Range, InvalidQuery> {
    const FIELD: &str = "include.comparisons";
    let refused = |field: &str, reason: &str| {
        invalid_include(field, format!("#/include/comparisons: {reason} (got {})", quote(value)))
    };
    let Some(object) = value.as_object() else {
        return Err(refused(FIELD, "Expected an object with a mode"));
    };
    for name in object.keys() {
        if !matches!(name.as_str(), "mode" | "match_day_of_week" | "date_range") {
            return Err(refused(
                &format!("{FIELD}.{name}"),
                "Schema does not allow additional properties",
            ));
        }
    }
    let weekday_field = format!("{FIELD}.match_day_of_week");
    let match_day_of_week = match object.get("match_day_of_week") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(given)) => *given,
        Some(_) => return Err(refused(&weekday_field, "match_day_of_week is true or false")),
    };
    let mode = object.get("mode").and_then(Value::as_str);
    if mode == Some("custom") {
        let field = format!("{FIELD}.date_range");
        return object
            .get("date_range")
            .and_then(|given| parse_date_range(given, context).ok())
            .ok_or_else(|| refused(&field, "mode custom needs a date_range of two dates"));
    }
    if object.get("date_range").is_some_and(|given| !given.is_null()) {
        return Err(refused(&format!("{FIELD}.date_range"), "date_range goes with mode custom"));
    }
    let shift = match mode {
        Some("previous_period") => Shift::PreviousPeriod,
        Some("year_over_year") => Shift::YearOverYear,
        _ => {
            let field = format!("{FIELD}.mode");
            return Err(refused(&field, "mode is previous_period, year_over_year or custom"));
        }
    };
    shifted(range, shift, match_day_of_week, context)
        .ok_or_else(|| refused(FIELD, "The range to compare with lies beyond the calendar"))
}

/// The range that `range` is compared with.
///
/// Of a range that is not over yet only the part up to now is compared, with a part just as long:
/// the 21st at 15:00 of a month with the same days, up to 15:00, before it. Days are shifted as the
/// clocks show them, so a day of 23 hours is compared with a whole day.
pub(super) fn shifted(
    range: Range,
    shift: Shift,
    match_day_of_week: bool,
    context: &Context,
) -> Option<Range> {
    let now_us = context.now.as_microsecond();
    let end_us = if range.from_us < now_us { range.to_us.min(now_us) } else { range.to_us };
    let first = zoned(range.from_us, &context.time_zone);
    let last = zoned(range.to_us, &context.time_zone);
    let of_whole_days = is_midnight(&first) && is_midnight(&last);
    if !of_whole_days && shift == Shift::PreviousPeriod {
        let length_us = range.to_us - range.from_us;
        return Some(Range { from_us: range.from_us - length_us, to_us: end_us - length_us });
    }
    let last_date = zoned(end_us - 1, &context.time_zone).date();
    let days_back = match shift {
        Shift::PreviousPeriod => days_between(first.date(), last_date)? + 1,
        Shift::YearOverYear => {
            days_between(first.date().checked_sub(1.year()).ok()?, first.date())?
        }
    };
    let mut days_back = days_back;
    if match_day_of_week {
        days_back = to_same_weekday(days_back);
    }
    let back = |at_us: i64| {
        let moved = zoned(at_us, &context.time_zone).checked_sub(days_back.days()).ok()?;
        Some(moved.timestamp().as_microsecond())
    };
    Some(Range { from_us: back(range.from_us)?, to_us: back(end_us)? })
}

/// The multiple of seven days nearest to `days`, never none.
fn to_same_weekday(days: i64) -> i64 {
    let below = days / 7 * 7;
    let above = below + 7;
    if below > 0 && days - below <= above - days { below } else { above }
}

fn days_between(first: Date, last: Date) -> Option<i64> {
    Some(i64::from(first.until((Unit::Day, last)).ok()?.get_days()))
}

fn is_midnight(at: &Zoned) -> bool {
    at.start_of_day().is_ok_and(|start| start == *at)
}

fn invalid(field: &str, message: String) -> InvalidQuery {
    InvalidQuery::new(Code::DateRange, field, message)
}

fn invalid_include(field: &str, message: String) -> InvalidQuery {
    InvalidQuery::new(Code::Include, field, message)
}
