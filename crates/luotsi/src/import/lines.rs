//! A file of lines, compressed or not, read with an eye on how far one is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use flate2::bufread::MultiGzDecoder;

use crate::output::BadInput;

/// Longest line that is read, bytes; more of it is skipped.
const LONGEST_LINE: usize = 1 << 20;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A file that is being read.
pub(crate) struct Input {
    reader: Box<dyn BufRead + Send>,
    read: Arc<AtomicU64>,
    /// Bytes of the file as it lies on the disk.
    pub(crate) size: u64,
    line: u64,
}

/// One line of a file.
#[derive(Debug)]
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: u64,
    pub(crate) text: String,
    /// Whether it was longer than lines may be, and so was cut.
    pub(crate) cut: bool,
}

impl Input {
    /// Opens a file; gzip is recognised by its first bytes.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path)
            .map_err(|error| BadInput(format!("cannot open `{}`: {error}", path.display())))?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let read = Arc::new(AtomicU64::new(0));
        let mut reader =
            BufReader::with_capacity(1 << 17, Counting { file, read: Arc::clone(&read) });
        let start =
            reader.fill_buf().with_context(|| format!("cannot read `{}`", path.display()))?;
        let reader: Box<dyn BufRead + Send> = if start.starts_with(&GZIP_MAGIC) {
            Box::new(BufReader::with_capacity(1 << 17, MultiGzDecoder::new(reader)))
        } else {
            Box::new(reader)
        };
        Ok(Self { reader, read, size, line: 0 })
    }

    /// Bytes of the file that were read so far.
    pub(crate) fn position(&self) -> Position {
        Position(Arc::clone(&self.read))
    }

    /// The first bytes, without moving on.
    pub(crate) fn peek(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    /// The next line without its end; bytes that are no UTF-8 are replaced.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let count = (&mut self.reader).take(LONGEST_LINE as u64).read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        self.line += 1;
        let cut = count == LONGEST_LINE && bytes.last() != Some(&b'\n');
        if cut {
            self.skip_line()?;
        }
        let kept = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let kept = kept.strip_suffix(b"\r").unwrap_or(kept);
        let text = String::from_utf8_lossy(kept);
        let text = if self.line == 1 { text.trim_start_matches('\u{feff}') } else { &text };
        Ok(Some(Line { number: self.line, text: text.to_owned(), cut }))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let (skipped, done) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.reader.consume(skipped);
            if done {
                return Ok(());
            }
        }
    }
}

/// How many bytes of a file were read.
#[derive(Debug, Clone)]
pub(crate) struct Position(Arc<AtomicU64>);

impl Position {
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counting {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn lines(content: &[u8]) -> Vec<(u64, String, bool)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("input");
        std::fs::write(&path, content).unwrap();
        let mut input = Input::open(&path).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = input.next_line().unwrap() {
            lines.push((line.number, line.text, line.cut));
        }
        assert_eq!(input.position().bytes(), content.len() as u64);
        lines
    }

    #[test]
    fn every_line_end_is_known_and_the_last_may_be_missing() {
        let found = lines("\u{feff}a\r\nb\n\nc".as_bytes());
        let expected = [(1, "a"), (2, "b"), (3, ""), (4, "c")];
        assert!(found.iter().map(|line| (line.0, line.1.as_str())).eq(expected), "{found:?}");
    }

    #[test]
    fn two_gzip_members_are_one_file() {
        let gzip = |text: &str| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let found = lines(&[gzip("a\n"), gzip("b\n")].concat());
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].1, "b");
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_is_whole() {
        let mut content = vec![b'x'; LONGEST_LINE + 10];
        content.extend(b"\nnext");
        let found = lines(&content);
        assert!(found[0].2 && found[0].1.len() == LONGEST_LINE);
        assert_eq!((found[1].1.as_str(), found[1].2), ("next", false));
    }
}
