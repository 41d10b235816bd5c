//! The sentences of `fixtures/goal_sentences.tsv`, and what must hold of any sentence.

use jiff::civil::{Date, date};

use super::*;

const TODAY: Date = date(2026, 4, 7);

fn reading(sentence: &str, locale: Locale) -> Reading {
    read(sentence, &Context { today: TODAY, locale, conversions: &[], campaigns: &[] })
}

/// A reading in the columns of the fixture, from the metric on.
fn columns(reading: &Reading) -> Vec<String> {
    let mut filters: Vec<String> = reading
        .segments
        .iter()
        .map(|part| {
            let name = part.value.dimension.rsplit(':').next().unwrap_or_default();
            format!("{}={}", name.trim_start_matches("utm_"), part.value.value)
        })
        .collect();
    filters.sort();
    let target = reading.target.as_ref().map_or(String::new(), |part| {
        let Target { aim, number, currency, per } = part.value;
        let sign = match aim {
            Aim::Value => "=",
            Aim::Change => "+",
            Aim::Percent => "%",
            Aim::Points => "pp",
        };
        let currency = currency.map_or(String::new(), |currency| format!(" {currency}"));
        let per = per.map_or(String::new(), |per| format!("/{}", per.as_str()));
        format!("{sign}{number}{currency}{per}")
    });
    let start =
        Some(reading.start.value).filter(|_| reading.start.confidence != Confidence::Assumed);
    let mut asks: Vec<&str> =
        reading.questions.iter().map(|question| question.code.as_str()).collect();
    asks.sort_unstable();
    let text = |day: Option<Date>| day.map_or(String::new(), |day| day.to_string());
    vec![
        reading.metric.as_ref().map_or("", |part| part.value).to_owned(),
        reading.direction.as_ref().map_or("", |part| part.value.as_str()).to_owned(),
        filters.join(";"),
        target,
        reading.baseline.as_ref().map_or(String::new(), |part| part.value.to_string()),
        text(start),
        text(reading.deadline.as_ref().map(|part| part.value)),
        asks.join(","),
    ]
}

/// How many of each language are right, of how many; the wrong ones are printed.
fn score(file: &str) -> Vec<(Locale, usize, usize)> {
    let mut scores: Vec<(Locale, usize, usize)> =
        Locale::ALL.into_iter().map(|locale| (locale, 0, 0)).collect();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let row: Vec<&str> = line.split('\t').collect();
        let locale: Locale = row[0].parse().expect("a language");
        let mut expected: Vec<String> = row[2..].iter().map(|&column| column.to_owned()).collect();
        let mut asks: Vec<&str> = row[9].split(',').collect();
        asks.sort_unstable();
        expected[7] = asks.join(",");
        let got = columns(&reading(row[1], locale));
        let score = &mut scores[locale as usize];
        score.2 += 1;
        if got == expected {
            score.1 += 1;
        } else {
            println!("{}\n  want {}\n  got  {}", row[1], expected.join(" | "), got.join(" | "));
        }
    }
    scores
}

#[test]
fn at_least_nine_of_ten_sentences_are_read_as_they_are_meant() {
    let scores = score(include_str!("../../../../../fixtures/goal_sentences.tsv"));
    println!("{scores:?}");
    for (locale, right, all) in scores {
        assert!(all >= 45, "{locale:?}: only {all} sentences");
        assert!(right * 10 >= all * 9, "{locale:?}: {right} of {all}");
    }
}

#[test]
fn sentences_that_it_was_not_made_for_are_read_too() {
    let scores = score(include_str!("../../../../../fixtures/goal_sentences_held_out.tsv"));
    println!("{scores:?}");
    for (locale, right, all) in scores {
        assert!(all == 15 && right >= 11, "{locale:?}: {right} of {all}");
    }
}

#[test]
fn parts_say_where_in_the_sentence_they_stand() {
    let sentence = "Lisää tilauksia maksullisesta hausta 20 % kesäkuun loppuun mennessä";
    let read = reading(sentence, Locale::En);
    assert_eq!(read.locale, Locale::Fi);
    let text = |span: &Range<usize>| &sentence[span.clone()];
    assert_eq!(text(&read.metric.expect("a metric").span), "tilauksia");
    assert_eq!(text(&read.segments[0].span), "maksullisesta hausta");
    assert_eq!(text(&read.target.expect("a target").span), "20 %");
    assert_eq!(text(&read.deadline.expect("a day").span), "kesäkuun loppuun mennessä");
    assert_eq!(read.start.confidence, Confidence::Assumed);
}

#[test]
fn the_sites_own_names_are_known_without_quotation_marks() {
    let context = Context {
        today: TODAY,
        locale: Locale::En,
        conversions: &["Demo booked 2"],
        campaigns: &["spring_sale", "Email"],
    };
    let read = read("20 % more orders from spring_sale by 30 June", &context);
    assert_eq!(
        read.segments[0].value,
        Segment { dimension: "visit:utm_campaign", value: "spring_sale".to_owned() }
    );
    assert_eq!(read.questions, []);
}

#[test]
fn a_campaigns_name_is_the_longest_one_as_the_site_writes_it_and_never_a_date() {
    let context = Context {
        today: TODAY,
        locale: Locale::En,
        conversions: &[],
        campaigns: &["spring_sale", "Spring_Sale_2", "June 2026", "sale 10"],
    };
    let campaigns = |sentence| -> Vec<String> {
        let read = read(sentence, &context);
        assert_eq!(read.deadline.map(|part| part.value.to_string()).as_deref(), Some("2026-06-30"));
        read.segments.into_iter().map(|part| part.value.value).collect()
    };
    assert_eq!(
        campaigns("20 % more orders from spring_sale_2 by the end of June 2026"),
        ["Spring_Sale_2"]
    );
    assert_eq!(
        campaigns("20 % more orders from \"SPRING_SALE\" by the end of June 2026"),
        ["spring_sale"]
    );
    assert_eq!(
        campaigns("20 % more orders of presale 10 by the end of June 2026"),
        Vec::<String>::new()
    );
}

#[test]
fn a_name_that_nothing_explains_is_asked_about() {
    let read = reading("20 % more orders of \"Blue kettle\" by 30 June", Locale::En);
    let asked = Question { code: Ask::NameUnclear, options: vec!["Blue kettle".to_owned()] };
    assert_eq!(read.questions, [asked]);
    let known = reading("20 % more orders of the product \"Blue kettle\" by 30 June", Locale::En);
    assert_eq!(known.questions, []);
    assert_eq!(known.segments[0].value.dimension, "event:props:product");
}

#[test]
fn a_stock_without_a_word_for_more_may_mean_the_total() {
    let asks = |sentence| -> Vec<Ask> {
        reading(sentence, Locale::En).questions.iter().map(|question| question.code).collect()
    };
    assert_eq!(asks("2,000 followers by 30 June"), [Ask::TotalOrMore]);
    assert_eq!(asks("2,000 followers more by 30 June"), []);
    assert_eq!(asks("followers to 2,000 by 30 June"), []);
}

#[test]
fn nonsense_is_read_without_harm() {
    for sentence in [
        "",
        " ",
        "%",
        "\"",
        "'",
        "1",
        "٪٪٪",
        "by by by",
        "تا تا تا",
        "9999999999999999999999 %",
        "99999999999999999 months",
        "-- >> ,,, ++",
        "30.2.2026",
        "2026-13-45",
        "/ // ///",
        "از از به به",
        "32 June 31 February week 54 Q9",
        "\u{200c}\u{200c}",
        "e-mail e- -e",
        "1:een:een 5:",
        "ÄÄÄÄ ẞ İİ",
        "in 0 days in 1e9 years",
        "half half half",
        "kymmenentoistatuhatta",
        "half a",
    ] {
        for locale in Locale::ALL {
            let read = reading(sentence, locale);
            assert!(!read.questions.is_empty(), "{sentence:?}");
        }
    }
    let long = "ä".repeat(5_000);
    assert!(!reading(&long, Locale::Fi).questions.is_empty());
}

#[test]
fn any_mixture_of_pieces_is_read_without_harm() {
    let sentences = include_str!("../../../../../fixtures/goal_sentences.tsv");
    let mut pieces: Vec<&str> = sentences
        .lines()
        .filter_map(|line| line.split('\t').nth(1))
        .flat_map(|sentence| sentence.split(' '))
        .collect();
    pieces.extend([
        "\"",
        "'",
        "«",
        "»",
        "/",
        "%",
        "٪",
        "-",
        "–",
        "+",
        ":",
        ".",
        ",",
        "\u{200c}",
        "\u{a0}",
        "31",
        "0",
        "1e9",
        "ß",
        "İ",
        "ﷺ",
        "👍",
        "e-",
        "۹۹۹۹",
        "1.1.",
        "9999-99-99",
        "top",
        "half",
        "puoli",
        "نیم",
        "a",
        "یک",
        "\u{64b}",
        "ـ",
    ]);
    let mut state = 42_u64;
    let mut next = |most: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    for round in 0..1_000 {
        let mut sentence = String::new();
        for _ in 0..=next(9) {
            sentence.push_str(pieces[next(pieces.len())]);
            if next(5) > 0 {
                sentence.push(' ');
            }
        }
        let read = reading(&sentence, Locale::ALL[round % 3]);
        for part in &read.segments {
            assert!(sentence.get(part.span.clone()).is_some(), "{sentence:?}");
        }
        let spans = [
            read.metric.map(|part| part.span),
            read.target.map(|part| part.span),
            read.deadline.map(|part| part.span),
            read.baseline.map(|part| part.span),
        ];
        for span in spans.into_iter().flatten() {
            assert!(
                sentence.get(span.clone()).is_some_and(|text| !text.is_empty()),
                "{sentence:?} {span:?}"
            );
        }
    }
}
