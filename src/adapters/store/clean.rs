//! The mark of a clean close: the hash of every file of the engine. While it matches, the files are
//! the ones that were closed, and the store may be opened without looking at it first.

use std::{fmt::Write, fs::File, path::Path};

use cloudscope_ports::StoreError;

use crate::{
    directory::{CLEAN, Directory, HEAD, files_below},
    error::from_io,
    generation::Generation,
};

/// The first line of the mark.
const FIRST: &str = "cloudscope-clean 1";

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
    for (path, size) in files_below(&root).map_err(|e| from_io(&name, &e))? {
        let hash = hash(&root.join(&path)).map_err(|e| from_io(&name, &e))?;
        let _ = writeln!(text, "{size} {hash} {}", path.display());
    }
    let sum = blake3::hash(text.as_bytes()).to_hex();
    let _ = writeln!(text, "checksum {sum}");
    Ok(text)
}

fn hash(path: &Path) -> std::io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize())
}
