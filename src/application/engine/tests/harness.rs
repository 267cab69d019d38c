//! An engine over in-memory adapters and a scripted collector.

use std::sync::Arc;

use cloudscope_domain::{
    Asset, AssetKey, AssetRow, Category, Change, Kind, ListingMode, PackedRow, Payload, Presence, RunId,
    Scope, ScopeKey, Sighting, Timestamp, redact::Redactor,
};
use cloudscope_memory::{ManualClock, MemoryLedger, MemoryStore, NOW, ScriptedCollector, Step};
use cloudscope_ports::{AssetStore, Operation, Shelf, SourceSpec, StoreError, shelf::Fill};

use crate::{
    Command, Engine, EngineParts, Event, Limits, Reply, Session, SessionError,
    message::{CursorId, Overview, RunProgress, ScopeHealth},
};

const OPERATIONS: &[Operation] = &[Operation::new("script:Play")];

/// An asset `id:NAME` whose payload is `{"v": version}`.
pub(in crate::engine) fn asset(name: &str, version: &str) -> Sighting {
    let kind: Kind = "test.thing".parse().unwrap();
    Sighting {
        asset: Asset {
            key: AssetKey::new(format!("id:{name}"), ""),
            kind,
            category: Category::Other,
            provider: "test".into(),
            name: name.into(),
            account: "".into(),
            region: "".into(),
            zone: "".into(),
            status: None,
            tags: std::collections::BTreeMap::new(),
            created_at: None,
            addresses: Vec::new(),
            aliases: Vec::new(),
            declares: None,
            properties: Payload::from_value(&serde_json::json!({ "v": version })),
        },
        references: Vec::new(),
        volatile: Arc::from([]),
        sets: Arc::from([]),
    }
}

pub(super) fn scope(listing: &str, mode: ListingMode) -> Scope {
    Scope { key: ScopeKey::new("script", listing), mode, kinds: vec!["test.thing".parse().unwrap()] }
}

/// What a test talks to.
pub(super) struct Bench {
    pub(super) engine: Arc<Engine>,
    pub(super) collector: Arc<ScriptedCollector>,
    pub(super) store: Arc<MemoryStore>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) tune: Tune,
}

/// Changes what an engine is made of before it starts.
pub(super) type Tune = Arc<dyn Fn(&mut EngineParts)>;

/// What lies beside a store, before whoever opens it has the store.
struct Beside(Arc<dyn AssetStore>);

impl Shelf for Beside {
    fn put(&self, name: &str, fill: Fill<'_>) -> Result<(), StoreError> {
        self.0.shelf().unwrap().put(name, fill)
    }

    fn get(&self, name: &str) -> Result<Option<Box<dyn std::io::Read + Send>>, StoreError> {
        self.0.shelf().unwrap().get(name)
    }

    fn bytes(&self) -> u64 {
        self.0.shelf().unwrap().bytes()
    }
}

impl Bench {
    pub(super) async fn new(scripts: &[(Scope, Vec<Step>)]) -> Self {
        Self::tuned(scripts, Arc::new(|_| {})).await
    }

    /// The same with other parts.
    pub(super) async fn tuned(scripts: &[(Scope, Vec<Step>)], tune: Tune) -> Self {
        let mut collector = ScriptedCollector::new("script").operations(OPERATIONS);
        for (scope, script) in scripts {
            collector = collector.scope(scope.clone(), script.clone());
        }
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        Self::start_on(Arc::new(MemoryStore::new()), Arc::new(collector), clock, tune).await
    }

    /// The same with a collector whose scopes can be followed.
    pub(super) async fn following(scripts: &[(Scope, Vec<Step>)], tune: Tune) -> Self {
        let mut collector = ScriptedCollector::new("script").operations(OPERATIONS).following();
        for (scope, script) in scripts {
            collector = collector.scope(scope.clone(), script.clone());
        }
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        Self::start_on(Arc::new(MemoryStore::new()), Arc::new(collector), clock, tune).await
    }

    pub(super) async fn start_on(
        store: Arc<MemoryStore>,
        collector: Arc<ScriptedCollector>,
        clock: Arc<ManualClock>,
        tune: Tune,
    ) -> Self {
        let opened: Arc<dyn AssetStore> = store.clone();
        let source = SourceSpec {
            name: "script".into(),
            collector: "script".into(),
            options: std::collections::BTreeMap::new(),
        };
        let mut parts = EngineParts {
            open: Box::new(move |meanwhile| {
                meanwhile(Arc::new(Beside(Arc::clone(&opened))));
                Ok((Arc::clone(&opened), Vec::new()))
            }),
            collectors: vec![collector.clone()],
            ledger: Arc::new(MemoryLedger::new()),
            clock: clock.clone(),
            redactor: Redactor::new([1; 32]),
            sources: vec![source],
            discovered: Vec::new(),
            demo: false,
            data_dir: "memory".into(),
            limits: Limits::default(),
            retention: crate::RetentionPolicy::default(),
            schedule: crate::Schedule::default(),
            notifier: None,
            log: None,
            background: None,
            warm: true,
        };
        tune(&mut parts);
        let (engine, ready) = Engine::start(parts);
        ready.await.unwrap().unwrap();
        Self { engine, collector, store, clock, tune }
    }

    pub(super) fn clock_now(&self) -> Timestamp {
        cloudscope_ports::Clock::now(&*self.clock)
    }

    /// The same store under another engine.
    pub(super) async fn restart(self) -> Self {
        self.engine.shutdown().await;
        Self::start_on(self.store, self.collector, self.clock, self.tune).await
    }

    pub(super) async fn engine_ask(&self, command: Command) -> Result<Reply, SessionError> {
        self.engine.ask(command).await
    }

    pub(super) async fn ask(&self, command: Command) -> Reply {
        self.engine_ask(command).await.unwrap()
    }

    pub(super) async fn start(&self) -> Result<RunId, SessionError> {
        match self
            .engine_ask(Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() })
            .await?
        {
            Reply::Started(run) => Ok(run),
            other => panic!("{other:?}"),
        }
    }

    /// A whole run; the clock moves by a minute before it.
    pub(super) async fn collect(&self) -> RunProgress {
        self.clock.advance(60_000);
        let run = self.start().await.unwrap();
        self.ended(run).await
    }

    pub(super) async fn ended(&self, run: RunId) -> RunProgress {
        let done = |o: &Overview| o.run.as_ref().is_some_and(|r| r.run == run && r.ended.is_some());
        let overview = self.wait_for(done).await;
        overview.run.unwrap()
    }

    pub(super) async fn wait_for(&self, good: impl Fn(&Overview) -> bool) -> Overview {
        let mut events = self.engine.events();
        // Real time: a test may hold the time of the runtime, which the writer's thread does not keep to.
        let begun = std::time::Instant::now();
        loop {
            let overview = self.overview().await;
            if good(&overview) {
                return overview;
            }
            assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it never came: {overview:?}");
            // Any event may be the one; a lost one is made up for by the next.
            let event = tokio::time::timeout(std::time::Duration::from_secs(1), events.recv());
            let _: Result<Result<Event, _>, _> = event.await;
        }
    }

    /// Waits until this holds; asked again whenever something happened.
    pub(super) async fn until(&self, good: impl AsyncFn() -> bool) {
        let mut events = self.engine.events();
        let begun = std::time::Instant::now();
        while !good().await {
            assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it never came");
            let event = tokio::time::timeout(std::time::Duration::from_millis(20), events.recv());
            let _: Result<Result<Event, _>, _> = event.await;
        }
    }

    pub(super) async fn overview(&self) -> Overview {
        match self.ask(Command::Overview).await {
            Reply::Overview(overview) => *overview,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn rows(&self, query: &str) -> Vec<AssetRow> {
        let open = Command::Open { query: query.into(), sort: Vec::new(), at: None };
        let Reply::Opened(opened) = self.ask(open).await else { panic!() };
        let window = Command::Window { cursor: opened.cursor, start: 0, len: 10_000, properties: false };
        let Reply::Rows { rows, .. } = self.ask(window).await else { panic!() };
        self.exports(opened.cursor, false, &rows).await;
        self.ask(Command::Close { cursor: opened.cursor }).await;
        rows
    }

    /// An export of a cursor is told these rows.
    pub(super) async fn exports(&self, cursor: CursorId, properties: bool, rows: &[AssetRow]) {
        let batch = Command::Batch {
            cursor,
            start: 0,
            len: 10_000,
            properties,
            room: cloudscope_domain::PackedRows::default(),
        };
        let Reply::Batch(packed) = self.ask(batch).await else { panic!() };
        assert_eq!(packed.iter().map(PackedRow::to_row).collect::<Vec<_>>(), rows);
    }

    pub(super) async fn names(&self, query: &str) -> Vec<String> {
        self.rows(query).await.into_iter().map(|r| r.name.to_string()).collect()
    }

    pub(super) async fn health(&self) -> Vec<ScopeHealth> {
        let Reply::Health(health) = self.ask(Command::Health { at: None, attempts: true }).await else {
            panic!()
        };
        health
    }

    pub(super) async fn changes(&self) -> Vec<Change> {
        let ask = crate::message::ChangesAsk { limit: 10_000, ..Default::default() };
        let Reply::Changes(page) = self.ask(Command::Changes(ask)).await else { panic!() };
        page.changes
    }

    /// `present`, `unknown WHY` or `gone PROOF` of the asset `id:NAME`, if it was ever seen.
    pub(super) async fn presence(&self, name: &str) -> Option<String> {
        let Reply::Details(details) =
            self.ask(Command::Get { id: format!("id:{name}").into(), at: None }).await
        else {
            panic!()
        };
        details.first().map(|d| match &d.row.presence {
            Presence::Present => "present".to_owned(),
            Presence::Unknown { why, .. } => format!("unknown {why}"),
            Presence::Gone { why, .. } => format!("gone {why}"),
        })
    }
}
