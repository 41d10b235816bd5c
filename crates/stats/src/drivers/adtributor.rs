//! Adtributor: which values of a dimension explain why a total is not what was expected.
//!
//! Source: Bhagwan et al., "Adtributor: Revenue Debugging in Advertising Systems", NSDI 2014. The
//! expected value should come from a forecast, not from last week.

use super::DriversError;

/// One value of a dimension, in a metric that adds up (visits, revenue).
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// The value: "DE", "mobile".
    pub name: String,
    /// What was expected.
    pub expected: f64,
    /// What happened.
    pub actual: f64,
}

/// One value of a dimension, in a ratio (orders ÷ visits): both parts.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioElement {
    /// The value: "DE", "mobile".
    pub name: String,
    /// Numerator, expected and actual.
    pub numerator: (f64, f64),
    /// Denominator, expected and actual.
    pub denominator: (f64, f64),
}

/// How much of the total's change one value explains, and how unexpected its share is.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The value.
    pub name: String,
    /// Share of the total's change; all values add up to 1. Negative when it moved the other way.
    pub explanatory_power: f64,
    /// Jensen–Shannon divergence between its expected and actual share, ≥ 0, in nats.
    pub surprise: f64,
    /// The value's own change, in the metric's unit (for a ratio: its effect on the total ratio).
    pub change: f64,
}

/// How values are chosen as the explanation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// A value must explain at least this share of the change. Default 0.10.
    pub each: f64,
    /// Values are added until they explain more than this share together. Default 0.67.
    pub together: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { each: 0.10, together: 0.67 }
    }
}

/// One dimension's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// Every value, the most surprising first.
    pub values: Vec<Explanation>,
    /// How many of `values` at chosen positions make the explanation, by index into `values`.
    pub chosen: Vec<usize>,
    /// Σ surprise of the chosen values: dimensions are ranked by it. 0 when nothing was chosen.
    pub surprise: f64,
    /// Σ explanatory power of the chosen values.
    pub explained: f64,
}

/// Explains a total that adds up over `elements`.
///
/// EP = (Aᵢ − Fᵢ)/(A − F); surprise = ½[p ln(2p/(p+q)) + q ln(2q/(p+q))] with p = Fᵢ/F, q = Aᵢ/A.
/// Worked outside this project: F = DE 1000, FI 500, SE 300 and A = 700, 520, 290 give
/// EP 1.0345, −0.0690, 0.0345.
pub fn explain(elements: &[Element], thresholds: Thresholds) -> Result<Dimension, DriversError> {
    let expected: f64 = elements.iter().map(|e| e.expected).sum();
    let actual: f64 = elements.iter().map(|e| e.actual).sum();
    let change = total_change(actual - expected, expected.abs().max(actual.abs()))?;
    let values = elements
        .iter()
        .map(|e| Explanation {
            name: e.name.clone(),
            explanatory_power: (e.actual - e.expected) / change,
            surprise: surprise(share(e.expected, expected), share(e.actual, actual)),
            change: e.actual - e.expected,
        })
        .collect();
    Ok(choose(values, thresholds))
}

/// Explains a ratio of two totals.
///
/// The effect of a value is the finite-difference derivative of the ratio,
/// (ΔA₁·F₂ − ΔA₂·F₁)/(F₂(F₂ + ΔA₂)), with F₁ and F₂ the expected totals and Δ the value's own
/// changes, then scaled so that all add up to 1. Surprise is that of the numerator plus that of the
/// denominator.
pub fn explain_ratio(
    elements: &[RatioElement],
    thresholds: Thresholds,
) -> Result<Dimension, DriversError> {
    let sum = |part: fn(&RatioElement) -> f64| elements.iter().map(part).sum::<f64>();
    let (top, top_actual) = (sum(|e| e.numerator.0), sum(|e| e.numerator.1));
    let (bottom, bottom_actual) = (sum(|e| e.denominator.0), sum(|e| e.denominator.1));
    if !(bottom > 0.0 && bottom_actual > 0.0) {
        return Err(DriversError::Empty("a period has no denominator"));
    }
    let ratio = top / bottom;
    let change = total_change(top_actual / bottom_actual - ratio, ratio.abs())?;
    let effect = |e: &RatioElement| {
        let (rise, widening) = (e.numerator.1 - e.numerator.0, e.denominator.1 - e.denominator.0);
        let widened = bottom + widening;
        if widened > 0.0 { (rise * bottom - widening * top) / (bottom * widened) } else { 0.0 }
    };
    let effects: f64 = elements.iter().map(effect).sum();
    let scale = if effects.abs() > 1e-12 * ratio.abs() { change / effects } else { 1.0 };
    let values = elements
        .iter()
        .map(|e| Explanation {
            name: e.name.clone(),
            explanatory_power: effect(e) * scale / change,
            surprise: surprise(share(e.numerator.0, top), share(e.numerator.1, top_actual))
                + surprise(share(e.denominator.0, bottom), share(e.denominator.1, bottom_actual)),
            change: effect(e) * scale,
        })
        .collect();
    Ok(choose(values, thresholds))
}

fn total_change(change: f64, size: f64) -> Result<f64, DriversError> {
    if change.abs() > 1e-12 * size { Ok(change) } else { Err(DriversError::NoChange) }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).max(0.0) } else { 0.0 }
}

/// Jensen–Shannon term of one value's expected share `p` and actual share `q`.
pub(super) fn surprise(p: f64, q: f64) -> f64 {
    let term = |x: f64| if x > 0.0 { x * (2.0 * x / (p + q)).ln() } else { 0.0 };
    (0.5 * (term(p) + term(q))).max(0.0)
}

fn choose(mut values: Vec<Explanation>, thresholds: Thresholds) -> Dimension {
    values.sort_by(|a, b| b.surprise.total_cmp(&a.surprise).then_with(|| a.name.cmp(&b.name)));
    let (mut chosen, mut explained, mut surprise) = (Vec::new(), 0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        if value.explanatory_power < thresholds.each {
            continue;
        }
        chosen.push(index);
        explained += value.explanatory_power;
        surprise += value.surprise;
        if explained > thresholds.together {
            return Dimension { values, chosen, surprise, explained };
        }
    }
    // Not enough explained: this dimension is no explanation.
    Dimension { values, chosen: Vec::new(), surprise: 0.0, explained: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn element(name: &str, expected: f64, actual: f64) -> Element {
        Element { name: name.to_owned(), expected, actual }
    }

    #[test]
    fn one_country_explains_the_fall() {
        let countries = [
            element("DE", 1000.0, 700.0),
            element("FI", 500.0, 520.0),
            element("SE", 300.0, 290.0),
        ];
        let answer = explain(&countries, Thresholds::default()).unwrap();
        let power = |name: &str| {
            answer.values.iter().find(|v| v.name == name).map(|v| v.explanatory_power).unwrap()
        };
        assert!((power("DE") - 1.0345).abs() < 5e-5);
        assert!((power("FI") + 0.0690).abs() < 5e-5);
        assert!((power("SE") - 0.0345).abs() < 5e-5);
        let chosen: Vec<&str> =
            answer.chosen.iter().map(|&i| answer.values[i].name.as_str()).collect();
        assert_eq!(chosen, ["DE"]);
    }

    #[test]
    fn an_unchanged_total_has_no_explanation() {
        let same = [element("A", 10.0, 12.0), element("B", 10.0, 8.0)];
        assert_eq!(explain(&same, Thresholds::default()), Err(DriversError::NoChange));
    }

    /// By hand: conversion of mobile halves, desktop stays: mobile explains all of it.
    #[test]
    fn the_device_whose_rate_fell_explains_the_ratio() {
        let ratio = |name: &str, numerator, denominator| RatioElement {
            name: name.to_owned(),
            numerator,
            denominator,
        };
        let devices = [
            ratio("mobile", (20.0, 10.0), (1000.0, 1000.0)),
            ratio("desktop", (30.0, 30.0), (1000.0, 1000.0)),
        ];
        let answer = explain_ratio(&devices, Thresholds::default()).unwrap();
        assert_eq!(answer.values[answer.chosen[0]].name, "mobile");
        assert!((answer.values[answer.chosen[0]].explanatory_power - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn explanatory_powers_add_up_to_one(
            rows in prop::collection::vec((0.0..1e4f64, 0.0..1e4f64), 2..12),
        ) {
            let elements: Vec<Element> =
                rows.iter().enumerate().map(|(i, &(f, a))| element(&i.to_string(), f, a)).collect();
            if let Ok(answer) = explain(&elements, Thresholds::default()) {
                let sum: f64 = answer.values.iter().map(|v| v.explanatory_power).sum();
                let spread: f64 = answer.values.iter().map(|v| v.explanatory_power.abs()).sum();
                prop_assert!((sum - 1.0).abs() < 1e-9 * spread.max(1.0));
                prop_assert!(answer.values.iter().all(|v| v.surprise >= 0.0 && v.surprise.is_finite()));
            }
        }
    }
}
