//! The engine against small specs written for one behaviour each, and against any JSON at all.

use std::sync::LazyLock;

use cloudscope_domain::{Sighting, StatusClass, Target, redact::Redactor};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Catalog, MapContext, MapError};

/// Maps one item by a spec of kind `t.thing`, of which `body` is what follows the id.
fn map_with(id: &str, body: &str, item: Value) -> Result<Sighting, MapError> {
    let text = format!(
        "version = 1\n[[kind]]\nkind = \"t.thing\"\ncategory = \"other\"\nprovider = \"t\"\ntitle = \"Thing\"\nid = '{id}'\n{body}"
    );
    let mut catalog = Catalog::default();
    catalog.add("test.toml", &text).unwrap();
    let context = MapContext {
        account: "acc".into(),
        region: "reg".into(),
        variables: [("machine".to_owned(), "m1".to_owned())].into(),
    };
    catalog.map(&"t.thing".parse().unwrap(), item, &context, &Redactor::new([7; 32]))
}

fn map(body: &str, item: Value) -> Sighting {
    map_with("t/{/Id}", body, item).unwrap()
}

#[test]
fn an_id_is_made_of_fields_and_context() {
    let got = map_with("{machine}/{account}/{region}/{/a/b|lower}", "", json!({"a": {"b": "X"}})).unwrap();
    assert_eq!(got.asset.key.id.as_str(), "m1/acc/reg/x");
    assert_eq!(got.asset.key.incarnation.as_str(), "");
}

#[test]
fn account_region_and_zone_of_the_item_stand_in_its_id() {
    let body = "account = '/acct'\nzone = '/zone'\nregion = '{zone|before-last:-}'";
    let item = json!({"Id": "x", "acct": "a2", "zone": "eu-1-b"});
    let got = map_with("{account}/{region}/{/Id}", body, item).unwrap().asset;
    assert_eq!(got.key.id.as_str(), "a2/eu-1/x");
    assert_eq!((&*got.account, &*got.region, &*got.zone), ("a2", "eu-1", "eu-1-b"));
}

#[test]
fn a_missing_id_names_the_field() {
    let missing = |id: &str, body: &str| match map_with(id, body, json!({"Id": null})).unwrap_err() {
        MapError::MissingId { path, .. } => path,
        other => panic!("{other}"),
    };
    assert_eq!(missing("x/{/Id}", ""), "/Id");
    assert_eq!(missing("{partition}", ""), "partition");
    assert_eq!(missing("x", "incarnation = '/uid'"), "/uid");
}

#[test]
fn what_is_no_object_is_refused() {
    for item in [json!(null), json!([]), json!("x"), json!(1)] {
        assert!(matches!(map_with("t/{/Id}", "", item), Err(MapError::NotAnObject(_))));
    }
}

#[test]
fn a_kind_that_nobody_knows_is_refused() {
    let got = Catalog::default().map(
        &"a.b".parse().unwrap(),
        json!({}),
        &MapContext::default(),
        &Redactor::new([0; 32]),
    );
    assert_eq!(got.unwrap_err().to_string(), "no kind `a.b` in the catalog");
}

#[test]
fn a_name_comes_from_the_first_alternative_or_the_tail_of_the_id() {
    let body = "tags = '/T'\nname = ['tag:Name', '/N']";
    let name = |item| map(body, item).asset.name.to_string();
    assert_eq!(name(json!({"Id": "1", "T": {"Name": "a"}, "N": "b"})), "a");
    assert_eq!(name(json!({"Id": "1", "T": {"Name": ""}, "N": "b"})), "b");
    assert_eq!(name(json!({"Id": "x:y/", "N": null})), "y");
}

#[test]
fn a_status_word_keeps_its_case_and_gets_a_meaning() {
    let body = "status = { path = ['/s', '/t'], ok = ['Running'], error = ['failed'], default = 'warning' }";
    let status = |item| map(body, item).asset.status.map(|s| (s.word.to_string(), s.class));
    assert_eq!(status(json!({"Id": "1", "s": "RUNNING"})), Some(("RUNNING".into(), StatusClass::Ok)));
    assert_eq!(status(json!({"Id": "1", "t": "failed"})), Some(("failed".into(), StatusClass::Error)));
    assert_eq!(status(json!({"Id": "1", "s": "odd"})), Some(("odd".into(), StatusClass::Warning)));
    assert_eq!(status(json!({"Id": "1"})), None);
}

#[test]
fn times_addresses_and_aliases() {
    let body = "created = ['/c', '/d']\naddresses = ['/ip', '{/n/*/ip|before:/}', '/n/*/ip']\naliases = ['/Id', '{/Id}.local', '{id}']";
    let item = json!({"Id": "1", "c": "never", "d": 1_795_248_000, "ip": "10.0.0.1", "n": [{"ip": "10.0.0.1/8"}, {"ip": "fe80::1/64"}, {}]});
    let got = map(body, item).asset;
    assert_eq!(got.created_at.unwrap().to_string(), "2026-11-21T08:00:00Z");
    assert_eq!(got.addresses, ["10.0.0.1", "fe80::1", "10.0.0.1/8", "fe80::1/64"]);
    assert_eq!(got.aliases, ["1", "1.local"]);
}

#[test]
fn references_name_their_targets() {
    let body = "
[[kind.reference]]
path = '/VpcId'
relation = 'in'
kind = 'aws.ec2.vpc'
[[kind.reference]]
path = '/Vols/*/Id'
relation = 'uses'
id = '{account}/vol/{}'
confidence = 0.5
[[kind.reference]]
path = '/Owners/*'
relation = 'owned-by'
name = '{./kind}/{./name}'
reverse = true
[[kind.reference]]
relation = 'part-of'
id = '{machine}'
";
    let item = json!({
        "Id": "1", "VpcId": "vpc-1", "Vols": [{"Id": "v1"}, {"Id": ""}, {"Id": null}, {}, {"Id": "v1"}, {"Id": 2}],
        "Owners": [{"kind": "rs", "name": "a"}, {"kind": "rs"}],
    });
    let got: Vec<String> = map(body, item)
        .references
        .iter()
        .map(|r| {
            let kind = match &r.target {
                Target::Id(_) => "id".to_owned(),
                Target::Named { kind, .. } => format!("{kind:?}"),
                Target::Selected(selection) => format!("all of {}", selection.kind),
            };
            format!("{} {} {kind} {} {} {}", r.relation, r.target, r.reverse, r.confidence, r.rule)
        })
        .collect();
    assert_eq!(
        got,
        [
            "in vpc-1 Some(\"aws.ec2.vpc\") false 1 /VpcId",
            "uses acc/vol/v1 id false 0.5 /Vols/*/Id",
            "uses acc/vol/2 id false 0.5 /Vols/*/Id",
            "owned-by rs/a None true 1 /Owners/*",
            "part-of m1 id false 1 {machine}",
        ]
    );
    assert!(map(body, json!({"Id": "1", "VpcId": null})).references.len() == 1);
}

#[test]
fn volatile_paths_and_sets_are_pointers() {
    let body = "volatile = ['/cpu', '/disks/*/io', '/\"a/b\"']\nsets = ['/groups']";
    let got = map(body, json!({"Id": "1", "disks": [{"io": 1}, {}]}));
    assert_eq!(*got.volatile, ["/cpu", "/disks/0/io", "/a~1b"]);
    assert_eq!(*got.sets, ["/groups"]);
}

#[test]
fn what_is_redacted_by_path_never_becomes_a_name_a_tag_or_a_target() {
    let body = "
name = '/Secret'
tags = '/Env'
declares = '/Secret'
addresses = '/Secret'
redact = ['/Secret', { path = '/Env/*', why = 'environment' }]
[[kind.reference]]
path = '/Secret'
relation = 'uses'
";
    let got = map(
        body,
        json!({"Id": "1", "Secret": "hunter2hunter2", "Env": {"A": "tr0ub4dor", "B": [1, "tr0ub4dor"]}}),
    );
    let all = format!("{got:?}");
    assert!(!all.contains("hunter2") && !all.contains("tr0ub4dor"), "{all}");
    assert!(got.asset.tags["A"].starts_with("«redacted:environment:"));
    assert!(got.asset.tags.contains_key("B"));
}

#[test]
fn what_only_looks_secret_is_taken_out_of_every_derived_field() {
    let body = "
name = '/Link'
addresses = '/Link'
aliases = '/Link'
declares = '/Link'
tags = '/Tags'
account = '/Link'
status = { path = '/Link' }
[[kind.reference]]
path = '/Link'
relation = 'uses'
";
    let item = json!({"Id": "1", "Link": "postgres://app:hunter2hunter2@db/x", "Tags": {"db_password": "tr0ub4dor"}});
    let got = format!("{:?}", map(body, item));
    assert!(!got.contains("hunter2") && !got.contains("tr0ub4dor"), "{got}");
    assert!(got.contains("postgres://app:«redacted:password:"), "{got}");
}

#[test]
fn an_item_that_names_too_much_is_cut() {
    let body = "addresses = '/l/*'
[[kind.reference]]
path = '/l/*'
relation = 'uses'
";
    let list: Vec<u32> = (0..20_000).collect();
    let got = map(body, json!({"Id": "1", "l": list}));
    assert_eq!((got.asset.addresses.len(), got.references.len()), (256, 10_000));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,24}".prop_map(Value::from),
        Just(json!("2026-11-21T08:00:00Z")),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("(Tags|State|Name|Id|Key|metadata|status|/|)|\\PC{0,6}", inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Puts values where the specs look, so that more than the missing id is tried.
fn any_item() -> impl Strategy<Value = Value> {
    let keys = "(name|pid|hostname|InstanceId|VolumeId|Tags|State|Status|metadata|properties|id|selfLink|labels|Arn|spec|Environment|addresses)";
    prop::collection::vec((keys, any_json()), 0..10)
        .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_item_makes_any_built_in_kind_panic(item in prop_oneof![any_json(), any_item()]) {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().unwrap());
        let catalog = &*CATALOG;
        let redactor = Redactor::new([1; 32]);
        let context = MapContext {
            variables: ["machine", "partition", "cluster", "project", "uid"].map(|v| (v.to_owned(), v.to_owned())).into(),
            ..MapContext::default()
        };
        for spec in catalog.kinds() {
            match catalog.map(&spec.kind, item.clone(), &context, &redactor) {
                Ok(sighting) => {
                    prop_assert!(!sighting.asset.name.is_empty());
                    prop_assert!(!sighting.asset.key.id.as_str().is_empty());
                }
                Err(MapError::NotAnObject(_)) => prop_assert!(!item.is_object()),
                Err(MapError::MissingId { path, .. }) => prop_assert!(!path.is_empty()),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}

#[test]
fn the_id_of_an_access_key_stays_in_its_own_asset_and_nowhere_else() {
    let (id, other) = ("AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE");
    let item = json!({
        "AccessKeyId": id, "Rotated": other, "Note": format!("old {id}"), "UserName": "ann",
        "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    });
    let got = map_with("{/AccessKeyId}", "identifier = true\nname = '/UserName'", item.clone()).unwrap();
    assert_eq!(got.asset.key.id.as_str(), id);
    let payload = got.asset.properties.value();
    assert_eq!(payload["AccessKeyId"], id);
    assert!(payload["Rotated"].as_str().unwrap().starts_with("«redacted:"), "{payload}");
    assert!(!payload["Note"].as_str().unwrap().contains(id), "{payload}");
    assert!(!payload.to_string().contains("wJalr"), "{payload}");
    // A row that does not say so keeps none, and one that says so keeps nothing else.
    let without = map_with("{/AccessKeyId}", "", item).unwrap();
    assert!(!format!("{without:?}").contains(id), "{without:?}");
    let token = format!("ghp_{}", "a".repeat(36));
    let odd = map_with("{/Id}", "identifier = true", json!({"Id": token})).unwrap();
    assert!(!format!("{odd:?}").contains(&token), "{odd:?}");
}
