//! The product as people and programs use it: the real binary, real folders, real connections.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backup;
mod commands;
mod demo;
#[cfg(target_os = "linux")]
#[expect(clippy::print_stderr, reason = "a test that checked nothing says so")]
mod disk;
mod erased;
mod exact;
mod hostile;
mod import;
mod kill;
mod malformed;
mod no_address;
mod overload;
mod planning;
mod rates;
mod server;
mod settings;
