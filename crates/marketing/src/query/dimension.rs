//! What results can be grouped and filtered by.

use std::borrow::Cow;
use std::fmt;

use super::metric::Scope;
use super::time::Interval;
use crate::source::Origin;

/// A property of events or visits, or a division of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// `event:goal`: the site's conversions that an event fulfils, none or several.
    Goal,
    /// `event:page`: path.
    Page,
    /// `event:hostname`.
    Hostname,
    /// `event:name`.
    Name,
    /// `event:props:*`: a custom property.
    Prop(String),
    /// `visit:entry_page`: path of the visit's first page view.
    EntryPage,
    /// `visit:exit_page`: path of the visit's last page view.
    ExitPage,
    /// `visit:country_name`: the English name for the country's code.
    CountryName,
    /// A column that a visit has one value of.
    Visit(VisitColumn),
    /// `visit:last_non_direct_source`, `visit:first_user_channel` and the like: what an earlier visit of
    /// the visitor came by (`source::attribute`).
    Origin(Attribution, OriginPart),
    /// `time:day` and the like.
    Time(Interval),
}

/// Columns that are the same on all events of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VisitColumn {
    Source,
    Referrer,
    Channel,
    UtmSource,
    UtmMedium,
    UtmCampaign,
    UtmContent,
    UtmTerm,
    UtmId,
    UtmSourcePlatform,
    UtmCreativeFormat,
    UtmMarketingTactic,
    Device,
    Browser,
    BrowserVersion,
    Os,
    OsVersion,
    Country,
    Region,
    City,
}

impl VisitColumn {
    pub const ALL: [VisitColumn; 20] = [
        VisitColumn::Source,
        VisitColumn::Referrer,
        VisitColumn::Channel,
        VisitColumn::UtmSource,
        VisitColumn::UtmMedium,
        VisitColumn::UtmCampaign,
        VisitColumn::UtmContent,
        VisitColumn::UtmTerm,
        VisitColumn::UtmId,
        VisitColumn::UtmSourcePlatform,
        VisitColumn::UtmCreativeFormat,
        VisitColumn::UtmMarketingTactic,
        VisitColumn::Device,
        VisitColumn::Browser,
        VisitColumn::BrowserVersion,
        VisitColumn::Os,
        VisitColumn::OsVersion,
        VisitColumn::Country,
        VisitColumn::Region,
        VisitColumn::City,
    ];

    /// The word after `visit:`, which is also the column's name in the lake.
    pub fn as_str(self) -> &'static str {
        match self {
            VisitColumn::Source => "source",
            VisitColumn::Referrer => "referrer",
            VisitColumn::Channel => "channel",
            VisitColumn::UtmSource => "utm_source",
            VisitColumn::UtmMedium => "utm_medium",
            VisitColumn::UtmCampaign => "utm_campaign",
            VisitColumn::UtmContent => "utm_content",
            VisitColumn::UtmTerm => "utm_term",
            VisitColumn::UtmId => "utm_id",
            VisitColumn::UtmSourcePlatform => "utm_source_platform",
            VisitColumn::UtmCreativeFormat => "utm_creative_format",
            VisitColumn::UtmMarketingTactic => "utm_marketing_tactic",
            VisitColumn::Device => "device",
            VisitColumn::Browser => "browser",
            VisitColumn::BrowserVersion => "browser_version",
            VisitColumn::Os => "os",
            VisitColumn::OsVersion => "os_version",
            VisitColumn::Country => "country",
            VisitColumn::Region => "region",
            VisitColumn::City => "city",
        }
    }
}

/// Which of a visitor's visits a visit is owed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribution {
    /// The visit itself where it has a source, else the last one before it that has, in 90 days.
    LastNonDirect,
    /// The visitor's first visit that is known.
    FirstUser,
}

/// What of an origin is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OriginPart {
    Source,
    Medium,
    Campaign,
    Channel,
}

impl Attribution {
    pub const ALL: [Attribution; 2] = [Attribution::LastNonDirect, Attribution::FirstUser];

    /// The word between `visit:` and the part.
    pub fn as_str(self) -> &'static str {
        match self {
            Attribution::LastNonDirect => "last_non_direct",
            Attribution::FirstUser => "first_user",
        }
    }
}

impl OriginPart {
    pub const ALL: [OriginPart; 4] =
        [OriginPart::Source, OriginPart::Medium, OriginPart::Campaign, OriginPart::Channel];

    /// The last word of the dimension.
    pub fn as_str(self) -> &'static str {
        match self {
            OriginPart::Source => "source",
            OriginPart::Medium => "medium",
            OriginPart::Campaign => "campaign",
            OriginPart::Channel => "channel",
        }
    }

    /// The part's value; `None` where there is none.
    pub fn of(self, origin: &Origin) -> Option<&str> {
        match self {
            OriginPart::Source => origin.source.as_deref(),
            OriginPart::Medium => origin.medium.as_deref(),
            OriginPart::Campaign => origin.campaign.as_deref(),
            OriginPart::Channel => Some(origin.channel.as_str()).filter(|name| !name.is_empty()),
        }
    }
}

impl Dimension {
    /// A dimension of events or visits; `None` for a word that names none. Time is not among them.
    pub fn parse(word: &str) -> Option<Dimension> {
        if let Some(name) = word.strip_prefix("event:props:") {
            return (!name.is_empty()).then(|| Dimension::Prop(name.to_owned()));
        }
        match word {
            "event:goal" => Some(Dimension::Goal),
            "event:page" => Some(Dimension::Page),
            "event:hostname" => Some(Dimension::Hostname),
            "event:name" => Some(Dimension::Name),
            "visit:entry_page" => Some(Dimension::EntryPage),
            "visit:exit_page" => Some(Dimension::ExitPage),
            "visit:country_name" => Some(Dimension::CountryName),
            "visit:screen" => Some(Dimension::Visit(VisitColumn::Device)),
            _ => {
                let column = word.strip_prefix("visit:")?;
                VisitColumn::ALL
                    .into_iter()
                    .find(|known| known.as_str() == column)
                    .map(Dimension::Visit)
                    .or_else(|| parse_origin(column))
            }
        }
    }

    pub fn as_str(&self) -> Cow<'static, str> {
        match self {
            Dimension::Goal => "event:goal".into(),
            Dimension::Page => "event:page".into(),
            Dimension::Hostname => "event:hostname".into(),
            Dimension::Name => "event:name".into(),
            Dimension::Prop(name) => format!("event:props:{name}").into(),
            Dimension::EntryPage => "visit:entry_page".into(),
            Dimension::ExitPage => "visit:exit_page".into(),
            Dimension::CountryName => "visit:country_name".into(),
            Dimension::Visit(column) => format!("visit:{}", column.as_str()).into(),
            Dimension::Origin(attribution, part) => {
                format!("visit:{}_{}", attribution.as_str(), part.as_str()).into()
            }
            Dimension::Time(interval) => interval.as_str().into(),
        }
    }

    /// Whether one event has this, rather than its visit.
    pub fn is_of_events(&self) -> bool {
        self.scope() == Scope::Event
    }

    /// What is shown where there is no value.
    pub fn absent_label(&self) -> &'static str {
        match self {
            Dimension::Visit(VisitColumn::Source | VisitColumn::Referrer)
            | Dimension::Origin(_, OriginPart::Source) => "Direct / None",
            Dimension::Prop(_)
            | Dimension::EntryPage
            | Dimension::ExitPage
            | Dimension::Origin(_, OriginPart::Medium) => "(none)",
            _ => "(not set)",
        }
    }

    pub(super) fn scope(&self) -> Scope {
        match self {
            Dimension::Goal
            | Dimension::Page
            | Dimension::Hostname
            | Dimension::Name
            | Dimension::Prop(_) => Scope::Event,
            Dimension::EntryPage | Dimension::ExitPage => Scope::Visit,
            Dimension::CountryName
            | Dimension::Visit(_)
            | Dimension::Origin(..)
            | Dimension::Time(_) => Scope::Both,
        }
    }
}

/// `last_non_direct_source` and the like.
fn parse_origin(word: &str) -> Option<Dimension> {
    Attribution::ALL.into_iter().find_map(|attribution| {
        let part = word.strip_prefix(attribution.as_str())?.strip_prefix('_')?;
        let part = OriginPart::ALL.into_iter().find(|known| known.as_str() == part)?;
        Some(Dimension::Origin(attribution, part))
    })
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str())
    }
}
