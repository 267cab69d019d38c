//! The program in a pseudo-terminal, and its frames: when each began and ended, how long it was, and what the
//! screen showed after it. Knows no keys.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem};

use crate::Outcome;

pub(crate) const COLUMNS: u16 = 200;
pub(crate) const LINES: u16 = 50;
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// A frame that was written whole.
pub(crate) struct Frame {
    /// When its first byte was read.
    pub(crate) begun: Instant,
    /// When its last byte was read.
    pub(crate) ended: Instant,
    pub(crate) bytes: usize,
    /// What the screen shows after it.
    pub(crate) screen: String,
}

#[derive(Default)]
struct Seen {
    frames: Vec<Frame>,
    closed: bool,
}

/// A terminal with the program in it.
pub(crate) struct Terminal {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    started: Instant,
}

/// Whether the table has a first row.
pub(crate) fn has_rows(screen: &str) -> bool {
    !first_row(screen).is_empty()
}

/// The first row of the table, without the marks before it.
fn first_row(screen: &str) -> &str {
    screen
        .lines()
        .nth(3)
        .unwrap_or_default()
        .get(..)
        .unwrap_or_default()
        .trim_start_matches(['▌', '>', ' ', '+', '~'])
}

/// The first rows of the table, without the marks before them: names are alike, so all of each.
pub(crate) fn first_rows(screen: &str) -> Vec<String> {
    let row = |line: &str| line.chars().skip(1).collect();
    screen.lines().skip(3).take(8).map(row).collect()
}

/// How many rows the head of the screen says match: `12 of 1,000` or `1,000 assets`.
pub(crate) fn hits(screen: &str) -> Option<u64> {
    let words: Vec<&str> = screen.lines().next()?.split_whitespace().collect();
    let at = words.iter().rposition(|w| *w == "of" || w.starts_with("asset"))?;
    words.get(at.checked_sub(1)?)?.replace(',', "").parse().ok()
}

impl Terminal {
    pub(crate) fn start(binary: &Path, data: &Path) -> Outcome<Self> {
        let size = PtySize { rows: LINES, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = NativePtySystem::default().openpty(size)?;
        let mut command = CommandBuilder::new(binary);
        command.args(["--data-dir".as_ref(), data.as_os_str()]);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env_remove("SSH_TTY");
        let mut output = pair.master.try_clone_reader()?;
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let seen = Arc::new((Mutex::new(Seen::default()), Condvar::new()));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || read(&mut output, &shared));
        let input = pair.master.take_writer()?;
        Ok(Self { seen, input, child, _master: pair.master, started })
    }

    /// Types, and says when.
    pub(crate) fn keys(&mut self, text: &str) -> Outcome<Instant> {
        self.seen().frames.clear();
        let now = Instant::now();
        self.input.write_all(text.as_bytes())?;
        self.input.flush()?;
        Ok(now)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `look` with each frame since the last key, as they come, until it is content; `false` when that
    /// never happened.
    pub(crate) fn frames(&self, patience: Duration, mut look: impl FnMut(&Frame) -> bool) -> Outcome<bool> {
        let deadline = Instant::now() + patience;
        let mut next = 0;
        let mut seen = self.seen();
        loop {
            while let Some(frame) = seen.frames.get(next) {
                next += 1;
                if look(frame) {
                    return Ok(true);
                }
            }
            if seen.closed {
                return Err("the program ended".into());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets so much time pass, whatever frames come.
    pub(crate) fn watch(&self, time: Duration) -> Outcome<()> {
        self.frames(time, |_| false).map(drop)
    }

    /// How long after the start the first frame ended that is so.
    pub(crate) fn frame(&self, patience: Duration, good: impl Fn(&str) -> bool) -> Outcome<Duration> {
        let mut when = None;
        self.frames(patience, |frame| {
            when = good(&frame.screen).then(|| frame.ended - self.started);
            when.is_some()
        })?;
        when.ok_or_else(|| self.complaint())
    }

    /// Waits until the screen is so.
    pub(crate) fn wait(&self, patience: Duration, good: impl Fn(&str) -> bool) -> Outcome<()> {
        if self.seen().frames.last().is_some_and(|f| good(&f.screen)) {
            return Ok(());
        }
        self.frame(patience, good).map(drop)
    }

    fn complaint(&self) -> Box<dyn std::error::Error> {
        format!("the screen never came to show what was waited for:\n{}", self.screen()).into()
    }

    /// What the screen shows now.
    pub(crate) fn screen(&self) -> String {
        self.seen().frames.last().map(|f| f.screen.clone()).unwrap_or_default()
    }

    /// Waits until no frame came for so long.
    pub(crate) fn quiet(&self, patience: Duration) -> Outcome<()> {
        let mut last = self.seen().frames.len();
        while self.frames(patience, {
            let mut n = 0;
            move |_| {
                n += 1;
                n > last
            }
        })? {
            last = self.seen().frames.len();
        }
        Ok(())
    }

    /// Waits until the whole inventory is there and nothing moves any more.
    pub(crate) fn ready(&mut self, patience: Duration) -> Outcome<()> {
        self.wait(patience, |screen| {
            has_rows(screen) && hits(screen).is_some() && !screen.contains("opening")
        })?;
        self.quiet(Duration::from_millis(700))
    }

    fn status(&self, line: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.process_id().unwrap_or(0));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let found = text.lines().find_map(|l| l.strip_prefix(line));
        found.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }

    /// Memory in words.
    pub(crate) fn memory(&self) -> String {
        let mb = |line| self.status(line) * 1024 / 1_000_000;
        format!("{} MB, at most {} MB", mb("VmRSS:"), mb("VmHWM:"))
    }

    /// Processor time that the program took so far, in hundredths of a second as the system counts.
    pub(crate) fn processor(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.child.process_id().unwrap_or(0));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let after = text.rsplit(')').next().unwrap_or_default();
        let ticks =
            after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum::<u64>();
        Duration::from_millis(ticks * 10)
    }

    /// Ends the program as its signal handler would.
    pub(crate) fn quit(&mut self) -> Outcome<()> {
        interrupt(self.child.process_id().unwrap_or(0));
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }
}

/// Asks a process to end.
pub(crate) fn interrupt(process: u32) {
    let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(process) = process {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
}

fn read(output: &mut dyn Read, shared: &(Mutex<Seen>, Condvar)) {
    let cells = |n| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    let mut parser = vt100::Parser::new(cells(LINES), cells(COLUMNS), 0);
    let (mut bytes, mut pending) = ([0; 65_536], Vec::new());
    let mut begun = None;
    loop {
        let got = output.read(&mut bytes).unwrap_or(0);
        let now = Instant::now();
        if got == 0 {
            shared.0.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
            shared.1.notify_all();
            return;
        }
        pending.extend_from_slice(&bytes[..got]);
        if begun.is_none() && find(&pending, BEGIN).is_some() {
            begun = Some(now);
        }
        while let Some(end) = find(&pending, END) {
            let rest = pending.split_off(end + END.len());
            let frame = std::mem::replace(&mut pending, rest);
            let start = find(&frame, BEGIN).unwrap_or(0);
            parser.process(&frame);
            let screen: Vec<String> = parser.screen().rows(0, COLUMNS).collect();
            let frame = Frame {
                begun: begun.take().unwrap_or(now),
                ended: now,
                bytes: frame.len() - start,
                screen: screen.join("\n"),
            };
            shared.0.lock().unwrap_or_else(PoisonError::into_inner).frames.push(frame);
            shared.1.notify_all();
            begun = find(&pending, BEGIN).map(|_| now);
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|w| w == part)
}
