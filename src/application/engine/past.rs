//! The past: which revision a moment stands for, and one temporary view of it that everybody who looks
//! at that moment shares. Knows nothing of what is asked of a view.
//!
//! A view of the past is built once, off the async threads, while somebody waits for it; the last few
//! are kept, so that every screen of one moment costs no more than the first.

mod build;
mod cache;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use cloudscope_domain::{Moment, Record, RecordKey, Revision, Timestamp};
use cloudscope_ports::{AssetStore, StoreError};

use super::{
    Engine,
    work::{blocking, failed},
};
use crate::{SessionError, hub::View};
pub(super) use cache::Pasts;

impl Engine {
    /// The inventory as of a moment, as known then; the newest view when there is none, or when the
    /// moment means the newest revision. Dropping the question stops the work, unless others wait for it.
    pub(super) async fn view_at(&self, at: Option<Moment>) -> Result<Arc<View>, SessionError> {
        self.then(at).await.map(|(view, _)| view)
    }

    /// The same, and the time from which ages count: that of the moment, so that the answer to a question
    /// about it stays what it was.
    pub(super) async fn then(&self, at: Option<Moment>) -> Result<(Arc<View>, Timestamp), SessionError> {
        let (live, now) = (self.view()?, self.clock.now());
        let Some(moment) = at else { return Ok((live, now)) };
        let (revision, as_of) = self.meant(moment, &live).await?;
        if revision == live.snapshot.revision() {
            // Not later than now; but the clock may have been set back since that revision.
            let then = if let Moment::Time(time) = moment { time.min(now.max(as_of)) } else { as_of };
            return Ok((live, then));
        }
        let then = if let Moment::Time(time) = moment { time } else { as_of };
        let store = Arc::clone(self.store()?);
        if revision == Revision(0) {
            // Before anything was recorded; the time is the one that was asked about.
            let pins = Arc::clone(&live.pins);
            let empty = blocking(move || build::build(&*store, (revision, as_of), &pins, &|| false)).await?;
            let view = empty.map_err(failed)?.map(|b| b.view).ok_or(SessionError::NotReady)?;
            return Ok((view, then));
        }
        let view = self.pasts.view(&store, (revision, as_of), self.hub.prunings(), &live.pins).await?;
        Ok((view, then))
    }

    /// The revision that a moment stands for, and its time.
    pub(super) async fn resolve(&self, at: Moment) -> Result<(Revision, Timestamp), SessionError> {
        let live = self.view()?;
        self.meant(at, &live).await
    }

    async fn meant(&self, at: Moment, live: &View) -> Result<(Revision, Timestamp), SessionError> {
        let store = Arc::clone(self.store()?);
        let newest = (live.snapshot.revision(), live.snapshot.as_of());
        blocking(move || {
            // The view bears the time at which it was made, which may be long after.
            let recorded = store.recorded_at(newest.0).map_err(failed)?;
            meant(&*store, (newest.0, recorded.unwrap_or(newest.1)), at)
        })
        .await?
    }
}

fn meant(
    store: &dyn AssetStore,
    newest: (Revision, Timestamp),
    at: Moment,
) -> Result<(Revision, Timestamp), SessionError> {
    match at {
        Moment::Revision(revision) if revision > newest.0 => {
            Err(SessionError::Bad(format!("there is no revision {revision} yet; the newest is {}", newest.0)))
        }
        Moment::Revision(revision) if revision == newest.0 => Ok(newest),
        Moment::Revision(Revision(0)) => {
            let first = store.recorded_at(Revision(1)).map_err(failed)?;
            beginning(store, newest, at, first)
        }
        Moment::Revision(revision) => {
            let time = store.recorded_at(revision).map_err(failed)?;
            time.map(|time| (revision, time)).ok_or_else(|| forgotten(store, at))
        }
        Moment::Time(time) => match store.revision_at(time).map_err(failed)? {
            Some(found) if found.0 < newest.0 => Ok(found),
            Some(_) => Ok(newest),
            None => beginning(store, newest, at, Some(time)),
        },
    }
}

/// What was before the first revision: nothing, as long as no history was let go of.
fn beginning(
    store: &dyn AssetStore,
    newest: (Revision, Timestamp),
    at: Moment,
    time: Option<Timestamp>,
) -> Result<(Revision, Timestamp), SessionError> {
    match store.oldest() {
        None => Ok(newest),
        Some((Revision(0), since)) => Ok((Revision(0), time.unwrap_or(since))),
        Some(_) => Err(forgotten(store, at)),
    }
}

fn forgotten(store: &dyn AssetStore, at: Moment) -> SessionError {
    let since = store.oldest().map_or_else(String::new, |(revision, since)| {
        format!("; history goes back to revision {revision} of {since}")
    });
    SessionError::Bad(format!("how things were at {at} is no longer known{since}"))
}

/// Records as of a view, in the order of their keys.
pub(super) fn records(
    view: &View,
    store: &dyn AssetStore,
    keys: &[RecordKey],
) -> Result<Vec<Option<Record>>, StoreError> {
    if view.past { store.get_many_at(view.snapshot.revision(), keys) } else { store.get_many(keys) }
}
