//! Open cursors: a pinned view and the rows that matched, until closed or pushed out by newer ones.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cloudscope_domain::{Record, RecordName};
use cloudscope_index::{Hits, RowId};
use cloudscope_ports::{AssetStore, StoreError};

use super::payloads;
use crate::{SessionError, hub::View, message::CursorId};

/// More cursors than this and the one longest unused is closed: a client that forgets to close
/// cannot fill the memory.
const MOST: usize = 256;

/// What a cursor stands for.
pub(super) struct Cursor {
    pub(super) view: Arc<View>,
    /// Shared with whoever still puts them in order.
    pub(super) hits: Arc<Hits>,
    /// Of a moment: what is read for it from the store is as of its revision, even after the newest one
    /// that it was then.
    pub(super) pinned: bool,
}

impl Cursor {
    /// The records of some rows, payloads included.
    pub(super) fn records(
        &self,
        store: &dyn AssetStore,
        rows: &[RowId],
    ) -> Result<Vec<Option<Record>>, StoreError> {
        payloads::records(&self.view, self.pinned, store, rows)
    }

    /// Hands out the payloads of some of its records, each by the place of its name.
    pub(super) fn payloads(
        &self,
        store: &dyn AssetStore,
        names: &[RecordName<'_>],
        visit: &mut dyn FnMut(usize, &str),
    ) -> Result<(), StoreError> {
        payloads::each(&self.view, self.pinned, store, names, visit)
    }
}

#[derive(Default)]
pub(super) struct Cursors(Mutex<Table>);

#[derive(Default)]
struct Table {
    open: HashMap<CursorId, (Arc<Cursor>, u64)>,
    counter: u64,
}

impl Cursors {
    pub(super) fn open(&self, cursor: Cursor) -> CursorId {
        let mut table = self.table();
        table.counter += 1;
        let id = CursorId(table.counter);
        if table.open.len() >= MOST
            && let Some(oldest) = table.open.iter().min_by_key(|(_, (_, used))| *used).map(|(id, _)| *id)
        {
            table.open.remove(&oldest);
        }
        let used = table.counter;
        table.open.insert(id, (Arc::new(cursor), used));
        id
    }

    pub(super) fn get(&self, id: CursorId) -> Result<Arc<Cursor>, SessionError> {
        let mut table = self.table();
        table.counter += 1;
        let now = table.counter;
        let (cursor, used) = table.open.get_mut(&id).ok_or(SessionError::NoCursor)?;
        *used = now;
        Ok(Arc::clone(cursor))
    }

    pub(super) fn close(&self, id: CursorId) {
        self.table().open.remove(&id);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
