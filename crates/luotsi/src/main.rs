//! The `luotsi` command: every part of the product, wired together.

mod as_text;
mod backup;
mod cli;
mod clock;
mod demo;
mod doctor;
mod goal;
mod import;
mod output;
mod person;
mod restore;
mod retention;
mod serve;
mod settings;
mod site;
mod site_key;
mod token;
mod user;
mod watching;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(cli::Cli::parse()).await
}
