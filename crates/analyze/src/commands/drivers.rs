//! `luotsi analyze drivers`: where a change sits.

use std::path::PathBuf;

use clap::Args;
use luotsi_stats::drivers::adtributor::Thresholds;
use luotsi_stats::drivers::lmdi;
use luotsi_stats::drivers::mix_rate::{self, Segment};
use luotsi_stats::drivers::search::{self, Cell};
use serde_json::json;

use super::column;
use crate::chart::Bars;
use crate::input::Frame;
use crate::report::Report;
use crate::table::{Table, number, signed_percent};
use crate::{AnalyzeError, Streams};

/// Flags of `drivers`.
#[derive(Debug, Args)]
pub struct Drivers {
    /// CSV or Parquet file; `-` reads CSV from standard input.
    file: PathBuf,

    /// Column with what was expected (or the earlier period). Default: the first of expected,
    /// forecast, before, baseline, previous.
    #[arg(long)]
    before: Option<String>,

    /// Column with what happened. Default: the first of actual, after, current.
    #[arg(long)]
    after: Option<String>,

    /// Denominator columns of a ratio, before and after: splits the change into rate and mix.
    #[arg(long, value_names = ["BEFORE", "AFTER"], num_args = 2)]
    denominators: Option<Vec<String>>,

    /// Dimension columns, separated by commas. Default: every column that is not a number named above.
    #[arg(long, value_delimiter = ',')]
    dimensions: Vec<String>,

    /// Factor columns of a product, separated by commas; the file then has two rows, before and after.
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["before", "after", "denominators", "dimensions"])]
    factors: Vec<String>,

    /// A value must explain at least this share of the change.
    #[arg(long, default_value_t = 0.10)]
    min_share: f64,

    /// How many dimensions deep to follow the change.
    #[arg(long, default_value_t = 3)]
    depth: usize,
}

impl Drivers {
    pub(super) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        let frame = Frame::read(&self.file, streams.input)?;
        if !self.factors.is_empty() {
            return self.product(&frame);
        }
        let before = column(
            &frame,
            self.before.as_deref(),
            &["expected", "forecast", "before", "baseline", "previous"],
            "--before",
        )?;
        let after =
            column(&frame, self.after.as_deref(), &["actual", "after", "current"], "--after")?;
        match &self.denominators {
            Some(columns) => self.ratio(&frame, (&before, &after), (&columns[0], &columns[1])),
            None => self.total(&frame, &before, &after),
        }
    }

    fn product(&self, frame: &Frame) -> Result<Report, AnalyzeError> {
        if frame.rows() != 2 {
            return Err(AnalyzeError::data(format!(
                "a product needs two rows, before and after; the file has {}",
                frame.rows()
            )));
        }
        let columns = self
            .factors
            .iter()
            .map(|name| frame.numbers(name, "--factors"))
            .collect::<Result<Vec<_>, _>>()?;
        let row = |index: usize| columns.iter().map(|column| column[index]).collect::<Vec<f64>>();
        let (before, after) = (row(0), row(1));
        let parts = lmdi::contributions(&before, &after).map_err(AnalyzeError::data)?;
        let (from, to) = (before.iter().product::<f64>(), after.iter().product::<f64>());
        let mut report = Report::new(json!({
            "method": "lmdi", "before": from, "after": to, "change": to - from,
            "contributions": self.factors.iter().enumerate().map(|(i, name)| json!({
                "factor": name, "before": before[i], "after": after[i], "contribution": parts[i],
            })).collect::<Vec<_>>(),
        }));
        report.line(format!("{} → {}: {}", number(from), number(to), number(to - from)));
        let mut table = Table::new(["factor", "before", "after", "contribution"]);
        let mut bars = Bars::new("Contribution to the change", &["contribution"]);
        for (index, name) in self.factors.iter().enumerate() {
            table.row([
                name.clone(),
                number(before[index]),
                number(after[index]),
                number(parts[index]),
            ]);
            bars = bars.group(name, [parts[index]]);
        }
        report.table(&table).chart = Some(bars.draw());
        Ok(report)
    }

    fn ratio(
        &self,
        frame: &Frame,
        top: (&str, &str),
        bottom: (&str, &str),
    ) -> Result<Report, AnalyzeError> {
        let numerators = (frame.numbers(top.0, "--before")?, frame.numbers(top.1, "--after")?);
        let flag = "--denominators";
        let denominators = (frame.numbers(bottom.0, flag)?, frame.numbers(bottom.1, flag)?);
        let segments: Vec<Segment> = (0..frame.rows())
            .map(|i| Segment {
                numerator_before: numerators.0[i],
                denominator_before: denominators.0[i],
                numerator_after: numerators.1[i],
                denominator_after: denominators.1[i],
            })
            .collect();
        let parts = mix_rate::contributions(&segments).map_err(AnalyzeError::data)?;
        let dimensions = self.dimension_names(frame, &[top.0, top.1, bottom.0, bottom.1]);
        let names = Self::row_names(frame, &dimensions)?;
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        let from = sum(&numerators.0) / sum(&denominators.0);
        let to = sum(&numerators.1) / sum(&denominators.1);
        let (rate, mix) =
            parts.iter().fold((0.0, 0.0), |(r, m), part| (r + part.rate, m + part.mix));
        let mut report = Report::new(json!({
            "method": "mix_rate", "before": from, "after": to, "change": to - from,
            "rate": rate, "mix": mix,
            "segments": parts.iter().zip(&names).map(|(part, name)| json!({
                "segment": name, "rate": part.rate, "mix": part.mix,
            })).collect::<Vec<_>>(),
        }));
        report.line(format!(
            "{} → {}: {} = rate {} + mix {}",
            number(from),
            number(to),
            number(to - from),
            number(rate),
            number(mix)
        ));
        let mut table = Table::new(["segment", "rate", "mix", "together"]);
        let mut bars = Bars::new("Contribution to the change", &["rate", "mix"]);
        for (part, name) in parts.iter().zip(&names) {
            table.row([
                name.clone(),
                number(part.rate),
                number(part.mix),
                number(part.rate + part.mix),
            ]);
            bars = bars.group(name, [part.rate, part.mix]);
        }
        report.table(&table).chart = Some(bars.draw());
        Ok(report)
    }

    fn total(&self, frame: &Frame, before: &str, after: &str) -> Result<Report, AnalyzeError> {
        let (expected, actual) =
            (frame.numbers(before, "--before")?, frame.numbers(after, "--after")?);
        let dimensions = self.dimension_names(frame, &[before, after]);
        let columns = dimensions
            .iter()
            .map(|name| frame.texts(name, "--dimensions"))
            .collect::<Result<Vec<_>, _>>()?;
        let cells: Vec<Cell> = (0..frame.rows())
            .map(|i| Cell {
                values: columns.iter().map(|column| column[i].clone()).collect(),
                expected: expected[i],
                actual: actual[i],
            })
            .collect();
        let thresholds = Thresholds { each: self.min_share, ..Thresholds::default() };
        let ranked = search::rank(&dimensions, &cells, thresholds).map_err(AnalyzeError::data)?;
        let found = search::drill(&dimensions, &cells, thresholds, self.depth)
            .map_err(AnalyzeError::data)?;
        let (from, to) = (expected.iter().sum::<f64>(), actual.iter().sum::<f64>());
        let mut report = Report::new(json!({
            "method": "adtributor", "before": from, "after": to, "change": to - from,
            "dimensions": ranked.iter().map(|ranked| json!({
                "dimension": ranked.name, "surprise": ranked.dimension.surprise,
                "explained": ranked.dimension.explained,
                "values": ranked.dimension.values.iter().enumerate().map(|(i, value)| json!({
                    "value": value.name, "change": value.change,
                    "explanatory_power": value.explanatory_power, "surprise": value.surprise,
                    "chosen": ranked.dimension.chosen.contains(&i),
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "findings": found.iter().map(|finding| json!({
                "path": finding.path.iter().map(|(d, v)| json!({"dimension": d, "value": v})).collect::<Vec<_>>(),
                "expected": finding.expected, "actual": finding.actual, "share": finding.share,
                "divided": finding.divided,
            })).collect::<Vec<_>>(),
        }));
        report.line(format!(
            "{} expected, {} happened: {}",
            number(from),
            number(to),
            number(to - from)
        ));
        if found.is_empty() {
            report.line("The change is spread over the values: no part of the data stands out.");
        }
        let mut table = Table::new(["part", "expected", "actual", "share of change"]);
        let mut bars = Bars::new("Share of the change", &["share"]);
        for finding in &found {
            let path: Vec<String> = finding.path.iter().map(|(d, v)| format!("{d} {v}")).collect();
            let name = path.join(" → ");
            table.row([
                name.clone(),
                number(finding.expected),
                number(finding.actual),
                signed_percent(finding.share),
            ]);
            bars = bars.group(&name, [finding.share]);
        }
        if !found.is_empty() {
            report.table(&table);
        }
        let mut values = Table::new(["dimension", "value", "change", "explains", "surprise"]);
        for ranked in &ranked {
            for value in ranked.dimension.values.iter().take(5) {
                values.row([
                    ranked.name.clone(),
                    value.name.clone(),
                    number(value.change),
                    signed_percent(value.explanatory_power),
                    number(value.surprise),
                ]);
            }
        }
        report.table(&values).chart = Some(bars.draw());
        Ok(report)
    }

    fn dimension_names(&self, frame: &Frame, taken: &[&str]) -> Vec<String> {
        if !self.dimensions.is_empty() {
            return self.dimensions.clone();
        }
        frame.names().iter().filter(|name| !taken.contains(&name.as_str())).cloned().collect()
    }

    fn row_names(frame: &Frame, dimensions: &[String]) -> Result<Vec<String>, AnalyzeError> {
        let columns = dimensions
            .iter()
            .map(|name| frame.texts(name, "--dimensions"))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((0..frame.rows())
            .map(|i| {
                columns.iter().map(|column| column[i].as_str()).collect::<Vec<_>>().join(" / ")
            })
            .collect())
    }
}
