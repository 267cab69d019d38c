//! Kinds that are installed and removed while a cluster is followed, and who follows it when the one that held the
//! store ends.

use std::{collections::BTreeMap, time::Duration};

use cloudscope_kubernetes::fake::{FakeApiServer, Served};
use serde_json::{Value, json};

use super::{estate, text, user::User};

const WIDE: Duration = Duration::from_secs(120);
/// A definition is seen at once; what the server serves is looked at a moment later.
const SOON: Duration = Duration::from_secs(20);

fn widget(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "team-0"}, "spec": {"size": 3}})
}

fn watched(server: &FakeApiServer) {
    let all = |open: &BTreeMap<String, usize>| {
        ["pods", "nodes", "customresourcedefinitions.apiextensions.k8s.io"]
            .iter()
            .all(|r| open.contains_key(*r))
    };
    assert!(server.wait_for_watches(WIDE, all), "{:?}", server.watches());
}

fn lists(server: &FakeApiServer, of: &str) -> usize {
    let lists =
        |a: &&cloudscope_kubernetes::fake::Asked| a.path.ends_with(of) && !a.query.contains("watch=true");
    server.asked().iter().filter(lists).count()
}

#[test]
fn a_kind_that_is_installed_while_it_is_followed_is_there_and_gone_when_it_is_removed() {
    let (server, _) = estate(21);
    let user = User::new(&server.kubeconfig());
    let follower = user.follow("k8s");
    watched(&server);
    let before = (lists(&server, "/pods"), lists(&server, "/deployments"));
    server.define(Served::custom("late.example.com", "v1", "widgets", "Widget"));
    server.put("widgets.late.example.com", widget("one"));
    let filter = "kind:k8s.late.example.com.widget";
    user.until(SOON, |user| (user.present(filter).len() == 1).then_some(()));
    // From then on as any other kind.
    server.put("widgets.late.example.com", widget("two"));
    user.until(SOON, |user| (user.present(filter).len() == 2).then_some(()));
    assert_eq!((lists(&server, "/pods"), lists(&server, "/deployments")), before, "{}", follower.told());
    assert_eq!(
        user.changes().iter().filter(|c| text(c, "kind").ends_with("late.example.com.widget")).count(),
        2
    );

    // Its watch does not hear of the end of the objects: the server is gone before it says so.
    let pods = user.present("kind:k8s.core.pod").len();
    server.forget("widgets.late.example.com");
    let gone = |user: &User| {
        let rows = user.all(&format!("{filter} presence:gone"));
        (rows.len() == 2).then_some(rows)
    };
    let rows = user.until(Duration::from_secs(60), gone);
    assert!(rows.iter().all(|row| text(&row["presence"], "why") == "not-found"), "{rows:?}");
    assert_eq!(user.present("kind:k8s.core.pod").len(), pods);
    let health = user.health();
    let scope = health.iter().find(|h| text(h, "listing") == "widgets.late.example.com").unwrap();
    assert_eq!(text(scope, "state"), "disabled");
    assert!(text(scope, "error").contains("definition was removed"), "{scope}");
    drop(follower);
    super::same(&user, &server, "after a kind came and went");
}

#[test]
fn a_run_finds_that_a_kind_was_removed_and_that_one_is_only_not_served_proves_nothing() {
    let (server, _) = estate(22);
    let of = "kind:k8s.db.example.com.database";
    let user = User::new(&server.kubeconfig());
    user.collect("k8s").with(0);
    let there = user.present(of).len();
    assert!(there > 0);
    // As of a server that has just started.
    server.hide("databases.db.example.com");
    user.collect("k8s");
    let state = |state: &str| user.all(&format!("{of} presence:{state}")).len();
    assert_eq!((state("gone"), state("unknown")), (0, there));
    server.forget("databases.db.example.com");
    user.collect("k8s");
    assert_eq!((state("gone"), state("unknown")), (there, 0));
}

#[test]
fn who_follows_beside_a_short_collection_takes_over_and_goes_on() {
    let (server, _) = estate(23);
    let user = User::new(&server.kubeconfig());
    // Something that holds the store for a while.
    let first = user.follow("k8s:kinds=nodes");
    let seen = |user: &User, filter: &str| (!user.present(filter).is_empty()).then_some(());
    user.until(WIDE, |user| seen(user, "kind:k8s.core.node"));
    let second = user.beside("k8s:kinds=configmaps");
    user.until(WIDE, |user| seen(user, "kind:k8s.core.config-map"));
    drop(first);
    user.until(WIDE, |_| second.told().contains("this process holds the data directory now").then_some(()));
    let open = |open: &BTreeMap<String, usize>| open.contains_key("configmaps");
    assert!(server.wait_for_watches(WIDE, open), "{:?}\n{}", server.watches(), second.told());
    server
        .put("configmaps", json!({"metadata": {"name": "after", "namespace": "team-0"}, "data": {"n": "1"}}));
    user.until(SOON, |user| seen(user, "kind:k8s.core.config-map after"));
}
