//! A log cut off anywhere gives back what was acknowledged.

use std::fs;

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
