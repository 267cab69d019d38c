//! What the past costs: bytes of a change, bytes of a run that finds nothing new, the time it takes to go
//! back an hour and 30 days, and how fast history is let go of. The estate is the one of the other benches:
//! 100,000 assets, of which every hourly run finds 1% changed, each in two fields.
//!
//! `cargo bench -p cloudscope-benches --bench history`, with `CLOUDSCOPE_BENCH_ROWS` assets and
//! `CLOUDSCOPE_BENCH_RUNS` runs; `-- churn`, `-- quiet` or `-- shuffled` for a part of it. It measures once and prints; a median over many would take a day.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it fails"
)]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use cloudscope_benches::{Dice, NOW, record, rows, scope_of};
use cloudscope_domain::{
    Change, ChangeKind, Coverage, CoverageState, Effort, ListingMode, Payload, Record, Revision, RunId,
    RunRecord, Scope, ScopeKey, ScopeState, Timestamp, Unseen,
};
use cloudscope_ports::{AssetStore, Commit, Retention};
use cloudscope_store::{OpenOptions, SledStore};

const HOUR: i64 = 3_600_000;

fn main() {
    // A word chooses a part. Cargo's own arguments, such as `--bench`, mean nothing here.
    let part = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let wanted = |name: &str| part.as_ref().is_none_or(|part| name.contains(part.as_str()));
    let runs = std::env::var("CLOUDSCOPE_BENCH_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(720);
    if wanted("quiet") {
        quiet_runs(1_000, 4096, false, 12);
        quiet_runs(68_000, 4096, false, 12);
    }
    if wanted("shuffled") {
        quiet_runs(68_000, 256, true, 2);
    }
    if wanted("churn") {
        churn(rows(), runs);
    }
}

fn timed<T>(f: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = f();
    (value, start.elapsed())
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn at(run: u64) -> Timestamp {
    Timestamp::from_millis(NOW).plus_millis(i64::try_from(run).unwrap_or(0) * HOUR)
}

fn run_record(run: u64, revision: Revision) -> RunRecord {
    let ended = Some(at(run).plus_millis(60_000));
    RunRecord { id: RunId(run + 1), started: at(run), ended, revision, ..RunRecord::default() }
}

/// How a scope stands after a run that found nothing new; what differs from run to run is what differs in
/// real ones.
fn quiet(key: &ScopeKey, dice: &mut Dice, run: u64) -> ScopeState {
    let when = at(run).plus_millis(i64::try_from(dice.below(60_000)).unwrap_or(0));
    ScopeState {
        scope: Scope { key: key.clone(), mode: ListingMode::Weak, kinds: vec![] },
        coverage: Coverage {
            state: CoverageState::Ok,
            last_attempt: Some(when),
            last_good: Some(when),
            assets: dice.below(300),
            whole: true,
            effort: Effort { millis: 40 + dice.below(900), calls: 1, ..Effort::default() },
            ..Coverage::default()
        },
        run: RunId(run + 1),
        unseen: Unseen::None,
        failing_since: None,
        last_seen: Some(when),
    }
}

/// Runs over many scopes that find nothing new.
fn quiet_runs(count: u64, group: usize, shuffled: bool, times: u64) {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    let mut dice = Dice::new(7);
    let mut keys: Vec<ScopeKey> = (0..count)
        .map(|n| {
            let (region, listing) = (n % 17, n / 17 % 40);
            ScopeKey::new("aws-org", format!("service{listing}:DescribeThings"))
                .account(format!("{:012}", 100_000_000_000 + n / 680))
                .region(format!("region-{region}"))
        })
        .collect();
    let mut sizes = Vec::new();
    let (mut took, mut history) = (Duration::ZERO, 0);
    for run in 0..=times {
        if run > 0 && shuffled {
            for n in (1..keys.len()).rev() {
                keys.swap(n, usize::try_from(dice.below(n as u64 + 1)).unwrap_or(0));
            }
        }
        let before = store.info().history_bytes;
        for keys in keys.chunks(group) {
            let scopes = keys.iter().map(|key| quiet(key, &mut dice, run)).collect();
            let revision = store.revision().next();
            let runs = vec![run_record(run, revision)];
            let commit = Commit { revision, at: at(run), scopes, runs, ..Commit::default() };
            let (_, time) = timed(|| store.apply(&commit).unwrap());
            if run > 0 {
                took += time;
            }
        }
        history = store.info().history_bytes - before;
        sizes.push(store.info().bytes);
    }
    let order = if shuffled { "in any order" } else { "in order" };
    println!("a run without changes, {count} scopes {order}, {group} a commit:");
    println!(
        "  {} of history ({} B a scope), {} on disk a run at first, {} in the last, {} a run",
        kilo(history),
        history / count,
        kilo(sizes[1].saturating_sub(sizes[0])),
        kilo(sizes[sizes.len() - 1].saturating_sub(sizes[sizes.len() - 2])),
        millis(took / u32::try_from(times).unwrap_or(1)),
    );
    println!(
        "  after {times} runs: {} of history, {} on disk",
        kilo(store.info().history_bytes),
        kilo(store.info().bytes)
    );
    let (attempts, time) = timed(|| store.attempts(&keys[keys.len() / 2], 50).unwrap());
    println!("  the last {} attempts at one scope: {}", attempts.len(), millis(time));
    let back = store.revision_at(at(times - 1)).unwrap().unwrap().0;
    let (scopes, time) = timed(|| store.scopes_at(back).unwrap());
    println!("  how {} scopes stood a run ago: {}", scopes.len(), millis(time));
}

fn kilo(bytes: u64) -> String {
    if bytes < 10 << 20 { format!("{} kB", bytes >> 10) } else { format!("{} MB", bytes >> 20) }
}

fn change(record: &Record, path: &str, (before, after): (u64, u64), at: Timestamp) -> Change {
    let value = |n: u64| Payload::from_value(&serde_json::json!(n));
    Change {
        revision: record.revision,
        at,
        run: record.run,
        id: record.asset.key.id.clone(),
        kind: record.asset.kind.clone(),
        change: ChangeKind::Changed,
        path: path.into(),
        before: Some(value(before)),
        after: Some(value(after)),
    }
}

/// The commit of some records as they are in a run.
fn commit_of(store: &SledStore, some: &[(usize, u64)], run: u64, scopes: Vec<ScopeState>) -> Commit {
    let (revision, at) = (store.revision().next(), at(run));
    let mut changes = Vec::new();
    let records = some
        .iter()
        .map(|(n, version)| {
            let mut record = record(*n, *version);
            (record.revision, record.run, record.changed_at) = (revision, RunId(run + 1), at);
            if *version > 0 {
                for path in ["status", "properties.Version"] {
                    changes.push(change(&record, path, (*version - 1, *version), at));
                }
            }
            record
        })
        .collect();
    Commit {
        revision,
        at,
        records,
        scopes,
        runs: vec![run_record(run, revision)],
        changes,
        ..Commit::default()
    }
}

/// Hourly runs that find 1% changed.
fn churn(rows: usize, runs: u64) {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    let mut scopes: BTreeMap<ScopeKey, ScopeState> = BTreeMap::new();
    let all: Vec<usize> = (0..rows).collect();
    let start = Instant::now();
    for some in all.chunks(4096) {
        let some: Vec<(usize, u64)> = some.iter().map(|n| (*n, 0)).collect();
        let commit = commit_of(&store, &some, 0, Vec::new());
        for record in &commit.records {
            scopes.entry((*record.scope).clone()).or_insert_with(|| scope_of(record));
        }
        store.apply(&commit).unwrap();
    }
    let first = store.info();
    println!("{rows} assets in {} scopes, {runs} runs with 1% changed:", scopes.len());
    println!(
        "  first collection: {:.1} s, {} on disk, {} of it history",
        start.elapsed().as_secs_f64(),
        kilo(first.bytes),
        kilo(first.history_bytes)
    );
    let mut dice = Dice::new(3);
    let mut versions = vec![0_u64; rows];
    let keys: Vec<ScopeKey> = scopes.into_keys().collect();
    let (mut took, mut slowest) = (Duration::ZERO, Duration::ZERO);
    let mut go = |runs: std::ops::Range<u64>, store: &SledStore| {
        for run in runs {
            let mut some = BTreeMap::new();
            while some.len() < rows / 100 {
                let n = usize::try_from(dice.below(rows as u64)).unwrap_or(0);
                some.entry(n).or_insert(versions[n] + 1);
            }
            for (n, version) in &some {
                versions[*n] = *version;
            }
            let some: Vec<(usize, u64)> = some.into_iter().collect();
            let states = keys.iter().map(|key| quiet(key, &mut dice, run)).collect();
            let commit = commit_of(store, &some, run, states);
            let (_, time) = timed(|| store.apply(&commit).unwrap());
            took += time;
            slowest = slowest.max(time);
        }
        (took, slowest)
    };
    let (took, slowest) = go(1..runs + 1, &store);
    let info = store.info();
    let changed = u64::try_from(rows / 100).unwrap_or(1) * runs;
    let history = info.history_bytes - first.history_bytes;
    println!(
        "  a run's commit: {} on average, {} at worst",
        millis(took / u32::try_from(runs).unwrap_or(1)),
        millis(slowest)
    );
    println!(
        "  history: {} in all, {} B a changed asset ({} B a field), scopes included; {} on disk",
        kilo(history),
        history / changed,
        history / (2 * changed),
        kilo(info.bytes)
    );
    let load = |store: &SledStore, revision: Option<Revision>| {
        let mut count = 0_u64;
        let mut visit = |_: Record| {
            count += 1;
            true
        };
        match revision {
            Some(revision) => store.load_at(revision, &mut visit).unwrap(),
            None => store.load(&mut visit).unwrap(),
        };
        count
    };
    let (count, time) = timed(|| load(&store, None));
    println!("  load, now: {count} records in {}", millis(time));
    for (name, hours) in [("an hour ago", 1), ("a day ago", 24), ("a week ago", 168), ("30 days ago", 720)] {
        let Some(back) = (runs + 1).checked_sub(hours).filter(|run| *run > 0) else { continue };
        let (found, time) = timed(|| store.revision_at(at(back).plus_millis(-1)).unwrap());
        let revision = found.unwrap().0;
        let (count, took) = timed(|| load(&store, Some(revision)));
        println!(
            "  load, {name}: {count} records in {} (its revision found in {})",
            millis(took),
            millis(time)
        );
    }
    point_reads(&store, rows, first.revision);
    let newest = store.revision();
    let mut pruned = (0, 0, Duration::ZERO, Duration::ZERO, 0);
    loop {
        let half = Retention {
            history_before: Some(at(runs / 2)),
            history_bytes: None,
            tombstones_before: Some(at(runs / 2)),
        };
        let (report, time) = timed(|| store.prune(&half).unwrap());
        pruned.0 += report.bytes;
        pruned.1 += report.changes;
        pruned.2 += time;
        pruned.3 = pruned.3.max(time);
        pruned.4 += 1;
        if !report.more {
            break;
        }
    }
    println!(
        "  pruned {} and {} changes in {} ({:.0} MB/s), {} steps, the longest {}",
        kilo(pruned.0),
        pruned.1,
        millis(pruned.2),
        pruned.0 as f64 / pruned.2.as_secs_f64() / 1e6,
        pruned.4,
        millis(pruned.3)
    );
    println!("  on disk: {} before, {} after", kilo(info.bytes), kilo(store.info().bytes));
    go(runs + 1..runs + 1 + runs / 10, &store);
    println!(
        "  on disk after {} more runs: {}, {} of it history",
        store.revision().0 - newest.0,
        kilo(store.info().bytes),
        kilo(store.info().history_bytes)
    );
    drop(store);
    let ((store, _), time) = timed(|| SledStore::open(dir.path(), OpenOptions::default()).unwrap());
    println!("  open again: {}, {} on disk", millis(time), kilo(store.info().bytes));
}

/// Single records of the first collection: as a screen asks for them, before and after it walked there.
fn point_reads(store: &SledStore, rows: usize, first: Revision) {
    let keys: Vec<_> = (0..50).map(|n| record(n * rows / 50, 0).record_key()).collect();
    for what in ["first", "then"] {
        let (found, time) = timed(|| store.get_many_at(first, &keys).unwrap());
        println!(
            "  50 records of the first collection, {what}: {} found in {}",
            found.iter().flatten().count(),
            millis(time)
        );
    }
}
