//! Numbers in words: `ten thousand`, `kaksikymmentäviisi`, `بیست و پنج`, and words after figures, `2,5 miljoonaa`.

use super::text::{Kind, Token};
use crate::goal::Locale;

/// Replaces runs of number words by one number each.
pub(super) fn fold(tokens: &mut Vec<Token>, locale: Locale) {
    let mut at = 0;
    while at < tokens.len() {
        let length = run(tokens, at, locale);
        if length > 0 {
            let number = sum(&tokens[at..at + length], locale);
            let last = &tokens[at + length - 1];
            let merged = Token {
                kind: Kind::Number(number),
                text: last.text.clone(),
                ending: last.ending.clone(),
                span: tokens[at].span.start..last.span.end,
                used: false,
            };
            tokens.splice(at..at + length, [merged]);
        }
        at += 1;
    }
}

/// How many tokens from `at` are one number that has a word in it; 0 when there is none.
fn run(tokens: &[Token], at: usize, locale: Locale) -> usize {
    let figure = tokens[at].number().is_some();
    let mut length = usize::from(figure);
    let mut words = 0;
    while let Some(token) = tokens.get(at + length).filter(|token| token.is_word()) {
        let joins =
            matches!((locale, token.text.as_str()), (Locale::Fa, "و") | (Locale::En, "and"));
        let next_counts = || {
            tokens.get(at + length + 1).is_some_and(|next| {
                next.is_word() && !parts(&next.text, locale).is_empty() && !is_half(&next.text)
            })
        };
        if joins && words > 0 && next_counts() {
            length += 1;
            continue;
        }
        let found = parts(&token.text, locale);
        if found.is_empty() {
            break;
        }
        if is_half(&token.text) && (length > 0 || !halves(tokens, at + length)) {
            break;
        }
        // After a figure only a scale: `5 thousand`, not `5 two`.
        if figure && found[0] < 1000.0 {
            break;
        }
        length += 1;
        words += 1;
        if is_half(&token.text)
            && tokens.get(at + length).is_some_and(|next| matches!(next.text.as_str(), "a" | "an"))
        {
            length += 1;
        }
    }
    if words == 0 { 0 } else { length }
}

fn is_half(word: &str) -> bool {
    matches!(word, "half" | "puoli" | "puolen" | "puolessa" | "puolta" | "نیم")
}

/// Whether the half at `at` is a half of a unit, not `half as many`.
fn halves(tokens: &[Token], at: usize) -> bool {
    let mut rest =
        tokens[at + 1..].iter().filter(|token| !matches!(token.text.as_str(), "a" | "an"));
    rest.next().is_some_and(|next| {
        let stems = [
            "million",
            "percent",
            "year",
            "hour",
            "miljoon",
            "prosentti",
            "vuode",
            "vuotta",
            "tunti",
            "tunni",
            "واحد",
            "درصد",
            "میلیون",
            "سال",
            "ساعت",
        ];
        next.kind == Kind::Percent || stems.iter().any(|stem| next.text.starts_with(stem))
    })
}

fn sum(run: &[Token], locale: Locale) -> f64 {
    let (mut total, mut current) = (0.0_f64, 0.0_f64);
    for token in run {
        if let Some(figure) = token.number() {
            current = figure;
            continue;
        }
        for part in parts(&token.text, locale) {
            if part == TEEN {
                current += 10.0;
            } else if part == 10.0 && locale == Locale::Fi && (2.0..=9.0).contains(&current) {
                current *= 10.0;
            } else if part == 100.0 && current > 0.0 && current < 10.0 {
                current *= 100.0;
            } else if part >= 1000.0 {
                total += if current == 0.0 { part } else { current * part };
                current = 0.0;
            } else {
                current += part;
            }
        }
    }
    total + current
}

/// Stands for the Finnish `-toista`.
const TEEN: f64 = -10.0;

/// The numbers that a word is made of; empty for a word that is no number.
fn parts(word: &str, locale: Locale) -> Vec<f64> {
    if is_half(word) {
        return vec![0.5];
    }
    match locale {
        Locale::En => lookup(&ENGLISH, word).into_iter().collect(),
        Locale::Fa => lookup(&PERSIAN, word).into_iter().collect(),
        Locale::Fi => finnish(word),
    }
}

fn lookup(table: &[(&str, f64)], word: &str) -> Option<f64> {
    table.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

fn finnish(word: &str) -> Vec<f64> {
    let mut found = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let longest = FINNISH
            .iter()
            .flat_map(|(forms, value)| forms.split(' ').map(move |form| (form, *value)))
            .filter(|(form, _)| rest.starts_with(form))
            .max_by_key(|(form, _)| form.len());
        let Some((form, value)) = longest else { return Vec::new() };
        found.push(value);
        rest = &rest[form.len()..];
    }
    // `-toista` alone is another word.
    if found.first() == Some(&TEEN) { Vec::new() } else { found }
}

const ENGLISH: [(&str, f64); 32] = [
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
    ("hundred", 100.0),
    ("thousand", 1e3),
    ("million", 1e6),
    ("dozen", 12.0),
    ("billion", 1e9),
];

const PERSIAN: [(&str, f64); 42] = [
    ("یک", 1.0),
    ("دو", 2.0),
    ("سه", 3.0),
    ("چهار", 4.0),
    ("پنج", 5.0),
    ("شش", 6.0),
    ("هفت", 7.0),
    ("هشت", 8.0),
    ("نه", 9.0),
    ("ده", 10.0),
    ("یازده", 11.0),
    ("دوازده", 12.0),
    ("سیزده", 13.0),
    ("چهارده", 14.0),
    ("پانزده", 15.0),
    ("شانزده", 16.0),
    ("هفده", 17.0),
    ("هجده", 18.0),
    ("نوزده", 19.0),
    ("بیست", 20.0),
    ("سی", 30.0),
    ("چهل", 40.0),
    ("پنجاه", 50.0),
    ("شصت", 60.0),
    ("هفتاد", 70.0),
    ("هشتاد", 80.0),
    ("نود", 90.0),
    ("صد", 100.0),
    ("یکصد", 100.0),
    ("دویست", 200.0),
    ("سیصد", 300.0),
    ("چهارصد", 400.0),
    ("پانصد", 500.0),
    ("ششصد", 600.0),
    ("هفتصد", 700.0),
    ("هشتصد", 800.0),
    ("نهصد", 900.0),
    ("هزار", 1e3),
    ("میلیون", 1e6),
    ("ملیون", 1e6),
    ("میلیارد", 1e9),
    ("هزارتا", 1e3),
];

/// Forms of nominative, genitive, partitive and the cases of time and target.
const FINNISH: [(&str, f64); 16] = [
    ("yksi yhden yhtä yhdessä yhteen yhdestä yhdellä", 1.0),
    ("kaksi kahden kahta kahdessa kahteen kahdesta kahdella", 2.0),
    ("kolme kolmen kolmea kolmessa kolmeen kolmesta kolmella", 3.0),
    ("neljä neljän neljää neljässä neljään neljästä neljällä", 4.0),
    ("viisi viiden viittä viidessä viiteen viidestä viidellä", 5.0),
    ("kuusi kuuden kuutta kuudessa kuuteen kuudesta kuudella", 6.0),
    ("seitsemän seitsemää seitsemässä seitsemään seitsemästä seitsemällä", 7.0),
    ("kahdeksan kahdeksaa kahdeksassa kahdeksaan kahdeksasta kahdeksalla", 8.0),
    ("yhdeksän yhdeksää yhdeksässä yhdeksään yhdeksästä yhdeksällä", 9.0),
    ("kymmenen kymmentä kymmenessä kymmeneen kymmenestä kymmenellä", 10.0),
    ("toista", TEEN),
    ("sata sadan sataa sadassa sataan sadasta sadalla", 100.0),
    ("tuhat tuhannen tuhatta tuhannessa tuhanteen tuhannesta tuhannella", 1e3),
    ("miljoona miljoonan miljoonaa miljoonaan miljoonasta milj", 1e6),
    ("miljardi miljardia", 1e9),
    ("tusina tusinaa", 12.0),
];
