//! When revisions were recorded. Wall clocks jump, so times do not grow with revisions: what is held in
//! memory is, for blocks of 128 revisions, the earliest time from there on and the latest time up to
//! there. Both grow, so the block that holds the answer is found by halving, and one block is read.

use cloudscope_domain::{Revision, Timestamp};
use cloudscope_ports::StoreError;
use serde::{Deserialize, Serialize};

use crate::{
    engine,
    envelope::{self, Flaw},
    layout::{Key, TIMES},
    packing::decode,
};

/// Revisions of one block.
const REVISIONS: u64 = 128;

/// The block of a revision.
pub(crate) fn block_of(revision: u64) -> u64 {
    revision / REVISIONS
}

/// The times of neighbouring revisions.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Block {
    /// The first revision.
    pub first: u64,
    /// The time of the first one, then how much later each of the others is than the one before.
    deltas: Vec<i64>,
}

impl Block {
    pub(crate) fn push(&mut self, revision: u64, at: Timestamp) {
        if self.deltas.is_empty() {
            self.first = revision;
        }
        let last = self.pairs().last().map_or(0, |(_, t)| t.millis());
        self.deltas.push(at.millis() - last);
    }

    /// Revisions and their times, oldest first.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u64, Timestamp)> + '_ {
        let times = self.deltas.iter().scan(0_i64, |time, delta| {
            *time = time.saturating_add(*delta);
            Some(Timestamp::from_millis(*time))
        });
        (self.first..).zip(times)
    }
}

/// What is held in memory of one block.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    block: u64,
    /// The earliest time of this block and all later ones.
    earliest: Timestamp,
    /// The latest time of this block and all earlier ones.
    latest: Timestamp,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    bounds: Vec<Bounds>,
    /// The block that the next revision goes into, unless it begins a new one.
    newest: Block,
    /// What is older is not asked for, even where its block is still there.
    oldest: Revision,
    oldest_at: Timestamp,
}

fn damaged(flaw: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("the times of revisions: {flaw}"))
}

fn read(key: &[u8], value: &[u8]) -> Result<Block, Flaw> {
    envelope::open(key, value).and_then(|opened| decode(&opened.body))
}

impl Times {
    /// Reads the times of all revisions after the oldest, up to the newest.
    pub(crate) fn load(
        db: &sled::Db,
        oldest: (Revision, Timestamp),
        newest: Revision,
    ) -> Result<Self, StoreError> {
        let mut times = Self { oldest: oldest.0, oldest_at: oldest.1, ..Self::default() };
        let mut next = oldest.0.0 + 1;
        for pair in engine::scan(db, TIMES) {
            let (key, value) = pair?;
            let block = read(&key, &value).map_err(damaged)?;
            let mut own = Block::default();
            for (revision, at) in block.pairs().filter(|(r, _)| *r > oldest.0.0) {
                if revision != next {
                    return Err(damaged("some are missing"));
                }
                next += 1;
                own.push(revision, at);
                times.note(revision, at);
            }
            times.newest = own;
        }
        if next == newest.0 + 1 { Ok(times) } else { Err(damaged("some are missing")) }
    }

    fn note(&mut self, revision: u64, at: Timestamp) {
        let block = block_of(revision);
        for bounds in self.bounds.iter_mut().rev() {
            if bounds.earliest <= at {
                break;
            }
            bounds.earliest = at;
        }
        match self.bounds.last_mut() {
            Some(last) if last.block == block => last.latest = last.latest.max(at),
            last => {
                let latest = last.map_or(at, |l| l.latest.max(at));
                self.bounds.push(Bounds { block, earliest: at, latest });
            }
        }
    }

    /// The value that records a commit, and its name.
    pub(crate) fn with(&self, revision: u64, at: Timestamp) -> (Key, Block) {
        let number = block_of(revision);
        let mut block = self.newest.clone();
        if block.deltas.is_empty() || block_of(block.first) != number {
            block = Block::default();
        }
        block.push(revision, at);
        (Key::Times(number), block)
    }

    /// Takes over what was recorded.
    pub(crate) fn push(&mut self, revision: u64, at: Timestamp) {
        (_, self.newest) = self.with(revision, at);
        self.note(revision, at);
    }

    /// The highest revision recorded at or before a time.
    pub(crate) fn at_or_before(
        &self,
        db: &sled::Db,
        time: Timestamp,
    ) -> Result<Option<(Revision, Timestamp)>, StoreError> {
        // Of all blocks from which on something is early enough, the last one has it itself.
        let count = self.bounds.partition_point(|b| b.earliest <= time);
        if let Some(bounds) = count.checked_sub(1).and_then(|n| self.bounds.get(n)) {
            let block = self.block(db, bounds.block)?;
            let last = block.pairs().filter(|(r, t)| *r > self.oldest.0 && *t <= time).last();
            return match last {
                Some((revision, at)) => Ok(Some((Revision(revision), at))),
                None => Err(damaged("a block is not the one that was written")),
            };
        }
        Ok((self.oldest.0 > 0 && self.oldest_at <= time).then_some((self.oldest, self.oldest_at)))
    }

    /// The lowest revision recorded after a time.
    pub(crate) fn first_after(&self, db: &sled::Db, time: Timestamp) -> Result<Option<Revision>, StoreError> {
        if self.oldest.0 > 0 && self.oldest_at > time {
            return Ok(Some(self.oldest));
        }
        let count = self.bounds.partition_point(|b| b.latest <= time);
        let Some(bounds) = self.bounds.get(count) else { return Ok(None) };
        let block = self.block(db, bounds.block)?;
        let first = block.pairs().find(|(r, t)| *r > self.oldest.0 && *t > time);
        first
            .map(|(r, _)| Some(Revision(r)))
            .ok_or_else(|| damaged("a block is not the one that was written"))
    }

    /// When a revision was recorded.
    pub(crate) fn of(&self, db: &sled::Db, revision: Revision) -> Result<Option<Timestamp>, StoreError> {
        if revision == self.oldest && revision.0 > 0 {
            return Ok(Some(self.oldest_at));
        }
        let number = block_of(revision.0);
        let known = self.bounds.binary_search_by_key(&number, |b| b.block).is_ok();
        if revision <= self.oldest || !known {
            return Ok(None);
        }
        Ok(self.block(db, number)?.pairs().find(|(r, _)| *r == revision.0).map(|(_, t)| t))
    }

    fn block(&self, db: &sled::Db, number: u64) -> Result<Block, StoreError> {
        let key = Key::Times(number).encode();
        let value = engine::get(db, &key)?.ok_or_else(|| damaged("a block is missing"))?;
        read(&key, &value).map_err(damaged)
    }

    /// What is known of the oldest revision.
    pub(crate) fn oldest(&self) -> (Revision, Timestamp) {
        (self.oldest, self.oldest_at)
    }
}
