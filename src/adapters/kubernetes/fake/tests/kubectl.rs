//! Real clients against the fake: what kubectl understands of it. Skipped, and said so, where there is none.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

use crate::fake::{Allow, FakeApiServer, Proof, Size, User, fill, kubeconfig};

/// One kubectl with one home.
struct Kubectl {
    program: PathBuf,
    home: tempfile::TempDir,
}

/// Those of this machine: `CLOUDSCOPE_TEST_KUBECTL`, or `kubectl` on the PATH.
fn kubectl() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CLOUDSCOPE_TEST_KUBECTL") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("kubectl")).find(|p| p.is_file())
}

impl Kubectl {
    fn new(server: &FakeApiServer) -> Option<Self> {
        let Some(program) = kubectl() else {
            println!("skipped: no kubectl on the PATH, and none in CLOUDSCOPE_TEST_KUBECTL");
            return None;
        };
        let home = tempfile::tempdir().unwrap();
        let certificate = server.certified(User::admin("carl")).unwrap();
        server.user(User::limited("jane", vec![Allow::new("get,list", "pods", "team-0")]), "token-of-jane");
        let token = |t: &str| Proof::Token(t.to_owned());
        let contexts = [
            server.context("admin", token("token-of-admin")),
            server.context("certificate", certificate),
            server.context("jane", token("token-of-jane")),
            server.context("wrong", token("nonsense")),
        ];
        std::fs::write(home.path().join("config"), kubeconfig(&contexts)).unwrap();
        Some(Self { program, home })
    }

    fn run(&self, words: &str) -> Output {
        let mut command = Command::new(&self.program);
        command.env("HOME", self.home.path()).env("KUBECONFIG", self.home.path().join("config"));
        command.args(words.split(' ')).output().unwrap()
    }

    fn text(&self, words: &str) -> String {
        let out = self.run(words);
        assert!(out.status.success(), "{words}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    fn refused(&self, words: &str, with: &str) {
        let out = self.run(words);
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && told.contains(with), "{words}: {told}");
    }
}

#[test]
fn kubectl_lists_every_kind_as_it_is() {
    let server = FakeApiServer::start().unwrap();
    fill(&server, 5, Size { replicas: 4, ..Size::small() });
    let Some(kubectl) = Kubectl::new(&server) else { return };
    let told = kubectl.text("api-resources --verbs=list -o name");
    let mut resources: Vec<&str> = told.lines().collect();
    let mut served: Vec<String> =
        server.served().iter().filter(|s| s.can("list")).map(|s| s.name()).collect();
    resources.sort_unstable();
    served.sort();
    assert_eq!(resources, served);
    for name in ["pods", "deployments.apps", "nodes", "certificates.cert-manager.io", "persistentvolumes"] {
        let list: Value = serde_json::from_str(&kubectl.text(&format!("get {name} -A -o json"))).unwrap();
        let items = list["items"].as_array().unwrap();
        let uid = |v: &Value| v["metadata"]["uid"].as_str().unwrap().to_owned();
        let mut got: Vec<String> = items.iter().map(uid).collect();
        let mut wanted: Vec<String> = server.objects(name).iter().map(uid).collect();
        got.sort();
        wanted.sort();
        assert_eq!(got, wanted, "{name}");
    }
    // Large enough to be sent as gzip.
    let sent = server.objects("pods").iter().map(|o| o.to_string().len()).sum::<usize>();
    assert!(sent > 128 << 10, "{sent}");
    let rows = kubectl.text("get pods -A --no-headers");
    assert_eq!(rows.lines().count(), server.counts()["pods"]);
    assert!(kubectl.text("get deploy,svc,sts -n team-1 -o name").contains("deployment.apps/app-0"));
    let selected = kubectl.text("get pods -n team-0 -l app=db -o name");
    assert_eq!(selected, "pod/db-0\npod/db-1\n");
    // In pages, too.
    let paged = kubectl.text("get pods -A --chunk-size=7 -o name");
    assert_eq!(paged.lines().count(), server.counts()["pods"]);
}

#[test]
fn kubectl_understands_who_is_refused_what() {
    let server = FakeApiServer::start().unwrap();
    fill(&server, 5, Size::small());
    let Some(kubectl) = Kubectl::new(&server) else { return };
    assert!(kubectl.text("--context certificate get ns -o name").contains("namespace/team-0"));
    assert!(kubectl.text("--context jane get pods -n team-0 -o name").contains("pod/db-0"));
    kubectl.refused(
        "--context jane get pods -A",
        "User \"jane\" cannot list resource \"pods\" in API group \"\"",
    );
    kubectl.refused("--context jane get pods -n team-1", "in the namespace \"team-1\"");
    kubectl.refused("--context wrong get ns", "You must be logged in to the server");
    kubectl.refused("get pods nothing -n team-0", "pods \"nothing\" not found");
}

#[test]
fn kubectl_waits_for_what_happens() {
    let server = FakeApiServer::start().unwrap();
    fill(&server, 5, Size::small());
    let Some(kubectl) = Kubectl::new(&server) else { return };
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| kubectl.run("wait pod/db-0 -n team-0 --for=delete --timeout=60s"));
        let patience = std::time::Duration::from_secs(30);
        assert!(server.wait_for_watches(patience, |open| open.get("pods").is_some_and(|n| *n > 0)));
        server.delete("pods", "team-0", "db-0").unwrap();
        let out = waiting.join().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    });
}
