//! JSON and NDJSON: lists in their usual places, this program's own export, Kubernetes objects.

use cloudscope_domain::{Presence, Proof, Status, Timestamp};
use cloudscope_ports::contract::sample;
use serde_json::json;

use super::Bench;
use crate::Limits;

#[test]
fn lists_are_found_in_their_usual_places() {
    let bench = Bench::new();
    let check = |text: &str, options: &[(&str, &str)], ids: &[&str]| {
        assert_eq!(bench.read("x.json", text, options).whole().ids(), ids, "{text}");
    };
    check(r#"[{"id":"1"},{"id":2}]"#, &[], &["1", "2"]);
    check(r#"{"count":1,"value":[{"id":"1"}]}"#, &[], &["1"]);
    check(r#"{"a":[{"id":"no"}],"items":[{"id":"1"}]}"#, &[], &["1"]);
    check(r#"{"id":"1","n":"x"}"#, &[], &["1"]);
    check(r#"{"items":[]}"#, &[], &[]);
    check("[]", &[], &[]);
    let aws =
        r#"{"Reservations":[{"Instances":[{"InstanceId":"i-1"},{"InstanceId":"i-2"}]},{"Instances":[]}]}"#;
    check(aws, &[("items", "Reservations.Instances")], &["i-1", "i-2"]);

    bench.read("x.json", r#"{"a":[{"id":"1"}],"b":[{"id":"2"}]}"#, &[]).failed("several lists (a, b)");
    bench.read("x.json", r#"{"a":1}"#, &[("items", "b")]).failed("there is no `b`");
    bench.read("x.json", "7", &[]).failed("neither an array nor an object");
    bench.read("x.json", "[{\"id\":1},", &[]).failed("ends in the middle (line 1, column 10)");
    bench.read("x.json", "[] []", &[]).failed("goes on behind its first JSON value");
}

#[test]
fn a_bad_item_costs_that_item() {
    let deep = format!("{{\"id\":\"d\",\"x\":{}{}}}", "[".repeat(300), "]".repeat(300));
    let text = format!("[\n{{\"id\":\"1\"}},\n7,\n{deep},\n{{\"id\":\"2\"}}]");
    let seen = Bench::new().read("x.json", text, &[]).whole();
    assert_eq!(seen.ids(), ["1", "2"]);
    let problems = seen.problems();
    assert!(problems[0].contains("x.json:3: the item is not an object"), "{problems:?}");
    assert!(problems[1].contains("x.json:4: recursion limit exceeded"), "{problems:?}");
}

#[test]
fn a_bad_line_costs_that_line() {
    for buffered_bytes in [0, 1 << 20] {
        let bench = Bench::with(Limits { line_bytes: 100, buffered_bytes, ..Limits::default() });
        let long = format!("{{\"id\":\"{}\"}}", "x".repeat(500));
        let text =
            format!("\u{feff}{{\"id\":\"1\"}}\r\n\nnope\n[1]\n{long}\n{{\"id\":\"1\"}}\n{{\"id\":\"2\"}}");
        let seen = bench.read("x.ndjson", &text, &[]).whole();
        assert_eq!(seen.ids(), ["1", "2"]);
        let problems = seen.problems();
        for (problem, words) in problems.iter().zip([
            "x.ndjson:3: expected",
            "x.ndjson:4: the line is not a JSON object",
            "x.ndjson:5: the line has more than 100 bytes",
            "x.ndjson:6: the id `1` was already on line 1",
        ]) {
            assert!(problem.contains(words), "{problem}");
        }
        assert_eq!(problems.len(), 4);
        bench
            .read("x.ndjson", "{\"id\":\"1\"}\n{\"id\":\"2", &[])
            .failed("x.ndjson:2: the last line breaks off");
    }
}

#[test]
fn what_was_exported_is_read_back() {
    let mut row = sample::row("arn:aws:ec2:eu-west-1:1:instance/i-1", "web");
    row.status = Some("running".into());
    row.zone = "eu-west-1a".into();
    row.incarnation = "2026-01-01".into();
    row.addresses = vec!["10.0.0.1".to_owned(), "not an address, but kept".to_owned()];
    row.tags.insert("Owner Name".to_owned(), "o=1;p".to_owned());
    row.created_at = Some(Timestamp::from_millis(1_795_000_000_123));
    row.declares = Some("x".into());
    row.properties =
        Some(serde_json::from_value(json!({"b": 1, "a": [1.5, null, "ü"], "kind": "inner"})).unwrap());
    let mut gone = sample::row("gone", "gone");
    gone.presence = Presence::Gone { at: Timestamp::from_millis(0), why: Proof::NotFound };
    let lines: Vec<String> = [&row, &gone].map(|r| serde_json::to_string(r).unwrap()).to_vec();
    let bench = Bench::new();
    for (name, text) in [("x.ndjson", lines.join("\n")), ("x.json", format!("[{}]", lines.join(",\n")))] {
        let seen = bench.read(name, text, &[]).whole();
        assert_eq!(seen.problems(), [] as [&str; 0]);
        assert_eq!(seen.ids(), [row.id.as_str()], "what was gone is not there");
        let asset = seen.sightings().remove(0).asset;
        assert_eq!(asset.key.incarnation, row.incarnation);
        assert_eq!(
            (asset.kind, asset.category, asset.provider),
            (row.kind.clone(), row.category, row.provider.clone())
        );
        assert_eq!(
            (&asset.name, &asset.account, &asset.region, &asset.zone),
            (&row.name, &row.account, &row.region, &row.zone)
        );
        let status = Status { word: row.status.clone().unwrap(), class: row.status_class };
        assert_eq!(asset.status, Some(status));
        assert_eq!((asset.tags, asset.addresses), (row.tags.clone(), row.addresses.clone()));
        assert_eq!((asset.created_at, asset.declares), (row.created_at, row.declares.clone()));
        assert_eq!(Some(asset.properties), row.properties);
    }
    let bad = json!({"id": "1", "kind": "a.b", "category": "compute", "provider": "p", "tags": 7});
    let seen = bench.read("x.ndjson", bad.to_string(), &[]).whole();
    assert!(
        seen.problems()[0].contains("x.ndjson:1: not an exported row: invalid type"),
        "{:?}",
        seen.problems()
    );
}

#[test]
fn a_kubernetes_secret_keeps_its_data_to_itself() {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "s", "namespace": "n", "uid": "u-1", "labels": {"app": "web"},
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":\"Y2FuYXJ5\"}"}},
        "data": {"k": "Y2FuYXJ5"}, "stringData": {"p": "canary"},
    });
    let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "r"}});
    let list = json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": [secret, set, {
        "apiVersion": "v1", "kind": "Pod", "metadata": {}}]});
    let seen = Bench::new().read("x.json", list.to_string(), &[]).whole();
    let told = format!("{:?}", seen.sink.items());
    assert!(!told.contains("canary") && !told.contains("Y2FuYXJ5"), "{told}");
    let asset = seen.one("#core/Secret/n/s").asset;
    assert_eq!((asset.kind.as_str(), asset.key.incarnation.as_str()), ("k8s.core.secret", "u-1"));
    assert_eq!(asset.tags.get("app").map(String::as_str), Some("web"));
    assert_eq!(seen.one("#apps/ReplicaSet//r").asset.kind.as_str(), "k8s.apps.replica-set");
    assert!(seen.problems()[0].contains("no metadata.name"));
}

#[test]
fn a_named_kind_maps_through_the_catalog() {
    let bench = Bench::new();
    let catalog = cloudscope_catalog::Catalog::builtin().unwrap();
    let kind = catalog.kinds().next().map(|spec| spec.kind.to_string()).unwrap();
    // An item that lacks what the kind's id is made of is refused by the catalog, not guessed at.
    let seen = bench.read("x.json", r#"[{"nothing":1}]"#, &[("kind", &kind)]).whole();
    assert!(seen.ids().is_empty());
    assert!(seen.problems()[0].contains("which its id is made of"), "{:?}", seen.problems());
    let seen = bench.read("x.json", r#"[{"id":"1"}]"#, &[("kind", "no.such.kind")]).whole();
    assert_eq!(seen.one("1").asset.kind.as_str(), "no.such.kind");
}
