//! Metrics on the wire.

use luotsi_marketing::currency::Currency;
use luotsi_marketing::goal::Locale;
use luotsi_marketing::metric::{self, Combine, Formula, Ready, Unit};
use luotsi_marketing::query::Conversion;
use luotsi_store::metric::Metric;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::board::figures;
use crate::body::Change;

#[derive(Serialize, ToSchema)]
pub(super) struct MetricList {
    pub(super) items: Vec<MetricBody>,
}

/// In what a metric is told.
#[derive(Serialize, ToSchema)]
pub(crate) struct MetricUnitBody {
    /// `count`, `share` (percent), `money`, `duration` (seconds), `rank` or `score`.
    kind: String,
    /// An ISO 4217 code, with money.
    currency: Option<String>,
}

/// A metric of the dictionary.
#[derive(Serialize, ToSchema)]
pub(super) struct MetricBody {
    key: String,
    name: String,
    description: String,
    owner_id: Option<String>,
    /// `more` or `less`.
    better: String,
    /// Money of ready metrics is in the site's currency: then `currency` is null.
    unit: MetricUnitBody,
    /// How its numbers behave: `flow`, `stock`, `share`, `ratio`, `duration`, `money`, `price`, `rank`, `score`.
    nature: String,
    /// Whether it is there from the start, and cannot be changed.
    ready: bool,
    /// Whether it is made of observations.
    observed: bool,
    /// The series of observations that it is made of.
    series: Vec<String>,
    /// The formula that holds now.
    #[schema(value_type = Object)]
    formula: Value,
    /// By number; none of ready metrics.
    versions: Vec<MetricVersionBody>,
    /// What its filters must name for it to mean anything: `conversion`, `page`, or nothing.
    needs: Option<&'static str>,
    /// Goals that are measured by it, and boards that show it.
    used_by: Vec<MetricUse>,
}

/// Something that shows a metric.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MetricUse {
    /// `goal` or `board`.
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) name: String,
}

/// A formula and since when it holds.
#[derive(Serialize, ToSchema)]
struct MetricVersionBody {
    number: u32,
    valid_from: String,
    #[schema(value_type = Object)]
    formula: Value,
    note: String,
    author: String,
    created_at: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewMetric {
    /// Lower-case letters, digits and underscores; never changes.
    pub(super) key: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) owner_id: Option<String>,
    /// `more` or `less`.
    pub(super) better: String,
    /// `count`, `share`, `money`, `duration`, `rank` or `score`.
    pub(super) unit: String,
    /// With money.
    pub(super) currency: Option<String>,
    /// See `docs/metrics.md`.
    #[schema(value_type = Object)]
    pub(super) formula: Value,
    /// First day on which it holds, `YYYY-MM-DD`; today unless said. The first version also holds before.
    pub(super) valid_from: Option<String>,
    #[serde(default)]
    pub(super) note: String,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct MetricChanges {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) owner_id: Change<String>,
    pub(super) better: Option<String>,
    /// Another unit than money takes the currency away.
    pub(super) unit: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) currency: Change<String>,
    /// Another one becomes the next version.
    #[schema(value_type = Option<Object>)]
    pub(super) formula: Option<Value>,
    /// First day on which the next version holds; today unless said.
    pub(super) valid_from: Option<String>,
    /// Why the formula was changed.
    pub(super) note: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct MetricPreviewRequest {
    pub(super) site_id: String,
    #[schema(value_type = Object)]
    pub(super) formula: Value,
    /// As it will be told, `count` unless said: levels of ranks and scores are means, of counts sums.
    pub(super) unit: Option<String>,
    /// With money.
    pub(super) currency: Option<String>,
}

/// A day's value, in the metric's unit; money in the currency's unit.
#[derive(Serialize, ToSchema)]
pub(super) struct MetricDayBody {
    pub(super) date: String,
    pub(super) value: f64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct MetricPreview {
    /// How its numbers behave: `flow`, `stock`, `share`, `ratio`, `duration`, `money`, `price`, `rank`, `score`.
    pub(super) nature: String,
    /// Whether it is made of observations.
    pub(super) observed: bool,
    /// First and last day.
    pub(super) from: String,
    pub(super) to: String,
    /// Days without figures are missing.
    pub(super) days: Vec<MetricDayBody>,
    pub(super) value: Option<f64>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ValuesQuery {
    pub(super) site_id: String,
    /// First day; four weeks before `to` unless said.
    pub(super) from: Option<String>,
    /// Last day; today unless said.
    pub(super) to: Option<String>,
    /// The query API's filters as JSON.
    pub(super) filters: Option<String>,
    /// Whether to measure the same number of days before as well.
    #[serde(default)]
    pub(super) compare: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct MetricValues {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) unit: MetricUnitBody,
    pub(super) better: String,
    pub(super) nature: String,
    pub(super) observed: bool,
    pub(super) from: String,
    pub(super) to: String,
    /// Days without figures are missing.
    pub(super) days: Vec<MetricDayBody>,
    pub(super) value: Option<f64>,
    /// The value of as many days before, with `compare`.
    pub(super) before: Option<f64>,
    /// From `before` to `value`: percentage points of a share, else percent.
    pub(super) change: Option<f64>,
}

impl From<Unit> for MetricUnitBody {
    fn from(unit: Unit) -> Self {
        let currency = unit.currency().map(|currency| currency.code().to_owned());
        Self { kind: unit.as_str().to_owned(), currency }
    }
}

impl MetricBody {
    /// A metric of the workspace's own.
    pub(super) fn own(
        metric: &Metric,
        conversions: &[Conversion],
        used_by: Vec<MetricUse>,
    ) -> Self {
        let fields = &metric.fields;
        let newest = metric.versions.last();
        let json = newest.map(|version| version.formula.clone()).unwrap_or_default();
        // A formula on a conversion that is gone is shown all the same.
        let formula = Formula::parse(&json, conversions).ok();
        let combine =
            formula.as_ref().map_or(Combine::Sum, |formula| metric::plan(formula).combine);
        let unit = Unit::parse(&fields.unit, fields.currency.as_deref()).unwrap_or(Unit::Count);
        let series: Vec<String> =
            formula.iter().flat_map(Formula::series).map(str::to_owned).collect();
        Self {
            key: metric.key.clone(),
            name: fields.name.clone(),
            description: fields.description.clone(),
            owner_id: fields.owner_id.clone(),
            better: fields.better.clone(),
            unit: MetricUnitBody { kind: fields.unit.clone(), currency: fields.currency.clone() },
            nature: unit.nature(combine).as_str().to_owned(),
            ready: false,
            observed: !series.is_empty(),
            series,
            formula: json,
            versions: metric
                .versions
                .iter()
                .map(|version| MetricVersionBody {
                    number: version.number,
                    valid_from: version.valid_from.to_string(),
                    formula: version.formula.clone(),
                    note: version.note.clone(),
                    author: version.author.clone(),
                    created_at: version.created_at.to_string(),
                })
                .collect(),
            needs: None,
            used_by,
        }
    }

    /// A metric that is there from the start.
    pub(super) fn ready(
        ready: &Ready,
        locale: Locale,
        any: Currency,
        used_by: Vec<MetricUse>,
    ) -> Self {
        let formula = ready.formula(&[], &[]);
        let series: Vec<String> = formula.series().into_iter().map(str::to_owned).collect();
        let kind = Unit::of(ready.nature, any).as_str().to_owned();
        Self {
            key: ready.id.to_owned(),
            name: ready.name(locale).to_owned(),
            description: String::new(),
            owner_id: None,
            better: ready.better.as_str().to_owned(),
            unit: MetricUnitBody { kind, currency: None },
            nature: ready.nature.as_str().to_owned(),
            ready: true,
            observed: !series.is_empty(),
            series,
            needs: figures::needs(&formula),
            formula: formula.to_json(),
            versions: Vec::new(),
            used_by,
        }
    }
}
