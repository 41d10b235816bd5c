//! The HTTP interface from the outside: requests in, answers out, on a real store and lake.

mod alerts;
mod boards;
mod collection;
mod dictionary;
mod goal_setting;
mod goals;
mod idempotency;
mod keys;
mod notes;
mod paths;
mod refusals;
mod replay;
mod roles;
mod server;
mod shares;
mod sign_in;
mod sources;
mod trust;
mod workspaces;
