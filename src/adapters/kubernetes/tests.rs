//! The collector against a scripted server: what it asks for, what it says, and how it takes trouble.

mod faked;
mod kinds;
mod scripted;
mod spaces;

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use cloudscope_catalog::Catalog;
use cloudscope_domain::{Scope, Timestamp, redact::Redactor};
use cloudscope_memory::{ManualClock, MemorySink, OpenGate};
use cloudscope_ports::{
    Batch, CollectContext, Collector, Fault, FaultKind, Item, Plan, Sink, SinkError, SourceSpec,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{KubernetesCollector, Program, Programs};
use scripted::{Asked, Reply, Script, Scripted, error, json};

struct NoPrograms;

impl Programs for NoPrograms {
    fn confirmed(&self, _: &Program) -> bool {
        false
    }
}

/// A collector, a source of scripted servers, and what came of it.
struct Bench {
    collector: KubernetesCollector,
    source: SourceSpec,
    sink: Arc<MemorySink>,
    gate: Arc<OpenGate>,
    context: CollectContext,
    _dir: tempfile::TempDir,
}

fn kubeconfig(dir: &Path, servers: &[(&str, &str)]) -> String {
    let mut text = String::from("apiVersion: v1\nkind: Config\nclusters:\n");
    for (name, server) in servers {
        text.push_str(&format!("- name: {name}\n  cluster: {{server: \"{server}\"}}\n"));
    }
    text.push_str("contexts:\n");
    for (name, _) in servers {
        text.push_str(&format!("- name: {name}\n  context: {{cluster: {name}, user: u, namespace: team}}\n"));
    }
    text.push_str("users:\n- name: u\n  user: {token: t0ken}\n");
    let path = dir.join("config");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

impl Bench {
    fn new(servers: &[(&str, &str)], options: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut all = std::collections::BTreeMap::new();
        all.insert("kubeconfig".to_owned(), kubeconfig(dir.path(), servers));
        all.extend(options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let collector = KubernetesCollector::new(
            Arc::new(Catalog::builtin().unwrap()),
            Redactor::new([3; 32]),
            Arc::new(NoPrograms),
        );
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000)));
        let gate = Arc::new(OpenGate::new(collector.operations(), clock.clone()));
        let sink = Arc::new(MemorySink::new());
        let context = CollectContext {
            gate: gate.clone(),
            sink: sink.clone(),
            cancel: CancellationToken::new(),
            clock,
        };
        let source = SourceSpec { name: "k8s".into(), collector: "k8s".into(), options: all };
        Self { collector, source, sink, gate, context, _dir: dir }
    }

    async fn plan(&self) -> Plan {
        self.collector.plan(&self.source, &self.context).await.unwrap()
    }

    async fn collect(&self, plan: &Plan, listing: &str, parent: &str) -> Result<Vec<Item>, Fault> {
        self.sink.clear();
        self.collector.collect(&self.source, scope(plan, listing, parent), &self.context).await?;
        Ok(self.sink.items())
    }
}

fn scope<'a>(plan: &'a Plan, listing: &str, parent: &str) -> &'a Scope {
    let mut all = plan.scopes.iter();
    all.find(|s| s.key.listing == listing && s.key.parent == parent).unwrap_or_else(|| panic!("no {listing}"))
}

const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":""},"versions":[{"version":"v1","resources":[
  {"resource":"namespaces","responseKind":{"kind":"Namespace"},"scope":"Cluster","singularResource":"namespace","verbs":["get","list","watch"],"shortNames":["ns"]},
  {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","singularResource":"pod","verbs":["get","list","watch"],"shortNames":["po"]},
  {"resource":"secrets","responseKind":{"kind":"Secret"},"scope":"Namespaced","singularResource":"secret","verbs":["get","list","watch"]},
  {"resource":"events","responseKind":{"kind":"Event"},"scope":"Namespaced","singularResource":"event","verbs":["get","list","watch"]}]}]}]}"#;
const GROUPS: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1","resources":[
  {"resource":"deployments","responseKind":{"kind":"Deployment"},"scope":"Namespaced","singularResource":"deployment","verbs":["get","list","watch"],"shortNames":["deploy"]}]}]},
  {"metadata":{"name":"down.example.com"},"versions":[{"version":"v1","freshness":"Stale","resources":[]}]}]}"#;

/// What every server here answers in the same way.
fn usual(asked: &Asked, uid: &str) -> Option<Reply> {
    match asked.uri.as_str() {
        "/api" => Some(json(CORE)),
        "/apis" => Some(json(GROUPS)),
        "/api/v1/namespaces/kube-system" => Some(json(format!(
            r#"{{"kind":"PartialObjectMetadata","metadata":{{"name":"kube-system","uid":"{uid}"}}}}"#
        ))),
        "/api/v1/pods?limit=1" => {
            Some(json(r#"{"kind":"PartialObjectMetadataList","metadata":{},"items":[]}"#))
        }
        _ => None,
    }
}

const UID: &str = "0d1f7b1e-aaaa-bbbb-cccc-000000000001";

fn pod(name: &str, version: u64) -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"a","uid":"uid-{name}","resourceVersion":"{version}"}},"spec":{{}},"status":{{"phase":"Running"}}}}"#
    )
}

fn list(version: u64, more: Option<&str>, pods: &[String]) -> Reply {
    let token = more.map(|t| format!(r#","continue":"{t}","remainingItemCount":1"#)).unwrap_or_default();
    json(format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"{token}}},"items":[{}]}}"#,
        pods.join(",")
    ))
}

fn event(kind: &str, object: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")
}

fn bookmark(version: u64, whole: bool) -> String {
    let mark = if whole { r#","annotations":{"k8s.io/initial-events-end":"true"}"# } else { "" };
    event("BOOKMARK", &format!(r#"{{"kind":"Pod","metadata":{{"resourceVersion":"{version}"{mark}}}}}"#))
}

/// Items in short: `begin`, `+a`, `-a`, `done`.
fn short(items: &[Item]) -> Vec<String> {
    let last = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    items
        .iter()
        .filter(|item| !matches!(item, Item::Within { .. }))
        .map(|item| match item {
            Item::Within { ids } => format!("within {ids}"),
            Item::Begin => "begin".to_owned(),
            Item::Upsert(s) => format!("+{}", last(s.asset.key.id.as_str())),
            Item::Delete { key, .. } => format!("-{}", last(key.id.as_str())),
            Item::Expect(n) => format!("expect {n}"),
            Item::Limited { missing_permission, .. } => format!("limited {missing_permission:?}"),
            Item::Problem { message, .. } => format!("problem {message}"),
            Item::Done => "done".to_owned(),
            Item::Resume => "resume".to_owned(),
        })
        .collect()
}

#[tokio::test]
async fn a_cluster_is_planned_and_listed_with_nothing_but_reads_of_collections() {
    let server = Scripted::start(|asked| {
        usual(asked, UID).unwrap_or_else(|| match asked.uri.as_str() {
            "/api/v1/pods?limit=2" => list(10, Some("t/1"), &[pod("a", 1), pod("b", 2)]),
            "/api/v1/pods?limit=2&continue=t%2F1" => list(10, None, &[pod("c", 3)]),
            "/api/v1/secrets?limit=2" => json(
                r#"{"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"10"},"items":[{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"s","namespace":"a","uid":"u-s","resourceVersion":"4"}}]}"#,
            ),
            "/apis/apps/v1/deployments?limit=2" => error(403, "Forbidden"),
            other => panic!("{other} was asked for"),
        })
    })
    .await;
    let bench =
        Bench::new(&[("prod", &server.address)], &[("page", "2"), ("as", "jane"), ("as-group", "ops+dev")]);
    let plan = bench.plan().await;
    let listings: Vec<&str> = plan.scopes.iter().map(|s| s.key.listing.as_str()).collect();
    assert_eq!(listings, ["namespaces", "pods", "secrets", "deployments.apps", "*.down.example.com"]);
    assert!(plan.scopes.iter().all(|s| s.key.account == "prod" && s.key.parent.is_empty()));
    assert_eq!(plan.disabled.len(), 1);
    assert!(plan.disabled[0].1.contains("with=events"), "{:?}", plan.disabled);

    let items = bench.collect(&plan, "pods", "").await.unwrap();
    assert_eq!(short(&items), ["begin", "expect 3", "+a", "+b", "+c", "done"]);
    let items = bench.collect(&plan, "secrets", "").await.unwrap();
    assert_eq!(short(&items), ["begin", "+s", "done"]);
    let denied = bench.collect(&plan, "deployments.apps", "").await.unwrap_err();
    assert_eq!(denied.kind, FaultKind::Denied);
    assert_eq!(denied.missing_permission.as_deref(), Some("apps/deployments list"));
    let down = bench.collect(&plan, "*.down.example.com", "").await.unwrap_err();
    assert!(down.message.contains("kubectl get apiservices"), "{down}");

    for asked in server.asked() {
        assert_eq!(asked.method, "GET", "{asked:?}");
        assert_eq!(asked.authorization, "Bearer t0ken");
        assert_eq!(asked.impersonates, ["jane", "ops", "dev"]);
        if asked.uri.contains("secrets") {
            let forms: Vec<&str> = asked.accept.split(',').collect();
            assert!(forms.iter().all(|f| f.contains("PartialObjectMetadata")), "{asked:?}");
        }
    }
    // Every call that went out is in the ledger.
    assert_eq!(bench.gate.calls().len(), server.asked().len());
    let names = bench.collector.names();
    assert!(names.iter().any(|n| n.kind.as_str() == "k8s.apps.deployment"));
}

#[tokio::test]
async fn it_keeps_what_every_collector_promises() {
    let server = Scripted::start(|asked| {
        usual(asked, UID).unwrap_or_else(|| match asked.uri.as_str() {
            "/api/v1/pods?limit=2" => list(10, Some("t"), &[pod("a", 1), pod("b", 2)]),
            "/api/v1/pods?limit=2&continue=t" => list(10, None, &[pod("c", 3)]),
            "/apis/apps/v1/deployments?limit=2" => error(403, "Forbidden"),
            _ => {
                json(r#"{"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"1"},"items":[]}"#)
            }
        })
    })
    .await;
    let bench = Bench::new(&[("prod", &server.address)], &[("page", "2")]);
    let clock = Arc::clone(&bench.context.clock);
    let seen = cloudscope_ports::contract::collector::suite(&bench.collector, &bench.source, clock).await;
    assert_eq!(seen.faults.len(), 2, "{:?}", seen.faults);
}

#[tokio::test]
async fn a_list_that_is_forgotten_in_the_middle_is_begun_again() {
    let steps = Script::new([
        list(10, Some("t"), &[pod("a", 1)]),
        error(410, "Expired"),
        list(12, Some("u"), &[pod("b", 2)]),
        list(12, None, &[pod("c", 11)]),
    ]);
    let server =
        Scripted::start(move |asked| usual(asked, UID).unwrap_or_else(|| steps.next().unwrap())).await;
    let bench = Bench::new(&[("prod", &server.address)], &[]);
    let plan = bench.plan().await;
    let items = bench.collect(&plan, "pods", "").await.unwrap();
    assert_eq!(short(&items), ["begin", "expect 2", "+a", "begin", "expect 2", "+b", "+c", "done"]);
    let asked: Vec<String> = server.asked().into_iter().rev().take(4).map(|a| a.uri).collect();
    assert!(asked[0].ends_with("continue=u") && !asked[1].contains("continue"), "{asked:?}");
}

#[tokio::test]
async fn two_contexts_of_one_cluster_are_one() {
    let server = Scripted::start(|asked| usual(asked, UID).unwrap_or_else(|| error(404, "NotFound"))).await;
    let other =
        Scripted::start(|asked| usual(asked, "another-cluster-1").unwrap_or_else(|| error(404, "NotFound")))
            .await;
    let contexts = [
        ("a", &*server.address),
        ("b", &*server.address),
        ("c", &*other.address),
        ("d", "http://127.0.0.1:1"),
    ];
    let bench = Bench::new(&contexts, &[("kinds", "pods")]);
    let plan = bench.plan().await;
    let planned: Vec<(&str, &str)> =
        plan.scopes.iter().map(|s| (s.key.account.as_str(), s.key.listing.as_str())).collect();
    assert_eq!(planned, [("d", "everything"), ("a", "pods"), ("c", "pods")]);
    let twin = plan.disabled.iter().find(|(s, _)| s.key.account == "b").unwrap();
    assert_eq!(twin.1, "same cluster as a");
    let down = bench.collect(&plan, "everything", "").await.unwrap_err();
    assert_eq!(down.kind, FaultKind::Unreachable);
    assert!(down.message.contains("refuses the connection"), "{down}");
}

#[tokio::test]
async fn who_may_only_see_a_namespace_lists_that() {
    let server = Scripted::start(|asked| {
        let forbidden = || error(403, "Forbidden");
        match asked.uri.as_str() {
            "/api/v1/pods?limit=1" | "/api/v1/namespaces/kube-system" => forbidden(),
            "/api/v1/namespaces?limit=2000" => json(
                r#"{"kind":"PartialObjectMetadataList","metadata":{},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}"#,
            ),
            "/api/v1/namespaces/a/pods?limit=1" => {
                json(r#"{"kind":"PartialObjectMetadataList","metadata":{},"items":[]}"#)
            }
            "/api/v1/namespaces/a/pods?limit=500" => list(10, None, &[pod("a", 1)]),
            "/api/v1/namespaces?limit=500" => {
                json(r#"{"kind":"NamespaceList","metadata":{"resourceVersion":"1"},"items":[]}"#)
            }
            _ => usual(asked, UID).unwrap_or_else(forbidden),
        }
    })
    .await;
    let bench = Bench::new(&[("prod", &server.address)], &[("without", "secrets")]);
    let plan = bench.plan().await;
    let planned: Vec<(&str, &str)> =
        plan.scopes.iter().map(|s| (s.key.listing.as_str(), s.key.parent.as_str())).collect();
    let expected = [
        ("namespaces", ""),
        ("pods", "a"),
        ("deployments.apps", "a"),
        ("everything", "b"),
        ("everything", "team"),
        ("*.down.example.com", ""),
    ];
    assert_eq!(planned, expected);
    assert_eq!(short(&bench.collect(&plan, "pods", "a").await.unwrap()), ["begin", "+a", "done"]);
    let denied = bench.collect(&plan, "everything", "b").await.unwrap_err();
    assert_eq!(denied.missing_permission.as_deref(), Some("pods list in b"));
    let items = bench.collect(&plan, "namespaces", "").await.unwrap();
    assert_eq!(short(&items), ["begin", "limited Some(\"namespaces get\")", "done"]);
    let report = bench.collector.check(&bench.source, &bench.context).await.unwrap();
    assert!(report.limits[0].contains("namespaces get"), "{report:?}");
}

#[tokio::test]
async fn credentials_that_are_refused_are_made_anew_once() {
    let steps = Script::new([error(401, "Unauthorized")]);
    let server = Scripted::start(move |asked| {
        steps.next().or_else(|| usual(asked, UID)).unwrap_or_else(|| error(401, "Unauthorized"))
    })
    .await;
    let bench = Bench::new(&[("prod", &server.address)], &[]);
    let plan = bench.plan().await;
    let unknown = bench.collect(&plan, "pods", "").await.unwrap_err();
    assert_eq!(unknown.kind, FaultKind::Unauthenticated);
    assert!(unknown.message.contains("does not know the credentials"), "{unknown}");
}

/// A sink that hands items to a test.
struct Handing(mpsc::UnboundedSender<Item>);

#[async_trait]
impl Sink for Handing {
    async fn send(&self, batch: Batch) -> Result<(), SinkError> {
        batch.into_iter().try_for_each(|item| self.0.send(item).map_err(|_| SinkError))
    }
}

/// The same, and whether it only lists.
struct Listing(Handing, Arc<AtomicBool>);

#[async_trait]
impl Sink for Listing {
    async fn send(&self, batch: Batch) -> Result<(), SinkError> {
        self.0.send(batch).await
    }

    fn only_lists(&self, only_lists: bool) {
        self.1.store(only_lists, Ordering::Relaxed);
    }
}

/// What a follower says next, up to a `resume`.
async fn until_resume(items: &mut mpsc::UnboundedReceiver<Item>) -> Vec<String> {
    let mut said = Vec::new();
    loop {
        let item = tokio::time::timeout(Duration::from_secs(20), items.recv()).await.unwrap().unwrap();
        said.push(item.clone());
        if item == Item::Resume {
            return short(&said);
        }
    }
}

/// Streams that a test writes into, in the order in which they are asked for.
fn streams(n: usize) -> (Vec<mpsc::UnboundedSender<String>>, Script<Reply>) {
    let (senders, replies): (Vec<_>, Vec<_>) = (0..n)
        .map(|_| {
            let (sender, receiver) = mpsc::unbounded_channel();
            (sender, Reply::Pieces(receiver))
        })
        .unzip();
    (senders, Script::new(replies))
}

#[tokio::test]
async fn a_kind_is_followed_through_all_sorts_of_trouble() {
    let (mut senders, replies) = streams(4);
    let (lists, log) =
        (Script::new([list(10, None, &[pod("a", 1), pod("b", 2)])]), Arc::new(Mutex::new(Vec::new())));
    let watched = Arc::clone(&log);
    let server = Scripted::start(move |asked| {
        if let Some(reply) = usual(asked, UID) {
            return reply;
        }
        if !asked.uri.contains("watch=true") {
            return lists.next().unwrap_or_else(|| error(500, "InternalError"));
        }
        watched.lock().unwrap().push(asked.uri.clone());
        if asked.uri.contains("resourceVersion=20") {
            return error(410, "Expired");
        }
        replies.next().unwrap_or_else(|| error(500, "InternalError"))
    })
    .await;
    let bench = Bench::new(&[("prod", &server.address)], &[]);
    let plan = bench.plan().await;
    bench.collect(&plan, "pods", "").await.unwrap();

    let (sender, mut items) = mpsc::unbounded_channel();
    let context = CollectContext { sink: Arc::new(Handing(sender)), ..bench.context.clone() };
    let scope = scope(&plan, "pods", "");
    let follow = bench.collector.follow(&bench.source, scope, &context);
    let test = async {
        let first = senders.remove(0);
        // It goes on from the list, and says so though nothing happened.
        assert_eq!(until_resume(&mut items).await, ["resume"]);
        first.send(event("ADDED", &pod("c", 11))).unwrap();
        first.send(event("MODIFIED", &pod("b", 2))).unwrap();
        first.send(event("MODIFIED", &pod("b", 12)) + &event("DELETED", &pod("a", 13))).unwrap();
        assert_eq!(until_resume(&mut items).await, ["+c", "+b", "-a", "resume"]);
        // A half-sent line is not taken, and what it was comes again.
        first.send(event("MODIFIED", &pod("c", 14))[..40].to_owned()).unwrap();
        drop(first);
        let second = senders.remove(0);
        second.send(event("MODIFIED", &pod("c", 14))).unwrap();
        assert_eq!(until_resume(&mut items).await, ["+c", "resume"]);
        second.send(bookmark(20, false)).unwrap();
        assert_eq!(until_resume(&mut items).await, ["resume"]);
        // From 20 on the server has forgotten: everything comes through a watch.
        drop(second);
        let third = senders.remove(0);
        third.send(event("ADDED", &pod("c", 14)) + &event("ADDED", &pod("d", 22))).unwrap();
        third.send(bookmark(30, true)).unwrap();
        assert_eq!(until_resume(&mut items).await, ["begin", "+c", "+d", "resume"]);
        // The same inside of the stream.
        third.send(event("ERROR", r#"{"kind":"Status","code":410,"reason":"Expired"}"#)).unwrap();
        let fourth = senders.remove(0);
        fourth.send(bookmark(40, true)).unwrap();
        assert_eq!(until_resume(&mut items).await, ["begin", "resume"]);
        context.cancel.cancel();
    };
    let (ended, ()) = tokio::join!(follow, test);
    assert_eq!(ended.unwrap_err().kind, FaultKind::Cancelled);
    let log = log.lock().unwrap().clone();
    assert!(log[0].contains("resourceVersion=10") && log[0].contains("allowWatchBookmarks=true"), "{log:?}");
    assert!(log[1].contains("resourceVersion=13"), "{log:?}");
    assert!(log[2].contains("resourceVersion=20") && log[3].contains("sendInitialEvents=true"), "{log:?}");
}

#[tokio::test]
async fn a_server_that_cannot_send_everything_through_a_watch_is_listed() {
    let (mut senders, replies) = streams(1);
    let lists = Script::new([list(10, None, &[pod("a", 1)]), list(30, None, &[pod("b", 25)])]);
    let server = Scripted::start(move |asked| {
        usual(asked, UID).unwrap_or_else(|| match asked.uri.as_str() {
            uri if uri.contains("sendInitialEvents") => error(422, "Invalid"),
            uri if uri.contains("resourceVersion=10") => error(410, "Gone"),
            uri if uri.contains("watch=true") => replies.next().unwrap(),
            _ => lists.next().unwrap(),
        })
    })
    .await;
    let bench = Bench::new(&[("prod", &server.address)], &[]);
    let plan = bench.plan().await;
    bench.collect(&plan, "pods", "").await.unwrap();
    let (sender, mut items) = mpsc::unbounded_channel();
    let context = CollectContext { sink: Arc::new(Handing(sender)), ..bench.context.clone() };
    let follow = bench.collector.follow(&bench.source, scope(&plan, "pods", ""), &context);
    let test = async {
        assert_eq!(until_resume(&mut items).await, ["begin", "+b", "resume"]);
        senders.remove(0).send(bookmark(31, false)).unwrap();
        assert_eq!(until_resume(&mut items).await, ["resume"]);
        context.cancel.cancel();
    };
    let (_, ()) = tokio::join!(follow, test);
}

#[tokio::test]
async fn whoever_was_never_listed_is_listed_when_followed() {
    let (senders, replies) = streams(1);
    let server = Scripted::start(move |asked| {
        usual(asked, UID).unwrap_or_else(|| {
            if asked.uri.contains("watch=true") {
                return replies.next().unwrap_or_else(|| error(500, "InternalError"));
            }
            list(10, None, &[pod("a", 1)])
        })
    })
    .await;
    let bench = Bench::new(&[("prod", &server.address)], &[]);
    let plan = bench.plan().await;
    let (sender, mut items) = mpsc::unbounded_channel();
    let context = CollectContext { sink: Arc::new(Handing(sender)), ..bench.context.clone() };
    let follow = bench.collector.follow(&bench.source, scope(&plan, "pods", ""), &context);
    let test = async {
        assert_eq!(until_resume(&mut items).await, ["begin", "+a", "resume"]);
        senders[0].send(event("MODIFIED", &pod("a", 12))).unwrap();
        assert_eq!(until_resume(&mut items).await, ["+a", "resume"]);
        context.cancel.cancel();
    };
    let (_, ()) = tokio::join!(follow, test);
}

#[tokio::test]
async fn what_may_be_listed_but_not_watched_says_so() {
    let server = Scripted::start(move |asked| {
        usual(asked, UID).unwrap_or_else(|| {
            if asked.uri.contains("watch=true") {
                return error(403, "Forbidden");
            }
            list(10, None, &[pod("a", 1)])
        })
    })
    .await;
    let bench = Bench::new(&[("prod", &server.address)], &[]);
    let plan = bench.plan().await;
    bench.collect(&plan, "pods", "").await.unwrap();
    let (sender, mut items) = mpsc::unbounded_channel();
    let only_lists = Arc::<AtomicBool>::default();
    let sink = Arc::new(Listing(Handing(sender), Arc::clone(&only_lists)));
    let context = CollectContext { sink, ..bench.context.clone() };
    let follow = bench.collector.follow(&bench.source, scope(&plan, "pods", ""), &context);
    let test = async {
        // It is said before the next list is due.
        assert_eq!(until_resume(&mut items).await, ["begin", "+a", "limited Some(\"pods watch\")", "resume"]);
        assert!(only_lists.load(Ordering::Relaxed), "nobody tells what happens");
        context.cancel.cancel();
    };
    let (_, ()) = tokio::join!(follow, test);
}

#[tokio::test]
async fn the_policy_grants_exactly_what_is_asked_for() {
    let server = Scripted::start(|asked| usual(asked, UID).unwrap_or_else(|| error(404, "NotFound"))).await;
    let bench = Bench::new(&[("prod", &server.address)], &[]);
    let text = bench.collector.policy(&bench.source, &bench.context).await.unwrap();
    let expected = "- apiGroups: [\"\"]\n  resources: [\"namespaces\"]\n  resourceNames: [\"kube-system\"]\n  verbs: [\"get\"]\n- apiGroups: [\"\"]\n  resources: [\"namespaces\", \"pods\", \"secrets\"]\n  verbs: [\"list\", \"watch\"]\n- apiGroups: [\"apps\"]\n  resources: [\"deployments\"]\n  verbs: [\"list\", \"watch\"]\n---\n";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("without=secrets") && text.contains("kind: \"ClusterRoleBinding\""), "{text}");
    let narrow = Bench::new(&[("prod", &server.address)], &[("kinds", "pods"), ("namespaces", "a")]);
    let text = narrow.collector.policy(&narrow.source, &narrow.context).await.unwrap();
    assert!(
        text.contains("namespace: \"a\"\nrules:\n- apiGroups: [\"\"]\n  resources: [\"pods\"]"),
        "{text}"
    );
    assert!(!text.contains("secrets") && !text.contains("\"*\""), "{text}");
}
