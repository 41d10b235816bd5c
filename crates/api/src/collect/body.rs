//! The body of a collecting request: read within limits of size, time and memory, and decompressed.

use std::io::Read;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Largest body of a request, bytes, as sent and decompressed.
pub(crate) const MAX_BODY: usize = 8 << 20;

/// Bodies up to this size need no leave: ten thousand of them are 40 MiB.
const FREE: usize = 4 << 10;

/// Bodies up to this size have a share of their own, so that large ones do not keep them out.
const SMALL: usize = 64 << 10;

/// All larger bodies together that are in memory at once, and all smaller ones, KiB.
const MOST_KIB: usize = 32 << 10;
const MOST_SMALL_KIB: usize = 32 << 10;

/// How many bytes of bodies are in memory, in the whole server.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    large: Arc<Semaphore>,
    small: Arc<Semaphore>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(MOST_KIB, MOST_SMALL_KIB)
    }
}

/// Why a body was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body has more than {MAX_BODY} bytes, as sent or decompressed")]
    TooLarge,
    #[error("the body broke off, or did not arrive in time")]
    BrokenOff,
    #[error("the body says that it is {0}, and cannot be decompressed as that")]
    Compression(&'static str),
    #[error("the server is busy with other large bodies")]
    Busy,
}

/// A body in memory, with the leave for its bytes.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) bytes: Bytes,
    _leave: Option<OwnedSemaphorePermit>,
}

/// Reads and decompresses a body.
///
/// Gzip, zlib and zstd are known by their first bytes: some clients send them without saying so.
///
/// # Errors
/// What is wrong with it.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    budget: &Budget,
) -> Result<Held, BodyError> {
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(BodyError::TooLarge);
    }
    let (bytes, mut leave) = collect(body, budget).await?;
    let Some(coding) = coding(headers, &bytes) else { return Ok(Held { bytes, _leave: leave }) };
    let plain = decompress(coding, &bytes)?;
    budget.hold(&mut leave, plain.len())?;
    Ok(Held { bytes: plain.into(), _leave: leave })
}

impl Budget {
    fn new(large_kib: usize, small_kib: usize) -> Self {
        let share = |kib| Arc::new(Semaphore::new(kib));
        Self { large: share(large_kib), small: share(small_kib) }
    }

    /// Makes `leave` one for so many bytes. It never shrinks.
    fn hold(
        &self,
        leave: &mut Option<OwnedSemaphorePermit>,
        bytes: usize,
    ) -> Result<(), BodyError> {
        if bytes <= FREE {
            return Ok(());
        }
        let is_small = bytes <= SMALL;
        let wanted = bytes.div_ceil(1024);
        let ask = |share: &Arc<Semaphore>, kib: usize| {
            let kib = u32::try_from(kib).unwrap_or(u32::MAX);
            share.clone().try_acquire_many_owned(kib).ok()
        };
        if let Some(held) = leave {
            let missing = wanted.saturating_sub(held.num_permits());
            if missing == 0 {
                return Ok(());
            }
            let share = held.semaphore().clone();
            if (is_small || Arc::ptr_eq(&share, &self.large))
                && let Some(more) = ask(&share, missing)
            {
                held.merge(more);
                return Ok(());
            }
        }
        let small = if is_small { ask(&self.small, wanted) } else { None };
        let new = small.or_else(|| ask(&self.large, wanted)).ok_or(BodyError::Busy)?;
        *leave = Some(new);
        Ok(())
    }
}

async fn collect(
    mut body: Body,
    budget: &Budget,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), BodyError> {
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    let mut leave: Option<OwnedSemaphorePermit> = None;
    let mut let_go: Option<usize> = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::BrokenOff)?.into_data() else { continue };
        // Who is still sending does not read the answer: the rest is heard out and let go.
        if let Some(heard) = &mut let_go {
            *heard += data.len();
            if *heard > MAX_BODY {
                return Err(BodyError::TooLarge);
            }
            continue;
        }
        let len = first.len().max(rest.len()) + data.len();
        if len > MAX_BODY {
            return Err(BodyError::TooLarge);
        }
        let wanted = ahead(len, leave.as_ref(), body.is_end_stream());
        if budget.hold(&mut leave, wanted).is_err() {
            let_go = Some(len);
            (first, rest, leave) = (Bytes::new(), Vec::new(), None);
            continue;
        }
        if first.is_empty() {
            first = data;
            continue;
        }
        if rest.is_empty() {
            rest.extend_from_slice(&first);
        }
        rest.extend_from_slice(&data);
    }
    if let_go.is_some() {
        return Err(BodyError::Busy);
    }
    let bytes = if rest.is_empty() { first } else { rest.into() };
    Ok((bytes, leave))
}

/// For how many bytes leave is asked when `len` are there: for twice that when more may come, so that a long body
/// asks seldom.
fn ahead(len: usize, held: Option<&OwnedSemaphorePermit>, is_all: bool) -> usize {
    let held = held.map_or(0, OwnedSemaphorePermit::num_permits) * 1024;
    match len {
        _ if is_all || len <= held.max(FREE) => len,
        ..=SMALL => (2 * len).min(SMALL),
        _ => (2 * len).min(MAX_BODY),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Largest window of a zstd body, as a power of two: eight megabytes, as any decoder has to know.
const WINDOW: u32 = 23;

fn coding(headers: &HeaderMap, bytes: &[u8]) -> Option<Coding> {
    if bytes.starts_with(&GZIP) {
        return Some(Coding::Gzip);
    }
    if bytes.starts_with(&ZSTD) {
        return Some(Coding::Zstd);
    }
    if let [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] = bytes {
        return Some(Coding::Deflate);
    }
    // A proxy that decompressed may have left the header.
    let first = bytes.trim_ascii_start().first().copied();
    let said = headers.get(header::CONTENT_ENCODING)?.to_str().ok()?.trim();
    let plain = matches!(first, None | Some(b'{' | b'['));
    match said.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" if !plain => Some(Coding::Gzip),
        "deflate" if !plain => Some(Coding::Deflate),
        // A stream of brotli may begin with any byte.
        "br" if !(plain && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()) => {
            Some(Coding::Brotli)
        }
        _ => None,
    }
}

fn decompress(coding: Coding, bytes: &[u8]) -> Result<Vec<u8>, BodyError> {
    match coding {
        Coding::Gzip => inflate("gzip", flate2::read::MultiGzDecoder::new(bytes)),
        Coding::Deflate if bytes.first().is_some_and(|first| first & 0x0f == 8) => {
            inflate("deflate", flate2::read::ZlibDecoder::new(bytes))
        }
        Coding::Deflate => inflate("deflate", flate2::read::DeflateDecoder::new(bytes)),
        Coding::Brotli => inflate("br", brotli::Decompressor::new(bytes, 16 << 10)),
        Coding::Zstd => {
            let decoder = zstd::Decoder::with_buffer(bytes).and_then(|mut decoder| {
                decoder.window_log_max(WINDOW)?;
                Ok(decoder)
            });
            inflate("zstd", decoder.map_err(|_| BodyError::Compression("zstd"))?)
        }
    }
}

fn inflate(name: &'static str, reader: impl Read) -> Result<Vec<u8>, BodyError> {
    let mut plain = Vec::new();
    reader
        .take(MAX_BODY as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| BodyError::Compression(name))?;
    if plain.len() > MAX_BODY { Err(BodyError::TooLarge) } else { Ok(plain) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = br#"{"n":"pageview"}"#;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn taken(coding: Option<&str>, bytes: Vec<u8>) -> Result<Vec<u8>, BodyError> {
        let mut headers = HeaderMap::new();
        if let Some(coding) = coding {
            headers.insert(header::CONTENT_ENCODING, coding.parse().unwrap());
        }
        read(&headers, Body::from(bytes), &Budget::default()).await.map(|held| held.bytes.to_vec())
    }

    #[tokio::test]
    async fn a_compressed_body_is_known_by_its_header_or_its_first_bytes() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(TEXT).unwrap();
        let zlib = zlib.finish().unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(TEXT).unwrap();
        let raw = raw.finish().unwrap();
        let mut brotli = Vec::new();
        brotli::CompressorWriter::new(&mut brotli, 4096, 5, 20).write_all(TEXT).unwrap();
        for (coding, bytes) in [
            (None, TEXT.to_vec()),
            (Some("gzip"), gzip(TEXT)),
            (None, gzip(TEXT)),
            (Some("deflate"), zlib.clone()),
            (None, zlib),
            (Some("deflate"), raw),
            (Some("br"), brotli),
            (Some("zstd"), zstd::encode_all(TEXT, 3).unwrap()),
            (None, zstd::encode_all(TEXT, 19).unwrap()),
            // Decompressed on the way, and the header left.
            (Some("gzip"), TEXT.to_vec()),
            (Some("br"), TEXT.to_vec()),
        ] {
            assert_eq!(taken(coding, bytes).await.as_deref(), Ok(TEXT), "{coding:?}");
        }
        let torn = taken(Some("gzip"), gzip(TEXT)[..12].to_vec()).await;
        assert_eq!(torn, Err(BodyError::Compression("gzip")));
        let torn = taken(Some("zstd"), zstd::encode_all(TEXT, 3).unwrap()[..9].to_vec()).await;
        assert_eq!(torn, Err(BodyError::Compression("zstd")));
    }

    #[tokio::test]
    async fn a_bomb_is_not_unpacked() {
        let bomb = gzip(&vec![b' '; 64 << 20]);
        assert!(bomb.len() < 100 << 10, "{}", bomb.len());
        assert_eq!(taken(None, bomb).await, Err(BodyError::TooLarge));
        let bomb = zstd::encode_all(&*vec![b' '; 64 << 20], 3).unwrap();
        assert_eq!(taken(Some("zstd"), bomb).await, Err(BodyError::TooLarge));
        assert_eq!(taken(None, vec![b' '; MAX_BODY + 1]).await, Err(BodyError::TooLarge));
    }

    #[tokio::test]
    async fn large_bodies_share_a_budget() {
        let budget = Budget::default();
        let read = |body| read_all(body, &budget);
        let mut held = Vec::new();
        let refused = loop {
            // Two frames: one alone comes from the connection's own buffer.
            match read(vec![vec![b' '; 1 << 20], vec![b' '; 7 << 20]]).await {
                Ok(body) => held.push(body),
                Err(error) => break error,
            }
        };
        assert_eq!((refused, held.len()), (BodyError::Busy, 4));
        assert!(read(vec![b"{}".to_vec()]).await.is_ok(), "small ones are still taken");
        held.clear();
        assert!(read(vec![vec![b' '; 1 << 20], vec![b' '; 1 << 20]]).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_for_which_there_is_no_room_is_heard_out_before_the_answer() {
        let budget = Budget::new(0, 0);
        let heard = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = heard.clone();
        let frames = (0..5).map(move |_| {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1 << 20]))
        });
        let body = Body::from_stream(futures::stream::iter(frames));
        let refused = read(&HeaderMap::new(), body, &budget).await.map(|held| held.bytes);
        assert_eq!(refused, Err(BodyError::Busy));
        assert_eq!(heard.load(std::sync::atomic::Ordering::Relaxed), 5);
    }

    #[tokio::test]
    async fn small_bodies_that_come_slowly_are_counted_too() {
        const BODIES: usize = 3_000;
        const BEGIN: usize = 40 << 10;
        let budget = Budget::default();
        let more = Arc::new(Semaphore::new(0));
        let slow = |_| {
            let (budget, more) = (budget.clone(), more.clone());
            let begin = futures::stream::iter([Ok::<_, std::io::Error>(vec![b' '; BEGIN].into())]);
            let end = futures::stream::once(async move {
                let _go_on = more.acquire().await;
                Ok(Bytes::from_static(b"{}"))
            });
            let body = Body::from_stream(futures::StreamExt::chain(begin, end));
            tokio::spawn(async move { read(&HeaderMap::new(), body, &budget).await })
        };
        let reading: Vec<_> = (0..BODIES).map(slow).collect();
        for _ in 0..10 * BODIES {
            tokio::task::yield_now().await;
        }
        assert_eq!(budget.large.available_permits() + budget.small.available_permits(), 0);
        let tiny = read_all(vec![b"{".to_vec(), b"}".to_vec()], &budget).await;
        assert!(tiny.is_ok(), "an event is taken all the same");
        more.add_permits(BODIES);
        let mut held = Vec::new();
        for body in reading {
            held.extend(body.await.unwrap().ok());
        }
        let bytes: usize = held.iter().map(|body| body.bytes.len()).sum();
        assert!(bytes > 32 << 20 && bytes <= 64 << 20, "{} MiB are in memory", bytes >> 20);
        held.clear();
        assert_eq!(budget.small.available_permits(), MOST_SMALL_KIB);
        assert_eq!(budget.large.available_permits(), MOST_KIB);
    }

    async fn read_all(frames: Vec<Vec<u8>>, budget: &Budget) -> Result<Held, BodyError> {
        let frames = frames.into_iter().map(|frame| Ok::<_, std::io::Error>(Bytes::from(frame)));
        let body = Body::from_stream(futures::stream::iter(frames));
        read(&HeaderMap::new(), body, budget).await
    }
}
