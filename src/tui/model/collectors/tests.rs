//! Times of arrival are honest, many scopes become groups, and the cursor stays on its scope.

use std::sync::Arc;

use cloudscope_application::message::{
    Circuit, CircuitState, Overview, Phase, RunProgress, ScopeHealth, ScopeProgress,
};
use cloudscope_domain::{
    Coverage, CoverageState, ListingMode, RunId, Scope, ScopeKey, SourceName, Timestamp,
};

use super::{
    health::{Entry, Health, circuit},
    live::{Eta, Goal, Tally},
    run::{Line, RunView},
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
        calls: 3,
        retries: 1,
        throttles: 0,
        last_millis: None,
        created: 2,
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
    let scopes = scopes.into_iter().map(Arc::new).collect();
    RunProgress { run: RunId(1), started: at(0), scopes, ..RunProgress::default() }
}

fn view(run: &RunProgress) -> RunView {
    let mut view = RunView::default();
    view.arrived(run, None);
    view
}

#[test]
fn a_time_of_arrival_needs_an_announced_number_or_says_that_it_is_of_the_last_time() {
    let mut scope = progress(scope("aws", "eu", "x"), Phase::Running, 100);
    let now = at(10);
    let row = Tally::of(&scope);
    assert_eq!((row.rate(now), row.eta(now), row.fraction()), (Some(10.0), None, None));

    scope.last_count = Some(200);
    let row = Tally::of(&scope);
    assert_eq!((row.goal(), row.eta(now), row.fraction()), (Goal::LastTime(200), None, Some(0.5)));

    scope.last_millis = Some(25_000);
    assert_eq!(Tally::of(&scope).eta(now), Some(Eta::LikeLastTime(15_000)));
    assert_eq!(Tally::of(&scope).eta(at(30)), None, "it took longer than the last time: no guess");

    scope.expected = Some(400);
    let row = Tally::of(&scope);
    assert_eq!(row.goal(), Goal::Announced(400));
    assert_eq!((row.eta(now), row.fraction()), (Some(Eta::Reckoned(30_000)), Some(0.25)));

    assert_eq!(row.rate(at(0)), None, "nothing can be said in the first second");
    scope.seen = 500;
    let row = Tally::of(&scope);
    assert_eq!((row.eta(now), row.fraction()), (None, Some(0.99)), "more than announced is not the end");
}

#[test]
fn a_scope_that_ended_keeps_its_time() {
    let row = Tally::of(&progress(scope("aws", "eu", "x"), Phase::Ended(CoverageState::Denied), 0));
    assert_eq!((row.elapsed(at(60)), row.fraction(), row.eta(at(60))), (Some(4_000), None, None));
    let row = Tally::of(&progress(scope("aws", "eu", "x"), Phase::Ended(CoverageState::Ok), 5));
    assert_eq!(row.fraction(), Some(1.0));
    let row = Tally::of(&progress(scope("aws", "eu", "x"), Phase::Waiting, 0));
    assert_eq!((row.elapsed(at(60)), row.fraction()), (None, Some(0.0)));
}

#[test]
fn scopes_become_groups_as_honest_as_their_weakest_part() {
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
    let groups = view(&run(scopes.clone())).groups;
    let titles: Vec<&str> = groups.iter().map(|group| group.title.as_str()).collect();
    assert_eq!(titles, ["aws eu", "aws us"]);
    let (eu, us) = (&groups[0].tally, &groups[1].tally);
    assert_eq!((eu.phase(), eu.over(), eu.scopes), (Phase::Ended(CoverageState::Denied), 3, 3));
    assert_eq!((eu.seen, eu.calls, eu.retries, eu.differences), (30, 9, 3, [6, 0, 0, 0]));
    assert_eq!((us.phase(), us.goal()), (Phase::Running, Goal::Open));
    assert_eq!(us.fraction(), Some(1.0 / 3.0), "where nobody knows how much there is, its scopes count");
    assert_eq!(eu.fraction(), Some(2.0 / 3.0), "one of three was not read whole");

    for scope in &mut scopes {
        scope.expected = Some(50);
    }
    assert_eq!(view(&run(scopes.clone())).groups[1].tally.goal(), Goal::Announced(110));
    scopes[5].expected = None;
    scopes[5].last_count = Some(7);
    assert_eq!(view(&run(scopes)).groups[1].tally.goal(), Goal::LastTime(67));
}

#[test]
fn few_scopes_show_and_many_are_folded_and_the_fold_stays() {
    let many = |n: usize| -> RunProgress {
        let key = |i: usize| scope("aws", if i.is_multiple_of(2) { "eu" } else { "us" }, &format!("l{i}"));
        run((0..n).map(|i| progress(key(i), Phase::Running, 1)).collect())
    };
    assert_eq!(view(&many(4)).lines.len(), 6);
    let news = many(68_000);
    let mut view = view(&news);
    assert_eq!(view.lines, [Line::Group(0), Line::Group(1)]);
    assert_eq!((view.all.scopes, view.all.seen), (68_000, 68_000));
    view.at = 1;
    view.fold(Some(true));
    assert_eq!((view.lines.len(), view.at), (34_002, 1));
    view.at = 30_000;
    view.arrived(&news, None);
    assert_eq!((view.lines.len(), view.at), (34_002, 30_000), "news leave fold and cursor alone");
    view.fold(Some(false));
    assert_eq!((view.lines.len(), view.at), (2, 1), "the cursor goes to the group");
    view.fold_all();
    assert_eq!(view.lines.len(), 68_002);
    view.fold_all();
    assert_eq!(view.lines.len(), 2);
}

fn health(source: &str, state: CoverageState) -> ScopeHealth {
    let key = ScopeKey::new(source.to_owned(), "x");
    ScopeHealth {
        recent: Vec::new(),
        p95: None,
        percent: None,
        collector: None,
        followed: None,
        unfollowed: None,
        key: key.clone(),
        account_label: None,
        coverage: Coverage { state, ..Coverage::default() },
        scope: Scope { key, mode: ListingMode::Weak, kinds: Vec::new() },
        run: RunId(1),
        unknown: 0,
    }
}

fn names(list: &Health) -> Vec<String> {
    let scopes = list.scopes.as_ref().unwrap();
    let name =
        |e: &Entry| if let Entry::Scope(i) = e { scopes[*i].key.source.to_string() } else { "-".into() };
    list.entries().iter().map(name).collect()
}

#[test]
fn what_went_wrong_comes_first_and_can_be_alone() {
    let mut list = Health::default();
    let mut missing = health("e", CoverageState::Ok);
    missing.unknown = 3;
    let scopes = vec![
        health("a", CoverageState::Ok),
        missing,
        health("b", CoverageState::Partial),
        health("d", CoverageState::Disabled),
        health("c", CoverageState::Denied),
    ];
    list.arrived(scopes, None);
    assert_eq!((names(&list), list.problems), (["c", "b", "e", "a", "d"].map(String::from).to_vec(), 3));
    list.problems_only = true;
    list.arrange(None);
    assert_eq!(names(&list), ["c", "b", "e"]);
    assert_eq!(list.count_of(&SourceName::from("e".to_owned())), 1);
}

#[test]
fn the_cursor_stays_on_its_scope() {
    let mut list = Health::default();
    list.arrived(vec![health("a", CoverageState::Ok), health("b", CoverageState::Ok)], None);
    list.stand(1, None);
    list.arrived(vec![health("a", CoverageState::Ok), health("b", CoverageState::Denied)], None);
    assert_eq!((names(&list), list.at()), (vec!["b".into(), "a".into()], 0));
}

#[test]
fn the_cursor_passes_headings() {
    let overview = Overview { sources: vec![from_json("host")], ..Overview::default() };
    let mut list = Health::default();
    list.arrived(vec![health("host", CoverageState::Ok)], Some(&overview));
    assert_eq!(list.entries().len(), 3);
    list.stand(1, Some(&overview));
    assert_eq!(list.current(), Some(Entry::Source(0)));
    list.stand(1, Some(&overview));
    assert_eq!(list.current(), Some(Entry::Scope(0)));
}

#[test]
fn a_circuit_stands_before_the_scopes_of_its_account_region_and_service() {
    let breaker = |account: &str, endpoint: &str| Circuit {
        account: account.into(),
        endpoint: endpoint.into(),
        state: CircuitState::Open,
        failures: 5,
        next_try: None,
        error: String::new(),
    };
    let key = ScopeKey::new("aws", "ec2:DescribeVolumes").account("prod").region("eu-west-1");
    for (account, endpoint, stands) in [
        ("prod", "ec2 eu-west-1", true),
        ("", "ec2.eu-west-1.amazonaws.com", true),
        ("prod", "EC2/eu-west-1", true),
        ("stage", "ec2 eu-west-1", false),
        ("prod", "ec2 eu-west-2", false),
        ("prod", "rds eu-west-1", false),
    ] {
        let overview = Overview { circuits: vec![breaker(account, endpoint)], ..Overview::default() };
        assert_eq!(circuit(&key, Some(&overview)).is_some(), stands, "{account} {endpoint}");
    }
}

/// A source, made from its JSON form.
fn from_json<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let json = serde_json::json!({ "name": name, "collector": "host", "options": {} });
    serde_json::from_value(json).unwrap()
}
