//! The one writer of the index: takes records and scope states, publishes snapshots that share
//! everything that did not change.

mod join;
mod restore;

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use cloudscope_domain::{
    AssetId, AssetKey, Category, Kind, Record, RecordKey, Revision, ScopeState, Target, Timestamp,
};

use hashbrown::hash_table::{Entry, HashTable};

use crate::{
    RowId, Snapshot,
    chunk::{CLASSES, Chunk, Finders},
    joins::Joins,
    keyed::NameHasher,
    moves::{Moves, Spot},
    order::OrderCache,
    parts::{Parts, Slot, place, row_id},
    paths::Paths,
    row::NewRow,
    runs::Runs,
    scopes::ScopeWriter,
    symbols::{COLS, Col, Interner, NONE},
    times::NO_TIME,
};

/// A reference of this relation, at least so certain, says that two records speak of one thing.
const SAME_AS: (&str, f32) = ("same-as", 0.9);

/// The part of a key's hash by which its row is looked for; the whole of it stands in the chunk.
fn short(hash: u128) -> u64 {
    u64::try_from(hash & u128::from(u64::MAX)).unwrap_or(0)
}

/// The hash of the key of a row.
fn hash_of(slots: &[Slot], row: RowId) -> u128 {
    let (slot, n) = place(row);
    slots[slot].chunk.hash[n]
}

/// What a record refers to as the same thing: kinds and names by turns.
fn same_as(record: &Record) -> Vec<&str> {
    let (relation, least) = SAME_AS;
    let all = record.references.iter().filter(|r| r.relation.as_str() == relation && r.confidence >= least);
    all.filter_map(|r| match &r.target {
        Target::Id(id) => Some(["", id.as_str()]),
        Target::Named { kind, name } => Some([kind.as_ref().map_or("", Kind::as_str), name]),
        Target::Selected(_) => None,
    })
    .flatten()
    .collect()
}

/// Owned by one thread; readers hold the snapshots that it publishes.
#[derive(Debug, Default)]
pub struct IndexWriter {
    slots: Vec<Slot>,
    /// The slots that take new rows: that of the living, and that of tombstones.
    tails: [Option<usize>; 2],
    /// What those slots are found in.
    finders: [Finders; 2],
    /// Slots without rows, to be used again.
    free: Vec<usize>,
    /// Live rows and tombstones.
    places: HashTable<RowId>,
    /// How many of them are tombstones.
    gone: usize,
    pins: Arc<HashSet<AssetId>>,
    columns: [Interner; COLS],
    tag_keys: Interner,
    categories: [u64; Category::ALL.len()],
    scopes: ScopeWriter,
    names: Runs,
    /// Ids and aliases of rows since the last publication.
    new_names: Vec<(u64, RowId)>,
    /// Rows since the last publication that stood elsewhere before, under the same name and key.
    new_moves: Vec<(Spot, Spot)>,
    moves: Moves,
    joins: Joins,
    paths: Arc<Paths>,
    hasher: NameHasher,
    order: Arc<OrderCache>,
    chunks: u64,
    /// That of the newest snapshot.
    revision: Revision,
}

impl IndexWriter {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty index that keeps what stands at these paths of the payloads, such as `State.Name`: keys
    /// with dots between them. What has an empty key is left out.
    #[must_use]
    pub fn with_paths(paths: &[String]) -> Self {
        Self { paths: Arc::new(Paths::new(paths)), ..Self::default() }
    }

    /// The paths whose values it keeps.
    #[must_use]
    pub fn paths(&self) -> &[String] {
        self.paths.texts()
    }

    /// Adds or replaces the row of this record, or its tombstone when it is gone.
    pub fn upsert(&mut self, record: &Record) {
        let hash = record.hash128();
        let asset = &record.asset;
        let was = self.spot_of(hash, &asset.name);
        self.forget(hash);
        let mut symbols = [NONE; COLS];
        let texts = [
            (Col::Kind, asset.kind.as_str()),
            (Col::Provider, asset.provider.as_str()),
            (Col::Account, &asset.account),
            (Col::Region, &asset.region),
            (Col::Zone, &asset.zone),
            (Col::Source, record.scope.source.as_str()),
        ];
        for (col, text) in texts {
            symbols[col as usize] = self.columns[col as usize].symbol(text);
        }
        let status = asset.status.as_ref();
        if let Some(status) = status {
            symbols[Col::Status as usize] = self.columns[Col::Status as usize].symbol(&status.word);
        }
        let class = status.map(|s| s.class).unwrap_or_default();
        let number = |at: Option<usize>| u8::try_from(at.unwrap_or(0)).unwrap_or(0);
        let tags = asset.tags.iter().map(|(k, v)| (self.tag_keys.symbol(k), v.as_str())).collect();
        let row = NewRow {
            hash,
            symbols,
            category: number(Category::ALL.iter().position(|c| *c == asset.category)),
            class: number(CLASSES.iter().position(|c| *c == class)),
            scope: self.scopes.number(&record.scope),
            first_seen: record.first_seen.millis(),
            changed_at: record.changed_at.millis(),
            created_at: asset.created_at.map_or(NO_TIME, Timestamp::millis),
            name: Cow::Borrowed(&asset.name),
            id: asset.key.id.as_str().into(),
            incarnation: asset.key.incarnation.as_str().into(),
            declares: asset.declares.as_ref().map(|d| Cow::Borrowed(d.as_ref())),
            addresses: asset.addresses.iter().map(Cow::from).collect(),
            aliases: asset.aliases.iter().map(Cow::from).collect(),
            same: same_as(record).into_iter().map(Cow::from).collect(),
            tags,
            props: self.paths.read(&asset.properties).into_iter().map(|(p, v)| (p, v.into())).collect(),
            gone: record.gone.map(|g| (g.at.millis(), g.proof)),
        };
        self.append(&row, was);
        if row.gone.is_none() {
            self.count(&row.symbols, row.category, row.tags.iter().map(|t| t.0), true);
        }
    }

    /// Where the row of a key stands, if it has this name.
    fn spot_of(&self, hash: u128, name: &str) -> Option<Spot> {
        let row = *self.places.find(short(hash), |row| hash_of(&self.slots, *row) == hash)?;
        let (slot, n) = place(row);
        let chunk = &self.slots[slot].chunk;
        (chunk.text(n).name() == name).then_some((row, chunk.id))
    }

    /// Drops the row or tombstone of a record, named by its key's hash, as if it had never been.
    pub fn forget(&mut self, hash: u128) {
        let slots = &self.slots;
        let entry = self.places.find_entry(short(hash), |row| hash_of(slots, *row) == hash);
        if let Ok(entry) = entry {
            let (row, _) = entry.remove();
            self.remove(row);
        }
    }

    /// Pins an asset, or takes its pin away: all its records and incarnations, those that are gone too.
    pub fn pin(&mut self, id: &AssetId, pinned: bool) {
        if pinned == self.pins.contains(id) {
            return;
        }
        let pins = Arc::make_mut(&mut self.pins);
        if pinned {
            pins.insert(id.clone());
        } else {
            pins.remove(id);
        }
    }

    /// The assets that are pinned.
    pub fn pins(&self) -> impl Iterator<Item = &AssetId> {
        self.pins.iter()
    }

    /// The key of a row or tombstone, by its hash: the application's writer buries records by hash.
    #[must_use]
    pub fn key_of(&self, hash: u128) -> Option<RecordKey> {
        let (slot, n) = place(*self.places.find(short(hash), |row| hash_of(&self.slots, *row) == hash)?);
        let chunk = &self.slots.get(slot)?.chunk;
        let text = chunk.text(n);
        let source = self.columns[Col::Source as usize].text(chunk.symbols(Col::Source)[n]);
        Some(RecordKey { source: source.into(), key: AssetKey::new(&*text.id(), text.incarnation()) })
    }

    /// Takes the state of a scope, from which presence and last-seen of its rows are derived. Rows of a
    /// scope that was never stated count as unknown, never listed.
    pub fn scope(&mut self, state: &ScopeState) {
        let (scope, shifts) = self.scopes.set(state);
        if shifts {
            self.joins.shifted.insert(scope);
        }
    }

    /// Everything so far as one immutable snapshot. Costs what changed since the last one, not what is there.
    pub fn publish(&mut self, revision: Revision, as_of: Timestamp) -> Arc<Snapshot> {
        let slots = &self.slots;
        let alive = |row| {
            let (slot, n) = place(row);
            slots[slot].live.get(n)
        };
        self.names.add(std::mem::take(&mut self.new_names), alive);
        self.moves.add(std::mem::take(&mut self.new_moves));
        self.join();
        self.revision = revision;
        let parts = Parts {
            revision,
            as_of,
            slots: self.slots.clone(),
            records: self.places.len() - self.gone,
            gone: self.gone,
            folded: self.joins.folded,
            crowded: self.joins.crowded.clone(),
            excess: self.joins.excess.clone(),
            tails: self.tails,
            chunks: self.chunks,
            pins: self.pins.clone(),
            columns: std::array::from_fn(|c| self.columns[c].column()),
            tag_keys: self.tag_keys.column(),
            categories: self.categories,
            scopes: self.scopes.scopes(),
            names: self.names.clone(),
            moves: self.moves.clone(),
            paths: self.paths.clone(),
            hasher: self.hasher,
        };
        Arc::new(Snapshot::new(parts, self.order.clone()))
    }

    fn count(&mut self, symbols: &[u32; COLS], category: u8, tags: impl Iterator<Item = u32>, more: bool) {
        for (column, symbol) in self.columns.iter_mut().zip(symbols) {
            column.count(*symbol, more);
        }
        for key in tags {
            self.tag_keys.count(key, more);
        }
        let n = &mut self.categories[usize::from(category)];
        *n = if more { *n + 1 } else { n.saturating_sub(1) };
    }

    /// The slot that takes the next row, or the next tombstone.
    fn open(&mut self, grave: bool) -> usize {
        if let Some(tail) = self.tails[usize::from(grave)]
            && !self.slots[tail].chunk.is_full()
        {
            return tail;
        }
        self.chunks += 1;
        let fresh = Slot { chunk: Arc::new(Chunk::new(self.chunks)), grave, ..Slot::default() };
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot] = fresh;
            slot
        } else {
            self.slots.push(fresh);
            self.slots.len() - 1
        };
        self.finders[usize::from(grave)] = Finders::default();
        if let Some(full) = self.tails[usize::from(grave)].replace(slot) {
            Arc::make_mut(&mut self.slots[full].chunk).seal();
            self.tidy(full);
        }
        self.tails[usize::from(grave)].unwrap_or(slot)
    }

    /// Writes a row; `was`: where it stood before.
    fn append(&mut self, row: &NewRow<'_>, was: Option<Spot>) -> RowId {
        let at = self.open(row.gone.is_some());
        let slot = &mut self.slots[at];
        let n = slot.chunk.len();
        Arc::make_mut(&mut slot.chunk).push(row, &mut self.finders[usize::from(slot.grave)]);
        Arc::make_mut(&mut slot.live).set(n);
        slot.count += 1;
        let id = row_id(at, n);
        self.new_moves.extend(was.map(|was| ((id, slot.chunk.id), was)));
        self.gone += usize::from(row.gone.is_some());
        self.enter(row.hash, id);
        for (n, name) in std::iter::once(&row.id).chain(&row.aliases).enumerate() {
            let hash = self.hasher.hash_one(name);
            self.new_names.push((hash, id));
            if row.gone.is_none() {
                self.joins.bears(id, hash, n == 0);
            }
        }
        if row.gone.is_none() && (row.declares.is_some() || !row.same.is_empty()) {
            self.claims(id);
        }
        id
    }

    /// Enters where the row of a key stands; a row that moves is entered anew while its old place still is.
    fn enter(&mut self, hash: u128, row: RowId) {
        let slots = &self.slots;
        let same = |other: &RowId| hash_of(slots, *other) == hash;
        match self.places.entry(short(hash), same, |other| short(hash_of(slots, *other))) {
            Entry::Occupied(mut entry) => *entry.get_mut() = row,
            Entry::Vacant(entry) => {
                entry.insert(row);
            }
        }
    }

    fn remove(&mut self, row: RowId) {
        let (at, n) = place(row);
        if !self.slots[at].grave {
            self.leaves(row);
        }
        let slot = &mut self.slots[at];
        Arc::make_mut(&mut slot.live).clear(n);
        slot.count -= 1;
        if slot.grave {
            self.gone -= 1;
        } else {
            let chunk = slot.chunk.clone();
            let symbols: [u32; COLS] = chunk.copy_symbols(n);
            self.count(&symbols, chunk.category[n], chunk.tags(n).keys(), false);
        }
        if !self.tails.contains(&Some(at)) {
            self.tidy(at);
        }
    }

    /// Moves the last rows of a chunk that is half dead to the tail, and frees a dead one. Of rows that change
    /// all over, less than half of what is kept is dead then, for one row moved with each that changes.
    fn tidy(&mut self, at: usize) {
        let Slot { chunk, live, count, grave, .. } = self.slots[at].clone();
        if count as usize * 2 > chunk.len() {
            return;
        }
        for n in live.iter() {
            let old = row_id(at, n);
            // Of one that was joined to nothing only the place is another.
            let bound = !grave
                && (self.joins.roots.remove(&old)
                    || self.group(old).is_some()
                    || self.joins.crowded.contains(&old));
            if !grave {
                self.leaves(old);
            }
            let row = self.append(&chunk.copy(n), Some((old, chunk.id)));
            if bound {
                self.joins.roots.insert(row);
            }
        }
        if grave {
            // Those that moved were counted twice.
            self.gone -= count as usize;
        }
        self.chunks += 1;
        self.slots[at] = Slot { chunk: Arc::new(Chunk::new(self.chunks)), ..Slot::default() };
        self.free.push(at);
    }
}
