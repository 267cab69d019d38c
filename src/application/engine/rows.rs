//! Rows: cursors are opened on what matches a filter or on named rows, and read window by window.

use std::{collections::HashSet, sync::Arc, time::Instant};

use cloudscope_domain::{
    AssetId, AssetRow, Moment, PackedRows,
    query::{
        Query, Span,
        complete::{Slot, slot},
        fold,
    },
};
use cloudscope_index::{Hits, SortError};

use super::{
    Engine,
    cursors::Cursor,
    work::{Dropped, blocking, failed},
};
use crate::{
    Reply, SessionError,
    hub::View,
    message::{Completion, CursorId, Opened, RowKey, SortKey},
};

/// Rows that one answer carries at the most.
const WINDOW: u64 = 10_000;
/// Rows of a batch that are packed, and whose payloads are read, together.
const PART: usize = 512;
/// A batch of so many bytes is not made longer: it bounds the memory of an export.
const ENOUGH: usize = 4 << 20;
/// Proposals of one completion.
const PROPOSALS: usize = 50;

impl Engine {
    pub(super) async fn open_query(
        &self,
        text: String,
        sort: Vec<SortKey>,
        at: Option<Moment>,
    ) -> Result<Reply, SessionError> {
        let (view, now) = self.then(at).await?;
        let begun = Instant::now();
        let query = Query::parse(&text);
        let order: Vec<(String, bool)> = sort.into_iter().map(|k| (k.column, k.descending)).collect();
        // Dropping the question (a newer key was pressed) stops the work.
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let asked = self.asked(&view, &query, now, at.is_some());
        let answer = move || {
            asked.answer(&cancel, |context, _| {
                asked.view.snapshot.evaluate(&asked.query, &order, *context, &cancel)
            })
        };
        let hits = self.queries.run(&self.hub, answer).await??.map_err(SessionError::from)?;
        let opened = Opened {
            total: hits.len() as u64,
            unknown: hits.unknown,
            undecided: hits.undecided,
            chips: query.chips,
            bad: query.bad,
            ..opened(&view, begun)
        };
        let hits = Arc::new(hits);
        if hits.is_open() {
            self.queries.settle(Arc::clone(&view), Arc::clone(&hits));
        }
        let cursor = self.cursors.open(Cursor { view, hits, pinned: at.is_some() });
        Ok(Reply::Opened(Opened { cursor, ..opened }))
    }

    pub(super) async fn open_rows(
        &self,
        keys: Vec<RowKey>,
        at: Option<Moment>,
    ) -> Result<Reply, SessionError> {
        let view = self.view_at(at).await?;
        let begun = Instant::now();
        let work = Arc::clone(&view);
        let (rows, unknown) = blocking(move || {
            let snapshot = &work.snapshot;
            let mut rows = Vec::with_capacity(keys.len());
            let mut unknown = 0;
            let mut seen = HashSet::new();
            for key in keys {
                let found = snapshot.find(&key.id).into_iter();
                let records = found.filter(|row| RowKey::from(&snapshot.row(*row)) == key);
                // Of records that are joined the first that is named is shown, for all of them; their face
                // where that only declares the thing.
                for row in records.filter(|row| seen.insert(snapshot.face(*row))) {
                    let declares = snapshot.row(row).declares.is_some();
                    let row = if declares { snapshot.face(row) } else { row };
                    unknown += u64::from(snapshot.row(row).presence.word() == "unknown");
                    rows.push(row);
                }
            }
            (rows, unknown)
        })
        .await?;
        let opened = Opened { total: rows.len() as u64, unknown, ..opened(&view, begun) };
        let hits = Arc::new(Hits::listed(rows, unknown));
        let cursor = self.cursors.open(Cursor { view, hits, pinned: at.is_some() });
        Ok(Reply::Opened(Opened { cursor, ..opened }))
    }

    pub(super) async fn window(
        &self,
        id: CursorId,
        start: u64,
        len: u64,
        properties: bool,
    ) -> Result<Reply, SessionError> {
        let cursor = self.cursors.get(id)?;
        let store = if properties { Some(Arc::clone(self.store()?)) } else { None };
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let read = move || -> Result<Vec<AssetRow>, SessionError> {
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let len = usize::try_from(len.min(WINDOW)).unwrap_or(0);
            let ids = cursor.hits.window_until(&cursor.view.snapshot, start, len, &cancel);
            let ids = ids.map_err(SessionError::from)?;
            let mut rows: Vec<AssetRow> = ids.iter().map(|row| cursor.view.snapshot.row(*row)).collect();
            if let Some(store) = store {
                let records = cursor.records(&*store, &ids).map_err(failed)?;
                for (row, record) in rows.iter_mut().zip(records) {
                    row.properties = record.map(|r| r.asset.properties);
                }
            }
            Ok(rows)
        };
        let rows = blocking(read).await??;
        Ok(Reply::Rows { start, rows })
    }

    pub(super) async fn batch(
        &self,
        id: CursorId,
        start: u64,
        len: u64,
        properties: bool,
        room: PackedRows,
    ) -> Result<Reply, SessionError> {
        let cursor = self.cursors.get(id)?;
        let store = if properties { Some(Arc::clone(self.store()?)) } else { None };
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let read = move || -> Result<PackedRows, SessionError> {
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let len = usize::try_from(len.min(WINDOW)).unwrap_or(0);
            let stopped = SessionError::from;
            let ids =
                cursor.hits.window_until(&cursor.view.snapshot, start, len, &cancel).map_err(stopped)?;
            let mut rows = room.emptied();
            for part in ids.chunks(PART) {
                if cancel() {
                    return Err(stopped(SortError::Cancelled));
                }
                let from = rows.len();
                cursor.view.snapshot.pack(part, &mut rows);
                if let Some(store) = &store {
                    let filled = rows.fill(from, |names, visit| cursor.payloads(&**store, names, visit));
                    filled.map_err(failed)?;
                }
                if rows.bytes() >= ENOUGH {
                    break;
                }
            }
            Ok(rows)
        };
        Ok(Reply::Batch(blocking(read).await??))
    }

    pub(super) async fn find(&self, cursor: CursorId, id: AssetId) -> Result<Reply, SessionError> {
        let cursor = self.cursors.get(cursor)?;
        let at = blocking(move || {
            let snapshot = &cursor.view.snapshot;
            let found = snapshot.find(&id).into_iter().flat_map(|row| snapshot.group(row));
            found.filter_map(|row| cursor.hits.position(snapshot, row)).min()
        })
        .await?;
        Ok(Reply::Position(at.map(|i| i as u64)))
    }

    pub(super) fn close(&self, cursor: CursorId) -> Reply {
        self.cursors.close(cursor);
        Reply::Done
    }

    pub(super) async fn complete(
        &self,
        query: String,
        position: usize,
        at: Option<Moment>,
    ) -> Result<Reply, SessionError> {
        let view = self.view_at(at).await?;
        let related = match slot(&query, position) {
            (Slot::Relation(typed), span) => relations(&view, &typed, span),
            _ => Vec::new(),
        };
        let found =
            self.queries.run(&self.hub, move || view.snapshot.complete(&query, position, PROPOSALS)).await?;
        let proposal = |p: cloudscope_index::Proposal| Completion {
            text: p.text,
            span: p.span,
            count: p.count,
            hint: p.hint,
        };
        let all = related.into_iter().chain(found.into_iter().map(proposal));
        Ok(Reply::Completions(all.take(PROPOSALS).collect()))
    }
}

/// Relations that begin with what is typed.
fn relations(view: &View, typed: &str, span: Span) -> Vec<Completion> {
    let typed = fold(typed);
    let mut names: Vec<&str> = view.graph.relations().filter(|name| name.starts_with(&typed)).collect();
    names.sort_unstable();
    let proposal =
        |name: &str| Completion { text: name.to_owned(), span, count: None, hint: "relation".to_owned() };
    names.into_iter().map(proposal).collect()
}

fn opened(view: &View, begun: Instant) -> Opened {
    Opened {
        cursor: CursorId(0),
        revision: view.snapshot.revision(),
        as_of: view.snapshot.as_of(),
        past: view.past,
        total: 0,
        unknown: 0,
        undecided: 0,
        chips: Vec::new(),
        bad: Vec::new(),
        micros: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
    }
}
