//! What goals measure, each series of figures once however many goals count it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use luotsi_marketing::alert::Named;
use luotsi_marketing::metric::Combine;
use luotsi_notify::compose::LOCALES;
use luotsi_store::goal::Goal;
use serde_json::{Value, json};

use super::finding::{Watched, goal_names};
use crate::figures::digest;
use crate::measure::{MeasureError, Measuring, Resolved, SiteContext};
use crate::run::writing;

/// Names the figures of a metric with filters on a site: goals, lines and alerts of the same figures share it.
pub fn series(site: &str, metric: &str, filters: &Value) -> String {
    let mut filters: Vec<String> =
        filters.as_array().into_iter().flatten().map(Value::to_string).collect();
    filters.sort_unstable();
    digest(&json!([site, metric, filters]).to_string())
}

/// Names the figures that a goal counts.
pub fn series_of(goal: &Goal) -> String {
    series(&goal.fields.site_id, &goal.fields.metric, &goal.fields.filters)
}

/// A series with the goals that count it.
pub(super) struct Counted {
    pub(super) key: String,
    pub(super) goals: Vec<Goal>,
    pub(super) metric: Resolved,
    pub(super) filters: Vec<Value>,
    /// What the figures are called.
    pub(super) figure: [String; 3],
}

impl Counted {
    /// The goals' names, always in the same order.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.goals.iter().map(|goal| goal.fields.name.clone());
        let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        names
    }

    pub(super) fn watched(&self) -> Watched {
        let mut owners: Vec<String> =
            self.goals.iter().filter_map(|goal| goal.fields.owner_id.clone()).collect();
        owners.sort_unstable();
        owners.dedup();
        let link =
            self.goals.first().map_or("/alerts".to_owned(), |goal| format!("/goals/{}", goal.id));
        let names = match self.goals.as_slice() {
            [goal] => goal_names(goal, &self.figure),
            _ => self.figure.clone(),
        };
        Watched { kind: "series", id: self.key.clone(), owners, link, names }
    }

    pub(super) fn named<'a>(&'a self, subject: &'a str) -> Named<'a> {
        named(subject, &self.figure[0], &self.metric)
    }
}

/// How the rules write a metric.
pub(super) fn named<'a>(subject: &'a str, name: &'a str, metric: &Resolved) -> Named<'a> {
    let scale = match metric.combine {
        Combine::Ratio { scale } => scale,
        _ => 1.0,
    };
    Named { subject, name, writing: writing(metric), better: metric.better, scale }
}

/// A metric's name with the values that narrow it.
pub fn figure_names(metric: &Resolved, filters: &[Value]) -> [String; 3] {
    let values: Vec<&str> = filters
        .iter()
        .filter(|filter| filter[0] == "is")
        .flat_map(|filter| filter[2].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    LOCALES.map(|locale| {
        let name = metric.name(locale);
        if values.is_empty() { name.to_owned() } else { format!("{name} ({})", values.join(", ")) }
    })
}

/// A goal's filters.
pub(super) fn list(filters: &Value) -> Vec<Value> {
    filters.as_array().cloned().unwrap_or_default()
}

/// Whether a goal runs on a day.
pub(super) fn runs(goal: &Goal, today: Date) -> bool {
    goal.fields.plan.start <= today && today <= goal.fields.plan.deadline
}

impl Measuring<'_> {
    /// The series of a site's goals that run today. Goals that cannot be measured are left out, as their keys.
    pub(super) async fn counted(
        &self,
        site: &Arc<SiteContext>,
        goals: &[Goal],
    ) -> Result<(Vec<Counted>, Vec<String>), MeasureError> {
        let mut by_key: BTreeMap<String, Counted> = BTreeMap::new();
        let mut failed = Vec::new();
        for goal in goals.iter().filter(|goal| goal.fields.site_id == site.site.id) {
            if !runs(goal, site.today()) {
                continue;
            }
            let key = series_of(goal);
            if let Some(known) = by_key.get_mut(&key) {
                known.goals.push(goal.clone());
                continue;
            }
            match self.resolve_goal(site, goal).await {
                Ok(metric) => {
                    let filters = list(&goal.fields.filters);
                    let figure = figure_names(&metric, &filters);
                    let goals = vec![goal.clone()];
                    by_key.insert(key.clone(), Counted { key, goals, metric, filters, figure });
                }
                Err(error @ (MeasureError::Store(_) | MeasureError::Failed(_))) => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::warn!(%error, goal = goal.id, "a goal cannot be watched");
                    failed.push(key);
                }
            }
        }
        Ok((by_key.into_values().collect(), failed))
    }
}
