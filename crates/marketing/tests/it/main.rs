//! The rules against data that other people collected.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod user_agents;
