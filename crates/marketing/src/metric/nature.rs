//! Which way a metric is better, and how its numbers behave.

use std::str::FromStr;

use crate::goal::UnknownWord;

/// Which way a metric should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Better {
    More,
    Less,
}

impl Better {
    pub fn as_str(self) -> &'static str {
        match self {
            Better::More => "more",
            Better::Less => "less",
        }
    }

    /// Whether a value is at a threshold or beyond it, in this direction.
    pub fn meets(self, value: f64, threshold: f64) -> bool {
        match self {
            Better::More => value >= threshold,
            Better::Less => value <= threshold,
        }
    }
}

impl FromStr for Better {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Better, UnknownWord> {
        match word {
            "more" => Ok(Better::More),
            "less" => Ok(Better::Less),
            _ => Err(UnknownWord(word.to_owned(), "more, less")),
        }
    }
}

/// How a metric's numbers behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nature {
    /// Happenings, which add up: orders.
    Flow,
    /// A stock that stands at a level: followers.
    Stock,
    /// Percent of something.
    Share,
    /// One number over another: pages per visit.
    Ratio,
    /// Seconds.
    Duration,
    /// Money that adds up: revenue, cost.
    Money,
    /// Money per something: order value, cost per lead.
    Price,
    /// A place in a list, 1 being the best.
    Rank,
    /// A score of a survey.
    Score,
}

impl FromStr for Nature {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Nature, UnknownWord> {
        Ok(match word {
            "flow" => Nature::Flow,
            "stock" => Nature::Stock,
            "share" => Nature::Share,
            "ratio" => Nature::Ratio,
            "duration" => Nature::Duration,
            "money" => Nature::Money,
            "price" => Nature::Price,
            "rank" => Nature::Rank,
            "score" => Nature::Score,
            _ => {
                let words = "flow, stock, share, ratio, duration, money, price, rank, score";
                return Err(UnknownWord(word.to_owned(), words));
            }
        })
    }
}

impl Nature {
    pub fn as_str(self) -> &'static str {
        match self {
            Nature::Flow => "flow",
            Nature::Stock => "stock",
            Nature::Share => "share",
            Nature::Ratio => "ratio",
            Nature::Duration => "duration",
            Nature::Money => "money",
            Nature::Price => "price",
            Nature::Rank => "rank",
            Nature::Score => "score",
        }
    }

    /// Whether the days of a period add up to it.
    pub fn adds_up(self) -> bool {
        matches!(self, Nature::Flow | Nature::Money)
    }
}
