//! Who owns whom, as the scripted engine answers it: by edges between ids, one step after the other.

use cloudscope_application::message::{Group, Head, Owned, OwnedAsk, Under};
use cloudscope_domain::{
    AssetId, AssetRow, Category, Presence, Relationship, Revision, StatusClass,
    query::{PropPath, Query, Segment},
};

use super::matches;

/// What stands at a path of keys with dots between them.
pub(super) fn at(row: &AssetRow, path: &str) -> Option<String> {
    let payload = row.properties.as_ref()?.value();
    let found = path.split('.').try_fold(&payload, |value, key| value.get(key))?;
    found.as_str().map(str::to_owned)
}

/// The number that stands at a path of a column; nothing is less than any.
pub(super) fn number(row: &AssetRow, column: &str) -> f64 {
    let payload = row.properties.as_ref().map(cloudscope_domain::Payload::value).unwrap_or_default();
    let path = column.strip_prefix("prop.").unwrap_or(column);
    let found = path.split('.').try_fold(&payload, |value, key| value.get(key));
    found.and_then(serde_json::Value::as_f64).unwrap_or(-1.0)
}

/// The same, of a path that was parsed: without regard to case.
pub(super) fn prop(row: &AssetRow, path: &PropPath) -> Option<String> {
    let payload = row.properties.as_ref()?.value();
    let found = path.segments().iter().try_fold(&payload, |value, segment| match segment {
        Segment::Key(wanted) => {
            let fields = value.as_object()?;
            fields.iter().find(|(key, _)| key.to_lowercase() == **wanted).map(|(_, value)| value)
        }
        _ => None,
    })?;
    found.as_str().map(str::to_owned)
}

pub(super) fn answer(rows: &[AssetRow], edges: &[Relationship], ask: &OwnedAsk) -> Owned {
    let (place, query) = (Query::parse(&ask.place), Query::parse(&ask.query));
    assert!(place.bad.is_empty() && query.bad.is_empty(), "{ask:?}");
    let here: Vec<&AssetRow> = rows.iter().filter(|row| matches(&place.expr, row)).collect();
    let owner = |id: &AssetId| {
        let edge = edges.iter().find(|e| e.relation.as_str() == "owned-by" && e.from == *id)?;
        here.iter().find(|row| row.id == edge.to).map(|row| &row.id)
    };
    let chain = |row: &AssetRow| {
        let mut ids = vec![row.id.clone()];
        while let Some(next) = owner(&ids[ids.len() - 1]) {
            ids.push(next.clone());
        }
        ids
    };
    let head = |top: &AssetRow, below: &[&AssetRow]| {
        let counted: Vec<&&AssetRow> = below.iter().filter(|row| matches(&query.expr, row)).collect();
        let of = |class| counted.iter().filter(|row| row.status_class == class).count() as u64;
        Head {
            row: top.clone(),
            owns: below.iter().filter(|row| row.id != top.id).count() as u64,
            count: counted.len() as u64,
            unknown: counted.iter().filter(|r| matches!(r.presence, Presence::Unknown { .. })).count() as u64,
            errors: of(StatusClass::Error),
            warnings: of(StatusClass::Warning),
        }
    };
    let mut owned = Owned { bad: query.bad.clone(), revision: Revision(1), ..Owned::default() };
    let below = |top: &AssetRow| -> Vec<&AssetRow> {
        here.iter().copied().filter(|row| chain(row).contains(&top.id)).collect()
    };
    let owns = |row: &AssetRow| below(row).len() > 1;
    if let Under::Asset(id) | Under::Rest { asset: id, .. } = &ask.under {
        let children = || here.iter().copied().filter(|row| owner(&row.id) == Some(id));
        let stated = children().any(|row| row.status.is_some());
        for child in children() {
            let one = head(child, &below(child));
            let idle = here.iter().any(|row| row.kind == child.kind && owns(row)) && !owns(child);
            let rest = idle || (stated && child.status.is_none() && !owns(child));
            match &ask.under {
                _ if one.count == 0 => continue,
                Under::Rest { kind, .. } if !rest || *kind != child.kind => continue,
                Under::Asset(_) if rest => add(&mut owned.kinds, child, one.count),
                _ => owned.heads.push(one.clone()),
            }
            owned.total += one.count;
        }
        owned.heads.sort_by_key(|head| (head.row.kind.clone(), head.row.name.clone()));
        let wanted = ask.find.as_ref().and_then(|id| here.iter().find(|row| row.id == *id));
        owned.found = wanted.and_then(|row| {
            let chain = chain(row);
            let at = chain.iter().position(|above| above == id)?.checked_sub(1)?;
            let kind = here.iter().find(|row| row.id == chain[at])?.kind.clone();
            Some((chain[at].clone(), kind))
        });
    } else {
        let runs = |row: &AssetRow| owns(row) && row.category == Category::Container;
        let tops = here.iter().copied().filter(|row| owner(&row.id).is_none());
        for top in tops {
            let one = head(top, &below(top));
            owned.total += one.count;
            match &ask.under {
                _ if one.count == 0 => {}
                Under::Kind(kind) if *kind != top.kind => {}
                Under::Place if !here.iter().any(|row| row.kind == top.kind && runs(row)) => {
                    add(&mut owned.kinds, top, one.count);
                }
                _ => owned.heads.push(one),
            }
        }
        owned.heads.sort_by_key(|head| head.row.name.clone());
        let wanted = ask.find.as_ref().and_then(|id| here.iter().find(|row| row.id == *id));
        owned.found = wanted.and_then(|row| {
            let top = chain(row).pop()?;
            let kind = here.iter().find(|row| row.id == top)?.kind.clone();
            Some((top, kind))
        });
    }
    owned.more = owned.heads.len().saturating_sub(ask.limit as usize) as u64;
    owned.heads.truncate(ask.limit as usize);
    owned
}

/// So many more stand by the kind of a row.
fn add(kinds: &mut Vec<Group>, row: &AssetRow, count: u64) {
    let kind = Some(row.kind.as_str().into());
    let at = kinds.iter().position(|group| group.values[0] == kind);
    let at = at.unwrap_or_else(|| {
        kinds.push(Group { values: vec![kind], ..Group::default() });
        kinds.len() - 1
    });
    kinds[at].count += count;
}
