//! Turns what the engine and the system say into the port's taxonomy, and what the engine panics
//! into an error.

use std::{
    any::Any,
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
};

use cloudscope_ports::StoreError;

/// What the system said about `what`.
pub(crate) fn from_io(what: &str, error: &std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            StoreError::Full(format!("{what}: {error}"))
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => StoreError::Io(format!(
            "{what}: {error}; the data directory cannot be written, and the storage engine writes even to read: \
             make it writable, or copy it and name the copy with --data-dir"
        )),
        _ => StoreError::Io(format!("{what}: {error}")),
    }
}

/// What the system said about `what`, from a system call.
pub(crate) fn from_errno(what: &str, error: rustix::io::Errno) -> StoreError {
    from_io(what, &error.into())
}

/// What the engine said.
pub(crate) fn from_sled(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => from_io("store", &error),
        sled::Error::Corruption { .. } => {
            StoreError::Damaged("the engine found a page that is not what was written".into())
        }
        sled::Error::Unsupported(why) | sled::Error::ReportableBug(why) => StoreError::Damaged(why),
        sled::Error::CollectionNotFound(_) => StoreError::Damaged("the tree is missing".into()),
    }
}

/// Runs something that reads or writes through the engine; a panic of the engine becomes `Damaged`.
pub(crate) fn guard<T>(what: &str, f: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        Err(StoreError::Damaged(format!("{what}: the storage engine gave up ({})", words(&*panic))))
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
        let full = std::io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error());
        assert!(matches!(from_sled(sled::Error::Io(full)), StoreError::Full(_)));
        for errno in [rustix::io::Errno::IO, rustix::io::Errno::ROFS, rustix::io::Errno::ACCESS] {
            assert!(matches!(from_errno("x", errno), StoreError::Io(_)));
        }
        let damaged = sled::Error::Corruption { at: None, bt: () };
        assert!(matches!(from_sled(damaged), StoreError::Damaged(_)));
    }

    #[test]
    fn a_panic_becomes_damage() {
        let error = guard::<()>("reading", || panic!("page 7\nis gone")).unwrap_err();
        assert_eq!(error.to_string(), "the store is damaged: reading: the storage engine gave up (page 7)");
    }
}
