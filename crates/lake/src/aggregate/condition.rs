//! Conditions over the outcomes of tests.

/// A condition on an event and its visit. Outcomes of tests are bits: one word for the event's,
/// one for the visit's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// The event's outcome with this bit.
    Event(u64),
    /// The visit's outcome with this bit.
    Visit(u64),
}

impl Condition {
    pub(crate) fn holds(&self, event: u64, visit: u64) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(event, visit)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(event, visit)),
            Condition::Not(inner) => !inner.holds(event, visit),
            Condition::Event(bit) => event & bit != 0,
            Condition::Visit(bit) => visit & bit != 0,
        }
    }

    fn is_of_visits(&self) -> bool {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().all(Condition::is_of_visits)
            }
            Condition::Not(inner) => inner.is_of_visits(),
            Condition::Event(_) => false,
            Condition::Visit(_) => true,
        }
    }
}

/// Conditions all of which hold, sorted by what they can be decided on, the plain ones as masks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Conjunction {
    event_mask: u64,
    visit_mask: u64,
    of_visits: Vec<Condition>,
    others: Vec<Condition>,
}

impl Conjunction {
    pub(crate) fn new(conditions: Vec<Condition>) -> Self {
        let mut all = Self::default();
        for condition in conditions {
            match condition {
                Condition::Event(bit) => all.event_mask |= bit,
                Condition::Visit(bit) => all.visit_mask |= bit,
                other if other.is_of_visits() => all.of_visits.push(other),
                other => all.others.push(other),
            }
        }
        all
    }

    /// Whether any event of the visit can be meant at all.
    pub(crate) fn visit_fits(&self, visit: u64) -> bool {
        visit & self.visit_mask == self.visit_mask
            && self.of_visits.iter().all(|one| one.holds(0, visit))
    }

    /// Whether an event of a fitting visit is meant.
    pub(crate) fn event_fits(&self, event: u64, visit: u64) -> bool {
        event & self.event_mask == self.event_mask
            && self.others.iter().all(|one| one.holds(event, visit))
    }

    /// Whether all events of a fitting visit are meant.
    pub(crate) fn takes_whole_visits(&self) -> bool {
        self.event_mask == 0 && self.others.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_visits_are_decided_once_and_the_others_for_each_event() {
        let all = Conjunction::new(vec![
            Condition::Event(1),
            Condition::Visit(2),
            Condition::Not(Box::new(Condition::Visit(4))),
            Condition::Any(vec![Condition::Event(8), Condition::Visit(16)]),
        ]);
        assert!(all.visit_fits(2));
        assert!(!all.visit_fits(2 | 4));
        assert!(!all.visit_fits(0));
        assert!(all.event_fits(1 | 8, 2));
        assert!(all.event_fits(1, 2 | 16));
        assert!(!all.event_fits(1, 2));
        assert!(!all.event_fits(8, 2));
        assert!(!all.takes_whole_visits());
    }
}
