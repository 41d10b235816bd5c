//! The one clock: everything else is told the time.

use jiff::Timestamp;

/// The time now, by the system's clock, in whole microseconds: what is kept is what is shown.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
