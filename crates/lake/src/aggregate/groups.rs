//! Groups of a view and what is counted in each.

use hashbrown::HashMap;

use super::distinct::remove_duplicates;
use super::rows::MAX_KEYS;

/// The key of a group: interned values, goals and bucket numbers, as the view says.
pub(crate) type GroupKey = [u32; MAX_KEYS];

/// Counts of a group that are sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Visits with an event of the group.
    pub(crate) visits: i64,
    pub(crate) pageviews: i64,
    pub(crate) events: i64,
    /// Visits whose whole figures count for the group, and those figures.
    pub(crate) whole_visits: i64,
    pub(crate) bounces: i64,
    pub(crate) visit_pageviews: i64,
    pub(crate) duration_us: i64,
    /// Minor units of the currency that is asked for; where only other currencies are looked at, as sent.
    pub(crate) revenue: i64,
    /// Events with revenue.
    pub(crate) sales: i64,
    pub(crate) engaged_ms: i64,
    /// Visits with an engagement report of the group.
    pub(crate) engaged_visits: i64,
    /// What money in another currency came to, minor units.
    pub(crate) converted: i64,
    /// Visits of `whole_visits` that were engaged.
    pub(crate) engaged: i64,
}

impl Counts {
    pub(crate) const FIELDS: usize = 13;

    pub(crate) fn to_array(self) -> [i64; Self::FIELDS] {
        [
            self.visits,
            self.pageviews,
            self.events,
            self.whole_visits,
            self.bounces,
            self.visit_pageviews,
            self.duration_us,
            self.revenue,
            self.sales,
            self.engaged_ms,
            self.engaged_visits,
            self.converted,
            self.engaged,
        ]
    }

    pub(crate) fn from_array(fields: [i64; Self::FIELDS]) -> Self {
        let [
            visits,
            pageviews,
            events,
            whole_visits,
            bounces,
            visit_pageviews,
            duration_us,
            revenue,
            sales,
            engaged_ms,
            engaged_visits,
            converted,
            engaged,
        ] = fields;
        Self {
            visits,
            pageviews,
            events,
            whole_visits,
            bounces,
            visit_pageviews,
            duration_us,
            revenue,
            sales,
            engaged_ms,
            engaged_visits,
            converted,
            engaged,
        }
    }

    pub(crate) fn add(&mut self, other: Counts) {
        let mut sums = self.to_array();
        for (sum, more) in sums.iter_mut().zip(other.to_array()) {
            *sum += more;
        }
        *self = Self::from_array(sums);
    }
}

/// A group.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) key: GroupKey,
    pub(crate) counts: Counts,
    /// Visitors; one may occur several times, but not twice in a row.
    pub(crate) visitors: Vec<i64>,
    /// Visitors and how deep they scrolled, percent; likewise.
    pub(crate) scrolls: Vec<(i64, i32)>,
    /// The latest visit counted in `visits`, and in `engaged_visits`.
    seen: u64,
    seen_engaged: u64,
}

impl Group {
    /// Counts a visit unless it is the one counted last.
    #[inline]
    pub(crate) fn add_visit(&mut self, visit: u64) {
        if self.seen != visit {
            self.seen = visit;
            self.counts.visits += 1;
        }
    }

    #[inline]
    pub(crate) fn add_engagement(&mut self, visit: u64, engaged_ms: i32) {
        if self.seen_engaged != visit {
            self.seen_engaged = visit;
            self.counts.engaged_visits += 1;
        }
        self.counts.engaged_ms += i64::from(engaged_ms);
    }

    #[inline]
    fn add_visitor(&mut self, visitor: i64) -> usize {
        if self.visitors.last() == Some(&visitor) {
            return 0;
        }
        self.visitors.push(visitor);
        1
    }

    /// The deepest position of each visitor counts.
    pub(crate) fn add_scroll(&mut self, visitor: i64, depth: i32) {
        match self.scrolls.last_mut() {
            Some((last, deepest)) if *last == visitor => *deepest = depth.max(*deepest),
            _ => self.scrolls.push((visitor, depth)),
        }
    }
}

/// The groups of a view, found by their keys.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    groups: Vec<Group>,
    /// Keys of one part are small numbers: group number plus one by key.
    by_number: Vec<u32>,
    by_key: HashMap<GroupKey, u32>,
    latest: Option<(GroupKey, u32)>,
    parts: usize,
    /// Visitors in all groups, and how many there were when duplicates were last removed.
    visitors: usize,
    distinct: usize,
}

/// Duplicates are not removed while there are fewer visitors than this.
const MANY: usize = 4_000_000;

impl Groups {
    /// Groups whose keys have `parts` parts.
    pub(crate) fn new(parts: usize) -> Self {
        Self { parts, ..Self::default() }
    }

    #[inline]
    pub(crate) fn find(&mut self, key: &GroupKey) -> usize {
        let number = match self.parts {
            0 => self.only(),
            1 => self.find_by_number(key),
            _ => match &self.latest {
                Some((latest, number)) if latest == key => *number,
                _ => self.find_by_key(key),
            },
        };
        number as usize
    }

    fn only(&mut self) -> u32 {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        0
    }

    fn find_by_number(&mut self, key: &GroupKey) -> u32 {
        let at = key[0] as usize;
        if self.by_number.len() <= at {
            self.by_number.resize(at + 1, 0);
        }
        if self.by_number[at] == 0 {
            self.groups.push(Group { key: *key, ..Group::default() });
            self.by_number[at] = self.groups.len() as u32;
        }
        self.by_number[at] - 1
    }

    fn find_by_key(&mut self, key: &GroupKey) -> u32 {
        let next = self.groups.len() as u32;
        let number = *self.by_key.entry(*key).or_insert(next);
        if number == next {
            self.groups.push(Group { key: *key, ..Group::default() });
        }
        self.latest = Some((*key, number));
        number
    }

    #[inline]
    pub(crate) fn group(&mut self, number: usize) -> &mut Group {
        &mut self.groups[number]
    }

    #[inline]
    pub(crate) fn add_visitor(&mut self, number: usize, visitor: i64) {
        self.visitors += self.groups[number].add_visitor(visitor);
    }

    /// Removes visitors that occur twice when there are many more than after the last time.
    pub(crate) fn compact(&mut self) {
        if self.visitors > MANY.max(2 * self.distinct) {
            self.visitors = 0;
            for group in &mut self.groups {
                remove_duplicates(&mut group.visitors);
                self.visitors += group.visitors.len();
            }
            self.distinct = self.visitors;
        }
    }

    /// Bytes held, about.
    pub(crate) fn size(&self) -> usize {
        self.groups.len() * size_of::<Group>() + self.visitors * size_of::<i64>()
    }

    pub(crate) fn into_groups(self) -> Vec<Group> {
        self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_again_by_keys_of_any_length() {
        for parts in 0..3 {
            let mut groups = Groups::new(parts);
            let key = |a, b| {
                let mut key = GroupKey::default();
                key[..parts].copy_from_slice(&[a, b][..parts]);
                key
            };
            let numbers: Vec<usize> = [(1, 1), (2, 1), (1, 1), (1, 2), (2, 1)]
                .map(|(a, b)| groups.find(&key(a, b)))
                .into();
            let expected = [vec![0, 0, 0, 0, 0], vec![0, 1, 0, 0, 1], vec![0, 1, 0, 2, 1]];
            assert_eq!(numbers, expected[parts]);
        }
    }

    #[test]
    fn counts_go_through_an_array_and_back() {
        let fields = std::array::from_fn(|at| at as i64 + 1);
        let mut counts = Counts::from_array(fields);
        assert_eq!(counts.to_array(), fields);
        counts.add(counts);
        assert_eq!(counts.to_array(), fields.map(|field| 2 * field));
    }
}
