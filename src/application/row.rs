//! A record as a row: what lists, exports and hooks see of it. Pure; knows nothing of where either is kept.

use cloudscope_domain::{AssetRow, Record, ScopeState};

/// A record as a row, its payload included. `state` is that of the scope that owns it.
pub(crate) fn of(record: &Record, state: Option<&ScopeState>, pinned: bool) -> AssetRow {
    let asset = &record.asset;
    AssetRow {
        id: asset.key.id.clone(),
        kind: asset.kind.clone(),
        category: asset.category,
        provider: asset.provider.clone(),
        account: asset.account.clone(),
        account_label: None,
        region: asset.region.clone(),
        zone: asset.zone.clone(),
        name: asset.name.clone(),
        status: asset.status.as_ref().map(|s| s.word.clone()),
        status_class: asset.status.as_ref().map(|s| s.class).unwrap_or_default(),
        tags: asset.tags.clone(),
        addresses: asset.addresses.clone(),
        presence: state.map(|s| s.presence_of(record)).unwrap_or_default(),
        first_seen: record.first_seen,
        last_seen: match (record.gone, state) {
            (Some(_), _) | (None, None) => Some(record.changed_at),
            (None, Some(s)) => s.last_seen_of_live(record.hash128()),
        },
        changed_at: record.changed_at,
        created_at: asset.created_at,
        source: record.source().clone(),
        sources: vec![record.source().clone()],
        pinned,
        incarnation: asset.key.incarnation.clone(),
        declares: asset.declares.clone(),
        properties: Some(asset.properties.clone()),
    }
}
