//! A whole collection of an AWS organization: the release program against our fake of AWS, which runs in a
//! process of its own. Prints time, calls, processor time and peak memory, and first what the fake alone
//! sustains, because a slow fake would be measured instead of the program.
//!
//! ```text
//! cargo build --release
//! cargo bench -p cloudscope-benches --bench aws
//! ```
//!
//! `CLOUDSCOPE_BENCH_ROWS` is how many assets (500,000), `CLOUDSCOPE_BENCH_ACCOUNTS` (20) and
//! `CLOUDSCOPE_BENCH_REGIONS` (17) over how many places, `CLOUDSCOPE_BENCH_LATENCY` milliseconds per call (50),
//! `CLOUDSCOPE_BENCH_CONFIG` a configuration file, `CLOUDSCOPE_BENCH_BINARY` the program, else
//! `target/release/cloudscope`.
//!
//! Memory of the collection: the most that `collect` had resident, less what the program has resident with the same
//! store open once nothing happens. That is the store's: the engine's cache, the index, the graph and the keys of
//! all records, which every command that holds the store has as well. `collect --watch` of a file without rows
//! holds it.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use cloudscope_aws::fake::{Estate, FakeAws};
use cloudscope_benches::{Usage, usage};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Resident memory has settled when it differs by less than this many kilobytes after [`STILL`].
const SETTLED: u64 = 256;
const STILL: Duration = Duration::from_secs(3);
/// Opening a store and settling takes no longer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where AWS is usually used.
const REGIONS: [&str; 17] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
];
/// Services whose kinds are known from lists, with at most one more call for many items (tags, descriptions): what
/// asks about every single item is held up by the pace of its endpoint, not by the program. CloudFront and Route 53
/// do that, but stand once in an account.
const SERVICES: &str = "ec2+redshift+directconnect+autoscaling+kafka+imagebuilder+lightsail+secretsmanager+batch\
    +accessanalyzer+codebuild+codecommit+codedeploy+codeconnections+networkmanager+outposts+appsync+elb\
    +cloudwatch+logs+route53domains+route53resolver+ssm+cloudfront+route53";
/// 99 kinds in all; of so many each region has items. A dozen stand once in an account, and the fake fills no
/// alarms.
const KINDS: usize = 82;
/// Connections that ask the fake alone.
const ASKING: usize = 32;

fn number(name: &str, usual: usize) -> usize {
    std::env::var(format!("CLOUDSCOPE_BENCH_{name}")).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

fn estate(latency: Duration) -> Estate {
    let regions = number("REGIONS", REGIONS.len()).min(REGIONS.len());
    let accounts = number("ACCOUNTS", 20);
    let items = number("ROWS", 500_000).div_ceil(accounts * regions * KINDS);
    Estate { items, page: 1_000, latency, ..Estate::new(accounts, &REGIONS[..regions]) }
}

/// The fake in a process of its own.
struct Fake {
    child: Child,
    url: String,
}

impl Fake {
    fn start(latency: usize) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .env("CLOUDSCOPE_BENCH_FAKE", latency.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other process: answers until nobody needs it.
fn serve(latency: u64) -> Outcome<()> {
    let fake = FakeAws::start(estate(Duration::from_millis(latency)))?;
    println!("{}", fake.url());
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn main() -> Outcome<()> {
    if let Ok(latency) = std::env::var("CLOUDSCOPE_BENCH_FAKE") {
        return serve(latency.parse()?);
    }
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/cloudscope");
    let binary = std::env::var_os("CLOUDSCOPE_BENCH_BINARY").map_or_else(built, PathBuf::from);
    if !binary.exists() {
        return Err(format!("{} is not there; build it with cargo build --release", binary.display()).into());
    }
    let estate = estate(Duration::ZERO);
    println!(
        "{} accounts, {} regions, {} items in each listing",
        estate.accounts.len(),
        estate.regions.len(),
        estate.items
    );
    alone(&estate)?;
    collect(&binary, &estate)
}

/// What the fake sustains by itself, without latency.
fn alone(estate: &Estate) -> Outcome<()> {
    let fake = Fake::start(0)?;
    let address = fake.url.trim_start_matches("http://").to_owned();
    let body = "Action=DescribeVolumes&Version=2016-11-15&MaxResults=500";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-date: 20261125T000000Z\r\nauthorization: AWS4-HMAC-SHA256 Credential={}/20261125/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0\r\ncontent-length: {}\r\n\r\n{body}",
        estate.key(0),
        body.len()
    );
    let until = Instant::now() + Duration::from_secs(3);
    let asking = (0..ASKING).map(|_| {
        let (address, request) = (address.clone(), request.clone());
        std::thread::spawn(move || -> Outcome<(usize, usize)> {
            let mut stream = BufReader::new(TcpStream::connect(address)?);
            let (mut calls, mut bytes) = (0, 0);
            while Instant::now() < until {
                stream.get_mut().write_all(request.as_bytes())?;
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line)?;
                    if let Some(n) = line.strip_prefix("content-length: ") {
                        length = n.trim().parse()?;
                    }
                    if line == "\r\n" {
                        break;
                    }
                }
                let mut answer = vec![0; length];
                stream.read_exact(&mut answer)?;
                calls += 1;
                bytes += length;
            }
            Ok((calls, bytes))
        })
    });
    let asking: Vec<_> = asking.collect();
    let (mut calls, mut bytes) = (0, 0);
    for thread in asking {
        let (c, b) = thread.join().map_err(|_| "a thread that asked ended")??;
        calls += c;
        bytes += b;
    }
    println!(
        "  the fake alone: {} calls/s, {} assets/s, {} bytes an asset",
        calls / 3,
        calls * estate.items / 3,
        bytes / (calls * estate.items).max(1)
    );
    Ok(())
}

/// A process that has the store open and collects nothing; ended when dropped.
struct Idle(Child);

impl Idle {
    fn start(mut command: Command, data: &Path) -> Outcome<Self> {
        let mut idle = Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let held = || std::fs::read_to_string(data.join("lock")).unwrap_or_default();
        let end = Instant::now() + PATIENCE;
        while held().trim() != idle.0.id().to_string() {
            if Instant::now() > end || idle.0.try_wait()?.is_some() {
                return Err("nothing held the store".into());
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(idle)
    }

    /// What it has once memory stands still.
    fn usage(&self) -> Outcome<Usage> {
        let end = Instant::now() + PATIENCE;
        let mut before = 0;
        loop {
            let now = usage(self.0.id()).ok_or("the program that held the store ended")?;
            if now.resident.abs_diff(before) < SETTLED || Instant::now() > end {
                return Ok(now);
            }
            before = now.resident;
            std::thread::park_timeout(STILL);
        }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let id = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

/// A configuration whose only source is a file without rows.
fn quiet(home: &Path) -> Outcome<PathBuf> {
    let (empty, config) = (home.join("empty.csv"), home.join("idle.yaml"));
    std::fs::write(&empty, "id,name\n")?;
    let text = format!(
        "version: 1\ndiscover: false\nsources:\n  - name: idle\n    collector: file\n    options: {{path: {}}}\nschedule:\n  default: {{every: 24h}}\n",
        empty.display()
    );
    std::fs::write(&config, text)?;
    Ok(config)
}

fn collect(binary: &Path, estate: &Estate) -> Outcome<()> {
    let fake = Fake::start(number("LATENCY", 50))?;
    let home = tempfile::tempdir()?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(binary);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .env("CLOUDSCOPE_DATA_DIR", home.path().join("data"))
            .env("AWS_ACCESS_KEY_ID", estate.key(0))
            .env("AWS_SECRET_ACCESS_KEY", "fake")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", &fake.url);
        if let Some(config) = std::env::var_os("CLOUDSCOPE_BENCH_CONFIG") {
            command.env("CLOUDSCOPE_CONFIG", config);
        }
        command
    };
    let source = format!("aws:organization=true,role=reader,services={SERVICES}");
    for turn in ["first", "second, nothing changed"] {
        let begun = Instant::now();
        let mut child = command(&["collect", "--quiet", &source]).stderr(Stdio::piped()).spawn()?;
        let pid = child.id();
        let said = Arc::new(Mutex::new(String::new()));
        let (mut errors, out) = (child.stderr.take().ok_or("no errors")?, Arc::clone(&said));
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            if let Ok(mut out) = out.lock() {
                *out = text;
            }
        });
        let mut used = Usage::default();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            used = usage(pid).unwrap_or(used);
            std::thread::park_timeout(Duration::from_millis(20));
        };
        let took = begun.elapsed().as_secs_f64();
        let _ = reading.join();
        let count =
            command(&["query", "provider:aws", "--columns", "id", "--limit", "100000000", "--format", "csv"])
                .output()?;
        let assets = count.stdout.iter().filter(|b| **b == b'\n').count().saturating_sub(1);
        let totals = command(&["calls", "--totals", "--format", "json"]).output()?;
        let totals: Vec<serde_json::Value> = serde_json::from_slice(&totals.stdout)?;
        let calls: u64 = totals.iter().filter_map(|t| t["calls"].as_u64()).sum();
        println!(
            "  {turn}: {assets} assets in {took:.1} s, {:.0} assets/s; {calls} calls so far; {:.1} s of processor; at most {} MB; {status}",
            assets as f64 / took,
            used.seconds,
            used.peak / 1024
        );
        let mut idle = command(&["collect", "--watch", "--quiet"]);
        idle.env("CLOUDSCOPE_CONFIG", quiet(home.path())?);
        let store = Idle::start(idle, &home.path().join("data"))?.usage()?;
        println!(
            "    of the memory {} MB are the store's, open and idle; {} MB the collection's (bar: 300)",
            store.resident / 1024,
            used.peak.saturating_sub(store.resident) / 1024
        );
        let said = said.lock().map_or_else(|e| e.into_inner().clone(), |s| s.clone());
        for line in said.lines().take(5) {
            println!("    {line}");
        }
    }
    Ok(())
}
