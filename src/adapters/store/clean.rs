//! The mark of a clean close: the hash of every file of the engine. While it matches, the files are
//! the ones that were closed, and the store may be opened without looking at it first.

use std::{
    fmt::Write,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use cloudscope_ports::StoreError;

use crate::{
    directory::{CLEAN, Directory, HEAD, files_below},
    error::from_io,
    generation::Generation,
};

/// The first line of the mark.
const FIRST: &str = "cloudscope-clean 2";
/// Bytes of a file that are hashed at a time,
const PIECE: u64 = 8 << 20;
/// by so many threads.
const THREADS: usize = 4;

/// Leaves the mark.
pub(crate) fn mark(directory: &Directory, generation: Generation) -> Result<(), StoreError> {
    let text = describe(directory, generation)?;
    directory.replace(CLEAN, text.as_bytes())
}

/// Takes the mark away, and says whether the files are the ones that were closed.
pub(crate) fn take(directory: &Directory, generation: Generation) -> Result<bool, StoreError> {
    let Some(content) = directory.read(CLEAN)? else { return Ok(false) };
    let same = describe(directory, generation).is_ok_and(|text| text.as_bytes() == content);
    directory.remove(CLEAN)?;
    Ok(same)
}

/// How many bytes a store has that was closed cleanly; `None` where there is none, somebody has it open, or
/// it was not closed so. Only looks, and does not look into the files.
#[must_use]
pub fn at_rest(dir: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(dir.join(CLEAN)).ok()?;
    let sizes = text.lines().skip(2).filter_map(|line| line.split(' ').next()?.parse::<u64>().ok());
    text.starts_with(FIRST).then(|| sizes.sum())
}

fn describe(directory: &Directory, generation: Generation) -> Result<String, StoreError> {
    let name = generation.name();
    let root = directory.path().join(&name);
    let head = directory.read(HEAD)?.unwrap_or_default();
    let mut text = format!("{FIRST}\nhead {}\n", blake3::hash(&head).to_hex());
    let files = files_below(&root).map_err(|e| from_io(&name, &e))?;
    let hashes = hashes(&root, &files).map_err(|e| from_io(&name, &e))?;
    for ((path, size), hash) in files.iter().zip(hashes) {
        let _ = writeln!(text, "{size} {hash} {}", path.display());
    }
    let sum = blake3::hash(text.as_bytes()).to_hex();
    let _ = writeln!(text, "checksum {sum}");
    Ok(text)
}

/// The hash over the hashes of each file's pieces, which are read side by side.
fn hashes(root: &Path, files: &[(PathBuf, u64)]) -> io::Result<Vec<blake3::Hash>> {
    let pieces: Vec<(usize, u64)> = files
        .iter()
        .enumerate()
        .flat_map(|(n, (_, size))| (0..size.div_ceil(PIECE)).map(move |piece| (n, piece * PIECE)))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done: Vec<(usize, blake3::Hash)> = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            let Some((file, from)) = pieces.get(piece) else { return Ok(done) };
            let mut input = File::open(root.join(&files[*file].0))?;
            input.seek(SeekFrom::Start(*from))?;
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(input.take(PIECE))?;
            done.push((piece, hasher.finalize()));
        }
    };
    let done = std::thread::scope(|threads| {
        let others: Vec<_> = (1..THREADS.min(pieces.len())).map(|_| threads.spawn(work)).collect();
        let mine = work();
        let failed = |_| io::Error::other("a thread that read the files failed; this is a defect");
        let others = others.into_iter().map(|o| o.join().map_err(failed).and_then(|read| read));
        std::iter::once(mine).chain(others.collect::<Vec<_>>()).collect::<io::Result<Vec<_>>>()
    })?;
    let mut by_piece: Vec<Option<blake3::Hash>> = vec![None; pieces.len()];
    for (piece, hash) in done.into_iter().flatten() {
        by_piece[piece] = Some(hash);
    }
    let mut hashers = vec![blake3::Hasher::new(); files.len()];
    for ((file, _), hash) in pieces.iter().zip(by_piece) {
        if let Some(hash) = hash {
            hashers[*file].update(hash.as_bytes());
        }
    }
    Ok(hashers.iter().map(blake3::Hasher::finalize).collect())
}
