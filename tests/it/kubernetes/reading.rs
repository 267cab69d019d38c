//! What was asked of the server, by its own record: nothing but reads, no part of an object, and exactly what
//! the ledger of calls says.

use cloudscope_kubernetes::fake::{Asked, FakeApiServer};

use super::{text, user::User};

/// What a request is in the ledger; `None` when nothing like it may be asked.
fn operation(asked: &Asked) -> Option<&'static str> {
    let words: Vec<&str> = asked.path.split('/').filter(|w| !w.is_empty()).collect();
    if asked.method != "GET" {
        return None;
    }
    match words[..] {
        ["version" | "api" | "apis"] | ["api", _] | ["apis", _] | ["apis", _, _] => Some("k8s:Discover"),
        ["api", "v1", "namespaces", "kube-system"] => Some("k8s:Get"),
        ["api", _, _]
        | ["api", _, "namespaces", _, _]
        | ["apis", _, _, _]
        | ["apis", _, _, "namespaces", _, _] => {
            let watch = asked.query.split('&').any(|p| p == "watch=true" || p == "watch=1");
            Some(if watch { "k8s:Watch" } else { "k8s:List" })
        }
        _ => None,
    }
}

/// Every request was a read of a collection, of discovery, or of the namespace that names the cluster.
pub(super) fn nothing_but_reads(server: &FakeApiServer) {
    let asked = server.asked();
    assert!(!asked.is_empty());
    let wrong: Vec<&Asked> = asked.iter().filter(|a| operation(a).is_none()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The ledger has each request that the server was asked, and no other.
pub(super) fn held_against_the_ledger(user: &User, server: &FakeApiServer) {
    nothing_but_reads(server);
    let mut asked: Vec<&str> = Vec::new();
    let record = server.asked();
    asked.extend(record.iter().filter_map(operation));
    let ran = user.run(&["calls", "--format", "json", "--limit", "1000000"]);
    let calls = ran.json();
    let operations = calls.as_array().unwrap().iter().map(|c| text(c, "operation"));
    let mut told: Vec<&str> = operations.filter(|o| o.starts_with("k8s:")).collect();
    asked.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, asked);
}
