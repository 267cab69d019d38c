//! Killed at any moment, the store has every commit that it acknowledged, and none in part.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use cloudscope_domain::Revision;
use cloudscope_ports::{
    AssetStore,
    contract::{
        sample::Rng,
        store::{history::Timeline, random_commit},
    },
};

use crate::{child, open};

/// Lets the child commit, kills it at a random moment, and returns the last revision it acknowledged.
pub(crate) fn commit_and_kill(dir: &Path, mode: &str, seed: u64, rng: &mut Rng) -> Option<u64> {
    let mut child = Command::new(child())
        .args([mode.as_ref(), dir.as_os_str(), seed.to_string().as_ref()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let (sender, receiver) = channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Ok(revision) = line.parse::<u64>() {
                let _ = sender.send(revision);
            }
        }
    });
    let wanted = rng.below(6);
    let mut last = None;
    let patience = Instant::now() + Duration::from_secs(30);
    for _ in 0..wanted {
        last = Some(receiver.recv_timeout(patience.saturating_duration_since(Instant::now())).unwrap());
    }
    // A random moment after the last acknowledgement that was waited for; with none, a random moment
    // of start and recovery.
    let moment = if wanted == 0 { rng.below(60_000) } else { rng.below(4_000) };
    last = drain(&receiver, Instant::now() + Duration::from_micros(moment)).or(last);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    drain(&receiver, Instant::now()).or(last)
}

fn drain(receiver: &Receiver<u64>, until: Instant) -> Option<u64> {
    let mut last = None;
    while let Ok(revision) = receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
        last = Some(revision);
    }
    last.or_else(|| receiver.try_iter().last())
}

/// Kills a store `times` times, over and over, and looks at it after each.
fn killed(mode: &str, seed: u64, times: usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = Rng::new(seed);
    let mut line = Timeline::default();
    let mut partial = 0;
    for time in 1..=times {
        let acknowledged = commit_and_kill(dir.path(), mode, seed, &mut rng).unwrap_or(line.now.revision.0);
        let (store, report) = open(dir.path());
        assert_eq!(report.findings, [], "seed {seed}, kill {time}");
        let found = store.revision().0;
        assert!(
            found == acknowledged || found == acknowledged + 1,
            "seed {seed}, kill {time}: {acknowledged} was acknowledged, the store has {found}"
        );
        partial += usize::from(found > acknowledged);
        while line.now.revision.0 < found {
            let revision = line.now.revision.next();
            line.apply(&random_commit(&mut Rng::new(seed ^ revision.0 << 20), revision));
        }
        let context = format!("seed {seed}, kill {time}");
        line.now.assert_equals(&store, &context);
        // The past is as whole as the present, back to the first commit.
        assert_eq!(store.oldest().map(|(r, _)| r), (found > 0).then_some(Revision(0)), "{context}");
        for revision in [found / 2, found.saturating_sub(1), found] {
            line.assert_then(&store, Revision(revision), &mut rng, &format!("{context}, at {revision}"));
        }
        if time == times {
            line.assert_equals(&store, &mut rng, &context);
        }
    }
    assert!(line.now.revision > Revision(times as u64), "the child was killed before it did anything");
    if mode == "compact" {
        assert!(!dir.path().join("store").exists(), "no copy ever took the place of the store");
    }
    assert!(partial <= times);
}

#[test]
fn a_hundred_kills() {
    killed("commit", 1, 100);
}

#[test]
fn a_hundred_more_kills() {
    killed("commit", 2, 100);
}

#[test]
fn a_hundred_kills_while_it_is_compacted_again_and_again() {
    killed("compact", 3, 100);
}
