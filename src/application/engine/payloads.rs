//! Terms on payloads: the index holds no payload, so those of the rows that everything else leaves open
//! are read from the store, in its order and a few at a time, and what they say is handed to the index.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cloudscope_domain::{
    Query, Record, RecordKey, RecordName, Timestamp,
    declarable::Declarable,
    neighbours::Neighbours,
    query::{Expr, Has, Term, ValueTest},
};
use cloudscope_index::{Context, RowId, Told, related_filters};
use cloudscope_ports::{AssetStore, StoreError};

use super::work::failed;
use crate::{
    Event, SessionError,
    hub::{Hub, View},
};

/// Records that are in memory at a time.
const BATCH: usize = 256;
/// How often the progress is told.
const TELL: Duration = Duration::from_millis(100);

/// Reads what a query needs to know of payloads.
pub(super) struct Payloads<'a> {
    pub(super) view: &'a View,
    pub(super) store: &'a dyn AssetStore,
    pub(super) hub: &'a Hub,
    pub(super) neighbours: &'a dyn Neighbours,
    pub(super) declarable: Option<&'a Arc<Declarable>>,
    pub(super) now: Timestamp,
    /// Of a moment, and not of what is newest.
    pub(super) pinned: bool,
    pub(super) cancel: &'a dyn Fn() -> bool,
}

/// How many payloads were looked at, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looked {
    pub(super) looked: u64,
    pub(super) of: u64,
    pub(super) micros: u64,
}

impl Payloads<'_> {
    /// What payloads say to the terms of a query, those inside its relations first.
    pub(super) fn tell(&self, query: &Query) -> Result<(Told, Looked), SessionError> {
        let (mut told, mut looked) = (Told::default(), Looked::default());
        let begun = Instant::now();
        self.expr(query, &query.expr, &mut told, &mut looked)?;
        looked.micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok((told, looked))
    }

    fn expr(
        &self,
        query: &Query,
        expr: &Expr,
        told: &mut Told,
        looked: &mut Looked,
    ) -> Result<(), SessionError> {
        for filter in related_filters(expr) {
            self.expr(query, filter, told, looked)?;
        }
        let terms = self.view.snapshot.payload_terms(expr);
        if terms.is_empty() {
            return Ok(());
        }
        let cancelled = || SessionError::Bad("the query was cancelled".to_owned());
        let context =
            Context::new(self.now, self.neighbours, self.cancel).told(told).declarable(self.declarable);
        let rows = self.view.snapshot.open(expr, &context).map_err(|_| cancelled())?;
        looked.of += rows.len() as u64;
        let mut last = Instant::now();
        for batch in rows.chunks(BATCH) {
            if (self.cancel)() {
                return Err(cancelled());
            }
            let found = records(self.view, self.pinned, self.store, batch).map_err(failed)?;
            for (row, record) in batch.iter().zip(found) {
                let Some(record) = record else { continue };
                for term in &terms {
                    told.put(term, *row, holds(term, &record.asset.properties, self.now));
                }
            }
            looked.looked += batch.len() as u64;
            if last.elapsed() >= TELL {
                last = Instant::now();
                let (looked, of) = (looked.looked, looked.of);
                self.hub.send(Event::Looking { query: query.text.clone(), looked, of });
            }
        }
        Ok(())
    }
}

/// The records of some rows of a view, payloads included. `pinned`: of a moment, and not of what is newest.
pub(super) fn records(
    view: &View,
    pinned: bool,
    store: &dyn AssetStore,
    rows: &[RowId],
) -> Result<Vec<Option<Record>>, StoreError> {
    let keys: Vec<_> = rows.iter().map(|row| view.snapshot.key(*row)).collect();
    if is_of_then(view, pinned, store) {
        store.get_many_at(view.snapshot.revision(), &keys)
    } else {
        store.get_many(&keys)
    }
}

/// Whether what is read has to be as of the view's revision, and not what is newest.
fn is_of_then(view: &View, pinned: bool, store: &dyn AssetStore) -> bool {
    view.past || (pinned && store.revision() != view.snapshot.revision())
}

/// Hands out the payloads of records of a view, each by the place of its name.
pub(super) fn each(
    view: &View,
    pinned: bool,
    store: &dyn AssetStore,
    names: &[RecordName<'_>],
    visit: &mut dyn FnMut(usize, &str),
) -> Result<(), StoreError> {
    if !is_of_then(view, pinned, store) {
        return store.payloads(names, visit);
    }
    let keys: Vec<RecordKey> = names.iter().map(RecordName::key).collect();
    let found = store.get_many_at(view.snapshot.revision(), &keys)?;
    for (n, record) in found.into_iter().enumerate() {
        if let Some(record) = record {
            visit(n, record.asset.properties.as_str());
        }
    }
    Ok(())
}

fn holds(term: &Term, payload: &cloudscope_domain::Payload, now: Timestamp) -> Option<bool> {
    match term {
        Term::Prop { path, test } => test.holds(path, payload, now),
        Term::Has(Has::Prop(path)) => ValueTest::There.holds(path, payload, now),
        _ => None,
    }
}
