//! Files of a zip archive, in memory: enough for the exports of other tools.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use crate::output::BadInput;

/// Largest file that is unpacked, and all of them together, bytes.
const LARGEST: u64 = 256 << 20;
const LARGEST_ALL: u64 = 1 << 30;

const END: [u8; 4] = *b"PK\x05\x06";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Names and contents of an archive's files.
///
/// # Errors
/// When it is no zip archive, or one that is packed in an unusual way.
pub(crate) fn files(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, BadInput> {
    let broken = || BadInput("the archive is damaged, or no zip archive".to_owned());
    let end = bytes.windows(4).rposition(|four| four == END).ok_or_else(broken)?;
    let count = short(bytes, end + 10).ok_or_else(broken)?;
    let mut at = long(bytes, end + 16).ok_or_else(broken)? as usize;
    let mut files = Vec::new();
    let mut unpacked = 0;
    for _ in 0..count {
        if bytes.get(at..at + 4) != Some(&ENTRY) {
            return Err(broken());
        }
        let method = short(bytes, at + 10).ok_or_else(broken)?;
        let size = long(bytes, at + 20).ok_or_else(broken)? as usize;
        let name_length = short(bytes, at + 28).ok_or_else(broken)? as usize;
        let extra = short(bytes, at + 30).ok_or_else(broken)? as usize;
        let comment = short(bytes, at + 32).ok_or_else(broken)? as usize;
        let begin = long(bytes, at + 42).ok_or_else(broken)? as usize;
        let name = bytes.get(at + 46..at + 46 + name_length).ok_or_else(broken)?;
        let name = String::from_utf8_lossy(name).into_owned();
        at += 46 + name_length + extra + comment;
        if name.ends_with('/') {
            continue;
        }
        let local_name = short(bytes, begin + 26).ok_or_else(broken)? as usize;
        let local_extra = short(bytes, begin + 28).ok_or_else(broken)? as usize;
        let start = begin + 30 + local_name + local_extra;
        let packed = bytes.get(start..start + size).ok_or_else(broken)?;
        let content = unpack(&name, method, packed)?;
        unpacked += content.len() as u64;
        if unpacked > LARGEST_ALL {
            return Err(BadInput("the archive unpacks to more than 1 GiB".to_owned()));
        }
        files.push((name, content));
    }
    Ok(files)
}

fn unpack(name: &str, method: u16, packed: &[u8]) -> Result<Vec<u8>, BadInput> {
    match method {
        STORED => Ok(packed.to_vec()),
        DEFLATED => {
            let mut content = Vec::new();
            let read = DeflateDecoder::new(packed).take(LARGEST + 1).read_to_end(&mut content);
            read.map_err(|error| BadInput(format!("`{name}` cannot be unpacked: {error}")))?;
            if content.len() as u64 > LARGEST {
                return Err(BadInput(format!("`{name}` unpacks to more than 256 MiB")));
            }
            Ok(content)
        }
        other => {
            Err(BadInput(format!("`{name}` is packed by method {other}: pack it with deflate")))
        }
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Python's `zipfile` with the files `a.txt` (stored, `hello`) and `b/c.csv` (deflated, 40
    /// times `date,x\n`).
    const ARCHIVE: &[u8] = include_bytes!("fixtures/two_files.zip");

    #[test]
    fn stored_and_deflated_files_are_unpacked() {
        let files = files(ARCHIVE).unwrap();
        assert_eq!(files[0], ("a.txt".to_owned(), b"hello".to_vec()));
        assert_eq!(files[1], ("b/c.csv".to_owned(), "date,x\n".repeat(40).into_bytes()));
    }

    #[test]
    fn a_damaged_archive_is_refused() {
        for bytes in [&b""[..], &b"PK\x05\x06"[..], &ARCHIVE[..ARCHIVE.len() - 20], &ARCHIVE[40..]]
        {
            assert!(files(bytes).is_err());
        }
    }
}
