//! The estate as a whole: which asset has which number, what it says in which round, and in which scope it is
//! listed.

use std::sync::Arc;

use cloudscope_domain::{
    Asset, AssetId, AssetKey, Coverage, CoverageState, Kind, ListingMode, Payload, Record, Reference,
    Revision, RunId, Scope, ScopeKey, ScopeState, Sighting, Status, StatusClass, Target, Timestamp, Unseen,
};

use crate::{
    dice::{below, hex, mix},
    identity,
    kinds::{CELL, Shape, To},
    payload,
    thing::{Place, Provider, Thing},
};

/// The wall clock of the estate: nothing in it was created later.
pub const NOW: i64 = 1_795_000_000_000;
/// Places that an estate is spread over at the most.
const MOST_PLACES: usize = 400;
const DAY: i64 = 86_400_000;

/// An estate. Cheap to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estate {
    seed: u64,
    assets: usize,
    /// How many of 1,000 assets a round changes.
    churn: u64,
}

impl Estate {
    /// An estate of so many assets; another one for every seed. In each round ten of a thousand change, and one
    /// of a thousand is not there.
    #[must_use]
    pub fn new(seed: u64, assets: usize) -> Self {
        Self { seed, assets, churn: 10 }
    }

    /// So many of a thousand change in each round, and a tenth as many are not there.
    #[must_use]
    pub fn churn(self, per_mille: u64) -> Self {
        Self { churn: per_mille.min(1_000), ..self }
    }

    /// How many assets it has, those included that a round lacks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.assets
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.assets == 0
    }

    fn cells(&self) -> usize {
        self.assets.div_ceil(CELL)
    }

    fn places(&self) -> usize {
        (self.cells() / 2).clamp(self.cells().min(10), MOST_PLACES).max(1)
    }

    fn place(&self, cell: usize) -> Place {
        Place::new(self.seed, cell % self.places())
    }

    /// Asset number `n`.
    fn thing(&self, n: usize) -> Thing {
        let (cell, mut at) = (n / CELL, n % CELL);
        let place = self.place(cell);
        let shapes = place.provider.shapes();
        for shape in shapes {
            if at < shape.count {
                return Thing::new(self.seed, place, cell, shape, at);
            }
            at -= shape.count;
        }
        // The counts of a provider add up to a cell; a test says so.
        Thing::new(self.seed, place, cell, &shapes[0], at)
    }

    /// The number of an asset of that kind in a cell, if the estate is so large.
    fn number(&self, place: &Place, cell: usize, shape: &Shape, nth: usize) -> Option<usize> {
        let before: usize =
            place.provider.shapes().iter().take_while(|s| s.kind != shape.kind).map(|s| s.count).sum();
        let n = cell * CELL + before + nth;
        (n < self.assets).then_some(n)
    }

    /// How often an asset changed up to a round.
    #[must_use]
    pub fn version(&self, n: usize, round: u64) -> u64 {
        (1..=round).filter(|r| mix(self.seed ^ 0xc4, mix(n as u64, *r)) % 1_000 < self.churn).count() as u64
    }

    /// Whether an asset is there in a round. In round 0 all are.
    #[must_use]
    pub fn present(&self, n: usize, round: u64) -> bool {
        n < self.assets && (round == 0 || mix(self.seed ^ 0x90, mix(n as u64, round)) % 10_000 >= self.churn)
    }

    fn at(&self, place: &Place, cell: usize, kind: &str, nth: impl Fn(&Shape) -> usize) -> Option<Thing> {
        let shape = place.provider.shapes().iter().find(|s| s.kind == kind)?;
        Some(self.thing(self.number(place, cell, shape, nth(shape))?))
    }

    /// What a reference leads to.
    fn leads(&self, thing: &Thing, place: usize, to: To) -> Option<Target> {
        let roll = |n: u64| thing.roll(500 + place as u64 * 10 + n);
        let target = match to {
            To::Near(kind) => {
                self.at(&thing.place, thing.cell, kind, |s| below(roll(0), s.count)).filter(|t| {
                    // Nothing refers to itself.
                    !std::ptr::eq(t.shape, thing.shape) || t.nth != thing.nth
                })?
            }
            To::Hub(kind, few) => {
                let first = thing.cell % self.places();
                self.at(&thing.place, first, kind, |s| below(roll(0), few.min(s.count)))?
            }
            To::Center(kind) => {
                let first = self.place(0);
                self.at(&first, 0, kind, |_| 0).filter(|_| roll(1) % 2 == 0)?
            }
            To::Previous => {
                let (cell, nth) = match thing.nth {
                    0 => (thing.cell.checked_sub(self.places())?, thing.shape.count - 1),
                    n => (thing.cell, n - 1),
                };
                self.at(&thing.place, cell, thing.shape.kind, |_| nth)?
            }
            To::Machine => {
                // The clusters 8 and 9 of ten places run on the machines of the places 0 and 1.
                let offset = thing.place.number % 10;
                let cell = thing.cell.checked_sub(8).filter(|_| offset >= 8)?;
                let machines = self.place(cell);
                if machines.provider != Provider::Aws {
                    return None;
                }
                self.at(&machines, cell, "aws.ec2.instance", |_| thing.nth)?
            }
            To::Nowhere(prefix) => {
                let mut name = format!("{prefix}-0");
                hex(&mut name, mix(self.seed, roll(1) % 64), 16);
                return Some(Target::Named { kind: None, name: name.into() });
            }
        };
        Some(match identity::aliases(&target).pop() {
            Some(name) => {
                let kind = (to != To::Machine).then(|| kind(target.shape));
                Target::Named { kind, name: name.into() }
            }
            None => Target::Id(identity::id(&target).as_str().into()),
        })
    }

    /// Asset number `n` as a collector sees it in a round.
    #[must_use]
    pub fn sighting(&self, n: usize, round: u64) -> Sighting {
        self.revised(n, self.version(n, round))
    }

    /// Asset number `n` after so many changes, in whichever round that is.
    #[must_use]
    pub fn revised(&self, n: usize, version: u64) -> Sighting {
        let thing = self.thing(n);
        let mut references = Vec::with_capacity(thing.shape.refs.len());
        for (place, (relation, rule, to)) in thing.shape.refs.iter().enumerate() {
            if let Some(target) = self.leads(&thing, place, *to) {
                references.push(Reference {
                    relation: (*relation).into(),
                    target,
                    reverse: false,
                    confidence: 1.0,
                    rule: (*rule).into(),
                });
            }
        }
        let paths: Vec<(&str, &str)> = references
            .iter()
            .filter(|r| r.relation.as_str() != "same-as")
            .map(|r| (&*r.rule, name(&r.target)))
            .collect();
        let word = (!thing.shape.words.is_empty())
            .then(|| thing.shape.words[below(thing.roll(3).wrapping_add(version), thing.shape.words.len())]);
        let days = 2 + i64::try_from(thing.roll(4) % 900).unwrap_or(0);
        let created = Timestamp::from_millis(
            NOW - days * DAY + i64::try_from(thing.roll(8) % 86_400).unwrap_or(0) * 1000,
        );
        let text = payload::payload(&thing, word, created, &paths, version);
        Sighting {
            asset: Asset {
                key: AssetKey::new(identity::id(&thing), ""),
                kind: kind(thing.shape),
                category: thing.shape.category,
                provider: thing.place.provider.name().into(),
                name: identity::name(&thing).into(),
                account: thing.place.account().into(),
                region: thing.place.region.into(),
                zone: identity::zone(&thing).into(),
                status: word.map(|w| Status { word: w.into(), class: class(w) }),
                tags: identity::tags(&thing),
                created_at: Some(created),
                addresses: identity::addresses(&thing),
                aliases: identity::aliases(&thing),
                declares: None,
                properties: Payload::from_text(text).unwrap_or_default(),
            },
            references,
            volatile: Arc::from([]),
            sets: Arc::from([]),
        }
    }

    /// Asset number `n` after so many changes as it is stored, when `source` collected it.
    #[must_use]
    pub fn record(&self, source: &str, n: usize, version: u64) -> Record {
        let sighting = self.revised(n, version);
        Record {
            scope: self.key(source, &self.thing(n)).into(),
            first_seen: sighting.asset.created_at.unwrap_or(Timestamp::from_millis(NOW)),
            asset: sighting.asset,
            references: sighting.references,
            changed_at: Timestamp::from_millis(NOW - 60_000 + i64::try_from(version).unwrap_or(0)),
            revision: Revision(version + 1),
            run: RunId(version + 1),
            gone: None,
        }
    }

    fn key(&self, source: &str, thing: &Thing) -> ScopeKey {
        ScopeKey::new(source, thing.shape.listing).account(thing.place.account()).region(thing.place.region)
    }

    /// Every scope, in a stable order.
    #[must_use]
    pub fn scopes(&self, source: &str) -> Vec<Scope> {
        let places = (0..self.places().min(self.cells())).map(|n| Place::new(self.seed, n));
        let all = places.flat_map(|place| {
            place.provider.shapes().iter().map(move |shape| Scope {
                key: ScopeKey::new(source, shape.listing).account(place.account()).region(place.region),
                mode: if place.provider == Provider::K8s { ListingMode::Snapshot } else { ListingMode::Weak },
                kinds: vec![kind(shape)],
            })
        });
        let mut all: Vec<Scope> = all.collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all.dedup_by(|a, b| a.key == b.key);
        all
    }

    /// The numbers of the assets of a scope, in order.
    pub fn of_scope(&self, scope: &ScopeKey) -> impl Iterator<Item = usize> + use<> {
        let estate = *self;
        let places: Vec<usize> = (0..self.places())
            .filter(|n| {
                let place = Place::new(self.seed, *n);
                place.account() == scope.account && place.region == scope.region
            })
            .collect();
        let listing = scope.listing.clone();
        let step = self.places();
        let cells = places.into_iter().flat_map(move |p| (p..estate.cells()).step_by(step));
        cells.flat_map(move |cell| {
            let place = estate.place(cell);
            let shape = place.provider.shapes().iter().find(|s| *listing == *s.listing);
            shape.into_iter().flat_map(move |shape| {
                (0..shape.count).filter_map(move |nth| estate.number(&place, cell, shape, nth))
            })
        })
    }

    /// The scope of a record as it stands after a whole listing.
    #[must_use]
    pub fn listed(scope: Scope, run: RunId) -> ScopeState {
        ScopeState {
            scope,
            coverage: Coverage {
                state: CoverageState::Ok,
                last_good: Some(Timestamp::from_millis(NOW)),
                ..Coverage::default()
            },
            run,
            unseen: Unseen::None,
            failing_since: None,
            last_seen: Some(Timestamp::from_millis(NOW)),
        }
    }

    /// The asset that more refer to than to any other.
    #[must_use]
    pub fn hub(&self) -> AssetId {
        let first = self.place(0);
        let key = self.at(&first, 0, "aws.kms.key", |_| 0);
        key.map_or_else(|| AssetId::from(""), |key| identity::id(&key).as_str().into())
    }

    /// How long the longest chain of the estate is, in references.
    #[must_use]
    pub fn longest_chain(&self) -> usize {
        let snapshots = (0..self.assets).rev().map(|n| self.thing(n)).find(|t| t.shape.short == "snap");
        snapshots.map_or(0, |last| last.serial(self.places()))
    }
}

fn kind(shape: &Shape) -> Kind {
    shape.kind.parse().unwrap_or_else(|_| Kind::from_words([shape.kind]))
}

fn name(target: &Target) -> &str {
    match target {
        Target::Id(id) => id.as_str(),
        Target::Named { name, .. } => name,
        Target::Selected(selection) => &selection.within,
    }
}

fn class(word: &str) -> StatusClass {
    match word {
        "stopped" | "TERMINATED" | "PowerState/deallocated" | "Succeeded" => StatusClass::Stopped,
        "pending" | "Pending" | "backing-up" => StatusClass::Pending,
        "storage-full" | "CrashLoopBackOff" => StatusClass::Error,
        "NotReady" | "Unattached" => StatusClass::Warning,
        _ => StatusClass::Ok,
    }
}
