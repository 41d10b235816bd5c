//! Sends batches of page views for a while and prints what came of it as JSON.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use luotsi_bench::batch::{Batches, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Args {
    #[arg(long)]
    address: SocketAddr,
    #[arg(long)]
    domain: String,
    #[arg(long)]
    token: String,
    #[arg(long, default_value_t = 8)]
    connections: u32,
    #[arg(long, default_value_t = 1_000)]
    events: u32,
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    #[arg(long, default_value_t = 50_000)]
    visitors: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let outcome = run(Batches {
        address: args.address,
        domain: args.domain,
        token: args.token,
        connections: args.connections,
        events: args.events,
        duration: Duration::from_secs_f64(args.seconds),
        visitors: args.visitors,
        seed: args.seed,
    })
    .await;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&outcome)?)?;
    Ok(())
}
