//! The rules against data that other people collected, and against requests of real clients.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod clients;
mod hostile;
mod show;
mod user_agents;
mod wire;
