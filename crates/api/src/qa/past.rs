//! What events of the past teach Event QA: history that is imported is no news when it goes on.

use std::collections::HashMap;

use jiff::Timestamp;
use luotsi_marketing::event::Event;
use luotsi_marketing::qa::KnownEvents;
use luotsi_store::Store;

use super::{kinds, words};

/// The names and properties that a site's events had so far, and what history adds to them.
#[derive(Debug, Default)]
pub struct PastEvents {
    known: KnownEvents,
    /// When names to which something was added were first seen.
    first_us: HashMap<String, i64>,
}

impl PastEvents {
    /// What is known of a site.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(store: &Store, workspace: &str, site: &str) -> luotsi_store::Result<Self> {
        let mut known = KnownEvents::default();
        for event in store.seen_events(workspace, site).await? {
            known.learn(&event.name, kinds(&event.props));
        }
        Ok(Self { known, first_us: HashMap::new() })
    }

    /// Learns from an event, as from one that arrives: only people's events teach what is ordinary.
    pub fn learn(&mut self, event: &Event) {
        if event.bot_reason.is_some() || (self.known.is_full() && !self.known.knows(&event.name)) {
            return;
        }
        if let Some(first_us) = self.first_us.get_mut(&event.name) {
            *first_us = event.at_us.min(*first_us);
        }
        if !self.known.notice(&event.name, &event.props).is_empty() {
            self.first_us.entry(event.name.clone()).or_insert(event.at_us);
        }
    }

    /// Keeps what was learnt.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn keep(
        self,
        store: &Store,
        workspace: &str,
        site: &str,
    ) -> luotsi_store::Result<()> {
        for (name, first_us) in self.first_us {
            let first = Timestamp::from_microsecond(first_us).unwrap_or_default();
            let props = words(&self.known, &name);
            store.see_event(workspace, site, &name, &props, first).await?;
        }
        Ok(())
    }

    pub(super) fn into_known(self) -> KnownEvents {
        self.known
    }
}
