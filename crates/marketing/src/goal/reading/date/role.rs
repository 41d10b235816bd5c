//! What an expression of time is for, by the words around it.

use std::ops::Range;

use super::super::text::{Kind, Token};
use super::expression::{Expression, What};
use crate::goal::Locale;

/// What a day or period is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    By,
    Before,
    During,
    Start,
    /// No word says.
    Plain,
    /// The middle of something: nobody knows which day.
    Unread,
}

/// Which end of a period is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    None,
    Start,
    End,
}

/// The role of an expression, and the tokens that say it with those of the expression.
pub(super) fn of(
    tokens: &[Token],
    found: &Expression,
    locale: Locale,
) -> (Role, Edge, Range<usize>) {
    match locale {
        Locale::En => english(tokens, found),
        Locale::Fi => finnish(tokens, found),
        Locale::Fa => persian(tokens, found),
    }
}

fn word(tokens: &[Token], at: Option<usize>) -> &str {
    at.and_then(|at| tokens.get(at))
        .filter(|token| token.is_word())
        .map_or("", |token| token.text.as_str())
}

fn english(tokens: &[Token], found: &Expression) -> (Role, Edge, Range<usize>) {
    let Range { start, end } = found.range;
    let mut from = start;
    let mut edge = if found.ends { Edge::End } else { Edge::None };
    let before = |from: usize, back: usize| word(tokens, from.checked_sub(back));
    loop {
        match before(from, 1) {
            "mid" => return (Role::Unread, Edge::None, start..end),
            "the" | "on" | "date" | "day" | "its" | "our" => from -= 1,
            "next" | "coming" | "following" if matches!(found.what, What::Duration(_)) => from -= 1,
            "of" if matches!(before(from, 2), "end" | "close" | "last" | "ends") => {
                (from, edge) = (from - 2, Edge::End);
            }
            "of" if matches!(before(from, 2), "start" | "beginning") => {
                (from, edge) = (from - 2, Edge::Start);
            }
            "of" if matches!(before(from, 2), "course" | "rest" | "remainder") => {
                (from, edge) = (from - 2, Edge::None);
            }
            "end" => (from, edge) = (from - 1, Edge::End),
            _ => break,
        }
    }
    let role = match before(from, 1) {
        "by" | "until" | "till" | "til" | "at" => Role::By,
        "than" if before(from, 2) == "later" => {
            from -= if before(from, 3) == "no" { 2 } else { 1 };
            Role::By
        }
        "through" if edge == Edge::None => return (Role::By, Edge::End, from - 1..end),
        "before" => Role::Before,
        "in" | "within" | "during" | "over" | "for" | "throughout" | "inside" => Role::During,
        "from" | "starting" | "since" | "between" | "after" => Role::Start,
        "to" => Role::By,
        _ => return (if found.now { Role::During } else { Role::Plain }, edge, from..end),
    };
    (role, edge, from - 1..end)
}

fn finnish(tokens: &[Token], found: &Expression) -> (Role, Edge, Range<usize>) {
    let Range { mut start, mut end } = found.range;
    let mut edge = Edge::None;
    let mut case = tokens[end - 1].text.as_str();
    let next = word(tokens, Some(end));
    if next.starts_with("loppu") || next.starts_with("lopu") {
        (edge, case, end) = (Edge::End, next, end + 1);
    } else if next.starts_with("alku") || next.starts_with("alus") || next.starts_with("alun") {
        (edge, case, end) = (Edge::Start, next, end + 1);
    }
    if matches!(word(tokens, start.checked_sub(1)), "seuraavan" | "seuraavien" | "tulevan" | "noin")
    {
        start -= 1;
    }
    let role = match word(tokens, Some(end)) {
        "mennessä" | "asti" | "saakka" => {
            end += 1;
            Role::By
        }
        "alkaen" | "lähtien" => {
            end += 1;
            Role::Start
        }
        "aikana" | "kuluessa" | "sisällä" | "päästä" | "kuluttua" => {
            end += 1;
            Role::During
        }
        _ if word(tokens, start.checked_sub(1)) == "ennen" => {
            start -= 1;
            Role::Before
        }
        _ if word(tokens, start.checked_sub(1)) == "viimeistään" => {
            start -= 1;
            Role::By
        }
        _ if edge == Edge::Start && case == "alusta" => Role::Start,
        _ if edge != Edge::None => Role::By,
        _ if matches!(found.what, What::Period { .. })
            && (case.ends_with("sta") || case.ends_with("stä")) =>
        {
            Role::Start
        }
        _ if found.now || inessive(case) => Role::During,
        _ => Role::Plain,
    };
    (role, edge, start..end)
}

fn inessive(word: &str) -> bool {
    ["ssa", "ssä", "lla", "llä", "vuonna"].iter().any(|case| word.ends_with(case))
}

fn persian(tokens: &[Token], found: &Expression) -> (Role, Edge, Range<usize>) {
    let Range { start, mut end } = found.range;
    let mut from = start;
    let mut edge = Edge::None;
    let before = |from: usize, back: usize| word(tokens, from.checked_sub(back));
    match before(from, 1) {
        "پایان" | "آخر" | "انتهای" | "اخر" | "آخرین" | "اواخر" => {
            (edge, from) = (Edge::End, from - 1);
            if before(from, 1) == "روز" {
                from -= 1;
            }
        }
        "اول" | "ابتدای" | "آغاز" | "شروع" | "اوایل" => {
            (edge, from) = (Edge::Start, from - 1)
        }
        _ => {}
    }
    let duration = matches!(found.what, What::Duration(_));
    if duration && matches!(word(tokens, Some(end)), "آینده" | "دیگر" | "بعد" | "بعدی" | "پیش")
    {
        end += 1;
        if word(tokens, Some(end)) == "رو" {
            end += 1;
        }
    }
    let role = match (before(from, 2), before(from, 1)) {
        ("پیش" | "قبل", "از") => return (Role::Before, edge, from - 2..end),
        ("در", "طول" | "طی" | "عرض" | "خلال" | "ظرف" | "مدت") => {
            return (Role::During, edge, from - 2..end);
        }
        (_, "تا" | "الی") => Role::By,
        (_, "در" | "طی" | "ظرف" | "عرض" | "برای" | "طول") => Role::During,
        (_, "از") => Role::Start,
        _ => return (if found.now { Role::During } else { Role::Plain }, edge, from..end),
    };
    (role, edge, from - 1..end)
}

/// Whether two expressions are a start and an end: `from 1 May to 31 July`, `1.5.–31.7.`
pub(super) fn joins(
    tokens: &[Token],
    first: &Range<usize>,
    second: &Range<usize>,
    expression: &Expression,
    role: Role,
    locale: Locale,
) -> bool {
    if matches!(expression.what, What::Duration(_) | What::Choice(_)) {
        return false;
    }
    let between = tokens.get(first.end..second.start).unwrap_or_default();
    let dashed = matches!(between, [Token { kind: Kind::Mark('~' | '>'), .. }]);
    let linked = match locale {
        Locale::En => {
            let link = word(tokens, Some(second.start));
            role == Role::Start
                && (between.is_empty()
                    && matches!(link, "to" | "until" | "till" | "through" | "by")
                    || matches!(between, [only] if matches!(only.text.as_str(), "and" | "to")))
        }
        // `toukokuun alusta heinäkuun loppuun`
        Locale::Fi => role == Role::Start && between.is_empty(),
        Locale::Fa => {
            role == Role::Start
                && between.is_empty()
                && matches!(word(tokens, Some(second.start)), "تا" | "الی")
        }
    };
    dashed || linked
}
