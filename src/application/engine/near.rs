//! The graph, the inventory and the scopes as `rel(...)` asks for them.

use cloudscope_domain::{
    AssetId, CoverageState, Relation, Selection, Tags, Target,
    neighbours::{Direction, End, Neighbours, Unread},
};
use cloudscope_graph::Lookup;
use cloudscope_index::Snapshot;

use crate::hub::View;

/// The inventory as the graph asks for it.
pub(super) struct Names<'a>(pub(super) &'a Snapshot);

impl Lookup for Names<'_> {
    fn exists(&self, id: &AssetId) -> bool {
        self.0.exists(id)
    }

    fn resolve(&self, target: &Target) -> Option<AssetId> {
        self.0.resolve(target)
    }

    fn aliases(&self, id: &AssetId) -> Vec<String> {
        self.0.aliases(id)
    }

    fn selected(&self, selection: &Selection, visit: &mut dyn FnMut(AssetId) -> bool) {
        self.0.selected(selection, visit);
    }

    fn count_selected(&self, selection: &Selection) -> usize {
        self.0.count_selected(selection)
    }

    fn each_record(&self, id: &AssetId, visit: &mut dyn FnMut(&str, &Tags<'_>)) {
        self.0.each_record(id, visit);
    }
}

/// The edges of a view, and what they leave unsaid.
pub(super) struct Near<'a> {
    view: &'a View,
    unread: Vec<Unread>,
}

impl<'a> Near<'a> {
    pub(super) fn of(view: &'a View) -> Self {
        let unread = view.scopes.iter().filter(|s| s.coverage.state != CoverageState::Ok);
        let unread = unread.map(|s| Unread { scope: s.scope.key.clone(), kinds: s.scope.kinds.clone() });
        Self { view, unread: unread.collect() }
    }
}

impl Neighbours for Near<'_> {
    fn each(
        &self,
        id: &AssetId,
        direction: Direction,
        visit: &mut dyn FnMut(&Relation, &AssetId, End<'_>) -> bool,
    ) {
        self.view.graph.each(id, direction, &Names(&self.view.snapshot), visit);
    }

    fn unread(&self) -> &[Unread] {
        &self.unread
    }
}
