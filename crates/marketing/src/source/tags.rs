//! Campaign tags in a page's address: as they are grouped, and as they were sent.

use crate::page::{Page, clean};

/// The longest tag that is kept, as it was sent or as it is grouped; bytes.
const MAX_TAG: usize = 300;

/// The parameters that say a campaign tag, the one it is kept under first.
type Tag = &'static [&'static str];

pub(super) const UTM_SOURCE: Tag = &["utm_source", "mtm_source", "pk_source", "piwik_source"];
pub(super) const UTM_MEDIUM: Tag = &["utm_medium", "mtm_medium", "pk_medium", "piwik_medium"];
pub(super) const UTM_CAMPAIGN: Tag =
    &["utm_campaign", "mtm_campaign", "pk_campaign", "piwik_campaign", "pk_cpn"];
pub(super) const UTM_CONTENT: Tag = &["utm_content", "mtm_content", "pk_content"];
pub(super) const UTM_TERM: Tag =
    &["utm_term", "mtm_keyword", "mtm_kwd", "pk_keyword", "pk_kwd", "piwik_kwd"];
pub(super) const UTM_ID: Tag = &["utm_id", "mtm_cid", "pk_cid"];
pub(super) const UTM_SOURCE_PLATFORM: Tag = &["utm_source_platform"];
pub(super) const UTM_CREATIVE_FORMAT: Tag = &["utm_creative_format"];
pub(super) const UTM_MARKETING_TACTIC: Tag = &["utm_marketing_tactic"];

const TAGS: [Tag; 9] = [
    UTM_SOURCE,
    UTM_MEDIUM,
    UTM_CAMPAIGN,
    UTM_CONTENT,
    UTM_TERM,
    UTM_ID,
    UTM_SOURCE_PLATFORM,
    UTM_CREATIVE_FORMAT,
    UTM_MARKETING_TACTIC,
];

/// Ends the name of the property that holds a tag as it was sent.
const RAW: &str = "_raw";

/// First value of the first of `names` that the page's query has, as it is grouped: trimmed, lower case.
pub(super) fn first_value(page: &Page, names: &[&str]) -> Option<String> {
    Some(grouped(first_sent(page, names)?))
}

/// The same as it was sent.
fn first_sent<'a>(page: &'a Page, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| {
        let mut of_name = page.query.iter().filter(|(key, _)| key == name);
        let (_, value) = of_name.find(|(_, value)| !value.trim().is_empty())?;
        Some(value.as_str())
    })
}

fn grouped(value: &str) -> String {
    clean(&value.trim().to_lowercase(), MAX_TAG)
}

/// The campaign tags of a page as they were sent, where that is not how they are grouped: with capitals, or
/// with spaces around them. Each under its name with `_raw` (`utm_campaign_raw`), sorted by name.
///
/// At most nine, none longer than what is kept of the tag itself.
pub fn raw_tags(page: &Page) -> Vec<(String, String)> {
    let is_plain =
        |value: &str| value.bytes().all(|byte| matches!(byte, b'!'..=b'@' | b'['..=b'~'));
    if page.query.iter().all(|(_, value)| is_plain(value)) {
        return Vec::new();
    }
    let raw = |tag: &Tag| {
        let sent = first_sent(page, tag)?;
        let kept = clean(sent, MAX_TAG);
        (kept != grouped(sent)).then(|| (format!("{}{RAW}", tag[0]), kept))
    };
    let mut tags: Vec<(String, String)> = TAGS.iter().filter_map(raw).collect();
    tags.sort_unstable();
    tags
}

/// Whether a property is a campaign tag as it was sent (`raw_tags`).
pub fn is_raw_tag(property: &str) -> bool {
    let tag = property.strip_suffix(RAW);
    tag.is_some_and(|tag| TAGS.iter().any(|known| known[0] == tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::parse_page;

    fn raw(query: &str) -> Vec<(String, String)> {
        raw_tags(&parse_page(&format!("https://shop.example/?{query}"), false).unwrap())
    }

    #[test]
    fn a_tag_is_kept_as_sent_only_where_it_is_grouped_otherwise() {
        for (query, expected) in [
            ("", vec![]),
            ("utm_source=newsletter&utm_campaign=spring_sale-2026", vec![]),
            ("utm_campaign=Spring+Sale", vec![("utm_campaign_raw", "Spring Sale")]),
            ("utm_campaign=+spring%20", vec![("utm_campaign_raw", " spring ")]),
            // Spaces within are grouped as they stand.
            ("utm_campaign=spring+sale", vec![]),
            // What Matomo and its forerunner call it is kept under the same name.
            (
                "pk_campaign=Kev%C3%A4t&MTM_Source=News",
                vec![("utm_campaign_raw", "Kevät"), ("utm_source_raw", "News")],
            ),
            // The first value that says something wins, as it does for the tag.
            ("utm_term=&utm_term=Crm&utm_term=ERP", vec![("utm_term_raw", "Crm")]),
            // Other parameters are no tags.
            ("q=Shoes&utm_source=google", vec![]),
        ] {
            let expected: Vec<(String, String)> =
                expected.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            assert_eq!(raw(query), expected, "{query}");
        }
    }

    #[test]
    fn a_tag_as_sent_is_no_longer_than_the_tag() {
        let nine: Vec<String> =
            TAGS.iter().map(|tag| format!("{}={}", tag[0], "A".repeat(5_000))).collect();
        let kept = raw(&nine.join("&"));
        assert_eq!(kept.len(), 9);
        assert!(kept.iter().all(|(name, value)| is_raw_tag(name) && value.len() == MAX_TAG));
        assert!(kept.is_sorted());
        assert!(!is_raw_tag("utm_campaign") && !is_raw_tag("price_raw") && !is_raw_tag("_raw"));
    }
}
