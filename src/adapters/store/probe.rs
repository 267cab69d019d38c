//! A doubtful store is looked at by a process of its own, with bounds on memory and time: the engine
//! can panic in its own threads, loop, or abort on files that are not what it wrote, and then only
//! that process dies.
//!
//! ```text
//! PROGRAM ARGUMENTS... check   DIRECTORY SECONDS HEAD    exit 0 intact, 3 damaged, anything else: died
//! PROGRAM ARGUMENTS... salvage DIRECTORY SECONDS HEAD    values on standard output, as frames
//! frame: key length u32 le, value length u32 le, key, value; the last one has length 0
//! ```

mod child;

use std::{
    ffi::OsString,
    io::{BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

use cloudscope_domain::Revision;
use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::MAX_BYTES,
    head::Head,
    options::{OpenOptions, ProbeCommand},
    survey::is_intact,
};

pub use child::probe_main;

/// Gets a name and a value.
pub(crate) type Take<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError>;

const INTACT: i32 = 0;
const DAMAGED: i32 = 3;

/// No key of ours is longer.
const MAX_KEY: usize = 64;

/// What a look at a store found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Intact,
    Damaged,
    /// The engine did not survive it, or did not come to an end.
    Died(String),
}

fn head_text(head: Option<Head>) -> String {
    head.map_or_else(|| "-".into(), |h| format!("{}:{}:{:032x}", h.revision, h.sequence, h.root))
}

fn parse_head(text: &str) -> Option<Head> {
    let mut parts = text.split(':');
    let revision = Revision(parts.next()?.parse().ok()?);
    let sequence = parts.next()?.parse().ok()?;
    let root = u128::from_str_radix(parts.next()?, 16).ok()?;
    parts.next().is_none().then_some(Head { revision, sequence, root, ..Head::default() })
}

/// How long the probe may take on a store of that size.
fn limit(options: &OpenOptions, path: &Path) -> Duration {
    options.probe_limit.unwrap_or_else(|| {
        let bytes: u64 = crate::directory::files_below(path)
            .map(|files| files.iter().map(|(_, size)| size).sum())
            .unwrap_or_default();
        Duration::from_secs(20 + bytes / (4 << 20))
    })
}

/// Looks at the store in `path`.
pub(crate) fn look(options: &OpenOptions, path: &Path, head: Option<Head>) -> Result<Look, StoreError> {
    let Some(command) = &options.probe else {
        return Ok(look_here(path, head));
    };
    let limit = limit(options, path);
    let mut running = match Running::start(command, "check", path, limit, head) {
        Ok(running) => running,
        Err(error) => {
            // The program's file may have been replaced while it runs. Looking here is better than not
            // opening at all.
            tracing::warn!(%error, "the store is looked at in this process");
            return Ok(look_here(path, head));
        }
    };
    Ok(match running.wait(&mut |_, _| Ok(()))? {
        Ended::Code(INTACT) => Look::Intact,
        Ended::Code(DAMAGED) => Look::Damaged,
        Ended::Code(code) => Look::Died(format!("the probe ended with code {code}")),
        Ended::Signal => Look::Died("the probe was killed by a signal".into()),
        Ended::Late => Look::Died(format!("the probe did not end within {} s", limit.as_secs_f32())),
    })
}

fn look_here(path: &Path, head: Option<Head>) -> Look {
    match engine::open(path, 16 << 20).and_then(|db| is_intact(&db, head)) {
        Ok(true) => Look::Intact,
        Ok(false) => Look::Damaged,
        Err(error) => Look::Died(error.to_string()),
    }
}

/// Gets whatever can still be read out of the store in `path`. Nothing that comes is verified yet.
pub(crate) fn salvage(options: &OpenOptions, path: &Path, take: Take<'_>) -> Result<(), StoreError> {
    let Some(command) = &options.probe else { return child::stream(path, take) };
    match Running::start(command, "salvage", path, limit(options, path), None) {
        Ok(mut running) => running.wait(take).map(drop),
        Err(error) => {
            tracing::warn!(%error, "the store is salvaged in this process");
            child::stream(path, take)
        }
    }
}

/// How a probe ended.
enum Ended {
    Code(i32),
    Signal,
    Late,
}

/// A probe under way; killed when this is dropped.
struct Running {
    child: Child,
    deadline: Instant,
}

type Frame = (Vec<u8>, Vec<u8>);

impl Running {
    fn start(
        command: &ProbeCommand,
        mode: &str,
        path: &Path,
        limit: Duration,
        head: Option<Head>,
    ) -> Result<Self, StoreError> {
        // The child ends itself a little later than it is killed, in case nobody is left to do so.
        let seconds = limit.as_secs().saturating_add(5);
        let arguments: [OsString; 4] =
            [mode.into(), path.into(), seconds.to_string().into(), head_text(head).into()];
        let child = Command::new(&command.program)
            .args(&command.arguments)
            .args(arguments)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| {
                StoreError::Io(format!(
                    "cannot start {} to look at the store: {e}",
                    command.program.display()
                ))
            })?;
        Ok(Self { child, deadline: Instant::now() + limit })
    }

    /// Hands over what the probe sends, until it ends or its time is up.
    fn wait(&mut self, take: Take<'_>) -> Result<Ended, StoreError> {
        let (sender, receiver) = sync_channel::<Frame>(16);
        let output = self.child.stdout.take();
        let reader = std::thread::spawn(move || {
            let Some(output) = output else { return };
            let mut output = BufReader::with_capacity(1 << 16, output);
            while let Some(frame) = read_frame(&mut output) {
                if sender.send(frame).is_err() {
                    return;
                }
            }
            // Nothing but the end may follow.
            let _ = std::io::copy(&mut output, &mut std::io::sink());
        });
        let late = loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match receiver.recv_timeout(left) {
                Ok((key, value)) => take(&key, &value)?,
                Err(RecvTimeoutError::Disconnected) => break false,
                Err(RecvTimeoutError::Timeout) => break true,
            }
        };
        if late {
            let _ = self.child.kill();
        }
        // A reader that waits for room waits no longer.
        drop(receiver);
        let _ = reader.join();
        let status =
            self.child.wait().map_err(|e| StoreError::Io(format!("cannot wait for the probe: {e}")))?;
        Ok(match status.code() {
            _ if late => Ended::Late,
            Some(code) => Ended::Code(code),
            None => Ended::Signal,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_frame(from: &mut impl Read) -> Option<Frame> {
    let mut length = || {
        let mut bytes = [0; 4];
        from.read_exact(&mut bytes).ok()?;
        Some(u32::from_le_bytes(bytes) as usize)
    };
    let (key_length, value_length) = (length()?, length()?);
    if key_length == 0 || key_length > MAX_KEY || value_length > MAX_BYTES + 64 {
        return None;
    }
    let mut key = vec![0; key_length];
    from.read_exact(&mut key).ok()?;
    let mut value = Vec::new();
    from.take(value_length as u64).read_to_end(&mut value).ok()?;
    (value.len() == value_length).then_some((key, value))
}
