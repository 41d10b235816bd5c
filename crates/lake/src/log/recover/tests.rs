//! A log cut off anywhere gives back what was acknowledged.

use std::fs;

use rand::RngExt as _;

use super::*;
use crate::columns;
use crate::log::{Segment, path};
use crate::testing::{batch_of, page_view};

/// The bytes of a segment with one frame for each of `frames`, and the length after each.
fn segment(frames: &[&[i64]]) -> (Vec<u8>, Vec<usize>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut segment = Segment::create(dir.path(), 1).expect("the folder is writable");
    let mut ends = Vec::new();
    for ids in frames {
        let events: Vec<_> = ids.iter().map(|id| page_view(*id, *id)).collect();
        segment.append(&batch_of(&events)).expect("the disk takes it");
        ends.push(usize::try_from(segment.bytes()).expect("it is small"));
    }
    (fs::read(path(dir.path(), 1)).expect("it is there"), ends)
}

fn ids(recovered: &Recovered) -> Vec<i64> {
    let of = |batch| columns::int64(batch, schema::EVENT_ID).expect("the column").values().to_vec();
    recovered.batches.iter().flat_map(of).collect()
}

#[test]
fn a_whole_segment_gives_all_frames() {
    let (bytes, _) = segment(&[&[1], &[2, 3], &[4]]);
    let recovered = recover(&bytes);
    assert_eq!(ids(&recovered), [1, 2, 3, 4]);
    assert!(!recovered.torn);
    assert_eq!(recovered.batches[0], batch_of(&[page_view(1, 1)]));
}

#[test]
fn a_segment_torn_at_any_byte_of_its_last_frame_gives_the_frames_before() {
    let (bytes, ends) = segment(&[&[1], &[2, 3], &[4, 5]]);
    for cut in ends[1]..ends[2] {
        let recovered = recover(&bytes[..cut]);
        assert_eq!(ids(&recovered), [1, 2, 3], "cut at {cut}");
        assert_eq!(recovered.whole_bytes, ends[1]);
        assert_eq!(recovered.torn, cut > ends[1]);
    }
}

#[test]
fn a_changed_byte_in_the_last_frame_ends_the_segment_before_it() {
    let (bytes, ends) = segment(&[&[1], &[2]]);
    for at in ends[0]..ends[1] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x40;
        assert_eq!(ids(&recover(&bytes)), [1], "changed at {at}");
    }
}

#[test]
fn zeros_after_the_last_frame_are_nothing() {
    let (mut bytes, _) = segment(&[&[1]]);
    bytes.resize(bytes.len() + 4_096, 0);
    let recovered = recover(&bytes);
    assert_eq!(ids(&recovered), [1]);
    assert!(recovered.torn);
}

#[test]
fn other_bytes_are_no_segment() {
    assert!(recover(b"").batches.is_empty());
    assert!(recover(b"PAR1 and more").batches.is_empty());
}

#[test]
fn frames_after_a_damaged_one_are_not_lost() {
    let (mut bytes, ends) = segment(&[&[1], &[2], &[3], &[4]]);
    bytes[ends[1] - 5] ^= 0x40;
    let recovered = recover(&bytes);
    assert_eq!(ids(&recovered), [1, 3, 4]);
    assert_eq!(recovered.damaged_bytes, ends[1] - ends[0]);
    assert!(!recovered.torn);
}

/// Bytes changed, cut out, doubled and put in, checksums made right again or not: nothing panics, and
/// nothing comes back twice. `LUOTSI_FUZZ_SECONDS` is how long to look.
#[test]
fn whatever_the_bytes_are_reading_them_ends() {
    let seconds = std::env::var("LUOTSI_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let until = std::time::Instant::now() + std::time::Duration::from_secs(seconds.unwrap_or(2));
    let (whole, ends) = segment(&[&[1, 2], &[3], &[4, 5, 6]]);
    let mut dice = rand::rng();
    let mut rounds = 0_u64;
    while std::time::Instant::now() < until {
        rounds += 1;
        let mut bytes = whole.clone();
        let changes = dice.random_range(1..6);
        for _ in 0..changes {
            if bytes.is_empty() {
                break;
            }
            let at = dice.random_range(0..bytes.len());
            match dice.random_range(0..5) {
                0 => bytes[at] = rand::random(),
                1 => bytes[at] ^= 1 << dice.random_range(0..8),
                2 => bytes.truncate(at),
                3 => {
                    let end = (at + dice.random_range(1..64)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => {
                    let word: [u8; 4] = rand::random();
                    let end = (at + 4).min(bytes.len());
                    bytes.splice(at..end, word);
                }
            }
        }
        if rand::random() {
            mend(&mut bytes, &ends);
        }
        let recovered = recover(&bytes);
        assert!(recovered.whole_bytes <= bytes.len());
        assert!(recovered.batches.iter().all(|batch| batch.schema() == schema::log_schema()));
    }
    assert!(rounds > 100, "only {rounds} rounds");
}

/// Makes the checksums right, so that what they guard is read.
fn mend(bytes: &mut [u8], ends: &[usize]) {
    let mut start = super::super::MAGIC.len();
    for end in ends {
        let Some(frame) = bytes.get_mut(start..*end) else { return };
        if frame.len() > super::super::FRAME_HEADER_BYTES {
            let (header, payload) = frame.split_at_mut(super::super::FRAME_HEADER_BYTES);
            header[..4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
            header[4..].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
        }
        start = *end;
    }
}
