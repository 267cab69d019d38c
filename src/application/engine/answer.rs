//! Which command is answered how.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use cloudscope_domain::{AssetRow, CoverageState, ScopeState, query::Query};
use cloudscope_ports::AssetStore;

use super::{Engine, cursors::Cursor, details, relations};
use crate::{
    Command, Reply, SessionError,
    hub::View,
    ingest::unknown_of,
    message::{Completion, CursorId, Opened, Overview, RowKey, ScopeHealth, SortKey},
};

/// Rows that one answer carries at the most.
const WINDOW: u64 = 10_000;
/// Lines of history or ledger that one answer carries at the most.
const LINES: usize = 100_000;
/// Proposals of one completion.
const PROPOSALS: usize = 50;

impl Engine {
    pub(super) async fn answer(&self, command: Command) -> Result<Reply, SessionError> {
        match command {
            Command::Overview => Ok(Reply::Overview(Box::new(self.overview()))),
            Command::Open { query, sort, at: _ } => self.open_query(query, sort).await,
            Command::OpenRows { rows, at: _ } => self.open_rows(rows).await,
            Command::Window { cursor, start, len, properties } => {
                self.window(cursor, start, len, properties).await
            }
            Command::Find { cursor, id } => {
                let cursor = self.cursors.get(cursor)?;
                let found = cursor.view.snapshot.find(&id);
                let at = cursor.rows.iter().position(|row| found.contains(row));
                Ok(Reply::Position(at.map(|i| i as u64)))
            }
            Command::Close { cursor } => {
                self.cursors.close(cursor);
                Ok(Reply::Done)
            }
            Command::Get { id, at: _ } => {
                let (view, store) = (self.view()?, Arc::clone(self.store()?));
                blocking(move || details::details(&view, &*store, &id)).await?.map(Reply::Details)
            }
            Command::Relations { id, direction, depth, limit, at: _ } => {
                let view = self.view()?;
                let found = blocking(move || relations::around(&view, &id, direction, depth, limit)).await?;
                Ok(Reply::Relations(Box::new(found)))
            }
            Command::Health { at: _ } => Ok(Reply::Health(self.view()?.scopes.iter().map(health).collect())),
            Command::Changes(ask) => {
                let limit = bounded(ask.limit);
                let since = match ask.since {
                    Some(cloudscope_domain::Moment::Revision(revision)) => revision,
                    _ => cloudscope_domain::Revision(0),
                };
                let read = move |store: &dyn AssetStore| {
                    let mut changes = Vec::new();
                    store.changes(&cloudscope_ports::ChangeRange::after(since), &mut |change| {
                        changes.push(change);
                        changes.len() < limit
                    })?;
                    Ok(crate::message::ChangesPage { changes, ..Default::default() })
                };
                self.read(read).await.map(|page| Reply::Changes(Box::new(page)))
            }
            Command::Runs { limit } => {
                let limit = bounded(limit);
                self.read(move |store| store.runs(limit)).await.map(Reply::Runs)
            }
            Command::Calls { limit } => Ok(Reply::Calls(self.ledger.recent(bounded(limit)))),
            Command::Complete { query, position } => {
                let view = self.view()?;
                let found = blocking(move || view.snapshot.complete(&query, position, PROPOSALS)).await?;
                let proposal = |p: cloudscope_index::Proposal| Completion {
                    text: p.text,
                    span: p.span,
                    count: p.count,
                    hint: p.hint,
                };
                Ok(Reply::Completions(found.into_iter().map(proposal).collect()))
            }
            Command::Collect { sources, failed_only, scopes } => {
                self.collect(sources, failed_only, scopes).map(Reply::Started)
            }
            Command::Cancel => {
                self.cancel_run();
                Ok(Reply::Done)
            }
            Command::CompareAssets { .. }
            | Command::CompareMoments { .. }
            | Command::Attempts { .. }
            | Command::Resolve { .. }
            | Command::Pin { .. }
            | Command::RemoveSource { .. }
            | Command::Prune => Err(SessionError::Bad("history: not yet".into())),
            Command::Estimate { .. } | Command::Prefer { .. } => {
                Err(SessionError::Bad("collection: not yet".into()))
            }
            Command::CallTotals { .. } | Command::Grants | Command::Log { .. } | Command::Hooks => {
                Err(SessionError::Bad("operations: not yet".into()))
            }
            Command::StoreInfo => self.read(|store| Ok(store.info())).await.map(Reply::Store),
            Command::StoreCheck => self.read(|store| store.check()).await.map(Reply::Check),
        }
    }

    fn view(&self) -> Result<Arc<View>, SessionError> {
        self.hub.view().ok_or(SessionError::NotReady)
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn AssetStore) -> Result<T, cloudscope_ports::StoreError> + Send + 'static,
    ) -> Result<T, SessionError> {
        let store = Arc::clone(self.store()?);
        blocking(move || work(&*store)).await?.map_err(|e| SessionError::Store(e.to_string()))
    }

    fn overview(&self) -> Overview {
        let view = self.hub.view();
        let mut trouble = self.hub.troubles();
        trouble.extend(self.ledger.trouble());
        let sources = self.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let mut overview = Overview {
            ready: view.is_some(),
            demo: self.demo,
            sources,
            discovered: self.hub.all_discovered(),
            run: self.hub.run(),
            findings: self.hub.all_findings(),
            data_dir: self.data_dir.clone(),
            trouble,
            ..Overview::default()
        };
        let Some(view) = view else { return overview };
        overview.revision = view.snapshot.revision();
        overview.total = view.snapshot.len() as u64;
        overview.unknown = view.snapshot.unknown() as u64;
        let mut states: BTreeMap<CoverageState, u64> = BTreeMap::new();
        for state in view.scopes.iter() {
            *states.entry(state.coverage.state).or_default() += 1;
        }
        overview.coverage = states.into_iter().collect();
        let good = || view.scopes.iter().filter_map(|s| Some((s.coverage.last_good?, &s.scope.key)));
        overview.newest = good().map(|(at, _)| at).max();
        overview.oldest = good().min().map(|(at, key)| (at, key.clone()));
        overview
    }

    async fn open_query(&self, text: String, sort: Vec<SortKey>) -> Result<Reply, SessionError> {
        let view = self.view()?;
        let now = self.clock.now();
        let begun = Instant::now();
        let query = Query::parse(&text);
        let order: Vec<(String, bool)> = sort.into_iter().map(|k| (k.column, k.descending)).collect();
        // Dropping the question (a newer key was pressed) stops the work.
        let dropped = Dropped::default();
        let flag = Arc::clone(&dropped.0);
        let (work_view, work_query) = (Arc::clone(&view), query.clone());
        let hits = blocking(move || {
            let cancel = || flag.load(Ordering::Relaxed);
            work_view.snapshot.evaluate(&work_query, &order, now, &cancel)
        })
        .await?
        .map_err(|e| SessionError::Bad(e.to_string()))?;
        let opened = Opened {
            cursor: CursorId(0),
            revision: view.snapshot.revision(),
            as_of: view.snapshot.as_of(),
            past: false,
            total: hits.rows.len() as u64,
            unknown: hits.unknown,
            undecided: hits.undecided,
            chips: query.chips,
            bad: query.bad,
            micros: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        };
        let cursor = self.cursors.open(Cursor { view, rows: hits.rows.into() });
        Ok(Reply::Opened(Opened { cursor, ..opened }))
    }

    async fn open_rows(&self, keys: Vec<RowKey>) -> Result<Reply, SessionError> {
        let view = self.view()?;
        let begun = Instant::now();
        let work = Arc::clone(&view);
        let (rows, unknown) = blocking(move || {
            let mut rows = Vec::with_capacity(keys.len());
            let mut unknown = 0;
            for key in keys {
                for row in work.snapshot.find(&key.id) {
                    let full = work.snapshot.row(row);
                    if RowKey::from(&full) == key {
                        unknown += u64::from(full.presence.word() == "unknown");
                        rows.push(row);
                    }
                }
            }
            (rows, unknown)
        })
        .await?;
        let opened = Opened {
            cursor: CursorId(0),
            revision: view.snapshot.revision(),
            as_of: view.snapshot.as_of(),
            past: false,
            total: rows.len() as u64,
            unknown,
            undecided: 0,
            chips: Vec::new(),
            bad: Vec::new(),
            micros: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        };
        let cursor = self.cursors.open(Cursor { view, rows: rows.into() });
        Ok(Reply::Opened(Opened { cursor, ..opened }))
    }

    async fn window(
        &self,
        id: CursorId,
        start: u64,
        len: u64,
        properties: bool,
    ) -> Result<Reply, SessionError> {
        let cursor = self.cursors.get(id)?;
        let store = if properties { Some(Arc::clone(self.store()?)) } else { None };
        let rows = blocking(move || -> Result<Vec<AssetRow>, SessionError> {
            let from = usize::try_from(start).unwrap_or(usize::MAX).min(cursor.rows.len());
            let to =
                from.saturating_add(usize::try_from(len.min(WINDOW)).unwrap_or(0)).min(cursor.rows.len());
            let ids = &cursor.rows[from..to];
            let mut rows: Vec<AssetRow> = ids.iter().map(|row| cursor.view.snapshot.row(*row)).collect();
            if let Some(store) = store {
                let keys: Vec<_> = ids.iter().map(|row| cursor.view.snapshot.key(*row)).collect();
                let records = store.get_many(&keys).map_err(|e| SessionError::Store(e.to_string()))?;
                for (row, record) in rows.iter_mut().zip(records) {
                    row.properties = record.map(|r| r.asset.properties);
                }
            }
            Ok(rows)
        })
        .await??;
        Ok(Reply::Rows { start, rows })
    }
}

/// Set when the question that needs the work is dropped.
#[derive(Default)]
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn health(state: &ScopeState) -> ScopeHealth {
    ScopeHealth {
        key: state.scope.key.clone(),
        coverage: state.coverage.clone(),
        scope: state.scope.clone(),
        run: state.run,
        unknown: unknown_of(state),
        recent: Vec::new(),
        p95: None,
        percent: None,
        collector: None,
    }
}

fn bounded(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(LINES).min(LINES)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SessionError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| SessionError::Store("the engine failed to answer; this is a defect".into()))
}
