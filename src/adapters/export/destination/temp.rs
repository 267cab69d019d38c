//! A hidden file in the directory of its destination, removed when it is dropped before it got its
//! name. All work is relative to an open directory, so that moving the directory, or putting a symbolic
//! link into the path, cannot lead it elsewhere.

use std::{
    ffi::OsString,
    fs::File,
    io,
    os::fd::OwnedFd,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::{
    fs::{AtFlags, Mode, OFlags, linkat, openat, renameat, unlinkat},
    io::Errno,
};

/// Tells apart the files of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// How often a name that somebody else took is passed over.
const ATTEMPTS: usize = 64;

/// A name in a directory that will be removed unless it is placed.
pub(super) struct Temp {
    dir: Arc<OwnedFd>,
    name: OsString,
    placed: bool,
}

impl Temp {
    /// Makes a new file, readable and writable by this user only. An existing name, be it a link, is
    /// never opened.
    pub(super) fn create(dir: &Arc<OwnedFd>) -> io::Result<(Self, File)> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Self::fresh(dir, |name| openat(dir, name, flags, Mode::RUSR | Mode::WUSR).map(File::from))
    }

    /// Gives an existing file a second, temporary name; `None` when there is no such file.
    pub(super) fn link_of(dir: &Arc<OwnedFd>, existing: &Path) -> io::Result<Option<Self>> {
        match Self::fresh(dir, |name| linkat(dir, existing, dir, name, AtFlags::empty())) {
            Ok((temp, ())) => Ok(Some(temp)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn fresh<T>(dir: &Arc<OwnedFd>, make: impl Fn(&Path) -> rustix::io::Result<T>) -> io::Result<(Self, T)> {
        for _ in 0..ATTEMPTS {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = OsString::from(format!(".cloudscope-{}-{number}.part", std::process::id()));
            match make(Path::new(&name)) {
                Ok(made) => return Ok((Self { dir: Arc::clone(dir), name, placed: false }, made)),
                Err(Errno::EXIST) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Err(Errno::EXIST.into())
    }

    /// Gives it its name in one step. Without `replace` an existing name stays and is an error.
    pub(super) fn place(mut self, name: &Path, replace: bool) -> io::Result<()> {
        let from = Path::new(&self.name);
        if replace {
            renameat(&self.dir, from, &self.dir, name)?;
        } else {
            match rename_noreplace(&self.dir, from, name) {
                // The file system cannot do that: a hard link cannot replace anything either.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                    linkat(&self.dir, from, &self.dir, name, AtFlags::empty())?;
                    return Ok(());
                }
                other => other?,
            }
        }
        self.placed = true;
        Ok(())
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.placed {
            // Nobody is left to tell; the name says whose it was.
            let _ = unlinkat(&self.dir, Path::new(&self.name), AtFlags::empty());
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_noreplace(dir: &OwnedFd, from: &Path, to: &Path) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(dir, from, dir, to, rustix::fs::RenameFlags::NOREPLACE)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_noreplace(_dir: &OwnedFd, _from: &Path, _to: &Path) -> rustix::io::Result<()> {
    Err(Errno::NOSYS)
}
