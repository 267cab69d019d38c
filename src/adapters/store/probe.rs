//! A doubtful store is looked at by a process of its own, with bounds on memory and time: the engine
//! can panic in its own threads, loop, or abort on files that are not what it wrote, and then only
//! that process dies.
//!
//! ```text
//! PROGRAM ARGUMENTS... check   DIRECTORY SECONDS HEAD    exit 0 intact, 3 damaged, 4 the engine cannot read it
//! PROGRAM ARGUMENTS... salvage DIRECTORY SECONDS HEAD    values on standard output, as frames
//! PROGRAM ARGUMENTS... verify  DIRECTORY SECONDS HEAD    what is wrong, as a frame with the key `!report`
//! frame: key length u32 le, value length u32 le, key, value; the last one has length 0
//! ```
//! Exit code 6: the system did not let it look (permission, the disk, too many files). A frame whose key begins with
//! `!` says what: `!full`, `!held`, `!io`. That tells nothing of the store, and neither does a signal that somebody
//! sent: then nothing is taken for damaged, and nothing is changed.

mod child;
mod readable;

use std::{
    ffi::OsString,
    io::{BufReader, Read},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

use cloudscope_domain::{Revision, text::visible};
use cloudscope_ports::{CheckReport, StoreError};
use rustix::process::Signal;

use crate::{
    engine,
    envelope::MAX_BYTES,
    head::Head,
    options::{OpenOptions, ProbeCommand},
    packing::decode,
    survey::is_intact,
    verdict::report,
};

pub use child::probe_main;
use readable::readable;

/// Gets a name and a value.
pub(crate) type Take<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError>;

/// The allocator of GNU systems need not give back anything: the process soon ends.
const ROOMY: [(&str, &str); 3] = [
    ("MALLOC_MMAP_THRESHOLD_", "1073741824"),
    ("MALLOC_TRIM_THRESHOLD_", "1073741824"),
    ("MALLOC_TOP_PAD_", "67108864"),
];

const INTACT: i32 = 0;
const DAMAGED: i32 = 3;
/// The engine could not be brought to read the store.
const FAILED: i32 = 4;
/// The time was up.
const LATE: i32 = 5;
/// The system did not let it look.
const BARRED: i32 = 6;
/// It panicked where nothing catches that.
const PANICKED: i32 = 101;

/// Cache of the engine for a store that is looked at.
const CACHE: u64 = 16 << 20;

/// The key of the frame with what is wrong.
const REPORT: &[u8] = b"!report";
/// How the key of a frame begins that says why it could not look.
const SAID: u8 = b'!';

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

/// Looks at the store in `path`. An error says that it could not be looked at, which is no damage.
pub(crate) fn look(options: &OpenOptions, path: &Path, head: Option<Head>) -> Result<Look, StoreError> {
    Ok(match sent(options, "check", path, head)? {
        None => return look_here(path, head),
        Some(Ended::Code(INTACT)) => Look::Intact,
        Some(Ended::Code(DAMAGED)) => Look::Damaged,
        Some(ended) => Look::Died(ended.own_death(path)?),
    })
}

/// Reads and verifies every value in `path`; or why the engine did not survive that. An error as in [`look`].
pub(crate) fn verify(
    options: &OpenOptions,
    path: &Path,
    head: Option<Head>,
) -> Result<Result<CheckReport, String>, StoreError> {
    match sent(options, "verify", path, head)? {
        None => {
            match readable(path).and_then(|()| engine::open(path, CACHE)).and_then(|db| report(&db, head)) {
                Ok(report) => Ok(Ok(report)),
                Err(StoreError::Damaged(why)) => Ok(Err(why)),
                Err(error) => Err(untouched(path, error)),
            }
        }
        Some(Ended::Reported(report)) => {
            let garbled = || StoreError::Io("what the process that looks at it said makes no sense".into());
            decode(&report).map(Ok).map_err(|_| untouched(path, garbled()))
        }
        Some(ended) => ended.own_death(path).map(Err),
    }
}

/// How a process ended that looked. One that was late, or that somebody ended, is sent once more.
/// `None` where there is none to be sent.
fn sent(
    options: &OpenOptions,
    mode: &str,
    path: &Path,
    head: Option<Head>,
) -> Result<Option<Ended>, StoreError> {
    let Some(command) = &options.probe else { return Ok(None) };
    let limit = limit(options, path);
    let mut again = true;
    loop {
        let mut running = match Running::start(command, mode, path, limit, head) {
            Ok(running) => running,
            Err(error) => {
                // The program's file may have been replaced while it runs. Looking here is better than not
                // opening at all.
                tracing::warn!(%error, "the store is looked at in this process");
                return Ok(None);
            }
        };
        let ended = running.wait(&mut |_, _| Ok(()))?;
        if !again || !matches!(ended, Ended::Late(_) | Ended::Outside(_)) {
            return Ok(Some(ended));
        }
        tracing::warn!(?ended, "the store is looked at once more");
        again = false;
    }
}

fn look_here(path: &Path, head: Option<Head>) -> Result<Look, StoreError> {
    match readable(path).and_then(|()| engine::open(path, CACHE)).and_then(|db| is_intact(&db, head)) {
        Ok(true) => Ok(Look::Intact),
        Ok(false) => Ok(Look::Damaged),
        Err(StoreError::Damaged(why)) => Ok(Look::Died(why)),
        Err(error) => Err(untouched(path, error)),
    }
}

/// What kept it from being looked at, and that nothing was changed because of it.
fn untouched(path: &Path, error: StoreError) -> StoreError {
    let told = |why| format!("the store in {} was left as it is: {why}", visible(&path.to_string_lossy()));
    match error {
        StoreError::Full(why) => StoreError::Full(told(why)),
        StoreError::Io(why) => StoreError::Io(told(why)),
        other => other,
    }
}

/// Gets whatever can still be read out of the store in `path`. Nothing that comes is verified yet. `false` when it has
/// to be done again from the start; never a second time. An error says that more may be there than came.
pub(crate) fn salvage(
    options: &OpenOptions,
    path: &Path,
    again: bool,
    take: Take<'_>,
) -> Result<bool, StoreError> {
    let here = |take: Take<'_>| match child::stream(path, take) {
        // It gave what it could.
        Ok(()) | Err(StoreError::Damaged(_)) => Ok(true),
        Err(error) => Err(untouched(path, error)),
    };
    let Some(command) = &options.probe else { return here(take) };
    let mut running = match Running::start(command, "salvage", path, limit(options, path), None) {
        Ok(running) => running,
        Err(error) => {
            tracing::warn!(%error, "the store is salvaged in this process");
            return here(take);
        }
    };
    match running.wait(take)? {
        Ended::Late(_) | Ended::Outside(_) if again => Ok(false),
        Ended::Code(INTACT | FAILED) if running.whole => Ok(true),
        Ended::Code(FAILED) => Err(untouched(
            path,
            StoreError::Io("what was read of it did not come through; start again".into()),
        )),
        // The engine died of it or hangs on it, and gave what it could.
        ended => ended.own_death(path).map(|_| true),
    }
}

/// How a probe ended.
#[derive(Debug)]
enum Ended {
    Code(i32),
    /// In order, with a report.
    Reported(Vec<u8>),
    /// The engine ended it.
    Own(i32),
    /// Somebody else did.
    Outside(i32),
    /// It did not end within that time.
    Late(Duration),
    /// The system did not let it look.
    Barred(StoreError),
}

impl Ended {
    /// Why the engine did not survive it; an error when the end was not the engine's.
    fn own_death(self, path: &Path) -> Result<String, StoreError> {
        let error = match self {
            Self::Own(number) => return Ok(format!("the probe was killed by a signal of its own, {number}")),
            Self::Late(limit) => {
                return Ok(format!("the probe did not end within {} s", limit.as_secs_f32()));
            }
            Self::Code(code @ (FAILED | PANICKED)) => {
                return Ok(format!("the probe ended with code {code}"));
            }
            Self::Barred(error) => error,
            Self::Outside(number) => StoreError::Io(format!(
                "the process that looks at it was ended from outside twice (signal {number}: somebody, or a lack of \
                 memory); start again"
            )),
            Self::Reported(_) => {
                StoreError::Io("the process that looks at it said what nobody asked for".into())
            }
            Self::Code(code) => StoreError::Io(format!(
                "the process that should look at it ended with code {code}, which says nothing; start again, with the \
                 program as it was installed"
            )),
        };
        Err(untouched(path, error))
    }
}

/// A probe under way; killed when this is dropped.
struct Running {
    child: Child,
    limit: Duration,
    deadline: Instant,
    /// It sent all that it had to send.
    whole: bool,
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
            .envs(ROOMY)
            // What is meant for whoever sits at the terminal is not meant for it.
            .process_group(0)
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
        Ok(Self { child, limit, deadline: Instant::now() + limit, whole: false })
    }

    /// Hands over what the probe sends, until it ends or its time is up.
    fn wait(&mut self, take: Take<'_>) -> Result<Ended, StoreError> {
        let (sender, receiver) = sync_channel::<Frame>(16);
        let output = self.child.stdout.take();
        let reader = std::thread::spawn(move || {
            let Some(output) = output else { return false };
            let mut output = BufReader::with_capacity(1 << 16, output);
            let whole = loop {
                match read_frame(&mut output) {
                    Some(Part::Frame(key, value)) => {
                        if sender.send((key, value)).is_err() {
                            return false;
                        }
                    }
                    Some(Part::End) => break true,
                    None => break false,
                }
            };
            // Nothing but the end may follow.
            let _ = std::io::copy(&mut output, &mut std::io::sink());
            whole
        });
        let (mut said, mut report) = (None, None);
        let late = loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match receiver.recv_timeout(left) {
                Ok((key, value)) if key == REPORT => report = Some(value),
                Ok((key, value)) if key.first() == Some(&SAID) => said = Some(barred(&key, &value)),
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
        self.whole = reader.join().unwrap_or(false);
        let status =
            self.child.wait().map_err(|e| StoreError::Io(format!("cannot wait for the probe: {e}")))?;
        Ok(match (status.code(), status.signal()) {
            _ if late => Ended::Late(self.limit),
            (Some(LATE), _) => Ended::Late(self.limit),
            (Some(INTACT), _) => report.map_or(Ended::Code(INTACT), Ended::Reported),
            (Some(code), _) => said.filter(|_| code == BARRED).map_or(Ended::Code(code), Ended::Barred),
            (None, signal) => ended_by(signal.unwrap_or_default(), self.limit),
        })
    }
}

/// Whose signal that was.
fn ended_by(number: i32, limit: Duration) -> Ended {
    match Signal::from_named_raw(number) {
        // The system's answer to too much time of the processor.
        Some(Signal::XCPU) => Ended::Late(limit),
        Some(
            Signal::ABORT
            | Signal::SEGV
            | Signal::BUS
            | Signal::ILL
            | Signal::FPE
            | Signal::TRAP
            | Signal::SYS,
        ) => Ended::Own(number),
        _ => Ended::Outside(number),
    }
}

/// What the system said to the probe.
fn barred(key: &[u8], value: &[u8]) -> StoreError {
    let why = visible(&String::from_utf8_lossy(value)).into_owned();
    match key {
        b"!full" => StoreError::Full(why),
        b"!held" => StoreError::Held { holder: why },
        _ => StoreError::Io(why),
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What comes from a probe.
enum Part {
    Frame(Vec<u8>, Vec<u8>),
    End,
}

/// `None` where nothing more can be read that makes sense.
fn read_frame(from: &mut impl Read) -> Option<Part> {
    let mut length = || {
        let mut bytes = [0; 4];
        from.read_exact(&mut bytes).ok()?;
        Some(u32::from_le_bytes(bytes) as usize)
    };
    let (key_length, value_length) = (length()?, length()?);
    if (key_length, value_length) == (0, 0) {
        return Some(Part::End);
    }
    if key_length == 0 || key_length > MAX_KEY || value_length > MAX_BYTES + 64 {
        return None;
    }
    let mut key = vec![0; key_length];
    from.read_exact(&mut key).ok()?;
    let mut value = Vec::new();
    from.take(value_length as u64).read_to_end(&mut value).ok()?;
    (value.len() == value_length).then_some(Part::Frame(key, value))
}
