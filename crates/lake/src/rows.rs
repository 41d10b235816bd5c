//! Events turned into rows of columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    BooleanBuilder, Int32Builder, Int64Array, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::error::ArrowError;
use luotsi_marketing::event::{Event, Visit};
use serde::Serializer as _;

use crate::{arrival, schema};

/// Collects rows in `schema::log_schema`.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    count: usize,
    site_number: Int32Builder,
    visitor_id: Int64Builder,
    session_id: Int64Builder,
    ts: TimestampMicrosecondBuilder,
    event_id: Int64Builder,
    session_start: TimestampMicrosecondBuilder,
    name: StringBuilder,
    hostname: StringBuilder,
    pathname: StringBuilder,
    props: StringBuilder,
    revenue: Int64Builder,
    currency: StringBuilder,
    transaction_id: StringBuilder,
    interactive: BooleanBuilder,
    scroll_depth: Int32Builder,
    engagement_ms: Int32Builder,
    bot_reason: StringBuilder,
    entry_page: StringBuilder,
    source: StringBuilder,
    referrer: StringBuilder,
    channel: StringBuilder,
    utm_source: StringBuilder,
    utm_medium: StringBuilder,
    utm_campaign: StringBuilder,
    utm_content: StringBuilder,
    utm_term: StringBuilder,
    utm_id: StringBuilder,
    click_id: StringBuilder,
    device: StringBuilder,
    browser: StringBuilder,
    browser_version: StringBuilder,
    os: StringBuilder,
    os_version: StringBuilder,
    country: StringBuilder,
    region: StringBuilder,
    city: StringBuilder,
    person_id: Int64Builder,
    items: StringBuilder,
    protocol: StringBuilder,
    title: StringBuilder,
    previous_visitor_id: Int64Builder,
    own_acquisition: StringBuilder,
    utm_source_platform: StringBuilder,
    utm_creative_format: StringBuilder,
    utm_marketing_tactic: StringBuilder,
    /// The few rows that have one, with their places.
    named_id: Vec<(usize, i64)>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds `event` as a row of `visit`.
    pub(crate) fn push(&mut self, event: &Event, visit: &Visit) {
        if let Some(named) = event.named_id {
            self.named_id.push((self.count, named));
        }
        self.count += 1;
        self.site_number.append_value(event.site_number);
        self.visitor_id.append_value(event.visitor_id);
        self.session_id.append_value(visit.session_id);
        self.ts.append_value(event.at_us);
        self.event_id.append_value(event.event_id);
        self.session_start.append_value(visit.start_us);
        self.name.append_value(&event.name);
        self.hostname.append_value(&event.hostname);
        self.pathname.append_value(&event.pathname);
        self.props.append_option(props_json(&event.props));
        self.revenue.append_option(event.revenue.map(|revenue| revenue.minor_units));
        self.currency.append_option(event.revenue.map(|revenue| revenue.currency.code()));
        self.transaction_id.append_option(event.transaction_id.as_deref());
        self.interactive.append_value(event.interactive);
        self.scroll_depth.append_option(event.scroll_depth.map(i32::from));
        self.engagement_ms.append_option(
            event.engagement_ms.map(|spent| i32::try_from(spent).unwrap_or(i32::MAX)),
        );
        self.bot_reason
            .append_option(event.bot_reason.map(luotsi_marketing::event::BotReason::as_str));
        self.person_id.append_option(event.person_id);
        self.items.append_option(event.items.as_deref());
        self.protocol
            .append_option(event.protocol.map(luotsi_marketing::protocol::Protocol::as_str));
        self.title.append_option(event.title.as_deref());
        self.previous_visitor_id.append_option(event.previous_visitor_id);
        self.own_acquisition.append_option(arrival::own(&event.acquisition, &visit.acquisition));
        self.push_visit(visit);
    }

    fn push_visit(&mut self, visit: &Visit) {
        self.entry_page.append_option(visit.entry_page.as_deref());
        let acquisition = &visit.acquisition;
        self.source.append_option(acquisition.source.as_deref());
        self.referrer.append_option(acquisition.referrer.as_deref());
        self.channel.append_value(&acquisition.channel);
        self.utm_source.append_option(acquisition.utm_source.as_deref());
        self.utm_medium.append_option(acquisition.utm_medium.as_deref());
        self.utm_campaign.append_option(acquisition.utm_campaign.as_deref());
        self.utm_content.append_option(acquisition.utm_content.as_deref());
        self.utm_term.append_option(acquisition.utm_term.as_deref());
        self.utm_id.append_option(acquisition.utm_id.as_deref());
        self.utm_source_platform.append_option(acquisition.utm_source_platform.as_deref());
        self.utm_creative_format.append_option(acquisition.utm_creative_format.as_deref());
        self.utm_marketing_tactic.append_option(acquisition.utm_marketing_tactic.as_deref());
        self.click_id.append_option(acquisition.click_id.as_deref());
        let client = &visit.client;
        self.device.append_option(client.device.as_deref());
        self.browser.append_option(client.browser.as_deref());
        self.browser_version.append_option(client.browser_version.as_deref());
        self.os.append_option(client.os.as_deref());
        self.os_version.append_option(client.os_version.as_deref());
        let place = &visit.place;
        self.country.append_option(place.country.as_deref());
        self.region.append_option(place.region.as_deref());
        self.city.append_option(place.city.as_deref());
    }

    /// The rows so far; the collector is empty afterwards.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let named_id = named_ids(std::mem::take(&mut self.named_id), self.count);
        self.count = 0;
        let ts = self.ts.finish().with_timezone("UTC");
        let session_start = self.session_start.finish().with_timezone("UTC");
        RecordBatch::try_new(
            schema::log_schema(),
            vec![
                Arc::new(self.site_number.finish()),
                Arc::new(self.visitor_id.finish()),
                Arc::new(self.session_id.finish()),
                Arc::new(ts),
                Arc::new(self.event_id.finish()),
                Arc::new(session_start),
                Arc::new(self.name.finish()),
                Arc::new(self.hostname.finish()),
                Arc::new(self.pathname.finish()),
                Arc::new(self.props.finish()),
                Arc::new(self.revenue.finish()),
                Arc::new(self.currency.finish()),
                Arc::new(self.transaction_id.finish()),
                Arc::new(self.interactive.finish()),
                Arc::new(self.scroll_depth.finish()),
                Arc::new(self.engagement_ms.finish()),
                Arc::new(self.bot_reason.finish()),
                Arc::new(self.entry_page.finish()),
                Arc::new(self.source.finish()),
                Arc::new(self.referrer.finish()),
                Arc::new(self.channel.finish()),
                Arc::new(self.utm_source.finish()),
                Arc::new(self.utm_medium.finish()),
                Arc::new(self.utm_campaign.finish()),
                Arc::new(self.utm_content.finish()),
                Arc::new(self.utm_term.finish()),
                Arc::new(self.utm_id.finish()),
                Arc::new(self.click_id.finish()),
                Arc::new(self.device.finish()),
                Arc::new(self.browser.finish()),
                Arc::new(self.browser_version.finish()),
                Arc::new(self.os.finish()),
                Arc::new(self.os_version.finish()),
                Arc::new(self.country.finish()),
                Arc::new(self.region.finish()),
                Arc::new(self.city.finish()),
                Arc::new(self.person_id.finish()),
                Arc::new(self.items.finish()),
                Arc::new(self.protocol.finish()),
                Arc::new(self.title.finish()),
                Arc::new(self.previous_visitor_id.finish()),
                Arc::new(self.own_acquisition.finish()),
                Arc::new(self.utm_source_platform.finish()),
                Arc::new(self.utm_creative_format.finish()),
                Arc::new(self.utm_marketing_tactic.finish()),
                Arc::new(named_id),
            ],
        )
    }
}

/// A column of `count` rows that are null but for some, in order.
fn named_ids(rows: Vec<(usize, i64)>, count: usize) -> Int64Array {
    if rows.is_empty() {
        return Int64Array::new_null(count);
    }
    let mut ids = vec![None; count];
    for (row, id) in rows {
        ids[row] = Some(id);
    }
    ids.into()
}

/// Properties as a JSON object of strings; `None` without any.
fn props_json(props: &[(String, String)]) -> Option<String> {
    if props.is_empty() {
        return None;
    }
    let mut json = Vec::with_capacity(64);
    let sorted = props.is_sorted_by(|one, next| one.0 < next.0);
    let fields = props.iter().map(|(name, value)| (name, value));
    let written = if sorted {
        serde_json::Serializer::new(&mut json).collect_map(fields)
    } else {
        serde_json::to_writer(&mut json, &fields.collect::<BTreeMap<_, _>>())
    };
    written.ok().and_then(|()| String::from_utf8(json).ok())
}
