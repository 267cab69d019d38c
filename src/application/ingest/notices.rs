//! What happened, for whoever attached something to it: collected while records are compared, told once
//! the commit that holds it is durable, and never again. Nothing is worked out that nobody wants.
//!
//! A commit that fails tells nothing, and neither does reading the store after a restart: notices come
//! from what became different in this process only.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use cloudscope_domain::{
    AssetId, CoverageState, Difference, Payload, Pin, Presence, Proof, Record, RunRecord, ScopeState, Unseen,
};
use cloudscope_ports::{Commit, Happening, Notice, Notifier};

use super::known::Keys;
use crate::{hub::Scopes, row};

/// Ids that one notice of unknown records names; the others are counted.
const IDS: usize = 100;

/// What waits for its commit.
#[derive(Debug)]
pub(super) enum Note {
    /// The record of that key's hash was seen for the first time.
    Created(u128),
    /// It is different.
    Changed(u128, Vec<Difference>),
    /// It is proved gone.
    Gone(u128, Proof),
    /// Not of a single record.
    Other(Happening),
}

/// Which events somebody wants.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wants {
    pub(super) created: bool,
    pub(super) changed: bool,
    pub(super) gone: bool,
    pub(super) unknown: bool,
    pub(super) finished: bool,
    pub(super) failed: bool,
}

impl Wants {
    fn of(names: &[&str]) -> Self {
        let [created, changed, gone, unknown, finished, failed] =
            Happening::NAMES.map(|name| names.contains(&name));
        Self { created, changed, gone, unknown, finished, failed }
    }
}

/// The way out for notices.
#[derive(Default)]
pub(super) struct Notices {
    notifier: Option<Arc<dyn Notifier>>,
    pub(super) wants: Wants,
}

impl Notices {
    pub(super) fn new(notifier: Option<Arc<dyn Notifier>>) -> Self {
        let mut notices = Self { notifier, wants: Wants::default() };
        notices.refresh();
        notices
    }

    /// Asks again what is wanted.
    fn refresh(&mut self) {
        self.wants = self.notifier.as_ref().map(|n| Wants::of(&n.wants())).unwrap_or_default();
    }

    /// Hands over what a durable commit holds. The notifier promises to return at once.
    pub(super) fn tell(
        &mut self,
        commit: &Commit,
        notes: Vec<Note>,
        scopes: &Scopes,
        pins: &BTreeMap<AssetId, Pin>,
        label: impl Fn(&str) -> Option<Arc<str>>,
    ) {
        if let Some(notifier) = &self.notifier
            && !notes.is_empty()
        {
            let records: HashMap<u128, &Record> = if notes.iter().any(|n| !matches!(n, Note::Other(_))) {
                commit.records.iter().map(|r| (r.hash128(), r)).collect()
            } else {
                HashMap::new()
            };
            let row = |hash: u128| {
                let record = *records.get(&hash)?;
                let pinned = pins.contains_key(&record.asset.key.id);
                let mut asset = row::of(record, scopes.get(&record.scope), pinned);
                asset.account_label = label(&asset.account);
                Some(Box::new(asset))
            };
            let seen = |hash| {
                // Seen just now, whatever its scope said before and will say once its attempt ends.
                let mut asset = row(hash)?;
                if !matches!(asset.presence, Presence::Gone { .. }) {
                    (asset.presence, asset.last_seen) = (Presence::Present, Some(commit.at));
                }
                Some(asset)
            };
            let happening = |note| {
                Some(match note {
                    Note::Created(hash) => Happening::AssetCreated { asset: seen(hash)? },
                    Note::Changed(hash, differences) => {
                        Happening::AssetChanged { asset: seen(hash)?, differences }
                    }
                    Note::Gone(hash, proof) => {
                        let mut asset = row(hash)?;
                        // It may be back within the same commit; that is another notice.
                        asset.presence = Presence::Gone { at: commit.at, why: proof };
                        Happening::AssetGone { asset, proof }
                    }
                    Note::Other(mut happening) => {
                        if let Happening::AssetsUnknown { scope, account_label, .. }
                        | Happening::ScopeFailed { scope, account_label, .. } = &mut happening
                        {
                            *account_label = label(&scope.account);
                        }
                        happening
                    }
                })
            };
            let notices: Vec<Notice> = notes
                .into_iter()
                .filter_map(happening)
                .map(|happening| Notice { at: commit.at, revision: commit.revision, happening })
                .collect();
            notifier.notify(notices);
        }
        self.refresh();
    }
}

/// The difference that a return makes, as part of a change.
pub(super) fn returned() -> Difference {
    let word = |w: &str| Some(Payload::from_value(&serde_json::Value::from(w)));
    Difference { path: "presence".into(), before: word("gone"), after: word("present") }
}

/// Live records that are unknown from now on and were not before.
pub(super) fn newly_unknown(previous: Option<&ScopeState>, now: &ScopeState, live: &dyn Keys) -> Vec<u128> {
    let news = |key: &u128| live.contains(*key) && !previous.is_some_and(|p| p.unseen.contains(*key));
    match &now.unseen {
        Unseen::None => Vec::new(),
        Unseen::All => live.keys().filter(|k| news(k)).collect(),
        Unseen::Some(keys) => keys.iter().copied().filter(news).collect(),
    }
}

/// Tells of records that became unknown; `name` knows the key behind a hash.
pub(super) fn unknown(
    state: &ScopeState,
    mut news: Vec<u128>,
    name: impl Fn(u128) -> Option<AssetId>,
) -> Option<Note> {
    let count = news.len() as u64;
    let Presence::Unknown { why, .. } = state.presence_of_live(*news.first()?) else { return None };
    if news.len() > IDS {
        news.select_nth_unstable(IDS);
        news.truncate(IDS);
    }
    let mut ids: Vec<AssetId> = news.into_iter().filter_map(name).collect();
    ids.sort_unstable();
    ids.dedup();
    let scope = state.scope.key.clone();
    // What the account is called is known once the commit is.
    Some(Note::Other(Happening::AssetsUnknown { scope, account_label: None, count, ids, why }))
}

/// Tells of a scope that was whole and is not any more. That somebody stopped an attempt, or switched the
/// scope off, is no failure; what was whole before that counts.
pub(super) fn failed(previous: Option<&ScopeState>, now: &ScopeState) -> Option<Note> {
    let before = &previous?.coverage;
    let was_well = before.whole
        || (before.last_good.is_some() && (before.cancelled || before.state == CoverageState::Disabled));
    let coverage = &now.coverage;
    let fails = !coverage.whole && !coverage.cancelled && coverage.state != CoverageState::Disabled;
    (was_well && fails).then(|| {
        Note::Other(Happening::ScopeFailed {
            scope: now.scope.key.clone(),
            account_label: None,
            state: coverage.state,
            error: coverage.error.clone(),
            missing_permission: coverage.missing_permission.clone(),
        })
    })
}

/// Tells of the end of a run.
pub(super) fn finished(run: &RunRecord) -> Note {
    Note::Other(Happening::RunFinished { run: run.clone() })
}
