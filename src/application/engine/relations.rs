//! The edges around an asset, with the rows of their other ends.

use std::collections::BTreeSet;

use cloudscope_domain::{AssetId, CoverageState, neighbours::Direction};

use super::near::Names;
use crate::{hub::View, message::Relations};

/// Steps that one answer may go.
const DEPTH: u8 = 8;
/// Edges that one answer may carry.
const EDGES: u64 = 20_000;

/// Walks outwards from an asset, named by its id or by an alias that only it bears.
pub(super) fn around(view: &View, id: &AssetId, direction: Direction, depth: u8, limit: u64) -> Relations {
    let rows = &view.snapshot;
    let found = rows.find(id);
    let focus = found.first().map(|row| rows.row(*row));
    let id = focus.as_ref().map_or(id, |f| &f.id).clone();
    let limit = usize::try_from(limit.min(EDGES)).unwrap_or(usize::MAX);
    let around = view.graph.around(&id, direction, depth.clamp(1, DEPTH), limit, &Names(rows));
    let ends: BTreeSet<&AssetId> =
        around.edges.iter().flat_map(|e| [&e.from, &e.to]).filter(|e| **e != id).collect();
    let ends = ends.into_iter().filter_map(|end| rows.find(end).first().map(|row| rows.row(*row))).collect();
    let unread = view.scopes.iter().filter(|s| s.coverage.state != CoverageState::Ok);
    let (off, gaps): (Vec<_>, Vec<_>) = unread.partition(|s| s.coverage.state == CoverageState::Disabled);
    let (off, gaps) = (off.len() as u64, gaps.len() as u64);
    Relations { focus, edges: around.edges, rows: ends, more: around.more, gaps, off }
}
