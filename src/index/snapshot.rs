//! One revision of the inventory, immutable and shared.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use cloudscope_domain::{
    AssetId, AssetRow, Presence, Query, Record, RecordKey, Revision, ScopeKey, ScopeState, Target, Timestamp,
    UnknownWhy,
    query::{Expr, Term},
};

use crate::{Counts, Hits, Proposal, RowId, SortError};

/// An immutable index of one revision.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) revision: Revision,
    pub(crate) as_of: Timestamp,
    pub(crate) rows: Vec<Arc<Record>>,
    pub(crate) gone: usize,
    pub(crate) scopes: BTreeMap<ScopeKey, Arc<ScopeState>>,
}

impl Snapshot {
    /// The revision that it shows.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The time of that revision.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Rows that are not gone.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Records that are proved gone; they have no rows.
    #[must_use]
    pub fn gone(&self) -> usize {
        self.gone
    }

    /// Rows whose presence is unknown.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.rows.iter().filter(|r| self.presence(r) != Presence::Present).count()
    }

    /// The rows that match, in the order asked for (column, descending); by name, then id, without one.
    ///
    /// # Errors
    /// When a column cannot be sorted by, or `cancel` returned `true`.
    pub fn evaluate(
        &self,
        query: &Query,
        sort: &[(String, bool)],
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Hits, SortError> {
        let _ = (now, sort);
        let mut hits = Hits::default();
        for (n, record) in self.rows.iter().enumerate() {
            if n % 4096 == 0 && cancel() {
                return Err(SortError::Cancelled);
            }
            if matches(&query.expr, record) {
                hits.rows.push(RowId::try_from(n).unwrap_or(RowId::MAX));
                hits.unknown += u64::from(self.presence(record) != Presence::Present);
            }
        }
        hits.rows.sort_by_key(|&r| {
            let a = &self.rows[r as usize].asset;
            (a.name.to_lowercase(), a.key.id.clone())
        });
        Ok(hits)
    }

    fn presence(&self, record: &Record) -> Presence {
        self.scopes
            .get(&record.scope)
            .map_or(Presence::Unknown { since: None, why: UnknownWhy::Never }, |s| s.presence_of(record))
    }

    /// A row with everything but its payload.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn row(&self, row: RowId) -> AssetRow {
        let record = &*self.rows[row as usize];
        let a = record.asset.clone();
        let key = record.record_key().hash128();
        AssetRow {
            id: a.key.id,
            kind: a.kind,
            category: a.category,
            provider: a.provider,
            account: a.account,
            region: a.region,
            zone: a.zone,
            name: a.name,
            status_class: a.status.as_ref().map(|s| s.class).unwrap_or_default(),
            status: a.status.map(|s| s.word),
            tags: a.tags,
            addresses: a.addresses,
            presence: self.presence(record),
            first_seen: record.first_seen,
            last_seen: self.scopes.get(&record.scope).and_then(|s| s.last_seen_of_live(key)),
            changed_at: record.changed_at,
            created_at: a.created_at,
            source: record.scope.source.clone(),
            incarnation: a.key.incarnation,
            declares: a.declares,
            properties: None,
        }
    }

    /// The key of a row's record.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn key(&self, row: RowId) -> RecordKey {
        self.rows[row as usize].record_key()
    }

    /// The rows of an asset: by its exact id, else by an alias (all rows that bear it).
    #[must_use]
    pub fn find(&self, id: &AssetId) -> Vec<RowId> {
        let by = |f: &dyn Fn(&Record) -> bool| -> Vec<RowId> {
            (0..).zip(&self.rows).filter(|(_, r)| f(r)).map(|(n, _)| n).collect()
        };
        let exact = by(&|r| r.asset.key.id == *id);
        if exact.is_empty() { by(&|r| r.asset.aliases.iter().any(|a| a == id.as_str())) } else { exact }
    }

    /// Whether some row bears exactly this id.
    #[must_use]
    pub fn exists(&self, id: &AssetId) -> bool {
        self.rows.iter().any(|r| r.asset.key.id == *id)
    }

    /// The short names that rows of this asset bear.
    #[must_use]
    pub fn aliases(&self, id: &AssetId) -> Vec<String> {
        self.rows.iter().filter(|r| r.asset.key.id == *id).flat_map(|r| r.asset.aliases.clone()).collect()
    }

    /// The one asset that a target means; `None` when nothing or more than one thing bears the name.
    #[must_use]
    pub fn resolve(&self, target: &Target) -> Option<AssetId> {
        let (name, kind) = match target {
            Target::Id(id) => (id.clone(), None),
            Target::Named { kind, name } => (AssetId::from(name.clone()), kind.as_ref()),
        };
        let mut ids: Vec<AssetId> = self
            .find(&name)
            .into_iter()
            .map(|r| &self.rows[r as usize].asset)
            .filter(|a| kind.is_none_or(|k| *k == a.kind))
            .map(|a| a.key.id.clone())
            .collect();
        ids.sort();
        ids.dedup();
        if ids.len() == 1 { ids.pop() } else { None }
    }

    /// What can stand at byte `position` of a filter, best first.
    #[must_use]
    pub fn complete(&self, _query: &str, _position: usize, _limit: usize) -> Vec<Proposal> {
        Vec::new()
    }

    /// Live rows per value of the columns with few values.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let by = |f: &dyn Fn(&Record) -> Arc<str>| {
            let mut map: HashMap<Arc<str>, u64> = HashMap::new();
            for r in &self.rows {
                *map.entry(f(r)).or_default() += 1;
            }
            let mut all: Vec<_> = map.into_iter().filter(|(v, _)| !v.is_empty()).collect();
            all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            all
        };
        Counts {
            provider: by(&|r| r.asset.provider.as_str().into()),
            kind: by(&|r| r.asset.kind.as_str().into()),
            category: by(&|r| r.asset.category.as_str().into()),
            account: by(&|r| r.asset.account.clone()),
            region: by(&|r| r.asset.region.clone()),
            ..Counts::default()
        }
    }
}

fn matches(expr: &Expr, record: &Record) -> bool {
    match expr {
        Expr::All => true,
        Expr::And(all) => all.iter().all(|e| matches(e, record)),
        Expr::Or(any) => any.iter().any(|e| matches(e, record)),
        Expr::Not(e) => !matches(e, record),
        Expr::Term(Term::Text(t)) => t.matches(&cloudscope_domain::query::fold(&record.asset.name)),
        Expr::Term(_) => false,
    }
}
