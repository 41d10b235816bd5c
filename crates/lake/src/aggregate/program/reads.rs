//! What a program reads: columns of events, or of a summary where there is one.

use super::{EventKey, EventTest, Program, VisitTest};
use crate::scan::Request;
use crate::{schema, summary};

impl Program {
    /// Whether a visit's text columns alone tell if it fits: nothing more has to be known of it.
    pub(crate) fn decides_early(&self) -> bool {
        let is_text =
            |test: &VisitTest| matches!(test, VisitTest::Text { .. } | VisitTest::CountryName(_));
        !self.needs.steps && !self.visit_tests.is_empty() && self.visit_tests.iter().all(is_text)
    }

    /// Text columns that the program looks at, each once.
    pub(crate) fn text_columns(&self) -> Vec<&'static str> {
        let mut columns = vec![schema::NAME];
        let mut add = |column: &'static str| {
            if !columns.contains(&column) {
                columns.push(column);
            }
        };
        for test in &self.event_tests {
            match test {
                EventTest::Text { column, .. } => add(column),
                EventTest::Prop { .. } => add(schema::PROPS),
                EventTest::Goal(_) => add(schema::PATHNAME),
            }
        }
        for test in &self.visit_tests {
            match test {
                VisitTest::Text { column, .. } => add(column),
                VisitTest::CountryName(_) => add(schema::COUNTRY),
                VisitTest::EntryPage(_) | VisitTest::ExitPage(_) => add(schema::PATHNAME),
                VisitTest::HasDone(_) | VisitTest::Origin(..) => {}
            }
        }
        for key in &self.event_keys {
            match key {
                EventKey::Text(column) => add(column),
                EventKey::Prop(_) => add(schema::PROPS),
                EventKey::Goal(_) => add(schema::PATHNAME),
            }
        }
        self.visit_keys.iter().for_each(|column| add(column));
        if self.needs.pages {
            add(schema::PATHNAME);
        }
        if self.needs.revenue {
            add(schema::CURRENCY);
            add(schema::TRANSACTION_ID);
        }
        columns
    }

    /// What is to be read for this.
    pub(crate) fn request(&self) -> Request {
        let mut columns = self.text_columns();
        columns.push(schema::BOT_REASON);
        if self.needs.visitors {
            columns.extend([schema::PERSON_ID, schema::NAMED_ID]);
        }
        if self.needs.interactions {
            columns.push(schema::INTERACTIVE);
        }
        if self.needs.revenue {
            columns.push(schema::REVENUE);
        }
        if self.needs_events() {
            columns.push(schema::EVENT_ID);
        }
        if self.needs.engagement {
            columns.extend([schema::SCROLL_DEPTH, schema::ENGAGEMENT_MS]);
        }
        Request {
            site_number: self.site_number,
            range: self.range,
            columns,
            visitors: self.needs.visitors,
            // A rate is of a day.
            times: self.needs.times || self.needs.revenue || self.lifts.is_some(),
            with_value: self.needs.orders.then_some(schema::TRANSACTION_ID),
            of_summary: self.summary_columns(),
        }
    }

    /// What is read of a summary where there is one; `None` when single events are asked about.
    pub(super) fn summary_columns(&self) -> Option<Vec<&'static str>> {
        let needs = self.needs;
        let by_quarters =
            self.bucket_starts_us.iter().all(|start| start.rem_euclid(summary::QUARTER_US) == 0);
        let is_of_visits = self.event_tests.is_empty() && self.event_keys.is_empty() && by_quarters;
        // Summaries do not say which visit it is, and what each came by is known by visit.
        if self.gather.is_some() || !self.attributions().is_empty() {
            return None;
        }
        // Summaries know nothing of what was held back.
        if !is_of_visits || self.lifts.is_some() || needs.revenue || needs.engagement || needs.steps
        {
            return None;
        }
        let mut columns = vec![summary::START, summary::EVENTS, summary::PAGEVIEWS];
        if needs.visitors {
            columns.push(schema::VISITOR_ID);
        }
        if !self.bucket_starts_us.is_empty() {
            columns.push(summary::QUARTER);
        }
        if needs.visit_figures {
            columns.extend([summary::VISIT_PAGEVIEWS, summary::DURATION_US]);
        }
        if needs.pages {
            columns.extend([schema::ENTRY_PAGE, summary::EXIT_PAGE]);
        }
        columns.extend(self.text_columns().into_iter().filter(|column| summary::has_text(column)));
        Some(columns)
    }
}
