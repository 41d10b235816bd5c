//! What a client says happened, before the server adds what it knows.

use crate::event::Revenue;
use crate::page::Page;

/// One thing a client reports: every protocol's adapter ends here.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The client's name for the site: its domain or a key of the protocol.
    pub site_key: String,
    /// The client's own id of this report; a retry carries the same.
    pub id: Option<String>,
    pub name: String,
    pub page: Page,
    /// Absolute address of the page before, as the client saw it.
    pub referrer: Option<String>,
    /// Sorted by name, each name once.
    pub props: Vec<(String, String)>,
    pub revenue: Option<Revenue>,
    pub transaction_id: Option<String>,
    pub interactive: bool,
    /// Percent, 0 to 100.
    pub scroll_depth: Option<u8>,
    pub engagement_ms: Option<u32>,
    /// When it happened, microseconds UTC, where the client may say so.
    pub at_us: Option<i64>,
    /// The visitor's address and program, where a server reports for them.
    pub visitor: Option<ReportedVisitor>,
}

/// A visitor as a trusted server describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedVisitor {
    /// An id that the server keeps for the visitor; replaces the address and program.
    pub id: Option<String>,
    pub ip: Option<std::net::IpAddr>,
    pub user_agent: Option<String>,
}

/// Why a report cannot be taken, so that its sender can mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {detail}")]
pub struct Refusal {
    /// Path of the field in the body, `events[3].url`; `body` for the whole.
    pub field: String,
    /// Stable word for programs.
    pub code: &'static str,
    /// What was wrong and what would be right.
    pub detail: String,
}

impl Refusal {
    pub fn new(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code, detail: detail.into() }
    }
}
