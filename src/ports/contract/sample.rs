//! Made-up but complete records, scopes and rows for the suites, and a tiny seeded generator, so that
//! a failure can be played again from its seed.

use std::sync::Arc;

use cloudscope_domain::{
    Asset, AssetKey, AssetRow, Category, Change, ChangeKind, Coverage, CoverageState, Effort, Gone, Kind,
    ListingMode, Payload, Presence, Proof, Record, Reference, Revision, RunId, RunRecord, Scope, ScopeKey,
    ScopeState, Sighting, Status, StatusClass, Target, Timestamp, Unseen,
};
use serde_json::json;

/// Xorshift64*: small, quick, the same everywhere. Not for secrets.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator whose numbers follow from the seed alone.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`; 0 when that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits().checked_rem(bound).unwrap_or(0)
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// A millisecond of the year 2026 that follows from a revision.
#[must_use]
pub fn time(revision: u64) -> Timestamp {
    Timestamp::from_millis(1_795_248_000_000).plus_millis(i64::try_from(revision).unwrap_or(0) * 1000)
}

/// The kind of every sample.
#[must_use]
pub fn kind() -> Kind {
    Kind::from_words(["test", "sample"])
}

/// A scope of samples.
#[must_use]
pub fn scope(source: &str, listing: &str) -> Scope {
    Scope { key: ScopeKey::new(source, listing), mode: ListingMode::Snapshot, kinds: vec![kind()] }
}

/// An asset of that id with every field filled; `variant` changes its content, not its identity.
#[must_use]
pub fn asset(id: &str, variant: u64) -> Asset {
    Asset {
        key: AssetKey::new(id, "i1"),
        kind: kind(),
        category: Category::Compute,
        provider: "test".into(),
        name: format!("name-of-{id}").into(),
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        zone: "eu-west-1a".into(),
        status: Some(Status { word: "running".into(), class: StatusClass::Ok }),
        tags: [("env".to_owned(), "prod".to_owned()), ("variant".to_owned(), variant.to_string())].into(),
        created_at: Some(time(1)),
        addresses: vec![format!("10.0.0.{}", variant % 256)],
        aliases: vec![format!("alias-{id}")],
        declares: None,
        properties: Payload::from_value(&json!({
            "Id": id, "Variant": variant, "Nested": { "List": [1, 2.5, null, "\u{1b}[2J", "ü名"] },
        })),
    }
}

/// What a collector would say of [`asset`].
#[must_use]
pub fn sighting(id: &str, variant: u64) -> Sighting {
    Sighting {
        asset: asset(id, variant),
        references: references(),
        volatile: Arc::from([]),
        sets: Arc::from([]),
    }
}

fn references() -> Vec<Reference> {
    vec![Reference {
        relation: "uses".into(),
        target: Target::Named { kind: None, name: "subnet-0ab1".into() },
        reverse: false,
        confidence: 0.75,
        rule: "$.SubnetId".into(),
    }]
}

/// The record of an asset in a scope, as the commit of that revision writes it.
#[must_use]
pub fn record(scope: &ScopeKey, id: &str, revision: u64) -> Record {
    Record {
        asset: asset(id, revision),
        references: references(),
        scope: scope.clone().into(),
        first_seen: time(1),
        changed_at: time(revision),
        revision: Revision(revision),
        run: RunId(1),
        gone: None,
    }
}

/// The same record, proved gone by that revision.
#[must_use]
pub fn tombstone(scope: &ScopeKey, id: &str, revision: u64) -> Record {
    let gone = Gone {
        at: time(revision),
        proof: Proof::SnapshotListing,
        run: RunId(2),
        revision: Revision(revision),
    };
    Record { gone: Some(gone), ..record(scope, id, revision) }
}

/// How a scope stands after a listing that saw all but `unseen`.
#[must_use]
pub fn scope_state(scope: &Scope, assets: u64, revision: u64, unseen: Vec<u128>) -> ScopeState {
    ScopeState {
        scope: scope.clone(),
        coverage: Coverage {
            state: CoverageState::Ok,
            last_attempt: Some(time(revision)),
            last_good: Some(time(revision)),
            assets,
            ..Coverage::default()
        },
        run: RunId(revision),
        unseen: if unseen.is_empty() { Unseen::None } else { Unseen::Some(unseen) },
        failing_since: None,
        last_seen: Some(time(revision)),
    }
}

/// A finished run.
#[must_use]
pub fn run(id: u64, scope: &ScopeKey) -> RunRecord {
    RunRecord {
        id: RunId(id),
        started: time(id),
        ended: Some(time(id + 1)),
        revision: Revision(id),
        sources: vec![scope.source.clone()],
        states: vec![(CoverageState::Ok, 1)],
        assets: 3,
        effort: Effort { created: 3, changed: 2, gone: 1, ..Effort::default() },
        ..RunRecord::default()
    }
}

/// A change that the commit of that revision writes; `index` tells several of one commit apart.
#[must_use]
pub fn change(id: &str, revision: u64, index: u64) -> Change {
    Change {
        revision: Revision(revision),
        at: time(revision),
        run: RunId(1),
        id: id.into(),
        kind: kind(),
        change: ChangeKind::Changed,
        path: format!("properties.Field{index}"),
        before: Some(Payload::from_value(&json!(index))),
        after: None,
    }
}

/// A row as an export gets it.
#[must_use]
pub fn row(id: &str, name: &str) -> AssetRow {
    let asset = asset(id, 1);
    AssetRow {
        id: asset.key.id,
        kind: asset.kind,
        category: asset.category,
        provider: asset.provider,
        account: asset.account,
        account_label: None,
        region: asset.region,
        zone: asset.zone,
        name: name.into(),
        status: asset.status.as_ref().map(|s| s.word.clone()),
        status_class: StatusClass::Ok,
        tags: asset.tags,
        addresses: asset.addresses,
        presence: Presence::Present,
        first_seen: time(1),
        last_seen: Some(time(2)),
        changed_at: time(1),
        created_at: asset.created_at,
        source: "test".into(),
        sources: vec!["test".into()],
        pinned: false,
        incarnation: asset.key.incarnation,
        declares: None,
        properties: Some(asset.properties),
    }
}
