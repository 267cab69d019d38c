//! One sighting against what is known: new, changed, returned, moved, or nothing at all.

use std::{collections::HashMap, sync::Arc};

use cloudscope_domain::{Change, ChangeKind, Difference, Gone, Proof, Record, RecordKey, RunId, Scope};
use serde_json::Value;

use super::{
    GROUP_RECORDS, Writer, diff,
    known::Entry,
    notices::{self, Note},
    prepare::{self, Prepared, Ready},
};

/// What a sighting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Staged {
    /// Never seen before.
    Created,
    /// Content, scope or presence differ.
    Changed,
    /// Nothing to write.
    Same,
}

impl Writer {
    /// Takes one sighting of a scope. Answers with the hash of its key and what it came to.
    pub(super) fn upsert(&mut self, run: RunId, scope: &Scope, prepared: Prepared) -> (u128, Staged) {
        let Prepared { mut sighting, key, hash, raw, clean, canonical } = prepared;
        let index = self.known.scope(&scope.key);
        let entry = self.known.get(hash);
        let lives_here = entry.is_some_and(|e| !e.gone && e.scope == index);
        if lives_here && entry.is_some_and(|e| e.raw == raw) {
            return (hash, Staged::Same);
        }
        // What it is compared with may have changed since: then it still has its secrets.
        // Worked out only where it has told before that something does not count.
        let told = entry.is_some_and(|e| e.canonical.is_some());
        let canonical = if clean { canonical } else { prepare::clean(&self.redactor, &mut sighting, told) };
        let canonical = canonical.or_else(|| told.then(|| prepare::canonical(&sighting)));
        if lives_here && canonical.is_some() && entry.is_some_and(|e| e.canonical == canonical) {
            return (hash, Staged::Same);
        }
        let old = entry.and_then(|_| self.stored(hash, &key));
        let now = self.clock.now();
        let revision = self.revision.next();
        let differences = old.as_ref().map(|o| diff::between(o, &sighting)).unwrap_or_default();
        let fresh = Entry { scope: index, raw, canonical, gone: false };
        if lives_here && old.is_some() && differences.is_empty() {
            // Only what does not count is different; what is stored stays as it is.
            let canonical = canonical.or_else(|| Some(prepare::canonical(&sighting)));
            self.known.set(hash, Entry { raw: entry.map_or(raw, |e| e.raw), canonical, ..fresh });
            return (hash, Staged::Same);
        }
        let id = sighting.asset.key.id.clone();
        let kind = sighting.asset.kind.clone();
        let change = |change, path: String, before, after| Change {
            revision,
            at: now,
            run,
            id: id.clone(),
            kind: kind.clone(),
            change,
            path,
            before,
            after,
        };
        let created = old.is_none();
        let wants = self.notices.wants;
        let mut told: Vec<Difference> = Vec::new();
        match &old {
            None => self.pending.changes.push(change(ChangeKind::Created, String::new(), None, None)),
            Some(o) if o.gone.is_some() => {
                self.pending.changes.push(change(ChangeKind::Returned, String::new(), None, None));
                if wants.changed {
                    told.push(notices::returned());
                }
            }
            Some(_) => {}
        }
        let changed = !differences.is_empty();
        for d in differences {
            let (before, after) = (diff::payload(d.before), diff::payload(d.after));
            if wants.changed {
                told.push(Difference { path: d.path.clone(), before: before.clone(), after: after.clone() });
            }
            self.pending.changes.push(change(ChangeKind::Changed, d.path, before, after));
        }
        if created && wants.created {
            self.pending.notes.push(Note::Created(hash));
        } else if !told.is_empty() {
            self.pending.notes.push(Note::Changed(hash, told));
        }
        let record = Record {
            asset: sighting.asset,
            references: sighting.references,
            scope: Arc::clone(self.known.key(index)),
            first_seen: old.as_ref().map_or(now, |o| o.first_seen),
            changed_at: old.as_ref().filter(|o| !changed && o.gone.is_none()).map_or(now, |o| o.changed_at),
            revision,
            run,
            gone: None,
        };
        if let Some(left) = entry.filter(|e| !e.gone && e.scope != index) {
            self.left.insert(left.scope);
        }
        self.known.set(hash, fresh);
        self.pending.records.insert(hash, record);
        (hash, if created { Staged::Created } else { Staged::Changed })
    }

    /// Writes the tombstone of a live record; says whether there was one to write.
    pub(super) fn entomb(&mut self, run: RunId, hash: u128, proof: Proof) -> bool {
        let Some(entry) = self.known.get(hash).filter(|e| !e.gone) else { return false };
        let Some(record) = self.key_of(hash).and_then(|key| self.stored(hash, &key)) else { return false };
        self.tombstone(run, hash, entry, record, proof);
        true
    }

    /// The same for many records. Their packs are read once each, not once per record.
    pub(super) fn entomb_all(&mut self, run: RunId, all: &[(u128, Proof)]) -> u64 {
        let mut buried = 0;
        for some in all.chunks(GROUP_RECORDS) {
            let keys: Vec<_> = some.iter().map(|(hash, _)| self.key_of(*hash)).collect();
            let wanted: Vec<RecordKey> = some
                .iter()
                .zip(&keys)
                .filter(|((hash, _), _)| self.unwritten(*hash).is_none())
                .filter_map(|(_, key)| key.clone())
                .collect();
            let Ok(records) = self.store.get_many(&wanted) else {
                // One of them cannot be read: the others can, one by one.
                buried += some.iter().filter(|(hash, proof)| self.entomb(run, *hash, *proof)).count() as u64;
                continue;
            };
            let mut read: HashMap<RecordKey, Option<Record>> = wanted.into_iter().zip(records).collect();
            for ((hash, proof), key) in some.iter().zip(keys) {
                let Some(entry) = self.known.get(*hash).filter(|e| !e.gone) else { continue };
                let pending = self.unwritten(*hash).cloned();
                let record = pending.or_else(|| key.and_then(|k| read.remove(&k)).flatten());
                let Some(record) = record else { continue };
                self.tombstone(run, *hash, entry, record, *proof);
                buried += 1;
            }
        }
        buried
    }

    fn tombstone(&mut self, run: RunId, hash: u128, entry: Entry, mut record: Record, proof: Proof) {
        let now = self.clock.now();
        let revision = self.revision.next();
        record.gone = Some(Gone { at: now, proof, run, revision });
        record.revision = revision;
        record.run = run;
        self.pending.changes.push(Change {
            revision,
            at: now,
            run,
            id: record.asset.key.id.clone(),
            kind: record.asset.kind.clone(),
            change: ChangeKind::Gone,
            path: String::new(),
            before: None,
            after: diff::payload(Some(Value::from(proof.as_str()))),
        });
        if self.notices.wants.gone {
            self.pending.notes.push(Note::Gone(hash, proof));
        }
        self.known.set(hash, Entry { gone: true, ..entry });
        self.pending.records.insert(hash, record);
    }

    /// A record that waits for its commit, or whose commit is on its way.
    fn unwritten(&self, hash: u128) -> Option<&Record> {
        let flying = || self.flight.as_ref().and_then(|flight| flight.record(hash));
        self.pending.records.get(hash).or_else(flying)
    }

    /// Reads ahead what a batch will be compared with: each pack of records once, not once a record.
    pub(super) fn read_ahead(&mut self, batch: &[Ready]) {
        self.ahead.clear();
        let keys: Vec<RecordKey> = batch
            .iter()
            .filter_map(|item| match item {
                Ready::Seen(seen) if seen.clean && self.known.get(seen.hash).is_some() => Some(&**seen),
                Ready::Seen(_) | Ready::Other(_) => None,
            })
            .filter(|seen| self.unwritten(seen.hash).is_none())
            .map(|seen| seen.key.clone())
            .collect();
        if keys.len() < 2 {
            return;
        }
        // What cannot be read is found out one by one.
        let Ok(records) = self.store.get_many(&keys) else { return };
        let records = keys.iter().zip(records).filter_map(|(key, record)| Some((key.hash128(), record?)));
        self.ahead = records.collect();
    }

    fn stored(&mut self, hash: u128, key: &RecordKey) -> Option<Record> {
        if let Some(record) = self.unwritten(hash) {
            return Some(record.clone());
        }
        if let Some(record) = self.ahead.remove(&hash) {
            return Some(record);
        }
        self.store.get(key).unwrap_or_else(|error| {
            self.hub.trouble(format!("a stored record could not be read and is written anew: {error}"));
            None
        })
    }

    /// The key of a record, committed or about to be.
    pub(super) fn key_of(&self, hash: u128) -> Option<RecordKey> {
        self.unwritten(hash).map(Record::record_key).or_else(|| self.index.key_of(hash))
    }
}
