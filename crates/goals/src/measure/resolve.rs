//! What a metric is on a site: its formulas, unit and nature, from the dictionary or ready-made.

use std::sync::Arc;

use jiff::civil::Date;
use luotsi_lake::query::SqlError;
use luotsi_marketing::currency::Currency;
use luotsi_marketing::goal::Locale;
use luotsi_marketing::metric::{
    self, Better, Combine, FieldError, Formula, Narrowing, Nature, Ready, Unit,
};
use luotsi_marketing::query::{Context, Metric, Query};
use luotsi_store::StoreError;
use luotsi_store::metric::Metric as Kept;
use serde_json::{Value, json};

use super::{MeasureError, Measuring, SiteContext, Stretch, Subject};

/// A metric narrowed by filters, ready to be measured on a site.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub key: String,
    name: Name,
    pub unit: Unit,
    pub better: Better,
    pub nature: Nature,
    /// How days make a period.
    pub combine: Combine,
    pub subject: Subject,
}

#[derive(Debug, Clone)]
enum Name {
    Ready(&'static Ready),
    Own(String),
}

impl Resolved {
    /// What it is called: ready metrics in the language, others as they were named.
    pub fn name(&self, locale: Locale) -> &str {
        match &self.name {
            Name::Ready(ready) => ready.name(locale),
            Name::Own(name) => name,
        }
    }

    /// The formula that holds now.
    pub fn formula(&self) -> Option<&Formula> {
        self.subject.stretches.last().map(|newest| &newest.formula)
    }

    /// Whether days without figures are unknown (observations) rather than zero (events).
    pub fn observed(&self) -> bool {
        self.subject.observed()
    }
}

impl Measuring<'_> {
    /// What the metric of a key is on a site: a ready one, or the workspace's own. `filters` (the query API's;
    /// of observations, [`Narrowing`]) narrow it.
    ///
    /// # Errors
    /// [`MeasureError::UnknownMetric`]; [`MeasureError::Invalid`] or [`MeasureError::Formula`] when the filters
    /// or the formula mean nothing on this site. Nothing is measured.
    pub async fn resolve(
        &self,
        site: &Arc<SiteContext>,
        key: &str,
        filters: &[Value],
    ) -> Result<Resolved, MeasureError> {
        if let Some(ready) = metric::ready(key) {
            let formula = ready.formula(filters, &site.context.conversions);
            let currency = revenue_currency(&site.context, filters);
            let unit = Unit::of(ready.nature, currency);
            let stretches =
                vec![Stretch { valid_from: Date::MIN, plan: metric::plan(&formula), formula }];
            return resolved(
                site,
                key,
                (Name::Ready(ready), unit, ready.better, Some(ready.nature)),
                stretches,
            );
        }
        match self.store.metric(&site.site.workspace_id, key).await {
            Ok(kept) => own(site, &kept, filters),
            Err(StoreError::NotFound(_)) => Err(MeasureError::UnknownMetric(key.to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    /// As `resolve`, of a metric that is read already: for lists.
    pub fn resolve_kept(
        &self,
        site: &Arc<SiteContext>,
        kept: &Kept,
        filters: &[Value],
    ) -> Result<Resolved, MeasureError> {
        own(site, kept, filters)
    }

    /// As `resolve`, of a formula that nobody keeps: for previews.
    pub fn resolve_formula(
        &self,
        site: &Arc<SiteContext>,
        formula: Formula,
        (unit, better): (Unit, Better),
    ) -> Result<Resolved, MeasureError> {
        let stretches =
            vec![Stretch { valid_from: Date::MIN, plan: metric::plan(&formula), formula }];
        resolved(site, "", (Name::Own(String::new()), unit, better, None), stretches)
    }
}

/// Whether a formula can be computed at all, on whatever site: SQL is read and planned.
pub fn check_formula(formula: &Formula) -> Result<(), FieldError> {
    match formula {
        Formula::Sql { expression, .. } => {
            luotsi_lake::query::check_sql(expression).map_err(|wrong| of_sql(&wrong))
        }
        _ => Ok(()),
    }
}

/// What is wrong with SQL, as a formula's field.
pub(super) fn of_sql(wrong: &SqlError) -> FieldError {
    FieldError {
        field: "formula.expression".to_owned(),
        code: wrong.code(),
        message: wrong.to_string(),
    }
}

fn own(site: &Arc<SiteContext>, kept: &Kept, filters: &[Value]) -> Result<Resolved, MeasureError> {
    let setting = |_| MeasureError::Setting("metric");
    let unit = Unit::parse(&kept.fields.unit, kept.fields.currency.as_deref()).map_err(setting)?;
    let better =
        kept.fields.better.parse().map_err(|_| MeasureError::Setting("metric's direction"))?;
    let mut stretches = Vec::with_capacity(kept.versions.len());
    for version in &kept.versions {
        let formula = Formula::parse(&version.formula, &site.context.conversions)
            .map_err(MeasureError::Formula)?
            .narrowed(filters);
        let plan = metric::plan(&formula);
        stretches.push(Stretch { valid_from: version.valid_from, formula, plan });
    }
    let name = Name::Own(kept.fields.name.clone());
    resolved(site, &kept.key, (name, unit, better, None), stretches)
}

fn resolved(
    site: &Arc<SiteContext>,
    key: &str,
    (name, unit, better, nature): (Name, Unit, Better, Option<Nature>),
    stretches: Vec<Stretch>,
) -> Result<Resolved, MeasureError> {
    for stretch in &stretches {
        check(&stretch.formula, &site.context)?;
    }
    let combine = stretches.last().map_or(Combine::Sum, |newest| newest.plan.combine);
    let nature = nature.unwrap_or_else(|| unit.nature(combine));
    // Ranks, scores and shares of several things have a mean; followers add up.
    let level_is_mean = !matches!(nature, Nature::Stock | Nature::Flow | Nature::Money);
    let subject = Subject { site: Arc::clone(site), stretches, level_is_mean };
    Ok(Resolved { key: key.to_owned(), name, unit, better, nature, combine, subject })
}

/// Whether a formula means something on a site, without measuring.
fn check(formula: &Formula, context: &Context) -> Result<(), MeasureError> {
    let today = context.now.to_zoned(context.time_zone.clone()).date().to_string();
    let query = |metric: Metric, filters: &[Value]| -> Result<(), MeasureError> {
        let body = json!({
            "site_id": "site", "metrics": [metric.as_str()], "filters": filters,
            "date_range": [today, today],
        });
        Query::parse(&body, context).map(drop).map_err(MeasureError::from)
    };
    let aggregate = |aggregate: &metric::Aggregate| match &aggregate.subject {
        metric::Subject::Observations { .. } => {
            Narrowing::of(&aggregate.filters).map(drop).map_err(MeasureError::from)
        }
        metric::Subject::Events { .. } => query(Metric::Events, &aggregate.filters),
    };
    match formula {
        Formula::Query { metric, filters } => query(*metric, filters),
        Formula::Aggregate(one) => aggregate(one),
        Formula::Ratio { numerator, denominator, .. } => {
            aggregate(numerator)?;
            aggregate(denominator)
        }
        Formula::Funnel { steps, filters, .. } => {
            if steps.is_empty() {
                let (field, code) = ("formula.steps".to_owned(), "steps");
                let message = "a funnel has steps".to_owned();
                return Err(FieldError { field, code, message }.into());
            }
            query(Metric::Visits, filters)
        }
        Formula::Sql { filters, .. } => {
            check_formula(formula)?;
            query(Metric::Events, filters)
        }
    }
}

/// The currency of revenue under these filters: that of the conversions they name, where they agree, else the site's.
pub(super) fn revenue_currency(context: &Context, filters: &[Value]) -> Currency {
    let of_goals = filters.iter().filter(|filter| filter[1] == "event:goal");
    let names = of_goals.flat_map(|filter| filter[2].as_array().into_iter().flatten());
    let currency = |name: &Value| {
        let mut conversions = context.conversions.iter();
        conversions.find(|one| Some(one.display_name.as_str()) == name.as_str())?.currency
    };
    let mut currencies = names.filter_map(currency);
    let first = currencies.next().unwrap_or(context.currency);
    if currencies.all(|other| other == first) { first } else { context.currency }
}
