//! Names in a sentence: quoted ones, paths, and those that the site gave itself.

use super::text::{Kind, Token};
use super::{Ask, Confidence, Context, Part, Question, Segment};

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
pub(super) fn known_names(
    tokens: &mut [Token],
    sentence: &str,
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
