//! Hits in the order of some columns: the first few hundred chosen in one pass, and those around a row that
//! somebody asks for; the rest sorted when it is wanted, and then kept.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cloudscope_domain::Timestamp;

use crate::{
    RowId, Snapshot, SortError,
    bits::Bits,
    sort::{Keys, SortColumn},
};

/// Rows that are put in order at once.
const FIRST: usize = if cfg!(test) { 8 } else { 512 };
/// How long somebody waits for what another one sorts before asking whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct Sorted {
    len: usize,
    columns: Vec<SortColumn>,
    now: Timestamp,
    first: Vec<RowId>,
    /// Some rows around one that was asked for, and where they begin.
    near: Mutex<(usize, Vec<RowId>)>,
    whole: Mutex<Whole>,
    changed: Condvar,
}

#[derive(Debug)]
enum Whole {
    No,
    /// Somebody is at it.
    Busy,
    Done(Arc<Vec<RowId>>),
}

/// Lets others try again when the one who sorts gives up.
struct Turn<'a>(&'a Sorted);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut whole = self.0.lock();
        if matches!(*whole, Whole::Busy) {
            *whole = Whole::No;
        }
        drop(whole);
        self.0.changed.notify_all();
    }
}

impl Sorted {
    pub(super) fn new(
        snapshot: &Snapshot,
        sets: &[Bits],
        len: usize,
        columns: Vec<SortColumn>,
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Self, SortError> {
        let first = Keys::new(snapshot, &columns, now, cancel)?.first(sets, FIRST, cancel)?;
        let (near, whole) = (Mutex::default(), Mutex::new(Whole::No));
        Ok(Self { len, columns, now, first, near, whole, changed: Condvar::new() })
    }

    pub(super) fn is_open(&self) -> bool {
        self.first.len() < self.len && !matches!(*self.lock(), Whole::Done(_))
    }

    pub(super) fn window(
        &self,
        snapshot: &Snapshot,
        sets: &[Bits],
        start: usize,
        len: usize,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Vec<RowId>, SortError> {
        if start + len <= self.first.len() {
            return Ok(self.first[start..start + len].to_vec());
        }
        if let Some(rows) = self.near_window(start, len) {
            return Ok(rows);
        }
        Ok(self.whole(snapshot, sets, cancel)?[start..start + len].to_vec())
    }

    pub(super) fn position(&self, snapshot: &Snapshot, sets: &[Bits], row: RowId) -> usize {
        if let Some(at) = self.first.iter().position(|r| *r == row) {
            return at;
        }
        if let Whole::Done(rows) = &*self.lock() {
            return rows.iter().position(|r| *r == row).unwrap_or_default();
        }
        // Counting those before it is one pass; sorting all is not. Whoever asks wants to see those around it.
        let Ok(keys) = Keys::new(snapshot, &self.columns, self.now, &|| false) else { return 0 };
        let (before, at, rows) = keys.around(sets, row, FIRST);
        *self.near.lock().unwrap_or_else(PoisonError::into_inner) = (before - at, rows);
        before
    }

    /// A window, if it lies around the row that was asked for last.
    fn near_window(&self, start: usize, len: usize) -> Option<Vec<RowId>> {
        let near = self.near.lock().unwrap_or_else(PoisonError::into_inner);
        let from = start.checked_sub(near.0)?;
        near.1.get(from..from + len).map(<[RowId]>::to_vec)
    }

    /// All of them in order.
    pub(super) fn whole(
        &self,
        snapshot: &Snapshot,
        sets: &[Bits],
        cancel: &dyn Fn() -> bool,
    ) -> Result<Arc<Vec<RowId>>, SortError> {
        let mut whole = self.lock();
        loop {
            match &*whole {
                Whole::Done(rows) => return Ok(Arc::clone(rows)),
                Whole::No => break,
                Whole::Busy => {
                    let waited = self.changed.wait_timeout(whole, PATIENCE);
                    whole = waited.unwrap_or_else(PoisonError::into_inner).0;
                    if cancel() {
                        return Err(SortError::Cancelled);
                    }
                }
            }
        }
        *whole = Whole::Busy;
        drop(whole);
        let turn = Turn(self);
        let rows = if self.first.len() == self.len {
            self.first.clone()
        } else {
            Keys::new(snapshot, &self.columns, self.now, cancel)?.all(sets, self.len, cancel)?
        };
        let rows = Arc::new(rows);
        *self.lock() = Whole::Done(Arc::clone(&rows));
        drop(turn);
        Ok(rows)
    }

    fn lock(&self) -> MutexGuard<'_, Whole> {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
