//! The definitions as plain loops over all events, as slow and as plain as can be.

use std::collections::{BTreeMap, BTreeSet};

use luotsi_marketing::conversion::{PagePattern, Trigger};
use luotsi_marketing::event::{ENGAGEMENT, Event, PAGEVIEW, REFUND, Visit};
use luotsi_marketing::query::{
    Bucket, Conversion, Dimension, Filter, Metric, MetricValue, Query, Range, Test, VisitColumn,
    country_name,
};
use luotsi_marketing::source::Origin;

use super::SITE;

/// Metrics by labels, as they are shown.
pub(super) type Groups = BTreeMap<Vec<String>, Vec<MetricValue>>;

/// A visit: its events in the order of time, without bots.
struct Whole<'a> {
    events: Vec<&'a Event>,
    visit: &'a Visit,
    /// What it is owed to, in the order of `Attribution::ALL`.
    origins: [Origin; 2],
}

impl Whole<'_> {
    fn pageviews(&self) -> Vec<&&Event> {
        self.events.iter().filter(|event| event.name == PAGEVIEW).collect()
    }

    /// Whom the visit counts to.
    fn visitor(&self) -> i64 {
        let person = self.events.iter().find_map(|event| event.person_id);
        person.unwrap_or(self.events[0].visitor_id)
    }

    /// Where it comes among the visits; `None` when nothing in it counts.
    fn moment(&self) -> Option<(i64, i64)> {
        let first = self.events.iter().find(|event| event.name != ENGAGEMENT)?;
        Some((first.at_us, self.visit.session_id))
    }

    /// Whether what this visit came by is remembered when `later` comes.
    fn is_of_same(&self, later: &Whole<'_>) -> bool {
        let browser = self.events[0].visitor_id;
        let is_anonymous = self.visitor() == browser;
        self.visitor() == later.visitor() || (is_anonymous && later.events[0].visitor_id == browser)
    }

    fn entry_page(&self) -> Option<&str> {
        self.pageviews().first().map(|event| event.pathname.as_str())
    }

    fn exit_page(&self) -> Option<&str> {
        self.pageviews().last().map(|event| event.pathname.as_str())
    }

    fn is_bounce(&self) -> bool {
        self.events.iter().filter(|event| event.name != ENGAGEMENT && event.interactive).count()
            == 1
    }

    /// GA4's: more than ten seconds (in front where that is reported), two views or a key event.
    fn is_engaged(&self, key_events: &[Conversion]) -> bool {
        let reported: Vec<i64> =
            self.events.iter().filter_map(|event| Some(i64::from(event.engagement_ms?))).collect();
        let ms = match reported.as_slice() {
            [] => self.duration_us() / 1_000,
            reported => reported.iter().sum(),
        };
        let is_key = |event: &&Event| key_events.iter().any(|one| is_goal(one, event));
        ms > 10_000 || self.pageviews().len() >= 2 || self.events.iter().any(is_key)
    }

    fn start_us(&self) -> i64 {
        self.events[0].at_us
    }

    fn duration_us(&self) -> i64 {
        self.events[self.events.len() - 1].at_us - self.events[0].at_us
    }
}

struct Naive<'a> {
    query: &'a Query,
    range: Range,
    buckets: Vec<Bucket>,
    visits: Vec<Whole<'a>>,
}

/// What a query over `range` answers, by naive loops.
pub(super) fn groups(query: &Query, range: Range, events: &[(Event, Visit)]) -> Groups {
    let mut visits: BTreeMap<i64, Whole<'_>> = BTreeMap::new();
    for (event, visit) in events {
        if event.site_number == SITE && event.bot_reason.is_none() {
            let begun = Whole { events: Vec::new(), visit, origins: Default::default() };
            visits.entry(visit.session_id).or_insert(begun).events.push(event);
        }
    }
    for whole in visits.values_mut() {
        whole.events.sort_by_key(|event| event.at_us);
    }
    let mut visits: Vec<Whole<'_>> = visits.into_values().collect();
    let origins: Vec<[Origin; 2]> = visits.iter().map(|visit| owed_to(visit, &visits)).collect();
    for (visit, origins) in visits.iter_mut().zip(origins) {
        visit.origins = origins;
    }
    let buckets = query.buckets(range).unwrap_or_default();
    let naive = Naive { query, range, buckets, visits };
    let all: Vec<usize> = (0..query.dimensions.len()).collect();
    let mut labels: BTreeSet<Vec<String>> = BTreeSet::new();
    for whole in &naive.visits {
        for event in naive.matching(whole, &query.filters) {
            labels.extend(naive.labels(event, whole, event.at_us, &all));
            let start_us = whole.start_us().max(range.from_us);
            labels.extend(naive.labels(event, whole, start_us, &all));
        }
    }
    if query.dimensions.is_empty() {
        labels.insert(Vec::new());
    }
    let metrics = |labels: &Vec<String>| {
        query.metrics.iter().map(|metric| naive.metric(*metric, labels).shown(*metric)).collect()
    };
    labels.iter().map(|labels| (labels.clone(), metrics(labels))).collect()
}

/// The last source and the first one.
fn owed_to(visit: &Whole<'_>, all: &[Whole<'_>]) -> [Origin; 2] {
    let Some(moment) = visit.moment() else { return Default::default() };
    let own = Origin::of(&visit.visit.acquisition);
    let mut before: Vec<((i64, i64), Origin)> = all
        .iter()
        .filter(|earlier| earlier.is_of_same(visit))
        .filter_map(|earlier| {
            let at = earlier.moment().filter(|at| *at < moment)?;
            Some((at, Origin::of(&earlier.visit.acquisition)))
        })
        .collect();
    before.sort_by_key(|(at, _)| *at);
    let first = before.first().map_or(&own, |(_, origin)| origin).clone();
    let last = before.into_iter().rev().map(|(_, origin)| origin).find(|one| !one.is_direct());
    let last = if own.is_direct() { last.unwrap_or(own) } else { own };
    [last, first]
}

impl Naive<'_> {
    /// Events of a visit that count: in the range, no engagement, all filters hold.
    fn matching<'a>(&self, whole: &'a Whole<'_>, filters: &[Filter]) -> Vec<&'a Event> {
        let holds = |event: &&&Event| filters.iter().all(|filter| self.holds(filter, event, whole));
        let counts = |event: &&&Event| self.range.contains(event.at_us) && event.name != ENGAGEMENT;
        whole.events.iter().filter(counts).filter(holds).copied().collect()
    }

    fn holds(&self, filter: &Filter, event: &Event, whole: &Whole<'_>) -> bool {
        match filter {
            Filter::And(parts) => parts.iter().all(|part| self.holds(part, event, whole)),
            Filter::Or(parts) => parts.iter().any(|part| self.holds(part, event, whole)),
            Filter::Not(inner) => !self.holds(inner, event, whole),
            Filter::HasDone(inner) => !self.matching(whole, std::slice::from_ref(inner)).is_empty(),
            Filter::Test(test) => self.passes(test, event, whole),
        }
    }

    fn passes(&self, test: &Test, event: &Event, whole: &Whole<'_>) -> bool {
        if test.dimension == Dimension::Goal {
            let goals = test.goals(&self.query.conversions);
            return goals.iter().any(|goal| is_goal(&self.query.conversions[*goal], event));
        }
        test.text_test().fits(value(&test.dimension, event, whole).as_deref())
    }

    /// The groups of an event, several when it is several goals; `at_us` decides the bucket.
    fn labels(
        &self,
        event: &Event,
        whole: &Whole<'_>,
        at_us: i64,
        dimensions: &[usize],
    ) -> Vec<Vec<String>> {
        let mut all = vec![Vec::new()];
        for at in dimensions {
            let dimension = &self.query.dimensions[*at];
            let values = match dimension {
                Dimension::Goal => self.goals(event),
                Dimension::Time(_) => vec![self.bucket(at_us)],
                _ => vec![
                    value(dimension, event, whole)
                        .unwrap_or_else(|| dimension.absent_label().to_owned()),
                ],
            };
            all = all
                .into_iter()
                .flat_map(|labels| {
                    values.iter().map(move |value| {
                        let mut labels = labels.clone();
                        labels.push(value.clone());
                        labels
                    })
                })
                .collect();
        }
        all
    }

    fn goals(&self, event: &Event) -> Vec<String> {
        let filters: Vec<&Test> =
            self.query.top_level_tests().filter(|test| test.dimension == Dimension::Goal).collect();
        let conversions = &self.query.conversions;
        let kept = |at: &usize| filters.iter().all(|test| test.goals(conversions).contains(at));
        let fulfilled = |at: &usize| is_goal(&conversions[*at], event);
        let names = (0..conversions.len()).filter(kept).filter(fulfilled);
        names.map(|at| conversions[at].display_name.clone()).collect()
    }

    fn bucket(&self, at_us: i64) -> String {
        let bucket = self.buckets.iter().rev().find(|bucket| bucket.start_us <= at_us);
        bucket.map(|bucket| bucket.label.clone()).unwrap_or_default()
    }

    fn all(&self) -> Vec<usize> {
        (0..self.query.dimensions.len()).collect()
    }

    /// Events of the group, with their visits.
    fn events(&self, labels: &[String]) -> Vec<(&Event, &Whole<'_>)> {
        let mut events = Vec::new();
        for whole in &self.visits {
            for event in self.matching(whole, &self.query.filters) {
                if self.labels(event, whole, event.at_us, &self.all()).iter().any(|of| of == labels)
                {
                    events.push((event, whole));
                }
            }
        }
        events
    }

    fn visits_of(&self, labels: &[String]) -> usize {
        let of_group = |whole: &&Whole<'_>| {
            let start_us = whole.start_us().max(self.range.from_us);
            self.matching(whole, &self.query.filters).iter().any(|event| {
                self.labels(event, whole, start_us, &self.all()).iter().any(|of| of == labels)
            })
        };
        self.visits.iter().filter(of_group).count()
    }

    /// Visits whose figures count for the group: with `event:page`, those entered on that page.
    fn whole_visits(&self, labels: &[String]) -> Vec<&Whole<'_>> {
        let of_group = |whole: &&Whole<'_>| {
            let matching = self.matching(whole, &self.query.filters);
            let Some(event) = matching.first() else { return false };
            let start_us = whole.start_us().max(self.range.from_us);
            let mut own = self.labels(event, whole, start_us, &self.all());
            if let Some(page) = self.query.dimensions.iter().position(|one| *one == Dimension::Page)
            {
                own[0][page] =
                    whole.entry_page().unwrap_or(Dimension::Page.absent_label()).to_owned();
            }
            own[0] == labels
        };
        self.visits.iter().filter(of_group).collect()
    }

    fn visitors(&self, labels: &[String]) -> usize {
        let visitors: BTreeSet<i64> =
            self.events(labels).iter().map(|(_, whole)| whole.visitor()).collect();
        visitors.len()
    }

    /// Visitors under other filters, grouped by some dimensions only.
    fn others(&self, filters: &[Filter], dimensions: &[usize], labels: &[String]) -> usize {
        let mut visitors = BTreeSet::new();
        for whole in &self.visits {
            for event in self.matching(whole, filters) {
                let own = self.labels(event, whole, event.at_us, dimensions);
                let wanted: Vec<String> = dimensions.iter().map(|at| labels[*at].clone()).collect();
                if own.contains(&wanted) {
                    visitors.insert(whole.visitor());
                }
            }
        }
        visitors.len()
    }

    fn without_conversions(&self) -> Vec<Filter> {
        let kept = |filter: &&Filter| {
            !matches!(
                filter,
                Filter::Test(Test { dimension: Dimension::Goal | Dimension::Prop(_), .. })
            )
        };
        self.query.filters.iter().filter(kept).cloned().collect()
    }

    fn reports(&self, labels: &[String]) -> Vec<(&Event, &Whole<'_>)> {
        let mut reports = Vec::new();
        for whole in &self.visits {
            for event in &whole.events {
                if event.name == ENGAGEMENT
                    && self.range.contains(event.at_us)
                    && self.query.filters.iter().all(|filter| self.holds(filter, event, whole))
                    && self
                        .labels(event, whole, event.at_us, &self.all())
                        .iter()
                        .any(|of| of == labels)
                {
                    reports.push((*event, whole));
                }
            }
        }
        reports
    }

    fn revenue(&self, labels: &[String]) -> (i64, usize) {
        let mut sum = 0;
        let mut sales = 0;
        for (event, _) in self.events(labels) {
            let Some(revenue) = event.revenue else { continue };
            if revenue.currency.code() != "EUR" {
                continue;
            }
            if event.name == REFUND {
                sum -= revenue.minor_units;
                continue;
            }
            if event.transaction_id.is_some() && self.is_again(event) {
                continue;
            }
            sum += revenue.minor_units;
            sales += 1;
        }
        (sum, sales)
    }

    /// Whether the event's order was reported in the seven days before, whatever is asked.
    fn is_again(&self, event: &Event) -> bool {
        let mut reports = self.visits.iter().flat_map(|whole| &whole.events).filter(|one| {
            one.transaction_id == event.transaction_id
                && one.revenue.is_some()
                && !matches!(one.name.as_str(), REFUND | ENGAGEMENT)
        });
        reports.any(|one| {
            (one.at_us, one.event_id) < (event.at_us, event.event_id)
                && event.at_us - one.at_us <= 7 * 86_400_000_000
        })
    }

    fn metric(&self, metric: Metric, labels: &[String]) -> MetricValue {
        let grouped = !labels.is_empty();
        let count = |count: usize| MetricValue::Count(count as u64);
        let mean = |sum: f64, of: usize| match of {
            0 if grouped => MetricValue::Missing,
            0 => MetricValue::Number(0.0),
            of => MetricValue::Number(sum / of as f64),
        };
        let share = |of: usize| 100.0 * self.visitors(labels) as f64 / of as f64;
        let whole = || self.whole_visits(labels);
        let has_goal = self.query.dimensions.contains(&Dimension::Goal)
            || self.query.top_level_tests().any(|test| test.dimension == Dimension::Goal);
        match metric {
            Metric::Visitors => count(self.visitors(labels)),
            Metric::Visits => count(self.visits_of(labels)),
            Metric::Events => count(self.events(labels).len()),
            Metric::Pageviews => count(
                self.events(labels).iter().filter(|(event, _)| event.name == PAGEVIEW).count(),
            ),
            Metric::ViewsPerVisit => {
                let views: usize = whole().iter().map(|visit| visit.pageviews().len()).sum();
                mean(views as f64, whole().len())
            }
            Metric::BounceRate => {
                let bounces = whole().iter().filter(|visit| visit.is_bounce()).count();
                mean(100.0 * bounces as f64, whole().len())
            }
            Metric::EngagedVisits | Metric::EngagementRate => {
                let key_events = &self.query.conversions;
                let engaged = whole().iter().filter(|visit| visit.is_engaged(key_events)).count();
                match metric {
                    Metric::EngagedVisits => count(engaged),
                    _ => mean(100.0 * engaged as f64, whole().len()),
                }
            }
            Metric::VisitDuration => {
                let duration_us: i64 = whole().iter().map(|visit| visit.duration_us()).sum();
                mean(duration_us as f64 / 1e6, whole().len())
            }
            Metric::Percentage => match self.others(&self.query.filters, &[], labels) {
                0 => MetricValue::Missing,
                total => MetricValue::Number(share(total)),
            },
            Metric::ConversionRate => match self.others(&self.without_conversions(), &[], labels) {
                0 => MetricValue::Number(0.0),
                total => MetricValue::Number(share(total)),
            },
            Metric::GroupConversionRate => {
                let kept = |at: &usize| {
                    !matches!(self.query.dimensions[*at], Dimension::Goal | Dimension::Prop(_))
                };
                let dimensions: Vec<usize> = self.all().into_iter().filter(kept).collect();
                match self.others(&self.without_conversions(), &dimensions, labels) {
                    0 => MetricValue::Number(0.0),
                    total => MetricValue::Number(share(total)),
                }
            }
            Metric::TotalRevenue | Metric::AverageRevenue if has_goal => {
                unreachable!("the random queries ask revenue without goals")
            }
            Metric::TotalRevenue => self.euros(self.revenue(labels).0 as f64),
            Metric::AverageRevenue => match self.revenue(labels) {
                (_, 0) if grouped => MetricValue::Missing,
                (_, 0) => self.euros(0.0),
                (sum, sales) => self.euros(sum as f64 / sales as f64),
            },
            Metric::ScrollDepth => {
                let mut deepest: BTreeMap<i64, u8> = BTreeMap::new();
                for (event, whole) in self.reports(labels) {
                    if let Some(depth) = event.scroll_depth {
                        let known = deepest.entry(whole.visitor()).or_insert(depth);
                        *known = depth.max(*known);
                    }
                }
                let sum: f64 = deepest.values().map(|depth| f64::from(*depth)).sum();
                if deepest.is_empty() { MetricValue::Missing } else { mean(sum, deepest.len()) }
            }
            Metric::TimeOnPage => {
                let mut engaged_ms = 0_u64;
                let mut visits = BTreeSet::new();
                for (event, whole) in self.reports(labels) {
                    if let Some(ms) = event.engagement_ms {
                        engaged_ms += u64::from(ms);
                        visits.insert(whole.visit.session_id);
                    }
                }
                if visits.is_empty() {
                    MetricValue::Missing
                } else {
                    mean(engaged_ms as f64 / 1e3, visits.len())
                }
            }
        }
    }

    fn euros(&self, minor_units: f64) -> MetricValue {
        MetricValue::Money { minor_units, currency: self.query.currency }
    }
}

fn is_goal(conversion: &Conversion, event: &Event) -> bool {
    match &conversion.trigger {
        Trigger::Page { pattern } => {
            event.name == PAGEVIEW
                && PagePattern::new(pattern).is_some_and(|pattern| pattern.fits(&event.pathname))
        }
        Trigger::Event { name } => event.name == *name,
    }
}

fn value(dimension: &Dimension, event: &Event, whole: &Whole<'_>) -> Option<String> {
    let visit = whole.visit;
    match dimension {
        Dimension::Page => Some(event.pathname.clone()),
        Dimension::Hostname => Some(event.hostname.clone()),
        Dimension::Name => Some(event.name.clone()),
        Dimension::Prop(wanted) => {
            event.props.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        }
        Dimension::EntryPage => whole.entry_page().map(str::to_owned),
        Dimension::ExitPage => whole.exit_page().map(str::to_owned),
        Dimension::CountryName => {
            let code = visit.place.country.as_deref()?;
            Some(country_name(code).unwrap_or(code).to_owned())
        }
        Dimension::Visit(column) => match column {
            VisitColumn::Source => visit.acquisition.source.clone(),
            VisitColumn::Channel => Some(visit.acquisition.channel.clone()),
            VisitColumn::UtmCampaign => visit.acquisition.utm_campaign.clone(),
            VisitColumn::Device => visit.client.device.clone(),
            VisitColumn::Country => visit.place.country.clone(),
            other => panic!("the random queries do not ask for {other:?}"),
        },
        Dimension::Origin(of, part) => part.of(&whole.origins[*of as usize]).map(str::to_owned),
        Dimension::Goal | Dimension::Time(_) => None,
    }
}
