//! Random schedules of runs over a provider that fails in every way, against a model that is simple enough
//! to be believed: no asset gone without proof, none lost, none doubled, every count and every scope's state
//! as they should be. Runs are cancelled, the process is killed in the middle and starts again on the same
//! store, scopes leave the plan, assets move and are made anew under the same name, the clock jumps by days.

mod fate;
mod known;
mod world;

use std::{
    collections::BTreeMap,
    sync::{Arc, Once},
    time::Duration,
};

use cloudscope_domain::{Presence, RecordKey, RunId, Timestamp};
use cloudscope_memory::{ManualClock, MemoryStore, NOW, ScriptedCollector, paged::PagedCollector};
use cloudscope_ports::{AssetStore, Fault, FaultKind};
use proptest::prelude::*;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::harness::{Bench, Tune};
use crate::{Command, GateLimits, Limits, Reply};
use fate::Fate;
use known::{Found, Known, Model, Stands};
use world::{Ending, Round, SCOPES, Thing, World, key, round};

/// An engine in a runtime whose time stands until nothing is left to do.
struct Machine {
    runtime: Runtime,
    bench: Bench,
    provider: Arc<PagedCollector>,
}

fn limits() -> Limits {
    let gate = GateLimits {
        tries: 4,
        backoff: Duration::from_millis(5),
        call: Duration::from_secs(1),
        // Budgets and circuits would carry from one run into the next; they have tests of their own.
        retries: 100_000,
        failures: 100_000,
        throttles: 100_000,
        ..GateLimits::default()
    };
    Limits { attempts: 2, stall: Duration::from_secs(5), gate, ..Limits::default() }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

impl Machine {
    fn new() -> Self {
        let provider = Arc::new(PagedCollector::new());
        let made = Arc::clone(&provider);
        let tune: Tune = Arc::new(move |parts| {
            parts.collectors = vec![made.clone()];
            parts.sources = vec![PagedCollector::source()];
            parts.limits = limits();
        });
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        let script = Arc::new(ScriptedCollector::new("script"));
        Self::on(Arc::new(MemoryStore::new()), script, clock, tune, provider)
    }

    fn on(
        store: Arc<MemoryStore>,
        script: Arc<ScriptedCollector>,
        clock: Arc<ManualClock>,
        tune: Tune,
        provider: Arc<PagedCollector>,
    ) -> Self {
        let runtime = runtime();
        let bench = runtime.block_on(Bench::start_on(store, script, clock, tune));
        Self { runtime, bench, provider }
    }

    /// The process dies: nothing more is written, nobody is told. Another one starts on what is stored.
    fn kill(self) -> Self {
        let Self { runtime, bench, provider } = self;
        let Bench { engine, store, clock, tune, collector } = bench;
        store.set_full(true);
        engine.stop.store(true, std::sync::atomic::Ordering::Release);
        let writer = engine.writer.lock().unwrap().take().unwrap();
        drop(engine);
        drop(runtime);
        writer.join().unwrap();
        store.set_full(false);
        Self::on(store, collector, clock, tune, provider)
    }

    fn restart(self) -> Self {
        let Self { runtime, bench, provider } = self;
        let bench = runtime.block_on(bench.restart());
        Self { runtime, bench, provider }
    }

    /// Puts what the provider holds and what goes wrong with it where the collector finds it.
    fn set(&self, world: &World, fates: &[Fate], round: &Round) {
        for (n, fate) in fates.iter().enumerate() {
            if matches!(fate, Fate::LeavesPlan) {
                self.provider.remove(&key(n));
            } else {
                self.provider.put(world::scope_of(n), world.listed(n, fate, round));
            }
        }
    }

    /// One run. Returns how everything is afterwards.
    fn run(mut self, round: &Round, tell: &CancellationToken) -> (Self, RunId) {
        self.bench.clock.advance(round.clock);
        let broken = round.plan_fails();
        self.provider.break_plan(broken.then(|| Fault::new(FaultKind::Unreachable, "plan", "no route")));
        let ask = Command::Collect {
            sources: Vec::new(),
            failed_only: round.failed_only(),
            scopes: round.only().map(|which| which.into_iter().map(key).collect()).unwrap_or_default(),
        };
        let started = self.runtime.block_on(async {
            // Whatever the last run was told to wait for is over.
            tokio::time::advance(Duration::from_secs(7_200)).await;
            self.bench.ask(ask).await
        });
        let Reply::Started(run) = started else { panic!("{started:?}") };
        match round.ending {
            Ending::Kill { .. } => {
                self.runtime.block_on(tell.cancelled());
                self = self.kill();
            }
            Ending::Cancel { .. } => {
                self.runtime.block_on(async {
                    tell.cancelled().await;
                    self.bench.ask(Command::Cancel).await;
                    self.bench.ended(run).await
                });
            }
            _ => {
                self.runtime.block_on(self.bench.ended(run));
            }
        }
        if matches!(round.ending, Ending::Restart) {
            self = self.restart();
        }
        (self, run)
    }

    /// What the engine says now.
    fn found(&self) -> Found {
        self.runtime.block_on(async {
            let rows = self.bench.rows("presence:present,unknown,gone").await;
            let mut found = Found { rows: rows.len(), ..Found::default() };
            for row in rows {
                let key = cloudscope_domain::AssetKey { id: row.id, incarnation: row.incarnation };
                let record = RecordKey { source: row.source, key: key.clone() };
                let record = self.bench.store.get(&record).unwrap().expect("a row is stored");
                let known = match row.presence {
                    Presence::Present => Known::Present,
                    Presence::Unknown { why, .. } => Known::Unknown(why),
                    Presence::Gone { .. } => Known::Gone,
                };
                found.things.insert(Thing::of(&key), (known, world::number(&record.scope)));
            }
            for scope in self.bench.health().await {
                if let Some(n) = (0..SCOPES).find(|n| key(*n) == scope.key) {
                    let stands = Stands {
                        state: scope.coverage.state,
                        whole: scope.coverage.whole,
                        cancelled: scope.coverage.cancelled,
                        run: scope.run,
                    };
                    found.scopes.insert(n, stands);
                }
            }
            let overview = self.bench.overview().await;
            (found.total, found.unknown, found.gone) = (overview.total, overview.unknown, overview.gone);
            found
        })
    }
}

/// Panics that a test asks for are not printed.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let asked = info.payload().downcast_ref::<&str>();
            if !asked.is_some_and(|text| ["the collector panics", "the look-up panics"].contains(text)) {
                usual(info);
            }
        }));
    });
}

fn play(rounds: &[Round]) {
    quiet();
    let mut machine = Machine::new();
    let (mut world, mut model) = (World::default(), Model::default());
    for round in rounds {
        world.live(&round.events);
        let tell = CancellationToken::new();
        let fates = round.fates(&tell);
        let seen: Vec<Vec<Thing>> = (0..SCOPES).map(|n| world.seen(n, &fates[n])).collect();
        machine.set(&world, &fates, round);
        let (after, run) = machine.run(round, &tell);
        machine = after;
        let found = machine.found();
        let looks: BTreeMap<Thing, usize> = world.things.iter().map(|(t, n)| (t.clone(), *n)).collect();
        if round.is_cut() {
            model.bounds(&fates, &seen, &looks, run, round, &found);
            model.adopt(&found);
        } else {
            model.step(&fates, &seen, &looks, round, &found);
            model.equals(&found, round);
        }
        found.is_consistent();
    }
    machine.runtime.block_on(machine.bench.engine.shutdown());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_inventory_equals_the_model(rounds in prop::collection::vec(round(), 4..14)) {
        play(&rounds);
    }
}
