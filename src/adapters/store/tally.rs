//! Counts and verifies values in any order, then holds what was found against what should be there:
//! the side file, the meta value, the manifests. Says what is wrong, and which scopes lost something.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{Record, ScopeKey, ScopeState};
use cloudscope_ports::Finding;

use crate::{
    envelope::{self, Flaw, Sum},
    head::Head,
    layout::Key,
    meta::{Counted, Manifest, Meta},
    segment,
};

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
    pub scopes: BTreeMap<u32, Scope>,
    pub runs: Sum,
    pub history: Sum,
    pub changes: u64,
    /// Bad values that belong to no scope, in words.
    strays: Vec<String>,
}

/// What was found of one scope.
#[derive(Default)]
pub(crate) struct Scope {
    pub manifest: Option<(Manifest, Sum)>,
    pub state: Sum,
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
    /// Nothing is lost and there is nothing that does not belong here.
    pub intact: bool,
}

/// Findings of one kind that are told one by one; the rest is counted.
const TOLD: usize = 20;

impl Tally {
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
                match name {
                    Key::Manifest(n) => self.scope(n).flaws.push(format!("the manifest: {flaw}")),
                    Key::State(n) => self.scope(n).flaws.push(format!("the state: {flaw}")),
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

    fn scope(&mut self, number: u32) -> &mut Scope {
        self.scopes.entry(number).or_default()
    }

    fn take(&mut self, name: Key, key: &[u8], value: &[u8]) -> Result<(), Flaw> {
        let opened = envelope::open(key, value)?;
        match name {
            Key::Meta => self.meta = Some(decode(&opened.body)?),
            Key::Manifest(n) => {
                let manifest: Manifest = decode(&opened.body)?;
                let scope = self.scope(n);
                scope.key = Some(manifest.key.clone());
                scope.next_segment = scope.next_segment.max(manifest.next_segment);
                scope.manifest = Some((manifest, opened.sum));
            }
            Key::State(n) => {
                let state: ScopeState = decode(&opened.body)?;
                let scope = self.scope(n);
                scope.state = opened.sum;
                scope.key.get_or_insert(state.scope.key);
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
                    scope.key = Some(record.scope);
                }
            }
            Key::Run(_) => {
                decode::<cloudscope_domain::RunRecord>(&opened.body)?;
                self.runs = self.runs.wrapping_add(opened.sum);
            }
            Key::Changes { .. } => {
                let changes: Vec<cloudscope_domain::Change> = decode(&opened.body)?;
                self.history = self.history.wrapping_add(opened.sum);
                self.changes += changes.len() as u64;
            }
        }
        self.newest = self.newest.max(opened.revision);
        Ok(())
    }

    /// Holds what was found against what should be there. `head` is what the side file says, if it can
    /// be read.
    pub(crate) fn judge(&self, head: Option<Head>) -> Verdict {
        let mut verdict = Verdict { findings: Vec::new(), lost: Lost::Nothing, intact: true };
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
        for (number, scope) in &self.scopes {
            scope.judge(*number, &mut verdict);
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
            if meta.revision < head.revision {
                verdict.anything(format!(
                    "acknowledged commits are missing: the store ends at revision {}, revision {} was acknowledged",
                    meta.revision, head.revision
                ));
            } else if meta.revision == head.revision && meta.root() != head.root {
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
        if self.history != meta.history || self.changes != meta.changes {
            verdict.other(format!(
                "the history of changes is not whole: {} of {} changes are there",
                self.changes, meta.changes
            ));
        }
    }
}

impl Scope {
    fn judge(&self, number: u32, verdict: &mut Verdict) {
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
                if state != self.state && self.flaws.is_empty() {
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

/// Decodes all of some bytes.
pub(crate) fn decode<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Flaw> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(Flaw::Content),
    }
}
