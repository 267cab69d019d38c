//! Command hooks with real processes: what they get, what they cannot see, and that nothing is left.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::json;

use super::process::{Ended, Run, trusted};
use crate::{
    HookSpec,
    spec::{AbsolutePath, Action, CommandSpec},
    stop::{Stopper, stop},
};

fn spec(program: &str, args: &[&str], timeout: &str) -> CommandSpec {
    let hook = json!({"name": "page", "events": ["asset-gone"],
        "command": {"program": program, "args": args, "timeout": timeout}});
    match serde_json::from_value::<HookSpec>(hook).unwrap().action {
        Action::Command(command) => command,
        Action::Webhook(_) => unreachable!(),
    }
}

fn shell(script: &str, timeout: &str) -> CommandSpec {
    spec("/bin/sh", &["-c", script], timeout)
}

async fn run(spec: &CommandSpec, json: &str) -> Ended {
    let (_stopper, stop) = stop();
    Run { spec, event: "asset-gone", json, home: Some(Path::new("/nonexistent/home")), stop: &stop }
        .to_its_end()
        .await
}

/// The number that a script wrote into a file.
fn number(path: &Path) -> i32 {
    std::fs::read_to_string(path).unwrap().trim().parse().unwrap()
}

/// Whether a process is there and alive; one that is dead and not yet reaped by init is not.
fn alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .and_then(|rest| rest.split_whitespace().next())
        .is_some_and(|s| s != "Z" && s != "X")
}

async fn dies(pid: i32) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while alive(pid) && Instant::now() < deadline {
        tokio::task::yield_now().await;
    }
    !alive(pid)
}

fn dir() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_owned();
    (dir, path)
}

#[tokio::test]
async fn the_json_comes_on_stdin_and_the_output_is_kept_visible() {
    let ended = run(&spec("/bin/cat", &[], "10s"), "{\"name\":\"\u{202e}x\"}").await;
    assert_eq!(ended.how, Ok(()));
    assert_eq!(ended.stdout, "{\"name\":\"<U+202E>x\"}");
    let ended = run(&shell("printf 'a\\033[2Jb' >&2; exit 3", "10s"), "{}").await;
    assert_eq!(ended.how.unwrap_err(), "it ended with exit code 3; it says: a␛[2Jb");
    let ended = run(&shell("kill -9 $$", "10s"), "{}").await;
    assert_eq!(ended.how.unwrap_err(), "it was ended by signal 9");
}

#[tokio::test]
async fn a_program_sees_the_least_environment_and_stands_in_the_root() {
    let ended = run(&spec("/usr/bin/env", &["-0"], "10s"), "{}").await;
    let mut seen: Vec<&str> = ended.stdout.split('\u{2400}').filter(|s| !s.is_empty()).collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            "CLOUDSCOPE_EVENT=asset-gone",
            "HOME=/nonexistent/home",
            "LANG=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
    );
    assert_eq!(run(&spec("/bin/pwd", &[], "10s"), "{}").await.stdout, "/");
}

#[tokio::test]
async fn hostile_names_arrive_on_stdin_and_nowhere_else() {
    let (_dir, path) = dir();
    let hostile = "$(touch owned) `touch owned` ; touch owned\n--flag \u{1b}[2J 'q' \"d\" \u{202e}";
    let notice = serde_json::to_string(&crate::samples::created(hostile)).unwrap();
    let script = "cat > \"$1/stdin\"; printf '%s\\n' \"$0\" \"$@\" > \"$1/args\"; cat /proc/$$/environ > \"$1/environ\"; ls -A / > \"$1/root\"";
    let ended =
        run(&spec("/bin/sh", &["-c", script, "zero", path.to_str().unwrap(), "$(id) {}"], "10s"), &notice)
            .await;
    assert_eq!(ended.how, Ok(()));
    let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
    let got: serde_json::Value = serde_json::from_str(&read("stdin")).unwrap();
    assert_eq!(
        (got["asset"]["name"].as_str(), got["event"].as_str()),
        (Some(hostile), Some("asset-created"))
    );
    assert_eq!(
        read("args"),
        format!("zero\n{}\n$(id) {{}}\n", path.display()),
        "the arguments are those configured"
    );
    assert!(!read("environ").contains("touch"));
    assert!(!read("root").contains("owned") && !path.join("owned").exists());
}

#[tokio::test]
async fn a_run_that_takes_too_long_ends_with_everything_it_started() {
    let (_dir, path) = dir();
    let file = path.join("pid");
    let script = format!("sleep 1000 & echo $! > {0}.grandchild; echo $$ > {0}; wait", file.display());
    let began = Instant::now();
    let ended = run(&shell(&script, "0.5s"), "{}").await;
    assert!(ended.how.unwrap_err().contains("longer than 0.5 s"));
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(dies(number(&path.join("pid.grandchild"))).await);
    assert!(!Path::new(&format!("/proc/{}", number(&file))).exists(), "the leader is reaped, not a zombie");
}

#[tokio::test]
async fn one_that_ignores_sigterm_is_killed() {
    let (_dir, path) = dir();
    let file = path.join("pid");
    let script = format!("trap '' TERM; echo $$ > {}; while :; do sleep 1; done", file.display());
    let ended = run(&shell(&script, "0.5s"), "{}").await;
    assert!(ended.how.is_err());
    assert!(dies(number(&file)).await);
}

#[tokio::test]
async fn what_a_program_leaves_behind_when_it_ends_well_is_ended_too() {
    let (_dir, path) = dir();
    let file = path.join("pid");
    let script = format!("sleep 1000 & echo $! > {}; echo done", file.display());
    let began = Instant::now();
    let ended = run(&shell(&script, "60s"), "{}").await;
    assert_eq!((ended.how, ended.stdout.as_str()), (Ok(()), "done"));
    assert!(began.elapsed() < Duration::from_secs(20), "its open pipes hold nobody up");
    assert!(dies(number(&file)).await);
}

#[tokio::test]
async fn a_run_that_is_dropped_takes_its_group_along() {
    let (_dir, path) = dir();
    let file = path.join("pid");
    let script = format!("sleep 1000 & echo $! > {0}.tmp; mv {0}.tmp {0}; wait", file.display());
    let command = shell(&script, "60s");
    let task = tokio::spawn(async move { run(&command, "{}").await });
    let deadline = Instant::now() + Duration::from_secs(20);
    while !file.exists() && Instant::now() < deadline {
        tokio::task::yield_now().await;
    }
    let pid = number(&file);
    assert!(alive(pid));
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(dies(pid).await);
}

#[tokio::test]
async fn the_word_to_stop_ends_a_run() {
    let (stopper, stop): (Stopper, _) = stop();
    let command = shell("sleep 1000", "60s");
    let run = Run { spec: &command, event: "asset-gone", json: "{}", home: None, stop: &stop };
    let (ended, ()) = tokio::join!(run.to_its_end(), async { stopper.say() });
    assert!(ended.how.unwrap_err().contains("program ended"));
}

#[tokio::test]
async fn a_program_that_reads_nothing_or_floods_its_output_holds_nobody_up() {
    let large = format!("\"{}\"", "x".repeat(4 << 20));
    assert_eq!(run(&spec("/bin/true", &[], "20s"), &large).await.how, Ok(()));
    let ended =
        run(&shell("head -c 3000000 /dev/zero | tr '\\0' y; head -c 3000000 /dev/zero >&2", "20s"), "{}")
            .await;
    assert_eq!(ended.how, Ok(()));
    assert!(ended.stdout.len() < 1_000 && ended.stderr.len() < 2_000, "{}", ended.stdout.len());
}

#[tokio::test]
async fn a_program_that_others_could_change_is_not_run() {
    let (_dir, path) = dir();
    let file = path.join("hook");
    std::fs::write(&file, "#!/bin/sh\nexit 0\n").unwrap();
    let text = file.to_str().unwrap().to_owned();
    let program = AbsolutePath::try_from(text.clone()).unwrap();
    for (mode, part) in [
        (0o700, None),
        (0o755, None),
        (0o775, Some("chmod go-w")),
        (0o702, Some("chmod go-w")),
        (0o600, Some("chmod u+x")),
    ] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        match (trusted(&program), part) {
            (Ok(()), None) => {}
            (Err(words), Some(part)) => assert!(words.contains(part), "{words}"),
            other => panic!("{mode:o}: {other:?}"),
        }
    }
    let ended = run(&spec(&text, &[], "5s"), "{}").await;
    assert!(ended.how.unwrap_err().contains("chmod u+x"));
    assert!(
        run(&spec("/nonexistent/x", &[], "5s"), "{}")
            .await
            .how
            .unwrap_err()
            .contains("cannot run /nonexistent/x")
    );
    assert!(run(&spec("/usr/bin", &[], "5s"), "{}").await.how.unwrap_err().contains("not a file"));
}
