//! Which metric a sentence is about, and what it only mentions.

use std::ops::Range;

use super::text::Token;
use super::words::{Found, Meaning};
use super::{Confidence, Part, Per, span};
use crate::goal::Locale;
use crate::metric::Nature;

/// The metric, or why there is none.
pub(super) struct Chosen {
    pub(super) metric: Option<Part<&'static str>>,
    pub(super) of: Option<&'static str>,
    /// What an ambiguous word may mean.
    pub(super) options: Vec<&'static str>,
    pub(super) span: Range<usize>,
    pub(super) several: bool,
    pub(super) all: Vec<&'static str>,
}

pub(super) fn metric(tokens: &[Token], found: &[Found], cut: usize, locale: Locale) -> Chosen {
    let metrics = |before: bool| -> Vec<(&'static str, Nature, Range<usize>)> {
        let mut list: Vec<(&'static str, Nature, Range<usize>)> = Vec::new();
        for one in found.iter().filter(|one| (one.range.start < cut) == before) {
            if let Meaning::Metric { id, nature, .. } = one.meaning
                && list.iter().all(|(known, _, _)| *known != id)
            {
                list.push((id, nature, one.range.clone()));
            }
        }
        list
    };
    let mut list = metrics(true);
    let options = found.iter().find_map(|one| match &one.meaning {
        Meaning::Ambiguous(ids) if one.range.start < cut => Some((ids.clone(), one.range.clone())),
        _ => None,
    });
    let mut chosen = Chosen {
        metric: None,
        of: None,
        options: Vec::new(),
        span: 0..0,
        several: false,
        all: Vec::new(),
    };
    if list.is_empty() {
        if let Some((ids, range)) = options {
            chosen.span = span(tokens, &range);
            chosen.options = ids;
            return chosen;
        }
        list = metrics(false);
    }
    // A rate is what is asked about, whatever it is a rate of.
    let rates = |nature: Nature| matches!(nature, Nature::Share | Nature::Price | Nature::Ratio);
    let rate = list.iter().position(|(_, nature, _)| rates(*nature));
    let flow = list.iter().position(|(_, nature, _)| !rates(*nature));
    let (first, of) = match (rate, flow) {
        (Some(rate), Some(flow)) if list.len() == 2 => (rate, Some(list[flow].0)),
        _ => (0, None),
    };
    let Some((id, _, range)) = list.get(first) else { return chosen };
    chosen.all = list.iter().map(|(id, _, _)| *id).collect();
    chosen.several = of.is_none()
        && list.len() > 1
        && list.windows(2).any(|pair| {
            tokens[pair[0].2.end..pair[1].2.start.max(pair[0].2.end)]
                .iter()
                .any(|token| joins(token, locale))
        });
    chosen.of = of;
    let confidence =
        if list.len() > 1 && of.is_none() { Confidence::Likely } else { Confidence::Said };
    chosen.metric = Some(Part { value: id, confidence, span: span(tokens, range) });
    chosen
}

fn joins(token: &Token, locale: Locale) -> bool {
    token.is_word()
        && match locale {
            Locale::En => matches!(token.text.as_str(), "and" | "plus"),
            Locale::Fi => matches!(token.text.as_str(), "ja" | "sekä"),
            Locale::Fa => matches!(token.text.as_str(), "و"),
        }
}

/// From which token on the sentence speaks of means and reasons, not of the goal.
pub(super) fn means(tokens: &[Token], locale: Locale) -> usize {
    let word = |at: usize| {
        tokens
            .get(at)
            .filter(|token| token.is_word() && !token.used)
            .map_or("", |token| token.text.as_str())
    };
    // A sentence may begin with its reason: only after something was said does a reason follow.
    let said = |at: usize| tokens[..at].iter().any(|token| token.number().is_some() || token.used);
    let starts = |at: usize| match locale {
        Locale::En => match (word(at), word(at + 1)) {
            ("by" | "while" | "without", next) => next.ends_with("ing"),
            ("through" | "because" | "thanks" | "using", _) => true,
            ("so", "that" | "we") | ("in", "order") => true,
            ("with", next) => !matches!(next, "keyword" | "keywords" | "the"),
            (
                "to",
                "lift" | "grow" | "boost" | "increase" | "get" | "support" | "drive" | "improve"
                | "raise",
            ) => said(at),
            _ => false,
        },
        Locale::Fi => {
            matches!(word(at), "jotta" | "kun" | "koska")
                || ["malla", "mällä", "miseksi"].iter().any(|end| word(at).ends_with(end))
                    && said(at)
        }
        Locale::Fa => match (word(at), word(at + 1)) {
            ("با", next) => !matches!(next, "کلیدواژه" | "کلمه" | "نرخ"),
            ("تا" | "برای", next) => {
                matches!(next, "اینکه" | "آنکه" | "افزایش" | "کاهش") && said(at)
            }
            ("به", "منظور") | ("از", "طریق") => true,
            ("زیرا" | "چون" | "بهمنظور", _) => true,
            _ => false,
        },
    };
    (0..tokens.len()).find(|at| starts(*at)).unwrap_or(tokens.len())
}

/// `a month`, `kuukaudessa`, `در ماه`.
pub(super) fn per(tokens: &mut [Token], locale: Locale) -> Option<Per> {
    for at in 0..tokens.len() {
        let word = |at: usize| {
            tokens
                .get(at)
                .filter(|token| token.is_word() && !token.used)
                .map_or("", |token| token.text.as_str())
        };
        let (per, length) = match locale {
            Locale::En => match (word(at), word(at + 1)) {
                ("daily", _) => (Some(Per::Day), 1),
                ("weekly", _) => (Some(Per::Week), 1),
                ("monthly", _) => (Some(Per::Month), 1),
                ("quarterly", _) => (Some(Per::Quarter), 1),
                ("yearly" | "annual" | "annually", _) => (Some(Per::Year), 1),
                ("a" | "per" | "each" | "every", unit) => (per_english(unit), 2),
                _ => (None, 0),
            },
            Locale::Fi => {
                let (unit, length) = match (word(at), word(at + 1)) {
                    ("joka" | "per", unit) => (unit, 2),
                    (unit, "kohti" | "kohden") => (unit, 2),
                    (unit, _) => (unit, 1),
                };
                (per_finnish(unit), length)
            }
            Locale::Fa => match (word(at), word(at + 1)) {
                ("روزانه", _) => (Some(Per::Day), 1),
                ("هفتگی", _) => (Some(Per::Week), 1),
                ("ماهانه" | "ماهیانه", _) => (Some(Per::Month), 1),
                ("سالانه" | "سالیانه", _) => (Some(Per::Year), 1),
                ("در" | "هر", "روز") => (Some(Per::Day), 2),
                ("در" | "هر", "هفته") => (Some(Per::Week), 2),
                ("در" | "هر", "ماه") => (Some(Per::Month), 2),
                ("در" | "هر", "فصل") => (Some(Per::Quarter), 2),
                ("در" | "هر", "سال") => (Some(Per::Year), 2),
                _ => (None, 0),
            },
        };
        if per.is_some() {
            tokens[at..at + length].iter_mut().for_each(|token| token.used = true);
            return per;
        }
    }
    None
}

fn per_english(unit: &str) -> Option<Per> {
    Some(match unit {
        "day" => Per::Day,
        "week" => Per::Week,
        "month" => Per::Month,
        "quarter" => Per::Quarter,
        "year" => Per::Year,
        _ => return None,
    })
}

fn per_finnish(unit: &str) -> Option<Per> {
    Some(match unit {
        "päivässä" | "päivittäin" | "päivittäinen" | "päivittäiset" => Per::Day,
        "viikossa" | "viikoittain" | "viikoittainen" | "viikoittaiset" => Per::Week,
        "kuukaudessa" | "kuukausittain" | "kuukausittainen" | "kuukausittaiset" | "kuussa"
        | "kuukausi" => Per::Month,
        "kvartaalissa" | "vuosineljänneksessä" => Per::Quarter,
        "vuodessa" | "vuosittain" | "vuosittainen" | "vuosittaiset" => Per::Year,
        _ => return None,
    })
}
