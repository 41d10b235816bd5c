//! Named points at which a test lets the process stop.

use crate::error::LakeError;

/// Between the data file and the commit that makes it count.
pub(crate) const WRITTEN: &str = "written, not committed";
/// Between the commit and the removal of what it replaces.
pub(crate) const COMMITTED: &str = "committed, not removed";

#[cfg(test)]
thread_local! {
    static STOP_AT: std::cell::Cell<Option<&'static str>> = const { std::cell::Cell::new(None) };
}

/// Lets the work of this thread stop at `point`, or not at all.
#[cfg(test)]
pub(crate) fn stop_at(point: Option<&'static str>) {
    STOP_AT.set(point);
}

#[cfg(test)]
pub(crate) fn point(name: &'static str) -> Result<(), LakeError> {
    if STOP_AT.get() == Some(name) { Err(LakeError::Stopped(name)) } else { Ok(()) }
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "tests stop here")]
pub(crate) fn point(_name: &'static str) -> Result<(), LakeError> {
    Ok(())
}
