//! The process that looks: bounded, silent, and of no further use afterwards.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    io::{BufWriter, Write},
    path::Path,
    time::Duration,
};

use cloudscope_ports::StoreError;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::{BARRED, CACHE, DAMAGED, FAILED, INTACT, LATE, REPORT, Take, parse_head, readable};
use crate::{
    engine,
    packing::encode,
    survey::{ORDER, is_intact},
    verdict::report,
};

/// The arguments make no sense.
const MISUSED: i32 = 64;

/// Memory that a damaged length field may make the engine ask for.
const MEMORY: u64 = 6 << 30;

/// What the hidden command of the program does, with the arguments that the store put behind its own.
/// Returns the exit code. Limits this process for good, and silences its panics: call nothing after it.
pub fn probe_main(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let [mode, path, seconds, head] = &arguments[..] else { return MISUSED };
    let Some(seconds) = seconds.to_str().and_then(|s| s.parse().ok()) else { return MISUSED };
    bound(seconds);
    let path = Path::new(path);
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    match mode.to_str() {
        Some("check") => {
            let head = head.to_str().and_then(parse_head);
            let looked =
                readable(path).and_then(|()| engine::open(path, CACHE)).and_then(|db| is_intact(&db, head));
            match looked {
                Ok(true) => INTACT,
                Ok(false) => DAMAGED,
                Err(error) => tell(&mut out, error),
            }
        }
        Some("verify") => {
            let head = head.to_str().and_then(parse_head);
            let told = readable(path)
                .and_then(|()| engine::open(path, CACHE))
                .and_then(|db| report(&db, head))
                .and_then(|report| encode(&report));
            match told {
                Ok(report) if write_frame(&mut out, REPORT, &report).is_ok() => INTACT,
                Ok(_) => FAILED,
                Err(error) => tell(&mut out, error),
            }
        }
        Some("salvage") => {
            let streamed = stream(path, &mut |key, value| {
                write_frame(&mut out, key, value).map_err(|e| StoreError::Io(e.to_string()))
            });
            let code = streamed.map_or_else(|error| tell(&mut out, error), |()| INTACT);
            let ended = out.write_all(&[0; 8]).and_then(|()| out.flush());
            if ended.is_ok() { code } else { FAILED }
        }
        _ => MISUSED,
    }
}

fn write_frame(out: &mut dyn Write, key: &[u8], value: &[u8]) -> std::io::Result<()> {
    out.write_all(&(key.len() as u32).to_le_bytes())?;
    out.write_all(&(value.len() as u32).to_le_bytes())?;
    out.write_all(key)?;
    out.write_all(value)?;
    // The next read may be the last thing that this process does.
    out.flush()
}

/// The exit code for an error. What the system said is passed on.
fn tell(out: &mut dyn Write, error: StoreError) -> i32 {
    let (key, why): (&[u8], String) = match error {
        StoreError::Full(why) => (b"!full", why),
        StoreError::Held { holder } => (b"!held", holder),
        StoreError::Io(why) | StoreError::Unsafe(why) => (b"!io", why),
        _ => return FAILED,
    };
    // Without the words it is still that code.
    let _ = write_frame(out, key, why.as_bytes());
    BARRED
}

/// Bounds on what this process may use, and an end to it even if nobody waits.
fn bound(seconds: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let both = |n| Rlimit { current: Some(n), maximum: Some(n) };
    // The signal for the first of them tells that it was the time; the one for the second anybody may send.
    let time = Rlimit { current: Some(seconds), maximum: Some(seconds.saturating_add(5)) };
    // Each is a precaution; where the system refuses one, the others still hold.
    let _ = setrlimit(Resource::Core, both(0));
    let _ = setrlimit(Resource::Cpu, time);
    let _ = setrlimit(Resource::As, both(MEMORY));
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, Signal, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    }
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(seconds));
        std::process::exit(LATE);
    });
}

/// Reads whatever can be read: each prefix from its front, and where a page cannot be read, from its
/// back too, because what lies behind the page is still there.
pub(super) fn stream(path: &Path, take: Take<'_>) -> Result<(), StoreError> {
    let db = engine::open(path, CACHE)?;
    for prefix in ORDER {
        let mut seen: BTreeSet<sled::IVec> = BTreeSet::new();
        let mut stuck = false;
        for pair in engine::scan(&db, prefix) {
            let (key, value) = match pair {
                Ok(pair) => pair,
                Err(StoreError::Damaged(_)) => {
                    stuck = true;
                    break;
                }
                Err(error) => return Err(error),
            };
            if seen.insert(key.clone()) {
                take(&key, &value)?;
            }
        }
        if !stuck {
            continue;
        }
        let mut back = engine::scan(&db, prefix);
        while let Some(pair) = back.next_back() {
            let (key, value) = match pair {
                Ok(pair) => pair,
                Err(StoreError::Damaged(_)) => break,
                Err(error) => return Err(error),
            };
            if !seen.insert(key.clone()) {
                break;
            }
            take(&key, &value)?;
        }
    }
    Ok(())
}
