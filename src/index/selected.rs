//! What a selection means: the rows of a kind whose ids begin with a text and whose tags fit. Where few ids
//! do, each row is asked; where many do, the sets of rows of the tags are asked first.

use cloudscope_domain::{AssetId, Selection, Test};

use crate::{Snapshot, bits::Bits, chunk::Chunk, parts::place, symbols::Col};

/// With more rows than this the tags of a chunk are asked first.
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

    /// The rows of a chunk that have the tags that must be there.
    fn tagged(&self, chunk: &Chunk) -> Bits {
        let mut rows = Bits::first(chunk.len());
        for want in &self.selection.wants {
            let Some(number) = self.number(&want.key) else { continue };
            let of_key = match &want.test {
                Test::In(values) => chunk.tags.select(
                    &[number],
                    &chunk.texts,
                    || Some(rows.clone()),
                    |v| values.iter().any(|w| **w == *v),
                ),
                Test::Exists => chunk.tags.with_keys(&[number]),
                Test::NotIn(_) | Test::Missing => continue,
            };
            rows = rows.and(&of_key);
        }
        rows
    }
}

impl Snapshot {
    /// Calls `visit` with the id of every row that a selection means until it returns `false`: with an id of
    /// which several records fit as often. Tombstones are not selected.
    pub fn selected(&self, selection: &Selection, visit: &mut dyn FnMut(AssetId) -> bool) {
        self.each_selected(selection, &mut |chunk, n| visit(AssetId::from(&*chunk.text(n).id())));
    }

    /// How many rows a selection means.
    #[must_use]
    pub fn count_selected(&self, selection: &Selection) -> usize {
        let mut count = 0;
        self.each_selected(selection, &mut |_, _| {
            count += 1;
            true
        });
        count
    }

    fn each_selected(&self, selection: &Selection, visit: &mut dyn FnMut(&Chunk, usize) -> bool) {
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
            let on = chunk.texts.within(&selection.within, &mut |rows, whole| {
                let tagged = (rows.len() > MANY).then(|| keyed.tagged(chunk));
                rows.iter().map(|n| usize::from(*n)).all(|n| {
                    let means = slot.live.get(n)
                        && kinds.get(n) == kind
                        && tagged.as_ref().is_none_or(|rows| rows.get(n))
                        && (whole || chunk.text(n).id().starts_with(&*selection.within))
                        && keyed.fits(chunk, n);
                    !means || visit(chunk, n)
                })
            });
            if !on {
                return;
            }
        }
    }

    /// Calls `visit` with the kind and the tags, keys and values, of each record of an asset that lives.
    pub fn each_record(&self, id: &AssetId, visit: &mut dyn FnMut(&str, &[(&str, &str)])) {
        for row in self.by_id(id.as_str()) {
            let (slot, n) = place(row);
            let chunk = &self.parts.slots[slot].chunk;
            let kind = self.parts.columns[Col::Kind as usize].text(chunk.symbols(Col::Kind)[n]);
            let tags = chunk.tags(n).iter().map(|tag| (self.parts.tag_keys.text(tag.key), tag.value));
            visit(kind, &tags.collect::<Vec<_>>());
        }
    }
}
