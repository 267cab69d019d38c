//! What a cluster serves changes while it is followed: kinds that are installed and removed, and clusters that
//! cannot be looked at for a while.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{ScopeKey, Timestamp, redact::Redactor};
use cloudscope_memory::{ManualClock, MemorySink, OpenGate};
use cloudscope_ports::{CollectContext, Collector, FaultKind, Left, Plan, SourceSpec};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::NoPrograms;
use crate::{
    KubernetesCollector,
    fake::{Call, FakeApiServer, Fault, Proof, Rule, Served, kubeconfig},
    news::{DEFINITIONS, SERVICES},
};

pub(super) struct Bench {
    pub(super) collector: KubernetesCollector,
    pub(super) source: SourceSpec,
    pub(super) run: CollectContext,
    pub(super) sink: Arc<MemorySink>,
}

pub(super) fn bench(dir: &Path, text: &str, options: &[(&str, &str)]) -> Bench {
    let path = dir.join("kubeconfig");
    std::fs::write(&path, text).unwrap();
    let own = std::iter::once(("kubeconfig".to_owned(), path.display().to_string()));
    let options = own.chain(options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))).collect();
    let source = SourceSpec { name: "k8s".into(), collector: "k8s".into(), options };
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let collector = KubernetesCollector::new(catalog, Redactor::new([3; 32]), Arc::new(NoPrograms));
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000)));
    let sink = Arc::new(MemorySink::new());
    let run = CollectContext {
        gate: Arc::new(OpenGate::new(collector.operations(), clock.clone())),
        sink: sink.clone(),
        cancel: CancellationToken::new(),
        clock,
    };
    Bench { collector, source, run, sink }
}

impl Bench {
    pub(super) async fn plan(&self) -> Plan {
        self.collector.plan(&self.source, &self.run).await.unwrap()
    }

    /// The next plan, which has to come within a minute.
    pub(super) async fn next(&self, known: Option<&Plan>) -> Plan {
        let next = self.collector.replan(&self.source, known, &self.run);
        tokio::time::timeout(Duration::from_secs(60), next).await.expect("another plan").unwrap()
    }

    /// What is planned after another look.
    pub(super) async fn look(&self, context: &str) -> Plan {
        let again = BTreeSet::from([context.to_owned()]);
        self.collector.look(&self.source, Some(again), &self.run).await.unwrap().plan.clone()
    }

    async fn left(&self, context: &str, listing: &str) -> Option<Left> {
        let scope = ScopeKey::new("k8s", listing).account(context);
        let told = self.collector.left(&self.source, std::slice::from_ref(&scope), &self.run).await;
        told.into_iter().find(|(key, _)| *key == scope).map(|(_, left)| left)
    }
}

fn has(plan: &Plan, listing: &str) -> bool {
    plan.scopes.iter().any(|scope| scope.key.listing == listing)
}

fn widgets() -> Served {
    Served::custom("late.example.com", "v1", "widgets", "Widget")
}

const WIDGETS: &str = "widgets.late.example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_is_in_the_plan_soon_after_its_definition_and_leaves_it_with_proof() {
    let server = FakeApiServer::start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let bench = bench(dir.path(), &server.kubeconfig(), &[]);
    let first = bench.plan().await;
    let scope = first.scopes.iter().find(|s| s.key.listing == DEFINITIONS).unwrap();
    bench.collector.collect(&bench.source, scope, &bench.run).await.unwrap();
    let lists = || server.asked().iter().filter(|a| a.path.ends_with("/pods") && a.status == 200).count();
    let before = lists();
    let test = async {
        assert_eq!(bench.next(None).await, first, "what is planned already comes at once");
        server.define(widgets());
        let second = bench.next(Some(&first)).await;
        assert!(has(&second, WIDGETS));
        assert_eq!(second.scopes.len(), first.scopes.len() + 1);
        let new = second.scopes.iter().find(|s| s.key.listing == WIDGETS).unwrap();
        assert_eq!(new.kinds[0].as_str(), "k8s.late.example.com.widget");
        server.put(WIDGETS, json!({"metadata": {"name": "one", "namespace": "default"}}));
        bench.collector.collect(&bench.source, new, &bench.run).await.unwrap();
        server.undefine(WIDGETS);
        let third = bench.next(Some(&second)).await;
        assert_eq!(third, first);
        bench.run.cancel.cancel();
    };
    let (followed, ()) = tokio::join!(bench.collector.follow(&bench.source, scope, &bench.run), test);
    assert_eq!(followed.unwrap_err().kind, FaultKind::Cancelled);
    assert_eq!(lists(), before, "no other kind is asked for");
    let Some(Left::Gone { ids, why }) = bench.left("fake", WIDGETS).await else { panic!("it is proved") };
    assert_eq!(ids, format!("{}/late.example.com/", server.cluster()));
    assert!(why.contains(WIDGETS), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_a_kind_is_not_served_is_no_proof_by_itself() {
    let server = FakeApiServer::start().unwrap();
    server.define(widgets());
    let dir = tempfile::tempdir().unwrap();
    let bench = bench(dir.path(), &server.kubeconfig(), &[]);
    let first = bench.plan().await;
    assert!(has(&first, WIDGETS));
    // As of a server that has just started: the definition is there.
    server.hide(WIDGETS);
    assert_eq!(bench.look("fake").await, first);
    assert_eq!(bench.left("fake", WIDGETS).await, None);
    server.undefine(WIDGETS);
    // Nobody can tell.
    let denied = Fault::Status { code: 403, reason: "Forbidden", message: "no", retry_after: None };
    server.fail(Rule::always(DEFINITIONS, Call::List, denied));
    assert_eq!(bench.look("fake").await, first);
    assert_eq!(bench.left("fake", WIDGETS).await, None);
    server.heal();
    // Another server answers for that group.
    let service = json!({"metadata": {"name": "v1.late.example.com"},
        "spec": {"group": "late.example.com", "version": "v1", "service": {"name": "s", "namespace": "n"}}});
    server.put(SERVICES, service);
    assert_eq!(bench.look("fake").await, first);
    assert_eq!(bench.left("fake", WIDGETS).await, None);
    server.delete(SERVICES, "", "v1.late.example.com");
    // Nobody says what is served.
    server.fail(Rule::always("", Call::Discovery, Fault::Html(502)).everywhere());
    assert_eq!(bench.look("fake").await, first);
    server.heal();
    assert!(!has(&bench.look("fake").await, WIDGETS));
    assert!(matches!(bench.left("fake", WIDGETS).await, Some(Left::Gone { .. })));
    // A run of a process that knows nothing of before finds the same.
    let other = super::kinds::bench(dir.path(), &server.kubeconfig(), &[]);
    other.plan().await;
    assert!(matches!(other.left("fake", WIDGETS).await, Some(Left::Gone { .. })));
    assert_eq!(other.left("fake", "pods").await, None);
    assert_eq!(other.left("fake", "events.events.k8s.io").await, None, "it is there under another name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_whose_server_is_down_keeps_its_kinds_and_proves_nothing() {
    for aggregated in [true, false] {
        let server = FakeApiServer::start().unwrap();
        server.set(|s| s.aggregated = aggregated);
        let dir = tempfile::tempdir().unwrap();
        let bench = bench(dir.path(), &server.kubeconfig(), &[("with", "nodes.metrics.k8s.io")]);
        let first = bench.plan().await;
        assert!(has(&first, "nodes.metrics.k8s.io"));
        server.aggregated_apis(false);
        let second = bench.look("fake").await;
        assert!(has(&second, "nodes.metrics.k8s.io"), "{aggregated}");
        let other = super::kinds::bench(dir.path(), &server.kubeconfig(), &[]);
        other.plan().await;
        let left = other.left("fake", "nodes.metrics.k8s.io").await;
        assert!(matches!(left, Some(Left::Unread(_))), "{aggregated}: {left:?}");
        assert_eq!(other.left("fake", "*.metrics.k8s.io").await, Some(Left::Mended));
        server.aggregated_apis(true);
        assert_eq!(bench.look("fake").await, first);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_down_at_the_start_is_tried_again() {
    let (down, up) = (FakeApiServer::start().unwrap(), FakeApiServer::start().unwrap());
    // Fakes are all alike, and one cluster is collected once.
    up.put(
        "namespaces",
        json!({"metadata": {"name": "kube-system", "uid": "0d1f7b1e-aaaa-bbbb-cccc-000000000002"}}),
    );
    let token = || Proof::Token("token-of-admin".into());
    down.fail(Rule::always("", Call::Any, Fault::Drop).everywhere());
    let dir = tempfile::tempdir().unwrap();
    // Alone, the source cannot be planned at all.
    let alone = bench(dir.path(), &kubeconfig(&[down.context("down", token())]), &[]);
    alone.collector.plan(&alone.source, &alone.run).await.unwrap_err();
    let other = tempfile::tempdir().unwrap();
    let contexts = [down.context("down", token()), up.context("up", token())];
    let among = bench(other.path(), &kubeconfig(&contexts), &[]);
    let first = among.plan().await;
    let everything = first.scopes.iter().find(|s| s.key.listing == "everything").unwrap();
    assert_eq!(everything.key.account, "down");
    let pods = ScopeKey::new("k8s", "pods").account("down");
    let left = among.collector.left(&among.source, &[pods], &among.run).await;
    assert!(matches!(left[..], [(_, Left::Unread(_))]), "{left:?}");
    let healing = async {
        // Not before the first try.
        let asked = |n: usize| down.asked().len() > n;
        let before = down.asked().len();
        while !asked(before) {
            let never = std::future::pending::<()>();
            tokio::time::timeout(Duration::from_millis(50), never).await.unwrap_err();
        }
        down.heal();
    };
    let (found, more, ()) = tokio::join!(alone.next(None), among.next(Some(&first)), healing);
    assert!(has(&found, "pods"));
    assert!(!has(&more, "everything"));
    let of = |context: &str| more.scopes.iter().filter(|s| s.key.account == context).count();
    assert_eq!(of("down"), of("up"));
    assert_eq!(among.left("down", "everything").await, Some(Left::Mended));
    // Once it was planned, being down changes nothing of the plan.
    down.fail(Rule::always("", Call::Any, Fault::Drop).everywhere());
    assert_eq!(among.look("down").await, more);
}
