//! The default channel group: which channel brought a visit.
//!
//! The conditions are Google Analytics 4's, in its order, the first that holds wins; AI Assistant stands
//! where only what no earlier row took can reach it. Text is compared in lower case.

use crate::source::Category;

/// Every channel there is, in the order in which they are tried; `Unassigned` when none holds.
pub const CHANNELS: [&str; 20] = [
    "Direct",
    "Cross-network",
    "Paid Shopping",
    "Paid Search",
    "Paid Social",
    "Paid Video",
    "Display",
    "Paid Other",
    "Organic Shopping",
    "Organic Social",
    "Organic Video",
    "Organic Search",
    "AI Assistant",
    "Referral",
    "Email",
    "Affiliates",
    "Audio",
    "SMS",
    "Mobile Push",
    "Unassigned",
];

/// How Google Analytics writes that nothing brought a visit, and how links are tagged that mean to say so.
pub const DIRECT: &str = "(direct)";

/// What the table looks at. Text in lower case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic<'a> {
    pub source: Option<&'a str>,
    /// What kind of place the source is, when it is a known one.
    pub category: Option<Category>,
    pub medium: Option<&'a str>,
    pub campaign: Option<&'a str>,
}

/// The channel of a visit.
pub fn default_channel(traffic: &Traffic) -> &'static str {
    let source = traffic.source.unwrap_or_default();
    let medium = traffic.medium.unwrap_or_default();
    let campaign = traffic.campaign.unwrap_or_default();
    let from = |category| traffic.category == Some(category);
    let paid = is_paid(medium);
    let shopping = from(Category::Shopping) || is_shopping_campaign(campaign);
    if matches!(source, "" | DIRECT) && matches!(medium, "" | "(not set)" | "(none)") {
        "Direct"
    } else if campaign.contains("cross-network") {
        "Cross-network"
    } else if shopping && paid {
        "Paid Shopping"
    } else if from(Category::Search) && paid {
        "Paid Search"
    } else if from(Category::Social) && paid {
        "Paid Social"
    } else if from(Category::Video) && paid {
        "Paid Video"
    } else if matches!(medium, "display" | "banner" | "expandable" | "interstitial" | "cpm") {
        "Display"
    } else if paid {
        "Paid Other"
    } else if shopping {
        "Organic Shopping"
    } else if from(Category::Social)
        || matches!(
            medium,
            "social" | "social-network" | "social-media" | "sm" | "social network" | "social media"
        )
    {
        "Organic Social"
    } else if from(Category::Video) || medium.contains("video") {
        "Organic Video"
    } else if from(Category::Search) || medium == "organic" {
        "Organic Search"
    } else if from(Category::Ai) || medium == "ai-assistant" {
        "AI Assistant"
    } else if matches!(medium, "referral" | "app" | "link") {
        "Referral"
    } else if is_email(source) || is_email(medium) {
        "Email"
    } else if medium == "affiliate" {
        "Affiliates"
    } else if medium == "audio" {
        "Audio"
    } else if source == "sms" || medium == "sms" {
        "SMS"
    } else if medium.ends_with("push")
        || medium.contains("mobile")
        || medium.contains("notification")
        || source == "firebase"
    {
        "Mobile Push"
    } else {
        "Unassigned"
    }
}

/// `^(.*cp.*|ppc|retargeting|paid.*)$`
pub fn is_paid(medium: &str) -> bool {
    medium.contains("cp") || medium.starts_with("paid") || matches!(medium, "ppc" | "retargeting")
}

/// `^(.*(([^a-df-z]|^)shop|shopping).*)$`: `shop` where no letter but `e` stands before it.
fn is_shopping_campaign(campaign: &str) -> bool {
    campaign.contains("shopping")
        || campaign.match_indices("shop").any(|(at, _)| {
            campaign[..at]
                .chars()
                .next_back()
                .is_none_or(|before| before == 'e' || !before.is_ascii_lowercase())
        })
}

fn is_email(word: &str) -> bool {
    matches!(word, "email" | "e-mail" | "e_mail" | "e mail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::known_source;

    fn channel(source: &str, medium: &str, campaign: &str) -> &'static str {
        let source = (!source.is_empty()).then_some(source);
        default_channel(&Traffic {
            source,
            category: source.and_then(known_source).map(|known| known.category),
            medium: (!medium.is_empty()).then_some(medium),
            campaign: (!campaign.is_empty()).then_some(campaign),
        })
    }

    /// The vectors of the definitions, and one for each row of the table.
    #[test]
    fn every_row_of_the_table_is_reached() {
        for (source, medium, campaign, expected) in [
            ("", "", "", "Direct"),
            ("(direct)", "(none)", "", "Direct"),
            ("(direct)", "(not set)", "", "Direct"),
            ("(direct)", "", "", "Direct"),
            ("(direct)", "email", "", "Email"),
            ("google", "organic", "", "Organic Search"),
            ("google", "cpc", "", "Paid Search"),
            ("google", "cpc", "spring-shop", "Paid Shopping"),
            ("google", "cpc", "workshop", "Paid Search"),
            ("google", "cpc", "eshop", "Paid Shopping"),
            ("google", "cpc", "bishop", "Paid Search"),
            ("google", "cpm", "", "Paid Search"),
            ("google", "cpc", "x cross-network y", "Cross-network"),
            ("facebook", "paid_social", "", "Paid Social"),
            ("facebook", "social_paid", "", "Organic Social"),
            ("facebook.com", "referral", "", "Organic Social"),
            ("youtube", "cpv", "", "Paid Video"),
            ("youtube", "referral", "", "Organic Video"),
            ("dv360", "cpm", "", "Display"),
            ("partner", "cpa", "", "Paid Other"),
            ("partner", "unpaid", "", "Unassigned"),
            ("amazon", "cpc", "", "Paid Shopping"),
            ("amazon", "referral", "", "Organic Shopping"),
            ("x1", "social", "", "Organic Social"),
            ("x1", "video-ad", "", "Organic Video"),
            ("x1", "organic", "", "Organic Search"),
            ("claude.ai", "referral", "", "AI Assistant"),
            ("x1", "email", "", "Email"),
            ("email", "newsletter", "", "Email"),
            ("blog", "referral", "", "Referral"),
            ("x1", "affiliate", "", "Affiliates"),
            ("x1", "audio", "", "Audio"),
            ("sms", "x", "", "SMS"),
            ("x1", "sms", "", "SMS"),
            ("a", "web-push", "", "Mobile Push"),
            ("firebase", "x", "", "Mobile Push"),
            ("foo", "bar", "", "Unassigned"),
        ] {
            let got = channel(source, medium, campaign);
            assert_eq!(got, expected, "{source} / {medium} / {campaign}");
            assert!(CHANNELS.contains(&got));
        }
    }
}
