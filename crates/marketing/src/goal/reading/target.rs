//! How much: the target's number, its kind, and the value it starts from.

use std::ops::Range;

use super::text::{Kind, Token};
use crate::goal::Locale;
use crate::metric::{Better, Nature};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unit {
    Plain,
    Percent,
    Points,
    Money(&'static str),
    /// It has been turned into seconds.
    Time,
    Rank,
}

/// What a number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    From,
    To,
    AtMost,
    AtLeast,
    By,
    Plain,
}

/// A number of the sentence with what stands around it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Amount {
    pub(super) value: f64,
    pub(super) unit: Unit,
    pub(super) place: Place,
    /// `+` or `-` before it.
    pub(super) sign: Option<Better>,
    /// A word beside it says that it comes on top: `500 more`.
    pub(super) on_top: bool,
    pub(super) range: Range<usize>,
}

/// Which way the sentence wants the metric to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    More,
    Less,
    /// The metric's better side: `improve`.
    Better,
}

fn word(tokens: &[Token], at: Option<usize>) -> &str {
    at.and_then(|at| tokens.get(at))
        .filter(|token| token.is_word())
        .map_or("", |token| token.text.as_str())
}

fn one_of(word: &str, list: &str) -> bool {
    list.split(' ').any(|known| match known.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == known,
    })
}

/// Every number that is not yet used for something else, in order. Their tokens become used.
pub(super) fn amounts(tokens: &mut [Token], locale: Locale, nature: Option<Nature>) -> Vec<Amount> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at].used {
            continue;
        }
        let Some(value) = tokens[at].number() else { continue };
        let amount = amount(tokens, at, value, locale, nature);
        for token in &mut tokens[amount.range.clone()] {
            token.used = true;
        }
        found.push(amount);
    }
    found
}

fn amount(
    tokens: &[Token],
    at: usize,
    value: f64,
    locale: Locale,
    nature: Option<Nature>,
) -> Amount {
    let (unit, factor, end) = unit(tokens, at, nature);
    let mut from = at;
    if matches!(tokens.get(at.wrapping_sub(1)).map(|token| &token.kind), Some(Kind::Money(_))) {
        from -= 1;
    }
    let sign = match from.checked_sub(1).map(|before| &tokens[before].kind) {
        Some(Kind::Mark('+')) => Some(Better::More),
        Some(Kind::Mark('-')) => Some(Better::Less),
        _ => None,
    };
    from -= usize::from(sign.is_some());
    let mut unit = unit;
    while from > 0 {
        let before = word(tokens, Some(from - 1));
        if one_of(before, "top best kärki*") {
            (unit, from) = (Unit::Rank, from - 1);
        } else if one_of(
            before,
            "the position place rank about around approximately some roughly noin sijan sija رتبه حدود تقریبا",
        ) {
            from -= 1;
        } else {
            break;
        }
    }
    let (place, from) = place(tokens, from, at, end, locale);
    let arrow = tokens.get(end).is_some_and(|next| next.kind == Kind::Mark('>'));
    let place = if arrow && place == Place::Plain { Place::From } else { place };
    let after_arrow =
        from.checked_sub(1).is_some_and(|before| tokens[before].kind == Kind::Mark('>'));
    let place = if after_arrow && place == Place::Plain { Place::To } else { place };
    let on_top = on_top(tokens, from, end, locale, nature);
    Amount { value: value * factor, unit, place, sign, on_top, range: from..end }
}

/// The unit after (or before) a number, what to multiply it by, and where it ends.
fn unit(tokens: &[Token], at: usize, nature: Option<Nature>) -> (Unit, f64, usize) {
    if let Some(Token { kind: Kind::Money(code), .. }) =
        at.checked_sub(1).map(|before| &tokens[before])
    {
        return money(code, at + 1);
    }
    let next = at + 1;
    match tokens.get(next).map(|token| &token.kind) {
        Some(Kind::Percent) => {
            let points = one_of(word(tokens, Some(next + 1)), "point points");
            let unit = if points { Unit::Points } else { Unit::Percent };
            (unit, 1.0, next + 1 + usize::from(points))
        }
        Some(Kind::Money(code)) => money(code, next + 1),
        Some(Kind::Word) => {
            let text = word(tokens, Some(next));
            if text == "per" && one_of(word(tokens, Some(next + 1)), "cent") {
                return (Unit::Percent, 1.0, next + 2);
            }
            if one_of(text, "percentage prosenttiyksik* pp") {
                return (
                    Unit::Points,
                    1.0,
                    next + 1 + usize::from(one_of(word(tokens, Some(next + 1)), "point points")),
                );
            }
            let share = nature == Some(Nature::Share);
            if share && one_of(text, "point points") {
                return (Unit::Points, 1.0, next + 1);
            }
            if text == "واحد"
                && tokens.get(next + 1).is_some_and(|token| token.kind == Kind::Percent)
            {
                return (Unit::Points, 1.0, next + 2);
            }
            if one_of(text, "parhaan parasta best نتیجه برتر اول") {
                let more = usize::from(one_of(word(tokens, Some(next + 1)), "برتر اول joukkoon"));
                return (Unit::Rank, 1.0, next + 1 + more);
            }
            if nature == Some(Nature::Duration)
                && let Some(seconds) = seconds(text)
            {
                return (Unit::Time, seconds, next + 1);
            }
            (Unit::Plain, 1.0, next)
        }
        _ => (Unit::Plain, 1.0, next),
    }
}

fn money(code: &'static str, end: usize) -> (Unit, f64, usize) {
    // A toman is ten rials, and has no code of its own.
    if code == "toman" { (Unit::Money("IRR"), 10.0, end) } else { (Unit::Money(code), 1.0, end) }
}

fn seconds(word: &str) -> Option<f64> {
    if one_of(word, "h hr hrs hour hours tunti* tunni* tunte* ساعت ساعته") {
        Some(3_600.0)
    } else if one_of(word, "min mins minute minutes minuut* minuuti* دقیقه") {
        Some(60.0)
    } else if one_of(word, "s sec secs second seconds sekun* ثانیه") {
        Some(1.0)
    } else if one_of(word, "day days päivä* vuorokau* روز") {
        Some(86_400.0)
    } else {
        None
    }
}

/// What a number is for, and where the words begin that say so.
fn place(tokens: &[Token], from: usize, at: usize, end: usize, locale: Locale) -> (Place, usize) {
    let before = |back: usize| word(tokens, from.checked_sub(back));
    match locale {
        Locale::En => match (before(2), before(1)) {
            ("less" | "fewer" | "lower" | "more", "than") => {
                let negated = one_of(before(3), "no not");
                let most = (before(2) == "more") == negated;
                (if most { Place::AtMost } else { Place::AtLeast }, from - 2 - usize::from(negated))
            }
            ("at", "least") => (Place::AtLeast, from - 2),
            ("at", "most") => (Place::AtMost, from - 2),
            (_, "from") => (Place::From, from - 1),
            (_, "to" | "reach" | "hit" | "at" | "into" | "reaches") => (Place::To, from - 1),
            (_, "below" | "under" | "beneath" | "max" | "maximum") => (Place::AtMost, from - 1),
            (_, "above" | "over" | "minimum" | "min" | "exceed") => (Place::AtLeast, from - 1),
            (_, "by") => (Place::By, from - 1),
            _ => (Place::Plain, from),
        },
        Locale::Fi => {
            match before(1) {
                "alle" | "enintään" | "korkeintaan" => return (Place::AtMost, from - 1),
                "yli" | "vähintään" => return (Place::AtLeast, from - 1),
                "sijalta" => return (Place::From, from - 1),
                "sijalle" => return (Place::To, from - 1),
                _ => {}
            }
            // The case stands on the number, or on its unit.
            let ending = if !tokens[at].ending.is_empty() {
                tokens[at].ending.as_str()
            } else if end > at + 1 {
                let unit = &tokens[end - 1];
                if unit.ending.is_empty() { unit.text.as_str() } else { unit.ending.as_str() }
            } else {
                tokens[at].text.as_str()
            };
            let ends = |list: &str| list.split(' ').any(|case| ending.ends_with(case));
            if ends("sta stä lta ltä") {
                (Place::From, from)
            } else if ends("een iin oon uun aan ään hin seen lle") {
                (Place::To, from)
            } else {
                (Place::Plain, from)
            }
        }
        Locale::Fa => match (before(2), before(1)) {
            ("بیش" | "بیشتر", "از") => (Place::AtLeast, from - 2),
            ("کمتر", "از") => (Place::AtMost, from - 2),
            (_, "از") => (Place::From, from - 1),
            ("به", "زیر" | "کمتر") => (Place::AtMost, from - 2),
            ("به", "بالای" | "بیش") => (Place::AtLeast, from - 2),
            (_, "به") => (Place::To, from - 1),
            (_, "زیر" | "حداکثر") => (Place::AtMost, from - 1),
            (_, "بالای" | "حداقل") => (Place::AtLeast, from - 1),
            _ => (Place::Plain, from),
        },
    }
}

/// Whether the number comes on top of (or off) what there is.
fn on_top(
    tokens: &[Token],
    from: usize,
    end: usize,
    locale: Locale,
    nature: Option<Nature>,
) -> bool {
    let stock = nature == Some(Nature::Stock);
    let after = |ahead: usize| word(tokens, Some(end + ahead));
    let before = word(tokens, from.checked_sub(1));
    match locale {
        Locale::En => {
            (0..4).any(|ahead| one_of(after(ahead), "more additional extra fewer less"))
                || one_of(before, "another additional extra")
                || stock
                    && (after(0) == "new"
                        || one_of(before, "gain add win attract lose gaining adding winning"))
        }
        Locale::Fi => {
            one_of(after(0), "enemmän vähemmän lisää")
                || (0..4).any(|ahead| after(ahead) == "lisää")
                || stock && one_of(after(0), "uutta uusia uuden")
        }
        Locale::Fa => {
            (0..4).any(|ahead| one_of(after(ahead), "بیشتر کمتر اضافه دیگر"))
                || stock && (0..4).any(|ahead| one_of(after(ahead), "جدید تازه"))
        }
    }
}

/// A change that is said in words: `double`, `a quarter more`, `دو برابر`, in percent and without sign
/// where a word beside it gives the direction. Tokens become used.
pub(super) fn factor(
    tokens: &mut [Token],
    locale: Locale,
) -> Option<(f64, Option<Way>, Range<usize>)> {
    for at in 0..tokens.len() {
        if tokens[at].used {
            continue;
        }
        let found = match locale {
            Locale::En => english_factor(tokens, at),
            Locale::Fi => finnish_factor(tokens, at),
            Locale::Fa => persian_factor(tokens, at),
        };
        if let Some((percent, way, length)) = found {
            for token in &mut tokens[at..at + length] {
                token.used = true;
            }
            return Some((percent, way, at..at + length));
        }
    }
    None
}

type Factor = Option<(f64, Option<Way>, usize)>;

fn times(number: f64) -> (f64, Option<Way>) {
    let percent = (number - 1.0) * 100.0;
    (percent.abs(), Some(if percent < 0.0 { Way::Less } else { Way::More }))
}

fn english_factor(tokens: &[Token], at: usize) -> Factor {
    let text = |ahead: usize| word(tokens, Some(at + ahead));
    let more = |percent: f64, length: usize| Some((percent, Some(Way::More), length));
    match text(0) {
        _ if one_of(text(0), "double doubles doubling doubled twice twofold") => more(100.0, 1),
        _ if one_of(text(0), "triple triples tripling tripled threefold treble") => more(200.0, 1),
        _ if one_of(text(0), "quadruple quadrupling fourfold") => more(300.0, 1),
        "tenfold" => more(900.0, 1),
        "halve" | "halving" | "halved" => Some((50.0, Some(Way::Less), 1)),
        "half" if text(1) == "as" => Some((50.0, Some(Way::Less), 2)),
        "a" | "by" | "one" => {
            let skip = 1 + usize::from(text(0) == "by" && one_of(text(1), "a one"));
            fraction(text(skip), "half third quarter fifth tenth").and_then(|percent| {
                let next = text(skip + 1);
                let said = text(0) == "by" || one_of(next, "more fewer less");
                said.then_some((percent, None, skip + 1))
            })
        }
        _ => {
            let number = tokens[at].number()?;
            if matches!(text(1), "x" | "times" | "fold") {
                let (percent, way) = times(number);
                return Some((percent, way, 2));
            }
            (number == 1.0)
                .then(|| fraction(text(1), "half third quarter fifth tenth"))
                .flatten()
                .map(|percent| (percent, None, 2))
        }
    }
}

fn finnish_factor(tokens: &[Token], at: usize) -> Factor {
    let text = word(tokens, Some(at));
    let of = [
        ("kaksinkertai* tupla* tuplaa* kahdenkertai*", 100.0),
        ("kolminkertai* tripla*", 200.0),
        ("nelinkertai*", 300.0),
        ("viisinkertai*", 400.0),
        ("kymmenkertai*", 900.0),
        ("puolitoistakertai*", 50.0),
    ];
    if let Some((_, percent)) = of.iter().find(|(words, _)| one_of(text, words)) {
        return Some((*percent, Some(Way::More), 1));
    }
    if one_of(text, "puolite* puolitta* puolitu*") {
        return Some((50.0, Some(Way::Less), 1));
    }
    let next = word(tokens, Some(at + 1));
    let beside =
        one_of(next, "enemmän vähemmän lisää") || text.ends_with("lla") || text.ends_with("llä");
    let stems = [
        ("puole* puolet", 50.0),
        ("kolmanne*", 100.0 / 3.0),
        ("neljänne*", 25.0),
        ("viidenne*", 20.0),
        ("kymmenenne* kymmenes*", 10.0),
    ];
    let (_, percent) = stems.iter().find(|(words, _)| one_of(text, words))?;
    beside.then_some((*percent, None, 1))
}

fn persian_factor(tokens: &[Token], at: usize) -> Factor {
    let text = |ahead: usize| word(tokens, Some(at + ahead));
    if text(0) == "دوبرابر" {
        return Some((100.0, Some(Way::More), 1));
    }
    if text(0) == "نصف" {
        return Some((50.0, Some(Way::Less), 1));
    }
    let number = tokens[at].number()?;
    if text(1) == "برابر" {
        let (percent, way) = times(number);
        return Some((percent, way, 2));
    }
    (number == 1.0)
        .then(|| fraction(text(1), "دوم سوم چهارم پنجم دهم"))
        .flatten()
        .map(|percent| (percent, None, 2))
}

/// The share of the word in the list that stands for 1/2, 1/3, 1/4, 1/5, 1/10.
fn fraction(word: &str, list: &str) -> Option<f64> {
    let shares = [50.0, 100.0 / 3.0, 25.0, 20.0, 10.0];
    list.split(' ').position(|known| known == word).map(|at| shares[at])
}

/// Which way the words want it to go, the first word that says so before `end`; its token becomes used.
pub(super) fn way(tokens: &mut [Token], locale: Locale, end: usize) -> Option<(Way, usize)> {
    let (more, less, better) = match locale {
        Locale::En => (
            "more increase* increasing grow* raise raising lift* boost* gain* up higher additional extra rise* climb* expand* add adding accelerate*",
            "less fewer reduce* reducing reduction cut cuts cutting lower lowering decrease* decreasing drop drops down shrink* minimi* shorten* slash*",
            "improve* improving better optimi* enhance*",
        ),
        Locale::Fi => (
            "lisää enemmän lisät* lisäy* lisäämi* kasva* kasvu* nous* nost* korke* korotta* ylös ylemmä* suurem*",
            "vähemmän vähen* laskee laskea lasketaan laskemaan laske lasku laskua pienen* pienempi alenn* alene* pudot* putoa* leika* karsi* lyhen* supist* alas alemma*",
            "paran* paremp* kohen*",
        ),
        Locale::Fa => (
            "بیشتر افزایش رشد بالا ارتقا ارتقای بالاتر",
            "کاهش کمتر کم پایین کوتاه تقلیل",
            "بهبود بهتر",
        ),
    };
    tokens.iter_mut().enumerate().take(end).find_map(|(at, token)| {
        if token.used || !token.is_word() {
            return None;
        }
        let way = if one_of(&token.text, more) {
            Way::More
        } else if one_of(&token.text, less) {
            Way::Less
        } else if one_of(&token.text, better) {
            Way::Better
        } else {
            return None;
        };
        token.used = true;
        Some((way, at))
    })
}
