//! How many different numbers there are.

/// Below this many numbers one table is fast enough.
const SMALL: usize = 1 << 13;
/// Numbers are first dealt into this many heaps, each of which fits a processor's cache.
const HEAPS: usize = 1 << 10;

/// An odd number with bits all over (the golden ratio): multiplying by it loses nothing.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// Removes what occurs twice. The order is lost.
///
/// Runs in time proportional to the length: numbers are dealt into heaps by their mixed upper
/// bits, and each heap goes through a table that stays in the cache.
pub(crate) fn remove_duplicates(numbers: &mut Vec<i64>) {
    if numbers.len() < 2 {
        return;
    }
    let mut table = Table::default();
    if numbers.len() <= SMALL {
        table.keep_first(numbers);
        return;
    }
    let mut ends = vec![0_usize; HEAPS];
    for number in numbers.iter() {
        ends[heap(*number)] += 1;
    }
    let mut end = 0;
    for count in &mut ends {
        let start = end;
        end += *count;
        *count = start;
    }
    let mut dealt = vec![0_i64; numbers.len()];
    for number in numbers.iter() {
        let at = &mut ends[heap(*number)];
        dealt[*at] = *number;
        *at += 1;
    }
    numbers.clear();
    let mut start = 0;
    for end in ends {
        table.copy_first(&dealt[start..end], numbers);
        start = end;
    }
}

/// How many different numbers each list has, worked out by several threads.
///
/// Each thread looks at its share of all numbers, so that one long list is no longer than many.
pub(crate) fn distinct_counts(lists: &[&[i64]], threads: usize) -> Vec<u64> {
    let threads = threads.max(1) as u64;
    let counts_of = |thread: u64| {
        let is_own = |number: &i64| (mixed(*number) >> 8) % threads == thread;
        let mut own = Vec::new();
        let count = |list: &&[i64]| {
            own.clear();
            own.extend(list.iter().copied().filter(is_own));
            remove_duplicates(&mut own);
            own.len() as u64
        };
        lists.iter().map(count).collect::<Vec<u64>>()
    };
    std::thread::scope(|scope| {
        let others: Vec<_> =
            (1..threads).map(|thread| scope.spawn(move || counts_of(thread))).collect();
        let mut counts = counts_of(0);
        for other in others {
            // A thread that panicked is one that met a fault in this module: it is passed on.
            let more = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        counts
    })
}

fn mixed(number: i64) -> u64 {
    number.cast_unsigned().wrapping_mul(MIX)
}

fn heap(number: i64) -> usize {
    (mixed(number) >> (64 - HEAPS.trailing_zeros())) as usize
}

/// An open-addressing table of the numbers of one heap. A slot belongs to a heap by its round.
#[derive(Debug, Default)]
struct Table {
    slots: Vec<(i64, u32)>,
    round: u32,
}

impl Table {
    fn keep_first(&mut self, numbers: &mut Vec<i64>) {
        self.begin(numbers.len());
        numbers.retain(|number| self.insert(*number));
    }

    fn copy_first(&mut self, heap: &[i64], kept: &mut Vec<i64>) {
        self.begin(heap.len());
        kept.extend(heap.iter().copied().filter(|number| self.insert(*number)));
    }

    fn begin(&mut self, count: usize) {
        let needed = (count * 2).next_power_of_two().max(64);
        if self.slots.len() < needed || self.round == u32::MAX {
            self.slots = vec![(0, 0); needed];
            self.round = 0;
        }
        self.round += 1;
    }

    /// `false` when it is there already.
    fn insert(&mut self, number: i64) -> bool {
        let mask = self.slots.len() - 1;
        // The upper bits have chosen the heap: the middle ones choose the slot.
        let mut at = (mixed(number) >> 22) as usize & mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.1 != self.round {
                *slot = (number, self.round);
                return true;
            }
            if slot.0 == number {
                return false;
            }
            at = (at + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn as_many_remain_as_there_are_different_ones() {
        for (count, step) in
            [(1, 1), (5, 1), (9_000, 1), (100_000, 0x1234_5678_9ABC), (50_000, 1 << 54)]
        {
            let mut numbers: Vec<i64> = (0..count)
                .flat_map(|i: i64| [i.wrapping_mul(step), (i / 3).wrapping_mul(step)])
                .collect();
            let expected: HashSet<i64> = numbers.iter().copied().collect();
            remove_duplicates(&mut numbers);
            assert_eq!(numbers.len(), expected.len(), "{count} × {step}");
            assert_eq!(numbers.into_iter().collect::<HashSet<_>>(), expected);
        }
    }

    #[test]
    fn threads_share_the_counting() {
        let long: Vec<i64> =
            (0..50_000).map(|i: i64| (i % 20_011).wrapping_mul(MIX as i64)).collect();
        let lists: [&[i64]; 4] = [&long, &[], &[7, 7, 8], &long[..100]];
        for threads in 1..5 {
            assert_eq!(distinct_counts(&lists, threads), [20_011, 0, 2, 100]);
        }
    }

    #[test]
    fn nothing_has_no_duplicates() {
        let mut none = Vec::new();
        remove_duplicates(&mut none);
        assert!(none.is_empty());
    }
}
