//! Namespaces of a user who may not list everywhere, and a cluster that is another one by now.

use std::{collections::BTreeSet, time::Duration};

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{Collector, FaultKind, Item, Left, Plan};
use serde_json::json;

use super::kinds::bench;
use crate::fake::{Allow, Context, FakeApiServer, Proof, User, kubeconfig};

fn jane(namespaces: &str) -> User {
    let allow = vec![
        Allow::new("get,list,watch", "namespaces", "*"),
        Allow::new("list,watch", "pods,configmaps", namespaces),
    ];
    User::limited("jane", allow)
}

fn places<'a>(plan: &'a Plan, namespace: &str) -> BTreeSet<&'a str> {
    let of = |scope: &&cloudscope_domain::Scope| scope.key.parent == namespace;
    plan.scopes.iter().filter(of).map(|scope| scope.key.listing.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namespace_that_is_new_is_planned_soon_and_leaves_with_proof() {
    let server = FakeApiServer::start().unwrap();
    server.user(jane("default,new"), "jane");
    let context =
        Context { namespace: Some("default".into()), ..server.context("fake", Proof::Token("jane".into())) };
    let dir = tempfile::tempdir().unwrap();
    let bench = bench(dir.path(), &kubeconfig(&[context]), &[("kinds", "pods+configmaps+namespaces")]);
    let first = bench.plan().await;
    let (open, closed) = (BTreeSet::from(["configmaps", "pods"]), BTreeSet::from(["everything"]));
    assert_eq!((places(&first, "default"), places(&first, "kube-system")), (open.clone(), closed.clone()));
    let denied = first.scopes.iter().find(|s| s.key.parent == "kube-system").unwrap();
    let denied = bench.collector.collect(&bench.source, denied, &bench.run).await.unwrap_err();
    assert_eq!(denied.missing_permission.as_deref(), Some("pods list in kube-system"));

    let scope = first.scopes.iter().find(|s| s.key.listing == "namespaces").unwrap();
    bench.collector.collect(&bench.source, scope, &bench.run).await.unwrap();
    let space = |name: &str| server.put("namespaces", json!({"metadata": {"name": name}})).unwrap();
    let left = async |listing: &str, namespace: &str| {
        let scope = ScopeKey::new("k8s", listing).account("fake").parent(namespace);
        let told = bench.collector.left(&bench.source, std::slice::from_ref(&scope), &bench.run).await;
        told.into_iter().next().map(|(_, left)| left)
    };
    let test = async {
        space("new");
        let second = bench.next(Some(&first)).await;
        assert_eq!(places(&second, "new"), open);
        assert_eq!(second.scopes.len(), first.scopes.len() + 2);
        space("later");
        let third = bench.next(Some(&second)).await;
        assert_eq!(places(&third, "later"), closed);
        // The right to it comes after the namespace, as it always does.
        server.user(jane("default,new,later"), "jane");
        let fourth = bench.next(Some(&third)).await;
        assert_eq!(places(&fourth, "later"), open);
        assert_eq!(left("everything", "later").await, Some(Left::Mended));
        assert_eq!(left("pods", "new").await, None);
        server.delete("namespaces", "", "new").unwrap();
        let fifth = bench.next(Some(&fourth)).await;
        assert!(places(&fifth, "new").is_empty());
        let Some(Left::Gone { ids, why }) = left("pods", "new").await else { panic!("it is proved") };
        assert_eq!(ids, format!("{}/core/Pod/new/", server.cluster()));
        assert!(why.contains("the namespace new"), "{why}");
        bench.run.cancel.cancel();
    };
    let (followed, ()) = tokio::join!(bench.collector.follow(&bench.source, scope, &bench.run), test);
    assert_eq!(followed.unwrap_err().kind, FaultKind::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_namespaces_cannot_be_read_nothing_is_proved() {
    let server = FakeApiServer::start().unwrap();
    let pods = vec![Allow::new("list,watch", "pods", "default")];
    server.user(User::limited("jane", pods), "jane");
    let dir = tempfile::tempdir().unwrap();
    let context = server.context("fake", Proof::Token("jane".into()));
    let bench = bench(dir.path(), &kubeconfig(&[context]), &[("kinds", "pods+namespaces")]);
    let first = bench.plan().await;
    assert_eq!(places(&first, "default"), BTreeSet::from(["pods"]));
    assert_eq!(bench.look("fake").await, first);
    let scope = ScopeKey::new("k8s", "pods").account("fake").parent("elsewhere");
    let told = bench.collector.left(&bench.source, std::slice::from_ref(&scope), &bench.run).await;
    assert_eq!(told, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_another_one_by_now_is_not_compared_with_what_was_known() {
    let server = FakeApiServer::start().unwrap();
    server.put("configmaps", json!({"metadata": {"name": "old", "namespace": "default"}}));
    let dir = tempfile::tempdir().unwrap();
    let bench = bench(dir.path(), &server.kubeconfig(), &[("kinds", "configmaps")]);
    let first = bench.plan().await;
    bench.collector.collect(&bench.source, &first.scopes[0], &bench.run).await.unwrap();
    bench.sink.clear();
    // Set up anew at the same address: another identity, no such versions, and what was there is not.
    let uid = "0d1f7b1e-aaaa-bbbb-cccc-000000000002";
    server.edit("namespaces", "", "kube-system", |n| n["metadata"]["uid"] = json!(uid)).unwrap();
    server.delete("configmaps", "default", "old").unwrap();
    server.compact();
    let session = bench.collector.session(&bench.source).unwrap();
    *session.servers["fake"].identified.lock().unwrap() -= Duration::from_secs(60);
    let ended = bench.collector.follow(&bench.source, &first.scopes[0], &bench.run).await.unwrap_err();
    assert_eq!(ended.kind, FaultKind::Unreachable);
    assert!(ended.message.contains("another cluster"), "{ended}");
    assert_eq!(bench.sink.items(), []);
    // It is planned anew at once, and what is listed then says of which cluster it is.
    let second = bench.look("fake").await;
    assert_eq!(second, first);
    bench.collector.collect(&bench.source, &second.scopes[0], &bench.run).await.unwrap();
    let within = |item: &Item| matches!(item, Item::Within { ids } if *ids == format!("{uid}/"));
    assert!(bench.sink.items().iter().any(within), "{:?}", bench.sink.items());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_a_context_is_told_that_it_leads_elsewhere() {
    let (server, other) = (FakeApiServer::start().unwrap(), FakeApiServer::start().unwrap());
    let uid = "0d1f7b1e-aaaa-bbbb-cccc-000000000002";
    other.edit("namespaces", "", "kube-system", |n| n["metadata"]["uid"] = json!(uid)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let bench = bench(dir.path(), &server.kubeconfig(), &[("kinds", "configmaps")]);
    let plan = bench.plan().await;
    bench.collector.collect(&bench.source, &plan.scopes[0], &bench.run).await.unwrap();
    let test = async {
        // As it was: who follows goes on.
        assert_eq!(bench.look("fake").await, plan);
        assert_eq!(bench.look("fake").await, plan);
        std::fs::write(dir.path().join("kubeconfig"), other.kubeconfig()).unwrap();
        assert_eq!(bench.look("fake").await, plan);
    };
    let follow = bench.collector.follow(&bench.source, &plan.scopes[0], &bench.run);
    let (ended, ()) =
        tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(follow, test) }).await.unwrap();
    let ended = ended.unwrap_err();
    assert_eq!(ended.kind, FaultKind::Unreachable);
    assert!(ended.message.contains("leads elsewhere"), "{ended}");
    let session = bench.collector.session(&bench.source).unwrap();
    assert_eq!(session.servers["fake"].identity.uid, uid);
}
