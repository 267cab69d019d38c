//! A context that leads to another cluster than it did, under the same name: what is known of the first one is unknown
//! and says why, nothing of it is gone, and it is there again when the context leads back.

use std::{collections::BTreeMap, time::Duration};

use cloudscope_kubernetes::fake::{FakeApiServer, Served, Size, fill};
use serde_json::{Value, json};

use super::{
    estate, text,
    user::User,
    wanted::{Wanted, differences},
    words,
};

const WIDE: Duration = Duration::from_secs(120);

/// Another cluster; fakes are all alike but for what is put into them.
fn other(seed: u64) -> FakeApiServer {
    let server = FakeApiServer::start().unwrap();
    let uid = "0d1f7b1e-aaaa-bbbb-cccc-000000000002";
    server.edit("namespaces", "", "kube-system", |n| n["metadata"]["uid"] = json!(uid)).unwrap();
    fill(&server, seed, Size::small());
    server
}

fn of<'a>(rows: &'a [Value], server: &FakeApiServer) -> Vec<&'a Value> {
    let begin = format!("{}/", server.cluster());
    rows.iter().filter(|row| text(row, "id").starts_with(&begin)).collect()
}

/// Everything of `here` is present, everything of `there` is unknown and says why, and nothing is gone.
fn leads(user: &User, here: &FakeApiServer, there: &FakeApiServer, when: &str) {
    let rows = user.all("provider:k8s presence:present,unknown,gone");
    assert_eq!(differences(&user.present("provider:k8s"), &Wanted::of_fake(here)), [""; 0], "{when}");
    let lost = of(&rows, there);
    let wanted = Wanted::of_fake(there).objects.len();
    assert_eq!(lost.len(), wanted, "{when}");
    for row in &lost {
        assert_eq!(text(&row["presence"], "state"), "unknown", "{when}: {row}");
        assert!(!text(&row["presence"], "why").is_empty(), "{when}: {row}");
    }
    assert_eq!(rows.len(), lost.len() + Wanted::of_fake(here).objects.len(), "{when}");
    let health = user.health();
    let pods = health.iter().find(|h| text(h, "listing") == "pods").unwrap();
    assert_eq!(text(pods, "state"), "partial", "{when}: {pods}");
    assert!(text(pods, "error").contains("not of what this name leads to now"), "{when}: {pods}");
}

#[test]
fn a_context_that_leads_to_another_cluster_makes_nothing_gone_and_says_so() {
    let (first, _) = estate(31);
    let second = other(32);
    assert_ne!(first.cluster(), second.cluster());
    let user = User::new(&first.kubeconfig());
    user.collect("k8s").with(0);
    assert_eq!(differences(&user.present("provider:k8s"), &Wanted::of_fake(&first)), [""; 0]);

    user.rewrite(&second.kubeconfig());
    let ran = user.collect("k8s");
    assert_eq!(ran.code, Some(3), "{}", words(&ran));
    leads(&user, &second, &first, "repointed");
    // The same again proves nothing either, and is no change.
    let before = user.changes().len();
    user.collect("k8s");
    leads(&user, &second, &first, "once more");
    assert_eq!(user.changes().len(), before);
    // What goes in the new one is gone, for that is proved.
    let (namespace, name) = second.names("pods").remove(0);
    second.delete("pods", &namespace, &name).unwrap();
    user.collect("k8s");
    let gone = user.all("provider:k8s presence:gone");
    assert_eq!(of(&gone, &second).len(), gone.len());
    assert_eq!(gone.len(), 1, "{gone:?}");

    user.rewrite(&first.kubeconfig());
    user.collect("k8s");
    assert_eq!(differences(&user.present("provider:k8s"), &Wanted::of_fake(&first)), [""; 0]);
    let rows = user.all("provider:k8s presence:unknown");
    assert_eq!(rows.len(), Wanted::of_fake(&second).objects.len());
    assert_eq!(user.all("provider:k8s presence:gone").len(), 1);
}

#[test]
fn who_follows_a_context_that_leads_elsewhere_follows_the_other_cluster_and_makes_nothing_gone() {
    let (first, _) = estate(33);
    let second = other(34);
    let user = User::new(&first.kubeconfig());
    let follower = user.follow("k8s:kinds=pods+nodes+configmaps+crd");
    let of = "kind:k8s.core.pod,k8s.core.node,k8s.core.config-map";
    let open = |open: &BTreeMap<String, usize>| {
        ["pods", "nodes", "configmaps", "customresourcedefinitions.apiextensions.k8s.io"]
            .iter()
            .all(|r| open.get(*r).is_some_and(|count| *count > 0))
    };
    assert!(first.wait_for_watches(WIDE, open), "{:?}\n{}", first.watches(), follower.told());
    let count = |server: &FakeApiServer| {
        ["pods", "nodes", "configmaps"].iter().map(|r| server.names(r).len()).sum::<usize>()
    };
    user.until(WIDE, |user| (user.present(of).len() == count(&first)).then_some(()));

    user.rewrite(&second.kubeconfig());
    // What a cluster serves changes, so it is looked at; the kubeconfig is read then as well.
    first.define(Served::custom("stir.example.com", "v1", "spoons", "Spoon"));
    assert!(second.wait_for_watches(WIDE, open), "{:?}\n{}", second.watches(), follower.told());
    let here = format!("{}/", second.cluster());
    user.until(WIDE, |user| {
        let rows = user.present(of);
        let all = rows.iter().all(|row| text(row, "id").starts_with(&here));
        (all && rows.len() == count(&second)).then_some(())
    });
    // Nobody follows the first one under that name any more.
    let none = |open: &BTreeMap<String, usize>| open.values().all(|count| *count == 0);
    assert!(first.wait_for_watches(WIDE, none), "{:?}", first.watches());
    second
        .put("configmaps", json!({"metadata": {"name": "live", "namespace": "team-0"}, "data": {"n": "1"}}));
    user.until(Duration::from_secs(20), |user| {
        (!user.present("kind:k8s.core.config-map live").is_empty()).then_some(())
    });
    assert_eq!(user.all(&format!("{of} presence:unknown")).len(), count(&first));
    assert_eq!(user.all("provider:k8s presence:gone").len(), 0);
}
