//! Kills the whole program again and again while it collects, while it writes the saved index, and every fourth
//! time while it compacts the store, and looks at what it left: everything that was acknowledged is there, the program opens, and what it
//! counts is what the store holds.
//!
//! ```text
//! cargo build --release
//! cargo run --release -p cloudscope-store --example kills -- --program target/release/cloudscope \
//!     --rounds 100 --assets 20000 [--seed 7] [--dir D]
//! ```
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a defect stops it, and it tells how it went")]

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use cloudscope_ports::contract::sample::Rng;

/// How long a collection may take.
const PATIENCE: Duration = Duration::from_secs(600);

struct Program {
    path: PathBuf,
    dir: PathBuf,
}

impl Program {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.arg("--data-dir").arg(&self.dir).args(words);
        command.env_remove("CLOUDSCOPE_CONFIG").env_remove("CLOUDSCOPE_DATA_DIR");
        command
    }

    fn run(&self, words: &[&str], context: &str) -> Output {
        let output = self.command(words).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{context}: {words:?} ended with {}: {told}", output.status);
        output
    }

    /// The same, and how long it took until the answer was there whole; the program may go on after it.
    fn ask(&self, words: &[&str], context: &str) -> (Output, Duration) {
        let start = Instant::now();
        let mut command = self.command(words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut out, mut answer, mut answered) = (child.stdout.take().unwrap(), Vec::new(), Duration::ZERO);
        let mut part = [0; 8192];
        while let Ok(n @ 1..) = out.read(&mut part) {
            answer.extend_from_slice(&part[..n]);
            answered = start.elapsed();
        }
        let output = Output { stdout: answer, ..child.wait_with_output().unwrap() };
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{context}: {words:?} ended with {}: {told}", output.status);
        assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok(), "{context}: no answer");
        (output, answered)
    }

    /// A number that a JSON object of the program names.
    fn number(output: &Output, name: &str) -> u64 {
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        value[name].as_u64().unwrap()
    }
}

/// The revision that was acknowledged last. Commits write two places of the side file in turn, 4096 bytes apart: the
/// first one in the file is the older one half of the time, and a kill may have torn either; so the one with the
/// highest sequence counts, of those that are whole.
fn acknowledged(dir: &Path) -> u64 {
    let head = std::fs::read(dir.join("store.head")).unwrap_or_default();
    let places = head.chunks(4096).filter_map(|place| {
        let text = std::str::from_utf8(place.split(|b| *b == 0).next()?).ok()?;
        let (lines, checksum) = text.split_at_checked(text.rfind("checksum ")?)?;
        let sum = blake3::hash(lines.as_bytes()).to_hex();
        (checksum.strip_prefix("checksum ")?.trim_end() == &sum[..32]).then_some(())?;
        let number = |name| lines.lines().find_map(|l| l.strip_prefix(name)?.parse::<u64>().ok());
        Some((number("sequence ")?, number("revision ")?))
    });
    places.max().map_or(0, |(_, revision)| revision)
}

/// Whether a part of the saved index is being written.
fn saving(dir: &Path) -> bool {
    ["known", "graph", "index"].iter().any(|part| dir.join(format!("saved.{part}.new")).exists())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| arguments.iter().position(|t| t == name).map(|at| arguments[at + 1].clone());
    let number = |name: &str, or: u64| named(name).map_or(or, |t| t.parse().unwrap());
    let (rounds, assets, seed) = (number("--rounds", 20), number("--assets", 20_000), number("--seed", 1));
    let temporary = tempfile::tempdir().unwrap();
    let dir = named("--dir").map_or_else(|| temporary.path().join("data"), PathBuf::from);
    let program = Program { path: named("--program").unwrap().into(), dir };
    let mut rng = Rng::new(seed);
    let (mut in_collection, mut in_saving, mut in_compaction, mut ended) = (0, 0, 0, 0);
    let (mut times, mut whole_times): (Vec<Duration>, Vec<Duration>) = Default::default();
    let begun = Instant::now();
    let mut whole = Duration::from_secs(1 + assets / 20_000);
    // How long a compaction takes, as far as is known; the first one may come to its end.
    let mut compaction = Duration::from_secs(1 + assets / 50_000);
    for round in 1..=rounds {
        let context = format!("seed {seed}, round {round}");
        // Each round changes a twentieth, which is enough for the index to be saved anew.
        let source = format!("estate:assets={assets},churn=50,round={round}");
        let compacts = round % 4 == 0;
        let words = if compacts { ["store", "compact"] } else { ["collect", &source] };
        let start = Instant::now();
        let mut child = program.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let aimed = !compacts && round % 2 == 0;
        let usual = if compacts { compaction } else { whole };
        let at = Duration::from_micros(rng.below(usual.as_micros() as u64 * 5 / 4));
        let mut killed = false;
        while child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "{context}: it hangs");
            if if aimed { saving(&program.dir) } else { start.elapsed() >= at } {
                if aimed {
                    std::thread::sleep(Duration::from_micros(rng.below(1_000 + assets / 4)));
                }
                let saved = saving(&program.dir);
                killed = child.try_wait().unwrap().is_none();
                child.kill().unwrap();
                child.wait().unwrap();
                let during = match (compacts, saved) {
                    (true, _) => &mut in_compaction,
                    (false, true) => &mut in_saving,
                    (false, false) => &mut in_collection,
                };
                *during += u64::from(killed);
                break;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        if !killed {
            ended += 1;
            *(if compacts { &mut compaction } else { &mut whole }) = start.elapsed();
        }
        let acknowledged = acknowledged(&program.dir);
        let start = Instant::now();
        let (query, answered) = program.ask(&["query", "--format", "json", "--limit", "1"], &context);
        times.push(answered);
        whole_times.push(start.elapsed());
        let check = program.run(&["store", "check"], &context);
        let found = Program::number(&check, "revision");
        assert!(found >= acknowledged, "{context}: {acknowledged} acknowledged, {found} found");
        let info = program.run(&["store", "info"], &context);
        assert_eq!(Program::number(&info, "quarantined"), 0, "{context}");
        let present = Program::number(&info, "records") - Program::number(&info, "tombstones");
        let told = String::from_utf8_lossy(&query.stderr);
        let counted = told.lines().find_map(|l| l.strip_suffix(" assets match")).map(|n| n.replace(',', ""));
        if let Some(counted) = counted {
            assert_eq!(counted.parse(), Ok(present), "{context}: what is counted");
        }
        if round % (rounds / 20).max(1) == 0 {
            println!(
                "round {round} of {rounds}, {:.0} s: revision {found}, {present} assets, longest opening {:.3} s",
                begun.elapsed().as_secs_f64(),
                times.iter().max().unwrap().as_secs_f64()
            );
        }
    }
    let told = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64();
        format!("median {:.3} s, 95% {:.3} s, longest {:.3} s", at(50), at(95), at(100))
    };
    println!(
        "{} kills at {assets} assets: {in_collection} while it collected, {in_saving} while it saved the index, \
         {in_compaction} while it compacted, {ended} times it ended before; nothing acknowledged was lost and it \
         always opened",
        in_collection + in_saving + in_compaction
    );
    println!("from a start after a kill to the answer of a query: {}", told(&mut times));
    println!(
        "to the end of that process, which saves the index and closes the store: {}",
        told(&mut whole_times)
    );
}
