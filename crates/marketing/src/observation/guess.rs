//! What the columns of a table probably mean, from their names and their first lines: a proposal to confirm.

use super::{DateFormat, Decimal};

/// Which columns mean what, probably.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guess {
    pub day: Option<String>,
    pub value: Option<String>,
    pub series: Option<String>,
    pub weight: Option<String>,
    /// Columns of words: what a reading is of.
    pub dimensions: Vec<String>,
    pub date_format: Option<DateFormat>,
    pub decimal: Option<Decimal>,
}

/// Names of columns in English, Finnish and Persian, as exports write them.
const VALUES: [&str; 12] = [
    "value",
    "arvo",
    "followers",
    "seuraajat",
    "count",
    "position",
    "sija",
    "cost",
    "kustannus",
    "مقدار",
    "عدد",
    "دنبال",
];
const WEIGHTS: [&str; 6] = ["weight", "paino", "responses", "vastaukset", "وزن", "تعداد"];
const SERIES: [&str; 6] = ["series", "sarja", "metric", "mittari", "سری", "سنجه"];

const FORMATS: [DateFormat; 4] =
    [DateFormat::Iso, DateFormat::DayMonthYear, DateFormat::MonthDayYear, DateFormat::Jalali];

/// Years that are told in the solar calendar of Iran when days are written from the year on.
const JALALI_YEARS: std::ops::RangeInclusive<i16> = 1178..=1633;

/// Proposes what columns mean. `rows` are the first lines of the table.
pub fn guess(names: &[String], rows: &[Vec<String>]) -> Guess {
    let cells = |column: usize| {
        rows.iter().filter_map(move |row| {
            row.get(column).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
        })
    };
    // One bad line hides no column: what most lines are is meant.
    let most = |column: usize, readable: usize| {
        let filled = cells(column).count();
        readable > 0 && readable * 2 > filled
    };
    let format_of = |column: usize| {
        let fits = |format: &DateFormat| {
            let is_day = |cell: &&str| {
                // 1405-01-01 is a day of the Gregorian calendar too, but hardly meant.
                format.day(cell).is_some_and(|day| {
                    *format != DateFormat::Iso || !JALALI_YEARS.contains(&day.year())
                })
            };
            cells(column).filter(is_day).count()
        };
        // The first of those that read the most lines.
        let best = FORMATS.into_iter().rev().max_by_key(fits)?;
        most(column, fits(&best)).then_some(best)
    };
    let decimal_of = |column: usize| {
        let fits =
            |decimal: &Decimal| cells(column).filter(|cell| decimal.number(cell).is_some()).count();
        let best = [Decimal::Comma, Decimal::Point].into_iter().max_by_key(fits)?;
        most(column, fits(&best)).then_some(best)
    };
    let called = |column: usize, words: &[&str]| {
        let name = names[column].to_lowercase();
        words.iter().any(|word| name.contains(word))
    };
    let columns = || 0..names.len();
    let mut guess = Guess::default();
    let day = columns().find_map(|column| Some((column, format_of(column)?)));
    if let Some((column, format)) = day {
        guess.day = Some(names[column].clone());
        guess.date_format = Some(format);
    }
    let is_day = |column: usize| day.is_some_and(|(day, _)| day == column);
    let numbers: Vec<usize> =
        columns().filter(|column| !is_day(*column) && decimal_of(*column).is_some()).collect();
    let weight = numbers.iter().copied().find(|column| called(*column, &WEIGHTS));
    let mut others = numbers.iter().copied().filter(|column| Some(*column) != weight);
    let value = others.clone().find(|column| called(*column, &VALUES)).or_else(|| others.next());
    // A lone column of numbers is the value, whatever it is called.
    let (value, weight) = if value.is_some() { (value, weight) } else { (weight, None) };
    guess.value = value.map(|column| names[column].clone());
    guess.weight = weight.map(|column| names[column].clone());
    guess.decimal =
        [value, weight].into_iter().flatten().filter_map(decimal_of).max_by_key(|one| {
            // One column with a decimal comma says it for all.
            *one == Decimal::Comma
        });
    for column in columns().filter(|column| !is_day(*column) && !numbers.contains(column)) {
        if guess.series.is_none() && called(column, &SERIES) {
            guess.series = Some(names[column].clone());
        } else if !names[column].is_empty() && cells(column).next().is_some() {
            guess.dimensions.push(names[column].clone());
        }
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Guess {
        let mut lines =
            text.lines().map(|line| line.split(';').map(str::to_owned).collect::<Vec<_>>());
        let names = lines.next().expect("names");
        guess(&names, &lines.collect::<Vec<_>>())
    }

    #[test]
    fn a_finnish_table_of_positions_is_understood() {
        let found =
            table("Päivä;Hakusana;Sija;Vastaukset\n1.3.2026;kengät;12,5;3\n2.3.2026;hatut;4;1");
        assert_eq!(
            found,
            Guess {
                day: Some("Päivä".to_owned()),
                value: Some("Sija".to_owned()),
                series: None,
                weight: Some("Vastaukset".to_owned()),
                dimensions: vec!["Hakusana".to_owned()],
                date_format: Some(DateFormat::DayMonthYear),
                decimal: Some(Decimal::Comma),
            }
        );
    }

    #[test]
    fn persian_days_and_digits_are_understood() {
        let found = table("تاریخ;شبکه;دنبال‌کننده\n۱۴۰۵/۰۱/۰۱;اینستاگرام;۱۲۵۰٫۵");
        assert_eq!(found.date_format, Some(DateFormat::Jalali));
        assert_eq!(
            (found.day.as_deref(), found.value.as_deref()),
            (Some("تاریخ"), Some("دنبال‌کننده"))
        );
        assert_eq!(found.dimensions, ["شبکه"]);
        assert_eq!(table("a;b\n1405-01-01;2").date_format, Some(DateFormat::Jalali));
    }

    #[test]
    fn a_lone_number_is_the_value_and_nothing_is_guessed_of_nothing() {
        assert_eq!(table("Day;Responses\n2026-03-01;12").value.as_deref(), Some("Responses"));
        assert_eq!(table("a;b"), Guess::default());
        // One bad line hides nothing.
        let found = table("Päivä;Arvo\n1.3.2026;1,5\n31.2.2026;monta\n2.3.2026;2");
        assert_eq!((found.day.as_deref(), found.decimal), (Some("Päivä"), Some(Decimal::Comma)));
        // March 4 or April 3: the day comes first unless it cannot.
        assert_eq!(table("d\n3/4/2026").date_format, Some(DateFormat::DayMonthYear));
        assert_eq!(table("d\n3/14/2026").date_format, Some(DateFormat::MonthDayYear));
    }
}
