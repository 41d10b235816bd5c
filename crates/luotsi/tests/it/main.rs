//! The product as people and programs use it: the real binary, real folders, real connections.

mod kill;
mod server;
