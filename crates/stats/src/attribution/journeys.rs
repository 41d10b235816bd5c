//! Journeys: which channels a visitor came through, and whether it ended in a conversion.

use std::collections::HashMap;

/// Why journeys cannot be attributed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AttributionError {
    /// Nothing was given.
    #[error("there are no journeys")]
    NoJourneys,
    /// A journey without a single touch.
    #[error("journey {index} has no touch")]
    EmptyPath {
        /// Position in the input, from 0.
        index: usize,
    },
    /// A count or value that cannot be.
    #[error("journey {index}: {reason}")]
    InvalidJourney {
        /// Position in the input, from 0.
        index: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nothing converted, so there is nothing to divide.
    #[error("no journey converted, so there is nothing to attribute")]
    NoConversions,
    /// The state of a chain is packed into 64 bits.
    #[error("more than 65,534 channels: group the rare ones first")]
    TooManyChannels,
    /// Orders above 4 have more states than any data set fills.
    #[error("order {order} is not between 1 and 4")]
    UnknownOrder {
        /// What was asked for.
        order: usize,
    },
    /// The chain almost never ends, so its equations cannot be solved to full precision.
    #[error("the chain of order {order} almost never ends: use a lower order")]
    NotSolvable {
        /// Order of the chain.
        order: usize,
    },
}

/// Journeys with equal paths together: how many converted, what they brought, how many did not.
#[derive(Clone, Debug, Default)]
pub struct Journeys {
    pub(super) channels: Vec<String>,
    numbers: HashMap<String, u32>,
    seen: HashMap<Box<[u32]>, usize>,
    /// Touches of all rows one after the other, first touch first; row i ends at `ends[i]`.
    pub(super) touches: Vec<u32>,
    pub(super) ends: Vec<usize>,
    /// Days before the conversion of each touch; NaN where unknown.
    pub(super) ages: Vec<f64>,
    pub(super) conversions: Vec<f64>,
    pub(super) values: Vec<f64>,
    pub(super) nulls: Vec<f64>,
    given: usize,
}

/// What each channel is credited with, in the order of [`Journeys::channels`].
#[derive(Clone, Debug, PartialEq)]
pub struct Credit {
    /// Conversions; they add up to all conversions.
    pub conversions: Vec<f64>,
    /// Conversion value; it adds up to the whole value.
    pub value: Vec<f64>,
}

impl Journeys {
    /// No journeys yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `conversions` journeys over `path` that converted and brought `value` together, and
    /// `nulls` over the same path that did not convert. All three are ≥ 0.
    pub fn add(
        &mut self,
        path: &[&str],
        conversions: f64,
        value: f64,
        nulls: f64,
    ) -> Result<(), AttributionError> {
        self.add_with_ages(path, &[], conversions, value, nulls)
    }

    /// The same with the age of each touch in days before the conversion (or the end), for time
    /// decay. `ages` is empty when unknown.
    pub fn add_with_ages(
        &mut self,
        path: &[&str],
        ages: &[f64],
        conversions: f64,
        value: f64,
        nulls: f64,
    ) -> Result<(), AttributionError> {
        let index = self.given;
        self.given += 1;
        let invalid = |reason| Err(AttributionError::InvalidJourney { index, reason });
        if path.is_empty() {
            return Err(AttributionError::EmptyPath { index });
        }
        if !(conversions.is_finite() && value.is_finite() && nulls.is_finite()) {
            return invalid("a number is missing");
        }
        if conversions < 0.0 || nulls < 0.0 {
            return invalid("a number of journeys is negative");
        }
        if value < 0.0 {
            return invalid("the conversion value is negative");
        }
        if value > 0.0 && conversions == 0.0 {
            return invalid("there is a conversion value without a conversion");
        }
        if !ages.is_empty() && (ages.len() != path.len() || ages.iter().any(|a| !(*a >= 0.0))) {
            return invalid("the ages of the touches do not match the path or are negative");
        }
        let mut touches = Vec::with_capacity(path.len());
        for channel in path {
            touches.push(self.number(channel)?);
        }
        let row = if ages.is_empty() { self.seen.get(&touches[..]).copied() } else { None };
        if let Some(row) = row {
            self.conversions[row] += conversions;
            self.values[row] += value;
            self.nulls[row] += nulls;
            return Ok(());
        }
        self.touches.extend_from_slice(&touches);
        if ages.is_empty() {
            self.ages.resize(self.touches.len(), f64::NAN);
            self.seen.insert(touches.into(), self.ends.len());
        } else {
            self.ages.extend_from_slice(ages);
        }
        self.ends.push(self.touches.len());
        self.conversions.push(conversions);
        self.values.push(value);
        self.nulls.push(nulls);
        Ok(())
    }

    fn number(&mut self, channel: &str) -> Result<u32, AttributionError> {
        if let Some(number) = self.numbers.get(channel) {
            return Ok(*number);
        }
        let number = self.channels.len() as u32;
        if number >= 0xFFFE {
            return Err(AttributionError::TooManyChannels);
        }
        self.channels.push(channel.to_owned());
        self.numbers.insert(channel.to_owned(), number);
        Ok(number)
    }

    /// The channels, in the order they were first seen.
    pub fn channels(&self) -> &[String] {
        &self.channels
    }

    /// Number of journeys that converted.
    pub fn total_conversions(&self) -> f64 {
        self.conversions.iter().sum()
    }

    /// Value of all conversions.
    pub fn total_value(&self) -> f64 {
        self.values.iter().sum()
    }

    /// Number of journeys that did not convert.
    pub fn total_nulls(&self) -> f64 {
        self.nulls.iter().sum()
    }

    /// Number of different paths.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where the touches of a row lie.
    pub(super) fn range(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        start..self.ends[row]
    }

    /// The channels of a row, first touch first.
    pub(super) fn path(&self, row: usize) -> &[u32] {
        &self.touches[self.range(row)]
    }

    /// How often each row occurred: as given, or drawn anew by the bootstrap.
    pub(super) fn weights(&self) -> Weights {
        Weights {
            conversions: self.conversions.clone(),
            values: self.values.clone(),
            nulls: self.nulls.clone(),
        }
    }
}

/// How often each row occurred and what it brought.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    pub(super) conversions: Vec<f64>,
    pub(super) values: Vec<f64>,
    pub(super) nulls: Vec<f64>,
}
