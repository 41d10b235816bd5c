//! The rules against data that other people collected.

mod user_agents;
