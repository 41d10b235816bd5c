//! Batches turned into rows of numbers: each distinct text is looked at once, not once a row.

use std::hash::{BuildHasherDefault, DefaultHasher};

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use datafusion::error::{DataFusionError, Result};

use super::money::Money;
use super::program::{EventKey, Program, VisitTest};
use super::rows::{
    CUSTOM, ENGAGEMENT, EVENT, IN_RANGE, INTERACTIVE, Keys, NO_REVENUE, PAGEVIEW, Rows, VisitValues,
};
use crate::{schema, summary};

use self::columns::{integers, small_integers, times};
pub(crate) use self::columns::{named, persons};
use self::dictionaries::{dictionary, is_same};
pub(crate) use self::interner::Interner;

mod columns;
mod dictionaries;
mod interner;

/// A number not looked up yet.
const UNKNOWN: u32 = u32::MAX;

/// A text column and what the program makes of its current dictionary.
#[derive(Debug, Default)]
struct Text {
    column: &'static str,
    interner: Interner,
    dictionary: Option<StringArray>,
    /// By dictionary index.
    numbers: Vec<u32>,
    event_bits: Outcomes,
    visit_bits: Outcomes,
}

/// Outcomes of tests, as bits, by dictionary index.
#[derive(Debug, Default)]
struct Outcomes {
    of: Vec<u64>,
    /// For no value.
    absent: u64,
    any: bool,
}

impl Outcomes {
    #[inline]
    fn at(&self, index: Option<usize>) -> u64 {
        index.map_or(self.absent, |index| self.of[index])
    }

    /// Tries `tests`, given with their bits, on all values of a dictionary.
    fn fill<'a>(
        &mut self,
        dictionary: &StringArray,
        tests: impl Iterator<Item = (u64, &'a dyn Fn(Option<&str>) -> bool)>,
    ) {
        self.of.clear();
        self.of.resize(dictionary.len(), 0);
        self.absent = 0;
        self.any = false;
        for (bit, test) in tests {
            self.any = true;
            for (outcome, value) in self.of.iter_mut().zip(dictionary.iter()) {
                if test(value) {
                    *outcome |= bit;
                }
            }
            if test(None) {
                self.absent |= bit;
            }
        }
    }
}

/// Turns batches into rows.
#[derive(Debug)]
pub(crate) struct Reader {
    texts: Vec<Text>,
    /// By index into the dictionary of names.
    kinds: Vec<u8>,
    /// Outcomes of goal tests by name and by path.
    goals_by_name: Vec<u64>,
    goals_by_page: Vec<u64>,
    /// Sets of goals by name and by path, and the sets.
    goal_sets_by_name: Vec<u32>,
    goal_sets_by_page: Vec<u32>,
    goal_sets: Vec<Vec<u32>>,
    prop_bits: Outcomes,
    /// By event key (empty for those that are no property), then by dictionary index.
    prop_numbers: Vec<Vec<u32>>,
    prop_interners: Vec<Interner>,
    order_hashes: Vec<u64>,
    money: Money,
    /// The same in every partition.
    hasher: BuildHasherDefault<DefaultHasher>,
    /// By index into the dictionary of names: whether it is a refund's, and a hash.
    refunds: Vec<bool>,
    name_hashes: Vec<u64>,
    /// Outcomes of tests of entry and exit pages by page number.
    entry_bits: Vec<u64>,
    exit_bits: Vec<u64>,
    /// Where visit keys and visit tests look.
    visit_key_texts: Vec<usize>,
    visit_test_texts: Vec<usize>,
    current: Vec<Keys>,
    /// Entry and exit pages of summaries.
    summary_pages: [SummaryPages; 2],
}

/// A column of pages of a summary, numbered like paths.
#[derive(Debug, Default)]
struct SummaryPages {
    dictionary: Option<StringArray>,
    numbers: Vec<u32>,
    current: Option<Keys>,
}

impl SummaryPages {
    #[inline]
    fn at(&self, row: usize) -> u32 {
        let keys = self.current.as_ref();
        keys.and_then(|keys| keys.at(row)).map_or(0, |key| self.numbers[key])
    }
}

impl Reader {
    pub(crate) fn new(program: &Program) -> Self {
        let columns = program.text_columns();
        let find =
            |column: &str| columns.iter().position(|known| *known == column).unwrap_or_default();
        let visit_key_texts = program.visit_keys.iter().map(|column| find(column)).collect();
        let mut visit_test_texts: Vec<usize> = program
            .visit_tests
            .iter()
            .filter_map(|test| match test {
                VisitTest::Text { column, .. } => Some(find(column)),
                VisitTest::CountryName(_) => Some(find(schema::COUNTRY)),
                _ => None,
            })
            .collect();
        visit_test_texts.sort_unstable();
        visit_test_texts.dedup();
        Self {
            texts: columns.into_iter().map(|column| Text { column, ..Text::default() }).collect(),
            kinds: Vec::new(),
            goals_by_name: Vec::new(),
            goals_by_page: Vec::new(),
            goal_sets_by_name: Vec::new(),
            goal_sets_by_page: Vec::new(),
            goal_sets: vec![Vec::new()],
            prop_bits: Outcomes::default(),
            prop_numbers: vec![Vec::new(); program.event_keys.len()],
            prop_interners: program.event_keys.iter().map(|_| Interner::default()).collect(),
            order_hashes: Vec::new(),
            money: Money::new(program),
            hasher: BuildHasherDefault::default(),
            refunds: Vec::new(),
            name_hashes: Vec::new(),
            entry_bits: Vec::new(),
            exit_bits: Vec::new(),
            visit_key_texts,
            visit_test_texts,
            current: Vec::new(),
            summary_pages: Default::default(),
        }
    }

    /// Bytes held, about.
    pub(crate) fn size(&self) -> usize {
        let interners = self.texts.iter().map(|text| &text.interner).chain(&self.prop_interners);
        interners.map(Interner::bytes).sum()
    }

    /// The text that a number of an event key stands for; not for goals.
    pub(crate) fn event_text(&self, program: &Program, key: usize, number: u32) -> Option<&str> {
        match &program.event_keys[key] {
            EventKey::Text(column) => self.text(column)?.interner.text(number),
            EventKey::Prop(_) => self.prop_interners[key].text(number),
            EventKey::Goal(_) => None,
        }
    }

    pub(crate) fn visit_text(&self, key: usize, number: u32) -> Option<&str> {
        self.texts[self.visit_key_texts[key]].interner.text(number)
    }

    pub(crate) fn page_text(&self, number: u32) -> Option<&str> {
        self.text(schema::PATHNAME)?.interner.text(number)
    }

    /// The place in `Rows::money` of a currency that is asked for.
    pub(crate) fn wanted_at(&self, code: &str) -> Option<usize> {
        self.money.at(code)
    }

    /// The interned code of a currency that is asked for, by its place in `Rows::money`.
    pub(crate) fn wanted_number(&self, at: usize) -> u32 {
        self.money.number(at)
    }

    pub(crate) fn currency_text(&self, number: u32) -> Option<&str> {
        self.text(schema::CURRENCY)?.interner.text(number)
    }

    pub(crate) fn goals(&self, set: u32) -> &[u32] {
        self.goal_sets.get(set as usize).map_or(&[], Vec::as_slice)
    }

    fn text(&self, column: &str) -> Option<&Text> {
        self.texts.iter().find(|text| text.column == column)
    }

    /// The site's rows of a batch.
    pub(crate) fn read(
        &mut self,
        batch: &RecordBatch,
        program: &Program,
        in_range: bool,
    ) -> Result<Rows> {
        self.take_dictionaries(batch, program, |_| true)?;
        let count = batch.num_rows();
        let mut rows = Rows {
            visitors: integers(batch, schema::VISITOR_ID)
                .filter(|_| program.needs.visitors)
                .unwrap_or_default(),
            persons: if program.needs.visitors { persons(batch) } else { Vec::new() },
            named: if program.needs.visitors { named(batch) } else { Vec::new() },
            visits: integers(batch, schema::SESSION_ID)
                .ok_or_else(|| missing(schema::SESSION_ID))?,
            times_us: times(batch).unwrap_or_default(),
            events: integers(batch, schema::EVENT_ID)
                .filter(|_| program.needs_events())
                .unwrap_or_default(),
            kinds: self.read_kinds(batch, program, in_range)?,
            ..Rows::default()
        };
        if !program.event_tests.is_empty() {
            rows.event_bits = self.read_event_bits(&rows.kinds);
        }
        for (at, key) in program.event_keys.iter().enumerate() {
            let numbers = self.read_event_key(at, key, &rows.kinds);
            rows.event_keys.push(numbers);
        }
        if program.needs.pages {
            rows.pages = self.numbers(schema::PATHNAME, count);
            self.test_pages(program);
        }
        if program.needs.revenue {
            self.read_revenue(batch, program, &mut rows);
        }
        if program.needs.engagement {
            rows.scroll_depths = small_integers(batch, schema::SCROLL_DEPTH);
            rows.engaged_ms = small_integers(batch, schema::ENGAGEMENT_MS);
        }
        Ok(rows)
    }

    /// Sets `values` to what is the same on all rows of the visit that `row` of the latest batch
    /// belongs to. They are set where they are: copying what was just written piece by piece is slow.
    #[inline]
    pub(crate) fn visit_values(&mut self, row: usize, values: &mut VisitValues) {
        values.bits = 0;
        for at in &self.visit_test_texts {
            values.bits |= self.texts[*at].visit_bits.at(self.current[*at].at(row));
        }
        for (key, at) in values.keys.iter_mut().zip(&self.visit_key_texts) {
            *key = self.texts[*at].number(self.current[*at].at(row));
        }
    }

    /// Outcomes of the tests of entry and exit pages.
    #[inline]
    pub(crate) fn page_bits(&self, entry: u32, exit: u32) -> u64 {
        let bits = |table: &[u64], page: u32| table.get(page as usize).copied().unwrap_or_default();
        bits(&self.entry_bits, entry) | bits(&self.exit_bits, exit)
    }

    /// Makes the next calls of `visit_values` and `summary_pages` be about this batch.
    pub(crate) fn read_summary(&mut self, batch: &RecordBatch, program: &Program) -> Result<()> {
        self.take_dictionaries(batch, program, summary::has_text)?;
        if !program.needs.pages {
            return Ok(());
        }
        let paths = self.index_of(schema::PATHNAME);
        let interner = &mut self.texts[paths].interner;
        let columns = [schema::ENTRY_PAGE, summary::EXIT_PAGE];
        for (pages, column) in self.summary_pages.iter_mut().zip(columns) {
            let (keys, values) = dictionary(batch, column)?;
            pages.current = Some(keys);
            if !is_same(pages.dictionary.as_ref(), values) {
                let values = values.as_string_opt::<i32>().ok_or_else(|| missing(column))?;
                pages.numbers = values
                    .iter()
                    .map(|path| path.map_or(0, |path| interner.number(path)))
                    .collect();
                pages.dictionary = Some(values.clone());
            }
        }
        self.test_pages(program);
        Ok(())
    }

    /// Numbers of the entry and the exit page of the visit in `row` of the latest summary.
    #[inline]
    pub(crate) fn summary_pages(&self, row: usize) -> (u32, u32) {
        (self.summary_pages[0].at(row), self.summary_pages[1].at(row))
    }

    fn index_of(&self, column: &str) -> usize {
        self.texts.iter().position(|text| text.column == column).unwrap_or_default()
    }

    fn read_kinds(
        &self,
        batch: &RecordBatch,
        program: &Program,
        in_range: bool,
    ) -> Result<Vec<u8>> {
        let names = &self.current[self.index_of(schema::NAME)];
        let base = if in_range { IN_RANGE } else { 0 };
        let mut kinds: Vec<u8> =
            names.keys.iter().map(|key| self.kinds[*key as usize] | base).collect();
        if !in_range {
            let times = times(batch).ok_or_else(|| missing(schema::TS))?;
            for (kind, at_us) in kinds.iter_mut().zip(times.iter()) {
                *kind |= u8::from(program.range.contains(*at_us)) * IN_RANGE;
            }
        }
        if program.needs.interactions {
            let interactive: &BooleanArray = batch
                .column_by_name(schema::INTERACTIVE)
                .and_then(|column| column.as_boolean_opt())
                .ok_or_else(|| missing(schema::INTERACTIVE))?;
            for (kind, interactive) in kinds.iter_mut().zip(interactive.values().iter()) {
                let counts = interactive && *kind & EVENT != 0;
                *kind |= u8::from(counts) * INTERACTIVE;
            }
        }
        if let Some(bots) = batch.column_by_name(schema::BOT_REASON)
            && bots.null_count() < bots.len()
        {
            for (row, kind) in kinds.iter_mut().enumerate() {
                if bots.is_valid(row) {
                    *kind = 0;
                }
            }
        }
        Ok(kinds)
    }

    fn read_event_bits(&self, kinds: &[u8]) -> Vec<u64> {
        let mut bits = vec![0_u64; kinds.len()];
        for (text, keys) in self.texts.iter().zip(&self.current) {
            if text.event_bits.any {
                for (row, bits) in bits.iter_mut().enumerate() {
                    *bits |= text.event_bits.at(keys.at(row));
                }
            }
            if text.column == schema::PROPS && self.prop_bits.any {
                for (row, bits) in bits.iter_mut().enumerate() {
                    *bits |= self.prop_bits.at(keys.at(row));
                }
            }
        }
        let tables = [
            (schema::NAME, &self.goals_by_name, CUSTOM),
            (schema::PATHNAME, &self.goals_by_page, PAGEVIEW),
        ];
        for (column, table, of_kind) in tables {
            if table.iter().any(|outcomes| *outcomes != 0) {
                let keys = &self.current[self.index_of(column)].keys;
                for ((bits, key), kind) in bits.iter_mut().zip(keys.iter()).zip(kinds) {
                    if kind & of_kind != 0 {
                        *bits |= table[*key as usize];
                    }
                }
            }
        }
        bits
    }

    fn read_event_key(&mut self, at: usize, key: &EventKey, kinds: &[u8]) -> Vec<u32> {
        match key {
            EventKey::Text(column) => self.numbers(column, kinds.len()),
            EventKey::Prop(_) => {
                let keys = &self.current[self.index_of(schema::PROPS)];
                let numbers = &self.prop_numbers[at];
                (0..kinds.len()).map(|row| keys.at(row).map_or(0, |key| numbers[key])).collect()
            }
            EventKey::Goal(_) => {
                let names = &self.current[self.index_of(schema::NAME)].keys;
                let pages = &self.current[self.index_of(schema::PATHNAME)].keys;
                let set = |row: usize| match kinds[row] & (EVENT | ENGAGEMENT) {
                    PAGEVIEW => self.goal_sets_by_page[pages[row] as usize],
                    CUSTOM => self.goal_sets_by_name[names[row] as usize],
                    _ => 0,
                };
                (0..kinds.len()).map(set).collect()
            }
        }
    }

    /// Interned values of a text column's rows.
    fn numbers(&mut self, column: &str, count: usize) -> Vec<u32> {
        let at = self.index_of(column);
        let (text, keys) = (&mut self.texts[at], &self.current[at]);
        (0..count).map(|row| text.number(keys.at(row))).collect()
    }

    fn test_pages(&mut self, program: &Program) {
        let at = self.index_of(schema::PATHNAME);
        let interner = &self.texts[at].interner;
        let fill = |table: &mut Vec<u64>, entry: bool| {
            for number in table.len()..interner.count() {
                let page = interner.text(u32::try_from(number).unwrap_or_default());
                let bits = program.visit_tests.iter().enumerate().filter(|(_, test)| match test {
                    VisitTest::EntryPage(test) => entry && test.fits(page),
                    VisitTest::ExitPage(test) => !entry && test.fits(page),
                    _ => false,
                });
                table.push(bits.fold(0, |bits, (at, _)| bits | 1 << at));
            }
        };
        fill(&mut self.entry_bits, true);
        fill(&mut self.exit_bits, false);
    }

    fn read_revenue(&mut self, batch: &RecordBatch, program: &Program, rows: &mut Rows) {
        let count = batch.num_rows();
        let names = self.current[self.index_of(schema::NAME)].keys.clone();
        let revenue = batch
            .column_by_name(schema::REVENUE)
            .and_then(|column| column.as_primitive_opt::<Int64Type>());
        rows.revenue = revenue.map_or_else(Vec::new, |revenue| {
            let signed = |(amount, name): (Option<i64>, &i32)| match amount {
                Some(amount) if self.refunds[*name as usize] => {
                    amount.saturating_abs().wrapping_neg()
                }
                amount => amount.unwrap_or(NO_REVENUE),
            };
            revenue.iter().zip(names.iter()).map(signed).collect()
        });
        rows.currencies = self.numbers(schema::CURRENCY, count);
        let codes = self.index_of(schema::CURRENCY);
        rows.money = self.money.read(rows, &mut self.texts[codes].interner);
        let orders = &self.current[self.index_of(schema::TRANSACTION_ID)];
        rows.orders =
            (0..count).map(|row| orders.at(row).map_or(0, |key| self.order_hashes[key])).collect();
        for (order, name) in rows.orders.iter_mut().zip(names.iter()) {
            if self.refunds[*name as usize] {
                *order = 0;
            }
        }
        if program.needs.orders {
            rows.names = names.iter().map(|name| self.name_hashes[*name as usize]).collect();
        }
    }
}

impl Text {
    #[inline]
    fn number(&mut self, index: Option<usize>) -> u32 {
        let Some(index) = index else { return 0 };
        let known = self.numbers[index];
        if known != UNKNOWN {
            return known;
        }
        let value = self
            .dictionary
            .as_ref()
            .filter(|values| values.is_valid(index))
            .map(|values| values.value(index));
        let number = value.map_or(0, |value| self.interner.number(value));
        self.numbers[index] = number;
        number
    }
}

pub(crate) fn missing(column: &str) -> DataFusionError {
    DataFusionError::Internal(format!("column {column} is not there or has another type"))
}
