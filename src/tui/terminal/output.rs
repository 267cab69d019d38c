//! Bytes to the terminal: a thread of its own writes them, so that a slow line never holds up a key.
//! While it writes, no further frame is made; what changes meanwhile is in the next one.

use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use tokio::sync::watch;

/// Bytes written between two looks at whether the terminal is still ours.
const PIECE: usize = 1_024;

/// The terminal is ours: frames may be written.
pub(super) static OURS: AtomicBool = AtomicBool::new(false);
static WRITING: Mutex<()> = Mutex::new(());

/// The terminal that is drawn on: standard output, else the controlling terminal.
pub(crate) fn tty() -> io::Result<&'static File> {
    static TTY: OnceLock<File> = OnceLock::new();
    if let Some(tty) = TTY.get() {
        return Ok(tty);
    }
    let stdout = io::stdout();
    let file = if stdout.is_terminal() {
        File::from(stdout.as_fd().try_clone_to_owned()?)
    } else {
        File::options().read(true).write(true).open("/dev/tty")?
    };
    Ok(TTY.get_or_init(|| file))
}

fn lock() -> MutexGuard<'static, ()> {
    // The lock protects no data, only the order of bytes.
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes all of it, whatever state the terminal is in.
pub(super) fn write_now(bytes: &[u8]) -> io::Result<()> {
    let _order = lock();
    let mut tty = tty()?;
    tty.write_all(bytes)?;
    tty.flush()
}

/// Writes a frame piece by piece; stops when the terminal is given back meanwhile.
fn write_frame(bytes: &[u8]) -> io::Result<()> {
    for piece in bytes.chunks(PIECE) {
        let _order = lock();
        if !OURS.load(Ordering::SeqCst) {
            return Ok(());
        }
        tty()?.write_all(piece)?;
    }
    Ok(())
}

/// Collects what the drawing library writes, until a frame is whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct FrameBytes(Arc<Mutex<Vec<u8>>>);

impl FrameBytes {
    /// Takes what was written.
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for FrameBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the writing thread is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Line {
    /// Nothing is being written.
    Idle,
    /// A frame is being written.
    Busy,
    /// The terminal takes no more.
    Broken,
}

/// Hands frames to the writing thread.
#[derive(Debug)]
pub(crate) struct Output {
    frames: SyncSender<Vec<u8>>,
    state: watch::Sender<Line>,
}

impl Output {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<Self> {
        let (frames, waiting) = sync_channel(1);
        let (state, _) = watch::channel(Line::Idle);
        let done = state.clone();
        std::thread::Builder::new()
            .name("terminal-out".into())
            .spawn(move || write_frames(&waiting, &done))?;
        Ok(Self { frames, state })
    }

    /// Where the thread is, from now on.
    pub(crate) fn state(&self) -> watch::Receiver<Line> {
        self.state.subscribe()
    }

    /// Nothing is being written.
    pub(crate) fn idle(&self) -> bool {
        *self.state.borrow() == Line::Idle
    }

    /// Writes a frame, marked so that terminals that can show it at once (DECSET 2026).
    pub(crate) fn frame(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut frame = Vec::with_capacity(bytes.len() + 16);
        frame.extend_from_slice(b"\x1b[?2026h");
        frame.extend_from_slice(bytes);
        frame.extend_from_slice(b"\x1b[?2026l");
        self.state.send_replace(Line::Busy);
        // Only one frame is made at a time, so there is room; a thread that is gone is `Broken`.
        if self.frames.try_send(frame).is_err() {
            self.state.send_replace(Line::Broken);
        }
    }
}

fn write_frames(waiting: &Receiver<Vec<u8>>, state: &watch::Sender<Line>) {
    while let Ok(frame) = waiting.recv() {
        if write_frame(&frame).is_err() {
            state.send_replace(Line::Broken);
            return;
        }
        state.send_replace(Line::Idle);
    }
}
