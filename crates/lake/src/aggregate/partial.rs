//! What a partition has counted, as record batches that can travel, and partitions put together.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, LargeListArray, RecordBatch, StringBuilder,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use datafusion::error::{DataFusionError, Result};
use hashbrown::HashMap;

use super::distinct::{distinct_counts, remove_duplicates};
use super::groups::{Counts, Group};
use super::program::{EventKey, Key, Program};
use super::reader::Reader;
use super::rows::MAX_KEYS;
use super::visits::{Step, Visits};

/// A part of a group's key, free of any partition's numbers: text, or a number of a goal or a
/// bucket as digits; `None` for no value.
pub(crate) type Label = Option<Box<str>>;

/// A group of a view, over all partitions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Total {
    pub(crate) counts: Counts,
    visitors: Vec<i64>,
    /// Different visitors, once they are counted.
    distinct: Option<u64>,
    scrolls: Vec<(i64, i32)>,
}

/// Groups of a view by their labels.
pub(crate) type Totals = HashMap<Vec<Label>, Total>;

impl Total {
    /// Different visitors.
    pub(crate) fn visitors(&mut self) -> u64 {
        if self.distinct.is_none() {
            remove_duplicates(&mut self.visitors);
        }
        self.distinct.unwrap_or(self.visitors.len() as u64)
    }

    /// Different visitors, in the order of their numbers.
    pub(crate) fn into_visitors(mut self) -> Vec<i64> {
        self.visitors.sort_unstable();
        self.visitors.dedup();
        self.visitors
    }

    /// Sum over visitors of their deepest positions, percent, and how many visitors those are.
    pub(crate) fn scrolls(&mut self) -> (i64, u64) {
        self.scrolls.sort_unstable();
        let mut sum = 0;
        let mut visitors = 0;
        for (at, (visitor, depth)) in self.scrolls.iter().enumerate() {
            // Sorted by depth within a visitor: the last one is the deepest.
            if self.scrolls.get(at + 1).is_none_or(|(next, _)| next != visitor) {
                sum += i64::from(*depth);
                visitors += 1;
            }
        }
        (sum, visitors)
    }
}

/// Counts the visitors of all groups, by several threads; who they were is forgotten.
pub(crate) fn count_visitors(totals: &mut [Totals], threads: usize) {
    let mut groups: Vec<&mut Total> = totals.iter_mut().flat_map(HashMap::values_mut).collect();
    let lists: Vec<&[i64]> = groups.iter().map(|total| total.visitors.as_slice()).collect();
    let counts = distinct_counts(&lists, threads);
    for (total, count) in groups.iter_mut().zip(counts) {
        total.distinct = Some(count);
        total.visitors = Vec::new();
    }
}

/// Columns of the batches of steps.
pub(crate) fn steps_schema() -> SchemaRef {
    let fields =
        ["visitor", "at_us", "event", "bits"].map(|name| Field::new(name, DataType::Int64, false));
    Arc::new(Schema::new(fields.to_vec()))
}

/// What a partition has found one by one.
pub(crate) fn steps_batch(steps: &[Step]) -> Result<RecordBatch> {
    let column =
        |of: fn(&Step) -> i64| Arc::new(steps.iter().map(of).collect::<Int64Array>()) as ArrayRef;
    let columns = vec![
        column(|step| step.visitor),
        column(|step| step.at_us),
        column(|step| step.event),
        column(|step| step.bits.cast_signed()),
    ];
    Ok(RecordBatch::try_new(steps_schema(), columns)?)
}

/// Adds a partition's steps to `steps`.
pub(crate) fn merge_steps(steps: &mut Vec<Step>, batch: &RecordBatch) {
    let column = |at: usize| batch.column(at).as_primitive::<Int64Type>().values();
    let (visitors, times, events, bits) = (column(0), column(1), column(2), column(3));
    steps.extend((0..batch.num_rows()).map(|row| Step {
        visitor: visitors[row],
        at_us: times[row],
        event: events[row],
        bits: bits[row].cast_unsigned(),
    }));
}

/// Columns of the batches of counts.
pub(crate) fn schema() -> SchemaRef {
    let list = |of: DataType| DataType::LargeList(Arc::new(Field::new("item", of, false)));
    let mut fields = vec![Field::new("view", DataType::Int32, false)];
    fields.extend((0..MAX_KEYS).map(|at| Field::new(format!("key{at}"), DataType::Utf8, true)));
    fields.extend(
        (0..Counts::FIELDS).map(|at| Field::new(format!("count{at}"), DataType::Int64, false)),
    );
    fields.push(Field::new("visitors", list(DataType::Int64), false));
    fields.push(Field::new("scrollers", list(DataType::Int64), false));
    fields.push(Field::new("depths", list(DataType::Int32), false));
    Arc::new(Schema::new(fields))
}

/// What a partition has counted, a batch for each view.
pub(crate) fn batches(visits: Visits, program: &Program) -> Result<Vec<RecordBatch>> {
    let (reader, views) = visits.into_parts();
    views
        .into_iter()
        .enumerate()
        .map(|(view, groups)| batch(view, &groups.into_groups(), &reader, program))
        .collect()
}

fn batch(view: usize, groups: &[Group], reader: &Reader, program: &Program) -> Result<RecordBatch> {
    let keys = &program.views[view].keys;
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(vec![view as i32; groups.len()]))];
    for part in 0..MAX_KEYS {
        let mut labels = StringBuilder::new();
        for group in groups {
            match keys.get(part) {
                None => labels.append_null(),
                Some(key) => labels.append_option(label(*key, group.key[part], reader, program)),
            }
        }
        columns.push(Arc::new(labels.finish()));
    }
    let counts: Vec<[i64; Counts::FIELDS]> =
        groups.iter().map(|group| group.counts.to_array()).collect();
    for field in 0..Counts::FIELDS {
        columns.push(Arc::new(counts.iter().map(|counts| counts[field]).collect::<Int64Array>()));
    }
    let mut visitors = Vec::with_capacity(groups.iter().map(|group| group.visitors.len()).sum());
    for group in groups {
        visitors.extend_from_slice(&group.visitors);
    }
    columns.push(list(
        Arc::new(Int64Array::from(visitors)),
        groups.iter().map(|group| group.visitors.len()),
    )?);
    let scrolls = || groups.iter().flat_map(|group| group.scrolls.iter());
    let lengths = || groups.iter().map(|group| group.scrolls.len());
    columns.push(list(
        Arc::new(scrolls().map(|(visitor, _)| *visitor).collect::<Int64Array>()),
        lengths(),
    )?);
    columns.push(list(
        Arc::new(scrolls().map(|(_, depth)| *depth).collect::<Int32Array>()),
        lengths(),
    )?);
    Ok(RecordBatch::try_new(schema(), columns)?)
}

fn label(key: Key, number: u32, reader: &Reader, program: &Program) -> Option<String> {
    match key {
        Key::Event(at) if matches!(program.event_keys[at], EventKey::Goal(_)) => {
            Some(number.to_string())
        }
        Key::Event(at) => reader.event_text(program, at, number).map(str::to_owned),
        Key::Visit(at) => reader.visit_text(at, number).map(str::to_owned),
        Key::EntryPage | Key::ExitPage => reader.page_text(number).map(str::to_owned),
        Key::Origin(..) => program.origins.as_ref()?.text(number).map(str::to_owned),
        Key::Bucket => Some(number.to_string()),
        Key::Currency | Key::Wanted => reader.currency_text(number).map(str::to_owned),
    }
}

fn list(values: ArrayRef, lengths: impl Iterator<Item = usize>) -> Result<ArrayRef> {
    let mut offsets = vec![0_i64];
    let mut end = 0;
    for length in lengths {
        end += length as i64;
        offsets.push(end);
    }
    let field = Arc::new(Field::new("item", values.data_type().clone(), false));
    Ok(Arc::new(LargeListArray::try_new(
        field,
        OffsetBuffer::new(ScalarBuffer::from(offsets)),
        values,
        None,
    )?))
}

/// Adds a partition's batch to the totals of its views.
pub(crate) fn merge(totals: &mut [Totals], batch: &RecordBatch, program: &Program) -> Result<()> {
    let broken = || {
        DataFusionError::Internal("a partial result has other columns than it should".to_owned())
    };
    let integers = |name: &str| {
        let column =
            batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int64Type>());
        column.map(|column| column.values().clone()).ok_or_else(broken)
    };
    let list = |name: &str| {
        batch.column_by_name(name).and_then(|column| column.as_list_opt::<i64>()).ok_or_else(broken)
    };
    let views = batch.column(0).as_primitive_opt::<Int32Type>().ok_or_else(broken)?;
    let mut counts = Vec::with_capacity(Counts::FIELDS);
    for field in 0..Counts::FIELDS {
        counts.push(integers(&format!("count{field}"))?);
    }
    let visitors = list("visitors")?;
    let scrollers = list("scrollers")?;
    let depths = list("depths")?;
    let all_visitors = visitors.values().as_primitive::<Int64Type>().values();
    let all_scrollers = scrollers.values().as_primitive::<Int64Type>().values();
    let all_depths = depths.values().as_primitive::<Int32Type>().values();
    let span = |list: &LargeListArray, row: usize| {
        let offsets = list.value_offsets();
        offsets[row] as usize..offsets[row + 1] as usize
    };
    for row in 0..batch.num_rows() {
        let view = views.value(row) as usize;
        let parts = program.views.get(view).map(|view| view.keys.len()).ok_or_else(broken)?;
        let label = |part: usize| {
            let column = batch.column(1 + part).as_string_opt::<i32>()?;
            column.is_valid(row).then(|| column.value(row).into())
        };
        let total = totals[view].entry((0..parts).map(label).collect()).or_default();
        total.counts.add(Counts::from_array(std::array::from_fn(|field| counts[field][row])));
        total.visitors.extend_from_slice(&all_visitors[span(visitors, row)]);
        let of_row = span(scrollers, row);
        let scrolls =
            all_scrollers[of_row.clone()].iter().copied().zip(all_depths[of_row].iter().copied());
        total.scrolls.extend(scrolls);
    }
    Ok(())
}
