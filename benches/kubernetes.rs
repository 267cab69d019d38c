//! A large cluster, listed and then followed: the release program against our fake of an API server, which
//! runs in a process of its own. Prints time, processor time and memory, with the bars; and first what the
//! fake alone sustains, because a slow fake would be measured instead of the program.
//!
//! ```text
//! cargo build --release
//! cargo bench -p cloudscope-benches --bench kubernetes
//! ```
//!
//! `CLOUDSCOPE_BENCH_ROWS` is how many pods (50,000), `CLOUDSCOPE_BENCH_RATE` how many changes a second (200),
//! `CLOUDSCOPE_BENCH_SECONDS` for how long (30), `CLOUDSCOPE_BENCH_BINARY` the program, else
//! `target/release/cloudscope`.
//!
//! Memory of an object: what `collect --follow` has resident once everything is followed and nothing happens,
//! less what the same command has with an empty cluster, by the number of objects. The objects themselves are
//! in the store on disk; of the rest, the cache of the store's engine is told apart by its bound.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    error::Error,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use cloudscope_benches::{Usage, usage};
use cloudscope_kubernetes::fake::{Churn, FakeApiServer, Size, fill};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the program gives the store's engine at the most where nothing else is configured.
const CACHE: f64 = (32 << 20) as f64;
/// Resident memory has settled when it grew by less than this in [`STILL`].
const SETTLED: u64 = 256;
const STILL: Duration = Duration::from_secs(3);
/// No step takes longer.
const PATIENCE: Duration = Duration::from_secs(900);

fn number(name: &str, usual: usize) -> usize {
    std::env::var(format!("CLOUDSCOPE_BENCH_{name}")).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// The other process: says where its kubeconfig is, then does what it is told, a line each.
fn serve(pods: usize) -> Outcome<()> {
    let server = FakeApiServer::start()?;
    if pods > 0 {
        fill(&server, 1, Size::pods(pods));
    }
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("config");
    std::fs::write(&config, server.kubeconfig())?;
    let on = |name: &str| name != "events" && !name.starts_with("events.") && !name.starts_with("leases.");
    let objects: usize = server.counts().iter().filter(|(name, _)| on(name)).map(|(_, n)| n).sum();
    println!("{} {objects} {}", config.display(), server.cluster());
    let mut churn = Churn::new(&server, 7);
    for line in std::io::stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["lists"] => {
                let begun = Instant::now();
                let count = server.write_list("pods");
                println!("{count} {}", begun.elapsed().as_secs_f64());
            }
            ["watches"] => println!("{}", server.watches().len()),
            ["churn", rate, seconds] => {
                let done = churn.run(rate.parse()?, Duration::from_secs(seconds.parse()?));
                println!("{done}");
            }
            _ => break,
        }
    }
    Ok(())
}

/// The fake in a process of its own.
struct Fake {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    config: PathBuf,
    objects: usize,
}

impl Fake {
    fn start(pods: usize) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .env("CLOUDSCOPE_BENCH_FAKE", pods.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let config = words.next().ok_or("the fake did not start")?.into();
        let objects = words.next().ok_or("the fake counts nothing")?.parse()?;
        Ok(Self { child, input, output, config, objects })
    }

    fn tell(&mut self, words: &str) -> Outcome<String> {
        writeln!(self.input, "{words}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program with a home of its own.
struct Program<'a> {
    binary: &'a Path,
    home: tempfile::TempDir,
    config: PathBuf,
}

impl Program<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.binary);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("KUBECONFIG", &self.config)
            .env("CLOUDSCOPE_DATA_DIR", self.home.path().join("data"))
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs to the end: how long, with what.
    fn run(&self, arguments: &[&str]) -> Outcome<(f64, Usage)> {
        let begun = Instant::now();
        let errors = std::fs::File::create(self.home.path().join("errors"))?;
        let mut child = self.command(arguments).stdout(Stdio::null()).stderr(errors).spawn()?;
        let mut used = Usage::default();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            used = usage(child.id()).unwrap_or(used);
            std::thread::park_timeout(Duration::from_millis(20));
        };
        if !status.success() {
            let said = std::fs::read_to_string(self.home.path().join("errors"))?;
            println!("    {arguments:?} ended with {status}: {}", said.lines().next().unwrap_or_default());
        }
        Ok((begun.elapsed().as_secs_f64(), used))
    }

    /// How many rows a filter finds.
    fn count(&self, filter: &str) -> Outcome<usize> {
        let arguments = ["query", filter, "--columns", "id", "--limit", "100000000", "--format", "csv"];
        let out = self.command(&arguments).output()?;
        Ok(out.stdout.iter().filter(|b| **b == b'\n').count().saturating_sub(1))
    }
}

/// Follows until told otherwise; ended when dropped.
struct Follower(Child);

impl Follower {
    fn start(program: &Program<'_>, fake: &mut Fake) -> Outcome<Self> {
        let mut command = program.command(&["collect", "--quiet", "--follow", "k8s"]);
        let follower = Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let end = Instant::now() + PATIENCE;
        let mut watches = 0;
        // Everything is followed when no more watches are opened, and memory stands still.
        loop {
            let now: usize = fake.tell("watches")?.parse()?;
            let before = follower.usage()?.resident;
            std::thread::park_timeout(STILL);
            let grown = follower.usage()?.resident.abs_diff(before);
            if now > 0 && now == watches && grown < SETTLED {
                return Ok(follower);
            }
            watches = now;
            if Instant::now() > end {
                return Err("it did not settle".into());
            }
        }
    }

    fn usage(&self) -> Outcome<Usage> {
        Ok(usage(self.0.id()).ok_or("the program ended")?)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let id = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

fn main() -> Outcome<()> {
    if let Ok(pods) = std::env::var("CLOUDSCOPE_BENCH_FAKE") {
        return serve(pods.parse()?);
    }
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/cloudscope");
    let binary = std::env::var_os("CLOUDSCOPE_BENCH_BINARY").map_or_else(built, PathBuf::from);
    if !binary.exists() {
        return Err(format!("{} is not there; build it with cargo build --release", binary.display()).into());
    }
    let program = |fake: &Fake| -> Outcome<Program<'_>> {
        Ok(Program { binary: &binary, home: tempfile::tempdir()?, config: fake.config.clone() })
    };

    let mut empty = Fake::start(0)?;
    let idle = Follower::start(&program(&empty)?, &mut empty)?.usage()?;
    drop(empty);

    let mut fake = Fake::start(number("ROWS", 50_000))?;
    let said = fake.tell("lists")?;
    let (count, took) = said.split_once(' ').ok_or("the fake says nothing")?;
    let rate = count.parse::<f64>()? / took.parse::<f64>()?;
    println!("{} objects; the fake alone writes {rate:.0} objects/s", fake.objects);

    let here = program(&fake)?;
    for turn in ["first list", "again, nothing changed"] {
        let (took, used) = here.run(&["collect", "--quiet", "k8s"])?;
        let objects = here.count("provider:k8s")?;
        println!(
            "  {turn}: {objects} objects in {took:.1} s, {:.0} objects/s; {:.1} s of processor; at most {} MB",
            objects as f64 / took,
            used.seconds,
            used.peak / 1024
        );
    }

    let follower = Follower::start(&here, &mut fake)?;
    let full = follower.usage()?;
    let grown = full.resident.saturating_sub(idle.resident) as f64 * 1024.0;
    let each = |bytes: f64| bytes / fake.objects.max(1) as f64;
    println!(
        "  followed: {} MB resident, {} MB with an empty cluster: {:.0} B an object; {:.0} B less the store's cache (bar: 1024)",
        full.resident / 1024,
        idle.resident / 1024,
        each(grown),
        each((grown - CACHE).max(0.0))
    );

    let (rate, seconds) = (number("RATE", 200), number("SECONDS", 30));
    let before = follower.usage()?;
    let begun = Instant::now();
    let done = fake.tell(&format!("churn {rate} {seconds}"))?;
    let (took, after) = (begun.elapsed().as_secs_f64(), follower.usage()?);
    println!(
        "  {done} changes in {took:.0} s: {:.1}% of a core; {} MB resident after it",
        (after.seconds - before.seconds) * 100.0 / took,
        after.resident / 1024
    );
    Ok(())
}
