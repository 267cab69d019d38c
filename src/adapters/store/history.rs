//! Reading the changes of a range of commits, in either direction.

use cloudscope_domain::Change;
use cloudscope_ports::{ChangeRange, StoreError};

use crate::{
    engine::{self, Scan},
    envelope,
    layout::Key,
    packing::decode,
    store::SledStore,
};

fn open(key: &[u8], value: &[u8]) -> Result<Vec<Change>, StoreError> {
    envelope::open(key, value).and_then(|opened| decode(&opened.body)).map_err(|flaw| {
        let revision = Key::decode(key).and_then(Key::of_commit).unwrap_or_default();
        StoreError::Damaged(format!("the changes of revision {revision}: {flaw}"))
    })
}

impl SledStore {
    pub(crate) fn changes_of(
        &self,
        range: &ChangeRange,
        visit: &mut dyn FnMut(Change) -> bool,
    ) -> Result<(), StoreError> {
        // Not what a commit that is not yet acknowledged says.
        let to = range.to.min(self.current());
        if range.from > to {
            return Ok(());
        }
        let db = self.reading()?;
        let from = Key::Changes { revision: range.from.0, chunk: 0 }.encode();
        let end = Key::Changes { revision: to.0.saturating_add(1), chunk: 0 }.encode();
        let scan = engine::scan_from(&db, &from, &end);
        if range.newest_first { backwards(scan, visit) } else { forwards(scan, visit) }
    }
}

fn forwards(scan: Scan, visit: &mut dyn FnMut(Change) -> bool) -> Result<(), StoreError> {
    for pair in scan {
        let (key, value) = pair?;
        for change in open(&key, &value)? {
            if !visit(change) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The last commit first, each commit's own changes in their order.
fn backwards(mut scan: Scan, visit: &mut dyn FnMut(Change) -> bool) -> Result<(), StoreError> {
    let mut chunks: Vec<(sled::IVec, sled::IVec)> = Vec::new();
    let mut commit = None;
    loop {
        let pair = scan.next_back().transpose()?;
        let next = pair.as_ref().and_then(|(key, _)| Key::decode(key)).and_then(Key::of_commit);
        if next != commit {
            for (key, value) in chunks.drain(..).rev() {
                for change in open(&key, &value)? {
                    if !visit(change) {
                        return Ok(());
                    }
                }
            }
            commit = next;
        }
        match pair {
            Some(pair) => chunks.push(pair),
            None => return Ok(()),
        }
    }
}
