//! Observations on the wire.

use std::collections::BTreeMap;

use luotsi_marketing::observation::{
    self, Columns, DateFormat, Decimal, Due, Guess, Name, Reading, Refused,
};
use luotsi_store::observation::{Observation, SeriesExtent};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, Fields};

/// Sets of dimensions whose newest readings are given.
const MOST_PLACES: usize = 50;

/// At most 1,000.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewObservations {
    pub(super) observations: Vec<NewObservationBody>,
    /// The goal that they are meant for: readings that it would not take are refused.
    pub(super) goal_id: Option<String>,
}

/// A number that was read on a day.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewObservationBody {
    /// `followers`, `keyword_position`, `cost`, or a name of your own.
    pub(super) series: String,
    /// `YYYY-MM-DD`.
    pub(super) day: String,
    pub(super) value: f64,
    /// How many readings the value is the mean of; 1 unless said.
    pub(super) weight: Option<f64>,
    /// What it is of: `{"keyword": "running shoes"}`.
    #[serde(default)]
    pub(super) dimensions: BTreeMap<String, String>,
    /// The site that it belongs to, if to one alone.
    pub(super) site_id: Option<String>,
}

/// What became of readings.
#[derive(Serialize, ToSchema)]
pub(super) struct ObservationsKept {
    pub(super) new: u64,
    /// Readings of the same day that were there, and are gone.
    pub(super) replaced: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Observations {
    /// The latest first.
    pub(super) items: Vec<ObservationBody>,
    /// Whether there are more than are given.
    pub(super) truncated: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ObservationBody {
    series: String,
    day: String,
    value: f64,
    weight: f64,
    dimensions: BTreeMap<String, String>,
    site_id: Option<String>,
    /// `api`, `csv`, `manual`, or a connector's name.
    source: String,
    noted_by: String,
    at: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ObservedSeries {
    pub(super) items: Vec<ObservedSeriesBody>,
}

/// A series and its extent; without readings, one that a ready metric is made of.
#[derive(Serialize, ToSchema)]
pub(super) struct ObservedSeriesBody {
    pub(super) series: String,
    /// In the reader's language where it is a usual one.
    name: String,
    readings: i64,
    /// Different sets of dimensions.
    parts: i64,
    first_day: Option<String>,
    last_day: Option<String>,
    /// The newest reading of each set of dimensions within a year, the greatest number of them 50.
    last: Vec<ObservationBody>,
    /// When it is to be read again; null before the first reading, and of what programs bring.
    due: Option<ObservationDue>,
}

/// When a figure that a person reads is to be read again.
#[derive(Serialize, ToSchema)]
struct ObservationDue {
    /// Usual days between two readings.
    every_days: i64,
    next_day: String,
    /// Days since then; 0 when it is due today, below when it is still to come.
    late_days: i64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ObservationsQuery {
    pub(super) series: String,
    /// First day; three months before `to` unless said.
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeleteQuery {
    pub(super) series: String,
    /// One reading's day; the whole series without.
    pub(super) day: Option<String>,
    /// Its dimensions as JSON; none unless said.
    pub(super) dimensions: Option<String>,
}

/// A CSV table. The first line names the columns; they are separated by comma, semicolon or tab.
#[derive(Deserialize, ToSchema)]
pub(super) struct CsvRequest {
    /// At most 4 MiB and 50,000 rows, UTF-8.
    pub(super) csv: String,
    /// Without it only the columns and the first lines are answered.
    pub(super) mapping: Option<CsvMapping>,
    /// `iso` (2026-03-21), `dmy` (21.3.2026), `mdy` (3/21/2026) or `jalali` (1405/01/01).
    #[serde(default = "iso")]
    pub(super) date_format: String,
    /// `point` (1,234.5) or `comma` (1.234,5).
    #[serde(default = "point")]
    pub(super) decimal: String,
    /// Whether nothing is kept.
    #[serde(default)]
    pub(super) preview: bool,
}

fn iso() -> String {
    "iso".to_owned()
}

fn point() -> String {
    "point".to_owned()
}

/// Which column means what.
#[derive(Deserialize, ToSchema)]
pub(super) struct CsvMapping {
    day: String,
    value: String,
    /// A column's name, or `{"fixed": "followers"}`.
    series: CsvSeries,
    weight: Option<String>,
    /// Columns by the names of the dimensions.
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum CsvSeries {
    Column(String),
    Fixed { fixed: String },
}

/// What a table holds.
#[derive(Serialize, ToSchema)]
pub(super) struct CsvAnswer {
    columns: Vec<String>,
    /// The first lines as they are.
    sample: Vec<Vec<String>>,
    /// What the columns probably mean: a proposal to confirm.
    guess: CsvGuess,
    /// The first rows as they are read.
    rows: Vec<CsvRow>,
    /// Rows that can be read.
    accepted: usize,
    /// Rows that cannot; the first hundred.
    refused: Vec<CsvRefused>,
    refused_total: usize,
    /// What became of it; null when nothing was kept.
    kept: Option<ObservationsKept>,
}

/// What columns probably mean, from their names and first lines.
#[derive(Serialize, ToSchema)]
struct CsvGuess {
    day: Option<String>,
    value: Option<String>,
    series: Option<String>,
    weight: Option<String>,
    /// Columns that say what a reading is of.
    dimensions: Vec<String>,
    date_format: Option<&'static str>,
    decimal: Option<&'static str>,
}

impl From<Guess> for CsvGuess {
    fn from(guess: Guess) -> Self {
        Self {
            day: guess.day,
            value: guess.value,
            series: guess.series,
            weight: guess.weight,
            dimensions: guess.dimensions,
            date_format: guess.date_format.map(DateFormat::as_str),
            decimal: guess.decimal.map(Decimal::as_str),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct CsvRow {
    series: String,
    day: String,
    value: f64,
    weight: f64,
    dimensions: BTreeMap<String, String>,
}

#[derive(Serialize, ToSchema)]
struct CsvRefused {
    /// Of the file, from 1.
    line: u64,
    /// The column.
    field: String,
    code: String,
    message: String,
}

impl From<luotsi_store::observation::Kept> for ObservationsKept {
    fn from(kept: luotsi_store::observation::Kept) -> Self {
        Self { new: kept.new, replaced: kept.replaced }
    }
}

impl From<Observation> for ObservationBody {
    fn from(one: Observation) -> Self {
        let Observation { reading, source, noted_by, at } = one;
        Self {
            series: reading.series,
            day: reading.day.to_string(),
            value: reading.value,
            weight: reading.weight,
            dimensions: reading.dimensions,
            site_id: reading.site_id,
            source,
            noted_by,
            at: at.to_string(),
        }
    }
}

impl ObservedSeriesBody {
    /// `last`: the newest reading of each set of dimensions.
    pub(super) fn new(
        name: String,
        extent: SeriesExtent,
        last: Vec<Observation>,
        due: Option<Due>,
    ) -> Self {
        Self {
            series: extent.series,
            name,
            readings: extent.readings,
            parts: extent.parts,
            first_day: Some(extent.first.to_string()),
            last_day: Some(extent.last.to_string()),
            last: last.into_iter().take(MOST_PLACES).map(ObservationBody::from).collect(),
            due: due.map(|due| ObservationDue {
                every_days: due.every_days,
                next_day: due.next.to_string(),
                late_days: due.late_days,
            }),
        }
    }

    pub(super) fn empty(series: &str, name: String) -> Self {
        let series = series.to_owned();
        let (first_day, last_day, last, due) = (None, None, Vec::new(), None);
        Self { series, name, readings: 0, parts: 0, first_day, last_day, last, due }
    }
}

impl CsvMapping {
    /// The mapping with the request's formats, or what is wrong with them.
    pub(super) fn read(&self, request: &CsvRequest) -> Result<observation::Mapping, ApiError> {
        let mut fields = Fields::default();
        let dates = DateFormat::parse(&request.date_format)
            .ok_or("the format is one of: iso, dmy, mdy, jalali");
        let dates = fields.take("date_format", "unknown_format", dates);
        let decimal = Decimal::parse(&request.decimal).ok_or("decimals are one of: point, comma");
        let decimal = fields.take("decimal", "unknown_format", decimal);
        fields.finish()?;
        let (Some(date_format), Some(decimal)) = (dates, decimal) else {
            return Err(ApiError::field("decimal", "unknown_format", "point or comma"));
        };
        Ok(observation::Mapping {
            day: self.day.clone(),
            value: self.value.clone(),
            series: match &self.series {
                CsvSeries::Column(column) => Name::Column(column.clone()),
                CsvSeries::Fixed { fixed } => Name::Fixed(fixed.clone()),
            },
            weight: self.weight.clone(),
            dimensions: self.dimensions.clone(),
            date_format,
            decimal,
        })
    }
}

impl CsvAnswer {
    pub(super) fn of_columns(columns: Columns) -> Self {
        Self {
            columns: columns.names,
            sample: columns.sample,
            guess: columns.guess.into(),
            rows: Vec::new(),
            accepted: 0,
            refused: Vec::new(),
            refused_total: 0,
            kept: None,
        }
    }

    /// `most`: rows and refusals that are shown.
    pub(super) fn of_table(
        columns: Columns,
        table: &observation::Table,
        most: (usize, usize),
        kept: Option<ObservationsKept>,
    ) -> Self {
        Self {
            rows: table.readings.iter().take(most.0).map(CsvRow::from).collect(),
            accepted: table.readings.len(),
            refused: table.refused.iter().take(most.1).map(CsvRefused::from).collect(),
            refused_total: table.refused.len(),
            kept,
            ..Self::of_columns(columns)
        }
    }
}

impl From<&Reading> for CsvRow {
    fn from(reading: &Reading) -> Self {
        Self {
            series: reading.series.clone(),
            day: reading.day.to_string(),
            value: reading.value,
            weight: reading.weight,
            dimensions: reading.dimensions.clone(),
        }
    }
}

impl From<&Refused> for CsvRefused {
    fn from(refused: &Refused) -> Self {
        Self {
            line: refused.line,
            field: refused.field.clone(),
            code: refused.code.to_owned(),
            message: refused.message.clone(),
        }
    }
}
