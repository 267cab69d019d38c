//! The data directory: made and kept so that only its owner can look in, and used through one open
//! handle, so that nothing is followed through a symlink that somebody put in place of a file.

use std::{
    ffi::OsStr,
    fs::DirBuilder,
    io::{Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::fs::DirBuilderExt,
    },
    path::{Path, PathBuf},
};

use cloudscope_domain::text::visible;
use cloudscope_ports::StoreError;
use rustix::{
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags},
    io::Errno,
};

use crate::{
    copies,
    error::{from_errno, from_io},
    generation::Generation,
};

/// Files that are larger than this are not ours, whatever they are called.
const MAX_SIDE_FILE: u64 = 64 << 20;

const OWNER_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// An open data directory.
pub(crate) struct Directory {
    path: PathBuf,
    handle: OwnedFd,
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

fn open_dir(at: impl AsFd, name: impl rustix::path::Arg) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(at, name, flags, Mode::empty())
}

impl Directory {
    /// Makes the directory if it is not there, and makes sure that it and the files of ours in it
    /// belong to this user and to nobody else.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|e| from_io(&format!("cannot make {}", shown(path)), &e))?;
        let handle = open_dir(CWD, path).map_err(|e| match e {
            Errno::LOOP | Errno::NOTDIR => StoreError::Unsafe(format!(
                "the data directory {} is a symbolic link or not a directory; name the real directory",
                shown(path)
            )),
            e => from_errno(&shown(path), e),
        })?;
        let directory = Self { path: path.to_owned(), handle };
        directory.claim()?;
        Ok(directory)
    }

    /// The owner must be this user; what others may do is taken away. A directory in which others
    /// could have put files is only taken while it is empty.
    fn claim(&self) -> Result<(), StoreError> {
        let stat = rustix::fs::fstat(&self.handle).map_err(|e| from_errno(&shown(&self.path), e))?;
        let me = rustix::process::geteuid().as_raw();
        if stat.st_uid != me {
            return Err(StoreError::Unsafe(format!(
                "the data directory {} belongs to user {}, not to you (user {me}); use another one",
                shown(&self.path),
                stat.st_uid
            )));
        }
        let mode = Mode::from_raw_mode(stat.st_mode);
        let names = self.names()?;
        if mode.intersects(Mode::WGRP | Mode::WOTH) && !names.is_empty() {
            return Err(StoreError::Unsafe(format!(
                "others may write into the data directory {0}; look through it, then `chmod 700 {0}`",
                shown(&self.path)
            )));
        }
        if mode.intersects(Mode::RWXG | Mode::RWXO) {
            rustix::fs::fchmod(&self.handle, Mode::RWXU).map_err(|e| from_errno(&shown(&self.path), e))?;
        }
        for name in names {
            let ours = [LOCK, HEAD, CLEAN, STORE_NEW, QUARANTINE].contains(&&*name);
            if ours || Generation::parse(&name).is_some() || copies::is(&name) {
                self.tighten(&name)?;
            }
        }
        Ok(())
    }

    /// Takes from others what they may do with an entry of this directory and everything below it.
    /// Refuses links and what belongs to somebody else.
    pub(crate) fn tighten(&self, name: &str) -> Result<(), StoreError> {
        tighten_at(self.handle.as_fd(), OsStr::new(name), &self.path.join(name))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The names in this directory.
    pub(crate) fn names(&self) -> Result<Vec<String>, StoreError> {
        let fail = |e| from_errno(&shown(&self.path), e);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        Ok(names)
    }

    pub(crate) fn exists(&self, name: &str) -> Result<bool, StoreError> {
        match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(e) => Err(from_errno(name, e)),
        }
    }

    /// Opens a file of this directory, which it makes if `flags` say so; never through a link.
    pub(crate) fn file(&self, name: &str, flags: OFlags) -> Result<std::fs::File, StoreError> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.handle, name, flags, OWNER_FILE) {
            Ok(fd) => Ok(fd.into()),
            Err(Errno::LOOP) => Err(link(&self.path.join(name))),
            Err(e) => Err(from_errno(name, e)),
        }
    }

    /// The content of a small file; `None` when there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if !self.exists(name)? {
            return Ok(None);
        }
        let mut content = Vec::new();
        self.file(name, OFlags::RDONLY)?
            .take(MAX_SIDE_FILE)
            .read_to_end(&mut content)
            .map_err(|e| from_io(name, &e))?;
        Ok(Some(content))
    }

    /// Replaces a file as a whole: after a power cut it has the old content or the new.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let temporary = format!("{name}.new");
        let mut file = self.file(&temporary, OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC)?;
        file.write_all(content).and_then(|()| file.sync_all()).map_err(|e| from_io(&temporary, &e))?;
        rustix::fs::renameat(&self.handle, &*temporary, &self.handle, name)
            .map_err(|e| from_errno(name, e))?;
        self.sync()
    }

    /// Replaces a file as a whole by what `fill` writes. A crash leaves the old one or the new one, a power
    /// cut perhaps neither: for what can be made anew.
    pub(crate) fn replace_with(
        &self,
        name: &str,
        fill: &mut dyn FnMut(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), StoreError> {
        let temporary = format!("{name}.new");
        let file = self.file(&temporary, OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC)?;
        let mut out = std::io::BufWriter::with_capacity(1 << 20, file);
        let written = fill(&mut out).and_then(|()| out.flush());
        if let Err(error) = written {
            drop(out);
            let _ = self.remove(&temporary);
            return Err(from_io(&temporary, &error));
        }
        rustix::fs::renameat(&self.handle, &*temporary, &self.handle, name).map_err(|e| from_errno(name, e))
    }

    /// The size of a file; `None` when there is none.
    pub(crate) fn size(&self, name: &str) -> Option<u64> {
        let stat = rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        u64::try_from(stat.st_size).ok()
    }

    /// Removes a file for good; it need not be there.
    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) => self.sync(),
            Err(Errno::NOENT) => Ok(()),
            Err(e) => Err(from_errno(name, e)),
        }
    }

    /// Gives an entry of this directory another name.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        rustix::fs::renameat(&self.handle, from, &self.handle, to).map_err(|e| from_errno(from, e))?;
        self.sync()
    }

    /// Removes a directory of this directory with all that is in it; it need not be there.
    pub(crate) fn remove_all(&self, name: &str) -> Result<(), StoreError> {
        match std::fs::remove_dir_all(self.path.join(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(from_io(name, &e)),
            _ => self.sync(),
        }
    }

    /// Moves an entry below a directory of this directory, which is made if need be. Returns where.
    pub(crate) fn set_aside(&self, name: &str, below: &str, stem: &str) -> Result<PathBuf, StoreError> {
        match rustix::fs::mkdirat(&self.handle, below, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(e) => return Err(from_errno(below, e)),
        }
        let target = open_dir(&self.handle, below).map_err(|e| from_errno(below, e))?;
        for n in 0.. {
            let new = if n == 0 { stem.to_owned() } else { format!("{stem}-{n}") };
            match rustix::fs::statat(&target, &*new, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => {}
                Ok(_) if n < 10_000 => continue,
                _ => break,
            }
            rustix::fs::renameat(&self.handle, name, &target, &*new).map_err(|e| from_errno(name, e))?;
            rustix::fs::fsync(&target).map_err(|e| from_errno(below, e))?;
            self.sync()?;
            return Ok(self.path.join(below).join(new));
        }
        Err(StoreError::Io(format!("no free name for {stem} in {below}; clear it out")))
    }

    fn sync(&self) -> Result<(), StoreError> {
        rustix::fs::fsync(&self.handle).map_err(|e| from_errno(&shown(&self.path), e))
    }

    /// Bytes that may still be written here.
    pub(crate) fn free(&self) -> Result<u64, StoreError> {
        let fs = rustix::fs::fstatvfs(&self.handle).map_err(|e| from_errno(&shown(&self.path), e))?;
        Ok(fs.f_bavail.saturating_mul(fs.f_frsize))
    }
}

/// The lock file.
pub(crate) const LOCK: &str = "lock";
/// The side file.
pub(crate) const HEAD: &str = "store.head";
/// The list of the engine's files, left by a clean close.
pub(crate) const CLEAN: &str = "store.clean";
/// A store that is being made out of a damaged one.
pub(crate) const STORE_NEW: &str = "store.new";
/// What was found damaged.
pub(crate) const QUARANTINE: &str = "quarantine";

fn link(path: &Path) -> StoreError {
    StoreError::Unsafe(format!("{} is a symbolic link; remove it, nothing is followed here", shown(path)))
}

fn tighten_at(parent: BorrowedFd<'_>, name: &OsStr, path: &Path) -> Result<(), StoreError> {
    let fail = |e| from_errno(&shown(path), e);
    let stat = match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        // The engine removes files of its own in the background.
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(fail(e)),
    };
    let kind = FileType::from_raw_mode(stat.st_mode);
    let is_dir = kind == FileType::Directory;
    if kind == FileType::Symlink {
        return Err(link(path));
    }
    if !is_dir && kind != FileType::RegularFile {
        return Err(StoreError::Unsafe(format!("{} is not a regular file; remove it", shown(path))));
    }
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return Err(StoreError::Unsafe(format!(
            "{} belongs to user {}; use another data directory",
            shown(path),
            stat.st_uid
        )));
    }
    let allowed = if is_dir { Mode::RWXU } else { OWNER_FILE };
    let mode = Mode::from_raw_mode(stat.st_mode);
    if mode.difference(allowed) != Mode::empty() {
        match rustix::fs::chmodat(parent, name, allowed, AtFlags::empty()) {
            // It may go at any moment.
            Err(Errno::NOENT) => return Ok(()),
            other => other.map_err(fail)?,
        }
    }
    if is_dir {
        let handle = match open_dir(parent, name) {
            Err(Errno::NOENT) => return Ok(()),
            other => other.map_err(fail)?,
        };
        for entry in Dir::read_from(&handle).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                let name: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(name);
                tighten_at(handle.as_fd(), name, &path.join(name))?;
            }
        }
    }
    Ok(())
}

/// Every regular file below a directory, with its size, by its path relative to it; sorted.
pub(crate) fn files_below(root: &Path) -> std::io::Result<Vec<(PathBuf, u64)>> {
    fn walk(root: &Path, below: &Path, out: &mut Vec<(PathBuf, u64)>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(root.join(below))? {
            let entry = entry?;
            let relative = below.join(entry.file_name());
            // The engine removes files of its own in the background.
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                walk(root, &relative, out)?;
            } else if meta.is_file() {
                out.push((relative, meta.len()));
            }
        }
        Ok(())
    }
    let mut out = Vec::new();
    walk(root, Path::new(""), &mut out)?;
    out.sort();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::fs::PermissionsExt,
        sync::atomic::{AtomicBool, Ordering},
    };

    use super::*;

    /// The engine removes files in the background while it is open, and for a moment after it was closed.
    #[test]
    fn files_that_vanish_while_they_are_looked_at_do_not_matter() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(dir.path()).unwrap();
        let below = dir.path().join("store").join("blobs");
        std::fs::create_dir_all(&below).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for n in 0..50 {
                        let path = below.join(n.to_string());
                        std::fs::write(&path, b"x").unwrap();
                        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
                    }
                    for n in 0..50 {
                        std::fs::remove_file(below.join(n.to_string())).unwrap();
                    }
                }
            });
            let tightened: Vec<_> = (0..2_000).map(|_| directory.tighten("store")).collect();
            done.store(true, Ordering::Relaxed);
            for result in tightened {
                result.unwrap();
            }
        });
    }
}
