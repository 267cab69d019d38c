//! The model: what may be said of every thing after a run, from the rules of the design alone.

use std::collections::BTreeMap;

use cloudscope_domain::{CoverageState, RunId, UnknownWhy};

use super::{
    fate::Fate,
    world::{Round, SCOPES, Thing, is_weak},
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Known {
    Present,
    Unknown(UnknownWhy),
    Gone,
}

/// How a scope stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stands {
    pub(super) state: CoverageState,
    pub(super) whole: bool,
    pub(super) cancelled: bool,
    pub(super) run: RunId,
}

/// What the engine says.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) things: BTreeMap<Thing, (Known, usize)>,
    pub(super) scopes: BTreeMap<usize, Stands>,
    pub(super) rows: usize,
    pub(super) total: u64,
    pub(super) unknown: u64,
    pub(super) gone: u64,
}

impl Found {
    /// None is doubled, and the counts are those of the rows.
    pub(super) fn is_consistent(&self) {
        assert_eq!(self.rows, self.things.len(), "a row stands twice");
        let count = |f: fn(&Known) -> bool| self.things.values().filter(|(k, _)| f(k)).count() as u64;
        assert_eq!(self.gone, count(|k| *k == Known::Gone));
        assert_eq!(self.unknown, count(|k| matches!(k, Known::Unknown(_))));
        assert_eq!(self.total + self.gone, self.rows as u64);
    }
}

/// What is known, with the scope that owns each thing, and how each scope stands.
#[derive(Debug, Default)]
pub(super) struct Model {
    things: BTreeMap<Thing, (Known, usize)>,
    scopes: BTreeMap<usize, (CoverageState, bool)>,
}

/// What a run does with a scope.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Untouched,
    /// Written down as not read, for this reason.
    Unread(CoverageState),
    Listed,
}

impl Model {
    fn part(&self, n: usize, fate: &Fate, round: &Round) -> Part {
        let stored = self.scopes.get(&n).map(|(state, _)| *state);
        if round.plan_fails() {
            return match stored {
                None | Some(CoverageState::Disabled) => Part::Untouched,
                Some(_) => Part::Unread(CoverageState::Unreachable),
            };
        }
        if round.only().is_some_and(|only| !only.contains(&n)) {
            return Part::Untouched;
        }
        if matches!(fate, Fate::LeavesPlan) {
            return match stored {
                None | Some(CoverageState::Disabled) => Part::Untouched,
                Some(_) if round.only().is_some() => Part::Untouched,
                Some(_) => Part::Unread(CoverageState::Disabled),
            };
        }
        if round.failed_only() && stored == Some(CoverageState::Ok) { Part::Untouched } else { Part::Listed }
    }

    /// What becomes of a thing that its scope's attempt did not show.
    fn unseen(&self, known: Known, n: usize, fate: &Fate, seen: usize, there: bool, round: &Round) -> Known {
        if known == Known::Gone {
            return Known::Gone;
        }
        if !fate.is_whole() {
            return Known::Unknown(fate.state(seen).into());
        }
        if !is_weak(n) || known == Known::Unknown(UnknownWhy::MissedOnce) {
            return Known::Gone;
        }
        if round.looks_up(n) {
            return if there { Known::Present } else { Known::Gone };
        }
        Known::Unknown(UnknownWhy::MissedOnce)
    }

    /// A run that went to its end.
    pub(super) fn step(
        &mut self,
        fates: &[Fate],
        seen: &[Vec<Thing>],
        truth: &BTreeMap<Thing, usize>,
        round: &Round,
        found: &Found,
    ) {
        let parts: Vec<Part> = (0..SCOPES).map(|n| self.part(n, &fates[n], round)).collect();
        let mut shown: BTreeMap<&Thing, Vec<usize>> = BTreeMap::new();
        for n in (0..SCOPES).filter(|n| parts[*n] == Part::Listed) {
            seen[n].iter().for_each(|thing| shown.entry(thing).or_default().push(n));
        }
        let mut next = BTreeMap::new();
        for (thing, (known, owner)) in &self.things {
            if shown.contains_key(thing) {
                continue;
            }
            let there = truth.get(thing) == Some(owner);
            let now = match parts[*owner] {
                Part::Untouched => *known,
                Part::Unread(_) if *known == Known::Gone => Known::Gone,
                Part::Unread(state) => Known::Unknown(state.into()),
                Part::Listed => self.unseen(*known, *owner, &fates[*owner], seen[*owner].len(), there, round),
            };
            next.insert(thing.clone(), (now, *owner));
        }
        for (thing, scopes) in shown {
            // Of two scopes that show it the later one owns it; which that is nobody can know.
            let owner = found.things.get(thing).map(|(_, owner)| *owner).filter(|o| scopes.contains(o));
            next.insert(thing.clone(), (Known::Present, owner.unwrap_or(scopes[0])));
        }
        self.things = next;
        for (n, part) in parts.into_iter().enumerate() {
            match part {
                Part::Untouched => {}
                Part::Unread(state) => {
                    self.scopes.insert(n, (state, false));
                }
                Part::Listed => {
                    self.scopes.insert(n, (fates[n].state(seen[n].len()), fates[n].is_whole()));
                }
            }
        }
    }

    /// The engine says the same.
    pub(super) fn equals(&self, found: &Found, round: &Round) {
        for (thing, want) in &self.things {
            assert_eq!(found.things.get(thing), Some(want), "{thing:?} after {round:?}");
        }
        assert_eq!(found.things.len(), self.things.len(), "after {round:?}");
        for (n, want) in &self.scopes {
            let stands = found.scopes.get(n).map(|s| (s.state, s.whole));
            assert_eq!(stands, Some(*want), "scope {n} after {round:?}");
        }
        assert_eq!(found.scopes.len(), self.scopes.len(), "after {round:?}");
    }

    /// A run that was cut off: only what can be said of it without knowing when.
    pub(super) fn bounds(
        &self,
        fates: &[Fate],
        seen: &[Vec<Thing>],
        truth: &BTreeMap<Thing, usize>,
        run: RunId,
        round: &Round,
        found: &Found,
    ) {
        let stands = |n: usize| found.scopes.get(&n).filter(|s| s.run == run);
        let planned = |n: usize| !matches!(fates[n], Fate::LeavesPlan);
        let ended = |n: usize| stands(n).is_some_and(|s| !s.cancelled);
        for n in (0..SCOPES).filter(|n| planned(*n) && ended(*n)) {
            let state = stands(n).map(|s| (s.state, s.whole));
            let want = (fates[n].state(seen[n].len()), fates[n].is_whole());
            assert_eq!(state, Some(want), "scope {n} after {round:?}");
        }
        let shown = |thing: &Thing, by: &dyn Fn(usize) -> bool| {
            (0..SCOPES).any(|n| planned(n) && by(n) && seen[n].contains(thing))
        };
        for (thing, (known, owner)) in &self.things {
            let Some((now, by)) = found.things.get(thing) else {
                panic!("{thing:?} is lost after {round:?}")
            };
            let there = truth.get(thing) == Some(owner);
            let may = match now {
                same if same == known => true,
                Known::Present => {
                    shown(thing, &|_| true) || (there && round.looks_up(*owner) && fates[*owner].is_whole())
                }
                // A first attempt that did not end, or one that ended or was stopped without showing it.
                Known::Unknown(_) => {
                    *known != Known::Gone && (stands(*by).is_some() || round.is_killed())
                        || shown(thing, &|n| n == *by)
                }
                Known::Gone => {
                    ended(*owner)
                        && planned(*owner)
                        && !seen[*owner].contains(thing)
                        && self.unseen(*known, *owner, &fates[*owner], seen[*owner].len(), there, round)
                            == Known::Gone
                }
            };
            assert!(may, "{thing:?} of {owner} was {known:?} and is {now:?} of {by} after {round:?}");
        }
        for thing in found.things.keys().filter(|thing| !self.things.contains_key(*thing)) {
            assert!(shown(thing, &|_| true), "{thing:?} was never shown: {round:?}");
        }
        for n in (0..SCOPES).filter(|n| planned(*n) && ended(*n)) {
            for thing in &seen[n] {
                assert!(
                    found.things.contains_key(thing),
                    "{thing:?} was shown by {n}, which ended: {round:?}"
                );
            }
        }
    }

    /// Goes on from what the engine says.
    pub(super) fn adopt(&mut self, found: &Found) {
        self.things.clone_from(&found.things);
        self.scopes = found.scopes.iter().map(|(n, s)| (*n, (s.state, s.whole))).collect();
    }
}
