//! What a selection means: the rows of a kind whose ids begin with a text and whose tags fit. Where few ids
//! of a chunk begin so, each of those rows is asked; where many do, the sets of rows of its tags are. Where only
//! what lies in some places is meant, those are found first, in the same way.

use std::{collections::HashSet, sync::Arc};

use cloudscope_domain::{AssetId, Selection, Tags, Test};

use crate::{Snapshot, bits::Bits, chunk::Chunk, parts::place, symbols::Col};

/// More rows than this of one chunk are asked by sets.
const MANY: usize = if cfg!(test) { 8 } else { 256 };
/// In so many places it is looked one by one; of more each row says in which it lies.
const FEW_PLACES: usize = if cfg!(test) { 2 } else { 32 };

/// A selection with its tag keys as this snapshot numbers them; `None` for one that no row ever bore.
struct Keyed<'a> {
    selection: &'a Selection,
    keys: Vec<(&'a str, Option<u32>)>,
}

impl Keyed<'_> {
    fn number(&self, key: &str) -> Option<u32> {
        self.keys.iter().find(|(k, _)| *k == key)?.1
    }

    /// Whether a tag that must be there cannot be.
    fn is_empty(&self) -> bool {
        let must = |test: &Test| matches!(test, Test::In(_) | Test::Exists);
        self.selection.wants.iter().any(|want| must(&want.test) && self.number(&want.key).is_none())
    }

    /// Whether the tags of a row fit.
    fn fits(&self, chunk: &Chunk, n: usize) -> bool {
        self.selection.fits(|key| {
            let number = self.number(key)?;
            chunk.tags(n).iter().find(|tag| tag.key == number).map(|tag| tag.value)
        })
    }

    /// Those of some rows of a chunk whose tags fit.
    fn all_that_fit(&self, chunk: &Chunk, mut rows: Bits) -> Bits {
        for want in &self.selection.wants {
            let keys: Vec<u32> = self.number(&want.key).into_iter().collect();
            let bearing = |values: &[Arc<str>]| {
                let is_one = |value: &str| values.iter().any(|v| **v == *value);
                chunk.tags.select(&keys, &chunk.texts, || Some(rows.clone()), is_one)
            };
            rows = match &want.test {
                Test::In(values) => rows.and(&bearing(values)),
                Test::NotIn(values) => rows.without(&bearing(values)),
                Test::Exists => rows.and(&chunk.tags.with_keys(&keys)),
                Test::Missing => rows.without(&chunk.tags.with_keys(&keys)),
            };
        }
        rows
    }
}

impl Snapshot {
    /// Calls `visit` with the id of every row that a selection means until it returns `false`: with an id of
    /// which several records fit as often. Tombstones are not selected.
    pub fn selected(&self, selection: &Selection, visit: &mut dyn FnMut(AssetId) -> bool) {
        self.each_part(selection, &mut |chunk, rows| {
            rows.iter().all(|n| visit(AssetId::from(&*chunk.text(n).id())))
        });
    }

    /// How many rows a selection means.
    #[must_use]
    pub fn count_selected(&self, selection: &Selection) -> usize {
        let mut count = 0;
        self.each_part(selection, &mut |_, rows| {
            count += rows.count();
            true
        });
        count
    }

    /// Calls `visit` with chunks, each more than once where several places are meant, and the rows in them that a
    /// selection means, until it returns `false`.
    fn each_part(&self, selection: &Selection, visit: &mut dyn FnMut(&Chunk, &Bits) -> bool) {
        let Some(places) = &selection.places else {
            self.each_chunk(selection, None, visit);
            return;
        };
        let mut there: HashSet<String> = HashSet::new();
        self.each_chunk(places, None, &mut |chunk, rows| {
            there.extend(rows.iter().map(|n| chunk.text(n).id().into_owned()));
            true
        });
        if there.len() > FEW_PLACES {
            self.each_chunk(selection, Some(&there), visit);
            return;
        }
        let mut there: Vec<String> = there.into_iter().collect();
        there.sort_unstable();
        for place in there.iter().filter_map(|place| selection.in_place(place)) {
            if !self.each_chunk(&place, None, visit) {
                return;
            }
        }
    }

    /// Calls `visit` with every chunk in which a selection means rows, and those, until it returns `false`; whether
    /// it never did. Of `there` only rows are meant that lie in one of these places.
    fn each_chunk(
        &self,
        selection: &Selection,
        there: Option<&HashSet<String>>,
        visit: &mut dyn FnMut(&Chunk, &Bits) -> bool,
    ) -> bool {
        let parts = &self.parts;
        let Some(kind) = parts.columns[Col::Kind as usize].number(selection.kind.as_str()) else {
            return true;
        };
        let keys = selection.wants.iter().map(|want| (&*want.key, parts.tag_keys.number(&want.key)));
        let keyed = Keyed { selection, keys: keys.collect() };
        if keyed.is_empty() {
            return true;
        }
        for slot in parts.slots.iter().filter(|slot| !slot.grave && slot.count > 0) {
            let chunk = &*slot.chunk;
            let kinds = chunk.symbols(Col::Kind);
            if !kinds.values().contains(&kind) {
                continue;
            }
            let mut found = Bits::default();
            chunk.texts.within(&selection.within, &mut |rows, whole| {
                let begins = |n: usize| whole || chunk.text(n).id().starts_with(&*selection.within);
                let rows = rows.iter().map(|n| usize::from(*n));
                let few = rows.len() <= MANY;
                let mut near = Bits::default();
                for n in rows.filter(|n| slot.live.get(*n) && kinds.get(*n) == kind && begins(*n)) {
                    if !few || keyed.fits(chunk, n) {
                        near.set(n);
                    }
                }
                found.add(&if few { near } else { keyed.all_that_fit(chunk, near) });
            });
            if let Some(there) = there {
                let lies =
                    |n: usize| selection.place_of(&chunk.text(n).id()).is_some_and(|p| there.contains(&p));
                let mut inside = Bits::default();
                found.iter().filter(|n| lies(*n)).for_each(|n| inside.set(n));
                found = inside;
            }
            if !found.is_empty() && !visit(chunk, &found) {
                return false;
            }
        }
        true
    }

    /// Calls `visit` with the kind and the tags of each record of an asset that lives.
    pub fn each_record(&self, id: &AssetId, visit: &mut dyn FnMut(&str, &Tags<'_>)) {
        for row in self.by_id(id.as_str()) {
            let (slot, n) = place(row);
            let chunk = &self.parts.slots[slot].chunk;
            let kind = self.parts.columns[Col::Kind as usize].text(chunk.symbols(Col::Kind)[n]);
            let tags = chunk.tags(n).iter().map(|tag| (self.parts.tag_keys.text(tag.key), tag.value));
            visit(kind, &tags.collect::<Vec<_>>());
        }
    }
}
