//! All hooks together: who gets what, that nobody is held up, and that the end is an end.

use std::{path::Path, time::Instant as Watch};

use cloudscope_memory::ManualClock;
use cloudscope_ports::Happening;
use serde_json::{Value, json};

use super::*;
use crate::samples;

fn outside() -> Outside {
    Outside { clock: Arc::new(ManualClock::new(samples::at())), home: None }
}

fn hook(value: Value, held: Option<&str>) -> Attached {
    Attached { spec: serde_json::from_value(value).unwrap(), held: held.map(str::to_owned), key: None }
}

/// Appends what it gets to a file.
fn keeper(name: &str, events: &[&str], only: &Value, file: &Path) -> Attached {
    let script = format!("cat >> {}", file.display());
    hook(
        json!({"name": name, "events": events, "only": only,
            "command": {"program": "/bin/sh", "args": ["-c", script], "timeout": "20s"}}),
        None,
    )
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[tokio::test]
async fn each_hook_gets_what_it_is_attached_to_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let hooks = Hooks::start(
        vec![
            keeper("every", &Happening::NAMES, &json!({}), &a),
            keeper(
                "some",
                &["asset-gone", "asset-created"],
                &json!({"kinds": ["aws.ec2.*"], "sources": ["aws-prod"]}),
                &b,
            ),
        ],
        &outside(),
    );
    assert_eq!(hooks.wants().len(), 6);
    hooks.notify(samples::all());
    hooks.finish(Duration::from_secs(30)).await;
    let events =
        |file| lines(file).iter().map(|l| l["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(events(&a), Happening::NAMES);
    assert_eq!(events(&b), ["asset-created", "asset-gone"]);
    let whole = |n: Notice| serde_json::from_str::<Value>(&serde_json::to_string(&n).unwrap()).unwrap();
    assert_eq!(lines(&a), samples::all().into_iter().map(whole).collect::<Vec<_>>());
    let states = hooks.hooks();
    assert_eq!((states[0].delivered, states[1].delivered), (6, 2));
    assert_eq!(
        (states[1].what.as_str(), &states[1].events),
        ("command /bin/sh", &vec!["asset-gone".to_owned(), "asset-created".to_owned()])
    );
}

#[tokio::test]
async fn a_hook_that_is_held_wants_nothing_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let mut held = keeper("page", &["asset-gone"], &json!({}), &dir.path().join("a"));
    held.held = Some("it is not confirmed".into());
    let keyless = hook(
        json!({"name": "chat", "events": ["run-finished"], "webhook": {"url": "https://hooks.example.com/", "secret": "s"}}),
        None,
    );
    let hooks = Hooks::start(vec![held, keyless], &outside());
    assert!(hooks.wants().is_empty());
    hooks.notify(samples::all());
    hooks.finish(Duration::from_secs(5)).await;
    let states = hooks.hooks();
    assert_eq!(states[0].held.as_deref(), Some("it is not confirmed"));
    assert!(states[1].held.as_ref().unwrap().contains("no key"));
    assert_eq!((states[0].delivered, states[0].dropped, states[1].failed), (0, 0, 0));
    assert!(!dir.path().join("a").exists());
}

#[tokio::test]
async fn a_hook_that_hangs_holds_nobody_up_and_drops_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("fast");
    let stuck = hook(
        json!({"name": "stuck", "events": ["asset-created"],
            "command": {"program": "/bin/sleep", "args": ["1000"], "timeout": "1h"}}),
        None,
    );
    let hooks = Hooks::start(vec![stuck, keeper("fast", &["run-finished"], &json!({}), &file)], &outside());
    let many = crate::queue::NOTICES + 500;
    let began = Watch::now();
    hooks.notify((0..many).map(|_| samples::created("x")).collect());
    hooks.notify(vec![samples::all().remove(4)]);
    // Far less than one run of the hook takes; writing the JSON of what fits is all that is done.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let began = Watch::now();
    hooks.finish(Duration::from_secs(1)).await;
    assert!(began.elapsed() < Duration::from_secs(15));
    let states = hooks.hooks();
    assert_eq!(states[0].delivered, 0);
    assert_eq!(states[0].failed + states[0].dropped, many as u64, "every notice is accounted for");
    assert_eq!(states[0].failed, 1, "the one under way");
    assert_eq!((lines(&file).len(), states[1].delivered), (1, 1), "the other hook was not held up");
    hooks.notify(vec![samples::created("late")]);
    assert_eq!(hooks.hooks()[0].dropped, states[0].dropped + 1, "what comes after the end is counted");
}

#[tokio::test]
async fn failures_are_counted_with_the_last_reason() {
    let failing =
        hook(json!({"name": "bad", "events": ["asset-created"], "command": {"program": "/bin/false"}}), None);
    let hooks = Hooks::start(vec![failing], &outside());
    hooks.notify(vec![samples::created("a"), samples::created("b")]);
    hooks.finish(Duration::from_secs(20)).await;
    let state = hooks.hooks().remove(0);
    assert_eq!((state.delivered, state.failed, state.dropped), (0, 2, 0));
    assert_eq!(state.last_error, Some((samples::at(), "it ended with exit code 1".to_owned())));
}

#[tokio::test]
async fn no_more_runs_at_a_time_than_allowed() {
    let dir = tempfile::tempdir().unwrap();
    // Each run leaves a mark while it runs, and counts the marks.
    let script = format!(
        "cd {0}; : > run.$$; ls run.* | wc -l >> seen; cat > /dev/null; sleep 0.05; rm run.$$",
        dir.path().display()
    );
    let counting = hook(
        json!({"name": "count", "events": ["asset-created"],
            "command": {"program": "/bin/sh", "args": ["-c", script], "concurrency": 2}}),
        None,
    );
    let hooks = Hooks::start(vec![counting], &outside());
    hooks.notify((0..8).map(|_| samples::created("x")).collect());
    hooks.finish(Duration::from_secs(60)).await;
    let seen = std::fs::read_to_string(dir.path().join("seen")).unwrap();
    let most = seen.lines().map(|l| l.trim().parse::<u32>().unwrap()).max();
    assert_eq!(seen.lines().count(), 8);
    assert!(most <= Some(2), "{seen}");
    assert_eq!(hooks.hooks()[0].delivered, 8);
}

#[test]
fn the_documentation_shows_every_event_as_it_is_sent() {
    let text = include_str!("../../../../docs/HOOKS.md");
    let examples = samples::all().into_iter().map(|notice| serde_json::to_string_pretty(&notice).unwrap());
    let missing: Vec<String> = examples.filter(|json| !text.contains(json)).collect();
    assert!(missing.is_empty(), "docs/HOOKS.md lacks this:\n{}", missing.join("\n\n"));
}
