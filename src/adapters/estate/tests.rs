//! Laws of the estate: the same every time, of the shape that it promises, whole when listed scope by scope.

use std::collections::{BTreeMap, HashMap, HashSet};

use cloudscope_domain::{Kind, Target};

use crate::{
    Estate, csv_row,
    kinds::{AWS, AZURE, GCP, K8S},
    ndjson_row,
};

#[test]
fn a_cell_is_full() {
    for shapes in [AWS, GCP, AZURE, K8S] {
        assert_eq!(shapes.iter().map(|s| s.count).sum::<usize>(), crate::kinds::CELL, "{}", shapes[0].kind);
        for shape in shapes {
            assert!(shape.kind.parse::<Kind>().is_ok(), "{}", shape.kind);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_estate_and_another_one_another() {
    let (one, other) = (Estate::new(1, 30_000), Estate::new(2, 30_000));
    for n in (0..30_000).step_by(97) {
        assert_eq!(one.sighting(n, 3), one.sighting(n, 3));
        assert_ne!(one.sighting(n, 0), other.sighting(n, 0));
        let size = one.sighting(n, 0).asset.properties.as_str().len();
        assert!((500..1_200).contains(&size), "payload of {size} bytes: it may not have been JSON");
    }
}

#[test]
fn ids_are_one_each_and_scopes_list_every_asset_once() {
    let estate = Estate::new(7, 25_300);
    let ids: HashSet<_> = (0..estate.len()).map(|n| estate.sighting(n, 0).asset.key).collect();
    assert_eq!(ids.len(), estate.len());
    let mut seen = vec![0_u8; estate.len()];
    for scope in estate.scopes("estate") {
        for n in estate.of_scope(&scope.key) {
            seen[n] += 1;
            assert_eq!(*estate.record("estate", n, 0).scope, scope.key);
            assert_eq!(vec![estate.sighting(n, 0).asset.kind], scope.kinds);
        }
    }
    assert!(seen.iter().all(|n| *n == 1));
}

#[test]
fn ids_are_one_each_in_every_size_and_with_every_seed() {
    for (seed, assets) in [(1, 100_000), (2, 60_000), (3, 7), (9, 3_001)] {
        let estate = Estate::new(seed, assets);
        let mut ids = HashSet::new();
        for n in 0..estate.len() {
            let key = estate.sighting(n, 0).asset.key;
            assert!(ids.insert(key.clone()), "{seed}: {key:?} is there twice");
        }
    }
}

#[test]
fn no_object_of_a_payload_has_a_key_twice() {
    let estate = Estate::new(1, 40_000);
    let mut pods = 0;
    for seen in (0..estate.len()).step_by(7).map(|n| estate.sighting(n, 1)) {
        let text = seen.asset.properties.as_str();
        // Of a key that is there twice one value is left when it is read.
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(read.to_string(), text);
        if seen.asset.kind.as_str() == "k8s.core.pod" {
            pods += 1;
            assert!(read["spec"]["containers"][0]["image"].is_string(), "{text}");
        }
    }
    assert!(pods > 10, "{pods}");
}

#[test]
fn references_lead_to_what_is_there_but_for_the_few_that_dangle() {
    let estate = Estate::new(1, 20_000);
    let mut names = HashSet::new();
    let all: Vec<_> = (0..estate.len()).map(|n| estate.sighting(n, 0)).collect();
    for seen in &all {
        names.insert(seen.asset.key.id.as_str().to_owned());
        names.extend(seen.asset.aliases.iter().cloned());
    }
    let (mut total, mut dangling) = (0, 0);
    let mut degrees: HashMap<String, usize> = HashMap::new();
    let mut relations: BTreeMap<String, usize> = BTreeMap::new();
    for reference in all.iter().flat_map(|s| &s.references) {
        total += 1;
        let name = match &reference.target {
            Target::Id(id) => id.as_str(),
            Target::Named { name, .. } => name,
            Target::Selected(selection) => &selection.within,
        };
        dangling += usize::from(!names.contains(name));
        *degrees.entry(name.to_owned()).or_default() += 1;
        *relations.entry(reference.relation.to_string()).or_default() += 1;
    }
    assert!(total > estate.len() * 3 / 2, "{total} references");
    assert!(dangling > 0 && dangling * 5 < total, "{dangling} of {total} dangle");
    assert!(degrees.values().max().is_some_and(|most| *most > 500), "no hub: {:?}", degrees.values().max());
    assert!(estate.longest_chain() >= 299, "{}", estate.longest_chain());
    assert!(relations.contains_key("same-as") && relations.len() > 6, "{relations:?}");
}

#[test]
fn a_round_changes_a_few_and_lacks_fewer() {
    let estate = Estate::new(5, 20_000).churn(20);
    let changed = (0..estate.len()).filter(|n| estate.version(*n, 1) == 1).count();
    assert!((200..600).contains(&changed), "{changed}");
    let lacking = (0..estate.len()).filter(|n| !estate.present(*n, 1)).count();
    assert!((10..100).contains(&lacking), "{lacking}");
    let n = (0..estate.len()).find(|n| estate.version(*n, 1) == 1).unwrap();
    assert_ne!(estate.sighting(n, 0).asset.properties, estate.sighting(n, 1).asset.properties);
    assert_eq!(estate.sighting(n, 0).asset.key, estate.sighting(n, 1).asset.key);
}

#[test]
fn rows_can_be_read_back() {
    let estate = Estate::new(1, 12_000);
    for n in (0..estate.len()).step_by(101) {
        let seen = estate.sighting(n, 0);
        let row: serde_json::Value = serde_json::from_str(&ndjson_row(&seen)).unwrap();
        assert_eq!(row["id"], seen.asset.key.id.as_str());
        assert_eq!(row["properties"], seen.asset.properties.value());
        assert_eq!(csv_row(&seen).split(',').next(), Some(seen.asset.key.id.as_str()));
    }
}
