//! What each site's visitors did in the last half hour, from memory.

use arrow::array::{Array as _, RecordBatch};
use arrow::error::ArrowError;
use hashbrown::HashMap;
use luotsi_marketing::event::counts;

use crate::columns::{self, Text};
use crate::schema;

const MINUTE_US: i64 = 60_000_000;
const MINUTES: usize = 30;
const PRESENT_US: i64 = 5 * MINUTE_US;

/// A site's last half hour. People only: events with a bot reason do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recent {
    /// Time of the latest event that was kept, microseconds UTC; `None` when there was none
    /// within a day before the server started.
    pub last_event_us: Option<i64>,
    /// Visitors with an event in the last five minutes.
    pub visitors_5_min: u64,
    /// Events in the last thirty clock minutes, engagement reports left out.
    pub events_30_min: u64,
}

/// The last half hour of every site.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    sites: HashMap<i32, SiteActivity>,
}

#[derive(Debug, Default)]
struct SiteActivity {
    last_event_us: Option<i64>,
    last_seen_us: HashMap<i64, i64>,
    /// Clock minute and its events, at `minute % MINUTES`.
    minutes: [(i64, u64); MINUTES],
    sweep_at: usize,
}

impl Activity {
    /// Takes in rows that arrived at `now_us`, microseconds UTC.
    pub(crate) fn note(&mut self, rows: &RecordBatch, now_us: i64) -> Result<(), ArrowError> {
        let sites = columns::int32(rows, schema::SITE_NUMBER)?;
        let visitors = columns::int64(rows, schema::VISITOR_ID)?;
        let times = columns::times(rows, schema::TS)?;
        let persons = columns::optional_int64(rows, schema::PERSON_ID);
        let names = Text::of(rows, schema::NAME)?;
        let bots = Text::of(rows, schema::BOT_REASON)?;
        for row in 0..rows.num_rows() {
            let counts = names.get(row).is_some_and(counts) && bots.is_null(row);
            let person = persons.filter(|persons| persons.is_valid(row));
            let visitor = person.unwrap_or(visitors).value(row);
            self.note_row(sites.value(row), visitor, (times.value(row), now_us), counts);
        }
        Ok(())
    }

    /// `counts`: whether it is an event of a person and no engagement report.
    ///
    /// `at_us` and `now_us`: when it happened and when it arrived. A minute that is yet to come is left
    /// out, or it would take the place of one of the last half hour; clocks may differ by one minute.
    pub(crate) fn note_row(
        &mut self,
        site_number: i32,
        visitor_id: i64,
        (at_us, now_us): (i64, i64),
        counts: bool,
    ) {
        let site = self.sites.entry(site_number).or_default();
        let seen_us = at_us.min(now_us);
        site.last_event_us = site.last_event_us.max(Some(seen_us));
        if counts && at_us.saturating_sub(now_us) <= MINUTE_US {
            site.note(visitor_id, seen_us);
        }
    }

    pub(crate) fn recent(&self, site_number: i32, now_us: i64) -> Recent {
        self.sites.get(&site_number).map_or_else(Recent::default, |site| site.recent(now_us))
    }
}

impl SiteActivity {
    fn note(&mut self, visitor_id: i64, at_us: i64) {
        let seen = self.last_seen_us.entry(visitor_id).or_insert(at_us);
        *seen = at_us.max(*seen);
        let minute = at_us.div_euclid(MINUTE_US);
        let slot = &mut self.minutes[minute.rem_euclid(MINUTES as i64) as usize];
        if slot.0 < minute {
            *slot = (minute, 0);
        }
        if slot.0 == minute {
            slot.1 += 1;
        }
        if self.last_seen_us.len() > self.sweep_at.max(1_024) {
            let oldest_us = self.last_event_us.unwrap_or(at_us) - 2 * PRESENT_US;
            self.last_seen_us.retain(|_, seen| *seen >= oldest_us);
            self.sweep_at = self.last_seen_us.len() * 2;
        }
    }

    fn recent(&self, now_us: i64) -> Recent {
        let minute = now_us.div_euclid(MINUTE_US);
        let minutes = minute - MINUTES as i64 + 1..=minute;
        let events = self.minutes.iter().filter(|slot| minutes.contains(&slot.0));
        let present = self.last_seen_us.values().filter(|seen| **seen > now_us - PRESENT_US);
        Recent {
            last_event_us: self.last_event_us,
            visitors_5_min: present.count() as u64,
            events_30_min: events.map(|slot| slot.1).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use luotsi_marketing::event::{BotReason, ENGAGEMENT, Event};

    use super::*;
    use crate::testing::{batch_of, page_view};

    fn note(activity: &mut Activity, event: Event, now_us: i64) {
        activity.note(&batch_of(&[event]), now_us).expect("the columns are there");
    }

    #[test]
    fn five_minutes_of_visitors_and_thirty_of_events() {
        let mut activity = Activity::default();
        for minute in 0..60 {
            let mut event = page_view(minute, minute * MINUTE_US);
            event.visitor_id = minute;
            let at_us = event.at_us;
            note(&mut activity, event, at_us);
        }
        let recent = activity.recent(1, 59 * MINUTE_US + 1);
        assert_eq!(recent.last_event_us, Some(59 * MINUTE_US));
        assert_eq!((recent.visitors_5_min, recent.events_30_min), (5, 30));
        assert_eq!(activity.recent(2, 0), Recent::default());
    }

    #[test]
    fn robots_and_engagement_reports_are_nobody() {
        let mut activity = Activity::default();
        let mut robot = page_view(1, 0);
        robot.bot_reason = Some(BotReason::UserAgent);
        note(&mut activity, robot, 0);
        let mut report = page_view(2, 0);
        report.name = ENGAGEMENT.into();
        note(&mut activity, report, 0);
        let recent = activity.recent(1, 1);
        assert_eq!((recent.visitors_5_min, recent.events_30_min), (0, 0));
        assert_eq!(recent.last_event_us, Some(0));
    }

    #[test]
    fn events_stamped_ahead_take_nothing_from_the_last_half_hour() {
        let mut activity = Activity::default();
        let now_us = 100 * MINUTE_US;
        note(&mut activity, page_view(1, now_us), now_us);
        for ahead in 1..=40 {
            let mut event = page_view(1 + ahead, now_us + (29 + ahead) * MINUTE_US);
            event.visitor_id = 100 + ahead;
            note(&mut activity, event, now_us);
        }
        let recent = activity.recent(1, now_us);
        assert_eq!((recent.visitors_5_min, recent.events_30_min), (1, 1));
        assert_eq!(recent.last_event_us, Some(now_us));
        // A clock that is half a minute fast is a clock.
        note(&mut activity, page_view(50, now_us + MINUTE_US / 2), now_us);
        assert_eq!(activity.recent(1, now_us).events_30_min, 2);
    }
}
