//! A made-up /proc whose parts vanish, are cut off or cannot be understood.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{CoverageState, redact::Redactor};
use cloudscope_host::HostCollector;
use cloudscope_ports::{SourceSpec, contract::sample::Rng};

use super::{Bench, check};

const HISTORIES: u64 = 12;
const RUNS: usize = 6;
const MACHINE: &str = "0123456789abcdef0123456789abcdef";

fn file(root: &Path, path: &str, content: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn tree(root: &Path, processes: &BTreeSet<u64>) {
    let _ = fs::remove_dir_all(root.join("proc"));
    file(root, "etc/machine-id", &format!("{MACHINE}\n"));
    file(root, "etc/passwd", "root:x:0:0::/:\n");
    file(root, "proc/stat", "cpu 1 2\nbtime 1700000000\nprocesses 9\n");
    file(root, "proc/sys/kernel/random/boot_id", "b0071d00-0000-4000-8000-000000000000\n");
    file(root, "proc/sys/kernel/hostname", "made-up\n");
    file(root, "proc/self/mountinfo", "20 1 0:20 / /proc rw - proc proc rw\n");
    for pid in processes {
        let stat =
            format!("{pid} (p{pid}) S 1 {pid} {pid} 0 -1 0 0 0 0 0 3 4 0 0 20 0 2 0 {} 0 0\n", pid * 100);
        file(root, &format!("proc/{pid}/stat"), &stat);
        let status = format!("Name:\tx\nUid:\t0\t0\t0\t0\nGid:\t7\t7\t7\t7\nVmRSS:\t8 kB\nNSpid:\t{pid}\n");
        file(root, &format!("proc/{pid}/status"), &status);
        file(root, &format!("proc/{pid}/cmdline"), "p\0");
        file(root, &format!("proc/{pid}/cgroup"), "0::/\n");
    }
}

/// Breaks something, and returns what it was.
fn fault(root: &Path, processes: &BTreeSet<u64>, rng: &mut Rng) -> &'static str {
    let some = |rng: &mut Rng| {
        let at = usize::try_from(rng.below(processes.len() as u64)).unwrap();
        processes.iter().nth(at).copied().unwrap_or(1)
    };
    match rng.below(9) {
        0 => {
            fs::remove_dir_all(root.join("proc")).unwrap();
            "no /proc"
        }
        1 => {
            file(root, &format!("proc/{}/stat", some(rng)), "12 (cut o");
            "a process that cannot be understood"
        }
        2 => {
            file(root, &format!("proc/{}/stat", some(rng)), "");
            "a process whose state is empty"
        }
        3 => {
            file(root, &format!("proc/{}/status", some(rng)), "\u{0}\u{1}");
            "a process whose status cannot be understood"
        }
        4 => {
            fs::remove_file(root.join("proc/stat")).unwrap();
            "no time of the boot"
        }
        5 => {
            fs::remove_file(root.join("proc/sys/kernel/random/boot_id")).unwrap();
            "no name of the boot"
        }
        _ => "nothing",
    }
}

#[tokio::test]
async fn a_machine_that_cannot_be_read_whole_loses_no_process() {
    let (mut broken, mut gone) = (0, 0);
    for seed in 0..HISTORIES {
        let mut rng = Rng::new(seed + 100);
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_path_buf();
        let catalog = Arc::new(Catalog::builtin().unwrap());
        let collector = HostCollector::new(catalog, Redactor::new([3; 32])).with_root(root.clone());
        let source =
            SourceSpec { name: "host".into(), collector: "host".into(), options: Default::default() };
        let mut processes: BTreeSet<u64> = [1].into();
        tree(&root, &processes);
        let bench = Bench::new(Arc::new(collector), vec![source]).await;
        let mut before = std::collections::BTreeMap::new();
        for run in 0..RUNS {
            for pid in 10..20 {
                match rng.below(4) {
                    0 => drop(processes.remove(&pid)),
                    1 => drop(processes.insert(pid)),
                    _ => {}
                }
            }
            tree(&root, &processes);
            let what = if run == 0 { "nothing" } else { fault(&root, &processes, &mut rng) };
            bench.collect().await;
            let after = bench.inventory().await;
            let health = bench.health().await;
            let id = |pid: &u64| format!("host:{MACHINE}/process/{pid}@b0071d000000-{}", pid * 100);
            let there: BTreeSet<String> = processes.iter().map(id).collect();
            let stands = health.iter().find(|((listing, _), _)| listing == "processes").map(|(_, s)| s);
            let whole = stands.is_some_and(|s| s.whole);
            let words = format!("history {seed}, run {run}: {what}");
            let mine = |all: &std::collections::BTreeMap<String, &'static str>| {
                let own = all.iter().filter(|(id, _)| id.contains("/process/"));
                own.map(|(id, p)| (id.clone(), *p)).collect()
            };
            check(&mine(&before), &mine(&after), &there, |_| whole, &words);
            if what == "nothing" {
                assert_eq!(stands.map(|s| s.state), Some(CoverageState::Ok), "{words}");
                for id in &there {
                    assert_eq!(after.get(id), Some(&"present"), "{id}: {words}");
                }
            } else {
                broken += 1;
            }
            gone += after.values().filter(|p| **p == "gone").count();
            before = after;
        }
        bench.engine.shutdown().await;
    }
    assert!(broken > 10 && gone > 10, "{broken} faults, {gone} tombstones: it tries too little");
}
