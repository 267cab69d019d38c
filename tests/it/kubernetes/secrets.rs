//! Words that stand where secrets are, looked for everywhere that the program writes.

use std::path::Path;

use cloudscope_kubernetes::fake::{CANARIES, base64};

use super::{estate, user::User, words};

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
    let needles: Vec<String> =
        CANARIES.iter().flat_map(|c| [(*c).to_owned(), base64(c).trim_end_matches('=').to_owned()]).collect();
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
