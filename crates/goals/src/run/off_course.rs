//! Goals off course, and what moved them.

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::goal::drivers::{Drivers, lately};
use luotsi_marketing::goal::outlook::Outlook;
use luotsi_marketing::goal::{Plan, Status};
use luotsi_marketing::metric::{Better, Combine, DayValue};

use super::{Computed, first_day, writing};
use crate::explain::{self, Change};
use crate::measure::{MeasureError, Measuring, Resolved};

/// What is to be explained of a goal off course: how its metric moved lately.
#[derive(Debug, Clone)]
pub(super) struct Unexplained {
    resolved: Resolved,
    days: Vec<DayValue>,
    /// Both included.
    lately: (Date, Date),
    better: Better,
}

impl Unexplained {
    /// A plan's metric in the days that are worth explaining, up to the last whole one.
    pub(super) fn of(
        resolved: &Resolved,
        plan: &Plan,
        days: Vec<DayValue>,
        complete_to: Date,
    ) -> Unexplained {
        let lately = lately_of(resolved, plan, &days, complete_to);
        Unexplained { resolved: resolved.clone(), days, lately, better: plan.better }
    }

    fn change(&self) -> Change<'_> {
        let (from, to) = self.lately;
        Change { resolved: &self.resolved, total: &self.days, from, to }
    }
}

impl Computed {
    /// Takes in what moved it.
    fn explain(&mut self, found: Option<Drivers>) {
        let (Some(of), Some(found)) = (self.unexplained.take(), found) else { return };
        self.state["drivers"] = explain::to_json(&found, writing(&of.resolved), of.lately);
        if !found.is_good(of.better) {
            self.summary["reason"] = explain::reason(&found).unwrap_or_default();
        }
    }
}

impl Measuring<'_> {
    /// Explains what is off course of goals that were computed, together.
    ///
    /// # Errors
    /// Whatever measuring meets: nothing is explained then.
    pub(crate) async fn explain<'c>(
        &self,
        computed: impl IntoIterator<Item = &'c mut Computed>,
    ) -> Result<(), MeasureError> {
        let mut open: Vec<&mut Computed> =
            computed.into_iter().filter(|one| one.unexplained.is_some()).collect();
        let changes: Vec<Change<'_>> =
            open.iter().filter_map(|one| Some(one.unexplained.as_ref()?.change())).collect();
        let found = self.drivers_of(&changes).await?;
        for (computed, found) in open.iter_mut().zip(found) {
            computed.explain(found);
        }
        Ok(())
    }

    /// What moved a goal's metric lately, and over which days; `None` without a change or a past.
    ///
    /// # Errors
    /// Whatever measuring meets.
    pub async fn moved_lately(
        &self,
        resolved: &Resolved,
        plan: &Plan,
    ) -> Result<Option<(Drivers, (Date, Date))>, MeasureError> {
        let today = resolved.subject.site.today();
        let days = self.kept_days(&resolved.subject, first_day(plan, today)).await?;
        let lately = lately_of(resolved, plan, &days, today.saturating_sub(1.day()));
        let found = self.drivers(resolved, &days, lately.0, lately.1).await?;
        Ok(found.map(|drivers| (drivers, lately)))
    }
}

/// The days up to one that are worth explaining.
fn lately_of(
    resolved: &Resolved,
    plan: &Plan,
    days: &[DayValue],
    complete_to: Date,
) -> (Date, Date) {
    let scale = match resolved.combine {
        Combine::Ratio { scale } => Some(scale),
        _ => None,
    };
    lately(days, plan.start, complete_to.min(plan.deadline), plan.better, scale)
}

/// Whether people should be told why it is where it is.
pub(super) fn off_course(status: Status, outlook: Option<&Outlook>) -> bool {
    matches!(status, Status::Behind | Status::Missed)
        || outlook.is_some_and(|one| one.pace.is_some_and(|pace| pace < 0.9))
}
