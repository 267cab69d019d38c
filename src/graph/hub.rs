//! The edges at an end that has very many of them, in blocks: a change rewrites one block, and how many
//! there are is known without counting.

use std::sync::Arc;

use crate::entry::{Change, Entry, decode, encode, merge};

/// Edges per block. Few in tests, so that blocks split and merge.
const BLOCK: usize = if cfg!(test) { 6 } else { 256 };

#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) first: Entry,
    pub(crate) count: u32,
    pub(crate) bytes: Arc<[u8]>,
}

/// A sorted list of edges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hub {
    blocks: Vec<Block>,
    len: usize,
}

impl Block {
    fn of(entries: &[Entry]) -> Option<Self> {
        let mut bytes = Vec::new();
        encode(entries, &mut bytes);
        let first = *entries.first()?;
        Some(Self { first, count: u32::try_from(entries.len()).ok()?, bytes: bytes.into() })
    }

    /// A block as it was saved, if these are edges.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (first, mut count) = (decode(bytes).next()?, 0_u32);
        let sorted = decode(bytes).inspect(|_| count += 1).is_sorted();
        (sorted && count as usize == crate::entry::count(bytes)).then(|| Self {
            first,
            count,
            bytes: bytes.into(),
        })
    }
}

impl Hub {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut hub = Self::default();
        hub.push(entries);
        hub
    }

    /// Takes blocks in their order; `false` when they are not in order.
    pub(crate) fn append(&mut self, block: Block) -> bool {
        let last = self.blocks.last().and_then(|b| decode(&b.bytes).last());
        let fits = last.is_none_or(|last| last < block.first);
        self.len += block.count as usize;
        self.blocks.push(block);
        fits
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        self.blocks.iter().flat_map(|b| decode(&b.bytes))
    }

    /// Applies sorted changes.
    pub(crate) fn edit(&mut self, mut changes: &[Change]) {
        let old = std::mem::take(&mut self.blocks);
        self.len = 0;
        let mut old = old.into_iter().peekable();
        let mut entries = Vec::new();
        while let Some(block) = old.next() {
            let upto =
                old.peek().map_or(changes.len(), |next| changes.partition_point(|(c, _)| *c < next.first));
            let (mine, rest) = changes.split_at(upto);
            changes = rest;
            if mine.is_empty() {
                self.len += block.count as usize;
                self.blocks.push(block);
                continue;
            }
            entries.clear();
            // A block that shrank is joined to the one before it.
            if let Some(before) = self.blocks.pop_if(|b| b.count as usize + block.count as usize <= BLOCK / 2)
            {
                self.len -= before.count as usize;
                entries.extend(decode(&before.bytes));
            }
            merge(decode(&block.bytes), mine, &mut entries);
            self.push(&entries);
        }
        if !changes.is_empty() {
            entries.clear();
            merge(std::iter::empty(), changes, &mut entries);
            self.push(&entries);
        }
    }

    fn push(&mut self, entries: &[Entry]) {
        self.len += entries.len();
        let size = if entries.len() > BLOCK { BLOCK - BLOCK / 4 } else { BLOCK };
        self.blocks.extend(entries.chunks(size).filter_map(Block::of));
    }

    /// Bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.blocks.iter().map(|b| size_of::<Block>() + 16 + b.bytes.len()).sum()
    }
}
