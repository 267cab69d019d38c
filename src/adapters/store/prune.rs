//! Letting go: of the history of old commits, of old tombstones. One bounded step at a time, each as
//! atomic and durable as a commit, but without a revision of its own: what it leaves is the same
//! inventory.

mod steps;
mod tombstones;

use std::{collections::BTreeMap, sync::atomic::Ordering};

use cloudscope_ports::{PruneReport, Retention, StoreError};

use crate::{
    draft::Move,
    envelope::Sum,
    layout::Key,
    meta::{Manifest, Meta},
    packing::encode,
    store::{SledStore, Writer},
};

/// What a step comes to.
struct Trim {
    meta: Meta,
    report: PruneReport,
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    manifests: Vec<(u32, Manifest, Sum)>,
    moves: Vec<Move>,
}

impl SledStore {
    pub(crate) fn prune_step(&self, retention: &Retention) -> Result<PruneReport, StoreError> {
        let mut guard = self.writer();
        let writer = &mut *guard;
        let db = self.usable(writer)?;
        let mut trim = Trim {
            meta: writer.meta,
            report: PruneReport::default(),
            writes: BTreeMap::new(),
            manifests: Vec::new(),
            moves: Vec::new(),
        };
        steps::trim(&db, retention, &mut trim)?;
        if !trim.report.more
            && let Some(before) = retention.tombstones_before
        {
            self.ensure_index(writer, &db)?;
            tombstones::trim(self, writer, &db, before, &mut trim)?;
        }
        self.finish(writer, &db, trim)
    }

    fn finish(&self, writer: &mut Writer, db: &sled::Db, trim: Trim) -> Result<PruneReport, StoreError> {
        let Trim { mut meta, mut report, mut writes, manifests, moves } = trim;
        if !writes.is_empty() {
            meta.sequence += 1;
            let key = Key::Meta.encode();
            let (value, _) = writer.sealer.seal(&key, meta.revision.0, &encode(&meta)?)?;
            writes.insert(key, Some(value));
            self.write(writer, db, &writes, &meta)?;
            let moved = meta.oldest != writer.meta.oldest;
            writer.meta = meta;
            {
                let mut tables = self.tables_mut();
                self.moving.fetch_add(1, Ordering::SeqCst);
                for (number, manifest, sum) in manifests {
                    tables.scopes.set(number, manifest, sum);
                }
                if let Some(index) = &mut tables.index {
                    for step in moves {
                        match step {
                            Move::To(id, place) => index.put(id, place),
                            Move::From(id, place) => index.remove(id, place),
                        }
                    }
                }
                self.moving.fetch_add(1, Ordering::SeqCst);
            }
            if moved {
                self.reload_times(writer, db)?;
            }
        }
        report.oldest = Some(self.oldest_known());
        Ok(report)
    }
}
