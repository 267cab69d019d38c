//! A whole collection: synthetic assets from an in-process collector through the engine into the store on
//! disk. Prints what it took; run it with `cargo bench -p cloudscope-benches --bench collect`.
//!
//! `CLOUDSCOPE_BENCH_ROWS` sets how many assets (a million when it is not set), `CLOUDSCOPE_BENCH_DIR` where
//! the store is made (a temporary directory when it is not set).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench ends by panicking and reports on stdout"
)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use cloudscope_application::{
    Command, Engine, EngineParts, Event, Limits, Reply, RetentionPolicy, Schedule, Session,
};
use cloudscope_domain::{Timestamp, redact::Redactor};
use cloudscope_estate::{Estate, EstateCollector};
use cloudscope_ports::{AssetStore, CallLedger, CallRecord, Clock, SourceSpec};
use cloudscope_store::{OpenOptions, SledStore};

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    }
}

#[derive(Default)]
struct Counted(Mutex<u64>);

impl CallLedger for Counted {
    fn append(&self, _: &CallRecord) {
        *self.0.lock().unwrap() += 1;
    }

    fn recent(&self, _: usize) -> Vec<CallRecord> {
        Vec::new()
    }

    fn trouble(&self) -> Option<String> {
        None
    }
}

async fn run(engine: &Arc<Engine>, want: u64) -> (Duration, Option<Duration>) {
    let mut events = engine.events();
    let begun = Instant::now();
    engine
        .ask(Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() })
        .await
        .unwrap();
    let mut first = None;
    loop {
        match events.recv().await {
            Ok(Event::Published { total, .. }) if total > 0 && first.is_none() => {
                let open = Command::Open { query: "prod".into(), sort: Vec::new(), at: None };
                let Reply::Opened(opened) = engine.ask(open).await.unwrap() else { panic!() };
                if opened.total > 0 {
                    first = Some(begun.elapsed());
                }
                engine.ask(Command::Close { cursor: opened.cursor }).await.unwrap();
            }
            Ok(Event::Progress(run)) if run.ended.is_some() => {
                assert_eq!(run.scopes.iter().map(|s| s.seen).sum::<u64>(), want);
                return (begun.elapsed(), first);
            }
            _ => {}
        }
    }
}

/// One line of this process's state in /proc, in its own unit.
fn proc_line(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/self/{file}")).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Seconds that this process kept a processor busy, in hundredths.
fn cpu() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

fn main() {
    let rows: usize =
        std::env::var("CLOUDSCOPE_BENCH_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let place = std::env::var("CLOUDSCOPE_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), Into::into);
    let dir = place.join(format!("cloudscope-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let opened = dir.clone();
        let (engine, ready) = Engine::start(EngineParts {
            open: Box::new(move |meanwhile| {
                let (store, report) = SledStore::open_while(&opened, OpenOptions::default(), meanwhile)?;
                Ok((Arc::new(store) as Arc<dyn AssetStore>, report.findings))
            }),
            collectors: vec![Arc::new(EstateCollector::new())],
            ledger: Arc::new(Counted::default()),
            clock: Arc::new(Now),
            redactor: Redactor::new([7; 32]),
            sources: vec![SourceSpec {
                name: "estate".into(),
                collector: "estate".into(),
                options: BTreeMap::from([("assets".to_owned(), rows.to_string())]),
            }],
            discovered: Vec::new(),
            demo: false,
            data_dir: "bench".into(),
            limits: Limits::default(),
            retention: RetentionPolicy::default(),
            schedule: Schedule::default(),
            notifier: None,
            log: None,
            background: None,
            warm: true,
        });
        ready.await.unwrap().unwrap();
        let (busy, begun) = (cpu(), Instant::now());
        let estate = Estate::new(1, rows);
        let bytes: usize = (0..rows).map(|n| estate.sighting(n, 0).asset.properties.as_str().len()).sum();
        println!(
            "making {rows} assets up alone: {:.1} s, {:.1} s of CPU, payloads of {} bytes",
            begun.elapsed().as_secs_f64(),
            cpu().zip(busy).map_or(0.0, |(now, then)| now - then),
            bytes / rows.max(1)
        );
        for name in ["first run, all new", "second run, nothing changed"] {
            let busy = cpu();
            let (took, first) = run(&engine, rows as u64).await;
            let busy = cpu().zip(busy).map_or(0.0, |(now, then)| now - then);
            #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
            let rate = rows as f64 / took.as_secs_f64();
            println!(
                "{name}: {rows} assets in {:.1} s ({rate:.0}/s), first rows after {}, {busy:.1} s of CPU, peak {} MB",
                took.as_secs_f64(),
                first.map_or("-".into(), |t| format!("{:.2} s", t.as_secs_f64())),
                proc_line("status", "VmHWM:").unwrap_or_default() / 1024,
            );
        }
        engine.shutdown().await;
    });
    drop(runtime);
    let _ = std::fs::remove_dir_all(&dir);
}
