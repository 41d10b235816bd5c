//! Shapley values of conversion rates: what a channel adds to the channels it meets.

use std::collections::HashMap;

use super::journeys::{Credit, Journeys, Weights};

/// Sets of more channels than this are divided by the rates of the channels alone: 2^n subsets
/// of so many channels are hardly ever seen.
const LARGEST: usize = 10;

/// Divides conversions by the Shapley value of conversion rates.
///
/// The worth of a set T of channels is the conversion rate of the journeys that met exactly the
/// channels of T, so journeys that did not convert count. Each set S divides its own conversions among
/// its channels by φ_c = Σ_{T⊆S∖c} |T|!(|S|−|T|−1)!/|S|! · (v(T∪c) − v(T)); a channel that lowers
/// the rate gets nothing.
///
/// Rates of sets seen rarely are noise, so they are pulled to what the channels would do
/// independently, 1 − Π(1 − q_c), as if k more journeys had been seen; k is estimated from how
/// much the sets differ beyond chance (method of moments for the beta-binomial).
pub fn shapley(journeys: &Journeys) -> Credit {
    Sets::new(journeys).credit(journeys.channels.len(), &journeys.weights())
}

/// The sets of channels that occur, with the subsets of each.
pub(super) struct Sets {
    /// Channels of each set, sorted. The sets that occur come first, then subsets of them.
    members: Vec<Box<[u32]>>,
    occurring: usize,
    /// Set of each row.
    of_row: Vec<u32>,
    /// For each occurring set the numbers of its subsets by bit mask; empty for large sets. Mask 0
    /// is the empty set, `u32::MAX`.
    subsets: Vec<Vec<u32>>,
}

impl Sets {
    pub(super) fn new(journeys: &Journeys) -> Self {
        let mut numbers: HashMap<Box<[u32]>, u32> = HashMap::new();
        let mut members: Vec<Box<[u32]>> = Vec::new();
        let mut number_of = |set: Vec<u32>, members: &mut Vec<Box<[u32]>>| -> u32 {
            let set: Box<[u32]> = set.into();
            *numbers.entry(set.clone()).or_insert_with(|| {
                members.push(set);
                members.len() as u32 - 1
            })
        };
        let mut of_row = Vec::with_capacity(journeys.len());
        for row in 0..journeys.len() {
            let mut set = journeys.path(row).to_vec();
            set.sort_unstable();
            set.dedup();
            of_row.push(number_of(set, &mut members));
        }
        let occurring = members.len();
        let mut subsets = Vec::with_capacity(occurring);
        for number in 0..occurring {
            let set = members[number].clone();
            let mut table = Vec::new();
            if set.len() <= LARGEST {
                table.push(u32::MAX);
                for mask in 1_u32..1 << set.len() {
                    let subset = (0..set.len()).filter(|i| mask >> i & 1 == 1).map(|i| set[i]);
                    table.push(number_of(subset.collect(), &mut members));
                }
            }
            subsets.push(table);
        }
        Self { members, occurring, of_row, subsets }
    }

    pub(super) fn credit(&self, channels: usize, weights: &Weights) -> Credit {
        let mut seen = vec![[0.0; 3]; self.members.len()];
        for (row, &set) in self.of_row.iter().enumerate() {
            let sums = &mut seen[set as usize];
            sums[0] += weights.conversions[row] + weights.nulls[row];
            sums[1] += weights.conversions[row];
            sums[2] += weights.values[row];
        }
        let rates = self.rates(channels, &seen);
        let mut credit = Credit { conversions: vec![0.0; channels], value: vec![0.0; channels] };
        let factors: Vec<Vec<f64>> = (0..=LARGEST).map(subset_weights).collect();
        for number in 0..self.occurring {
            let [_, conversions, value] = seen[number];
            if conversions > 0.0 {
                let set = &self.members[number];
                let shares = self.divide(number, &rates, &factors[set.len().min(LARGEST)]);
                for (&channel, share) in set.iter().zip(shares) {
                    credit.conversions[channel as usize] += conversions * share;
                    credit.value[channel as usize] += value * share;
                }
            }
        }
        credit
    }

    /// Conversion rates of all sets, those seen rarely pulled to independence.
    fn rates(&self, channels: usize, seen: &[[f64; 3]]) -> Vec<f64> {
        let (mut n, mut k) = (0.0, 0.0);
        let (mut n_alone, mut k_alone) = (0.0, 0.0);
        for (set, sums) in self.members.iter().zip(seen) {
            n += sums[0];
            k += sums[1];
            if set.len() == 1 {
                n_alone += sums[0];
                k_alone += sums[1];
            }
        }
        let overall = if n_alone > 0.0 && k_alone > 0.0 { k_alone / n_alone } else { k / n };
        let mut alone = vec![overall; channels];
        for (set, sums) in self.members.iter().zip(seen) {
            if let [channel] = set[..] {
                alone[channel as usize] = (sums[1] + 20.0 * overall) / (sums[0] + 20.0);
            }
        }
        let independent: Vec<f64> = self
            .members
            .iter()
            .map(|set| 1.0 - set.iter().map(|c| 1.0 - alone[*c as usize]).product::<f64>())
            .collect();
        let (mut excess, mut possible) = (0.0, 0.0);
        for ((set, sums), &m) in self.members.iter().zip(seen).zip(&independent) {
            if set.len() > 1 && sums[0] > 1.0 {
                let variance = m * (1.0 - m);
                excess += (sums[1] - sums[0] * m).powi(2) - sums[0] * variance;
                possible += sums[0] * (sums[0] - 1.0) * variance;
            }
        }
        let spread = if possible > 0.0 { (excess / possible).clamp(1e-4, 0.5) } else { 0.5 };
        let prior = 1.0 / spread - 1.0;
        seen.iter()
            .zip(&independent)
            .map(|(sums, m)| (sums[1] + prior * m) / (sums[0] + prior))
            .collect()
    }

    /// Shares of the channels of one set; they add up to 1.
    fn divide(&self, number: usize, rates: &[f64], weights: &[f64]) -> Vec<f64> {
        let size = self.members[number].len();
        let table = &self.subsets[number];
        let rate = |mask: usize| {
            let set = table[mask];
            if set == u32::MAX { 0.0 } else { rates[set as usize] }
        };
        let mut values = vec![0.0; size];
        if size == 1 || table.is_empty() {
            values.fill(1.0);
        } else {
            for mask in 0..table.len() {
                let worth = rate(mask);
                let present = mask.count_ones() as usize;
                for (i, value) in values.iter_mut().enumerate() {
                    // v(T∪c) counts with the weight of T, v(T) of a set without c against it.
                    if mask >> i & 1 == 1 {
                        *value += weights[present - 1] * worth;
                    } else {
                        *value -= weights[present] * worth;
                    }
                }
            }
        }
        values.iter_mut().for_each(|v| *v = v.max(0.0));
        let sum: f64 = values.iter().sum();
        if sum > 0.0 {
            values.iter_mut().for_each(|v| *v /= sum);
        } else {
            values.fill(1.0 / size as f64);
        }
        values
    }
}

/// |T|!(n−|T|−1)!/n! for |T| = 0 … n−1.
fn subset_weights(n: usize) -> Vec<f64> {
    let mut weights = Vec::with_capacity(n);
    let mut binomial = 1.0;
    for t in 0..n {
        weights.push(1.0 / (n as f64 * binomial));
        binomial *= (n - 1 - t) as f64 / (t + 1) as f64;
    }
    weights
}
