//! Opens a file so that what was read is one consistent answer: regular files only, a bound on the
//! size, and a stamp (size, times, inode) that is compared again after the last byte.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{ErrorKind, Read},
    path::Path,
};

use cloudscope_domain::text::Visible;
use cloudscope_ports::{Fault, FaultKind};

use crate::tools::READ;

/// What tells two states of a file apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<std::time::SystemTime>,
    changed: (i64, i64),
    place: (u64, u64),
}

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let (changed, place) = {
            use std::os::unix::fs::MetadataExt as _;
            ((meta.ctime(), meta.ctime_nsec()), (meta.dev(), meta.ino()))
        };
        #[cfg(not(unix))]
        let (changed, place) = ((0, 0), (0, 0));
        Self { len: meta.len(), modified: meta.modified().ok(), changed, place }
    }
}

/// An open regular file and how it stood when it was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) file: File,
    stamp: Stamp,
}

impl Opened {
    pub(crate) fn len(&self) -> u64 {
        self.stamp.len
    }

    /// Whether the file still stands as it did when it was opened, and `read` bytes were all of it.
    pub(crate) fn held_still(&self, read: u64) -> bool {
        read == self.stamp.len && self.file.metadata().is_ok_and(|meta| Stamp::of(&meta) == self.stamp)
    }
}

pub(crate) fn fault(kind: FaultKind, message: impl Into<String>) -> Fault {
    Fault::new(kind, READ.as_str(), message)
}

pub(crate) fn show(path: &Path) -> String {
    Visible(&path.to_string_lossy()).to_string()
}

/// Opens a regular file of at most `most` bytes.
pub(crate) fn open(path: &Path, most: u64) -> Result<Opened, Fault> {
    // Looked at by name first: opening a device can already act on it.
    refuse_irregular(path, &std::fs::metadata(path).map_err(|e| io_fault(path, &e))?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe that took the file's place since then must not make us wait for its writer.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path).map_err(|e| io_fault(path, &e))?;
    let meta = file.metadata().map_err(|e| io_fault(path, &e))?;
    refuse_irregular(path, &meta)?;
    let stamp = Stamp::of(&meta);
    if stamp.len > most {
        return Err(fault(
            FaultKind::TooLarge,
            format!(
                "{} has {} bytes, more than the {most} that are read; split it, or keep it as NDJSON",
                show(path),
                stamp.len
            ),
        ));
    }
    Ok(Opened { file, stamp })
}

/// Reads a whole file; one that changes meanwhile is read once more and then refused.
pub(crate) fn read_whole(path: &Path, most: u64) -> Result<Vec<u8>, Fault> {
    for _ in 0..2 {
        let mut opened = open(path, most)?;
        if let Some(bytes) = read_steady(path, &mut opened, most)? {
            return Ok(bytes);
        }
    }
    Err(changed(path))
}

/// The bytes of an open file, or `None` when it changed while they were read.
pub(crate) fn read_steady(path: &Path, opened: &mut Opened, most: u64) -> Result<Option<Vec<u8>>, Fault> {
    let mut bytes = Vec::with_capacity(usize::try_from(opened.len()).unwrap_or(0));
    (&mut opened.file)
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| io_fault(path, &e))?;
    Ok(opened.held_still(bytes.len() as u64).then_some(bytes))
}

/// The first bytes, to tell what the file is.
pub(crate) fn read_head(path: &Path, most: usize) -> Result<Vec<u8>, Fault> {
    let opened = open(path, u64::MAX)?;
    let mut head = Vec::new();
    opened.file.take(most as u64).read_to_end(&mut head).map_err(|e| io_fault(path, &e))?;
    Ok(head)
}

pub(crate) fn changed(path: &Path) -> Fault {
    fault(
        FaultKind::Malformed,
        format!(
            "{} changed while it was read; nothing is concluded from it, collect again when its writer is done",
            show(path)
        ),
    )
}

fn refuse_irregular(path: &Path, meta: &Metadata) -> Result<(), Fault> {
    let what = if meta.is_file() {
        return Ok(());
    } else if meta.is_dir() {
        "a directory"
    } else {
        "a pipe, socket or device"
    };
    Err(fault(FaultKind::Malformed, format!("{} is {what}, not a regular file; name a file", show(path))))
}

pub(crate) fn io_fault(path: &Path, error: &std::io::Error) -> Fault {
    let path = show(path);
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            fault(FaultKind::Unreachable, format!("no such file {path}; restore it, or remove the source"))
        }
        ErrorKind::PermissionDenied => fault(
            FaultKind::Denied,
            format!("may not read {path}; give this user read permission on it and its directories"),
        )
        .missing(format!("read {path}")),
        _ => fault(FaultKind::Unreachable, format!("cannot read {path}: {error}")),
    }
}

/// Text that can be parsed: the bytes without a byte order mark.
///
/// # Errors
/// `Malformed` with the reason when the bytes are empty, of another encoding, compressed or binary.
pub(crate) fn text_bytes<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
    if bytes.is_empty() {
        return Err(not_text(path, "is empty; nothing is concluded from it"));
    }
    if let Some(reason) = foreign_encoding(bytes) {
        return Err(not_text(path, reason));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(not_text(path, "holds only white space; nothing is concluded from it"));
    }
    Ok(text)
}

fn not_text(path: &Path, reason: &str) -> Fault {
    fault(FaultKind::Malformed, format!("{} {reason}", show(path)))
}

/// Why the first bytes of a file are not UTF-8 text, where that can be told.
pub(crate) fn foreign_encoding(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\xff\xfe\0\0") || head.starts_with(b"\0\0\xfe\xff") {
        Some("is UTF-32 text; save it as UTF-8 (iconv -f UTF-32 -t UTF-8)")
    } else if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        Some("is UTF-16 text; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)")
    } else if head.starts_with(b"PK\x03\x04") {
        Some("is a zip archive (a Terraform plan, a spreadsheet?); save the state or the sheet as text")
    } else if head.starts_with(b"\x1f\x8b") || head.starts_with(b"\x28\xb5\x2f\xfd") {
        Some("is compressed; decompress it first")
    } else if head.len() >= 4 && (is_wide(head, 1) || is_wide(head, 0)) {
        Some("looks like UTF-16 text without a byte order mark; save it as UTF-8")
    } else {
        None
    }
}

/// ASCII text in two-byte units has a zero in every other byte.
fn is_wide(head: &[u8], zero_at: usize) -> bool {
    head.iter().take(64).enumerate().all(|(i, b)| (*b == 0) == (i % 2 == zero_at))
}
