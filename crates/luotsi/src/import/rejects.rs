//! The report of rows that were not taken.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use luotsi_marketing::hit::Refusal;
use luotsi_marketing::page::clean;

/// Most of a row's text that is shown, bytes.
const SHOWN_BYTES: usize = 1_000;

/// Writes rejected rows to a CSV file, which is made with the first of them.
pub(crate) struct Rejects {
    path: PathBuf,
    file: Option<csv::Writer<File>>,
    /// Rows by code of the reason.
    pub(crate) reasons: BTreeMap<&'static str, u64>,
}

impl Rejects {
    /// The report goes to `named`, or into the current folder under the input's name. An older
    /// report there goes.
    pub(crate) fn new(named: Option<PathBuf>, input: &Path) -> Self {
        let path = named.unwrap_or_else(|| {
            let name = input.file_name().unwrap_or_default().to_string_lossy();
            PathBuf::from(format!("{name}.rejected.csv"))
        });
        Self { path, file: None, reasons: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, line: u64, refusal: &Refusal, text: &str) -> Result<()> {
        *self.reasons.entry(refusal.code).or_default() += 1;
        let context = || format!("cannot write the report `{}`", self.path.display());
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut file = csv::Writer::from_path(&self.path).with_context(context)?;
                file.write_record(["line", "field", "code", "reason", "text"])
                    .with_context(context)?;
                self.file.insert(file)
            }
        };
        let line = line.to_string();
        let text = clean(text, SHOWN_BYTES);
        file.write_record([line.as_str(), &refusal.field, refusal.code, &refusal.detail, &text])
            .with_context(context)
    }

    /// Ends the report; where it lies, if there was anything to report.
    pub(crate) fn finish(&mut self) -> Result<Option<&Path>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        file.flush()
            .with_context(|| format!("cannot write the report `{}`", self.path.display()))?;
        Ok(Some(&self.path))
    }

    pub(crate) fn total(&self) -> u64 {
        self.reasons.values().sum()
    }
}
