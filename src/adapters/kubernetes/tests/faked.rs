//! The collector against the fake API server, over TLS: everything that it serves, and then everything that
//! goes wrong while objects change.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use cloudscope_catalog::Catalog;
use cloudscope_domain::{AssetKey, Scope, ScopeKey, Timestamp, redact::Redactor};
use cloudscope_memory::{ManualClock, MemorySink, OpenGate};
use cloudscope_ports::contract::follower::{self, Happens};
use cloudscope_ports::{Batch, CollectContext, Collector, FaultKind, Item, Sink, SinkError, SourceSpec};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    KubernetesCollector, Program, Programs,
    fake::{Allow, Call, Context, FakeApiServer, Fault, Proof, Rule, User, kubeconfig},
};

struct Confirming(bool);

impl Programs for Confirming {
    fn confirmed(&self, _: &Program) -> bool {
        self.0
    }
}

fn bench(
    dir: &Path,
    contexts: &[Context],
    options: &[(&str, &str)],
    confirmed: bool,
) -> (KubernetesCollector, SourceSpec, CollectContext, Arc<MemorySink>) {
    let path = dir.join("kubeconfig");
    std::fs::write(&path, kubeconfig(contexts)).unwrap();
    let mut all = BTreeMap::from([("kubeconfig".to_owned(), path.display().to_string())]);
    all.extend(options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    let source = SourceSpec { name: "k8s".into(), collector: "k8s".into(), options: all };
    let collector = KubernetesCollector::new(
        Arc::new(Catalog::builtin().unwrap()),
        Redactor::new([3; 32]),
        Arc::new(Confirming(confirmed)),
    );
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000)));
    let sink = Arc::new(MemorySink::new());
    let context = CollectContext {
        gate: Arc::new(OpenGate::new(collector.operations(), clock.clone())),
        sink: sink.clone(),
        cancel: CancellationToken::new(),
        clock,
    };
    (collector, source, context, sink)
}

fn pod(n: usize) -> serde_json::Value {
    json!({
        "metadata": {"name": format!("pod-{n}"), "namespace": "default", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]}, "status": {"phase": "Running"},
    })
}

/// Id to version; what a listing under way saw; how often everything was said.
type Held = (BTreeMap<String, String>, Option<BTreeSet<String>>, usize);

/// What an engine makes of what is said.
#[derive(Default)]
struct Model {
    held: Mutex<Held>,
    news: Notify,
}

#[async_trait]
impl Sink for Model {
    async fn send(&self, batch: Batch) -> Result<(), SinkError> {
        let mut all = self.held.lock().unwrap();
        let (held, listed, resumed) = &mut *all;
        for item in batch {
            match item {
                Item::Begin => *listed = Some(BTreeSet::new()),
                Item::Upsert(sighting) => {
                    let id = sighting.asset.key.id.to_string();
                    let properties = sighting.asset.properties.value();
                    let version = properties["metadata"]["resourceVersion"].as_str().unwrap_or_default();
                    held.insert(id.clone(), version.to_owned());
                    if let Some(listed) = listed {
                        listed.insert(id);
                    }
                }
                Item::Delete { key, .. } => {
                    held.remove(key.id.as_str());
                }
                Item::Resume | Item::Done => {
                    if let Some(listed) = listed.take() {
                        held.retain(|id, _| listed.contains(id));
                    }
                    *resumed += 1;
                }
                Item::Problem { message, .. } => panic!("{message}"),
                Item::Limited { .. } | Item::Expect(_) | Item::Within { .. } => {}
            }
        }
        drop(all);
        self.news.notify_waiters();
        Ok(())
    }
}

impl Model {
    /// Waits until what is held is as wanted.
    async fn wait(&self, what: &str, wanted: impl Fn(&BTreeMap<String, String>) -> bool) {
        let waiting = async {
            loop {
                let news = self.news.notified();
                if wanted(&self.held.lock().unwrap().0) {
                    return;
                }
                news.await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), waiting).await.is_err() {
            panic!("{what}: {:?}", self.held.lock().unwrap());
        }
    }
}

/// Names and versions of the server's pods.
fn truth(server: &FakeApiServer) -> BTreeMap<String, String> {
    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
    let objects = server.objects("pods");
    objects
        .iter()
        .map(|o| {
            let name = text(&o["metadata"]["name"]);
            (format!("{}/core/Pod/default/{name}", server.cluster()), text(&o["metadata"]["resourceVersion"]))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_served_is_listed_by_certificate_and_by_program() {
    let server = FakeApiServer::start().unwrap();
    for n in 0..7 {
        server.put("pods", pod(n));
    }
    server.put(
        "secrets",
        json!({"metadata": {"name": "s", "namespace": "default"}, "data": {"k": "c2VjcmV0LWNhbmFyeQ=="}}),
    );
    let certified = server.certified(User::admin("jane")).unwrap();
    let answer = r#"{"status":{"token":"token-of-admin"}}"#;
    let program = Proof::Program("/bin/sh".into(), vec!["-c".into(), format!("echo '{answer}'")]);
    for proof in [certified, program] {
        let dir = tempfile::tempdir().unwrap();
        let context = server.context("fake", proof);
        let (collector, source, run, sink) = bench(dir.path(), &[context], &[("page", "3")], true);
        let plan = collector.plan(&source, &run).await.unwrap();
        let served: BTreeSet<String> =
            server.served().iter().filter(|s| s.can("list")).map(|s| s.name()).collect();
        let mut planned: BTreeSet<String> = plan.scopes.iter().map(|s| s.key.listing.clone()).collect();
        planned.extend(plan.disabled.iter().map(|(s, _)| s.key.listing.clone()));
        let missing: Vec<&String> =
            served.difference(&planned).filter(|n| *n != "events.events.k8s.io").collect();
        assert!(missing.is_empty(), "{missing:?}");
        for scope in &plan.scopes {
            sink.clear();
            collector.collect(&source, scope, &run).await.unwrap_or_else(|e| panic!("{}: {e}", scope.key));
            assert!(sink.is_done() && sink.problems().is_empty(), "{}: {:?}", scope.key, sink.problems());
            assert_eq!(sink.sightings().len(), server.objects(&scope.key.listing).len(), "{}", scope.key);
            let text = format!("{:?}", sink.items());
            assert!(!text.contains("c2VjcmV0") && !text.contains("secret-canary"), "{}", scope.key);
        }
    }
    let asked = server.asked();
    assert!(
        asked.iter().all(|a| a.method == "GET" && a.status != 404),
        "{:?}",
        asked.iter().find(|a| a.status == 404)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_it_ends_equal_to_the_server() {
    let faults = [
        Fault::Twice,
        Fault::Disorder,
        Fault::CutAfter(2),
        Fault::HalfLineAfter(1),
        Fault::GoneAfter(2),
        Fault::GarbageAfter(1),
        Fault::EndAfter(1),
        Fault::Drop,
        Fault::Garbage,
        Fault::Status { code: 410, reason: "Expired", message: "too old", retry_after: None },
        Fault::Status { code: 429, reason: "TooManyRequests", message: "later", retry_after: Some(1) },
        Fault::Status { code: 500, reason: "InternalError", message: "broken", retry_after: None },
        // Of a server that has just started and has not read its rules: no revocation.
        Fault::Status { code: 403, reason: "Forbidden", message: "pods is forbidden", retry_after: None },
        Fault::Html(502),
    ];
    for watch_list in [true, false] {
        let server = FakeApiServer::start().unwrap();
        server.set(|s| {
            s.watch_list = watch_list;
            s.bookmarks = Duration::from_secs(1);
        });
        for n in 0..20 {
            server.put("pods", pod(n));
        }
        let dir = tempfile::tempdir().unwrap();
        let context = server.context("fake", Proof::Token("token-of-admin".into()));
        let (collector, source, run, _) =
            bench(dir.path(), &[context], &[("page", "6"), ("kinds", "pods")], false);
        let plan = collector.plan(&source, &run).await.unwrap();
        let scope: Scope = plan.scopes.iter().find(|s| s.key.listing == "pods").unwrap().clone();
        let model = Arc::new(Model::default());
        let context = CollectContext { sink: model.clone(), ..run };
        collector.collect(&source, &scope, &context).await.unwrap();
        let follow = collector.follow(&source, &scope, &context);
        let test = async {
            for (round, fault) in faults.iter().enumerate() {
                server.fail(Rule::once("pods", Call::Watch, fault.clone()));
                server.cut();
                if round % 4 == 3 {
                    server.compact();
                }
                for n in 0..6 {
                    let name = format!("pod-{}", (round * 5 + n) % 20);
                    match (round + n) % 3 {
                        0 => drop(server.delete("pods", "default", &name)),
                        1 => drop(server.put("pods", pod((round * 5 + n) % 20))),
                        _ => drop(
                            server.edit("pods", "default", &name, |p| p["status"]["phase"] = json!("Failed")),
                        ),
                    }
                }
                let wanted = truth(&server);
                model.wait(&format!("after {fault:?}"), |held| *held == wanted).await;
            }
            server.heal();
            // All is well: a change is there within a second.
            server.put("pods", pod(1));
            model.wait("before", |held| *held == truth(&server)).await;
            let began = std::time::Instant::now();
            server.edit("pods", "default", "pod-1", |p| p["status"]["phase"] = json!("Succeeded"));
            model.wait("at last", |held| *held == truth(&server)).await;
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
            context.cancel.cancel();
        };
        let (ended, ()) = tokio::join!(follow, test);
        assert_eq!(ended.unwrap_err().kind, FaultKind::Cancelled);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_keeps_what_every_follower_promises() {
    let server = FakeApiServer::start().unwrap();
    server.put("pods", pod(1));
    server.put("pods", pod(2));
    let dir = tempfile::tempdir().unwrap();
    let context = server.context("fake", Proof::Token("token-of-admin".into()));
    let options = [("kinds", "pods+secrets+configmaps+deployments")];
    let (collector, source, run, _) = bench(dir.path(), &[context], &options, false);
    let key = |kind: &str, name: &str, uid: String| {
        AssetKey::new(format!("{}/core/{kind}/default/{name}", server.cluster()), uid)
    };
    let uid = |resource: &str, name: &str| {
        let found = server.get(resource, "default", name).unwrap();
        found["metadata"]["uid"].as_str().unwrap().to_owned()
    };
    let change = async |scope: &ScopeKey| match scope.listing.as_str() {
        "pods" => {
            let gone = key("Pod", "pod-2", uid("pods", "pod-2"));
            server.delete("pods", "default", "pod-2");
            server.put("pods", pod(3));
            vec![Happens::Gone(gone), Happens::Seen(key("Pod", "pod-3", uid("pods", "pod-3")))]
        }
        "secrets" => {
            server.put(
                "secrets",
                json!({"metadata": {"name": "s", "namespace": "default"}, "data": {"k": "Y2FuYXJ5"}}),
            );
            vec![Happens::Seen(key("Secret", "s", uid("secrets", "s")))]
        }
        _ => Vec::new(),
    };
    let said = follower::suite(&collector, &source, run.clock, change).await;
    assert_eq!(said.len(), 4);
    // Each went on from its list, none listed anew.
    assert!(said.values().flatten().all(|item| *item != Item::Begin));
    assert!(!format!("{said:?}").contains("Y2FuYXJ5"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_see_one_namespace_and_whose_program_is_not_confirmed() {
    let server = FakeApiServer::start().unwrap();
    server.put("pods", pod(1));
    server.user(
        User::limited("dev", vec![Allow::new("list,watch", "pods,deployments.apps", "default")]),
        "dev",
    );
    let dir = tempfile::tempdir().unwrap();
    let contexts = [
        Context { namespace: Some("default".into()), ..server.context("dev", Proof::Token("dev".into())) },
        server.context("program", Proof::Program("/bin/false".into(), Vec::new())),
        server.context("nobody", Proof::Token("unknown".into())),
    ];
    let (collector, source, run, sink) = bench(dir.path(), &contexts, &[], false);
    let plan = collector.plan(&source, &run).await.unwrap();
    let of = |account: &str, listing: &str| {
        let mut all = plan.scopes.iter();
        all.find(|s| s.key.account == account && s.key.listing == listing).unwrap().clone()
    };
    let pods = of("dev", "pods");
    assert_eq!(pods.key.parent, "default");
    collector.collect(&source, &pods, &run).await.unwrap();
    assert_eq!(sink.sightings().len(), 1);
    let nodes = collector.collect(&source, &of("dev", "nodes"), &run).await.unwrap_err();
    assert_eq!(nodes.missing_permission.as_deref(), Some("nodes list"));
    let program = collector.collect(&source, &of("program", "everything"), &run).await.unwrap_err();
    assert!(program.message.contains("not confirmed") && program.kind == FaultKind::Denied, "{program}");
    let nobody = collector.collect(&source, &of("nobody", "everything"), &run).await.unwrap_err();
    assert!(nobody.message.contains("does not know the credentials"), "{nobody}");
}
