//! What a command hands back: text for a person, JSON for a program, and a chart if it has one.

use serde_json::Value;

use crate::chart::Drawing;
use crate::table::Table;

/// One answer, three ways.
#[derive(Debug)]
pub(crate) struct Report {
    /// Printed as it is when `--json` is absent.
    pub(crate) text: String,
    /// Printed when `--json` is present.
    pub(crate) json: Value,
    /// What `--chart` writes.
    pub(crate) chart: Option<Drawing>,
}

impl Report {
    /// A report whose machine-readable half is `json`.
    pub(crate) fn new(json: Value) -> Self {
        Self { text: String::new(), json, chart: None }
    }

    /// Adds a line of prose.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) -> &mut Self {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
        self
    }

    /// Adds a table, with an empty line before it when something stands above.
    pub(crate) fn table(&mut self, table: &Table) -> &mut Self {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&table.to_string());
        self
    }
}
