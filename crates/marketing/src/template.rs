//! Ready KPI sets by business, and the map from company objectives to social media.
//!
//! A template is data (`data/templates.json`); expanding it gives drafts of objectives, KPIs and goals in the
//! reader's language, to be created as they are or changed first.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde_json::Value;

use crate::goal::Locale;
use crate::metric::{Better, ready};

/// A set that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub key: &'static str,
    names: [&'static str; 3],
    objectives: Vec<&'static Value>,
}

/// What kind of set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// KPIs of a kind of business.
    Business,
    /// What a company's objective means on social media.
    CompanyToSocial,
}

/// An objective to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectiveDraft {
    pub key: &'static str,
    pub name: String,
    /// Id of the metric that shows that it was worth it.
    pub outcome: &'static str,
    /// The dimension in which the person should choose a segment, if any.
    pub segmented_by: Option<&'static str>,
    pub kpis: Vec<KpiDraft>,
}

/// A KPI to be created, with a goal to begin with.
#[derive(Debug, Clone, PartialEq)]
pub struct KpiDraft {
    pub metric: &'static str,
    pub name: String,
    /// The query API's filters.
    pub filters: Vec<Value>,
    pub better: Better,
    /// Change from the baseline in percent.
    pub percent: f64,
    pub start: Date,
    pub deadline: Date,
    /// Needs figures from outside the site.
    pub observed: bool,
}

static DATA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/templates.json")).unwrap_or(Value::Null)
});

/// Every template of a set.
pub fn templates(set: Set) -> Vec<Template> {
    let list = |name: &str| DATA[name].as_array().into_iter().flatten();
    match set {
        Set::Business => list("businesses")
            .filter_map(|one| {
                Some(Template {
                    key: one["key"].as_str()?,
                    names: names(one)?,
                    objectives: one["objectives"].as_array()?.iter().collect(),
                })
            })
            .collect(),
        Set::CompanyToSocial => list("company_to_social")
            .filter_map(|one| {
                Some(Template {
                    key: one["key"].as_str()?,
                    names: names(one)?,
                    objectives: vec![one],
                })
            })
            .collect(),
    }
}

/// The template with this key.
pub fn template(key: &str) -> Option<Template> {
    let mut all = templates(Set::Business);
    all.extend(templates(Set::CompanyToSocial));
    all.into_iter().find(|template| template.key == key)
}

fn names(value: &'static Value) -> Option<[&'static str; 3]> {
    let list: Vec<&str> = value["name"].as_array()?.iter().filter_map(Value::as_str).collect();
    list.try_into().ok()
}

impl Template {
    pub fn name(&self, locale: Locale) -> &'static str {
        self.names[locale as usize]
    }

    /// Drafts of everything in it, with goals that start on a day.
    pub fn expand(&self, locale: Locale, start: Date) -> Vec<ObjectiveDraft> {
        self.objectives.iter().filter_map(|objective| draft(objective, locale, start)).collect()
    }
}

fn draft(objective: &'static Value, locale: Locale, start: Date) -> Option<ObjectiveDraft> {
    Some(ObjectiveDraft {
        key: objective["key"].as_str()?,
        name: names(objective)?[locale as usize].to_owned(),
        outcome: objective["outcome"].as_str()?,
        segmented_by: objective["segmented_by"].as_str(),
        kpis: objective["kpis"]
            .as_array()?
            .iter()
            .filter_map(|one| kpi(one, locale, start))
            .collect(),
    })
}

fn kpi(value: &'static Value, locale: Locale, start: Date) -> Option<KpiDraft> {
    let metric = ready(value["metric"].as_str()?)?;
    let filters: Vec<Value> = value["filters"].as_array().cloned().unwrap_or_default();
    let of: Vec<String> = filters
        .iter()
        .filter_map(|filter| filter[2].as_array())
        .map(|values| values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        .collect();
    let name = metric.name(locale).to_owned();
    let name = if of.is_empty() { name } else { format!("{name} ({})", of.join("; ")) };
    let months = value["goal"]["months"].as_i64()?;
    let end = start.checked_add(Span::new().try_months(months).ok()?).ok()?;
    Some(KpiDraft {
        metric: metric.id,
        name,
        filters,
        better: metric.better,
        percent: value["goal"]["percent"].as_f64()?,
        start,
        deadline: end.saturating_sub(1.day()),
        observed: !metric.is_of_events(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::query;

    #[test]
    fn every_set_expands_whole_in_every_language() {
        let counts = |set| templates(set).len();
        assert_eq!((counts(Set::Business), counts(Set::CompanyToSocial)), (7, 5));
        let kpis = |value: &Value| value["kpis"].as_array().map_or(0, Vec::len);
        for template in templates(Set::Business).into_iter().chain(templates(Set::CompanyToSocial))
        {
            for locale in Locale::ALL {
                assert!(!template.name(locale).is_empty());
                let drafts = template.expand(locale, date(2026, 4, 1));
                assert_eq!(drafts.len(), template.objectives.len(), "{}", template.key);
                for (draft, source) in drafts.iter().zip(&template.objectives) {
                    assert_eq!(draft.kpis.len(), kpis(source), "{}", draft.key);
                    assert!(ready(draft.outcome).is_some(), "{}", draft.outcome);
                }
            }
        }
    }

    #[test]
    fn a_draft_goes_the_better_way_and_its_filters_are_good_queries() {
        for template in templates(Set::Business).into_iter().chain(templates(Set::CompanyToSocial))
        {
            for kpi in
                template.expand(Locale::En, date(2026, 4, 1)).iter().flat_map(|one| &one.kpis)
            {
                assert_eq!(kpi.percent > 0.0, kpi.better == Better::More, "{}", kpi.metric);
                let filters = Value::Array(kpi.filters.clone());
                assert!(query::parse_filters(&filters, &[]).is_ok(), "{}", kpi.name);
            }
        }
    }

    #[test]
    fn a_set_stays_within_what_one_person_can_steer() {
        for template in templates(Set::Business) {
            let drafts = template.expand(Locale::Fi, date(2026, 4, 1));
            let count: usize = drafts.iter().map(|one| one.kpis.len()).sum();
            assert!(count <= crate::goal::lint::MOST_PER_PERSON, "{} has {count}", template.key);
        }
    }

    #[test]
    fn goals_begin_on_the_day_and_last_whole_months() {
        let shop = template("shop").expect("a template");
        let drafts = shop.expand(Locale::Fi, date(2026, 4, 1));
        let first = &drafts[0].kpis[0];
        assert_eq!((first.start, first.deadline), (date(2026, 4, 1), date(2026, 6, 30)));
        assert_eq!(
            (drafts[0].name.as_str(), first.name.as_str()),
            ("Lisää myyntiä verkkokaupasta", "Liikevaihto")
        );
        assert_eq!(template("nothing"), None);
        let email = template("email").expect("a template").expand(Locale::En, date(2026, 1, 31));
        assert_eq!(email[0].kpis[3].name, "Orders (Email)");
        assert_eq!(email[0].kpis[0].deadline, date(2026, 4, 29));
    }
}
