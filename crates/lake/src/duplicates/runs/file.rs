//! One file of sorted ids.
//!
//! A header, the ids, every 512th of them again, and a Bloom filter; all numbers little-endian. The
//! header is written last, so that a file without one was never finished.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use parking_lot::RwLock;

const MAGIC: [u8; 8] = *b"LUOTSII1";

/// Magic, number of ids, time, blocks of the filter, checksum of what follows the ids, and a checksum of
/// all of that.
const HEADER_BYTES: u64 = 8 + 8 + 8 + 4 + 4 + 4;

/// Ids that a look-up reads at once.
const PAGE_IDS: usize = 512;

/// Ids that are read at once from the first to the last.
const READ_IDS: u64 = 8_192;

/// A block of the filter fits a line of the processor's cache.
const BLOCK_WORDS: usize = 8;
const BITS_PER_ID: u64 = 10;
const BITS_SET: u32 = 6;

/// A run that is on the disk.
#[derive(Debug)]
pub(crate) struct Run {
    path: PathBuf,
    file: File,
    count: u64,
    latest_us: i64,
    /// The first id of every page.
    fences: Vec<u64>,
    /// `None` where there is no memory for it.
    filter: RwLock<Option<Filter>>,
}

impl Run {
    /// Opens a finished run. Fails with `InvalidData` when it is damaged.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut header = [0; HEADER_BYTES as usize];
        file.read_exact(&mut header)?;
        let (fields, checksum) = header.split_at(HEADER_BYTES as usize - 4);
        if !fields.starts_with(&MAGIC) || crc32fast::hash(fields).to_le_bytes() != *checksum {
            return Err(damaged("its header is not whole"));
        }
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| fields[at + byte]));
        let small = |at: usize| u32::from_le_bytes(std::array::from_fn(|byte| fields[at + byte]));
        let (count, latest_us) = (number(8), number(16).cast_signed());
        let (blocks, checksum) = (small(24) as usize, small(28));
        let pages = usize::try_from(count.div_ceil(PAGE_IDS as u64)).map_err(io::Error::other)?;
        file.seek(SeekFrom::Start(HEADER_BYTES + count * 8))?;
        let mut rest = Vec::new();
        file.read_to_end(&mut rest)?;
        if rest.len() != (pages + blocks * BLOCK_WORDS) * 8 || crc32fast::hash(&rest) != checksum {
            return Err(damaged("its end is not whole"));
        }
        let mut words = words(&rest);
        let filter = Filter { words: words.split_off(pages) };
        Ok(Self {
            path: path.to_path_buf(),
            file,
            count,
            latest_us,
            fences: words,
            filter: RwLock::new(Some(filter)),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of ids.
    pub(crate) fn len(&self) -> u64 {
        self.count
    }

    /// When the latest id came, microseconds UTC.
    pub(crate) fn latest_us(&self) -> i64 {
        self.latest_us
    }

    pub(crate) fn filter_bytes(&self) -> usize {
        self.filter.read().as_ref().map_or(0, |filter| filter.words.len() * 8)
    }

    pub(crate) fn drop_filter(&self) {
        *self.filter.write() = None;
    }

    /// Sets `known` for those of `keys` that are here.
    pub(crate) fn mark(&self, keys: &[u64], known: &mut [bool]) -> io::Result<()> {
        let filter = self.filter.read();
        for (key, known) in keys.iter().zip(known) {
            if !*known && filter.as_ref().is_none_or(|filter| filter.may_contain(*key)) {
                *known = self.look_up(*key)?;
            }
        }
        Ok(())
    }

    fn look_up(&self, key: u64) -> io::Result<bool> {
        let Some(page) = self.fences.partition_point(|fence| *fence <= key).checked_sub(1) else {
            return Ok(false);
        };
        let first = (page * PAGE_IDS) as u64;
        let ids = (self.count - first).min(PAGE_IDS as u64) as usize;
        let mut bytes = [0; PAGE_IDS * 8];
        let bytes = &mut bytes[..ids * 8];
        self.file.read_exact_at(bytes, HEADER_BYTES + first * 8)?;
        let (words, _) = bytes.as_chunks::<8>();
        Ok(words.binary_search_by_key(&key, |word| u64::from_le_bytes(*word)).is_ok())
    }

    /// All ids, ascending.
    pub(crate) fn keys(&self) -> io::Result<Keys> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(HEADER_BYTES))?;
        let mut keys = Keys { file, left: self.count, page: Vec::new(), at: 0 };
        keys.read_page()?;
        Ok(keys)
    }
}

/// The ids of a run, read one after the other.
pub(crate) struct Keys {
    file: File,
    /// Ids that are not in memory yet.
    left: u64,
    page: Vec<u64>,
    at: usize,
}

impl Keys {
    /// The id at hand; `None` at the end.
    pub(crate) fn head(&self) -> Option<u64> {
        self.page.get(self.at).copied()
    }

    /// Goes to the next one.
    pub(crate) fn advance(&mut self) -> io::Result<()> {
        self.at += 1;
        if self.at == self.page.len() { self.read_page() } else { Ok(()) }
    }

    fn read_page(&mut self) -> io::Result<()> {
        let ids = self.left.min(READ_IDS);
        let mut bytes = vec![0; ids as usize * 8];
        self.file.read_exact(&mut bytes)?;
        self.left -= ids;
        self.page = words(&bytes);
        self.at = 0;
        Ok(())
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn words(bytes: &[u8]) -> Vec<u64> {
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().map(|word| u64::from_le_bytes(*word)).collect()
}

/// A run that is being written.
pub(crate) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    count: u64,
    fences: Vec<u64>,
    filter: Filter,
    finished: bool,
}

impl Writer {
    /// Begins a file for at most `most_keys` ids.
    pub(crate) fn create(path: PathBuf, most_keys: u64) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        let mut file = BufWriter::with_capacity(1 << 16, file);
        file.write_all(&[0; HEADER_BYTES as usize])?;
        let filter = Filter::new(most_keys);
        Ok(Self { path, file, count: 0, fences: Vec::new(), filter, finished: false })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds an id, greater than the last.
    pub(crate) fn push(&mut self, key: u64) -> io::Result<()> {
        if self.count.is_multiple_of(PAGE_IDS as u64) {
            self.fences.push(key);
        }
        self.count += 1;
        self.filter.insert(key);
        self.file.write_all(&key.to_le_bytes())
    }

    /// Ends the file and gives it the name `path`; its folder is still to be synced.
    pub(crate) fn finish(mut self, path: PathBuf, latest_us: i64) -> io::Result<Run> {
        let mut rest = Vec::with_capacity((self.fences.len() + self.filter.words.len()) * 8);
        for word in self.fences.iter().chain(&self.filter.words) {
            rest.extend_from_slice(&word.to_le_bytes());
        }
        self.file.write_all(&rest)?;
        self.file.flush()?;
        let blocks =
            u32::try_from(self.filter.words.len() / BLOCK_WORDS).map_err(io::Error::other)?;
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&self.count.to_le_bytes());
        header.extend_from_slice(&latest_us.to_le_bytes());
        header.extend_from_slice(&blocks.to_le_bytes());
        header.extend_from_slice(&crc32fast::hash(&rest).to_le_bytes());
        header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header)?;
        file.sync_all()?;
        fs::rename(&self.path, &path)?;
        self.finished = true;
        Ok(Run {
            file: File::open(&path)?,
            path,
            count: self.count,
            latest_us,
            fences: std::mem::take(&mut self.fences),
            filter: RwLock::new(Some(std::mem::take(&mut self.filter))),
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "half a file of ids stays until the next start");
        }
    }
}

/// A Bloom filter of blocks.
#[derive(Debug, Default)]
struct Filter {
    words: Vec<u64>,
}

impl Filter {
    fn new(ids: u64) -> Self {
        let blocks = (ids * BITS_PER_ID).div_ceil(BLOCK_WORDS as u64 * 64).max(1) as usize;
        Self { words: vec![0; blocks * BLOCK_WORDS] }
    }

    /// Where the block of `key` begins, and the nine bits, six times, that choose bits of it.
    fn place(&self, key: u64) -> (usize, u64) {
        let blocks = self.words.len() / BLOCK_WORDS;
        let block = ((u128::from(key) * blocks as u128) >> 64) as usize;
        (block * BLOCK_WORDS, key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
    }

    fn insert(&mut self, key: u64) {
        let (block, bits) = self.place(key);
        for at in 0..BITS_SET {
            let bit = (bits >> (9 * at)) as usize & 511;
            self.words[block + bit / 64] |= 1 << (bit % 64);
        }
    }

    /// Without a branch before the last: the processor fetches the lines of the next keys meanwhile,
    /// where each wrong guess would make it wait for memory.
    fn may_contain(&self, key: u64) -> bool {
        let (block, bits) = self.place(key);
        let words = &self.words[block..block + BLOCK_WORDS];
        let set = (0..BITS_SET).fold(1, |set, at| {
            let bit = bits >> (9 * at);
            set & words[(bit >> 6) as usize % BLOCK_WORDS] >> (bit % 64)
        });
        set == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_ids_that_are_not_there_are_looked_up() {
        let key = |id: u64| crate::duplicates::key(1, id.cast_signed());
        let mut filter = Filter::new(100_000);
        (0..100_000).for_each(|id| filter.insert(key(id)));
        assert!((0..100_000).all(|id| filter.may_contain(key(id))));
        let wrong = (100_000..200_000).filter(|id| filter.may_contain(key(*id))).count();
        assert!(wrong < 2_500, "{wrong} of 100,000");
    }
}
