//! Who owns whom, kept while revisions go by, equals what a walk from every thing finds anew.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::{
    Asset, AssetKey, Category, Coverage, CoverageState, Gone, ListingMode, Payload, Proof, Query, Record,
    Reference, Revision, RunId, Scope, ScopeKey, ScopeState, Status, StatusClass, Target, Timestamp, Unseen,
    neighbours::Direction,
};
use cloudscope_graph::GraphWriter;
use cloudscope_index::{Hits, IndexWriter, RowId};
use proptest::prelude::*;

use super::{
    forest::{Forest, Tally},
    kin::Kin,
};
use crate::{engine::near::Names, hub::View};

#[derive(Clone, Debug)]
enum Step {
    Put(Box<Record>),
    Forget(Box<Record>),
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        (0..14_u8).prop_map(|n| Target::Id(format!("id:{n}").as_str().into())),
        (prop::option::weighted(0.3, 0..2_u8), 0..8_u8).prop_map(|(kind, n)| Target::Named {
            kind: kind.map(|k| format!("t.kind-{k}").parse().unwrap()),
            name: format!("uid-{n}").as_str().into(),
        }),
    ]
}

fn reference() -> impl Strategy<Value = Reference> {
    (
        target(),
        prop::sample::select(vec!["owned-by", "owned-by", "uses", "same-as"]),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(target, relation, reverse)| Reference {
            relation: relation.into(),
            target,
            reverse: reverse && relation != "same-as",
            confidence: 1.0,
            rule: "/r".into(),
        })
}

fn record() -> impl Strategy<Value = Record> {
    let names = prop::collection::btree_set(0..8_u8, 0..3);
    let status = prop::option::of(prop::sample::select(vec![
        StatusClass::Ok,
        StatusClass::Error,
        StatusClass::Warning,
    ]));
    let parts = (0..14_u8, 0..2_u8, 0..2_u8, 0..2_u8, 0..2_u8);
    (parts, names, status, prop::collection::vec(reference(), 0..3), prop::bool::weighted(0.2)).prop_map(
        |((n, kind, place, source, name), names, status, references, gone)| Record {
            asset: Asset {
                key: AssetKey::new(format!("id:{n}"), ""),
                kind: format!("t.kind-{kind}").parse().unwrap(),
                category: if kind == 0 { Category::Container } else { Category::Network },
                provider: "test".into(),
                name: format!("name-{}", n % 5 + name).into(),
                account: ["a", "b"][usize::from(place)].into(),
                region: "".into(),
                zone: "".into(),
                status: status.map(|class| Status { word: class.as_str().into(), class }),
                tags: BTreeMap::new(),
                created_at: None,
                addresses: Vec::new(),
                aliases: names.into_iter().map(|n| format!("uid-{n}")).collect(),
                declares: None,
                properties: Payload::from_value(&serde_json::json!({})),
            },
            references,
            scope: ScopeKey::new(["one", "two"][usize::from(source)], "all").into(),
            first_seen: Timestamp::default(),
            changed_at: Timestamp::default(),
            revision: Revision(1),
            run: RunId(1),
            gone: gone.then(|| Gone {
                at: Timestamp::default(),
                proof: Proof::NotFound,
                revision: Revision(1),
                run: RunId(1),
            }),
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => record().prop_map(|record| Step::Put(record.into())),
        1 => record().prop_map(|record| Step::Forget(record.into())),
    ]
}

fn listed(key: ScopeKey) -> ScopeState {
    ScopeState {
        scope: Scope { key, mode: ListingMode::Snapshot, kinds: Vec::new() },
        coverage: Coverage {
            state: CoverageState::Ok,
            last_good: Some(Timestamp::default()),
            ..Coverage::default()
        },
        run: RunId(1),
        unseen: Unseen::None,
        failing_since: None,
        last_seen: Some(Timestamp::default()),
    }
}

fn hits(view: &View, query: &str) -> Hits {
    view.snapshot.evaluate(&Query::parse(query), &[], Timestamp::default(), &|| false).unwrap()
}

/// By thing of the place, in the order of names: its row, its owner, and what is at or below it.
fn naive(view: &View, all: &Hits, counted: &Hits) -> Vec<(RowId, Option<RowId>, Tally)> {
    let snapshot = &view.snapshot;
    let things: Vec<RowId> = all.iter(snapshot).collect();
    let owner = |thing: RowId| {
        let mut owners = Vec::new();
        for record in snapshot.group(thing) {
            let id = snapshot.key(record).key.id;
            view.graph.each_named(&id, "owned-by", Direction::Out, &Names(snapshot), &mut |owner, known| {
                owners.extend(known.then(|| owner.clone()));
                true
            });
        }
        // It shows one of its records, whichever was asked for.
        let thing_of = |id| {
            let row = snapshot.find(&id).first().copied()?;
            things.iter().copied().find(|thing| snapshot.group(*thing).contains(&row))
        };
        owners.into_iter().filter_map(thing_of).find(|owner| *owner != thing)
    };
    let mut owners: BTreeMap<RowId, Option<RowId>> = things.iter().map(|t| (*t, owner(*t))).collect();
    let chain = |owners: &BTreeMap<RowId, Option<RowId>>, thing: RowId| {
        let mut chain = vec![thing];
        while let Some(owner) = owners[&chain[chain.len() - 1]].filter(|owner| !chain.contains(owner)) {
            chain.push(owner);
        }
        chain
    };
    // The first by name of a circle is cut off from what owns it.
    for thing in &things {
        let round = chain(&owners, *thing);
        if owners[&round[round.len() - 1]] == Some(*thing) {
            owners.insert(*thing, None);
        }
    }
    let own = |thing: RowId| {
        let brief = snapshot.brief(thing);
        let counts = snapshot.group(thing).into_iter().any(|row| counted.contains(row));
        let is = |holds: bool| u64::from(holds && counts);
        Tally {
            count: is(true),
            unknown: is(brief.unknown),
            errors: is(brief.class == StatusClass::Error),
            warnings: is(brief.class == StatusClass::Warning),
            ..Tally::default()
        }
    };
    let tally = |thing: RowId| {
        let mut sum = own(thing);
        for below in
            things.iter().filter(|other| **other != thing && chain(&owners, **other).contains(&thing))
        {
            sum.add(own(*below));
            sum.owns += 1;
            sum.owns_what_runs |= snapshot.brief(*below).category == Category::Container;
        }
        sum
    };
    things.iter().map(|thing| (*thing, owners[thing], tally(*thing))).collect()
}

fn check(kin: &mut Kin, view: &Arc<View>) {
    for (place, query) in [("", ""), ("account=a", "account=a"), ("account=b", "account=b status:error")] {
        let (all, counted) = (hits(view, place), hits(view, query));
        let forest = Forest::new(kin, view, &all, (place != query).then_some(&counted), &|| false).unwrap();
        let expected = naive(view, &all, &counted);
        assert_eq!(forest.len(), expected.len());
        let thing =
            |row: RowId| forest.find(&view.snapshot.id(row)).filter(|thing| forest.row(*thing) == row);
        for (row, owner, tally) in &expected {
            // Two incarnations of an id are two things, of which the id leads to the first.
            let Some(thing_at) = thing(*row) else { continue };
            assert_eq!(forest.tally(thing_at), *tally, "{:?}", view.snapshot.key(*row));
            let is_top = forest.tops().any(|top| top == thing_at);
            assert_eq!(is_top, owner.is_none(), "{:?}", view.snapshot.key(*row));
            if let Some(owner) = owner.and_then(thing) {
                assert_eq!(forest.above(thing_at, Some(owner)), Some(thing_at));
                assert!(forest.children(owner).contains(&thing_at));
            }
        }
        let mut tops: Vec<u32> = forest.tops().collect();
        forest.sort_by_name(&mut tops);
        let tops: Vec<RowId> = tops.into_iter().map(|top| forest.row(top)).collect();
        let expected: Vec<RowId> =
            expected.iter().filter(|(_, o, _)| o.is_none()).map(|(row, ..)| *row).collect();
        assert_eq!(tops, expected, "in their order");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_equals_what_is_found_anew(history in prop::collection::vec(prop::collection::vec(step(), 0..8), 1..12)) {
        let (mut index, mut graph, mut kin) = (IndexWriter::new(), GraphWriter::new(), Kin::default());
        // Of the other source nothing is known to be there.
        index.scope(&listed(ScopeKey::new("one", "all")));
        for (n, steps) in (1..).zip(history) {
            for step in steps {
                match step {
                    Step::Put(record) => {
                        index.upsert(&record);
                        graph.upsert(&record);
                    }
                    Step::Forget(record) => {
                        index.forget(record.record_key().hash128());
                        graph.forget(&record.record_key());
                    }
                }
            }
            let view = Arc::new(View {
                snapshot: index.publish(Revision(n), Timestamp::default()),
                graph: graph.publish(),
                scopes: crate::hub::Scopes::default(),
                pins: Arc::default(),
                past: false,
            });
            kin.turn(&view);
            check(&mut kin, &view);
            let mut anew = Kin::default();
            anew.turn(&view);
            check(&mut anew, &view);
        }
    }
}
