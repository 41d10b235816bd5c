//! When a message is tried again: the schedule that Standard Webhooks recommends, with jitter.

use jiff::SignedDuration;

/// From each failed attempt to the next.
const DELAYS: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];

/// Part of a delay by which it may be longer, so that failures do not come back all at once.
const JITTER: f64 = 0.2;

/// A receiver may not put us off for longer.
const MOST: SignedDuration = SignedDuration::from_hours(24);

/// How long to wait after the attempt number `attempts` (from 1) failed; `None` when it was the last.
///
/// `dice` is from 0 to below 1. `retry_after` is what the receiver asked for.
pub fn wait(
    attempts: i64,
    dice: f64,
    retry_after: Option<SignedDuration>,
) -> Option<SignedDuration> {
    let at = usize::try_from(attempts - 1).ok()?;
    let delay = *DELAYS.get(at)?;
    let longer = SignedDuration::from_secs_f64(delay.as_secs_f64() * JITTER * dice);
    let asked = retry_after.unwrap_or_default().min(MOST);
    Some((delay + longer).max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_are_spread_over_three_days() {
        let waits: Vec<SignedDuration> =
            (1..).map_while(|attempt| wait(attempt, 0.0, None)).collect();
        assert_eq!(waits.len() + 1, 10);
        assert_eq!(waits[0], SignedDuration::from_secs(5));
        let all: SignedDuration = waits.iter().sum();
        assert_eq!(all, SignedDuration::from_secs(75 * 3_600 + 35 * 60 + 5));
        assert!(waits.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn jitter_makes_it_longer_by_a_fifth_at_most() {
        assert_eq!(wait(2, 0.5, None), Some(SignedDuration::from_secs(330)));
        assert!(wait(2, 0.999, None) < Some(SignedDuration::from_secs(360)));
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_ever() {
        let asked = |hours| wait(1, 0.0, Some(SignedDuration::from_hours(hours)));
        assert_eq!(asked(1), Some(SignedDuration::from_hours(1)));
        assert_eq!(asked(1_000), Some(SignedDuration::from_hours(24)));
        assert_eq!(wait(3, 0.0, Some(SignedDuration::from_secs(1))), Some(DELAYS[2]));
        assert_eq!(wait(10, 0.0, None), None);
    }
}
