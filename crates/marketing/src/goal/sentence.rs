//! A goal as one sentence, in the reader's language.

use std::str::FromStr;

use jiff::civil::Date;
use serde_json::Value;

use super::outlook::Counting;
use super::wording::Writing;
use super::{Plan, Rolling, UnknownWord};

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

/// What a goal is about, to be written as a sentence.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Id of the metric in the dictionary.
    pub metric: &'a str,
    /// Its name in the reader's language.
    pub name: &'a str,
    pub writing: Writing,
    /// The query API's filters.
    pub filters: &'a Value,
}

/// `80,500 visitors (channel: Organic Search) by 30 June 2026`, or for a level
/// `Bounce rate from 40 % to 30 % by 30 June 2026`.
pub fn sentence(locale: Locale, of: Named, plan: &Plan) -> String {
    let segment = segment(locale, of.filters);
    let text = |value: f64| of.writing.value(value).text(locale);
    let target = text(plan.target_value);
    let deadline = day_text(locale, plan.deadline);
    let name = of.name;
    if let Counting::Weeks { threshold } = plan.counting {
        let (weeks, threshold) = (number_text(plan.target_value, 0, locale), text(threshold));
        return match locale {
            Locale::En => {
                format!("{name}{segment}: {weeks} weeks of {threshold} or better by {deadline}")
            }
            Locale::Fi => format!(
                "{name}{segment}: {weeks} viikkoa vähintään tasolla {threshold} {deadline} mennessä"
            ),
            Locale::Fa => {
                format!("{name}{segment}: {weeks} هفته با {threshold} یا بهتر تا {deadline}")
            }
        };
    }
    if plan.counting == Counting::Sum {
        return match (locale, counted(locale, of.metric)) {
            (Locale::En, Some(word)) => format!("{target} {word}{segment} by {deadline}"),
            (Locale::En, None) => format!("{name}{segment}: {target} by {deadline}"),
            (Locale::Fi, Some(word)) => format!("{target} {word}{segment} {deadline} mennessä"),
            (Locale::Fi, None) => format!("{name}{segment}: {target} {deadline} mennessä"),
            (Locale::Fa, Some(word)) => format!("{target} {word}{segment} تا {deadline}"),
            (Locale::Fa, None) => format!("{name}{segment}: {target} تا {deadline}"),
        };
    }
    let target = match plan.counting {
        Counting::Rolling(rolling) => format!("{target} {}", a_period(locale, rolling)),
        _ => target,
    };
    let from = plan.baseline.known().map(text);
    match (locale, from) {
        (Locale::En, Some(from)) => {
            format!("{name}{segment} from {from} to {target} by {deadline}")
        }
        (Locale::En, None) => format!("{name}{segment} to {target} by {deadline}"),
        (Locale::Fi, Some(from)) => {
            format!("{name}{segment}: {from} → {target} {deadline} mennessä")
        }
        (Locale::Fi, None) => format!("{name}{segment}: {target} {deadline} mennessä"),
        (Locale::Fa, Some(from)) => format!("{name}{segment} از {from} به {target} تا {deadline}"),
        (Locale::Fa, None) => format!("{name}{segment} به {target} تا {deadline}"),
    }
}

/// How long the last days are, after a number.
fn a_period(locale: Locale, rolling: Rolling) -> &'static str {
    let words = match rolling {
        Rolling::Week => ["a week", "viikossa", "در هفته"],
        Rolling::Month => ["a month", "kuukaudessa", "در ماه"],
        Rolling::Quarter => ["a quarter", "neljännesvuodessa", "در فصل"],
        Rolling::Year => ["a year", "vuodessa", "در سال"],
    };
    words[locale as usize]
}

/// What adds up, as it stands after a number; `None` for metrics that are named first.
fn counted(locale: Locale, metric: &str) -> Option<&'static str> {
    let words = match metric {
        "visitors" => ["visitors", "kävijää", "بازدیدکننده"],
        "visits" => ["visits", "käyntiä", "بازدید"],
        "pageviews" => ["page views", "sivunäyttöä", "نمایش صفحه"],
        "events" => ["events", "tapahtumaa", "رویداد"],
        "conversions" => ["conversions", "konversiota", "تبدیل"],
        "total_revenue" => ["of revenue", "liikevaihtoa", "درآمد"],
        "orders" => ["orders", "tilausta", "سفارش"],
        "leads" => ["leads", "liidiä", "سرنخ"],
        "signups" => ["sign-ups", "rekisteröitymistä", "ثبت‌نام"],
        "downloads" => ["downloads", "latausta", "دانلود"],
        "bookings" => ["bookings", "varausta", "رزرو"],
        "new_customers" => ["new customers", "uutta asiakasta", "مشتری جدید"],
        "repeat_customers" => ["returning customers", "palaavaa asiakasta", "مشتری بازگشتی"],
        _ => return None,
    };
    Some(words[locale as usize])
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

/// A dimension of the query API in a word: `visit:utm_campaign` is `campaign`.
pub fn dimension_name(locale: Locale, dimension: &str) -> &str {
    let names = match dimension {
        "visit:channel" => ["channel", "kanava", "کانال"],
        "visit:source" | "visit:utm_source" => ["source", "lähde", "منبع"],
        "visit:referrer" => ["referrer", "viittaaja", "ارجاع‌دهنده"],
        "visit:utm_medium" => ["medium", "media", "رسانه"],
        "visit:utm_campaign" => ["campaign", "kampanja", "کمپین"],
        "visit:utm_term" => ["keyword", "hakusana", "کلیدواژه"],
        "visit:utm_content" => ["content", "sisältö", "محتوا"],
        "visit:utm_id" => ["campaign ID", "kampanjan tunnus", "شناسهٔ کمپین"],
        "visit:utm_source_platform" => ["source platform", "lähdealusta", "بستر منبع"],
        "visit:utm_creative_format" => ["creative format", "mainoksen muoto", "قالب آگهی"],
        "visit:utm_marketing_tactic" => ["tactic", "taktiikka", "تاکتیک"],
        "visit:last_non_direct_source" => ["last source", "viimeinen lähde", "آخرین منبع"],
        "visit:last_non_direct_medium" => ["last medium", "viimeinen media", "آخرین رسانه"],
        "visit:last_non_direct_campaign" => ["last campaign", "viimeinen kampanja", "آخرین کمپین"],
        "visit:last_non_direct_channel" => ["last channel", "viimeinen kanava", "آخرین کانال"],
        "visit:first_user_source" => ["first source", "ensimmäinen lähde", "نخستین منبع"],
        "visit:first_user_medium" => ["first medium", "ensimmäinen media", "نخستین رسانه"],
        "visit:first_user_campaign" => ["first campaign", "ensimmäinen kampanja", "نخستین کمپین"],
        "visit:first_user_channel" => ["first channel", "ensimmäinen kanava", "نخستین کانال"],
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
    use crate::goal::{Baseline, TargetKind};
    use crate::metric::{Better, Nature};

    fn plan(counting: Counting, from: f64, to: f64) -> Plan {
        let baseline = Baseline {
            value: from,
            from: date(2026, 1, 1),
            to: date(2026, 3, 31),
            days: if from == 0.0 { 0 } else { 90 },
        };
        Plan {
            counting,
            better: Better::More,
            baseline,
            target_kind: TargetKind::Absolute,
            target_input: to,
            target_value: to,
            start: date(2026, 4, 1),
            deadline: date(2026, 6, 30),
        }
    }

    fn said(
        locale: Locale,
        (metric, name, nature): (&str, &str, Nature),
        filters: &Value,
        plan: &Plan,
    ) -> String {
        let currency = "EUR".parse().ok();
        sentence(
            locale,
            Named { metric, name, writing: Writing { nature, currency }, filters },
            plan,
        )
    }

    #[test]
    fn a_sum_is_so_much_of_something_by_a_day() {
        let plan = plan(Counting::Sum, 70_000.0, 80_500.0);
        let filters = json!([["is", "visit:channel", ["Organic Search"]]]);
        let visitors =
            |locale| said(locale, ("visitors", "Visitors", Nature::Flow), &filters, &plan);
        assert_eq!(
            visitors(Locale::En),
            "80,500 visitors (channel: Organic Search) by 30 June 2026"
        );
        assert_eq!(
            visitors(Locale::Fi),
            "80\u{a0}500 kävijää (kanava: Organic Search) 30.6.2026 mennessä"
        );
        assert_eq!(
            visitors(Locale::Fa),
            "۸۰٬۵۰۰ بازدیدکننده (کانال: Organic Search) تا ۳۰ ژوئن ۲۰۲۶"
        );
        let none = json!([]);
        assert_eq!(
            said(Locale::En, ("total_revenue", "Revenue", Nature::Money), &none, &plan),
            "80,500\u{a0}EUR of revenue by 30 June 2026"
        );
        assert_eq!(
            said(Locale::En, ("clicks", "Clicks", Nature::Flow), &none, &plan),
            "Clicks: 80,500 by 30 June 2026"
        );
    }

    #[test]
    fn a_level_goes_from_one_value_to_another() {
        let plan = plan(Counting::Mean, 40.25, 30.0);
        let none = json!([]);
        let rate = |locale, name| said(locale, ("bounce_rate", name, Nature::Share), &none, &plan);
        assert_eq!(
            rate(Locale::En, "Bounce rate"),
            "Bounce rate from 40.2% to 30% by 30 June 2026"
        );
        assert_eq!(
            rate(Locale::Fi, "Poistumisprosentti"),
            "Poistumisprosentti: 40,2\u{a0}% → 30\u{a0}% 30.6.2026 mennessä"
        );
        assert_eq!(rate(Locale::Fa, "نرخ پرش"), "نرخ پرش از ۴۰٫۲٪ به ۳۰٪ تا ۳۰ ژوئن ۲۰۲۶");
        let month = super::tests::plan(Counting::Rolling(Rolling::Month), 70_000.0, 80_000.0);
        let visitors = |locale, name| said(locale, ("visitors", name, Nature::Flow), &none, &month);
        assert_eq!(
            visitors(Locale::En, "Visitors"),
            "Visitors from 70,000 to 80,000 a month by 30 June 2026"
        );
        assert_eq!(
            visitors(Locale::Fi, "Kävijät"),
            "Kävijät: 70\u{a0}000 → 80\u{a0}000 kuukaudessa 30.6.2026 mennessä"
        );
        assert_eq!(
            visitors(Locale::Fa, "بازدیدکنندگان"),
            "بازدیدکنندگان از ۷۰٬۰۰۰ به ۸۰٬۰۰۰ در ماه تا ۳۰ ژوئن ۲۰۲۶"
        );
        let unknown = super::tests::plan(Counting::EndLevel, 0.0, 20_000.0);
        assert_eq!(
            said(Locale::En, ("followers", "Followers", Nature::Stock), &none, &unknown),
            "Followers to 20,000 by 30 June 2026"
        );
        let weeks = super::tests::plan(Counting::Weeks { threshold: 200.0 }, 1.0, 8.0);
        assert_eq!(
            said(Locale::En, ("orders", "Orders", Nature::Flow), &none, &weeks),
            "Orders: 8 weeks of 200 or better by 30 June 2026"
        );
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
