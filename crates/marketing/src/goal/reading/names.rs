//! Names in a sentence: quoted ones, paths, and those that the site gave itself.

use jiff::civil::Date;

use super::text::{self, Kind, Token};
use super::{Ask, Confidence, Context, Part, Question, Segment, date, number};
use crate::goal::Locale;

/// Names in quotation marks and paths.
pub(super) fn names(
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
                let known = |names: &[&str]| {
                    let same = |known: &&&str| known.to_lowercase() == name.to_lowercase();
                    names.iter().find(same).map(|known| (*known).to_owned())
                };
                let conversion = known(context.conversions);
                let campaign = known(context.campaigns);
                let dimension = near
                    .or_else(|| conversion.is_some().then_some("event:goal"))
                    .or_else(|| campaign.is_some().then_some("visit:utm_campaign"));
                let Some(dimension) = dimension else {
                    questions
                        .push(Question { code: Ask::NameUnclear, options: vec![name.clone()] });
                    continue;
                };
                // As the site writes it: filters tell capital letters apart.
                let own = match dimension {
                    "event:goal" => conversion,
                    "visit:utm_campaign" => campaign,
                    _ => None,
                };
                (dimension, own.unwrap_or_else(|| name.clone()))
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
pub(super) fn known_names(
    tokens: &mut [Token],
    sentence: &str,
    locale: Locale,
    context: &Context,
) -> Vec<Part<Segment>> {
    let lower = sentence.to_lowercase();
    if lower.len() != sentence.len() {
        return Vec::new();
    }
    let dimensions =
        [("visit:utm_campaign", context.campaigns), ("event:goal", context.conversions)];
    let mut found = Vec::new();
    for (dimension, names) in dimensions {
        // `spring_sale-2` before the `spring_sale` in it.
        let mut names = names.to_vec();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for name in names {
            // One common word would be taken for a name too often.
            let telling = name.contains([' ', '_', '-'])
                || name.chars().any(|letter| letter.is_ascii_digit());
            let telling = telling && name.to_lowercase().len() == name.len();
            let Some(at) = whole(&lower, &name.to_lowercase()).filter(|_| telling) else {
                continue;
            };
            if says_when(name, locale, context.today) {
                continue;
            }
            let span = at..at + name.len();
            let inside =
                |token: &Token| token.span.start >= span.start && token.span.end <= span.end;
            // A name in quotation marks lies within its token.
            let touches =
                |token: &Token| token.span.start < span.end && span.start < token.span.end;
            if tokens.iter().any(|token| touches(token) && token.used) {
                continue;
            }
            tokens.iter_mut().filter(|token| inside(token)).for_each(|token| token.used = true);
            found.push(Part {
                value: Segment { dimension, value: name.to_owned() },
                confidence: Confidence::Likely,
                span,
            });
        }
    }
    found
}

/// Whether a name is nothing but a date or numbers (`June 2026`), which a sentence means as such.
fn says_when(name: &str, locale: Locale, today: Date) -> bool {
    let mut tokens = text::tokens(name, locale);
    number::fold(&mut tokens, locale);
    date::read(&mut tokens, locale, today);
    tokens.iter().all(|token| token.used || !token.is_word())
}

/// Where a name of four bytes and more stands in a text, not as a part of a longer word. Both in lower case.
fn whole(text: &str, name: &str) -> Option<usize> {
    let inner = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut places = text.match_indices(name).map(|(at, _)| at);
    let place = |at: &usize| {
        let before = text[..*at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(inner) && !after.is_some_and(inner)
    };
    places.find(place).filter(|_| name.len() > 3)
}
