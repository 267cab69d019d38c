//! The Collectors screen: a run as it goes, how every scope stands, what was found.

pub(super) mod grants;
mod many;
mod papers;
mod start;

use std::sync::Arc;

use cloudscope_application::{
    Command, Event as SessionEvent,
    message::{Circuit, CircuitState, Phase, Planned, RunProgress, ScopeHealth, ScopeProgress},
};
use cloudscope_domain::{Coverage, CoverageState, ListingMode, Revision, RunId, Scope, ScopeKey};
use insta::assert_snapshot;

use super::harness::{Bench, now, numbered};
use crate::{effect::Tag, event::Event, glyphs::Glyphs, model::overlay::Overlay, update::next_wake};

fn key(source: &str, region: &str, listing: &str) -> ScopeKey {
    ScopeKey::new(source.to_owned(), listing).account("prod").region(region)
}

fn health(key: ScopeKey, state: CoverageState) -> ScopeHealth {
    let whole = state == CoverageState::Ok;
    ScopeHealth {
        recent: if state == CoverageState::Never { Vec::new() } else { vec![state; 3] },
        p95: whole.then_some(840),
        percent: whole.then_some(100),
        collector: None,
        followed: None,
        unfollowed: None,
        key: key.clone(),
        account_label: None,
        coverage: Coverage {
            state,
            last_attempt: (state != CoverageState::Never).then(|| now().plus_millis(-180_000)),
            last_good: whole.then(|| now().plus_millis(-180_000)),
            assets: if whole { 1_204 } else { 0 },
            ..Coverage::default()
        },
        scope: Scope { key, mode: ListingMode::Weak, kinds: vec!["aws.ec2.instance".parse().unwrap()] },
        run: RunId(6),
        unknown: 0,
    }
}

fn estate(size: (u16, u16)) -> Bench {
    let mut bench = Bench::ready(size, numbered(20));
    let mut denied = health(key("aws-prod", "eu-west-1", "ec2:DescribeVolumes"), CoverageState::Denied);
    denied.coverage.missing_permission = Some("ec2:DescribeVolumes".into());
    denied.coverage.error = Some("not authorized to perform this operation".into());
    denied.coverage.last_good = Some(now().plus_millis(-6 * 3_600_000));
    denied.unknown = 312;
    denied.percent = Some(0);
    denied.p95 = Some(2_400);
    denied.recent =
        [vec![CoverageState::Ok; 6], vec![CoverageState::Throttled, CoverageState::Denied]].concat();
    let mut partial = health(ScopeKey::new("host", "sockets"), CoverageState::Partial);
    partial.coverage.problem_count = 1_000;
    partial.coverage.problems = vec!["pid 1: the owner's sockets are hidden\u{1b}[2J".into()];
    partial.coverage.assets = 40;
    bench.health = vec![
        health(key("aws-prod", "eu-west-1", "ec2:DescribeInstances"), CoverageState::Ok),
        denied,
        health(key("aws-prod", "us-east-1", "ec2:DescribeInstances"), CoverageState::Disabled),
        health(ScopeKey::new("host", "processes"), CoverageState::Ok),
        partial,
        health(ScopeKey::new("file:/srv/infra/terraform.tfstate", "terraform-state"), CoverageState::Never),
    ];
    bench.overview.circuits = vec![Circuit {
        account: "prod".into(),
        endpoint: "ec2 us-east-1".into(),
        state: CircuitState::Open,
        failures: 5,
        next_try: Some(now().plus_millis(28_000)),
        error: "connection reset by peer".into(),
    }];
    bench.overview.schedule = vec![
        Planned {
            source: "aws-prod".into(),
            rule: "every 15m".into(),
            next: Some(now().plus_millis(720_000)),
        },
        Planned { source: "host".into(), rule: "cron 0 * * * *".into(), next: None },
    ];
    let found = serde_json::json!([
        { "title": "AWS profile staging", "origin": "~/.aws/config", "source": null },
        { "title": "terraform.tfstate", "origin": "/srv/app", "source":
            { "name": "file:/srv/app/terraform.tfstate", "collector": "file", "options": {} } },
        { "title": "this host", "origin": "/proc", "source": { "name": "host", "collector": "host", "options": {} } },
    ]);
    bench.overview.discovered = serde_json::from_value(found).unwrap();
    bench.send(Event::Session(SessionEvent::Ready(Revision(1))));
    bench
}

fn progress(scope: ScopeKey, phase: Phase, seen: u64, expected: Option<u64>) -> ScopeProgress {
    ScopeProgress {
        calls: if phase == Phase::Waiting { 0 } else { 24 },
        retries: u32::from(expected.is_some()) * 3,
        throttles: u32::from(expected.is_some()),
        last_millis: None,
        created: u64::from(matches!(phase, Phase::Ended(_))) * 10,
        changed: 0,
        gone: 0,
        unknown: 0,
        waits: None,
        scope,
        phase,
        seen,
        expected,
        last_count: Some(2_000),
        problems: u64::from(phase == Phase::Ended(CoverageState::Partial)) * 3,
        started: (phase != Phase::Waiting).then(|| now().plus_millis(-12_000)),
        ended: matches!(phase, Phase::Ended(_)).then(|| now().plus_millis(-2_000)),
        error: None,
    }
}

fn run() -> RunProgress {
    RunProgress {
        run: RunId(7),
        started: now().plus_millis(-12_000),
        ended: None,
        cancelled: false,
        scopes: vec![
            progress(
                key("aws-prod", "eu-west-1", "ec2:DescribeInstances"),
                Phase::Running,
                1_000,
                Some(2_200),
            ),
            progress(
                key("aws-prod", "eu-west-1", "ec2:DescribeVolumes"),
                Phase::Ended(CoverageState::Denied),
                0,
                None,
            ),
            progress(ScopeKey::new("host", "processes"), Phase::Running, 412, None),
            progress(ScopeKey::new("host", "sockets"), Phase::Ended(CoverageState::Partial), 40, None),
            progress(key("aws-prod", "us-east-1", "ec2:DescribeInstances"), Phase::Waiting, 0, None),
        ]
        .into_iter()
        .map(Arc::new)
        .collect(),
        created: 10,
        changed: 3,
        gone: 1,
        unknown: 312,
        calls: 96,
        retries: 3,
        throttles: 1,
        rate: 117.4,
        eta: Some(14_000),
        ..RunProgress::default()
    }
}

#[test]
fn eighty_by_twenty_four_shows_the_run_alone() {
    let mut bench = estate((80, 24));
    bench.progress(run());
    assert_snapshot!(bench.keys("4").screen());
}

#[test]
fn eighty_by_twenty_four_shows_health_alone() {
    let mut bench = estate((80, 24));
    bench.progress(run());
    assert_snapshot!(bench.keys("4 tab").screen());
}

#[test]
fn one_hundred_and_twenty_by_thirty_two() {
    let mut bench = estate((120, 32));
    bench.progress(run());
    assert_snapshot!(bench.keys("4 j").screen());
}

#[test]
fn two_hundred_by_fifty() {
    let mut bench = estate((200, 50));
    bench.progress(run());
    assert_snapshot!(bench.keys("4 tab j").screen());
}

#[test]
fn nothing_was_collected_yet() {
    let mut bench = estate((120, 32));
    assert_snapshot!(bench.keys("4").screen());
}

#[test]
fn a_run_that_ended_says_how_and_leaves_the_room_to_health() {
    let mut bench = estate((120, 32));
    bench.progress(run());
    bench.keys("4 tab");
    let mut run = run();
    run.ended = Some(now());
    for scope in run.scopes.iter_mut().map(Arc::make_mut) {
        if !matches!(scope.phase, Phase::Ended(_)) {
            scope.phase = Phase::Ended(CoverageState::Ok);
        }
    }
    bench.progress(run);
    let screen = bench.screen();
    assert!(screen.contains("▲ done, 2 not whole"), "{screen}");
    assert!(!screen.contains("eta") && !screen.contains("PROVIDER, ACCOUNT"), "{screen}");
    let screen = bench.keys("tab").screen();
    assert!(screen.contains("PROVIDER, ACCOUNT"), "the pane that has the keys shows its lines: {screen}");
}

#[test]
fn a_time_of_arrival_only_where_something_is_known() {
    let mut bench = estate((120, 32));
    let mut news = run();
    news.eta = None;
    bench.progress(news);
    let screen = bench.keys("4").screen();
    assert!(screen.contains("eta: no guess yet"), "{screen}");
    let lines: Vec<&str> = screen.lines().filter(|line| line.contains("running")).collect();
    assert!(lines[0].contains("1,000/2,200") && lines[0].contains("14s"), "{screen}");
    assert!(lines[1].contains("412 (~2,000)") && lines[1].matches("12s").count() == 1, "{screen}");
}

#[test]
fn enter_tells_all_that_was_refused() {
    let mut bench = estate((120, 40));
    bench.keys("4 j enter");
    let screen = bench.screen();
    assert!(screen.contains("pid 1: the owner's sockets are hidden␛[2J"), "{screen}");
    assert!(screen.contains("and 999 more, which were counted, not kept"), "{screen}");
}

#[test]
fn what_was_found_says_whether_it_can_be_collected() {
    let mut bench = estate((120, 32));
    let screen = bench.keys("4").screen();
    assert!(screen.contains("AWS profile staging  not yet collectable"), "{screen}");
    assert!(screen.contains(":collect file:/srv/app/terraform.tfstate"), "{screen}");
    assert!(!screen.contains("this host"), "what is a source already is not found again: {screen}");
    bench.keys("G enter");
    assert!(matches!(bench.model.overlays.last(), Some(Overlay::Document(_))));
}

#[test]
fn keys_start_stop_and_retry() {
    let mut bench = estate((120, 32));
    bench.keys("4 s");
    assert_eq!(
        bench.asked.last(),
        Some(&Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() })
    );
    bench.keys("r");
    assert_eq!(
        bench.asked.last(),
        Some(&Command::Collect { sources: Vec::new(), failed_only: true, scopes: Vec::new() })
    );
    bench.progress(run());
    bench.keys("ctrl-c");
    assert_eq!(bench.asked.last(), Some(&Command::Cancel));
}

#[test]
fn problems_only_and_the_cursor_that_stays() {
    let mut bench = estate((120, 32));
    bench.keys("4 !");
    let screen = bench.screen();
    assert!(screen.contains("only what wants a look") && !screen.contains("● ok"), "{screen}");
    bench.keys("! j");
    let before = bench.model.collectors.health.at();
    bench.health.rotate_left(2);
    bench.keys("ctrl-r");
    assert_eq!(bench.model.collectors.health.at(), before);
}

#[test]
fn times_tick_only_while_they_show() {
    let mut bench = estate((120, 32));
    bench.progress(run());
    let far = next_wake(&bench.model).since(bench.model.clock);
    bench.keys("4");
    let near = next_wake(&bench.model).since(bench.model.clock);
    assert!(near <= 1_000 && far > 1_000, "{near} {far}");
    bench.screen();
    bench.pause(1_000);
    assert!(bench.model.dirty);
}

#[test]
fn news_do_not_starve_the_answer() {
    let mut bench = estate((120, 32));
    bench.hold().keys("4");
    let rows = bench.rows.clone();
    for _ in 0..5 {
        bench.publish(rows.clone());
    }
    assert_eq!(bench.waiting.iter().filter(|(tag, ..)| *tag == Tag::Health).count(), 1);
    bench.release();
    assert!(bench.model.collectors.health.scopes.is_some());
}

#[test]
fn groups_open_and_close_and_enter_goes_on_to_the_scope() {
    let mut bench = estate((120, 32));
    bench.progress(run());
    let screen = bench.keys("4 left").screen();
    assert!(
        screen.contains("▌▸ aws-prod prod eu-west-1") && !screen.contains("  ec2:DescribeVol"),
        "{screen}"
    );
    bench.keys("enter j j");
    assert!(bench.screen().contains("▌    ec2:DescribeVolumes"), "{}", bench.screen());
    let screen = bench.keys("enter").screen();
    assert!(screen.contains("needs") || screen.contains("the permission ec2:DescribeVolumes"), "{screen}");
    bench.keys("esc * *");
    assert!(bench.screen().contains("▾ host"), "{}", bench.screen());
}

#[test]
fn what_a_scope_waits_for_is_said_and_made_visible() {
    let mut bench = estate((200, 50));
    let mut news = run();
    news.scope_mut(0).unwrap().waits = Some("a quota of ec2\u{1b}[2J, 4s".into());
    news.scope_mut(2).unwrap().scope = ScopeKey::new("ho\u{202e}st", "processes\u{7}");
    bench.progress(news);
    let screen = bench.keys("4").screen();
    assert!(screen.contains("▲ waits for a quota of ec2␛[2J, 4s"), "{screen}");
    assert!(screen.contains("▲ 1 held back") && screen.contains(", 1 held back"), "{screen}");
    assert!(!screen.contains('\u{202e}') && !screen.contains('\u{7}'), "{screen}");
}

#[test]
fn hostile_circuits_and_schedules_are_made_visible() {
    let mut bench = estate((200, 50));
    bench.overview.circuits[0].endpoint = "ec2\u{1b}[31m us-east-1".into();
    bench.overview.circuits[0].error = "reset\u{9b}2J".into();
    bench.overview.schedule[0].rule = "every 15m\u{1b}c".into();
    let screen = bench.keys("4 ctrl-r").screen();
    assert!(screen.contains("ec2␛[31m us-east-1") && screen.contains("every 15m␛c"), "{screen}");
    assert!(!screen.chars().any(|c| c.is_control() && c != '\n'), "{screen}");
}

#[test]
fn without_colours_signs_and_words_say_it() {
    let mut bench = Bench::with_ui((120, 32), |ui| {
        ui.theme = ui.themes.get("mono").unwrap().at(crate::theme::Depth::None);
    });
    let other = estate((120, 32));
    bench.health = other.health;
    bench.become_ready(numbered(20));
    bench.progress(run());
    let screen = bench.keys("4").screen();
    for word in ["✖ denied", "▲ partial", "? never", "○ disabled", "● ok", "◐ running"] {
        assert!(screen.contains(word), "{word}: {screen}");
    }
    let coloured = bench.buffer().content().iter().any(|cell| {
        !matches!((cell.fg, cell.bg), (ratatui::style::Color::Reset, ratatui::style::Color::Reset))
    });
    assert!(!coloured, "NO_COLOR means none");
}

#[test]
fn ascii_only() {
    let mut bench = estate((120, 32));
    bench.model.ui.glyphs = Glyphs::new(true);
    bench.progress(run());
    let screen = bench.keys("4").screen();
    assert!(screen.is_ascii(), "{screen}");
}

#[test]
fn every_size_can_be_drawn() {
    let mut bench = estate((120, 32));
    bench.progress(run());
    bench.keys("4 j");
    for width in [1, 2, 7, 20, 40, 59, 60, 79, 99, 100, 101, 250] {
        for height in [1, 2, 3, 5, 9, 14, 15, 16, 60] {
            bench.send(Event::Resize(width, height));
            assert_eq!(bench.screen().lines().count(), usize::from(height), "{width}x{height}");
        }
    }
}
