//! The things of a place as a forest: each below the first of its owners that lies in the place too, with how
//! many are at or below it. Numbers only; rows are made of what an answer tells.

use std::{collections::HashMap, sync::Arc};

use cloudscope_domain::{AssetId, Category, Kind, StatusClass};
use cloudscope_index::{Hits, RowId, Snapshot};

use super::kin::Kin;
use crate::{SessionError, hub::View};

/// After so many rows it is asked whether to stop.
const POLL: usize = 1024;
/// No other thing.
const NONE: u32 = u32::MAX;

/// What is at or below a thing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Tally {
    /// What it owns, near or far.
    pub(super) owns: u64,
    /// What matches, itself included.
    pub(super) count: u64,
    pub(super) unknown: u64,
    pub(super) errors: u64,
    pub(super) warnings: u64,
    /// Something that it owns runs.
    pub(super) owns_what_runs: bool,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.unknown += other.unknown;
        self.errors += other.errors;
        self.warnings += other.warnings;
    }
}

/// What is kept of a thing itself, as bits.
#[derive(Clone, Copy, Default)]
struct Own(u8);

impl Own {
    const COUNTS: u8 = 1;
    const UNKNOWN: u8 = 2;
    const ERROR: u8 = 4;
    const WARNING: u8 = 8;
    const RUNS: u8 = 16;
    const STATED: u8 = 32;

    fn of(snapshot: &Snapshot, row: RowId, counts: bool) -> Self {
        let brief = snapshot.brief(row);
        let runs = matches!(brief.category, Category::Compute | Category::Container | Category::Serverless);
        let bits = [
            (counts, Self::COUNTS),
            (counts && brief.unknown, Self::UNKNOWN),
            (counts && brief.class == StatusClass::Error, Self::ERROR),
            (counts && brief.class == StatusClass::Warning, Self::WARNING),
            (runs, Self::RUNS),
            (brief.stated, Self::STATED),
        ];
        Self(bits.iter().filter(|(is, _)| *is).map(|(_, bit)| bit).sum())
    }

    fn is(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    fn tally(self) -> Tally {
        let one = |bit| u64::from(self.is(bit));
        Tally {
            count: one(Self::COUNTS),
            unknown: one(Self::UNKNOWN),
            errors: one(Self::ERROR),
            warnings: one(Self::WARNING),
            ..Tally::default()
        }
    }
}

/// The things of a place.
pub(super) struct Forest {
    pub(super) view: Arc<View>,
    /// In the order of their numbers.
    rows: Vec<RowId>,
    own: Vec<Own>,
    /// By thing, its owner.
    owners: Vec<u32>,
    /// By thing, where in `children` those stand that it owns; one more than there are things.
    starts: Vec<u32>,
    children: Vec<u32>,
    /// Of the things that own something.
    sums: HashMap<u32, Tally>,
    /// Kinds of which something in the place owns something.
    owning: Vec<u32>,
    /// Things that neither match nor fail.
    pub(super) undecided: u64,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE)
}

impl Forest {
    /// Of the things of a place, and of those of them that count: all, where `counted` is `None`.
    pub(super) fn new(
        kin: &mut Kin,
        view: &Arc<View>,
        all: &Hits,
        counted: Option<&Hits>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Self, SessionError> {
        let snapshot = &view.snapshot;
        let mut rows = Vec::with_capacity(all.len());
        all.each(|row| rows.push(row));
        rows.sort_unstable();
        // By row, one more than the thing that it speaks of. What is never touched is never there.
        let mut things = vec![0_u32; snapshot.end() as usize];
        for (at, row) in rows.iter().enumerate() {
            for row in snapshot.together(row) {
                if let Some(thing) = things.get_mut(*row as usize) {
                    *thing = number(at + 1);
                }
            }
        }
        let mut own = Vec::with_capacity(rows.len());
        let mut owners = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            if at % POLL == 0 && cancel() {
                return Err(SessionError::Bad("the query was cancelled".into()));
            }
            // It may be another record of the thing that both show.
            let counts = |counted: &Hits| snapshot.together(row).iter().any(|row| counted.contains(*row));
            let counts = counted.is_none_or(counts);
            own.push(Own::of(snapshot, *row, counts));
            let mut owner = NONE;
            for record in snapshot.together(row) {
                kin.owners(*record, &mut |row| {
                    let thing = things.get(row as usize).copied().unwrap_or_default();
                    if thing != 0 && thing as usize != at + 1 {
                        owner = thing - 1;
                    }
                    owner == NONE
                });
                if owner != NONE {
                    break;
                }
            }
            owners.push(owner);
        }
        let undecided = counted.unwrap_or(all).undecided;
        let mut forest = Self {
            view: Arc::clone(view),
            rows,
            own,
            owners,
            starts: Vec::new(),
            children: Vec::new(),
            sums: HashMap::new(),
            owning: Vec::new(),
            undecided,
        };
        forest.sum();
        Ok(forest)
    }

    /// Sums up from those that own nothing to the tops. What goes in a circle has no top: the first by name of
    /// each circle becomes one.
    fn sum(&mut self) {
        // Things that it owns and that were not added yet.
        let mut open = vec![0_u32; self.rows.len()];
        for owner in self.owners.iter().filter(|owner| **owner != NONE) {
            open[*owner as usize] += 1;
        }
        let mut ready: Vec<u32> = (0..number(self.rows.len())).filter(|at| open[*at as usize] == 0).collect();
        let mut next = 0;
        loop {
            while let Some(at) = ready.pop() {
                let owner = self.owners[at as usize];
                // So that it is not taken for part of a circle.
                open[at as usize] = NONE;
                if owner == NONE {
                    continue;
                }
                let below = self.tally(at);
                let runs = self.own[at as usize].is(Own::RUNS);
                let mine = self.own[owner as usize].tally();
                let sum = self.sums.entry(owner).or_insert(mine);
                sum.add(below);
                sum.owns += below.owns + 1;
                sum.owns_what_runs |= runs || below.owns_what_runs;
                open[owner as usize] -= 1;
                if open[owner as usize] == 0 {
                    ready.push(owner);
                }
            }
            let Some(circle) = (next..self.rows.len()).find(|at| open[*at] != NONE) else { break };
            next = circle;
            let (mut round, mut at) = (vec![self.rows[circle]], self.owners[circle] as usize);
            while at != circle {
                round.push(self.rows[at]);
                at = self.owners[at] as usize;
            }
            self.view.snapshot.sort_by_name(&mut round);
            let Some(top) = round.first().and_then(|row| self.thing(*row)) else { break };
            let last = std::mem::replace(&mut self.owners[top as usize], NONE) as usize;
            open[last] -= 1;
            if open[last] == 0 {
                ready.push(number(last));
            }
        }
        let mut owning: Vec<u32> =
            self.sums.keys().map(|at| self.view.snapshot.kind_number(self.rows[*at as usize])).collect();
        owning.sort_unstable();
        owning.dedup();
        self.owning = owning;
        self.starts = vec![0; self.rows.len() + 1];
        for owner in self.owners.iter().filter(|owner| **owner != NONE) {
            self.starts[*owner as usize + 1] += 1;
        }
        for at in 1..self.starts.len() {
            self.starts[at] += self.starts[at - 1];
        }
        let mut free = self.starts.clone();
        self.children = vec![0; self.starts.last().map_or(0, |n| *n as usize)];
        for (at, owner) in self.owners.iter().enumerate().filter(|(_, owner)| **owner != NONE) {
            let place = &mut free[*owner as usize];
            self.children[*place as usize] = number(at);
            *place += 1;
        }
    }

    /// How many things there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, thing: u32) -> RowId {
        self.rows[thing as usize]
    }

    /// What is at or below a thing.
    pub(super) fn tally(&self, thing: u32) -> Tally {
        self.sums.get(&thing).copied().unwrap_or_else(|| self.own[thing as usize].tally())
    }

    /// The number of its kind.
    pub(super) fn kind(&self, thing: u32) -> u32 {
        self.view.snapshot.kind_number(self.row(thing))
    }

    /// The kind of a thing.
    pub(super) fn kind_of(&self, thing: u32) -> Kind {
        self.view.snapshot.row(self.row(thing)).kind
    }

    /// The thing that a row shows.
    fn thing(&self, row: RowId) -> Option<u32> {
        self.rows.binary_search(&row).ok().map(number)
    }

    /// The thing of an asset, if it lies in the place.
    pub(super) fn find(&self, id: &AssetId) -> Option<u32> {
        let snapshot = &self.view.snapshot;
        let rows = snapshot.find(id);
        rows.iter().flat_map(|row| snapshot.together(row)).find_map(|row| self.thing(*row))
    }

    /// Those that nothing in the place owns.
    pub(super) fn tops(&self) -> impl Iterator<Item = u32> + '_ {
        (0..number(self.rows.len())).filter(|at| self.owners[*at as usize] == NONE)
    }

    /// What a thing owns itself.
    pub(super) fn children(&self, thing: u32) -> &[u32] {
        let at = thing as usize;
        &self.children[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The thing that another one is or is below: the top, or the one that `under` owns itself.
    pub(super) fn above(&self, mut thing: u32, under: Option<u32>) -> Option<u32> {
        let under = under.unwrap_or(NONE);
        loop {
            match self.owners[thing as usize] {
                owner if owner == under => return Some(thing),
                NONE => return None,
                owner => thing = owner,
            }
        }
    }

    /// Whether a thing runs, or owns what does.
    pub(super) fn runs(&self, thing: u32) -> bool {
        self.own[thing as usize].is(Own::RUNS) || self.tally(thing).owns_what_runs
    }

    /// Whether the provider says how it is.
    pub(super) fn is_stated(&self, thing: u32) -> bool {
        self.own[thing as usize].is(Own::STATED)
    }

    /// Whether it owns nothing although others of its kind in this place do.
    pub(super) fn is_idle(&self, thing: u32) -> bool {
        self.children(thing).is_empty() && self.owning.binary_search(&self.kind(thing)).is_ok()
    }

    /// Puts things in order by name.
    pub(super) fn sort_by_name(&self, things: &mut Vec<u32>) {
        let mut rows: Vec<RowId> = things.iter().map(|thing| self.row(*thing)).collect();
        self.view.snapshot.sort_by_name(&mut rows);
        *things = rows.into_iter().filter_map(|row| self.thing(row)).collect();
    }
}
