//! Web-server access logs in the combined format.
//!
//! A line counts as a page view when it is a `GET`, was answered 200 or 304, and asks for a page and
//! not for a file that a page loads. Lines of robots are kept and tagged like any robot's events.

use std::net::IpAddr;

use luotsi_marketing::collect::history::before_the_web;
use luotsi_marketing::event::{EARLIEST_US, Event, PAGEVIEW};
use luotsi_marketing::hit::{Hit, Refusal, SiteKey};
use luotsi_marketing::page::parse_page;
use luotsi_marketing::protocol::Protocol;

use super::row::RowReader;
use super::time::web_server;

/// Endings of files that pages load or offer, not pages themselves.
const ASSETS: [&str; 83] = [
    "7z",
    "aac",
    "apk",
    "atom",
    "avif",
    "bmp",
    "bz2",
    "conf",
    "css",
    "csv",
    "deb",
    "dmg",
    "doc",
    "docx",
    "eot",
    "epub",
    "exe",
    "flac",
    "flv",
    "gif",
    "gz",
    "ico",
    "ics",
    "iso",
    "jar",
    "jpeg",
    "jpg",
    "js",
    "json",
    "log",
    "m3u8",
    "m4a",
    "m4v",
    "map",
    "md5",
    "mjs",
    "mkv",
    "mov",
    "mp3",
    "mp4",
    "mpeg",
    "mpg",
    "msi",
    "ods",
    "odt",
    "ogg",
    "otf",
    "pdf",
    "pkg",
    "png",
    "ppt",
    "pptx",
    "py",
    "rar",
    "rpm",
    "rss",
    "sh",
    "svg",
    "swf",
    "tar",
    "tgz",
    "tif",
    "tiff",
    "tsv",
    "ttf",
    "txt",
    "wasm",
    "wav",
    "webm",
    "webmanifest",
    "webp",
    "wmv",
    "woff",
    "woff2",
    "xls",
    "xlsx",
    "xml",
    "xsl",
    "xz",
    "yaml",
    "yml",
    "zip",
    "zst",
];

/// What became of a line.
#[derive(Debug)]
pub(crate) enum Outcome {
    PageView(Box<Event>),
    /// A sound line that is no page view, and why.
    Skipped(&'static str),
}

/// A line taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    ip: &'a str,
    time: &'a str,
    method: &'a str,
    target: &'a str,
    status: u16,
    referrer: &'a str,
    user_agent: &'a str,
}

impl Entry<'_> {
    /// What tells this line from others, without whose it is: an id made of an address could be tried out
    /// for every address there is.
    fn without_address(&self) -> String {
        let Self { ip: _, time, method, target, status, referrer, user_agent } = self;
        format!("{time}\t{method}\t{target}\t{status}\t{referrer}\t{user_agent}")
    }
}

/// Reads a line.
///
/// # Errors
/// Says which part of the line is not as the format has it.
pub(crate) fn read(line: &str, reader: &mut RowReader) -> Result<Outcome, Refusal> {
    let entry = parse(line)?;
    let at_us = web_server(entry.time)
        .ok_or_else(|| {
            Refusal::new("time", "invalid_time", format!("`{}` is no time", entry.time))
        })?
        .as_microsecond();
    let ip: IpAddr = entry.ip.parse().map_err(|_| {
        Refusal::new("ip", "invalid_address", format!("`{}` is no IP address", entry.ip))
    })?;
    if at_us > reader.now_us {
        return Err(Refusal::new(
            "time",
            "in_future",
            format!("`{}` is in the future", entry.time),
        ));
    }
    if at_us < EARLIEST_US {
        return Err(before_the_web("time"));
    }
    if entry.method != "GET" {
        return Ok(Outcome::Skipped("not a GET"));
    }
    if !matches!(entry.status, 200 | 304) {
        return Ok(Outcome::Skipped("not answered 200 or 304"));
    }
    if is_asset(entry.target) {
        return Ok(Outcome::Skipped("a file, not a page"));
    }
    let address = match entry.target.find("://") {
        Some(_) if !entry.target.starts_with('/') => entry.target.to_owned(),
        _ => format!("https://{}/{}", reader.site.domain, entry.target.trim_start_matches('/')),
    };
    let page = parse_page(&address, false)
        .map_err(|detail| Refusal::new("request", "invalid_url", detail))?;
    let hit = Hit {
        page: Some(page),
        referrer: (entry.referrer != "-").then(|| entry.referrer.to_owned()),
        at_us: Some(at_us),
        ..Hit::new(SiteKey::new(Protocol::Plausible, &reader.site.domain), PAGEVIEW)
    };
    let user_agent = if entry.user_agent == "-" { "" } else { entry.user_agent };
    let looked_up = (reader.lookup.program(user_agent).client, reader.lookup.place(ip));
    let id = reader.ids.next(&entry.without_address());
    let mut event = reader.enrich(hit, at_us, Some(ip), user_agent, looked_up, id);
    reader.midnight.follow(&mut event);
    Ok(Outcome::PageView(Box::new(event)))
}

/// `ip identity user [time] "method target version" status bytes "referrer" "user agent"`; what
/// follows is left alone.
fn parse(line: &str) -> Result<Entry<'_>, Refusal> {
    let refuse = |part: &str| {
        Refusal::new("line", "not_combined", format!("is not in the combined log format: {part}"))
    };
    let (before, rest) = line.split_once('[').ok_or_else(|| refuse("there is no [time]"))?;
    let (time, rest) = rest.split_once(']').ok_or_else(|| refuse("there is no [time]"))?;
    // Some servers write the host they served before the address.
    let ip = before
        .split_whitespace()
        .find(|word| word.parse::<IpAddr>().is_ok())
        .or_else(|| before.split_whitespace().next())
        .ok_or_else(|| refuse("there is no address"))?;
    let (request, rest) = quoted(rest).ok_or_else(|| refuse("there is no \"request\""))?;
    let mut numbers = rest.split_whitespace();
    let status = numbers
        .next()
        .and_then(|status| status.parse::<u16>().ok())
        .filter(|status| (100..600).contains(status))
        .ok_or_else(|| refuse("there is no status"))?;
    let (referrer, rest) = quoted(rest).ok_or_else(|| {
        refuse("there is no \"referrer\"; without it visitors cannot be told apart")
    })?;
    let (user_agent, _) = quoted(rest).ok_or_else(|| refuse("there is no \"user agent\""))?;
    let mut words = request.split(' ').filter(|word| !word.is_empty());
    let method = words.next().unwrap_or_default();
    let target = words.next().ok_or_else(|| refuse("the request names nothing"))?;
    Ok(Entry { ip, time, method, target, status, referrer, user_agent })
}

/// The next quoted text and what follows it; `\"` is no end.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (_, inside) = text.split_once('"')?;
    let mut escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some((&inside[..at], &inside[at + 1..])),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

fn is_asset(target: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    file.rsplit_once('.').is_some_and(|(_, ending)| {
        let ending = ending.to_ascii_lowercase();
        ASSETS.binary_search(&ending.as_str()).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};
    use std::path::Path;

    use luotsi_marketing::bot::{Signs, bot_reason};
    use serde_json::Value;

    use super::*;

    const LINE: &str = r#"83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a/b?x=1 HTTP/1.1" 200 203023 "http://example.org/" "Mozilla/5.0 (X11) \"quoted\" end""#;

    #[test]
    fn a_line_is_taken_apart() {
        let entry = parse(LINE).unwrap();
        assert_eq!(
            entry,
            Entry {
                ip: "83.149.9.216",
                time: "17/May/2015:10:05:03 +0000",
                method: "GET",
                target: "/a/b?x=1",
                status: 200,
                referrer: "http://example.org/",
                user_agent: r#"Mozilla/5.0 (X11) \"quoted\" end"#,
            }
        );
    }

    #[test]
    fn the_host_before_the_address_and_fields_at_the_end_do_not_matter() {
        let line = format!("www.example.org:443 {LINE} \"extra\" 0.003");
        assert_eq!(parse(&line).unwrap().ip, "83.149.9.216");
        let line = LINE.replace("83.149.9.216", "2001:db8::1");
        assert_eq!(parse(&line).unwrap().ip, "2001:db8::1");
    }

    #[test]
    fn a_broken_line_is_told_what_it_lacks() {
        for (line, lacks) in [
            ("", "[time]"),
            ("nonsense", "[time]"),
            (r"1.2.3.4 - - [17/May/2015:10:05:03 +0000] GET /", "request"),
            (r#"1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" abc"#, "status"),
            (r#"1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5"#, "referrer"),
            (
                r#"1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-""#,
                "user agent",
            ),
            (
                r#"1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "cut of"#,
                "user agent",
            ),
            (r#"1.2.3.4 - - [17/May/2015:10:05:03 +0000] "" 400 5 "-" "-""#, "names nothing"),
        ] {
            let refusal = parse(line).unwrap_err();
            assert!(refusal.detail.contains(lacks), "{line}: {refusal}");
        }
    }

    #[test]
    fn files_are_told_from_pages() {
        assert!(ASSETS.is_sorted());
        for file in [
            "/style.css",
            "/a/b.PNG?v=1",
            "/favicon.ico",
            "/robots.txt",
            "/x.tar.gz",
            "/feed.xml",
            "/a.xlsx",
        ] {
            assert!(is_asset(file), "{file}");
        }
        for page in [
            "/",
            "/a/",
            "/a.html",
            "/a.php?x=y.css",
            "/v1.2/",
            "/v1.2",
            "/product/3.5-mm",
            "/a.css/b",
        ] {
            assert!(!is_asset(page), "{page}");
        }
    }

    /// A real log of 6,000 lines and what an independent program found in it.
    fn reference() -> Option<(String, Value)> {
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/weblogs");
        let log = std::fs::read(shared.join("apache_combined_a.log"));
        let answers = std::fs::read(shared.join("reference_apache_combined_a.json"));
        let (Ok(log), Ok(answers)) = (log, answers) else {
            println!("skipped: ../shared is absent");
            return None;
        };
        Some((
            String::from_utf8_lossy(&log).into_owned(),
            serde_json::from_slice(&answers).unwrap(),
        ))
    }

    #[test]
    fn a_real_log_is_read_as_an_independent_program_reads_it() {
        let Some((log, answers)) = reference() else { return };
        let entries: Vec<Entry> = log.lines().map(|line| parse(line).unwrap()).collect();
        assert_eq!(entries.len() as u64, answers["lines"].as_u64().unwrap());
        let count = |key: fn(&Entry) -> String| {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for entry in &entries {
                *counts.entry(key(entry)).or_default() += 1;
            }
            counts
        };
        let expected = |name: &str| {
            serde_json::from_value::<BTreeMap<String, u64>>(answers[name].clone()).unwrap()
        };
        assert_eq!(count(|entry| entry.status.to_string()), expected("status"));
        assert_eq!(count(|entry| entry.method.to_owned()), expected("methods"));
        let day = |entry: &Entry| {
            let time = web_server(entry.time).unwrap();
            time.strftime("%Y-%m-%d").to_string()
        };
        assert_eq!(count(day), expected("requests_per_day"));
        let ips: HashSet<&str> = entries.iter().map(|entry| entry.ip).collect();
        assert_eq!(ips.len() as u64, answers["unique_ips"].as_u64().unwrap());
        let visitors: HashSet<_> =
            entries.iter().map(|entry| (entry.ip, entry.user_agent)).collect();
        assert_eq!(visitors.len() as u64, answers["unique_ip_ua"].as_u64().unwrap());
    }

    /// The reference tells robots by the list of `isbot` 5.2, we by our own rule, and each has its own
    /// list of files: 973 page views of 568 visitors there. The count by our rule is checked exactly.
    #[test]
    fn page_views_of_people_in_a_real_log_are_nearly_those_of_another_robot_list() {
        let Some((log, answers)) = reference() else { return };
        let entries = log.lines().map(|line| parse(line).unwrap());
        let views: Vec<Entry> = entries
            .filter(|entry| {
                entry.method == "GET"
                    && matches!(entry.status, 200 | 304)
                    && !is_asset(entry.target)
            })
            .filter(|entry| {
                let user_agent = if entry.user_agent == "-" { "" } else { entry.user_agent };
                bot_reason(&Signs { user_agent, purpose: "" }).is_none()
            })
            .collect();
        let visitors: HashSet<_> = views.iter().map(|entry| (entry.ip, entry.user_agent)).collect();
        assert_eq!((views.len(), visitors.len()), (977, 552));
        let theirs = answers["human_pageviews(GET,200/304,not asset extension)"].as_f64().unwrap();
        assert!((views.len() as f64 / theirs - 1.0).abs() < 0.01);
        let theirs = answers["human_pageview_visitors_ip_ua"].as_f64().unwrap();
        assert!((visitors.len() as f64 / theirs - 1.0).abs() < 0.04);
    }
}
