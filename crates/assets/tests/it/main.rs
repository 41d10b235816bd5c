//! The reference data with the rules that use it, against data that other people collected.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so, and figures are shown")]

mod user_agents;
