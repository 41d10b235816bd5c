//! What `luotsi analyze` refuses, in words the person at the terminal can act on.

use std::path::PathBuf;

/// Why a command gave no answer. Every one ends the run with exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// The file is not what its name says.
    #[error("{} is not readable as {format}: {reason}", path.display())]
    Format { path: PathBuf, format: &'static str, reason: String },
    /// The chart cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    /// Standard output failed for a reason other than a reader that left.
    #[error("cannot write the answer: {0}")]
    Output(std::io::Error),
    /// Charts are SVG or PNG.
    #[error("{} does not end in .svg or .png: charts are written as one of these", .0.display())]
    ChartFormat(PathBuf),
    /// This command draws nothing.
    #[error("this command has no chart")]
    NoChart,
    /// A column that the command needs is absent.
    #[error("no column `{name}`: the file has {}; name another with {flag}", listed(present))]
    NoColumn { name: String, flag: String, present: Vec<String> },
    /// A cell does not read as what its column holds.
    #[error("column `{column}`, line {line}: `{cell}` is not {expected}")]
    Cell { column: String, line: usize, cell: String, expected: &'static str },
    /// The file has a header and nothing below it.
    #[error("the file has no rows")]
    NoRows,
    /// The numbers are readable but cannot be analysed; the sentence says why.
    #[error("{0}")]
    Data(String),
}

impl AnalyzeError {
    /// A refusal by a method of the statistics crate, in that method's own words.
    pub fn data(reason: impl std::fmt::Display) -> Self {
        Self::Data(reason.to_string())
    }
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "no columns".to_owned() } else { names.join(", ") }
}
