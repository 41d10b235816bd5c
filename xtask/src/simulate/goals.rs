//! Are probabilities of goals right? Forecast at several points of many goals, then look what became of them.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use luotsi_marketing::goal::calibration::{Calibration, calibration};
use luotsi_marketing::goal::outlook::{Counting, Effort, Goal, History, outlook};
use luotsi_marketing::metric::Better;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::kinds::{Figures, Kind};
use super::{bar, each};

/// Probabilities with what became of them.
pub(super) struct Goals {
    kind: Kind,
    ours: Vec<(f64, bool)>,
    /// 1 when going on as in the last four weeks reaches the target, else 0.
    naive: Vec<(f64, bool)>,
    /// Targets anywhere among the possible outcomes: what calibration is judged by; each with its shop.
    any: Vec<(f64, bool)>,
    shops: Vec<usize>,
}

/// Days before a goal, and the shares of its time after which it is asked.
const PAST: usize = 400;
const ASKED: [f64; 3] = [0.0, 0.35, 0.7];
/// Targets that are drawn from the outcomes of each forecast.
const TARGETS: usize = 5;

/// Asks for every seed and point in time.
pub(super) fn measure(kind: Kind, seeds: std::ops::Range<u64>) -> Goals {
    let all = each(seeds, |seed| ask(kind, seed));
    let mut goals =
        Goals { kind, ours: Vec::new(), naive: Vec::new(), any: Vec::new(), shops: Vec::new() };
    for (shop, asked) in all.into_iter().enumerate() {
        for asked in asked {
            goals.ours.push((asked.ours, asked.reached));
            goals.naive.push((asked.naive, asked.reached));
            goals.shops.extend(asked.any.iter().map(|_| shop));
            goals.any.extend(asked.any);
        }
    }
    goals
}

/// One forecast.
struct Asked {
    ours: f64,
    naive: f64,
    reached: bool,
    any: Vec<(f64, bool)>,
}

fn ask(kind: Kind, seed: u64) -> Vec<Asked> {
    let mut random = StdRng::seed_from_u64(seed ^ 0x5eed);
    let length = [30, 60, 91][random.random_range(0..3_usize)];
    let figures = Figures::new(kind, seed, PAST, length);
    let goal = Goal {
        counting: figures.counting,
        better: Better::More,
        target: figures.target(&mut random),
        start: figures.start,
        deadline: figures.deadline,
    };
    let outcome = figures.outcome();
    // A target between two counts is met or not.
    let between = if matches!(goal.counting, Counting::Sum) { 0.5 } else { 0.0 };
    ASKED
        .iter()
        .filter_map(|share| {
            let over = (share * length as f64) as i64;
            let today = figures.start.saturating_add(over.days());
            let history = History {
                days: figures.before(today),
                complete_to: today.saturating_sub(1.day()),
                absent_is_zero: figures.absent_is_zero,
            };
            let found = outlook(&goal, &history, Effort::NIGHTLY, seed).ok()?;
            let any = (0..TARGETS)
                .filter_map(|_| {
                    let target = found.outcomes.get(random.random_range(1..100_usize))? + between;
                    Some((found.probability_of(target, Better::More)?, outcome >= target))
                })
                .collect();
            Some(Asked {
                ours: found.probability,
                naive: f64::from(u8::from(figures.straight_on(today) >= goal.target)),
                reached: outcome >= goal.target,
                any,
            })
        })
        .collect()
}

impl Goals {
    fn calibration(pairs: &[(f64, bool)]) -> Option<Calibration> {
        calibration(pairs)
    }

    /// What chance leaves open of the gap of a tenth. Targets of one shop share its outcome, so that it is counted over
    /// shops: the root of the sum of each shop's squared sum of gaps (Liang and Zeger 1986, Biometrika 73:13–22).
    fn standard_error(&self, tenth: usize) -> f64 {
        let mut gaps: BTreeMap<usize, f64> = BTreeMap::new();
        let mut count: f64 = 0.0;
        for ((said, reached), shop) in self.any.iter().zip(&self.shops) {
            if ((said * 10.0) as usize).min(9) == tenth {
                *gaps.entry(*shop).or_default() += f64::from(u8::from(*reached)) - said;
                count += 1.0;
            }
        }
        gaps.values().map(|gap| gap * gap).sum::<f64>().sqrt() / count.max(1.0)
    }

    #[cfg(test)]
    pub(super) fn brier(&self) -> f64 {
        Self::calibration(&self.ours).map_or(1.0, |found| found.brier)
    }

    pub(super) fn naive_brier(&self) -> f64 {
        Self::calibration(&self.naive).map_or(0.0, |found| found.brier)
    }

    pub(super) fn report(&self) -> bool {
        println!("Probabilities of goals on {} ({} forecasts)", self.kind.name(), self.ours.len());
        let (Some(found), Some(any)) =
            (Self::calibration(&self.ours), Self::calibration(&self.any))
        else {
            return false;
        };
        let mut worst: f64 = 0.0;
        for (index, bin) in any.bins.iter().enumerate() {
            let Some(reached) = bin.reached else { continue };
            let chance = 1.96 * self.standard_error(index);
            let off = (reached - bin.forecast).abs();
            if bin.count >= 100 {
                worst = worst.max(off);
            }
            println!(
                "    {:>3.0}–{:<3.0} %  said {:>5.1} %  reached {:>5.1} %  of {:>5}  (chance ±{:.1})",
                bin.from * 100.0,
                bin.to * 100.0,
                bin.forecast * 100.0,
                reached * 100.0,
                bin.count,
                chance * 100.0
            );
        }
        let brier = bar(
            found.brier < self.naive_brier(),
            &format!(
                "Brier {:.4} (naive extrapolation {:.4}, base rate {:.4})",
                found.brier,
                self.naive_brier(),
                found.reference
            ),
        );
        let reliable = bar(
            worst <= 0.05,
            &format!("largest gap of a tenth: {:.1} points (bar: 5)", worst * 100.0),
        );
        brier && reliable
    }
}
