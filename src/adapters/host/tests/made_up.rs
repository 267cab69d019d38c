//! Made-up trees of /proc and /sys: what a machine shows seldom, or only to somebody without rights.

use std::{fs, os::unix::ffi::OsStrExt, os::unix::fs::symlink};

use cloudscope_ports::FaultKind;

use super::*;

/// A tree with the least that every listing needs.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        tree.file("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
            .file("etc/passwd", "root:x:0:0::/:\nann:x:1000:1000::/:\n")
            .file("proc/stat", "cpu 1 2\nbtime 1700000000\nprocesses 9\n")
            .file("proc/sys/kernel/random/boot_id", "b0071d00-0000-4000-8000-000000000000\n")
            .file("proc/sys/kernel/hostname", "made-up\n")
            .file("proc/self/mountinfo", "20 1 0:20 / /proc rw - proc proc rw\n");
        tree
    }

    fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn link(&self, path: &str, target: impl AsRef<[u8]>) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(std::ffi::OsStr::from_bytes(target.as_ref()), path).unwrap();
        self
    }

    fn process(&self, pid: u32, parent: u32, comm: &[u8], state: char, flags: u64, cmdline: &[u8]) -> &Self {
        let head = format!("{pid} (");
        let tail = format!(
            ") {state} {parent} {pid} {pid} 0 -1 {flags} 0 0 0 0 3 4 0 0 20 0 2 0 {} 0 0\n",
            pid * 100
        );
        self.file(&format!("proc/{pid}/stat"), [head.as_bytes(), comm, tail.as_bytes()].concat())
            .file(
                &format!("proc/{pid}/status"),
                format!("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t7\t7\t7\t7\nVmRSS:\t8 kB\nNSpid:\t{pid}\n"),
            )
            .file(&format!("proc/{pid}/cmdline"), cmdline)
            .file(&format!("proc/{pid}/cgroup"), "0::/\n")
    }

    async fn collect(&self, listing: &str) -> Seen {
        collect(&collector_of(self.0.path()), listing).await
    }
}

const MACHINE: &str = "host:0123456789abcdef0123456789abcdef";
const KERNEL_THREAD: u64 = 0x0020_0000;

fn process_id(pid: u32) -> String {
    format!("{MACHINE}/process/{pid}")
}

#[tokio::test]
async fn processes_of_every_sort_are_told_apart() {
    let id = "c0ffee".repeat(10) + "beef";
    let tree = Tree::new();
    tree.process(1, 0, b"init", 'S', 0, b"/sbin/init\0--splash\0")
        .link("proc/1/exe", "/usr/lib/in\u{202e}it")
        .process(2, 0, b"kthreadd", 'S', KERNEL_THREAD, b"")
        .process(9, 2, b"kworker/0:1-events", 'I', KERNEL_THREAD, b"")
        .process(30, 1, b"a) Z 7 (\xff\n", 'Z', 0, b"")
        .process(31, 1, b"", 'T', 0, b"\0\0x\xff\0")
        .process(32, 1, b"shim", 'D', 0, b"shim: ready")
        .file("proc/32/cgroup", format!("0::/system.slice/docker-{id}.scope\n"));
    // A process that ended after its number was listed.
    fs::create_dir_all(tree.0.path().join("proc/77")).unwrap();
    // Names that only look like numbers.
    tree.file("proc/12x/stat", "").file("proc/self2/stat", "");
    let seen = tree.collect("processes").await;
    assert_eq!(seen.problems(), [""; 0]);
    assert_eq!(seen.limits(), [""; 0]);
    let all = seen.by_id();
    let pids = [1, 2, 9, 30, 31, 32];
    let ids: std::collections::BTreeSet<_> = pids.into_iter().map(process_id).collect();
    assert_eq!(all.keys().cloned().collect::<std::collections::BTreeSet<_>>(), ids);

    let init = &all[&process_id(1)];
    assert_eq!(field(&init.asset, "/exe"), "/usr/lib/in\u{202e}it");
    assert_eq!(field(&init.asset, "/user"), "root");
    assert_eq!(field(&init.asset, "/uid"), 1000);
    assert_eq!(init.asset.key.incarnation.as_str(), "b0071d000000-100");
    assert_eq!(init.asset.created_at.unwrap().to_string(), "2023-11-14T22:13:21Z");
    assert_eq!(targets(init, "child-of"), [""; 0]);
    let state = |pid| all[&process_id(pid)].asset.status.clone().unwrap();
    assert_eq!(state(30).word.as_ref(), "zombie");
    assert_eq!(state(31).word.as_ref(), "stopped");
    assert_eq!(state(32).class, cloudscope_domain::StatusClass::Ok);
    assert_eq!(all[&process_id(9)].asset.name.as_ref(), "kworker/0:1");
    assert_eq!(field(&all[&process_id(9)].asset, "/kernel_thread"), true);
    assert_eq!(targets(&all[&process_id(9)], "child-of"), [process_id(2)]);
    assert_eq!(field(&all[&process_id(30)].asset, "/name"), "a) Z 7 (\\xff\n");
    assert_eq!(field(&all[&process_id(31)].asset, "/argv"), serde_json::json!(["", "", "x\\xff"]));
    assert_eq!(all[&process_id(31)].asset.name.as_ref(), "31", "a name is never empty");
    assert_eq!(field(&all[&process_id(32)].asset, "/argv"), serde_json::json!(["shim: ready"]));
    assert_eq!(field(&all[&process_id(32)].asset, "/container_id"), id.as_str());
}

#[tokio::test]
async fn a_huge_command_line_is_cut_between_arguments() {
    let tree = Tree::new();
    let mut line = Vec::new();
    for i in 0..200_000 {
        line.extend_from_slice(format!("argument-{i}\0").as_bytes());
    }
    tree.process(5, 1, b"huge", 'R', 0, &line).process(6, 1, b"one", 'R', 0, &vec![b'x'; 5 << 20]);
    let all = tree.collect("processes").await.by_id();
    let argv = field(&all[&process_id(5)].asset, "/argv");
    let argv = argv.as_array().unwrap();
    assert!(argv.len() > 1000 && argv.len() < 5000, "{}", argv.len());
    for (i, argument) in argv.iter().enumerate() {
        assert_eq!(*argument, format!("argument-{i}"), "no argument is cut in two");
    }
    assert_eq!(field(&all[&process_id(5)].asset, "/argv_cut"), true);
    assert_eq!(field(&all[&process_id(6)].asset, "/argv"), Value::Null);
    assert_eq!(field(&all[&process_id(6)].asset, "/argv_cut"), true);
}

#[tokio::test]
async fn files_that_are_not_understood_cost_their_process_and_are_one_line() {
    let tree = Tree::new();
    tree.process(1, 0, b"init", 'S', 0, b"init\0");
    for pid in [40, 41, 42] {
        tree.process(pid, 1, b"x", 'S', 0, b"").file(&format!("proc/{pid}/stat"), "garbage");
    }
    let seen = tree.collect("processes").await;
    assert_eq!(seen.by_id().len(), 1);
    let problems = seen.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("3; the first: process 40"), "{problems:?}");
}

#[tokio::test]
async fn hidepid_makes_the_listing_partial_and_says_so() {
    let hidden = |mode: &str, sees_init: bool| {
        let tree = Tree::new();
        tree.file(
            "proc/self/mountinfo",
            format!("20 1 0:20 / /proc rw - proc proc rw,gid=27,hidepid={mode}\n"),
        );
        tree.process(500, 1, b"mine", 'S', 0, b"mine\0");
        if sees_init {
            tree.process(1, 0, b"init", 'S', 0, b"init\0");
        }
        tree
    };
    for mode in ["1", "noaccess", "2", "invisible", "4", "ptraceable"] {
        let seen = hidden(mode, false).collect("processes").await;
        let problems = seen.problems();
        assert_eq!(problems.len(), 1, "{mode}: {problems:?}");
        assert!(problems[0].contains(&format!("hidepid={mode}")), "{problems:?}");
        let permissions = seen.permissions();
        assert!(permissions[0].contains("CAP_SYS_PTRACE"), "{permissions:?}");
        assert_eq!(seen.by_id().len(), 1);
        assert_eq!(
            hidden(mode, true).collect("processes").await.problems(),
            [""; 0],
            "who sees init is exempt"
        );
    }
    assert_eq!(hidden("0", false).collect("processes").await.problems(), [""; 0]);
    let report =
        collector_of(hidden("2", false).0.path()).check(&source(), &context(OPERATIONS).0).await.unwrap();
    assert!(report.limits.iter().any(|l| l.contains("hidepid=2")) || report.limits.is_empty());
}

#[tokio::test]
async fn without_proc_nothing_is_claimed() {
    let empty = tempfile::tempdir().unwrap();
    for listing in ["disks", "filesystems", "interfaces", "sockets", "processes"] {
        let seen = collect(&collector_of(empty.path()), listing).await;
        let fault = seen.result.clone().unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable, "{listing}");
        assert!(!seen.sink.is_done(), "{listing}: an unreadable tree proves nothing gone");
    }
    let tree = Tree::new();
    let seen = tree.collect("processes").await;
    assert_eq!(seen.result.unwrap_err().kind, FaultKind::Unreachable, "an empty /proc is no machine at rest");
}

#[tokio::test]
async fn sockets_of_every_namespace_have_their_owners() {
    const HEAD: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    let row = |address: &str, state: &str, inode: u32| {
        format!(
            "   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1 0 100\n"
        )
    };
    let any = |port: u32| format!("00000000:{port:04X}");
    let tree = Tree::new();
    tree.link("proc/self/ns/net", "net:[100]")
        .file(
            "proc/net/tcp",
            format!("{HEAD}{}{}garbage\n", row(&any(80), "0A", 11), row(&any(81), "01", 12)),
        )
        .file("proc/net/udp", format!("{HEAD}{}", row(&any(53), "07", 13)))
        .file(
            "proc/net/unix",
            "Num\n0000000000000000: 00000002 00000000 00010000 0001 01 14 /run/\x1b[2J.sock\n",
        );
    for (pid, namespace) in [(7, 100), (8, 100), (9, 200)] {
        tree.process(pid, 1, b"x", 'S', 0, b"")
            .link(&format!("proc/{pid}/ns/net"), format!("net:[{namespace}]"));
    }
    tree.link("proc/7/fd/3", "socket:[11]")
        .link("proc/7/fd/4", "socket:[11]")
        .link("proc/7/fd/5", "/etc/passwd")
        .link("proc/8/fd/3", "socket:[11]")
        .link("proc/9/fd/0", "socket:[21]")
        .file("proc/9/net/tcp", format!("{HEAD}{}", row(&any(80), "0A", 21)));
    let seen = tree.collect("sockets").await;
    assert_eq!(
        seen.problems(),
        ["tables of sockets that could not be read whole: 1 lines of /proc/net/tcp are not understood"]
    );
    let all = seen.by_id();
    let id = |end: &str| format!("{MACHINE}/socket/{end}");
    let ids: Vec<_> = all.keys().map(String::as_str).collect();
    assert_eq!(
        ids,
        [
            id("100/tcp/0.0.0.0:80"),
            id("100/udp/0.0.0.0:53"),
            id("100/unix//run/\x1b[2J.sock"),
            id("200/tcp/0.0.0.0:80"),
        ]
    );
    let held = |end: &str| targets(&all[&id(end)], "listens-on");
    assert_eq!(held("100/tcp/0.0.0.0:80"), [process_id(7), process_id(8)]);
    assert_eq!(held("200/tcp/0.0.0.0:80"), [process_id(9)]);
    assert_eq!(held("100/udp/0.0.0.0:53"), [""; 0]);
    assert_eq!(field(&all[&id("100/udp/0.0.0.0:53")].asset, "/user"), "ann");
    assert_eq!(all[&id("100/tcp/0.0.0.0:80")].asset.name.as_ref(), "tcp 0.0.0.0:80");
}

#[tokio::test]
async fn disks_partitions_and_what_is_built_on_them() {
    let tree = Tree::new();
    tree.file("sys/block/sda/size", "2048\n")
        .file("sys/block/sda/dev", "8:0\n")
        .file("sys/block/sda/device/model", "Big \x1b[2JDisk   \n")
        .file("sys/block/sda/device/state", "running\n")
        .file("sys/block/sda/wwid", "naa.5000\n")
        .file("sys/block/sda/queue/rotational", "1\n")
        .file("sys/block/sda/sda1/partition", "1\n")
        .file("sys/block/sda/sda1/size", "1024\n")
        .file("sys/block/sda/sda1/start", "64\n")
        .file("sys/block/sda/sda1/uevent", "DEVNAME=sda1\nPARTNAME=a b\nPARTUUID=11-22\n")
        .file("sys/block/sda/sda1/holders/dm-0/x", "")
        .file("sys/block/dm-0/size", "512\n")
        .file("sys/block/dm-0/dm/name", "vg-root\n")
        .file("sys/block/dm-0/dm/uuid", "LVM-abc\n")
        .file("sys/block/dm-0/slaves/sda1/x", "")
        .file("sys/block/md0/size", "512\n")
        .file("sys/block/md0/md/level", "raid1\n")
        .file("sys/block/md0/md/array_state", "clean\n")
        .file("sys/block/md0/md/degraded", "1\n")
        .file("sys/block/loop0/size", "0\n")
        .file("sys/block/loop1/size", "8\n")
        .file("sys/block/loop1/loop/backing_file", "/img/a\n")
        .file("sys/block/cciss!c0d0/size", "8\n");
    let seen = tree.collect("disks").await;
    let all = seen.by_id();
    let id = |name: &str| format!("{MACHINE}/disk/{name}");
    let names: Vec<_> = all.values().map(|s| s.asset.name.as_ref()).collect();
    assert_eq!(names, ["cciss!c0d0", "dm-0", "loop1", "md0", "sda", "sda1"]);
    let sda = &all[&id("sda")];
    assert_eq!(sda.asset.key.incarnation.as_str(), "naa.5000");
    assert_eq!(field(&sda.asset, "/size_bytes"), 1 << 20);
    assert_eq!(field(&sda.asset, "/model"), "Big \x1b[2JDisk");
    assert_eq!(sda.asset.status.clone().unwrap().class, cloudscope_domain::StatusClass::Ok);
    assert_eq!(targets(sda, "part-of"), [MACHINE]);
    let sda1 = &all[&id("sda1")];
    assert_eq!(sda1.asset.kind.as_str(), "host.partition");
    assert_eq!(
        (field(&sda1.asset, "/label"), field(&sda1.asset, "/start_bytes")),
        ("a b".into(), (64 * 512).into())
    );
    assert_eq!(targets(sda1, "part-of"), [id("sda")]);
    assert_eq!(targets(&all[&id("dm-0")], "built-on"), [id("sda1")]);
    assert_eq!(all[&id("md0")].asset.status.clone().unwrap().word.as_ref(), "degraded");
    assert_eq!(field(&all[&id("loop1")].asset, "/backing_file"), "/img/a");
    assert_eq!(field(&all[&id("cciss!c0d0")].asset, "/path"), "/dev/cciss/c0d0");
}

#[tokio::test]
async fn file_systems_lead_to_their_disk() {
    let tree = Tree::new();
    tree.file(
        "proc/self/mountinfo",
        "1 0 8:1 / / rw - ext4 /dev/root rw\n\
         2 1 0:40 / /pool rw - btrfs /dev/mapper/vg-root rw\n\
         3 1 0:41 / /mnt/a\\040b rw - nfs4 server:/x rw\n\
         4 1 0:5 / /proc rw - proc proc rw\n\
         nonsense\n",
    )
    .link("sys/dev/block/8:1", "../../devices/pci/block/sda/sda1")
    .link("dev/mapper/vg-root", "../dm-0")
    .file("sys/class/block/dm-0/size", "8");
    fs::create_dir_all(tree.0.path().join("pool")).unwrap();
    let seen = tree.collect("filesystems").await;
    let all = seen.by_id();
    let disk = |point: &str| targets(&all[&format!("{MACHINE}/filesystem{point}")], "on-disk");
    assert_eq!(disk("/"), [format!("{MACHINE}/disk/sda1")]);
    assert_eq!(disk("/pool"), [format!("{MACHINE}/disk/dm-0")]);
    assert_eq!(disk("/mnt/a b"), [""; 0]);
    assert_eq!(field(&all[&format!("{MACHINE}/filesystem/mnt/a b")].asset, "/class"), "network");
    assert_eq!(field(&all[&format!("{MACHINE}/filesystem/proc")].asset, "/size_bytes"), Value::Null);
    assert!(seen.problems()[0].contains("`nonsense`"), "{:?}", seen.problems());
    // The directory of the network mount does not exist in the tree: it is listed, unmeasured.
    assert!(seen.limits()[0].contains("/mnt/a b"), "{:?}", seen.limits());
}

#[tokio::test]
async fn interfaces_come_from_our_own_namespace() {
    const DEV: &str = "Inter-|   Receive\n face |bytes\n    lo: 0 0\n  eth0: 1 2\n";
    let tree = Tree::new();
    tree.file("proc/net/dev", DEV)
        .file("proc/net/if_inet6", "fe800000000000000000000000000001 02 40 20 80 eth0\n")
        .file("sys/class/net/bonding_masters", "\n");
    for (name, index, kind, flags, state) in
        [("lo", 1, 772, "0x9", "unknown"), ("eth0", 2, 1, "0x1003", "down")]
    {
        let dir = format!("sys/class/net/{name}");
        tree.file(&format!("{dir}/ifindex"), index.to_string())
            .file(&format!("{dir}/type"), kind.to_string())
            .file(&format!("{dir}/flags"), flags)
            .file(&format!("{dir}/operstate"), state)
            .file(&format!("{dir}/address"), format!("0{index}:00:00:00:00:00"));
    }
    tree.link("sys/class/net/eth0/master", "../../virtual/net/br0")
        .link("sys/class/net/eth0/lower_eth9", "../eth9");
    let seen = tree.collect("interfaces").await;
    let all = seen.by_id();
    let id = |name: &str| format!("{MACHINE}/interface/{name}");
    let eth0 = &all[&id("eth0")];
    assert_eq!(eth0.asset.addresses, ["fe80::1"]);
    assert_eq!(eth0.asset.status.clone().unwrap().word.as_ref(), "no-carrier");
    assert_eq!(all[&id("lo")].asset.status.clone().unwrap().word.as_ref(), "up");
    assert_eq!(targets(eth0, "member-of"), [id("br0")]);
    assert_eq!(targets(eth0, "built-on"), [id("eth9")]);
    assert_eq!(seen.limits().len(), 1, "{:?}", seen.limits());

    // /sys of another namespace: nothing of it is taken for ours.
    tree.file("proc/net/dev", format!("{DEV}  wg0: 0\n"));
    let seen = tree.collect("interfaces").await;
    let all = seen.by_id();
    assert_eq!(all.len(), 3);
    assert_eq!(field(&all[&id("eth0")].asset, "/type"), Value::Null);
    assert!(seen.limits()[0].contains("another network namespace"), "{:?}", seen.limits());
}

#[tokio::test]
async fn a_machine_without_an_id_gets_one_that_stays() {
    let tree = Tree::new();
    tree.file("etc/machine-id", "uninitialized\n")
        .file("sys/class/net/eth0/device/x", "")
        .file("sys/class/net/eth0/address", "02:00:00:00:00:01")
        .file("sys/class/net/veth1/address", "random");
    let id = async || tree.collect("machine").await.sightings()[0].asset.key.id.to_string();
    let first = id().await;
    assert!(first.starts_with("host:made-up-"), "{first}");
    tree.file("sys/class/net/veth1/address", "other").file("proc/sys/kernel/random/boot_id", "another");
    assert_eq!(id().await, first, "neither a restart nor a virtual interface makes another machine");
    tree.file("sys/class/net/eth0/address", "02:00:00:00:00:02");
    assert_ne!(id().await, first);
    tree.file("etc/machine-id", "").file("var/lib/dbus/machine-id", "fedcba9876543210fedcba9876543210");
    assert_eq!(id().await, "host:fedcba9876543210fedcba9876543210");
}

#[tokio::test]
async fn the_machine_knows_what_it_runs_in() {
    let check = async |files: &[(&str, &str)], flags: &str, expected: &str| {
        let tree = Tree::new();
        tree.file("proc/cpuinfo", format!("processor : 0\nflags : {flags}\n"));
        for (path, content) in files {
            tree.file(path, content);
        }
        let machine = tree.collect("machine").await.sightings().remove(0);
        assert_eq!(field(&machine.asset, "/virtualization"), expected, "{files:?} {flags}");
    };
    check(&[], "fpu", "none").await;
    check(&[], "fpu hypervisor", "unknown").await;
    check(&[("sys/class/dmi/id/sys_vendor", "QEMU")], "hypervisor", "qemu").await;
    check(&[("sys/class/dmi/id/sys_vendor", "Amazon EC2")], "hypervisor", "amazon").await;
    check(&[("sys/class/dmi/id/sys_vendor", "Amazon EC2")], "fpu", "none").await;
    check(&[("sys/class/dmi/id/product_name", "Virtual Machine")], "hypervisor", "microsoft").await;
    check(&[("sys/class/dmi/id/product_name", "Surface")], "fpu", "none").await;
    check(&[(".dockerenv", "")], "hypervisor", "docker").await;
    check(&[("run/systemd/container", "systemd-nspawn\n")], "fpu", "systemd-nspawn").await;
    check(&[("proc/1/cgroup", "0::/kubepods/x\n")], "fpu", "kubernetes").await;
    check(&[("proc/1/cgroup", "0::/init.scope\n")], "fpu", "none").await;
}
