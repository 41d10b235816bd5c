//! Bodies that clients send, read into hits: one file for each protocol.

pub mod plausible;
