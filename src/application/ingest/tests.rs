//! The verdict on the end of an attempt, as a pure function.

use std::collections::HashSet;

use cloudscope_domain::{CoverageState, ListingMode, RunId, Scope, ScopeKey, ScopeState, Timestamp, Unseen};
use proptest::prelude::*;

use super::verdict::{Outcome, Told, judge};

fn scope(mode: ListingMode) -> Scope {
    Scope { key: ScopeKey::new("s", "l"), mode, kinds: Vec::new() }
}

fn outcome(state: CoverageState, whole: bool) -> Outcome {
    Outcome { whole, ..Outcome::of(state) }
}

fn states() -> impl Strategy<Value = CoverageState> {
    prop::sample::select(CoverageState::ALL.to_vec())
}

proptest! {
    #[test]
    fn only_a_whole_listing_removes_and_never_what_it_saw(
        live in prop::collection::hash_set(0_u128..20, 0..20),
        seen in prop::collection::hash_set(0_u128..20, 0..20),
        absent in prop::collection::hash_set(0_u128..20, 0..20),
        outside in prop::collection::hash_set(0_u128..20, 0..20),
        state in states(),
        whole: bool,
        weak: bool,
    ) {
        let seen: HashSet<u128> = seen.intersection(&live).copied().collect();
        let scope = scope(if weak { ListingMode::Weak } else { ListingMode::Snapshot });
        let now = Timestamp::from_seconds(1_000);
        let told = Told { absent, outside };
        let verdict = judge(None, &scope, RunId(1), now, outcome(state, whole), &live, &seen, &told);
        let Told { absent, outside } = told;
        prop_assert!(verdict.gone.iter().all(|(k, _)| !outside.contains(k)));
        prop_assert!(verdict.gone.iter().all(|(k, _)| live.contains(k) && !seen.contains(k)));
        prop_assert!(whole || verdict.gone.iter().all(|(k, _)| absent.contains(k)));
        prop_assert!(verdict.gone.is_empty() || !(whole && weak));
        let gone: HashSet<u128> = verdict.gone.iter().map(|(k, _)| *k).collect();
        for key in live.difference(&gone) {
            prop_assert_eq!(verdict.state.unseen.contains(*key), !seen.contains(key));
        }
        prop_assert_eq!(verdict.state.coverage.assets as usize, live.len() - gone.len());
    }
}

fn none() -> Told {
    Told::default()
}

#[test]
fn a_failure_between_two_misses_starts_the_count_again() {
    let scope = scope(ListingMode::Weak);
    let live = HashSet::from([1, 2]);
    let seen = HashSet::from([1]);
    let at = Timestamp::from_seconds;
    let first =
        judge(None, &scope, RunId(1), at(1), outcome(CoverageState::Ok, true), &live, &seen, &none()).state;
    assert_eq!(first.unseen, Unseen::Some(vec![2]));
    let denied = outcome(CoverageState::Denied, false);
    let second = judge(Some(&first), &scope, RunId(2), at(2), denied, &live, &HashSet::new(), &none()).state;
    assert_eq!((second.unseen.clone(), second.failing_since), (Unseen::All, Some(at(1))));
    let third = judge(
        Some(&second),
        &scope,
        RunId(3),
        at(3),
        outcome(CoverageState::Ok, true),
        &live,
        &seen,
        &none(),
    );
    assert!(third.gone.is_empty());
    let fourth = judge(
        Some(&third.state),
        &scope,
        RunId(4),
        at(4),
        outcome(CoverageState::Ok, true),
        &live,
        &seen,
        &none(),
    );
    assert_eq!(fourth.gone.len(), 1);
    assert_eq!(fourth.state.failing_since, None);
}

#[test]
fn the_time_of_trouble_is_its_first() {
    let scope = scope(ListingMode::Snapshot);
    let live = HashSet::from([1]);
    let mut state: Option<ScopeState> = None;
    for second in 5..9 {
        let fate = outcome(CoverageState::Timeout, false);
        let at = Timestamp::from_seconds(second);
        state =
            Some(judge(state.as_ref(), &scope, RunId(1), at, fate, &live, &HashSet::new(), &none()).state);
    }
    let state = state.unwrap();
    assert_eq!(state.failing_since, Some(Timestamp::from_seconds(5)));
    assert_eq!(state.coverage.last_attempt, Some(Timestamp::from_seconds(8)));
    assert_eq!(state.coverage.last_good, None);
}
