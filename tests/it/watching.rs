//! `collect --watch`: by the schedule until interrupted, beside another process, and after it. `collect
//! --follow`: after its collection until interrupted.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{home::Home, terminal::Terminal};

/// A process that stays, and what it says on standard error.
struct Watch {
    child: Child,
    said: Receiver<String>,
}

impl Watch {
    fn start(home: &Home) -> Self {
        Self::staying(home, "--watch")
    }

    fn staying(home: &Home, how: &str) -> Self {
        let mut child =
            home.command(&["collect", how]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, said) = mpsc::channel();
        let err = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || err.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, said }
    }

    fn hears(&self, part: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut all = String::new();
        while let Ok(line) = self.said.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if line.contains(part) {
                return line;
            }
            all += &(line + "\n");
        }
        panic!("`{part}` was not said:\n{all}");
    }

    /// Ctrl-c; returns the exit code.
    fn interrupted(mut self) -> Option<i32> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT).unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn home(schedule: &str) -> Home {
    let home = Home::new();
    let dir = home.path().join(".config/cloudscope");
    std::fs::create_dir_all(&dir).unwrap();
    let racks = home.file("racks.csv", "id,name\na,alpha\n");
    let text = format!(
        "version: 1\ndiscover: false\nsources:\n  - name: racks\n    collector: file\n    options: {{path: {}}}\n{schedule}",
        racks.display()
    );
    std::fs::write(dir.join("config.yaml"), text).unwrap();
    home
}

#[test]
fn a_watch_collects_at_once_what_never_was_and_ends_when_interrupted() {
    let home = home("schedule:\n  sources:\n    racks: {every: 1h}\n    lab: {cron: \"0 * * * *\"}\n");
    let watch = Watch::start(&home);
    watch.hears("no source is named `lab`");
    watch.hears("racks: every 1h, next ");
    watch.hears("run 1: +1 new");
    let started = || -> usize {
        let lines = home.run(&["log", "--format", "json"]).json();
        let texts = lines.as_array().unwrap().iter().map(|l| l["text"].as_str().unwrap().to_owned());
        texts.filter(|t| t.contains("started by the schedule")).count()
    };
    assert_eq!(started(), 1, "the process that is open tells of it");
    assert_eq!(watch.interrupted(), Some(0));
    let rows = home.run(&["query", "--format", "json"]).json();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(started(), 1, "its files do after its end");
}

#[test]
fn a_second_watch_follows_the_first_and_takes_over() {
    let home = home("schedule:\n  default: {every: 10s}\n");
    let first = Watch::start(&home);
    first.hears("run 1: +1 new");
    let second = Watch::start(&home);
    second.hears("watching it, and taking over");
    home.file("racks.csv", "id,name\na,alpha\nb,beta\n");
    // One run, told by both.
    let one = first.hears(": +1 new");
    assert_eq!(second.hears(": +1 new"), one);
    assert_eq!(first.interrupted(), Some(0));
    second.hears("taking over");
    // Nothing is new: the runs of the first one are known.
    second.hears(": +0 new");
    assert_eq!(second.interrupted(), Some(0));
}

#[test]
fn a_collection_that_follows_stays_until_interrupted_and_ends_as_it_collected() {
    for (file, code) in [("racks.csv", Some(0)), ("gone.csv", Some(3))] {
        let home = home("");
        if code == Some(3) {
            std::fs::rename(home.work().join("racks.csv"), home.work().join(file)).unwrap();
        }
        let follow = Watch::staying(&home, "--follow");
        follow.hears("run 1: ");
        // A file can be listed, not followed.
        follow.hears("no scope is followed yet");
        let rows = home.run(&["query", "--format", "json"]).json();
        assert_eq!(rows.as_array().unwrap().len(), usize::from(code == Some(0)), "others attach to it");
        assert_eq!(follow.interrupted(), code);
    }
}

#[test]
fn a_collection_that_follows_beside_another_process_takes_over_when_that_one_ends_or_dies() {
    for kill in [false, true] {
        let home = home("");
        let mut first = Watch::staying(&home, "--follow");
        first.hears("run 1: +1 new");
        first.hears("no scope is followed yet");
        let second = Watch::staying(&home, "--follow");
        second.hears("run 2: +0 new");
        second.hears("no scope is followed yet");
        if kill {
            first.child.kill().unwrap();
            first.child.wait().unwrap();
        } else {
            assert_eq!(first.interrupted(), Some(0));
        }
        second.hears("taking over");
        second.hears("this process holds the data directory now");
        second.hears("run 3: +0 new");
        let rows = home.run(&["query", "--format", "json"]).json();
        assert_eq!(rows.as_array().unwrap().len(), 1, "others attach to it");
        assert_eq!(second.interrupted(), Some(0));
    }
}

#[test]
fn the_front_end_keeps_to_the_schedule_too() {
    let home = home("schedule:\n  sources:\n    racks: {every: 1h}\n");
    let quiet = [("CLOUDSCOPE_COLLECT_ON_START", "0")];
    let mut terminal = Terminal::start_with(&home, &[], 100, 24, &quiet);
    terminal.wait_for("alpha");
    // Who joins it sees when it goes on, and leaves it its runs.
    let beside = Watch::start(&home);
    beside.hears("collects by its own schedule");
    beside.hears("racks: every 1h, next ");
    assert_eq!(beside.interrupted(), Some(0));
    terminal.keys("q");
    terminal.ended();
}

#[test]
fn nothing_to_watch_is_said() {
    let none = home("").run(&["collect", "--watch"]);
    assert!(none.code == Some(1) && none.err.contains("schedule"), "{none:?}");
    let bad = home("schedule:\n  sources:\n    racks: {every: 1s}\n").run(&["collect", "--watch"]);
    assert!(bad.code == Some(1) && bad.err.contains("shortest") && bad.err.contains(":9"), "{bad:?}");
}
