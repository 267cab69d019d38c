//! The real binary in a pseudo-terminal, with a terminal emulator that reads what it draws.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem};

use crate::home::Home;

/// How long a screen may take to show what is waited for, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a frame begins and ends (DECSET 2026).
const BEGINS: &[u8] = b"\x1b[?2026h";
const ENDS: &[u8] = b"\x1b[?2026l";

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// How many of those bytes the emulator was given.
    given: usize,
    /// What was on the screen before the frame of which only a part was read; a person does not see half a
    /// frame either, and what it does not yet cover must not answer for it.
    before: Option<String>,
    closed: bool,
}

impl Seen {
    /// What was read, frame by frame.
    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        while self.given < self.raw.len() {
            let mark = if self.before.is_some() { ENDS } else { BEGINS };
            let rest = &self.raw[self.given..];
            let found = rest.windows(mark.len()).position(|window| window == mark);
            // A mark that was read in part waits for its rest.
            let partly = || (1..mark.len()).rev().find(|n| rest.ends_with(&mark[..*n])).unwrap_or(0);
            let long = found.map_or_else(|| rest.len() - partly(), |at| at + mark.len());
            if long == 0 {
                return;
            }
            self.parser.process(&rest[..long]);
            self.given += long;
            if found.is_some() {
                self.before = match self.before {
                    Some(_) => None,
                    None => Some(self.parser.screen().contents()),
                };
            }
        }
    }

    /// The last whole frame; what there is, when no more comes.
    fn screen(&self) -> String {
        match &self.before {
            Some(before) if !self.closed => before.clone(),
            _ => self.parser.screen().contents(),
        }
    }
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

/// A terminal with the program in it.
pub(crate) struct Terminal {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    input: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Terminal {
    /// Starts the program in a terminal of `columns` by `rows`.
    pub(crate) fn start(home: &Home, arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(home, arguments, columns, rows, &[])
    }

    pub(crate) fn start_with(
        home: &Home,
        arguments: &[&str],
        columns: u16,
        rows: u16,
        environment: &[(&str, &str)],
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = NativePtySystem::default().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_cloudscope"));
        command.args(arguments);
        command.env_clear();
        for (key, value) in home.environment() {
            command.env(key, value);
        }
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        for (key, value) in environment {
            command.env(key, value);
        }
        command.cwd(home.work());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Seen {
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            raw: Vec::new(),
            given: 0,
            before: None,
            closed: false,
        };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            loop {
                let read = output.read(&mut bytes);
                let mut seen = shared.0.lock().unwrap();
                match read {
                    Ok(n) if n > 0 => seen.take(&bytes[..n]),
                    _ => seen.closed = true,
                }
                let closed = seen.closed;
                drop(seen);
                shared.1.notify_all();
                if closed {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        Self { seen, input, master: pair.master, child }
    }

    /// Types.
    pub(crate) fn keys(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        self.seen.0.lock().unwrap().screen()
    }

    /// Everything that was ever written to the terminal.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().raw.clone()
    }

    /// Whether the program is on the alternate screen.
    pub(crate) fn alternate(&self) -> bool {
        self.seen.0.lock().unwrap().parser.screen().alternate_screen()
    }

    /// Waits until the screen is so; shows it when that never comes.
    pub(crate) fn wait(&self, what: &str, good: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        loop {
            let screen = seen.screen();
            if good(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !seen.closed, "no {what} (closed: {}) on:\n{screen}", seen.closed);
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until the screen holds a text.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.seen.0.lock().unwrap().parser.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end of the program and of what it wrote, and says how long the program took and its
    /// exit code.
    pub(crate) fn ended(&mut self) -> (Duration, u32) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let took = begun.elapsed();
                self.drained();
                return (took, status.exit_code());
            }
            assert!(begun.elapsed() < PATIENCE, "the program does not end; its screen:\n{}", self.screen());
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }
}

impl Terminal {
    /// Waits until everything that the program wrote before it ended was read.
    fn drained(&self) {
        let seen = self.seen.0.lock().unwrap();
        let read = self.seen.1.wait_timeout_while(seen, PATIENCE, |seen| !seen.closed).unwrap();
        assert!(!read.1.timed_out(), "something still holds the terminal of a program that has ended");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn half_a_frame_is_not_seen() {
    let parser = vt100::Parser::new(cells(2), cells(9), 0);
    let mut seen = Seen { parser, raw: Vec::new(), given: 0, before: None, closed: false };
    let whole =
        [BEGINS, b"\x1b[1;1Hold\x1b[2;1Hrest", ENDS, BEGINS, b"\x1b[1;1Hnew\x1b[2;1Hgone", ENDS].concat();
    let screens: Vec<String> = whole
        .iter()
        .map(|byte| {
            seen.take(std::slice::from_ref(byte));
            seen.screen()
        })
        .collect();
    assert!(
        screens.iter().all(|s| ["", "\n", "old\nrest", "new\ngone"].contains(&s.as_str())),
        "{screens:?}"
    );
    assert_eq!(screens.last().map(String::as_str), Some("new\ngone"));
    seen.take(&[BEGINS, b"\x1b[1;1Hend"].concat());
    seen.closed = true;
    assert_eq!(seen.screen(), "end\ngone");
}
