//! Which times are believed, and from whom.

use crate::event::EARLIEST_US;
use crate::hit::{Hit, Refusal};

const HOUR_US: i64 = 3_600_000_000;

/// Anyone may report what happened up to 72 hours ago: clients keep what they could not send.
pub const LATEST_US: i64 = 72 * HOUR_US;

/// No event lies further ahead than a clock set to a wrong day.
pub const AHEAD_US: i64 = 24 * HOUR_US;

/// Checks what only some may say: history, and what `Hit::needs_token` marks.
///
/// `trusted` says that the sender showed a secret of the site's key or a token, or that the key
/// itself is the token (`Hit::key_is_token`) and the site allows that.
///
/// # Errors
/// The claim that is not believed, and what would let it be.
pub fn judge(hit: &Hit, trusted: bool, received_at_us: i64) -> Result<(), Refusal> {
    if let Some(at_us) = hit.at_us {
        if at_us.saturating_sub(received_at_us) > AHEAD_US {
            let detail = "lies more than 24 hours ahead of the server's clock";
            return Err(Refusal::new("timestamp", "in_future", detail));
        }
        if at_us < EARLIEST_US {
            return Err(before_the_web("timestamp"));
        }
        if received_at_us.saturating_sub(at_us) > LATEST_US && !trusted {
            let detail = "is more than 72 hours ago; older events are taken only with the key's \
                          secret or a token";
            return Err(Refusal::new("timestamp", "too_old", detail));
        }
    }
    if hit.needs_token && !trusted {
        let detail = "says what only a server may say; send the key's secret or a token";
        return Err(Refusal::new("token", "missing", detail));
    }
    Ok(())
}

/// The refusal of a time before `EARLIEST_US`, whoever says it.
pub fn before_the_web(field: &str) -> Refusal {
    let detail = "is before 1990; it must be a time since then, such as `2026-11-21T10:00:00Z`";
    Refusal::new(field, "too_old", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hit::SiteKey;
    use crate::protocol::Protocol;

    const NOW_US: i64 = 1_790_000_000_000_000;

    fn judged(hours: i64, trusted: bool) -> Result<(), &'static str> {
        let hit = Hit {
            at_us: Some(NOW_US + hours * HOUR_US),
            ..Hit::new(SiteKey::new(Protocol::Segment, "k"), "Backdated")
        };
        judge(&hit, trusted, NOW_US).map_err(|refusal| refusal.code)
    }

    #[test]
    fn three_days_are_taken_from_anyone_and_history_from_the_trusted() {
        assert_eq!(judged(-72, false), Ok(()));
        assert_eq!(judged(-73, false), Err("too_old"));
        assert_eq!(judged(-24 * 365, true), Ok(()));
    }

    #[test]
    fn no_token_makes_an_event_older_than_the_web() {
        let judged = |text: &str| {
            let at_us = text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
            let hit = Hit {
                at_us: Some(at_us),
                ..Hit::new(SiteKey::new(Protocol::Segment, "k"), "Backdated")
            };
            judge(&hit, true, NOW_US).map_err(|refusal| refusal.code)
        };
        assert_eq!(judged("1990-01-01T00:00:00Z"), Ok(()));
        assert_eq!(judged("1989-12-31T23:59:59Z"), Err("too_old"));
        assert_eq!(judged("0001-01-01T00:00:00Z"), Err("too_old"));
        let hit = Hit {
            at_us: Some(i64::MIN),
            ..Hit::new(SiteKey::new(Protocol::Segment, "k"), "Backdated")
        };
        assert_eq!(judge(&hit, true, NOW_US).unwrap_err().field, "timestamp");
    }

    #[test]
    fn the_future_is_refused_from_anyone() {
        assert_eq!(judged(24, false), Ok(()));
        assert_eq!(judged(25, true), Err("in_future"));
    }

    #[test]
    fn what_only_a_server_may_say_needs_its_token() {
        let hit =
            Hit { needs_token: true, ..Hit::new(SiteKey::new(Protocol::Matomo, "1"), "pageview") };
        assert_eq!(judge(&hit, false, NOW_US).unwrap_err().code, "missing");
        assert_eq!(judge(&hit, true, NOW_US), Ok(()));
    }
}
