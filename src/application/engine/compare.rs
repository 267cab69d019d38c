//! What is different: of one asset between two moments, between two assets, of everything between two
//! moments. The differences themselves are those of the ingest; this says what is held against what.

mod assets;
mod moments;
mod touched;

use std::sync::Arc;

use cloudscope_domain::{AssetId, Moment, Query};

use super::{
    Engine,
    work::{Dropped, blocking},
};
use crate::{Reply, SessionError};
use moments::Between;

impl Engine {
    pub(super) async fn compare_assets(
        &self,
        left: (AssetId, Option<Moment>),
        right: (AssetId, Option<Moment>),
    ) -> Result<Reply, SessionError> {
        let views = (self.view_at(left.1).await?, self.view_at(right.1).await?);
        let store = Arc::clone(self.store()?);
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let found =
            blocking(move || assets::compare(&*store, (&views.0, &left.0), (&views.1, &right.0), &cancel));
        found.await?.map(|found| Reply::Differences(Box::new(found)))
    }

    pub(super) async fn compare_moments(
        &self,
        from: Moment,
        to: Option<Moment>,
        filter: String,
        limit: u64,
    ) -> Result<Reply, SessionError> {
        let ((from, before), (to, after)) = (self.then(Some(from)).await?, self.then(to).await?);
        let revisions = (from.snapshot.revision(), to.snapshot.revision());
        if revisions.0 > revisions.1 {
            return Err(SessionError::Bad(format!(
                "the earlier moment means revision {}, which is after revision {} of the later one; swap them",
                revisions.0, revisions.1
            )));
        }
        let store = Arc::clone(self.store()?);
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let found = blocking(move || {
            let query = Query::parse(&filter);
            Between::new(&*store, (&from, &to), &query, (before, after), &cancel)?.compare(limit)
        });
        found.await?.map(|found| Reply::Comparison(Box::new(found)))
    }
}
