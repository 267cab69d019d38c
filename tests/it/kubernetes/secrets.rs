//! Words that stand where secrets are, looked for everywhere that the program writes.

use std::path::Path;

use cloudscope_kubernetes::fake::{CANARIES, base64};
use serde_json::json;

use super::{estate, user::User, words};
use crate::terminal::Terminal;

/// The canaries as they are, and as base64.
fn needles() -> Vec<String> {
    CANARIES.iter().flat_map(|c| [(*c).to_owned(), base64(c).trim_end_matches('=').to_owned()]).collect()
}

/// Files below a folder that hold one of the words.
fn leaks(folder: &Path, needles: &[String], told: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            leaks(&path, needles, told);
        } else if let Ok(bytes) = std::fs::read(&path) {
            for needle in needles.iter().filter(|n| bytes.windows(n.len()).any(|w| w == n.as_bytes())) {
                told.push(format!("{needle} is in {}", path.display()));
            }
        }
    }
}

#[test]
fn no_secret_is_anywhere_after_it_was_collected() {
    let (server, _) = estate(6);
    let needles = needles();
    // The server does hold them, so that looking for them can fail.
    let all: String = ["configmaps", "secrets", "pods", "databases.db.example.com"]
        .iter()
        .flat_map(|r| server.objects(r))
        .map(|o| o.to_string())
        .collect();
    for (canary, pair) in CANARIES.iter().zip(needles.chunks(2)) {
        assert!(pair.iter().any(|n| all.contains(n)), "{canary} is nowhere");
    }
    let user = User::new(&server.kubeconfig());
    let ran = user.run(&["--log-level", "trace", "collect", "k8s"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mut told = Vec::new();
    let mut look = |what: &str, text: &str| {
        told.extend(needles.iter().filter(|n| text.contains(*n)).map(|n| format!("{n} is in {what}")));
    };
    look("the progress", &words(&ran));
    for arguments in [
        &["query", "provider:k8s", "--format", "json", "--limit", "1000000"][..],
        &["query", "provider:k8s", "--format", "csv", "--limit", "1000000"],
        &["changes", "--format", "json", "--limit", "1000000"],
        &["health", "--format", "json"],
        &["calls", "--format", "json", "--limit", "1000000"],
        &["export", "provider:k8s", "--format", "json", "-o", "out.json"],
        &["export", "provider:k8s", "--format", "csv", "-o", "out.csv"],
    ] {
        let ran = user.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        look(arguments[0], &words(&ran));
    }
    leaks(user.home.path(), &needles, &mut told);
    assert!(told.is_empty(), "{}", told.join("\n"));
    // A part of its payload that is no secret is there: it was collected, not left out.
    let found = user.present("kind:k8s.core.config-map name:settings");
    assert!(found.iter().any(|row| row.to_string().contains("LOG_LEVEL")), "{found:?}");
}

/// What holds secrets, each with a word of its payload that is none.
const OPENED: [(&str, &str); 4] = [
    ("kind:k8s.core.config-map name:settings", "LOG_LEVEL"),
    ("kind:k8s.core.secret name:credentials", "resourceVersion"),
    ("kind:k8s.core.pod", "DB_PASSWORD"),
    ("kind:database", "postgres"),
];

/// More lines than any filter here leaves, and fewer than there are without one. The filter's text is on the
/// screen before its rows are, and a key means the row that shows.
const FEW: usize = 100;

/// Lines of the screen that begin with something.
fn rows(screen: &str) -> usize {
    screen.lines().filter(|line| !line.chars().take(60).all(char::is_whitespace)).count()
}

#[test]
fn no_secret_is_on_any_screen() {
    let (server, _) = estate(6);
    let user = User::new(&server.kubeconfig());
    user.collect("k8s").with(0);
    // One secret becomes another one.
    for namespace in ["team-0", "team-1", "team-2"] {
        let data = json!({"LOG_LEVEL": "debug", "password": CANARIES[1], "token": CANARIES[0]});
        let metadata = json!({"name": "settings", "namespace": namespace});
        server.put("configmaps", json!({"metadata": metadata, "data": data}));
    }
    user.collect("k8s").with(0);

    // Wide and high, so that whole payloads are on the screen.
    let quiet = [("CLOUDSCOPE_COLLECT_ON_START", "0"), ("CLOUDSCOPE_DISCOVER", "0")];
    let mut terminal = Terminal::start_with(&user.home, &[], 400, 250, &quiet);
    let mut screens = vec![terminal.wait("every row", |s| rows(s) > FEW)];
    for (filter, word) in OPENED {
        terminal.keys(&format!("/{filter}\r"));
        screens.push(terminal.wait("the rows of the filter", |s| s.contains(filter) && rows(s) < FEW));
        for (key, title) in [("d", "describe"), ("y", "yaml of"), ("J", "json of")] {
            terminal.keys(key);
            let whole = |s: &str| s.contains(title) && (key == "d" || s.contains(word));
            screens.push(terminal.wait(&format!("{title} with {word}"), whole));
            terminal.keys("\x1b");
            terminal.wait("the rows again", |s| !s.contains(title));
        }
        terminal.keys("\x1b");
        terminal.wait("every row", |s| !s.contains(filter) && rows(s) > FEW);
    }
    // The place of a pod in the tree, and what it is from there.
    terminal.keys("/kind:k8s.core.pod\r");
    terminal.wait("the pods", |s| s.contains("kind:k8s.core.pod") && rows(s) < FEW);
    terminal.keys("t");
    screens.push(terminal.wait("its place", |s| s.contains("tree") && s.contains("deployment app-")));
    terminal.keys("y");
    screens.push(terminal.wait_for("yaml of"));
    terminal.keys("\x1b");
    terminal.wait("the tree again", |s| !s.contains("yaml of"));
    terminal.keys("5");
    screens.push(terminal.wait("changes", |s| s.contains("LOG_LEVEL: info → debug")));
    terminal.keys("\r");
    screens.push(terminal.wait("what differs", |s| s.contains("+ after") && s.contains("debug")));
    terminal.keys("qq");

    let needles = needles();
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for (at, screen) in screens.iter().map(String::as_str).chain([&*raw]).enumerate() {
        let found: Vec<&String> = needles.iter().filter(|needle| screen.contains(*needle)).collect();
        assert!(found.is_empty(), "{found:?} on screen {at}:\n{screen}");
    }
}
