//! What is near an asset: within some steps of it now, or at the beginning of what is looked at. Both,
//! because what is gone meanwhile has no edges any more, and is what somebody looks for.

use std::{collections::HashSet, sync::Arc};

use cloudscope_domain::{AssetId, Moment, neighbours::Direction};

use crate::{
    SessionError,
    engine::{Engine, relations, work::blocking},
    hub::View,
};

/// Edges that are followed; a hub beyond that is cut off.
const EDGES: u64 = 20_000;

impl Engine {
    pub(super) async fn near(
        &self,
        id: &AssetId,
        steps: u8,
        since: Option<Moment>,
    ) -> Result<HashSet<AssetId>, SessionError> {
        let mut views = vec![self.view()?];
        if let Some(since) = since
            // Where the beginning is not known any more, what is near now has to do.
            && let Ok(then) = self.view_at(Some(since)).await
        {
            views.push(then);
        }
        let id = id.clone();
        let near: HashSet<AssetId> =
            blocking(move || views.iter().flat_map(|view| around(view, &id, steps)).collect()).await?;
        Ok(near)
    }
}

fn around(view: &Arc<View>, id: &AssetId, steps: u8) -> HashSet<AssetId> {
    let focus = view.snapshot.find(id).first().map(|row| view.snapshot.key(*row).key.id);
    let mut near = HashSet::from([focus.unwrap_or_else(|| id.clone())]);
    if steps > 0 {
        let edges = relations::around(view, id, Direction::Both, steps, EDGES).edges;
        near.extend(edges.into_iter().flat_map(|e| [e.from, e.to]));
    }
    near
}
