//! A goal as one sentence, in the reader's language.

use std::str::FromStr;

use jiff::civil::Date;
use serde_json::Value;

use super::{Kind, Plan, UnknownWord};

/// A language that the product speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locale {
    En,
    Fi,
    Fa,
}

impl Locale {
    pub const ALL: [Locale; 3] = [Locale::En, Locale::Fi, Locale::Fa];

    pub fn as_str(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::Fi => "fi",
            Locale::Fa => "fa",
        }
    }
}

impl FromStr for Locale {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Locale, UnknownWord> {
        let found = Locale::ALL.into_iter().find(|locale| locale.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned(), "en, fi, fa"))
    }
}

/// `80,500 visitors (channel: Organic Search) by 30 June 2026`, or for a level
/// `bounce rate from 40 % to 30 % by 30 June 2026`.
pub fn sentence(
    locale: Locale,
    metric: &str,
    filters: &Value,
    plan: &Plan,
    currency: Option<&str>,
) -> String {
    let name = metric_name(locale, metric);
    let segment = segment(locale, filters);
    let target = amount(locale, metric, plan.target_value, currency);
    let baseline = amount(locale, metric, plan.baseline.value, currency);
    let deadline = day_text(locale, plan.deadline);
    match (locale, plan.kind) {
        (Locale::En, Kind::Total) => format!("{target} {name}{segment} by {deadline}"),
        (Locale::En, Kind::Level) => {
            format!("{name}{segment} from {baseline} to {target} by {deadline}")
        }
        (Locale::Fi, Kind::Total) => format!("{target} {name}{segment} {deadline} mennessä"),
        (Locale::Fi, Kind::Level) => {
            format!("{name}{segment}: {baseline} → {target} {deadline} mennessä")
        }
        (Locale::Fa, Kind::Total) => format!("{target} {name}{segment} تا {deadline}"),
        (Locale::Fa, Kind::Level) => {
            format!("{name}{segment} از {baseline} به {target} تا {deadline}")
        }
    }
}

/// A metric's name as it stands after a number (totals) or as a subject (levels).
fn metric_name(locale: Locale, metric: &str) -> &str {
    let [en, fi, fa] = match metric {
        "visitors" => ["visitors", "kävijää", "بازدیدکننده"],
        "visits" => ["visits", "käyntiä", "بازدید"],
        "pageviews" => ["page views", "sivunäyttöä", "نمایش صفحه"],
        "events" => ["events", "tapahtumaa", "رویداد"],
        "total_revenue" => ["of revenue", "liikevaihtoa", "درآمد"],
        "average_revenue" => ["Average order", "Keskiostos", "میانگین سفارش"],
        "views_per_visit" => ["Views per visit", "Sivuja käyntiä kohti", "نمایش در هر بازدید"],
        "bounce_rate" => ["Bounce rate", "Poistumisprosentti", "نرخ پرش"],
        "visit_duration" => ["Visit duration", "Käynnin kesto", "مدت بازدید"],
        "conversion_rate" => ["Conversion rate", "Konversioprosentti", "نرخ تبدیل"],
        "scroll_depth" => ["Scroll depth", "Vierityssyvyys", "عمق پیمایش"],
        "time_on_page" => ["Time on page", "Aika sivulla", "زمان در صفحه"],
        other => [other; 3],
    };
    match locale {
        Locale::En => en,
        Locale::Fi => fi,
        Locale::Fa => fa,
    }
}

/// The filters in parentheses; nothing without any.
fn segment(locale: Locale, filters: &Value) -> String {
    let tests: Vec<String> =
        filters.as_array().into_iter().flatten().map(|filter| condition(locale, filter)).collect();
    let comma = if locale == Locale::Fa { "، " } else { ", " };
    if tests.is_empty() { String::new() } else { format!(" ({})", tests.join(comma)) }
}

fn condition(locale: Locale, filter: &Value) -> String {
    let or = [" or ", " tai ", " یا "][locale as usize];
    let (operator, dimension) = (filter[0].as_str().unwrap_or_default(), filter[1].as_str());
    let values: Vec<&str> =
        filter[2].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (Some(dimension), false) = (dimension, values.is_empty()) else {
        // `and`, `or`, `not` and `has_done` hold filters, not values.
        return ["a combination of conditions", "usean ehdon yhdistelmä", "ترکیبی از شرط‌ها"]
            [locale as usize]
            .to_owned();
    };
    let operator = match operator {
        "is" => ["", "", ""],
        "is_not" => ["not ", "ei ", "نه "],
        "contains" => ["contains ", "sisältää ", "شامل "],
        "contains_not" => ["without ", "ei sisällä ", "بدون "],
        "matches" => ["like ", "muotoa ", "مانند "],
        _ => ["not like ", "ei muotoa ", "نه مانند "],
    }[locale as usize];
    format!("{}: {operator}{}", dimension_name(locale, dimension), values.join(or))
}

fn dimension_name(locale: Locale, dimension: &str) -> &str {
    let names = match dimension {
        "visit:channel" => ["channel", "kanava", "کانال"],
        "visit:source" | "visit:utm_source" => ["source", "lähde", "منبع"],
        "visit:referrer" => ["referrer", "viittaaja", "ارجاع‌دهنده"],
        "visit:utm_medium" => ["medium", "media", "رسانه"],
        "visit:utm_campaign" => ["campaign", "kampanja", "کمپین"],
        "visit:utm_term" => ["keyword", "hakusana", "کلیدواژه"],
        "visit:utm_content" => ["content", "sisältö", "محتوا"],
        "visit:entry_page" => ["entry page", "saapumissivu", "صفحهٔ ورود"],
        "visit:exit_page" => ["exit page", "poistumissivu", "صفحهٔ خروج"],
        "visit:country" | "visit:country_name" => ["country", "maa", "کشور"],
        "visit:region" => ["region", "alue", "استان"],
        "visit:city" => ["city", "kaupunki", "شهر"],
        "visit:device" => ["device", "laite", "دستگاه"],
        "visit:browser" => ["browser", "selain", "مرورگر"],
        "visit:os" => ["system", "käyttöjärjestelmä", "سیستم‌عامل"],
        "event:goal" => ["conversion", "konversio", "تبدیل"],
        "event:page" => ["page", "sivu", "صفحه"],
        "event:hostname" => ["host", "isäntänimi", "میزبان"],
        "event:name" => ["event", "tapahtuma", "رویداد"],
        other => [other.rsplit(':').next().unwrap_or(other); 3],
    };
    names[locale as usize]
}

fn amount(locale: Locale, metric: &str, value: f64, currency: Option<&str>) -> String {
    let space = '\u{a0}';
    match (metric, locale) {
        ("bounce_rate" | "conversion_rate" | "scroll_depth", Locale::En) => {
            format!("{}%", number_text(value, 1, locale))
        }
        ("bounce_rate" | "conversion_rate" | "scroll_depth", Locale::Fi) => {
            format!("{}{space}%", number_text(value, 1, locale))
        }
        ("bounce_rate" | "conversion_rate" | "scroll_depth", Locale::Fa) => {
            format!("{}٪", number_text(value, 1, locale))
        }
        ("visit_duration" | "time_on_page", Locale::Fa) => {
            format!("{} ثانیه", number_text(value, 0, locale))
        }
        ("visit_duration" | "time_on_page", _) => {
            format!("{}{space}s", number_text(value, 0, locale))
        }
        ("total_revenue", _) => {
            format!("{}{space}{}", number_text(value, 0, locale), currency.unwrap_or_default())
        }
        ("average_revenue", _) => {
            format!("{}{space}{}", number_text(value, 2, locale), currency.unwrap_or_default())
        }
        ("views_per_visit", _) => number_text(value, 2, locale),
        _ => number_text(value, 0, locale),
    }
}

/// A number with grouped thousands and at most `decimals` decimals, as the language writes it.
pub(crate) fn number_text(value: f64, decimals: usize, locale: Locale) -> String {
    let (group, point) = [(",", "."), ("\u{a0}", ","), ("٬", "٫")][locale as usize];
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let mut out = String::new();
    if value < 0.0 && (whole != "0" || !fraction.is_empty()) {
        out.push('−');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push_str(group);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push_str(point);
        out.push_str(fraction);
    }
    digits(&out, locale)
}

/// A day as it is written out: `30 June 2026`, `30.6.2026`, `۳۰ ژوئن ۲۰۲۶`.
pub(crate) fn day_text(locale: Locale, date: Date) -> String {
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const FA: [&str; 12] = [
        "ژانویه",
        "فوریه",
        "مارس",
        "آوریل",
        "مه",
        "ژوئن",
        "ژوئیه",
        "اوت",
        "سپتامبر",
        "اکتبر",
        "نوامبر",
        "دسامبر",
    ];
    let month = usize::from(date.month().unsigned_abs()) - 1;
    match locale {
        Locale::En => format!("{} {} {}", date.day(), EN[month], date.year()),
        Locale::Fi => format!("{}.{}.{}", date.day(), date.month(), date.year()),
        Locale::Fa => digits(&format!("{} {} {}", date.day(), FA[month], date.year()), locale),
    }
}

/// Persian has digits of its own.
fn digits(text: &str, locale: Locale) -> String {
    if locale != Locale::Fa {
        return text.to_owned();
    }
    let persian = |digit: u32| char::from_u32(u32::from('۰') + digit);
    text.chars().map(|letter| letter.to_digit(10).and_then(persian).unwrap_or(letter)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::goal::{Baseline, Target, TargetKind, Weights};

    fn plan(kind: Kind, from: f64, to: f64) -> Plan {
        let baseline = Baseline { value: from, from: date(2026, 1, 1), to: date(2026, 3, 31) };
        let target = Target { kind: TargetKind::Absolute, input: to };
        Plan::new(kind, baseline, target, date(2026, 4, 1), date(2026, 6, 30), Weights::EVEN)
            .expect("a plan")
    }

    #[test]
    fn a_total_is_so_much_of_something_by_a_day() {
        let plan = plan(Kind::Total, 70_000.0, 80_500.0);
        let filters = json!([["is", "visit:channel", ["Organic Search"]]]);
        let said = |locale| sentence(locale, "visitors", &filters, &plan, None);
        assert_eq!(said(Locale::En), "80,500 visitors (channel: Organic Search) by 30 June 2026");
        assert_eq!(
            said(Locale::Fi),
            "80\u{a0}500 kävijää (kanava: Organic Search) 30.6.2026 mennessä"
        );
        assert_eq!(said(Locale::Fa), "۸۰٬۵۰۰ بازدیدکننده (کانال: Organic Search) تا ۳۰ ژوئن ۲۰۲۶");
        assert_eq!(
            sentence(Locale::En, "total_revenue", &json!([]), &plan, Some("EUR")),
            "80,500\u{a0}EUR of revenue by 30 June 2026"
        );
    }

    #[test]
    fn a_level_goes_from_one_value_to_another() {
        let plan = plan(Kind::Level, 40.25, 30.0);
        let said = |locale| sentence(locale, "bounce_rate", &json!([]), &plan, None);
        assert_eq!(said(Locale::En), "Bounce rate from 40.2% to 30% by 30 June 2026");
        assert_eq!(
            said(Locale::Fi),
            "Poistumisprosentti: 40,2\u{a0}% → 30\u{a0}% 30.6.2026 mennessä"
        );
        assert_eq!(said(Locale::Fa), "نرخ پرش از ۴۰٫۲٪ به ۳۰٪ تا ۳۰ ژوئن ۲۰۲۶");
    }

    #[test]
    fn filters_are_read_out_with_their_operators() {
        let filters = json!([
            ["contains_not", "event:page", ["/blog", "/news"]],
            ["is", "event:props:plan", ["pro"]],
            ["or", [["is", "visit:os", ["macOS"]], ["is", "visit:os", ["iOS"]]]],
        ]);
        assert_eq!(
            segment(Locale::En, &filters),
            " (page: without /blog or /news, plan: pro, a combination of conditions)"
        );
    }

    #[test]
    fn numbers_are_grouped_and_cut() {
        assert_eq!(number_text(1_234_567.0, 0, Locale::En), "1,234,567");
        assert_eq!(number_text(-0.04, 1, Locale::En), "0");
        assert_eq!(number_text(-12.5, 1, Locale::Fi), "−12,5");
        assert_eq!(number_text(999.996, 2, Locale::En), "1,000");
    }
}
