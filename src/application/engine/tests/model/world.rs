//! The truth: what the provider holds, how that changes from run to run, and what its listings show of it.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{AssetKey, ListingMode, Scope, ScopeKey, Sighting};
use cloudscope_memory::paged::{Listed, LookUp};
use cloudscope_ports::{Fault, FaultKind};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::{
    super::harness::asset,
    fate::{Fate, fate},
};

/// Scopes of the provider. Those with an even number are snapshots, the others weak.
pub(super) const SCOPES: usize = 12;
/// Names that things may bear.
const NAMES: u8 = 48;
/// Things on a page.
const PAGE: usize = 2;

/// One thing: a name, and which bearer of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Thing {
    pub(super) name: String,
    pub(super) incarnation: String,
}

impl Thing {
    pub(super) fn of(key: &AssetKey) -> Self {
        let name = key.id.as_str().trim_start_matches("id:").to_owned();
        Self { name, incarnation: key.incarnation.as_str().to_owned() }
    }

    fn sighting(&self) -> Sighting {
        let mut sighting = asset(&self.name, "1");
        sighting.asset.key = AssetKey::new(format!("id:{}", self.name), self.incarnation.as_str());
        sighting
    }
}

/// What becomes different at the provider before a run.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A thing is made in a scope, unless its name is in use.
    Create(u8, usize),
    Delete(u8),
    /// It is deleted and another one is made under the same name.
    Recreate(u8),
    Move(u8, usize),
    /// It moves while the run goes on: both listings show it.
    MoveSeenTwice(u8, usize),
}

/// How a run goes.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    All,
    /// Only some scopes, as bits.
    Some(u16),
    /// Only those that were not read whole.
    Failed,
    PlanFails,
    /// The engine is closed properly afterwards, and another one opened.
    Restart,
    Cancel {
        scope: usize,
        page: usize,
    },
    Kill {
        scope: usize,
        page: usize,
    },
}

/// One run, and what happens before it.
#[derive(Debug, Clone)]
pub(super) struct Round {
    pub(super) events: Vec<Event>,
    fates: Vec<Fate>,
    looks: Vec<u8>,
    pub(super) ending: Ending,
    /// Milliseconds that the wall clock moves before it.
    pub(super) clock: i64,
}

pub(super) fn round() -> impl Strategy<Value = Round> {
    let event = prop_oneof![
        6 => (0..NAMES, 0..SCOPES).prop_map(|(n, s)| Event::Create(n, s)),
        2 => (0..NAMES).prop_map(Event::Delete),
        1 => (0..NAMES).prop_map(Event::Recreate),
        1 => (0..NAMES, 0..SCOPES).prop_map(|(n, s)| Event::Move(n, s)),
        1 => (0..NAMES, 0..SCOPES).prop_map(|(n, s)| Event::MoveSeenTwice(n, s)),
    ];
    let ending = prop_oneof![
        8 => Just(Ending::All),
        1 => any::<u16>().prop_map(Ending::Some),
        1 => Just(Ending::Failed),
        1 => Just(Ending::PlanFails),
        1 => Just(Ending::Restart),
        1 => (0..SCOPES, 0_usize..4).prop_map(|(scope, page)| Ending::Cancel { scope, page }),
        2 => (0..SCOPES, 0_usize..4).prop_map(|(scope, page)| Ending::Kill { scope, page }),
    ];
    let clock =
        prop_oneof![4 => Just(60_000_i64), 1 => Just(86_400_000), 1 => Just(-86_400_000), 1 => Just(0)];
    (
        prop::collection::vec(event, 4..24),
        prop::collection::vec(fate(), SCOPES),
        prop::collection::vec(0_u8..6, SCOPES),
        ending,
        clock,
    )
        .prop_map(|(events, fates, looks, ending, clock)| Round { events, fates, looks, ending, clock })
}

impl Round {
    /// It was cut off, so that only bounds are known of what it left.
    pub(super) fn is_cut(&self) -> bool {
        matches!(self.ending, Ending::Cancel { .. } | Ending::Kill { .. })
    }

    pub(super) fn is_killed(&self) -> bool {
        matches!(self.ending, Ending::Kill { .. })
    }

    pub(super) fn plan_fails(&self) -> bool {
        matches!(self.ending, Ending::PlanFails)
    }

    pub(super) fn failed_only(&self) -> bool {
        matches!(self.ending, Ending::Failed)
    }

    /// Only these scopes; `None` for all. At least one is named.
    pub(super) fn only(&self) -> Option<Vec<usize>> {
        let Ending::Some(bits) = self.ending else { return None };
        Some((0..SCOPES).filter(|n| *n == 0 || bits >> n & 1 == 1).collect())
    }

    pub(super) fn fates(&self, tell: &CancellationToken) -> Vec<Fate> {
        let mut fates = self.fates.clone();
        if let Ending::Cancel { scope, page } | Ending::Kill { scope, page } = self.ending {
            fates[scope] = Fate::Reached(page, tell.clone());
        }
        fates
    }

    /// How a look-up of a scope goes.
    pub(super) fn looks_up(&self, scope: usize) -> bool {
        self.looks[scope] <= 2
    }

    pub(super) fn look_up(&self, scope: usize, held: Vec<Sighting>) -> LookUp {
        match self.looks[scope] {
            0..=2 => LookUp::Holds(held),
            3 => LookUp::Unclear,
            4 => LookUp::Fails(Fault::new(FaultKind::Denied, "faulty:Describe", "not allowed")),
            _ if scope == 3 => LookUp::Panics,
            _ => LookUp::Cannot,
        }
    }
}

/// What the provider holds.
#[derive(Debug, Default)]
pub(super) struct World {
    /// Every thing, and its scope.
    pub(super) things: BTreeMap<Thing, usize>,
    /// Things that their old scope shows as well in this run.
    also: BTreeMap<Thing, usize>,
    made: BTreeMap<String, u32>,
}

impl World {
    pub(super) fn live(&mut self, events: &[Event]) {
        self.also.clear();
        for event in events {
            match event {
                Event::Create(n, scope) => {
                    if self.named(*n).is_none() {
                        self.make(*n, *scope);
                    }
                }
                Event::Delete(n) => {
                    self.delete(*n);
                }
                Event::Recreate(n) => {
                    if let Some(scope) = self.delete(*n) {
                        self.make(*n, scope);
                    }
                }
                Event::Move(n, to) => {
                    if let Some(thing) = self.named(*n) {
                        self.also.remove(&thing);
                        self.things.insert(thing, *to);
                    }
                }
                Event::MoveSeenTwice(n, to) => {
                    if let Some(thing) = self.named(*n)
                        && let Some(from) = self.things.insert(thing.clone(), *to)
                        && from != *to
                    {
                        self.also.insert(thing, from);
                    }
                }
            }
        }
    }

    fn named(&self, n: u8) -> Option<Thing> {
        self.things.keys().find(|t| t.name == format!("n{n}")).cloned()
    }

    fn make(&mut self, n: u8, scope: usize) {
        let name = format!("n{n}");
        let made = self.made.entry(name.clone()).or_default();
        *made += 1;
        self.things.insert(Thing { name, incarnation: made.to_string() }, scope);
    }

    fn delete(&mut self, n: u8) -> Option<usize> {
        let thing = self.named(n)?;
        self.also.remove(&thing);
        self.things.remove(&thing)
    }

    /// The pages of a scope, before anything goes wrong but an item that moves between pages.
    fn pages(&self, scope: usize, fate: &Fate) -> Vec<Vec<Thing>> {
        let own = self.things.iter().filter(|(_, s)| **s == scope).map(|(t, _)| t);
        let also = self.also.iter().filter(|(_, s)| **s == scope).map(|(t, _)| t);
        let mut all: Vec<Thing> = own.chain(also).collect::<BTreeSet<_>>().into_iter().cloned().collect();
        if matches!(fate, Fate::Misses) && is_weak(scope) && !all.is_empty() {
            all.remove(all.len() / 2);
        }
        let mut pages: Vec<Vec<Thing>> = all.chunks(PAGE).map(<[Thing]>::to_vec).collect();
        if pages.is_empty() {
            pages.push(Vec::new());
        }
        if matches!(fate, Fate::Twice)
            && let Some(first) = all.first()
        {
            pages.push(vec![first.clone(), first.clone()]);
        }
        pages
    }

    /// What the listing of a scope shows before it ends.
    pub(super) fn seen(&self, scope: usize, fate: &Fate) -> Vec<Thing> {
        let pages = self.pages(scope, fate);
        let shown = fate.pages(pages.len());
        let seen: BTreeSet<Thing> = pages.into_iter().take(shown).flatten().collect();
        seen.into_iter().collect()
    }

    /// What the collector finds at a scope.
    pub(super) fn listed(&self, scope: usize, fate: &Fate, round: &Round) -> Listed {
        let pages = self.pages(scope, fate);
        let mishap = fate.mishap(pages.len());
        let held = self.things.iter().filter(|(_, s)| **s == scope).map(|(t, _)| t.sighting());
        Listed {
            look_up: round.look_up(scope, held.collect()),
            pages: pages.into_iter().map(|p| p.iter().map(Thing::sighting).collect()).collect(),
            mishap,
        }
    }
}

pub(super) fn is_weak(scope: usize) -> bool {
    scope % 2 == 1
}

pub(super) fn key(scope: usize) -> ScopeKey {
    ScopeKey::new("faulty", "things").account(format!("{scope:02}"))
}

pub(super) fn number(key: &ScopeKey) -> usize {
    key.account.parse().unwrap()
}

pub(super) fn scope_of(scope: usize) -> Scope {
    let mode = if is_weak(scope) { ListingMode::Weak } else { ListingMode::Snapshot };
    Scope { key: key(scope), mode, kinds: vec!["test.thing".parse().unwrap()] }
}
