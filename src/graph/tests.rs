//! The graph equals a naive model of it, whatever the order in which records came.

mod selected;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
    sync::Arc,
};

use cloudscope_domain::{
    Asset, AssetId, AssetKey, Category, Evidence, Gone, Kind, Payload, Proof, Record, RecordKey, Reference,
    Relation, Relationship, Revision, RunId, ScopeKey, Selection, Tags, Target, Test, Timestamp, Want,
    neighbours::{Direction, Neighbours},
};
use proptest::prelude::*;

use crate::{Adjacent, Graph, GraphWriter, Lookup, cycles};

const DIRECTIONS: [Direction; 3] = [Direction::In, Direction::Out, Direction::Both];

fn record(id: &str) -> Record {
    Record {
        asset: Asset {
            key: AssetKey::new(id, ""),
            kind: "host.process".parse::<Kind>().unwrap(),
            category: Category::Other,
            provider: "host".into(),
            name: id.into(),
            account: "".into(),
            region: "".into(),
            zone: "".into(),
            status: None,
            tags: [].into(),
            created_at: None,
            addresses: Vec::new(),
            aliases: Vec::new(),
            declares: None,
            properties: Payload::default(),
        },
        references: Vec::new(),
        scope: ScopeKey::new("host", "x").into(),
        first_seen: Timestamp::default(),
        changed_at: Timestamp::default(),
        revision: Revision(1),
        run: RunId(1),
        gone: None,
    }
}

fn reference(relation: &str, target: Target) -> Reference {
    Reference { relation: relation.into(), target, reverse: false, confidence: 1.0, rule: "$.x".into() }
}

fn with(id: &str, references: &[(&str, Target)]) -> Record {
    let mut r = record(id);
    r.references = references.iter().map(|(rel, t)| reference(rel, t.clone())).collect();
    r
}

fn to(id: &str) -> Target {
    Target::Id(id.into())
}

fn name(name: &str) -> Target {
    Target::Named { kind: None, name: name.into() }
}

/// The records that are there, and the edges they state, asked one by one.
#[derive(Clone, Default)]
struct Model(BTreeMap<RecordKey, Record>);

impl Lookup for Model {
    fn exists(&self, id: &AssetId) -> bool {
        self.0.values().any(|r| r.asset.key.id == *id)
    }

    fn resolve(&self, target: &Target) -> Option<AssetId> {
        let (text, kind) = match target {
            Target::Id(id) => (id.as_str(), None),
            Target::Named { kind, name } => (&**name, kind.as_ref()),
            Target::Selected(_) => return None,
        };
        let fits = |r: &&Record| kind.is_none_or(|k| *k == r.asset.kind);
        let ids = |bears: &dyn Fn(&Record) -> bool| -> BTreeSet<AssetId> {
            self.0.values().filter(fits).filter(|r| bears(r)).map(|r| r.asset.key.id.clone()).collect()
        };
        let exact = ids(&|r| r.asset.key.id.as_str() == text);
        let found =
            if exact.is_empty() { ids(&|r| r.asset.aliases.iter().any(|a| a == text)) } else { exact };
        if found.len() == 1 { found.into_iter().next() } else { None }
    }

    fn aliases(&self, id: &AssetId) -> Vec<String> {
        self.0.values().filter(|r| r.asset.key.id == *id).flat_map(|r| r.asset.aliases.clone()).collect()
    }

    fn selected(&self, selection: &Selection, visit: &mut dyn FnMut(AssetId) -> bool) {
        let mut ids = self.fitting(selection);
        ids.all(visit);
    }

    fn count_selected(&self, selection: &Selection) -> usize {
        self.fitting(selection).count()
    }

    fn each_record(&self, id: &AssetId, visit: &mut dyn FnMut(&str, &Tags<'_>)) {
        for r in self.0.values().filter(|r| r.asset.key.id == *id) {
            let tags: Vec<_> = r.asset.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            visit(r.asset.kind.as_str(), &tags);
        }
    }
}

impl Model {
    fn of(records: &[Record]) -> Self {
        Self(records.iter().map(|r| (r.record_key(), r.clone())).collect())
    }

    fn upsert(&mut self, r: &Record) {
        if r.gone.is_some() {
            self.0.remove(&r.record_key());
        } else {
            self.0.insert(r.record_key(), r.clone());
        }
    }

    /// The records that a selection means, by their ids.
    fn fitting(&self, selection: &Selection) -> impl Iterator<Item = AssetId> {
        let fits = |r: &&Record| {
            let in_place = |places: &Selection| {
                let rest = r.asset.key.id.as_str().strip_prefix(&*selection.within).unwrap_or_default();
                let place = rest.split('/').next().filter(|place| place.len() < rest.len());
                let is = |place: &str| {
                    self.fitting(places).any(|id| *id.as_str() == *format!("{}{place}", places.within))
                };
                place.is_some_and(is)
            };
            r.asset.kind == selection.kind
                && r.asset.key.id.as_str().starts_with(&*selection.within)
                && selection.fits(|key| r.asset.tags.get(key).map(String::as_str))
                && selection.places.as_deref().is_none_or(in_place)
        };
        self.0.values().filter(fits).map(|r| r.asset.key.id.clone()).collect::<Vec<_>>().into_iter()
    }

    /// What a target means; none where it dangles.
    fn meant(&self, target: &Target) -> Vec<AssetId> {
        match target {
            Target::Selected(selection) => self.fitting(selection).collect(),
            one => self.resolve(one).into_iter().collect(),
        }
    }

    fn all(&self) -> Vec<Relationship> {
        let mut best: BTreeMap<(AssetId, AssetId, Relation), Relationship> = BTreeMap::new();
        for record in self.0.values() {
            let me = &record.asset.key.id;
            let ends = record.references.iter().flat_map(|r| {
                let mut found = self.meant(&r.target);
                let dangling = found.is_empty();
                if dangling {
                    found.push(r.target.to_string().as_str().into());
                }
                found.into_iter().map(move |other| (r, other, dangling))
            });
            for (r, other, dangling) in ends {
                let (from, to) = if r.reverse { (other, me.clone()) } else { (me.clone(), other) };
                if from == to {
                    continue;
                }
                let key = (from.clone(), to.clone(), r.relation.clone());
                let evidence = Evidence { rule: r.rule.clone(), stated_by: me.clone(), run: record.run };
                let edge = Relationship {
                    from,
                    to,
                    relation: r.relation.clone(),
                    confidence: r.confidence,
                    evidence,
                    dangling,
                };
                let rank = |e: &Relationship| {
                    let sure = (e.confidence * 100.0) as i64;
                    let worse = std::cmp::Reverse((e.evidence.stated_by.clone(), e.evidence.rule.clone()));
                    (!e.dangling, sure, e.evidence.run, worse)
                };
                match best.get(&key) {
                    Some(old) if rank(old) >= rank(&edge) => {}
                    _ => {
                        best.insert(key, edge);
                    }
                }
            }
        }
        best.into_values().collect()
    }

    fn edges(&self, id: &AssetId, direction: Direction) -> Vec<Relationship> {
        self.all()
            .into_iter()
            .filter(|e| {
                (direction != Direction::In && e.from == *id) || (direction != Direction::Out && e.to == *id)
            })
            .collect()
    }

    fn around(
        &self,
        focus: &AssetId,
        direction: Direction,
        depth: u8,
        limit: usize,
    ) -> (Vec<Relationship>, u64) {
        let (mut out, mut more, mut seen) = (Vec::new(), 0, vec![focus.clone()]);
        let mut told = HashSet::new();
        let mut queue = VecDeque::from([(focus.clone(), 0)]);
        while let Some((id, level)) = queue.pop_front() {
            if level == depth {
                continue;
            }
            for e in self.edges(&id, direction) {
                if !told.insert((e.from.clone(), e.to.clone(), e.relation.clone())) {
                    continue;
                }
                if out.len() == limit {
                    more += 1;
                    continue;
                }
                let other = if e.from == id { e.to.clone() } else { e.from.clone() };
                if !seen.contains(&other) {
                    seen.push(other.clone());
                    queue.push_back((other, level + 1));
                }
                out.push(e);
            }
        }
        (out, more)
    }
}

/// Some lie in others.
fn id(n: u8) -> String {
    if n < 8 { format!("id-{n}") } else { format!("id-{}/{n}", n % 3) }
}

fn ends() -> impl Strategy<Value = String> {
    prop_oneof![(0..12_u8).prop_map(id), (0..6_u8).prop_map(|n| format!("alias-{n}"))]
}

fn any_selection() -> impl Strategy<Value = Selection> {
    let values =
        || prop::collection::vec(prop::sample::select(&["x", "y", "z"][..]).prop_map(Arc::from), 0..3);
    let test = prop_oneof![
        2 => prop::sample::select(&["x", "y", "z"][..]).prop_map(|v| Test::In(vec![v.into()])),
        1 => values().prop_map(Test::In),
        1 => values().prop_map(Test::NotIn),
        1 => Just(Test::Exists),
        1 => Just(Test::Missing),
    ];
    let want =
        (prop::sample::select(&["a", "b"][..]), test).prop_map(|(key, test)| Want { key: key.into(), test });
    let within = prop::sample::select(&["", "id-", "id-1", "id-10", "id-3", "x/"][..]);
    let kind = prop::sample::select(&["host.process", "host.disk", "host.none"][..]);
    let wants = move || prop::collection::vec(want.clone(), 0..3);
    let places = prop::option::weighted(0.3, (kind.clone(), prop::sample::select(&["", "id-"][..]), wants()));
    (kind, within, wants(), places).prop_map(|(kind, within, wants, places)| {
        let of = |kind: &str, within: &str, wants, places| Selection {
            kind: kind.parse().unwrap(),
            within: within.into(),
            wants,
            places,
        };
        let places = places.map(|(kind, within, wants)| of(kind, within, wants, None));
        // What lies in places is called by what follows the beginning that theirs have.
        let within =
            places.as_ref().map_or(within, |places| if &*places.within == "id-" { "id-" } else { "" });
        of(kind, within, wants, places.map(Arc::new))
    })
}

fn any_tags() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map(
        prop::sample::select(&["a", "b", "c"][..]).prop_map(str::to_owned),
        prop::sample::select(&["x", "y", ""][..]).prop_map(str::to_owned),
        0..3,
    )
}

fn any_record() -> impl Strategy<Value = Record> {
    let kind = || prop::sample::select(&["host.process", "host.disk"][..]);
    let target = prop_oneof![
        any_selection().prop_map(|s| Target::Selected(s.into())),
        ends().prop_map(|t| Target::Id(t.as_str().into())),
        (prop::option::of(kind()), ends())
            .prop_map(|(k, t)| Target::Named { kind: k.map(|k| k.parse().unwrap()), name: t.into() }),
    ];
    let relation = prop::sample::select(&["uses", "child-of"][..]);
    let confidence = prop::sample::select(&[0.5_f32, 1.0][..]);
    let rule = prop::sample::select(&["$.a", "$.b"][..]);
    let refs = prop::collection::vec((relation, target, any::<bool>(), confidence, rule), 0..5);
    let aliases = prop::collection::vec((0..6_u8).prop_map(|n| format!("alias-{n}")), 0..2);
    (
        (0..12_u8, prop::sample::select(&["a", "b"][..])),
        (kind(), any_tags()),
        refs,
        aliases,
        1..4_u64,
        prop::bool::weighted(0.2),
    )
        .prop_map(|((n, source), (kind, tags), refs, aliases, run, gone)| {
            let mut r = record(&id(n));
            r.scope = ScopeKey::new(source, "x").into();
            r.asset.kind = kind.parse().unwrap();
            (r.asset.aliases, r.asset.tags) = (aliases, tags);
            r.run = RunId(run);
            r.references = refs
                .into_iter()
                .map(|(relation, target, reverse, confidence, rule)| Reference {
                    relation: relation.into(),
                    target,
                    reverse,
                    confidence,
                    rule: rule.into(),
                })
                .collect();
            r.gone = gone.then_some(Gone {
                at: r.changed_at,
                proof: Proof::NotFound,
                run: RunId(1),
                revision: Revision(1),
            });
            r
        })
}

fn agree(graph: &Graph, model: &Model) -> Result<(), TestCaseError> {
    let ids = (0..12).map(|n| format!("id-{n}")).chain((0..6).map(|n| format!("alias-{n}")));
    let mut ids: BTreeSet<AssetId> = ids.map(|t| AssetId::from(t.as_str())).collect();
    ids.extend(model.all().into_iter().flat_map(|e| [e.from, e.to]));
    for id in ids {
        for direction in DIRECTIONS {
            prop_assert_eq!(
                graph.edges(&id, direction, model),
                model.edges(&id, direction),
                "{} {:?}",
                id,
                direction
            );
        }
    }
    for (depth, limit) in [(1, 100), (3, 100), (3, 4), (8, 0)] {
        let focus = AssetId::from("id-1");
        let around = graph.around(&focus, Direction::Both, depth, limit, model);
        prop_assert_eq!((around.edges, around.more), model.around(&focus, Direction::Both, depth, limit));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_equals_the_model_and_any_order_of_its_end(
        batches in prop::collection::vec(prop::collection::vec(any_record(), 1..25), 1..5),
        seed in any::<prop::sample::Index>(),
    ) {
        let (mut writer, mut model) = (GraphWriter::new(), Model::default());
        let mut published = Vec::new();
        for batch in &batches {
            for r in batch {
                writer.upsert(r);
                model.upsert(r);
            }
            published.push((writer.publish(), model.clone()));
        }
        for (graph, model) in &published {
            agree(graph, model)?;
        }
        // One that was saved and restored in the middle of it goes on as if nothing had been.
        let mut restored = GraphWriter::new();
        for (batch, (graph, model)) in batches.iter().zip(&published) {
            batch.iter().for_each(|r| restored.upsert(r));
            let mut saved = Vec::new();
            restored.publish().save(&mut saved).unwrap();
            restored = GraphWriter::restore(&mut saved.as_slice()).unwrap();
            let (now, then) = (restored.publish(), graph);
            agree(&now, model)?;
            prop_assert_eq!((now.nodes(), now.known.len()), (then.nodes(), then.known.len()));
        }
        for key in model.0.keys() {
            restored.forget(key);
        }
        let empty = restored.publish();
        prop_assert_eq!((empty.nodes(), empty.known.len()), (0, 0));

        let mut again = GraphWriter::new();
        let mut records: Vec<_> = model.0.values().collect();
        if !records.is_empty() {
            let middle = seed.index(records.len());
            records.rotate_left(middle);
            records.reverse();
        }
        for r in records {
            again.upsert(r);
        }
        agree(&again.publish(), &model)?;
    }

    #[test]
    fn what_was_saved_and_then_changed_or_cut_is_refused(
        records in prop::collection::vec(any_record(), 1..40),
        (at, bit, cut) in (any::<prop::sample::Index>(), 0..8_u8, any::<bool>()),
    ) {
        let mut saved = Vec::new();
        publish(&records).save(&mut saved).unwrap();
        prop_assert!(GraphWriter::restore(&mut saved.as_slice()).is_ok());
        let at = at.index(saved.len());
        if cut { saved.truncate(at) } else { saved[at] ^= 1 << bit }
        prop_assert!(GraphWriter::restore(&mut saved.as_slice()).is_err(), "{} of {}", at, saved.len());
    }

    #[test]
    fn a_path_is_a_chain_and_no_shorter_one_exists(records in prop::collection::vec(any_record(), 1..20)) {
        let live: Vec<_> = records.into_iter().filter(|r| r.gone.is_none()).collect();
        let model = Model::of(&live);
        let graph = publish(&model.0.values().cloned().collect::<Vec<_>>());
        let (from, target) = (AssetId::from("id-1"), AssetId::from("id-2"));
        for direction in DIRECTIONS {
            let mut level = BTreeSet::from([from.clone()]);
            let mut seen = level.clone();
            let mut steps = 0;
            while !level.is_empty() && !level.contains(&target) {
                steps += 1;
                level = level
                    .iter()
                    .flat_map(|id| model.edges(id, direction).into_iter().map(move |e| if e.from == *id { e.to } else { e.from }))
                    .filter(|id| !seen.contains(id))
                    .collect();
                seen.extend(level.iter().cloned());
            }
            let path = graph.path(&from, &target, direction, &model, &|| false);
            prop_assert_eq!(path.as_ref().map(Vec::len), (!level.is_empty()).then_some(steps));
            let mut at = from.clone();
            for e in path.into_iter().flatten() {
                prop_assert!(e.from == at || e.to == at);
                at = if e.from == at { e.to } else { e.from };
            }
        }
    }
}

fn publish(records: &[Record]) -> Arc<Graph> {
    let mut writer = GraphWriter::new();
    for r in records {
        writer.upsert(r);
    }
    writer.publish()
}

#[test]
fn a_name_finds_its_asset_when_that_is_collected_later() {
    let mut writer = GraphWriter::new();
    let instance = with("i", &[("in-subnet", name("subnet-0ab1"))]);
    writer.upsert(&instance);
    let graph = writer.publish();
    let edge = &graph.edges(&"i".into(), Direction::Out, &Model::of(std::slice::from_ref(&instance)))[0];
    assert_eq!((edge.to.as_str(), edge.dangling), ("subnet-0ab1", true));
    let mut subnet = record("arn:subnet-0ab1");
    subnet.asset.aliases = vec!["subnet-0ab1".into()];
    let model = Model::of(&[instance, subnet]);
    let edge = &graph.edges(&"arn:subnet-0ab1".into(), Direction::In, &model)[0];
    assert_eq!((edge.from.as_str(), edge.to.as_str(), edge.dangling), ("i", "arn:subnet-0ab1", false));
    assert_eq!(graph.edges(&"subnet-0ab1".into(), Direction::In, &model), []);
}

#[test]
fn self_edges_vanish_and_other_relations_stay_side_by_side() {
    let r = with("a", &[("uses", to("a")), ("uses", to("b")), ("uses", name("b")), ("owns", to("b"))]);
    let records = [r, record("b")];
    let graph = publish(&records);
    let edges = graph.edges(&"a".into(), Direction::Both, &Model::of(&records));
    assert_eq!(edges.iter().map(|e| e.relation.as_str()).collect::<Vec<_>>(), ["owns", "uses"]);
    let mut relations: Vec<&str> = graph.relations().collect();
    relations.sort_unstable();
    assert_eq!(relations, ["owns", "uses"]);
}

#[test]
fn a_long_chain_overflows_nothing() {
    let ids: Vec<String> = (0..100_000).map(|n| format!("n{n:06}")).collect();
    struct Everything;
    impl Lookup for Everything {
        fn exists(&self, _: &AssetId) -> bool {
            true
        }
        fn resolve(&self, target: &Target) -> Option<AssetId> {
            if let Target::Id(id) = target { Some(id.clone()) } else { None }
        }
        fn aliases(&self, _: &AssetId) -> Vec<String> {
            Vec::new()
        }
        fn selected(&self, _: &Selection, _: &mut dyn FnMut(AssetId) -> bool) {}
        fn count_selected(&self, _: &Selection) -> usize {
            0
        }
        fn each_record(&self, _: &AssetId, _: &mut dyn FnMut(&str, &Tags<'_>)) {}
    }
    let mut writer = GraphWriter::new();
    for pair in ids.windows(2) {
        writer.upsert(&with(&pair[0], &[("next", to(&pair[1]))]));
    }
    let graph = writer.publish();
    let path =
        graph.path(&"n000000".into(), &"n099999".into(), Direction::Out, &Everything, &|| false).unwrap();
    assert_eq!(path.len(), 99_999);
    assert_eq!(cycles(&path), Vec::<Vec<AssetId>>::new());
    assert_eq!(graph.around(&"n000000".into(), Direction::Out, 8, 100, &Everything).edges.len(), 8);
}

#[test]
fn a_hub_is_cut_and_says_by_how_much() {
    let mut records: Vec<Record> =
        (0..15_000).map(|n| with(&format!("p{n}"), &[("child-of", to("hub"))])).collect();
    records.push(record("hub"));
    struct Ids;
    impl Lookup for Ids {
        fn exists(&self, _: &AssetId) -> bool {
            true
        }
        fn resolve(&self, target: &Target) -> Option<AssetId> {
            Some(target.to_string().as_str().into())
        }
        fn aliases(&self, _: &AssetId) -> Vec<String> {
            Vec::new()
        }
        fn selected(&self, _: &Selection, _: &mut dyn FnMut(AssetId) -> bool) {}
        fn count_selected(&self, _: &Selection) -> usize {
            0
        }
        fn each_record(&self, _: &AssetId, _: &mut dyn FnMut(&str, &Tags<'_>)) {}
    }
    let graph = publish(&records);
    let around = graph.around(&"hub".into(), Direction::In, 2, 50, &Ids);
    assert_eq!((around.edges.len(), around.more), (50, 14_950));
    let mut seen = 0;
    Adjacent { graph: &graph, lookup: &Ids }.each(
        &"hub".into(),
        Direction::In,
        &mut |relation, other, end| {
            assert!(end.known && end.selected.is_none());
            assert_eq!(relation.as_str(), "child-of");
            assert!(other.as_str().starts_with('p'));
            seen += 1;
            seen < 10
        },
    );
    assert_eq!(seen, 10, "it went on after it was told to stop");
}

#[test]
fn what_no_edge_touches_any_more_is_forgotten() {
    let mut writer = GraphWriter::new();
    for n in 0..1000 {
        let mut r = with(&format!("p{n}"), &[("child-of", to("init"))]);
        writer.upsert(&r);
        r.references.clear();
        writer.upsert(&r);
    }
    let graph = writer.publish();
    assert!(graph.names.nodes.len() <= 80 && graph.records.len() <= 40);
    assert_eq!((graph.nodes(), graph.known.len()), (0, 0));
}

#[test]
fn assets_that_reach_each_other_are_a_cycle() {
    let records =
        [with("a", &[("uses", to("b"))]), with("b", &[("uses", to("c"))]), with("c", &[("uses", to("b"))])];
    let around = publish(&records).around(&"a".into(), Direction::Out, 5, 100, &Model::of(&records));
    assert_eq!(cycles(&around.edges), [["b".into(), "c".into()]]);
}
