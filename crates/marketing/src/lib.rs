//! The rules of marketing as plain functions: data in, decision out. No IO, no async, no clock.

pub mod event;
