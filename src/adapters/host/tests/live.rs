//! The machine that the tests run on, and fifty processes, sockets and names made to be mean.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    fs,
    io::{BufRead, BufReader},
    net::{TcpListener, UdpSocket},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::PermissionsExt,
        net::UnixListener,
        process::CommandExt,
    },
    path::Path,
    process::{Child, Command, Stdio},
};

use super::*;
use crate::text::lossless;

/// Processes that are ended with the test, however it ends.
struct Sentinels(Vec<Child>);

impl Drop for Sentinels {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// File names that try to pass for something else; every one is a program that sleeps.
fn names() -> Vec<Vec<u8>> {
    [
        &b"plain"[..],
        b") R 1 1 1 (",
        b"a) S 0",
        b"((((",
        b"new\nline",
        b"Uid:\t0",
        b"\x1b[2J\x1b]0;x\x07",
        b"\xff\xfe bytes",
        b"\\xff text",
        "gpj\u{202e}exe".as_bytes(),
        "名前".as_bytes(),
        b" leading",
        b"$(reboot)",
        b"'; DROP --",
        b"kworker/9-fake",
        b"exactly15bytes!and more",
    ]
    .iter()
    .map(|name| name.to_vec())
    .filter(|name| !name.contains(&b'/'))
    .chain([b"-".to_vec()])
    .collect()
}

/// Argument lists that are hard to read back.
fn argument_lists() -> Vec<Vec<OsString>> {
    let own = |list: &[&[u8]]| list.iter().map(|a| OsString::from_vec(a.to_vec())).collect();
    vec![
        own(&[]),
        own(&[b""]),
        own(&[b"", b"", b"x", b""]),
        own(&[b"two words", b"tab\tand\nline"]),
        own(&[b"\x1b[31mred", b"\xff\xfe", b"\\xff"]),
        own(&["\u{202e}".as_bytes(), "\u{200b}".as_bytes()]),
        own(&[b"--flag=value", b"--", b"-x"]),
        own(&[&[b'a'; 5000]]),
    ]
}

/// A shell that waits for its standard input, so that it lives as long as the test wants, whatever its
/// name and arguments are.
fn spawn(program: &Path, arguments: &[OsString]) -> Child {
    Command::new("/bin/sh")
        .arg0(program)
        .args(["-c", "echo ready; read line"])
        .arg("sentinel")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn wait_until_ready(child: &mut Child) {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
}

fn pids_now() -> BTreeSet<u32> {
    fs::read_dir("/proc").unwrap().filter_map(|e| e.unwrap().file_name().to_str()?.parse().ok()).collect()
}

fn pid_of(sighting: &Sighting) -> u32 {
    u32::try_from(field(&sighting.asset, "/pid").as_u64().unwrap()).unwrap()
}

#[tokio::test]
async fn the_contract_holds_on_the_real_machine() {
    let clock = Arc::new(cloudscope_memory::ManualClock::new(cloudscope_domain::Timestamp::from_millis(0)));
    let seen = cloudscope_ports::contract::collector::suite(&collector(), &source(), clock).await;
    assert_eq!(seen.faults, BTreeMap::new());
    assert_eq!(seen.items.len(), 6);
    let called: BTreeSet<_> = seen.calls.iter().map(|c| c.operation.clone()).collect();
    assert_eq!(called, OPERATIONS.iter().cloned().collect());
    assert!(seen.calls.iter().all(|c| c.identity.contains('@')), "{:?}", seen.calls.first());
}

#[tokio::test]
async fn fifty_mean_sentinels_are_in_the_inventory_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let mut sentinels = Sentinels(Vec::new());
    let mut expected = Vec::new();
    // Programs under mean file names: the kernel takes a process's name from the file's.
    for (i, name) in names().iter().enumerate() {
        let program = dir.path().join(OsStr::from_bytes(name));
        fs::copy("/bin/sh", &program).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        for arguments in argument_lists().into_iter().cycle().skip(i).take(2) {
            let mut all: Vec<OsString> =
                ["-c", "echo ready; read line", "sentinel"].map(OsString::from).to_vec();
            all.extend(arguments);
            let child = Command::new(&program)
                .args(&all)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let argv: Vec<String> = std::iter::once(program.as_os_str())
                .chain(all.iter().map(OsString::as_os_str))
                .map(|a| lossless(a.as_bytes()))
                .collect();
            let comm = lossless(&name[..name.len().min(15)]);
            expected.push((child.id(), comm, argv, lossless(program.as_os_str().as_bytes())));
            sentinels.0.push(child);
        }
    }
    // And programs that lie about their own name in the first argument.
    let sh = lossless(fs::canonicalize("/bin/sh").unwrap().as_os_str().as_bytes());
    while sentinels.0.len() < 50 {
        let lie = names()[sentinels.0.len() % names().len()].clone();
        let child = spawn(Path::new(OsStr::from_bytes(&lie)), &[]);
        let argv = [lossless(&lie), "-c".into(), "echo ready; read line".into(), "sentinel".into()].to_vec();
        expected.push((child.id(), "sh".into(), argv, sh.clone()));
        sentinels.0.push(child);
    }
    sentinels.0.iter_mut().for_each(wait_until_ready);

    let before = pids_now();
    let seen = collect(&collector(), "processes").await;
    let after = pids_now();
    assert_eq!(seen.problems(), [""; 0]);
    let all = seen.sightings();
    let listed: BTreeSet<u32> = all.iter().map(pid_of).collect();
    assert_eq!(listed.len(), all.len(), "a process is listed once");
    let missed: Vec<_> = before.intersection(&after).filter(|pid| !listed.contains(pid)).collect();
    assert!(missed.is_empty(), "lived before and after, and is not listed: {missed:?}");

    assert_eq!(expected.len(), 50);
    let machine = &all[0].asset.account;
    for (pid, name, argv, exe) in expected {
        let sighting = all.iter().find(|s| pid_of(s) == pid).unwrap();
        let asset = &sighting.asset;
        assert_eq!(asset.key.id.as_str(), format!("host:{machine}/process/{pid}"));
        assert!(!asset.key.incarnation.as_str().is_empty());
        // A name that is only blanks or empty would fall back to the id's tail; none of these is.
        assert_eq!(field(asset, "/name"), name.as_str());
        let expected: Vec<Value> = argv.iter().map(|a| Value::from(a.as_str())).collect();
        assert_eq!(field(asset, "/argv"), Value::from(expected), "{name:?}");
        assert_eq!(field(asset, "/exe"), exe.as_str());
        assert_eq!(targets(sighting, "child-of"), [format!("host:{machine}/process/{}", std::process::id())]);
        assert_eq!(targets(sighting, "runs-on"), [format!("host:{machine}")]);
        assert_eq!(asset.status.as_ref().unwrap().word.as_ref(), "running");
        let age = now().since(asset.created_at.unwrap());
        assert!((-2_000..600_000).contains(&age), "started {age} ms ago");
    }

    // The same processes are the same assets at the next look.
    let keys = |seen: &Seen| -> BTreeSet<_> { seen.sightings().into_iter().map(|s| s.asset.key).collect() };
    let again = keys(&collect(&collector(), "processes").await);
    let ours: BTreeSet<u32> = sentinels.0.iter().map(Child::id).collect();
    for sighting in all.iter().filter(|s| ours.contains(&pid_of(s))) {
        assert!(again.contains(&sighting.asset.key));
    }
}

fn now() -> cloudscope_domain::Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    cloudscope_domain::Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap())
}

#[tokio::test]
async fn listening_sockets_are_there_with_their_owner_and_others_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let tcp: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let tcp6 = TcpListener::bind("[::1]:0").ok();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let connected = UdpSocket::bind("127.0.0.1:0").unwrap();
    connected.connect(udp.local_addr().unwrap()).unwrap();
    let client = std::net::TcpStream::connect(tcp[0].local_addr().unwrap()).unwrap();
    let paths: Vec<_> =
        [&b"plain.sock"[..], b"new\nline 00000000: 2 0 00010000 0001 01 1 x", b"\xff\x1b[2J", b" blank "]
            .iter()
            .map(|name| dir.path().join(OsStr::from_bytes(name)))
            .collect();
    let unix: Vec<UnixListener> = paths.iter().map(|path| UnixListener::bind(path).unwrap()).collect();

    let seen = collect(&collector(), "sockets").await;
    let all = seen.sightings();
    let me = std::process::id();
    let find = |protocol: &str, endpoint: &str| {
        let found: Vec<_> = all
            .iter()
            .filter(|s| field(&s.asset, "/protocol") == protocol && field(&s.asset, "/endpoint") == endpoint)
            .collect();
        assert!(found.len() <= 1, "{protocol} {endpoint} is listed {} times", found.len());
        found.first().copied()
    };
    let check = |protocol: &str, endpoint: String| {
        let sighting =
            find(protocol, &endpoint).unwrap_or_else(|| panic!("{protocol} {endpoint} is not listed"));
        let asset = &sighting.asset;
        assert_eq!(field(asset, "/pids"), Value::from(vec![me]));
        assert_eq!(targets(sighting, "listens-on"), [format!("host:{}/process/{me}", asset.account)]);
        assert!(sighting.references.iter().any(|r| r.relation.as_str() == "listens-on" && r.reverse));
        assert_eq!(asset.key.incarnation.as_str(), field(asset, "/inode").to_string());
    };
    for listener in &tcp {
        check("tcp", listener.local_addr().unwrap().to_string());
    }
    if let Some(listener) = &tcp6 {
        check("tcp6", listener.local_addr().unwrap().to_string());
    }
    check("udp", udp.local_addr().unwrap().to_string());
    for path in &paths {
        check("unix", lossless(path.as_os_str().as_bytes()));
    }
    assert!(
        find("udp", &connected.local_addr().unwrap().to_string()).is_none(),
        "a connection is no listener"
    );
    assert!(find("tcp", &client.local_addr().unwrap().to_string()).is_none(), "a connection is no listener");
    drop((unix, client));
}

#[tokio::test]
async fn a_secret_on_a_command_line_is_in_no_output() {
    const SECRET: &str = "hunter2-S3cr3t-9f8e7d";
    let mut sentinels = Sentinels(Vec::new());
    for arguments in [
        &["--password", SECRET][..],
        &["--token=hunter2-S3cr3t-9f8e7d"],
        &["PGPASSWORD=hunter2-S3cr3t-9f8e7d"],
        &["postgres://admin:hunter2-S3cr3t-9f8e7d@db/x"],
    ] {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        sentinels.0.push(spawn(Path::new("sh"), &arguments));
    }
    // Environments are not read at all.
    sentinels.0.push(
        Command::new("/bin/sh")
            .args(["-c", "echo ready; read line"])
            .env("UNREMARKABLE", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    sentinels.0.iter_mut().for_each(wait_until_ready);
    let mut listed = 0;
    for listing in crate::listing::Listing::ALL {
        let seen = collect(&collector(), listing.name()).await;
        for item in seen.sink.items() {
            let text = format!("{item:?}");
            assert!(!text.contains(SECRET), "{text}");
        }
        if listing.name() == "processes" {
            let ours: Vec<u32> = sentinels.0.iter().map(Child::id).collect();
            listed = seen.sightings().iter().filter(|s| ours.contains(&pid_of(s))).count();
        }
    }
    assert_eq!(listed, 5, "the processes themselves are listed");
}

#[tokio::test]
async fn the_parts_of_the_machine_fit_together() {
    let machine = collect(&collector(), "machine").await.sightings();
    assert_eq!(machine.len(), 1);
    let machine = &machine[0].asset;
    assert_eq!(machine.key.id.as_str(), format!("host:{}", machine.account));
    let hostname = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(machine.name.as_ref(), hostname.trim());
    assert!(field(machine, "/cpu/processors").as_u64().unwrap() >= 1);
    assert!(field(machine, "/memory/total_bytes").as_u64().unwrap() > 1 << 20);
    assert!(field(machine, "/kernel/release").as_str().unwrap().contains('.'));

    let interfaces = collect(&collector(), "interfaces").await.by_id();
    let lo = &interfaces[&format!("host:{}/interface/lo", machine.account)];
    assert!(lo.asset.addresses.contains(&"127.0.0.1".to_owned()), "{:?}", lo.asset.addresses);
    assert_eq!(targets(lo, "attached-to"), [machine.key.id.to_string()]);
    let named: BTreeSet<_> = interfaces.values().map(|s| s.asset.name.to_string()).collect();
    let in_sys: BTreeSet<_> = fs::read_dir("/sys/class/net")
        .unwrap()
        .map(|e| e.unwrap())
        .filter(|e| e.path().is_dir())
        .map(|e| e.file_name().into_string().unwrap())
        .collect();
    assert_eq!(named, in_sys);

    let filesystems = collect(&collector(), "filesystems").await.by_id();
    let root = &filesystems[&format!("host:{}/filesystem/", machine.account)];
    assert!(field(&root.asset, "/size_bytes").as_u64().unwrap() > 0);
    let disks = collect(&collector(), "disks").await.by_id();
    for sighting in filesystems.values() {
        for disk in targets(sighting, "on-disk") {
            assert!(disks.contains_key(&disk), "{} is on {disk}, which is not listed", sighting.asset.name);
        }
    }
}
