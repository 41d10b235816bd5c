//! The write-ahead log: an event is here, on the disk, before anyone hears that it was accepted.
//!
//! A segment is a file of eight magic bytes and frames; a frame is its payload's length and CRC-32
//! (both 32 bits, little-endian) and the payload. The payloads, put together, are an Arrow IPC
//! stream in `schema::log_schema`. A frame is on the disk as a whole or it does not count.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::MetadataVersion;
use arrow::ipc::writer::{IpcWriteOptions, StreamEncoder};

use crate::{faults, schema};

pub mod recover;

/// Ending of the copies that damaged segments leave.
pub(crate) const DAMAGED: &str = "damaged";

const MAGIC: [u8; 8] = *b"LUOTSIL1";

/// Length and checksum.
const FRAME_HEADER_BYTES: usize = 8;

/// Why a batch is not in the log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("the log cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error("a batch cannot be encoded for the log: {0}")]
    Encode(#[from] ArrowError),
}

/// The segment that is being written.
pub(crate) struct Segment {
    number: u64,
    path: PathBuf,
    file: File,
    encoder: StreamEncoder,
    frame: Vec<u8>,
    bytes: u64,
}

impl Segment {
    /// Begins segment `number` in `dir`; the file is on the disk when this returns.
    pub(crate) fn create(dir: &Path, number: u64) -> Result<Self, LogError> {
        let path = path(dir, number);
        faults::disk(&path)?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(&MAGIC)?;
        file.sync_all()?;
        sync_dir(dir)?;
        let options = IpcWriteOptions::try_new(8, false, MetadataVersion::V5)?;
        let encoder = StreamEncoder::try_new_with_options(&schema::log_schema(), options)?;
        let bytes = MAGIC.len() as u64;
        Ok(Self { number, path, file, encoder, frame: Vec::new(), bytes })
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Size of the file, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == MAGIC.len() as u64
    }

    /// Writes one frame and waits until the disk has it.
    ///
    /// After an error the segment must not be used again: what the disk holds is unknown.
    pub(crate) fn append(&mut self, batch: &RecordBatch) -> Result<(), LogError> {
        self.frame.clear();
        self.frame.resize(FRAME_HEADER_BYTES, 0);
        for part in self.encoder.encode(batch)? {
            self.frame.extend_from_slice(&part);
        }
        let payload = &self.frame[FRAME_HEADER_BYTES..];
        let length = u32::try_from(payload.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a frame is over 4 GiB"))?;
        let checksum = crc32fast::hash(payload);
        self.frame[..4].copy_from_slice(&length.to_le_bytes());
        self.frame[4..FRAME_HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
        if let Err(error) = faults::disk(&self.path) {
            // As a disk that fills up: some of it is there.
            self.file.write_all(&self.frame[..self.frame.len() / 2])?;
            return Err(error.into());
        }
        self.file.write_all(&self.frame)?;
        self.file.sync_data()?;
        self.bytes += self.frame.len() as u64;
        if self.frame.capacity() > 4 << 20 {
            self.frame = Vec::new();
        }
        Ok(())
    }

    /// Cuts off what the last, failed append may have left behind, as far as the disk allows.
    pub(crate) fn abandon(self) {
        if let Err(error) = self.file.set_len(self.bytes).and_then(|()| self.file.sync_all()) {
            tracing::warn!(path = %self.path.display(), %error, "a broken log segment stays as it is");
        }
    }
}

/// Numbers of the segments in `dir`, ascending.
pub(crate) fn segments(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".log"));
        numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Removes the segments up to and with `last`.
pub(crate) fn remove_up_to(dir: &Path, last: u64) -> io::Result<()> {
    for number in segments(dir)?.into_iter().filter(|number| *number <= last) {
        fs::remove_file(path(dir, number))?;
    }
    Ok(())
}

pub(crate) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:020}.log"))
}

/// Makes the names in `dir` outlive a loss of power.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
