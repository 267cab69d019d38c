//! Joins records that speak of the same thing, where something changed since the last publication.
//!
//! Every row at an end of a link that came or went is looked at: its old group is taken apart, what it is
//! linked to now becomes a group. So the result is the same as if all were joined from the start.

use std::{collections::HashSet, sync::Arc};

use cloudscope_domain::{Category, Presence};

use super::IndexWriter;
use crate::{
    RowId,
    joined::Group,
    joins::Named,
    links::Links,
    parts::place,
    symbols::{COLS, Col},
};

/// What happens to a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Joined,
    Parted,
}

impl IndexWriter {
    fn links(&self) -> Links<'_> {
        Links {
            slots: &self.slots,
            names: &self.names,
            hasher: self.hasher,
            columns: &self.columns,
            claims: &self.joins.claims,
        }
    }

    /// A living row came that claims names.
    pub(super) fn claims(&mut self, row: RowId) {
        let (slot, n) = place(row);
        let chunk = Arc::clone(&self.slots[slot].chunk);
        for claim in chunk.text(n).claims() {
            let hash = self.hasher.hash_one(claim.name);
            self.joins.claims.insert((hash, row));
            self.joins.names.push(hash);
            self.joins.roots.insert(row);
        }
    }

    /// A living row leaves: to be called while it still stands.
    pub(super) fn leaves(&mut self, row: RowId) {
        if let Some(group) = self.group(row) {
            self.part(&group);
            self.joins.roots.extend(group.iter().filter(|r| **r != row));
        }
        let (slot, n) = place(row);
        let chunk = Arc::clone(&self.slots[slot].chunk);
        let text = chunk.text(n);
        self.joins.ids.push(self.hasher.hash_one(&text.id()));
        for claim in text.claims() {
            let hash = self.hasher.hash_one(claim.name);
            self.joins.claims.remove(&(hash, row));
            self.joins.names.push(hash);
        }
        if !self.joins.claims.is_empty() {
            let aliases = text.aliases().map(|name| self.hasher.hash_one(&name));
            let claimed: Vec<u64> = aliases.filter(|hash| self.joins.is_claimed(*hash)).collect();
            self.joins.names.extend(claimed);
        }
        if self.joins.crowded.contains(&row) {
            self.joins.left.push(self.hasher.hash_one(&text.id()));
        }
        self.joins.uncrowd(row);
    }

    /// Brings all groups up to date. The names of all rows must have been entered.
    pub(super) fn join(&mut self) {
        let mut rows = self.touched();
        let mut settled: HashSet<RowId> = HashSet::new();
        while let Some(row) = rows.pop() {
            let (slot, n) = place(row);
            let stands = self.slots.get(slot).is_some_and(|s| !s.grave && s.live.get(n));
            if !stands || settled.contains(&row) {
                continue;
            }
            let all = self.links().component(row);
            for row in &all.rows {
                if let Some(old) = self.group(*row) {
                    self.part(&old);
                    rows.extend(old.iter());
                }
            }
            if all.whole {
                for row in &all.rows {
                    self.joins.uncrowd(*row);
                }
                all.crowded.iter().for_each(|row| self.joins.crowd(*row));
                if all.rows.len() > 1 {
                    self.unite(&all.rows);
                }
                settled.extend(all.rows);
            } else {
                self.joins.crowd(row);
                settled.insert(row);
            }
        }
        self.face_anew();
    }

    /// The rows at whose links something may have changed.
    fn touched(&mut self) -> Vec<RowId> {
        let mut rows: Vec<RowId> = std::mem::take(&mut self.joins.roots).into_iter().collect();
        let mut ids = std::mem::take(&mut self.joins.ids);
        let mut names = std::mem::take(&mut self.joins.names);
        ids.sort_unstable();
        ids.dedup();
        names.extend(ids.iter().filter(|id| self.joins.is_claimed(**id)));
        names.sort_unstable();
        names.dedup();
        let lives = |row| {
            let (slot, n) = place(row);
            self.slots.get(slot).is_some_and(|s| !s.grave && s.live.get(n))
        };
        let shared = self.names.shared(&ids, lives);
        let left = std::mem::take(&mut self.joins.left);
        let links = self.links();
        rows.extend(left.into_iter().flat_map(|hash| links.with_id(hash)));
        let mut excess = Vec::new();
        let ids = shared.into_iter().map(|h| (Named::Id, h, links.id_excess(h)));
        let names = names.into_iter().map(|h| (Named::Claimed, h, links.excess(h)));
        for (named, hash, now) in ids.chain(names) {
            let before = self.joins.excess.contains(&(named, hash));
            if before && now {
                continue;
            }
            rows.extend(match named {
                Named::Id => links.with_id(hash),
                Named::Claimed => links.concerned(hash),
            });
            if before != now {
                excess.push((named, hash));
            }
        }
        if !excess.is_empty() {
            let all = Arc::make_mut(&mut self.joins.excess);
            for name in excess {
                if !all.remove(&name) {
                    all.insert(name);
                }
            }
        }
        rows
    }

    pub(super) fn group(&self, row: RowId) -> Option<Group> {
        let (slot, n) = place(row);
        self.slots.get(slot)?.joined.as_ref()?.group(n).cloned()
    }

    fn unite(&mut self, rows: &[RowId]) {
        let group = self.in_order(rows);
        self.joins.folded += group.len() - 1;
        self.count_shared(&group, Turn::Joined);
        for row in &*group {
            let scope = self.scope_of(*row);
            self.joins.scopes.entry(scope).or_default().insert(*row);
        }
        self.put(&group);
    }

    pub(super) fn put(&mut self, group: &Group) {
        for (at, row) in group.iter().enumerate() {
            let (slot, n) = place(*row);
            let joined = self.slots[slot].joined.get_or_insert_default();
            Arc::make_mut(joined).set(n, Arc::clone(group), at > 0);
        }
    }

    fn part(&mut self, group: &Group) {
        self.joins.folded -= group.len() - 1;
        self.count_shared(group, Turn::Parted);
        for row in &**group {
            let (slot, n) = place(*row);
            let scope = self.scope_of(*row);
            if let Some(rows) = self.joins.scopes.get_mut(&scope) {
                rows.remove(row);
                if rows.is_empty() {
                    self.joins.scopes.remove(&scope);
                }
            }
            let joined = &mut self.slots[slot].joined;
            if let Some(of_slot) = joined {
                Arc::make_mut(of_slot).remove(n);
                if of_slot.is_empty() {
                    *joined = None;
                }
            }
        }
    }

    pub(super) fn scope_of(&self, row: RowId) -> u32 {
        let (slot, n) = place(row);
        self.slots[slot].chunk.scope[n]
    }

    /// The record that knows best comes first: one that speaks for itself before one that only declares,
    /// one that is there before one that may be, one that others refer to before one that refers to
    /// another, one that knows what it is before a row of a sheet. Names decide between equals, so that it
    /// does not matter who came first.
    fn in_order(&self, rows: &[RowId]) -> Group {
        let links = self.links();
        let other = Category::ALL.iter().position(|c| *c == Category::Other);
        let other = other.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
        let mut rows = rows.to_vec();
        rows.sort_by_cached_key(|row| {
            let (slot, n) = place(*row);
            let chunk = &self.slots[slot].chunk;
            let text = chunk.text(n);
            let here = self.scopes.presence(chunk.scope[n], chunk.hash[n]) == Presence::Present;
            (
                text.declares().is_some(),
                !here,
                text.claims().next().is_some(),
                chunk.category[n] == other,
                links.value(*row, Col::Source),
                text.id(),
                text.incarnation(),
            )
        });
        rows.into()
    }

    /// The faces of groups that have a row in a scope whose state changed.
    fn face_anew(&mut self) {
        let mut seen: HashSet<RowId> = HashSet::new();
        for scope in std::mem::take(&mut self.joins.shifted) {
            let rows: Vec<RowId> = self.joins.scopes.get(&scope).into_iter().flatten().copied().collect();
            for row in rows {
                let Some(old) = self.group(row).filter(|g| seen.insert(g[0])) else { continue };
                let new = self.in_order(&old);
                if new != old {
                    seen.insert(new[0]);
                    self.put(&new);
                }
            }
        }
    }

    /// A thing counts once for each value, however many of its records bear it.
    fn count_shared(&mut self, group: &Group, turn: Turn) {
        let mut columns: [Vec<u32>; COLS] = Default::default();
        let (mut categories, mut tags) = (Vec::new(), Vec::new());
        for row in &**group {
            let (slot, n) = place(*row);
            let chunk = &self.slots[slot].chunk;
            for (column, symbol) in columns.iter_mut().zip(chunk.copy_symbols(n)) {
                column.push(symbol);
            }
            categories.push(u32::from(chunk.category[n]));
            tags.extend(chunk.tags(n).keys());
        }
        let more = turn == Turn::Parted;
        for (interner, column) in self.columns.iter_mut().zip(columns) {
            for symbol in again(column) {
                interner.count(symbol, more);
            }
        }
        for category in again(categories) {
            let n = &mut self.categories[category as usize];
            *n = if more { *n + 1 } else { n.saturating_sub(1) };
        }
        for key in again(tags) {
            self.tag_keys.count(key, more);
        }
    }
}

/// Each value as often as it stands there beyond the first time.
fn again(mut values: Vec<u32>) -> impl Iterator<Item = u32> {
    values.sort_unstable();
    let mut last = None;
    values.into_iter().filter(move |v| last.replace(*v) == Some(*v))
}
