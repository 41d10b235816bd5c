//! Metrics that need no definition: those of the query API, usual events, and usual observations.

use std::sync::LazyLock;

use super::{Better, Nature};
use crate::goal::Locale;
use crate::query;

/// Where a ready metric's numbers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// The query API counts it.
    Query(query::Metric),
    /// The number of an event, by the names that sites usually give it.
    Event(Vec<&'static str>),
    /// A series of observations by the metric's id.
    Observed,
    /// The sum of the first list (each with its sign) over that of the second, both ids of ready metrics.
    Ratio { above: Vec<(&'static str, f64)>, below: &'static str },
}

/// A metric that is there from the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    pub id: &'static str,
    pub nature: Nature,
    pub better: Better,
    pub origin: Origin,
    names: [&'static str; 3],
}

impl Ready {
    pub fn name(&self, locale: Locale) -> &'static str {
        self.names[locale as usize]
    }

    /// Whether its figures arrive by themselves, from the site; observations may be typed in.
    pub fn is_of_events(&self) -> bool {
        match &self.origin {
            Origin::Query(_) | Origin::Event(_) => true,
            Origin::Observed => false,
            Origin::Ratio { above, below } => {
                let of_events = |id: &str| ready(id).is_some_and(Ready::is_of_events);
                of_events(below) && above.iter().all(|(id, _)| of_events(id))
            }
        }
    }
}

/// Every ready metric.
pub static READY: LazyLock<Vec<Ready>> = LazyLock::new(|| {
    let lines = include_str!("../../data/metrics.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(row).collect()
});

/// The ready metric with this id.
pub fn ready(id: &str) -> Option<&'static Ready> {
    READY.iter().find(|metric| metric.id == id)
}

fn row(line: &'static str) -> Option<Ready> {
    let columns: Vec<&'static str> = line.split('\t').collect();
    let [id, nature, better, origin, english, finnish, persian] = columns.as_slice() else {
        return None;
    };
    let origin = match origin.split_once(':') {
        Some(("query", metric)) => Origin::Query(query::Metric::parse(metric)?),
        Some(("event", names)) => Origin::Event(names.split(',').collect()),
        Some(("ratio", parts)) => {
            let (above, below) = parts.split_once('/')?;
            let mut signed = above.split('-');
            let first = (signed.next()?, 1.0);
            Origin::Ratio {
                above: std::iter::once(first).chain(signed.map(|id| (id, -1.0))).collect(),
                below,
            }
        }
        _ => Origin::Observed,
    };
    Some(Ready {
        id,
        nature: nature.parse().ok()?,
        better: better.parse().ok()?,
        origin,
        names: [english, finnish, persian],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_metric_and_every_ratio_divides_known_ones() {
        let lines =
            include_str!("../../data/metrics.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(READY.len(), lines.count());
        for metric in READY.iter() {
            if let Origin::Ratio { above, below } = &metric.origin {
                assert!(ready(below).is_some(), "{below}");
                assert!(above.iter().all(|(id, _)| ready(id).is_some()), "{above:?}");
            }
        }
        let mut ids: Vec<&str> = READY.iter().map(|metric| metric.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), READY.len());
    }

    #[test]
    fn what_a_sentence_can_name_is_in_the_dictionary_and_means_the_same() {
        for line in include_str!("../../data/goal_words.tsv").lines() {
            let mut columns = line.split('\t');
            let (Some(kind), Some(id)) = (columns.next(), columns.next()) else { continue };
            match kind.split('/').collect::<Vec<_>>().as_slice() {
                ["metric", nature, better] => {
                    let known = ready(id).unwrap_or_else(|| panic!("{id}"));
                    assert_eq!(
                        (known.nature.as_str(), known.better.as_str()),
                        (*nature, *better),
                        "{id}"
                    );
                }
                ["ambiguous"] => assert!(id.split(',').all(|id| ready(id).is_some()), "{id}"),
                _ => {}
            }
        }
    }
}
