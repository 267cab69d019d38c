//! The real binary against clusters: what it collects is what the server has, kind by kind, once and while
//! things change; relationships are those of the plan; no fault makes it say that something is gone.
//!
//! The cluster is our fake of an API server. The same checks run against any real one: see `real`.

mod elsewhere;
mod kinds;
mod places;
mod reading;
mod real;
mod secrets;
mod trouble;
mod user;
mod wanted;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use cloudscope_kubernetes::fake::{Act, Churn, FakeApiServer, Plan, Size, fill};
use serde_json::{Value, json};

use crate::home::{Home, Ran};
use user::User;
use wanted::{Wanted, differences};

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn estate(seed: u64) -> (FakeApiServer, Plan) {
    let server = FakeApiServer::start().unwrap();
    let plan = fill(&server, seed, Size::small());
    (server, plan)
}

fn same(user: &User, server: &FakeApiServer, when: &str) {
    let mut told = differences(&user.present("provider:k8s"), &Wanted::of_fake(server));
    let count = told.len();
    told.truncate(30);
    if count > 0 {
        // Why it was not read, where that is known.
        let trouble = user.health().into_iter().filter(|h| text(h, "state") != "ok");
        told.extend(trouble.take(20).map(|h| format!("{}: {} {}", h["listing"], h["state"], h["error"])));
    }
    assert!(told.is_empty(), "{when}: {count} differences\n{}", told.join("\n"));
}

#[test]
fn what_the_server_has_is_what_is_collected() {
    let (server, plan) = estate(1);
    let user = User::new(&server.kubeconfig());
    user.collect("k8s").with(0);
    same(&user, &server, "first collection");
    relationships(&user, &server, &plan);
    reading::held_against_the_ledger(&user, &server);

    // A second collection of the same says nothing new.
    let before = user.changes().len();
    user.collect("k8s").with(0);
    let after = user.changes();
    assert_eq!(after.len(), before, "{:?}", &after[..after.len().min(5)]);

    let mut churn = Churn::new(&server, 2);
    let done: Vec<_> = (0..150).map(|_| churn.step().unwrap()).collect();
    server.delete("services", "team-0", "public").unwrap();
    user.collect("k8s").with(0);
    same(&user, &server, "after churn");
    assert!(done.iter().any(|d| d.act == Act::Remade));
}

#[test]
fn a_heartbeat_is_no_change() {
    let (server, _) = estate(3);
    let user = User::new(&server.kubeconfig());
    user.collect("k8s:kinds=nodes").with(0);
    let before = user.changes().len();
    let mut churn = Churn::new(&server, 2);
    let beats = (0..100).filter(|_| churn.step().is_some_and(|d| d.act == Act::Beat)).count();
    assert!(beats > 0);
    user.collect("k8s:kinds=nodes").with(0);
    let after = user.changes();
    assert_eq!(after.len(), before, "{:?}", &after[before.min(after.len() - 1)..]);
}

/// The planned relationships are there, some of each sort.
fn relationships(user: &User, server: &FakeApiServer, plan: &Plan) {
    const OF_A_SORT: usize = 2;
    let cluster = server.cluster();
    let kind = |id: &str| id.split('/').take(2).collect::<Vec<_>>().join("/");
    let mut sorts: BTreeMap<(String, String, &str), usize> = BTreeMap::new();
    let mut asked: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    // What is off is not there.
    let off = |id: &str| {
        ["core/Event/", "events.k8s.io/", "coordination.k8s.io/"].iter().any(|o| id.starts_with(o))
    };
    for link in plan.links.iter().filter(|l| !off(&l.from)) {
        let count = sorts.entry((kind(&link.from), kind(&link.to), &link.relation)).or_default();
        *count += 1;
        if *count <= OF_A_SORT {
            asked.entry(&link.from).or_default().push((&link.relation, &link.to));
        }
    }
    assert!(sorts.len() > 40, "{sorts:?}");
    let mut of_outside = BTreeMap::new();
    for (from, to) in &plan.outside {
        let count: &mut usize = of_outside.entry(kind(from)).or_default();
        *count += 1;
        if *count <= OF_A_SORT {
            asked.entry(from).or_default().push(("outside", to));
        }
    }
    // One process holds the store, so that asking is quick.
    let _held = user.home.hold();
    let mut lost = Vec::new();
    for (from, wanted) in &asked {
        let found = user.relations(&format!("{cluster}/{from}"));
        for (relation, to) in wanted {
            let whole = format!("{cluster}/{to}");
            let is = |row: &&Value| {
                let target = text(row, "to");
                match *relation {
                    "outside" => target.contains(to) || row.to_string().contains(to),
                    _ => target == whole && (relation.is_empty() || text(row, "relation") == *relation),
                }
            };
            if !found.iter().any(|row| is(&row)) {
                lost.push(format!("{from} {relation} {to}"));
            }
        }
    }
    assert!(lost.is_empty(), "{} relationships are not there\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn what_happens_is_seen_within_a_second() {
    let (server, _) = estate(4);
    let user = User::new(&server.kubeconfig());
    let follower = user.follow("k8s");
    let wide = Duration::from_secs(120);
    let all = |open: &BTreeMap<String, usize>| {
        ["pods", "configmaps", "nodes", "databases.db.example.com"].iter().all(|r| open.contains_key(*r))
    };
    assert!(server.wait_for_watches(wide, all), "{:?}\n{}", server.watches(), follower.told());
    let mut late = Vec::new();
    for n in 0..5 {
        let name = format!("live-{n}");
        let object = json!({"metadata": {"name": name, "namespace": "team-0"}, "data": {"n": "1"}});
        let begun = jiff::Timestamp::now();
        server.put("configmaps", object);
        let id = format!("{}/core/ConfigMap/team-0/{name}", server.cluster());
        let seen = user
            .until(Duration::from_secs(30), |user| user.changes().into_iter().find(|c| text(c, "id") == id));
        let at: jiff::Timestamp = text(&seen, "at").parse().unwrap();
        late.push(at.duration_since(begun).as_millis());
    }
    late.sort_unstable();
    // One of them may fall on a moment when this machine does something else.
    assert!(late[3] < 1000, "seen after {late:?} ms");

    // Whatever goes on, it ends equal to the server.
    let mut churn = Churn::new(&server, 9);
    for step in 0..120 {
        churn.step().unwrap();
        match step {
            40 => server.cut(),
            80 => server.compact(),
            _ => {}
        }
    }
    user.until(wide, |user| {
        let told = differences(&user.present("provider:k8s"), &Wanted::of_fake(&server));
        told.is_empty().then_some(())
    });
    drop(follower);
    same(&user, &server, "after following");
    reading::nothing_but_reads(&server);
}

#[test]
fn two_contexts_of_one_cluster_are_one() {
    use cloudscope_kubernetes::fake::{Proof, kubeconfig};
    let (server, _) = estate(5);
    let token = || Proof::Token("token-of-admin".to_owned());
    let user = User::new(&kubeconfig(&[server.context("one", token()), server.context("two", token())]));
    user.collect("k8s:kinds=namespaces+nodes").with(0);
    let rows = user.present("provider:k8s");
    let ids: BTreeSet<&str> = rows.iter().map(|r| text(r, "id")).collect();
    assert_eq!(ids.len(), rows.len());
    assert_eq!(rows.len(), server.counts()["namespaces"] + server.counts()["nodes"]);
    let health = user.health();
    let other = health.iter().find(|h| text(h, "account") == "two" && text(h, "state") == "disabled");
    assert!(other.is_some_and(|h| h.to_string().contains("same cluster")), "{health:?}");
}

/// Asks again and again until there is an answer.
fn until<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "it did not come");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// A new user with nothing.
fn home() -> Home {
    Home::new()
}

/// The words of a command that went wrong or not.
fn words(ran: &Ran) -> String {
    format!("{}\n{}", ran.out, ran.err)
}
