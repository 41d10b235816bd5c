//! The store on both engines: every test runs on SQLite and on PostgreSQL.

mod alerts;
mod boards;
mod goals;
mod keys;
mod metrics;
mod migrations;
mod people;
mod postgres;
mod processes;
mod queries;
mod rates;
mod sites;
mod stores;
mod traces;
mod trust;
mod workspaces;
