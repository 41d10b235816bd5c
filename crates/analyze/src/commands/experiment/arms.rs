//! Arms from a JSON object with sums, or from rows.

use std::collections::HashMap;

use luotsi_stats::experiment::analysis::Arm;
use luotsi_stats::experiment::covariate;
use luotsi_stats::experiment::metric::{Metric, Moments, PairMoments, QuadMoments};
use luotsi_stats::experiment::winsor;
use serde_json::Value;

use super::{Experiment, MetricKind};
use crate::AnalyzeError;
use crate::commands::column;
use crate::input::Frame;

/// What was read.
pub(super) struct Input {
    pub(super) kind: MetricKind,
    pub(super) arms: Vec<Arm>,
    /// Factor of the covariate, when one was used.
    pub(super) theta: Option<f64>,
    /// Value at which rows were capped.
    pub(super) cap: Option<f64>,
}

// Names under which the sums of an arm are accepted: ours first, then those of other packages.
const N: &[&str] = &["n", "units", "visitors", "users", "count", "n_units"];
const SUM: &[&str] = &[
    "sum",
    "converted",
    "conversions",
    "successes",
    "m_sum",
    "main_sum",
    "numerator_sum",
    "post_sum",
    "total",
];
const SQUARES: &[&str] = &[
    "sum_squares",
    "sum_of_squares",
    "m_sum_squares",
    "main_sum_squares",
    "numerator_sum_squares",
    "post_sum_squares",
];
const DENOMINATOR: &[&str] = &["denominator_sum", "d_sum", "sum_denominator"];
const DENOMINATOR_SQUARES: &[&str] = &[
    "denominator_sum_squares",
    "d_sum_squares",
    "denominator_sum_of_squares",
    "sum_squares_denominator",
];
const PRODUCTS: &[&str] = &[
    "sum_products",
    "sum_of_products",
    "sum_product",
    "m_d_sum_of_products",
    "main_denominator_sum_product",
    "numerator_denominator_sum_of_products",
];
// Of a ratio adjusted by the ratio before: the numerator before, then the products of the four numbers.
const BEFORE: &[&str] = &["m_pre_sum", "before_sum", "covariate_sum"];
const BEFORE_SQUARES: &[&str] =
    &["m_pre_sum_squares", "before_sum_squares", "covariate_sum_squares"];
const BEFORE_DENOMINATOR: &[&str] = &["d_pre_sum", "before_denominator_sum"];
const BEFORE_DENOMINATOR_SQUARES: &[&str] =
    &["d_pre_sum_squares", "before_denominator_sum_squares"];
const NOW_BEFORE: &[&str] =
    &["m_post_m_pre_sum_of_products", "sum_products_before", "covariate_sum_products"];
const NOW_BEFORE_DENOMINATOR: &[&str] =
    &["m_post_d_pre_sum_of_products", "sum_products_before_denominator"];
const DENOMINATOR_BEFORE: &[&str] = &[
    "m_pre_d_post_sum_of_products",
    "denominator_sum_products_before",
    "denominator_covariate_sum_products",
];
const DENOMINATORS: &[&str] =
    &["d_post_d_pre_sum_of_products", "denominator_sum_products_before_denominator"];
const BEFORE_PRODUCTS: &[&str] = &["m_pre_d_pre_sum_of_products", "before_sum_products"];
const COVARIATE: &[&str] = &["covariate_sum", "pre_sum"];
const COVARIATE_SQUARES: &[&str] = &["covariate_sum_squares", "pre_sum_squares"];
const COVARIATE_PRODUCTS: &[&str] = &[
    "covariate_sum_products",
    "covariate_sum_of_products",
    "main_covariate_sum_product",
    "post_pre_sum_of_products",
];

/// The arms of `{metric, arms: [{name, n, sum, …}], …}`.
pub(super) fn from_json(options: &Experiment, object: &Value) -> Result<Input, AnalyzeError> {
    let Some(list) = object["arms"].as_array() else {
        return Err(AnalyzeError::data("the object has no list `arms`"));
    };
    let kind = match (options.metric, object["metric"].as_str()) {
        (Some(kind), _) => kind,
        (None, Some("proportion" | "binomial" | "conversion")) => MetricKind::Proportion,
        (None, Some("mean" | "count" | "revenue")) => MetricKind::Mean,
        (None, Some("ratio")) => MetricKind::Ratio,
        (None, Some(other)) => {
            return Err(AnalyzeError::data(format!(
                "`metric` is proportion, mean or ratio, not `{other}`"
            )));
        }
        (None, None) => {
            return Err(AnalyzeError::data(
                "the object has no `metric`: proportion, mean or ratio",
            ));
        }
    };
    let negative = options.allow_negative || object["allow_negative"].as_bool().unwrap_or(false);
    let weights = object["weights"].as_array().or_else(|| object["expected_weights"].as_array());
    let mut arms = Vec::with_capacity(list.len());
    for (index, fields) in list.iter().enumerate() {
        let name = match &fields["name"] {
            Value::String(name) => name.clone(),
            Value::Null => default_name(index),
            other => other.to_string(),
        };
        let metric = metric(kind, &name, fields)?;
        if !negative {
            refuse_negative(kind, &name, &metric)?;
        }
        let listed = weights.and_then(|weights| weights.get(index)).and_then(Value::as_f64);
        let own = optional_number(fields, &["weight"])?;
        let weight = options.weights.get(index).copied().or(own).or(listed).unwrap_or(1.0);
        arms.push(Arm { name, metric, weight });
    }
    check_weights(options, arms.len())?;
    let theta = with_covariate(&mut arms)?;
    Ok(Input { kind, arms, theta, cap: None })
}

fn default_name(index: usize) -> String {
    u8::try_from(index)
        .ok()
        .filter(|i| *i < 26)
        .map_or_else(|| index.to_string(), |i| char::from(b'A' + i).to_string())
}

fn metric(kind: MetricKind, arm: &str, fields: &Value) -> Result<Metric, AnalyzeError> {
    let get = |names: &[&str]| {
        optional_number(fields, names)?
            .ok_or_else(|| AnalyzeError::data(format!("arm `{arm}` has no `{}`", names[0])))
    };
    let (n, sum) = (get(N)?, get(SUM)?);
    if kind == MetricKind::Ratio && optional_number(fields, BEFORE)?.is_some() {
        let quad = adjusted_ratio(fields, n, sum, &get)?;
        return Ok(Metric::AdjustedRatio { quad, theta: 0.0 });
    }
    if optional_number(fields, COVARIATE)?.is_some() {
        let pair = PairMoments {
            n,
            first_sum: sum,
            // A proportion is its own square.
            first_squares: if kind == MetricKind::Proportion { sum } else { get(SQUARES)? },
            second_sum: get(COVARIATE)?,
            second_squares: get(COVARIATE_SQUARES)?,
            products: get(COVARIATE_PRODUCTS)?,
        };
        return Ok(Metric::Adjusted { pair, theta: 0.0 });
    }
    Ok(match kind {
        MetricKind::Proportion => Metric::Proportion { n, converted: sum },
        MetricKind::Mean => Metric::Mean(Moments { n, sum, sum_squares: get(SQUARES)? }),
        MetricKind::Ratio => Metric::Ratio(PairMoments {
            n,
            first_sum: sum,
            first_squares: get(SQUARES)?,
            second_sum: get(DENOMINATOR)?,
            second_squares: get(DENOMINATOR_SQUARES)?,
            products: get(PRODUCTS)?,
        }),
    })
}

/// Moments of numerator, denominator and both before; without a denominator before it is 1 for each unit.
fn adjusted_ratio(
    fields: &Value,
    n: f64,
    sum: f64,
    get: &impl Fn(&[&str]) -> Result<f64, AnalyzeError>,
) -> Result<QuadMoments, AnalyzeError> {
    let (denominator, before) = (get(DENOMINATOR)?, get(BEFORE)?);
    let plain = optional_number(fields, BEFORE_DENOMINATOR)?.is_none();
    let or = |names: &[&str], of_ones: f64| if plain { Ok(of_ones) } else { get(names) };
    let mut quad = QuadMoments {
        n,
        sums: [sum, denominator, before, or(BEFORE_DENOMINATOR, n)?],
        products: [[0.0; 4]; 4],
    };
    for (i, j, product) in [
        (0, 0, get(SQUARES)?),
        (0, 1, get(PRODUCTS)?),
        (0, 2, get(NOW_BEFORE)?),
        (0, 3, or(NOW_BEFORE_DENOMINATOR, sum)?),
        (1, 1, get(DENOMINATOR_SQUARES)?),
        (1, 2, get(DENOMINATOR_BEFORE)?),
        (1, 3, or(DENOMINATORS, denominator)?),
        (2, 2, get(BEFORE_SQUARES)?),
        (2, 3, or(BEFORE_PRODUCTS, before)?),
        (3, 3, or(BEFORE_DENOMINATOR_SQUARES, n)?),
    ] {
        quad.products[i][j] = product;
        quad.products[j][i] = product;
    }
    Ok(quad)
}

/// The first of these fields that is a number; an error when it is there and is not one.
pub(super) fn optional_number(object: &Value, names: &[&str]) -> Result<Option<f64>, AnalyzeError> {
    for name in names {
        match &object[*name] {
            Value::Null => {}
            Value::Number(number) => return Ok(number.as_f64()),
            other => return Err(AnalyzeError::data(format!("`{name}` is not a number: {other}"))),
        }
    }
    Ok(None)
}

fn refuse_negative(kind: MetricKind, arm: &str, metric: &Metric) -> Result<(), AnalyzeError> {
    let sum = match metric {
        Metric::Mean(moments) => moments.sum,
        Metric::Ratio(pair) | Metric::Adjusted { pair, .. } => pair.first_sum,
        Metric::AdjustedRatio { quad, .. } => quad.sums[0],
        Metric::Proportion { .. } | Metric::Estimated(_) => 0.0,
    };
    if sum < 0.0 && kind != MetricKind::Proportion {
        let reason = format!(
            "arm `{arm}`: the sum is negative; if that is meant (refunds, margins), allow it with --allow-negative"
        );
        return Err(AnalyzeError::data(reason));
    }
    Ok(())
}

fn check_weights(options: &Experiment, arms: usize) -> Result<(), AnalyzeError> {
    if options.weights.is_empty() || options.weights.len() == arms {
        return Ok(());
    }
    let given = options.weights.len();
    Err(AnalyzeError::data(format!("--weights names {given} shares but there are {arms} arms")))
}

/// Gives all adjusted arms the same θ, or refuses a covariate that only some arms have.
fn with_covariate(arms: &mut [Arm]) -> Result<Option<f64>, AnalyzeError> {
    let quads: Vec<QuadMoments> = arms
        .iter()
        .filter_map(|arm| {
            if let Metric::AdjustedRatio { quad, .. } = arm.metric { Some(quad) } else { None }
        })
        .collect();
    if quads.len() == arms.len() && !arms.is_empty() {
        for (arm, metric) in arms.iter_mut().zip(covariate::cuped_ratios(&quads)) {
            arm.metric = metric;
        }
        return Ok(Some(covariate::ratio_theta(&quads)));
    }
    if !quads.is_empty() {
        return Err(AnalyzeError::data("some arms have a covariate and some have none"));
    }
    let pairs: Vec<PairMoments> = arms
        .iter()
        .filter_map(
            |arm| if let Metric::Adjusted { pair, .. } = arm.metric { Some(pair) } else { None },
        )
        .collect();
    if pairs.is_empty() {
        return Ok(None);
    }
    if pairs.len() < arms.len() {
        return Err(AnalyzeError::data("some arms have a covariate and some have none"));
    }
    for (arm, metric) in arms.iter_mut().zip(covariate::cuped(&pairs)) {
        arm.metric = metric;
    }
    Ok(Some(covariate::theta(&pairs)))
}

/// The arms of a file with one row for each unit, or for each arm when it has a column `n`.
pub(super) fn from_frame(options: &Experiment, frame: &Frame) -> Result<Input, AnalyzeError> {
    let flags = &options.rows;
    let defaults = ["arm", "variant", "variation", "version", "group", "name"];
    let arm_column = column(frame, flags.arm.as_deref(), &defaults, "--arm")?;
    if flags.value.is_none() && frame.first_of(N).is_some() && frame.first_of(SUM).is_some() {
        return from_json(options, &sums(frame, &arm_column, options)?);
    }
    let defaults = ["value", "converted", "conversion", "revenue"];
    let value_column = column(frame, flags.value.as_deref(), &defaults, "--value")?;
    let names = frame.texts(&arm_column, "--arm")?;
    let mut values = frame.numbers(&value_column, "--value")?;
    if !options.allow_negative && values.iter().any(|value| *value < 0.0) {
        let reason = format!(
            "column `{value_column}` has values below zero; if that is meant (refunds, margins), allow it with --allow-negative"
        );
        return Err(AnalyzeError::data(reason));
    }
    let cap = capped(&mut values, flags.winsorise)?;
    let numbers = |name: &Option<String>, flag: &str| -> Result<Option<Vec<f64>>, AnalyzeError> {
        name.as_ref().map(|name| frame.numbers(name, flag)).transpose()
    };
    let denominator = numbers(&flags.denominator, "--denominator")?;
    let covariate = numbers(&flags.covariate, "--covariate")?;
    let before = numbers(&flags.covariate_denominator, "--covariate-denominator")?;
    let kind = kind_of(options, &values);
    if kind == MetricKind::Proportion && !values.iter().all(is_flag) {
        return Err(AnalyzeError::data(format!(
            "column `{value_column}` has values other than 0 and 1"
        )));
    }
    if kind == MetricKind::Ratio && flags.denominator.is_none() {
        return Err(AnalyzeError::data("a ratio needs --denominator"));
    }
    let groups = grouped(&names, flags.control.as_deref())?;
    check_weights(options, groups.len())?;
    let metric_of = |rows: &[usize]| match (&denominator, &covariate) {
        (Some(below), Some(covariate)) => {
            let before = |row: usize| before.as_ref().map_or(1.0, |before| before[row]);
            let quad = QuadMoments::of(
                rows.iter().map(|&row| [values[row], below[row], covariate[row], before(row)]),
            );
            Metric::AdjustedRatio { quad, theta: 0.0 }
        }
        (Some(below), None) => {
            Metric::Ratio(PairMoments::of(rows.iter().map(|&row| (values[row], below[row]))))
        }
        (None, Some(covariate)) => {
            let pair = PairMoments::of(rows.iter().map(|&row| (values[row], covariate[row])));
            Metric::Adjusted { pair, theta: 0.0 }
        }
        (None, None) => {
            let one = Moments::of(rows.iter().map(|&row| values[row]));
            if kind == MetricKind::Proportion {
                Metric::Proportion { n: one.n, converted: one.sum }
            } else {
                Metric::Mean(one)
            }
        }
    };
    let mut metrics: Vec<Metric> = groups.iter().map(|(_, rows)| metric_of(rows)).collect();
    if let Some(stratum) = &flags.stratum {
        let strata = frame.texts(stratum, "--stratum")?;
        metrics = stratified(&groups, &strata, &metric_of)?;
    }
    let mut arms: Vec<Arm> = groups
        .into_iter()
        .zip(metrics)
        .enumerate()
        .map(|(index, ((name, _), metric))| {
            let weight = options.weights.get(index).copied().unwrap_or(1.0);
            Arm { name, metric, weight }
        })
        .collect();
    let theta = with_covariate(&mut arms)?;
    Ok(Input { kind, arms, theta, cap })
}

/// The arms' estimates with every stratum weighted as in the whole experiment.
fn stratified(
    groups: &[(String, Vec<usize>)],
    strata: &[String],
    metric_of: &impl Fn(&[usize]) -> Metric,
) -> Result<Vec<Metric>, AnalyzeError> {
    let names: Vec<String> = groups.iter().map(|(name, _)| name.clone()).collect();
    let mut cells: std::collections::BTreeMap<&str, Vec<Vec<usize>>> =
        std::collections::BTreeMap::new();
    for (arm, (_, rows)) in groups.iter().enumerate() {
        for &row in rows {
            let cell = cells.entry(&strata[row]).or_insert_with(|| vec![Vec::new(); groups.len()]);
            cell[arm].push(row);
        }
    }
    let metrics: Vec<Vec<Metric>> =
        cells.values().map(|arms| arms.iter().map(|rows| metric_of(rows)).collect()).collect();
    let estimates = covariate::post_stratified(&metrics, &names).map_err(AnalyzeError::data)?;
    Ok(estimates.into_iter().map(Metric::Estimated).collect())
}

/// 0 or 1.
fn is_flag(value: &f64) -> bool {
    [0.0, 1.0].contains(value)
}

fn kind_of(options: &Experiment, values: &[f64]) -> MetricKind {
    options.metric.unwrap_or({
        if options.rows.denominator.is_some() {
            MetricKind::Ratio
        } else if values.iter().all(is_flag) {
            MetricKind::Proportion
        } else {
            MetricKind::Mean
        }
    })
}

fn capped(values: &mut [f64], quantile: Option<f64>) -> Result<Option<f64>, AnalyzeError> {
    let Some(quantile) = quantile else { return Ok(None) };
    if !(0.5..1.0).contains(&quantile) {
        return Err(AnalyzeError::data(format!(
            "--winsorise must lie between 0.5 and 1, not {quantile}"
        )));
    }
    let cap = winsor::cap(values.iter().copied(), quantile, true);
    if let Some(cap) = cap {
        for value in values {
            *value = value.min(cap);
        }
    }
    Ok(cap)
}

/// Rows of each arm, arms in the order of the file, the control first.
fn grouped(
    names: &[String],
    control: Option<&str>,
) -> Result<Vec<(String, Vec<usize>)>, AnalyzeError> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (row, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(AnalyzeError::data(format!("line {}: the arm is empty", row + 2)));
        }
        let place = *places.entry(name).or_insert_with(|| {
            groups.push((name.clone(), Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    if groups.len() > 20 {
        let reason = format!("{} different arms: is this the column with the arm?", groups.len());
        return Err(AnalyzeError::data(reason));
    }
    if let Some(control) = control {
        let Some(place) = groups.iter().position(|(name, _)| name == control) else {
            return Err(AnalyzeError::data(format!("no row has the arm `{control}`")));
        };
        let first = groups.remove(place);
        groups.insert(0, first);
    }
    Ok(groups)
}

/// A file with one row for each arm as the object it could have been.
fn sums(frame: &Frame, arm_column: &str, options: &Experiment) -> Result<Value, AnalyzeError> {
    let names = frame.texts(arm_column, "--arm")?;
    let mut arms: Vec<Value> =
        names.iter().map(|name| serde_json::json!({ "name": name })).collect();
    for column in frame.names().iter().filter(|column| *column != arm_column) {
        // Other columns may hold text; only those an arm needs are asked for later.
        if let Ok(values) = frame.numbers(column, "--value") {
            for (arm, value) in arms.iter_mut().zip(values) {
                arm[column] = serde_json::json!(value);
            }
        }
    }
    let kind = if options.metric.is_none() && frame.first_of(SQUARES).is_none() {
        "proportion"
    } else {
        "mean"
    };
    Ok(serde_json::json!({ "metric": kind, "arms": arms }))
}
