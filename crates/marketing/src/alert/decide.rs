//! What is sent: each incident once, unless people silenced it.

use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::Deviation;

/// Days without the deviation after which an incident is over, and the next one is new.
pub const QUIET_DAYS: i64 = 3;

/// What people said about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody has seen to it.
    Open,
    /// Someone sees to it.
    Acknowledged { by: String, at: Timestamp },
    /// Not now.
    Snoozed { until: Timestamp },
    /// The deviation is gone.
    Resolved { at: Timestamp },
}

impl State {
    pub fn as_str(&self) -> &'static str {
        match self {
            State::Open => "open",
            State::Acknowledged { .. } => "acknowledged",
            State::Snoozed { .. } => "snoozed",
            State::Resolved { .. } => "resolved",
        }
    }
}

/// A deviation that is known, from its first day to its last.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// `Deviation::key`.
    pub key: String,
    /// 1 for the first of this key.
    pub number: u32,
    pub since: Date,
    /// The last day on which it was seen.
    pub seen: Date,
    pub state: State,
    /// When its message was handed over to be sent; set in the same transaction as the message itself.
    pub told_at: Option<Timestamp>,
}

/// A rule that keeps a key, or all of a subject, from being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// The start of the keys that it is about: `statistical/goal-7/`, or a whole key.
    pub prefix: String,
    /// `None` for good.
    pub until: Option<Timestamp>,
}

/// What to do about one deviation or incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Write a new incident and send its message.
    Tell(Incident),
    /// Write a new incident, but send nothing: it is muted.
    Keep(Incident),
    /// Write that it is still there; nothing is sent.
    Continue(Incident),
    /// A snoozed or muted incident has not been told and its time has come: send now.
    TellLate(Incident),
    /// Write that it is over.
    Resolve(Incident),
}

impl Decision {
    /// The incident as it is to be written.
    pub fn incident(&self) -> &Incident {
        match self {
            Decision::Tell(incident)
            | Decision::Keep(incident)
            | Decision::Continue(incident)
            | Decision::TellLate(incident)
            | Decision::Resolve(incident) => incident,
        }
    }

    /// Whether a message goes out.
    pub fn sends(&self) -> bool {
        matches!(self, Decision::Tell(_) | Decision::TellLate(_))
    }

    /// The same for every repetition of one message, so that a sender that runs twice sends once.
    pub fn message_id(&self) -> String {
        let incident = self.incident();
        format!("{}#{}", incident.key, incident.number)
    }
}

/// What to do about the deviations of a run over everything that `subjects` covers.
///
/// `known` are the newest incidents of each key; those whose subject was looked at and whose deviation is gone
/// for [`QUIET_DAYS`] are resolved. A deviation that comes back later is a new incident. Deciding again with
/// what was decided written down sends nothing.
pub fn decide(
    found: &[Deviation],
    known: &[Incident],
    silences: &[Silence],
    looked_at: impl Fn(&str) -> bool,
    today: Date,
    now: Timestamp,
) -> Vec<Decision> {
    let mut decisions = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for deviation in found {
        let key = deviation.key();
        if seen.contains(&key) {
            continue;
        }
        seen.push(key.clone());
        let newest = known.iter().filter(|one| one.key == key).max_by_key(|one| one.number);
        let silent = silences.iter().any(|silence| {
            key.starts_with(&silence.prefix) && silence.until.is_none_or(|until| now < until)
        });
        decisions.push(match newest {
            Some(incident) if !is_over(incident, deviation) => {
                ongoing(incident, deviation, silent, now)
            }
            _ => {
                let number = newest.map_or(1, |incident| incident.number + 1);
                let incident = Incident {
                    key,
                    number,
                    since: deviation.since,
                    seen: deviation.day,
                    state: State::Open,
                    told_at: (!silent).then_some(now),
                };
                if silent { Decision::Keep(incident) } else { Decision::Tell(incident) }
            }
        });
    }
    for incident in known {
        let newest =
            known.iter().all(|other| other.key != incident.key || other.number <= incident.number);
        let open = !matches!(incident.state, State::Resolved { .. });
        let quiet = incident.seen.saturating_add(QUIET_DAYS.days()) < today;
        if newest && open && quiet && looked_at(&incident.key) && !seen.contains(&incident.key) {
            decisions.push(Decision::Resolve(Incident {
                state: State::Resolved { at: now },
                ..incident.clone()
            }));
        }
    }
    decisions
}

/// Whether an incident had ended before the deviation began again.
fn is_over(incident: &Incident, deviation: &Deviation) -> bool {
    let gap = incident.seen.saturating_add(QUIET_DAYS.days()) < deviation.since;
    match incident.state {
        // What was over on a day and is found again for the same days is not new.
        State::Resolved { .. } => deviation.since > incident.seen,
        _ => gap,
    }
}

fn ongoing(incident: &Incident, deviation: &Deviation, silent: bool, now: Timestamp) -> Decision {
    let mut next = Incident { seen: incident.seen.max(deviation.day), ..incident.clone() };
    let awake = match &incident.state {
        State::Snoozed { until } if now >= *until => {
            next.state = State::Open;
            true
        }
        State::Open => true,
        _ => false,
    };
    // A snooze asks to be told again when it is over; everything else is told once.
    let due = incident.told_at.is_none() || matches!(incident.state, State::Snoozed { .. });
    if awake && due && !silent {
        next.told_at = Some(now);
        next.number += u32::from(incident.told_at.is_some());
        Decision::TellLate(next)
    } else {
        Decision::Continue(next)
    }
}

/// What a person does with an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Acknowledge {
        by: String,
    },
    Snooze {
        until: Timestamp,
    },
    /// Back to open.
    Reopen,
    Resolve,
}

/// Why an action is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    #[error("the incident is over")]
    Resolved,
    #[error("a snooze ends later than now")]
    SnoozeInThePast,
    #[error("a snooze lasts {MOST_SNOOZE_DAYS} days at most; mute what should stay silent")]
    SnoozeTooLong,
}

impl ActionError {
    pub fn code(&self) -> &'static str {
        match self {
            ActionError::Resolved => "incident_resolved",
            ActionError::SnoozeInThePast => "snooze_in_past",
            ActionError::SnoozeTooLong => "snooze_too_long",
        }
    }
}

const MOST_SNOOZE_DAYS: i64 = 90;

impl Incident {
    /// The incident after an action. Acknowledging twice keeps the first name.
    pub fn act(&self, action: Action, now: Timestamp) -> Result<Incident, ActionError> {
        if matches!(self.state, State::Resolved { .. }) && action != Action::Reopen {
            return Err(ActionError::Resolved);
        }
        let state = match action {
            Action::Acknowledge { by } => match &self.state {
                known @ State::Acknowledged { .. } => known.clone(),
                _ => State::Acknowledged { by, at: now },
            },
            Action::Snooze { until } if until <= now => return Err(ActionError::SnoozeInThePast),
            Action::Snooze { until } => {
                if until.duration_since(now).as_hours() > 24 * MOST_SNOOZE_DAYS {
                    return Err(ActionError::SnoozeTooLong);
                }
                State::Snoozed { until }
            }
            Action::Reopen => State::Open,
            Action::Resolve => State::Resolved { at: now },
        };
        Ok(Incident { state, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::Cause;
    use super::*;
    use crate::phrase::Phrase;

    fn at(day: i8, hour: i8) -> Timestamp {
        date(2026, 4, day).at(hour, 0, 0, 0).in_tz("UTC").expect("a time").timestamp()
    }

    fn deviation(since: i8, day: i8) -> Deviation {
        Deviation {
            cause: Cause::Statistical,
            subject: "goal-7".into(),
            detail: "down".into(),
            since: date(2026, 4, since),
            day: date(2026, 4, day),
            bad: true,
            headline: Phrase::new("alert_statistical_down"),
        }
    }

    /// Decides and writes down, as a caller does; gives the messages that were sent.
    fn run(
        known: &mut Vec<Incident>,
        found: &[Deviation],
        silences: &[Silence],
        day: i8,
        hour: i8,
    ) -> Vec<String> {
        let decisions = decide(found, known, silences, |_| true, date(2026, 4, day), at(day, hour));
        let mut sent = Vec::new();
        for decision in decisions {
            if decision.sends() {
                sent.push(decision.message_id());
            }
            let incident = decision.incident().clone();
            known.retain(|one| one.key != incident.key || one.number != incident.number);
            known.push(incident);
        }
        sent
    }

    #[test]
    fn an_incident_is_told_once_however_long_it_lasts_and_however_often_one_looks() {
        let mut known = Vec::new();
        assert_eq!(run(&mut known, &[deviation(1, 1)], &[], 2, 6), ["statistical/goal-7/down#1"]);
        for day in 2..20 {
            for hour in [6, 7] {
                assert_eq!(
                    run(&mut known, &[deviation(1, day)], &[], day + 1, hour),
                    Vec::<String>::new()
                );
            }
        }
        // Gone for three days, then over; the next one is new.
        for day in 21..24 {
            run(&mut known, &[], &[], day, 6);
        }
        assert_eq!(known[0].state.as_str(), "resolved");
        assert_eq!(run(&mut known, &[deviation(19, 19)], &[], 24, 6), Vec::<String>::new());
        assert_eq!(
            run(&mut known, &[deviation(25, 25)], &[], 26, 6),
            ["statistical/goal-7/down#2"]
        );
    }

    #[test]
    fn a_gap_of_a_day_is_the_same_incident() {
        let mut known = Vec::new();
        run(&mut known, &[deviation(1, 1)], &[], 2, 6);
        assert!(run(&mut known, &[], &[], 3, 6).is_empty());
        assert!(run(&mut known, &[deviation(3, 3)], &[], 4, 6).is_empty());
        assert_eq!(known.len(), 1);
    }

    #[test]
    fn the_same_deviation_twice_in_a_run_is_one() {
        let mut known = Vec::new();
        assert_eq!(run(&mut known, &[deviation(1, 1), deviation(1, 1)], &[], 2, 6).len(), 1);
    }

    #[test]
    fn what_is_muted_is_kept_and_told_when_it_is_no_longer() {
        let mut known = Vec::new();
        let mute = Silence { prefix: "statistical/goal-7/".into(), until: Some(at(5, 0)) };
        assert!(run(&mut known, &[deviation(1, 1)], std::slice::from_ref(&mute), 2, 6).is_empty());
        assert_eq!((known.len(), known[0].told_at), (1, None));
        assert!(run(&mut known, &[deviation(1, 3)], std::slice::from_ref(&mute), 4, 6).is_empty());
        assert_eq!(run(&mut known, &[deviation(1, 4)], &[mute], 5, 6).len(), 1);
        assert!(run(&mut known, &[deviation(1, 5)], &[], 6, 6).is_empty());
    }

    #[test]
    fn a_snoozed_incident_is_told_again_if_it_is_still_there() {
        let mut known = Vec::new();
        run(&mut known, &[deviation(1, 1)], &[], 2, 6);
        known[0] = known[0].act(Action::Snooze { until: at(5, 0) }, at(2, 8)).expect("a snooze");
        assert!(run(&mut known, &[deviation(1, 3)], &[], 4, 6).is_empty());
        let sent = run(&mut known, &[deviation(1, 4)], &[], 5, 6);
        assert_eq!(sent, ["statistical/goal-7/down#2"], "a message of its own");
        assert!(run(&mut known, &[deviation(1, 5)], &[], 6, 6).is_empty());
    }

    #[test]
    fn an_acknowledged_incident_stays_silent_until_it_is_over() {
        let mut known = Vec::new();
        run(&mut known, &[deviation(1, 1)], &[], 2, 6);
        known[0] = known[0].act(Action::Acknowledge { by: "Aino".into() }, at(2, 8)).expect("seen");
        for day in 3..10 {
            assert!(run(&mut known, &[deviation(1, day)], &[], day + 1, 6).is_empty());
        }
        let again =
            known[0].act(Action::Acknowledge { by: "Sara".into() }, at(9, 8)).expect("seen");
        assert_eq!(again.state, State::Acknowledged { by: "Aino".into(), at: at(2, 8) });
    }

    #[test]
    fn what_was_not_looked_at_is_not_over() {
        let mut known = Vec::new();
        run(&mut known, &[deviation(1, 1)], &[], 2, 6);
        let none = decide(&[], &known, &[], |_| false, date(2026, 4, 20), at(20, 6));
        assert_eq!(none, []);
    }

    #[test]
    fn actions_on_what_is_over_are_refused() {
        let mut known = Vec::new();
        run(&mut known, &[deviation(1, 1)], &[], 2, 6);
        let done = known[0].act(Action::Resolve, at(2, 8)).expect("over");
        assert_eq!(
            done.act(Action::Snooze { until: at(9, 0) }, at(3, 0)),
            Err(ActionError::Resolved)
        );
        assert_eq!(done.act(Action::Reopen, at(3, 0)).map(|one| one.state), Ok(State::Open));
        let open = &known[0];
        assert_eq!(
            open.act(Action::Snooze { until: at(1, 0) }, at(3, 0)),
            Err(ActionError::SnoozeInThePast)
        );
        let far = at(3, 0) + jiff::SignedDuration::from_hours(24 * 91);
        assert_eq!(
            open.act(Action::Snooze { until: far }, at(3, 0)),
            Err(ActionError::SnoozeTooLong)
        );
    }
}
