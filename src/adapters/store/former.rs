//! The shapes of format 1 that are not those of today: the account of the store, the state of a scope
//! (a value of its own then) and the record of a run. Read only; format 1 is never written again.
//!
//! Coverage and runs gained fields before the format did, so that a value of format 1 may have either
//! shape. The newer one is tried first: no bytes of the older one can be read as it, because it lacks
//! the numbers that the newer one asks for before its end.

use cloudscope_domain::{
    Coverage, CoverageState, Effort, Revision, RunId, RunRecord, Scope, ScopeKey, ScopeState, SourceName,
    Timestamp, Unseen,
};
use serde::Deserialize;

use crate::{
    envelope::{Flaw, Opened, Sum},
    meta::Meta,
    packing::decode,
};

/// What the whole store should contain.
#[derive(Clone, Copy, Debug, Deserialize)]
struct FormerMeta {
    revision: Revision,
    at: Timestamp,
    manifests: Sum,
    runs: Sum,
    changed: Sum,
    changes: u64,
    next_scope: u32,
}

/// The account of the store, with the root that the side file of its format bears.
pub(crate) fn meta(opened: &Opened) -> Result<(Meta, Sum), Flaw> {
    if opened.format > 1 {
        let meta: Meta = decode(&opened.body)?;
        return Ok((meta, meta.root()));
    }
    let former: FormerMeta = decode(&opened.body)?;
    let mut hash = blake3::Hasher::new();
    hash.update(&former.revision.0.to_le_bytes());
    for sum in [former.manifests, former.runs, former.changed] {
        hash.update(&sum.to_le_bytes());
    }
    let mut root = [0; 16];
    root.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    let meta = Meta {
        revision: former.revision,
        at: former.at,
        sequence: former.revision.0,
        manifests: former.manifests,
        runs: former.runs,
        changed: former.changed,
        changes: former.changes,
        next_scope: former.next_scope,
        oldest: former.revision,
        oldest_at: former.at,
        ..Meta::default()
    };
    Ok((meta, Sum::from_le_bytes(root)))
}

#[derive(Deserialize)]
struct FormerCoverage {
    state: CoverageState,
    last_attempt: Option<Timestamp>,
    last_good: Option<Timestamp>,
    assets: u64,
    error: Option<String>,
    missing_permission: Option<String>,
    problems: Vec<String>,
    problem_count: u64,
    cancelled: bool,
}

#[derive(Deserialize)]
struct FormerState {
    scope: Scope,
    coverage: FormerCoverage,
    run: RunId,
    unseen: Unseen,
    failing_since: Option<Timestamp>,
    last_seen: Option<Timestamp>,
}

/// The state of a scope.
pub(crate) fn state(body: &[u8]) -> Result<ScopeState, Flaw> {
    if let Ok(state) = decode(body) {
        return Ok(state);
    }
    let FormerState { scope, coverage: c, run, unseen, failing_since, last_seen } = decode(body)?;
    let coverage = Coverage {
        state: c.state,
        last_attempt: c.last_attempt,
        last_good: c.last_good,
        assets: c.assets,
        error: c.error,
        missing_permission: c.missing_permission,
        problems: c.problems,
        problem_count: c.problem_count,
        cancelled: c.cancelled,
        ..Coverage::default()
    };
    Ok(ScopeState { scope, coverage, run, unseen, failing_since, last_seen })
}

#[derive(Deserialize)]
struct FormerRun {
    id: RunId,
    started: Timestamp,
    ended: Option<Timestamp>,
    scopes: Vec<(ScopeKey, CoverageState, u64)>,
    created: u64,
    changed: u64,
    gone: u64,
}

/// The record of a run; `revision` is that of the value that holds it.
pub(crate) fn run(body: &[u8], revision: u64) -> Result<RunRecord, Flaw> {
    if let Ok(run) = decode(body) {
        return Ok(run);
    }
    let former: FormerRun = decode(body)?;
    let mut sources: Vec<SourceName> = former.scopes.iter().map(|(key, _, _)| key.source.clone()).collect();
    sources.sort();
    sources.dedup();
    let states = CoverageState::ALL.into_iter().filter_map(|state| {
        let count = former.scopes.iter().filter(|(_, s, _)| *s == state).count() as u64;
        (count > 0).then_some((state, count))
    });
    Ok(RunRecord {
        id: former.id,
        started: former.started,
        ended: former.ended,
        revision: Revision(revision),
        sources,
        states: states.collect(),
        assets: former.scopes.iter().map(|(_, _, assets)| assets).sum(),
        effort: Effort {
            created: former.created,
            changed: former.changed,
            gone: former.gone,
            ..Effort::default()
        },
        ..RunRecord::default()
    })
}
