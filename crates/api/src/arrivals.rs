//! Where visitors come from, remembered: most events repeat the tags and the referrer of an earlier one.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use luotsi_marketing::counting::{Rules, default_rules};
use luotsi_marketing::event::Acquisition;
use luotsi_marketing::hit::Hit;
use luotsi_marketing::page::Page;
use luotsi_marketing::source;
use parking_lot::RwLock;

use crate::collector::CollectedSite;

/// Answers that are remembered; all are forgotten when there are so many.
const MOST_REMEMBERED: usize = 8_192;

/// Bytes of a question that is worth remembering: 16 MB for all of them at most.
const LONGEST: usize = 1_024;

/// Sources by what they were told from.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    known: RwLock<HashMap<u64, Known>>,
    hasher: RandomState,
}

/// All that the answer depends on, so that two questions with one hash are told apart.
#[derive(Debug)]
struct Known {
    site_number: i32,
    rules: Option<Arc<Rules>>,
    hostname: Box<str>,
    query: Box<[(String, String)]>,
    referrer: Option<Box<str>>,
    answer: Arc<Acquisition>,
}

impl Arrivals {
    /// Where the visitor of a hit came from, by the site's rules.
    pub(crate) fn of(
        &self,
        hit: &Hit,
        site: &CollectedSite,
        rules: Option<&Arc<Rules>>,
    ) -> Arc<Acquisition> {
        let (hostname, query) = hit.page.as_ref().map_or(("", [].as_slice()), taken_apart);
        let referrer = hit.referrer.as_deref();
        let hash = self.hasher.hash_one((site.number, hostname, query, referrer));
        if let Some(known) = self.known.read().get(&hash)
            && known.site_number == site.number
            && known.rules.as_ref().map(Arc::as_ptr) == rules.map(Arc::as_ptr)
            && *known.hostname == *hostname
            && *known.query == *query
            && known.referrer.as_deref() == referrer
        {
            return known.answer.clone();
        }
        let by = match rules {
            Some(rules) => rules,
            None => default_rules(),
        };
        let answer = Arc::new(source::of_hit(by, hit, &site.domain));
        let tags: usize = query.iter().map(|(name, value)| name.len() + value.len()).sum();
        if hostname.len() + tags + referrer.map_or(0, str::len) <= LONGEST {
            let known = Known {
                site_number: site.number,
                rules: rules.cloned(),
                hostname: hostname.into(),
                query: query.into(),
                referrer: referrer.map(Into::into),
                answer: answer.clone(),
            };
            let mut all = self.known.write();
            if all.len() >= MOST_REMEMBERED {
                all.clear();
            }
            all.insert(hash, known);
        }
        answer
    }
}

/// What of a page tells where its visitor came from.
fn taken_apart(page: &Page) -> (&str, &[(String, String)]) {
    (&page.hostname, &page.query)
}

#[cfg(test)]
mod tests {
    use luotsi_marketing::hit::SiteKey;
    use luotsi_marketing::page::parse_page;
    use luotsi_marketing::protocol::Protocol;

    use super::*;

    fn site(number: i32, domain: &str) -> CollectedSite {
        CollectedSite {
            number,
            id: String::new(),
            domain: domain.to_owned(),
            workspace_id: String::new(),
            currency: None,
        }
    }

    fn hit(address: &str, referrer: Option<&str>) -> Hit {
        Hit {
            page: Some(parse_page(address, false).expect("an address")),
            referrer: referrer.map(str::to_owned),
            ..Hit::new(SiteKey::new(Protocol::Plausible, "a.example"), "pageview")
        }
    }

    #[test]
    fn what_is_remembered_is_what_would_be_found_out() {
        let arrivals = Arrivals::default();
        let (one, other) = (site(1, "a.example"), site(2, "google.com"));
        let hits = [
            hit("https://a.example/", None),
            hit("https://a.example/x", Some("https://google.com/search")),
            hit("https://a.example/?utm_source=news&utm_medium=email", None),
            hit("https://a.example/?gclid=1", Some("https://google.com/")),
        ];
        for site in [&one, &other] {
            for hit in &hits {
                let found = source::of_hit(default_rules(), hit, &site.domain);
                for _ in 0..2 {
                    assert_eq!(*arrivals.of(hit, site, None), found);
                }
            }
        }
        let (first, again) = (arrivals.of(&hits[1], &one, None), arrivals.of(&hits[1], &one, None));
        assert!(Arc::ptr_eq(&first, &again));
        // The path says nothing of where somebody came from.
        let elsewhere = hit("https://a.example/elsewhere", Some("https://google.com/search"));
        assert!(Arc::ptr_eq(&first, &arrivals.of(&elsewhere, &one, None)));
    }

    #[test]
    fn other_rules_answer_anew() {
        let arrivals = Arrivals::default();
        let site = site(1, "a.example");
        let hit = hit("https://a.example/", Some("https://partner.example/page"));
        assert_eq!(arrivals.of(&hit, &site, None).source.as_deref(), Some("partner.example"));
        let own = Rules { own_domains: vec!["partner.example".to_owned()], ..Rules::default() };
        assert_eq!(arrivals.of(&hit, &site, Some(&Arc::new(own))).source, None);
    }
}
