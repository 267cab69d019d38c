//! Everything that can go wrong with a cluster: what is not seen is unknown and says why, never gone.

use std::os::unix::fs::PermissionsExt;

use cloudscope_kubernetes::fake::{
    Allow, Call, FakeApiServer, Fault, Proof, Rule, User as Person, kubeconfig,
};
use serde_json::{Value, json};

use super::{estate, same, text, user::User, words};

fn states(user: &User, filter: &str, state: &str) -> usize {
    user.all(&format!("{filter} presence:{state}")).len()
}

fn scope<'a>(health: &'a [Value], listing: &str) -> &'a Value {
    health
        .iter()
        .find(|h| text(h, "listing") == listing)
        .unwrap_or_else(|| panic!("no {listing}: {health:?}"))
}

#[test]
fn a_token_that_is_refused_makes_everything_unknown() {
    let (server, _) = estate(11);
    let user = User::new(&server.kubeconfig());
    user.collect("k8s").with(0);
    let there = user.present("provider:k8s").len();
    server.revoke("token-of-admin");
    let ran = user.collect("k8s");
    assert!(matches!(ran.code, Some(1 | 3)), "{}", words(&ran));
    assert!(!words(&ran).contains("token-of-admin"), "{}", words(&ran));
    assert_eq!(states(&user, "provider:k8s", "gone"), 0);
    assert_eq!(states(&user, "provider:k8s", "unknown"), there);
    let health = user.health();
    assert!(health.iter().all(|h| text(h, "state") != "ok"), "{health:?}");
}

#[test]
fn a_kind_that_is_denied_says_which_permission_is_missing() {
    let (server, _) = estate(12);
    let mut limited = Person::admin("jane");
    limited.deny = vec![Allow::new("list,watch", "configmaps,databases.db.example.com", "*")];
    server.user(limited, "token-of-jane");
    let admin = User::new(&server.kubeconfig());
    admin.collect("k8s").with(0);
    let there = admin.present("kind:k8s.core.config-map").len();
    assert!(there > 0);
    let user = User::new(&kubeconfig(&[server.context("fake", Proof::Token("token-of-jane".to_owned()))]));
    user.collect("k8s").with(3);
    assert_eq!(user.present("kind:k8s.core.config-map").len(), 0);
    assert!(!user.present("kind:k8s.core.pod").is_empty());
    let health = user.health();
    for listing in ["configmaps", "databases.db.example.com"] {
        let denied = scope(&health, listing);
        assert_eq!(text(denied, "state"), "denied", "{denied}");
        assert!(text(denied, "missing_permission").contains("list"), "{denied}");
    }
}

#[test]
fn who_may_see_one_namespace_sees_that() {
    let (server, _) = estate(13);
    let allow = vec![Allow::new("get,list,watch", "pods,services,deployments.apps", "team-1")];
    server.user(Person::limited("jane", allow), "token-of-jane");
    let mut context = server.context("fake", Proof::Token("token-of-jane".to_owned()));
    context.namespace = Some("team-1".to_owned());
    let user = User::new(&kubeconfig(&[context]));
    let ran = user.collect("k8s");
    assert_eq!(ran.code, Some(3), "{}", words(&ran));
    for (kind, resource) in [("pod", "pods"), ("service", "services")] {
        let wanted = server.names(resource).iter().filter(|(namespace, _)| namespace == "team-1").count();
        assert_eq!(user.present(&format!("kind:k8s.core.{kind}")).len(), wanted, "{kind}");
    }
    let denied = user.health().iter().filter(|h| text(h, "state") == "denied").count();
    assert!(denied > 5, "{denied}");
}

#[test]
fn nothing_is_gone_whatever_goes_wrong() {
    let (server, _) = estate(14);
    let user = User::new(&server.kubeconfig());
    let source = "k8s:page=7,kinds=pods+configmaps+databases";
    user.collect(source).with(0);
    let there = user.present("provider:k8s").len();
    assert!(there > 30);
    let broken =
        |code, reason| Fault::Status { code, reason, message: "as the test says", retry_after: Some(1) };
    let faults = [
        (Call::List, Fault::Drop),
        (Call::NextPage, Fault::Cut),
        (Call::NextPage, broken(410, "Expired")),
        (Call::List, Fault::Html(502)),
        (Call::NextPage, Fault::Garbage),
    ];
    for (call, fault) in faults {
        server.fail(Rule::always("pods", call, fault.clone()));
        let ran = user.collect(source);
        // Without pages there is a way around tokens that expire.
        assert!(matches!(ran.code, Some(0 | 1 | 3)), "{fault:?}: {}", words(&ran));
        assert!(!words(&ran).contains('\u{1b}'), "{fault:?}: {:?}", words(&ran));
        assert_eq!(states(&user, "provider:k8s", "gone"), 0, "{fault:?}");
        server.heal();
    }
    user.collect(source).with(0);
    assert_eq!(user.present("provider:k8s").len(), there);
    // What really goes is gone, by a whole listing.
    server.delete("pods", "team-0", "db-0").unwrap();
    user.collect(source).with(0);
    assert_eq!(states(&user, "provider:k8s", "gone"), 1);
    assert_eq!(user.present("provider:k8s").len(), there - 1);
}

fn without_the_other_server(aggregated: bool) {
    let (server, _) = estate(15);
    server.aggregated_apis(false);
    server.set(|s| s.aggregated = aggregated);
    let user = User::new(&server.kubeconfig());
    let ran = user.collect("k8s");
    assert!(matches!(ran.code, Some(0 | 3)), "{}", words(&ran));
    same(&user, &server, "without the other server");
}

#[test]
fn an_api_that_does_not_answer_is_unknown_and_the_rest_is_read() {
    without_the_other_server(true);
}

#[test]
fn the_same_of_a_server_whose_discovery_is_one_document_a_group() {
    without_the_other_server(false);
}

#[test]
fn a_program_runs_only_after_it_was_confirmed() {
    let server = FakeApiServer::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (program, mark) = (folder.path().join("login"), folder.path().join("ran"));
    let answer = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": "token-of-admin"},
    });
    let script = format!("#!/bin/sh\necho ran >> {}\ncat <<'END'\n{answer}\nEND\n", mark.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let proof = Proof::Program(program.display().to_string(), vec!["--cluster=fake".to_owned()]);
    let user = User::new(&kubeconfig(&[server.context("fake", proof)]));
    let ran = user.collect("k8s:kinds=namespaces");
    assert!(matches!(ran.code, Some(1 | 3)), "{}", words(&ran));
    assert!(!mark.exists(), "it ran unasked");
    assert!(words(&ran).contains("confirm"), "{}", words(&ran));
    let ran = user.run(&["sources", "confirm", "k8s", "--yes"]);
    assert_eq!(ran.code, Some(0), "{}", words(&ran));
    assert!(words(&ran).contains("--cluster=fake"), "{}", words(&ran));
    user.collect("k8s:kinds=namespaces").with(0);
    assert!(mark.exists());
    assert_eq!(user.present("kind:k8s.core.namespace").len(), 4);
}
