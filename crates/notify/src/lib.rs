//! What leaves the product: mails by SMTP, webhooks after Standard Webhooks, and the courier that sends what waits.
//!
//! Messages are written into the store's outbox in the transaction of what they tell. The courier claims them,
//! sends them and writes down what became of it. A receiver gets each at least once, with the same id each time.

pub mod address;
pub mod compose;
pub mod courier;
pub mod letter;
pub mod mail;
pub mod post;
pub mod retry;
pub mod signature;
mod tls;
