//! Takes the terminal and gives it back as it was: on quitting, on an error, on a panic, before the
//! process stops, and when the future that draws is dropped.

use std::{
    cell::Cell,
    future::Future,
    io::{self, Write},
    pin::pin,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use cloudscope_domain::text;

use super::output::{self, OURS};

/// A terminal that takes no bytes is left alone after this.
const PATIENCE: Duration = Duration::from_millis(700);

/// Alternate screen, bracketed paste, no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[2J\x1b[?2004h\x1b[?25l";
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// First CAN ends a sequence that was cut; then everything back, in the other order.
const LEAVE: &[u8] = b"\x18\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// The title was put on the terminal's stack, so it may be taken from there again.
static TITLED: AtomicBool = AtomicBool::new(false);

/// The terminal is ours while this lives.
#[derive(Debug)]
pub(crate) struct Guard {
    title: bool,
}

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When there is none, or it refuses.
    pub(crate) fn take(title: bool, mouse: bool) -> io::Result<Self> {
        restore_on_panic();
        let guard = Self { title };
        guard.enter(mouse)?;
        Ok(guard)
    }

    /// Takes it again, after [`Self::leave`] or after somebody else had it.
    pub(crate) fn enter(&self, mouse: bool) -> io::Result<()> {
        if OURS.swap(true, Ordering::SeqCst) {
            // Stopped and continued from outside: the shell may have changed the modes.
            crossterm::terminal::disable_raw_mode()?;
        }
        crossterm::terminal::enable_raw_mode()?;
        let mut bytes = ENTER.to_vec();
        if mouse {
            bytes.extend_from_slice(MOUSE_ON);
        }
        if self.title && !TITLED.swap(true, Ordering::SeqCst) {
            // The title before is kept on the terminal's own stack.
            bytes.extend_from_slice(b"\x1b[22;0t\x1b]0;CloudScope\x07");
        }
        output::write_now(&bytes)
    }

    /// Gives it back; [`Self::enter`] takes it again.
    pub(crate) fn leave(&self) {
        give_back();
    }

    /// The bytes that switch mouse reports.
    pub(crate) fn mouse(on: bool) -> &'static [u8] {
        if on { MOUSE_ON } else { MOUSE_OFF }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back if it is ours. Never blocks for long: a terminal that is stuck (ctrl-s, a
/// dead line) must not keep the process.
fn give_back() {
    if !OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    let (done, wait) = mpsc::channel();
    let mut bytes = LEAVE.to_vec();
    if TITLED.swap(false, Ordering::SeqCst) {
        bytes.extend_from_slice(b"\x1b[23;0t");
    }
    let written = std::thread::Builder::new().name("terminal-restore".into()).spawn(move || {
        let _ = output::write_now(&bytes);
        let _ = done.send(());
    });
    if written.is_ok() {
        let _ = wait.recv_timeout(PATIENCE);
    }
    let _ = crossterm::terminal::disable_raw_mode();
}

thread_local! {
    static DRAWS: Cell<bool> = const { Cell::new(false) };
}

/// Runs the front end's future, so that a panic in it is told from a panic of a background task: that
/// one is the engine's to handle, and must not tear the screen.
pub(crate) async fn drawing<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        DRAWS.set(true);
        let polled = future.as_mut().poll(context);
        DRAWS.set(false);
        polled
    })
    .await
}

fn restore_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = OURS.load(Ordering::SeqCst);
            if ours && !DRAWS.get() {
                tracing::error!(panic = %text::visible(&info.to_string()), "a background task panicked");
                return;
            }
            if !DRAWS.get() {
                return before(info);
            }
            give_back();
            tracing::error!(panic = %text::visible(&info.to_string()), "the front end panicked");
            let what = text::visible(&info.to_string().replace('\n', " ")).into_owned();
            let _ = writeln!(io::stderr(), "cloudscope: {what}; this is a defect, please report it");
        }));
    });
}
