//! Data files as the table's log describes them.

use jiff::Timestamp;
use serde::Deserialize;

use crate::snapshot::DataFile;
use crate::writer::parse_date;

#[derive(Deserialize)]
struct Stats {
    #[serde(rename = "numRecords")]
    rows: u64,
    #[serde(rename = "minValues")]
    min: Bound,
    #[serde(rename = "maxValues")]
    max: Bound,
}

#[derive(Deserialize)]
struct Bound {
    site_number: i32,
    ts: String,
}

/// One live file. Without usable statistics its ranges are as wide as they can be.
///
/// `None` when it has no date or no proper path.
pub(super) fn data_file(
    path: &str,
    size: i64,
    date: Option<&str>,
    stats: Option<&str>,
) -> Option<DataFile> {
    let stats: Option<Stats> = stats.and_then(|stats| serde_json::from_str(stats).ok());
    Some(DataFile {
        path: object_store::path::Path::parse(path).ok()?,
        size: u64::try_from(size).ok()?,
        date: parse_date(date?)?,
        rows: stats.as_ref().map_or(0, |stats| stats.rows),
        sites: stats
            .as_ref()
            .map_or((i32::MIN, i32::MAX), |stats| (stats.min.site_number, stats.max.site_number)),
        ts_us: stats.as_ref().map_or((i64::MIN, i64::MAX), |stats| {
            (lower_us(&stats.min.ts), upper_us(&stats.max.ts))
        }),
        summary_bytes: None,
    })
}

fn lower_us(text: &str) -> i64 {
    text.parse::<Timestamp>().map_or(i64::MIN, Timestamp::as_microsecond)
}

/// A checkpoint may have cut the time to milliseconds: then the whole millisecond counts.
fn upper_us(text: &str) -> i64 {
    text.parse::<Timestamp>().map_or(i64::MAX, |time| {
        let at_us = time.as_microsecond();
        if at_us.rem_euclid(1_000) == 0 { at_us + 999 } else { at_us }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_give_the_ranges() {
        let stats = r#"{"numRecords":2,"minValues":{"site_number":1,"ts":"2026-11-21T00:00:00.000001Z"},
            "maxValues":{"site_number":3,"ts":"2026-11-21T00:00:01.5Z"},"nullCount":{}}"#;
        let file = data_file("date=2026-11-21/a.parquet", 9, Some("2026-11-21"), Some(stats))
            .expect("it has a date");
        assert_eq!((file.date, file.rows, file.sites), (20_778, 2, (1, 3)));
        let midnight_us = 20_778 * 86_400_000_000;
        assert_eq!(file.ts_us, (midnight_us + 1, midnight_us + 1_500_999));
    }

    #[test]
    fn a_file_without_statistics_may_hold_anything() {
        let file = data_file("date=2026-11-21/a.parquet", 9, Some("2026-11-21"), None)
            .expect("it has a date");
        assert_eq!((file.sites, file.ts_us), ((i32::MIN, i32::MAX), (i64::MIN, i64::MAX)));
    }
}
