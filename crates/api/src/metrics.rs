//! `GET /metrics` for Prometheus.

use std::sync::Arc;

use luotsi_lake::lake::Lake;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Path pattern, method and status class of a request.
type Labels = [(&'static str, String); 3];

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    lake: Arc<Lake>,
    accepted: Counter,
    duplicates: Counter,
    requests: Family<Labels, Histogram>,
    hot_rows: Gauge,
    log_bytes: Gauge,
    data_files: Gauge,
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
        let gauge = |registry: &mut Registry, name: &str, help: &str| {
            let gauge = Gauge::<i64>::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let hot_rows =
            gauge(&mut registry, "lake_hot_rows", "Events in memory and in the log only");
        let log_bytes = gauge(&mut registry, "lake_log_bytes", "Size of the write-ahead log");
        let data_files = gauge(&mut registry, "lake_data_files", "Live data files");
        Self { registry, lake, accepted, duplicates, requests, hot_rows, log_bytes, data_files }
    }

    pub(crate) fn accepted(&self, accepted: u64, duplicates: u64) {
        self.accepted.inc_by(accepted);
        self.duplicates.inc_by(duplicates);
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
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_) => String::new(),
        }
    }
}
