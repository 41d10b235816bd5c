//! The one clock: everything else is told the time.

use jiff::Timestamp;

/// The time now, by the system's clock.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
