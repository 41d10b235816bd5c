//! Reads a CSV or Parquet file into named columns.

mod parquet;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use jiff::civil::{Date, DateTime};

use crate::AnalyzeError;

/// The cells of one column.
#[derive(Debug)]
enum Column {
    /// As written in a CSV file; an empty cell is missing.
    Text(Vec<String>),
    /// As stored in a Parquet file; NaN is missing.
    Number(Vec<f64>),
}

/// A file as columns of equal length, at least one row.
#[derive(Debug)]
pub(crate) struct Frame {
    names: Vec<String>,
    columns: Vec<Column>,
    rows: usize,
}

impl Frame {
    /// Reads `path`: Parquet when the name ends in `.parquet`, else CSV; `-` is CSV on `stdin`.
    pub(crate) fn read(path: &Path, stdin: &mut dyn Read) -> Result<Self, AnalyzeError> {
        if path == Path::new("-") {
            return Self::read_csv(path, stdin);
        }
        let read_error = |source| AnalyzeError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(read_error)?;
        if path.is_dir() {
            return Err(read_error(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
        }
        let is_parquet = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
        if is_parquet {
            parquet::read(path, file)
        } else {
            Self::read_csv(path, BufReader::new(file))
        }
    }

    fn read_csv(path: &Path, source: impl Read) -> Result<Self, AnalyzeError> {
        let format = |error: csv::Error| AnalyzeError::Format {
            path: path.to_owned(),
            format: "CSV",
            reason: error.to_string(),
        };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
        let names: Vec<String> = reader
            .headers()
            .map_err(format)?
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').to_owned())
            .collect();
        let mut cells = vec![Vec::new(); names.len()];
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(format)? {
            for (column, cell) in cells.iter_mut().zip(&record) {
                column.push(cell.to_owned());
            }
        }
        Self::new(names, cells.into_iter().map(Column::Text).collect())
    }

    fn new(names: Vec<String>, columns: Vec<Column>) -> Result<Self, AnalyzeError> {
        let rows = columns.first().map_or(0, |column| match column {
            Column::Text(cells) => cells.len(),
            Column::Number(cells) => cells.len(),
        });
        if rows == 0 { Err(AnalyzeError::NoRows) } else { Ok(Self { names, columns, rows }) }
    }

    /// How many rows every column has.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The column names, in file order.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the file has this column.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|n| n == name)
    }

    /// The first of `candidates` that the file has: how a command finds its default column.
    pub(crate) fn first_of<'a>(&self, candidates: &[&'a str]) -> Option<&'a str> {
        candidates.iter().copied().find(|name| self.has(name))
    }

    /// A column of numbers without gaps. `flag` is the option that names the column.
    pub(crate) fn numbers(&self, name: &str, flag: &str) -> Result<Vec<f64>, AnalyzeError> {
        let values = self.numbers_or_missing(name, flag)?;
        match values.iter().position(|value| value.is_nan()) {
            None => Ok(values),
            Some(row) => Err(cell_error(name, row, "", "a number")),
        }
    }

    /// A column of numbers in which an empty cell, `NA`, `NaN` or `null` is NaN.
    ///
    /// `true` and `false` read as 1 and 0, so that a flag can be counted.
    pub(crate) fn numbers_or_missing(
        &self,
        name: &str,
        flag: &str,
    ) -> Result<Vec<f64>, AnalyzeError> {
        match self.column(name, flag)? {
            Column::Number(values) => Ok(values.clone()),
            Column::Text(cells) => cells
                .iter()
                .enumerate()
                .map(|(row, cell)| {
                    parse_number(cell).ok_or_else(|| cell_error(name, row, cell, "a number"))
                })
                .collect(),
        }
    }

    /// A column as text; numbers of a Parquet file are written out.
    pub(crate) fn texts(&self, name: &str, flag: &str) -> Result<Vec<String>, AnalyzeError> {
        Ok(match self.column(name, flag)? {
            Column::Text(cells) => cells.clone(),
            Column::Number(values) => values
                .iter()
                .map(|value| if value.is_nan() { String::new() } else { value.to_string() })
                .collect(),
        })
    }

    /// A column of civil dates with times: `2026-03-01`, `2026-03-01 12:30:00`, RFC 3339 (its offset
    /// is dropped: the clock on the wall counts), `2026-03` for the first of a month, or `2026` for that of a
    /// year.
    pub(crate) fn times(&self, name: &str, flag: &str) -> Result<Vec<DateTime>, AnalyzeError> {
        self.texts(name, flag)?
            .iter()
            .enumerate()
            .map(|(row, cell)| {
                parse_time(cell).ok_or_else(|| cell_error(name, row, cell, "a date"))
            })
            .collect()
    }

    fn column(&self, name: &str, flag: &str) -> Result<&Column, AnalyzeError> {
        self.names.iter().position(|n| n == name).map(|index| &self.columns[index]).ok_or_else(
            || AnalyzeError::NoColumn {
                name: name.to_owned(),
                flag: flag.to_owned(),
                present: self.names.clone(),
            },
        )
    }
}

fn cell_error(column: &str, row: usize, cell: &str, expected: &'static str) -> AnalyzeError {
    // Line 1 is the header.
    AnalyzeError::Cell { column: column.to_owned(), line: row + 2, cell: cell.to_owned(), expected }
}

fn parse_number(cell: &str) -> Option<f64> {
    match cell {
        "" | "NA" | "N/A" | "NaN" | "nan" | "null" | "NULL" => Some(f64::NAN),
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        _ => cell.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// Reads one date or date with time; see [`Frame::times`].
pub(crate) fn parse_time(cell: &str) -> Option<DateTime> {
    let digits = cell.strip_suffix(['Z', 'z']).unwrap_or(cell);
    // 2026/03/01 and 2026/03/01 12:30 as some spreadsheets write them.
    let dashed;
    let digits = if digits.as_bytes().get(4) == Some(&b'/') {
        dashed = digits.replacen('/', "-", 2);
        &dashed[..]
    } else {
        digits
    };
    if let Ok(time) = digits.parse::<DateTime>() {
        return Some(time);
    }
    let month_first = || format!("{digits}-01").parse::<Date>().ok();
    let year_first = || {
        let year = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        year.then(|| format!("{digits}-01-01").parse::<Date>().ok()).flatten()
    };
    digits
        .parse::<Date>()
        .ok()
        .or_else(month_first)
        .or_else(year_first)
        .map(|date| date.to_datetime(jiff::civil::Time::midnight()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Result<Frame, AnalyzeError> {
        Frame::read(Path::new("-"), &mut text.as_bytes())
    }

    #[test]
    fn flags_and_gaps_read_as_numbers() {
        let frame = frame("arm,bought\nA,True\nB,\n").unwrap();
        let bought = frame.numbers_or_missing("bought", "--value").unwrap();
        assert!(bought[..1] == [1.0] && bought[1].is_nan());
    }

    #[test]
    fn a_word_among_numbers_is_refused_with_its_line() {
        let frame = frame("arm,value\nA,3\nB,many\n").unwrap();
        let error = frame.numbers("value", "--value").unwrap_err();
        assert_eq!(error.to_string(), "column `value`, line 3: `many` is not a number");
    }

    #[test]
    fn an_absent_column_is_refused_with_those_that_are_there() {
        let frame = frame("arm,value\nA,3\n").unwrap();
        let error = frame.numbers("visits", "--value").unwrap_err();
        let expected = "no column `visits`: the file has `arm`, `value`; name another with --value";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_header_alone_is_refused() {
        assert!(matches!(frame("arm,value\n"), Err(AnalyzeError::NoRows)));
    }

    #[test]
    fn dates_are_read_in_the_layouts_people_have() {
        for cell in [
            "2026-03-01",
            "2026-03-01 00:00:00",
            "2026-03-01T00:00:00Z",
            "2026-03",
            "2026-03-01T00:00:00+02:00",
            "2026/03/01",
            "2026/03/01 00:00:00",
        ] {
            let time = parse_time(cell).unwrap_or_else(|| panic!("{cell}"));
            assert_eq!(time.to_string(), "2026-03-01T00:00:00", "{cell}");
        }
        assert_eq!(parse_time("1990").unwrap().to_string(), "1990-01-01T00:00:00");
        assert_eq!(parse_time("soon"), None);
    }
}
