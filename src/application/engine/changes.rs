//! What became different.

use cloudscope_domain::{Moment, Revision};
use cloudscope_ports::{AssetStore, ChangeRange};

use super::{Engine, work::bounded};
use crate::{
    Reply, SessionError,
    message::{ChangesAsk, ChangesPage},
};

impl Engine {
    pub(super) async fn changes(&self, ask: ChangesAsk) -> Result<Reply, SessionError> {
        let limit = bounded(ask.limit);
        let since = match ask.since {
            Some(Moment::Revision(revision)) => revision,
            _ => Revision(0),
        };
        let read = move |store: &dyn AssetStore| {
            let mut changes = Vec::new();
            store.changes(&ChangeRange::after(since), &mut |change| {
                changes.push(change);
                changes.len() < limit
            })?;
            Ok(ChangesPage { changes, ..Default::default() })
        };
        self.read(read).await.map(|page| Reply::Changes(Box::new(page)))
    }
}
