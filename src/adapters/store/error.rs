//! Turns what the engine and the system say into the port's taxonomy, and what the engine panics
//! into an error.

use std::{
    any::Any,
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
};

use cloudscope_ports::StoreError;
use rustix::io::Errno;

/// What the system said about `what`, with what to do about it.
pub(crate) fn from_io(what: &str, error: &std::io::Error) -> StoreError {
    let code = errno(error);
    // The engine passes some errors on as the text that a debugger shows.
    let plain = code.map_or_else(|| error.to_string(), |code| std::io::Error::from(code).to_string());
    let help = match (code, error.kind()) {
        (_, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) => {
            return StoreError::Full(format!("{what}: {plain}"));
        }
        (_, ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) => {
            "the data directory cannot be written, and the storage engine writes even to read: make it writable, \
             or copy it and name the copy with --data-dir"
        }
        (Some(Errno::IO), _) => {
            "the disk does not give what is on it: see the log of the system, or copy the data directory to another \
             disk and name the copy with --data-dir"
        }
        (Some(Errno::MFILE | Errno::NFILE), _) => {
            "close what has so many files open, or allow more (`ulimit -n`), and start again"
        }
        (Some(Errno::NOMEM), _) => "end what takes so much memory, and start again",
        _ => return StoreError::Io(format!("{what}: {plain}")),
    };
    StoreError::Io(format!("{what}: {plain}; {help}"))
}

/// What the system said about `what`, from a system call.
pub(crate) fn from_errno(what: &str, error: Errno) -> StoreError {
    from_io(what, &error.into())
}

/// What the engine said. An error of the system tells nothing of what is in the files; that a file ends too early or
/// is not there does.
pub(crate) fn from_sled(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => match (errno(&error), error.kind()) {
            (Some(Errno::NOENT | Errno::INVAL | Errno::OVERFLOW), _)
            | (
                None,
                ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::NotFound | ErrorKind::Other,
            ) => StoreError::Damaged(format!("the engine cannot read a file: {error}")),
            _ => from_io("store", &error),
        },
        sled::Error::Corruption { .. } => {
            StoreError::Damaged("the engine found a page that is not what was written".into())
        }
        sled::Error::Unsupported(why) | sled::Error::ReportableBug(why) => StoreError::Damaged(why),
        sled::Error::CollectionNotFound(_) => StoreError::Damaged("the tree is missing".into()),
    }
}

/// The number that the system gave, also where the engine keeps it in words only.
fn errno(error: &std::io::Error) -> Option<Errno> {
    error.raw_os_error().map(Errno::from_raw_os_error).or_else(|| errno_in(&error.to_string()))
}

/// The number in `Os { code: 5, kind: ..., message: ... }`.
fn errno_in(text: &str) -> Option<Errno> {
    let (code, _) = text.split_once("Os { code: ")?.1.split_once(',')?;
    Some(Errno::from_raw_os_error(code.parse().ok()?))
}

/// Runs something that reads or writes through the engine; a panic of the engine becomes `Damaged`, unless it gave up
/// over an error of the system.
pub(crate) fn guard<T>(what: &str, f: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = words(&*panic);
        Err(match errno_in(&text).map(|code| from_sled(sled::Error::Io(code.into()))) {
            Some(error @ (StoreError::Full(_) | StoreError::Io(_))) => error,
            _ => StoreError::Damaged(format!("{what}: the storage engine gave up ({text})")),
        })
    })
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".into());
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_a_broken_one() {
        let full = sled::Error::Io(Errno::NOSPC.into());
        for full in [full.clone(), full] {
            assert!(matches!(from_sled(full), StoreError::Full(_)));
        }
        for errno in [Errno::IO, Errno::ROFS, Errno::ACCESS] {
            assert!(matches!(from_errno("x", errno), StoreError::Io(_)));
        }
        let told = from_errno("lock", Errno::ROFS).to_string();
        assert!(
            told.contains("lock: Read-only file system (os error 30); the data directory cannot be"),
            "{told}"
        );
        let damaged = sled::Error::Corruption { at: None, bt: () };
        assert!(matches!(from_sled(damaged), StoreError::Damaged(_)));
    }

    /// The engine's own copy of an error has the text that a debugger shows.
    #[test]
    fn an_error_of_the_system_is_told_in_plain_words_and_is_no_damage() {
        for errno in [Errno::IO, Errno::ACCESS, Errno::MFILE, Errno::NOMEM] {
            let first = sled::Error::Io(errno.into());
            let copied = first.clone();
            assert!(copied.to_string().contains("Os {"), "the engine has mended it: {copied}");
            let (first, copied) = (from_sled(first), from_sled(copied));
            assert!(matches!(first, StoreError::Io(_)), "{first:?}");
            assert_eq!(first.to_string(), copied.to_string());
            assert!(!first.to_string().contains(['{', '"']), "{first}");
            let given_up = guard::<()>("writing", || {
                panic!("called `Result::unwrap()` on an `Err` value: Io({:?})", std::io::Error::from(errno))
            });
            assert_eq!(given_up.unwrap_err().to_string(), first.to_string());
        }
        let disk = from_sled(sled::Error::Io(Errno::IO.into())).to_string();
        assert!(disk.contains("store: Input/output error (os error 5); the disk does not"), "{disk}");
        for damage in [Errno::NOENT.into(), std::io::Error::from(ErrorKind::UnexpectedEof)] {
            assert!(matches!(from_sled(sled::Error::Io(damage)), StoreError::Damaged(_)));
        }
    }

    #[test]
    fn a_panic_becomes_damage() {
        let error = guard::<()>("reading", || panic!("page 7\nis gone")).unwrap_err();
        assert_eq!(error.to_string(), "the store is damaged: reading: the storage engine gave up (page 7)");
    }
}
