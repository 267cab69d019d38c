//! The fake, held by requests over its socket.

mod client;
mod kubectl;

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use client::Client;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

fn config(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "default", "labels": {"n": name}}, "data": {"a": "b"}})
}

fn server(count: usize) -> FakeApiServer {
    let server = FakeApiServer::start().unwrap();
    for n in 0..count {
        server.put("configmaps", config(&format!("c{n:03}")));
    }
    server
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|i| i["metadata"]["name"].as_str().unwrap()).collect()
}

#[test]
fn pages_are_one_list_at_one_version() {
    let server = server(25);
    let mut client = Client::admin(&server);
    let first = client.get("/api/v1/configmaps?limit=10").ok();
    assert_eq!(first["metadata"]["remainingItemCount"], 15);
    // What changes meanwhile is not in it.
    server.delete("configmaps", "default", "c015").unwrap();
    server.put("configmaps", config("c999"));
    let mut all: Vec<String> = names(&first).iter().map(|n| (*n).to_owned()).collect();
    let mut token = first["metadata"]["continue"].clone();
    while let Some(text) = token.as_str() {
        let page = client.get(&format!("/api/v1/configmaps?limit=10&continue={text}")).ok();
        assert_eq!(page["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
        all.extend(names(&page).iter().map(|n| (*n).to_owned()));
        token = page["metadata"]["continue"].clone();
    }
    let wanted: Vec<String> = (0..25).map(|n| format!("c{n:03}")).collect();
    assert_eq!(all, wanted);
    let again = client.get("/api/v1/configmaps").ok();
    assert_eq!(names(&again).len(), 25);
    assert!(!names(&again).contains(&"c015"));
}

#[test]
fn a_token_expires() {
    let server = server(5);
    let mut client = Client::admin(&server);
    let first = client.get("/api/v1/configmaps?limit=2").ok();
    let token = first["metadata"]["continue"].as_str().unwrap();
    server.compact();
    let answer = client.get(&format!("/api/v1/configmaps?limit=2&continue={token}"));
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (410, Some("Expired")));
    assert_eq!(client.get("/api/v1/configmaps?limit=2&continue=zz").status, 400);
}

#[test]
fn a_watch_tells_what_happens_and_what_was() {
    let server = server(2);
    let mut client = Client::admin(&server);
    let version = client.get("/api/v1/configmaps").ok()["metadata"]["resourceVersion"].clone();
    let path = format!("/api/v1/configmaps?watch=1&resourceVersion={}", version.as_str().unwrap());
    let mut watch = client.watch(&path);
    server.put("configmaps", config("new"));
    server.edit("configmaps", "default", "c000", |o| o["data"]["a"] = json!("c"));
    let deleted = server.delete("configmaps", "default", "c001").unwrap();
    let seen: Vec<Value> = (0..3).map(|_| watch.line().unwrap()).collect();
    let said = |v: &Value| {
        (v["type"].as_str().unwrap().to_owned(), v["object"]["metadata"]["name"].as_str().unwrap().to_owned())
    };
    let told: Vec<_> = seen.iter().map(said).collect();
    let wanted = [("ADDED", "new"), ("MODIFIED", "c000"), ("DELETED", "c001")];
    assert_eq!(told, wanted.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(seen[1]["object"]["kind"], "ConfigMap");
    assert_eq!(seen[2]["object"]["metadata"]["resourceVersion"], deleted.to_string());
}

#[test]
fn a_watch_with_initial_events_marks_their_end() {
    let server = server(2);
    let client = Client::admin(&server);
    let path = "/api/v1/configmaps?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = client.watch(path);
    let lines: Vec<Value> = (0..3).map(|_| watch.line().unwrap()).collect();
    assert_eq!(lines[2]["type"], "BOOKMARK");
    assert_eq!(lines[2]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
    server.set(|s| s.watch_list = false);
    let refused = Client::admin(&server).get(path);
    assert_eq!(refused.status, 422);
}

#[test]
fn old_versions_are_gone_as_a_status_and_in_the_stream() {
    let server = server(2);
    let client = Client::admin(&server);
    let old = server.version();
    let mut open = client.watch(&format!("/api/v1/configmaps?watch=1&resourceVersion={old}"));
    server.fail(Rule::once("configmaps", Call::Watch, Fault::GoneAfter(1)));
    let mut broken =
        Client::admin(&server).watch(&format!("/api/v1/configmaps?watch=1&resourceVersion={old}"));
    server.put("configmaps", config("new"));
    server.put("configmaps", config("newer"));
    assert_eq!(open.line().unwrap()["type"], "ADDED");
    assert_eq!(broken.line().unwrap()["type"], "ADDED");
    let error = broken.line().unwrap();
    assert_eq!((error["type"].as_str(), error["object"]["code"].as_u64()), (Some("ERROR"), Some(410)));
    server.compact();
    let answer = Client::admin(&server).get(&format!("/api/v1/configmaps?watch=1&resourceVersion={old}"));
    assert_eq!(answer.status, 410);
}

#[test]
fn a_log_of_bounded_length_forgets() {
    let server = FakeApiServer::with_log(3).unwrap();
    let old = server.version();
    for n in 0..5 {
        server.put("configmaps", config(&format!("c{n}")));
    }
    let answer = Client::admin(&server).get(&format!("/api/v1/configmaps?watch=1&resourceVersion={old}"));
    assert_eq!(answer.status, 410, "{}", answer.body);
}

#[test]
fn labels_decide_what_a_watch_is_told() {
    let server = server(1);
    let client = Client::admin(&server);
    let from = server.version();
    let path = format!("/api/v1/configmaps?watch=1&labelSelector=keep%3Dyes&resourceVersion={from}");
    let mut watch = client.watch(&path);
    server.put("configmaps", config("other"));
    server.edit("configmaps", "default", "c000", |o| o["metadata"]["labels"]["keep"] = json!("yes"));
    server.edit("configmaps", "default", "c000", |o| o["metadata"]["labels"]["keep"] = json!("no"));
    assert_eq!(watch.line().unwrap()["type"], "ADDED");
    assert_eq!(watch.line().unwrap()["type"], "DELETED");
}

#[test]
fn refusals_are_status_objects() {
    let server = server(1);
    let limited = vec![Allow::new("get,list", "configmaps", "default")];
    server.user(User::limited("jane", limited), "jane-token");
    assert_eq!(Client::new(&server, "wrong").get("/api/v1/pods").status, 401);
    let mut jane = Client::new(&server, "jane-token");
    assert_eq!(jane.get("/api/v1/namespaces/default/configmaps").status, 200);
    let denied = jane.get("/api/v1/configmaps");
    assert_eq!(denied.status, 403);
    let words = "configmaps is forbidden: User \"jane\" cannot list resource \"configmaps\" in API group \"\" at the cluster scope";
    assert_eq!(denied.json()["message"], words);
    let mut admin = Client::admin(&server);
    for (path, status) in [
        ("/api/v1/namespaces/default/configmaps/none", 404),
        ("/api/v1/nonsense", 404),
        ("/apis/none/v1/things", 404),
        ("/api/v1/bindings", 405),
        ("/api/v1/componentstatuses?watch=1", 405),
        ("/api/v1/namespaces/default/pods/p/log", 404),
    ] {
        let answer = admin.get(path);
        assert_eq!((answer.status, answer.json()["kind"].as_str()), (status, Some("Status")), "{path}");
    }
    let busy = Fault::Status { code: 429, reason: "TooManyRequests", message: "wait", retry_after: Some(3) };
    server.fail(Rule::once("pods", Call::List, busy));
    let answer = admin.get("/api/v1/pods");
    assert_eq!((answer.status, answer.head.contains("Retry-After: 3")), (429, true));
    assert_eq!(admin.get("/api/v1/pods").status, 200, "only once");
}

#[test]
fn metadata_alone_holds_no_data() {
    let server = server(1);
    let mut client = Client::admin(&server);
    client.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1".to_owned();
    let list = client.get("/api/v1/configmaps").ok();
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert_eq!(list["items"][0]["kind"], "PartialObjectMetadata");
    assert_eq!(list["items"][0]["metadata"]["name"], "c000");
    assert!(list["items"][0]["data"].is_null());
}

#[test]
fn discovery_is_the_same_in_one_document_and_in_many() {
    let server = FakeApiServer::start().unwrap();
    let mut client = Client::admin(&server);
    let mut many = Vec::new();
    let groups = client.get("/apis").ok();
    let mut paths = vec!["/api/v1".to_owned()];
    paths.extend(
        groups["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|g| format!("/apis/{}", g["preferredVersion"]["groupVersion"].as_str().unwrap())),
    );
    for path in paths {
        let list = client.get(&path).ok();
        for r in list["resources"].as_array().unwrap() {
            many.push(format!(
                "{} {} {}",
                list["groupVersion"].as_str().unwrap(),
                r["name"].as_str().unwrap(),
                r["verbs"]
            ));
        }
    }
    client.accept = AGGREGATED.to_owned();
    let mut one = Vec::new();
    for path in ["/api", "/apis"] {
        for group in client.get(path).ok()["items"].as_array().unwrap() {
            let name = group["metadata"]["name"].as_str().map(|n| format!("{n}/")).unwrap_or_default();
            let version = &group["versions"][0];
            for r in version["resources"].as_array().unwrap() {
                let full = format!("{name}{}", version["version"].as_str().unwrap());
                let plural = r["resource"].as_str().unwrap();
                one.push(format!("{full} {plural} {}", r["verbs"]));
                for s in r["subresources"].as_array().into_iter().flatten() {
                    one.push(format!(
                        "{full} {plural}/{} {}",
                        s["subresource"].as_str().unwrap(),
                        s["verbs"]
                    ));
                }
            }
        }
    }
    many.sort();
    one.sort();
    assert_eq!(one, many);
    assert!(one.len() > 80, "{}", one.len());
    server.aggregated_apis(false);
    assert_eq!(client.get("/apis/metrics.k8s.io/v1beta1").status, 503);
    let all = client.get("/apis").ok();
    let stale =
        all["items"].as_array().unwrap().iter().find(|g| g["metadata"]["name"] == "metrics.k8s.io").unwrap();
    assert_eq!(stale["versions"][0]["freshness"], "Stale");
}

#[test]
fn connections_break_as_they_are_told_to() {
    let server = server(4);
    let mut whole = Client::admin(&server);
    let length = whole.get("/api/v1/configmaps").body.len();
    server.fail(Rule::once("configmaps", Call::List, Fault::Cut));
    let cut = Client::admin(&server).get("/api/v1/configmaps");
    assert!(cut.body.len() < length && !cut.body.is_empty(), "{}", cut.body.len());
    let from = server.version();
    let path = format!("/api/v1/configmaps?watch=1&resourceVersion={from}");
    server.fail(Rule::once("configmaps", Call::Watch, Fault::HalfLineAfter(0)));
    let mut half = Client::admin(&server).watch(&path);
    let mut open = Client::admin(&server).watch(&path);
    assert!(server.wait_for_watches(Duration::from_secs(10), |open| open.get("configmaps") == Some(&2)));
    server.put("configmaps", config("new"));
    assert_eq!(half.line(), None);
    assert_eq!(open.line().unwrap()["type"], "ADDED");
    server.cut();
    assert_eq!(open.line(), None);
    assert!(server.wait_for_watches(Duration::from_secs(10), |open| open.values().all(|n| *n == 0)));
}

#[test]
fn the_estate_is_the_same_for_the_same_seed() {
    let plan = |seed: u64| {
        let server = FakeApiServer::start().unwrap();
        let plan = fill(&server, seed, Size::small());
        (plan, server)
    };
    let ((one, server), (two, _)) = (plan(7), plan(7));
    assert_eq!(one, two);
    let counts = server.counts();
    assert!(counts.values().filter(|n| **n > 0).count() >= 35, "{counts:?}");
    // Both ends of every link exist.
    let mut ids = std::collections::BTreeSet::new();
    for served in server.served().iter() {
        for (namespace, name) in server.names(&served.name()) {
            let group = if served.group.is_empty() { "core" } else { &served.group };
            let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
            ids.insert(format!("{group}/{}/{place}{name}", served.kind));
        }
    }
    for link in &one.links {
        assert!(ids.contains(&link.from) && ids.contains(&link.to), "{link:?}");
    }
}

#[test]
fn churn_changes_what_it_says() {
    let server = FakeApiServer::start().unwrap();
    fill(&server, 1, Size::small());
    let pods = server.counts()["pods"];
    let mut churn = Churn::new(&server, 3);
    let before = server.version();
    let mut acts = Vec::new();
    for _ in 0..200 {
        let done = churn.step().unwrap();
        assert!(server.get(done.resource, &done.namespace, &done.name).is_some(), "{done:?}");
        acts.push(done.act);
    }
    assert!(server.version() >= before + 200);
    assert_eq!(server.counts()["pods"], pods);
    for act in [Act::Status, Act::Created, Act::Remade, Act::Labelled, Act::Scaled, Act::Beat] {
        assert!(acts.contains(&act), "{act:?}");
    }
}
