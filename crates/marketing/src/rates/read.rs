//! Files of exchange rates: the European Central Bank's as CSV or XML, and plain CSV.

use std::sync::LazyLock;

use hashbrown::HashMap;
use jiff::civil::{Date, date};
use regex::Regex;

use super::DayRate;
use crate::currency::Currency;
use crate::import::{cells, decode};

/// Most rates of a file: two hundred currencies over thirty years.
const MOST_RATES: usize = 2_200_000;

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RatesFile {
    /// In the file's order.
    pub rates: Vec<DayRate>,
    /// Codes of currencies that are not in use any more, sorted.
    pub skipped: Vec<String>,
}

/// Why a file of rates is refused. Nothing of it is used then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RatesFileError {
    #[error(
        "there are no rates in it: the European Central Bank's eurofxref as CSV or XML is taken, and CSV \
         with the columns `date`, `currency` and `rate`, of which one euro, or one unit of the column \
         `base`, is so many"
    )]
    NoRates,
    #[error("line {line}: `{text}` is no day such as 2026-03-21")]
    Day { line: usize, text: String },
    #[error("line {line}: `{text}` is no rate: a number above 0 with a decimal point is")]
    Rate { line: usize, text: String },
    #[error("line {line} has no {what}")]
    Missing { line: usize, what: &'static str },
    #[error("there are more than {MOST_RATES} rates in it")]
    TooMany,
}

/// Reads a file of rates, whichever of the known ones it is.
///
/// # Errors
/// Names the line that is not right.
pub fn read(bytes: &[u8]) -> Result<RatesFile, RatesFileError> {
    let text = decode(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut reader = Reader::default();
    if text.starts_with('<') {
        reader.xml(text)?;
    } else {
        reader.csv(text)?;
    }
    let RatesFile { rates, skipped } = &mut reader.file;
    skipped.sort_unstable();
    skipped.dedup();
    match rates.len() {
        0 => Err(RatesFileError::NoRates),
        count if count > MOST_RATES => Err(RatesFileError::TooMany),
        _ => Ok(reader.file),
    }
}

#[derive(Default)]
struct Reader {
    file: RatesFile,
    codes: HashMap<String, Option<Currency>>,
}

impl Reader {
    /// `None` for a currency that is not in use any more.
    fn currency(&mut self, code: &str) -> Option<Currency> {
        if let Some(known) = self.codes.get(code) {
            return *known;
        }
        let found = code.parse().ok();
        if found.is_none() {
            self.file.skipped.push(code.to_owned());
        }
        self.codes.insert(code.to_owned(), found);
        found
    }

    fn add(
        &mut self,
        line: usize,
        day: Date,
        (base, code): (&str, &str),
        rate: &str,
    ) -> Result<(), RatesFileError> {
        if self.file.rates.len() > MOST_RATES {
            return Err(RatesFileError::TooMany);
        }
        let wrong = || RatesFileError::Rate { line, text: rate.to_owned() };
        let number: f64 = rate.parse().map_err(|_| wrong())?;
        if !number.is_finite() || number <= 0.0 {
            return Err(wrong());
        }
        if let (Some(base), Some(currency)) = (self.currency(base), self.currency(code))
            && base != currency
        {
            self.file.rates.push(DayRate { day, base, currency, rate: number });
        }
        Ok(())
    }

    /// `<Cube time='2026-01-02'>` holds `<Cube currency='USD' rate='1.1721'/>`.
    fn xml(&mut self, text: &str) -> Result<(), RatesFileError> {
        static TAGS: LazyLock<[Regex; 2]> = LazyLock::new(|| {
            [r"<Cube\b([^<>]*)>", r#"(time|currency|rate)\s*=\s*['"]([^'"]*)['"]"#]
                .map(|text| Regex::new(text).expect("the expression is constant and tested"))
        });
        let [cube, attribute] = &*TAGS;
        let mut day = None;
        let (mut line, mut at) = (1, 0);
        for found in cube.captures_iter(text) {
            let whole = found.get(0).map_or(0, |tag| tag.start());
            line += text[at..whole].matches('\n').count();
            at = whole;
            let inner = found.get(1).map_or("", |inner| inner.as_str());
            let attributes: HashMap<&str, &str> = attribute
                .captures_iter(inner)
                .filter_map(|pair| Some((pair.get(1)?.as_str(), pair.get(2)?.as_str().trim())))
                .collect();
            if let Some(time) = attributes.get("time") {
                day = Some(self::day(line, time)?);
            }
            if let (Some(code), Some(rate)) = (attributes.get("currency"), attributes.get("rate")) {
                let day = day.ok_or(RatesFileError::Missing { line, what: "day" })?;
                self.add(line, day, ("EUR", code), rate)?;
            }
        }
        Ok(())
    }

    fn csv(&mut self, text: &str) -> Result<(), RatesFileError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let names: Vec<String> = lines
            .next()
            .map(|(_, head)| split(head).into_iter().map(|name| name.to_lowercase()).collect())
            .unwrap_or_default();
        let column = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        let Some(of_day) = column(&["date", "day", "time_period"]) else {
            return Err(RatesFileError::NoRates);
        };
        let of_currency = column(&["currency", "code"]);
        let of_rate = column(&["rate", "value", "obs_value"]);
        let of_base = column(&["base", "currency_denom"]);
        for (index, text) in lines {
            let line = index + 1;
            let cells = split(text);
            let cell = |at: usize| cells.get(at).map_or("", String::as_str);
            let day = self::day(line, cell(of_day))?;
            if let (Some(of_currency), Some(of_rate)) = (of_currency, of_rate) {
                let base = of_base.map(cell).filter(|base| !base.is_empty()).unwrap_or("EUR");
                if cell(of_currency).is_empty() {
                    return Err(RatesFileError::Missing { line, what: "currency" });
                }
                self.add(line, day, (base, cell(of_currency)), cell(of_rate))?;
                continue;
            }
            // A column for each currency; a day on which one was not made has `N/A` there.
            for (at, code) in names.iter().enumerate().filter(|(at, _)| *at != of_day) {
                if code.len() == 3 && !matches!(cell(at), "" | "N/A" | "-") {
                    self.add(line, day, ("EUR", &code.to_uppercase()), cell(at))?;
                }
            }
        }
        Ok(())
    }
}

/// Cells of a line that is divided by commas, or by semicolons where there is no comma.
fn split(line: &str) -> Vec<String> {
    let line = if line.contains(',') { line.to_owned() } else { line.replace(';', ",") };
    cells(&line).into_iter().map(|cell| cell.trim().to_owned()).collect()
}

/// `2026-03-21`, or `21 March 2026` as the bank's file of the day has it.
fn day(line: usize, text: &str) -> Result<Date, RatesFileError> {
    let day = text.parse().or_else(|_| Date::strptime("%d %B %Y", text));
    let wrong = || RatesFileError::Day { line, text: text.to_owned() };
    day.ok().filter(|day| *day >= date(1970, 1, 1)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(text: &str) -> Result<Vec<String>, RatesFileError> {
        let line =
            |rate: &DayRate| format!("{} {} {} {}", rate.day, rate.base, rate.currency, rate.rate);
        read(text.as_bytes()).map(|file| file.rates.iter().map(line).collect())
    }

    #[test]
    fn the_banks_files_are_read_as_it_writes_them() {
        let history = "Date,USD,JPY,CYP,LTL,\n2026-01-05,1.1664,182.9,N/A,N/A,\n2026-01-02,1.1721,183.77,N/A,3.4528,\n";
        assert_eq!(
            rates(history).expect("rates"),
            [
                "2026-01-05 EUR USD 1.1664",
                "2026-01-05 EUR JPY 182.9",
                "2026-01-02 EUR USD 1.1721",
                "2026-01-02 EUR JPY 183.77",
            ]
        );
        assert_eq!(read(history.as_bytes()).expect("rates").skipped, ["LTL"]);
        let of_today = "Date, USD, JPY, \n02 January 2026, 1.1721, 183.77, \n";
        assert_eq!(rates(of_today).expect("rates").len(), 2);
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"><gesmes:subject>Reference rates</gesmes:subject>
            <Cube><Cube time="2026-01-05"><Cube currency="USD" rate="1.1664"/></Cube>
            <Cube time='2026-01-02'><Cube currency='USD' rate='1.1721'/><Cube currency='SEK' rate='10.8355'/></Cube></Cube></gesmes:Envelope>"#;
        assert_eq!(
            rates(xml).expect("rates"),
            [
                "2026-01-05 EUR USD 1.1664",
                "2026-01-02 EUR USD 1.1721",
                "2026-01-02 EUR SEK 10.8355"
            ]
        );
        let portal = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,TIME_PERIOD,OBS_VALUE\nEXR.D.SEK.EUR,D,SEK,EUR,2026-01-02,10.8355\n";
        assert_eq!(rates(portal).expect("rates"), ["2026-01-02 EUR SEK 10.8355"]);
    }

    #[test]
    fn plain_tables_may_have_another_base() {
        let plain = "date;base;currency;rate\n2026-01-02;usd;irr;42000\n2026-01-02;;SEK;10.8355\n";
        assert_eq!(
            rates(plain).expect("rates"),
            ["2026-01-02 USD IRR 42000", "2026-01-02 EUR SEK 10.8355"]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let line = |text: &str| rates(text).expect_err("refused").to_string();
        assert_eq!(
            line("date,currency,rate\n02.01.2026,SEK,10.8\n"),
            "line 2: `02.01.2026` is no day such as 2026-03-21"
        );
        assert_eq!(
            line("date,currency,rate\n2026-01-02,SEK,10.8\n2026-01-03,SEK,0\n"),
            "line 3: `0` is no rate: a number above 0 with a decimal point is"
        );
        assert_eq!(line("date,currency,rate\n2026-01-02,,1\n"), "line 2 has no currency");
        assert_eq!(
            line("<Cube>\n<Cube time='2026-01-02'>\n<Cube currency='SEK' rate='NaN'/>"),
            "line 3: `NaN` is no rate: a number above 0 with a decimal point is"
        );
        for nothing in ["", "hello", "<html></html>", "date,currency,rate\n", "\u{0}\u{1}"] {
            assert_eq!(rates(nothing), Err(RatesFileError::NoRates), "{nothing}");
        }
    }
}
