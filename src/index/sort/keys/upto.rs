//! Rows whose first key is no larger than a bound, as whole sets: once as many rows are chosen as are wanted, few
//! of a chunk can still be among them, and a look at its codes tells which.

use super::{Column, MISSING, Read, key};
use crate::{Snapshot, bits::Bits, pairs::Pairs, times::NO_TIME};

impl Column {
    /// The rows of a slot whose key is no larger than `bound`, and perhaps some others; `None` where looking at each
    /// row is no slower.
    pub(super) fn upto(&self, snapshot: &Snapshot, slot: usize, bound: u64) -> Option<Bits> {
        // What is missing passes every such bound.
        if bound == MISSING {
            return None;
        }
        let slot_keys = |keys: &[Vec<u64>]| keys.get(slot).map_or(0, Vec::len);
        let chunk = &*snapshot.parts.slots[slot].chunk;
        let passes = |keys: &[u64], at: usize| keys.get(at).is_some_and(|key| *key <= bound);
        let time = |millis: i64| key(Some(millis), self.descending) <= bound;
        match &self.read {
            Read::Symbol(col, keys) => {
                Some(chunk.symbols(*col).select(|symbol| passes(keys, symbol as usize)))
            }
            Read::Category(keys) => Some(chunk.category.select(|n| passes(keys, usize::from(n)))),
            Read::Class(keys) => Some(chunk.class.select(|n| passes(keys, usize::from(n)))),
            Read::Created => Some(chunk.created_at.select(time).1),
            Read::Age(now) => {
                let age = |millis: i64| key(Some(now.millis().saturating_sub(millis)), self.descending);
                Some(chunk.created_at.select(|millis| millis != NO_TIME && age(millis) <= bound).1)
            }
            Read::Changed => Some(chunk.changed_at.select(time).1),
            Read::FirstSeen => Some(chunk.first_seen.select(time).1),
            Read::Tag(_, keys) if slot_keys(keys) > 0 => bearing(&chunk.tags, &keys[slot], bound),
            Read::Prop(_, keys) if slot_keys(keys) > 0 => bearing(&chunk.props, &keys[slot], bound),
            Read::Match(fuzzy) => fuzzy.upto(chunk, bound ^ 1 << 63),
            Read::Presence
            | Read::LastSeen
            | Read::Gone
            | Read::Tag(..)
            | Read::Prop(..)
            | Read::Text(..) => None,
        }
    }
}

impl Column {
    /// Whether [`Column::upto`] gives no other rows.
    pub(super) fn is_exact(&self) -> bool {
        match self.read {
            Read::Symbol(..)
            | Read::Category(_)
            | Read::Class(_)
            | Read::Created
            | Read::Age(_)
            | Read::Changed
            | Read::FirstSeen => true,
            // Of several tags of one name the first counts.
            Read::Tag(..) | Read::Prop(..) | Read::Match(_) => false,
            Read::Presence | Read::LastSeen | Read::Gone | Read::Text(..) => false,
        }
    }

    /// Some rows of a slot by whether their key is smaller than one, the same, or larger; `None` where each has
    /// to be looked at.
    pub(super) fn apart(
        &self,
        snapshot: &Snapshot,
        slot: usize,
        set: &Bits,
        key: u64,
    ) -> Option<(Bits, Bits, Bits)> {
        if !self.is_exact() {
            return None;
        }
        let upto = set.and(&self.upto(snapshot, slot, key)?);
        let below = match key.checked_sub(1) {
            Some(less) => set.and(&self.upto(snapshot, slot, less)?),
            None => Bits::default(),
        };
        let same = upto.without(&below);
        let above = set.without(&upto);
        Some((below, same, above))
    }
}

/// The rows that bear a pair with such a key, where the rows of each pair are at hand.
fn bearing(pairs: &Pairs, keys: &[u64], bound: u64) -> Option<Bits> {
    pairs.have_sets().then(|| {
        let mut rows = Bits::default();
        for (code, _) in (0..).zip(keys).filter(|(_, key)| **key <= bound) {
            pairs.add_rows(code, &mut rows);
        }
        rows
    })
}
