//! Reading how scopes stand, stood, and how the attempts at one of them ended.

use std::collections::BTreeMap;

use cloudscope_domain::{Attempt, Revision, ScopeKey, ScopeState};
use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::{self, Flaw},
    layout::{Key, PAGES},
    lost::{downgraded, unknown},
    overlay::{self, Failure, walk},
    packing::decode,
    page::{self, Page, Standing, page_of},
    store::SledStore,
};

fn broken(revision: u64, flaw: Flaw) -> Failure {
    Failure::Broken { revision, why: flaw.to_string() }
}

/// The standings that a commit replaced.
fn replaced(db: &sled::Db, revision: u64, first: u32) -> Result<Page, Failure> {
    let body = overlay::value(db, revision, Key::States { revision, first })?;
    decode(&body).map_err(|flaw| broken(revision, flaw))
}

/// How one scope stood before a commit that wrote its state.
fn before(db: &sled::Db, revision: u64, number: u32) -> Result<Standing, Failure> {
    let key = Key::Step(revision).encode();
    let value = engine::get(db, &key)?.ok_or_else(|| broken(revision, Flaw::Missing))?;
    let step = overlay::step(&key, &value).map_err(|flaw| broken(revision, flaw))?;
    let at = step.states.partition_point(|first| *first <= number);
    let first = at.checked_sub(1).and_then(|n| step.states.get(n)).copied();
    let first = first.ok_or_else(|| broken(revision, Flaw::Content))?;
    let page = replaced(db, revision, first)?;
    page::find(&page, number).cloned().ok_or_else(|| broken(revision, Flaw::Content))
}

impl SledStore {
    /// How every scope stands. Those whose page is damaged stand as unknown, and count as written by a
    /// commit that is yet to come.
    fn standings(&self, db: &sled::Db) -> Result<BTreeMap<u32, Standing>, StoreError> {
        let mut standings = BTreeMap::new();
        let mut bad = Vec::new();
        for pair in engine::scan(db, PAGES) {
            let (key, value) = pair?;
            let Some(Key::Page(number)) = Key::decode(&key) else { continue };
            match envelope::open(&key, &value).and_then(|o| decode::<Page>(&o.body)) {
                Ok(page) => standings.extend(page.into_iter().map(|s| (s.number, s))),
                Err(flaw) => bad.push((number, flaw)),
            }
        }
        let flaw_of = |number: u32| {
            let page = page_of(number);
            bad.iter().find(|(p, _)| *p == page).map_or(Flaw::Missing, |(_, flaw)| *flaw)
        };
        let missing: Vec<(u32, ScopeKey)> = {
            let tables = self.tables();
            let stated = tables.scopes.iter().filter(|(_, s)| s.manifest.state != 0);
            let without = stated.filter(|(n, _)| standings.get(n).is_none_or(|s| s.state.is_none()));
            without.map(|(n, s)| (n, s.manifest.key.clone())).collect()
        };
        for (number, key) in missing {
            self.writer().note(Some(key.clone()), format!("the state: {}", flaw_of(number)), None);
            let written = Revision(u64::MAX);
            let state = Some(unknown(key));
            standings.insert(number, Standing { number, born: Revision(0), written, state });
        }
        Ok(standings)
    }

    /// What is told of states that may have lost records.
    fn told(&self, states: impl Iterator<Item = ScopeState>) -> Vec<ScopeState> {
        let lost = self.writer().lost.clone();
        states.map(|state| if lost.contains(&state.scope.key) { downgraded(state) } else { state }).collect()
    }

    pub(crate) fn states(&self) -> Result<Vec<ScopeState>, StoreError> {
        let db = self.reading()?;
        let standings = self.standings(&db)?;
        Ok(self.told(standings.into_values().filter_map(|s| s.state)))
    }

    pub(crate) fn states_past(&self, revision: Revision) -> Result<Vec<ScopeState>, StoreError> {
        self.within(revision)?;
        let db = self.reading()?;
        let newest = self.current();
        if revision >= newest {
            return self.states();
        }
        let mut states: BTreeMap<u32, ScopeState> = BTreeMap::new();
        let mut later: BTreeMap<u32, Standing> = BTreeMap::new();
        for (number, standing) in self.standings(&db)? {
            if standing.written > revision {
                // What was not yet born is not looked for.
                if standing.born <= revision {
                    later.insert(number, standing);
                }
            } else if let Some(state) = standing.state {
                states.insert(number, state);
            }
        }
        // Usually the first run after that revision wrote all of them, and the walk ends with it.
        let end = self.current().0;
        let mut walk_on = !later.is_empty();
        if walk_on {
            walk(&db, revision.0, end, &mut |revision, step| {
                for first in &step.states {
                    for old in replaced(&db, revision, *first)? {
                        if later.remove(&old.number).is_some()
                            && let Some(state) = old.state
                        {
                            states.insert(old.number, state);
                        }
                    }
                    if later.is_empty() {
                        walk_on = false;
                        break;
                    }
                }
                Ok(walk_on)
            })
            .map_err(|failure| self.broke(failure))?;
        }
        // Nothing wrote these since, and what they are now cannot be read.
        states.extend(later.into_iter().filter_map(|(number, standing)| Some((number, standing.state?))));
        Ok(self.told(states.into_values()))
    }

    pub(crate) fn attempts_at(&self, scope: &ScopeKey, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        let Some(number) = self.tables().scopes.number(scope) else { return Ok(Vec::new()) };
        let db = self.reading()?;
        let key = Key::Page(page_of(number)).encode();
        let Some(value) = engine::get(&db, &key)? else { return Ok(Vec::new()) };
        let page: Page = envelope::open(&key, &value)
            .and_then(|opened| decode(&opened.body))
            .map_err(|flaw| StoreError::Damaged(format!("the state of {scope}: {flaw}; collect it again")))?;
        let mut next = page::find(&page, number).cloned();
        let mut attempts = Vec::new();
        while let Some(standing) = next.take().filter(|_| attempts.len() < limit) {
            if let Some(state) = &standing.state {
                attempts.push(Attempt::of(standing.written, state));
            }
            // What the oldest known commit replaced is not kept.
            if standing.written > self.oldest_known().0 && attempts.len() < limit {
                match before(&db, standing.written.0, number) {
                    Ok(standing) => next = (standing.written.0 > 0).then_some(standing),
                    Err(failure) => match self.broke(failure) {
                        // Retention went on meanwhile.
                        StoreError::Forgotten { .. } => {}
                        error => return Err(error),
                    },
                }
            }
        }
        Ok(attempts)
    }
}
