//! The copy of a store of an older format, kept beside the store that was made of it: the files as they
//! were before the first value was touched, with the side file of then. A program of that version can go
//! on with it. Compacting removes it, and so does opening the store a month later.

use std::{fs::File, path::Path, time::Duration};

use cloudscope_ports::StoreError;
use rustix::fs::OFlags;

use crate::{
    copies::{PREFIX, SUFFIX, UNFINISHED, is},
    directory::{Directory, HEAD, files_below},
    error::from_io,
    generation::Generation,
};

/// How long a copy is kept.
const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// The names of the copies that are there.
pub(crate) fn all(directory: &Directory) -> Vec<String> {
    let mut names: Vec<String> =
        directory.names().unwrap_or_default().into_iter().filter(|n| is(n) && n.ends_with(SUFFIX)).collect();
    names.sort_unstable();
    names
}

/// Copies the closed store, unless that was done before a migration that was interrupted. Says how many
/// bytes have to stay free.
pub(crate) fn keep(
    directory: &Directory,
    generation: Generation,
    format: u8,
    reserve: u64,
) -> Result<(), StoreError> {
    let name = format!("{PREFIX}{format}{SUFFIX}");
    if directory.exists(&name)? {
        return Ok(());
    }
    let root = directory.path().join(generation.name());
    let files = files_below(&root).map_err(|e| from_io(&generation.name(), &e))?;
    let bytes: u64 = files.iter().map(|(_, size)| size).sum();
    let (free, needed) = (directory.free()?, bytes.saturating_mul(2).saturating_add(reserve));
    if free < needed {
        return Err(StoreError::Full(format!(
            "the store has the old format {format} and is copied before it is brought to the present one: \
             {needed} bytes are needed, {free} are free; make room and start again"
        )));
    }
    let unfinished = format!("{name}{UNFINISHED}");
    directory.remove_all(&unfinished)?;
    let target = directory.path().join(&unfinished);
    copy(&root, &target.join(generation.name()), &files).map_err(|e| from_io(&unfinished, &e))?;
    if let Some(head) = directory.read(HEAD)? {
        let side = target.join(HEAD);
        std::fs::write(&side, head)
            .and_then(|()| File::open(&side)?.sync_all())
            .map_err(|e| from_io(HEAD, &e))?;
    }
    directory.tighten(&unfinished)?;
    directory
        .file(&unfinished, OFlags::RDONLY | OFlags::DIRECTORY)?
        .sync_all()
        .map_err(|e| from_io(&unfinished, &e))?;
    directory.rename(&unfinished, &name)?;
    tracing::warn!(
        copy = name,
        bytes,
        "the store is brought to a new format; a copy of it is kept for 30 days, or until it is compacted"
    );
    Ok(())
}

fn copy(from: &Path, to: &Path, files: &[(std::path::PathBuf, u64)]) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for (file, _) in files {
        let target = to.join(file);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(from.join(file), &target)?;
        File::open(&target)?.sync_all()?;
    }
    File::open(to)?.sync_all()
}

/// Removes copies: all of them, or those that are old, and what is left of an interrupted one.
pub(crate) fn clear(directory: &Directory, all: bool) {
    for name in directory.names().unwrap_or_default().into_iter().filter(|name| is(name)) {
        let old = || {
            let written = std::fs::metadata(directory.path().join(&name)).and_then(|meta| meta.modified());
            written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEPT))
        };
        if (all || name.ends_with(UNFINISHED) || old())
            && let Err(error) = directory.remove_all(&name)
        {
            tracing::warn!(%error, "the copy of a store of an older format could not be removed");
        }
    }
}
