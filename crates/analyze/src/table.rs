//! Plain text tables and the way numbers are written in them.

use std::fmt;

/// Rows of text under a header; columns whose cells read as numbers are aligned to the right, columns
/// without any text in them are left out.
#[derive(Debug)]
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these column names.
    pub(crate) fn new<const N: usize>(header: [&str; N]) -> Self {
        Self { header: header.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells: Vec<String> = cells.into_iter().collect();
        cells.resize(self.header.len(), String::new());
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.header.len();
        let width = |column: usize| {
            std::iter::once(&self.header)
                .chain(&self.rows)
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let numeric = |column: usize| {
            let mut cells =
                self.rows.iter().map(|row| &row[column]).filter(|cell| !cell.is_empty());
            cells.clone().next().is_some() && cells.all(|cell| reads_as_number(cell))
        };
        let empty = |column: usize| {
            !self.rows.is_empty() && self.rows.iter().all(|row| row[column].is_empty())
        };
        let layout: Vec<Option<(usize, bool)>> =
            (0..columns).map(|c| (!empty(c)).then(|| (width(c), numeric(c)))).collect();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let cells: Vec<String> = row
                .iter()
                .zip(&layout)
                .filter_map(|(cell, layout)| layout.map(|(width, right)| (cell, width, right)))
                .map(
                    |(cell, width, right)| {
                        if right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
                    },
                )
                .collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

fn reads_as_number(cell: &str) -> bool {
    cell.chars().next().is_some_and(|first| first.is_ascii_digit() || "+-−∞–".contains(first))
}

/// A number with four significant digits, thousands grouped: `1,234`, `0.04310`, `–` when unknown.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".to_owned() } else { "−∞".to_owned() };
    }
    let size = value.abs();
    let decimals = if value.fract().abs() < f64::MIN_POSITIVE && size < 1e15 || size >= 1000.0 {
        0
    } else if size >= 100.0 {
        1
    } else if size >= 10.0 {
        2
    } else if size >= 1.0 {
        3
    } else {
        (3 - size.log10().floor() as i32).clamp(0, 9) as usize
    };
    grouped(&format!("{value:.decimals$}"))
}

/// A share as a percentage with its sign: `+8.00 %`.
pub(crate) fn signed_percent(share: f64) -> String {
    if share.is_finite() {
        format!("{:+.2} %", 100.0 * share).replace('-', "−")
    } else {
        number(share)
    }
}

/// A share as a percentage: `12.50 %`.
pub(crate) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{:.2} %", 100.0 * share).replace('-', "−")
    } else {
        number(share)
    }
}

/// A p-value: four decimals, `<0.0001` below them.
pub(crate) fn p_value(p: f64) -> String {
    if p.is_nan() {
        "–".to_owned()
    } else if p < 0.0001 {
        "<0.0001".to_owned()
    } else {
        format!("{p:.4}")
    }
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("−", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, ""), |(w, f)| (w, f));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits_and_group_thousands() {
        assert_eq!(number(1_234_567.8), "1,234,568");
        assert_eq!(number(0.043_1), "0.04310");
        assert_eq!(number(-12.345), "−12.35");
        assert_eq!(number(40.0), "40");
        assert_eq!(number(f64::NAN), "–");
        assert_eq!(signed_percent(0.08), "+8.00 %");
        assert_eq!(p_value(1e-9), "<0.0001");
    }

    #[test]
    fn columns_of_numbers_stand_to_the_right() {
        let mut table = Table::new(["arm", "n"]);
        table.row(["A".to_owned(), "10".to_owned()]);
        table.row(["control".to_owned(), "9,000".to_owned()]);
        assert_eq!(table.to_string(), "arm          n\nA           10\ncontrol  9,000\n");
    }
}
