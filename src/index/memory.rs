//! What a snapshot takes of the memory, by what it is for.

use crate::{Snapshot, chunk::Chunk, parts::Slot};

/// A part of the index and the bytes that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// What it is for, in a word or two.
    pub part: &'static str,
    /// How many bytes it takes; what the allocator adds is not in it.
    pub bytes: u64,
}

impl Snapshot {
    /// What it takes by part, the largest first. Most of it is shared with the writer and with the
    /// snapshots before and after.
    #[must_use]
    pub fn memory(&self) -> Vec<Share> {
        let chunks = |f: &dyn Fn(&Chunk) -> usize| -> usize {
            self.parts.slots.iter().map(|slot| f(&slot.chunk)).sum()
        };
        let sets = self.parts.slots.capacity() * size_of::<Slot>()
            + self.parts.slots.iter().map(Slot::bytes).sum::<usize>();
        let order = if self.has_order() { self.order().bytes() } else { 0 };
        let parts = [
            ("texts", chunks(&|c| c.texts.bytes())),
            ("columns", chunks(&Chunk::column_bytes)),
            ("times", chunks(&Chunk::time_bytes)),
            ("tags", chunks(&|c| c.tags.bytes())),
            ("properties", chunks(&|c| c.props.bytes())),
            ("addresses", chunks(&|c| c.ips.bytes())),
            ("keys", chunks(&|c| c.hash.capacity() * 16)),
            ("names", self.parts.names.bytes()),
            ("rows that moved", self.parts.moves.bytes()),
            ("rows that live or are joined", sets),
            ("order by name", order),
        ];
        let mut parts = parts.map(|(part, bytes)| Share { part, bytes: bytes as u64 }).to_vec();
        parts.sort_by_key(|share| std::cmp::Reverse(share.bytes));
        parts
    }
}
