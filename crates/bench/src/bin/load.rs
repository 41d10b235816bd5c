//! Sends page views for a while and prints what came of it as JSON.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use luotsi_bench::{Load, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Args {
    #[arg(long)]
    address: SocketAddr,
    #[arg(long)]
    domain: String,
    #[arg(long, default_value_t = 512)]
    connections: usize,
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    #[arg(long, default_value_t = 50_000)]
    visitors: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Stop at the first broken connection
    #[arg(long)]
    stop_when_broken: bool,
    /// Several kinds of events, some of them sent again
    #[arg(long)]
    mixed: bool,
    /// Requests a second; as many as go through without
    #[arg(long)]
    per_second: Option<f64>,
    /// Write the id of every accepted event to this file
    #[arg(long)]
    ids: Option<std::path::PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let load = Load {
        address: args.address,
        domain: args.domain,
        connections: args.connections,
        duration: Duration::from_secs_f64(args.seconds),
        visitors: args.visitors,
        seed: args.seed,
        stop_when_broken: args.stop_when_broken,
        id_as_property: false,
        mixed: args.mixed,
        per_second: args.per_second,
    };
    let outcome = run(load, args.ids.is_some()).await;
    if let Some(path) = args.ids {
        std::fs::write(path, outcome.accepted_ids.join("\n"))?;
    }
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&outcome)?)?;
    Ok(())
}
