//! Secrets as files of one directory that only its owner may enter, outside the data directory, so
//! that a copy of the data holds no key.
//!
//! Every use checks owner, mode and type again on the open file itself: what another process swapped
//! meanwhile is refused, not followed.

use std::{
    fs::{DirBuilder, File},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::DirBuilderExt,
    },
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use cloudscope_domain::text::visible;
use cloudscope_ports::{SecretError, Secrets};
use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, linkat, open, openat, renameat, unlinkat},
    io::Errno,
};

/// No secret of this program is larger.
const SIZE_LIMIT: u64 = 64 << 10;

/// Tells the temporary files of one process apart.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A directory of secrets. Nothing is touched before the first `get` or `put`.
#[derive(Clone, Debug)]
pub struct FileSecrets {
    dir: PathBuf,
}

impl FileSecrets {
    /// Secrets in `dir`, which is made at the first `put`, with mode 0700.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The usual place: `$XDG_CONFIG_HOME/cloudscope/secrets`, else `~/.config/cloudscope/secrets`;
    /// `None` without a home directory.
    #[must_use]
    pub fn usual_place() -> Option<PathBuf> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let base = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
        Some(base.join("cloudscope").join("secrets"))
    }

    fn shown(&self) -> String {
        shown(&self.dir)
    }

    /// Opens the directory after checking that it is ours alone.
    fn open_dir(&self) -> Result<OwnedFd, DirError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = open(&self.dir, flags, Mode::empty()).map_err(|e| match e {
            Errno::NOENT => DirError::Missing,
            Errno::LOOP | Errno::NOTDIR => DirError::Unsafe(format!(
                "{} is a symbolic link or not a directory; move it away, a private directory is then made",
                self.shown()
            )),
            other => DirError::Io(other.into()),
        })?;
        let stat = fstat(&fd).map_err(|e| DirError::Io(e.into()))?;
        ours_alone(&stat, &self.shown(), "700").map_err(DirError::Unsafe)?;
        Ok(fd)
    }

    fn make_dir(&self) -> Result<OwnedFd, DirError> {
        match self.open_dir() {
            Err(DirError::Missing) => {
                DirBuilder::new().recursive(true).mode(0o700).create(&self.dir).map_err(DirError::Io)?;
                self.open_dir()
            }
            other => other,
        }
    }

    /// Writes a new file beside its place, gives it to `place`, and makes both durable.
    fn write(
        &self,
        name: &str,
        secret: &[u8],
        place: impl FnOnce(&OwnedFd, &str, &str) -> Result<bool, Errno>,
    ) -> Result<bool, SecretError> {
        let io_error = |e: io::Error| SecretError::Io { name: name.into(), reason: e.to_string() };
        if secret.len() as u64 > SIZE_LIMIT {
            return Err(io_error(io::Error::other(format!("it has more than {SIZE_LIMIT} bytes"))));
        }
        let dir = self.make_dir().map_err(|e| e.of(name))?;
        let file_name = file_name(name);
        let (temporary, mut file) = Temporary::create(&dir).map_err(io_error)?;
        file.write_all(secret).and_then(|()| file.sync_all()).map_err(io_error)?;
        drop(file);
        let placed = place(&dir, &temporary.name, &file_name).map_err(|e| io_error(e.into()))?;
        drop(temporary);
        rustix::fs::fsync(&dir).map_err(|e| io_error(e.into()))?;
        Ok(placed)
    }
}

impl Secrets for FileSecrets {
    fn get(&self, name: &str) -> Result<Vec<u8>, SecretError> {
        let dir = self.open_dir().map_err(|e| e.of(name))?;
        let file_name = file_name(name);
        let path = shown(&self.dir.join(&file_name));
        let io_error = |e: io::Error| SecretError::Io { name: name.into(), reason: e.to_string() };
        // NONBLOCK: a pipe put in the place of the file must not make us wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = openat(&dir, file_name.as_str(), flags, Mode::empty()).map_err(|e| match e {
            Errno::NOENT => SecretError::Missing(name.into()),
            Errno::LOOP => SecretError::Unsafe(format!(
                "{path} is a symbolic link, which may lead anywhere; replace it by a file of mode 600"
            )),
            Errno::ACCESS => SecretError::Unsafe(format!("{path} may not be read; run `chmod 600 {path}`")),
            other => io_error(other.into()),
        })?;
        let stat = fstat(&fd).map_err(|e| io_error(e.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(SecretError::Unsafe(format!("{path} is not a regular file; remove it")));
        }
        ours_alone(&stat, &path, "600").map_err(SecretError::Unsafe)?;
        let mut bytes = Vec::new();
        File::from(fd).take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(io_error)?;
        if bytes.len() as u64 > SIZE_LIMIT {
            return Err(SecretError::Unsafe(format!(
                "{path} has more than {SIZE_LIMIT} bytes and is no secret of this program; remove it"
            )));
        }
        Ok(bytes)
    }

    fn put(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        self.write(name, secret, |dir, from, to| renameat(dir, from, dir, to).map(|()| true)).map(drop)
    }

    fn put_new(&self, name: &str, secret: &[u8]) -> Result<bool, SecretError> {
        // A link, unlike a rename, fails when the name is taken: the first process wins.
        self.write(name, secret, |dir, from, to| match linkat(dir, from, dir, to, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(e) => Err(e),
        })
    }
}

enum DirError {
    Missing,
    Unsafe(String),
    Io(io::Error),
}

impl DirError {
    fn of(self, name: &str) -> SecretError {
        match self {
            Self::Missing => SecretError::Missing(name.into()),
            Self::Unsafe(words) => SecretError::Unsafe(words),
            Self::Io(e) => SecretError::Io { name: name.into(), reason: e.to_string() },
        }
    }
}

/// A file that is written beside its place; what is left of it goes away with this value.
struct Temporary<'a> {
    dir: &'a OwnedFd,
    name: String,
}

impl<'a> Temporary<'a> {
    fn create(dir: &'a OwnedFd) -> io::Result<(Self, File)> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            // A number, not a random word: what a killed process left is stepped over.
            let name = format!(".{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
            match openat(dir.as_fd(), name.as_str(), flags, Mode::RUSR | Mode::WUSR) {
                Ok(fd) => return Ok((Self { dir, name }, File::from(fd))),
                Err(Errno::EXIST) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove; that is the usual case and no failure.
        let _ = unlinkat(self.dir, self.name.as_str(), AtFlags::empty());
    }
}

/// Refuses what belongs to somebody else or may be read by others.
fn ours_alone(stat: &Stat, path: &str, mode: &str) -> Result<(), String> {
    let me = rustix::process::geteuid().as_raw();
    if stat.st_uid != me {
        return Err(format!(
            "{path} belongs to user {} and this program runs as user {me}; run `chown {me} {path}` or run as its owner",
            stat.st_uid
        ));
    }
    let found = Mode::from_raw_mode(stat.st_mode);
    if found.intersects(Mode::RWXG | Mode::RWXO) {
        return Err(format!(
            "{path} is open to other users (mode {:03o}); run `chmod {mode} {path}`, and replace the secret if others may have read it",
            found.bits()
        ));
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

/// A file name for any secret's name: nothing in it can leave the directory, collide on a file
/// system that ignores case, or look like a temporary file.
fn file_name(name: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02x}");
            }
        }
    }
    if out.is_empty() {
        out.push('%');
    } else if out.len() > 200 {
        out = format!("%%{}", blake3::hash(name.as_bytes()).to_hex());
    }
    out
}

#[cfg(test)]
mod tests;
