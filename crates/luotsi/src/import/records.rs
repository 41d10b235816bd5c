//! Rows of CSV and JSON-lines files, one by one, broken ones included.

use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::lines::{Input, Line};
use super::mapping::{Mapping, Record};
use crate::output::BadInput;

/// Lines that a quoted field may span; more are taken for a quote that was never closed.
const MOST_LINES: usize = 100;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    Csv,
    Jsonl,
}

/// The rows of a file.
pub(crate) struct Records {
    input: Input,
    format: Format,
    delimiter: u8,
    /// Fields of the head.
    width: usize,
    /// Lines that were read ahead for a record that turned out broken.
    ahead: Vec<Line>,
    pub(crate) mapping: Mapping,
}

/// A row and the text it was made of.
#[derive(Debug)]
pub(crate) struct Row {
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    pub(crate) text: String,
    /// The row, or why it cannot be read.
    pub(crate) record: Result<Record, String>,
}

impl Records {
    /// Opens a file and reads its head. Without `format` the first bytes tell.
    pub(crate) fn open(
        mut input: Input,
        path: &Path,
        format: Option<Format>,
        maps: &[String],
        props: &[String],
    ) -> Result<Self> {
        let start = input.peek().with_context(|| format!("cannot read `{}`", path.display()))?;
        let first = start.iter().find(|byte| !byte.is_ascii_whitespace() && byte.is_ascii());
        let format =
            format.unwrap_or(if first == Some(&b'{') { Format::Jsonl } else { Format::Csv });
        if format == Format::Jsonl {
            let mapping = Mapping::of_json(maps, props)?;
            return Ok(Self { input, format, delimiter: 0, width: 0, ahead: Vec::new(), mapping });
        }
        let head = loop {
            match input.next_line()? {
                Some(line) if line.text.trim().is_empty() || line.text.starts_with("sep=") => {}
                Some(line) => break line.text,
                None => return Err(BadInput(format!("`{}` is empty", path.display())).into()),
            }
        };
        let delimiter = delimiter(&head);
        let head = parse(&head, delimiter).map_err(BadInput)?;
        let mapping = Mapping::of_csv(&head, maps, props)?;
        Ok(Self { input, format, delimiter, width: head.len(), ahead: Vec::new(), mapping })
    }

    /// The next row; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Row>> {
        let line = loop {
            match self.line()? {
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => break line,
                None => return Ok(None),
            }
        };
        if line.cut {
            let record = Err("is longer than 1 MiB".to_owned());
            return Ok(Some(Row { line: line.number, text: line.text, record }));
        }
        if self.format == Format::Jsonl {
            let record = match serde_json::from_str::<Value>(&line.text) {
                Ok(Value::Object(object)) => Ok(Record::Json(object)),
                Ok(_) => Err("is no JSON object".to_owned()),
                Err(error) => Err(format!("is no JSON ({error})")),
            };
            return Ok(Some(Row { line: line.number, text: line.text, record }));
        }
        self.csv_row(line).map(Some)
    }

    /// A row of CSV, which may go on in the next lines inside quotes.
    fn csv_row(&mut self, first: Line) -> io::Result<Row> {
        let mut text = first.text.clone();
        let mut more = Vec::new();
        while is_open(&text) {
            let next = if more.len() < MOST_LINES { self.line()? } else { None };
            let Some(next) = next else {
                // Only the first line is given up: the rest may be sound.
                more.reverse();
                self.ahead.append(&mut more);
                let record = Err("has a quote that is never closed".to_owned());
                return Ok(Row { line: first.number, text: first.text, record });
            };
            text.push('\n');
            text.push_str(&next.text);
            more.push(next);
        }
        let record = parse(&text, self.delimiter).and_then(|row| {
            let (found, wanted) = (row.len(), self.width);
            if found == wanted {
                Ok(Record::Csv(row))
            } else {
                Err(format!("has {found} fields, the head has {wanted}"))
            }
        });
        Ok(Row { line: first.number, text, record })
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        match self.ahead.pop() {
            Some(line) => Ok(Some(line)),
            None => self.input.next_line(),
        }
    }
}

/// The separator that the head has most of, outside quotes.
fn delimiter(head: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in head.bytes() {
        if byte == b'"' {
            quoted = !quoted;
        } else if !quoted {
            for (delimiter, count) in &mut counts {
                *count += i32::from(byte == *delimiter);
            }
        }
    }
    // Of equals the first: a file of one column has none of them.
    counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(delimiter, _)| delimiter)
}

/// Whether a quoted field is still open at the end: an odd number of quotes.
fn is_open(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1
}

fn parse(text: &str, delimiter: u8) -> Result<csv::StringRecord, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .buffer_capacity(text.len().max(64))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => Ok(record),
        Ok(false) => Err("is empty".to_owned()),
        Err(error) => Err(format!("is no CSV ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(content: &str) -> Vec<(u64, Result<Vec<String>, String>)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.csv");
        std::fs::write(&path, content).unwrap();
        let input = Input::open(&path).unwrap();
        let mut records = Records::open(input, &path, None, &[], &[]).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = records.next().unwrap() {
            let fields = row.record.map(|record| match record {
                Record::Csv(row) => row.iter().map(str::to_owned).collect(),
                Record::Json(object) => {
                    object.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
                }
            });
            rows.push((row.line, fields));
        }
        rows
    }

    #[test]
    fn the_separator_is_found_in_the_head() {
        for separator in [",", ";", "\t", "|"] {
            let content =
                ["time,visitor_id", "1,\"a,;\t|b\""].join("\n").replacen(',', separator, 2);
            let content = content.replacen(&format!("\"a{separator};"), "\"a,;", 1);
            let found = rows(&content);
            assert_eq!(found[0].1.as_ref().map(Vec::len), Ok(2), "{content}");
        }
    }

    #[test]
    fn quoted_fields_may_hold_line_ends_and_quotes() {
        let found = rows("time,visitor_id\n1,\"a\nb \"\"c\"\"\"\n2,d\n");
        assert_eq!(found[0], (2, Ok(vec!["1".into(), "a\nb \"c\"".into()])));
        assert_eq!(found[1].0, 4);
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_one_line_only() {
        let found = rows("time,visitor_id\n1,\"a\n2,b\n3,c\n");
        assert_eq!(found.len(), 3);
        assert!(found[0].1.as_ref().is_err_and(|reason| reason.contains("never closed")));
        assert_eq!(found[2], (4, Ok(vec!["3".into(), "c".into()])));
    }

    #[test]
    fn a_row_of_another_width_is_named() {
        let found = rows("time,visitor_id\n1\n2,b,c\n\n3,d\n");
        assert_eq!(found[0].1, Err("has 1 fields, the head has 2".into()));
        assert_eq!(found[1].1, Err("has 3 fields, the head has 2".into()));
        assert_eq!(found[2].0, 5);
    }

    #[test]
    fn json_lines_are_recognised_and_broken_ones_named() {
        let found = rows("{\"time\": 1}\n[1]\n{\"time\"\n");
        assert_eq!(found[0].1, Ok(vec!["time=1".into()]));
        assert_eq!(found[1].1, Err("is no JSON object".into()));
        assert!(found[2].1.as_ref().is_err_and(|reason| reason.starts_with("is no JSON (")));
    }
}
