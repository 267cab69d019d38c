//! Who owns whom in a place: the tops of the chains of `owned-by` edges with what is below each, or what
//! one of them owns. Generic: pods below replica sets below deployments, nested stacks below the outer one.

mod forest;
mod kept;
mod kin;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use cloudscope_domain::{Kind, query::Query};
use cloudscope_index::Hits;

use super::{Engine, asked::Asked, work::Dropped};
use crate::{
    Reply, SessionError,
    message::{Group, Head, Owned, OwnedAsk, Under},
};
use forest::{Forest, Tally};
pub(super) use kept::Families;

/// Heads that one answer carries at the most.
const HEADS: u64 = 10_000;
/// Milliseconds for which what was found is true of ages.
const AGES: i64 = 1000;

impl Engine {
    pub(super) async fn owned(&self, ask: OwnedAsk) -> Result<Reply, SessionError> {
        let (view, now) = self.then(ask.at).await?;
        let (place, query) = (Query::parse(&ask.place), Query::parse(&ask.query));
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let pinned = ask.at.is_some();
        let whole = place == query;
        let bad = query.bad.clone();
        // Ages go on while nothing changes.
        let of = (ask.place.clone(), ask.query.clone(), now.millis() / AGES);
        let (place, query) = (self.asked(&view, &place, now, pinned), self.asked(&view, &query, now, pinned));
        let families = Arc::clone(&self.families);
        let work = move || {
            let view = &place.view;
            let mut kept = families.of(view);
            let forest = kept.forest(view, of, |kin| {
                let all = matching(&place, &cancel)?;
                let counted = if whole { None } else { Some(matching(&query, &cancel)?) };
                Forest::new(kin, view, &all, counted.as_ref(), &cancel)
            })?;
            drop(kept);
            let limit = usize::try_from(ask.limit.min(HEADS)).unwrap_or(0);
            Ok::<_, SessionError>(Owned { undecided: forest.undecided, ..answer(&forest, &ask, limit) })
        };
        let found = self.queries.run(&self.hub, work).await??;
        let (as_of, revision) = (view.snapshot.as_of(), view.snapshot.revision());
        Ok(Reply::Owned(Box::new(Owned { bad, as_of, revision, ..found })))
    }
}

fn matching(asked: &Asked, cancel: &dyn Fn() -> bool) -> Result<Hits, SessionError> {
    let hits = asked
        .answer(cancel, |context, _| asked.view.snapshot.evaluate(&asked.query, &[], *context, cancel))?;
    hits.map_err(|e| SessionError::Bad(e.to_string()))
}

fn answer(forest: &Forest, ask: &OwnedAsk, limit: usize) -> Owned {
    let told = match &ask.under {
        Under::Place => tops(forest),
        Under::Kind(kind) => tops_of(forest, kind),
        Under::Asset(id) => forest.find(id).map(|owner| owned(forest, owner)).unwrap_or_default(),
        Under::Rest { asset, kind } => forest.find(asset).map(|o| rest(forest, o, kind)).unwrap_or_default(),
    };
    let under = match &ask.under {
        Under::Place | Under::Kind(_) => Some(None),
        Under::Asset(id) | Under::Rest { asset: id, .. } => forest.find(id).map(Some),
    };
    let find = ask.find.as_ref().and_then(|id| forest.find(id));
    let found = find.zip(under).and_then(|(thing, under)| forest.above(thing, under));
    let snapshot = &forest.view.snapshot;
    let head = |thing: &u32| {
        let Tally { owns, count, unknown, errors, warnings, .. } = forest.tally(*thing);
        Head { row: snapshot.row(forest.row(*thing)), owns, count, unknown, errors, warnings }
    };
    Owned {
        more: told.heads.len().saturating_sub(limit) as u64,
        heads: told.heads.iter().take(limit).map(head).collect(),
        kinds: told.kinds,
        total: told.total,
        found: found.map(|thing| (snapshot.id(forest.row(thing)), forest.kind_of(thing))),
        ..Owned::default()
    }
}

/// What one answer tells.
#[derive(Default)]
struct Told {
    heads: Vec<u32>,
    kinds: Vec<Group>,
    total: u64,
}

/// Things by kind, by name of the kind.
fn by_kind(forest: &Forest, things: impl Iterator<Item = u32>) -> Vec<Group> {
    let mut groups: HashMap<u32, Tally> = HashMap::new();
    for thing in things {
        groups.entry(forest.kind(thing)).or_default().add(forest.tally(thing));
    }
    let group = |(kind, tally): (u32, Tally)| Group {
        values: vec![Some(forest.view.snapshot.kind_text(kind))],
        labels: Vec::new(),
        count: tally.count,
        unknown: tally.unknown,
        errors: tally.errors,
        warnings: tally.warnings,
        class: None,
    };
    let mut groups: Vec<Group> = groups.into_iter().map(group).collect();
    groups.sort_by(|a, b| a.values.cmp(&b.values));
    groups
}

/// Those that nothing in the place owns. A kind stands by itself as a whole, so that a deployment of nothing is
/// beside the others.
fn tops(forest: &Forest) -> Told {
    let owners = forest.tops().filter(|top| forest.tally(*top).owns_what_runs);
    let run: HashSet<u32> = owners.map(|top| forest.kind(top)).collect();
    let shown = || forest.tops().filter(|top| forest.tally(*top).count > 0);
    let mut heads: Vec<u32> = shown().filter(|top| run.contains(&forest.kind(*top))).collect();
    forest.sort_by_name(&mut heads);
    let kinds = by_kind(forest, shown().filter(|top| !run.contains(&forest.kind(*top))));
    Told { heads, kinds, total: shown().map(|top| forest.tally(top).count).sum() }
}

fn tops_of(forest: &Forest, kind: &Kind) -> Told {
    let Some(kind) = forest.view.snapshot.number_of_kind(kind) else { return Told::default() };
    let tops = forest.tops().filter(|top| forest.kind(*top) == kind && forest.tally(*top).count > 0);
    named(forest, tops.collect())
}

fn named(forest: &Forest, mut heads: Vec<u32>) -> Told {
    forest.sort_by_name(&mut heads);
    let total = heads.iter().map(|thing| forest.tally(*thing).count).sum();
    Told { heads, kinds: Vec::new(), total }
}

/// What a thing owns itself: what stands one by one, and what stands by kind.
fn parts(forest: &Forest, owner: u32) -> (Vec<u32>, Vec<u32>) {
    let children = forest.children(owner);
    let stated = children.iter().any(|child| forest.is_stated(*child));
    let shown = children.iter().copied().filter(|child| forest.tally(*child).count > 0);
    shown.partition(|child| {
        let silent = stated && !forest.is_stated(*child) && forest.children(*child).is_empty();
        !(silent || forest.is_idle(*child))
    })
}

fn owned(forest: &Forest, owner: u32) -> Told {
    let (mut heads, rest) = parts(forest, owner);
    forest.sort_by_name(&mut heads);
    heads.sort_by_cached_key(|child| {
        (!forest.runs(*child), forest.view.snapshot.kind_text(forest.kind(*child)))
    });
    let total = heads.iter().chain(&rest).map(|child| forest.tally(*child).count).sum();
    Told { kinds: by_kind(forest, rest.into_iter()), heads, total }
}

fn rest(forest: &Forest, owner: u32, kind: &Kind) -> Told {
    let Some(kind) = forest.view.snapshot.number_of_kind(kind) else { return Told::default() };
    let (_, rest) = parts(forest, owner);
    named(forest, rest.into_iter().filter(|child| forest.kind(*child) == kind).collect())
}
