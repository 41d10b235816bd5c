//! What commands print, and the two ways in which they fail.

use std::io::Write as _;

use serde_json::Value;

/// What was asked for cannot be right, whatever the state of the installation: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadInput(pub(crate) String);

impl BadInput {
    /// For `map_err`: takes an error's own sentence.
    pub(crate) fn from_error(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Prints a line. A reader that went away does not matter.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _gone = writeln!(std::io::stdout(), "{text}");
}

/// Prints a document for programs.
pub(crate) fn json(value: &Value) {
    line(format_args!("{value:#}"));
}

/// Prints a table: the first row is its head. Columns are as wide as their widest cell.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        line(cells.join("  ").trim_end());
    }
}
