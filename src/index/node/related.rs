//! `rel(...)`: what has an edge to something that matches. The filter at the other end is answered for
//! all rows first; then either each row in question looks at its own edges, or the matches look back at
//! theirs, once for all rows, whichever is less.

use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
};

use cloudscope_domain::{
    AssetId, Kind,
    neighbours::{Direction, End, Neighbours, Unread},
    query::{Expr, Rel},
};

use super::Node;
use crate::{
    Context, RowId, Snapshot,
    bits::Bits,
    parts::{place, row_id},
    symbols::Col,
    truth::Truth,
    watch::Seen,
};

/// After so many assets it is asked whether to stop.
const POLL: usize = 1024;

pub(crate) struct Related<'a> {
    rel: Rel,
    snapshot: &'a Snapshot,
    context: Context<'a>,
    near: &'a dyn Neighbours,
    /// Per slot, what the filter says of the things that may stand at the other end.
    ends: Vec<Truth>,
    matching: usize,
    /// Per kind, whether something of it may be referred to by what was not read; empty where all that
    /// matters was read.
    hidden: Vec<bool>,
    /// The kinds of what the filter admits and was not read; `None` where that may be anything.
    gaps: Vec<Option<Kind>>,
    /// Per slot, what the matches found when they looked back.
    back: OnceCell<Vec<Truth>>,
    /// Rows that looked at their own edges.
    looked: Cell<usize>,
}

impl<'a> Related<'a> {
    pub(crate) fn new(
        rel: &Rel,
        snapshot: &'a Snapshot,
        context: &Context<'a>,
        near: &'a dyn Neighbours,
        depth: u32,
        seen: &mut Vec<Rc<Seen>>,
    ) -> Self {
        let slots = &snapshot.parts.slots;
        let with_gone = rel.filter.asks_for_gone();
        let node = Node::build(&rel.filter, snapshot, context, depth + 1, seen);
        let ends: Vec<Truth> = slots
            .iter()
            .enumerate()
            .map(|(at, slot)| {
                if (slot.grave && !with_gone) || (context.cancel)() {
                    Truth::default()
                } else {
                    node.truth(snapshot, at, &slot.shown())
                }
            })
            .collect();
        let matching = ends.iter().map(|t| t.yes.count() + t.unclear.count()).sum();
        let unread = near.unread();
        let mut gaps: Vec<Option<Kind>> = unread.iter().flat_map(|u| admitted(&rel.filter, u)).collect();
        gaps.sort_unstable();
        gaps.dedup();
        let hidden = if gaps.is_empty() { Vec::new() } else { may_be_referred(rel, snapshot, near, &gaps) };
        Self {
            rel: rel.clone(),
            snapshot,
            context: *context,
            near,
            ends,
            matching,
            hidden,
            gaps,
            back: OnceCell::new(),
            looked: Cell::new(0),
        }
    }

    pub(crate) fn how(&self) -> String {
        let matching = self.matching;
        match (self.back.get().is_some(), self.looked.get()) {
            (true, 0) => format!("graph walk back from {matching} that match the filter"),
            (true, n) => format!("graph walk from {n} rows, then back from {matching} that match the filter"),
            (false, n) => format!("graph walk from {n} rows"),
        }
    }

    pub(crate) fn truth(&self, slot: usize, mask: &Bits) -> Truth {
        let mut truth = if self.looks_back(mask.count()) {
            let back = &self.back.get_or_init(|| self.look_back())[slot];
            Truth { yes: back.yes.and(mask), unclear: back.unclear.and(mask) }
        } else {
            self.look(slot, mask)
        };
        if self.rel.direction != Direction::Out && self.hidden.contains(&true) {
            let kinds = self.snapshot.parts.slots[slot].chunk.symbols(Col::Kind);
            let may = kinds.select(|kind| self.hidden.get(kind as usize).copied().unwrap_or(true));
            truth.unclear.add(&may.and(mask).without(&truth.yes));
        }
        truth
    }

    /// Whether what matches looks back. An edge to what is not there has nobody who could, so where such
    /// an edge counts each row looks for itself.
    fn looks_back(&self, rows: usize) -> bool {
        if self.rel.filter == Expr::All {
            return false;
        }
        if self.rel.hops > 1 {
            return true;
        }
        if !self.gaps.is_empty() && self.rel.direction != Direction::In {
            return false;
        }
        if self.back.get().is_some() || self.looked.get() + rows > self.matching {
            return true;
        }
        self.looked.set(self.looked.get() + rows);
        false
    }

    /// Whether an edge that ends so may lead to something that the filter admits and that was not read.
    fn may_hide(&self, end: End<'_>) -> bool {
        let of = |kind: &Kind| self.gaps.iter().any(|gap| gap.as_ref().is_none_or(|gap| gap == kind));
        end.may_hide(|kind| kind.map_or(!self.gaps.is_empty(), of))
    }

    fn id(&self, row: RowId) -> AssetId {
        let (slot, n) = place(row);
        AssetId::from(&*self.snapshot.parts.slots[slot].chunk.text(n).id())
    }

    /// The things that bear an id, as the rows that stand for them.
    fn faces(&self, id: &AssetId) -> Vec<RowId> {
        let rows = self.snapshot.with_id(id.as_str()).map(|(row, ..)| self.snapshot.face(row));
        rows.collect()
    }

    /// Rows look at their own edges.
    fn look(&self, slot: usize, mask: &Bits) -> Truth {
        let mut truth = Truth::default();
        for (count, n) in mask.iter().enumerate() {
            if count % POLL == 0 && (self.context.cancel)() {
                break;
            }
            match self.row(row_id(slot, n)) {
                Some(true) => truth.yes.set(n),
                Some(false) => {}
                None => truth.unclear.set(n),
            }
        }
        truth
    }

    fn row(&self, face: RowId) -> Option<bool> {
        let (mut yes, mut unclear) = (false, false);
        let any = self.rel.filter == Expr::All;
        for record in self.snapshot.speaks_for(&face) {
            let id = self.id(*record);
            self.near.each(&id, self.rel.direction, &mut |relation, other, end| {
                if !self.rel.admits(relation) {
                    return true;
                }
                // Records of one thing may refer to each other; that is no neighbour.
                let (own, ends): (Vec<_>, Vec<_>) = self.faces(other).into_iter().partition(|e| *e == face);
                let lives = |row: &RowId| !self.snapshot.parts.slots[place(*row).0].grave;
                let alone = !own.iter().chain(&ends).any(lives);
                yes |= any && (alone || ends.iter().any(lives));
                unclear |= self.rel.direction != Direction::In && self.may_hide(end);
                for end in ends {
                    let (slot, n) = place(end);
                    yes |= self.ends[slot].yes.get(n);
                    unclear |= self.ends[slot].unclear.get(n);
                }
                !yes
            });
            if yes {
                return Some(true);
            }
        }
        (!unclear).then_some(false)
    }

    /// What matches looks back along its edges, step by step.
    fn look_back(&self) -> Vec<Truth> {
        let of = |pick: fn(&Truth) -> &Bits| {
            let ends = self.ends.iter().enumerate();
            ends.flat_map(|(at, t)| pick(t).iter().map(move |n| row_id(at, n)).collect::<Vec<_>>()).collect()
        };
        let mut out: Vec<Truth> = self.ends.iter().map(|_| Truth::default()).collect();
        let hops = self.rel.hops;
        for (slot, n) in self.reached(of(|t| &t.yes), hops) {
            out[slot].yes.set(n);
        }
        for (slot, n) in self.reached(of(|t| &t.unclear), hops) {
            if !out[slot].yes.get(n) {
                out[slot].unclear.set(n);
            }
        }
        if !self.gaps.is_empty() && self.rel.hops > 1 && self.rel.direction != Direction::In {
            self.lead_nowhere(&mut out);
        }
        out
    }

    fn reached(&self, mut edge: Vec<RowId>, hops: u8) -> Vec<(usize, usize)> {
        let mut found: Vec<Bits> = vec![Bits::default(); self.ends.len()];
        for _ in 0..hops {
            let mut next = Vec::new();
            for (count, face) in edge.iter().enumerate() {
                if count % POLL == 0 && (self.context.cancel)() {
                    return Vec::new();
                }
                self.step_back(*face, &mut |row| {
                    let (slot, n) = place(row);
                    if !found[slot].get(n) {
                        found[slot].set(n);
                        next.push(row);
                    }
                });
            }
            edge = next;
        }
        let all = found.iter().enumerate();
        all.flat_map(|(slot, bits)| bits.iter().map(move |n| (slot, n)).collect::<Vec<_>>()).collect()
    }

    /// The things one step behind another.
    fn step_back(&self, face: RowId, visit: &mut dyn FnMut(RowId)) {
        let back = self.rel.direction.reversed();
        for record in self.snapshot.speaks_for(&face) {
            let id = self.id(*record);
            self.near.each(&id, back, &mut |relation, other, _| {
                if self.rel.admits(relation) {
                    self.faces(other).into_iter().filter(|row| *row != face).for_each(&mut *visit);
                }
                true
            });
        }
    }

    /// What has an edge, over several steps, to something that was not read may have one to a match.
    fn lead_nowhere(&self, out: &mut [Truth]) {
        let mut dangling = Vec::new();
        for (slot, rows) in self.snapshot.parts.slots.iter().enumerate().filter(|(_, s)| !s.grave) {
            for (count, n) in rows.shown().iter().enumerate() {
                if count % POLL == 0 && (self.context.cancel)() {
                    return;
                }
                let face = row_id(slot, n);
                let mut nowhere = false;
                for record in self.snapshot.speaks_for(&face) {
                    self.near.each(&self.id(*record), self.rel.direction, &mut |relation, _, end| {
                        nowhere |= self.may_hide(end) && self.rel.admits(relation);
                        !nowhere
                    });
                }
                if nowhere {
                    dangling.push(face);
                }
            }
        }
        let direct: Vec<(usize, usize)> = dangling.iter().map(|row| place(*row)).collect();
        for (slot, n) in self.reached(dangling, self.rel.hops - 1).into_iter().chain(direct) {
            if !out[slot].yes.get(n) {
                out[slot].unclear.set(n);
            }
        }
    }
}

/// The kinds of a scope that was not read, as far as the filter does not rule them out; `None` for one
/// whose kinds are not known.
fn admitted(filter: &Expr, unread: &Unread) -> Vec<Option<Kind>> {
    let may = |kind: Option<&Kind>| unread.may_match(filter, kind);
    if unread.kinds.is_empty() {
        return if may(None) { vec![None] } else { Vec::new() };
    }
    unread.kinds.iter().filter(|kind| may(Some(kind))).cloned().map(Some).collect()
}

/// Per kind of the index, whether something of these kinds may refer to something of it.
fn may_be_referred(
    rel: &Rel,
    snapshot: &Snapshot,
    near: &dyn Neighbours,
    from: &[Option<Kind>],
) -> Vec<bool> {
    let admits = |relation: &_| rel.admits(relation);
    let may = |to: &str| {
        let Ok(to) = to.parse::<Kind>() else { return true };
        from.iter().any(|from| from.as_ref().is_none_or(|from| near.may_refer(from, &admits, &to)))
    };
    snapshot.parts.columns[Col::Kind as usize].values().iter().map(|to| may(to)).collect()
}
