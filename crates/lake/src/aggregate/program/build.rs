//! How a query becomes part of a program: its filters as tests, its dimensions as keys.

use luotsi_marketing::query::{Conversion, Dimension, Filter, Metric, Query, Test, VisitColumn};

use super::currencies::revenue_currency;
use super::{
    EventKey, EventTest, Foreign, Key, MAX_TESTS, Program, Scope, TooManyTests, View, VisitTest,
    dimensions_in, filtered_goals,
};
use crate::aggregate::condition::{Condition, Conjunction};
use crate::schema;

impl Program {
    pub(super) fn add_view(&mut self, scope: Scope, query: &Query) -> Result<usize, TooManyTests> {
        let of_everyone = matches!(scope, Scope::Everyone | Scope::EveryoneByGroup);
        let mut conditions = Vec::new();
        for filter in &query.filters {
            let is_of_conversions = matches!(
                filter,
                Filter::Test(Test { dimension: Dimension::Goal | Dimension::Prop(_), .. })
            );
            if !(of_everyone && is_of_conversions) {
                conditions.push(self.condition(filter, &query.conversions)?);
            }
        }
        let goals = filtered_goals(query);
        let mut keys = Vec::new();
        for at in dimensions_in(scope, query) {
            keys.push(self.key(&query.dimensions[at], &goals));
        }
        let by_goal = query.dimensions.contains(&Dimension::Goal);
        let foreign = scope.is_of_money().then(|| Foreign {
            converted: scope == Scope::Converted,
            goals: by_goal.then(|| self.event_key_at(EventKey::Goal(goals.clone()))),
        });
        if foreign.is_some() {
            keys = vec![Key::Currency, Key::Wanted];
        }
        let asked = |metrics: &[Metric]| {
            scope == Scope::Whole && query.metrics.iter().any(|one| metrics.contains(one))
        };
        let engaged = asked(&[Metric::EngagedVisits, Metric::EngagementRate]);
        if engaged && self.key_events == 0 && !query.conversions.is_empty() {
            let all = EventTest::Goal((0..query.conversions.len()).collect());
            if let Condition::Event(bits) = self.event_test(all)? {
                self.key_events = bits;
            }
        }
        let rates = [
            Metric::Visitors,
            Metric::ConversionRate,
            Metric::GroupConversionRate,
            Metric::Percentage,
        ];
        let view = View {
            conditions: Conjunction::new(conditions),
            keys,
            currency: revenue_currency(query),
            visit_figures: engaged
                || asked(&[Metric::BounceRate, Metric::VisitDuration, Metric::ViewsPerVisit]),
            visitors: (scope != Scope::Whole && foreign.is_none()) || asked(&rates),
            revenue: asked(&[Metric::TotalRevenue, Metric::AverageRevenue]),
            engagement: asked(&[Metric::ScrollDepth, Metric::TimeOnPage]),
            foreign,
        };
        let of_pages = |key: &Key| matches!(key, Key::EntryPage | Key::ExitPage);
        let needs = &mut self.needs;
        needs.visitors |= view.visitors || asked(&[Metric::ScrollDepth]);
        needs.times |= view.by_time() || engaged || asked(&[Metric::VisitDuration]);
        needs.interactions |= asked(&[Metric::BounceRate]);
        // With `event:page` visit metrics count for the entry page.
        needs.pages |= view.keys.iter().any(of_pages) || (view.visit_figures && view.by_event());
        needs.revenue |= view.revenue;
        needs.engaged |= engaged;
        needs.engagement |= view.engagement || engaged;
        needs.visit_figures |= view.visit_figures;
        if let Some(at) = self.views.iter().position(|known| known.divides_like(&view)) {
            self.views[at].count_too(&view);
            return Ok(at);
        }
        self.views.push(view);
        Ok(self.views.len() - 1)
    }

    /// A filter as a condition; its tests are added to the program.
    pub(crate) fn condition(
        &mut self,
        filter: &Filter,
        goals: &[Conversion],
    ) -> Result<Condition, TooManyTests> {
        Ok(match filter {
            Filter::And(parts) => Condition::All(self.conditions(parts, goals)?),
            Filter::Or(parts) => Condition::Any(self.conditions(parts, goals)?),
            Filter::Not(inner) => Condition::Not(Box::new(self.condition(inner, goals)?)),
            Filter::HasDone(inner) => {
                let inner = self.condition(inner, goals)?;
                let same =
                    |test: &VisitTest| matches!(test, VisitTest::HasDone(known) if *known == inner);
                match self.visit_tests.iter().position(same) {
                    Some(at) => Condition::Visit(1 << at),
                    None => self.visit_test(VisitTest::HasDone(inner))?,
                }
            }
            Filter::Test(test) => {
                if let Some((_, known)) = self.known.iter().find(|(known, _)| known == test) {
                    return Ok(known.clone());
                }
                let condition = self.test(test, goals)?;
                self.known.push((test.clone(), condition.clone()));
                condition
            }
        })
    }

    fn conditions(
        &mut self,
        parts: &[Filter],
        goals: &[Conversion],
    ) -> Result<Vec<Condition>, TooManyTests> {
        parts.iter().map(|part| self.condition(part, goals)).collect()
    }

    pub(super) fn test(
        &mut self,
        test: &Test,
        goals: &[Conversion],
    ) -> Result<Condition, TooManyTests> {
        let text = || test.text_test();
        match &test.dimension {
            Dimension::Page => {
                self.event_test(EventTest::Text { column: schema::PATHNAME, test: text() })
            }
            Dimension::Hostname => {
                self.event_test(EventTest::Text { column: schema::HOSTNAME, test: text() })
            }
            Dimension::Name => {
                self.event_test(EventTest::Text { column: schema::NAME, test: text() })
            }
            Dimension::Prop(name) => {
                self.event_test(EventTest::Prop { name: name.clone(), test: text() })
            }
            Dimension::Goal => self.event_test(EventTest::Goal(test.goals(goals))),
            Dimension::EntryPage => self.visit_test(VisitTest::EntryPage(text())),
            Dimension::ExitPage => self.visit_test(VisitTest::ExitPage(text())),
            Dimension::CountryName => self.visit_test(VisitTest::CountryName(text())),
            Dimension::Visit(column) => {
                self.visit_test(VisitTest::Text { column: column_name(*column), test: text() })
            }
            Dimension::Origin(attribution, part) => {
                self.visit_test(VisitTest::Origin(*attribution, *part, text()))
            }
            // The parser takes no filters of time: nothing is left out.
            Dimension::Time(_) => Ok(Condition::All(Vec::new())),
        }
    }

    fn event_test(&mut self, test: EventTest) -> Result<Condition, TooManyTests> {
        if self.event_tests.len() == MAX_TESTS {
            return Err(TooManyTests);
        }
        self.event_tests.push(test);
        Ok(Condition::Event(1 << (self.event_tests.len() - 1)))
    }

    fn visit_test(&mut self, test: VisitTest) -> Result<Condition, TooManyTests> {
        if self.visit_tests.len() == MAX_TESTS {
            return Err(TooManyTests);
        }
        self.needs.pages |= matches!(test, VisitTest::EntryPage(_) | VisitTest::ExitPage(_));
        self.visit_tests.push(test);
        Ok(Condition::Visit(1 << (self.visit_tests.len() - 1)))
    }

    fn key(&mut self, dimension: &Dimension, goals: &[usize]) -> Key {
        match dimension {
            Dimension::Page => self.event_key(EventKey::Text(schema::PATHNAME)),
            Dimension::Hostname => self.event_key(EventKey::Text(schema::HOSTNAME)),
            Dimension::Name => self.event_key(EventKey::Text(schema::NAME)),
            Dimension::Prop(name) => self.event_key(EventKey::Prop(name.clone())),
            Dimension::Goal => self.event_key(EventKey::Goal(goals.to_vec())),
            Dimension::EntryPage => Key::EntryPage,
            Dimension::ExitPage => Key::ExitPage,
            Dimension::CountryName => self.visit_key(schema::COUNTRY),
            Dimension::Visit(column) => self.visit_key(column_name(*column)),
            Dimension::Origin(attribution, part) => Key::Origin(*attribution, *part),
            Dimension::Time(_) => Key::Bucket,
        }
    }

    fn event_key(&mut self, key: EventKey) -> Key {
        Key::Event(self.event_key_at(key))
    }

    fn event_key_at(&mut self, key: EventKey) -> usize {
        self.event_keys.iter().position(|known| *known == key).unwrap_or_else(|| {
            self.event_keys.push(key);
            self.event_keys.len() - 1
        })
    }

    fn visit_key(&mut self, column: &'static str) -> Key {
        let at = self.visit_keys.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.visit_keys.push(column);
            self.visit_keys.len() - 1
        });
        Key::Visit(at)
    }
}

fn column_name(column: VisitColumn) -> &'static str {
    column.as_str()
}
