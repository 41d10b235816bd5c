//! When a client says that something happened, in every way that clients write it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::json::Json;
use crate::hit::Refusal;

/// A difference of clocks up to this is the time on the way, and nothing is corrected.
pub(crate) const ON_THE_WAY_US: i64 = 10_000_000;

/// Microseconds UTC of a time: RFC 3339, the same without zone (UTC), or a number since 1970 in
/// seconds, milliseconds or microseconds, whichever its size says.
pub(crate) fn parse(value: &Json) -> Option<i64> {
    match value {
        Json::Text(text) => parse_text(text),
        _ => value.number().and_then(parse_number),
    }
}

/// Like `parse`, for text.
pub(crate) fn parse_text(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_microsecond());
    }
    if let Ok(number) = text.parse::<f64>() {
        return parse_number(number);
    }
    // As Ruby and mails write it.
    if let Ok(time) = Timestamp::strptime("%Y-%m-%d %H:%M:%S%.f %z", text) {
        return Some(time.as_microsecond());
    }
    if let Ok(time) = jiff::fmt::rfc2822::parse(text) {
        return Some(time.timestamp().as_microsecond());
    }
    let local = text.strip_suffix(" UTC").unwrap_or(text).parse::<DateTime>().ok()?;
    let local = local.to_zoned(TimeZone::UTC).ok()?;
    Some(local.timestamp().as_microsecond())
}

/// Seconds below the year 5138, milliseconds below that year, else microseconds.
fn parse_number(number: f64) -> Option<i64> {
    let scale = match number.abs() {
        size if size < 1e11 => 1e6,
        size if size < 1e14 => 1e3,
        size if size < 1e17 => 1.0,
        _ => return None,
    };
    (number > 0.0).then_some((number * scale).round() as i64)
}

/// The client's clock against the server's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    /// Added to the client's times, microseconds.
    ahead_us: i64,
}

impl Clock {
    /// A clock that read `sent_at_us` when the request left, which came at `received_at_us`.
    pub(crate) fn new(sent_at_us: Option<i64>, received_at_us: i64) -> Self {
        let ahead_us = sent_at_us.map_or(0, |sent| received_at_us.saturating_sub(sent));
        let ahead_us = if ahead_us.saturating_abs() <= ON_THE_WAY_US { 0 } else { ahead_us };
        Self { ahead_us }
    }

    /// `at_us` of the client's clock on the server's.
    pub(crate) fn correct(self, at_us: i64) -> i64 {
        at_us.saturating_add(self.ahead_us)
    }

    /// The time of a field, corrected; `None` where there is none, or an empty text.
    ///
    /// # Errors
    /// What stands there is no time.
    pub(crate) fn read(self, field: &str, value: &Json) -> Result<Option<i64>, Refusal> {
        if value.is_null() || matches!(value, Json::Text(text) if text.trim().is_empty()) {
            return Ok(None);
        }
        match parse(value) {
            Some(at_us) => Ok(Some(self.correct(at_us))),
            None => Err(invalid(field)),
        }
    }
}

/// The refusal of what is no time.
pub(crate) fn invalid(field: &str) -> Refusal {
    let detail = "must be a time such as `2026-11-21T10:00:00Z`, or a number since 1970";
    Refusal::new(field, "invalid_time", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_however_it_is_written() {
        let moment = Some(1_774_747_800_000_000);
        for text in [
            "\"2026-03-29T01:30:00.000Z\"",
            "\"2026-03-29 03:30:00 +0200\"",
            "\"2026-03-29 01:30:00.000 UTC\"",
            "\"Sun, 29 Mar 2026 01:30:00 GMT\"",
            "\"2026-03-29T01:30:00+00:00\"",
            "\"2026-03-29T03:30:00+02:00\"",
            "\"2026-03-29T03:30:00+0200\"",
            "\"2026-03-29T01:30:00.0000000Z\"",
            "\"2026-03-29 01:30:00\"",
            "\"2026-03-29T01:30:00\"",
            "1774747800",
            "1774747800.0",
            "1774747800000",
            "\"1774747800000\"",
            "1774747800000000",
        ] {
            assert_eq!(parse(&super::super::json::parse(text).unwrap()), moment, "{text}");
        }
        for text in ["\"yesterday\"", "\"\"", "-5", "1e18", "true", "[]"] {
            assert_eq!(parse(&super::super::json::parse(text).unwrap()), None, "{text}");
        }
    }

    #[test]
    fn a_clock_that_is_wrong_by_an_hour_is_corrected_and_latency_is_not() {
        let hour_us = 3_600_000_000;
        let slow = Clock::new(Some(1_000 * hour_us), 1_001 * hour_us);
        assert_eq!(slow.correct(999 * hour_us), 1_000 * hour_us);
        let near = Clock::new(Some(1_000 * hour_us), 1_000 * hour_us + 4_000_000);
        assert_eq!(near.correct(999 * hour_us), 999 * hour_us);
        assert_eq!(Clock::new(None, 5).correct(3), 3);
        assert_eq!(near.read("timestamp", &Json::Text("".into())), Ok(None));
        assert!(near.read("timestamp", &Json::Text("soon".into())).is_err());
    }
}
