//! What can be counted.

use std::fmt;

/// A number that a query answers with, for each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Distinct visitors with a matching event.
    Visitors,
    /// Visits with a matching event.
    Visits,
    /// Page views.
    Pageviews,
    /// Page views and custom events; engagement reports are none.
    Events,
    /// Page views of the visits ÷ visits.
    ViewsPerVisit,
    /// Visits with exactly one interactive event ÷ visits, percent.
    BounceRate,
    /// Visits of more than ten seconds, with two page views or more, or with a conversion. GA4's measure,
    /// and no complement of `BounceRate`.
    EngagedVisits,
    /// Engaged visits ÷ visits, percent.
    EngagementRate,
    /// Mean time from a visit's first to its last event, seconds.
    VisitDuration,
    /// Visitors ÷ visitors of the site without goal and property filters, percent.
    ConversionRate,
    /// Visitors ÷ visitors of the same group without goal and property filters, percent.
    GroupConversionRate,
    /// Visitors ÷ visitors of all groups, percent.
    Percentage,
    /// Sum of revenue.
    TotalRevenue,
    /// Mean of revenue over the events that carry any.
    AverageRevenue,
    /// Mean over visitors of the deepest scroll position, percent of the page's height.
    ScrollDepth,
    /// Engaged time ÷ visits that reported any, seconds.
    TimeOnPage,
}

/// Whose property a metric or a dimension is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Of single events only.
    Event,
    /// Of whole visits only.
    Visit,
    /// Of either.
    Both,
}

impl Metric {
    pub const ALL: [Metric; 16] = [
        Metric::Visitors,
        Metric::Visits,
        Metric::Pageviews,
        Metric::Events,
        Metric::ViewsPerVisit,
        Metric::BounceRate,
        Metric::EngagedVisits,
        Metric::EngagementRate,
        Metric::VisitDuration,
        Metric::ConversionRate,
        Metric::GroupConversionRate,
        Metric::Percentage,
        Metric::TotalRevenue,
        Metric::AverageRevenue,
        Metric::ScrollDepth,
        Metric::TimeOnPage,
    ];

    /// `None` for a word that names no metric.
    pub fn parse(word: &str) -> Option<Metric> {
        Metric::ALL.into_iter().find(|metric| metric.as_str() == word)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Metric::Visitors => "visitors",
            Metric::Visits => "visits",
            Metric::Pageviews => "pageviews",
            Metric::Events => "events",
            Metric::ViewsPerVisit => "views_per_visit",
            Metric::BounceRate => "bounce_rate",
            Metric::EngagedVisits => "engaged_visits",
            Metric::EngagementRate => "engagement_rate",
            Metric::VisitDuration => "visit_duration",
            Metric::ConversionRate => "conversion_rate",
            Metric::GroupConversionRate => "group_conversion_rate",
            Metric::Percentage => "percentage",
            Metric::TotalRevenue => "total_revenue",
            Metric::AverageRevenue => "average_revenue",
            Metric::ScrollDepth => "scroll_depth",
            Metric::TimeOnPage => "time_on_page",
        }
    }

    /// Decimals that Plausible shows, for metrics that are no counts and no money.
    pub fn decimals(self) -> u32 {
        match self {
            Metric::ViewsPerVisit => 2,
            Metric::ConversionRate
            | Metric::GroupConversionRate
            | Metric::Percentage
            | Metric::EngagementRate => 1,
            _ => 0,
        }
    }

    pub(super) fn scope(self) -> Scope {
        match self {
            Metric::Pageviews | Metric::Events | Metric::ScrollDepth | Metric::TimeOnPage => {
                Scope::Event
            }
            Metric::BounceRate
            | Metric::EngagedVisits
            | Metric::EngagementRate
            | Metric::VisitDuration
            | Metric::ViewsPerVisit => Scope::Visit,
            _ => Scope::Both,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
