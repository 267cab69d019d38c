//! Disks that are full for a while, and directories that cannot be written: what the real program says,
//! and that nothing is lost.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::mpsc::channel,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::{home::Home, terminal::Terminal};

/// Lines that do not compress.
fn many(count: u64) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    let line = |n: u64| {
        let noise: String = (0..40).map(|_| word()).collect();
        format!("{{\"id\":\"n{n}\",\"name\":\"name {n}\",\"noise\":\"{noise}\"}}\n")
    };
    (0..count).map(line).collect()
}

/// A collection that may write no file beyond 2 MiB, as on a full disk, and the lines it tells.
fn on_a_full_disk(home: &Home) -> (std::process::Child, std::sync::mpsc::Receiver<String>) {
    // The signal that the system sends besides is ignored, and that is inherited.
    let script = "trap '' XFSZ; ulimit -S -f 4096; exec \"$0\" \"$@\"";
    let program = env!("CARGO_BIN_EXE_cloudscope");
    telling(home, Command::new("sh").args(["-c", script, program, "collect", "file:many.ndjson"]))
}

/// Started, with the lines it tells.
fn telling(home: &Home, command: &mut Command) -> (std::process::Child, std::sync::mpsc::Receiver<String>) {
    let mut child = command
        .env_clear()
        .envs(home.environment())
        .current_dir(home.work())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (sender, receiver) = channel();
    std::thread::spawn(move || lines.map_while(Result::ok).all(|line| sender.send(line).is_ok()));
    (child, receiver)
}

/// What it told until it said that it waits for room.
fn until_it_waits(receiver: &std::sync::mpsc::Receiver<String>) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut told = Vec::new();
    loop {
        let line = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        told.push(line.unwrap_or_else(|e| panic!("it did not say that it waits ({e}): {told:#?}")));
        if told.last().is_some_and(|line| line.contains("goes on by itself once it can write")) {
            return told;
        }
    }
}

#[test]
fn a_collection_that_waits_for_a_full_disk_ends_when_it_is_interrupted() {
    let home = Home::new();
    home.file("many.ndjson", many(12_000));
    let (child, receiver) = on_a_full_disk(&home);
    let mut told = until_it_waits(&receiver);
    rustix::process::kill_process(Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let ended = crate::home::wait_for(child, Duration::from_secs(90));
    told.extend(receiver.iter());
    assert_eq!(ended.status.code(), Some(1), "{told:#?}");
    assert!(told.iter().any(|line| line.contains("does not stop")), "{told:#?}");
    home.run(&["store", "check"]).with(0);
}

#[test]
fn a_disk_that_is_full_for_a_while_holds_a_collection_up_and_loses_nothing() {
    const ASSETS: u64 = 12_000;
    let home = Home::new();
    home.file("many.ndjson", many(ASSETS));
    let (child, receiver) = on_a_full_disk(&home);
    let mut told = until_it_waits(&receiver);
    // It is up, and answers what is durable.
    let there = home.run(&["query", "--format", "ndjson", "--columns", "id"]).out.lines().count() as u64;
    assert!(there < ASSETS, "{there}");
    // Who wants to collect, too, is told why that takes.
    home.file("few.csv", "id,name\nr1,one\n");
    let (second, says) =
        telling(&home, Command::new(env!("CARGO_BIN_EXE_cloudscope")).args(["collect", "file:few.csv"]));
    let said = says.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(
        said.contains("another collection is running and cannot write")
            && said.contains("make room on that disk"),
        "{said}"
    );
    // There is room again.
    let pid = Pid::from_child(&child);
    let old = prlimit(Some(pid), Resource::Fsize, Rlimit { current: None, maximum: None });
    old.unwrap();
    let code = crate::home::wait(child).status.code();
    told.extend(receiver.iter());
    assert_eq!(code, Some(0), "{told:#?}");
    // The owner may end before the second one came in: then that one says so.
    let code = crate::home::wait(second).status.code();
    let said: Vec<String> = says.iter().collect();
    assert!(
        code == Some(0) || said.iter().any(|line| line.contains("went away") || line.contains("ends")),
        "{said:#?}"
    );
    let there = home.run(&["query", "--format", "ndjson", "--columns", "id"]).out.lines().count() as u64;
    assert_eq!(there, ASSETS + u64::from(code == Some(0)));
    home.run(&["store", "check"]).with(0);
}

/// A directory in the place of the lock file is in the way of root, too.
#[test]
fn the_front_end_stays_and_goes_on_when_a_store_that_could_not_be_opened_can() {
    let home = Home::new();
    home.file("in.ndjson", "{\"id\":\"a\",\"name\":\"alpha\"}\n");
    home.run(&["collect", "file:in.ndjson"]).with(0);
    let quiet = [("CLOUDSCOPE_COLLECT_ON_START", "0"), ("CLOUDSCOPE_DISCOVER", "0")];
    let start = || Terminal::start_with(&home, &[], 160, 40, &quiet);
    let lock = home.data().join("lock");
    let block = || {
        std::fs::remove_file(&lock).unwrap();
        std::fs::create_dir(&lock).unwrap();
    };
    // Without a page of before: the reason is all that there is.
    block();
    let mut terminal = start();
    terminal.wait_for("it is tried again until it works");
    assert!(terminal.screen().contains("opening the store"), "{}", terminal.screen());
    let ran = home.run(&["query"]);
    assert_eq!(ran.code, Some(1), "a command does not wait: {ran:?}");
    std::fs::remove_dir(&lock).unwrap();
    terminal.wait("the rows, and no trouble", |s| s.contains("alpha") && !s.contains("Is a directory"));
    assert!(home.run(&["query"]).with(0).contains("alpha"), "it serves visitors now");
    terminal.keys("q");
    assert_eq!(terminal.ended().1, 0);
    // With one it shows, beside the reason; and one can leave.
    block();
    let mut terminal = start();
    terminal.wait("the page and the reason", |s| s.contains("alpha") && s.contains("Is a directory"));
    terminal.keys("q");
    let (took, code) = terminal.ended();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(code, 0);
    std::fs::remove_dir(&lock).unwrap();
    assert!(home.run(&["query"]).with(0).contains("alpha"));
}

#[test]
fn a_directory_that_cannot_be_written_is_refused_with_the_reason() {
    if rustix::process::geteuid().is_root() {
        // Nothing forbids root to write; a read-only file system would, and takes a mount.
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.file("racks.csv", "id,name\nr1,one\n");
    home.run(&["collect", "file:racks.csv"]).with(0);
    let mode = |mode| std::fs::set_permissions(home.data(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o500);
    std::fs::remove_file(home.data().join("store.clean")).unwrap_err();
    let ran = home.run(&["collect", "file:racks.csv"]);
    mode(0o700);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("cannot be written"), "{}", ran.err);
    home.run(&["query"]).with(0);
}
