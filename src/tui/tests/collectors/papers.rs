//! The documents of the Collectors screen: why a scope is not whole, the log, the call ledger, hooks.

use cloudscope_application::{
    Command, Reply,
    message::{CallRecord, CallResult, CallTotal, HookState, LogLine, Operation},
};
use cloudscope_domain::{Attempt, Coverage, CoverageState, Effort, Revision, RunId, ScopeKey};
use insta::assert_snapshot;

use super::{estate, key};
use crate::{
    effect::Effect,
    tests::harness::{Bench, now},
};

fn line(seconds: i64, level: &str, text: &str) -> LogLine {
    LogLine {
        at: now().plus_millis(seconds * 1_000),
        level: level.into(),
        target: "cloudscope::collect".into(),
        text: text.into(),
    }
}

fn call(scope: ScopeKey, seconds: i64, result: CallResult) -> CallRecord {
    CallRecord {
        at: now().plus_millis(seconds * 1_000),
        identity: "arn:aws:iam::111122223333:role/reader\u{1b}[31m".into(),
        operation: Operation::new("ec2:DescribeVolumes"),
        scope,
        result,
        millis: 120,
    }
}

/// Answers that the scripted engine does not know of.
fn scripted(size: (u16, u16)) -> Bench {
    let mut bench = estate(size);
    let (denied, other) =
        (key("aws-prod", "eu-west-1", "ec2:DescribeVolumes"), ScopeKey::new("host", "processes"));
    let attempt = |minutes: i64, state, error: Option<&str>| Attempt {
        revision: Revision(9),
        run: RunId(6),
        coverage: Coverage {
            state,
            last_attempt: Some(now().plus_millis(-minutes * 60_000)),
            assets: 312,
            error: error.map(str::to_owned),
            effort: Effort {
                millis: 2_400,
                calls: 3,
                retries: 1,
                throttles: 1,
                created: 4,
                ..Effort::default()
            },
            ..Coverage::default()
        },
        unknown: 312,
    };
    let attempts = vec![
        attempt(3, CoverageState::Denied, Some("not authorized\u{1b}[2J to perform this")),
        attempt(360, CoverageState::Ok, None),
    ];
    let calls = vec![
        call(denied.clone(), -181, CallResult::Denied),
        call(other, -200, CallResult::Ok),
        call(denied, -220, CallResult::Failed("connection reset\u{202e}".into())),
    ];
    let totals = vec![
        CallTotal {
            identity: "arn:aws:iam::111122223333:role/reader".into(),
            operation: "ec2:DescribeVolumes".into(),
            calls: 1_204,
            ok: 1_200,
            denied: 2,
            throttled: 1,
            failed: 1,
            millis: 144_480,
            last: now().plus_millis(-181_000),
        },
        CallTotal {
            identity: "uid 1000 (ops\u{7}) on build-7".into(),
            operation: "host:ListProcesses".into(),
            calls: 40,
            ok: 40,
            denied: 0,
            throttled: 0,
            failed: 0,
            millis: 400,
            last: now().plus_millis(-12_000),
        },
    ];
    let hooks = vec![HookState {
        name: "page".into(),
        what: "command /usr/local/bin/page\u{1b}]0;x\u{7}".into(),
        events: vec!["gone".into(), "scope-failed".into()],
        delivered: 12,
        failed: 1,
        dropped: 0,
        last_error: Some((now().plus_millis(-60_000), "exit status 1".into())),
        held: Some("not confirmed yet; `cloudscope hooks confirm\u{1b}[2J` runs it".into()),
    }];
    let mut log: Vec<LogLine> =
        (0..60).map(|i| line(i - 60, "INFO", &format!("page {i} of volumes"))).collect();
    bench.script = Some(Box::new(move |command| match command {
        Command::Attempts { .. } => Some(Ok(Reply::Attempts(attempts.clone()))),
        Command::Calls { .. } => Some(Ok(Reply::Calls(calls.clone()))),
        Command::CallTotals { .. } => Some(Ok(Reply::CallTotals(totals.clone()))),
        Command::Hooks => Some(Ok(Reply::Hooks(hooks.clone()))),
        Command::Log { .. } => {
            let said = log.clone();
            log.push(line(log.len() as i64 - 60, "WARN", "throttled\u{1b}[2J by ec2"));
            Some(Ok(Reply::Log(said)))
        }
        _ => None,
    }));
    bench
}

#[test]
fn a_denied_scope_is_explained_with_its_attempts_and_calls() {
    let mut bench = scripted((120, 40));
    bench.health[1].coverage.renew = Some("aws sso login --profile prod".into());
    assert_snapshot!(bench.keys("4 enter").screen());
}

#[test]
fn the_renewing_command_is_copied_and_never_run() {
    let mut bench = scripted((120, 32));
    bench.health[1].coverage.renew = Some("aws sso login --profile prod".into());
    for keys in ["4 R", "enter R"] {
        bench.done.clear();
        bench.keys(keys);
        assert_eq!(bench.done, [Effect::Copy("aws sso login --profile prod".into())], "{keys}");
        assert!(bench.message().contains("to be run in a shell"), "{}", bench.message());
    }
}

#[test]
fn what_is_on_its_way_is_said_so_and_answers_fill_the_document() {
    let mut bench = scripted((120, 40));
    bench.keys("4").hold().keys("enter");
    let screen = bench.screen();
    assert_eq!(screen.matches("asking").count(), 2, "{screen}");
    bench.answer_one();
    let screen = bench.screen();
    assert!(screen.contains("✖ denied in 2s, run 6") && screen.contains("asking"), "{screen}");
    bench.answer_one();
    assert!(!bench.screen().contains("asking"));
}

#[test]
fn the_log_is_followed_until_one_goes_up() {
    let mut bench = scripted((120, 20));
    bench.keys("4 l");
    assert!(bench.screen().contains("page 59 of volumes"), "{}", bench.screen());
    bench.pause(1_000);
    let screen = bench.screen();
    assert!(screen.contains("throttled␛[2J by ec2") && !screen.contains("page 40 "), "{screen}");
    bench.keys("pageup");
    let before = bench.screen();
    assert!(before.contains("page 40 "), "{before}");
    bench.pause(1_000).pause(1_000);
    let lines = |screen: &str| screen.lines().skip(3).take(12).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&before), lines(&bench.screen()), "what is read stays where it is");
    bench.keys("G").pause(1_000);
    let warned = bench.screen().matches("throttled").count();
    assert!(warned >= 4, "the end is followed again: {warned}");
}

#[test]
fn a_log_that_stands_still_is_not_drawn_again() {
    let mut bench = scripted((120, 20));
    bench.script = Some(Box::new(|command| match command {
        Command::Log { .. } => Some(Ok(Reply::Log(vec![line(0, "INFO", "the only line")]))),
        _ => None,
    }));
    bench.keys("l").keys(": 'log' enter");
    bench.screen();
    // Ages move every ten seconds, and are drawn then.
    bench.pause(10_000);
    bench.screen();
    bench.pause(1_000);
    assert!(!bench.model.dirty, "an idle log sends nothing");
}

#[test]
fn the_log_wraps_and_still_shows_its_end() {
    let mut bench = scripted((80, 20));
    bench.script = Some(Box::new(|command| match command {
        Command::Log { .. } => {
            let long =
                (0..30).map(|i| line(i, "ERROR", &format!("{i} {}", "long words ".repeat(20)))).collect();
            Some(Ok(Reply::Log(long)))
        }
        _ => None,
    }));
    let screen = bench.keys("4 l w").screen();
    assert!(screen.contains(" 29 long words") && !screen.contains(" 20 long"), "{screen}");
}

#[test]
fn the_call_ledger_in_both_forms() {
    let mut bench = scripted((120, 20));
    assert_snapshot!("the_call_ledger_call_by_call", bench.keys("4 L").screen());
    assert_snapshot!("the_call_ledger_summed_up", bench.keys("tab").screen());
    let screen = bench.keys("tab").screen();
    assert!(screen.contains("✖ failed") && screen.contains(": connection reset"), "{screen}");
    assert!(!screen.chars().any(|c| c == '\u{202e}' || c == '\u{1b}'), "{screen}");
    assert_eq!(bench.asked.last(), Some(&Command::Calls { limit: 1_000 }));
}

#[test]
fn hooks_say_how_they_fare() {
    let mut bench = scripted((120, 20));
    let screen = bench.keys(": 'hooks' enter").screen();
    assert!(screen.contains("12 delivered, 1 failed, 0 dropped"), "{screen}");
    assert!(screen.contains("exit status 1 (60s ago)"), "{screen}");
    assert!(screen.contains("not confirmed yet; `cloudscope hooks confirm␛[2J`"), "{screen}");
    assert!(!screen.contains('\u{1b}') && screen.contains("␛]0;x␇"), "{screen}");
    bench.script = Some(Box::new(|command| match command {
        Command::Hooks => Some(Ok(Reply::Hooks(Vec::new()))),
        _ => None,
    }));
    assert!(bench.keys("ctrl-r").screen().contains("no hook is configured"));
}
