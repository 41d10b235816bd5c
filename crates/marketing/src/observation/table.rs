//! A table of readings: a CSV file, which columns mean what, and every row that cannot be read.

use std::collections::{BTreeMap, HashMap};

use csv::{ReaderBuilder, StringRecord};
use jiff::civil::Date;

use super::{DateFormat, Decimal, Guess, Reading, guess};
use crate::metric::FieldError;

/// Most rows of a table.
pub const MAX_ROWS: usize = 50_000;
/// Most columns of a table.
const MAX_COLUMNS: usize = 64;
/// Lines that are shown before anything is mapped.
const SAMPLE: usize = 5;
/// Lines that say what columns probably mean.
const TELLING: usize = 50;

/// What the columns of a table mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    pub day: String,
    pub value: String,
    pub series: Name,
    /// A column; 1 without.
    pub weight: Option<String>,
    /// Columns by the names of the dimensions.
    pub dimensions: BTreeMap<String, String>,
    pub date_format: DateFormat,
    pub decimal: Decimal,
}

/// Where a series' name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// In a column.
    Column(String),
    /// The same for all rows.
    Fixed(String),
}

/// A table's columns and its first lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pub names: Vec<String>,
    pub sample: Vec<Vec<String>>,
    /// What they probably mean.
    pub guess: Guess,
}

/// What a table holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub readings: Vec<Reading>,
    pub refused: Vec<Refused>,
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Of the file, from 1: the first row stands in line 2.
    pub line: u64,
    /// The column.
    pub field: String,
    pub code: &'static str,
    pub message: String,
}

/// The columns of a table and its first lines.
///
/// # Errors
/// No line, two columns of one name, or too many of them: `csv`.
pub fn columns(text: &str) -> Result<Columns, FieldError> {
    let (names, rows) = open(text)?;
    let sample = rows.take(TELLING).filter_map(|row| row.ok().map(|(_, row)| row));
    let mut sample: Vec<Vec<String>> =
        sample.map(|row| row.iter().map(str::to_owned).collect()).collect();
    let guess = guess(&names, &sample);
    sample.truncate(SAMPLE);
    Ok(Columns { names, sample, guess })
}

/// Reads a table. The separator is that of the first line: comma, semicolon or tab; a byte order mark and
/// quotes are understood; empty lines are skipped.
///
/// Rows of one series, dimensions and day are refused after the first: which is meant is for the sender to
/// say. `today` bounds the days.
///
/// # Errors
/// A mapping of columns that are not there (`mapping.day`, …), or more rows than [`MAX_ROWS`] (`csv`).
pub fn read(text: &str, mapping: &Mapping, today: Date) -> Result<Table, Vec<FieldError>> {
    let (names, rows) = open(text).map_err(|wrong| vec![wrong])?;
    let places = Places::of(mapping, &names)?;
    let mut table = Table::default();
    let mut seen: HashMap<(String, BTreeMap<String, String>, Date), u64> = HashMap::new();
    for row in rows {
        let (line, row) = match row {
            Ok(row) => row,
            Err((line, message)) => {
                let field = "csv".to_owned();
                table.refused.push(Refused { line, field, code: "unreadable", message });
                continue;
            }
        };
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if table.readings.len() + table.refused.len() >= MAX_ROWS {
            return Err(vec![error("csv", "too_many", format!("at most {MAX_ROWS} rows at once"))]);
        }
        match places.reading(mapping, &row, today) {
            Err(wrong) => table.refused.extend(wrong.into_iter().map(|wrong| Refused {
                line,
                field: wrong.field,
                code: wrong.code,
                message: wrong.message,
            })),
            Ok(reading) => {
                let (series, dimensions, day) = reading.identity();
                let identity = (series.to_owned(), dimensions.clone(), day);
                if let Some(first) = seen.get(&identity) {
                    let message = format!("line {first} has the same series, dimensions and day");
                    let field = mapping.day.clone();
                    table.refused.push(Refused { line, field, code: "twice", message });
                } else {
                    seen.insert(identity, line);
                    table.readings.push(reading);
                }
            }
        }
    }
    Ok(table)
}

/// Places of the mapped columns.
struct Places {
    day: usize,
    value: usize,
    series: Option<usize>,
    weight: Option<usize>,
    dimensions: Vec<(String, usize, String)>,
}

impl Places {
    fn of(mapping: &Mapping, names: &[String]) -> Result<Places, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut find = |field: String, column: &str| {
            let place = names.iter().position(|name| name == column);
            place.unwrap_or_else(|| {
                let list = names.join(", ");
                let message = format!("there is no column `{column}`; there are: {list}");
                wrong.push(error(field, "unknown_column", message));
                0
            })
        };
        let places = Places {
            day: find("mapping.day".to_owned(), &mapping.day),
            value: find("mapping.value".to_owned(), &mapping.value),
            series: match &mapping.series {
                Name::Column(column) => Some(find("mapping.series".to_owned(), column)),
                Name::Fixed(_) => None,
            },
            weight: mapping.weight.as_ref().map(|column| find("mapping.weight".to_owned(), column)),
            dimensions: mapping
                .dimensions
                .iter()
                .map(|(name, column)| {
                    let place = find(format!("mapping.dimensions.{name}"), column);
                    (name.clone(), place, column.clone())
                })
                .collect(),
        };
        if wrong.is_empty() { Ok(places) } else { Err(wrong) }
    }

    fn reading(
        &self,
        mapping: &Mapping,
        row: &StringRecord,
        today: Date,
    ) -> Result<Reading, Vec<FieldError>> {
        let cell = |place: usize| row.get(place).unwrap_or_default().trim();
        let mut wrong = Vec::new();
        let day = mapping.date_format.day(cell(self.day));
        if day.is_none() {
            let message = format!("`{}` is no day of this format", cell(self.day));
            wrong.push(error(&mapping.day, "invalid_date", message));
        }
        let mut number = |column: &str, text: &str| {
            let number = mapping.decimal.number(text);
            if number.is_none() {
                let message = format!("`{text}` is no number of this format");
                wrong.push(error(column, "not_a_number", message));
            }
            number
        };
        let value = number(&mapping.value, cell(self.value));
        let weight = match (self.weight, &mapping.weight) {
            (Some(place), Some(column)) if !cell(place).is_empty() => number(column, cell(place)),
            _ => Some(1.0),
        };
        let (Some(day), Some(value), Some(weight)) = (day, value, weight) else {
            return Err(wrong);
        };
        let series = match (&mapping.series, self.series) {
            (Name::Fixed(name), _) => name.clone(),
            (Name::Column(_), place) => place.map(cell).unwrap_or_default().to_owned(),
        };
        // A dimension without a value is none.
        let dimensions = self.dimensions.iter().filter(|(_, place, _)| !cell(*place).is_empty());
        let dimensions = dimensions.map(|(name, place, _)| (name.clone(), cell(*place).to_owned()));
        let reading = Reading { series, dimensions: dimensions.collect(), day, value, weight };
        let wrong: Vec<FieldError> = reading
            .check(today)
            .into_iter()
            .map(|wrong| FieldError { field: self.column(mapping, &wrong.field), ..wrong })
            .collect();
        if wrong.is_empty() { Ok(reading) } else { Err(wrong) }
    }

    /// The column that a field of a reading comes from.
    fn column(&self, mapping: &Mapping, field: &str) -> String {
        let column = match field {
            "day" => Some(&mapping.day),
            "value" => Some(&mapping.value),
            "weight" => mapping.weight.as_ref(),
            "series" => match &mapping.series {
                Name::Column(column) => Some(column),
                Name::Fixed(_) => None,
            },
            _ => field
                .strip_prefix("dimensions.")
                .and_then(|name| self.dimensions.iter().find(|(known, ..)| known == name))
                .map(|(_, _, column)| column),
        };
        column.map_or_else(|| field.to_owned(), Clone::clone)
    }
}

type Row = Result<(u64, StringRecord), (u64, String)>;

/// Names of the columns, and the rows with their lines.
fn open(text: &str) -> Result<(Vec<String>, impl Iterator<Item = Row>), FieldError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().next().unwrap_or_default();
    let count = |separator: char| head.chars().filter(|letter| *letter == separator).count();
    let separator =
        [';', '\t'].into_iter().filter(|one| count(*one) > 0).max_by_key(|one| count(*one));
    let separator = separator.filter(|one| count(*one) >= count(',')).unwrap_or(',');
    let mut reader =
        ReaderBuilder::new().delimiter(separator as u8).flexible(true).from_reader(text.as_bytes());
    let unreadable = |reason: csv::Error| error("csv", "unreadable", reason.to_string());
    let names: Vec<String> =
        reader.headers().map_err(unreadable)?.iter().map(|name| name.trim().to_owned()).collect();
    if names.iter().all(String::is_empty) {
        return Err(error("csv", "empty", "the first line names the columns, and there is none"));
    }
    if names.len() > MAX_COLUMNS {
        return Err(error("csv", "too_many", format!("at most {MAX_COLUMNS} columns")));
    }
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    if let Some((_, name)) = twice.filter(|(_, name)| !name.is_empty()) {
        return Err(error("csv", "twice", format!("there are two columns `{name}`")));
    }
    // Memory is bounded by the text's, which the caller bounds.
    let rows: Vec<Row> = reader
        .records()
        .map(|row| match row {
            Ok(row) => Ok((row.position().map_or(0, csv::Position::line), row)),
            Err(reason) => {
                let line = reason.position().map_or(0, csv::Position::line);
                Err((line, reason.to_string()))
            }
        })
        .collect();
    Ok((names, rows.into_iter()))
}

fn error(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> FieldError {
    FieldError { field: field.into(), code, message: message.into() }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn mapping() -> Mapping {
        Mapping {
            day: "Päivä".to_owned(),
            value: "Arvo".to_owned(),
            series: Name::Fixed("keyword_position".to_owned()),
            weight: None,
            dimensions: [("keyword".to_owned(), "Hakusana".to_owned())].into(),
            date_format: DateFormat::DayMonthYear,
            decimal: Decimal::Comma,
        }
    }

    const TODAY: Date = date(2026, 3, 21);

    #[test]
    fn a_finnish_table_is_read_with_its_quotes_and_its_commas() {
        let text = "\u{feff}Päivä;Hakusana;Arvo\r\n1.3.2026;\"kengät; punaiset\";12,5\r\n\r\n2.3.2026;hatut;1.004\r\n";
        let found = columns(text).expect("columns");
        assert_eq!(found.names, ["Päivä", "Hakusana", "Arvo"]);
        assert_eq!(found.sample[0], ["1.3.2026", "kengät; punaiset", "12,5"]);
        let table = read(text, &mapping(), TODAY).expect("a table");
        assert_eq!(table.refused, []);
        let told: Vec<_> = table
            .readings
            .iter()
            .map(|one| (one.day, one.dimensions["keyword"].as_str(), one.value))
            .collect();
        assert_eq!(
            told,
            [(date(2026, 3, 1), "kengät; punaiset", 12.5), (date(2026, 3, 2), "hatut", 1_004.0)]
        );
    }

    #[test]
    fn every_bad_row_is_named_by_its_line_and_column() {
        let text = "Päivä;Hakusana;Arvo\n31.2.2026;a;1\n1.3.2026;b;x\n1.3.2026;b;2\n1.3.2026;b;3\n1.4.2026;b;3\n";
        let table = read(text, &mapping(), TODAY).expect("a table");
        assert_eq!(table.readings.len(), 1);
        let refused: Vec<_> =
            table.refused.iter().map(|one| (one.line, one.field.as_str(), one.code)).collect();
        assert_eq!(
            refused,
            [
                (2, "Päivä", "invalid_date"),
                (3, "Arvo", "not_a_number"),
                (5, "Päivä", "twice"),
                (6, "Päivä", "in_future")
            ]
        );
    }

    #[test]
    fn a_mapping_of_columns_that_are_not_there_says_which_there_are() {
        let wrong = read("day,value\n", &mapping(), TODAY).expect_err("no such columns");
        let fields: Vec<_> = wrong.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["mapping.day", "mapping.value", "mapping.dimensions.keyword"]);
        assert_eq!(wrong[0].message, "there is no column `Päivä`; there are: day, value");
        assert_eq!(columns("").expect_err("nothing").code, "empty");
        assert_eq!(columns("a,a\n").expect_err("twice").code, "twice");
    }
}
