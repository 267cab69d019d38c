//! How a thing stands to the declarations of it: managed, unmanaged or ghost. Looks at everything anew for
//! each thing.

use super::{Presence, Record, World, settled};
use crate::{
    ScopeState,
    declarable::{Declarable, cloud, hides_declarations, read_since},
};

fn is_declaration(record: &Record) -> bool {
    record.asset.declares.is_some() && Declarable::is_declaration(record.asset.kind.as_str())
}

/// Whether a record is one of a cloud's own, and not just something that somebody says of it.
fn speaks_for(record: &Record, of: &str) -> bool {
    record.asset.declares.is_none() && cloud(record.asset.kind.as_str()) == of
}

/// Whether a record bears the name of what another declares.
fn is_meant(record: &Record, by: &Record) -> bool {
    by.asset.declares.as_ref().is_some_and(|name| {
        record.asset.key.id == *name || record.asset.aliases.iter().any(|alias| alias == name.as_str())
    })
}

fn is_gone(thing: &[&Record]) -> bool {
    thing.iter().all(|r| r.gone.is_some())
}

/// Some record of it is a declaration, and some other is what that stands for.
pub(super) fn managed(thing: &[&Record], world: &dyn World) -> Option<bool> {
    let known = world.declarable()?;
    let by = |d: &&&Record| {
        let of = known.cloud_of(d.asset.kind.as_str());
        of.is_some_and(|of| thing.iter().any(|r| speaks_for(r, of)))
    };
    Some(!is_gone(thing) && thing.iter().filter(|r| is_declaration(r)).any(|d| by(&d)))
}

pub(super) fn unmanaged(thing: &[&Record], world: &dyn World) -> Option<bool> {
    let known = world.declarable()?;
    let own: Vec<&Record> = thing
        .iter()
        .filter(|r| r.asset.declares.is_none() && known.is_declarable(r.asset.kind.as_str()))
        .copied()
        .collect();
    if is_gone(thing) || thing.iter().any(|r| is_declaration(r)) || own.is_empty() {
        return Some(false);
    }
    if world.scopes().into_iter().any(hides_declarations) {
        return None;
    }
    let living = world.living();
    let declarations: Vec<&Record> = living.iter().flatten().filter(|r| is_declaration(r)).copied().collect();
    let of_cloud =
        |d: &Record, r: &Record| known.cloud_of(d.asset.kind.as_str()) == Some(cloud(r.asset.kind.as_str()));
    // One means it, but so that it may be another.
    let means = |d: &Record, r: &Record| r.asset.declares.is_none() && of_cloud(d, r) && is_meant(r, d);
    if declarations.iter().any(|d| thing.iter().any(|r| means(d, r))) {
        return None;
    }
    let covers = |d: &Record, r: &Record| {
        of_cloud(d, r) && d.asset.account == r.asset.account && !d.asset.account.is_empty()
    };
    own.iter().any(|r| declarations.iter().any(|d| covers(d, r))).then_some(true)
}

pub(super) fn ghost(thing: &[&Record], world: &dyn World) -> Option<bool> {
    let known = world.declarable()?;
    if is_gone(thing) {
        return Some(false);
    }
    let of_one = |d: &Record| {
        let declared = d.asset.kind.as_str();
        let of = known.cloud_of(declared)?;
        if thing.iter().any(|r| speaks_for(r, of)) {
            return Some(false);
        }
        let kind = known.looked_for(declared)?;
        let living = world.living();
        let meant = living.iter().flatten().any(|r| speaks_for(r, of) && is_meant(r, d));
        if world.presence(d) != Presence::Present || meant {
            return None;
        }
        let yields = |s: &&ScopeState| s.scope.kinds.iter().any(|k| k.as_str() == kind);
        let scopes: Vec<&ScopeState> = world.scopes().into_iter().filter(yields).collect();
        let since = read_since(scopes, &d.asset.account, &d.asset.region)?;
        (since >= d.changed_at).then_some(true)
    };
    settled(thing.iter().filter(|r| is_declaration(r)).map(|d| of_one(d)), true)
}
