//! Which command is answered how: one line each.

use std::sync::Arc;

use super::{
    Engine, details, relations,
    work::{blocking, bounded},
};
use crate::{Command, Reply, SessionError};

impl Engine {
    pub(super) async fn answer(&self, command: Command) -> Result<Reply, SessionError> {
        match command {
            Command::Overview => Ok(Reply::Overview(Box::new(self.overview()))),
            Command::Open { query, sort, at } => self.open_query(query, sort, at).await,
            Command::OpenRows { rows, at } => self.open_rows(rows, at).await,
            Command::Groups { query, by, limit, at } => self.groups(query, by, limit, at).await,
            Command::Owned(ask) => self.owned(ask).await,
            Command::Kinds => Ok(Reply::Kinds(self.kinds())),
            Command::Explain { query, sort, at } => self.explain(query, sort, at).await,
            Command::Strays { query, at } => self.strays(query, at).await,
            Command::Window { cursor, start, len, properties } => {
                self.window(cursor, start, len, properties).await
            }
            Command::Batch { cursor, start, len, properties, room } => {
                self.batch(cursor, start, len, properties, room).await
            }
            Command::Find { cursor, id } => self.find(cursor, id).await,
            Command::Close { cursor } => Ok(self.close(cursor)),
            Command::Complete { query, position, at } => self.complete(query, position, at).await,
            Command::Get { id, at } => {
                let (view, store) = (self.view_at(at).await?, Arc::clone(self.store()?));
                blocking(move || details::details(&view, &*store, &id)).await?.map(Reply::Details)
            }
            Command::Relations { id, direction, depth, limit, at } => {
                let view = self.view_at(at).await?;
                let found = blocking(move || relations::around(&view, &id, direction, depth, limit)).await?;
                Ok(Reply::Relations(Box::new(found)))
            }
            Command::Health { at, attempts } => self.health(at, attempts).await,
            Command::Changes(ask) => self.changes(ask).await,
            Command::CompareAssets { left, right } => self.compare_assets(left, right).await,
            Command::CompareMoments { from, to, filter, limit } => {
                self.compare_moments(from, to, filter, limit).await
            }
            Command::Resolve { at } => self.resolve(at).await.map(Reply::Moment),
            Command::Attempts { scope, limit } => self.attempts(scope, limit).await,
            Command::Pin { id, on } => self.pin(id, on).await,
            Command::RemoveSource { source, records } => {
                self.remove_source(source, records).await.map(Reply::Removed)
            }
            Command::Prune => self.prune().await.map(Reply::Pruned),
            Command::Compact => self.compact().await.map(Reply::Compacted),
            Command::Collect { sources, failed_only, scopes } => {
                self.collect(sources, failed_only, scopes).map(Reply::Started)
            }
            Command::Cancel => {
                self.cancel_run();
                Ok(Reply::Done)
            }
            Command::Follow { on } => self.follow(on).await,
            Command::Estimate { sources, failed_only } => self.estimate(sources, failed_only).await,
            Command::Prefer { cursor, start, len } => self.prefer(cursor, start, len).await,
            Command::CallTotals { since } => self.call_totals(since).await,
            Command::Grants => self.grants().await.map(Reply::Grants),
            Command::Log { limit } => Ok(self.log_lines(limit)),
            Command::Hooks => Ok(Reply::Hooks(self.hook_states())),
            Command::Runs { limit } => {
                let limit = bounded(limit);
                self.read(move |store| store.runs(limit)).await.map(Reply::Runs)
            }
            Command::Calls { limit } => Ok(Reply::Calls(self.ledger.recent(bounded(limit)))),
            Command::StoreInfo => self.read(|store| Ok(store.info())).await.map(Reply::Store),
            Command::StoreCheck => self.read(|store| store.check()).await.map(Reply::Check),
        }
    }
}
