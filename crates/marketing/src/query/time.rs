//! Ranges of time and their division into labelled buckets, in a site's time zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Unit, Zoned, ZonedRound};

/// Microseconds in a second.
pub const SECOND_US: i64 = 1_000_000;
/// Microseconds in an hour.
pub const HOUR_US: i64 = 3_600 * SECOND_US;
/// Microseconds in a day of 24 hours.
pub const DAY_US: i64 = 24 * HOUR_US;

/// The most buckets that one answer is divided into.
pub const MAX_BUCKETS: usize = 50_000;

/// A span of time, half-open: `from_us` belongs to it, `to_us` does not. Microseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    pub from_us: i64,
    pub to_us: i64,
}

impl Range {
    pub fn contains(self, at_us: i64) -> bool {
        self.from_us <= at_us && at_us < self.to_us
    }

    /// First and last second in the zone, with offsets, as Plausible shows a range.
    pub fn labels(self, time_zone: &TimeZone) -> [String; 2] {
        let label = |us: i64| zoned(us, time_zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        [label(self.from_us), label((self.to_us - 1).max(self.from_us))]
    }
}

/// How fine time is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interval {
    Minute,
    Hour,
    Day,
    /// ISO weeks, from Monday.
    Week,
    Month,
}

/// A division of time: up to the start of the next one, or the end of the range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Microseconds UTC; the first bucket starts with the range.
    pub start_us: i64,
    /// `2026-03-29`, or `2026-03-29 04:00:00` for hours and minutes.
    pub label: String,
}

impl Interval {
    pub fn as_str(self) -> &'static str {
        match self {
            Interval::Minute => "time:minute",
            Interval::Hour => "time:hour",
            Interval::Day => "time:day",
            Interval::Week => "time:week",
            Interval::Month => "time:month",
        }
    }

    /// `time` alone takes the interval that suits the range; `None` for a word that is no time.
    pub fn parse(word: &str, range: Range) -> Option<Interval> {
        match word {
            "time" => Some(Interval::suiting(range)),
            "time:minute" => Some(Interval::Minute),
            "time:hour" => Some(Interval::Hour),
            "time:day" => Some(Interval::Day),
            "time:week" => Some(Interval::Week),
            "time:month" => Some(Interval::Month),
            _ => None,
        }
    }

    /// Plausible's rule: hours up to 48 hours, days up to 40 days, weeks up to 52 weeks, else months.
    fn suiting(range: Range) -> Interval {
        let length_us = range.to_us - range.from_us;
        if length_us <= 48 * HOUR_US {
            Interval::Hour
        } else if length_us <= 40 * DAY_US {
            Interval::Day
        } else if length_us <= 52 * 7 * DAY_US {
            Interval::Week
        } else {
            Interval::Month
        }
    }

    /// The range's buckets, in order; `None` when there would be more than `MAX_BUCKETS`.
    ///
    /// Days have 23 or 25 hours where the clocks change; the hour that comes twice is two buckets
    /// with one label. A week that began before the range is labelled with the range's first day.
    pub fn buckets(self, range: Range, time_zone: &TimeZone) -> Option<Vec<Bucket>> {
        let shortest_us = match self {
            Interval::Minute => 60 * SECOND_US,
            Interval::Hour => HOUR_US,
            Interval::Day => 20 * HOUR_US,
            Interval::Week => 6 * DAY_US,
            Interval::Month => 27 * DAY_US,
        };
        if (range.to_us - range.from_us) / shortest_us > MAX_BUCKETS as i64 {
            return None;
        }
        let mut buckets = Vec::new();
        let mut start_us = range.from_us;
        while start_us < range.to_us {
            let start = zoned(start_us, time_zone);
            buckets.push(Bucket { start_us, label: self.label(&start) });
            // A clock change can leave a rounded time where it was: never stand still.
            start_us = self.next_us(&start).unwrap_or(range.to_us).max(start_us + 60 * SECOND_US);
        }
        Some(buckets)
    }

    fn label(self, start: &Zoned) -> String {
        match self {
            Interval::Minute => start.strftime("%Y-%m-%d %H:%M:00").to_string(),
            Interval::Hour => start.strftime("%Y-%m-%d %H:00:00").to_string(),
            Interval::Day | Interval::Week => start.date().to_string(),
            Interval::Month => start.date().first_of_month().to_string(),
        }
    }

    /// Start of the bucket after the one that `start` lies in.
    fn next_us(self, start: &Zoned) -> Option<i64> {
        let date = start.date();
        let zone = start.time_zone();
        match self {
            Interval::Minute => {
                let minute = start.timestamp().as_microsecond().div_euclid(60 * SECOND_US);
                Some((minute + 1) * 60 * SECOND_US)
            }
            Interval::Hour => {
                let rounding = ZonedRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Trunc);
                let later = start.checked_add(1.hour()).ok()?;
                let rounded = later.round(rounding).ok()?;
                let next = if rounded.timestamp() > start.timestamp() { rounded } else { later };
                Some(next.timestamp().as_microsecond())
            }
            Interval::Day => start_of_day_us(date.tomorrow().ok()?, zone),
            Interval::Week => {
                let days_left = 7 - i64::from(date.weekday().to_monday_zero_offset());
                start_of_day_us(date.checked_add(days_left.days()).ok()?, zone)
            }
            Interval::Month => start_of_day_us(date.last_of_month().tomorrow().ok()?, zone),
        }
    }
}

/// First instant of a day in a zone, microseconds UTC; `None` beyond the calendar.
pub(super) fn start_of_day_us(date: Date, time_zone: &TimeZone) -> Option<i64> {
    let start = date.to_zoned(time_zone.clone()).ok()?;
    // Where clocks go forward at midnight the day starts later; `start_of_day` knows.
    Some(start.start_of_day().ok()?.timestamp().as_microsecond())
}

/// A moment as the zone's clocks show it; moments beyond the calendar are its ends.
pub(super) fn zoned(at_us: i64, time_zone: &TimeZone) -> Zoned {
    let clamped = at_us
        .clamp(Timestamp::MIN.as_microsecond() + DAY_US, Timestamp::MAX.as_microsecond() - DAY_US);
    Timestamp::from_microsecond(clamped).unwrap_or_default().to_zoned(time_zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    fn buckets(interval: Interval, from: &str, to: &str, zone: &str) -> Vec<Bucket> {
        let range = Range { from_us: us(from), to_us: us(to) };
        interval.buckets(range, &TimeZone::get(zone).unwrap()).unwrap()
    }

    fn labels(buckets: &[Bucket]) -> Vec<&str> {
        buckets.iter().map(|bucket| bucket.label.as_str()).collect()
    }

    #[test]
    fn a_day_when_clocks_go_forward_has_23_hours_and_one_when_they_go_back_25() {
        let spring = buckets(
            Interval::Hour,
            "2026-03-28T22:00:00Z",
            "2026-03-29T21:00:00Z",
            "Europe/Helsinki",
        );
        assert_eq!(spring.len(), 23);
        assert_eq!(labels(&spring)[2..4], ["2026-03-29 02:00:00", "2026-03-29 04:00:00"]);
        let autumn = buckets(
            Interval::Hour,
            "2026-10-24T21:00:00Z",
            "2026-10-25T22:00:00Z",
            "Europe/Helsinki",
        );
        assert_eq!(autumn.len(), 25);
        assert_eq!(labels(&autumn)[3..5], ["2026-10-25 03:00:00", "2026-10-25 03:00:00"]);
        assert_eq!(autumn[4].start_us - autumn[3].start_us, HOUR_US);
    }

    #[test]
    fn days_start_at_midnight_in_the_zone_over_both_clock_changes() {
        let days = buckets(
            Interval::Day,
            "2026-03-27T22:00:00Z",
            "2026-03-30T21:00:00Z",
            "Europe/Helsinki",
        );
        assert_eq!(labels(&days), ["2026-03-28", "2026-03-29", "2026-03-30"]);
        assert_eq!(days[1].start_us, us("2026-03-28T22:00:00Z"));
        assert_eq!(days[2].start_us, us("2026-03-29T21:00:00Z"));
    }

    #[test]
    fn hours_of_a_zone_45_minutes_off_start_on_its_own_hour() {
        let hours = buckets(
            Interval::Hour,
            "2026-05-01T00:00:00Z",
            "2026-05-01T02:00:00Z",
            "Asia/Kathmandu",
        );
        assert_eq!(
            labels(&hours),
            ["2026-05-01 05:00:00", "2026-05-01 06:00:00", "2026-05-01 07:00:00"]
        );
        assert_eq!(hours[1].start_us, us("2026-05-01T00:15:00Z"));
    }

    #[test]
    fn a_clock_change_of_half_an_hour_leaves_every_hour_a_bucket() {
        let hours = buckets(
            Interval::Hour,
            "2026-04-04T13:00:00Z",
            "2026-04-04T17:00:00Z",
            "Australia/Lord_Howe",
        );
        assert!(hours.windows(2).all(|pair| pair[0].start_us < pair[1].start_us));
        assert!(hours.len() >= 4);
    }

    #[test]
    fn weeks_start_on_monday_and_the_first_is_named_after_the_range() {
        let weeks = buckets(Interval::Week, "2026-01-01T00:00:00Z", "2026-01-15T00:00:00Z", "UTC");
        assert_eq!(labels(&weeks), ["2026-01-01", "2026-01-05", "2026-01-12"]);
    }

    #[test]
    fn months_are_named_after_their_first_day() {
        let months =
            buckets(Interval::Month, "2026-01-15T00:00:00Z", "2026-03-02T00:00:00Z", "UTC");
        assert_eq!(labels(&months), ["2026-01-01", "2026-02-01", "2026-03-01"]);
        assert_eq!(months[1].start_us, us("2026-02-01T00:00:00Z"));
    }

    #[test]
    fn time_alone_takes_the_interval_that_suits_the_range() {
        let suiting =
            |days: i64| Interval::parse("time", Range { from_us: 0, to_us: days * DAY_US });
        assert_eq!(suiting(2), Some(Interval::Hour));
        assert_eq!(suiting(3), Some(Interval::Day));
        assert_eq!(suiting(40), Some(Interval::Day));
        assert_eq!(suiting(91), Some(Interval::Week));
        assert_eq!(suiting(365), Some(Interval::Month));
    }

    #[test]
    fn minutes_of_a_decade_are_too_many() {
        let range = Range { from_us: 0, to_us: 3650 * DAY_US };
        assert_eq!(Interval::Minute.buckets(range, &TimeZone::UTC), None);
        assert_eq!(Interval::Day.buckets(range, &TimeZone::UTC).map(|days| days.len()), Some(3650));
    }

    #[test]
    fn a_range_is_shown_with_its_first_and_last_second() {
        let zone = TimeZone::get("Europe/Helsinki").unwrap();
        let range =
            Range { from_us: us("2026-03-28T22:00:00Z"), to_us: us("2026-03-29T21:00:00Z") };
        assert_eq!(range.labels(&zone), ["2026-03-29T00:00:00+02:00", "2026-03-29T23:59:59+03:00"]);
    }
}
