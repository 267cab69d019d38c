//! What a selection means: the rows of a kind whose ids begin with a text and whose tags fit. Where few ids
//! of a chunk begin so, each of those rows is asked; where many do, the sets of rows of its tags are.

use std::sync::Arc;

use cloudscope_domain::{AssetId, Selection, Tags, Test};

use crate::{Snapshot, bits::Bits, chunk::Chunk, parts::place, symbols::Col};

/// More rows than this of one chunk are asked by sets.
const MANY: usize = if cfg!(test) { 8 } else { 256 };

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
        self.each_chunk(selection, &mut |chunk, rows| {
            rows.iter().all(|n| visit(AssetId::from(&*chunk.text(n).id())))
        });
    }

    /// How many rows a selection means.
    #[must_use]
    pub fn count_selected(&self, selection: &Selection) -> usize {
        let mut count = 0;
        self.each_chunk(selection, &mut |_, rows| {
            count += rows.count();
            true
        });
        count
    }

    /// Calls `visit` with every chunk in which a selection means rows, and those, until it returns `false`.
    fn each_chunk(&self, selection: &Selection, visit: &mut dyn FnMut(&Chunk, &Bits) -> bool) {
        let parts = &self.parts;
        let Some(kind) = parts.columns[Col::Kind as usize].number(selection.kind.as_str()) else { return };
        let keys = selection.wants.iter().map(|want| (&*want.key, parts.tag_keys.number(&want.key)));
        let keyed = Keyed { selection, keys: keys.collect() };
        if keyed.is_empty() {
            return;
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
            if !found.is_empty() && !visit(chunk, &found) {
                return;
            }
        }
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
