//! What looking may tell in vain: a workspace's budget of false alarms, shared by all series of its sites.

use std::ops::Add;

use luotsi_marketing::alert::Budget;
use luotsi_store::alert::AlertSettings;

use super::{DIMENSIONS, WATCHED_VALUES, is_divided};
use crate::watch::series::Counted;

/// Least a figure is expected to be in some hours before they are judged.
pub(super) const LEAST_IN_HOURS: f64 = 40.0;

/// Most series of a site that are looked at by the hour.
pub(super) const MOST_BY_HOUR: usize = 40;

/// Part of the false alarms that looking at hours may have, where one does.
const PART_OF_HOURS: f64 = 0.2;

/// How many series are looked at: what shares a budget of false alarms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::watch) struct LookedAt {
    pub(in crate::watch) by_day: usize,
    pub(in crate::watch) by_hour: usize,
}

impl LookedAt {
    /// The most that a site can look at: its series with the segments that they may have.
    pub(in crate::watch) fn most(counted: &[Counted]) -> LookedAt {
        let divided = counted.iter().filter(|one| is_divided(&one.metric)).count();
        LookedAt {
            by_day: counted.len() + divided * DIMENSIONS.len() * WATCHED_VALUES,
            // And its silence.
            by_hour: divided.min(MOST_BY_HOUR) + 1,
        }
    }
}

impl Add for LookedAt {
    type Output = LookedAt;

    fn add(self, other: LookedAt) -> LookedAt {
        LookedAt { by_day: self.by_day + other.by_day, by_hour: self.by_hour + other.by_hour }
    }
}

/// What looking at whole days may tell in vain, where a site looks at `own` series beside the workspace's others.
pub(super) fn by_day(settings: &AlertSettings, own: usize, elsewhere: LookedAt) -> Budget {
    let part = if settings.hourly { 1.0 - PART_OF_HOURS } else { 1.0 };
    Budget { a_month: settings.budget_month * part, ..Budget::usual(own + elsewhere.by_day) }
}

/// As `by_day`, of looking at hours.
pub(super) fn by_hour(settings: &AlertSettings, own: usize, elsewhere: LookedAt) -> Budget {
    Budget {
        a_month: settings.budget_month * PART_OF_HOURS,
        smallest_expected: LEAST_IN_HOURS,
        ..Budget::usual(own + elsewhere.by_hour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sites_of_a_workspace_share_one_budget() {
        let settings =
            AlertSettings { budget_month: 2.0, hourly: true, ..AlertSettings::default() };
        let sites = [(24, 5), (10, 2), (1, 1), (90, 11)]
            .map(|(by_day, by_hour)| LookedAt { by_day, by_hour });
        let all = sites.into_iter().fold(LookedAt::default(), Add::add);
        let mut a_year = 0.0;
        for site in sites {
            let others =
                LookedAt { by_day: all.by_day - site.by_day, by_hour: all.by_hour - site.by_hour };
            let days = by_day(&settings, site.by_day, others).a_year_each();
            let hours = by_hour(&settings, site.by_hour, others).a_year_each();
            a_year += days * site.by_day as f64 + hours * site.by_hour as f64;
        }
        assert!((a_year - 24.0).abs() < 1e-9, "two a month, not two for each site: {a_year}");
    }
}
