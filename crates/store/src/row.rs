//! Reading columns: text, numbers, and what is kept in them.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{Any, Decode, Row as _, Type};

use crate::{Result, StoreError};

/// Columns by name, as domain types.
pub(crate) struct Columns<'a>(pub(crate) &'a AnyRow);

impl<'a> Columns<'a> {
    fn get<T: Decode<'a, Any> + Type<Any>>(&self, column: &'static str) -> Result<T> {
        Ok(self.0.try_get(column)?)
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String> {
        self.get(column)
    }

    pub(crate) fn maybe_text(&self, column: &'static str) -> Result<Option<String>> {
        self.get(column)
    }

    pub(crate) fn int(&self, column: &'static str) -> Result<i64> {
        self.get(column)
    }

    pub(crate) fn maybe_int(&self, column: &'static str) -> Result<Option<i64>> {
        self.get(column)
    }

    pub(crate) fn float(&self, column: &'static str) -> Result<f64> {
        self.get(column)
    }

    pub(crate) fn maybe_float(&self, column: &'static str) -> Result<Option<f64>> {
        self.get(column)
    }

    pub(crate) fn maybe_date(&self, column: &'static str) -> Result<Option<Date>> {
        let text = self.maybe_text(column)?;
        text.map(|text| text.parse().map_err(|reason: jiff::Error| unreadable(column, reason)))
            .transpose()
    }

    pub(crate) fn flag(&self, column: &'static str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<Timestamp> {
        moment(column, self.int(column)?)
    }

    pub(crate) fn maybe_time(&self, column: &'static str) -> Result<Option<Timestamp>> {
        self.maybe_int(column)?.map(|at_us| moment(column, at_us)).transpose()
    }

    pub(crate) fn date(&self, column: &'static str) -> Result<Date> {
        self.parsed(column)
    }

    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<T> {
        self.text(column)?.parse().map_err(|reason: T::Err| unreadable(column, reason))
    }

    pub(crate) fn json(&self, column: &'static str) -> Result<serde_json::Value> {
        serde_json::from_str(&self.text(column)?).map_err(|reason| unreadable(column, reason))
    }
}

fn moment(column: &'static str, at_us: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(at_us).map_err(|reason| unreadable(column, reason))
}

pub(crate) fn unreadable(column: &'static str, reason: impl Display) -> StoreError {
    StoreError::Unreadable { column, reason: reason.to_string() }
}
