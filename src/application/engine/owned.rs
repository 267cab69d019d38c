//! Who owns whom in a place: the tops of the chains of `owned-by` edges with what is below each, or all
//! that is below one. Generic: pods below deployments, nested stacks below the outer one.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use cloudscope_domain::{AssetId, Category, Kind, StatusClass, neighbours::Direction, query::Query};
use cloudscope_index::{Hits, RowId};

use super::{Engine, asked::Asked, near::Names, work::Dropped};
use crate::{
    Reply, SessionError,
    message::{Group, Head, Owned, OwnedAsk, Under},
};

/// The relation that is followed.
const OWNED_BY: &str = "owned-by";
/// Heads that one answer carries at the most.
const HEADS: u64 = 10_000;
/// A chain of owners that is longer goes in a circle.
const LONGEST: usize = 64;

impl Engine {
    pub(super) async fn owned(&self, ask: OwnedAsk) -> Result<Reply, SessionError> {
        let (view, now) = self.then(ask.at).await?;
        let (place, query) = (Query::parse(&ask.place), Query::parse(&ask.query));
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let pinned = ask.at.is_some();
        let whole = place == query;
        let bad = query.bad.clone();
        let (place, query) = (self.asked(&view, &place, now, pinned), self.asked(&view, &query, now, pinned));
        let work = move || {
            let all = matching(&place, &cancel)?;
            let counted = if whole { None } else { Some(matching(&query, &cancel)?) };
            let undecided = counted.as_ref().unwrap_or(&all).undecided;
            let limit = usize::try_from(ask.limit.min(HEADS)).unwrap_or(0);
            let forest = Forest { asked: &place, all: &all, counted: counted.as_ref(), cancel: &cancel };
            let found = match &ask.under {
                Under::Asset(id) => forest.below(id, limit),
                Under::Place => forest.tops(None, ask.find.as_ref(), limit)?,
                Under::Kind(kind) => forest.tops(Some(kind), None, limit)?,
            };
            Ok::<_, SessionError>(Owned { undecided, ..found })
        };
        let found = self.queries.run(work).await??;
        let (as_of, revision) = (view.snapshot.as_of(), view.snapshot.revision());
        Ok(Reply::Owned(Box::new(Owned { bad, as_of, revision, ..found })))
    }
}

fn matching(asked: &Asked, cancel: &dyn Fn() -> bool) -> Result<Hits, SessionError> {
    let hits = asked
        .answer(cancel, |context, _| asked.view.snapshot.evaluate(&asked.query, &[], *context, cancel))?;
    hits.map_err(|e| SessionError::Bad(e.to_string()))
}

/// The things of a place, and which of them count.
struct Forest<'a> {
    asked: &'a Asked,
    all: &'a Hits,
    /// `None`: all of them.
    counted: Option<&'a Hits>,
    cancel: &'a dyn Fn() -> bool,
}

/// What is at or below a thing.
#[derive(Clone, Copy, Default)]
struct Tally {
    owns: u64,
    count: u64,
    unknown: u64,
    errors: u64,
    warnings: u64,
    /// Something below it runs.
    runs: bool,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.unknown += other.unknown;
        self.errors += other.errors;
        self.warnings += other.warnings;
    }
}

impl Forest<'_> {
    fn id(&self, row: RowId) -> AssetId {
        self.asked.view.snapshot.key(row).key.id
    }

    /// How a thing itself counts.
    fn own(&self, row: RowId) -> Tally {
        if self.counted.is_some_and(|counted| !counted.contains(row)) {
            return Tally::default();
        }
        let brief = self.asked.view.snapshot.brief(row);
        Tally {
            count: 1,
            unknown: u64::from(brief.unknown),
            errors: u64::from(brief.class == StatusClass::Error),
            warnings: u64::from(brief.class == StatusClass::Warning),
            ..Tally::default()
        }
    }

    fn runs(&self, row: RowId) -> bool {
        let category = self.asked.view.snapshot.brief(row).category;
        matches!(category, Category::Compute | Category::Container | Category::Serverless)
    }

    fn neighbours(&self, id: &AssetId, direction: Direction, visit: &mut dyn FnMut(&AssetId)) {
        let view = &self.asked.view;
        view.graph.each_named(id, OWNED_BY, direction, &Names(&view.snapshot), &mut |other, known| {
            if known {
                visit(other);
            }
            true
        });
    }

    fn head(&self, row: RowId, tally: Tally) -> Head {
        Head {
            row: self.asked.view.snapshot.row(row),
            owns: tally.owns,
            count: tally.count,
            unknown: tally.unknown,
            errors: tally.errors,
            warnings: tally.warnings,
        }
    }

    /// Those that nothing in the place owns, in their order: by name.
    fn tops(&self, of: Option<&Kind>, find: Option<&AssetId>, limit: usize) -> Result<Owned, SessionError> {
        let snapshot = &self.asked.view.snapshot;
        let rows: Vec<RowId> = self.all.iter(snapshot).collect();
        let mut places: HashMap<AssetId, usize> = HashMap::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            places.insert(self.id(*row), at);
        }
        let mut owners: Vec<Option<usize>> = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            if at % 1024 == 0 && (self.cancel)() {
                return Err(SessionError::Bad("the query was cancelled".into()));
            }
            let mut owner = None;
            self.neighbours(&self.id(*row), Direction::Out, &mut |other| {
                owner = owner.or_else(|| places.get(other).copied().filter(|to| *to != at));
            });
            owners.push(owner);
        }
        let find = find.and_then(|id| places.get(id).copied());
        drop(places);
        let top = |mut at: usize| {
            for _ in 0..LONGEST {
                match owners[at] {
                    Some(owner) => at = owner,
                    None => return at,
                }
            }
            // Round the circle once: the first of it stands for all.
            let (mut first, mut next) = (at, at);
            while let Some(owner) = owners[next].filter(|owner| *owner != at) {
                next = owner;
                first = first.min(next);
            }
            first
        };
        let mut tallies = vec![Tally::default(); rows.len()];
        for (at, row) in rows.iter().enumerate() {
            let to = top(at);
            tallies[to].add(self.own(*row));
            if to != at {
                tallies[to].owns += 1;
                tallies[to].runs |= self.runs(*row);
            }
        }
        let tops: Vec<usize> = (0..rows.len()).filter(|at| top(*at) == *at).collect();
        let shows = |at: usize| tallies[at].count > 0;
        let kind = |at: usize| snapshot.row(rows[at]).kind;
        let to = find.map(|at| (self.id(rows[top(at)]), kind(top(at))));
        let mut found = Owned { found: to, ..Owned::default() };
        let mut heads: Vec<usize> = Vec::new();
        if let Some(of) = of {
            heads.extend(tops.into_iter().filter(|at| shows(*at) && kind(*at) == *of));
            found.total = heads.iter().map(|at| tallies[*at].count).sum();
        } else {
            // A kind stands by itself as a whole, so that a deployment of nothing is beside the others.
            let kinds: Vec<(usize, Kind)> = tops.into_iter().map(|at| (at, kind(at))).collect();
            let run: HashSet<&Kind> =
                kinds.iter().filter(|(at, _)| tallies[*at].runs).map(|(_, kind)| kind).collect();
            let mut groups: HashMap<&Kind, Tally> = HashMap::new();
            for (at, kind) in kinds.iter().filter(|(at, _)| shows(*at)) {
                found.total += tallies[*at].count;
                if run.contains(kind) {
                    heads.push(*at);
                } else {
                    groups.entry(kind).or_default().add(tallies[*at]);
                }
            }
            let group = |(kind, tally): (&Kind, Tally)| Group {
                values: vec![Some(Arc::from(kind.as_str()))],
                labels: Vec::new(),
                count: tally.count,
                unknown: tally.unknown,
                errors: tally.errors,
                warnings: tally.warnings,
            };
            found.kinds = groups.into_iter().map(group).collect();
            found.kinds.sort_by(|a, b| a.values.cmp(&b.values));
        }
        found.more = heads.len().saturating_sub(limit) as u64;
        heads.truncate(limit);
        found.heads = heads.into_iter().map(|at| self.head(rows[at], tallies[at])).collect();
        Ok(found)
    }

    /// Everything in the place that is owned by an asset or by what it owns.
    fn below(&self, id: &AssetId, limit: usize) -> Owned {
        let snapshot = &self.asked.view.snapshot;
        let mut seen: HashSet<AssetId> = HashSet::from([id.clone()]);
        let mut below: Vec<(usize, RowId)> = Vec::new();
        let mut next = vec![id.clone()];
        for depth in 1..LONGEST {
            if next.is_empty() || (self.cancel)() {
                break;
            }
            let mut children = Vec::new();
            for owner in &next {
                self.neighbours(owner, Direction::In, &mut |child| {
                    if seen.insert(child.clone()) {
                        children.push(child.clone());
                    }
                });
            }
            for child in &children {
                let here = snapshot.find(child).into_iter().map(|row| snapshot.face(row));
                below.extend(here.filter(|row| self.all.contains(*row)).take(1).map(|row| (depth, row)));
            }
            next = children;
        }
        below.retain(|(_, row)| self.own(*row).count > 0);
        let total = below.len() as u64;
        let mut rows: Vec<_> =
            below.into_iter().map(|(depth, row)| (depth, row, snapshot.row(row))).collect();
        rows.sort_by(|a, b| {
            let key = |(depth, at, row): &(usize, RowId, cloudscope_domain::AssetRow)| {
                (!self.runs(*at), Reverse(*depth), row.kind.clone(), row.name.clone(), row.id.clone())
            };
            key(a).cmp(&key(b))
        });
        let more = rows.len().saturating_sub(limit) as u64;
        rows.truncate(limit);
        let heads = rows.into_iter().map(|(_, row, _)| self.head(row, self.own(row))).collect();
        Owned { heads, more, total, ..Owned::default() }
    }
}
