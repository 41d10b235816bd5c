//! Everything about one visitor or person: listed for the right of access, and what erasing has to find.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray as _, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use hashbrown::HashSet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use crate::columns::{self, Text};
use crate::error::LakeError;
use crate::settle::{rows, rows_of};
use crate::snapshot::{DataFile, Snapshot};
use crate::{beside, duplicates, schema};

/// Whom it is about, on one site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub site_number: i32,
    /// Visitors by id: everything that happened under it, and under the names that visits had in which
    /// it was given, except where another id is given.
    pub visitor_ids: Vec<i64>,
    /// Persons by id (`luotsi_marketing::visitor::person_id`): what names them, and whatever else
    /// visitors did who were they at some time, except where another person is named.
    pub person_ids: Vec<i64>,
}

/// The names on one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    pub(crate) visitor_id: i64,
    pub(crate) named_id: Option<i64>,
    pub(crate) person_id: Option<i64>,
}

/// The names on the rows of a batch.
pub(crate) struct Names<'a> {
    pub(crate) sites: &'a [i32],
    visitors: &'a [i64],
    named: Option<&'a Int64Array>,
    persons: Option<&'a Int64Array>,
}

impl<'a> Names<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Result<Self, ArrowError> {
        let any = |ids: &&Int64Array| ids.null_count() < ids.len();
        Ok(Self {
            sites: columns::int32(batch, schema::SITE_NUMBER)?.values(),
            visitors: columns::int64(batch, schema::VISITOR_ID)?.values(),
            named: columns::optional_int64(batch, schema::NAMED_ID).filter(any),
            persons: columns::optional_int64(batch, schema::PERSON_ID).filter(any),
        })
    }

    pub(crate) fn at(&self, row: usize) -> Named {
        let id = |ids: Option<&Int64Array>| {
            ids.and_then(|ids| ids.is_valid(row).then(|| ids.value(row)))
        };
        Named {
            visitor_id: self.visitors[row],
            named_id: id(self.named),
            person_id: id(self.persons),
        }
    }
}

/// `Who`, with the visitors that the events link to the persons.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) site_number: i32,
    visitors: HashSet<i64>,
    persons: HashSet<i64>,
    linked: HashSet<i64>,
}

impl Known {
    pub(crate) fn holds(&self, site_number: i32, row: Named) -> bool {
        let is = |ids: &HashSet<i64>, id: Option<i64>| id.is_some_and(|id| ids.contains(&id));
        // A visit's name is the visitor's as long as the event gives no lasting one.
        let name = row.named_id.unwrap_or(row.visitor_id);
        site_number == self.site_number
            && (self.visitors.contains(&row.visitor_id)
                || is(&self.visitors, row.named_id)
                || is(&self.persons, row.person_id)
                || (row.person_id.is_none() && self.linked.contains(&name)))
    }

    /// All ids of visitors and persons.
    pub(crate) fn ids(&self) -> Vec<i64> {
        self.visitors.iter().chain(&self.linked).chain(&self.persons).copied().collect()
    }

    /// All visitor ids under which they may be known.
    pub(crate) fn visitor_ids(&self) -> Vec<i64> {
        self.visitors.iter().chain(&self.linked).copied().collect()
    }
}

/// Finds the visitors whom events in `snapshot` link to the persons. Takes in aliases.
pub(crate) fn known(root: &Path, snapshot: &Snapshot, who: &Who) -> Result<Known, LakeError> {
    let merged = snapshot.merged.get(&who.site_number);
    let all = |ids: &[i64]| -> HashSet<i64> {
        let all = |id: &i64| merged.map_or_else(|| vec![*id], |merged| merged.all(*id));
        ids.iter().flat_map(all).collect()
    };
    let mut persons = all(&who.person_ids);
    let mut visitors: HashSet<i64> = who.visitor_ids.iter().copied().collect();
    // An alias may have joined a visitor to a person, or the other way round.
    visitors.extend(&persons);
    if !who.person_ids.is_empty() {
        persons.extend(all(&who.visitor_ids));
    }
    let mut known =
        Known { site_number: who.site_number, visitors, persons, linked: HashSet::new() };
    if !known.persons.is_empty() {
        let mut linked = HashSet::new();
        let names = [schema::SITE_NUMBER, schema::VISITOR_ID, schema::NAMED_ID, schema::PERSON_ID];
        each_name(root, snapshot, who.site_number, &names, |row| {
            if row.person_id.is_some_and(|person| known.persons.contains(&person)) {
                linked.extend(row.named_id);
                linked.insert(row.visitor_id);
            }
        })?;
        known.linked = linked;
    }
    // What a visitor did in a visit before it gave the id.
    let mut before = HashSet::new();
    let names = [schema::SITE_NUMBER, schema::VISITOR_ID, schema::NAMED_ID];
    each_name(root, snapshot, who.site_number, &names, |row| {
        let is_theirs = |id: &i64| known.visitors.contains(id) || known.linked.contains(id);
        if row.named_id.as_ref().is_some_and(is_theirs) {
            before.insert(row.visitor_id);
        }
    })?;
    known.linked.extend(before);
    Ok(known)
}

/// Calls `each` with the names on every row of a site that has a name beside its visitor's.
fn each_name(
    root: &Path,
    snapshot: &Snapshot,
    site_number: i32,
    columns: &[&str],
    mut each: impl FnMut(Named),
) -> Result<(), LakeError> {
    let mut look = |batch: &RecordBatch| {
        let names = Names::of(batch)?;
        if names.named.is_none() && names.persons.is_none() {
            return Ok(());
        }
        for row in (0..batch.num_rows()).filter(|row| names.sites[*row] == site_number) {
            each(names.at(row));
        }
        Ok(())
    };
    for file in files_of(snapshot, site_number) {
        rows(root, file, columns, None, &mut look)?;
    }
    for batch in &snapshot.hot {
        look(batch)?;
    }
    Ok(())
}

pub(crate) fn files_of(snapshot: &Snapshot, site_number: i32) -> impl Iterator<Item = &DataFile> {
    let of_site = move |file: &&DataFile| (file.sites.0..=file.sites.1).contains(&site_number);
    snapshot.files.iter().filter(of_site)
}

/// The numbers (`duplicates::key`) of the events that belong to them.
pub(crate) fn events(
    root: &Path,
    snapshot: &Snapshot,
    known: &Known,
) -> Result<HashSet<u64>, LakeError> {
    let names = [
        schema::SITE_NUMBER,
        schema::VISITOR_ID,
        schema::NAMED_ID,
        schema::PERSON_ID,
        schema::EVENT_ID,
    ];
    let mut found = HashSet::new();
    let mut look = |batch: &RecordBatch| {
        let sites = columns::int32(batch, schema::SITE_NUMBER)?.values();
        let ids = columns::int64(batch, schema::EVENT_ID)?.values();
        for row in belonging(batch, known)? {
            found.insert(duplicates::key(sites[row], ids[row]));
        }
        Ok(())
    };
    for file in files_of(snapshot, known.site_number) {
        rows(root, file, &names, None, &mut look)?;
    }
    for batch in &snapshot.hot {
        look(batch)?;
    }
    Ok(found)
}

/// Rows that belong to them.
fn belonging(batch: &RecordBatch, known: &Known) -> Result<Vec<usize>, ArrowError> {
    let names = Names::of(batch)?;
    let holds = |row: &usize| known.holds(names.sites[*row], names.at(*row));
    Ok((0..batch.num_rows()).filter(holds).collect())
}

/// Gives the events that belong to `who`, each as a JSON object of the columns that are not null, date
/// by date. Ids are texts: they have 64 bits.
pub(crate) fn list(
    root: &Path,
    snapshot: &Snapshot,
    who: &Who,
    mut each: impl FnMut(Value),
) -> Result<u64, LakeError> {
    let known = known(root, snapshot, who)?;
    let visitors = known.visitor_ids().into_iter().map(|id| (who.site_number, id)).collect();
    let visitors = Arc::new(visitors);
    let mut count = 0;
    let mut give = |batch: &RecordBatch| {
        for row in belonging(batch, &known)? {
            each(object(batch, row)?);
            count += 1;
        }
        Ok(())
    };
    for file in files_of(snapshot, who.site_number) {
        rows_of(root, file, &visitors, |batch| give(&batch))?;
    }
    for batch in &snapshot.hot {
        give(batch)?;
    }
    Ok(count)
}

fn object(batch: &RecordBatch, row: usize) -> Result<Value, ArrowError> {
    let mut object = Map::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if column.is_null(row) {
            continue;
        }
        let name = field.name().as_str();
        let value = match field.data_type() {
            DataType::Int32 => Value::from(column.as_primitive::<Int32Type>().value(row)),
            DataType::Int64 if name == schema::REVENUE => {
                Value::from(column.as_primitive::<Int64Type>().value(row))
            }
            DataType::Int64 => {
                Value::from(column.as_primitive::<Int64Type>().value(row).to_string())
            }
            DataType::Boolean => Value::from(column.as_boolean().value(row)),
            DataType::Timestamp(..) => {
                let at_us = column.as_primitive::<TimestampMicrosecondType>().value(row);
                let at = Timestamp::from_microsecond(at_us).unwrap_or_default();
                Value::from(at.to_string())
            }
            _ => match (name, Text::of(batch, name)?.get(row)) {
                (_, None) => continue,
                (schema::PROPS | schema::ITEMS, Some(text)) => {
                    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
                }
                (_, Some(text)) => Value::from(text),
            },
        };
        object.insert(name.to_owned(), value);
    }
    Ok(Value::Object(object))
}

/// Gives the events of `who` in the lake in `dir`, beside a server that may be using it; the number of
/// them.
///
/// # Errors
/// When the table or the log cannot be read.
pub async fn export(
    dir: &Path,
    who: Who,
    each: impl FnMut(Value) + Send + 'static,
) -> Result<u64, LakeError> {
    let (catalog, snapshot) = beside::open(dir).await?;
    let root = catalog.root().to_path_buf();
    spawn_blocking(move || list(&root, &snapshot, &who, each)).await?
}
