//! What rows are sorted by, as numbers: one for each column, smaller for what comes first, whichever way
//! round it was asked for. Texts are numbers up to their eighth byte; only where those are the same are
//! they read.

mod upto;

use std::{borrow::Cow, cmp::Ordering};

use cloudscope_domain::{Category, StatusClass, Timestamp, query::fold};

use super::{By, SortColumn, props, runs};
use crate::{
    RowId, Snapshot, SortError,
    bits::Bits,
    chunk::{CLASSES, Chunk},
    fuzzy::Fuzzy,
    order::{Key, Order},
    parts::{place, row_id},
    share::share,
    symbols::Col,
    times::NO_TIME,
};

/// What is missing comes after everything else.
const MISSING: u64 = u64::MAX;
/// Columns whose keys are kept with each row; those beyond are looked up again when they matter.
const KEPT: usize = 3;
/// A tag with more values than this is compared as text.
const MOST_VALUES: usize = 1 << 16;
/// Fewer rows are chosen from faster than a thread begins.
const MANY: usize = if cfg!(test) { 16 } else { 1 << 14 };

/// The columns of an order, ready for one snapshot.
pub(crate) struct Keys<'a> {
    snapshot: &'a Snapshot,
    order: &'a Order,
    columns: Vec<Column>,
}

struct Column {
    read: Read,
    descending: bool,
}

/// How the key of a row is found.
enum Read {
    /// Per symbol.
    Symbol(Col, Vec<u64>),
    /// Per number of a category.
    Category(Vec<u64>),
    Class(Vec<u64>),
    Presence,
    Created,
    /// Time since it was created.
    Age(Timestamp),
    Changed,
    FirstSeen,
    LastSeen,
    Gone,
    /// The names of a tag; per slot, the key of each pair that it has.
    Tag(Vec<u32>, Vec<Vec<u64>>),
    /// The number of a path that is kept; per slot, the key of each pair of a path and a value.
    Prop(u32, Vec<Vec<u64>>),
    Match(Fuzzy),
    Text(By, Vec<u32>),
}

/// A row with its keys. What is alike in them is by name.
#[derive(Clone, Copy)]
struct Entry<const N: usize> {
    keys: [u64; N],
    name: Key,
}

fn key(value: Option<i64>, descending: bool) -> u64 {
    let turned = |n: u64| if descending { !n } else { n };
    // The sign turned round, negative numbers come first.
    value.map_or(MISSING, |v| turned(v.cast_unsigned() ^ 1 << 63).min(MISSING - 1))
}

fn text_key(text: Option<&str>, descending: bool) -> u64 {
    let Some(text) = text else { return MISSING };
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    let n = u64::from_be_bytes(bytes);
    (if descending { !n } else { n }).min(MISSING - 1)
}

/// The place of each text among all texts, so that rows compare as numbers; an empty one is missing.
fn ranks<'t>(texts: impl Iterator<Item = &'t str> + Clone, descending: bool) -> Vec<u64> {
    let folded: Vec<String> = texts.map(fold).collect();
    let mut distinct: Vec<&String> = folded.iter().filter(|v| !v.is_empty()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let rank = |v: &String| distinct.binary_search(&v).ok().and_then(|r| i64::try_from(r).ok());
    folded.iter().map(|v| key(rank(v), descending)).collect()
}

impl Column {
    fn new(
        column: &SortColumn,
        snapshot: &Snapshot,
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Self, SortError> {
        let descending = column.descending;
        let parts = &snapshot.parts;
        let read = match &column.by {
            By::Symbol(col) => {
                let values = parts.columns[*col as usize].values();
                Read::Symbol(*col, ranks(values.iter().map(|v| &**v), descending))
            }
            By::Category => Read::Category(ranks(Category::ALL.iter().map(|c| c.as_str()), descending)),
            // Worst first.
            By::Class => Read::Class(
                CLASSES
                    .iter()
                    .map(|class| match class {
                        StatusClass::Error => 0,
                        StatusClass::Warning => 1,
                        StatusClass::Pending => 2,
                        StatusClass::Unknown => 3,
                        StatusClass::Stopped => 4,
                        StatusClass::Ok => 5,
                    })
                    .map(|n| key(Some(n), descending))
                    .collect(),
            ),
            By::Match(fuzzy) => Read::Match(fuzzy.clone()),
            By::Presence => Read::Presence,
            By::Age => Read::Age(now),
            By::Created => Read::Created,
            By::Changed => Read::Changed,
            By::FirstSeen => Read::FirstSeen,
            By::LastSeen => Read::LastSeen,
            By::Gone => Read::Gone,
            By::Tag(name) => {
                let names = (0..).zip(parts.tag_keys.values());
                let names: Vec<u32> = names.filter(|(_, k)| fold(k) == *name).map(|(n, _)| n).collect();
                match tag_ranks(snapshot, &names, descending, cancel)? {
                    Some(ranks) => Read::Tag(names, ranks),
                    None => Read::Text(column.by.clone(), names),
                }
            }
            By::Prop(path) => {
                let number = props::number(path, snapshot)?;
                let key = |rank: Option<i64>| key(rank, descending);
                Read::Prop(number, props::ranks(snapshot, number, &key, cancel)?)
            }
            by @ (By::Name | By::Id | By::Incarnation | By::Declares | By::Address) => {
                Read::Text(by.clone(), Vec::new())
            }
        };
        Ok(Self { read, descending })
    }

    fn key(&self, snapshot: &Snapshot, slot: usize, n: usize) -> u64 {
        let parts = &snapshot.parts;
        let chunk = &*parts.slots[slot].chunk;
        let number = |value: Option<i64>| key(value, self.descending);
        let time = |millis: i64| number((millis != NO_TIME).then_some(millis));
        let of = |keys: &[u64], at: usize| keys.get(at).copied().unwrap_or(MISSING);
        match &self.read {
            Read::Symbol(col, keys) => of(keys, chunk.symbols(*col)[n] as usize),
            Read::Category(keys) => of(keys, usize::from(chunk.category[n])),
            Read::Class(keys) => of(keys, usize::from(chunk.class[n])),
            // What is there, what may be, what is gone.
            Read::Presence if parts.slots[slot].grave => number(Some(2)),
            Read::Presence => number(Some(i64::from(snapshot.unknown_bits().0[slot].get(n)))),
            Read::Created => time(chunk.created_at.get(n)),
            Read::Age(now) => {
                let created = chunk.created_at.get(n);
                number((created != NO_TIME).then(|| now.millis().saturating_sub(created)))
            }
            Read::Changed => time(chunk.changed_at.get(n)),
            Read::FirstSeen => time(chunk.first_seen.get(n)),
            Read::LastSeen => number(parts.last_seen(chunk, n).map(Timestamp::millis)),
            Read::Gone => number(chunk.gone(n).map(|(at, _)| at)),
            Read::Tag(names, keys) => {
                let mut borne = chunk.tags(n).numbered();
                let first = borne.find(|(_, key)| names.contains(key));
                first.map_or(MISSING, |(code, _)| of(&keys[slot], code as usize))
            }
            Read::Prop(path, keys) => {
                let mut borne = chunk.props(n).numbered();
                let first = borne.find(|(_, key)| key == path);
                first.map_or(MISSING, |(code, _)| of(&keys[slot], code as usize))
            }
            Read::Match(fuzzy) => number(fuzzy.score(chunk.low_name_bytes(n))),
            Read::Text(by, names) => text_key(text(chunk, n, by, names).as_deref(), self.descending),
        }
    }

    /// Of two rows that have the same key.
    fn tie(&self, snapshot: &Snapshot, a: RowId, b: RowId) -> Ordering {
        let Read::Text(by, names) = &self.read else { return Ordering::Equal };
        let read = |row: RowId| {
            let (slot, n) = place(row);
            text(&snapshot.parts.slots[slot].chunk, n, by, names)
        };
        let order = read(a).cmp(&read(b));
        if self.descending { order.reverse() } else { order }
    }
}

/// The text of a row in a column; none where it is empty.
fn text<'a>(chunk: &'a Chunk, n: usize, by: &By, names: &[u32]) -> Option<Cow<'a, str>> {
    let text = match by {
        By::Name => Some(chunk.low_name(n).into()),
        By::Id => Some(chunk.text(n).id()),
        By::Incarnation => Some(chunk.text(n).incarnation().into()),
        By::Declares => chunk.text(n).declares().map(Cow::Borrowed),
        By::Address => chunk.text(n).addresses().next().map(|a| fold(&a).into()),
        _ => {
            let first = chunk.tags(n).iter().find(|t| names.contains(&t.key));
            first.map(|tag| fold(tag.value).into())
        }
    };
    text.filter(|t| !t.is_empty())
}

/// Per slot, the key of each pair of a name and a value; `None` where there are too many values.
fn tag_ranks(
    snapshot: &Snapshot,
    names: &[u32],
    descending: bool,
    cancel: &dyn Fn() -> bool,
) -> Result<Option<Vec<Vec<u64>>>, SortError> {
    let mut distinct = std::collections::BTreeMap::<String, u64>::new();
    for slot in &snapshot.parts.slots {
        if cancel() {
            return Err(SortError::Cancelled);
        }
        for (_, value) in slot.chunk.tags.pairs_of(names) {
            // A tag that repeats the names of its rows has as many values as they.
            let Some(value) = value else { return Ok(None) };
            distinct.entry(fold(value)).or_default();
        }
        if distinct.len() > MOST_VALUES {
            return Ok(None);
        }
    }
    for (rank, (text, value)) in (0..).zip(&mut distinct) {
        *value = if text.is_empty() { MISSING } else { key(Some(rank), descending) };
    }
    let of_slot = |slot: &crate::parts::Slot| -> Vec<u64> {
        let tags = &slot.chunk.tags;
        let mut keys = vec![MISSING; tags.count() as usize];
        for (code, value) in tags.pairs_of(names) {
            let key = value.and_then(|value| distinct.get(&fold(value)).copied());
            keys[code as usize] = key.unwrap_or(MISSING);
        }
        keys
    };
    Ok(Some(snapshot.parts.slots.iter().map(of_slot).collect()))
}

impl<'a> Keys<'a> {
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        columns: &[SortColumn],
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Self, SortError> {
        let columns =
            columns.iter().map(|c| Column::new(c, snapshot, now, cancel)).collect::<Result<_, _>>()?;
        Ok(Self { snapshot, order: snapshot.order(), columns })
    }

    /// The first `most` rows of the sets, in order.
    pub(crate) fn first(
        &self,
        sets: &[Bits],
        most: usize,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Vec<RowId>, SortError> {
        match self.columns.len().min(KEPT) {
            0 | 1 => self.first_of::<1>(sets, most, cancel),
            2 => self.first_of::<2>(sets, most, cancel),
            _ => self.first_of::<KEPT>(sets, most, cancel),
        }
    }

    /// All rows of the sets, which are so many, in order.
    pub(crate) fn all(
        &self,
        sets: &[Bits],
        len: usize,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Vec<RowId>, SortError> {
        match self.columns.len().min(KEPT) {
            0 | 1 => self.all_of::<1>(sets, len, cancel),
            2 => self.all_of::<2>(sets, len, cancel),
            _ => self.all_of::<KEPT>(sets, len, cancel),
        }
    }

    /// How many rows of the sets come before one of them, and its neighbours on either side, at the most so
    /// many, in order: how many of them stand before it, and all of them with itself.
    pub(crate) fn around(&self, sets: &[Bits], row: RowId, most: usize) -> (usize, usize, Vec<RowId>) {
        match self.columns.len().min(KEPT) {
            0 | 1 => self.around_of::<1>(sets, row, most),
            2 => self.around_of::<2>(sets, row, most),
            _ => self.around_of::<KEPT>(sets, row, most),
        }
    }

    fn entry<const N: usize>(&self, slot: usize, n: usize) -> Entry<N> {
        let key = |at: usize| self.columns.get(at).map_or(0, |c| c.key(self.snapshot, slot, n));
        Entry { keys: std::array::from_fn(key), name: self.order.key(row_id(slot, n)) }
    }

    fn compare<const N: usize>(&self, a: &Entry<N>, b: &Entry<N>) -> Ordering {
        let rows = || (self.order.row(a.name), self.order.row(b.name));
        for (at, column) in self.columns.iter().enumerate() {
            let keys = if at < N {
                (a.keys[at], b.keys[at])
            } else {
                let key = |row: RowId| column.key(self.snapshot, place(row).0, place(row).1);
                (key(rows().0), key(rows().1))
            };
            let mut order = keys.0.cmp(&keys.1);
            if order.is_eq() && keys.0 != MISSING && matches!(column.read, Read::Text(..)) {
                order = column.tie(self.snapshot, rows().0, rows().1);
            }
            if order.is_ne() {
                return order;
            }
        }
        a.name.cmp(&b.name)
    }

    fn first_of<const N: usize>(
        &self,
        sets: &[Bits],
        most: usize,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Vec<RowId>, SortError> {
        let much = sets.iter().map(Bits::count).sum::<usize>() >= MANY;
        let found = share(sets.len(), much, cancel, |slots| {
            let mut best = Best::<N>::new(most, false);
            let column = self.columns.first();
            for (slot, set) in slots.map(|slot| (slot, &sets[slot])).filter(|(_, set)| !set.is_empty()) {
                for n in best.near(self, slot, set.clone()).iter() {
                    if column.is_none_or(|c| best.may(c.key(self.snapshot, slot, n))) {
                        best.take(self, self.entry(slot, n));
                    }
                }
            }
            best
        });
        let mut parts = found.ok_or(SortError::Cancelled)?.into_iter();
        let mut best = parts.next().unwrap_or_else(|| Best::new(most, false));
        parts.flat_map(|part| part.entries).for_each(|entry| best.take(self, entry));
        Ok(best.rows(self))
    }

    fn around_of<const N: usize>(
        &self,
        sets: &[Bits],
        row: RowId,
        most: usize,
    ) -> (usize, usize, Vec<RowId>) {
        let (slot, n) = place(row);
        let this = self.entry::<N>(slot, n);
        let (mut lower, mut upper) = (Best::<N>::new(most, true), Best::<N>::new(most, false));
        let mut before = 0;
        for (slot, set) in sets.iter().enumerate().filter(|(_, set)| !set.is_empty()) {
            // Whole sets, where the first column decides for most.
            let apart = self.columns.first().and_then(|c| c.apart(self.snapshot, slot, set, this.keys[0]));
            let (below, open, above) =
                apart.unwrap_or_else(|| (Bits::default(), set.clone(), Bits::default()));
            before += below.count();
            for n in lower.near(self, slot, below).iter() {
                lower.take(self, self.entry(slot, n));
            }
            for n in upper.near(self, slot, above).iter() {
                upper.take(self, self.entry(slot, n));
            }
            for n in open.iter() {
                let key = self.columns.first().map_or(0, |c| c.key(self.snapshot, slot, n));
                if key < this.keys[0] {
                    before += 1;
                    if lower.may(key) {
                        lower.take(self, self.entry(slot, n));
                    }
                } else if key > this.keys[0] {
                    if upper.may(key) {
                        upper.take(self, self.entry(slot, n));
                    }
                } else {
                    let entry = self.entry(slot, n);
                    match self.compare(&entry, &this) {
                        Ordering::Less => {
                            before += 1;
                            lower.take(self, entry);
                        }
                        Ordering::Greater => upper.take(self, entry),
                        Ordering::Equal => {}
                    }
                }
            }
        }
        let mut rows = lower.rows(self);
        rows.reverse();
        let at = rows.len();
        rows.push(row);
        rows.extend(upper.rows(self));
        (before, at, rows)
    }

    fn all_of<const N: usize>(
        &self,
        sets: &[Bits],
        len: usize,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Vec<RowId>, SortError> {
        let mut entries: Vec<Entry<N>> = Vec::with_capacity(len);
        for (slot, set) in sets.iter().enumerate() {
            if cancel() {
                return Err(SortError::Cancelled);
            }
            entries.extend(set.iter().map(|n| self.entry::<N>(slot, n)));
        }
        if !runs::sort(&mut entries, |a, b| self.compare(a, b), cancel) {
            return Err(SortError::Cancelled);
        }
        Ok(entries.iter().map(|entry| self.order.row(entry.name)).collect())
    }
}

/// The first rows of an order, or the last.
struct Best<const N: usize> {
    most: usize,
    last_first: bool,
    entries: Vec<Entry<N>>,
    /// Nothing that comes after this one is among them.
    bound: Option<Entry<N>>,
}

impl<const N: usize> Best<N> {
    fn new(most: usize, last_first: bool) -> Self {
        Self { most, last_first, entries: Vec::with_capacity(most * 2), bound: None }
    }

    fn order(&self, keys: &Keys<'_>, a: &Entry<N>, b: &Entry<N>) -> Ordering {
        if self.last_first { keys.compare(b, a) } else { keys.compare(a, b) }
    }

    /// Those of some rows that may be among them, as far as whole sets tell.
    fn near(&self, keys: &Keys<'_>, slot: usize, set: Bits) -> Bits {
        let Some((bound, column)) = self.bound.as_ref().zip(keys.columns.first()) else { return set };
        let upto = |bound: u64| column.upto(keys.snapshot, slot, bound);
        if !self.last_first {
            return upto(bound.keys[0]).map_or(set.clone(), |near| set.and(&near));
        }
        match bound.keys[0].checked_sub(1).filter(|_| column.is_exact()).and_then(upto) {
            Some(far) => set.without(&far),
            None => set,
        }
    }

    /// Whether a row with this first key may be among them.
    fn may(&self, key: u64) -> bool {
        let bound = self.bound.as_ref().map(|bound| bound.keys[0]);
        bound.is_none_or(|bound| if self.last_first { key >= bound } else { key <= bound })
    }

    fn take(&mut self, keys: &Keys<'_>, entry: Entry<N>) {
        if self.bound.is_some_and(|bound| self.order(keys, &entry, &bound).is_gt()) {
            return;
        }
        self.entries.push(entry);
        if self.entries.len() >= self.most * 2 {
            let mut entries = std::mem::take(&mut self.entries);
            let (_, nth, _) = entries.select_nth_unstable_by(self.most - 1, |a, b| self.order(keys, a, b));
            self.bound = Some(*nth);
            entries.truncate(self.most);
            self.entries = entries;
        }
    }

    /// The best one first.
    fn rows(self, keys: &Keys<'_>) -> Vec<RowId> {
        let mut entries = self.entries.clone();
        entries.sort_unstable_by(|a, b| self.order(keys, a, b));
        entries.truncate(self.most);
        entries.iter().map(|entry| keys.order.row(entry.name)).collect()
    }
}
