//! The call ledger as lines of JSON in `calls.ndjson` of the data directory, to be held against a
//! provider's own audit log.
//!
//! Appending only copies a line into memory; a thread of its own writes at least each second and at
//! the end, so that a slow disk never holds up a call. Knows nothing of what the calls were for.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use cloudscope_domain::{Timestamp, text::is_hostile};
use cloudscope_ports::{CallLedger, CallRecord, CallResult};

use self::file::LedgerFile;

mod file;

/// Calls that `recent` remembers.
const RING: usize = 4096;
/// Bytes that wait for a disk that does not take them; beyond this calls are counted as lost.
const WAITING_LIMIT: usize = 4 << 20;
/// Bytes that are written without waiting for the second to pass.
const CHUNK: usize = 64 << 10;
/// Longest wait of a line before it is written.
const INTERVAL: Duration = Duration::from_secs(1);
/// Characters kept of the reason of a failed call.
const REASON_LIMIT: usize = 1000;

/// Keeps the ledger in a directory. Dropping it writes what waits.
#[derive(Debug)]
pub struct FileLedger {
    dir: PathBuf,
    old_files: u32,
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Something to do for the writer.
    wake: Condvar,
    /// The writer did something.
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ring: VecDeque<CallRecord>,
    waiting: Vec<u8>,
    waiting_calls: u64,
    lost: u64,
    /// Attempts of the writer that have begun and ended.
    begun: u64,
    ended: u64,
    flush: bool,
    stop: bool,
    error: Option<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves at worst a half line in `waiting`; the ledger goes on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileLedger {
    /// The ledger in `data_dir`. What stands in the way of writing is told by `trouble`, and tried
    /// again each second while calls wait.
    #[must_use]
    pub fn open(data_dir: &Path) -> Self {
        Self::with_limits(data_dir, file::SIZE_LIMIT, file::OLD_FILES)
    }

    fn with_limits(data_dir: &Path, size_limit: u64, old_files: u32) -> Self {
        let mut file = LedgerFile::new(data_dir, size_limit, old_files);
        let shared = Arc::new(Shared::default());
        {
            let mut state = shared.lock();
            state.ring = file.newest(RING).into();
            state.error = file.open().err().map(|e| e.to_string());
        }
        let for_writer = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("call-ledger".into())
            .spawn(move || write_loop(&for_writer, &mut file))
            .inspect_err(|e| shared.lock().error = Some(format!("its thread cannot be started: {e}")))
            .ok();
        Self { dir: data_dir.to_owned(), old_files, shared, writer }
    }

    /// Waits until every call appended so far was written, or one attempt to write it failed.
    pub fn flush(&self) {
        let Some(writer) = &self.writer else { return };
        let mut state = self.shared.lock();
        // An attempt under way may have begun before the last append: wait for one that starts now.
        let target = state.begun + 1;
        state.flush = true;
        self.shared.wake.notify_all();
        while state.ended < target && !writer.is_finished() {
            state = self.shared.done.wait_timeout(state, INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl CallLedger for FileLedger {
    fn append(&self, call: &CallRecord) {
        let call = bounded(call);
        let line = line_of(&call);
        let mut state = self.shared.lock();
        if state.ring.len() == RING {
            state.ring.pop_front();
        }
        state.ring.push_back(call);
        if state.waiting.len() + line.len() > WAITING_LIMIT {
            state.lost += 1;
            return;
        }
        let first = state.waiting.is_empty();
        state.waiting.extend_from_slice(line.as_bytes());
        state.waiting_calls += 1;
        if first || state.waiting.len() >= CHUNK {
            self.shared.wake.notify_all();
        }
    }

    fn recent(&self, limit: usize) -> Vec<CallRecord> {
        self.shared.lock().ring.iter().rev().take(limit).cloned().collect()
    }

    fn scan(&self, since: Option<Timestamp>, visit: &mut dyn FnMut(&CallRecord) -> bool) {
        self.flush();
        // What the disk did not take is counted too.
        let waiting = self.shared.lock().waiting.clone();
        let mut wanted = |call: &CallRecord| since.is_some_and(|since| call.at < since) || visit(call);
        if !file::scan(&self.dir, self.old_files, &mut wanted) {
            return;
        }
        for line in waiting.split(|b| *b == b'\n') {
            if let Ok(call) = serde_json::from_slice::<CallRecord>(line)
                && !wanted(&call)
            {
                return;
            }
        }
    }

    fn trouble(&self) -> Option<String> {
        let state = self.shared.lock();
        let lost = state.lost;
        match &state.error {
            Some(error) => Some(format!(
                "the call ledger cannot be written: {error}; {} calls wait and {lost} were lost",
                state.waiting_calls
            )),
            None if lost > 0 => {
                Some(format!("the call ledger lacks {lost} calls that could not be written in time"))
            }
            None => None,
        }
    }
}

impl Drop for FileLedger {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.wake.notify_all();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing more to write, and a panic here would abort.
            let _ = writer.join();
        }
    }
}

fn write_loop(shared: &Shared, file: &mut LedgerFile) {
    let mut state = shared.lock();
    loop {
        while state.waiting.is_empty() && !state.flush && !state.stop {
            state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let due = Instant::now() + INTERVAL;
        // After a failure even a full buffer waits for the second to pass.
        while !state.flush && !state.stop && (state.error.is_some() || state.waiting.len() < CHUNK) {
            let Some(left) = due.checked_duration_since(Instant::now()) else { break };
            state = shared.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.flush = false;
        state.begun += 1;
        let chunk = std::mem::take(&mut state.waiting);
        let calls = std::mem::take(&mut state.waiting_calls);
        drop(state);

        let result = if chunk.is_empty() { Ok(()) } else { file.append(&chunk) };

        state = shared.lock();
        match result {
            Ok(()) if chunk.is_empty() => {}
            Ok(()) => state.error = None,
            Err(e) => {
                state.error = Some(e.to_string());
                let mut chunk = chunk;
                chunk.append(&mut state.waiting);
                state.waiting = chunk;
                state.waiting_calls += calls;
            }
        }
        state.ended += 1;
        shared.done.notify_all();
        if state.stop && (state.waiting.is_empty() || state.error.is_some()) {
            return;
        }
    }
}

/// The call with a reason that is not longer than people read.
fn bounded(call: &CallRecord) -> CallRecord {
    let mut call = call.clone();
    if let CallResult::Failed(reason) = &mut call.result
        && let Some((at, _)) = reason.char_indices().nth(REASON_LIMIT)
    {
        reason.truncate(at);
        reason.push('…');
    }
    call
}

/// One line, in which whatever a terminal could act on is a JSON escape.
fn line_of(call: &CallRecord) -> String {
    use std::fmt::Write as _;
    let json = serde_json::to_string(call)
        .unwrap_or_else(|e| serde_json::json!({ "unwritable": e.to_string() }).to_string());
    let mut line = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if is_hostile(c) {
            // Outside of strings JSON has no such character, so an escape is always right here.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests;
