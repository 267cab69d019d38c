//! Everything that is known of one asset.

use std::{cmp::Reverse, collections::BTreeMap};

use cloudscope_domain::{
    AssetDetail, AssetId, Presence, Record, Relationship, ScopeState, UnknownWhy, neighbours::Direction,
    row::AssetRow,
};
use cloudscope_ports::AssetStore;

use super::{joined::Joined, past, relations, work::failed};
use crate::{SessionError, hub::View, ingest::overlap::overlap, row};

/// Edges that a detail carries; `relations` lists all.
const EDGES: u64 = 200;

/// Every record about an asset, by id, or by an alias that only one asset bears: of records that are
/// joined all, the one that knows best before those that are folded into it.
pub(super) fn details(
    view: &View,
    store: &dyn AssetStore,
    id: &AssetId,
) -> Result<Vec<AssetDetail>, SessionError> {
    let (id, mut records) = records(view, store, id)?;
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let joined = Joined::of(view, &id);
    records.extend(joined.others(view, store, &records)?);
    // What lives comes before what is gone, what is newer before what is older; what is joined together.
    let newest = joined.newest(&records);
    records.sort_by_cached_key(|r| {
        let place = joined.place(&r.record_key()).filter(|_| r.gone.is_none());
        let revision = place.map_or(r.revision, |(group, _)| newest[group]);
        (r.gone.is_some(), Reverse(revision), place)
    });
    let mut edges: BTreeMap<AssetId, Vec<Relationship>> = BTreeMap::new();
    let mut out: Vec<AssetDetail> = Vec::with_capacity(records.len());
    let mut face: Option<usize> = None;
    for (n, record) in records.iter().enumerate() {
        let place = joined.place(&record.record_key()).filter(|_| record.gone.is_none());
        let mut row = row(view, record);
        let mut differences = Vec::new();
        match place {
            Some((group, 0)) => {
                face = Some(n);
                row.sources = joined.sources(group);
            }
            // The face comes first, unless a commit since the view took it away.
            Some(_) => {
                let same =
                    |f: &usize| joined.place(&records[*f].record_key()).map(|p| p.0) == place.map(|p| p.0);
                if let Some(face) = face.filter(same) {
                    differences = overlap(&records[face].asset, &record.asset);
                }
            }
            None => {}
        }
        let edges = edges.entry(record.asset.key.id.clone());
        let edges =
            edges.or_insert_with_key(|id| relations::around(view, id, Direction::Both, 1, EDGES).edges);
        out.push(AssetDetail {
            scope: (*record.scope).clone(),
            revision: record.revision,
            run: record.run,
            row,
            relationships: edges.clone(),
            differences,
        });
    }
    Ok(out)
}

/// The records about an asset, named by id or by an alias that only it bears, as of the view, with the id:
/// what lives before what is gone, what was written last first. None when there is no such asset.
pub(super) fn records(
    view: &View,
    store: &dyn AssetStore,
    id: &AssetId,
) -> Result<(AssetId, Vec<Record>), SessionError> {
    let mut id = id.clone();
    let mut records = read(view, store, &id)?;
    if records.is_empty() {
        let faces = view.snapshot.find(&id).into_iter().map(|row| view.snapshot.face(row));
        let mut ids: Vec<AssetId> = faces.map(|row| view.snapshot.key(row).key.id).collect();
        ids.sort_unstable();
        ids.dedup();
        match ids.as_slice() {
            [] => return Ok((id, Vec::new())),
            [only] => {
                records = read(view, store, only)?;
                id = only.clone();
            }
            many => {
                let names: Vec<&str> = many.iter().take(5).map(AssetId::as_str).collect();
                return Err(SessionError::Bad(format!(
                    "`{id}` names {} assets: {}; use the full id",
                    many.len(),
                    names.join(", ")
                )));
            }
        }
    }
    records.sort_by_key(|r| (r.gone.is_some(), std::cmp::Reverse(r.revision)));
    Ok((id, records))
}

/// The records of exactly that id, as of the view.
fn read(view: &View, store: &dyn AssetStore, id: &AssetId) -> Result<Vec<Record>, SessionError> {
    if !view.past {
        return store.get_by_id(id).map_err(failed);
    }
    let snapshot = &view.snapshot;
    let keys: Vec<_> = snapshot.find(id).into_iter().map(|row| snapshot.key(row)).collect();
    let keys: Vec<_> = keys.into_iter().filter(|key| key.key.id == *id).collect();
    let found = past::records(view, store, &keys).map_err(failed)?;
    Ok(found.into_iter().flatten().collect())
}

/// A record as a row, its payload included.
pub(super) fn row(view: &View, record: &Record) -> AssetRow {
    let state = view.scopes.get(&record.scope);
    let row = row::of(record, state, view.pins.contains_key(&record.asset.key.id));
    let seen = state.is_some() || record.gone.is_some();
    AssetRow {
        presence: presence(record, state),
        last_seen: row.last_seen.filter(|_| seen),
        account_label: view.snapshot.account_label(&record.asset.account),
        ..row
    }
}

/// As rows have it: a record whose scope was never stated counts as never listed whole.
fn presence(record: &Record, state: Option<&ScopeState>) -> Presence {
    match (record.gone, state) {
        (Some(gone), _) => Presence::Gone { at: gone.at, why: gone.proof },
        (None, Some(state)) => state.presence_of(record),
        (None, None) => Presence::Unknown { since: None, why: UnknownWhy::Never },
    }
}
