//! `cargo xtask bench soak`: the server under a steady mixed load for as long as one likes: memory that
//! stays, few files, and answers that keep coming.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::ingest::{DOMAIN, build, start};

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Requests a second
    #[arg(long, default_value_t = 1_500)]
    per_second: u32,
    /// Keep-alive connections
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// Folder of programs that are built already [default: build them]
    #[arg(long, value_name = "FOLDER")]
    bin: Option<PathBuf>,
}

/// Between two looks at the server.
const LOOK: Duration = Duration::from_secs(5);

/// Live files of one open date: sixteen of each size, of five sizes at most.
const MOST_FILES: f64 = 80.0;

/// Memory may grow by so much from the third quarter to the last: part of what is measured is the
/// allocator's.
const GROWTH: f64 = 1.10;

/// The server may never take more, MiB.
const MOST_MIB: f64 = 512.0;

/// The slowest hundredth of the answers may take so many times the median.
const TAIL: f64 = 20.0;

/// What one look found.
struct Look {
    seconds: f64,
    memory_mib: f64,
    /// The most that it ever was.
    peak_mib: f64,
    files: f64,
    hot_rows: f64,
    query_ms: f64,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let bin = options.bin.clone().map_or_else(|| build(root), Ok)?;
    let folder = env::temp_dir().join(format!("luotsi-soak-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = soak(&bin, &folder, options);
    fs::remove_dir_all(&folder)?;
    outcome
}

fn soak(bin: &Path, folder: &Path, options: &Options) -> Result<()> {
    let (server, address, token) = start(bin, folder)?;
    let mut load = Command::new(bin.join("load"))
        .args(["--address", &address, "--domain", DOMAIN, "--mixed"])
        .args(["--connections", &options.connections.to_string()])
        .args(["--per-second", &options.per_second.to_string()])
        .args(["--seconds", &(options.minutes * 60).to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let began = Instant::now();
    let mut looks = Vec::new();
    println!(
        "{:>8} {:>10} {:>7} {:>9} {:>9}",
        "second", "RSS MiB", "files", "hot rows", "query ms"
    );
    while load.try_wait()?.is_none() {
        thread::sleep(LOOK);
        let look = look(&address, &token, server.0.id(), began)?;
        if looks.len() % 6 == 0 {
            println!(
                "{:>8.0} {:>10.1} {:>7} {:>9} {:>9.1}",
                look.seconds, look.memory_mib, look.files, look.hot_rows, look.query_ms
            );
        }
        looks.push(look);
    }
    let mut outcome = String::new();
    load.stdout.take().context("no output of the load")?.read_to_string(&mut outcome)?;
    judge(&looks, &serde_json::from_str(&outcome)?)
}

fn judge(looks: &[Look], outcome: &Value) -> Result<()> {
    let figure = |name: &str| outcome[name].as_f64().unwrap_or(f64::NAN);
    let mean = |looks: &[Look]| {
        looks.iter().map(|look| look.memory_mib).sum::<f64>() / looks.len().max(1) as f64
    };
    // The first half fills caches, buffers and the table of open visits.
    let warm = &looks[looks.len() / 2..];
    let (first, second) = warm.split_at(warm.len() / 2);
    let growth = mean(second) / mean(first);
    let most = |of: fn(&Look) -> f64| looks.iter().map(of).fold(0.0, f64::max);
    let tail = figure("p99_ms") / figure("p50_ms");
    println!(
        "\n{} accepted, {} refused, {} broken; {:.0} a second",
        figure("accepted"),
        figure("refused"),
        figure("broken"),
        figure("per_second")
    );
    println!(
        "202: p50 {:.2} ms, p99 {:.2} ms, ratio {tail:.1}",
        figure("p50_ms"),
        figure("p99_ms")
    );
    println!(
        "RSS: {:.1} MiB, then {:.1} MiB ({growth:.3} of it), at most {:.1} MiB; files: at most {}; queries: at most {:.1} ms",
        mean(first),
        mean(second),
        most(|look| look.peak_mib),
        most(|look| look.files),
        most(|look| look.query_ms)
    );
    let mut wrong = Vec::new();
    if growth > GROWTH {
        wrong.push("memory grows");
    }
    if most(|look| look.peak_mib) > MOST_MIB {
        wrong.push("it took more memory than it may");
    }
    if most(|look| look.files) > MOST_FILES {
        wrong.push("there are more files than compaction allows");
    }
    if tail > TAIL {
        wrong.push("some answers take too long");
    }
    if figure("refused") > 0.0 || figure("broken") > 0.0 {
        wrong.push("requests were refused or broken off");
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("; ")) }
}

fn look(address: &str, token: &str, process: u32, began: Instant) -> Result<Look> {
    // Before the query: what it takes goes again, and the peak shows it.
    let at_rest_mib = memory_mib(process, "VmRSS:")?;
    let metrics = http(address, "GET /metrics HTTP/1.1", "", "")?;
    let metric = |name: &str| {
        metrics
            .lines()
            .filter(|line| !line.starts_with('#'))
            .find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok())
            .unwrap_or(f64::NAN)
    };
    let asked = Instant::now();
    let body = format!(
        r#"{{"site_id":"{DOMAIN}","metrics":["visitors","pageviews","bounce_rate"],"date_range":"day","dimensions":["visit:source"]}}"#
    );
    let answer = http(
        address,
        "POST /api/v2/query HTTP/1.1",
        &format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"),
        &body,
    )?;
    if !answer.contains("\"results\"") {
        bail!("a query was not answered: {answer}");
    }
    let query_ms = asked.elapsed().as_secs_f64() * 1e3;
    Ok(Look {
        seconds: began.elapsed().as_secs_f64(),
        memory_mib: at_rest_mib,
        peak_mib: memory_mib(process, "VmHWM:")?,
        files: metric("luotsi_lake_data_files "),
        hot_rows: metric("luotsi_lake_hot_rows "),
        query_ms,
    })
}

fn memory_mib(process: u32, field: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")).context("no VmRSS")?;
    Ok(kib.trim().parse::<f64>()? / 1024.0)
}

/// One request on a connection of its own; the answer with its head.
fn http(address: &str, request: &str, headers: &str, body: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(
        stream,
        "{request}\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
