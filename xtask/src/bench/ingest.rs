//! `cargo xtask bench ingest`: the server with durable acknowledgement beside its ceiling.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::command;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Keep-alive connections
    #[arg(long, default_value_t = 512)]
    connections: u32,
    /// Seconds for each of the two, after two seconds of warming up
    #[arg(long, default_value_t = 15)]
    seconds: u32,
    /// Rounds of server and ceiling in turn; the median ratio counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Batches of a team's own server instead: events for each second of the processor's time
    #[arg(long)]
    batch: bool,
}

pub(super) const DOMAIN: &str = "bench.example";

/// Stops the process when the bench is over, however it ends.
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let bin = build(root)?;
    let folder = env::temp_dir().join(format!("luotsi-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = if options.batch {
        batches(&bin, &folder, options)
    } else {
        measure(&bin, &folder, options)
    };
    fs::remove_dir_all(&folder)?;
    outcome
}

pub(super) fn build(root: &Path) -> Result<PathBuf> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = command(&cargo)
        .args(["build", "--release", "--package", "luotsi", "--package", "luotsi-bench"])
        .current_dir(root)
        .status()?;
    if !built.success() {
        bail!("the release build failed");
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("release"))
}

/// An installation in `folder` with a site, and its server: with its address and a token.
pub(super) fn start(bin: &Path, folder: &Path) -> Result<(Running, String, String)> {
    let luotsi = |arguments: &[&str], input: &str| -> Result<String> {
        let mut child = Command::new(bin.join("luotsi"))
            .args(arguments)
            .arg("--data-dir")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
        let ended = child.wait_with_output()?;
        if !ended.status.success() {
            bail!("luotsi {arguments:?} failed");
        }
        Ok(String::from_utf8(ended.stdout)?)
    };
    luotsi(
        &["user", "create", "--email", "bench@example.org", "--password-stdin"],
        "correct horse battery staple",
    )?;
    luotsi(
        &["site", "create", "--domain", DOMAIN, "--timezone", "UTC", "--currency", "EUR", "--json"],
        "",
    )?;
    let token: Value =
        serde_json::from_str(&luotsi(&["token", "create", "--name", "bench", "--json"], "")?)?;
    let token = token["token"].as_str().context("no token")?.to_owned();

    let mut serve = Command::new(bin.join("luotsi"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder)
        .env("LUOTSI_LOG", "warn")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(serve.stdout.take().context("no standard output")?).read_line(&mut line)?;
    let server = Running(serve);
    let address = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .context("no address")?;
    Ok((server, address.to_owned(), token))
}

fn measure(bin: &Path, folder: &Path, options: &Options) -> Result<()> {
    let (server, address, _) = start(bin, folder)?;
    let ceiling_address = free_address()?;
    let _ceiling = Running(Command::new(bin.join("ceiling")).arg(&ceiling_address).spawn()?);
    wait_for(&ceiling_address)?;

    load(bin, &address, options, 2)?;
    load(bin, &ceiling_address, options, 2)?;
    println!(
        "{:>8} {:>12} {:>9} {:>9} {:>12} {:>9} {:>7}",
        "round", "durable/s", "p50 ms", "p99 ms", "ceiling/s", "p99 ms", "ratio"
    );
    let mut ratios = Vec::new();
    for round in 1..=options.rounds {
        let durable = load(bin, &address, options, options.seconds)?;
        let bare = load(bin, &ceiling_address, options, options.seconds)?;
        for (name, outcome) in [("server", &durable), ("ceiling", &bare)] {
            if outcome["refused"] != 0 || outcome["broken"] != 0 {
                bail!("the {name} refused or broke off requests: {outcome}");
            }
        }
        let figure = |outcome: &Value, name: &str| outcome[name].as_f64().unwrap_or(f64::NAN);
        let ratio = figure(&durable, "per_second") / figure(&bare, "per_second");
        println!(
            "{round:>8} {:>12.0} {:>9.2} {:>9.2} {:>12.0} {:>9.2} {ratio:>7.3}",
            figure(&durable, "per_second"),
            figure(&durable, "p50_ms"),
            figure(&durable, "p99_ms"),
            figure(&bare, "per_second"),
            figure(&bare, "p99_ms"),
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "\nmedian ratio at {} connections: {:.3}",
        options.connections,
        ratios[ratios.len() / 2]
    );
    if let Ok(status) = fs::read_to_string(format!("/proc/{}/status", server.0.id())) {
        for line in
            status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"))
        {
            println!("server {line}");
        }
    }
    Ok(())
}

/// Batches of a thousand events over eight connections. The server shares the machine with whoever
/// sends, so the processor's time that the server itself took is what counts.
fn batches(bin: &Path, folder: &Path, options: &Options) -> Result<()> {
    let (server, address, token) = start(bin, folder)?;
    let send = |seconds: u32| -> Result<Value> {
        let output = Command::new(bin.join("batches"))
            .args(["--address", &address, "--domain", DOMAIN, "--token", &token])
            .args(["--seconds", &seconds.to_string(), "--seed", &thread_seed().to_string()])
            .output()?;
        if !output.status.success() {
            bail!("the load generator failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    send(2)?;
    println!(
        "{:>8} {:>12} {:>14} {:>12} {:>12}",
        "round", "durable/s", "CPU seconds", "per CPU s", "turned away"
    );
    let mut rates = Vec::new();
    for round in 1..=options.rounds {
        let before = cpu_seconds(server.0.id())?;
        let outcome = send(options.seconds)?;
        let spent = cpu_seconds(server.0.id())? - before;
        if outcome["failed"] != 0 {
            bail!("batches failed: {outcome}");
        }
        let accepted = outcome["accepted"].as_f64().unwrap_or_default();
        let rate = accepted / spent;
        println!(
            "{round:>8} {:>12.0} {spent:>14.2} {rate:>12.0} {:>12}",
            outcome["per_second"].as_f64().unwrap_or_default(),
            outcome["turned_away"]
        );
        rates.push(rate);
    }
    rates.sort_by(f64::total_cmp);
    println!("\nmedian: {:.0} events for each second of one core", rates[rates.len() / 2]);
    Ok(())
}

/// The processor's time that a process took so far, in user mode and in the kernel.
fn cpu_seconds(pid: u32) -> Result<f64> {
    /// Linux tells it in hundredths of a second, on every machine of today.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(')').context("an unknown form of /proc/PID/stat")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |at: usize| -> Result<f64> {
        Ok(fields.get(at).context("too few fields in /proc/PID/stat")?.parse()?)
    };
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}

fn load(bin: &Path, address: &str, options: &Options, seconds: u32) -> Result<Value> {
    let seed = Instant::now().elapsed().subsec_nanos() ^ std::process::id() ^ thread_seed();
    let output = Command::new(bin.join("load"))
        .args(["--address", address, "--domain", DOMAIN])
        .args([
            "--connections",
            &options.connections.to_string(),
            "--seconds",
            &seconds.to_string(),
        ])
        .args(["--seed", &seed.to_string()])
        .output()?;
    if !output.status.success() {
        bail!("the load generator failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A different seed for each call: an event id that came before would count as a retry.
fn thread_seed() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(2_654_435_761)
}

fn free_address() -> Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn wait_for(address: &str) -> Result<()> {
    for _ in 0..100 {
        if std::net::TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("nothing listens on {address}")
}
