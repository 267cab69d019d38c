//! Makes a writer from what a snapshot saved, as it would be had it published that snapshot itself.
//! Nothing is taken that contradicts itself: then the index is built anew from the records.

use std::{io::Read, sync::Arc};

use cloudscope_domain::{AssetId, Revision};
use hashbrown::HashTable;

use super::{IndexWriter, hash_of, short};
use crate::{
    RowId,
    chunk::Finders,
    frames::{Reading, Unfit},
    joined::Group,
    order::{OrderCache, Seed},
    parts::{place, row_id},
    paths::Paths,
    saved::{Head, SavedJoins, load_order, load_slot},
    scopes::ScopeWriter,
    symbols::Interner,
};

impl IndexWriter {
    /// The index that [`crate::Snapshot::save`] wrote. What happened since its revision is still to be told.
    ///
    /// # Errors
    /// When it is not a saved index of this format, or was damaged. The index is to be built from the
    /// records then; a retry helps only where it could not be read.
    pub fn restore(input: &mut dyn Read) -> Result<Self, Unfit> {
        let mut file = Reading::new(input)?;
        let head = file.frame("its head", Head::load)?;
        let mut writer = Self {
            revision: head.revision,
            hasher: head.hasher,
            chunks: head.chunks,
            categories: head.categories,
            tails: head.tails,
            paths: Arc::new(Paths::new(&head.paths)),
            ..Self::default()
        };
        if writer.paths.texts() != head.paths {
            return Err(Unfit::Damaged("its paths"));
        }
        let tag_keys = file.frame("its columns", |input| {
            for column in &mut writer.columns {
                *column = Interner::load(input)?;
            }
            Interner::load(input)
        })?;
        writer.tag_keys = tag_keys;
        writer.scopes = file.frame("its scopes", ScopeWriter::load)?;
        writer.pins = file.frame("its pins", |input| {
            let count = input.len(8)?;
            let pins = (0..count).map(|_| input.text().map(AssetId::from));
            pins.collect::<Option<_>>().map(Arc::new)
        })?;
        let joins = file.frame("its joins", SavedJoins::load)?;
        for _ in 0..head.names {
            let most = row_id(head.slots, 0);
            let names = &mut writer.names;
            file.frame("its names", |input| names.load(input, most))?;
        }
        for _ in 0..head.slots {
            let slot = file.frame("its rows", load_slot)?;
            writer.slots.push(slot);
        }
        if head.order {
            let slots = &writer.slots;
            let rows = file.frame("its order", |input| load_order(input, slots))?;
            let chunks = slots.iter().map(|slot| slot.chunk.id).collect();
            writer.order = Arc::new(OrderCache::seeded(Seed { rows, chunks }));
        }
        file.end()?;
        writer.find_places();
        let whole = writer.find_tails().and_then(|()| writer.find_joins(joins));
        whole.ok_or(Unfit::Damaged("its parts do not fit together"))?;
        Ok(writer)
    }

    /// The revision of the newest snapshot: the last one that was published, else the restored one.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Where the row of each key stands.
    fn find_places(&mut self) {
        let slots = &self.slots;
        let count = slots.iter().map(|s| s.count as usize).sum();
        let mut places = HashTable::with_capacity(count);
        for (at, slot) in slots.iter().enumerate() {
            for n in slot.live.iter() {
                let rehash = |row: &RowId| short(hash_of(slots, *row));
                places.insert_unique(short(slot.chunk.hash[n]), row_id(at, n), rehash);
            }
        }
        self.places = places;
        self.gone = self.slots.iter().filter(|s| s.grave).map(|s| s.count as usize).sum();
    }

    /// Which slots take new rows, and which are free.
    fn find_tails(&mut self) -> Option<()> {
        for (grave, tail) in self.tails.iter().enumerate() {
            let Some(at) = *tail else { continue };
            let slot = self.slots.get(at).filter(|s| !s.chunk.is_sealed() && s.grave == (grave == 1))?;
            self.finders[grave] = Finders::of(&slot.chunk);
        }
        let tails = self.tails;
        let free = |at: &usize| self.slots[*at].chunk.len() == 0 && !tails.contains(&Some(*at));
        self.free = (0..self.slots.len()).filter(free).collect();
        self.slots.iter().all(|s| s.chunk.id <= self.chunks).then_some(())
    }

    /// Who is joined to whom, and who claims which name.
    fn find_joins(&mut self, saved: SavedJoins) -> Option<()> {
        let lives = |slots: &[crate::parts::Slot], row: RowId| {
            let (slot, n) = place(row);
            slots.get(slot).is_some_and(|s| !s.grave && s.live.get(n))
        };
        for group in saved.groups {
            if !group.iter().all(|row| lives(&self.slots, *row) && self.group(*row).is_none()) {
                return None;
            }
            let group: Group = group.into();
            self.joins.folded += group.len() - 1;
            self.put(&group);
            for row in &*group {
                let scope = self.scope_of(*row);
                self.joins.scopes.entry(scope).or_default().insert(*row);
            }
        }
        if !saved.crowded.iter().all(|row| lives(&self.slots, *row)) {
            return None;
        }
        self.joins.crowded = Arc::new(saved.crowded.into_iter().collect());
        self.joins.excess = Arc::new(saved.excess.into_iter().collect());
        let mut claims = Vec::new();
        for (at, slot) in self.slots.iter().enumerate() {
            if slot.grave || !slot.chunk.texts.any_claims() {
                continue;
            }
            for n in slot.live.iter() {
                let text = slot.chunk.text(n);
                claims.extend(text.claims().map(|c| (self.hasher.hash_one(c.name), row_id(at, n))));
            }
        }
        self.joins.claims = claims.into_iter().collect();
        Some(())
    }
}
