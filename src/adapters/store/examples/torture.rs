//! Kills a store again and again while it is written and compacted, and looks at it after each kill:
//! everything that was acknowledged is there, as it was written, and the store opens.
//!
//! ```text
//! cargo run --release -p cloudscope-store --example torture -- --rounds 980 --assets 20000
//! cargo run --release -p cloudscope-store --example torture -- --rounds 20 --assets 1000000 [--seed 7] [--dir D]
//! ```
//! What is written follows from the seed and the revision alone, so that a failure can be looked into; when
//! a round is killed is random in time. Every other round compacts between the commits. A store of more than
//! 100,000 assets is filled before the first round.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a defect stops it, and it tells how it went"
)]

use std::{
    collections::HashMap,
    ffi::OsString,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use cloudscope_domain::{Payload, Revision, ScopeKey};
use cloudscope_ports::{
    AssetStore, Commit,
    contract::sample::{self, Rng},
};
use cloudscope_store::{OpenOptions, ProbeCommand, SledStore, probe_main};
use serde_json::json;

/// Records of a commit while the store is filled,
const FILL: u64 = 4096;
/// and when it is full: scattered over all segments.
const REWRITE: u64 = 1000;

fn options() -> OpenOptions {
    let probe = ProbeCommand { program: std::env::current_exe().unwrap(), arguments: vec!["probe".into()] };
    OpenOptions { probe: Some(probe), ..OpenOptions::default() }
}

/// The assets that a commit writes.
fn touched(seed: u64, assets: u64, revision: u64) -> Vec<u64> {
    let fills = assets.div_ceil(FILL);
    if revision <= fills {
        return ((revision - 1) * FILL..(revision * FILL).min(assets)).collect();
    }
    let mut rng = Rng::new(seed ^ (revision << 20));
    let step = (assets / REWRITE).max(1);
    let first = rng.below(step);
    (0..REWRITE.min(assets)).map(|n| (first + n * step) % assets).collect()
}

fn commit(seed: u64, assets: u64, revision: u64) -> Commit {
    let records = touched(seed, assets, revision).into_iter().map(|n| {
        let scope = ScopeKey::new("aws", "ec2:DescribeInstances").region(format!("region-{}", n / 5_000));
        let mut record =
            sample::record(&scope, &format!("arn:aws:ec2:eu-west-1:1234:instance/i-{n:017x}"), revision);
        let mut rng = Rng::new(seed ^ n ^ (revision << 32));
        record.asset.properties = Payload::from_value(&json!({
            "InstanceId": format!("i-{n:017x}"), "Revision": revision,
            "Filler": (0..8).map(|_| format!("{:x}", rng.bits())).collect::<Vec<_>>(),
        }));
        record
    });
    let at = sample::time(revision);
    Commit { revision: Revision(revision), at, records: records.collect(), ..Commit::default() }
}

/// Commits for ever, and says what was acknowledged.
fn child(dir: &Path, seed: u64, assets: u64, compact: bool) {
    let (store, report) = SledStore::open(dir, options()).unwrap();
    assert_eq!(report.findings, []);
    let mut out = std::io::stdout().lock();
    let mut tell = |word: &str, n: u64| {
        writeln!(out, "{word} {n}").unwrap();
        out.flush().unwrap();
    };
    tell("opened", store.revision().0);
    loop {
        let revision = store.revision().next();
        store.apply(&commit(seed, assets, revision.0)).unwrap();
        tell("acknowledged", revision.0);
        for _ in 0..if compact { 4 } else { 0 } {
            match store.compact() {
                Ok(report) if report.more => {}
                Ok(report) => tell(if report.kept { "kept" } else { "compacted" }, revision.0),
                // The engine sometimes misses a file of the copy; the store stays what it was, and is verified.
                Err(error) => {
                    eprintln!("a copy was given up: {error}");
                    store.cancel_compact();
                }
            }
        }
    }
}

/// What the store should hold: the commit that wrote each asset last.
struct Model {
    seed: u64,
    assets: u64,
    revision: u64,
    last: Vec<u64>,
}

impl Model {
    fn advance(&mut self, revision: u64) {
        while self.revision < revision {
            self.revision += 1;
            for n in touched(self.seed, self.assets, self.revision) {
                self.last[n as usize] = self.revision;
            }
        }
    }

    /// Opens the store and holds all of it against what it should hold. Returns how long opening took.
    fn verify(&mut self, dir: &Path, acknowledged: u64, context: &str) -> Duration {
        let start = Instant::now();
        let (store, report) = SledStore::open(dir, options()).unwrap();
        let opened = start.elapsed();
        assert_eq!(report.findings, [], "{context}");
        let found = store.revision().0;
        assert!(
            (acknowledged..=acknowledged + 1).contains(&found),
            "{context}: {acknowledged} acknowledged, {found} found"
        );
        self.advance(found);
        let mut seen = 0;
        let mut per_revision: HashMap<u64, u64> = HashMap::new();
        let loaded = store.load(&mut |record| {
            let id = record.asset.key.id.as_str();
            let n = u64::from_str_radix(id.rsplit("i-").next().unwrap(), 16).unwrap();
            assert_eq!(record.revision.0, self.last[n as usize], "{context}: {id}");
            let text = record.asset.properties.as_str();
            assert!(text.contains(&format!("\"Revision\":{},", record.revision)), "{context}: {text}");
            *per_revision.entry(record.revision.0).or_default() += 1;
            seen += 1;
            true
        });
        assert_eq!(loaded.unwrap().findings, [], "{context}");
        let expected = self.last.iter().filter(|revision| **revision > 0).count();
        assert_eq!(seen, expected, "{context}: as many records as were written");
        // The past as well: what the last commit changed is there as it was before.
        let before = Revision(found.saturating_sub(1));
        if found > 1 {
            let keys: Vec<_> = commit(self.seed, self.assets, found)
                .records
                .iter()
                .take(20)
                .map(|r| r.record_key())
                .collect();
            assert_eq!(store.get_many_at(before, &keys).unwrap().len(), keys.len(), "{context}: before");
        }
        opened
    }
}

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let text: Vec<&str> = arguments.iter().map(|a| a.to_str().unwrap()).collect();
    if text.first() == Some(&"probe") {
        std::process::exit(probe_main(arguments.into_iter().skip(1)));
    }
    if let ["child", dir, seed, assets, compact] = text[..] {
        return child(Path::new(dir), seed.parse().unwrap(), assets.parse().unwrap(), compact == "true");
    }
    let named = |name: &str| text.iter().position(|t| *t == name).map(|at| text[at + 1]);
    let number = |name: &str, or: u64| named(name).map_or(or, |t| t.parse().unwrap());
    let (rounds, assets, seed) = (number("--rounds", 20), number("--assets", 20_000), number("--seed", 1));
    let temporary = tempfile::tempdir().unwrap();
    let dir = named("--dir").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    torture(&dir, rounds, assets, seed);
}

fn torture(dir: &Path, rounds: u64, assets: u64, seed: u64) {
    let mut rng = Rng::new(seed);
    let mut model = Model { seed, assets, revision: 0, last: vec![0; assets as usize] };
    if assets > 100_000 {
        // Else few rounds would only ever see it while it is filled.
        let (store, _) = SledStore::open(dir, options()).unwrap();
        for revision in store.revision().0 + 1..=assets.div_ceil(FILL) {
            store.apply(&commit(seed, assets, revision)).unwrap();
        }
        model.advance(store.revision().0);
    }
    let (mut kills, mut compactions, mut unacknowledged, mut unopened) = (0, 0, 0, 0);
    let mut times: Vec<Duration> = Vec::new();
    let start = Instant::now();
    for round in 1..=rounds {
        let compact = round % 2 == 0;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("child")
            .arg(dir)
            .args([seed.to_string(), assets.to_string(), compact.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, receiver) = channel();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        // Once in eight while it opens; else some commits after that, and a moment into the next one.
        let opening = rng.one_in(8);
        let wanted = rng.below(if compact { 12 } else { 6 });
        let mut acknowledged = model.revision;
        let (mut opened, mut count) = (false, 0);
        let mut deadline = opening.then(|| Instant::now() + Duration::from_micros(rng.below(300_000)));
        loop {
            let wait =
                deadline.map_or(Duration::from_secs(600), |d| d.saturating_duration_since(Instant::now()));
            match receiver.recv_timeout(wait) {
                Ok(line) => {
                    let (word, n) = line.split_once(' ').unwrap();
                    match word {
                        "opened" => {
                            acknowledged = n.parse().unwrap();
                            opened = true;
                        }
                        "acknowledged" => {
                            acknowledged = n.parse().unwrap();
                            count += 1;
                        }
                        "compacted" => compactions += 1,
                        _ => {}
                    }
                    if deadline.is_none() && opened && count >= wanted {
                        deadline = Some(Instant::now() + Duration::from_micros(rng.below(200_000)));
                    }
                }
                Err(RecvTimeoutError::Timeout) if deadline.is_some() => break,
                Err(error) => panic!("round {round}: the child ended by itself or hangs: {error}"),
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        kills += 1;
        for line in receiver.try_iter() {
            if let Some(n) = line.strip_prefix("acknowledged ") {
                acknowledged = n.parse().unwrap();
            } else if let Some(n) = line.strip_prefix("opened ") {
                acknowledged = n.parse::<u64>().unwrap().max(acknowledged);
                opened = true;
            }
        }
        unopened += u64::from(!opened);
        let time = model.verify(dir, acknowledged, &format!("seed {seed}, round {round}"));
        unacknowledged += model.revision - acknowledged;
        times.push(time);
        if round % (rounds / 20).max(1) == 0 {
            let longest = times.iter().max().unwrap().as_secs_f64();
            println!(
                "round {round} of {rounds}, {:.0} s: revision {}, {compactions} compactions ended, longest opening \
                 {longest:.3} s",
                start.elapsed().as_secs_f64(),
                model.revision
            );
        }
    }
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64();
    println!(
        "{kills} kills at {assets} assets, {unopened} of them while it opened; {compactions} compactions ended; \
         {} commits, {unacknowledged} found that were not yet acknowledged; nothing acknowledged was lost",
        model.revision
    );
    println!(
        "opening after a kill, look included: median {:.3} s, 95% {:.3} s, longest {:.3} s; all took {:.0} s",
        at(50),
        at(95),
        at(100),
        start.elapsed().as_secs_f64()
    );
}
