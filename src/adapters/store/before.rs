//! Collects what a commit replaces, so that it can be gone back before it: the records with their places,
//! the states of scopes.

use std::collections::BTreeMap;

use cloudscope_domain::Timestamp;
use cloudscope_ports::StoreError;

use crate::{
    envelope::{Sealer, Sum},
    layout::{Key, Place},
    packing::encode,
    page::{STATES_PER_CHUNK, Standing},
    segment::{self, Entry},
    step::{Replaced, Step},
};

/// Replaced records of one value: as many,
const CHUNK_RECORDS: usize = 256;
/// or with as many bytes.
const CHUNK_BYTES: usize = 512 << 10;

/// A name and its value.
type Named = (Vec<u8>, Vec<u8>);

/// What a commit replaced.
#[derive(Default)]
pub(crate) struct Before {
    new: Vec<u128>,
    replaced: Vec<(Place, u128, Entry)>,
    /// By scope, so that the first one counts where a commit touches a scope twice.
    states: BTreeMap<u32, Standing>,
}

impl Before {
    /// So many records may come.
    pub(crate) fn expect(&mut self, records: usize) {
        self.new.reserve(records);
    }

    /// Notes a record that was not there.
    pub(crate) fn absent(&mut self, hash: u128) {
        self.new.push(hash);
    }

    /// Notes a record that was there.
    pub(crate) fn record(&mut self, place: Place, hash: u128, entry: Entry) {
        self.replaced.push((place, hash, entry));
    }

    /// Every record that was noted.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = u128> + '_ {
        self.new.iter().copied().chain(self.replaced.iter().map(|(_, hash, _)| *hash))
    }

    /// Notes how a scope stood.
    pub(crate) fn state(&mut self, standing: Standing) {
        self.states.entry(standing.number).or_insert(standing);
    }

    /// The values that hold it, the last of which is the step. `rest` are the other values of the commit's
    /// history: its changes, with how many there are.
    pub(crate) fn seal(
        mut self,
        revision: u64,
        at: Timestamp,
        changes: (u64, &[(Named, Sum)]),
        sealer: &mut Sealer,
    ) -> Result<Vec<Named>, StoreError> {
        let (count, chunks) = changes;
        let mut step = Step { at, changes: count, change_chunks: chunks.len() as u32, ..Step::default() };
        for ((key, value), sum) in chunks {
            step.parts = step.parts.wrapping_add(*sum);
            step.bytes += (key.len() + value.len()) as u64;
        }
        let mut values = Vec::new();
        let mut put = |step: &mut Step, key: Key, body: &[u8], sealer: &mut Sealer| {
            let key = key.encode();
            let (value, sum) = sealer.seal(&key, revision, body)?;
            step.parts = step.parts.wrapping_add(sum);
            step.bytes += (key.len() + value.len()) as u64;
            values.push((key, value));
            Ok::<(), StoreError>(())
        };
        // Neighbours are alike, and compress well together.
        self.replaced.sort_by_key(|(place, _, _)| *place);
        let mut chunk: Vec<Entry> = Vec::new();
        let mut weight = 0;
        let total = self.replaced.len();
        for (n, (place, hash, entry)) in self.replaced.into_iter().enumerate() {
            step.replaced.push(Replaced {
                hash: hash.to_le_bytes(),
                scope: place.scope,
                segment: place.segment,
            });
            weight += entry.bytes.len();
            chunk.push(entry);
            if chunk.len() == CHUNK_RECORDS || weight >= CHUNK_BYTES || n + 1 == total {
                let key = Key::Records { revision, chunk: step.chunks.len() as u32 };
                step.chunks.push(chunk.len() as u32);
                put(&mut step, key, &segment::pack(&chunk), sealer)?;
                chunk.clear();
                weight = 0;
            }
        }
        let states: Vec<Standing> = self.states.into_values().collect();
        for states in states.chunks(STATES_PER_CHUNK) {
            let first = states.first().map_or(0, |s| s.number);
            step.states.push(first);
            put(&mut step, Key::States { revision, first }, &encode(&states)?, sealer)?;
        }
        step.new = self.new.iter().map(|hash| hash.to_le_bytes()).collect();
        let key = Key::Step(revision).encode();
        let (value, _) = sealer.seal(&key, revision, &encode(&step)?)?;
        values.push((key, value));
        Ok(values)
    }
}
