//! The words for metrics and segments, in three languages, and where a sentence has them.

use std::ops::Range;
use std::sync::LazyLock;

use super::text::{Kind, Token};
use crate::goal::Locale;
use crate::metric::{Better, Nature};

/// What a word stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Metric {
        id: &'static str,
        nature: Nature,
        better: Better,
    },
    /// One of several metrics.
    Ambiguous(Vec<&'static str>),
    /// A segment: the query API's dimension and the value.
    Segment {
        dimension: &'static str,
        value: &'static str,
    },
}

struct Entry {
    meaning: Meaning,
    /// Of each language.
    patterns: [Vec<Pattern>; 3],
}

/// Words in a row; `true` where only the beginning of the word is given.
type Pattern = Vec<(String, bool)>;

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let lines = include_str!("../../../data/goal_words.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(entry).collect()
});

fn entry(line: &'static str) -> Option<Entry> {
    let columns: Vec<&'static str> = line.split('\t').collect();
    let [kind, id, english, finnish, persian] = columns.as_slice() else { return None };
    let meaning = match *kind {
        "ambiguous" => Meaning::Ambiguous(id.split(',').collect()),
        "channel" => Meaning::Segment { dimension: "visit:channel", value: id },
        "source" => Meaning::Segment { dimension: "visit:source", value: id },
        "device" => Meaning::Segment { dimension: "visit:device", value: id },
        "country" => Meaning::Segment { dimension: "visit:country", value: id },
        metric => {
            let mut parts = metric.split('/').skip(1);
            let (nature, better) = (parts.next()?, parts.next()?);
            Meaning::Metric { id, nature: nature.parse().ok()?, better: better.parse().ok()? }
        }
    };
    let patterns = [english, finnish, persian]
        .map(|column| column.split('|').filter(|words| !words.is_empty()).map(pattern).collect());
    Some(Entry { meaning, patterns })
}

fn pattern(words: &str) -> Pattern {
    words
        .split_whitespace()
        .map(|word| match word.strip_suffix('*') {
            Some(stem) => (stem.to_owned(), true),
            None => (word.to_owned(), false),
        })
        .collect()
}

/// A word or several with a meaning.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) meaning: Meaning,
    pub(super) range: Range<usize>,
}

/// Nature and better side of a metric by its id, for those that sentences can name.
pub(super) fn metric(wanted: &str) -> Option<(Nature, Better)> {
    ENTRIES.iter().find_map(|entry| match &entry.meaning {
        Meaning::Metric { id, nature, better } if *id == wanted => Some((*nature, *better)),
        _ => None,
    })
}

/// Everything that has a meaning, the longest first at each place; its tokens become used.
pub(super) fn read(tokens: &mut [Token], locale: Locale) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match longest(tokens, at, locale) {
            Some((meaning, length)) => {
                for token in &mut tokens[at..at + length] {
                    token.used = true;
                }
                found.push(Found { meaning, range: at..at + length });
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn longest(tokens: &[Token], at: usize, locale: Locale) -> Option<(Meaning, usize)> {
    let languages: &[usize] = match locale {
        Locale::En => &[0],
        Locale::Fi => &[1, 0],
        Locale::Fa => &[2, 0],
    };
    let mut best: Option<(usize, usize, &Entry)> = None;
    for entry in ENTRIES.iter() {
        for pattern in languages.iter().flat_map(|language| &entry.patterns[*language]) {
            let Some(length) = fits(tokens, at, pattern) else { continue };
            let letters = pattern.iter().map(|(word, _)| word.chars().count()).sum::<usize>();
            // Whole words before stems of the same length.
            let weight = 4 * letters + usize::from(pattern.iter().all(|(_, stem)| !stem));
            if best.as_ref().is_none_or(|(most, _, _)| weight > *most) {
                best = Some((weight, length, entry));
            }
        }
    }
    best.map(|(_, length, entry)| (entry.meaning.clone(), length))
}

/// How many tokens the pattern takes from `at`.
fn fits(tokens: &[Token], at: usize, pattern: &Pattern) -> Option<usize> {
    let free = |at: usize| tokens.get(at).filter(|token| !token.used && token.kind == Kind::Word);
    let same = |text: &str, word: &str, stem: bool| {
        if stem { text.starts_with(word) } else { text == word }
    };
    let apart = pattern.iter().enumerate().all(|(index, (word, stem))| {
        free(at + index).is_some_and(|token| same(&token.text, word, *stem))
    });
    if apart {
        return Some(pattern.len());
    }
    // Written together: `pageviews` for `page views`.
    let (last, inner) = pattern.split_last()?;
    if inner.is_empty() || inner.iter().any(|(_, stem)| *stem) {
        return None;
    }
    let joined: String = pattern.iter().map(|(word, _)| word.as_str()).collect();
    free(at).filter(|token| same(&token.text, &joined, last.1)).map(|_| 1)
}
