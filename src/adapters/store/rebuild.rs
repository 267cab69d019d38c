//! Makes the account of a store anew from the values that are there: after damage, and to bring a store
//! of format 1 to this one. What follows from the records, states and steps is written again; the
//! history is kept back to where it is whole.
//!
//! Where nothing was lost it is one atomic batch, so that a store can be migrated in its place.

use std::collections::BTreeMap;

use cloudscope_domain::{Revision, Timestamp};
use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::{self, Sealer},
    former,
    head::Head,
    layout::{CHANGES, FORMER_STATES, Key, META, PAGES, RECORDS, RUNS, STATES, STEPS, TIMES},
    lost::{downgraded, unknown},
    meta::{Manifest, Meta},
    packing::{decode, encode},
    page::{self, Page, Standing, page_of},
    step::Step,
    survey::survey,
    tally::{Lost, Tally, Verdict},
    times::{Block, block_of},
    twins::drop_older_twins,
};

/// What is written.
struct Rebuild<'a> {
    db: &'a sled::Db,
    sealer: Sealer,
    revision: u64,
    meta: Meta,
    values: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// Rebuilds the store in `db`, whose values are sound. `old` and `verdict` are what was found where they
/// came from.
pub(crate) fn rebuild(
    db: &sled::Db,
    old: &Tally,
    verdict: &Verdict,
    head: Option<Head>,
) -> Result<(), StoreError> {
    let account = old.meta.unwrap_or_default();
    let last = old.newest.max(account.revision.0).max(head.map_or(0, |h| h.revision.0));
    // Numbers that were acknowledged are never given out again, and this is a commit of its own: a side
    // file that was not yet written again is then seen to be the older one.
    let revision = last.saturating_add(1);
    let sequence = account.sequence.max(head.map_or(0, |h| h.sequence)).max(last).saturating_add(1);
    let whole = verdict.lost == Lost::Nothing && last == account.revision.0;
    // What was lost of today was lost of all its past.
    let (oldest, oldest_at) = match &verdict.torn {
        _ if !whole => (Revision(revision), account.at),
        Some(torn) => (Revision(torn.revision), old.past.at(torn.revision).unwrap_or(account.at)),
        None => (account.oldest, account.oldest_at),
    };
    let meta =
        Meta { revision: Revision(revision), at: account.at, sequence, oldest, oldest_at, ..Meta::default() };
    let mut build = Rebuild { db, sealer: Sealer::new()?, revision, meta, values: Vec::new() };
    if verdict.lost != Lost::Nothing {
        drop_older_twins(db, revision, &mut build.sealer)?;
    }
    let now = survey(db)?;
    let stated = build.states(old, &verdict.lost, whole)?;
    build.manifests(old, &now, &stated)?;
    build.runs()?;
    build.meta.pins = now.pins;
    build.meta.changed = now.changed;
    build.meta.changes = now.changes;
    build.history(whole)?;
    let commits = now.past.after(oldest).filter(|_| whole);
    build.times(commits)?;
    let (value, _) = build.sealer.seal(META, revision, &encode(&build.meta)?)?;
    build.values.push((META.to_vec(), Some(value)));
    engine::write(db, build.values.iter().map(|(k, v)| (&**k, v.as_deref())))
}

impl Rebuild<'_> {
    fn put(&mut self, key: Key, body: &[u8]) -> Result<envelope::Sum, StoreError> {
        let key = key.encode();
        let (value, sum) = self.sealer.seal(&key, self.revision, body)?;
        self.values.push((key, Some(value)));
        Ok(sum)
    }

    /// The states: those of format 1 become pages, those of scopes that lost something say so. Returns
    /// which scopes have one.
    fn states(&mut self, old: &Tally, lost: &Lost, whole: bool) -> Result<Vec<u32>, StoreError> {
        let mut standings: BTreeMap<u32, Standing> = BTreeMap::new();
        for pair in engine::scan(self.db, FORMER_STATES) {
            let (key, value) = pair?;
            if let (Some(Key::FormerState(number)), Ok(opened)) =
                (Key::decode(&key), envelope::open(&key, &value))
                && let Ok(state) = former::state(&opened.body)
            {
                let written = Revision(opened.revision);
                standings.insert(number, Standing { number, born: written, written, state: Some(state) });
            }
            self.values.push((key.to_vec(), None));
        }
        let mut anew = !standings.is_empty() || !whole;
        for pair in engine::scan(self.db, PAGES) {
            let (key, value) = pair?;
            let Ok(opened) = envelope::open(&key, &value) else { continue };
            let page: Page = decode(&opened.body).unwrap_or_default();
            standings.extend(page.into_iter().map(|s| (s.number, s)));
            self.meta.pages = self.meta.pages.wrapping_add(opened.sum);
        }
        for (number, scope) in &old.scopes {
            let hit = match lost {
                Lost::Nothing => false,
                Lost::Scopes(numbers) => numbers.contains(number),
                Lost::Anything => true,
            };
            let Some(name) = scope.key.clone().filter(|_| hit) else { continue };
            let standing = standings.entry(*number).or_insert_with(|| Standing::none(*number));
            let state = standing.state.take().map_or_else(|| unknown(name), downgraded);
            let written = Revision(self.revision);
            let born = if standing.born.0 == 0 { written } else { standing.born };
            *standing = Standing { number: *number, born, written, state: Some(state) };
            anew = true;
        }
        let stated = standings.values().filter(|s| s.state.is_some()).map(|s| s.number).collect();
        if anew {
            self.meta.pages = 0;
            let mut pages: BTreeMap<u32, Page> = BTreeMap::new();
            for (number, standing) in standings {
                page::put(pages.entry(page_of(number)).or_default(), standing);
            }
            for (number, page) in pages {
                let sum = self.put(Key::Page(number), &encode(&page)?)?;
                self.meta.pages = self.meta.pages.wrapping_add(sum);
            }
        }
        Ok(stated)
    }

    fn manifests(&mut self, old: &Tally, now: &Tally, stated: &[u32]) -> Result<(), StoreError> {
        let mut scopes: BTreeMap<u32, Manifest> = BTreeMap::new();
        for (number, scope) in &now.scopes {
            // A scope without a name has neither segments nor a state: there is nothing of it.
            let Some(name) = old.scopes.get(number).and_then(|s| s.key.clone()).or_else(|| scope.key.clone())
            else {
                self.values.push((Key::Manifest(*number).encode(), None));
                continue;
            };
            let manifest = Manifest {
                records: scope.counted.records,
                gone: scope.counted.gone,
                segments: scope.counted.segments,
                next_segment: scope.next_segment,
                sum: scope.counted.sum,
                ..Manifest::new(name)
            };
            scopes.insert(*number, manifest);
        }
        for number in stated {
            let name = old.scopes.get(number).and_then(|s| s.key.clone());
            if let Some(name) = name {
                scopes.entry(*number).or_insert_with(|| Manifest::new(name)).state = 1;
            }
        }
        for (number, manifest) in scopes {
            let sum = self.put(Key::Manifest(number), &encode(&manifest)?)?;
            self.meta.manifests = self.meta.manifests.wrapping_add(sum);
            self.meta.next_scope = self.meta.next_scope.max(number.saturating_add(1));
        }
        Ok(())
    }

    /// The runs; those of format 1 are written in today's shape.
    fn runs(&mut self) -> Result<(), StoreError> {
        for pair in engine::scan(self.db, RUNS) {
            let (key, value) = pair?;
            let Ok(opened) = envelope::open(&key, &value) else { continue };
            let mut sum = opened.sum;
            if opened.format == 1
                && let Some(name) = Key::decode(&key)
                && let Ok(run) = former::run(&opened.body, opened.revision)
            {
                sum = self.put(name, &encode(&run)?)?;
            }
            self.meta.runs = self.meta.runs.wrapping_add(sum);
        }
        Ok(())
    }

    /// Drops what nothing can be told from, and adds the step of this commit, which changes no record.
    fn history(&mut self, whole: bool) -> Result<(), StoreError> {
        for prefix in [STEPS, RECORDS, STATES, CHANGES] {
            for pair in engine::scan(self.db, prefix) {
                let (key, value) = pair?;
                let revision = Key::decode(&key).and_then(Key::of_commit).unwrap_or_default();
                if prefix == CHANGES || revision > self.meta.oldest.0 {
                    self.meta.history_bytes += (key.len() + value.len()) as u64;
                } else {
                    self.values.push((key.to_vec(), None));
                }
            }
        }
        if whole {
            let step = Step { at: self.meta.at, ..Step::default() };
            self.put(Key::Step(self.revision), &encode(&step)?)?;
            if let Some((key, Some(value))) = self.values.last() {
                self.meta.history_bytes += (key.len() + value.len()) as u64;
            }
        }
        Ok(())
    }

    /// When each commit was made, from their steps.
    fn times(&mut self, commits: impl Iterator<Item = (u64, Timestamp)>) -> Result<(), StoreError> {
        let mut blocks: BTreeMap<u64, Block> = BTreeMap::new();
        let own = (self.revision > self.meta.oldest.0).then_some((self.revision, self.meta.at));
        for (revision, at) in commits.chain(own) {
            blocks.entry(block_of(revision)).or_default().push(revision, at);
        }
        for pair in engine::scan(self.db, TIMES) {
            self.values.push((pair?.0.to_vec(), None));
        }
        for (number, block) in blocks {
            self.put(Key::Times(number), &encode(&block)?)?;
        }
        Ok(())
    }
}
