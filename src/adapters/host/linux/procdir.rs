//! One process's directory in /proc, held open, so that all that is read of it is of one process even
//! when its number is used again meanwhile.

use std::{fs::File, io, os::fd::OwnedFd};

use rustix::{
    fs::{CWD, Dir, Mode, OFlags, openat, readlinkat},
    io::Errno,
};

use super::root::{Bounded, Root, bounded};

/// Why something of a process could not be read.
#[derive(Debug)]
pub(crate) enum Miss {
    /// The process has ended, or never had it.
    Vanished,
    /// This user may not.
    Denied,
    /// Something else.
    Failed(io::Error),
}

impl From<Errno> for Miss {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT | Errno::SRCH => Self::Vanished,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            other => Self::Failed(other.into()),
        }
    }
}

impl From<io::Error> for Miss {
    fn from(error: io::Error) -> Self {
        Errno::from_io_error(&error).map_or(Self::Failed(error), Self::from)
    }
}

/// An open `/proc/PID`.
#[derive(Debug)]
pub(crate) struct ProcDir {
    dir: OwnedFd,
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl ProcDir {
    pub(crate) fn open(root: &Root, pid: u32) -> Result<Self, Miss> {
        let dir = openat(CWD, root.path(format!("/proc/{pid}")), DIRECTORY, Mode::empty())?;
        Ok(Self { dir })
    }

    /// The directory of the process that asks.
    pub(crate) fn open_self(root: &Root) -> Result<Self, Miss> {
        let dir = openat(CWD, root.path("/proc/self"), DIRECTORY, Mode::empty())?;
        Ok(Self { dir })
    }

    pub(crate) fn read(&self, name: &str, limit: u64) -> Result<Bounded, Miss> {
        let file = openat(&self.dir, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(bounded(File::from(file), limit)?)
    }

    pub(crate) fn link(&self, name: &str) -> Result<Vec<u8>, Miss> {
        Ok(readlinkat(&self.dir, name, Vec::new())?.into_bytes())
    }

    /// The inodes of the sockets that the process has open.
    pub(crate) fn sockets(&self) -> Result<Vec<u64>, Miss> {
        let fds = openat(&self.dir, "fd", DIRECTORY, Mode::empty())?;
        let mut sockets = Vec::new();
        for entry in Dir::read_from(&fds)? {
            let entry = entry?;
            match readlinkat(&fds, entry.file_name(), Vec::new()) {
                Ok(target) => sockets.extend(bracketed(target.as_bytes(), b"socket:[")),
                // A protected process lets its descriptors be counted and not be followed.
                Err(Errno::ACCESS | Errno::PERM) => return Err(Miss::Denied),
                // A descriptor that was closed meanwhile is no failure, and `.` and `..` are no links.
                Err(_) => {}
            }
        }
        Ok(sockets)
    }

    /// The inode of the network namespace that the process is in.
    pub(crate) fn network_namespace(&self) -> Result<u64, Miss> {
        let target = self.link("ns/net")?;
        bracketed(&target, b"net:[").ok_or(Miss::Vanished)
    }
}

/// The number in `socket:[123]` or `net:[123]`.
fn bracketed(text: &[u8], prefix: &[u8]) -> Option<u64> {
    let number = text.strip_prefix(prefix)?.strip_suffix(b"]")?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// The numbers of the processes that this user may see, in order.
pub(crate) fn pids(root: &Root) -> io::Result<Vec<u32>> {
    let mut pids: Vec<u32> =
        root.names("/proc")?.into_iter().filter_map(|name| name.to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    Ok(pids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_right_form_have_a_number() {
        assert_eq!(bracketed(b"socket:[42]", b"socket:["), Some(42));
        for bad in [&b"socket:[]"[..], b"socket:[x]", b"socket:[1", b"/socket:[1]", b"pipe:[1]"] {
            assert_eq!(bracketed(bad, b"socket:["), None);
        }
    }
}
