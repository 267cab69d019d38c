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

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    closed: bool,
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
                    Ok(n) if n > 0 => {
                        seen.parser.process(&bytes[..n]);
                        seen.raw.extend_from_slice(&bytes[..n]);
                    }
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
        self.seen.0.lock().unwrap().parser.screen().contents()
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
            let screen = seen.parser.screen().contents();
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
