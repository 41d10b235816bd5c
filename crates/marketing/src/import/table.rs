//! Small tables of comma-separated values with a head.

use hashbrown::HashMap;

/// The cells of a line; quotes hold commas and doubled quotes.
pub(crate) fn cells(line: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            letter => cell.push(letter),
        }
    }
    cells.push(cell);
    cells
}

/// A row by the names of its columns.
pub(super) struct Named<'a> {
    columns: &'a HashMap<String, usize>,
    cells: Vec<String>,
}

impl Named<'_> {
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let cell = self.cells.get(*self.columns.get(column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    pub(super) fn number(&self, column: &str) -> Option<f64> {
        self.text(column)?.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// Columns by name, in lower case.
pub(super) fn head(line: &str) -> HashMap<String, usize> {
    let names = cells(line.trim_start_matches('\u{feff}')).into_iter().enumerate();
    names.map(|(at, name)| (name.trim().to_lowercase(), at)).collect()
}

pub(super) fn named<'a>(columns: &'a HashMap<String, usize>, line: &str) -> Named<'a> {
    Named { columns, cells: cells(line) }
}
