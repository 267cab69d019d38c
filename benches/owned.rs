//! What the tree of workloads costs while a large cluster changes: 50,000 pods with their owners, 100 of them
//! changed before each round of questions, as many as come in half a second at 200 a second. A round is what the
//! front end asks for where a namespace of 10,000 pods and one of its deployments are open; and, as the worst
//! case, the whole cluster as one place.
//!
//! `cargo bench -p cloudscope-benches --bench owned`
//!
//! Times are of the processor, of the whole process: what the questions cost, not what taking in the changes
//! does. The front end begins a round every half second at the most.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    collections::BTreeMap,
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use cloudscope_application::{
    Command, Engine, EngineParts, Event, Limits, Reply, RetentionPolicy, Schedule, Session,
    message::{OwnedAsk, Under},
};
use cloudscope_domain::{
    Asset, AssetKey, Category, ListingMode, Payload, Reference, Scope, ScopeKey, Sighting, Status,
    StatusClass, Target, Timestamp, redact::Redactor,
};
use cloudscope_memory::{ManualClock, MemoryLedger, MemoryStore, NOW, ScriptedCollector, listing};
use cloudscope_ports::{AssetStore, Item, Operation, SourceSpec};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CLUSTER: &str = "9c3f";
const PODS: usize = 50_000;
/// Pods of the first namespace; the others have [`SMALL`].
const LARGE: usize = 10_000;
const SMALL: usize = 100;
/// Pods of a replica set.
const SET: usize = 10;
/// Changes before each round.
const CHANGES: usize = 100;
const ROUNDS: usize = 40;
const OPERATIONS: &[Operation] = &[Operation::new("script:Play")];

fn spent() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

fn namespace(pod: usize) -> String {
    if pod < LARGE { "large".to_owned() } else { format!("team-{}", (pod - LARGE) / SMALL) }
}

fn object(
    kind: &str,
    namespace: &str,
    name: &str,
    version: usize,
    owner: Option<String>,
) -> Outcome<Sighting> {
    let payload = serde_json::json!({
        "metadata": { "name": name, "namespace": namespace, "resourceVersion": version.to_string() },
        "status": { "phase": "Running", "podIP": "10.1.2.3" },
    });
    let asset = Asset {
        key: AssetKey::new(format!("{CLUSTER}/{kind}/{namespace}/{name}"), ""),
        kind: format!("k8s.{kind}").parse()?,
        category: Category::Container,
        provider: "k8s".into(),
        name: name.into(),
        account: CLUSTER.into(),
        region: "".into(),
        zone: "".into(),
        status: Some(Status { word: "Running".into(), class: StatusClass::Ok }),
        tags: BTreeMap::from([("app".into(), name.split('-').next().unwrap_or_default().into())]),
        created_at: Some(Timestamp::from_millis(NOW)),
        addresses: Vec::new(),
        aliases: vec![format!("uid-{kind}-{namespace}-{name}")],
        declares: None,
        properties: Payload::from_value(&payload),
    };
    let reference = |name: String| Reference {
        relation: "owned-by".into(),
        target: Target::Named { kind: None, name: name.as_str().into() },
        reverse: false,
        confidence: 1.0,
        rule: "/metadata/ownerReferences/*/uid".into(),
    };
    let references = owner.map(reference).into_iter().collect();
    Ok(Sighting { asset, references, volatile: Arc::from([]), sets: Arc::from([]) })
}

fn pod(n: usize, version: usize) -> Outcome<Sighting> {
    let (set, space) = (n / SET, namespace(n));
    object(
        "core.pod",
        &space,
        &format!("web{set}-1-{n}"),
        version,
        Some(format!("uid-apps.replica-set-{space}-web{set}-1")),
    )
}

fn set(n: usize, version: usize) -> Outcome<Sighting> {
    let space = namespace(n * SET);
    object(
        "apps.replica-set",
        &space,
        &format!("web{n}-1"),
        version,
        Some(format!("uid-apps.deployment-{space}-web{n}")),
    )
}

fn estate() -> Outcome<Vec<Sighting>> {
    let mut all = Vec::new();
    for n in 0..PODS {
        all.push(pod(n, 0)?);
    }
    for n in 0..PODS / SET {
        all.push(set(n, 0)?);
        all.push(object("apps.deployment", &namespace(n * SET), &format!("web{n}"), 0, None)?);
    }
    Ok(all)
}

struct Bench {
    engine: Arc<Engine>,
    collector: Arc<ScriptedCollector>,
    scope: ScopeKey,
}

impl Bench {
    async fn start() -> Outcome<Self> {
        let key = ScopeKey::new("script", "all");
        let scope =
            Scope { key: key.clone(), mode: ListingMode::Snapshot, kinds: vec!["k8s.core.pod".parse()?] };
        let collector = ScriptedCollector::new("script").operations(OPERATIONS).following();
        let collector = Arc::new(collector.scope(scope, listing(estate()?)));
        let store: Arc<dyn AssetStore> = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        let source =
            SourceSpec { name: "script".into(), collector: "script".into(), options: BTreeMap::new() };
        let (engine, ready) = Engine::start(EngineParts {
            open: Box::new(move |_| Ok((Arc::clone(&store), Vec::new()))),
            collectors: vec![collector.clone()],
            ledger: Arc::new(MemoryLedger::new()),
            clock,
            redactor: Redactor::new([1; 32]),
            sources: vec![source],
            discovered: Vec::new(),
            demo: false,
            data_dir: "memory".into(),
            limits: Limits::default(),
            retention: RetentionPolicy::default(),
            schedule: Schedule::default(),
            notifier: None,
            log: None,
            background: None,
            warm: true,
        });
        ready.await??;
        let bench = Self { engine, collector, scope: key };
        let mut events = bench.engine.events();
        bench.engine.ask(Command::Follow { on: true }).await?;
        bench
            .engine
            .ask(Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() })
            .await?;
        let all = (PODS + 2 * PODS / SET) as u64;
        while !matches!(events.recv().await, Ok(Event::Published { total, .. }) if total == all) {}
        Ok(bench)
    }

    /// Some pods and a replica set change, and it is waited for what follows from that.
    async fn change(&self, round: usize) -> Outcome<()> {
        let mut events = self.engine.events();
        let mut batch: Vec<Item> = Vec::new();
        for n in 0..CHANGES {
            batch.push(Item::Upsert(Box::new(pod((n * 499 + round * 7) % PODS, round + 1)?)));
        }
        batch.push(Item::Upsert(Box::new(set(round % 10, round + 1)?)));
        self.collector.tell(&self.scope, batch);
        while !matches!(events.recv().await, Ok(Event::Published { .. })) {}
        Ok(())
    }

    async fn ask(&self, what: &str, command: Command, times: &mut Times) -> Outcome<()> {
        let (wall, used) = (Instant::now(), spent());
        let reply = self.engine.ask(command).await?;
        times.entry(what.to_owned()).or_default().push((spent().saturating_sub(used), wall.elapsed()));
        match reply {
            Reply::Owned(owned) if owned.total > 0 => Ok(()),
            Reply::Groups(groups) if groups.total > 0 => Ok(()),
            other => Err(format!("{what}: {other:?}").into()),
        }
    }

    async fn round(&self, times: &mut Times) -> Outcome<()> {
        let (cluster, namespace) = (format!("account={CLUSTER}"), "prop.metadata.namespace");
        let place = format!("{cluster} {namespace}=large");
        let groups = |query: &str, by: &str| Command::Groups {
            query: query.to_owned(),
            by: vec![by.to_owned()],
            limit: 500,
            at: None,
        };
        let owned = |place: &str, under: Under| {
            let (place, query) = (place.to_owned(), place.to_owned());
            Command::Owned(OwnedAsk { place, query, under, limit: 500, find: None, at: None })
        };
        let deployment = format!("{CLUSTER}/apps.deployment/large/web0");
        self.ask("clusters", groups("provider=k8s", "account"), times).await?;
        self.ask("namespaces", groups(&cluster, namespace), times).await?;
        self.ask("workloads of 10,000 pods", owned(&place, Under::Place), times).await?;
        self.ask("a deployment of them", owned(&place, Under::Asset(deployment.as_str().into())), times)
            .await?;
        self.ask("owners in all 60,000", owned(&cluster, Under::Place), times).await
    }
}

type Times = BTreeMap<String, Vec<(Duration, Duration)>>;

fn tell(times: &Times) {
    for (what, times) in times {
        let mut used: Vec<f64> = times.iter().map(|(used, _)| used.as_secs_f64() * 1e3).collect();
        used.sort_by(f64::total_cmp);
        let wall = times.iter().map(|(_, wall)| *wall).max().unwrap_or_default();
        let at = |share: f64| used[((used.len() - 1) as f64 * share) as usize];
        println!(
            "  {what}: p50 {:.2} ms, worst {:.2} ms of the processor, {:.1} ms on the wall",
            at(0.5),
            at(1.0),
            wall.as_secs_f64() * 1e3
        );
    }
}

async fn run() -> Outcome<()> {
    let bench = Bench::start().await?;
    let mut times = Times::new();
    bench.round(&mut times).await?;
    println!("the first time");
    tell(&times);
    times.clear();
    for round in 0..ROUNDS {
        bench.change(round).await?;
        bench.round(&mut times).await?;
    }
    println!("after {CHANGES} changes each");
    tell(&times);
    let sum: Duration = times.values().flatten().map(|(used, _)| *used).sum();
    println!(
        "  a round of all: {:.2} ms; two a second are {:.2} % of a core",
        sum.as_secs_f64() * 1e3 / ROUNDS as f64,
        sum.as_secs_f64() * 2e2 / ROUNDS as f64
    );
    bench.engine.shutdown().await;
    Ok(())
}

fn main() -> Outcome<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}
