//! Times of arrival are honest, many scopes become groups, and the cursor stays on its scope.

use cloudscope_application::message::{Phase, RunProgress, ScopeProgress};
use cloudscope_domain::{Coverage, ListingMode, RunId, Scope, Timestamp};

use super::{
    live::{Goal, LiveRow, rows},
    *,
};

const START: i64 = 1_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(START + seconds * 1_000)
}

fn scope(source: &str, region: &str, listing: &str) -> ScopeKey {
    ScopeKey::new(source.to_owned(), listing).region(region)
}

fn progress(key: ScopeKey, phase: Phase, seen: u64) -> ScopeProgress {
    let ended = matches!(phase, Phase::Ended(_)).then(|| at(4));
    let started = (phase != Phase::Waiting).then(|| at(0));
    ScopeProgress {
        calls: 0,
        retries: 0,
        throttles: 0,
        last_millis: None,
        created: 0,
        changed: 0,
        gone: 0,
        unknown: 0,
        waits: None,
        scope: key,
        phase,
        seen,
        expected: None,
        last_count: None,
        problems: 0,
        started,
        ended,
        error: None,
    }
}

fn run(scopes: Vec<ScopeProgress>) -> RunProgress {
    RunProgress { run: RunId(1), started: at(0), scopes, ..RunProgress::default() }
}

fn only(scope: ScopeProgress, seconds: i64) -> LiveRow {
    rows(&run(vec![scope]), at(seconds), 10).0.remove(0)
}

#[test]
fn a_time_of_arrival_needs_an_announced_number() {
    let mut scope = progress(scope("aws", "eu", "x"), Phase::Running, 100);
    let row = only(scope.clone(), 10);
    assert_eq!((row.rate(), row.eta(), row.fraction()), (Some(10.0), None, None));

    scope.last_count = Some(200);
    let row = only(scope.clone(), 10);
    assert_eq!((row.goal, row.eta(), row.fraction()), (Goal::LastTime(200), None, Some(0.5)));

    scope.expected = Some(400);
    let row = only(scope.clone(), 10);
    assert_eq!((row.goal, row.eta(), row.fraction()), (Goal::Announced(400), Some(30_000), Some(0.25)));

    assert_eq!(only(scope.clone(), 0).rate(), None, "nothing can be said in the first second");
    scope.seen = 500;
    let row = only(scope, 10);
    assert_eq!((row.eta(), row.fraction()), (None, Some(0.99)), "more than announced is not yet the end");
}

#[test]
fn a_scope_that_ended_keeps_its_time() {
    let row = only(progress(scope("aws", "eu", "x"), Phase::Ended(CoverageState::Denied), 0), 60);
    assert_eq!((row.elapsed, row.fraction(), row.eta()), (Some(4_000), None, None));
    let row = only(progress(scope("aws", "eu", "x"), Phase::Ended(CoverageState::Ok), 5), 60);
    assert_eq!(row.fraction(), Some(1.0));
    let row = only(progress(scope("aws", "eu", "x"), Phase::Waiting, 0), 60);
    assert_eq!((row.elapsed, row.fraction()), (None, Some(0.0)));
}

#[test]
fn many_scopes_become_groups_as_honest_as_their_weakest_part() {
    let mut scopes = Vec::new();
    for region in ["eu", "us"] {
        for listing in ["a", "b", "c"] {
            let phase = match (region, listing) {
                ("eu", "a") => Phase::Ended(CoverageState::Denied),
                ("eu", _) => Phase::Ended(CoverageState::Ok),
                (_, "a") => Phase::Ended(CoverageState::Ok),
                (_, _) => Phase::Waiting,
            };
            scopes.push(progress(scope("aws", region, listing), phase, 10));
        }
    }
    let (groups, hidden) = rows(&run(scopes.clone()), at(5), 4);
    let titles: Vec<&str> = groups.iter().map(|row| row.title.as_str()).collect();
    assert_eq!((titles, hidden), (vec!["aws eu", "aws us"], 0));
    assert_eq!(
        (groups[0].phase, groups[0].scopes, groups[0].seen),
        (Phase::Ended(CoverageState::Denied), (3, 3), 30)
    );
    assert_eq!((groups[1].phase, groups[1].goal), (Phase::Running, Goal::Open));

    for scope in &mut scopes {
        scope.expected = Some(50);
    }
    assert_eq!(rows(&run(scopes.clone()), at(5), 4).0[1].goal, Goal::Announced(110));
    scopes[5].expected = None;
    scopes[5].last_count = Some(7);
    assert_eq!(rows(&run(scopes), at(5), 4).0[1].goal, Goal::LastTime(67));
}

#[test]
fn of_too_many_lines_those_that_matter_are_kept_in_their_order() {
    let states = [
        Phase::Ended(CoverageState::Ok),
        Phase::Waiting,
        Phase::Ended(CoverageState::Denied),
        Phase::Running,
        Phase::Ended(CoverageState::Ok),
    ];
    let scopes =
        states.iter().enumerate().map(|(i, p)| progress(scope(&format!("s{i}"), "", "x"), *p, 0)).collect();
    let (kept, hidden) = rows(&run(scopes), at(5), 2);
    let titles: Vec<&str> = kept.iter().map(|row| row.title.as_str()).collect();
    assert_eq!((titles, hidden), (vec!["s2", "s3"], 3));
}

fn health(source: &str, state: CoverageState) -> ScopeHealth {
    let key = ScopeKey::new(source.to_owned(), "x");
    ScopeHealth {
        recent: Vec::new(),
        p95: None,
        percent: None,
        collector: None,
        key: key.clone(),
        coverage: Coverage { state, ..Coverage::default() },
        scope: Scope { key, mode: ListingMode::Weak, kinds: Vec::new() },
        run: RunId(1),
        unknown: 0,
    }
}

fn names(collectors: &Collectors) -> Vec<String> {
    let health = collectors.health.as_ref().unwrap();
    let entries = collectors.entries(None);
    entries
        .iter()
        .map(|e| if let Entry::Scope(i) = e { health[*i].key.source.to_string() } else { "-".into() })
        .collect()
}

#[test]
fn what_went_wrong_comes_first_and_can_be_alone() {
    let mut collectors = Collectors::default();
    let list = vec![
        health("a", CoverageState::Ok),
        health("b", CoverageState::Partial),
        health("c", CoverageState::Denied),
        health("d", CoverageState::Disabled),
    ];
    collectors.arrived(list, None);
    assert_eq!(names(&collectors), ["c", "b", "d", "a"]);
    collectors.problems_only = true;
    assert_eq!(names(&collectors), ["c", "b"]);
}

#[test]
fn the_cursor_stays_on_its_scope() {
    let mut collectors = Collectors::default();
    collectors.arrived(vec![health("a", CoverageState::Ok), health("b", CoverageState::Ok)], None);
    collectors.stand(1, None);
    let list = vec![health("a", CoverageState::Ok), health("b", CoverageState::Denied)];
    collectors.arrived(list, None);
    assert_eq!((names(&collectors), collectors.at()), (vec!["b".into(), "a".into()], 0));
}

#[test]
fn the_cursor_passes_headings() {
    let overview = Overview { sources: vec![from_json("host")], ..Overview::default() };
    let mut collectors = Collectors::default();
    collectors.arrived(vec![health("host", CoverageState::Ok)], Some(&overview));
    assert_eq!(collectors.entries(Some(&overview)).len(), 3);
    collectors.stand(1, Some(&overview));
    assert_eq!(collectors.current(Some(&overview)), Some(Entry::Source(0)));
    collectors.stand(1, Some(&overview));
    assert_eq!(collectors.current(Some(&overview)), Some(Entry::Scope(0)));
}

/// A source, made from its JSON form because the type belongs to a crate that is not used here.
fn from_json<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let json = serde_json::json!({ "name": name, "collector": "host", "options": {} });
    serde_json::from_value(json).unwrap()
}
