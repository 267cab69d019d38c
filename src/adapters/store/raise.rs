//! Brings a store up to a revision that was given out while it lay in quarantine: each number between gets a commit
//! that changes nothing, because every revision that can be asked for has its step. It can be interrupted at any
//! moment: what was written is whole, and the side file says still how far to go.

use std::collections::BTreeMap;

use cloudscope_domain::Revision;
use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::Sealer,
    layout::{Key, META},
    meta::Meta,
    packing::encode,
    step::Step,
    times::Times,
};

/// Numbers that are filled in at once, atomically.
const TOGETHER: u64 = 4_096;

/// Fills in all numbers up to one.
pub(crate) fn raise(
    db: &sled::Db,
    meta: &mut Meta,
    times: &mut Times,
    to: Revision,
) -> Result<(), StoreError> {
    let mut sealer = Sealer::new()?;
    while meta.revision < to {
        let mut values: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut blocks = BTreeMap::new();
        let upto = to.0.min(meta.revision.0.saturating_add(TOGETHER));
        for revision in meta.revision.0 + 1..=upto {
            let key = Key::Step(revision).encode();
            let step = Step { at: meta.at, ..Step::default() };
            let (value, _) = sealer.seal(&key, revision, &encode(&step)?)?;
            meta.history_bytes += (key.len() + value.len()) as u64;
            values.insert(key, value);
            let (key, block) = times.with(revision, meta.at);
            blocks.insert(key.encode(), block);
            times.push(revision, meta.at);
        }
        for (key, block) in blocks {
            let (value, _) = sealer.seal(&key, upto, &encode(&block)?)?;
            values.insert(key, value);
        }
        meta.revision = Revision(upto);
        meta.sequence += 1;
        let (value, _) = sealer.seal(META, upto, &encode(meta)?)?;
        values.insert(META.to_vec(), value);
        engine::write(db, values.iter().map(|(k, v)| (&**k, Some(&**v))))?;
    }
    Ok(())
}
