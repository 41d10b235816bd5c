//! Requests of every protocol as files: what is read of them and what the client is told.
//!
//! A file holds cases: `## name`, the request as it goes over the wire, `=>`, what is read. Run with
//! `LUOTSI_UPDATE=1` to write what is read anew, and look at the difference.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::show::{Sent, line};

/// 21 November 2026, 20:00 UTC.
const NOW_US: i64 = 1_795_291_200_000_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/wire")
}

pub(crate) struct Case {
    name: String,
    request: String,
    expected: String,
}

pub(crate) fn cases(text: &str) -> Vec<Case> {
    let parts = text.split("\n## ").skip(1);
    parts
        .map(|part| {
            let (name, rest) = part.split_once('\n').unwrap();
            let (request, expected) = rest.split_once("\n=>\n").unwrap_or((rest, ""));
            let trimmed = |text: &str| text.trim_matches('\n').to_owned();
            Case { name: name.to_owned(), request: trimmed(request), expected: trimmed(expected) }
        })
        .collect()
}

pub(crate) fn sent(request: &str) -> Sent {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pair = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    Sent {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: lines.map(pair).collect(),
        body: body.as_bytes().to_vec(),
        received_at_us: NOW_US,
    }
}

fn read(request: &str) -> String {
    let sent = sent(request);
    let Some((protocol, reading)) = sent.read() else { return "nobody's".to_owned() };
    let mut text = format!("{protocol}\n");
    match reading {
        Ok(reading) => {
            for message in reading.messages {
                match message {
                    Ok(hit) => writeln!(text, "- {}", line(&hit)).unwrap(),
                    Err(refused) => {
                        let refusal = &refused.refusals[0];
                        let name = refused.name.map(|name| format!(" {name}")).unwrap_or_default();
                        writeln!(
                            text,
                            "- refused {}{name}: {}: {refusal}",
                            refused.index, refusal.code
                        )
                        .unwrap();
                    }
                }
            }
            let (status, body) = sent.reply().unwrap();
            writeln!(text, "{status} {body}").unwrap();
        }
        Err(refusals) => {
            for refusal in refusals {
                writeln!(text, "refused: {}: {refusal}", refusal.code).unwrap();
            }
        }
    }
    text.trim_end().to_owned()
}

pub(crate) fn files() -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
}

pub(crate) fn requests() -> Vec<Sent> {
    files().iter().flat_map(|(_, text)| cases(text)).map(|case| sent(&case.request)).collect()
}

#[test]
fn every_protocol_is_read_as_its_file_says() {
    let update = std::env::var_os("LUOTSI_UPDATE").is_some();
    for (file, text) in files() {
        let title = text.lines().next().unwrap();
        let mut written = format!("{title}\n");
        for case in cases(&text) {
            let found = read(&case.request);
            if !update {
                assert_eq!(found, case.expected, "{}: {}", file.display(), case.name);
            }
            write!(written, "\n## {}\n\n{}\n\n=>\n\n{found}\n", case.name, case.request).unwrap();
        }
        if update {
            std::fs::write(&file, written).unwrap();
        }
    }
}
