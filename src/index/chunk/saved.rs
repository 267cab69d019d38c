//! A chunk as bytes, and back.

use cloudscope_domain::Proof;

use super::Chunk;
use crate::{
    bits::CHUNK,
    bytes::{In, Out},
    column::Column,
    ips::Ips,
    pairs::Pairs,
    texts::Texts,
    times::Times,
};

const PROOFS: [Proof; 4] =
    [Proof::NotFound, Proof::DeleteEvent, Proof::SnapshotListing, Proof::SecondListing];

impl Chunk {
    pub(crate) fn save(&self, out: &mut Out) {
        out.number(self.id);
        out.number(u64::from(self.sealed));
        out.list(&self.hash);
        self.symbols.iter().for_each(|column| column.save(out));
        self.category.save(out);
        self.class.save(out);
        self.scope.save(out);
        for times in [&self.first_seen, &self.changed_at, &self.created_at] {
            times.save(out);
        }
        self.texts.save(out);
        self.tags.save(out);
        self.props.save(out);
        self.ips.save(out);
        let at: Vec<i64> = self.gone.iter().map(|(at, _)| *at).collect();
        let proofs = self.gone.iter().map(|(_, proof)| PROOFS.iter().position(|p| p == proof));
        let proofs: Vec<u8> = proofs.map(|p| u8::try_from(p.unwrap_or(0)).unwrap_or(0)).collect();
        out.list(&at);
        out.list(&proofs);
    }

    pub(crate) fn load(input: &mut In<'_>) -> Option<Self> {
        let id = input.number()?;
        let sealed = input.number()? == 1;
        let hash: Vec<u128> = input.list()?;
        let rows = hash.len();
        if rows > CHUNK {
            return None;
        }
        let mut symbols: [Column<u32>; _] = Default::default();
        for column in &mut symbols {
            *column = Column::load(input, rows, sealed)?;
        }
        let mut chunk = Self {
            id,
            sealed,
            hash,
            symbols,
            category: Column::load(input, rows, sealed)?,
            class: Column::load(input, rows, sealed)?,
            scope: Column::load(input, rows, sealed)?,
            first_seen: Times::load(input, rows, sealed)?,
            changed_at: Times::load(input, rows, sealed)?,
            created_at: Times::load(input, rows, sealed)?,
            texts: Texts::load(input, rows)?,
            tags: Pairs::load(input, rows, sealed)?,
            props: Pairs::load(input, rows, sealed)?,
            ips: Ips::load(input, rows)?,
            gone: Vec::new(),
        };
        let (at, proofs): (Vec<i64>, Vec<u8>) = (input.list()?, input.list()?);
        if at.len() != proofs.len() || !(at.is_empty() || at.len() == rows) {
            return None;
        }
        for (at, proof) in at.into_iter().zip(proofs) {
            chunk.gone.push((at, *PROOFS.get(usize::from(proof))?));
        }
        Some(chunk)
    }
}
