//! What commands print, and the two ways in which they fail.

use std::io::Write as _;

use serde_json::{Value, json};

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

/// Prints a list: `{"items": […]}` for programs, a table with a row of each for people.
pub(crate) fn list<const N: usize>(
    as_json: bool,
    items: &[Value],
    head: [&str; N],
    row: impl Fn(&Value) -> [String; N],
) {
    if as_json {
        json(&json!({"items": items}));
        return;
    }
    let rows: Vec<_> =
        std::iter::once(head.map(str::to_owned)).chain(items.iter().map(row)).collect();
    table(&rows);
}

/// What a cell shows of a value: a dash of none.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a cell shows of a figure: two decimals at most.
pub(crate) fn figure(value: &Value) -> String {
    let Some(number) = value.as_f64() else { return text(value) };
    let shown = format!("{number:.2}");
    shown.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share in percent.
pub(crate) fn percent(share: &Value) -> String {
    share.as_f64().map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

/// Prints a table: the first row is its head. Columns are as wide as their widest cell.
pub(crate) fn table<R: AsRef<[String]>>(rows: &[R]) {
    let mut widths = Vec::new();
    for row in rows {
        let row = row.as_ref();
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in rows {
        let cells = row.as_ref().iter().zip(widths.iter().copied());
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
        line(cells.join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_two_decimals_at_most() {
        for (value, shown) in [
            (json!(9_756.666), "9756.67"),
            (json!(310.0), "310"),
            (json!(-0.5), "-0.5"),
            (json!(1_200), "1200"),
            (Value::Null, "-"),
            (json!("FI"), "FI"),
        ] {
            assert_eq!(figure(&value), shown);
        }
    }
}
