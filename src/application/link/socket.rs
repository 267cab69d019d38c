//! Where the socket is, whatever the length of the path, and whose it may be.

use std::{
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

use super::{LinkError, SOCKET};

/// The longest path that a socket address takes on every system, with some room.
const LONGEST: usize = 100;

/// A path to the socket that fits a socket address, and what keeps it valid.
pub(super) struct Address {
    pub(super) path: PathBuf,
    _directory: Option<OwnedFd>,
}

pub(super) fn address(data_dir: &Path) -> io::Result<Address> {
    let path = data_dir.join(SOCKET);
    if path.as_os_str().len() <= LONGEST {
        return Ok(Address { path, _directory: None });
    }
    if cfg!(target_os = "linux") {
        let directory: OwnedFd = std::fs::File::open(data_dir)?.into();
        let path = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", directory.as_raw_fd()));
        return Ok(Address { path, _directory: Some(directory) });
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("the data directory's path is longer than {LONGEST} bytes; choose a shorter --data-dir"),
    ))
}

/// Refuses whatever is not this user's own socket. `false` when nothing is there.
pub(super) fn is_ours(data_dir: &Path) -> Result<bool, LinkError> {
    let path = data_dir.join(SOCKET);
    let meta = match std::fs::symlink_metadata(&path) {
        Ok(meta) => meta,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(false);
        }
        Err(e) => return Err(e.into()),
    };
    let path = path.display();
    if !meta.file_type().is_socket() {
        return Err(LinkError::Unsafe(format!("{path} is not a socket; move it away")));
    }
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(LinkError::Unsafe(format!("{path} belongs to another user; choose another --data-dir")));
    }
    Ok(true)
}
