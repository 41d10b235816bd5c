//! Figures that another tool had counted: Plausible's archive, GA4's reports, Matomo's reports.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::table::{Named, cells, head, named};

/// One figure of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The day, or the first of those that it is of.
    pub day: Date,
    /// The last of those; `day`, where it is of one.
    pub last_day: Date,
    /// `total`, `page`, `source`, `channel`, `country`, …
    pub dimension: &'static str,
    /// Empty for totals.
    pub value: String,
    pub metric: &'static str,
    pub amount: f64,
}

/// Their tables: how a file's name goes on after `imported_`, our dimension, the column of its value.
const PLAUSIBLE: [(&str, &str, &str); 15] = [
    ("visitors_", "total", ""),
    ("pages_", "page", "page"),
    ("entry_pages_", "entry_page", "entry_page"),
    ("exit_pages_", "exit_page", "exit_page"),
    ("sources_", "source", "source"),
    ("sources_", "campaign", "utm_campaign"),
    ("sources_", "utm_source", "utm_source"),
    ("sources_", "utm_medium", "utm_medium"),
    ("sources_", "utm_content", "utm_content"),
    ("sources_", "utm_term", "utm_term"),
    ("locations_", "country", "country"),
    ("devices_", "device", "device"),
    ("browsers_", "browser", "browser"),
    ("operating_systems_", "os", "operating_system"),
    ("custom_events_", "event", "name"),
];

/// Columns of GA4's reports that say of which day a row is.
const DAYS: [&str; 2] = ["date", "nth day"];

/// Their columns and our metrics.
const METRICS: [(&str, &str); 8] = [
    ("visitors", "visitors"),
    ("visits", "visits"),
    ("entrances", "visits"),
    ("exits", "visits"),
    ("pageviews", "pageviews"),
    ("bounces", "bounces"),
    ("visit_duration", "visit_duration_s"),
    ("events", "events"),
];

/// A file of Plausible's export archive, by its name; `None` for a file that is none of its tables.
///
/// # Errors
/// Names the line that is not right.
pub fn plausible(name: &str, text: &str) -> Result<Option<Vec<Figure>>, String> {
    let is_of_file =
        |begin: &str| name.strip_prefix("imported_").is_some_and(|rest| rest.starts_with(begin));
    let tables: Vec<_> = PLAUSIBLE.iter().filter(|(begin, ..)| is_of_file(begin)).collect();
    if tables.is_empty() {
        return Ok(None);
    }
    let mut lines = text.lines().enumerate();
    let columns = head(lines.next().map_or("", |(_, line)| line));
    let mut figures = Vec::new();
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let row = named(&columns, line);
        let day = day(&row, number)?;
        for (_, dimension, column) in &tables {
            let value = if column.is_empty() { Some("") } else { row.text(column) };
            // A visit without a tag is of no campaign; without a source it is direct.
            let is_tag = column.starts_with("utm_");
            let Some(value) = value.or((!is_tag).then_some("(none)")) else { continue };
            for (theirs, metric) in METRICS {
                if let Some(amount) = row.number(theirs) {
                    let value = value.to_owned();
                    figures.push(Figure { day, last_day: day, dimension, value, metric, amount });
                }
            }
        }
    }
    Ok(Some(figures))
}

fn day(row: &Named, number: usize) -> Result<Date, String> {
    let text = row.text("date").unwrap_or_default();
    text.parse().map_err(|_| format!("line {}: `{text}` is no date such as 2026-03-21", number + 1))
}

/// A report of GA4's as CSV: lines that begin with `#` say what it is of, its first column is the
/// dimension. Where a column is the date (`20260321`) or the number of the day, each figure is of its day; else they
/// are of all days together, and of none by itself.
///
/// # Errors
/// Says what is missing, or names the line that is not right.
pub fn ga4(text: &str) -> Result<Vec<Figure>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let said = |name: &str| {
        let date = text.lines().find_map(|line| line.strip_prefix(name));
        date.and_then(|date| Date::strptime("%Y%m%d", date.trim()).ok())
    };
    let start = said("# Start date:").ok_or("has no line `# Start date: YYYYMMDD`")?;
    let end = said("# End date:").ok_or("has no line `# End date: YYYYMMDD`")?;
    if end < start {
        return Err("ends before it starts".to_owned());
    }
    let lines = text.lines().enumerate();
    let mut lines = lines.filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
    let (_, first) = lines.next().ok_or("has no head")?;
    let columns = head(first);
    let by_days = DAYS.into_iter().find(|name| columns.contains_key(*name));
    // A dimension beside the day is what the rows are about.
    let heads = cells(first);
    let is_day = |name: &String| DAYS.contains(&name.trim().to_lowercase().as_str());
    let second = is_day(&heads[0]).then(|| heads.get(1).map_or("other", |name| dimension(name)));
    let at = usize::from(second.is_some_and(|name| name != "other"));
    let dimension = match second {
        Some("other") => "total",
        Some(second) => second,
        None => dimension(&heads[0]),
    };
    let mut figures = Vec::new();
    for (number, line) in lines {
        let row = named(&columns, line);
        let mut cells = cells(line);
        let value = if at < cells.len() { cells.swap_remove(at) } else { String::new() };
        // The sum of all rows stands among them in some reports.
        if value.trim().is_empty() || value == "Grand total" {
            continue;
        }
        let value = if dimension == "total" { String::new() } else { value };
        let (day, last_day) = match by_days {
            None => (start, end),
            Some(column) => {
                let text = row.text(column).unwrap_or_default();
                let day = if column == "date" {
                    Date::strptime("%Y%m%d", text).or_else(|_| text.parse()).ok()
                } else {
                    let days = text.parse::<i64>().ok().filter(|days| (0..=100_000).contains(days));
                    days.and_then(|days| start.checked_add(days.days()).ok())
                };
                let wrong = || format!("line {}: `{text}` is no day of the report", number + 1);
                let day = day.filter(|day| (start..=end).contains(day)).ok_or_else(wrong)?;
                (day, day)
            }
        };
        // Reports differ in which users they have, and older ones in what they call key events.
        for (theirs, metric) in [
            (["sessions"].as_slice(), "visits"),
            (&["engaged sessions"], "engaged_visits"),
            (&["total users", "active users", "users"], "visitors"),
            (&["views"], "pageviews"),
            (&["event count"], "events"),
            (&["key events", "conversions"], "key_events"),
            (&["total revenue"], "revenue"),
        ] {
            if let Some(amount) = theirs.iter().find_map(|name| row.number(name)) {
                let value = value.clone();
                figures.push(Figure { day, last_day, dimension, value, metric, amount });
            }
        }
    }
    if figures.is_empty() { Err("has no figures that are known".to_owned()) } else { Ok(figures) }
}

fn dimension(column: &str) -> &'static str {
    let column = column.to_lowercase();
    let known = [
        ("channel", "channel"),
        ("campaign", "campaign"),
        ("source", "source"),
        ("medium", "source"),
        ("landing", "entry_page"),
        ("page", "page"),
        ("country", "country"),
        ("device", "device"),
        ("browser", "browser"),
        ("event", "event"),
    ];
    known.into_iter().find(|(word, _)| column.contains(word)).map_or("other", |(_, name)| name)
}

/// Matomo's `VisitsSummary.get` by days as CSV; its exports are UTF-16, to be decoded before.
///
/// # Errors
/// Names the line that is not right.
pub fn matomo(text: &str) -> Result<Vec<Figure>, String> {
    let mut lines = text.lines().enumerate();
    let columns = head(lines.next().map_or("", |(_, line)| line));
    if !columns.contains_key("date") {
        return Err("has no column `date`: export the report by days".to_owned());
    }
    let mut figures = Vec::new();
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let row = named(&columns, line);
        let day = day(&row, number)?;
        for (theirs, metric) in [
            ("nb_uniq_visitors", "visitors"),
            ("nb_visits", "visits"),
            ("nb_actions", "events"),
            ("bounce_count", "bounces"),
            ("sum_visit_length", "visit_duration_s"),
        ] {
            if let Some(amount) = row.number(theirs) {
                let value = String::new();
                let last_day = day;
                figures.push(Figure { day, last_day, dimension: "total", value, metric, amount });
            }
        }
    }
    Ok(figures)
}

/// Text of a file that may be UTF-8 or UTF-16 with a byte order mark. What is neither is replaced.
pub fn decode(bytes: &[u8]) -> String {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
