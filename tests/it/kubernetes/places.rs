//! Namespaces that come and go for a user who may not list everywhere.

use std::{collections::BTreeMap, time::Duration};

use cloudscope_kubernetes::fake::{Allow, Proof, User as Person, kubeconfig};
use serde_json::{Value, json};

use super::{estate, text, user::User};

const WIDE: Duration = Duration::from_secs(120);
/// It is looked several times after a namespace was heard of, at longer and longer intervals.
const SOON: Duration = Duration::from_secs(60);

fn jane(namespaces: &str) -> Person {
    let allow = vec![
        Allow::new("get,list,watch", "namespaces", "*"),
        Allow::new("list,watch", "pods,configmaps", namespaces),
    ];
    Person::limited("jane", allow)
}

fn config_map(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "team-9"}, "data": {"n": "1"}})
}

#[test]
fn a_namespace_that_is_made_and_allowed_while_it_is_followed_is_there_and_gone_when_it_goes() {
    let (server, _) = estate(41);
    server.user(jane("team-1"), "token-of-jane");
    let mut context = server.context("fake", Proof::Token("token-of-jane".to_owned()));
    context.namespace = Some("team-1".to_owned());
    let user = User::new(&kubeconfig(&[context]));
    let follower = user.follow("k8s:kinds=pods+configmaps+namespaces");
    let open = |open: &BTreeMap<String, usize>| {
        ["pods", "configmaps", "namespaces"].iter().all(|r| open.contains_key(*r))
    };
    assert!(server.wait_for_watches(WIDE, open), "{:?}\n{}", server.watches(), follower.told());
    let scope = |user: &User, listing: &str, state: &str| {
        let is = |h: &Value| {
            (text(h, "listing"), text(h, "parent"), text(h, "state")) == (listing, "team-9", state)
        };
        user.health().into_iter().find(is)
    };

    server.put("namespaces", json!({"metadata": {"name": "team-9"}, "status": {"phase": "Active"}}));
    server.put("configmaps", config_map("one"));
    let denied = user.until(SOON, |user| scope(user, "everything", "denied"));
    assert_eq!(text(&denied, "missing_permission"), "pods list in team-9", "{denied}");
    let lists = |path: &str| {
        let asked = server.asked();
        let list =
            |a: &&cloudscope_kubernetes::fake::Asked| a.path == path && !a.query.contains("watch=true");
        asked.iter().filter(list).count()
    };
    let own = "/api/v1/namespaces/team-1/configmaps";
    let before = lists(own);
    // A moment later somebody allows it.
    server.user(jane("team-1,team-9"), "token-of-jane");
    let filter = "kind:k8s.core.config-map prop.metadata.namespace=team-9";
    let there = |user: &User, count: usize| (user.present(filter).len() == count).then_some(());
    user.until(SOON, |user| there(user, 1));
    user.until(SOON, |user| scope(user, "configmaps", "ok"));
    server.put("configmaps", config_map("two"));
    user.until(SOON, |user| there(user, 2));
    assert_eq!(lists(own), before, "nothing else is listed again: {}", follower.told());

    // Nobody is told of the end of its objects.
    server.delete("namespaces", "", "team-9").unwrap();
    let rows = user.until(SOON, |user| {
        let rows = user.all(&format!("{filter} presence:gone"));
        (rows.len() == 2).then_some(rows)
    });
    assert!(rows.iter().all(|row| text(&row["presence"], "why") == "not-found"), "{rows:?}");
    let left = user.until(SOON, |user| scope(user, "configmaps", "disabled"));
    assert!(text(&left, "error").contains("does not have the namespace team-9"), "{left}");
    let wanted = server.names("configmaps").iter().filter(|(namespace, _)| namespace == "team-1").count();
    assert_eq!(user.present("kind:k8s.core.config-map").len(), wanted);
}
