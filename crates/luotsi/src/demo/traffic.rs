//! Where the sample shop's visitors come from, and where they land.

use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use luotsi_marketing::event::Acquisition;
use luotsi_marketing::page::parse_page;
use luotsi_marketing::source;

use super::calendar;
use super::dice::Dice;

/// The page on which a visit begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Landing {
    Home,
    Category,
    Product,
    Blog,
    Sale,
}

/// Chances of the landings: home, category, product, blog, sale.
type Landings = [f64; 5];

const FROM_SEARCH: Landings = [10.0, 34.0, 24.0, 32.0, 0.0];
const FROM_AD: Landings = [4.0, 50.0, 34.0, 0.0, 12.0];
const FROM_BRAND: Landings = [70.0, 20.0, 10.0, 0.0, 0.0];
const FROM_SOCIAL: Landings = [12.0, 14.0, 34.0, 38.0, 2.0];
const FROM_BLOGS: Landings = [10.0, 16.0, 40.0, 34.0, 0.0];
const FROM_MAIL: Landings = [6.0, 24.0, 34.0, 14.0, 22.0];
const FROM_MEMORY: Landings = [58.0, 18.0, 14.0, 10.0, 0.0];

/// One way to the shop.
#[derive(Debug)]
struct Way {
    /// Share of ordinary visits, in percent or so, on the first day.
    weight: f64,
    /// How the share changes in a year beside the shop's own growth.
    trend: f64,
    /// Months in which it runs, as bits; bit 1 is January.
    months: u16,
    /// Query of the landing page.
    query: &'static str,
    referrer: &'static str,
    landings: Landings,
    /// Share of visits that see one page only.
    bounce: f64,
    /// How readily these visitors buy.
    buys: f64,
    mobile: f64,
    /// Share of customers the shop knows.
    known: f64,
}

const ALWAYS: u16 = 0b1_1111_1111_1110;
const SUMMER: u16 = 0b0_0001_1111_0000;
const WINTER: u16 = 0b1_1100_0000_1110;
const NOVEMBER: u16 = 0b0_1000_0000_0000;

const fn way(
    weight: f64,
    trend: f64,
    query: &'static str,
    referrer: &'static str,
    landings: Landings,
) -> Way {
    Way {
        weight,
        trend,
        months: ALWAYS,
        query,
        referrer,
        landings,
        bounce: 0.42,
        buys: 1.0,
        mobile: 0.56,
        known: 0.1,
    }
}

const WAYS: [Way; 31] = [
    way(23.0, 1.15, "", "https://www.google.com/", FROM_SEARCH),
    way(8.0, 1.10, "", "https://www.google.fi/", FROM_SEARCH),
    Way { mobile: 0.15, ..way(2.2, 1.0, "", "https://www.bing.com/", FROM_SEARCH) },
    way(1.5, 1.1, "", "https://duckduckgo.com/", FROM_SEARCH),
    way(0.6, 1.0, "", "https://www.ecosia.org/", FROM_SEARCH),
    Way { bounce: 0.33, buys: 1.5, known: 0.45, ..way(17.0, 0.95, "", "", FROM_MEMORY) },
    Way {
        bounce: 0.27,
        buys: 1.8,
        known: 0.35,
        ..way(
            4.0,
            1.0,
            "utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=1",
            "https://www.google.com/",
            FROM_BRAND,
        )
    },
    Way {
        months: SUMMER,
        bounce: 0.46,
        buys: 1.15,
        ..way(
            6.5,
            1.1,
            "utm_source=google&utm_medium=cpc&utm_campaign=summer-hiking&utm_term=hiking+gear&gclid=1",
            "https://www.google.com/",
            FROM_AD,
        )
    },
    Way {
        months: WINTER,
        bounce: 0.46,
        buys: 1.15,
        ..way(
            6.5,
            1.1,
            "utm_source=google&utm_medium=cpc&utm_campaign=winter-warmth&utm_term=down+jacket&gclid=1",
            "https://www.google.com/",
            FROM_AD,
        )
    },
    Way {
        bounce: 0.45,
        buys: 1.2,
        ..way(
            3.0,
            1.3,
            "utm_source=google&utm_medium=cpc&utm_campaign=shopping-feed&gclid=1",
            "https://www.google.com/",
            FROM_AD,
        )
    },
    Way {
        mobile: 0.15,
        ..way(
            0.8,
            1.0,
            "utm_source=bing&utm_medium=cpc&utm_campaign=winter-warmth&msclkid=1",
            "https://www.bing.com/",
            FROM_AD,
        )
    },
    Way {
        bounce: 0.57,
        buys: 0.55,
        mobile: 0.9,
        ..way(4.5, 1.25, "", "https://l.instagram.com/", FROM_SOCIAL)
    },
    Way {
        bounce: 0.58,
        buys: 0.6,
        mobile: 0.82,
        ..way(3.5, 0.8, "", "https://m.facebook.com/", FROM_SOCIAL)
    },
    Way {
        bounce: 0.66,
        buys: 0.3,
        mobile: 0.95,
        ..way(1.4, 1.8, "", "https://www.tiktok.com/", FROM_SOCIAL)
    },
    Way {
        bounce: 0.5,
        buys: 0.6,
        mobile: 0.7,
        ..way(0.8, 1.0, "", "https://www.pinterest.com/", FROM_SOCIAL)
    },
    Way { bounce: 0.48, buys: 0.7, ..way(1.2, 1.1, "", "https://www.youtube.com/", FROM_SOCIAL) },
    Way {
        bounce: 0.5,
        buys: 0.6,
        mobile: 0.5,
        ..way(0.8, 1.2, "", "https://www.reddit.com/r/camping/", FROM_BLOGS)
    },
    Way {
        bounce: 0.55,
        buys: 0.75,
        mobile: 0.88,
        ..way(
            3.2,
            1.1,
            "utm_source=instagram&utm_medium=paid_social&utm_campaign=autumn-collection&utm_content=reel",
            "https://l.instagram.com/",
            FROM_AD,
        )
    },
    Way {
        bounce: 0.56,
        buys: 0.8,
        mobile: 0.8,
        ..way(
            2.2,
            0.9,
            "utm_source=facebook&utm_medium=paid_social&utm_campaign=retargeting&utm_content=carousel&fbclid=1",
            "https://m.facebook.com/",
            FROM_AD,
        )
    },
    Way {
        months: NOVEMBER,
        bounce: 0.44,
        buys: 1.4,
        mobile: 0.8,
        ..way(
            5.0,
            1.0,
            "utm_source=facebook&utm_medium=paid_social&utm_campaign=black-week&fbclid=1",
            "https://m.facebook.com/",
            FROM_AD,
        )
    },
    Way {
        bounce: 0.68,
        buys: 0.25,
        ..way(1.1, 0.9, "utm_source=dv360&utm_medium=display&utm_campaign=prospecting", "", FROM_AD)
    },
    Way { buys: 1.1, ..way(1.7, 1.1, "", "https://polkublogi.example/varusteet", FROM_BLOGS) },
    Way { buys: 1.1, ..way(1.0, 1.0, "", "https://hikingforum.example/gear/jackets", FROM_BLOGS) },
    Way {
        bounce: 0.38,
        buys: 1.5,
        ..way(1.3, 1.0, "", "https://hintavahti.example/haku", FROM_BLOGS)
    },
    Way { ..way(0.7, 1.0, "", "https://visitlapland.example/plan-your-trip", FROM_BLOGS) },
    Way {
        buys: 1.3,
        ..way(
            0.9,
            1.1,
            "utm_source=polkublogi&utm_medium=affiliate&utm_campaign=gear-list",
            "https://polkublogi.example/lista",
            FROM_BLOGS,
        )
    },
    Way {
        bounce: 0.32,
        buys: 1.3,
        mobile: 0.35,
        ..way(1.3, 3.6, "utm_source=chatgpt.com", "https://chatgpt.com/", FROM_BLOGS)
    },
    Way {
        bounce: 0.34,
        buys: 1.2,
        mobile: 0.3,
        ..way(0.4, 2.4, "", "https://www.perplexity.ai/", FROM_BLOGS)
    },
    Way {
        bounce: 0.36,
        mobile: 0.3,
        ..way(0.3, 2.2, "", "https://gemini.google.com/", FROM_BLOGS)
    },
    Way {
        bounce: 0.36,
        mobile: 0.1,
        ..way(0.3, 1.8, "", "https://copilot.microsoft.com/", FROM_BLOGS)
    },
    Way { bounce: 0.33, mobile: 0.2, ..way(0.2, 3.0, "", "https://claude.ai/", FROM_BLOGS) },
];

const NEWSLETTER: Way =
    Way { bounce: 0.26, buys: 1.7, mobile: 0.62, known: 0.8, ..way(0.0, 1.0, "", "", FROM_MAIL) };

/// Visits by newsletter against those of an ordinary day: the mail goes out on Tuesday morning.
fn newsletter_share(day: Date) -> f64 {
    match day.weekday() {
        Weekday::Tuesday => 0.27,
        Weekday::Wednesday => 0.09,
        Weekday::Thursday => 0.04,
        _ => 0.012,
    }
}

/// How one visit comes about.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) acquisition: Arc<Acquisition>,
    pub(crate) landing: Landing,
    pub(crate) bounce: f64,
    pub(crate) buys: f64,
    pub(crate) mobile: f64,
    pub(crate) known: f64,
}

/// The ways to the shop on one day.
#[derive(Debug)]
pub(crate) struct DayTraffic {
    weights: Vec<f64>,
    acquisitions: Vec<Arc<Acquisition>>,
    newsletter: Arc<Acquisition>,
    newsletter_share: f64,
}

/// Resolved once: the same rules that judge real visits say what each way is.
pub(crate) struct Traffic {
    domain: String,
    acquisitions: Vec<Arc<Acquisition>>,
}

impl Traffic {
    pub(crate) fn new(domain: &str) -> Self {
        let acquisitions = WAYS.iter().map(|way| acquisition(domain, way.query, way.referrer));
        Self { domain: domain.to_owned(), acquisitions: acquisitions.collect() }
    }

    /// What `day` brings, when the shop opened on `first_day`.
    pub(crate) fn on(&self, day: Date, first_day: Date) -> DayTraffic {
        let years = calendar::years_between(first_day, day);
        let runs = |way: &Way| way.months & (1 << day.month()) != 0;
        let weight = |way: &Way| if runs(way) { way.weight * way.trend.powf(years) } else { 0.0 };
        let campaign = calendar::week_name(day);
        let query = format!("utm_source=newsletter&utm_medium=email&utm_campaign={campaign}");
        DayTraffic {
            weights: WAYS.iter().map(weight).collect(),
            acquisitions: self.acquisitions.clone(),
            newsletter: acquisition(&self.domain, &query, ""),
            newsletter_share: newsletter_share(day),
        }
    }
}

impl DayTraffic {
    /// Visits on this day against those without the newsletter.
    pub(crate) fn lift(&self) -> f64 {
        1.0 + self.newsletter_share
    }

    pub(crate) fn draw(&self, dice: &mut Dice) -> Arrival {
        let by_mail = dice.chance(self.newsletter_share / self.lift());
        let (way, acquisition) = if by_mail {
            (&NEWSLETTER, &self.newsletter)
        } else {
            let index = dice.weighted(self.weights.iter().copied());
            (&WAYS[index], &self.acquisitions[index])
        };
        let landing = match dice.weighted(way.landings.iter().copied()) {
            0 => Landing::Home,
            1 => Landing::Category,
            2 => Landing::Product,
            3 => Landing::Blog,
            _ => Landing::Sale,
        };
        Arrival {
            acquisition: acquisition.clone(),
            landing,
            bounce: way.bounce,
            buys: way.buys,
            mobile: way.mobile,
            known: way.known,
        }
    }
}

/// What the product makes of a landing with this query and referrer.
pub(crate) fn acquisition(domain: &str, query: &str, referrer: &str) -> Arc<Acquisition> {
    let resolved = parse_page(&format!("https://{domain}/?{query}"), false)
        .map(|page| source::resolve(&page, Some(referrer), domain));
    Arc::new(resolved.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_ways_cover_the_channels_a_shop_has() {
        let traffic = Traffic::new("kaira-outdoor.example");
        let channels: BTreeSet<_> =
            traffic.acquisitions.iter().map(|found| found.channel.as_str()).collect();
        for channel in [
            "Affiliates",
            "AI Assistant",
            "Direct",
            "Display",
            "Organic Search",
            "Organic Social",
            "Organic Video",
            "Paid Search",
            "Paid Shopping",
            "Paid Social",
            "Referral",
        ] {
            assert!(channels.contains(channel), "{channel} of {channels:?}");
        }
        assert!(!channels.contains("Unassigned"));
    }

    #[test]
    fn the_newsletter_of_a_tuesday_is_the_weeks_campaign() {
        let traffic =
            Traffic::new("kaira-outdoor.example").on(date(2026, 11, 17), date(2025, 11, 22));
        assert_eq!(traffic.newsletter.channel, "Email");
        assert_eq!(traffic.newsletter.utm_campaign.as_deref(), Some("2026-w47"));
        assert!(traffic.lift() > 1.2);
    }

    #[test]
    fn campaigns_run_in_their_months_only() {
        let traffic = Traffic::new("kaira-outdoor.example");
        let weight = |day, campaign: &str| {
            let on = traffic.on(day, date(2025, 11, 22));
            let index = on
                .acquisitions
                .iter()
                .position(|found| found.utm_campaign.as_deref() == Some(campaign))
                .unwrap();
            on.weights[index]
        };
        assert!(weight(date(2026, 7, 1), "summer-hiking") > 0.0);
        assert!(weight(date(2026, 12, 1), "summer-hiking") <= 0.0);
        assert!(weight(date(2026, 11, 1), "black-week") > 0.0);
        assert!(weight(date(2026, 10, 1), "black-week") <= 0.0);
    }
}
