//! One process owns a data directory: a lock on a file in it, held as long as the process lives. The
//! kernel gives it up with the process, however that ends, so a dead owner blocks nobody.

use std::{
    fs::File,
    io::{Read, Seek, Write},
};

use cloudscope_domain::text::visible;
use cloudscope_ports::StoreError;
use rustix::{
    fs::{FlockOperation, OFlags},
    io::Errno,
};

use crate::{
    directory::{Directory, LOCK},
    error::{from_errno, from_io},
};

/// Held while this lives.
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave it to a child that was forked a moment ago and has not yet become
        // another program.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

impl Lock {
    pub(crate) fn take(directory: &Directory) -> Result<Self, StoreError> {
        let mut file = directory.file(LOCK, OFlags::RDWR | OFlags::CREATE)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(StoreError::Held { holder: holder(&mut file) }),
            Err(e) => return Err(from_errno(LOCK, e)),
        }
        let fail = |e| from_io(LOCK, &e);
        file.set_len(0).map_err(fail)?;
        file.rewind().map_err(fail)?;
        writeln!(file, "{}", std::process::id()).map_err(fail)?;
        Ok(Self { file })
    }
}

/// Who wrote the lock file, with the name of its program where that can be read.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.take(32).read_to_string(&mut text);
    let Ok(pid) = text.trim().parse::<u32>() else { return "of an unknown number".into() };
    match std::fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) => format!("{pid} ({})", visible(name.trim_end())),
        Err(_) => pid.to_string(),
    }
}
