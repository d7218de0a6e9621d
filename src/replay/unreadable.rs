//! What is wrong with a file as a whole: it cannot be decompressed to its end, or there is nothing in it.

use std::io;

use super::error::{BadLine, Problem, TraceError};
use crate::scenario::{Compression, Replay, TraceFormat};

/// What is wrong where a file cannot be decompressed any further; `None` for one that is not compressed.
pub fn unpacking(replay: &Replay, error: &io::Error) -> Option<Problem> {
    let format = match replay.compression {
        Compression::None => return None,
        Compression::Zstd => "zstd",
        Compression::Gzip => "gzip",
    };
    let unit = match replay.format {
        TraceFormat::OracleGeneral { .. } => "record",
        _ => "line",
    };
    let problem = if error.kind() == io::ErrorKind::UnexpectedEof {
        let what = format!("the file ends here, in the middle of its {format} data");
        Problem::new(BEHIND, what).help(format!(
            "all before this {unit} can be read: the file was cut off, or is not complete yet; copy it anew"
        ))
    } else {
        let what = format!("from this {unit} on the file is not {format} data: {error}");
        Problem::new(BEHIND, what).help(format!(
            "it is damaged, or its name wrongly says that it is compressed; `{format} -t` tells"
        ))
    };
    Some(*problem)
}

/// Behind all that there is of a line.
const BEHIND: std::ops::Range<usize> = usize::MAX..usize::MAX;

/// Why a file in which there is nothing cannot be replayed.
pub fn without_operations(replay: &Replay) -> TraceError {
    let problem = Problem::new(0..0, "there are no operations in this file").help(
        "is it the right one, and complete? Leave the replay out if nothing is to be replayed",
    );
    TraceError::BadLine(Box::new(BadLine::of_file(replay, *problem)))
}
