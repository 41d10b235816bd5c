//! Times as other programs write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// Years in which an event may have happened; others are a mistake in the file.
const YEARS: std::ops::RangeInclusive<i16> = 1995..=2100;

/// Reads times; those without an offset are of a zone.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    zone: TimeZone,
    format: Option<String>,
}

impl Times {
    /// `format` in strptime's letters replaces all that is recognised.
    pub(crate) fn new(zone: TimeZone, format: Option<String>) -> Self {
        Self { zone, format }
    }

    /// Microseconds UTC.
    ///
    /// Recognised are RFC 3339 and its relatives with a blank, with or without seconds, a fraction, an
    /// offset, `UTC` or a zone's name in brackets; a date alone (its midnight); seconds, milli-, micro-
    /// or nanoseconds since 1970; and the web servers' `17/May/2015:10:05:03 +0000`.
    pub(crate) fn read(&self, text: &str) -> Result<i64, String> {
        let text = text.trim();
        let found = match &self.format {
            Some(format) => self.by_format(format, text),
            None => self.recognise(text),
        };
        let time = found.ok_or_else(|| format!("`{text}` is no time"))?;
        let year = time.to_zoned(TimeZone::UTC).year();
        if !YEARS.contains(&year) {
            return Err(format!("`{text}` is in the year {year}"));
        }
        Ok(time.as_microsecond())
    }

    fn by_format(&self, format: &str, text: &str) -> Option<Timestamp> {
        let parsed = strtime::parse(format, text).ok()?;
        parsed.to_timestamp().ok().or_else(|| {
            let civil =
                parsed.to_datetime().or_else(|_| parsed.to_date().map(DateTime::from)).ok()?;
            self.in_zone(civil)
        })
    }

    fn recognise(&self, text: &str) -> Option<Timestamp> {
        if text.starts_with(|first: char| first.is_ascii_digit() || first == '-')
            && let Some(time) = since_1970(text)
        {
            return Some(time);
        }
        if let Some(text) = text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")) {
            let civil: DateTime = text.trim_end().parse().ok()?;
            return civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some(time);
        }
        if let Ok(zoned) = text.parse::<jiff::Zoned>() {
            return Some(zoned.timestamp());
        }
        if let Ok(civil) = text.parse::<DateTime>() {
            return self.in_zone(civil);
        }
        web_server(text)
    }

    fn in_zone(&self, civil: DateTime) -> Option<Timestamp> {
        civil.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }
}

/// `17/May/2015:10:05:03 +0000`, as web servers write it.
pub(crate) fn web_server(text: &str) -> Option<Timestamp> {
    strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).ok()?.to_timestamp().ok()
}

/// A count since 1970 whose unit follows from its size.
fn since_1970(text: &str) -> Option<Timestamp> {
    let value: f64 = text.parse().ok()?;
    let micros = match value.abs() {
        size if size < 1e8 => return None,
        size if size < 1e11 => 1e6 * value,
        size if size < 1e14 => 1e3 * value,
        size if size < 1e17 => return exact(text, 1),
        _ => return exact(text, 1_000),
    };
    Timestamp::from_microsecond(micros.round() as i64).ok()
}

/// Large counts do not fit a float.
fn exact(text: &str, nanos: i64) -> Option<Timestamp> {
    let whole: i64 = text.split('.').next()?.parse().ok()?;
    Timestamp::from_microsecond(whole / nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let times = Times::new(TimeZone::get("Europe/Helsinki").unwrap(), None);
        times.read(text).map(|at_us| Timestamp::from_microsecond(at_us).unwrap().to_string())
    }

    #[test]
    fn the_usual_ways_to_write_a_time_are_recognised() {
        for (text, expected) in [
            ("2024-03-13T10:21:14Z", "2024-03-13T10:21:14Z"),
            ("2024-03-13 10:21:14+02:00", "2024-03-13T08:21:14Z"),
            ("2024-03-13T10:21:14.123456Z", "2024-03-13T10:21:14.123456Z"),
            ("2024-03-13 10:21:14", "2024-03-13T08:21:14Z"),
            ("2024-07-13 10:21", "2024-07-13T07:21:00Z"),
            ("2024-03-13", "2024-03-12T22:00:00Z"),
            ("2024-03-13 10:21:14 UTC", "2024-03-13T10:21:14Z"),
            ("2024-03-13T10:21:14+09:00[Asia/Tokyo]", "2024-03-13T01:21:14Z"),
            ("17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03Z"),
            ("1710325274", "2024-03-13T10:21:14Z"),
            ("1710325274.5", "2024-03-13T10:21:14.5Z"),
            ("1710325274123", "2024-03-13T10:21:14.123Z"),
            ("1710325274123456", "2024-03-13T10:21:14.123456Z"),
            ("1710325274123456789", "2024-03-13T10:21:14.123456Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "12",
            "2024-13-01",
            "13.3.2024",
            "0999-01-01T00:00:00Z",
            "99999999999999999999",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_format_of_the_persons_own_replaces_the_rest() {
        let times = Times::new(TimeZone::UTC, Some("%d.%m.%Y %H:%M".into()));
        let expected: Timestamp = "2024-03-13T10:21:00Z".parse().unwrap();
        assert_eq!(times.read("13.3.2024 10:21"), Ok(expected.as_microsecond()));
        assert!(times.read("2024-03-13").is_err());
    }
}
