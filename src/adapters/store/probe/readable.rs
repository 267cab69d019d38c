//! Whether the system lets every byte of a store be read. Asked before the engine opens it: what the engine cannot
//! read while it opens a store it takes for the end of its log, and writes over what follows.

use std::{
    fs::File,
    io,
    num::NonZero,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use cloudscope_domain::text::visible;
use cloudscope_ports::StoreError;

use crate::{directory::files_below, error::from_io};

/// Bytes that a thread reads through before it takes the next piece,
const PIECE: u64 = 32 << 20;
/// and those that it reads at a time.
const BUFFER: usize = 1 << 20;
/// Threads that read at most.
const READERS: usize = 4;

/// Reads every file through, several pieces at a time.
pub(super) fn readable(path: &Path) -> Result<(), StoreError> {
    let barred = |at: &Path, e: &io::Error| from_io(&visible(&at.to_string_lossy()), e);
    let mut pieces: Vec<(PathBuf, bool, u64)> = Vec::new();
    for (file, size) in files_below(path).map_err(|e| barred(path, &e))? {
        // The engine has only this one open for writing.
        let written = file == Path::new("db");
        let at = path.join(file);
        pieces.extend((0..=size / PIECE).map(|n| (at.clone(), written, n * PIECE)));
    }
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<StoreError>> = Mutex::new(None);
    let read = || {
        let mut buffer = vec![0; BUFFER];
        while let Some((at, written, from)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            match through(at, *written, *from, &mut buffer) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    next.store(pieces.len(), Ordering::Relaxed);
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(barred(at, &e));
                }
                _ => {}
            }
        }
    };
    let readers = thread::available_parallelism().map_or(1, NonZero::get).min(READERS).min(pieces.len());
    thread::scope(|threads| {
        for _ in 1..readers {
            threads.spawn(read);
        }
        read();
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Reads a piece of a file, or what there is of it.
fn through(at: &Path, written: bool, from: u64, buffer: &mut [u8]) -> io::Result<()> {
    let file = File::options().read(true).write(written).open(at)?;
    let (mut place, end) = (from, from + PIECE);
    while place < end {
        match file.read_at(buffer, place) {
            Ok(0) => break,
            Ok(n) => place += n as u64,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
