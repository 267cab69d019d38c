//! The index as it would be written without a thought for speed: a map of records, asked one by one.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{
    AssetId, AssetRow, Kind, Presence, Query, Record, RecordKey, ScopeKey, ScopeState, SourceName, Timestamp,
    UnknownWhy,
    query::{
        Expr, Has, Mark, Pattern, PresenceTest, PropPath, Term, TextField, TimeField, ValueTest, address,
        fold, status_matches,
    },
};

use super::{
    estate::{PATHS, Step},
    joins::Things,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) rows: BTreeMap<RecordKey, Record>,
    pub(super) gone: BTreeMap<RecordKey, Record>,
    pub(super) pins: BTreeSet<AssetId>,
    pub(super) scopes: BTreeMap<ScopeKey, ScopeState>,
}

pub(super) struct Answer {
    pub(super) rows: Vec<AssetRow>,
    pub(super) unknown: u64,
    pub(super) undecided: u64,
}

impl Model {
    pub(super) fn go(&mut self, step: &Step) {
        match step {
            Step::Upsert(r) => self.upsert(r),
            Step::Scope(s) => self.scope(s),
            Step::Pin(id, pinned) => self.pin(id, *pinned),
            Step::Forget(key) => {
                self.rows.remove(&**key);
                self.gone.remove(&**key);
            }
        }
    }

    pub(super) fn upsert(&mut self, record: &Record) {
        let key = record.record_key();
        self.rows.remove(&key);
        self.gone.remove(&key);
        if record.gone.is_some() {
            self.gone.insert(key, record.clone());
        } else {
            self.rows.insert(key, record.clone());
        }
    }

    pub(super) fn scope(&mut self, state: &ScopeState) {
        self.scopes.insert(state.scope.key.clone(), state.clone());
    }

    pub(super) fn pin(&mut self, id: &AssetId, pinned: bool) {
        if pinned {
            self.pins.insert(id.clone())
        } else {
            self.pins.remove(id)
        };
    }

    pub(super) fn unknown(&self, things: &Things<'_>) -> usize {
        things.all.iter().filter(|t| self.presence(t[0]) != Presence::Present).count()
    }

    pub(super) fn counts(
        &self,
        things: &Things<'_>,
        values: impl Fn(&Record) -> Vec<String>,
    ) -> Vec<(String, u64)> {
        let mut counts = BTreeMap::new();
        for thing in &things.all {
            let values: BTreeSet<String> = thing.iter().flat_map(|r| values(r)).collect();
            for value in values {
                *counts.entry(value).or_insert(0) += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        counts
    }

    pub(super) fn find(&self, name: &str) -> Vec<RecordKey> {
        let by = |all: &BTreeMap<RecordKey, Record>, f: &dyn Fn(&Record) -> bool| -> Vec<RecordKey> {
            all.iter().filter(|(_, r)| f(r)).map(|(k, _)| k.clone()).collect()
        };
        let exact = |r: &Record| r.asset.key.id.as_str() == name;
        let alias = |r: &Record| r.asset.aliases.iter().any(|a| a == name);
        let mut found = by(&self.rows, &exact);
        found.extend(by(&self.gone, &exact));
        for all in [&self.rows, &self.gone] {
            if found.is_empty() {
                found = by(all, &alias);
            }
        }
        found
    }

    pub(super) fn aliases(&self, id: &str) -> Vec<String> {
        let rows = self.rows.values().filter(|r| r.asset.key.id.as_str() == id);
        rows.flat_map(|r| r.asset.aliases.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(super) fn resolve(&self, name: &str, kind: Option<&Kind>) -> Option<AssetId> {
        let fits = |r: &&Record| kind.is_none_or(|k| *k == r.asset.kind);
        if self.rows.values().filter(fits).any(|r| r.asset.key.id.as_str() == name) {
            return Some(name.into());
        }
        let bearers =
            || self.rows.values().filter(fits).filter(|r| r.asset.aliases.iter().any(|a| a == name));
        let ids = |firm_only: bool| -> BTreeSet<AssetId> {
            let bearers = bearers().filter(|r| !firm_only || r.asset.declares.is_none());
            bearers.map(|r| r.asset.key.id.clone()).collect()
        };
        let firm = ids(true);
        let chosen = if firm.is_empty() { ids(false) } else { firm };
        if chosen.len() == 1 { chosen.into_iter().next() } else { None }
    }

    pub(super) fn presence(&self, record: &Record) -> Presence {
        if let Some(gone) = record.gone {
            return Presence::Gone { at: gone.at, why: gone.proof };
        }
        let never = Presence::Unknown { since: None, why: UnknownWhy::Never };
        self.scopes.get(&record.scope).map_or(never, |s| s.presence_of(record))
    }

    fn last_seen(&self, record: &Record) -> Option<Timestamp> {
        if record.gone.is_some() {
            return Some(record.changed_at);
        }
        self.scopes.get(&record.scope)?.last_seen_of_live(record.record_key().hash128())
    }

    pub(super) fn evaluate(&self, things: &Things<'_>, query: &Query, now: Timestamp) -> Answer {
        let mut answer = Answer { rows: Vec::new(), unknown: 0, undecided: 0 };
        let graves = query.expr.asks_for_gone().then_some(&self.gone);
        let graves: Vec<Vec<&Record>> = graves.into_iter().flatten().map(|(_, r)| vec![r]).collect();
        for thing in things.all.iter().chain(&graves) {
            match self.truth(&query.expr, thing, now) {
                Some(true) => {
                    let unknown = matches!(self.presence(thing[0]), Presence::Unknown { .. });
                    answer.unknown += u64::from(unknown);
                    answer.rows.push(self.row(thing));
                }
                Some(false) => {}
                None => answer.undecided += 1,
            }
        }
        answer.rows.sort_by_key(|r| (fold(&r.name), r.id.clone(), r.source.clone(), r.incarnation.clone()));
        answer
    }

    fn row(&self, thing: &[&Record]) -> AssetRow {
        let record = thing[0];
        let a = record.asset.clone();
        let mut sources: Vec<SourceName> = Vec::new();
        for record in thing {
            if !sources.contains(record.source()) {
                sources.push(record.source().clone());
            }
        }
        AssetRow {
            sources,
            pinned: thing.iter().any(|r| self.pins.contains(&r.asset.key.id)),
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
            last_seen: self.last_seen(record),
            changed_at: record.changed_at,
            created_at: a.created_at,
            source: record.scope.source.clone(),
            incarnation: a.key.incarnation,
            declares: a.declares,
            properties: None,
        }
    }

    fn truth(&self, expr: &Expr, thing: &[&Record], now: Timestamp) -> Option<bool> {
        match expr {
            Expr::All => Some(true),
            Expr::Not(inner) => self.truth(inner, thing, now).map(|t| !t),
            Expr::And(parts) => {
                let all: Vec<_> = parts.iter().map(|p| self.truth(p, thing, now)).collect();
                if all.contains(&Some(false)) {
                    Some(false)
                } else if all.contains(&None) {
                    None
                } else {
                    Some(true)
                }
            }
            Expr::Or(parts) => {
                let all: Vec<_> = parts.iter().map(|p| self.truth(p, thing, now)).collect();
                if all.contains(&Some(true)) {
                    Some(true)
                } else if all.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Expr::Term(term) => self.of_thing(term, thing, now),
        }
    }

    /// True when it is true of one of the records; unclear when it is of all. Presence is that of the
    /// face, and a declaration does not say how a thing is.
    fn of_thing(&self, term: &Term, thing: &[&Record], now: Timestamp) -> Option<bool> {
        let face_only = match term {
            Term::Presence(_) => true,
            Term::Time { field, .. } | Term::Has(Has::Time(field)) => {
                matches!(field, TimeField::Seen | TimeField::Gone)
            }
            Term::Is(marks) if marks.contains(&Mark::Joined) && thing.len() > 1 => return Some(true),
            _ => false,
        };
        let of_status = matches!(term, Term::Status(_) | Term::Has(Has::Status));
        let heard = |r: &Record| !(face_only || (of_status && r.asset.declares.is_some()));
        let heard = thing[..1].iter().chain(thing[1..].iter().filter(|r| heard(r)));
        let answers: Vec<Option<bool>> = heard.map(|r| self.term(term, r, now)).collect();
        if answers.contains(&Some(true)) {
            Some(true)
        } else if answers.contains(&Some(false)) {
            Some(false)
        } else {
            None
        }
    }

    fn term(&self, term: &Term, record: &Record, now: Timestamp) -> Option<bool> {
        let a = &record.asset;
        let any = |patterns: &[Pattern], values: &[&str]| {
            values.iter().any(|v| patterns.iter().any(|p| p.matches(&fold(v))))
        };
        let time = |field: TimeField| match field {
            TimeField::Created => a.created_at,
            TimeField::Changed => Some(record.changed_at),
            TimeField::FirstSeen => Some(record.first_seen),
            TimeField::Seen => self.last_seen(record),
            TimeField::Gone => record.gone.map(|g| g.at),
        };
        let tags = |key: &str| {
            let key = key.to_owned();
            a.tags.iter().filter(move |(k, _)| fold(k) == key).map(|(_, v)| v.as_str()).collect::<Vec<_>>()
        };
        Some(match term {
            Term::Text(p @ Pattern::Fuzzy(_)) => p.matches(&fold(&a.name)),
            Term::Text(p) => {
                let mut values = vec![&*a.name, a.key.id.as_str()];
                values.extend(a.addresses.iter().chain(&a.aliases).map(String::as_str));
                any(std::slice::from_ref(p), &values)
            }
            Term::Field(field, p) => any(p, &texts(record, *field)),
            Term::Status(p) => {
                let class = a.status.as_ref().map(|s| s.class).unwrap_or_default();
                return status_matches(p, a.status.as_ref().map(|s| &*s.word), class);
            }
            Term::Category(all) => all.contains(&a.category),
            Term::Presence(tests) => tests.iter().any(|t| match (t, self.presence(record)) {
                (PresenceTest::Present, p) => p == Presence::Present,
                (PresenceTest::Unknown, Presence::Unknown { .. }) => true,
                (PresenceTest::Gone, Presence::Gone { .. }) => true,
                (PresenceTest::Why(w), Presence::Unknown { why, .. }) => *w == why,
                (PresenceTest::Proof(p), Presence::Gone { why, .. }) => *p == why,
                _ => false,
            }),
            Term::Tag { key, values } => any(values, &tags(key)),
            Term::TagCompare { key, cmp, operand } => {
                let told: Vec<bool> = tags(key).iter().filter_map(|v| operand.text(*cmp, v, now)).collect();
                if told.is_empty() {
                    return None;
                }
                told.contains(&true)
            }
            Term::Prop { path, test } if kept(path) => return test.holds(path, &a.properties, now),
            Term::Prop { .. } | Term::Rel(_) | Term::In(_) | Term::Cost { .. } => return None,
            Term::Has(has) => match has {
                Has::Tag(key) => !tags(key).is_empty(),
                Has::Tags => !a.tags.is_empty(),
                Has::Prop(path) if kept(path) => return ValueTest::There.holds(path, &a.properties, now),
                Has::Prop(_) => return None,
                Has::Status => a.status.is_some(),
                Has::Text(field) => texts(record, *field).iter().any(|t| !t.is_empty()),
                Has::Time(field) => time(*field).is_some(),
            },
            Term::Is(marks) => marks.iter().any(|m| match m {
                Mark::Pinned => self.pins.contains(&a.key.id),
                Mark::Joined => false,
            }),
            Term::Time { field: TimeField::Gone, .. } if record.gone.is_none() => false,
            Term::Time { field, cmp, when } => when.holds(*cmp, time(*field)?, now),
            Term::Ip(nets) => {
                a.addresses.iter().filter_map(|t| address(t)).any(|ip| nets.iter().any(|n| n.contains(ip)))
            }
        })
    }
}

/// Whether the index keeps what stands at a path.
fn kept(path: &PropPath) -> bool {
    PATHS.iter().any(|kept| *kept == path.to_string())
}

fn texts(record: &Record, field: TextField) -> Vec<&str> {
    let a = &record.asset;
    match field {
        TextField::Name => vec![&*a.name],
        TextField::Id => vec![a.key.id.as_str()],
        TextField::Kind => vec![a.kind.as_str()],
        TextField::Provider => vec![a.provider.as_str()],
        TextField::Account => vec![&*a.account],
        TextField::Region => vec![&*a.region],
        TextField::Zone => vec![&*a.zone],
        TextField::Source => vec![record.scope.source.as_str()],
        TextField::Address => a.addresses.iter().map(String::as_str).collect(),
        TextField::Alias => a.aliases.iter().map(String::as_str).collect(),
        TextField::Declares => a.declares.iter().map(AsRef::as_ref).collect(),
    }
}
