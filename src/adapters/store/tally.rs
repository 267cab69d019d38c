//! Counts and verifies values in any order, then holds what was found against what should be there:
//! the side file, the meta value, the manifests, the steps. Says what is wrong, which scopes lost
//! something, and back to which commit the history is whole.

pub(crate) mod past;

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{Pin, Record, ScopeKey};
use cloudscope_ports::Finding;

use crate::{
    envelope::{self, Flaw, Sum},
    former,
    head::Head,
    layout::Key,
    meta::{Counted, Manifest, Meta},
    packing::decode,
    page::{Page, page_of},
    segment,
};
use past::{Past, Torn};

/// What was found so far.
#[derive(Default)]
pub(crate) struct Tally {
    /// Values, good ones and bad ones.
    pub values: u64,
    /// Records in good segments.
    pub records: u64,
    /// The newest revision that any value bears.
    pub newest: u64,
    pub meta: Option<Meta>,
    /// The account is one of format 1, with this root.
    former: Option<Sum>,
    pub scopes: BTreeMap<u32, Scope>,
    /// Pages, with the commits that wrote them.
    pages: BTreeMap<u32, u64>,
    pages_sum: Sum,
    bad_pages: BTreeSet<u32>,
    pub pins: Sum,
    pub runs: Sum,
    pub changed: Sum,
    pub changes: u64,
    pub past: Past,
    /// Bad values that belong to no scope, in words.
    strays: Vec<String>,
    /// What is large is not looked into: its checksum tells whether it is what was written.
    brief: bool,
}

/// What was found of one scope.
#[derive(Default)]
pub(crate) struct Scope {
    pub manifest: Option<(Manifest, Sum)>,
    /// The checksum of a state of format 1.
    former_state: Sum,
    /// A page has a state of it.
    pub stated: bool,
    pub counted: Counted,
    /// The name, from whatever bears it.
    pub key: Option<ScopeKey>,
    pub next_segment: u32,
    flaws: Vec<String>,
}

/// Which scopes lost something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    Nothing,
    /// These, and no others.
    Scopes(BTreeSet<u32>),
    /// It cannot be told.
    Anything,
}

/// What is wrong.
pub(crate) struct Verdict {
    pub findings: Vec<Finding>,
    pub lost: Lost,
    /// The history up to there is not whole.
    pub torn: Option<Torn>,
    /// Nothing is lost and there is nothing that does not belong here.
    pub intact: bool,
}

/// Findings of one kind that are told one by one; the rest is counted.
const TOLD: usize = 20;

impl Tally {
    /// One that only finds out whether everything is there and as it was written.
    pub(crate) fn brief() -> Self {
        Self { brief: true, ..Self::default() }
    }

    /// Takes a segment or changes by their checksums. What they hold is counted at the end, by what they
    /// should hold.
    fn take_brief(&mut self, name: Key, key: &[u8], value: &[u8]) -> Result<(), Flaw> {
        let (sum, revision) = envelope::verified(key, value)?;
        match name {
            Key::Segment(place) => self.scope(place.scope).counted.add(0, 0, sum),
            Key::Changes { revision, .. } => {
                self.changed = self.changed.wrapping_add(sum);
                self.past.count(revision, sum);
            }
            Key::Records { revision, .. } => self.past.count(revision, sum),
            _ => {}
        }
        self.newest = self.newest.max(revision);
        Ok(())
    }

    /// Whether everything is there and as it was written, when only that was looked at.
    pub(crate) fn proves_intact(mut self, head: Option<Head>) -> bool {
        for scope in self.scopes.values_mut() {
            let Some((manifest, _)) = &scope.manifest else { continue };
            let expected = Counted::from(manifest);
            // The same values hold the same records.
            if (scope.counted.segments, scope.counted.sum) == (expected.segments, expected.sum) {
                scope.counted = expected;
            }
        }
        if let Some(meta) = self.meta.filter(|meta| meta.changed == self.changed) {
            self.changes = meta.changes;
        }
        self.judge(head).intact
    }

    /// Takes one value. Returns whether it is good.
    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) -> bool {
        self.values += 1;
        let Some(name) = Key::decode(key) else {
            self.strays.push("a value has a name that this program does not write".into());
            return false;
        };
        match self.take(name, key, value) {
            Ok(()) => true,
            Err(flaw) => {
                if let Some(revision) = name.of_commit() {
                    self.past.flaw(revision, flaw);
                }
                match name {
                    Key::Manifest(n) => self.scope(n).flaws.push(format!("the manifest: {flaw}")),
                    Key::FormerState(n) => self.scope(n).flaws.push(format!("the state: {flaw}")),
                    Key::Page(n) => {
                        self.bad_pages.insert(n);
                    }
                    Key::Pins => self.strays.push(format!("the pins: {flaw}")),
                    Key::Times(n) => self.strays.push(format!("block {n} of the times of revisions: {flaw}")),
                    Key::Step(revision) | Key::Records { revision, .. } | Key::States { revision, .. } => {
                        self.strays.push(format!("the history of revision {revision}: {flaw}"));
                    }
                    Key::Segment(p) => {
                        self.scope(p.scope).flaws.push(format!("segment {}: {flaw}", p.segment));
                    }
                    Key::Meta => self.strays.push(format!("the account of the store: {flaw}")),
                    Key::Run(n) => self.strays.push(format!("run {n}: {flaw}")),
                    Key::Changes { revision, .. } => {
                        self.strays.push(format!("the changes of revision {revision}: {flaw}"));
                    }
                }
                false
            }
        }
    }

    /// Takes what was found in another part of the store. No value is in both.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self {
            values,
            records,
            newest,
            meta,
            former,
            scopes,
            pages,
            pages_sum,
            bad_pages,
            pins,
            runs,
            changed,
            changes,
            past,
            mut strays,
            brief: _,
        } = other;
        self.values += values;
        self.records += records;
        self.newest = self.newest.max(newest);
        self.meta = meta.or(self.meta.take());
        self.former = former.or(self.former);
        for (number, scope) in scopes {
            self.scope(number).merge(scope);
        }
        self.pages.extend(pages);
        self.pages_sum = self.pages_sum.wrapping_add(pages_sum);
        self.bad_pages.extend(bad_pages);
        self.pins = self.pins.wrapping_add(pins);
        self.runs = self.runs.wrapping_add(runs);
        self.changed = self.changed.wrapping_add(changed);
        self.changes += changes;
        self.past.merge(past);
        self.strays.append(&mut strays);
    }

    fn scope(&mut self, number: u32) -> &mut Scope {
        self.scopes.entry(number).or_default()
    }

    fn take(&mut self, name: Key, key: &[u8], value: &[u8]) -> Result<(), Flaw> {
        if self.brief && matches!(name, Key::Segment(_) | Key::Changes { .. } | Key::Records { .. }) {
            return self.take_brief(name, key, value);
        }
        let opened = envelope::open(key, value)?;
        match name {
            Key::Meta => {
                let (meta, root) = former::meta(&opened)?;
                self.former = (opened.format == 1).then_some(root);
                self.meta = Some(meta);
            }
            Key::Manifest(n) => {
                let manifest: Manifest = decode(&opened.body)?;
                let scope = self.scope(n);
                scope.key = Some(manifest.key.clone());
                scope.next_segment = scope.next_segment.max(manifest.next_segment);
                scope.manifest = Some((manifest, opened.sum));
            }
            Key::FormerState(n) => {
                let state = former::state(&opened.body)?;
                let scope = self.scope(n);
                scope.former_state = opened.sum;
                scope.key.get_or_insert(state.scope.key);
            }
            Key::Page(n) => {
                let page: Page = decode(&opened.body)?;
                if page.iter().any(|s| page_of(s.number) != n) {
                    return Err(Flaw::Content);
                }
                self.pages.insert(n, opened.revision);
                self.pages_sum = self.pages_sum.wrapping_add(opened.sum);
                for standing in page {
                    let Some(state) = standing.state else { continue };
                    let scope = self.scope(standing.number);
                    scope.stated = true;
                    scope.key.get_or_insert(state.scope.key);
                }
            }
            Key::Pins => {
                decode::<Vec<Pin>>(&opened.body)?;
                self.pins = opened.sum;
            }
            Key::Segment(place) => {
                let parts = segment::parts(&opened.body)?;
                let gone = parts.iter().filter(|(gone, _)| *gone).count();
                let first: Option<Record> = match (parts.first(), self.scope(place.scope).key.is_none()) {
                    (Some((_, bytes)), true) => Some(segment::record(bytes)?),
                    _ => None,
                };
                self.records += parts.len() as u64;
                let scope = self.scope(place.scope);
                scope.counted.add(parts.len(), gone, opened.sum);
                scope.next_segment = scope.next_segment.max(place.segment.saturating_add(1));
                if let Some(record) = first {
                    scope.key = Some((*record.scope).clone());
                }
            }
            Key::Run(_) => {
                former::run(&opened.body, opened.revision)?;
                self.runs = self.runs.wrapping_add(opened.sum);
            }
            Key::Changes { .. } => {
                let changes: Vec<cloudscope_domain::Change> = decode(&opened.body)?;
                self.changed = self.changed.wrapping_add(opened.sum);
                self.changes += changes.len() as u64;
                self.past.part(name, &opened);
            }
            Key::Step(_) | Key::Records { .. } | Key::States { .. } | Key::Times(_) => {
                self.past.take(name, &opened)?;
            }
        }
        self.newest = self.newest.max(opened.revision);
        Ok(())
    }

    /// Holds what was found against what should be there. `head` is what the side file says, if it can
    /// be read.
    pub(crate) fn judge(&self, head: Option<Head>) -> Verdict {
        let mut verdict = Verdict { findings: Vec::new(), lost: Lost::Nothing, torn: None, intact: true };
        match &self.meta {
            Some(meta) => self.against_meta(meta, head, &mut verdict),
            None if self.values == 0 && head.is_none_or(|h| h.revision.0 == 0) => {}
            None => verdict.anything(match head {
                Some(head) => format!(
                    "acknowledged commits are missing: revision {} was acknowledged, the store has no account of any",
                    head.revision
                ),
                None => "the store has no account of what it should contain".into(),
            }),
        }
        let pages = self.judge_pages(&mut verdict);
        for (number, scope) in &self.scopes {
            let former = self.former.is_some();
            scope.judge(*number, former, pages.contains(&page_of(*number)), &mut verdict);
        }
        let more = self.strays.len().saturating_sub(TOLD);
        for stray in self.strays.iter().take(TOLD) {
            verdict.other(stray.clone());
        }
        if more > 0 {
            verdict.other(format!("{more} more values are damaged"));
        }
        verdict
    }

    fn against_meta(&self, meta: &Meta, head: Option<Head>, verdict: &mut Verdict) {
        if let Some(head) = head {
            if meta.sequence < head.sequence {
                verdict.anything(format!(
                    "acknowledged commits are missing: the store ends at revision {}, revision {} was acknowledged",
                    meta.revision, head.revision
                ));
            } else if meta.sequence == head.sequence && self.root(meta) != head.root {
                verdict.anything(format!("revision {} is not the one that was acknowledged", meta.revision));
            }
        }
        let manifests = self.scopes.values().filter_map(|s| s.manifest.as_ref());
        if manifests.fold(0, |sum: Sum, (_, s)| sum.wrapping_add(*s)) != meta.manifests {
            verdict.anything("the account of at least one scope is lost or old".into());
        }
        if self.runs != meta.runs {
            verdict.other("records of runs are lost or old".into());
        }
        if self.pins != meta.pins {
            verdict.other("pins are lost or old".into());
        }
        if self.changed != meta.changed || self.changes != meta.changes {
            verdict.other(format!(
                "the history of changes is not whole: {} of {} changes are there",
                self.changes, meta.changes
            ));
        }
        if self.former.is_some() {
            return;
        }
        verdict.torn = self.past.torn(meta);
        if let Some(torn) = &verdict.torn {
            verdict.other(format!(
                "the history of revision {} cannot be read ({}); what was before it is not known any more",
                torn.revision, torn.why
            ));
        }
        if !self.past.times_agree(meta) {
            verdict.other("the times of revisions are lost or old; they are written anew".into());
        }
    }

    fn root(&self, meta: &Meta) -> Sum {
        self.former.unwrap_or_else(|| meta.root())
    }

    /// Which pages are damaged, missing or old. When that cannot be told, every scope counts as lost.
    fn judge_pages(&self, verdict: &mut Verdict) -> BTreeSet<u32> {
        let mut wrong = self.bad_pages.clone();
        let Some(meta) = self.meta.as_ref().filter(|_| self.former.is_none()) else { return wrong };
        for (page, written) in &self.past.pages {
            // What the history says of commits that are not known any more says nothing of the page.
            if *written > meta.oldest.0 && self.pages.get(page).is_some_and(|w| w != written) {
                wrong.insert(*page);
            }
        }
        let stated =
            self.scopes.iter().filter(|(_, s)| s.manifest.as_ref().is_some_and(|(m, _)| m.state != 0));
        wrong.extend(stated.filter(|(_, s)| !s.stated).map(|(number, _)| page_of(*number)));
        if self.pages_sum != meta.pages && wrong.is_empty() {
            verdict.anything("the state of at least one scope is lost or old".into());
        }
        wrong
    }
}

impl Scope {
    fn merge(&mut self, other: Self) {
        let Self { manifest, former_state, stated, counted, key, next_segment, mut flaws } = other;
        self.manifest = manifest.or(self.manifest.take());
        self.former_state = self.former_state.wrapping_add(former_state);
        self.stated |= stated;
        self.counted.merge(counted);
        self.key = self.key.take().or(key);
        self.next_segment = self.next_segment.max(next_segment);
        self.flaws.append(&mut flaws);
    }

    fn judge(&self, number: u32, former: bool, page: bool, verdict: &mut Verdict) {
        let expected = self.manifest.as_ref().map(|(m, _)| (Counted::from(m), m.state));
        let mut wrong = self.flaws.clone();
        let mut missing = None;
        match expected {
            None => wrong.insert(0, "it has no account of what it should contain".into()),
            Some((counted, state)) => {
                if counted != self.counted {
                    let lost = counted.records.saturating_sub(self.counted.records);
                    missing = Some(lost);
                    wrong.insert(
                        0,
                        if lost == 0 {
                            "records are old".into()
                        } else {
                            format!("{lost} of {} records are missing", counted.records)
                        },
                    );
                }
                let old = if former { state != self.former_state } else { page && state != 0 };
                if old && self.flaws.is_empty() {
                    wrong.push("its state is lost or old".into());
                }
            }
        }
        if wrong.is_empty() {
            return;
        }
        wrong.truncate(TOLD);
        verdict.intact = false;
        if let Lost::Nothing = verdict.lost {
            verdict.lost = Lost::Scopes(BTreeSet::new());
        }
        if let Lost::Scopes(scopes) = &mut verdict.lost {
            scopes.insert(number);
        }
        verdict.findings.push(Finding {
            what: wrong.join("; "),
            scope: self.key.clone(),
            records: missing,
            remedy: "collect this scope again".into(),
        });
    }
}

impl Verdict {
    fn anything(&mut self, what: String) {
        self.lost = Lost::Anything;
        self.intact = false;
        self.findings.push(Finding {
            what,
            scope: None,
            records: None,
            remedy: "every scope counts as not read whole until it is collected again".into(),
        });
    }

    fn other(&mut self, what: String) {
        self.intact = false;
        self.findings.push(Finding {
            what,
            scope: None,
            records: None,
            remedy: "no asset is affected; what is lost of it cannot be had again".into(),
        });
    }
}
