//! Events for the tests of this crate.

use std::sync::Arc;

use arrow::array::RecordBatch;
use luotsi_marketing::event::{Acquisition, Client, Event, PAGEVIEW, Place};
use luotsi_marketing::session::OpenVisit;

use crate::rows::Rows;

pub(crate) const MINUTE_US: i64 = 60_000_000;

/// A page view of `/` by visitor 7 of site 1.
pub(crate) fn page_view(event_id: i64, at_us: i64) -> Event {
    Event {
        site_number: 1,
        visitor_id: 7,
        previous_visitor_id: None,
        named_id: None,
        earlier_visitor_id: None,
        event_id,
        at_us,
        name: PAGEVIEW.into(),
        hostname: "shop.example".into(),
        pathname: "/".into(),
        props: Vec::new(),
        revenue: None,
        transaction_id: None,
        interactive: true,
        scroll_depth: None,
        engagement_ms: None,
        acquisition: Arc::new(Acquisition { channel: "Direct".into(), ..Acquisition::default() }),
        client: Arc::new(Client { device: Some("Desktop".into()), ..Client::default() }),
        place: Arc::new(Place { country: Some("FI".into()), ..Place::default() }),
        bot_reason: None,
        person_id: None,
        items: None,
        protocol: None,
        title: None,
    }
}

/// Each event as the row of a visit of its own.
pub(crate) fn batch_of(events: &[Event]) -> RecordBatch {
    let mut rows = Rows::default();
    for event in events {
        rows.push(event, &OpenVisit::begin(event).visit);
    }
    rows.finish().expect("the builders follow the schema")
}
