//! A sentence as tokens: words in one spelling, numbers, dates, money signs, quoted names and paths.
//!
//! Persian and Arabic digits become European ones, Arabic letters their Persian forms, half-spaces spaces.
//! Every token knows where it stands in the sentence as it was written.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::goal::Locale;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A word in lower case.
    Word,
    Number(f64),
    /// A number that means one thing to one reader and another to the next: `5,000` in Finnish.
    UnclearNumber,
    Percent,
    /// A sign or word of money, by its ISO 4217 code.
    Money(&'static str),
    Quoted(String),
    /// A path on the site.
    Path(String),
    /// A day in figures: year (if given), first and second number as written, and how it was written.
    Figures {
        year: Option<i32>,
        first: u32,
        second: u32,
        order: Order,
    },
    /// `+` or `-` before a number, `~` between two days, `>` an arrow, `,` a pause.
    Mark(char),
}

/// In which order a date in figures gives month and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// 2026-06-30, 1405/3/31.
    MonthDay,
    /// 30.6.2026
    DayMonth,
    /// 6/7/2026: unclear when both are 12 or less.
    Unknown,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The word, or the text of what it is, normalised.
    pub(super) text: String,
    /// A Finnish case ending after a colon: `een` of `80 000:een`.
    pub(super) ending: String,
    /// Bytes of the sentence.
    pub(super) span: Range<usize>,
    /// Whether something has been read from it already.
    pub(super) used: bool,
}

impl Token {
    pub(super) fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(value) => Some(value),
            _ => None,
        }
    }
}

/// A sentence in one spelling, with the place of each character in the original.
struct Spelling {
    text: String,
    /// For each byte of `text` the byte of the sentence.
    places: Vec<usize>,
}

fn spelling(sentence: &str) -> Spelling {
    let mut text = String::with_capacity(sentence.len());
    let mut places = Vec::with_capacity(sentence.len() + 1);
    let mut push = |letter: char, at: usize| {
        text.push(letter);
        places.extend(std::iter::repeat_n(at, letter.len_utf8()));
    };
    for (at, letter) in sentence.char_indices() {
        match letter {
            '۰'..='۹' => push(digit(letter, '۰'), at),
            '٠'..='٩' => push(digit(letter, '٠'), at),
            '٪' => push('%', at),
            // Persian marks of decimals and thousands, which no other language shares.
            '٫' => push('\u{1}', at),
            '٬' => push('\u{2}', at),
            '،' | '؛' => push(',', at),
            'ي' | 'ى' => push('ی', at),
            'ك' => push('ک', at),
            'ۀ' | 'ة' => push('ه', at),
            'أ' | 'إ' => push('ا', at),
            'ؤ' => push('و', at),
            // Vowel signs, the hamza above, the tatweel and marks of direction.
            '\u{64b}'..='\u{655}' | 'ـ' | '\u{200e}' | '\u{200f}' | '\u{ad}' => {}
            '\u{200c}' => push(' ', at),
            '“' | '”' | '„' | '«' | '»' => push('"', at),
            '’' | '‘' => push('\'', at),
            '–' | '—' | '−' | '‑' | '‐' => push('-', at),
            '→' => push('>', at),
            letter if letter.is_whitespace() => push(' ', at),
            letter => letter.to_lowercase().for_each(|lower| push(lower, at)),
        }
    }
    places.push(sentence.len());
    Spelling { text, places }
}

fn digit(letter: char, zero: char) -> char {
    char::from_digit(u32::from(letter) - u32::from(zero), 10).unwrap_or('0')
}

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?P<quoted>"[^"]+"|'[^' ][^']*')"#,
        r"|(?P<ymd>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})",
        r"|(?P<dmy>\d{1,2}\.\d{1,2}\.(?:\d{4})?)",
        r"|(?P<slashes>\d{1,2}/\d{1,2}(?:/\d{4})?)",
        "|(?P<number>\\d{1,3}(?:[ \u{2}']\\d{3})+(?:[.,\u{1}]\\d+)?|\\d{1,3}(?:,\\d{3})+\\.\\d+|\\d+(?:[.,\u{1}\u{2}]\\d+)*)(?P<scale>[km](?:\\b|_))?",
        r"|(?P<path>/[\p{L}\d][\p{L}\d/_.*%-]*)",
        r"|(?P<percent>%)",
        r"|(?P<money>[€$£¥])",
        r"|(?P<word>(?:e-mail|sign-up|click-through)\p{L}*|\p{L}[\p{L}\p{M}\d]*)",
        r"|(?P<mark>->|[+>,~-])",
    ))
    .expect("a fixed pattern")
});

static ENDING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^:\p{L}+").expect("a fixed pattern"));

/// Persian endings that stand alone when they are written apart.
const PERSIAN_ENDINGS: [&str; 12] =
    ["ها", "های", "هایی", "هایمان", "ی", "ای", "مان", "مون", "شان", "را", "رو", "ام"];

/// The tokens of a sentence.
pub(super) fn tokens(sentence: &str, locale: Locale) -> Vec<Token> {
    let spelling = spelling(sentence);
    let text = spelling.text.as_str();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(found) = TOKEN.captures_at(text, at) {
        let Some(whole) = found.get(0) else { break };
        let mut end = whole.end();
        let group = |name: &str| found.name(name).map(|part| part.as_str());
        let before = text[..whole.start()].chars().next_back();
        let mut push = |kind: Kind, start: usize, end: usize| {
            let original = spelling.places[start]..spelling.places[end];
            let shown = text[start..end].to_owned();
            tokens.push(Token {
                kind,
                text: shown,
                ending: String::new(),
                span: original,
                used: false,
            });
        };
        if let Some(quoted) = found.name("quoted") {
            let original = spelling.places[quoted.start() + 1]..spelling.places[quoted.end() - 1];
            let name = sentence[original].trim().to_owned();
            push(Kind::Quoted(name), quoted.start(), quoted.end());
        } else if let Some(figures) = group("ymd").or(group("dmy")).or(group("slashes")) {
            if let Some(kind) = figures_of(figures, found.name("ymd").is_some()) {
                push(kind, whole.start(), end);
            }
        } else if let Some(number) = found.name("number") {
            let digits = grouped(number.as_str(), text[number.end()..].chars().next());
            end = number.start() + digits.len();
            let scale = (end == number.end()).then(|| group("scale")).flatten();
            let kind = value_of(digits, locale).map_or(Kind::UnclearNumber, |value| {
                Kind::Number(match scale.map(|scale| &scale[..1]) {
                    Some("k") => value * 1e3,
                    Some("m") => value * 1e6,
                    _ => value,
                })
            });
            end += scale.map_or(0, |_| 1);
            push(kind, number.start(), end);
        } else if let Some(path) = found.name("path") {
            if before.is_none_or(|before| before == ' ') {
                let original = spelling.places[path.start()]..spelling.places[path.end()];
                let path_text = sentence[original].trim_end_matches(['.', ',']).to_owned();
                push(Kind::Path(path_text), path.start(), end);
            }
        } else if found.name("percent").is_some() {
            push(Kind::Percent, whole.start(), end);
        } else if let Some(sign) = group("money") {
            let code = match sign {
                "€" => "EUR",
                "$" => "USD",
                "£" => "GBP",
                _ => "JPY",
            };
            push(Kind::Money(code), whole.start(), end);
        } else if found.name("word").is_some() {
            push(Kind::Word, whole.start(), end);
        } else if let Some(mark) = mark(whole.as_str(), before, text[end..].chars().next()) {
            push(Kind::Mark(mark), whole.start(), end);
        }
        if let Some(last) = tokens.last_mut().filter(|last| last.span.end == spelling.places[end])
            && let Some(ending) = ENDING.find(&text[end..])
        {
            last.ending = ending.as_str()[1..].to_owned();
            end += ending.end();
        }
        at = end.max(whole.start() + 1);
    }
    finished(tokens, locale)
}

/// Takes tokens apart that are two (`top10`) and leaves out what says nothing.
fn finished(tokens: Vec<Token>, locale: Locale) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    for mut token in tokens {
        if !token.is_word() {
            out.push(token);
            continue;
        }
        if locale == Locale::Fa && PERSIAN_ENDINGS.contains(&token.text.as_str()) {
            continue;
        }
        if let Some(rank) = token.text.strip_prefix("top").and_then(|rank| rank.parse().ok()) {
            let number = Token { kind: Kind::Number(rank), ..token.clone() };
            token.text = "top".to_owned();
            out.push(token);
            out.push(number);
            continue;
        }
        token.text.retain(|letter| letter != '-');
        if let Some(code) = money_word(&token.text, locale) {
            token.kind = Kind::Money(code);
        } else if percent_word(&token.text) {
            token.kind = Kind::Percent;
        }
        out.push(token);
    }
    // `در صد`, written apart.
    let mut at = 1;
    while at + 1 < out.len() {
        let apart = out[at].text == "در" && matches!(out[at + 1].text.as_str(), "صد" | "صدی");
        if apart && out[at - 1].number().is_some() {
            let end = out.remove(at + 1).span.end;
            out[at] =
                Token { kind: Kind::Percent, span: out[at].span.start..end, ..out[at].clone() };
        }
        at += 1;
    }
    out
}

fn mark(text: &str, before: Option<char>, after: Option<char>) -> Option<char> {
    let number_follows = after.is_some_and(|after| after.is_ascii_digit());
    let starts_word = before.is_none_or(|before| before == ' ');
    match text {
        "->" | ">" => Some('>'),
        "," => Some(','),
        "~" => Some('~'),
        "+" if number_follows || after.is_none_or(|after| after == ' ') => Some('+'),
        "-" if number_follows && starts_word => Some('-'),
        "-" if number_follows || (starts_word && after == Some(' ')) => Some('~'),
        _ => None,
    }
}

/// The part of a number's text that is one number: `5 000` of `5 0001` is `5`.
fn grouped(number: &str, next: Option<char>) -> &str {
    if next.is_some_and(|next| next.is_ascii_digit()) {
        return number.split([' ', '\'', '\u{2}']).next().unwrap_or(number);
    }
    number.trim_end_matches(['.', ','])
}

/// A number as it is written; `None` when it may mean two things.
fn value_of(text: &str, locale: Locale) -> Option<f64> {
    let plain: String =
        text.chars().filter(|letter| !matches!(letter, ' ' | '\'' | '\u{2}')).collect();
    let plain = plain.replace('\u{1}', ".");
    let marks: Vec<(usize, char)> =
        plain.char_indices().filter(|(_, letter)| matches!(letter, '.' | ',')).collect();
    let after_last = marks.last().map_or(0, |(at, _)| plain.len() - at - 1);
    let without = |mark: char| plain.replace(mark, "");
    let has_persian_mark = text.contains(['\u{1}', '\u{2}']);
    match marks.as_slice() {
        [] => plain.parse().ok(),
        [(_, '.')] if has_persian_mark => plain.parse().ok(),
        [(_, mark)] => {
            let groups = match locale {
                Locale::En | Locale::Fa => ',',
                Locale::Fi => '.',
            };
            if after_last != 3 {
                plain.replace(',', ".").parse().ok()
            } else if *mark == groups {
                without(groups).parse().ok()
            } else if *mark == '.' && plain.starts_with("0.") {
                plain.parse().ok()
            } else {
                None
            }
        }
        [(_, first), .., (_, last)] if first == last => without(*first).parse().ok(),
        [(_, first), .., (_, last)] => without(*first).replace(*last, ".").parse().ok(),
    }
}

fn figures_of(text: &str, year_first: bool) -> Option<Kind> {
    let parts: Vec<u32> = text
        .split(['-', '/', '.'])
        .filter(|part| !part.is_empty())
        .filter_map(|part| part.parse().ok())
        .collect();
    let order = if text.contains('/') { Order::Unknown } else { Order::DayMonth };
    match parts.as_slice() {
        [year, first, second] if year_first => Some(Kind::Figures {
            year: i32::try_from(*year).ok(),
            first: *first,
            second: *second,
            order: Order::MonthDay,
        }),
        [first, second] => {
            Some(Kind::Figures { year: None, first: *first, second: *second, order })
        }
        [first, second, year] => Some(Kind::Figures {
            year: i32::try_from(*year).ok(),
            first: *first,
            second: *second,
            order,
        }),
        _ => None,
    }
}

fn percent_word(word: &str) -> bool {
    matches!(word, "percent" | "درصد" | "درصدی" | "pct")
        || word.starts_with("prosentti") && !word.contains("yksik")
        || matches!(
            word,
            "prosentin" | "prosenteista" | "prosentista" | "prosentilla" | "prosenttia"
        )
}

fn money_word(word: &str, locale: Locale) -> Option<&'static str> {
    Some(match word {
        "eur" | "euro" | "euros" | "یورو" => "EUR",
        "usd" | "dollar" | "dollars" | "دلار" => "USD",
        "gbp" | "pound" | "pounds" | "پوند" => "GBP",
        "sek" | "کرون" => "SEK",
        // Ten rials each: see `target`.
        "تومان" | "تومن" => "toman",
        "irr" | "ریال" => "IRR",
        _ if locale == Locale::Fi && word.starts_with("euro") && word.len() <= 8 => "EUR",
        _ if locale == Locale::Fi && word.starts_with("dollari") => "USD",
        _ if locale == Locale::Fi && word.starts_with("kruunu") => "SEK",
        _ => return None,
    })
}

/// Which language a sentence is written in; `usual` where its words do not say.
pub(super) fn language(sentence: &str, usual: Locale) -> Locale {
    let letters = || sentence.chars().filter(|letter| letter.is_alphabetic());
    let persian = letters().filter(|letter| ('\u{600}'..='\u{6ff}').contains(letter)).count();
    if persian * 3 > letters().count() {
        return Locale::Fa;
    }
    const FINNISH: [&str; 22] = [
        "mennessä",
        "ja",
        "enemmän",
        "vähemmän",
        "uutta",
        "uusia",
        "ennen",
        "loppuun",
        "alle",
        "yli",
        "ensi",
        "tänä",
        "tällä",
        "tässä",
        "vuoden",
        "kuun",
        "kuukaudessa",
        "aikana",
        "prosenttia",
        "euroa",
        "lisää",
        "eurolla",
    ];
    const ENGLISH: [&str; 26] = [
        "the", "by", "from", "to", "of", "in", "and", "more", "fewer", "less", "a", "an",
        "increase", "reduce", "get", "grow", "end", "for", "with", "before", "on", "our", "rate",
        "until", "per", "this",
    ];
    let words: Vec<String> = sentence
        .to_lowercase()
        .split(|letter: char| !letter.is_alphabetic())
        .map(str::to_owned)
        .collect();
    let count = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
    let umlauts = words.iter().filter(|word| word.contains(['ä', 'ö'])).count();
    let (finnish, english) = (count(&FINNISH) + umlauts, count(&ENGLISH));
    match finnish.cmp(&english) {
        std::cmp::Ordering::Greater => Locale::Fi,
        std::cmp::Ordering::Less => Locale::En,
        std::cmp::Ordering::Equal if usual == Locale::Fa => Locale::En,
        std::cmp::Ordering::Equal => usual,
    }
}
