//! Dictionaries of text columns: what a program asks of a text is asked of each distinct one, once.

use std::hash::BuildHasher as _;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use datafusion::error::Result;
use luotsi_marketing::event::REFUND;
use luotsi_marketing::query::country_name;

use super::{Outcomes, Reader, UNKNOWN, missing};
use crate::aggregate::program::{EventKey, EventTest, GoalTrigger, Program, VisitTest, kind_of};
use crate::aggregate::rows::Keys;
use crate::schema;

impl Reader {
    /// Takes the keys of the text columns that `wanted` names, and looks at new dictionaries.
    pub(super) fn take_dictionaries(
        &mut self,
        batch: &RecordBatch,
        program: &Program,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<()> {
        self.current.clear();
        for at in 0..self.texts.len() {
            let column = self.texts[at].column;
            if !wanted(column) {
                self.current.push(Keys::default());
                continue;
            }
            let (keys, values) = dictionary(batch, column)?;
            self.current.push(keys);
            if !is_same(self.texts[at].dictionary.as_ref(), values) {
                let values = values.as_string_opt::<i32>().ok_or_else(|| missing(column))?;
                self.take_dictionary(at, values.clone(), program);
            }
        }
        Ok(())
    }

    /// Looks at every value of a new dictionary once.
    fn take_dictionary(&mut self, at: usize, dictionary: StringArray, program: &Program) {
        let column = self.texts[at].column;
        let text = &mut self.texts[at];
        text.numbers.clear();
        text.numbers.resize(dictionary.len(), UNKNOWN);

        type Try<'a> = Box<dyn Fn(Option<&str>) -> bool + 'a>;
        let bit = |at: usize| 1_u64 << at;
        let event_tests: Vec<(u64, Try<'_>)> = program
            .event_tests
            .iter()
            .enumerate()
            .filter_map(|(at, test)| match test {
                EventTest::Text { column: tested, test } if *tested == column => {
                    Some((bit(at), Box::new(|value: Option<&str>| test.fits(value)) as Try<'_>))
                }
                _ => None,
            })
            .collect();
        text.event_bits.fill(&dictionary, event_tests.iter().map(|(bit, test)| (*bit, &**test)));
        let visit_tests: Vec<(u64, Try<'_>)> = program
            .visit_tests
            .iter()
            .enumerate()
            .filter_map(|(at, test)| match test {
                VisitTest::Text { column: tested, test } if *tested == column => {
                    Some((bit(at), Box::new(|value: Option<&str>| test.fits(value)) as Try<'_>))
                }
                VisitTest::CountryName(test) if column == schema::COUNTRY => Some((
                    bit(at),
                    Box::new(|code: Option<&str>| {
                        test.fits(code.map(|code| country_name(code).unwrap_or(code)))
                    }) as Try<'_>,
                )),
                _ => None,
            })
            .collect();
        text.visit_bits.fill(&dictionary, visit_tests.iter().map(|(bit, test)| (*bit, &**test)));

        match column {
            schema::NAME => self.take_names(&dictionary, program),
            schema::PATHNAME => self.take_pages(&dictionary, program),
            schema::PROPS => self.take_props(&dictionary, program),
            schema::TRANSACTION_ID => {
                let hash = |id: Option<&str>| id.map_or(0, |id| self.hasher.hash_one(id).max(1));
                self.order_hashes = dictionary.iter().map(hash).collect();
            }
            _ => {}
        }
        self.texts[at].dictionary = Some(dictionary);
    }

    fn take_names(&mut self, names: &StringArray, program: &Program) {
        self.kinds = names.iter().map(|name| name.map_or(0, kind_of)).collect();
        if program.needs.revenue {
            self.refunds = names.iter().map(|name| name == Some(REFUND)).collect();
            self.name_hashes = names.iter().map(|name| self.hasher.hash_one(name)).collect();
        }
        let is_goal = |goal: usize, name: Option<&str>| match &program.goals[goal].trigger {
            GoalTrigger::Event(wanted) => name == Some(wanted.as_str()),
            GoalTrigger::Page(_) | GoalTrigger::Never => false,
        };
        self.goals_by_name =
            names.iter().map(|name| goal_bits(program, |goal| is_goal(goal, name))).collect();
        let sets: Vec<Vec<u32>> =
            names.iter().map(|name| goal_set(program, |goal| is_goal(goal, name))).collect();
        self.goal_sets_by_name = sets.into_iter().map(|set| self.set_number(set)).collect();
    }

    fn take_pages(&mut self, pages: &StringArray, program: &Program) {
        let is_goal = |goal: usize, page: Option<&str>| match &program.goals[goal].trigger {
            GoalTrigger::Page(pattern) => page.is_some_and(|page| pattern.fits(page)),
            GoalTrigger::Event(_) | GoalTrigger::Never => false,
        };
        self.goals_by_page =
            pages.iter().map(|page| goal_bits(program, |goal| is_goal(goal, page))).collect();
        let sets: Vec<Vec<u32>> =
            pages.iter().map(|page| goal_set(program, |goal| is_goal(goal, page))).collect();
        self.goal_sets_by_page = sets.into_iter().map(|set| self.set_number(set)).collect();
    }

    fn set_number(&mut self, set: Vec<u32>) -> u32 {
        let at = self.goal_sets.iter().position(|known| *known == set).unwrap_or_else(|| {
            self.goal_sets.push(set);
            self.goal_sets.len() - 1
        });
        u32::try_from(at).unwrap_or_default()
    }

    /// Reads every distinct set of properties once.
    fn take_props(&mut self, props: &StringArray, program: &Program) {
        type Props = serde_json::Map<String, serde_json::Value>;
        let parsed: Vec<Props> = props
            .iter()
            .map(|text| text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
            .collect();
        self.prop_bits = Outcomes { of: vec![0; parsed.len()], ..Outcomes::default() };
        for (at, test) in program.event_tests.iter().enumerate() {
            let EventTest::Prop { name, test } = test else { continue };
            self.prop_bits.any = true;
            for (outcome, props) in self.prop_bits.of.iter_mut().zip(&parsed) {
                if test.fits(props.get(name).and_then(|value| value.as_str())) {
                    *outcome |= 1 << at;
                }
            }
            if test.fits(None) {
                self.prop_bits.absent |= 1 << at;
            }
        }
        for (at, key) in program.event_keys.iter().enumerate() {
            let EventKey::Prop(name) = key else { continue };
            let interner = &mut self.prop_interners[at];
            let value =
                |props: &Props| props.get(name).and_then(|value| value.as_str()).map(str::to_owned);
            self.prop_numbers[at] = parsed
                .iter()
                .map(|props| value(props).map_or(0, |value| interner.number(&value)))
                .collect();
        }
    }
}

/// Bits of the goal tests that hold for what `is_goal` says.
fn goal_bits(program: &Program, is_goal: impl Fn(usize) -> bool) -> u64 {
    let holds = |test: &EventTest| matches!(test, EventTest::Goal(goals) if goals.iter().any(|goal| is_goal(*goal)));
    let tests = program.event_tests.iter().enumerate().filter(|(_, test)| holds(test));
    tests.fold(0, |bits, (at, _)| bits | 1 << at)
}

/// The goals of the program's goal key that `is_goal` says.
fn goal_set(program: &Program, is_goal: impl Fn(usize) -> bool) -> Vec<u32> {
    let goals = program.event_keys.iter().find_map(|key| match key {
        EventKey::Goal(goals) => Some(goals.as_slice()),
        _ => None,
    });
    let goals = goals.unwrap_or_default().iter().filter(|goal| is_goal(**goal));
    goals.filter_map(|goal| u32::try_from(*goal).ok()).collect()
}

/// Keys and values of a dictionary column.
pub(super) fn dictionary<'a>(batch: &'a RecordBatch, column: &str) -> Result<(Keys, &'a ArrayRef)> {
    let array = batch.column_by_name(column).ok_or_else(|| missing(column))?;
    let array = array.as_dictionary_opt::<Int32Type>().ok_or_else(|| missing(column))?;
    let nulls = array.keys().nulls().filter(|nulls| nulls.null_count() > 0).cloned();
    Ok((Keys { keys: array.keys().values().clone(), nulls }, array.values()))
}

/// Whether `values` is the dictionary at hand, without looking at the values.
pub(super) fn is_same(dictionary: Option<&StringArray>, values: &ArrayRef) -> bool {
    match (dictionary, values.as_string_opt::<i32>()) {
        (Some(known), Some(values)) => {
            known.len() == values.len()
                && known.value_data().as_ptr() == values.value_data().as_ptr()
                && known.value_offsets().as_ptr() == values.value_offsets().as_ptr()
        }
        _ => false,
    }
}
