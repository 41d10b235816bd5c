//! Erasing a visitor or a person: from memory, log, data files, ids and what imports left.

use std::fs::{self, File};
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::person::{self, Who};

/// Where commands beside a running server leave what they ask of it.
const REQUESTS: &str = "requests";
const ASKED: &str = "erase";
const ANSWERED: &str = "erased";

/// Between two looks for an answer.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Files that no table knows are left to an import that may be writing them for so long, microseconds.
const UNFINISHED_US: i64 = 3_600_000_000;

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub events: u64,
    /// All ids under which they were known, those that were asked for included: for what is kept beside
    /// the lake.
    pub ids: Vec<i64>,
    /// Imports that were running: what they bring in is erased by erasing again when they are done.
    pub imports_running: usize,
}

/// What the server answers a command.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Done(Erased),
    Failed(String),
}

impl Lake {
    /// Erases everything of a visitor or a person. Their bytes are gone when this returns: from the
    /// log, from data files (also those that were replaced), from the ids that tell repeats.
    ///
    /// A query that is just reading a file that goes fails; asked again, it is answered.
    pub async fn erase(&self, who: &Who, now_us: i64) -> Result<Erased, LakeError> {
        // What is asked to be forgotten is found before it moves: it may be in memory only.
        let known = self.known(who).await?;
        let (reply, answer) = oneshot::channel();
        let visitor_ids = known.visitor_ids();
        self.tell(who.site_number, known.ids()).await;
        let forget = Request::Forget { site_number: who.site_number, visitor_ids, reply };
        if !self.shared.queue.send(forget) {
            return Err(LakeError::Closed);
        }
        answer.await.map_err(|_| LakeError::Closed)?;
        self.flush(now_us).await?;
        let _one_at_a_time = self.rewriting.lock().await;
        self.catalog.refresh().await?;
        let known = self.known(who).await?;
        let (root, snapshot) = (self.catalog.root().to_path_buf(), self.snapshot());
        let mut ids = known.ids();
        let looked_for = known.clone();
        let keys = spawn_blocking(move || person::events(&root, &snapshot, &looked_for)).await??;
        let rules = self.shared.rules.read().clone();
        let dropped = crate::retention::erase(&self.catalog, &rules, known, now_us).await?;
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || shared.runs.erase(&keys)).await??;
        // Files that were replaced earlier may hold them too, and such as a stopped process left.
        self.catalog.vacuum(i64::MAX).await?;
        let imports_running = crate::staging::remove_dead(&self.settings.dir)?;
        let _nobody_writes = self.flushing.lock().await;
        let before_us = if imports_running == 0 { i64::MAX } else { now_us - UNFINISHED_US };
        self.catalog.remove_orphans(before_us).await?;
        remove_damaged(&self.log_dir)?;
        remove_aside(&self.settings.dir)?;
        remove_answers(&self.settings.dir.join(REQUESTS), now_us - UNFINISHED_US)?;
        ids.sort_unstable();
        ids.dedup();
        self.tell(who.site_number, ids.clone()).await;
        Ok(Erased { events: dropped, ids, imports_running })
    }

    /// Gives every event of a visitor or a person as a JSON object; the number of them.
    pub async fn events_of(
        &self,
        who: &Who,
        each: impl FnMut(Value) + Send + 'static,
    ) -> Result<u64, LakeError> {
        let (root, snapshot) = (self.catalog.root().to_path_buf(), self.snapshot());
        let who = who.clone();
        spawn_blocking(move || person::list(&root, &snapshot, &who, each)).await?
    }

    /// Tells who asked to be told (`on_erase`).
    async fn tell(&self, site_number: i32, ids: Vec<i64>) {
        if let Some(told) = self.on_erase.get() {
            told(site_number, ids).await;
        }
    }

    async fn known(&self, who: &Who) -> Result<person::Known, LakeError> {
        let (root, snapshot) = (self.catalog.root().to_path_buf(), self.snapshot());
        let who = who.clone();
        spawn_blocking(move || person::known(&root, &snapshot, &who)).await?
    }

    /// Does what commands beside this server asked for.
    pub(super) async fn answer_requests(&self, now_us: i64) -> Result<(), LakeError> {
        let dir = self.settings.dir.join(REQUESTS);
        let entries = match fs::read_dir(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != ASKED) {
                continue;
            }
            let who =
                fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Who>(&bytes).ok());
            let answer = match who {
                Some(who) => match self.erase(&who, now_us).await {
                    Ok(erased) => Answer::Done(erased),
                    Err(error) => Answer::Failed(error.to_string()),
                },
                None => Answer::Failed("what was asked cannot be read".into()),
            };
            fs::remove_file(&path)?;
            write_whole(
                &path.with_extension(ANSWERED),
                &serde_json::to_vec(&answer).unwrap_or_default(),
            )?;
        }
        Ok(())
    }
}

/// Erases `who` from the lake in `settings.dir`: by opening it, or by asking the server that has it open.
///
/// `patience` is how long the server may take.
pub async fn erase_in(
    settings: LakeSettings,
    who: &Who,
    now_us: i64,
    patience: Duration,
) -> Result<Erased, LakeError> {
    let dir = settings.dir.clone();
    match Lake::open(settings, now_us).await {
        Ok(lake) => {
            let erased = lake.erase(who, now_us).await?;
            lake.close(now_us).await?;
            Ok(erased)
        }
        Err(LakeError::Locked { .. }) => ask(&dir, who, patience).await,
        Err(error) => Err(error),
    }
}

async fn ask(dir: &Path, who: &Who, patience: Duration) -> Result<Erased, LakeError> {
    let dir = dir.join(REQUESTS);
    fs::create_dir_all(&dir)?;
    let asked = dir.join(format!("{}.{ASKED}", Uuid::new_v4()));
    let answered = asked.with_extension(ANSWERED);
    write_whole(&asked, &serde_json::to_vec(who).unwrap_or_default())?;
    let mut waited = Duration::ZERO;
    while waited < patience {
        tokio::time::sleep(LOOK_AGAIN).await;
        waited += LOOK_AGAIN;
        if let Ok(bytes) = fs::read(&answered) {
            fs::remove_file(&answered)?;
            return match serde_json::from_slice(&bytes) {
                Ok(Answer::Done(erased)) => Ok(erased),
                Ok(Answer::Failed(reason)) => Err(LakeError::Server(reason)),
                Err(error) => Err(LakeError::Server(error.to_string())),
            };
        }
    }
    // Nobody does it: it must not happen behind anyone's back later.
    match fs::remove_file(&asked) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    Err(LakeError::Server("the server that has the folder open does not answer".into()))
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, bytes)?;
    File::open(&new)?.sync_all()?;
    fs::rename(new, path)
}

/// Answers that a command which was stopped did not fetch name whom it asked about.
fn remove_answers(dir: &Path, before_us: i64) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let is_answer = entry.path().extension().is_some_and(|extension| extension == ANSWERED);
        if is_answer && crate::table::modified_us(&entry.metadata()?) < before_us {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Nor of a data file that was set aside.
fn remove_aside(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir.join(crate::inspect::ASIDE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Nobody can tell whose events a damaged segment holds: its copy goes.
fn remove_damaged(log_dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(log_dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == log::DAMAGED) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
