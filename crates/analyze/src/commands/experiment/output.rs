//! What an experiment's analysis looks like as JSON, words and a chart.

use luotsi_stats::distribution::{Interval, normal_density};
use luotsi_stats::experiment::analysis::{Analysis, Comparison, Design};
use luotsi_stats::experiment::bandit::Shares;
use luotsi_stats::experiment::effect::Scale;
use luotsi_stats::experiment::fixed::wilson;
use luotsi_stats::experiment::group_sequential::Look;
use luotsi_stats::experiment::metric::Metric;
use luotsi_stats::experiment::verdict::{Verdict, Wait};
use serde_json::{Value, json};

use super::MetricKind;
use super::arms::Input;
use crate::chart::{Drawing, Plot, XLabels};
use crate::report::Report;
use crate::table::{Table, number, p_value, percent, signed_percent};

pub(super) fn report(input: &Input, design: &Design, answer: &Analysis) -> Report {
    let mut report = Report::new(json!({
        "metric": kind_word(input.kind),
        "scale": if design.scale == Scale::Relative { "relative" } else { "absolute" },
        "confidence": 1.0 - design.alpha,
        "arms": arms(input, design, answer),
        "comparisons": answer.comparisons.iter().map(|c| comparison(c, design)).collect::<Vec<_>>(),
        "srm_p": answer.sample_ratio.map(|test| test.p_value),
        "verdict": answer.verdict.sentence(),
        "decision": answer.verdict.code(),
        "more_days": more_days(&answer.verdict),
        "cuped_theta": input.theta,
        "winsorised_at": input.cap,
    }));
    report.line(answer.verdict.sentence());
    report.table(&arms_table(input, design, answer));
    report.table(&comparisons_table(design, answer));
    if let Some(test) = answer.sample_ratio {
        report.line(format!("\nDivision of units as planned: p = {}.", p_value(test.p_value)));
    }
    if let Some(cap) = input.cap {
        report.line(format!("Values above {} count as {}.", number(cap), number(cap)));
    }
    report.chart = Some(chart(design, answer));
    report
}

fn kind_word(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Proportion => "proportion",
        MetricKind::Mean => "mean",
        MetricKind::Ratio => "ratio",
    }
}

fn pair(interval: Interval) -> Value {
    json!([interval.low, interval.high])
}

fn arms(input: &Input, design: &Design, answer: &Analysis) -> Vec<Value> {
    input
        .arms
        .iter()
        .zip(&answer.estimates)
        .map(|(arm, estimate)| {
            json!({
                "name": arm.name, "n": estimate.n, "mean": estimate.mean,
                "unadjusted_mean": estimate.unadjusted_mean,
                "standard_error": estimate.variance_of_mean.sqrt(),
                "interval": own_interval(&arm.metric, design).map(pair),
            })
        })
        .collect()
}

/// Wilson's interval of a proportion; other metrics have none of their own.
fn own_interval(metric: &Metric, design: &Design) -> Option<Interval> {
    match metric {
        Metric::Proportion { n, converted } => wilson(*converted, *n, design.alpha),
        _ => None,
    }
}

fn comparison(c: &Comparison, design: &Design) -> Value {
    json!({
        "arm": c.arm,
        "lift": {"relative": c.relative_lift, "absolute": c.absolute_lift},
        "standard_error": c.effect.standard_error,
        "degrees_of_freedom": c.effect.degrees_of_freedom,
        "interval": pair(c.fixed.interval),
        "p_value": c.fixed.p_value,
        "adjusted_p_value": c.adjusted_p_value,
        "sequential": {
            "interval": pair(c.sequential.interval), "p_value": c.sequential.p_value,
            "decision_p_value": c.decision_p_value,
        },
        "bayes": {
            "chance_to_win": chance_to_win(c, design),
            "expected_loss": if design.higher_is_better { c.posterior.loss_of_arm() } else { c.posterior.loss_of_control() },
            "expected_loss_control": if design.higher_is_better { c.posterior.loss_of_control() } else { c.posterior.loss_of_arm() },
            "mean": c.posterior.mean,
            "standard_deviation": c.posterior.standard_deviation,
            "interval": pair(c.posterior.interval(design.alpha)),
        },
        "beta_binomial": c.beta.map(|beta| json!({
            "chance_to_win": if design.higher_is_better { beta.chance_to_win } else { 1.0 - beta.chance_to_win },
            "expected_loss": if design.higher_is_better { beta.loss_of_arm } else { beta.loss_of_control },
        })),
        "non_inferiority": c.non_inferiority.map(|test| json!({
            "p_value": test.p_value, "interval": pair(test.interval),
        })),
    })
}

fn chance_to_win(c: &Comparison, design: &Design) -> f64 {
    let chance = c.posterior.chance_to_win();
    if design.higher_is_better { chance } else { 1.0 - chance }
}

fn more_days(verdict: &Verdict) -> Option<f64> {
    match verdict {
        Verdict::CannotTellYet { wait: Wait::Days(days), .. } => Some(*days),
        _ => None,
    }
}

fn arms_table(input: &Input, design: &Design, answer: &Analysis) -> Table {
    let mut table = Table::new(["arm", "units", "mean", "range"]);
    for (arm, estimate) in input.arms.iter().zip(&answer.estimates) {
        let share = input.kind == MetricKind::Proportion;
        let written = |value: f64| if share { percent(value) } else { number(value) };
        let range = own_interval(&arm.metric, design).map_or_else(String::new, |own| {
            format!("{} to {}", written(own.low), written(own.high))
        });
        table.row([arm.name.clone(), number(estimate.n), written(estimate.mean), range]);
    }
    table
}

fn comparisons_table(design: &Design, answer: &Analysis) -> Table {
    let relative = design.scale == Scale::Relative;
    let written = |value: f64| if relative { signed_percent(value) } else { number(value) };
    let range =
        |interval: Interval| format!("{} to {}", written(interval.low), written(interval.high));
    let mut table = Table::new([
        "against the first",
        "lift",
        "at the end",
        "p",
        "at any look",
        "p at any look",
        "chance to win",
        "expected loss",
    ]);
    for c in &answer.comparisons {
        let loss = if design.higher_is_better {
            c.posterior.loss_of_arm()
        } else {
            c.posterior.loss_of_control()
        };
        table.row([
            c.arm.clone(),
            written(c.effect.estimate),
            range(c.fixed.interval),
            p_value(c.fixed.p_value),
            range(c.sequential.interval),
            p_value(c.sequential.p_value),
            percent(chance_to_win(c, design)),
            if relative { percent(loss) } else { number(loss) },
        ]);
    }
    table
}

/// Adds the thresholds of planned looks, and whether each arm has reached the present one.
pub(super) fn add_looks(report: &mut Report, looks: &[Look], answer: &Analysis) {
    let Some(present) = looks.last() else { return };
    let z = |c: &Comparison| c.effect.estimate / c.effect.standard_error;
    report.json["group_sequential"] = json!({
        "looks": looks.iter().map(|look| json!({
            "information": look.information, "threshold": look.threshold, "spent": look.spent,
        })).collect::<Vec<_>>(),
        "comparisons": answer.comparisons.iter().map(|c| json!({
            "arm": c.arm, "z": z(c), "stop": z(c).abs() >= present.threshold,
        })).collect::<Vec<_>>(),
    });
    for c in &answer.comparisons {
        let reached = z(c).abs() >= present.threshold;
        report.line(format!(
            "Look {} of the plan: {} has |z| {} of the {} needed: {}.",
            looks.len(),
            c.arm,
            number(z(c).abs()),
            number(present.threshold),
            if reached { "stop" } else { "go on" }
        ));
    }
}

/// Adds the shares of the next visitors.
pub(super) fn add_allocation(report: &mut Report, input: &Input, shares: &Shares) {
    report.json["allocation"] = json!({
        "judged": shares.judged,
        "arms": input.arms.iter().enumerate().map(|(i, arm)| json!({
            "arm": arm.name, "chance_to_be_best": shares.chance[i], "share": shares.share[i],
        })).collect::<Vec<_>>(),
    });
    let mut table = Table::new(["arm", "chance to be best", "share of the next visitors"]);
    for (i, arm) in input.arms.iter().enumerate() {
        table.row([arm.name.clone(), percent(shares.chance[i]), percent(shares.share[i])]);
    }
    report.table(&table);
    if !shares.judged {
        report.line("An arm is too young to judge: all get the same.");
    }
}

/// The posterior density of each arm's effect, and where "no effect" lies.
fn chart(design: &Design, answer: &Analysis) -> Drawing {
    const POINTS: u32 = 240;
    let (unit, title, axis) = if design.scale == Scale::Relative {
        (100.0, "What the data say about the lift", "lift over the first arm in percent")
    } else {
        (1.0, "What the data say about the difference", "difference from the first arm")
    };
    let reach = |sign: f64| {
        let ends = answer
            .comparisons
            .iter()
            .map(move |c| c.posterior.mean + sign * 4.0 * c.posterior.standard_deviation);
        ends.chain([0.0]).map(move |end| sign * end).fold(f64::NEG_INFINITY, f64::max) * sign
    };
    let (low, high) = (reach(-1.0), reach(1.0));
    let mut plot = Plot::new(title, XLabels::Number).axes(axis, "posterior density").mark(0.0);
    for c in &answer.comparisons {
        let sd = c.posterior.standard_deviation;
        let density: Vec<(f64, f64)> = (0..=POINTS)
            .map(|i| {
                let x = low + (high - low) * f64::from(i) / f64::from(POINTS);
                (unit * x, normal_density((x - c.posterior.mean) / sd) / (sd * unit))
            })
            .collect();
        let band: Vec<(f64, f64, f64)> = density.iter().map(|&(x, y)| (x, 0.0, y)).collect();
        plot = plot.line(&c.arm, density).band(band);
    }
    plot.draw()
}
