//! What the visits of a query are owed to: each visitor's last source, and the first one.

use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use hashbrown::{HashMap, HashSet};
use luotsi_marketing::query::{Attribution, OriginPart};
use luotsi_marketing::source::{Attributed, Origin, Visited, attribute};

use super::gather::{Gathered, Gathering};
use super::program::VisitTest;
use super::reader::Interner;
use super::rows::VisitValues;

/// How many parts of an origin results can be grouped by.
pub(crate) const PARTS: usize = OriginPart::ALL.len();

/// Numbers of an origin's parts, for each attribution.
pub(crate) type Parts = [[u32; PARTS]; Attribution::ALL.len()];

/// The origins of the visits that a query counts.
#[derive(Debug)]
pub(crate) struct Origins {
    /// By visit: the number of its origin by each attribution.
    of_visit: HashMap<i64, [u32; Attribution::ALL.len()]>,
    /// By origin: the numbers of its parts' texts, and the outcomes of tests by attribution.
    parts: Vec<[u32; PARTS]>,
    bits: [Vec<u64>; Attribution::ALL.len()],
    texts: Interner,
    /// This much of the memory of queries is taken as long as these are there.
    memory: MemoryReservation,
}

impl Origins {
    /// Works out of the visits that were gathered (`Gather`) what those that began at `from_us` or later are
    /// owed to, and tries the program's tests.
    ///
    /// # Errors
    /// They take more memory than queries are given.
    pub(crate) fn new(
        gathering: Gathering,
        from_us: i64,
        tests: &[VisitTest],
        memory: MemoryReservation,
    ) -> Result<Self> {
        let held = gathering.size();
        let visits = gathering.visits.len();
        // Each visit under at most two names, and what is found of it.
        memory.try_resize(held + visits * (2 * size_of::<Visited>() + 32))?;
        let of_visit = attributed(&gathering, from_us);
        let mut texts = Interner::default();
        let mut number = |text: Option<&str>| text.map_or(0, |text| texts.number(text));
        let parts = gathering
            .origins
            .iter()
            .map(|origin| OriginPart::ALL.map(|part| number(part.of(origin))))
            .collect();
        let bits: [Vec<u64>; 2] = Attribution::ALL.map(|attribution| {
            let of_origin = |origin: &Origin| {
                let holds = |(_, test): &(usize, &VisitTest)| match test {
                    VisitTest::Origin(of, part, test) => {
                        *of == attribution && test.fits(part.of(origin))
                    }
                    _ => false,
                };
                let tests = tests.iter().enumerate().filter(holds);
                tests.fold(0, |bits, (at, _)| bits | 1 << at)
            };
            gathering.origins.iter().map(of_origin).collect()
        });
        drop(gathering);
        let mut origins = Self { of_visit, parts, bits, texts, memory };
        origins.of_visit.shrink_to_fit();
        origins.memory.try_resize(origins.size())?;
        Ok(origins)
    }

    /// Adds to what is known of a visit: outcomes of tests, and the parts that it may be grouped by.
    #[inline]
    pub(crate) fn read(&self, visit: i64, values: &mut VisitValues) {
        let of_visit = self.of_visit.get(&visit).copied().unwrap_or_default();
        for (at, origin) in of_visit.into_iter().enumerate() {
            values.bits |= self.bits[at][origin as usize];
            values.origins[at] = self.parts[origin as usize];
        }
    }

    /// The text that a number of a part stands for.
    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        self.texts.text(number)
    }

    /// Bytes held, about.
    fn size(&self) -> usize {
        let of_visit = size_of::<(i64, [u32; 2])>() + 1;
        let of_origin = size_of::<[u32; PARTS]>() + 2 * size_of::<u64>();
        self.of_visit.capacity() * of_visit + self.parts.len() * of_origin + self.texts.bytes()
    }
}

/// By visit that began at `from_us` or later: the numbers of the origins that it is owed to.
fn attributed(gathering: &Gathering, from_us: i64) -> HashMap<i64, [u32; 2]> {
    let mut named = Vec::with_capacity(gathering.visits.len());
    let mut under_two_names = HashSet::new();
    for visit in &gathering.visits {
        let under = |name: i64, gives: bool| Visited {
            name,
            at_us: visit.at_us,
            visit: visit.visit,
            origin: visit.origin,
            is_direct: gathering.origins[visit.origin as usize].is_direct(),
            gives,
        };
        named.push(under(visit.visitor, true));
        if visit.browser != visit.visitor && visit.at_us >= from_us {
            named.push(under(visit.browser, false));
            under_two_names.insert(visit.visit);
        }
    }
    named.sort_unstable();
    let mut of_visit = HashMap::with_capacity(gathering.visits.len());
    let mut halves: HashMap<i64, (u32, Attributed)> = HashMap::new();
    for of_name in named.chunk_by(|one, next| one.name == next.name) {
        attribute(of_name, |visit, owed| {
            if visit.at_us < from_us {
                return;
            }
            if under_two_names.contains(&visit.visit) {
                let half = halves.entry(visit.visit).or_insert((visit.origin, owed));
                half.1 = half.1.or(owed);
            } else {
                of_visit.insert(visit.visit, numbers(visit.origin, owed));
            }
        });
    }
    of_visit.extend(halves.into_iter().map(|(visit, (own, owed))| (visit, numbers(own, owed))));
    of_visit
}

/// In the order of `Attribution::ALL`.
fn numbers(own: u32, owed: Attributed) -> [u32; 2] {
    [owed.last_non_direct(own), owed.first()]
}

/// Whose earlier visits have to be looked for, to say what these are owed to.
///
/// Whoever came by a source in these has no need of an older one, unless first visits are asked for.
pub(crate) fn sought(gathering: &Gathering, asked: &[Attribution]) -> HashSet<i64> {
    let of_first = asked.contains(&Attribution::FirstUser);
    let is_sought =
        |visit: &&Gathered| of_first || gathering.origins[visit.origin as usize].is_direct();
    let visits = gathering.visits.iter().filter(is_sought);
    visits.flat_map(|visit| [visit.visitor, visit.browser]).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryConsumer, MemoryPool};

    fn reservation(bytes: usize) -> (Arc<dyn MemoryPool>, MemoryReservation) {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(bytes));
        let memory = MemoryConsumer::new("test").register(&pool);
        (pool, memory)
    }

    /// Visits of (visitor, browser, moment, origin): 1 is direct, 2 Google's, 3 a newsletter's.
    fn gathering(visits: &[(i64, i64, i64, u32)]) -> Gathering {
        let mut gathering = Gathering::new();
        for (source, medium) in
            [(None, None), (Some("Google"), Some("organic")), (Some("News"), Some("email"))]
        {
            gathering.origins.push(Origin {
                source: source.map(str::to_owned),
                medium: medium.map(str::to_owned),
                ..Origin::default()
            });
        }
        let visit = |(at, of): (usize, &(i64, i64, i64, u32))| Gathered {
            visitor: of.0,
            browser: of.1,
            at_us: of.2,
            visit: at as i64,
            origin: of.3,
        };
        gathering.visits = visits.iter().enumerate().map(visit).collect();
        gathering
    }

    fn found(visits: &[(i64, i64, i64, u32)]) -> Vec<[u32; 2]> {
        let found = attributed(&gathering(visits), i64::MIN);
        (0..visits.len() as i64).map(|visit| found[&visit]).collect()
    }

    #[test]
    fn whoever_says_who_they_are_keeps_what_the_browser_came_by_before() {
        let person = 100;
        // An ad and a direct visit of browser 7, then it signs in, on another device a newsletter, then back.
        let visits = [
            (7, 7, 10, 2),
            (7, 7, 20, 1),
            (person, 7, 30, 1),
            (person, 8, 40, 3),
            (person, 7, 50, 1),
        ];
        // On the other device nobody knows of the ad: the person's own first visit is the one after it.
        assert_eq!(found(&visits), [[2, 2], [2, 2], [2, 2], [3, 1], [3, 2]]);
    }

    #[test]
    fn a_persons_source_is_not_that_of_who_uses_the_browser_next() {
        let visits = [(100, 7, 10, 2), (7, 7, 20, 1), (101, 7, 30, 1)];
        assert_eq!(found(&visits), [[2, 2], [1, 1], [1, 1]]);
    }

    #[test]
    fn they_take_their_share_of_the_memory_of_queries_and_give_it_back() {
        let visits: Vec<_> = (0..1_000).map(|at| (at, at, at, 2)).collect();
        let (pool, memory) = reservation(1 << 20);
        let origins = Origins::new(gathering(&visits), 0, &[], memory).expect("there is room");
        assert!(pool.reserved() > 1_000 * 16);
        drop(origins);
        assert_eq!(pool.reserved(), 0);
        let (_, memory) = reservation(10_000);
        assert!(Origins::new(gathering(&visits), 0, &[], memory).is_err());
    }
}
