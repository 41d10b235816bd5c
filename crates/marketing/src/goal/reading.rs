//! Reads a goal's sentence: metric, segment, direction, target and dates, in English, Finnish or Persian.
//!
//! Rules, no model: the same sentence is always read the same way. What is missing or may mean two things
//! is asked, not guessed. Nothing here knows the site's figures; the proposal is for a person to confirm.

mod date;
mod number;
mod target;
mod text;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

use jiff::civil::Date;

use super::Locale;
use crate::currency::Currency;
use crate::metric::{Better, Nature};
use target::{Amount, Place, Unit, Way};
use text::{Kind, Token};
use words::{Found, Meaning};

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

    let mut segments = names(&mut tokens, context, &mut questions);
    segments.extend(known_names(&mut tokens, sentence, context));
    let dates = date::read(&mut tokens, locale, context.today);
    let found = words::read(&mut tokens, locale);
    let cut = means(&tokens, locale);
    segments.extend(
        found.iter().filter(|one| one.range.start < cut).filter_map(|one| segment(&tokens, one)),
    );
    let chosen = metric(&tokens, &found, cut, locale);

    if chosen.metric.as_ref().is_some_and(|part| OF_MAIL.contains(&part.value)) {
        segments.retain(|part| part.value.value != "Email");
    }
    let metric_id = chosen.metric.as_ref().map(|part| part.value);
    let kind = metric_id.and_then(words::metric);
    let factor = target::factor(&mut tokens, locale);
    let per = per(&mut tokens, locale);
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

/// Names in quotation marks and paths.
fn names(
    tokens: &mut [Token],
    context: &Context,
    questions: &mut Vec<Question>,
) -> Vec<Part<Segment>> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let (dimension, value) = match &tokens[at].kind {
            Kind::Path(path) => ("event:page", path.clone()),
            Kind::Quoted(name) => {
                let near = (1..=3)
                    .filter_map(|back| at.checked_sub(back))
                    .chain([at + 1])
                    .filter_map(|at| tokens.get(at))
                    .find_map(|token| named(&token.text));
                let known =
                    |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
                let dimension = near
                    .or_else(|| known(context.conversions).then_some("event:goal"))
                    .or_else(|| known(context.campaigns).then_some("visit:utm_campaign"));
                let Some(dimension) = dimension else {
                    questions
                        .push(Question { code: Ask::NameUnclear, options: vec![name.clone()] });
                    continue;
                };
                (dimension, name.clone())
            }
            _ => continue,
        };
        tokens[at].used = true;
        let span = tokens[at].span.clone();
        found.push(Part {
            value: Segment { dimension, value },
            confidence: Confidence::Said,
            span,
        });
    }
    found
}

/// What a word says that the name beside it names.
fn named(word: &str) -> Option<&'static str> {
    let starts = |stems: &[&str]| stems.iter().any(|stem| word.starts_with(stem));
    if starts(&["campaign", "kampanj", "کمپین"]) {
        Some("visit:utm_campaign")
    } else if starts(&["keyword", "avainsan", "hakusan", "کلیدواژه", "کلمه", "واژه", "عبارت"])
    {
        Some("keyword")
    } else if starts(&["product", "tuote", "tuottee", "محصول", "کالا"]) {
        Some("event:props:product")
    } else if starts(&["conversion", "goal", "konversio", "تبدیل"]) {
        Some("event:goal")
    } else {
        None
    }
}

/// The site's own names where the sentence has them as they are, without quotation marks.
fn known_names(tokens: &mut [Token], sentence: &str, context: &Context) -> Vec<Part<Segment>> {
    let lower = sentence.to_lowercase();
    if lower.len() != sentence.len() {
        return Vec::new();
    }
    let dimensions =
        [("visit:utm_campaign", context.campaigns), ("event:goal", context.conversions)];
    let mut found = Vec::new();
    for (dimension, names) in dimensions {
        for name in names {
            // One common word would be taken for a name too often.
            let telling = name.contains([' ', '_', '-'])
                || name.chars().any(|letter| letter.is_ascii_digit());
            let Some(at) = lower.find(&name.to_lowercase()).filter(|_| telling && name.len() > 3)
            else {
                continue;
            };
            let span = at..at + name.len();
            let inside =
                |token: &Token| token.span.start >= span.start && token.span.end <= span.end;
            if tokens.iter().any(|token| inside(token) && token.used) {
                continue;
            }
            tokens.iter_mut().filter(|token| inside(token)).for_each(|token| token.used = true);
            found.push(Part {
                value: Segment { dimension, value: (*name).to_owned() },
                confidence: Confidence::Likely,
                span,
            });
        }
    }
    found
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

/// The metric, or why there is none.
struct Chosen {
    metric: Option<Part<&'static str>>,
    of: Option<&'static str>,
    /// What an ambiguous word may mean.
    options: Vec<&'static str>,
    span: Range<usize>,
    several: bool,
    all: Vec<&'static str>,
}

fn metric(tokens: &[Token], found: &[Found], cut: usize, locale: Locale) -> Chosen {
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
fn means(tokens: &[Token], locale: Locale) -> usize {
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
fn per(tokens: &mut [Token], locale: Locale) -> Option<Per> {
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

/// What the target's rules look at.
struct Aims<'a> {
    tokens: &'a [Token],
    cut: usize,
    kind: Option<(Nature, Better)>,
    way: Option<(Way, usize)>,
    per: Option<Per>,
    factor: Option<(f64, Option<Way>, Range<usize>)>,
}

impl Aims<'_> {
    /// Sets target, direction and baseline, or asks.
    fn aim(&self, amounts: &[Amount], reading: &mut Reading) {
        let goals = |before: bool| -> Vec<&Amount> {
            amounts
                .iter()
                .filter(|amount| {
                    amount.place != Place::From && (amount.range.start < self.cut) == before
                })
                .collect()
        };
        let from = amounts.iter().find(|amount| amount.place == Place::From);
        let mut list = goals(true);
        if list.is_empty() && self.factor.is_none() {
            list = goals(false);
        }
        let better = self.kind.map(|(_, better)| better);
        if let Some((percent, way, range)) = &self.factor {
            self.direct(reading, way.or(self.way.map(|(way, _)| way)), better);
            let number = self.signed(*percent, reading);
            self.set(
                reading,
                Target { aim: Aim::Percent, number, currency: None, per: None },
                range,
                Confidence::Said,
            );
            return;
        }
        let Some(amount) = choose(&list) else {
            self.direct(reading, self.way.map(|(way, _)| way), better);
            if self.kind.is_some_and(|(nature, _)| nature == Nature::Rank)
                && reading.direction.is_some()
            {
                reading.direction = self.part(Better::Less, Confidence::Likely);
            }
            let code = if list.is_empty() { Ask::TargetMissing } else { Ask::TargetAmbiguous };
            reading.ask(code, []);
            return;
        };
        let share = self.kind.is_some_and(|(nature, _)| nature == Nature::Share);
        let bound = matches!(amount.place, Place::To | Place::AtMost | Place::AtLeast);
        let moved = self.way.is_some()
            || amount.sign.is_some()
            || amount.on_top
            || amount.place == Place::By;
        let aim = match amount.unit {
            Unit::Points => Aim::Points,
            Unit::Percent if share && (bound || from.is_some() || !moved) => Aim::Value,
            Unit::Percent => Aim::Percent,
            Unit::Rank => Aim::Value,
            _ if from.is_some() || bound => Aim::Value,
            _ if amount.sign.is_some() || amount.on_top || amount.place == Place::By => Aim::Change,
            _ => Aim::Value,
        };
        let way = match (amount.sign, amount.place) {
            (Some(Better::More), _) => Some(Way::More),
            (Some(Better::Less), _) => Some(Way::Less),
            (None, Place::AtMost) => Some(Way::Less),
            (None, Place::AtLeast) => Some(Way::More),
            _ => self.way.map(|(way, _)| way),
        };
        let confidence = if matches!((aim, amount.unit, share), (Aim::Percent, Unit::Percent, true))
        {
            // Five percent of it, or five points?
            Confidence::Likely
        } else {
            Confidence::Said
        };
        let rank = self.kind.is_some_and(|(nature, _)| nature == Nature::Rank);
        if let Some(from) = from.filter(|_| aim == Aim::Value) {
            reading.baseline = Some(Part {
                value: from.value,
                confidence: Confidence::Said,
                span: span(self.tokens, &from.range),
            });
            let less = amount.value < from.value;
            reading.direction =
                self.part(if less { Better::Less } else { Better::More }, Confidence::Said);
        } else if rank {
            reading.direction = self.part(Better::Less, Confidence::Said);
        } else if way.is_some() {
            self.direct(reading, way, better);
        } else if aim == Aim::Value || amount.on_top {
            reading.direction = better.and_then(|better| self.part(better, Confidence::Likely));
        }
        let number =
            if aim == Aim::Value { amount.value } else { self.signed(amount.value, reading) };
        let currency = match amount.unit {
            Unit::Money(code) => code.parse().ok(),
            _ => None,
        };
        let per = self.per.filter(|_| {
            aim == Aim::Value
                && self
                    .kind
                    .is_none_or(|(nature, _)| matches!(nature, Nature::Flow | Nature::Money))
        });
        self.set(reading, Target { aim, number, currency, per }, &amount.range, confidence);
        let stock = self.kind.is_some_and(|(nature, _)| nature == Nature::Stock);
        if stock && aim == Aim::Value && !bound && from.is_none() {
            reading.ask(Ask::TotalOrMore, []);
        }
        if aim != Aim::Value && reading.direction.is_none() {
            reading.ask(Ask::DirectionMissing, []);
        }
    }

    fn signed(&self, number: f64, reading: &Reading) -> f64 {
        match &reading.direction {
            Some(Part { value: Better::Less, .. }) => -number.abs(),
            _ => number.abs(),
        }
    }

    fn direct(&self, reading: &mut Reading, way: Option<Way>, better: Option<Better>) {
        reading.direction = match way {
            Some(Way::More) => self.part(Better::More, Confidence::Said),
            Some(Way::Less) => self.part(Better::Less, Confidence::Said),
            Some(Way::Better) => better.and_then(|better| self.part(better, Confidence::Likely)),
            None => None,
        };
    }

    fn part(&self, value: Better, confidence: Confidence) -> Option<Part<Better>> {
        let span = self.way.map_or(0..0, |(_, at)| self.tokens[at].span.clone());
        Some(Part { value, confidence, span })
    }

    fn set(
        &self,
        reading: &mut Reading,
        target: Target,
        range: &Range<usize>,
        confidence: Confidence,
    ) {
        reading.target = Some(Part { value: target, confidence, span: span(self.tokens, range) });
    }
}

/// The amount that is the target: the one that is said to be, else the only one of its kind.
fn choose<'a>(list: &[&'a Amount]) -> Option<&'a Amount> {
    let bound =
        |amount: &&&Amount| matches!(amount.place, Place::To | Place::AtMost | Place::AtLeast);
    let telling = |amount: &&&Amount| amount.unit != Unit::Plain || amount.place == Place::By;
    for rule in [&bound as &dyn Fn(&&&Amount) -> bool, &telling, &|_| true] {
        let mut fitting = list.iter().filter(|amount| rule(amount));
        if let Some(first) = fitting.next() {
            return fitting.next().is_none().then_some(*first);
        }
    }
    None
}
