//! The real collectors of files and of this machine under random faults, through the engine, against what is
//! really there: whatever could not be read is unknown, and nothing that is there is ever called gone.

mod files;
#[cfg(target_os = "linux")]
mod host;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cloudscope_application::{
    Command, Engine, EngineParts, Event, Limits, Reply, RetentionPolicy, Schedule, Session,
};
use cloudscope_domain::{CoverageState, Presence, Timestamp, redact::Redactor};
use cloudscope_memory::{ManualClock, MemoryLedger, MemoryStore, NOW};
use cloudscope_ports::{AssetStore, Collector, SourceSpec};

/// An engine over real collectors and a store in memory.
struct Bench {
    engine: Arc<Engine>,
    clock: Arc<ManualClock>,
}

/// What the engine says of one scope.
struct Stands {
    state: CoverageState,
    whole: bool,
}

impl Bench {
    async fn new(collector: Arc<dyn Collector>, sources: Vec<SourceSpec>) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        let store: Arc<dyn AssetStore> = Arc::new(MemoryStore::new());
        let (engine, ready) = Engine::start(EngineParts {
            open: Box::new(move |_| Ok((Arc::clone(&store), Vec::new()))),
            collectors: vec![collector],
            ledger: Arc::new(MemoryLedger::new()),
            clock: clock.clone(),
            redactor: Redactor::new([3; 32]),
            sources,
            discovered: Vec::new(),
            demo: false,
            data_dir: "memory".into(),
            limits: Limits { attempts: 1, ..Limits::default() },
            retention: RetentionPolicy::default(),
            schedule: Schedule::default(),
            notifier: None,
            log: None,
            background: None,
            warm: true,
        });
        ready.await.unwrap().unwrap();
        Self { engine, clock }
    }

    /// A whole run; the clock moves by a minute before it.
    async fn collect(&self) {
        self.clock.advance(60_000);
        let mut events = self.engine.events();
        let ask = || Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() };
        // The place of the run before is free a moment after its end is told.
        let run = loop {
            match self.engine.ask(ask()).await {
                Ok(Reply::Started(run)) => break run,
                _ => tokio::task::yield_now().await,
            }
        };
        let end = async {
            loop {
                if let Ok(Event::Progress(progress)) = events.recv().await
                    && progress.run == run
                    && progress.ended.is_some()
                {
                    return;
                }
            }
        };
        let ended = tokio::time::timeout(std::time::Duration::from_secs(60), end).await;
        assert!(ended.is_ok(), "the run never ended");
    }

    /// Every record by its id (and `@` which bearer of it), with `present`, `unknown` or `gone`.
    async fn inventory(&self) -> BTreeMap<String, &'static str> {
        let query = "presence:present,unknown,gone".to_owned();
        let open = Command::Open { query, sort: Vec::new(), at: None };
        let Reply::Opened(opened) = self.engine.ask(open).await.unwrap() else { panic!() };
        let window = Command::Window { cursor: opened.cursor, start: 0, len: 10_000, properties: false };
        let Reply::Rows { rows, .. } = self.engine.ask(window).await.unwrap() else { panic!() };
        let word = |p: &Presence| match p {
            Presence::Present => "present",
            Presence::Unknown { .. } => "unknown",
            Presence::Gone { .. } => "gone",
        };
        let count = rows.len();
        let named = rows.iter().map(|r| {
            let which = r.incarnation.as_str();
            let id = if which.is_empty() { r.id.to_string() } else { format!("{}@{which}", r.id) };
            (id, word(&r.presence))
        });
        let all: BTreeMap<_, _> = named.collect();
        assert_eq!(all.len(), count, "a row stands twice");
        all
    }

    /// How each scope stands, by listing and parent.
    async fn health(&self) -> BTreeMap<(String, String), Stands> {
        let Reply::Health(all) = self.engine.ask(Command::Health { at: None, attempts: true }).await.unwrap()
        else {
            panic!()
        };
        all.into_iter()
            .map(|h| {
                let stands = Stands { state: h.coverage.state, whole: h.coverage.whole };
                ((h.key.listing, h.key.parent), stands)
            })
            .collect()
    }
}

/// What is really there is never gone, and what became gone is not there any more and was looked for.
fn check(
    before: &BTreeMap<String, &'static str>,
    after: &BTreeMap<String, &'static str>,
    there: &BTreeSet<String>,
    whole: impl Fn(&str) -> bool,
    what: &str,
) {
    for (id, presence) in after {
        if *presence == "gone" {
            let was = before.get(id).copied() == Some("gone");
            // One that came back stays a tombstone until somebody could read that it did.
            assert!(!there.contains(id) || (was && !whole(id)), "{id} is there and was called gone: {what}");
            assert!(was || whole(id), "{id} was called gone without a whole listing: {what}");
        }
    }
    for id in before.keys() {
        assert!(after.contains_key(id), "{id} was lost: {what}");
    }
}
