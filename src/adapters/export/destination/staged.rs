//! A file export between its beginning and its end: the hidden data file, and the two names that will
//! appear. Says in words why a file cannot be written.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Write as _},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::Arc,
};

use cloudscope_domain::text::visible;
use cloudscope_ports::{ExportError, Manifest};
use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, statat, unlinkat},
    io::Errno,
};

use super::temp::Temp;
use crate::escape;

/// Data that waits for its name.
pub(super) struct Staged {
    dir: Arc<OwnedFd>,
    data: Temp,
    file: File,
    path: PathBuf,
    name: OsString,
    replace: bool,
}

impl Staged {
    /// Checks both names and makes the hidden file. Returns it with a handle to write to.
    pub(super) fn begin(path: PathBuf, replace: bool) -> Result<(Self, File), ExportError> {
        let fail = |e: &io::Error| failure(&path, e);
        let Some(name) = path.file_name().map(OsStr::to_owned) else {
            return Err(refusal(&path, "that is not the name of a file"));
        };
        // `file_name` passes over a trailing slash, with which a person names a directory.
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(refusal(&path, "that is the name of a directory; add a file name"));
        }
        let parent = match path.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(parent, flags, Mode::empty()).map_err(|e| fail(&e.into()))?;
        let dir = Arc::new(dir);
        check_free(&dir, &path, &name, replace)?;
        check_free(&dir, &manifest_path(&path), &manifest_name(&name), replace)?;
        let (data, file) = Temp::create(&dir).map_err(|e| fail(&e))?;
        let writer = file.try_clone().map_err(|e| fail(&e))?;
        Ok((Self { dir, data, file, path, name, replace }, writer))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn error(&self, error: &io::Error) -> ExportError {
        failure(&self.path, error)
    }

    /// Makes data and manifest durable, then names the manifest, then the data: whoever sees new data
    /// finds its manifest there already. While a file is being replaced a reader may for an instant see
    /// the old data under the new manifest; the SHA-256 in it tells. When the last step fails, the old
    /// manifest is put back.
    pub(super) fn commit(self, manifest: &Manifest) -> Result<PathBuf, ExportError> {
        let Self { dir, data, file, path, name, replace } = self;
        let manifest_path = manifest_path(&path);
        let manifest_name = manifest_name(&name);
        let manifest_name = Path::new(&manifest_name);
        let fail = |e: &io::Error| failure(&path, e);
        let fail_manifest = |e: &io::Error| failure(&manifest_path, e);

        let text = escape::json_lines(manifest).map_err(|e| fail_manifest(&e.into()))?;
        let (note, mut note_file) = Temp::create(&dir).map_err(|e| fail_manifest(&e))?;
        note_file.write_all(&text).and_then(|()| note_file.sync_all()).map_err(|e| fail_manifest(&e))?;
        file.sync_all().map_err(|e| fail(&e))?;

        let before =
            if replace { Temp::link_of(&dir, manifest_name).map_err(|e| fail_manifest(&e))? } else { None };
        note.place(manifest_name, replace).map_err(|e| fail_manifest(&e))?;
        if let Err(e) = data.place(Path::new(&name), replace) {
            // Best effort: the first error is the one to report.
            let _ = match before {
                Some(before) => before.place(manifest_name, true),
                None => unlinkat(&dir, manifest_name, AtFlags::empty()).map_err(io::Error::from),
            };
            return Err(fail(&e));
        }
        // The content is durable already; some file systems cannot sync a directory.
        let _ = rustix::fs::fsync(&dir);
        Ok(manifest_path)
    }
}

fn manifest_name(name: &OsStr) -> OsString {
    let mut out = name.to_owned();
    out.push(".manifest.json");
    out
}

fn manifest_path(path: &Path) -> PathBuf {
    let mut out = path.as_os_str().to_owned();
    out.push(".manifest.json");
    out.into()
}

/// Only nothing, or with `replace` a regular file, may stand where a file will be named: a link is
/// neither followed nor replaced, nor is a device or a pipe.
fn check_free(dir: &OwnedFd, path: &Path, name: &OsStr, replace: bool) -> Result<(), ExportError> {
    let kind = match statat(dir, Path::new(name), AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(failure(path, &e.into())),
        Ok(stat) => FileType::from_raw_mode(stat.st_mode),
    };
    match kind {
        FileType::Directory => Err(refusal(path, "that is a directory; add a file name")),
        _ if !replace => Err(ExportError::Exists(shown(path))),
        FileType::RegularFile => Ok(()),
        FileType::Symlink => {
            Err(refusal(path, "that is a symbolic link, which is not followed; name the file itself"))
        }
        _ => Err(refusal(path, "that is not a regular file; write to standard output and redirect it")),
    }
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

fn refusal(path: &Path, reason: &str) -> ExportError {
    ExportError::Io { path: shown(path), reason: reason.to_owned() }
}

fn failure(path: &Path, error: &io::Error) -> ExportError {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return ExportError::Exists(shown(path));
    }
    refusal(path, &reason(error))
}

/// Why, and what to do next.
pub(super) fn reason(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "the directory does not exist; create it first",
        io::ErrorKind::NotADirectory => "what should be its directory is not one",
        io::ErrorKind::PermissionDenied => "this user may not write there; choose another directory",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only; choose another directory",
        io::ErrorKind::StorageFull => "no space is left; free some or choose another place",
        io::ErrorKind::QuotaExceeded => "the disk quota is used up; free some or choose another place",
        io::ErrorKind::FileTooLarge => "the file would be larger than is allowed there",
        io::ErrorKind::InvalidFilename => "the file name is too long or not valid there",
        _ => return visible(&error.to_string()).to_lowercase(),
    };
    known.to_owned()
}
