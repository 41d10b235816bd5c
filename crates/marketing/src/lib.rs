//! The rules of marketing as plain functions: data in, decision out. No IO, no async, no clock.

pub mod bot;
pub mod channel;
pub mod client;
pub mod collect;
pub mod consent;
pub mod conversion;
pub mod counting;
pub mod currency;
pub mod enrich;
pub mod event;
pub mod goal;
pub mod hit;
pub mod items;
pub mod jalali;
pub mod metric;
pub mod page;
pub mod protocol;
pub mod qa;
pub mod query;
pub mod role;
pub mod session;
pub mod site;
pub mod site_key;
pub mod source;
pub mod visitor;
