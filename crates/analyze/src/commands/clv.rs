//! `luotsi analyze clv`: how often customers will still buy, and what that is worth.

mod contract;

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::{Date, DateTime};
use luotsi_stats::lifetime::{
    BetaGeometric, Customer, Fit, GammaGamma, Holdout, Months, ParetoNbd, PurchaseModel, Spend,
    Transaction, check_holdout, discounted_value, summarise, total_expected,
};
use serde_json::{Map, Value, json};

use super::column;
use crate::chart::{Drawing, Plot, XLabels};
use crate::input::{Frame, parse_time};
use crate::progress::while_running;
use crate::report::Report;
use crate::table::{Table, number, percent};
use crate::{AnalyzeError, Streams};

/// Length of a time unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unit {
    Day,
    Week,
}

impl Unit {
    fn days(self) -> f64 {
        if self == Self::Week { 7.0 } else { 1.0 }
    }

    fn name(self) -> &'static str {
        if self == Self::Week { "weeks" } else { "days" }
    }
}

/// The model of purchases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Model {
    /// BG/NBD: customers leave right after a purchase, but not after the first.
    #[value(name = "bg-nbd")]
    BetaGeometric,
    /// The same, and customers may leave after the first.
    #[value(name = "mbg-nbd")]
    Modified,
    /// Pareto/NBD: customers leave at any moment.
    #[value(name = "pareto-nbd")]
    Pareto,
    /// Shifted beta-geometric, for contracts: the file holds one row per period with how many
    /// `remaining` customers there are (several cohorts: `cohort`, `period`).
    #[value(name = "sbg")]
    Contract,
}

/// Flags of `clv`.
///
/// In the JSON, `expected_value` is the expected value of one purchase of the customer,
/// `expected_total` the value expected within the horizon, and `lifetime_value` the value of the
/// next `--months`, discounted.
#[derive(Debug, Args)]
pub struct Clv {
    /// CSV or Parquet file with one row per order (or, with --summary, per customer); `-` reads CSV
    /// from standard input.
    file: PathBuf,

    /// Column with the customer. Default: the first of `customer_id`, customer, id.
    #[arg(long)]
    customer: Option<String>,

    /// Column with the date of the order. Default: the first of date, `order_date`, time, timestamp.
    #[arg(long)]
    date: Option<String>,

    /// Column with the value of the order (with --summary: the mean value of repeat orders).
    /// Default: the first of value, `monetary_value`, revenue, amount, when there is one.
    #[arg(long)]
    value: Option<String>,

    /// Last day of observation; later orders check the forecast. Default: the last day of the file.
    #[arg(long, value_name = "DATE", value_parser = a_date)]
    until: Option<Date>,

    /// The file holds one row per customer: frequency, recency and age (or T).
    #[arg(long)]
    summary: bool,

    /// Unit of time of everything that is asked and answered.
    #[arg(long, value_enum, default_value = "week")]
    unit: Unit,

    /// Time units to look ahead. Default: a year.
    #[arg(long)]
    horizon: Option<f64>,

    /// Model of purchases.
    #[arg(long, value_enum, default_value = "bg-nbd")]
    model: Model,

    /// Months of the discounted value.
    #[arg(long, default_value_t = 12)]
    months: u32,

    /// Discount per month.
    #[arg(long, default_value_t = 0.01)]
    discount: f64,
}

/// What the file says, by customer.
struct Customers {
    ids: Vec<String>,
    histories: Vec<Customer>,
    spends: Option<Vec<Spend>>,
    /// Purchases after the end of observation, and how long that was.
    later: Option<(Vec<f64>, f64)>,
}

impl Clv {
    pub(super) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        let frame = Frame::read(&self.file, streams.input)?;
        if self.model == Model::Contract {
            let periods = self.horizon.unwrap_or(12.0);
            if !(1.0..=1000.0).contains(&periods) {
                return Err(AnalyzeError::data("--horizon must lie between 1 and 1000 periods"));
            }
            return contract::run(&frame, periods as u32, self.discount);
        }
        let customers = if self.summary { self.summary(&frame)? } else { self.orders(&frame)? };
        let horizon = self.horizon.unwrap_or(365.0 / self.unit.days());
        if !(horizon > 0.0 && horizon.is_finite()) {
            return Err(AnalyzeError::data("--horizon must be positive"));
        }
        if !(self.discount >= 0.0 && self.discount.is_finite()) {
            return Err(AnalyzeError::data("--discount must be zero or more"));
        }
        let refused = AnalyzeError::data;
        while_running("fitting", |_| match self.model {
            Model::Pareto => {
                let fit = ParetoNbd::fit(&customers.histories).map_err(refused)?;
                let names = ["r", "alpha", "s", "beta"];
                Ok(self.answer(&customers, &fit, "pareto_nbd", &names, horizon))
            }
            beta => {
                let modified = beta == Model::Modified;
                let fit = BetaGeometric::fit(&customers.histories, modified).map_err(refused)?;
                let name = if modified { "mbg_nbd" } else { "bg_nbd" };
                Ok(self.answer(&customers, &fit, name, &["r", "alpha", "a", "b"], horizon))
            }
        })
    }

    /// One row per customer.
    fn summary(&self, frame: &Frame) -> Result<Customers, AnalyzeError> {
        let id = column(
            frame,
            self.customer.as_deref(),
            &["id", "customer_id", "customer"],
            "--customer",
        )?;
        let numbers = |names: &[&str]| {
            let name = column(frame, None, names, "its name")?;
            frame.numbers(&name, "its name")
        };
        let frequency = numbers(&["frequency", "frequency_cal"])?;
        let recency = numbers(&["recency", "recency_cal"])?;
        let age = numbers(&["T", "age", "T_cal"])?;
        let value = self.value.as_deref().or_else(|| {
            frame.first_of(&["monetary_value", "monetary_value_cal", "mean_value", "value"])
        });
        let spends = match value {
            None => None,
            Some(name) => {
                let values = frame.numbers(name, "--value")?;
                refuse_negative(name, &values)?;
                let spend = |(frequency, mean_value): (&f64, &f64)| Spend {
                    frequency: *frequency,
                    mean_value: *mean_value,
                };
                Some(frequency.iter().zip(&values).map(spend).collect())
            }
        };
        let later = if frame.has("frequency_holdout") && frame.has("duration_holdout") {
            let duration = frame.numbers("duration_holdout", "")?[0];
            Some((frame.numbers("frequency_holdout", "")?, duration))
        } else {
            None
        };
        let histories = (0..frame.rows())
            .map(|i| Customer { frequency: frequency[i], recency: recency[i], age: age[i] })
            .collect();
        Ok(Customers { ids: frame.texts(&id, "--customer")?, histories, spends, later })
    }

    /// One row per order.
    fn orders(&self, frame: &Frame) -> Result<Customers, AnalyzeError> {
        let id = column(
            frame,
            self.customer.as_deref(),
            &["customer_id", "customer", "id"],
            "--customer",
        )?;
        let date = column(
            frame,
            self.date.as_deref(),
            &["date", "order_date", "time", "timestamp"],
            "--date",
        )?;
        let value = self
            .value
            .as_deref()
            .or_else(|| frame.first_of(&["value", "monetary_value", "revenue", "amount"]));
        let values = match value {
            Some(name) => {
                let values = frame.numbers(name, "--value")?;
                refuse_negative(name, &values)?;
                values
            }
            None => vec![0.0; frame.rows()],
        };
        let days: Vec<i64> =
            frame.times(&date, "--date")?.into_iter().map(|time| day(time.date())).collect();
        let mut numbers: HashMap<String, u64> = HashMap::new();
        let mut ids = Vec::new();
        let mut orders = Vec::with_capacity(frame.rows());
        for (i, id) in frame.texts(&id, "--customer")?.into_iter().enumerate() {
            let next = ids.len() as u64;
            let customer = *numbers.entry(id).or_insert_with_key(|id| {
                ids.push(id.clone());
                next
            });
            orders.push(Transaction { customer, day: days[i], value: values[i] });
        }
        let last = days.iter().copied().max().unwrap_or_default();
        let end = self.until.map_or(last, day);
        let unit = self.unit.days();
        let summaries = summarise(&orders, end, unit);
        if summaries.is_empty() {
            return Err(AnalyzeError::data("no order lies on or before --until"));
        }
        let later = (end < last).then(|| {
            let mut later: HashMap<u64, f64> = HashMap::new();
            let mut seen: Vec<(u64, i64)> =
                orders.iter().filter(|o| o.day > end).map(|o| (o.customer, o.day)).collect();
            seen.sort_unstable();
            seen.dedup();
            for (customer, _) in seen {
                *later.entry(customer).or_default() += 1.0;
            }
            let counts = summaries
                .iter()
                .map(|s| later.get(&s.customer).copied().unwrap_or_default())
                .collect();
            (counts, (last - end) as f64 / unit)
        });
        Ok(Customers {
            ids: summaries.iter().map(|s| ids[s.customer as usize].clone()).collect(),
            histories: summaries.iter().map(|s| s.history).collect(),
            spends: value.map(|_| summaries.iter().map(|s| s.spend).collect()),
            later,
        })
    }

    fn answer<P: PurchaseModel>(
        &self,
        customers: &Customers,
        fit: &Fit<P>,
        name: &str,
        parameters: &[&str],
        horizon: f64,
    ) -> Report {
        let model = &fit.parameters;
        let worth = match &customers.spends {
            // Too few repeat buyers to learn values from is not a reason to stay silent on purchases.
            Some(spends) => GammaGamma::fit(spends).ok(),
            None => None,
        };
        let months = Months {
            months: self.months,
            units_per_month: if self.unit == Unit::Week { 4.345 } else { 30.0 },
            discount: self.discount,
        };
        let mut rows = Vec::with_capacity(customers.ids.len());
        let mut totals: Vec<f64> = Vec::with_capacity(customers.ids.len());
        let (mut alive, mut lifetime_value) = (0.0, 0.0);
        for (i, history) in customers.histories.iter().enumerate() {
            let p_alive = model.probability_alive(history);
            let purchases = model.expected_purchases(history, horizon);
            let one = match (&worth, &customers.spends) {
                (Some(worth), Some(spends)) => worth.parameters.expected_value(&spends[i]),
                _ => None,
            };
            let total = one.map(|one| one * purchases);
            let discounted = one.map(|one| discounted_value(model, history, one, &months));
            alive += p_alive;
            lifetime_value += discounted.unwrap_or_default();
            totals.push(total.unwrap_or(purchases));
            rows.push(json!({
                "id": customers.ids[i], "frequency": history.frequency,
                "recency": history.recency, "age": history.age, "p_alive": p_alive,
                "expected_purchases": purchases, "expected_value": one,
                "expected_total": total, "lifetime_value": discounted,
            }));
        }
        let (expected, interval) = total_expected(fit, &customers.histories, horizon, 0.95);
        let check = customers.later.as_ref().and_then(|(actual, length)| {
            check_holdout(model, &customers.histories, actual, *length).map(|c| (c, *length))
        });
        let log = model.log_parameters();
        let named = |values: &mut dyn Iterator<Item = f64>| -> Value {
            parameters
                .iter()
                .map(|p| (*p).to_owned())
                .zip(values.map(Value::from))
                .collect::<Map<_, _>>()
                .into()
        };
        let correlation = customers.spends.as_deref().and_then(GammaGamma::correlation);
        let mut report = Report::new(json!({
            "model": name, "unit": self.unit.name(), "horizon": horizon,
            "params": named(&mut log.iter().map(|l| l.exp())),
            "std_errors": named(&mut fit.std_errors.iter().copied()),
            "log_likelihood": fit.log_likelihood,
            "gamma_gamma": worth.as_ref().map(|w| json!({
                "p": w.parameters.p, "q": w.parameters.q, "v": w.parameters.v,
                "log_likelihood": w.log_likelihood, "std_errors": w.std_errors,
                "correlation": correlation,
            })),
            "expected_purchases": {
                "total": expected, "interval": interval.map(|i| [i.low, i.high]),
                "new_customer": model.expected_of_new(horizon),
            },
            "lifetime_value": worth.as_ref().map(|_| lifetime_value),
            "holdout": check.map(|(check, length)| holdout_json(&check, length)),
            "customers": rows,
        }));
        report.line(format!(
            "{} customers, about {} still active. Next {} {}: {} purchases{}.",
            number(customers.ids.len() as f64),
            number(alive.round()),
            number(horizon),
            self.unit.name(),
            number(expected.round()),
            interval.map_or(String::new(), |i| format!(
                " ({} to {})",
                number(i.low.round()),
                number(i.high.round())
            ))
        ));
        if worth.is_some() {
            report.line(format!(
                "Value of the next {} months at {} a month: {}, {} a customer.",
                self.months,
                percent(self.discount),
                number(lifetime_value),
                number(lifetime_value / customers.ids.len() as f64)
            ));
        }
        if let Some(c) = correlation.filter(|c| c.abs() > 0.3) {
            report.line(format!(
                "Careful: how much customers spend moves with how often they buy (correlation {c:.2}), which the value model assumes it does not."
            ));
        }
        if let Some((check, length)) = &check {
            report.line(format!(
                "Check on the {} {} after: {} purchases expected, {} made, off by {} a customer on average.",
                number(*length),
                self.unit.name(),
                number(check.predicted_total.round()),
                number(check.actual_total),
                number(check.mean_absolute_error)
            ));
        }
        let mut table = Table::new(["parameter", "value", "std error"]);
        for ((parameter, value), error) in parameters.iter().zip(&log).zip(&fit.std_errors) {
            table.row([
                (*parameter).to_owned(),
                format!("{:.4}", value.exp()),
                format!("{error:.4}"),
            ]);
        }
        report.table(&table);
        let mut order: Vec<usize> = (0..totals.len()).collect();
        order.sort_by(|a, b| totals[*b].total_cmp(&totals[*a]));
        let mut best =
            Table::new(["customer", "orders", "alive", "purchases", "value each", "value"]);
        for &i in order.iter().take(10) {
            let row = &rows_of(&report.json)[i];
            let field = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
            best.row([
                customers.ids[i].clone(),
                number(field("frequency") + 1.0),
                percent(field("p_alive")),
                number(field("expected_purchases")),
                number(field("expected_value")),
                number(field("expected_total")),
            ]);
        }
        report.table(&best);
        report.chart = Some(concentration(&order, &totals, worth.is_some()));
        report
    }
}

fn rows_of(json: &Value) -> &[Value] {
    json["customers"].as_array().map_or(&[], Vec::as_slice)
}

fn holdout_json(check: &Holdout, length: f64) -> Value {
    json!({
        "length": length, "actual_total": check.actual_total,
        "predicted_total": check.predicted_total, "mae": check.mean_absolute_error,
        "rmse": check.root_mean_square_error, "correlation": check.correlation,
    })
}

/// What share of the future the best customers hold.
fn concentration(order: &[usize], totals: &[f64], money: bool) -> Drawing {
    let all: f64 = totals.iter().sum();
    let step = order.len().div_ceil(400).max(1);
    let mut sum = 0.0;
    let mut points = vec![(0.0, 0.0)];
    for (rank, i) in order.iter().enumerate() {
        sum += totals[*i];
        if (rank + 1) % step == 0 || rank + 1 == order.len() {
            points.push((100.0 * (rank + 1) as f64 / order.len() as f64, 100.0 * sum / all));
        }
    }
    let what = if money { "value" } else { "purchases" };
    Plot::new(&format!("Share of the expected {what} by customers, best first"), XLabels::Number)
        .axes("% of customers", "% of the future")
        .line(what, points)
        .dashed("if all were equal", [(0.0, 0.0), (100.0, 100.0)])
        .draw()
}

fn refuse_negative(name: &str, values: &[f64]) -> Result<(), AnalyzeError> {
    match values.iter().position(|v| *v < 0.0) {
        Some(row) => Err(AnalyzeError::data(format!(
            "column `{name}`, line {}: the value {} is negative; take refunds off the order they belong to",
            row + 2,
            values[row]
        ))),
        None => Ok(()),
    }
}

/// Days since 1970-01-01.
fn day(date: Date) -> i64 {
    let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0).date();
    i64::from(date.since(epoch).map_or(0, |span| span.get_days()))
}

fn a_date(text: &str) -> Result<Date, String> {
    parse_time(text).map(DateTime::date).ok_or_else(|| format!("`{text}` is not a date"))
}
