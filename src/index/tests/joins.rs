//! Which records speak of one thing, as it would be written without a thought for speed: all records,
//! all names, each time anew.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{Category, Presence, Record, RecordKey, Target};

use super::model::Model;

const MOST: usize = 16;
const BEARERS: usize = 64;

/// Things with their records, the face first; and which records are crowded.
pub(super) struct Things<'a> {
    pub(super) all: Vec<Vec<&'a Record>>,
    pub(super) crowded: BTreeSet<RecordKey>,
}

fn is_global(id: &str) -> bool {
    (id.contains(':') || id.contains('/')) && !id.starts_with("row:")
}

/// Kind, where one is said, and name of what a record claims to be.
fn claims(r: &Record) -> BTreeSet<(Option<String>, String)> {
    let own = r.asset.key.id.as_str();
    let mut out = BTreeSet::new();
    out.extend(r.asset.declares.iter().map(|d| (None, d.to_string())));
    for reference in r.references.iter().filter(|r| r.relation.as_str() == "same-as" && r.confidence >= 0.9) {
        out.insert(match &reference.target {
            Target::Id(id) => (None, id.to_string()),
            Target::Named { kind, name } => (kind.as_ref().map(ToString::to_string), name.to_string()),
            Target::Selected(_) => continue,
        });
    }
    out.retain(|(_, name)| name != own || !is_global(own));
    out
}

/// A living record with what it claims.
type Claimer<'a> = (&'a Record, BTreeSet<(Option<String>, String)>);

/// Of records of one id: those that one means who knows no incarnation.
fn unspecific<'a>(rows: &[&'a Record]) -> Vec<&'a Record> {
    let incarnations: BTreeSet<&str> =
        rows.iter().map(|r| r.asset.key.incarnation.as_str()).filter(|i| !i.is_empty()).collect();
    let sources: BTreeSet<_> = rows.iter().map(|r| r.source()).collect();
    if incarnations.len() <= 1 && sources.len() == rows.len() {
        return rows.to_vec();
    }
    rows.iter().copied().filter(|r| r.asset.key.incarnation.as_str().is_empty()).collect()
}

/// What a claim links: its claimers with what it means.
fn linked<'a>(claim: &(Option<String>, String), living: &[Claimer<'a>]) -> Vec<&'a Record> {
    let (kind, name) = claim;
    let claimers: Vec<&Record> =
        living.iter().filter(|(_, claims)| claims.contains(claim)).map(|(r, _)| *r).collect();
    let named = |r: &Record| r.asset.key.id.as_str() == name || r.asset.aliases.contains(name);
    if living.iter().filter(|(r, _)| named(r)).count() > BEARERS {
        return Vec::new();
    }
    let bearers: Vec<&Record> = living
        .iter()
        .filter(|(r, _)| named(r) && kind.as_deref().is_none_or(|k| k == r.asset.kind.as_str()))
        .filter(|(_, claims)| !claims.contains(claim))
        .map(|(r, _)| *r)
        .collect();
    let by_id: Vec<&Record> = bearers.iter().copied().filter(|r| r.asset.key.id.as_str() == name).collect();
    let firm: Vec<&Record> = bearers.iter().copied().filter(|r| r.asset.declares.is_none()).collect();
    let meant = if !by_id.is_empty() {
        by_id
    } else if !firm.is_empty() {
        firm
    } else {
        let declared: BTreeSet<_> = bearers.iter().map(|r| &r.asset.declares).collect();
        return if declared.len() <= 1 { [claimers, bearers].concat() } else { Vec::new() };
    };
    let ids: BTreeSet<_> = meant.iter().map(|r| &r.asset.key.id).collect();
    if ids.len() > 1 || (meant.len() > 1 && !is_global(meant[0].asset.key.id.as_str())) {
        return Vec::new();
    }
    let meant = unspecific(&meant);
    if meant.is_empty() { Vec::new() } else { [claimers, meant].concat() }
}

pub(super) fn things(model: &Model) -> Things<'_> {
    let living: Vec<Claimer<'_>> = model.rows.values().map(|r| (r, claims(r))).collect();
    let mut sets: BTreeMap<RecordKey, usize> =
        model.rows.keys().enumerate().map(|(n, k)| (k.clone(), n)).collect();
    let mut crowded = BTreeSet::new();
    let mut unite = |rows: &[&Record]| {
        for two in rows.windows(2) {
            let (to, from) = (sets[&two[0].record_key()], sets[&two[1].record_key()]);
            sets.values_mut().filter(|s| **s == from).for_each(|s| *s = to);
        }
    };
    let mut ids: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    let mut names: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
    for (r, claims) in &living {
        ids.entry(r.asset.key.id.as_str()).or_default().push(r);
        for (kind, name) in claims {
            names.entry(name.clone()).or_default().insert(kind.clone());
        }
    }
    for (id, rows) in ids {
        if !is_global(id) || rows.len() > BEARERS {
            continue;
        }
        let sources: BTreeSet<_> = rows.iter().map(|r| r.source()).collect();
        if sources.len() == rows.len() && unspecific(&rows).len() == rows.len() {
            unite(&rows);
        }
        let incarnations: BTreeSet<_> = rows.iter().map(|r| &r.asset.key.incarnation).collect();
        for i in incarnations {
            unite(&rows.iter().copied().filter(|r| r.asset.key.incarnation == *i).collect::<Vec<_>>());
        }
    }
    for (name, kinds) in names {
        let claimers: Vec<&Record> = living
            .iter()
            .filter(|(_, claims)| claims.iter().any(|(_, n)| *n == name))
            .map(|(r, _)| *r)
            .collect();
        if claimers.len() > MOST {
            crowded.extend(claimers.iter().map(|r| r.record_key()));
            continue;
        }
        for kind in kinds {
            unite(&linked(&(kind, name.clone()), &living));
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Record>> = BTreeMap::new();
    for (r, _) in &living {
        groups.entry(sets[&r.record_key()]).or_default().push(r);
    }
    let mut all = Vec::new();
    for mut group in groups.into_values() {
        if group.len() > MOST {
            crowded.extend(group.iter().map(|r| r.record_key()));
            all.extend(group.into_iter().map(|r| vec![r]));
            continue;
        }
        group.sort_by_key(|r| {
            let here = model.presence(r) == Presence::Present;
            let other = r.asset.category == Category::Other;
            (r.asset.declares.is_some(), !here, !claims(r).is_empty(), other, r.record_key())
        });
        all.push(group);
    }
    Things { all, crowded }
}
