//! One revision of the inventory, immutable and shared: look-ups and rows. How queries are answered
//! is in `evaluate`, orders in `order` and `sort`, completion in `complete`.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use cloudscope_domain::{
    AssetId, AssetRow, Category, Incarnation, Kind, Presence, RecordKey, Revision, SourceName, Target,
    Timestamp,
    query::{Mark, PropPath},
};

use crate::{
    Counts, RowId,
    bits::Bits,
    chunk::CLASSES,
    declared,
    fuzzy::LetterCache,
    order::{Order, OrderCache},
    parts::{Parts, place, row_id},
    symbols::{Col, NONE},
    times::NO_TIME,
};

/// Per account of the column, its names, the first one to show.
pub(crate) type Labels = Vec<Vec<Arc<str>>>;

/// An immutable index of one revision. Cheap to share, safe to hold for long.
pub struct Snapshot {
    pub(crate) parts: Parts,
    /// Per slot: rows whose presence is unknown, folded ones among them; and how many of those that are shown.
    unknown: OnceLock<(Vec<Bits>, usize)>,
    /// What people call accounts.
    pub(crate) labels: OnceLock<Labels>,
    /// How things stand to what declares them.
    pub(crate) standing: OnceLock<declared::Known>,
    order: OnceLock<Arc<Order>>,
    /// The newest order of any snapshot, to start from.
    orders: Arc<OrderCache>,
    /// Counts the snapshots of one writer.
    number: u64,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("revision", &self.parts.revision)
            .field("records", &self.parts.records)
            .finish()
    }
}

impl Snapshot {
    pub(crate) fn new(parts: Parts, orders: Arc<OrderCache>) -> Self {
        let number = orders.number();
        Self {
            parts,
            unknown: OnceLock::new(),
            labels: OnceLock::new(),
            standing: OnceLock::new(),
            order: OnceLock::new(),
            orders,
            number,
        }
    }

    /// The revision that it shows.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.parts.revision
    }

    /// The time of that revision.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.parts.as_of
    }

    /// Assets that are not gone. Records that are joined count once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.records - self.parts.folded
    }

    /// Whether nothing in it lives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.records == 0
    }

    /// Records that are proved gone. Their rows are found by queries that ask for what is gone, by
    /// [`Snapshot::find`] and by nothing else.
    #[must_use]
    pub fn gone(&self) -> usize {
        self.parts.gone
    }

    /// Whether what stands at this path of the payloads is kept, so that a query need not look there.
    #[must_use]
    pub fn indexes_path(&self, path: &PropPath) -> bool {
        self.parts.paths.number(path).is_some()
    }

    /// Rows whose presence is unknown.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.unknown_bits().1
    }

    pub(crate) fn unknown_bits(&self) -> &(Vec<Bits>, usize) {
        self.unknown.get_or_init(|| {
            let scopes: Vec<Option<bool>> = (0..self.parts.scopes.len())
                .map(|s| self.parts.scopes.unseen(u32::try_from(s).unwrap_or(NONE)))
                .collect();
            let unseen = |scope: u32| scopes.get(scope as usize).copied().flatten();
            let mut total = 0;
            let bits = self.parts.slots.iter().map(|slot| {
                let mut bits = Bits::default();
                if slot.grave || slot.count == 0 {
                    return bits;
                }
                // What is the same for all rows of a scope is decided once for the rows of a chunk.
                let chunk = &slot.chunk;
                if chunk.scope.values().iter().all(|scope| unseen(*scope).is_some()) {
                    bits = chunk.scope.select(|scope| unseen(scope) == Some(true)).and(&slot.live);
                } else {
                    for n in slot.live.iter() {
                        let presence = || self.parts.scopes.presence(chunk.scope[n], chunk.hash[n]);
                        if unseen(chunk.scope[n]).unwrap_or_else(|| presence() != Presence::Present) {
                            bits.set(n);
                        }
                    }
                }
                total += if slot.joined.is_none() { bits.count() } else { bits.and(&slot.shown()).count() };
                bits
            });
            (bits.collect(), total)
        })
    }

    /// All rows by name, then id; tombstones among them.
    pub(crate) fn order(&self) -> &Order {
        self.order.get_or_init(|| self.orders.order(&self.parts, self.number))
    }

    /// All rows by name, then id, for a file; tombstones among them. None if no question ever needed that
    /// order: from nothing it would take seconds.
    pub(crate) fn saved_order(&self) -> Option<Vec<RowId>> {
        let live = |row: &RowId| {
            let (slot, n) = place(*row);
            self.parts.slots[slot].live.get(n)
        };
        self.order_is_near().then(|| self.order().walk().filter(live).collect())
    }

    /// The letters of names, for fuzzy search.
    pub(crate) fn letters(&self) -> &LetterCache {
        &self.orders.letters
    }

    pub(crate) fn same_writer(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.orders, &other.orders)
    }

    pub(crate) fn has_order(&self) -> bool {
        self.order.get().is_some()
    }

    /// Whether the order can be had without sorting everything.
    pub(crate) fn order_is_near(&self) -> bool {
        self.has_order() || self.orders.is_near()
    }

    /// Prepares what every question needs, so that the first one does not wait for it. Takes as long as
    /// sorting all names when no snapshot before it had an order; otherwise as long as what is new needs.
    pub fn warm(&self) {
        self.unknown_bits();
        self.orders.tidy(&self.parts, self.order());
        self.letters().warm(self.parts.slots.iter().map(|slot| &*slot.chunk));
        for slot in self.parts.slots.iter().filter(|slot| slot.chunk.is_sealed()) {
            slot.chunk.texts.warm();
        }
    }

    /// The rows of all records that speak of the same thing as this one: first its face, that of the
    /// record that knows best. Just the row itself where nothing is joined.
    #[must_use]
    pub fn group(&self, row: RowId) -> Vec<RowId> {
        self.parts.group(row).map_or_else(|| vec![row], |group| group.to_vec())
    }

    /// The row that stands for this one in every result: itself, unless it is folded into another.
    #[must_use]
    pub fn face(&self, row: RowId) -> RowId {
        self.parts.group(row).map_or(row, |group| group[0])
    }

    /// A record that seems to speak of one thing with more than can be, so that they are not joined, if
    /// there is one.
    #[must_use]
    pub fn crowded(&self) -> Option<RecordKey> {
        self.parts.crowded.first().map(|row| self.key(*row))
    }

    /// A row with everything but its payload. It names the sources of all records that it is joined to.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn row(&self, row: RowId) -> AssetRow {
        let (slot, n) = place(row);
        let chunk = &self.parts.slots[slot].chunk;
        let text = chunk.text(n);
        let value = |col: Col| self.parts.columns[col as usize].get(chunk.symbols(col)[n]);
        let status = chunk.symbols(Col::Status)[n];
        let created = chunk.created_at.get(n);
        let kind = value(Col::Kind);
        AssetRow {
            id: AssetId::from(&*text.id()),
            // Only kinds were ever interned here; the other branch cannot be reached.
            kind: kind.parse().unwrap_or_else(|_| Kind::from_words([&*kind])),
            category: Category::ALL.get(usize::from(chunk.category[n])).copied().unwrap_or_default(),
            provider: value(Col::Provider).into(),
            account: value(Col::Account),
            account_label: self.label_of(chunk.symbols(Col::Account)[n]),
            region: value(Col::Region),
            zone: value(Col::Zone),
            name: text.name().into(),
            status: (status != NONE).then(|| value(Col::Status)),
            status_class: CLASSES.get(usize::from(chunk.class[n])).copied().unwrap_or_default(),
            tags: chunk
                .tags(n)
                .iter()
                .map(|t| (self.parts.tag_keys.text(t.key).to_owned(), t.value.to_owned()))
                .collect(),
            addresses: text.addresses().map(Cow::into_owned).collect(),
            presence: self.parts.presence(chunk, n),
            first_seen: Timestamp::from_millis(chunk.first_seen.get(n)),
            last_seen: self.parts.last_seen(chunk, n),
            changed_at: Timestamp::from_millis(chunk.changed_at.get(n)),
            created_at: (created != NO_TIME).then(|| Timestamp::from_millis(created)),
            source: SourceName::from(value(Col::Source)),
            sources: self.sources(row),
            pinned: self.together(&row).iter().any(|r| self.is_pinned(*r)),
            incarnation: Incarnation::from(text.incarnation()),
            declares: text.declares().map(AssetId::from),
            properties: None,
        }
    }

    /// The records that a row stands for: of a face all of its group, of any other its own.
    pub(crate) fn speaks_for<'a>(&'a self, row: &'a RowId) -> &'a [RowId] {
        match self.parts.group(*row) {
            Some(group) if group[0] == *row => group,
            _ => std::slice::from_ref(row),
        }
    }

    pub(crate) fn is_pinned(&self, row: RowId) -> bool {
        let (slot, n) = place(row);
        self.parts.pins.contains(&*self.parts.slots[slot].chunk.text(n).id())
    }

    pub(crate) fn sources(&self, row: RowId) -> Vec<SourceName> {
        let mut out: Vec<SourceName> = Vec::new();
        for row in self.together(&row) {
            let (slot, n) = place(*row);
            let symbol = self.parts.slots[slot].chunk.symbols(Col::Source)[n];
            let source = SourceName::from(self.parts.columns[Col::Source as usize].get(symbol));
            if !out.contains(&source) {
                out.push(source);
            }
        }
        out
    }

    /// The key of a row's record.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn key(&self, row: RowId) -> RecordKey {
        let (slot, n) = place(row);
        let chunk = &self.parts.slots[slot].chunk;
        let text = chunk.text(n);
        RecordKey {
            source: self.parts.columns[Col::Source as usize].get(chunk.symbols(Col::Source)[n]).into(),
            key: cloudscope_domain::AssetKey::new(&*text.id(), text.incarnation()),
        }
    }

    /// Rows and tombstones that were entered under this name, or another one of its hash.
    fn named(&self, name: &str) -> impl Iterator<Item = (RowId, usize, usize)> + '_ {
        self.parts.names.get(self.parts.hasher.hash_one(name)).filter_map(|row| {
            let (slot, n) = place(row);
            self.parts.slots.get(slot)?.live.get(n).then_some((row, slot, n))
        })
    }

    pub(crate) fn with_id<'a>(&'a self, id: &'a str) -> impl Iterator<Item = (RowId, usize, usize)> + 'a {
        self.named(id).filter(move |(_, s, n)| self.parts.slots[*s].chunk.text(*n).id_is(id))
    }

    fn with_alias<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (RowId, usize, usize)> + 'a {
        let bears = move |s: usize, n: usize| self.parts.slots[s].chunk.text(n).bears_alias(name);
        self.named(name).filter(move |(_, s, n)| bears(*s, *n))
    }

    fn living<'a>(
        &'a self,
        rows: impl Iterator<Item = (RowId, usize, usize)> + 'a,
    ) -> impl Iterator<Item = RowId> + 'a {
        rows.filter(|(_, s, _)| !self.parts.slots[*s].grave).map(|(row, ..)| row)
    }

    pub(crate) fn by_id<'a>(&'a self, id: &'a str) -> impl Iterator<Item = RowId> + 'a {
        self.living(self.with_id(id))
    }

    pub(crate) fn by_alias<'a>(&'a self, name: &'a str) -> impl Iterator<Item = RowId> + 'a {
        self.living(self.with_alias(name))
    }

    /// The rows of every record of an asset: by its exact id, those that live before tombstones; else by
    /// an alias, all that bear it, tombstones only where nothing else bears it. In a stable order.
    #[must_use]
    pub fn find(&self, id: &AssetId) -> Vec<RowId> {
        let gone = |row: &RowId| self.parts.slots[place(*row).0].grave;
        let mut rows: Vec<RowId> = self.with_id(id.as_str()).map(|(row, ..)| row).collect();
        if rows.is_empty() {
            rows = self.with_alias(id.as_str()).map(|(row, ..)| row).collect();
            if !rows.iter().all(gone) {
                rows.retain(|row| !gone(row));
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows.sort_by_cached_key(|r| (gone(r), self.key(*r)));
        rows
    }

    /// Whether some row bears exactly this id.
    #[must_use]
    pub fn exists(&self, id: &AssetId) -> bool {
        self.by_id(id.as_str()).next().is_some()
    }

    /// The short names that the rows of this asset bear, each once.
    #[must_use]
    pub fn aliases(&self, id: &AssetId) -> Vec<String> {
        let mut out: Vec<String> = self
            .by_id(id.as_str())
            .flat_map(|row| {
                let (slot, n) = place(row);
                self.parts.slots[slot].chunk.text(n).aliases().map(Cow::into_owned)
            })
            .collect();
        out.sort();
        out.dedup();
        out
    }

    /// The one asset that a target means: by id, else by alias, of the kind that the target says. Where
    /// several bear the name, those that only declare an asset stand back; `None` when still more than
    /// one is left, or none.
    #[must_use]
    pub fn resolve(&self, target: &Target) -> Option<AssetId> {
        let (name, kind) = match target {
            Target::Id(id) => (id.as_str(), None),
            Target::Named { kind, name } => (&**name, kind.as_ref()),
            // A selection means any number of assets, none of them by name.
            Target::Selected(_) => return None,
        };
        let fits = |row: &RowId| {
            let (slot, n) = place(*row);
            let symbol = self.parts.slots[slot].chunk.symbols(Col::Kind)[n];
            kind.is_none_or(|k| self.parts.columns[Col::Kind as usize].text(symbol) == k.as_str())
        };
        if self.by_id(name).any(|r| fits(&r)) {
            return Some(name.into());
        }
        let mut ids: Vec<(bool, Cow<'_, str>)> = self
            .by_alias(name)
            .filter(fits)
            .map(|row| {
                let (slot, n) = place(row);
                let text = self.parts.slots[slot].chunk.text(n);
                (text.declares().is_some(), text.id())
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let firm = ids.iter().filter(|(declares, _)| !declares).count();
        match (firm, ids.as_slice()) {
            (1, [first, ..]) | (0, [first]) => Some(AssetId::from(&*first.1)),
            _ => None,
        }
    }

    /// The rows, tombstones among them, that bear a mark.
    pub(crate) fn marked(&self, mark: Mark) -> Vec<RowId> {
        match mark {
            Mark::Pinned => {
                let pins = self.parts.pins.iter();
                pins.flat_map(|id| self.with_id(id.as_str()).map(|(row, ..)| row)).collect()
            }
            Mark::Joined => {
                let slots = self.parts.slots.iter().enumerate();
                let joined = slots.filter_map(|(at, slot)| Some((at, slot.joined.as_ref()?)));
                joined.flat_map(|(at, j)| j.faces().map(move |(n, _)| row_id(at, n))).collect()
            }
            // These are of three answers.
            Mark::Managed | Mark::Unmanaged | Mark::Ghost => Vec::new(),
        }
    }

    /// Live assets per value of the columns with few values: each once, whichever of its records bears it.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let column = |col: Col| self.parts.columns[col as usize].counted();
        let mut category: Vec<(Arc<str>, u64)> = Category::ALL
            .iter()
            .zip(self.parts.categories)
            .filter(|(_, n)| *n > 0)
            .map(|(c, n)| (c.as_str().into(), n))
            .collect();
        category.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Counts {
            provider: column(Col::Provider),
            kind: column(Col::Kind),
            category,
            account: column(Col::Account),
            region: column(Col::Region),
            zone: column(Col::Zone),
            status: column(Col::Status),
            source: column(Col::Source),
            tag_key: self.parts.tag_keys.counted(),
        }
    }
}
