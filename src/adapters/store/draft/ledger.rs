//! What a commit writes beside records: the states of scopes by page, manifests, runs, pins, changes, and
//! the history that leads back before it.

use std::collections::BTreeMap;

use cloudscope_domain::{AssetId, Pin, Revision, ScopeState};
use cloudscope_ports::{Commit, StoreError};

use super::{CHANGES_PER_CHUNK, Draft};
use crate::{
    before::Before,
    envelope::{self, Sealer},
    error::from_sled,
    layout::{Key, PINS},
    packing::{decode, encode},
    page::{self, Standing, page_of},
    pins,
};

impl Draft<'_> {
    pub(super) fn write_states(&mut self, commit: &Commit, sealer: &mut Sealer) -> Result<(), StoreError> {
        for state in &commit.scopes {
            let number = self.number(&state.scope.key);
            self.stand(number, Some(state), commit.revision)?;
        }
        for key in &commit.dropped {
            if let Some(number) = self.known.number(key).or_else(|| self.numbers.get(key).copied()) {
                self.stand(number, None, commit.revision)?;
            }
        }
        for (number, (page, old)) in std::mem::take(&mut self.pages) {
            let key = Key::Page(number).encode();
            let (value, sum) = sealer.seal(&key, commit.revision.0, &encode(&page)?)?;
            self.meta.pages = self.meta.pages.wrapping_sub(old).wrapping_add(sum);
            self.writes.insert(key, Some(value));
        }
        Ok(())
    }

    fn stand(
        &mut self,
        number: u32,
        state: Option<&ScopeState>,
        revision: Revision,
    ) -> Result<(), StoreError> {
        let page_number = page_of(number);
        if !self.pages.contains_key(&page_number) {
            let key = Key::Page(page_number).encode();
            let read = match self.db.get(&key).map_err(from_sled)? {
                None => (page::Page::new(), 0),
                Some(value) => {
                    let claimed = envelope::claimed(&value).unwrap_or_default();
                    let page = envelope::open(&key, &value).and_then(|opened| decode(&opened.body));
                    let page = page.unwrap_or_else(|flaw| {
                        self.damaged_pages.insert(page_number, flaw);
                        page::Page::new()
                    });
                    (page, claimed)
                }
            };
            self.pages.insert(page_number, read);
        }
        let Some((page, _)) = self.pages.get_mut(&page_number) else { return Ok(()) };
        let born = page::find(page, number).map_or(Revision(0), |s| s.born);
        let born = if born.0 == 0 { revision } else { born };
        let standing = Standing { number, born, written: revision, state: state.cloned() };
        let old = page::put(page, standing);
        self.before.state(old);
        let marked = self.manifests.get(&number).or_else(|| self.known.get(number).map(|s| &s.manifest));
        if marked.is_none_or(|m| (m.state != 0) != state.is_some()) {
            self.manifest(number)?.state = u128::from(state.is_some());
        }
        Ok(())
    }

    pub(super) fn write_manifests(&mut self, sealer: &mut Sealer) -> Result<(), StoreError> {
        for (number, manifest) in &self.manifests {
            let key = Key::Manifest(*number).encode();
            let (value, sum) = sealer.seal(&key, self.meta.revision.0, &encode(manifest)?)?;
            let old = self.known.get(*number).map_or(0, |s| s.sum);
            self.meta.manifests = self.meta.manifests.wrapping_sub(old).wrapping_add(sum);
            self.writes.insert(key, Some(value));
        }
        Ok(())
    }

    pub(super) fn write_runs(&mut self, commit: &Commit, sealer: &mut Sealer) -> Result<(), StoreError> {
        let runs: BTreeMap<_, _> = commit.runs.iter().map(|run| (run.id, run)).collect();
        for (id, run) in runs {
            let key = Key::Run(id.0).encode();
            let old = self.db.get(&key).map_err(from_sled)?;
            let old = old.as_deref().and_then(envelope::claimed).unwrap_or(0);
            let (value, sum) = sealer.seal(&key, commit.revision.0, &encode(run)?)?;
            self.meta.runs = self.meta.runs.wrapping_sub(old).wrapping_add(sum);
            self.writes.insert(key, Some(value));
        }
        Ok(())
    }

    pub(super) fn write_pins(&mut self, commit: &Commit, sealer: &mut Sealer) -> Result<(), StoreError> {
        if commit.pinned.is_empty() && commit.unpinned.is_empty() {
            return Ok(());
        }
        let mut pins: BTreeMap<AssetId, Pin> =
            pins::read(self.db)?.into_iter().map(|pin| (pin.id.clone(), pin)).collect();
        pins.extend(commit.pinned.iter().map(|pin| (pin.id.clone(), pin.clone())));
        for id in &commit.unpinned {
            pins.remove(id);
        }
        let pins: Vec<Pin> = pins.into_values().collect();
        let (value, sum) = sealer.seal(PINS, commit.revision.0, &encode(&pins)?)?;
        self.meta.pins = sum;
        self.writes.insert(PINS.to_vec(), Some(value));
        Ok(())
    }

    /// The changes, what leads back before the commit, and when it was made.
    pub(super) fn write_history(&mut self, commit: &Commit, sealer: &mut Sealer) -> Result<(), StoreError> {
        let revision = commit.revision.0;
        let mut chunks = Vec::new();
        for (chunk, changes) in commit.changes.chunks(CHANGES_PER_CHUNK).enumerate() {
            // A commit has far fewer than 2^32 thousand changes.
            let key = Key::Changes { revision, chunk: chunk as u32 }.encode();
            let (value, sum) = sealer.seal(&key, revision, &encode(&changes)?)?;
            self.meta.changed = self.meta.changed.wrapping_add(sum);
            chunks.push(((key, value), sum));
        }
        let count = commit.changes.len() as u64;
        self.meta.changes += count;
        let before: Before = std::mem::take(&mut self.before);
        let values = before.seal(revision, commit.at, (count, &chunks), sealer)?;
        for (key, value) in chunks.into_iter().map(|(named, _)| named).chain(values) {
            self.meta.history_bytes += (key.len() + value.len()) as u64;
            self.writes.insert(key, Some(value));
        }
        let (key, block) = self.times.with(revision, commit.at);
        let key = key.encode();
        let (value, _) = sealer.seal(&key, revision, &encode(&block)?)?;
        self.writes.insert(key, Some(value));
        Ok(())
    }
}
