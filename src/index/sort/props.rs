//! Orders by what stands at a path into payloads, of those paths whose values the index keeps. Numbers are
//! in their order and before texts, texts without regard to case; nothing, or an object, is missing.

use std::{cmp::Ordering, collections::BTreeMap};

use cloudscope_domain::query::{Found, PropPath, fold};

use crate::{Snapshot, SortError, paths::found};

/// The number of a path.
///
/// # Errors
/// When its values are not kept.
pub(crate) fn number(path: &PropPath, snapshot: &Snapshot) -> Result<u32, SortError> {
    let paths = &snapshot.parts.paths;
    paths
        .number(path)
        .ok_or_else(|| SortError::NotKept { path: path.to_string(), kept: paths.texts().to_vec() })
}

/// Per slot, the key of each pair of a path and a value; of other paths, that of what is missing.
pub(super) fn ranks(
    snapshot: &Snapshot,
    number: u32,
    key: &dyn Fn(Option<i64>) -> u64,
    cancel: &dyn Fn() -> bool,
) -> Result<Vec<Vec<u64>>, SortError> {
    let mut distinct = BTreeMap::<Value, i64>::new();
    for slot in &snapshot.parts.slots {
        if cancel() {
            return Err(SortError::Cancelled);
        }
        let of_path = slot.chunk.props.pairs_of(&[number]);
        for value in of_path.filter_map(|(_, text)| Value::of(text?)) {
            distinct.entry(value).or_default();
        }
    }
    for (rank, value) in (0..).zip(distinct.values_mut()) {
        *value = rank;
    }
    let of_slot = |slot: &crate::parts::Slot| -> Vec<u64> {
        let props = &slot.chunk.props;
        let mut keys = vec![key(None); props.count() as usize];
        for (code, text) in props.pairs_of(&[number]) {
            let value = text.and_then(Value::of);
            keys[code as usize] = key(value.and_then(|value| distinct.get(&value).copied()));
        }
        keys
    };
    Ok(snapshot.parts.slots.iter().map(of_slot).collect())
}

/// A value in its order.
enum Value {
    Number(f64),
    Text(String),
}

impl Value {
    fn of(written: &str) -> Option<Self> {
        Some(match found(written) {
            Found::Number(n) => Self::Number(n),
            #[expect(clippy::cast_precision_loss, reason = "only an order comes of it")]
            Found::Whole(n) => Self::Number(n as f64),
            Found::Text("") => return None,
            Found::Text(text) => Self::Text(fold(text)),
            Found::Bool(b) => Self::Text(b.to_string()),
            Found::Object | Found::Nothing => return None,
        })
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Value {}
