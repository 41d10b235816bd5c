//! The `luotsi` command: every part of the product, wired together.

mod alert;
mod as_text;
mod asking;
mod backup;
mod board;
mod cli;
mod clock;
mod demo;
mod doctor;
mod goal;
mod import;
mod metric;
mod milestone;
mod objective;
mod output;
mod person;
mod reading;
mod restore;
mod retention;
mod review;
mod serve;
mod settings;
mod site;
mod site_key;
mod token;
mod user;
mod watching;
mod work;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(cli::Cli::parse()).await
}
