//! Counts the history, and tells back to which commit it is whole.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{Revision, Timestamp};

use crate::{
    envelope::{Flaw, Opened, Sum},
    layout::Key,
    meta::Meta,
    packing::decode,
    page::{Page, page_of},
    segment,
    step::Step,
    times::Block,
};

/// What a step promises.
struct Promise {
    at: Timestamp,
    parts: Sum,
}

/// The history that was found.
#[derive(Default)]
pub(crate) struct Past {
    steps: BTreeMap<u64, Promise>,
    /// Sum over the values of each commit.
    found: BTreeMap<u64, Sum>,
    times: BTreeMap<u64, Timestamp>,
    /// The last commit that wrote each page, as far as the history tells.
    pub pages: BTreeMap<u32, u64>,
    flaws: BTreeMap<u64, Flaw>,
    /// Scopes that the history speaks of.
    pub scopes: BTreeSet<u32>,
}

/// Up to which commit the history is not whole, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    pub revision: u64,
    pub why: String,
}

impl Past {
    /// Takes a value of a commit's history, other than its changes.
    pub(crate) fn take(&mut self, name: Key, opened: &Opened) -> Result<(), Flaw> {
        match name {
            Key::Step(revision) => {
                let step: Step = decode(&opened.body)?;
                if !step.consistent() {
                    return Err(Flaw::Content);
                }
                self.scopes.extend(step.replaced.iter().map(|r| r.scope));
                self.steps.insert(revision, Promise { at: step.at, parts: step.parts });
            }
            Key::Records { .. } => {
                segment::parts(&opened.body)?;
                self.part(name, opened);
            }
            Key::States { revision, .. } => {
                let states: Page = decode(&opened.body)?;
                for standing in &states {
                    self.scopes.insert(standing.number);
                    let last = self.pages.entry(page_of(standing.number)).or_default();
                    *last = revision.max(*last);
                }
                self.part(name, opened);
            }
            Key::Times(_) => {
                let block: Block = decode(&opened.body)?;
                self.times.extend(block.pairs());
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts a value with its commit.
    pub(crate) fn part(&mut self, name: Key, opened: &Opened) {
        if let Some(revision) = name.of_commit() {
            self.count(revision, opened.sum);
        }
    }

    /// Counts the checksum of a value of a commit.
    pub(crate) fn count(&mut self, revision: u64, value: Sum) {
        let sum = self.found.entry(revision).or_default();
        *sum = sum.wrapping_add(value);
    }

    /// Takes what was found in another part of the store.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self { steps, found, times, pages, flaws, scopes } = other;
        self.steps.extend(steps);
        for (revision, sum) in found {
            self.count(revision, sum);
        }
        self.times.extend(times);
        for (page, revision) in pages {
            let last = self.pages.entry(page).or_default();
            *last = revision.max(*last);
        }
        for (revision, flaw) in flaws {
            self.flaw(revision, flaw);
        }
        self.scopes.extend(scopes);
    }

    /// Notes a value that is not what was written.
    pub(crate) fn flaw(&mut self, revision: u64, flaw: Flaw) {
        self.flaws.entry(revision).or_insert(flaw);
    }

    /// The last commit whose history is not whole.
    pub(crate) fn torn(&self, meta: &Meta) -> Option<Torn> {
        let why = |revision: u64| match self.steps.get(&revision) {
            _ if self.flaws.contains_key(&revision) => self.flaws.get(&revision).map(Flaw::to_string),
            None => Some(Flaw::Missing.to_string()),
            Some(promise) => {
                let found = self.found.get(&revision).copied().unwrap_or_default();
                (found != promise.parts).then(|| "values of it are missing".to_owned())
            }
        };
        let mut revisions = (meta.oldest.0 + 1..=meta.revision.0).rev();
        revisions.find_map(|revision| why(revision).map(|why| Torn { revision, why }))
    }

    /// Whether every commit after a revision is in the index of times as its step says.
    pub(crate) fn times_agree(&self, meta: &Meta) -> bool {
        self.steps
            .range(meta.oldest.0 + 1..)
            .all(|(revision, promise)| self.times.get(revision) == Some(&promise.at))
    }

    /// When a commit was made.
    pub(crate) fn at(&self, revision: u64) -> Option<Timestamp> {
        self.steps.get(&revision).map(|s| s.at)
    }

    /// Every commit after a revision, with its time.
    pub(crate) fn after(&self, revision: Revision) -> impl Iterator<Item = (u64, Timestamp)> + '_ {
        self.steps.range(revision.0 + 1..).map(|(revision, step)| (*revision, step.at))
    }
}
