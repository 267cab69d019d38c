//! The directory below which `proc`, `sys` and `etc` are read, with a bound on everything.
//!
//! Opens read-only and follows no path that a payload names.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
};

use crate::text::lossless;

/// Bytes of a file that holds one fact.
const FACT: u64 = 16 << 10;

/// A tree to read from.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    base: PathBuf,
}

/// The beginning of a file.
#[derive(Debug)]
pub(crate) struct Bounded {
    pub(crate) bytes: Vec<u8>,
    /// The file goes on.
    pub(crate) cut: bool,
}

impl Root {
    pub(crate) fn new(base: PathBuf) -> Self {
        Self { base }
    }

    /// Whether this is the running system itself, so that system calls speak of the same machine.
    pub(crate) fn is_live(&self) -> bool {
        self.base == Path::new("/")
    }

    /// Where an absolute path is found.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.base.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Reads a file up to a limit.
    pub(crate) fn read(&self, path: impl AsRef<Path>, limit: u64) -> io::Result<Bounded> {
        bounded(File::open(self.path(path))?, limit)
    }

    /// A small file as text without the white space around it; `None` when it is not there, may not be
    /// read or is empty.
    pub(crate) fn fact(&self, path: impl AsRef<Path>) -> Option<String> {
        let bytes = self.read(path, FACT).ok()?.bytes;
        let text = lossless(bytes.trim_ascii());
        (!text.is_empty()).then_some(text)
    }

    /// A small file as a number.
    pub(crate) fn number<T: std::str::FromStr>(&self, path: impl AsRef<Path>) -> Option<T> {
        self.fact(path)?.parse().ok()
    }

    /// The names in a directory, in order.
    pub(crate) fn names(&self, path: impl AsRef<Path>) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.path(path))? {
            names.push(entry?.file_name());
        }
        names.sort();
        Ok(names)
    }

    pub(crate) fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).exists()
    }

    /// Where a symbolic link leads, as it is written.
    pub(crate) fn link(&self, path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
        Ok(std::fs::read_link(self.path(path))?.into_os_string().into_vec())
    }

    /// The last part of where a symbolic link leads.
    pub(crate) fn link_name(&self, path: impl AsRef<Path>) -> Option<String> {
        let target = self.link(path).ok()?;
        target.rsplit(|b| *b == b'/').next().filter(|name| !name.is_empty()).map(lossless)
    }
}

pub(crate) fn bounded(mut file: impl Read, limit: u64) -> io::Result<Bounded> {
    let mut bytes = Vec::new();
    (&mut file).take(limit + 1).read_to_end(&mut bytes)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let cut = bytes.len() > limit;
    bytes.truncate(limit);
    Ok(Bounded { bytes, cut })
}
