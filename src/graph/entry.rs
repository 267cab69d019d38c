//! The edges at one end as a sorted list, and as the bytes that are kept of it:
//!
//! ```text
//! count | other end, as far beyond the one before | label | record, as a step from the one before | ...
//! ```
//!
//! Ends are near each other and one record states several edges, so that most of an edge are two to five
//! bytes. Knows nothing of where lists are kept.

use crate::varint;

/// An edge as one of its ends knows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) other: u32,
    pub(crate) label: u32,
    pub(crate) record: u32,
}

/// An edge that came (`true`) or went.
pub(crate) type Change = (Entry, bool);

/// Appends a sorted list; nothing for an empty one.
pub(crate) fn encode(entries: &[Entry], out: &mut Vec<u8>) {
    if entries.is_empty() {
        return;
    }
    varint::put(out, u32::try_from(entries.len()).unwrap_or(u32::MAX));
    let mut last = Entry::default();
    for entry in entries {
        varint::put(out, entry.other.wrapping_sub(last.other));
        varint::put(out, entry.label);
        varint::put(out, varint::step(last.record, entry.record));
        last = *entry;
    }
}

/// How many edges the bytes hold.
pub(crate) fn count(mut bytes: &[u8]) -> usize {
    varint::take(&mut bytes).unwrap_or(0) as usize
}

/// A list, read from its bytes.
pub(crate) struct Decode<'a> {
    left: u32,
    bytes: &'a [u8],
    last: Entry,
}

pub(crate) fn decode(mut bytes: &[u8]) -> Decode<'_> {
    Decode { left: varint::take(&mut bytes).unwrap_or(0), bytes, last: Entry::default() }
}

impl Iterator for Decode<'_> {
    type Item = Entry;

    #[inline]
    fn next(&mut self) -> Option<Entry> {
        self.left = self.left.checked_sub(1)?;
        let other = self.last.other.wrapping_add(varint::take(&mut self.bytes)?);
        let label = varint::take(&mut self.bytes)?;
        let record = varint::after(self.last.record, varint::take(&mut self.bytes)?);
        self.last = Entry { other, label, record };
        Some(self.last)
    }
}

/// A sorted list after sorted changes.
pub(crate) fn merge(old: impl Iterator<Item = Entry>, changes: &[Change], out: &mut Vec<Entry>) {
    let mut changes = changes.iter().peekable();
    for entry in old {
        while let Some((new, came)) = changes.next_if(|(c, _)| *c < entry) {
            if *came {
                out.push(*new);
            }
        }
        match changes.next_if(|(c, _)| *c == entry) {
            Some((_, false)) => {}
            _ => out.push(entry),
        }
    }
    out.extend(changes.filter(|(_, came)| *came).map(|(new, _)| *new));
}
