//! Is an injected cause named first among the drivers?

use luotsi_marketing::goal::drivers::{Dimension, Slice, drivers};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::shop::{DIMENSIONS, Event, Shop};
use super::{bar, each};

pub(super) struct Causes {
    named: usize,
    all: usize,
    /// Largest difference between a dimension's rows and the whole change, as a share of it.
    off: f64,
}

/// Days of a shop, and those of the week that is explained.
const DAYS: usize = 120;
const WEEK: usize = 7;

pub(super) fn measure(seeds: std::ops::Range<u64>) -> Causes {
    let all = each(seeds, ask);
    Causes {
        named: all.iter().filter(|(named, _)| *named).count(),
        all: all.len(),
        off: all.iter().map(|(_, off)| *off).fold(0.0, f64::max),
    }
}

/// Whether the part that was changed is named first, and how well its dimensions add up.
fn ask(seed: u64) -> (bool, f64) {
    let mut random = StdRng::seed_from_u64(seed ^ 0xca05e);
    let dimension = random.random_range(0..DIMENSIONS.len());
    let value = random.random_range(0..DIMENSIONS[dimension].1.len());
    let size = random.random_range(0.3..0.7);
    let factor = if random.random_bool(0.8) { 1.0 - size } else { 1.0 + size };
    let level = 10_f64.powf(random.random_range(2.5..3.5));
    let event = Event { dimension, value, from: DAYS - WEEK, factor };
    let shop = Shop::new(seed, DAYS, level, Some(event));
    let dimensions: Vec<Dimension> = DIMENSIONS
        .iter()
        .enumerate()
        .map(|(index, (name, values))| Dimension {
            name: (*name).to_owned(),
            slices: values
                .iter()
                .enumerate()
                .map(|(at, (value, _))| Slice {
                    value: (*value).to_owned(),
                    days: shop.days(|place| place[index] == at),
                })
                .collect(),
        })
        .collect();
    let total = shop.days(|_| true);
    let Some(found) = drivers(&total, &dimensions, shop.day(DAYS - WEEK), shop.day(DAYS - 1), None)
    else {
        return (false, 0.0);
    };
    let off = found
        .dimensions
        .iter()
        .map(|one| (one.rows.iter().map(|row| row.change).sum::<f64>() / found.change - 1.0).abs())
        .fold(0.0, f64::max);
    let (name, values) = DIMENSIONS[dimension];
    let named = found.first().is_some_and(|(dimension, row)| {
        dimension == name && row.value.as_deref() == Some(values[value].0)
    });
    (named, off)
}

impl Causes {
    pub(super) fn named_share(&self) -> f64 {
        self.named as f64 / self.all.max(1) as f64
    }

    pub(super) fn report(&self) -> bool {
        println!(
            "Causes ({} shops with one change of 30 to 70 % in one value for a week)",
            self.all
        );
        let named = bar(
            self.named_share() >= 0.9,
            &format!("named first in {:.1} % (bar: 90)", self.named_share() * 100.0),
        );
        let exact =
            bar(self.off < 1e-6, &format!("rows add up to the change within {:.0e}", self.off));
        named && exact
    }
}
