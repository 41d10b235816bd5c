//! Events that the server made up for its sample shop, shown as if pages had sent them.

use std::time::Instant;

use luotsi_marketing::collect::Parts;
use luotsi_marketing::event::Event;
use luotsi_marketing::hit::SiteKey;
use luotsi_marketing::protocol::Protocol;
use serde_json::{Map, Value, json};

use super::Judged;
use crate::state::App;

impl App {
    /// Shows events of the sample shop, which were kept, in Event QA.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn show_sample(&self, domain: &str, events: &[Event]) -> luotsi_store::Result<()> {
        let name = SiteKey::new(Protocol::Luotsi, domain);
        let Some(key) = self.collector().key(self.store(), &name, Instant::now()).await? else {
            return Ok(());
        };
        for event in events {
            let body = body(event, domain).to_string();
            let parts = Parts {
                method: "POST",
                path: crate::collect::EVENT_PATH,
                query: "",
                headers: &[("content-type", "application/json")],
                body: body.as_bytes(),
                received_at_us: event.at_us,
            };
            self.qa().request(&Judged {
                protocol: Protocol::Luotsi,
                parts: &parts,
                user_agent: "",
                visitor_id: None,
                sites: std::slice::from_ref(&key.site),
                events: std::slice::from_ref(event),
                left_out: &[],
                dropped: &[],
                refused: &[],
            });
        }
        Ok(())
    }
}

/// What a page would send to report the event.
fn body(event: &Event, domain: &str) -> Value {
    let url = format!("https://{}{}", event.hostname, event.pathname);
    let mut body = json!({"n": event.name, "u": url, "d": domain});
    if !event.props.is_empty() {
        let props = event.props.iter().map(|(name, value)| (name.clone(), json!(value)));
        body["p"] = Value::Object(props.collect::<Map<_, _>>());
    }
    if let Some(revenue) = event.revenue {
        let digits = i32::from(revenue.currency.minor_digits());
        let amount = revenue.minor_units as f64 / 10_f64.powi(digits);
        body["$"] = json!({"amount": amount, "currency": revenue.currency.code()});
    }
    body
}
