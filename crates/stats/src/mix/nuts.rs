//! The no-U-turn sampler with a dense metric and dual averaging.
//!
//! Multinomial sampling from the trajectory (Betancourt 2017, arXiv 1701.02434, appendix A), step size
//! by dual averaging (Hoffman, Gelman 2014, JMLR 15). Own code: a few dozen parameters need no
//! framework, and the gradient is written by hand anyway.

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand_distr::{Distribution as _, StandardNormal};

use crate::dense;

/// Draws of one chain.
pub(super) struct Chain {
    pub(super) draws: Vec<Vec<f64>>,
    pub(super) divergences: usize,
}

/// How a chain is run.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) warmup: usize,
    pub(super) draws: usize,
}

const DEEPEST: u32 = 10;
const TARGET: f64 = 0.85;
/// An energy error beyond this is a divergence.
const DIVERGED: f64 = 1000.0;

#[derive(Clone)]
struct Point {
    q: Vec<f64>,
    p: Vec<f64>,
    gradient: Vec<f64>,
    value: f64,
}

struct Tree {
    first: Point,
    last: Point,
    /// A draw from the tree, by weight.
    chosen: Point,
    ln_weight: f64,
    momentum: Vec<f64>,
    accept: f64,
    steps: f64,
    done: bool,
    diverged: bool,
}

struct Sampler<'a, F> {
    density: &'a F,
    /// Covariance of the target (the inverse metric) and its Cholesky factor.
    covariance: Vec<Vec<f64>>,
    factor: Vec<Vec<f64>>,
    step: f64,
    random: StdRng,
}

/// Samples from `density` (log density, gradient written into its second argument), starting at
/// `start` with `covariance` as first guess of the posterior's. `None` when the start is not finite.
pub(super) fn sample<F: Fn(&[f64], &mut [f64]) -> f64>(
    density: &F,
    start: &[f64],
    covariance: Vec<Vec<f64>>,
    run: Run,
    random: StdRng,
) -> Option<Chain> {
    let factor = dense::cholesky(&covariance)?;
    let mut sampler = Sampler { density, covariance, factor, step: 0.5, random };
    let mut gradient = vec![0.0; start.len()];
    let value = density(start, &mut gradient);
    if !value.is_finite() {
        return None;
    }
    let mut point = Point { q: start.to_vec(), p: vec![0.0; start.len()], gradient, value };
    let mut averaging = Averaging::new(sampler.first_step(&point));
    sampler.step = averaging.step();
    let mut window: Vec<Vec<f64>> = Vec::new();
    // The metric is learned twice; the last stretch only tunes the step.
    let learn_at = [run.warmup * 3 / 10, run.warmup * 8 / 10];
    let mut chain = Chain { draws: Vec::with_capacity(run.draws), divergences: 0 };
    for iteration in 0..run.warmup + run.draws {
        let (next, accept, diverged) = sampler.transition(&point);
        point = next;
        if iteration >= run.warmup {
            chain.draws.push(point.q.clone());
            chain.divergences += usize::from(diverged);
            continue;
        }
        averaging.update(accept);
        sampler.step = averaging.step();
        if iteration >= run.warmup / 10 {
            window.push(point.q.clone());
        }
        if learn_at.contains(&(iteration + 1)) && window.len() > 20 {
            sampler.learn(&window);
            window.clear();
            averaging = Averaging::new(sampler.first_step(&point));
            sampler.step = averaging.step();
        }
        if iteration + 1 == run.warmup {
            sampler.step = averaging.averaged();
        }
    }
    Some(chain)
}

impl<F: Fn(&[f64], &mut [f64]) -> f64> Sampler<'_, F> {
    fn velocity(&self, p: &[f64]) -> Vec<f64> {
        dense::multiply(&self.covariance, p)
    }

    /// p ~ N(0, Σ⁻¹): L⁻ᵀz.
    fn refresh(&mut self) -> Vec<f64> {
        let n = self.factor.len();
        let mut p: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut self.random)).collect();
        for i in (0..n).rev() {
            for j in i + 1..n {
                p[i] -= self.factor[j][i] * p[j];
            }
            p[i] /= self.factor[i][i];
        }
        p
    }

    fn energy(&self, point: &Point) -> f64 {
        0.5 * dense::dot(&point.p, &self.velocity(&point.p)) - point.value
    }

    fn leapfrog(&self, from: &Point, step: f64) -> Point {
        let mut to = from.clone();
        to.p.iter_mut().zip(&from.gradient).for_each(|(p, g)| *p += 0.5 * step * g);
        let velocity = self.velocity(&to.p);
        to.q.iter_mut().zip(&velocity).for_each(|(q, v)| *q += step * v);
        to.value = (self.density)(&to.q, &mut to.gradient);
        if !to.value.is_finite() {
            to.gradient.fill(0.0);
        }
        let Point { p, gradient, .. } = &mut to;
        p.iter_mut().zip(gradient).for_each(|(p, g)| *p += 0.5 * step * *g);
        to
    }

    /// Doubles or halves a step of 1 until about half the proposals would be accepted.
    fn first_step(&mut self, point: &Point) -> f64 {
        let mut start = point.clone();
        start.p = self.refresh();
        let energy = self.energy(&start);
        let mut step: f64 = 0.5;
        let accepted = |step: f64| energy - self.energy(&self.leapfrog(&start, step)) > -0.7;
        let up = accepted(step);
        for _ in 0..30 {
            if accepted(step) != up {
                break;
            }
            step *= if up { 2.0 } else { 0.5 };
        }
        step.clamp(1e-6, 4.0)
    }

    /// The metric from draws, pulled a little to the one before.
    fn learn(&mut self, draws: &[Vec<f64>]) {
        let n = draws.len() as f64;
        let d = self.covariance.len();
        let mean: Vec<f64> = (0..d).map(|i| draws.iter().map(|q| q[i]).sum::<f64>() / n).collect();
        let pull = 2.0 * d as f64 / (n + 2.0 * d as f64);
        let mut covariance = self.covariance.clone();
        for i in 0..d {
            for j in 0..d {
                let seen = draws.iter().map(|q| (q[i] - mean[i]) * (q[j] - mean[j])).sum::<f64>()
                    / (n - 1.0);
                covariance[i][j] = (1.0 - pull) * seen + pull * self.covariance[i][j];
            }
        }
        if let Some(factor) = dense::cholesky(&covariance) {
            self.factor = factor;
            self.covariance = covariance;
        }
    }

    /// One step of the chain: the new point, the mean acceptance, and whether it diverged.
    fn transition(&mut self, from: &Point) -> (Point, f64, bool) {
        let mut start = from.clone();
        start.p = self.refresh();
        let energy = self.energy(&start);
        let mut tree = Tree {
            first: start.clone(),
            last: start.clone(),
            momentum: start.p.clone(),
            chosen: start,
            ln_weight: 0.0,
            accept: 0.0,
            steps: 0.0,
            done: false,
            diverged: false,
        };
        for depth in 0..DEEPEST {
            let forward: bool = self.random.random();
            let edge = if forward { tree.last.clone() } else { tree.first.clone() };
            let step = if forward { self.step } else { -self.step };
            let grown = self.grow(&edge, step, depth, energy);
            tree.accept += grown.accept;
            tree.steps += grown.steps;
            if grown.done {
                tree.diverged = grown.diverged;
                break;
            }
            // The new half is preferred: biased progressive sampling.
            if self.random.random::<f64>().ln() < grown.ln_weight - tree.ln_weight {
                tree.chosen = grown.chosen.clone();
            }
            let crossing = self.crosses(&tree, &grown, forward);
            join(&mut tree, grown, forward);
            if crossing || self.turns(&tree.momentum, &tree.first, &tree.last) {
                break;
            }
        }
        (tree.chosen, tree.accept / tree.steps.max(1.0), tree.diverged)
    }

    /// A subtree of 2^depth steps from `edge`.
    fn grow(&mut self, edge: &Point, step: f64, depth: u32, energy: f64) -> Tree {
        if depth == 0 {
            let point = self.leapfrog(edge, step);
            let error = energy - self.energy(&point);
            let error = if error.is_nan() { f64::NEG_INFINITY } else { error };
            let diverged = error < -DIVERGED;
            return Tree {
                momentum: point.p.clone(),
                first: point.clone(),
                last: point.clone(),
                chosen: point,
                ln_weight: error,
                accept: error.exp().min(1.0),
                steps: 1.0,
                done: diverged,
                diverged,
            };
        }
        let forward = step > 0.0;
        let mut near = self.grow(edge, step, depth - 1, energy);
        if near.done {
            return near;
        }
        let edge = if forward { near.last.clone() } else { near.first.clone() };
        let far = self.grow(&edge, step, depth - 1, energy);
        near.accept += far.accept;
        near.steps += far.steps;
        if far.done {
            near.done = true;
            near.diverged = far.diverged;
            return near;
        }
        let total = ln_sum(near.ln_weight, far.ln_weight);
        if self.random.random::<f64>().ln() < far.ln_weight - total {
            near.chosen = far.chosen.clone();
        }
        let crossing = self.crosses(&near, &far, forward);
        join(&mut near, far, forward);
        near.done = crossing || self.turns(&near.momentum, &near.first, &near.last);
        near
    }

    /// Whether the trajectory turns back on itself.
    fn turns(&self, momentum: &[f64], first: &Point, last: &Point) -> bool {
        let velocity = self.velocity(momentum);
        dense::dot(&velocity, &first.p) <= 0.0 || dense::dot(&velocity, &last.p) <= 0.0
    }

    /// The same from each half into the first step of the other.
    fn crosses(&self, near: &Tree, far: &Tree, forward: bool) -> bool {
        let (early, late) = if forward { (near, far) } else { (far, near) };
        let add =
            |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
        self.turns(&add(&early.momentum, &late.first.p), &early.first, &late.first)
            || self.turns(&add(&late.momentum, &early.last.p), &early.last, &late.last)
    }
}

/// Adds a half to a tree, ends and sums; the choice was made before.
fn join(tree: &mut Tree, half: Tree, forward: bool) {
    tree.ln_weight = ln_sum(tree.ln_weight, half.ln_weight);
    tree.momentum.iter_mut().zip(&half.momentum).for_each(|(a, b)| *a += b);
    if forward {
        tree.last = half.last;
    } else {
        tree.first = half.first;
    }
}

fn ln_sum(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// Dual averaging of the logarithm of the step size.
struct Averaging {
    anchor: f64,
    error: f64,
    count: f64,
    ln_step: f64,
    ln_average: f64,
}

impl Averaging {
    fn new(step: f64) -> Self {
        let anchor = (10.0 * step).ln();
        Self { anchor, error: 0.0, count: 0.0, ln_step: step.ln(), ln_average: 0.0 }
    }

    fn update(&mut self, accept: f64) {
        let accept = if accept.is_nan() { 0.0 } else { accept };
        self.count += 1.0;
        let share = 1.0 / (self.count + 10.0);
        self.error = (1.0 - share) * self.error + share * (TARGET - accept);
        self.ln_step = (self.anchor - self.count.sqrt() / 0.05 * self.error).clamp(-14.0, 2.0);
        let weight = self.count.powf(-0.75);
        self.ln_average = weight * self.ln_step + (1.0 - weight) * self.ln_average;
    }

    fn step(&self) -> f64 {
        self.ln_step.exp()
    }

    fn averaged(&self) -> f64 {
        self.ln_average.exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::seeded;

    #[test]
    fn a_correlated_normal_distribution_is_sampled_with_its_moments() {
        // Variances 1 and 4, correlation 0.9.
        let density = |q: &[f64], g: &mut [f64]| {
            let (x, y) = (q[0], q[1] / 2.0);
            let scale = 1.0 / (1.0 - 0.81);
            g[0] = -(x - 0.9 * y) * scale;
            g[1] = -(y - 0.9 * x) * scale / 2.0;
            -0.5 * (x * x - 1.8 * x * y + y * y) * scale
        };
        let identity = vec![vec![1.0, 0.0], vec![0.0, 1.0]];
        let run = Run { warmup: 500, draws: 4000 };
        let chain = sample(&density, &[3.0, -3.0], identity, run, seeded(7)).unwrap();
        let n = chain.draws.len() as f64;
        let mean = |f: &dyn Fn(&[f64]) -> f64| chain.draws.iter().map(|q| f(q)).sum::<f64>() / n;
        assert!(mean(&|q| q[0]).abs() < 0.08);
        assert!((mean(&|q| q[0] * q[0]) - 1.0).abs() < 0.1);
        assert!((mean(&|q| q[1] * q[1]) - 4.0).abs() < 0.4);
        assert!((mean(&|q| q[0] * q[1]) - 1.8).abs() < 0.2);
        assert_eq!(chain.divergences, 0);
    }
}
