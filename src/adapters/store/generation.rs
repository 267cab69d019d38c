//! Which of the engine's directories is the store. The first one is `store`; each compaction writes the
//! next one, `store-1`, `store-2`, and the side file says which counts. What else is there is left over
//! from a compaction that was interrupted, before its end or after it.

use cloudscope_ports::StoreError;
use rustix::fs::OFlags;

use crate::{
    directory::{Directory, STORE},
    error::from_io,
    head::{Head, Reading},
};

/// One of the engine's directories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation(pub u32);

/// In a directory whose copy is finished. Looked for only when the side file cannot be read.
const WHOLE: &str = "whole";

impl Generation {
    pub(crate) fn name(self) -> String {
        if self.0 == 0 { STORE.to_owned() } else { format!("{STORE}-{}", self.0) }
    }

    /// `None` for the name of anything else.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let generation = match name.strip_prefix(STORE)?.strip_prefix('-') {
            None => Self(0),
            Some(number) => Self(number.parse().ok()?),
        };
        (generation.name() == name).then_some(generation)
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_nothing_else_is() {
        for generation in [Generation(0), Generation(1), Generation(4_000_000_000)] {
            assert_eq!(Generation::parse(&generation.name()), Some(generation));
        }
        for other in
            ["store.new", "store.head", "store-", "store-0", "store-01", "store--1", "store-x", "stor"]
        {
            assert_eq!(Generation::parse(other), None, "{other}");
        }
    }
}
