//! Sends events with repeats, late ones, stops and kills, and compares every count.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use luotsi_bench::exact::{Folder, Plan, run};

#[derive(Parser)]
struct Args {
    /// The program under test
    #[arg(long)]
    luotsi: PathBuf,
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[expect(clippy::disallowed_methods, reason = "the server under test has a real clock")]
fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let folder = Folder::new(&std::env::temp_dir(), "luotsi-exact");
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let plan = Plan {
        luotsi: args.luotsi,
        folder: folder.path().to_path_buf(),
        events: args.events,
        now: i64::try_from(now)?,
        seed: args.seed,
        visits: true,
    };
    let report = run(&plan)?;
    writeln!(
        std::io::stdout(),
        "{} events, {} sent again, {} late, {} restarts, {} kills: every count is exact \
         ({} visits compared) after {:.0} s",
        report.sent,
        report.sent_again,
        report.late,
        report.restarts,
        report.kills,
        report.visits_compared,
        report.seconds
    )?;
    Ok(())
}
