//! Boards of figures: which kinds of tiles there are, how large they may be, and the days they are about.

mod origin;
mod period;

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

pub use origin::{InvalidOrigin, MOST_ORIGINS, origin};
pub use period::{Compare, Period};

/// Tiles of one board.
pub const MOST_TILES: usize = 40;
/// Columns that a tile spans, of twelve.
pub const WIDTHS: RangeInclusive<u8> = 2..=12;
/// Rows that a tile spans.
pub const HEIGHTS: RangeInclusive<u8> = 1..=8;
/// Longest title, in characters.
pub const LONGEST_TITLE: usize = 120;
/// Longest note, in characters.
pub const LONGEST_NOTE: usize = 5_000;
/// Filters of one tile.
pub const MOST_FILTERS: usize = 20;
/// Metrics of a table.
pub const MOST_METRICS: usize = 6;
/// Rows of a breakdown or a table.
pub const ROWS: RangeInclusive<u16> = 1..=100;
/// Steps of a funnel.
pub const STEPS: RangeInclusive<usize> = 2..=8;
/// Days from a funnel's first step within which its last one counts.
pub const WINDOW_DAYS: RangeInclusive<u16> = 1..=90;
/// Boards of one workspace.
pub const MOST_BOARDS: usize = 200;
/// Links to one board.
pub const MOST_SHARES: usize = 50;

/// What a tile shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// A metric of the period, beside that of another.
    Number,
    /// A metric's course.
    Trend,
    /// A goal against its path.
    Pace,
    /// A metric by a dimension, the greatest first.
    Breakdown,
    /// Several metrics by a dimension.
    Table,
    /// How many visitors took each of some steps, in order.
    Funnel,
    /// Words.
    Note,
}

impl TileKind {
    pub const ALL: [TileKind; 7] = [
        TileKind::Number,
        TileKind::Trend,
        TileKind::Pace,
        TileKind::Breakdown,
        TileKind::Table,
        TileKind::Funnel,
        TileKind::Note,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            TileKind::Number => "number",
            TileKind::Trend => "trend",
            TileKind::Pace => "pace",
            TileKind::Breakdown => "breakdown",
            TileKind::Table => "table",
            TileKind::Funnel => "funnel",
            TileKind::Note => "note",
        }
    }
}

/// A word that names no kind of tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of: number, trend, pace, breakdown, table, funnel, note")]
pub struct UnknownTileKind(pub String);

impl FromStr for TileKind {
    type Err = UnknownTileKind;

    fn from_str(word: &str) -> Result<TileKind, UnknownTileKind> {
        let found = TileKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| UnknownTileKind(word.to_owned()))
    }
}

impl fmt::Display for TileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What of a funnel's first step, and of the step before, came to each step: shares in [0, 1].
/// `None` where nobody came to divide by.
pub fn funnel_shares(visitors: &[u64]) -> Vec<(Option<f64>, Option<f64>)> {
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let first = visitors.first().copied().unwrap_or_default();
    let before = std::iter::once(&first).chain(visitors);
    let steps = visitors.iter().zip(before);
    steps.map(|(here, before)| (share(*here, first), share(*here, *before))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_as_it_is_written() {
        for kind in TileKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("pie".parse::<TileKind>().is_err());
    }

    #[test]
    fn a_funnels_shares_are_of_its_first_step_and_of_the_one_before() {
        let shares = funnel_shares(&[200, 50, 10]);
        assert_eq!(
            shares,
            [(Some(1.0), Some(1.0)), (Some(0.25), Some(0.25)), (Some(0.05), Some(0.2))]
        );
        assert_eq!(funnel_shares(&[0, 0]), [(None, None), (None, None)]);
    }
}
