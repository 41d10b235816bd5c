//! Reads a goal's sentence: metric, segment, direction, target and dates, in English, Finnish or Persian.
//!
//! Rules, no model: the same sentence is always read the same way. What is missing or may mean two things
//! is asked, not guessed. Nothing here knows the site's figures; the proposal is for a person to confirm.

mod aim;
mod choice;
mod date;
mod names;
mod number;
mod resolve;
mod target;
mod text;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

use jiff::civil::Date;

use super::Locale;
use crate::currency::Currency;
use crate::metric::Better;
use aim::Aims;
use target::Unit;
use text::{Kind, Token};
use words::{Found, Meaning};

pub use resolve::Repeated;

/// How sure a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Taken because nothing else was said.
    Assumed,
    /// The words may mean something else.
    Likely,
    /// The words say so.
    Said,
}

impl Confidence {
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Assumed => "assumed",
            Confidence::Likely => "likely",
            Confidence::Said => "said",
        }
    }
}

/// A part of the proposal and the bytes of the sentence that it comes from (empty when assumed).
#[derive(Debug, Clone, PartialEq)]
pub struct Part<T> {
    pub value: T,
    pub confidence: Confidence,
    pub span: Range<usize>,
}

/// A condition on the query API's dimension, or on `keyword`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// `visit:channel`, `visit:source`, `visit:country`, `visit:device`, `visit:utm_campaign`, `event:page`,
    /// `event:goal`, `event:props:product`, `keyword`.
    pub dimension: &'static str,
    pub value: String,
}

/// How the target's number is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// The value to reach.
    Value,
    /// That much more, or less when negative.
    Change,
    /// A change in percent of the baseline.
    Percent,
    /// A change in percentage points.
    Points,
}

impl Aim {
    pub fn as_str(self) -> &'static str {
        match self {
            Aim::Value => "value",
            Aim::Change => "change",
            Aim::Percent => "percent",
            Aim::Points => "points",
        }
    }
}

/// A length of time over which a target is counted again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Per {
    pub fn as_str(self) -> &'static str {
        match self {
            Per::Day => "day",
            Per::Week => "week",
            Per::Month => "month",
            Per::Quarter => "quarter",
            Per::Year => "year",
        }
    }
}

/// The target as the sentence gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    pub aim: Aim,
    /// Percent, seconds for times, money in the currency's main unit, else as counted.
    pub number: f64,
    pub currency: Option<Currency>,
    /// The number is meant for each such period.
    pub per: Option<Per>,
}

/// Something that has to be asked before the goal can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub code: Ask,
    /// What the answer may be: metric ids, or days as `2026-06-30`. Empty when it is open.
    pub options: Vec<String>,
}

/// What has to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    MetricMissing,
    /// The word may mean several metrics.
    MetricAmbiguous,
    /// Two goals in one sentence.
    SeveralMetrics,
    /// More or less?
    DirectionMissing,
    TargetMissing,
    /// Several numbers may be the target.
    TargetAmbiguous,
    /// So many in all, or so many more?
    TotalOrMore,
    /// A number with a mark that means decimals to one and thousands to another.
    NumberUnclear,
    DeadlineMissing,
    DeadlineAmbiguous,
    DeadlinePast,
    /// A name in quotation marks without a word that says what it names.
    NameUnclear,
}

impl Ask {
    pub fn as_str(self) -> &'static str {
        match self {
            Ask::MetricMissing => "metric_missing",
            Ask::MetricAmbiguous => "metric_ambiguous",
            Ask::SeveralMetrics => "several_metrics",
            Ask::DirectionMissing => "direction_missing",
            Ask::TargetMissing => "target_missing",
            Ask::TargetAmbiguous => "target_ambiguous",
            Ask::TotalOrMore => "total_or_more",
            Ask::NumberUnclear => "number_unclear",
            Ask::DeadlineMissing => "deadline_missing",
            Ask::DeadlineAmbiguous => "deadline_ambiguous",
            Ask::DeadlinePast => "deadline_past",
            Ask::NameUnclear => "name_unclear",
        }
    }
}

/// What the meaning of a sentence depends on besides its words.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub today: Date,
    /// The reader's language, where the words do not tell.
    pub locale: Locale,
    /// Names of the site's conversions and campaigns, which a sentence may use as they are.
    pub conversions: &'a [&'a str],
    pub campaigns: &'a [&'a str],
}

/// A goal as a sentence proposes it. It can be set when nothing has to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub locale: Locale,
    /// A metric of the dictionary.
    pub metric: Option<Part<&'static str>>,
    /// For a rate or a price, the metric of which it is: `conversion rate of sign-ups`.
    pub of: Option<&'static str>,
    pub direction: Option<Part<Better>>,
    /// Values of one dimension are alternatives; dimensions all hold.
    pub segments: Vec<Part<Segment>>,
    pub target: Option<Part<Target>>,
    /// The value that the sentence names as today's.
    pub baseline: Option<Part<f64>>,
    /// First day that counts; today when nothing is said.
    pub start: Part<Date>,
    /// Last day that counts.
    pub deadline: Option<Part<Date>>,
    pub questions: Vec<Question>,
    /// Words that no rule used, as they are written.
    pub unread: Vec<String>,
}

/// Metrics of mail, which the words for mail name rather than narrow.
const OF_MAIL: [&str; 4] = ["subscribers", "open_rate", "click_rate", "unsubscribes"];

/// Longest sentence that is read, in bytes; the rest is cut off.
const LONGEST: usize = 1_000;

/// Reads a sentence.
pub fn read(sentence: &str, context: &Context) -> Reading {
    let sentence = &sentence[..sentence.floor_char_boundary(LONGEST)];
    let locale = text::language(sentence, context.locale);
    let mut tokens = text::tokens(sentence, locale);
    number::fold(&mut tokens, locale);
    let mut questions = Vec::new();

    let mut segments = names::names(&mut tokens, context, &mut questions);
    segments.extend(names::known_names(&mut tokens, sentence, locale, context));
    let dates = date::read(&mut tokens, locale, context.today);
    let found = words::read(&mut tokens, locale);
    let cut = choice::means(&tokens, locale);
    segments.extend(
        found.iter().filter(|one| one.range.start < cut).filter_map(|one| segment(&tokens, one)),
    );
    let chosen = choice::metric(&tokens, &found, cut, locale);

    if chosen.metric.as_ref().is_some_and(|part| OF_MAIL.contains(&part.value)) {
        segments.retain(|part| part.value.value != "Email");
    }
    let metric_id = chosen.metric.as_ref().map(|part| part.value);
    let kind = metric_id.and_then(words::metric);
    let factor = target::factor(&mut tokens, locale);
    let per = choice::per(&mut tokens, locale);
    let unclear = tokens.iter().any(|token| !token.used && token.kind == Kind::UnclearNumber);
    let amounts = target::amounts(&mut tokens, locale, kind.map(|(nature, _)| nature));
    let way = target::way(&mut tokens, locale, cut);

    let mut reading = Reading {
        locale,
        metric: chosen.metric,
        of: chosen.of,
        direction: None,
        segments,
        target: None,
        baseline: None,
        start: dates.start.unwrap_or(Part {
            value: context.today,
            confidence: Confidence::Assumed,
            span: 0..0,
        }),
        deadline: dates.deadline,
        questions,
        unread: Vec::new(),
    };
    let mut aims = Aims { tokens: &tokens, cut, kind, way, per, factor };
    if chosen.options.is_empty() {
        aims.aim(&amounts, &mut reading);
    } else {
        // `sales` with a sum of money are revenue.
        let money = amounts.iter().any(|amount| matches!(amount.unit, Unit::Money(_)));
        if money && chosen.options.contains(&"total_revenue") {
            reading.metric = Some(Part {
                value: "total_revenue",
                confidence: Confidence::Likely,
                span: chosen.span.clone(),
            });
            aims.kind = words::metric("total_revenue");
            aims.aim(&amounts, &mut reading);
        } else {
            aims.aim(&amounts, &mut reading);
            reading.ask(Ask::MetricAmbiguous, chosen.options.iter().map(|id| (*id).to_owned()));
        }
    }
    if chosen.several {
        reading.metric = None;
        reading.direction = None;
        reading.target = None;
        reading.baseline = None;
        reading.segments.clear();
        reading.questions.clear();
        reading.ask(Ask::SeveralMetrics, chosen.all.iter().map(|id| (*id).to_owned()));
    } else if reading.metric.is_none() && chosen.options.is_empty() {
        reading.ask(Ask::MetricMissing, []);
    }
    if unclear && reading.target.is_none() {
        reading.questions.retain(|question| question.code != Ask::TargetMissing);
        if reading.direction.is_none() {
            reading.direction = kind.and_then(|(_, better)| aims.part(better, Confidence::Likely));
        }
        reading.ask(Ask::NumberUnclear, []);
    }
    reading.ask_deadline(dates.choices, context.today);
    reading.unread = tokens
        .iter()
        .filter(|token| !token.used && token.is_word())
        .map(|token| sentence[token.span.clone()].to_owned())
        .collect();
    reading
}

impl Reading {
    fn ask(&mut self, code: Ask, options: impl IntoIterator<Item = String>) {
        if self.questions.iter().all(|question| question.code != code) {
            self.questions.push(Question { code, options: options.into_iter().collect() });
        }
    }

    fn ask_deadline(&mut self, mut choices: Vec<Date>, today: Date) {
        choices.sort_unstable();
        choices.dedup();
        let past = self.deadline.as_ref().is_some_and(|deadline| deadline.value < today);
        if choices.len() > 1 {
            self.deadline = None;
            self.ask(Ask::DeadlineAmbiguous, choices.iter().map(Date::to_string));
        } else if past {
            self.ask(Ask::DeadlinePast, []);
        } else if self.deadline.is_none() {
            self.ask(Ask::DeadlineMissing, []);
        }
    }
}

fn segment(tokens: &[Token], found: &Found) -> Option<Part<Segment>> {
    let Meaning::Segment { dimension, value } = found.meaning else { return None };
    Some(Part {
        value: Segment { dimension, value: value.to_owned() },
        confidence: Confidence::Said,
        span: span(tokens, &found.range),
    })
}

fn span(tokens: &[Token], range: &Range<usize>) -> Range<usize> {
    tokens[range.start].span.start..tokens[range.end - 1].span.end
}
