//! The days of what goals measure, kept so that a night measures only what may have changed.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::metric::DayValue;
use luotsi_store::figures::KeptDays;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::measure::{MeasureError, Measuring, SiteContext, Subject};

/// Days of the past that a forecast looks at.
pub const PAST_DAYS: i64 = 400;

/// Days within which late events may still come.
const LATE_DAYS: i64 = 4;

/// A short name of a text: the same for the same text.
pub fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(32);
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        let _infallible = write!(out, "{byte:02x}");
    }
    out
}

impl Measuring<'_> {
    /// A subject's days from one day up to today, measured where they may differ from what is kept.
    ///
    /// # Errors
    /// Whatever measuring meets.
    pub async fn kept_days(
        &self,
        subject: &Subject,
        from: Date,
    ) -> Result<Vec<DayValue>, MeasureError> {
        let site = &subject.site.site;
        let today = subject.site.today();
        if subject.observed() {
            return self.days(subject, from, today).await;
        }
        let name = digest(&subject.definition());
        let kept = self.store.kept_days(&site.workspace_id, &site.id, &name).await?;
        let (from, days, over) = match kept {
            Some(kept) if kept.from <= from && kept.to <= today => {
                let anew = kept.to.saturating_sub(LATE_DAYS.days()).max(kept.from);
                let mut days = kept.days;
                days.retain(|day| day.day < anew);
                days.extend(self.days(subject, anew, today).await?);
                (kept.from, days, Some(kept.to))
            }
            _ => (from, self.days(subject, from, today).await?, None),
        };
        let kept = KeptDays {
            subject: name,
            site_id: site.id.clone(),
            from,
            to: today,
            days,
            measured_at: self.now,
        };
        self.store.keep_days(&site.workspace_id, &kept, over).await?;
        Ok(kept.days)
    }

    /// The first day on which a site's events, or what they are worth, are not what they were when it was looked
    /// at last. Kept figures are cut there before what the events are now is kept: whoever measures next, and
    /// whenever, does so from that day on, even when this run ends here.
    ///
    /// So figures are measured again after late events, after something that was held back is counted all the
    /// same, and after a rate of exchange came or changed.
    ///
    /// # Errors
    /// Whatever measuring meets.
    pub async fn changed_since(
        &self,
        site: &std::sync::Arc<SiteContext>,
    ) -> Result<Option<Date>, MeasureError> {
        let today = site.today();
        let from = today.saturating_sub((2 * PAST_DAYS).days());
        let mut now: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
        for key in ["events", "total_revenue"] {
            let all = self.resolve(site, key, &[]).await?;
            for day in self.days(&all.subject, from, today).await? {
                now.entry(day.day).or_default().push(day.numerator);
            }
        }
        let now: Vec<(Date, f64)> =
            now.into_iter().map(|(day, figures)| (day, print_of(&figures))).collect();
        let (workspace, id) = (&site.site.workspace_id, &site.site.id);
        let before = self.store.site_days(workspace, id).await?;
        let changed = if before.is_empty() { None } else { first_change(before, &now, from) };
        if let Some(day) = changed {
            self.store.cut_days(workspace, id, day).await?;
        }
        self.store.keep_site_days(workspace, id, &now, self.now).await?;
        Ok(changed)
    }
}

/// The first day from `from` on that is not the same in both.
fn first_change(before: Vec<(Date, f64)>, now: &[(Date, f64)], from: Date) -> Option<Date> {
    let differs = |one: &[(Date, f64)], other: &[(Date, f64)]| {
        one.iter().find(|day| !other.contains(day)).map(|day| day.0)
    };
    let within: Vec<(Date, f64)> = before.into_iter().filter(|(day, _)| *day >= from).collect();
    match (differs(now, &within), differs(&within, now)) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// A number that hardly ever is the same for other figures.
fn print_of(figures: &[f64]) -> f64 {
    let bits: Vec<u64> = figures.iter().map(|figure| figure.to_bits()).collect();
    let print = digest(&json!(bits).to_string());
    f64::from(u32::from_str_radix(print.get(..8).unwrap_or_default(), 16).unwrap_or_default())
}

/// Names what a goal asks: forecasts under another name are of another question.
pub fn rules(subject: &Subject, plan: &luotsi_marketing::goal::Plan) -> String {
    let asked = json!([
        subject.definition(),
        plan.counting.as_str(),
        plan.counting.threshold(),
        plan.better.as_str(),
        plan.start.to_string(),
        plan.deadline.to_string(),
    ]);
    digest(&asked.to_string())
}
