//! The table of where records are, kept on the shelf: opening then reads only the segments that commits wrote
//! since. It names the commit that it is of, and how each scope stood then.
//!
//! ```text
//! "cloudscope place"  magic, 16 bytes
//! u32 le              format
//! u64 le              the hash of a fixed id: what hashes ids may differ between builds
//! u64 le, [u8; 32]    the revision, and the stamp of its commit
//! u64 le              how often something else than a commit wrote until then
//! u32 le, u64 le      how many scopes, how many entries
//! per scope           number, next segment, open segment or u32::MAX (u32 le); sum over its segments (u128 le)
//! the hashes          u64 le each, in order
//! the places          scope, segment (u32 le), in the same order
//! [u8; 32]            blake3 of all of it
//! ```
//! It is never the only copy: what does not fit is left, and the table is made from all segments.

use std::{
    collections::{BTreeMap, HashSet},
    io::{self, Read, Write},
    sync::Arc,
};

use cloudscope_domain::Revision;
use cloudscope_ports::{Keep, Shelf, StoreError};

use crate::{
    engine,
    envelope::Sum,
    index::{Base, IdHash, Index},
    layout::{Key, Place, SEGMENTS},
    meta::Meta,
    overlay::walk,
    scopes::Scopes,
    sift::{self, Sift},
    store::{Condition, SledStore},
};

/// What it is called on the shelf.
pub(crate) const NAME: &str = "places";

const MAGIC: &[u8; 16] = b"cloudscope place";
const FORMAT: u32 = 1;
const SCOPE: usize = 28;
/// Bytes that are written at a time.
const PIECE: usize = 64 << 10;

/// How a scope stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Then {
    next_segment: u32,
    open: Option<u32>,
    sum: Sum,
}

/// What was kept.
pub(crate) struct Kept {
    pub(crate) revision: Revision,
    stamp: [u8; 32],
    others: u64,
    scopes: BTreeMap<u32, Then>,
    base: Arc<Base>,
}

/// Which segments are not those of then.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// All of these scopes.
    scopes: HashSet<u32>,
    places: HashSet<Place>,
}

impl Changed {
    fn has(&self, place: Place) -> bool {
        self.scopes.contains(&place.scope) || self.places.contains(&place)
    }

    /// All of them that there may be, in order. `None` when what is there has a name that cannot be.
    fn all(&self, db: &sled::Db) -> Result<Option<Vec<Place>>, StoreError> {
        let mut all: Vec<Place> = self.places.iter().copied().collect();
        for scope in &self.scopes {
            for pair in engine::scan(db, &[SEGMENTS, &scope.to_be_bytes()].concat()) {
                let Some(Key::Segment(place)) = Key::decode(&pair?.0) else { return Ok(None) };
                all.push(place);
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(Some(all))
    }
}

/// Steps of pruning and the like.
fn others(meta: &Meta) -> u64 {
    meta.sequence.saturating_sub(meta.revision.0)
}

impl Kept {
    fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = Hashing { out, hash: blake3::Hasher::new(), buffer: Vec::with_capacity(PIECE) };
        out.put(MAGIC)?;
        out.put(&FORMAT.to_le_bytes())?;
        out.put(&IdHash::of(NAME).0.to_le_bytes())?;
        out.put(&self.revision.0.to_le_bytes())?;
        out.put(&self.stamp)?;
        out.put(&self.others.to_le_bytes())?;
        // Scopes are numbered in 32 bits.
        out.put(&(self.scopes.len() as u32).to_le_bytes())?;
        out.put(&(self.base.hashes.len() as u64).to_le_bytes())?;
        for (number, then) in &self.scopes {
            out.put(&number.to_le_bytes())?;
            out.put(&then.next_segment.to_le_bytes())?;
            out.put(&then.open.unwrap_or(u32::MAX).to_le_bytes())?;
            out.put(&then.sum.to_le_bytes())?;
        }
        for hash in &self.base.hashes {
            out.put(&hash.to_le_bytes())?;
        }
        for place in &self.base.places {
            out.put(&place.scope.to_le_bytes())?;
            out.put(&place.segment.to_le_bytes())?;
        }
        out.end()
    }

    /// `None` when it is not whole, or not one that this build wrote.
    fn read(content: &[u8]) -> Option<Self> {
        let (content, sum) = content.split_at_checked(content.len().checked_sub(32)?)?;
        if blake3::hash(content).as_bytes() != sum {
            return None;
        }
        let mut rest = content;
        if take(&mut rest, 16)? != MAGIC
            || u32_of(&mut rest)? != FORMAT
            || u64_of(&mut rest)? != IdHash::of(NAME).0
        {
            return None;
        }
        let revision = Revision(u64_of(&mut rest)?);
        let stamp = take(&mut rest, 32)?.try_into().ok()?;
        let others = u64_of(&mut rest)?;
        let (scopes, entries) = (u32_of(&mut rest)? as usize, usize::try_from(u64_of(&mut rest)?).ok()?);
        let length = scopes.checked_mul(SCOPE)?.checked_add(entries.checked_mul(16)?)?;
        if rest.len() != length {
            return None;
        }
        let mut known = BTreeMap::new();
        for _ in 0..scopes {
            let number = u32_of(&mut rest)?;
            let next_segment = u32_of(&mut rest)?;
            let open = Some(u32_of(&mut rest)?).filter(|n| *n != u32::MAX);
            let sum = Sum::from_le_bytes(take(&mut rest, 16)?.try_into().ok()?);
            known.insert(number, Then { next_segment, open, sum });
        }
        let (hashes, places) = rest.split_at(entries * 8);
        let hashes: Vec<u64> = hashes.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)).collect();
        let places = places.as_chunks::<8>().0.iter();
        let places = places.map(|[a, b, c, d, e, f, g, h]| Place {
            scope: u32::from_le_bytes([*a, *b, *c, *d]),
            segment: u32::from_le_bytes([*e, *f, *g, *h]),
        });
        let base = Base { places: places.collect(), hashes };
        base.hashes.is_sorted().then(|| Self { revision, stamp, others, scopes: known, base: Arc::new(base) })
    }

    /// What has to be read, because commits wrote it since.
    pub(crate) fn changed(&self, db: &sled::Db, scopes: &Scopes, meta: &Meta) -> Result<Changed, StoreError> {
        let mut changed = Changed::default();
        let differs: Vec<u32> = scopes
            .iter()
            .filter(|(number, now)| self.scopes.get(number).is_none_or(|then| then.sum != now.manifest.sum))
            .map(|(number, _)| number)
            .collect();
        if differs.is_empty() {
            return Ok(changed);
        }
        // Only commits say what they wrote.
        let mut known = others(meta) == self.others && meta.oldest <= self.revision;
        if known {
            let walked = walk(db, self.revision.0, meta.revision.0, &mut |_, step| {
                changed.places.extend(step.replaced.iter().map(crate::step::Replaced::place));
                Ok(true)
            });
            known = walked.is_ok();
        }
        for number in differs {
            match (self.scopes.get(&number), scopes.get(number)) {
                (Some(then), Some(now)) if known => {
                    let new = then.next_segment..now.manifest.next_segment;
                    let places = then.open.into_iter().chain(new);
                    changed.places.extend(places.map(|segment| Place { scope: number, segment }));
                }
                _ => {
                    changed.scopes.insert(number);
                }
            }
        }
        Ok(changed)
    }
}

impl SledStore {
    /// The table as it is, for the shelf.
    pub(crate) fn freeze(&self) -> Option<Keep> {
        let writer = self.writer();
        if !matches!(writer.condition, Condition::Sound) || !writer.findings.is_empty() {
            return None;
        }
        let stamp = self.stamp_of(writer.meta.revision).ok()??;
        let mut tables = self.tables_mut();
        let base = tables.index.as_mut()?.freeze();
        let scopes = tables.scopes.iter().map(|(number, stored)| {
            let manifest = &stored.manifest;
            let then = Then { next_segment: manifest.next_segment, open: manifest.open, sum: manifest.sum };
            (number, then)
        });
        let kept = Kept {
            revision: writer.meta.revision,
            stamp,
            others: others(&writer.meta),
            scopes: scopes.collect(),
            base,
        };
        Some(Box::new(move |out| kept.save(out)))
    }

    /// What was kept, if it is of this store.
    pub(crate) fn kept(&self) -> Option<Kept> {
        let mut content = Vec::new();
        Shelf::get(&*self.directory, NAME).ok()??.read_to_end(&mut content).ok()?;
        let kept = Kept::read(&content)?;
        let stamp = self.stamp_of(kept.revision).ok()??;
        (stamp == kept.stamp).then_some(kept)
    }

    /// The table from what was kept, with the segments that commits wrote since. `None` when it has to be made
    /// from all of them: something could not be read, or `stop` said so.
    pub(crate) fn catch_up(
        &self,
        db: &sled::Db,
        kept: Kept,
        meta: &Meta,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Index>, StoreError> {
        self.catch_up_with(db, kept, meta, &|_, _, _, _: &mut Vec<()>| Ok(()), stop, &mut |()| ())
    }

    /// The same; `take` gets what is wanted of the segments that are read.
    pub(crate) fn catch_up_with<T: Send>(
        &self,
        db: &sled::Db,
        kept: Kept,
        meta: &Meta,
        sift: Sift<'_, T>,
        stop: &dyn Fn() -> bool,
        take: &mut dyn FnMut(T),
    ) -> Result<Option<Index>, StoreError> {
        let changed = kept.changed(db, &self.tables().scopes, meta)?;
        let Some(places) = changed.all(db)? else { return Ok(None) };
        let Some(found) = sift::each(db, &places, sift, stop, take)? else { return Ok(None) };
        // Nobody else has it.
        let Some(base) = Arc::into_inner(kept.base) else { return Ok(None) };
        Ok(Some(Index::restored(base, |place| !changed.has(place), found)))
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn u32_of(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?))
}

fn u64_of(rest: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(take(rest, 8)?.try_into().ok()?))
}

/// Writes in pieces, and knows the hash of all that was written.
struct Hashing<'a> {
    out: &'a mut dyn Write,
    hash: blake3::Hasher,
    buffer: Vec<u8>,
}

impl Hashing<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hash.update(&self.buffer);
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.flush()?;
        self.out.write_all(self.hash.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests;
