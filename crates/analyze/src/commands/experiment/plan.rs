//! `luotsi analyze experiment --plan`: how many visitors and days it takes, before the first visitor.

use clap::Args;
use luotsi_stats::experiment::group_sequential::{Spending, boundaries};
use luotsi_stats::experiment::power::{
    Demand, detectable_difference, detectable_lift, duration_days, units_for_mean,
    units_for_proportion,
};
use serde_json::{Value, json};

use crate::AnalyzeError;
use crate::report::Report;
use crate::table::{Table, number, percent, signed_percent};

/// Flags of `--plan`.
#[derive(Debug, Args)]
pub(super) struct Planning {
    /// Plan an experiment instead of judging one: needs --baseline, and --lift or --units.
    #[arg(long, requires = "baseline")]
    pub(super) plan: bool,

    /// Conversion rate (or, with --sd, mean) to be expected without the change.
    #[arg(long)]
    baseline: Option<f64>,

    /// Relative lift that must be seen: 0.1 is ten percent more.
    #[arg(long)]
    lift: Option<f64>,

    /// Units in each arm: what lift would they show?
    #[arg(long)]
    units: Option<f64>,

    /// Standard deviation of one unit, for a mean instead of a conversion rate.
    #[arg(long)]
    sd: Option<f64>,

    /// Chance to see the lift if it is there.
    #[arg(long, default_value_t = 0.8)]
    power: f64,

    /// Arms, the first included.
    #[arg(long, default_value_t = 2)]
    arms: usize,

    /// Units a day over all arms: gives the duration in full weeks.
    #[arg(long)]
    units_a_day: Option<f64>,
}

impl Planning {
    pub(super) fn run(&self, confidence: Option<f64>) -> Result<Report, AnalyzeError> {
        let alpha = 1.0 - confidence.unwrap_or(0.95);
        let demand = Demand { alpha, power: self.power };
        let baseline = self.baseline.unwrap_or_default();
        if self.arms < 2 {
            return Err(AnalyzeError::data("--arms must be at least 2"));
        }
        if self.sd.is_some() && !(baseline.is_finite() && baseline != 0.0) {
            return Err(AnalyzeError::data("--baseline must be a number other than zero"));
        }
        let (units, lift) = match (self.lift, self.units) {
            (Some(lift), None) => (self.needed(baseline, lift, demand)?, lift),
            (None, Some(units)) => (units, self.shown(baseline, units, demand)?),
            _ => return Err(AnalyzeError::data("--plan needs either --lift or --units")),
        };
        let units = units.ceil();
        let days = self.units_a_day.map(|a_day| {
            duration_days(units, self.arms, a_day)
                .ok_or_else(|| AnalyzeError::data("--units-a-day must be above zero"))
        });
        let days = days.transpose()?;
        let quarters = [0.25, 0.5, 0.75, 1.0];
        let looks =
            boundaries(Spending::OBrienFleming, alpha, &quarters).map_err(AnalyzeError::data)?;
        let mut report = Report::new(json!({
            "baseline": baseline, "lift": lift, "power": self.power, "confidence": 1.0 - alpha,
            "arms": self.arms, "units_per_arm": units, "units": units * self.arms as f64,
            "days": days,
            "looks": looks.iter().map(|look| json!({
                "information": look.information, "threshold": look.threshold, "spent": look.spent,
            })).collect::<Vec<Value>>(),
        }));
        report.line(format!(
            "To see a lift of {} from {} with a chance of {}: {} units in each of {} arms{}.",
            signed_percent(lift),
            if self.sd.is_some() { number(baseline) } else { percent(baseline) },
            percent(self.power),
            number(units),
            self.arms,
            days.map_or(String::new(), |days| format!(", {days} days (full weeks)"))
        ));
        report.line("Looking early? Stop at one of these, and not before, when |z| reaches it:");
        let mut table = Table::new(["share of units", "|z|"]);
        for look in looks {
            table.row([percent(look.information), number(look.threshold)]);
        }
        report.table(&table);
        Ok(report)
    }

    fn needed(&self, baseline: f64, lift: f64, demand: Demand) -> Result<f64, AnalyzeError> {
        match self.sd {
            Some(sd) => units_for_mean(baseline * lift, sd, demand),
            None => units_for_proportion(baseline, lift, demand),
        }
        .map_err(AnalyzeError::data)
    }

    fn shown(&self, baseline: f64, units: f64, demand: Demand) -> Result<f64, AnalyzeError> {
        let lift = match self.sd {
            Some(sd) => detectable_difference(sd, units, demand)
                .map(|difference| difference.map(|d| d / baseline.abs())),
            None => detectable_lift(baseline, units, demand),
        };
        lift.map_err(AnalyzeError::data)?
            .ok_or_else(|| AnalyzeError::data("so few units would show no lift at all"))
    }
}
