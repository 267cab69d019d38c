//! Random interleavings of listings, of what happens live and what is never told, of follows that break and
//! go on or list anew, of scopes that leave the plan and come back, of runs, restarts and kills, against a model that is simple enough to be believed:
//! after a fresh listing the inventory is the truth, and nothing is gone without proof.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cloudscope_domain::{
    AssetKey, CoverageState, ListingMode, Presence, Proof, RecordKey, Scope, Sighting, Timestamp,
};
use cloudscope_memory::{ManualClock, MemoryStore, NOW, ScriptedCollector, Step, listing};
use cloudscope_ports::{AssetStore, Fault, FaultKind, Item, Left};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::harness::{Bench, Tune, asset, scope};
use crate::Command;

const SCOPES: usize = 3;
const NAMES: u8 = 6;

/// One thing becomes different at the provider.
#[derive(Debug, Clone)]
enum Act {
    Put(u8),
    Delete(u8),
}

#[derive(Debug, Clone)]
enum Op {
    /// It happens, and whoever follows says so; twice, if that is so.
    Live(usize, Vec<Act>, bool),
    /// It happens, and nobody ever says so.
    Quiet(usize, Act),
    /// The follow lists anew.
    Relist(usize),
    /// It begins to, and breaks after so many things.
    Half(usize, usize),
    Break(usize),
    /// A broken follow goes on from where it was whole, with what happened since.
    GoOn(usize),
    /// A run; the scopes of these bits fail.
    Run(u8),
    /// The source consists of this scope no more; with a proof that nothing of it is left, or without.
    Leave(usize, bool),
    /// It does again.
    Join(usize),
    Off,
    On,
    Restart,
    Kill,
}

fn op() -> impl Strategy<Value = Op> {
    let act = || prop_oneof![3 => (0..NAMES).prop_map(Act::Put), 2 => (0..NAMES).prop_map(Act::Delete)];
    let scope = || 0..SCOPES;
    prop_oneof![
        8 => (scope(), prop::collection::vec(act(), 1..5), any::<bool>())
            .prop_map(|(n, acts, twice)| Op::Live(n, acts, twice)),
        3 => (scope(), act()).prop_map(|(n, act)| Op::Quiet(n, act)),
        3 => scope().prop_map(Op::Relist),
        2 => (scope(), 0_usize..4).prop_map(|(n, seen)| Op::Half(n, seen)),
        2 => scope().prop_map(Op::Break),
        4 => scope().prop_map(Op::GoOn),
        3 => (0_u8..8).prop_map(Op::Run),
        2 => (scope(), any::<bool>()).prop_map(|(n, proved)| Op::Leave(n, proved)),
        3 => scope().prop_map(Op::Join),
        1 => Just(Op::Off),
        2 => Just(Op::On),
        1 => Just(Op::Restart),
        1 => Just(Op::Kill),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Known {
    Present(u32),
    Unknown,
    Gone,
}

/// How a scope is followed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Follow {
    /// Not at all; when it is switched on it is, if all is known.
    No {
        whole: bool,
    },
    Live,
    Broken,
}

#[derive(Debug, Clone)]
struct Place {
    truth: BTreeMap<u8, u32>,
    known: BTreeMap<u8, Known>,
    /// What is told when a follow goes on.
    missed: Vec<Item>,
    follow: Follow,
    planned: bool,
    /// It left with a proof.
    proved: bool,
}

impl Place {
    /// It is found out that it left the plan.
    fn left(&mut self) {
        if self.proved {
            self.known.values_mut().for_each(|known| *known = Known::Gone);
        } else {
            self.doubt(&[]);
        }
        self.follow = Follow::No { whole: false };
    }

    fn doubt(&mut self, seen: &[u8]) {
        for (name, known) in &mut self.known {
            if !seen.contains(name) && *known != Known::Gone {
                *known = Known::Unknown;
            }
        }
    }

    /// A whole listing.
    fn listed(&mut self) {
        self.known.values_mut().for_each(|known| *known = Known::Gone);
        self.known.extend(self.truth.iter().map(|(name, version)| (*name, Known::Present(*version))));
        self.missed.clear();
    }
}

fn scope_of(n: usize) -> Scope {
    scope(&format!("s{n}"), ListingMode::Snapshot)
}

fn thing(n: usize, name: u8, version: u32) -> Sighting {
    asset(&format!("s{n}-{name}"), &version.to_string())
}

fn seen(n: usize, name: u8, version: u32) -> Item {
    Item::Upsert(Box::new(thing(n, name, version)))
}

fn broken() -> Fault {
    Fault::new(FaultKind::Unreachable, "script:Play", "no route")
}

struct Machine {
    runtime: Runtime,
    bench: Bench,
    places: Vec<Place>,
    version: u32,
    on: bool,
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

impl Machine {
    fn new() -> Self {
        let mut collector = ScriptedCollector::new("script").following();
        for n in 0..SCOPES {
            collector = collector.scope(scope_of(n), listing([]));
        }
        for key in (0..SCOPES).map(|n| scope_of(n).key) {
            // A follow says nothing but what it is told to.
            (0..1_000).for_each(|_| collector.follow_next(&key, vec![Step::Listen]));
        }
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        // Time flies here while nothing is under way.
        let tune: Tune = Arc::new(|parts| parts.limits.silence = Duration::from_secs(1 << 30));
        let (runtime, store) = (runtime(), Arc::new(MemoryStore::new()));
        let bench = runtime.block_on(Bench::start_on(store, Arc::new(collector), clock, tune));
        let place = Place {
            truth: BTreeMap::new(),
            known: BTreeMap::new(),
            missed: Vec::new(),
            follow: Follow::No { whole: false },
            planned: true,
            proved: false,
        };
        Self { runtime, bench, places: vec![place; SCOPES], version: 0, on: false }
    }

    /// The process dies: nothing more is written, nobody is told. Another one starts on what is stored.
    fn kill(self) -> Self {
        let Self { runtime: old, bench, places, version, .. } = self;
        let Bench { engine, store, clock, tune, collector } = bench;
        store.set_full(true);
        engine.stop.store(true, std::sync::atomic::Ordering::Release);
        let writer = engine.writer.lock().unwrap().take().unwrap();
        drop(engine);
        drop(old);
        writer.join().unwrap();
        store.set_full(false);
        let runtime = runtime();
        let bench = runtime.block_on(Bench::start_on(store, collector, clock, tune));
        Self { runtime, bench, places, version, on: false }
    }

    fn restart(self) -> Self {
        let Self { runtime, bench, places, version, .. } = self;
        let bench = runtime.block_on(bench.restart());
        Self { runtime, bench, places, version, on: false }
    }

    /// A new process follows nothing, and no collector of it knows a point to go on from.
    fn forgotten(mut self) -> Self {
        self.places.iter_mut().for_each(|place| place.follow = Follow::No { whole: false });
        self
    }

    /// Something happens in a scope; returns what would be said of it.
    fn happens(&mut self, n: usize, act: &Act) -> Vec<Item> {
        let truth = &mut self.places[n].truth;
        match act {
            Act::Put(name) => {
                self.version += 1;
                truth.insert(*name, self.version);
                vec![seen(n, *name, self.version)]
            }
            Act::Delete(name) => {
                // Also of what was never there: it says so twice, or of a thing that was not told.
                truth.remove(name);
                let key = AssetKey::new(format!("id:s{n}-{name}"), "");
                vec![Item::Delete { key, proof: Proof::DeleteEvent }]
            }
        }
    }

    /// What the engine is told it knows from then on.
    fn told(&mut self, n: usize, items: &[Item]) {
        let known = &mut self.places[n].known;
        for item in items {
            match item {
                Item::Upsert(sighting) => {
                    let name = sighting.asset.name.rsplit('-').next().unwrap().parse().unwrap();
                    let payload = sighting.asset.properties.value();
                    known.insert(name, Known::Present(payload["v"].as_str().unwrap().parse().unwrap()));
                }
                Item::Delete { key, .. } => {
                    let name = key.id.as_str().rsplit('-').next().unwrap().parse().unwrap();
                    known.entry(name).and_modify(|known| *known = Known::Gone);
                }
                _ => {}
            }
        }
    }

    /// Says this, and that all was said.
    fn tell(&mut self, n: usize, mut items: Vec<Item>) {
        self.told(n, &items);
        items.push(Item::Resume);
        self.bench.clock.advance(1_000);
        self.bench.collector.tell(&scope_of(n).key, items);
    }

    fn run(&mut self, fails: u8) {
        for (n, place) in self.places.iter_mut().enumerate() {
            if !place.planned {
                place.left();
                continue;
            }
            let failed = fails >> n & 1 == 1;
            let script = if failed {
                place.doubt(&[]);
                vec![Step::Fail(broken())]
            } else {
                place.listed();
                listing(place.truth.iter().map(|(name, version)| thing(n, *name, *version)))
            };
            self.bench.collector.play_only(&scope_of(n).key, script);
            place.follow = match (self.on, failed) {
                (true, false) => Follow::Live,
                (true, true) => Follow::Broken,
                (false, failed) => Follow::No { whole: !failed },
            };
        }
    }

    fn step(mut self, op: &Op) -> Self {
        match op {
            Op::Live(n, acts, twice) => {
                let items: Vec<Item> = acts.iter().flat_map(|act| self.happens(*n, act)).collect();
                if self.places[*n].follow == Follow::Live {
                    let again = if *twice { items.clone() } else { Vec::new() };
                    self.tell(*n, [items, again].concat());
                } else {
                    self.places[*n].missed.extend(items);
                }
            }
            Op::Quiet(n, act) => {
                self.happens(*n, act);
            }
            Op::Relist(n) if self.places[*n].follow != (Follow::No { whole: false }) && self.on => {
                let truth = self.places[*n].truth.clone();
                let mut items = vec![Item::Begin];
                items.extend(truth.iter().map(|(name, version)| seen(*n, *name, *version)));
                self.tell(*n, items);
                self.places[*n].listed();
                self.places[*n].follow = Follow::Live;
            }
            Op::Half(n, some) if self.places[*n].follow == Follow::Live => {
                let truth: Vec<_> = self.places[*n].truth.iter().take(*some).map(|(k, v)| (*k, *v)).collect();
                let mut items = vec![Item::Begin];
                items.extend(truth.iter().map(|(name, version)| seen(*n, *name, *version)));
                self.told(*n, &items);
                self.bench.collector.tell(&scope_of(*n).key, items);
                self.bench.collector.break_follow(&scope_of(*n).key, broken());
                let names: Vec<u8> = truth.iter().map(|(name, _)| *name).collect();
                self.places[*n].doubt(&names);
                self.places[*n].follow = Follow::Broken;
            }
            Op::Break(n) if self.places[*n].follow == Follow::Live => {
                self.bench.collector.break_follow(&scope_of(*n).key, broken());
                self.places[*n].doubt(&[]);
                self.places[*n].follow = Follow::Broken;
            }
            Op::GoOn(n) if self.places[*n].follow == Follow::Broken => {
                let missed = std::mem::take(&mut self.places[*n].missed);
                // What it knew when it was whole is as it was, unless something happened to it.
                let versions = self.last_versions(*n);
                for (name, known) in &mut self.places[*n].known {
                    if *known == Known::Unknown {
                        *known = Known::Present(versions[name]);
                    }
                }
                self.tell(*n, missed);
                self.places[*n].follow = Follow::Live;
            }
            Op::Run(fails) => {
                self.run(*fails);
                self.runtime.block_on(self.bench.collect());
            }
            Op::Leave(n, proved) if self.places[*n].planned => {
                let (key, place) = (scope_of(*n).key, &mut self.places[*n]);
                (place.planned, place.proved) = (false, *proved);
                if *proved {
                    place.truth.clear();
                }
                let gone = Left::Gone { ids: "id:".into(), why: "it was removed".into() };
                self.bench.collector.set_left(&key, proved.then_some(gone));
                if self.on {
                    self.places[*n].left();
                }
                self.bench.collector.edit_plan(|plan| plan.scopes.retain(|s| s.key != key));
            }
            Op::Join(n) if !self.places[*n].planned => {
                let place = &mut self.places[*n];
                place.planned = true;
                if self.on {
                    // It is followed, and has said nothing yet.
                    place.follow = Follow::Broken;
                }
                self.bench.collector.edit_plan(|plan| plan.scopes.push(scope_of(*n)));
            }
            Op::Off => {
                self.runtime.block_on(self.bench.ask(Command::Follow { on: false }));
                self.on = false;
                for place in &mut self.places {
                    place.follow = match place.follow {
                        Follow::Live => Follow::No { whole: true },
                        Follow::Broken => Follow::No { whole: false },
                        no @ Follow::No { .. } => no,
                    };
                }
            }
            Op::On => self.switch_on(),
            Op::Restart => self = self.restart().forgotten(),
            Op::Kill => self = self.kill().forgotten(),
            Op::Relist(_) | Op::Half(..) | Op::Break(_) | Op::GoOn(_) | Op::Leave(..) | Op::Join(_) => {}
        }
        self
    }

    fn switch_on(&mut self) {
        let lists = !self.on && !self.bench.engine.follows.was_collected();
        self.on = true;
        if lists {
            self.run(0);
        }
        self.runtime.block_on(async {
            self.bench.ask(Command::Follow { on: true }).await;
            self.bench.wait_for(|o| o.run.as_ref().is_none_or(|r| r.ended.is_some())).await;
        });
        for n in 0..SCOPES {
            if !self.places[n].planned {
                self.places[n].left();
            }
            if self.places[n].follow == (Follow::No { whole: true }) {
                self.places[n].follow = Follow::Live;
                let missed = std::mem::take(&mut self.places[n].missed);
                self.tell(n, missed);
            }
        }
    }

    fn last_versions(&self, n: usize) -> BTreeMap<u8, u32> {
        self.found(n).into_iter().map(|(name, (_, version))| (name, version)).collect()
    }

    /// What the engine knows of a scope, with the version that is stored.
    fn found(&self, n: usize) -> BTreeMap<u8, (Known, u32)> {
        let rows = self.runtime.block_on(self.bench.rows("presence:present,unknown,gone"));
        let mut found = BTreeMap::new();
        for row in rows {
            let (of, name) = row.name.split_once('-').unwrap();
            if of != format!("s{n}") {
                continue;
            }
            let key = AssetKey { id: row.id.clone(), incarnation: row.incarnation.clone() };
            let record =
                self.bench.store.get(&RecordKey { source: row.source.clone(), key }).unwrap().unwrap();
            let payload = record.asset.properties.value();
            let version = payload["v"].as_str().unwrap().parse().unwrap();
            let known = match row.presence {
                Presence::Present => Known::Present(version),
                Presence::Unknown { .. } => Known::Unknown,
                Presence::Gone { .. } => Known::Gone,
            };
            assert!(found.insert(name.parse().unwrap(), (known, version)).is_none(), "a row stands twice");
        }
        found
    }

    /// Waits until the engine knows what the model does; on the way there nothing is gone that should not be.
    fn settles(&self, before: &[Place], op: &Op) {
        let begun = std::time::Instant::now();
        loop {
            let mut same = true;
            for (n, place) in self.places.iter().enumerate() {
                let found: BTreeMap<u8, Known> =
                    self.found(n).into_iter().map(|(name, (known, _))| (name, known)).collect();
                for name in found.iter().filter(|(_, known)| **known == Known::Gone).map(|(name, _)| name) {
                    let proved = |p: &Place| p.known.get(name) == Some(&Known::Gone);
                    // Deleted and made anew in one breath.
                    let between = matches!(op, Op::Live(..) | Op::GoOn(_) | Op::On);
                    assert!(
                        proved(place) || proved(&before[n]) || between,
                        "s{n}-{name} is gone without proof after {op:?}"
                    );
                }
                same &= found == place.known;
            }
            // What changes nothing was heard as well, or a process that dies now leaves it to the next one, which
            // would hear it after a listing that is newer.
            same &= self.fresh() && self.bench.collector.is_heard();
            if same {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "after {op:?}: {:#?}", self.places);
            self.runtime.block_on(tokio::time::advance(Duration::from_millis(500)));
            self.runtime.block_on(tokio::task::yield_now());
        }
    }

    /// Scopes stand as the model says, and hold as much.
    fn fresh(&self) -> bool {
        let health = self.runtime.block_on(self.bench.health());
        health.iter().all(|row| {
            let place = (0..SCOPES).find(|n| scope_of(*n).key == row.key).map(|n| &self.places[n]);
            place.is_none_or(|place| {
                let live = place.known.values().filter(|known| **known != Known::Gone).count() as u64;
                let ok = row.coverage.state == CoverageState::Ok;
                let stands = match place.follow {
                    Follow::Live => ok && row.followed.is_some(),
                    Follow::Broken => !ok && row.followed.is_none(),
                    Follow::No { .. } => row.followed.is_none(),
                };
                stands && row.coverage.assets == live
            })
        })
    }
}

fn play(ops: &[Op]) {
    let mut machine = Machine::new();
    machine.switch_on();
    for op in ops {
        let before = machine.places.clone();
        machine = machine.step(op);
        machine.settles(&before, op);
    }
    // Whatever happened: a fresh listing ends with the truth.
    let before = machine.places.clone();
    machine = machine.step(&Op::Run(0));
    machine.settles(&before, &Op::Run(0));
    machine.runtime.block_on(machine.bench.engine.shutdown());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn live_and_listed_the_inventory_equals_the_model(ops in prop::collection::vec(op(), 4..24)) {
        play(&ops);
    }
}
