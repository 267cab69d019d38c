//! The collector as somebody else and somewhere else: without rights, behind hidepid, in a network
//! namespace with interfaces of its own.
//!
//! Each test starts this test program again in that place and has it run a helper there. What needs
//! root or a tool that is not there says so and is left out.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use super::*;

const PORT: &str = "CLOUDSCOPE_TEST_PORT";

/// This program where any user may run it.
struct Program(tempfile::TempDir);

impl Program {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = dir.path().join("program");
        std::fs::copy(std::env::current_exe().unwrap(), &path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(dir)
    }

    /// Runs a helper after a line of shell has prepared its surroundings. When the line fails,
    /// this says so and the test is left out.
    fn run(&self, wrapper: &[&str], nobody: bool, prepare: &str, helper: &str, port: u16) {
        let script = format!(
            "{{ {prepare}; }} || exit 99; exec $AS \"$PROGRAM\" --exact {helper} --ignored --nocapture"
        );
        let mut words = wrapper.iter().copied().chain(["sh", "-c", &script]);
        let output = Command::new(words.next().unwrap())
            .args(words)
            .env("PROGRAM", self.0.path().join("program"))
            .env("AS", if nobody { AS_NOBODY } else { "" })
            .env(PORT, port.to_string())
            .current_dir("/")
            .output();
        let Ok(output) = output else {
            eprintln!("left out, there is no `{}` here", wrapper.first().unwrap_or(&"sh"));
            return;
        };
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.code() == Some(99)
            || output.status.code() == Some(127)
            || text.contains("unshare failed")
        {
            eprintln!("left out, the surroundings cannot be made here: {text}");
            return;
        }
        assert!(output.status.success(), "{text}");
        assert!(text.contains("1 passed"), "the helper did not run: {text}");
    }
}

/// How a program is run without rights.
const AS_NOBODY: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all";

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("left out, it needs root");
    }
    root
}

fn port() -> String {
    std::env::var(PORT).unwrap()
}

#[test]
fn without_rights_what_is_hidden_is_said() {
    if is_root() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Program::new().run(&[], true, "true", "tests::namespaces::helper_without_rights", port);
    }
}

#[tokio::test]
#[ignore = "a helper of without_rights_what_is_hidden_is_said"]
async fn helper_without_rights() {
    assert!(!rustix::process::geteuid().is_root());
    // Every process is there, and that some facts are not is said once.
    let seen = collect(&collector(), "processes").await;
    assert_eq!(seen.problems(), [""; 0]);
    assert_eq!(seen.limits().len(), 1, "{:?}", seen.limits());
    assert!(seen.limits()[0].contains("executable files of"), "{:?}", seen.limits());
    assert!(seen.sightings().iter().any(|s| field(&s.asset, "/pid") == 1));

    // Root's socket is there, and that its owner is hidden is said.
    let seen = collect(&collector(), "sockets").await;
    let endpoint = format!("127.0.0.1:{}", port());
    let all = seen.sightings();
    let socket = all.iter().find(|s| field(&s.asset, "/endpoint") == endpoint.as_str()).unwrap();
    assert_eq!(field(&socket.asset, "/pids"), serde_json::json!([]));
    assert!(seen.limits()[0].contains("owners of"), "{:?}", seen.limits());
    assert!(seen.permissions()[0].contains("CAP_SYS_PTRACE (run as root) to see the owners of"));

    let report = collector().check(&source(), &context(OPERATIONS).0).await.unwrap();
    assert!(
        report.identity.starts_with("nobody@") || report.identity.starts_with("uid-65534@"),
        "{report:?}"
    );
    assert!(report.limits[0].contains("not root"), "{report:?}");
}

#[test]
fn behind_hidepid_the_listing_is_partial() {
    if is_root() {
        let prepare = "mount -t proc -o hidepid=2 proc /proc";
        Program::new().run(&["unshare", "-m"], true, prepare, "tests::namespaces::helper_behind_hidepid", 0);
    }
}

#[tokio::test]
#[ignore = "a helper of behind_hidepid_the_listing_is_partial"]
async fn helper_behind_hidepid() {
    let seen = collect(&collector(), "processes").await;
    let pids: Vec<_> = seen.sightings().iter().map(|s| field(&s.asset, "/pid")).collect();
    assert!(pids.contains(&std::process::id().into()) && !pids.contains(&1.into()), "{pids:?}");
    let problems = seen.problems();
    assert!(problems.len() == 1 && problems[0].contains("hidepid="), "{problems:?}");
}

#[test]
fn interfaces_made_for_the_test_are_there_exactly() {
    if is_root() {
        let prepare = "mount -t sysfs sysfs /sys && ip link set lo up \
            && ip link add br0 type bridge && ip link add v0 type veth peer name v1 \
            && ip link set v0 master br0 && ip link set v0 up && ip link set v1 up \
            && ip link set v1 mtu 1300 && ip link set v1 address 02:00:00:00:00:42 \
            && ip addr add 10.9.8.7/24 dev v1 && ip addr add fd99::1/64 dev v1 nodad \
            && ip link add name 'a$(x);b' type veth peer name 'c|d'";
        let wrapper = ["unshare", "-n", "-m"];
        Program::new().run(&wrapper, false, prepare, "tests::namespaces::helper_interfaces", 0);
    }
}

#[tokio::test]
#[ignore = "a helper of interfaces_made_for_the_test_are_there_exactly"]
async fn helper_interfaces() {
    let seen = collect(&collector(), "interfaces").await;
    assert_eq!((seen.problems(), seen.limits()), (vec![], vec![]));
    let all: BTreeMap<_, _> = seen.sightings().into_iter().map(|s| (s.asset.name.to_string(), s)).collect();
    // The kernel may put devices of its own (sit0, tunl0, ...) into each namespace.
    for name in ["lo", "br0", "v0", "v1", "a$(x);b", "c|d"] {
        assert!(all.contains_key(name), "{name} is not in {:?}", all.keys());
    }
    let v1 = &all["v1"];
    assert!(
        v1.asset.addresses.contains(&"10.9.8.7".into()) && v1.asset.addresses.contains(&"fd99::1".into())
    );
    assert_eq!(field(&v1.asset, "/mtu"), 1300);
    assert_eq!(field(&v1.asset, "/mac"), "02:00:00:00:00:42");
    assert_eq!(v1.asset.status.clone().unwrap().word.as_ref(), "up");
    assert!(field(&v1.asset, "/addresses").as_array().unwrap().iter().any(|a| a["prefix"] == 24));
    assert_eq!(field(&all["br0"].asset, "/type"), "bridge");
    let account = &v1.asset.account;
    assert_eq!(targets(&all["v0"], "member-of"), [format!("host:{account}/interface/br0")]);
    assert_eq!(all["a$(x);b"].asset.status.clone().unwrap().word.as_ref(), "down");
}

#[test]
fn a_namespace_without_its_own_sys_is_noticed() {
    if is_root() {
        let prepare = "ip link add v0 type veth peer name v1";
        Program::new().run(&["unshare", "-n"], false, prepare, "tests::namespaces::helper_foreign_sys", 0);
    }
}

#[tokio::test]
#[ignore = "a helper of a_namespace_without_its_own_sys_is_noticed"]
async fn helper_foreign_sys() {
    let seen = collect(&collector(), "interfaces").await;
    let names: Vec<_> = seen.sightings().iter().map(|s| s.asset.name.to_string()).collect();
    assert!(names.contains(&"v0".into()) && !names.contains(&"eth0".into()), "{names:?}");
    assert!(seen.limits()[0].contains("another network namespace"), "{:?}", seen.limits());
}

#[tokio::test]
async fn sockets_in_another_network_namespace_are_seen() {
    if !is_root() {
        return;
    }
    let mut child = Command::new("unshare")
        .arg("-n")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "tests::namespaces::helper_listens", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let Some(port) = lines.find_map(|l| l.split_once("listens on ").map(|(_, port)| port.trim().to_owned()))
    else {
        eprintln!("left out, no network namespace can be made here");
        child.wait().unwrap();
        return;
    };
    let seen = collect(&collector(), "sockets").await;
    let pid = child.id();
    // Closing its input ends the child.
    drop(child.stdin.take());
    child.wait().unwrap();
    let all = seen.sightings();
    let sockets: Vec<_> =
        all.iter().filter(|s| field(&s.asset, "/pids") == serde_json::json!([pid])).collect();
    assert_eq!(sockets.len(), 1);
    assert_eq!(field(&sockets[0].asset, "/endpoint"), format!("0.0.0.0:{port}"));
    let own = std::fs::read_link("/proc/self/ns/net").unwrap();
    let namespace = field(&sockets[0].asset, "/namespace");
    assert!(!own.to_string_lossy().contains(namespace.as_str().unwrap()), "{namespace} is our own");
}

#[test]
#[ignore = "a helper of sockets_in_another_network_namespace_are_seen"]
fn helper_listens() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    println!("listens on {}", listener.local_addr().unwrap().port());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}
