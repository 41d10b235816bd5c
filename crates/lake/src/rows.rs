//! Events turned into rows of columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayBuilder as _, ArrayRef, ArrowPrimitiveType, BooleanBuilder, Int32Builder,
    Int64Builder, PrimitiveArray, PrimitiveBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Int32Type, Int64Type};
use arrow::error::ArrowError;
use luotsi_marketing::event::{BotReason, Event, Visit};
use luotsi_marketing::protocol::Protocol;
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
    props: Texts,
    revenue: Numbers<Int64Type>,
    currency: Texts,
    transaction_id: Texts,
    interactive: BooleanBuilder,
    scroll_depth: Numbers<Int32Type>,
    engagement_ms: Numbers<Int32Type>,
    bot_reason: Texts,
    entry_page: Texts,
    source: Texts,
    referrer: Texts,
    channel: StringBuilder,
    utm_source: Texts,
    utm_medium: Texts,
    utm_campaign: Texts,
    utm_content: Texts,
    utm_term: Texts,
    utm_id: Texts,
    click_id: Texts,
    device: Texts,
    browser: Texts,
    browser_version: Texts,
    os: Texts,
    os_version: Texts,
    country: Texts,
    region: Texts,
    city: Texts,
    person_id: Numbers<Int64Type>,
    items: Texts,
    protocol: Texts,
    title: Texts,
    previous_visitor_id: Numbers<Int64Type>,
    own_acquisition: Texts,
    utm_source_platform: Texts,
    utm_creative_format: Texts,
    utm_marketing_tactic: Texts,
    named_id: Numbers<Int64Type>,
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
        let row = self.count;
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
        self.interactive.append_value(event.interactive);
        self.props.set(row, props_json(&event.props).as_deref());
        self.revenue.set(row, event.revenue.map(|revenue| revenue.minor_units));
        self.currency.set(row, event.revenue.as_ref().map(|revenue| revenue.currency.code()));
        self.transaction_id.set(row, event.transaction_id.as_deref());
        self.scroll_depth.set(row, event.scroll_depth.map(i32::from));
        let engagement_ms = event.engagement_ms.map(|ms| i32::try_from(ms).unwrap_or(i32::MAX));
        self.engagement_ms.set(row, engagement_ms);
        self.bot_reason.set(row, event.bot_reason.map(BotReason::as_str));
        self.person_id.set(row, event.person_id);
        self.items.set(row, event.items.as_deref());
        self.protocol.set(row, event.protocol.map(Protocol::as_str));
        self.title.set(row, event.title.as_deref());
        self.previous_visitor_id.set(row, event.previous_visitor_id);
        self.named_id.set(row, event.named_id);
        let own = arrival::own(&event.acquisition, &visit.acquisition);
        self.own_acquisition.set(row, own.as_deref());
        self.push_visit(row, visit);
    }

    fn push_visit(&mut self, row: usize, visit: &Visit) {
        self.entry_page.set(row, visit.entry_page.as_deref());
        let acquisition = &*visit.acquisition;
        self.source.set(row, acquisition.source.as_deref());
        self.referrer.set(row, acquisition.referrer.as_deref());
        self.channel.append_value(&acquisition.channel);
        self.utm_source.set(row, acquisition.utm_source.as_deref());
        self.utm_medium.set(row, acquisition.utm_medium.as_deref());
        self.utm_campaign.set(row, acquisition.utm_campaign.as_deref());
        self.utm_content.set(row, acquisition.utm_content.as_deref());
        self.utm_term.set(row, acquisition.utm_term.as_deref());
        self.utm_id.set(row, acquisition.utm_id.as_deref());
        self.utm_source_platform.set(row, acquisition.utm_source_platform.as_deref());
        self.utm_creative_format.set(row, acquisition.utm_creative_format.as_deref());
        self.utm_marketing_tactic.set(row, acquisition.utm_marketing_tactic.as_deref());
        self.click_id.set(row, acquisition.click_id.as_deref());
        let client = &*visit.client;
        self.device.set(row, client.device.as_deref());
        self.browser.set(row, client.browser.as_deref());
        self.browser_version.set(row, client.browser_version.as_deref());
        self.os.set(row, client.os.as_deref());
        self.os_version.set(row, client.os_version.as_deref());
        let place = &*visit.place;
        self.country.set(row, place.country.as_deref());
        self.region.set(row, place.region.as_deref());
        self.city.set(row, place.city.as_deref());
    }

    /// The rows so far; the collector is empty afterwards.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.count);
        // Columns without any text share one of nothing.
        let no_text: ArrayRef = Arc::new(StringArray::new_null(rows));
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
                self.props.finish(&no_text),
                self.revenue.finish(rows),
                self.currency.finish(&no_text),
                self.transaction_id.finish(&no_text),
                Arc::new(self.interactive.finish()),
                self.scroll_depth.finish(rows),
                self.engagement_ms.finish(rows),
                self.bot_reason.finish(&no_text),
                self.entry_page.finish(&no_text),
                self.source.finish(&no_text),
                self.referrer.finish(&no_text),
                Arc::new(self.channel.finish()),
                self.utm_source.finish(&no_text),
                self.utm_medium.finish(&no_text),
                self.utm_campaign.finish(&no_text),
                self.utm_content.finish(&no_text),
                self.utm_term.finish(&no_text),
                self.utm_id.finish(&no_text),
                self.click_id.finish(&no_text),
                self.device.finish(&no_text),
                self.browser.finish(&no_text),
                self.browser_version.finish(&no_text),
                self.os.finish(&no_text),
                self.os_version.finish(&no_text),
                self.country.finish(&no_text),
                self.region.finish(&no_text),
                self.city.finish(&no_text),
                self.person_id.finish(rows),
                self.items.finish(&no_text),
                self.protocol.finish(&no_text),
                self.title.finish(&no_text),
                self.previous_visitor_id.finish(rows),
                self.own_acquisition.finish(&no_text),
                self.utm_source_platform.finish(&no_text),
                self.utm_creative_format.finish(&no_text),
                self.utm_marketing_tactic.finish(&no_text),
                self.named_id.finish(rows),
            ],
        )
    }
}

/// A column of text that most rows lack: they cost nothing until one comes that has some.
#[derive(Debug, Default)]
struct Texts(StringBuilder);

impl Texts {
    /// Sets the text of `row`, which follows those set before.
    #[inline]
    fn set(&mut self, row: usize, text: Option<&str>) {
        if let Some(text) = text {
            if self.0.len() < row {
                self.0.append_nulls(row - self.0.len());
            }
            self.0.append_value(text);
        }
    }

    /// A column of as many rows as `no_text`, which has no text.
    fn finish(&mut self, no_text: &ArrayRef) -> ArrayRef {
        if self.0.is_empty() {
            return Arc::clone(no_text);
        }
        self.0.append_nulls(no_text.len() - self.0.len());
        Arc::new(self.0.finish())
    }
}

/// Likewise of numbers.
#[derive(Debug)]
struct Numbers<T: ArrowPrimitiveType>(PrimitiveBuilder<T>);

impl<T: ArrowPrimitiveType> Default for Numbers<T> {
    fn default() -> Self {
        Self(PrimitiveBuilder::with_capacity(0))
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    #[inline]
    fn set(&mut self, row: usize, number: Option<T::Native>) {
        if let Some(number) = number {
            if self.0.len() < row {
                self.0.append_nulls(row - self.0.len());
            }
            self.0.append_value(number);
        }
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        if self.0.is_empty() {
            return Arc::new(PrimitiveArray::<T>::new_null(rows));
        }
        self.0.append_nulls(rows - self.0.len());
        Arc::new(self.0.finish())
    }
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
