//! Notices that the terminal is gone, even when nobody sends SIGHUP: the key reader spins in silence
//! then, so this looks for itself.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    termios::tcgetattr,
};

use super::output;

/// Nanoseconds between two looks.
const EVERY: i64 = 250_000_000;

/// Looks while it lives.
#[derive(Debug)]
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// Calls `gone` once, from another thread, when the terminal is gone.
    pub(crate) fn start(gone: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let tty = output::tty()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::Builder::new().name("terminal-watch".into()).spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if is_gone(tty.as_fd()) {
                    gone();
                    return;
                }
            }
        })?;
        Ok(Self { stop })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Waits one turn; whether the terminal is gone.
fn is_gone(tty: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::new(&tty, PollFlags::empty())];
    let turn = Timespec { tv_sec: 0, tv_nsec: EVERY };
    match poll(&mut fds, Some(&turn)) {
        Ok(0) | Err(Errno::INTR) => {}
        Ok(_) if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => return true,
        // Some systems cannot poll terminals and say so at once; then only the look below is left.
        Ok(_) | Err(_) => std::thread::sleep(std::time::Duration::from_nanos(EVERY.unsigned_abs())),
    }
    matches!(tcgetattr(tty), Err(Errno::IO | Errno::NXIO | Errno::BADF | Errno::NODEV))
}
