//! Events of which some come twice, some late, and some while the server is killed: the counts are exact.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use anyhow::{Context as _, Result, bail, ensure};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

const DOMAIN: &str = "exact.example";

/// Events of one request, those that come again left out.
const BATCH: u64 = 475;

/// Of that many, so many are sent again with each request: 5 %.
const AGAIN: u64 = 25;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// How long compaction may take to divide late events into visits.
const PATIENCE: Duration = Duration::from_secs(240);

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program under test.
    pub luotsi: PathBuf,
    /// An empty folder.
    pub folder: PathBuf,
    pub events: u64,
    /// Seconds since 1970, UTC.
    pub now: i64,
    pub seed: u64,
    /// Compare visits of closed days too, once the server has divided the late events: a minute or two.
    pub visits: bool,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Report {
    pub sent: u64,
    pub sent_again: u64,
    pub late: u64,
    pub restarts: u32,
    pub kills: u32,
    pub seconds: f64,
    pub visits_compared: u64,
}

/// One event, the same whenever it is asked for.
#[derive(Debug, Clone, Copy)]
struct Event {
    number: u64,
    visitor: u64,
    at: i64,
    page: u64,
    late: bool,
}

impl Plan {
    fn event(&self, number: u64) -> Event {
        let mut dice =
            SmallRng::seed_from_u64(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let late = dice.random_range(0..20) == 0;
        let back = if late {
            dice.random_range(0..72 * 60) * MINUTE - 2 * MINUTE
        } else {
            dice.random_range(0..30)
        };
        Event {
            number,
            visitor: dice.random_range(0..(self.events / 10).max(1)),
            at: self.now - back.max(0),
            page: dice.random_range(0..200),
            late,
        }
    }

    fn body(&self, from: u64, to: u64, dice: &mut SmallRng) -> (String, u64) {
        let mut events: Vec<Value> = (from..to).map(|number| json_of(self.event(number))).collect();
        let mut again = 0;
        if from > 0 {
            for _ in 0..AGAIN.min(to - from) {
                events.push(json_of(self.event(dice.random_range(0..to))));
                again += 1;
            }
        }
        (Value::from(events).to_string(), again)
    }
}

fn json_of(event: Event) -> Value {
    json!({
        "n": "pageview",
        "u": format!("https://{DOMAIN}/{}", event.page),
        "d": DOMAIN,
        "id": format!("event {}", event.number),
        "visitor_id": format!("visitor {}", event.visitor),
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        "t": time_text(event.at),
    })
}

/// A server that is stopped when it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Server {
    fn start(plan: &Plan) -> Result<Self> {
        let mut child = Command::new(&plan.luotsi)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&plan.folder)
            .env("LUOTSI_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.context("no address")?.to_owned();
        Ok(Self { child, address })
    }

    /// Asks it to stop and waits: the ordinary way.
    fn stop(mut self) -> Result<()> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(asked.success(), "the server cannot be stopped");
        self.child.wait()?;
        Ok(())
    }
}

/// Sends everything, with stops and kills, and compares the counts. Fails when one is not exact.
pub fn run(plan: &Plan) -> Result<Report> {
    let began = Instant::now();
    let token = install(plan)?;
    let mut server = Server::start(plan)?;
    let mut report = Report {
        sent: 0,
        sent_again: 0,
        late: 0,
        restarts: 0,
        kills: 0,
        seconds: 0.0,
        visits_compared: 0,
    };
    let mut dice = SmallRng::seed_from_u64(plan.seed);
    let batches = plan.events.div_ceil(BATCH);
    let restarts: HashSet<u64> = (1..5).map(|part| batches * part / 5).collect();
    let kills: HashSet<u64> = [batches / 2, batches * 3 / 4].into_iter().collect();
    for batch in 0..batches {
        if restarts.contains(&batch) {
            server.stop()?;
            server = Server::start(plan)?;
            report.restarts += 1;
        }
        let (from, to) = (batch * BATCH, ((batch + 1) * BATCH).min(plan.events));
        let (body, again) = plan.body(from, to, &mut dice);
        let killer = kills.contains(&batch).then(|| kill_soon(server.child.id()));
        report.kills += u32::from(killer.is_some());
        // What is not acknowledged is sent again, with the same ids.
        while let Err(error) = send(&server.address, &token, &body) {
            ensure!(killer.is_some(), "a request failed: {error:#}");
            server = Server::start(plan)?;
        }
        if let Some(killer) = killer {
            killer.join().ok();
            if send(&server.address, &token, &body).is_err() {
                server = Server::start(plan)?;
                send(&server.address, &token, &body)?;
            }
        }
        report.sent += to - from;
        report.sent_again += again;
    }
    compare(plan, &server, &token, &mut report)?;
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

/// Kills a process a moment later: in the middle of a request, or right after it.
fn kill_soon(process: u32) -> thread::JoinHandle<()> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let moment = Duration::from_millis(2 + 7 * u64::from(NEXT.fetch_add(1, Ordering::Relaxed)));
    thread::spawn(move || {
        thread::sleep(moment);
        Command::new("kill").args(["-KILL", &process.to_string()]).status().ok();
    })
}

fn install(plan: &Plan) -> Result<String> {
    let luotsi = |arguments: &[&str], input: &str| -> Result<String> {
        let mut child = Command::new(&plan.luotsi)
            .args(arguments)
            .arg("--data-dir")
            .arg(&plan.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
        let ended = child.wait_with_output()?;
        ensure!(ended.status.success(), "luotsi {arguments:?} failed");
        Ok(String::from_utf8(ended.stdout)?)
    };
    fs::create_dir_all(&plan.folder)?;
    luotsi(
        &["user", "create", "--email", "bench@example.org", "--password-stdin"],
        "correct horse battery staple",
    )?;
    luotsi(&["site", "create", "--domain", DOMAIN, "--timezone", "UTC", "--json"], "")?;
    let token = luotsi(&["token", "create", "--name", "exact", "--json"], "")?;
    let token: Value = serde_json::from_str(&token)?;
    Ok(token["token"].as_str().context("no token")?.to_owned())
}

fn send(address: &str, token: &str, body: &str) -> Result<()> {
    for _ in 0..100 {
        let answer = post(address, token, "/api/events", body)?;
        if answer.starts_with("HTTP/1.1 2") {
            return Ok(());
        }
        // Too much at once: it says when to come again.
        ensure!(answer.starts_with("HTTP/1.1 503"), "it was refused: {answer}");
        thread::sleep(Duration::from_millis(500));
    }
    bail!("the server has no room for a minute")
}

fn post(address: &str, token: &str, path: &str, body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
}

/// Rows of a query by their first dimension.
fn query(
    server: &Server,
    token: &str,
    metric: &str,
    dimensions: &[&str],
) -> Result<BTreeMap<String, u64>> {
    let body = json!({
        "site_id": DOMAIN,
        "metrics": [metric],
        "date_range": "all",
        "dimensions": dimensions,
        "pagination": {"limit": 10_000, "offset": 0},
    });
    let answer = post(&server.address, token, "/api/v2/query", &body.to_string())?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let start = body.find('{').context("no answer")?;
    let end = body.rfind('}').context("no answer")?;
    let answer: Value = serde_json::from_str(&body[start..=end])?;
    let rows = answer["results"].as_array().with_context(|| format!("no results: {answer}"))?;
    Ok(rows
        .iter()
        .map(|row| {
            let label = row["dimensions"][0].as_str().unwrap_or_default().to_owned();
            (label, row["metrics"][0].as_u64().unwrap_or_default())
        })
        .collect())
}

/// What a plain loop counts.
struct Expected {
    by_day: BTreeMap<String, u64>,
    by_page: BTreeMap<String, u64>,
    visitors: u64,
    /// By the day they began.
    visits: BTreeMap<String, u64>,
}

fn expected(plan: &Plan, report: &mut Report) -> Expected {
    let mut found = Expected {
        by_day: BTreeMap::new(),
        by_page: BTreeMap::new(),
        visitors: 0,
        visits: BTreeMap::new(),
    };
    let mut times: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    for number in 0..plan.events {
        let event = plan.event(number);
        report.late += u64::from(event.late);
        *found.by_day.entry(day_text(event.at)).or_default() += 1;
        *found.by_page.entry(format!("/{}", event.page)).or_default() += 1;
        times.entry(event.visitor).or_default().push(event.at);
    }
    found.visitors = times.len() as u64;
    for mut times in times.into_values() {
        times.sort_unstable();
        let mut open: Option<(i64, i64)> = None;
        for at in times {
            open = match open {
                Some((start, last)) if at - last <= 30 * MINUTE && at - start < DAY => {
                    Some((start, at))
                }
                _ => {
                    *found.visits.entry(day_text(at)).or_default() += 1;
                    Some((at, at))
                }
            };
        }
    }
    found
}

fn compare(plan: &Plan, server: &Server, token: &str, report: &mut Report) -> Result<()> {
    let expected = expected(plan, report);
    let days = query(server, token, "pageviews", &["time:day"])?;
    let days: BTreeMap<String, u64> = days.into_iter().filter(|(_, count)| *count > 0).collect();
    ensure!(
        days == expected.by_day,
        "page views by day: {days:?} instead of {:?}",
        expected.by_day
    );
    let pages = query(server, token, "pageviews", &["event:page"])?;
    ensure!(pages == expected.by_page, "page views by page differ");
    let visitors = query(server, token, "visitors", &[])?;
    ensure!(
        visitors.values().eq([&expected.visitors]),
        "visitors: {visitors:?} instead of {}",
        expected.visitors
    );
    if !plan.visits {
        return Ok(());
    }
    // Days that are over for good are put right in the background.
    let closed = day_text(plan.now - 2 * DAY);
    let wanted: BTreeMap<String, u64> =
        expected.visits.into_iter().filter(|(day, _)| *day <= closed).collect();
    let until = Instant::now() + PATIENCE;
    loop {
        let visits = query(server, token, "visits", &["time:day"])?;
        let visits: BTreeMap<String, u64> =
            visits.into_iter().filter(|(day, count)| *day <= closed && *count > 0).collect();
        if visits == wanted {
            report.visits_compared = wanted.values().sum();
            return Ok(());
        }
        ensure!(Instant::now() < until, "visits of closed days: {visits:?} instead of {wanted:?}");
        thread::sleep(Duration::from_secs(2));
    }
}

fn day_text(at: i64) -> String {
    time_text(at)[..10].to_owned()
}

/// RFC 3339, UTC.
fn time_text(at: i64) -> String {
    // Hinnant's days_from_civil, backwards: https://howardhinnant.github.io/date_algorithms.html
    let (days, second) = (at.div_euclid(DAY) + 719_468, at.rem_euclid(DAY));
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

/// An empty folder of its own below `parent`, removed when it is dropped.
#[derive(Debug)]
pub struct Folder(Arc<PathBuf>);

impl Folder {
    pub fn new(parent: &Path, name: &str) -> Self {
        Self(Arc::new(parent.join(format!("{name}-{}", std::process::id()))))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&*self.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_calendars_say() {
        assert_eq!(time_text(0), "1970-01-01T00:00:00Z");
        assert_eq!(time_text(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(time_text(1_795_255_200), "2026-11-21T10:00:00Z");
    }
}
