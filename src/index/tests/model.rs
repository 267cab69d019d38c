//! The index as it would be written without a thought for speed: a map of records, asked one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cloudscope_domain::{
    AssetId, AssetRow, Kind, Presence, Query, Record, RecordKey, Relation, ScopeKey, ScopeState, Selection,
    SourceName, Target, Timestamp, UnknownWhy,
    declarable::Declarable,
    neighbours::{Direction, End, Neighbours, Unread},
    query::{
        Expr, Term, TextField, fold,
        naive::{self, World},
    },
};

use super::{estate::Step, joins::Things};

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) rows: BTreeMap<RecordKey, Record>,
    pub(super) gone: BTreeMap<RecordKey, Record>,
    pub(super) pins: BTreeSet<AssetId>,
    pub(super) scopes: BTreeMap<ScopeKey, ScopeState>,
}

pub(super) struct Answer {
    pub(super) rows: Vec<AssetRow>,
    /// Of each row the records of its thing by themselves, the face first, each with whether it is of the side that
    /// is asked for.
    pub(super) things: Vec<Vec<(AssetRow, bool)>>,
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

    /// The ids of all records that a selection means.
    pub(super) fn selected(&self, selection: &Selection) -> Vec<AssetId> {
        let fits = |r: &&Record| {
            r.asset.kind == selection.kind
                && r.asset.key.id.as_str().starts_with(&*selection.within)
                && selection.fits(|key| r.asset.tags.get(key).map(String::as_str))
                && selection.places.as_ref().is_none_or(|places| {
                    let rest = &r.asset.key.id.as_str()[selection.within.len()..];
                    let place = rest.split_once('/').map(|(place, _)| format!("{}{place}", places.within));
                    place.is_some_and(|place| self.selected(places).iter().any(|id| id.as_str() == place))
                })
        };
        self.rows.values().filter(fits).map(|r| r.asset.key.id.clone()).collect()
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

    pub(super) fn evaluate(
        &self,
        things: &Things<'_>,
        query: &Query,
        world: &Real<'_>,
        now: Timestamp,
    ) -> Answer {
        let mut answer = Answer { rows: Vec::new(), things: Vec::new(), unknown: 0, undecided: 0 };
        let graves = query.expr.asks_for_gone().then_some(&self.gone);
        let graves: Vec<Vec<&Record>> = graves.into_iter().flatten().map(|(_, r)| vec![r]).collect();
        let mut found = Vec::new();
        for thing in things.all.iter().chain(&graves) {
            match naive::holds(&query.expr, thing, world, now) {
                Some(true) => {
                    let sides = sides(&query.expr, thing);
                    let side = sides[0];
                    let unknown = matches!(self.presence(side), Presence::Unknown { .. });
                    answer.unknown += u64::from(unknown);
                    let asked = |record: &Record| sides.iter().any(|side| std::ptr::eq(*side, record));
                    let alone =
                        thing.iter().map(|record| (self.row(record, &[record]), asked(record))).collect();
                    found.push((self.row(side, thing), alone));
                }
                Some(false) => {}
                None => answer.undecided += 1,
            }
        }
        found.sort_by_key(|(r, _)| (fold(&r.name), r.id.clone(), r.source.clone(), r.incarnation.clone()));
        (answer.rows, answer.things) = found.into_iter().unzip();
        answer
    }

    /// What people call an account: the names of what bears `account:ID`, by kind.
    pub(super) fn labels(&self, account: &str) -> Vec<String> {
        let alias = format!("account:{account}");
        let mut bearers: Vec<_> = self.rows.values().filter(|r| r.asset.aliases.contains(&alias)).collect();
        bearers.retain(|r| !account.is_empty() && *r.asset.name != *account && !r.asset.name.is_empty());
        bearers.sort_by_key(|r| (r.asset.kind.clone(), r.asset.key.id.clone(), r.asset.name.clone()));
        let mut out: Vec<String> = Vec::new();
        for record in bearers {
            if !out.iter().any(|name| fold(name) == fold(&record.asset.name)) {
                out.push(record.asset.name.to_string());
            }
        }
        out
    }

    fn row(&self, record: &Record, thing: &[&Record]) -> AssetRow {
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
            account_label: self.labels(&a.account).first().map(|l| l.as_str().into()),
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
}

/// The records of a thing that are best at what every hit has to be; the first is shown.
fn sides<'a>(expr: &Expr, thing: &[&'a Record]) -> Vec<&'a Record> {
    fn terms(expr: &Expr) -> Vec<&Term> {
        match expr {
            Expr::Term(term) => vec![term],
            Expr::And(parts) => parts.iter().flat_map(terms).collect(),
            _ => Vec::new(),
        }
    }
    let terms = terms(expr);
    let of = |field: TextField, value: fn(&Record) -> &str, left: Vec<&'a Record>| {
        terms.iter().fold(left, |left, term| {
            let Term::Field(asked, patterns) = term else { return left };
            let fits = |r: &&Record| patterns.iter().any(|p| p.matches(&fold(value(r))));
            let best: Vec<&Record> = left.iter().copied().filter(fits).collect();
            if *asked == field && !best.is_empty() { best } else { left }
        })
    };
    let left = of(TextField::Kind, |r| r.asset.kind.as_str(), thing.to_vec());
    let left = of(TextField::Provider, |r| r.asset.provider.as_str(), left);
    of(TextField::Account, |r| &r.asset.account, left)
}

/// The model as the naive evaluation and the index ask for it.
pub(super) struct Real<'a> {
    pub(super) model: &'a Model,
    pub(super) things: &'a [Vec<&'a Record>],
    pub(super) edges: &'a Edges,
    pub(super) unread: &'a [Unread],
    pub(super) declarable: &'a Declarable,
}

/// The edges of each asset, at either end.
pub(super) type Edges = HashMap<AssetId, Vec<Edge>>;

/// Where it starts and ends, what it means, and the end that nothing bears or that is one of many.
#[derive(Clone)]
pub(super) struct Edge {
    from: AssetId,
    to: AssetId,
    relation: Relation,
    lost: Option<AssetId>,
    /// The end that a selection stands for, and what it selects.
    selected: Option<(AssetId, Kind)>,
}

impl Model {
    /// Every edge between different assets.
    pub(super) fn edges(&self) -> Edges {
        let mut out = Edges::new();
        for record in self.rows.values() {
            for reference in &record.references {
                let (mut found, kind): (Vec<AssetId>, _) = match &reference.target {
                    Target::Id(id) => (self.resolve(id.as_str(), None).into_iter().collect(), None),
                    Target::Named { kind, name } => {
                        (self.resolve(name, kind.as_ref()).into_iter().collect(), None)
                    }
                    Target::Selected(selection) => (self.selected(selection), Some(selection.kind.clone())),
                };
                let named: AssetId = reference.target.to_string().as_str().into();
                let lost = found.is_empty().then(|| named.clone());
                found.extend(lost.clone());
                for other in found {
                    let (me, selected) =
                        (record.asset.key.id.clone(), kind.clone().map(|kind| (other.clone(), kind)));
                    let (from, to) = if reference.reverse { (other, me) } else { (me, other) };
                    if from != to {
                        let relation = reference.relation.clone();
                        let edge = Edge { from, to, relation, lost: lost.clone(), selected };
                        out.entry(edge.from.clone()).or_default().push(edge.clone());
                        out.entry(edge.to.clone()).or_default().push(edge);
                    }
                }
            }
        }
        out
    }
}

impl World for Real<'_> {
    fn presence(&self, record: &Record) -> Presence {
        self.model.presence(record)
    }

    fn last_seen(&self, record: &Record) -> Option<Timestamp> {
        self.model.last_seen(record)
    }

    fn account_labels(&self, account: &str) -> Vec<String> {
        self.model.labels(account)
    }

    fn is_pinned(&self, id: &AssetId) -> bool {
        self.model.pins.contains(id)
    }

    fn things(&self, id: &AssetId) -> Vec<naive::Thing<'_>> {
        let living = self.things.iter().filter(|t| t.iter().any(|r| r.asset.key.id == *id)).cloned();
        let gone = self.model.gone.values().filter(|r| r.asset.key.id == *id).map(|r| vec![r]);
        living.chain(gone).collect()
    }

    fn neighbours(&self) -> Option<&dyn Neighbours> {
        Some(self)
    }

    fn declarable(&self) -> Option<&Declarable> {
        Some(self.declarable)
    }

    fn living(&self) -> Vec<naive::Thing<'_>> {
        self.things.to_vec()
    }

    fn scopes(&self) -> Vec<&ScopeState> {
        self.model.scopes.values().collect()
    }
}

impl Neighbours for Real<'_> {
    fn each(
        &self,
        id: &AssetId,
        direction: Direction,
        visit: &mut dyn FnMut(&Relation, &AssetId, End<'_>) -> bool,
    ) {
        for edge in self.edges.get(id).into_iter().flatten() {
            let starts = edge.from == *id && direction != Direction::In;
            let ends = edge.to == *id && direction != Direction::Out;
            let end = if edge.from == *id { &edge.to } else { &edge.from };
            let selected = edge.selected.as_ref().filter(|(id, _)| id == end).map(|(_, kind)| kind);
            let known = edge.lost.as_ref() != Some(end);
            if (starts || ends) && !visit(&edge.relation, end, End { known, selected }) {
                return;
            }
        }
    }

    fn unread(&self) -> &[Unread] {
        self.unread
    }

    fn may_refer(&self, from: &Kind, _: &dyn Fn(&Relation) -> bool, to: &Kind) -> bool {
        from != to
    }
}
