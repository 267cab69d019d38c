//! Records on their way out, by scope, squeezed while they wait: a month of a large estate is gone
//! through in the memory that its compressed form takes.

use std::collections::BTreeMap;

use cloudscope_ports::StoreError;

/// A pile is squeezed when it has grown by so many bytes.
const BLOCK_BYTES: usize = 256 << 10;

/// Records of one scope, as they are kept.
#[derive(Default)]
struct Pile {
    /// With the length that each has when it is not squeezed.
    blocks: Vec<(Vec<u8>, usize)>,
    open: Vec<u8>,
}

/// The piles of all scopes.
#[derive(Default)]
pub(crate) struct Piles(BTreeMap<u32, Pile>);

fn io(error: &std::io::Error) -> StoreError {
    StoreError::Io(format!("zstd: {error}"))
}

impl Piles {
    pub(crate) fn push(&mut self, scope: u32, bytes: &[u8]) -> Result<(), StoreError> {
        let pile = self.0.entry(scope).or_default();
        pile.open.extend((bytes.len() as u32).to_le_bytes());
        pile.open.extend(bytes);
        if pile.open.len() >= BLOCK_BYTES {
            let block = zstd::bulk::compress(&pile.open, 1).map_err(|e| io(&e))?;
            pile.blocks.push((block, pile.open.len()));
            pile.open.clear();
        }
        Ok(())
    }

    /// Takes the pile of the first scope off, if that is a scope before `end`, and hands out what is in it.
    /// Returns whether there was one.
    pub(crate) fn pop(
        &mut self,
        end: Option<u32>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        let Some(entry) = self.0.first_entry() else { return Ok(false) };
        if end.is_some_and(|end| *entry.key() >= end) {
            return Ok(false);
        }
        let pile = entry.remove();
        for (block, length) in &pile.blocks {
            hand_out(&zstd::bulk::decompress(block, *length).map_err(|e| io(&e))?, take)?;
        }
        hand_out(&pile.open, take)?;
        Ok(true)
    }
}

fn hand_out(
    mut bytes: &[u8],
    take: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (one, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).unwrap_or((rest, &[]));
        take(one)?;
        bytes = rest;
    }
    Ok(())
}
