//! The ledger on disk: whole lines, in order, bounded, back after a restart, and honest about trouble.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
};

use cloudscope_domain::ScopeKey;
use cloudscope_ports::Operation;

use super::*;

fn call(n: u64, operation: &str) -> CallRecord {
    CallRecord {
        at: Timestamp::from_seconds(1_700_000_000),
        identity: "ann@host".into(),
        operation: Operation(operation.to_owned().into()),
        scope: ScopeKey::new("aws", "ec2:DescribeInstances").account("123").region("eu-west-1"),
        result: CallResult::Ok,
        millis: n,
    }
}

fn lines(dir: &Path, name: &str) -> Vec<CallRecord> {
    fs::read_to_string(dir.join(name)).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn numbers(calls: &[CallRecord]) -> Vec<u64> {
    calls.iter().map(|c| c.millis).collect()
}

#[test]
fn the_contract_holds() {
    let dir = tempfile::tempdir().unwrap();
    cloudscope_ports::contract::gate::ledger(&FileLedger::open(dir.path()));
    // And again with what the first one left.
    cloudscope_ports::contract::gate::ledger(&FileLedger::open(dir.path()));
    assert_eq!(lines(dir.path(), "calls.ndjson").len(), 40);
}

#[test]
fn calls_are_written_in_order_and_come_back_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = FileLedger::open(dir.path());
    for n in 0..5 {
        ledger.append(&call(n, "ec2:DescribeInstances"));
    }
    ledger.flush();
    assert_eq!(numbers(&lines(dir.path(), "calls.ndjson")), [0, 1, 2, 3, 4]);
    assert_eq!(fs::metadata(dir.path().join("calls.ndjson")).unwrap().mode() & 0o7777, 0o600);
    ledger.append(&call(5, "ec2:DescribeVpcs"));
    drop(ledger);
    assert_eq!(lines(dir.path(), "calls.ndjson")[5], call(5, "ec2:DescribeVpcs"));

    let ledger = FileLedger::open(dir.path());
    ledger.append(&call(6, "x:Y"));
    assert_eq!(numbers(&ledger.recent(3)), [6, 5, 4]);
    assert_eq!(ledger.recent(usize::MAX).len(), 7);
    assert_eq!(ledger.trouble(), None);
}

#[test]
fn no_byte_of_a_hostile_word_reaches_the_file_as_itself() {
    let dir = tempfile::tempdir().unwrap();
    let hostile = "a\x1b[2J\u{9b}31m\u{202e}\u{e0041}\"\n\\ü";
    let mut record = call(1, hostile);
    record.result = CallResult::Failed(format!("{hostile}{}", "y".repeat(100_000)));
    let ledger = FileLedger::open(dir.path());
    ledger.append(&record);
    drop(ledger);
    let text = fs::read_to_string(dir.path().join("calls.ndjson")).unwrap();
    assert!(!text.trim_end_matches('\n').chars().any(is_hostile), "{text}");
    let read = lines(dir.path(), "calls.ndjson");
    assert_eq!(read[0].operation.as_str(), hostile);
    match &read[0].result {
        CallResult::Failed(reason) => {
            assert!(reason.starts_with(hostile) && reason.chars().count() == REASON_LIMIT + 1);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_are_put_aside_by_size_and_the_oldest_goes() {
    let dir = tempfile::tempdir().unwrap();
    let size = line_of(&call(0, "x:Y")).len() as u64;
    let ledger = FileLedger::with_limits(dir.path(), size * 2, 2);
    for n in 0..9 {
        ledger.append(&call(n, "x:Y"));
        ledger.flush();
    }
    drop(ledger);
    let mut names: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["calls.1.ndjson", "calls.2.ndjson", "calls.ndjson"]);
    assert_eq!(numbers(&lines(dir.path(), "calls.2.ndjson")), [4, 5]);
    assert_eq!(numbers(&lines(dir.path(), "calls.1.ndjson")), [6, 7]);
    assert_eq!(numbers(&lines(dir.path(), "calls.ndjson")), [8]);
    let ledger = FileLedger::open(dir.path());
    assert_eq!(numbers(&ledger.recent(9)), [8, 7, 6]);
    let mut all = Vec::new();
    CallLedger::scan(&FileLedger::with_limits(dir.path(), size * 2, 2), None, &mut |c| {
        all.push(c.clone());
        true
    });
    assert_eq!(numbers(&all), [4, 5, 6, 7, 8], "a scan reads what was put aside");
}

#[test]
fn a_half_line_of_a_killed_process_costs_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("calls.ndjson"), format!("{}{{\"at\":\"20", line_of(&call(1, "x:Y")))).unwrap();
    fs::set_permissions(dir.path().join("calls.ndjson"), fs::Permissions::from_mode(0o644)).unwrap();
    let ledger = FileLedger::open(dir.path());
    assert_eq!(numbers(&ledger.recent(9)), [1]);
    ledger.append(&call(2, "x:Y"));
    drop(ledger);
    let text = fs::read_to_string(dir.path().join("calls.ndjson")).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert_eq!(serde_json::from_str::<CallRecord>(text.lines().nth(2).unwrap()).unwrap(), call(2, "x:Y"));
    assert_eq!(fs::metadata(dir.path().join("calls.ndjson")).unwrap().mode() & 0o7777, 0o600);
}

#[test]
fn trouble_is_told_and_what_waited_is_written_when_it_is_over() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("later");
    let ledger = FileLedger::open(&dir);
    ledger.append(&call(1, "x:Y"));
    ledger.flush();
    ledger.append(&call(2, "x:Y"));
    ledger.flush();
    let words = ledger.trouble().unwrap();
    assert!(words.contains("calls.ndjson") && words.contains("2 calls wait and 0 were lost"), "{words}");
    assert_eq!(numbers(&ledger.recent(9)), [2, 1]);
    let mut scanned = Vec::new();
    ledger.scan(None, &mut |c| {
        scanned.push(c.clone());
        true
    });
    assert_eq!(numbers(&scanned), [1, 2], "what waits is counted too");
    fs::create_dir(&dir).unwrap();
    ledger.append(&call(3, "x:Y"));
    ledger.flush();
    assert_eq!(ledger.trouble(), None);
    assert_eq!(numbers(&lines(&dir, "calls.ndjson")), [1, 2, 3]);
}

#[test]
fn what_waits_is_bounded_and_the_loss_is_told() {
    let root = tempfile::tempdir().unwrap();
    let ledger = FileLedger::open(&root.path().join("never"));
    let mut record = call(1, "x:Y");
    record.result = CallResult::Failed("z".repeat(900));
    let fits = WAITING_LIMIT / line_of(&record).len();
    for _ in 0..fits + 7 {
        ledger.append(&record);
    }
    ledger.flush();
    let words = ledger.trouble().unwrap();
    assert!(words.contains(&format!("{fits} calls wait and 7 were lost")), "{words}");
    assert_eq!(ledger.recent(usize::MAX).len(), RING.min(fits + 7));
}

#[test]
fn a_link_in_the_place_of_the_file_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("target");
    fs::write(&target, "precious\n").unwrap();
    symlink(&target, dir.path().join("calls.ndjson")).unwrap();
    let ledger = FileLedger::open(dir.path());
    ledger.append(&call(1, "x:Y"));
    ledger.flush();
    assert!(ledger.trouble().unwrap().contains("symbolic link"));
    drop(ledger);
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious\n");
}

#[test]
fn a_file_that_somebody_removed_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = FileLedger::open(dir.path());
    ledger.append(&call(1, "x:Y"));
    ledger.flush();
    fs::remove_file(dir.path().join("calls.ndjson")).unwrap();
    ledger.append(&call(2, "x:Y"));
    ledger.flush();
    assert_eq!(numbers(&lines(dir.path(), "calls.ndjson")), [2]);
}
