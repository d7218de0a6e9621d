//! Bodies of requests: read to their end whatever becomes of them, since clients hear of a refusal only then.

use crate::live::budget::Lease;
use axum::body::Body;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use std::time::{Duration, Instant};

/// A client that sends nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Nor one that sends less than this in a second, when that is over.
const BYTES_PER_S: u64 = 64 << 10;

/// So many times what is allowed is read of a body that is too long; then its client is cut off.
const READ_ANYWAY: u64 = 4;

/// What became of a body.
#[derive(Debug)]
pub enum Read {
    /// It is there.
    Whole(Vec<u8>),
    /// It is longer than allowed: so many bytes.
    TooLong(u64),
    /// There is no memory for it.
    NoMemory,
    /// Its client sent what is no body.
    Malformed,
    /// Its client stopped sending, or sends too slowly or without end.
    Broken,
}

/// Reads a body of at most so many bytes, for which memory is taken.
pub async fn read(mut body: Body, max: u64, lease: &mut Lease) -> Read {
    let mut bytes = Vec::new();
    let mut length = 0;
    let (mut has_memory, start) = (true, Instant::now());
    // Taken as it comes: who announces much and sends nothing is in nobody's way.
    let announced = body.size_hint().lower();
    loop {
        let frame = match tokio::time::timeout(PATIENCE, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => break,
            Ok(Some(Err(_))) => return Read::Malformed,
            Err(_) => return Read::Broken,
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len() as u64;
        if length > max.saturating_mul(READ_ANYWAY) || is_too_slow(start, length) {
            return Read::Broken;
        }
        if length > max || !has_memory {
            bytes = Vec::new();
            continue;
        }
        has_memory = lease.take(data.len() as u64);
        if has_memory {
            if bytes.is_empty() {
                bytes.reserve_exact(announced.min(max) as usize);
            }
            bytes.extend_from_slice(&data);
        }
    }
    match (length > max, has_memory) {
        (true, _) => Read::TooLong(length),
        (_, false) => Read::NoMemory,
        _ => Read::Whole(bytes),
    }
}

/// Reads a body of at most so many bytes to its end, and keeps nothing of it.
pub async fn ignore(mut body: Body, max: u64) {
    let (mut length, start) = (0, Instant::now());
    while length <= max
        && !is_too_slow(start, length)
        && let Ok(Some(Ok(frame))) = tokio::time::timeout(PATIENCE, body.frame()).await
    {
        length += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
}

/// Whether a client that has sent so much since `start` is not waited for any more.
fn is_too_slow(start: Instant, length: u64) -> bool {
    start.elapsed() > PATIENCE + Duration::from_secs(length / BYTES_PER_S)
}
