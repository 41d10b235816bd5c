//! A Markov chain over the touches: what would be lost if a channel were not there.

use std::collections::HashMap;

use crate::dense;

use super::journeys::{AttributionError, Credit, Journeys, Weights};

/// Chains up to this size are solved by elimination, larger ones by sweeps.
const DENSE: usize = 64;
/// Chains up to this size are solved by elimination when sweeps do not settle.
const DENSE_AT_MOST: usize = 1500;
const SWEEPS: usize = 3000;
const SWEEPS_AT_MOST: usize = 200_000;

/// A chain whose state is the last one to four touches (fewer at the start of a journey).
///
/// From each state a journey goes on to another touch, converts or ends without (null), with the
/// observed shares. The removal effect of a channel is the share of conversions lost when every step
/// to it ends the journey instead: R = 1 − P(conversion | channel removed)/P(conversion). Conversions
/// are divided in proportion to R.
///
/// The equations (I − Q)x = r are solved, not simulated: P(conversion) equals the observed rate. The
/// value is attributed by the same chain with the mean value of conversions from a state as reward.
///
/// Source: Anderl, Becker, von Wangenheim, Schumann (2016), IJRM 33(3).
#[derive(Clone, Debug)]
pub struct Chain {
    order: usize,
    channels: usize,
    /// The last touches of each state, the newest in the lowest 16 bits, as number + 1.
    states: Vec<u64>,
    /// Edges by the state they leave: state i holds `edge_ends[i-1]..edge_ends[i]` of `targets`.
    edge_ends: Vec<usize>,
    targets: Vec<u32>,
    /// For each row its first state, its last state and its edges, those in `row_edges`.
    row_first: Vec<u32>,
    row_last: Vec<u32>,
    row_edges: Vec<u32>,
    row_ends: Vec<usize>,
    solution: Solution,
}

/// Solved probabilities and values.
#[derive(Clone, Debug, Default)]
pub(super) struct Solution {
    pub(super) conversion_probability: f64,
    pub(super) removal: Vec<f64>,
    pub(super) value_removal: Vec<f64>,
}

/// Transition shares of one weighting of the rows.
struct Shares {
    /// By edge.
    step: Vec<f64>,
    /// By state: share that converts, and value per visit.
    convert: Vec<f64>,
    value: Vec<f64>,
    start: Vec<f64>,
}

impl Chain {
    /// Builds and solves the chain of `order` 1 to 4.
    pub fn new(journeys: &Journeys, order: usize) -> Result<Self, AttributionError> {
        if !(1..=4).contains(&order) {
            return Err(AttributionError::UnknownOrder { order });
        }
        if journeys.len() == 0 {
            return Err(AttributionError::NoJourneys);
        }
        if journeys.total_conversions() <= 0.0 {
            return Err(AttributionError::NoConversions);
        }
        let mut chain = Self::structure(journeys, order);
        chain.solution = chain.solve(&journeys.weights(), 1e-15)?;
        Ok(chain)
    }

    fn structure(journeys: &Journeys, order: usize) -> Self {
        let mask = if order == 4 { u64::MAX } else { (1_u64 << (16 * order)) - 1 };
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut states = Vec::new();
        let mut visited = Vec::with_capacity(journeys.touches.len());
        for row in 0..journeys.len() {
            let mut key = 0_u64;
            for &touch in journeys.path(row) {
                key = ((key << 16) | u64::from(touch + 1)) & mask;
                let number = *numbers.entry(key).or_insert_with(|| {
                    states.push(key);
                    states.len() as u32 - 1
                });
                visited.push(number);
            }
        }
        let pairs = || {
            (0..journeys.len()).flat_map(|row| {
                visited[journeys.range(row)].windows(2).map(|pair| (pair[0], pair[1]))
            })
        };
        let mut edges: Vec<(u32, u32)> = pairs().collect();
        edges.sort_unstable();
        edges.dedup();
        let mut edge_ends = vec![0; states.len()];
        for &(from, _) in &edges {
            edge_ends[from as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut edge_ends {
            sum += *end;
            *end = sum;
        }
        let place: HashMap<(u32, u32), u32> =
            edges.iter().enumerate().map(|(i, edge)| (*edge, i as u32)).collect();
        let row_edges = pairs().map(|pair| place[&pair]).collect();
        let mut steps = 0;
        let row_ends = (0..journeys.len())
            .map(|row| {
                steps += journeys.range(row).len() - 1;
                steps
            })
            .collect();
        Self {
            order,
            channels: journeys.channels.len(),
            states,
            edge_ends,
            targets: edges.into_iter().map(|(_, to)| to).collect(),
            row_first: (0..journeys.len()).map(|r| visited[journeys.range(r).start]).collect(),
            row_last: (0..journeys.len()).map(|r| visited[journeys.range(r).end - 1]).collect(),
            row_edges,
            row_ends,
            solution: Solution::default(),
        }
    }

    /// Number of states.
    pub fn states(&self) -> usize {
        self.states.len()
    }

    /// Probability that a journey converts: equal to the observed rate.
    pub fn conversion_probability(&self) -> f64 {
        self.solution.conversion_probability
    }

    /// Removal effect of each channel, in [0, 1].
    pub fn removal_effects(&self) -> &[f64] {
        &self.solution.removal
    }

    /// Divides the conversions and the value in proportion to the removal effects.
    pub fn credit(&self, journeys: &Journeys) -> Credit {
        credit(&self.solution, journeys.total_conversions(), journeys.total_value())
    }

    /// The whole credit for another weighting of the same rows, to a looser tolerance.
    pub(super) fn resampled(&self, weights: &Weights) -> Result<Credit, AttributionError> {
        let solution = self.solve(weights, 1e-8)?;
        let total = |numbers: &[f64]| numbers.iter().sum::<f64>();
        Ok(credit(&solution, total(&weights.conversions), total(&weights.values)))
    }

    fn shares(&self, weights: &Weights) -> Shares {
        let n = self.states.len();
        let mut shares = Shares {
            step: vec![0.0; self.targets.len()],
            convert: vec![0.0; n],
            value: vec![0.0; n],
            start: vec![0.0; n],
        };
        let mut out = vec![0.0; n];
        let mut all = 0.0;
        let mut begin = 0;
        for (row, &end) in self.row_ends.iter().enumerate() {
            let converted = weights.conversions[row];
            let count = converted + weights.nulls[row];
            if count > 0.0 {
                all += count;
                shares.start[self.row_first[row] as usize] += count;
                for &edge in &self.row_edges[begin..end] {
                    shares.step[edge as usize] += count;
                }
                let last = self.row_last[row] as usize;
                shares.convert[last] += converted;
                shares.value[last] += weights.values[row];
                out[last] += count;
            }
            begin = end;
        }
        let mut edge = 0;
        for state in 0..n {
            let first = edge;
            while edge < self.edge_ends[state] {
                out[state] += shares.step[edge];
                edge += 1;
            }
            if out[state] > 0.0 {
                shares.step[first..edge].iter_mut().for_each(|s| *s /= out[state]);
                shares.convert[state] /= out[state];
                shares.value[state] /= out[state];
            }
            shares.start[state] /= all.max(f64::MIN_POSITIVE);
        }
        shares
    }

    fn solve(&self, weights: &Weights, tolerance: f64) -> Result<Solution, AttributionError> {
        let shares = self.shares(weights);
        let mut removed = vec![false; self.states.len()];
        let start =
            |from: &[[f64; 2]]| {
                shares.start.iter().zip(from).fold([0.0; 2], |sum, (share, x)| {
                    [sum[0] + share * x[0], sum[1] + share * x[1]]
                })
            };
        let mut whole = vec![[0.0; 2]; self.states.len()];
        self.reach(&shares, &removed, &mut whole, tolerance)?;
        let [probability, value] = start(&whole);
        let mut solution = Solution { conversion_probability: probability, ..Solution::default() };
        for channel in 0..self.channels {
            let mut x = whole.clone();
            for (state, key) in self.states.iter().enumerate() {
                removed[state] = contains(*key, channel as u64 + 1);
                if removed[state] {
                    x[state] = [0.0; 2];
                }
            }
            self.reach(&shares, &removed, &mut x, tolerance)?;
            let [without, value_without] = start(&x);
            let effect = |with: f64, without: f64| {
                if with > 0.0 { (1.0 - without / with).clamp(0.0, 1.0) } else { 0.0 }
            };
            solution.removal.push(effect(probability, without));
            solution.value_removal.push(effect(value, value_without));
        }
        Ok(solution)
    }

    /// Solves x = Qx + r over the states that are not removed, for conversions and value at once.
    /// `x` is the starting point and the answer.
    fn reach(
        &self,
        shares: &Shares,
        removed: &[bool],
        x: &mut [[f64; 2]],
        tolerance: f64,
    ) -> Result<(), AttributionError> {
        if self.states.len() <= DENSE {
            return self.eliminate(shares, removed, x);
        }
        let mut sweeps = 0;
        let mut scale = [0.0_f64; 2];
        for (state, x) in shares.convert.iter().zip(&shares.value) {
            scale = [scale[0].max(*state), scale[1].max(*x)];
        }
        loop {
            let change = self.sweep(shares, removed, x, scale);
            sweeps += 1;
            if change <= tolerance {
                return Ok(());
            }
            if sweeps == SWEEPS && self.states.len() <= DENSE_AT_MOST {
                return self.eliminate(shares, removed, x);
            }
            // Rounding keeps the last bits moving: what no longer shrinks is as good as solved.
            if sweeps > 200 && change <= 1e-14 {
                return Ok(());
            }
            if sweeps == SWEEPS_AT_MOST {
                return Err(AttributionError::NotSolvable { order: self.order });
            }
        }
    }

    /// One Gauss–Seidel sweep, newest states first; gives the largest change relative to `scale`.
    fn sweep(&self, shares: &Shares, removed: &[bool], x: &mut [[f64; 2]], scale: [f64; 2]) -> f64 {
        let mut largest = 0.0_f64;
        for state in (0..self.states.len()).rev() {
            if removed[state] {
                continue;
            }
            let first = if state == 0 { 0 } else { self.edge_ends[state - 1] };
            let edges = first..self.edge_ends[state];
            let (mut conversion, mut value) = (shares.convert[state], shares.value[state]);
            let mut stay = 0.0;
            for (&to, &share) in self.targets[edges.clone()].iter().zip(&shares.step[edges]) {
                let to = to as usize;
                if to == state {
                    stay = share;
                } else {
                    conversion += share * x[to][0];
                    value += share * x[to][1];
                }
            }
            // A state that is never left cannot convert: 0/0 there is 0.
            let leave = (1.0 - stay).max(1e-300);
            let next = [conversion / leave, value / leave];
            for k in 0..2 {
                if scale[k] > 0.0 {
                    largest = largest.max((next[k] - x[state][k]).abs() / scale[k]);
                }
            }
            x[state] = next;
        }
        largest
    }

    /// The same by elimination, exact whatever the chain is like.
    fn eliminate(
        &self,
        shares: &Shares,
        removed: &[bool],
        x: &mut [[f64; 2]],
    ) -> Result<(), AttributionError> {
        let kept: Vec<usize> = (0..self.states.len()).filter(|s| !removed[*s]).collect();
        let mut place = vec![usize::MAX; self.states.len()];
        for (i, state) in kept.iter().enumerate() {
            place[*state] = i;
        }
        let mut matrix = vec![vec![0.0; kept.len()]; kept.len()];
        for (i, &state) in kept.iter().enumerate() {
            matrix[i][i] += 1.0;
            let first = if state == 0 { 0 } else { self.edge_ends[state - 1] };
            for edge in first..self.edge_ends[state] {
                let to = place[self.targets[edge] as usize];
                if to != usize::MAX {
                    matrix[i][to] -= shares.step[edge];
                }
            }
        }
        let right = kept.iter().map(|s| vec![shares.convert[*s], shares.value[*s]]).collect();
        let solved = dense::solve_many(matrix, right)
            .ok_or(AttributionError::NotSolvable { order: self.order })?;
        for (state, row) in kept.iter().zip(solved) {
            x[*state] = [row[0], row[1]];
        }
        Ok(())
    }
}

fn contains(key: u64, channel: u64) -> bool {
    (0..4).any(|i| (key >> (16 * i)) & 0xFFFF == channel)
}

fn credit(solution: &Solution, conversions: f64, value: f64) -> Credit {
    let divide = |effects: &[f64], total: f64| -> Vec<f64> {
        let sum: f64 = effects.iter().sum();
        effects.iter().map(|e| if sum > 0.0 { total * e / sum } else { 0.0 }).collect()
    };
    Credit {
        conversions: divide(&solution.removal, conversions),
        value: divide(&solution.value_removal, value),
    }
}
