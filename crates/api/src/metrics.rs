//! `GET /metrics` for Prometheus.

use std::sync::Arc;
use std::time::Duration;

use luotsi_lake::lake::Lake;
use luotsi_marketing::protocol::Protocol;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Path pattern, method and status class of a request.
type Labels = [(&'static str, String); 3];

/// What is counted of one protocol.
struct Client {
    kept: Counter,
    repeated: Counter,
    /// Time to answer, of requests that were taken and of others.
    taken: Histogram,
    not_taken: Histogram,
}

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    lake: Arc<Lake>,
    accepted: Counter,
    duplicates: Counter,
    requests: Family<Labels, Histogram>,
    /// By protocol, so that no label is made for a request.
    clients: Vec<Client>,
    /// Requests of clients that were not understood.
    unknown: Histogram,
    refused: Family<[(&'static str, &'static str); 2], Counter>,
    hot_rows: Gauge,
    log_bytes: Gauge,
    data_files: Gauge,
    visits: Gauge,
    visit_bytes: Gauge,
    evicted_visits: Gauge,
}

impl Metrics {
    pub(crate) fn new(lake: Arc<Lake>) -> Self {
        let mut registry = Registry::with_prefix("luotsi");
        let accepted = Counter::default();
        registry.register("events_accepted", "Events kept", accepted.clone());
        let duplicates = Counter::default();
        registry.register(
            "events_repeated",
            "Events that had been kept before",
            duplicates.clone(),
        );
        let requests = Family::<Labels, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.0005, 3.0, 10))
        });
        registry.register_with_unit(
            "http_request_duration",
            "Time to answer",
            Unit::Seconds,
            requests.clone(),
        );
        let messages = Family::<[(&'static str, &'static str); 2], Counter>::default();
        registry.register(
            "messages",
            "Messages of clients, by protocol, kept or repeated",
            messages.clone(),
        );
        let refused = Family::<[(&'static str, &'static str); 2], Counter>::default();
        registry.register(
            "messages_refused",
            "Messages of clients that were refused, by protocol and reason",
            refused.clone(),
        );
        let time = |protocol: &str, status: &str| {
            let labels = [
                ("path", format!("client {protocol}")),
                ("method", String::new()),
                ("status", status.to_owned()),
            ];
            requests.get_or_create(&labels).clone()
        };
        let clients = Protocol::ALL.map(|protocol| {
            let word = protocol.as_str();
            let count =
                |state| messages.get_or_create(&[("protocol", word), ("state", state)]).clone();
            Client {
                kept: count("kept"),
                repeated: count("repeated"),
                taken: time(word, "2xx"),
                not_taken: time(word, "other"),
            }
        });
        let unknown = time("unknown", "other");
        let gauge = |registry: &mut Registry, name: &str, help: &str| {
            let gauge = Gauge::<i64>::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let hot_rows =
            gauge(&mut registry, "lake_hot_rows", "Events in memory and in the log only");
        let log_bytes = gauge(&mut registry, "lake_log_bytes", "Size of the write-ahead log");
        let data_files = gauge(&mut registry, "lake_data_files", "Live data files");
        let visits = gauge(&mut registry, "lake_visits", "Visits in memory");
        let visit_bytes =
            gauge(&mut registry, "lake_visits_bytes", "What the visits in memory weigh, about");
        let evicted_visits = gauge(
            &mut registry,
            "lake_visits_evicted",
            "Visits given up for want of memory since the start",
        );
        Self {
            registry,
            lake,
            accepted,
            duplicates,
            requests,
            clients: clients.into(),
            unknown,
            refused,
            hot_rows,
            log_bytes,
            data_files,
            visits,
            visit_bytes,
            evicted_visits,
        }
    }

    pub(crate) fn accepted(&self, accepted: u64, duplicates: u64) {
        self.accepted.inc_by(accepted);
        self.duplicates.inc_by(duplicates);
    }

    /// Messages of a protocol that were kept, and that had been kept before.
    pub(crate) fn collected(&self, protocol: Protocol, kept: u64, repeated: u64) {
        let client = &self.clients[protocol as usize];
        client.kept.inc_by(kept);
        client.repeated.inc_by(repeated);
    }

    /// A message of a protocol was refused for a reason of a fixed list.
    pub(crate) fn refused(&self, protocol: Protocol, code: &'static str) {
        self.refused.get_or_create(&[("protocol", protocol.as_str()), ("reason", code)]).inc();
    }

    /// A client's request was answered.
    pub(crate) fn answered_client(&self, protocol: Option<Protocol>, status: u16, took: Duration) {
        let histogram = match protocol.map(|protocol| &self.clients[protocol as usize]) {
            Some(client) if (200..300).contains(&status) => &client.taken,
            Some(client) => &client.not_taken,
            None => &self.unknown,
        };
        histogram.observe(took.as_secs_f64());
    }

    pub(crate) fn answered(&self, path: &str, method: &str, status: u16, seconds: f64) {
        let class = format!("{}xx", status / 100);
        let labels = [("path", path.to_owned()), ("method", method.to_owned()), ("status", class)];
        self.requests.get_or_create(&labels).observe(seconds);
    }

    pub(crate) fn text(&self) -> String {
        let status = self.lake.status();
        self.hot_rows.set(status.hot_rows as i64);
        self.log_bytes.set(status.log_bytes as i64);
        self.data_files.set(status.files as i64);
        self.visits.set(status.open_visits as i64);
        self.visit_bytes.set(status.visit_bytes as i64);
        self.evicted_visits.set(status.evicted_visits as i64);
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_) => String::new(),
        }
    }
}
