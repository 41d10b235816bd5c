//! Follows a change down through several dimensions: "Germany → mobile → paid search".

use std::collections::BTreeMap;

use super::DriversError;
use super::adtributor::{self, Dimension, Element, Thresholds};

/// A leaf of the data: one combination of dimension values.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// One value for each dimension, in the order of the dimension names.
    pub values: Vec<String>,
    /// What was expected.
    pub expected: f64,
    /// What happened.
    pub actual: f64,
}

/// A part of the data that carries a part of the change.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The path from the whole: (dimension name, value), outermost first.
    pub path: Vec<(String, String)>,
    /// What was expected in this part.
    pub expected: f64,
    /// What happened in this part.
    pub actual: f64,
    /// Its share of the whole change.
    pub share: f64,
    /// Whether a deeper finding tells more: the children of this one follow it.
    pub divided: bool,
}

/// One dimension of the whole, ranked.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The dimension's name.
    pub name: String,
    /// Its values and the chosen explanation.
    pub dimension: Dimension,
}

/// Each dimension on its own, the most surprising explanation first.
pub fn rank(
    names: &[String],
    cells: &[Cell],
    thresholds: Thresholds,
) -> Result<Vec<Ranked>, DriversError> {
    if names.is_empty() {
        return Err(DriversError::Empty("there are no dimensions"));
    }
    if cells.is_empty() {
        return Err(DriversError::Empty("there are no rows"));
    }
    let whole: Vec<&Cell> = cells.iter().collect();
    let mut ranked = (0..names.len())
        .map(|index| {
            let dimension = adtributor::explain(&elements(&whole, index), thresholds)?;
            Ok(Ranked { name: names[index].clone(), dimension })
        })
        .collect::<Result<Vec<_>, DriversError>>()?;
    ranked.sort_by(|a, b| {
        b.dimension.surprise.total_cmp(&a.dimension.surprise).then_with(|| a.name.cmp(&b.name))
    });
    Ok(ranked)
}

/// The parts that carry the change, found by taking the best dimension at each level and going on
/// inside each chosen value with the dimensions that remain, at most `depth` levels.
///
/// Going deeper stops where no remaining dimension separates the part's change: when its best
/// explanation is less surprising than `1e-4` nats, or spreads over more than half of the values.
/// Shares of siblings and of the parts not chosen add up to the parent's share.
pub fn drill(
    names: &[String],
    cells: &[Cell],
    thresholds: Thresholds,
    depth: usize,
) -> Result<Vec<Finding>, DriversError> {
    rank(names, cells, thresholds)?;
    let change: f64 = cells.iter().map(|c| c.actual - c.expected).sum();
    let whole: Vec<&Cell> = cells.iter().collect();
    let mut findings = Vec::new();
    let free: Vec<usize> = (0..names.len()).collect();
    descend(&Descent { names, thresholds, change }, &whole, &free, &[], depth, &mut findings);
    Ok(findings)
}

struct Descent<'a> {
    names: &'a [String],
    thresholds: Thresholds,
    change: f64,
}

/// Below this surprise a division tells nothing.
const TELLING: f64 = 1e-4;

/// Whether anything was found below `path`.
fn descend(
    descent: &Descent<'_>,
    cells: &[&Cell],
    free: &[usize],
    path: &[(String, String)],
    depth: usize,
    findings: &mut Vec<Finding>,
) -> bool {
    if depth == 0 {
        return false;
    }
    let best = free
        .iter()
        .filter_map(|&index| {
            let dimension =
                adtributor::explain(&elements(cells, index), descent.thresholds).ok()?;
            let concentrated = 2 * dimension.chosen.len() <= dimension.values.len();
            (concentrated && dimension.surprise > TELLING).then_some((index, dimension))
        })
        .max_by(|a, b| a.1.surprise.total_cmp(&b.1.surprise).then(b.0.cmp(&a.0)));
    let Some((index, dimension)) = best else { return false };
    let remaining: Vec<usize> = free.iter().copied().filter(|&other| other != index).collect();
    for &chosen in &dimension.chosen {
        let value = &dimension.values[chosen].name;
        let inside: Vec<&Cell> =
            cells.iter().copied().filter(|c| &c.values[index] == value).collect();
        let mut deeper = path.to_vec();
        deeper.push((descent.names[index].clone(), value.clone()));
        let (expected, actual) = totals(&inside);
        let place = findings.len();
        let share = (actual - expected) / descent.change;
        findings.push(Finding { path: deeper.clone(), expected, actual, share, divided: false });
        findings[place].divided =
            descend(descent, &inside, &remaining, &deeper, depth - 1, findings);
    }
    true
}

fn totals(cells: &[&Cell]) -> (f64, f64) {
    cells.iter().fold((0.0, 0.0), |(f, a), cell| (f + cell.expected, a + cell.actual))
}

fn elements(cells: &[&Cell], dimension: usize) -> Vec<Element> {
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for cell in cells {
        let sum = sums.entry(&cell.values[dimension]).or_default();
        sum.0 += cell.expected;
        sum.1 += cell.actual;
    }
    sums.into_iter()
        .map(|(name, (expected, actual))| Element { name: name.to_owned(), expected, actual })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> (Vec<String>, Vec<Cell>) {
        let names = vec!["country".to_owned(), "device".to_owned()];
        let mut cells = Vec::new();
        for country in ["DE", "FI", "SE", "NO"] {
            for device in ["mobile", "desktop", "tablet"] {
                let broken = country == "DE" && device == "mobile";
                let actual = if broken { 40.0 } else { 100.0 };
                cells.push(Cell {
                    values: vec![country.to_owned(), device.to_owned()],
                    expected: 100.0,
                    actual,
                });
            }
        }
        (names, cells)
    }

    #[test]
    fn the_broken_corner_is_found_through_both_dimensions() {
        let (names, cells) = shop();
        let findings = drill(&names, &cells, Thresholds::default(), 3).unwrap();
        let last = findings.last().unwrap();
        let path: Vec<&str> = last.path.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(path, ["DE", "mobile"]);
        assert!((last.share - 1.0).abs() < 1e-12);
        assert!(findings[0].divided && !last.divided);
    }

    #[test]
    fn the_dimension_with_the_larger_surprise_comes_first() {
        let (names, cells) = shop();
        let ranked = rank(&names, &cells, Thresholds::default()).unwrap();
        assert_eq!(ranked[0].name, "country");
    }

    #[test]
    fn a_fall_everywhere_is_not_blamed_on_a_corner() {
        let (names, mut cells) = shop();
        for cell in &mut cells {
            cell.actual = 80.0;
        }
        assert!(drill(&names, &cells, Thresholds::default(), 3).unwrap().is_empty());
    }
}
