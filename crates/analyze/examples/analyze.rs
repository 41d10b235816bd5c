//! `cargo run -p luotsi-analyze --example analyze -- experiment …`: the commands without the server.

use std::process::ExitCode;

use luotsi_analyze::Streams;

fn main() -> ExitCode {
    let mut streams = Streams {
        input: &mut std::io::stdin().lock(),
        output: &mut std::io::stdout().lock(),
        errors: &mut std::io::stderr(),
    };
    ExitCode::from(luotsi_analyze::run(std::env::args_os().skip(1), &mut streams))
}
