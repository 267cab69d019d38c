//! How much may still be written where the data is.

use std::path::Path;

/// Bytes, where the system tells. A directory that is not there yet counts as the one that it will be in.
#[must_use]
pub fn free_disk(directory: &Path) -> Option<u64> {
    let there = directory.ancestors().find(|path| path.exists())?;
    let fs = rustix::fs::statvfs(there).ok()?;
    Some(fs.f_bavail.saturating_mul(fs.f_frsize))
}
