//! The five letters of SMART, each checked against what is known.

use jiff::civil::Date;

use super::sentence::{Locale, number_text};
use super::{Kind, Plan, Window, days_between};

/// A target this many times the old pace has no example in the site's past.
const FAR: f64 = 2.0;

/// Fewest days of figures that a baseline should rest on.
const FEW_DAYS: i64 = 14;

/// A goal shorter than this is over before it can be steered; one longer than `LONG_DAYS` is put off.
const SHORT_DAYS: i64 = 14;
const LONG_DAYS: i64 = 366;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    Specific,
    Measurable,
    Achievable,
    Relevant,
    TimeBound,
}

impl Letter {
    pub fn as_str(self) -> &'static str {
        match self {
            Letter::Specific => "S",
            Letter::Measurable => "M",
            Letter::Achievable => "A",
            Letter::Relevant => "R",
            Letter::TimeBound => "T",
        }
    }
}

/// What was found about one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub letter: Letter,
    /// Stable word for programs.
    pub code: &'static str,
    pub ok: bool,
    /// A sentence for the person.
    pub text: String,
}

/// One finding for each letter, in order.
///
/// `measured` are the days that the baseline rests on, `None` without figures; `narrowed` says
/// whether filters narrow the metric, `has_objective` whether the goal serves one.
pub fn checks(
    plan: &Plan,
    measured: Option<Window>,
    narrowed: bool,
    has_objective: bool,
    today: Date,
    locale: Locale,
) -> Vec<Check> {
    let days = measured.map_or(0, Window::days);
    let value = measured.map_or(0.0, |_| plan.baseline.value);
    let check = |letter: Letter, (code, ok): (&'static str, bool)| Check {
        letter,
        code,
        ok,
        text: text(code, plan, days, locale),
    };
    vec![
        check(
            Letter::Specific,
            if narrowed { ("segmented", true) } else { ("unsegmented", false) },
        ),
        check(Letter::Measurable, measurable(days, value)),
        check(Letter::Achievable, achievable(plan, value)),
        check(
            Letter::Relevant,
            if has_objective { ("objective", true) } else { ("no_objective", false) },
        ),
        check(Letter::TimeBound, time_bound(plan, today)),
    ]
}

fn measurable(days: i64, value: f64) -> (&'static str, bool) {
    match days {
        0 => ("no_data", false),
        _ if value == 0.0 => ("nothing_measured", false),
        days if days < FEW_DAYS => ("few_days", false),
        _ => ("measured", true),
    }
}

fn achievable(plan: &Plan, value: f64) -> (&'static str, bool) {
    if value <= 0.0 {
        return ("no_history", false);
    }
    let ratio = plan.target_value / value;
    match plan.kind {
        Kind::Total if ratio <= 1.0 => ("below_pace", false),
        _ if !(1.0 / FAR..=FAR).contains(&ratio) => ("far_from_history", false),
        _ => ("compared", true),
    }
}

fn time_bound(plan: &Plan, today: Date) -> (&'static str, bool) {
    match plan.days() {
        _ if plan.deadline < today => ("over", false),
        days if days < SHORT_DAYS => ("short", false),
        days if days > LONG_DAYS => ("long", false),
        _ => ("time_bound", true),
    }
}

fn text(code: &str, plan: &Plan, days: i64, locale: Locale) -> String {
    let change = plan.change_percent().unwrap_or_default();
    let percent = number_text(change.abs(), 1, locale);
    let days = number_text(days as f64, 0, locale);
    let length = number_text(days_between(plan.start, plan.deadline) as f64, 0, locale);
    let more = change >= 0.0;
    match locale {
        Locale::En => english(code, &percent, more, &days, &length),
        Locale::Fi => finnish(code, &percent, more, &days, &length),
        Locale::Fa => persian(code, &percent, more, &days, &length),
    }
}

fn english(code: &str, percent: &str, more: bool, days: &str, length: &str) -> String {
    let direction = if more { "more" } else { "less" };
    match code {
        "segmented" => "It names whose figures count.".to_owned(),
        "unsegmented" => {
            "It counts everyone. Narrow it to a channel, a page or a country that you can work on."
                .to_owned()
        }
        "measured" => format!("The figures of {days} days before it are the baseline."),
        "few_days" => {
            format!("Only {days} days of figures: the baseline is a guess until there are more.")
        }
        "nothing_measured" => {
            "Nothing of this kind was counted yet. Check the filters and the tracking.".to_owned()
        }
        "no_data" => "No events arrive from this site yet.".to_owned(),
        "compared" => format!("The target is {percent} % {direction} than before."),
        "far_from_history" => format!(
            "The target is {percent} % {direction} than before: nothing in the past is like it."
        ),
        "below_pace" => {
            "At the pace before it, the target comes by itself. Set a higher one.".to_owned()
        }
        "no_history" => "There is nothing to compare the target with yet.".to_owned(),
        "objective" => "It serves an objective of the business.".to_owned(),
        "no_objective" => {
            "Link it to an objective, so that everyone knows what it is for.".to_owned()
        }
        "over" => "The deadline has passed.".to_owned(),
        "short" => format!("{length} days leave little time to steer."),
        "long" => {
            format!("{length} days are long: set a nearer deadline, so that work begins now.")
        }
        _ => format!("It ends after {length} days."),
    }
}

fn finnish(code: &str, percent: &str, more: bool, days: &str, length: &str) -> String {
    let direction = if more { "enemmän" } else { "vähemmän" };
    match code {
        "segmented" => "Tavoite kertoo, kenen luvut lasketaan.".to_owned(),
        "unsegmented" => {
            "Tavoite laskee kaikki. Rajaa se kanavaan, sivuun tai maahan, johon voitte vaikuttaa."
                .to_owned()
        }
        "measured" => format!("Lähtötaso on laskettu {days} edeltävän päivän luvuista."),
        "few_days" => format!(
            "Lukuja on vasta {days} päivältä: lähtötaso on arvaus, kunnes niitä on enemmän."
        ),
        "nothing_measured" => {
            "Tällaista ei ole vielä laskettu. Tarkista rajaukset ja seuranta.".to_owned()
        }
        "no_data" => "Sivustolta ei vielä saavu tapahtumia.".to_owned(),
        "compared" => format!("Tavoite on {percent} % {direction} kuin aiemmin."),
        "far_from_history" => {
            format!(
                "Tavoite on {percent} % {direction} kuin aiemmin: mikään menneessä ei ole sen kaltaista."
            )
        }
        "below_pace" => {
            "Entisellä vauhdilla tavoite täyttyy itsestään. Aseta korkeampi.".to_owned()
        }
        "no_history" => "Tavoitteelle ei ole vielä vertailukohtaa.".to_owned(),
        "objective" => "Se palvelee liiketoiminnan päämäärää.".to_owned(),
        "no_objective" => {
            "Liitä se päämäärään, jotta kaikki tietävät, miksi se on asetettu.".to_owned()
        }
        "over" => "Määräaika on ohi.".to_owned(),
        "short" => format!("{length} päivässä ei juuri ehdi ohjata."),
        "long" => {
            format!("{length} päivää on pitkä aika: aseta lähempi määräaika, jotta työ alkaa nyt.")
        }
        _ => format!("Se päättyy {length} päivän kuluttua alusta."),
    }
}

fn persian(code: &str, percent: &str, more: bool, days: &str, length: &str) -> String {
    let direction = if more { "بیشتر" } else { "کمتر" };
    match code {
        "segmented" => "هدف مشخص می‌کند که ارقام چه کسانی شمرده می‌شود.".to_owned(),
        "unsegmented" => {
            "همه را می‌شمارد. آن را به یک کانال، صفحه یا کشور محدود کنید که بتوانید روی آن کار کنید."
                .to_owned()
        }
        "measured" => format!("مبنا از ارقام {days} روز پیش از آن حساب شده است."),
        "few_days" => format!("فقط {days} روز داده هست: تا بیشتر شدن آن، مبنا حدس است."),
        "nothing_measured" => {
            "هنوز چیزی از این نوع شمرده نشده است. فیلترها و ردیابی را بررسی کنید.".to_owned()
        }
        "no_data" => "هنوز رویدادی از این سایت نمی‌رسد.".to_owned(),
        "compared" => format!("هدف {percent}٪ {direction} از گذشته است."),
        "far_from_history" => {
            format!("هدف {percent}٪ {direction} از گذشته است: در گذشته مانندی ندارد.")
        }
        "below_pace" => "با روند پیشین، هدف خودبه‌خود به دست می‌آید. هدف بالاتری بگذارید.".to_owned(),
        "no_history" => "هنوز چیزی برای سنجیدن هدف نیست.".to_owned(),
        "objective" => "در خدمت یکی از مقاصد کسب‌وکار است.".to_owned(),
        "no_objective" => "آن را به یک مقصود پیوند دهید تا همه بدانند برای چیست.".to_owned(),
        "over" => "مهلت گذشته است.".to_owned(),
        "short" => format!("{length} روز برای هدایت کار کم است."),
        "long" => format!("{length} روز زیاد است: مهلت نزدیک‌تری بگذارید تا کار از اکنون آغاز شود."),
        _ => format!("پس از {length} روز پایان می‌یابد."),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::{Baseline, Target, TargetKind, Weights};

    fn codes(kind: Kind, from: f64, to: f64, days: i64) -> Vec<&'static str> {
        let window = Window { from: date(2026, 3, 1), to: date(2026, 3, 28) };
        let baseline = Baseline { value: from, from: window.from, to: window.to };
        let target = Target { kind: TargetKind::Absolute, input: to };
        let deadline = date(2026, 4, 1).saturating_add(jiff::Span::new().days(days - 1));
        let plan = Plan::new(kind, baseline, target, date(2026, 4, 1), deadline, Weights::EVEN)
            .expect("a plan");
        checks(&plan, Some(window), true, true, date(2026, 4, 1), Locale::En)
            .iter()
            .map(|check| check.code)
            .collect()
    }

    #[test]
    fn a_sound_goal_passes_every_letter() {
        assert_eq!(
            codes(Kind::Total, 100.0, 120.0, 91),
            ["segmented", "measured", "compared", "objective", "time_bound"]
        );
    }

    #[test]
    fn the_past_says_what_is_too_little_and_what_has_no_example() {
        assert_eq!(codes(Kind::Total, 100.0, 100.0, 91)[2], "below_pace");
        assert_eq!(codes(Kind::Total, 100.0, 200.0, 91)[2], "compared");
        assert_eq!(codes(Kind::Total, 100.0, 201.0, 91)[2], "far_from_history");
        assert_eq!(codes(Kind::Level, 40.0, 30.0, 91)[2], "compared");
        assert_eq!(codes(Kind::Level, 40.0, 19.0, 91)[2], "far_from_history");
        assert_eq!(codes(Kind::Total, 0.0, 10.0, 91)[1..3], ["nothing_measured", "no_history"]);
    }

    #[test]
    fn a_deadline_is_neither_near_nor_far_nor_past() {
        assert_eq!(codes(Kind::Total, 100.0, 120.0, 13)[4], "short");
        assert_eq!(codes(Kind::Total, 100.0, 120.0, 14)[4], "time_bound");
        assert_eq!(codes(Kind::Total, 100.0, 120.0, 367)[4], "long");
    }

    #[test]
    fn every_finding_has_a_sentence_in_each_language() {
        let codes = [
            "segmented",
            "unsegmented",
            "measured",
            "few_days",
            "nothing_measured",
            "no_data",
            "compared",
            "far_from_history",
            "below_pace",
            "no_history",
            "objective",
            "no_objective",
            "over",
            "short",
            "long",
            "time_bound",
        ];
        for language in [english, finnish, persian] {
            let mut texts: Vec<String> =
                codes.iter().map(|code| language(code, "15", true, "28", "91")).collect();
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len(), codes.len());
        }
    }
}
