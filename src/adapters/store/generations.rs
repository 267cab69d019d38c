//! The engine's directories in the data directory: which of them counts, and what becomes of the others.

use cloudscope_ports::StoreError;
use rustix::fs::OFlags;

use crate::{
    directory::{Directory, STORE_NEW},
    error::from_io,
    generation::Generation,
    head::{Head, Reading},
};

/// In a directory whose copy is finished. Looked for only when the side file cannot be read.
const WHOLE: &str = "whole";

impl Generation {
    /// Marks a finished copy, durably.
    pub(crate) fn finish(self, directory: &Directory) -> Result<(), StoreError> {
        let name = format!("{}/{WHOLE}", self.name());
        let file = directory.file(&name, OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC)?;
        file.sync_all().map_err(|e| from_io(&name, &e))?;
        directory
            .file(&self.name(), OFlags::RDONLY | OFlags::DIRECTORY)?
            .sync_all()
            .map_err(|e| from_io(&name, &e))
    }

    /// Takes the mark away.
    pub(crate) fn unfinish(self, directory: &Directory) -> Result<(), StoreError> {
        directory.remove(&format!("{}/{WHOLE}", self.name()))
    }

    /// Goes on with what an interrupted restoration left.
    pub(crate) fn resume(self, directory: &Directory) -> Result<(), StoreError> {
        if !directory.exists(STORE_NEW)? {
            return Ok(());
        }
        if directory.exists(&self.name())? {
            // Not finished: the old one is moved away only then.
            directory.remove_all(STORE_NEW)
        } else {
            directory.rename(STORE_NEW, &self.name())
        }
    }

    /// Which one counts.
    pub(crate) fn current(directory: &Directory, reading: Reading) -> Result<Self, StoreError> {
        if let Reading::Sound(Head { generation, .. }) = reading {
            return Ok(generation);
        }
        for generation in Self::all(directory)?.into_iter().rev() {
            if directory.exists(&format!("{}/{WHOLE}", generation.name()))? {
                return Ok(generation);
            }
        }
        Ok(Self(0))
    }

    /// Every directory that is there, oldest first.
    pub(crate) fn all(directory: &Directory) -> Result<Vec<Self>, StoreError> {
        let mut all: Vec<Self> = directory.names()?.iter().filter_map(|name| Self::parse(name)).collect();
        all.sort_unstable();
        Ok(all)
    }

    /// Removes every other directory. What cannot be removed now is removed the next time.
    pub(crate) fn clear_others(self, directory: &Directory) {
        let others = Self::all(directory).unwrap_or_default().into_iter().filter(|other| *other != self);
        for other in others {
            if let Err(error) = directory.remove_all(&other.name()) {
                tracing::warn!(%error, "what a compaction left over could not be removed");
            }
        }
    }
}
