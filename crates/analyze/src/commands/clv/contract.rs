//! `luotsi analyze clv --model sbg`: contracts that renew once a period, from how many customers remain.

use std::collections::BTreeMap;

use luotsi_stats::lifetime::{Cohort, ShiftedBetaGeometric};
use serde_json::{Value, json};

use crate::AnalyzeError;
use crate::chart::{Plot, XLabels};
use crate::commands::column;
use crate::input::Frame;
use crate::report::Report;
use crate::table::{Table, number, percent};

/// Fits the model to a file with one row for each period of each cohort, and looks `periods` ahead.
///
/// Columns: `remaining` (customers left; the first row of a cohort is its size), `period` for the order
/// (default: that of the file), `cohort` when there are several.
pub(super) fn run(frame: &Frame, periods: u32, discount: f64) -> Result<Report, AnalyzeError> {
    if !(discount >= 0.0 && discount.is_finite()) {
        return Err(AnalyzeError::data("--discount must be zero or more"));
    }
    let cohorts = cohorts(frame)?;
    let fit = ShiftedBetaGeometric::fit(&cohorts).map_err(AnalyzeError::data)?;
    let model = &fit.parameters;
    let worth = model.expected_periods(0, discount);
    let rows: Vec<Value> = (0..=periods)
        .map(|period| {
            json!({
                "period": period, "survival": model.survival(period),
                "retention": (period > 0).then(|| model.retention(period - 1)),
            })
        })
        .collect();
    let customers: f64 = cohorts.iter().filter_map(|c| c.remaining.first()).sum();
    let mut report = Report::new(json!({
        "model": "sbg", "params": {"alpha": model.alpha, "beta": model.beta},
        "std_errors": {"alpha": fit.std_errors.first(), "beta": fit.std_errors.get(1)},
        "log_likelihood": fit.log_likelihood, "customers_at_start": customers,
        "discount": discount, "expected_periods": worth, "curve": rows,
    }));
    report.line(format!(
        "Of {} customers, {} are expected to remain after {periods} periods.",
        number(customers),
        percent(model.survival(periods))
    ));
    match worth {
        Some(worth) => report.line(format!(
            "A new customer is worth {} further periods at a discount of {} each.",
            number(worth),
            percent(discount)
        )),
        None => {
            report.line("Without a discount a customer's worth has no end here: give --discount.")
        }
    };
    let mut table = Table::new(["period", "remaining", "renewing"]);
    for period in 0..=periods {
        let renewing =
            if period > 0 { percent(model.retention(period - 1)) } else { String::new() };
        table.row([period.to_string(), percent(model.survival(period)), renewing]);
    }
    let mut plot = Plot::new("Customers who remain", XLabels::Number)
        .axes("period", "percent")
        .line("model", (0..=periods).map(|t| (f64::from(t), 100.0 * model.survival(t))));
    if let [one] = &cohorts[..] {
        let share = |(t, n): (usize, &f64)| (t as f64, 100.0 * n / one.remaining[0]);
        plot = plot.points("measured", one.remaining.iter().enumerate().map(share));
    }
    report.table(&table).chart = Some(plot.draw());
    Ok(report)
}

fn cohorts(frame: &Frame) -> Result<Vec<Cohort>, AnalyzeError> {
    let names = ["remaining", "customers", "active", "alive"];
    let remaining = frame.numbers(&column(frame, None, &names, "its name")?, "its name")?;
    let periods = match frame.first_of(&["period", "age", "renewals", "year", "month"]) {
        Some(name) => frame.numbers(name, "its name")?,
        None => (0..frame.rows()).map(|row| row as f64).collect(),
    };
    let labels = match frame.first_of(&["cohort", "group", "segment"]) {
        Some(name) => frame.texts(name, "its name")?,
        None => vec![String::new(); frame.rows()],
    };
    let mut by_cohort: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for ((label, period), left) in labels.iter().zip(periods).zip(remaining) {
        by_cohort.entry(label).or_default().push((period, left));
    }
    let mut cohorts = Vec::new();
    for (label, mut rows) in by_cohort {
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        if rows.len() < 2 || rows.windows(2).any(|pair| pair[1].0 - pair[0].0 != 1.0) {
            return Err(AnalyzeError::data(format!(
                "cohort `{label}` must have a row for each period, at least two"
            )));
        }
        cohorts.push(Cohort { remaining: rows.into_iter().map(|row| row.1).collect() });
    }
    Ok(cohorts)
}
