//! A user with a kubeconfig, and what they ask of the program.

use std::{
    path::PathBuf,
    process::{Child, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::home::{Home, Ran, wait_for};

/// A whole collection of a small cluster takes seconds; a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(180);

pub(super) struct User {
    pub(super) home: Home,
    config: PathBuf,
}

impl User {
    /// With a kubeconfig of that text.
    pub(super) fn new(kubeconfig: &str) -> Self {
        let home = super::home();
        let config = home.path().join("kubeconfig");
        std::fs::write(&config, kubeconfig).unwrap();
        Self { home, config }
    }

    /// With a kubeconfig that is there.
    pub(super) fn with_file(config: PathBuf) -> Self {
        Self { home: super::home(), config }
    }

    /// The kubeconfig says something else from now on.
    pub(super) fn rewrite(&self, kubeconfig: &str) {
        // As kubectl does it: never half a file.
        let new = self.config.with_extension("new");
        std::fs::write(&new, kubeconfig).unwrap();
        std::fs::rename(&new, &self.config).unwrap();
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.home.command(arguments);
        command.env("KUBECONFIG", &self.config).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ran::of(wait_for(command.spawn().unwrap(), PATIENCE), arguments)
    }

    pub(super) fn collect(&self, source: &str) -> Ran {
        self.run(&["collect", "--quiet", source])
    }

    /// Collects, and then says what happens until it is dropped.
    pub(super) fn follow(&self, source: &str) -> Follower {
        self.staying(source, "follower")
    }

    /// Another one beside it.
    pub(super) fn beside(&self, source: &str) -> Follower {
        self.staying(source, "beside")
    }

    fn staying(&self, source: &str, log: &str) -> Follower {
        let log = self.home.path().join(log);
        let mut command = self.home.command(&["collect", "--follow", source]);
        command.env("KUBECONFIG", &self.config).stdout(Stdio::null());
        command.stderr(std::fs::File::create(&log).unwrap());
        Follower { child: command.spawn().unwrap(), log }
    }

    fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Everything that a filter finds, gone or not.
    pub(super) fn all(&self, filter: &str) -> Vec<Value> {
        self.rows(&["query", filter, "--format", "ndjson", "--limit", "1000000"])
    }

    /// What is there of it.
    pub(super) fn present(&self, filter: &str) -> Vec<Value> {
        self.all(filter).into_iter().filter(|row| row["presence"]["state"] == "present").collect()
    }

    pub(super) fn changes(&self) -> Vec<Value> {
        self.run(&["changes", "--format", "json", "--since", "1h", "--limit", "1000000"])
            .json()
            .as_array()
            .unwrap()
            .clone()
    }

    pub(super) fn health(&self) -> Vec<Value> {
        // It ends with 3 where something was not read.
        let ran = self.run(&["health", "--format", "json"]);
        assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    pub(super) fn relations(&self, id: &str) -> Vec<Value> {
        let ran = self.run(&["relations", id, "--direction", "out", "--format", "json"]);
        if ran.code != Some(0) {
            return Vec::new();
        }
        ran.json().as_array().unwrap().clone()
    }

    /// Asks again and again until there is an answer.
    pub(super) fn until<T>(&self, patience: Duration, ask: impl Fn(&Self) -> Option<T>) -> T {
        super::until(patience, || ask(self))
    }
}

/// See [`User::follow`].
pub(super) struct Follower {
    child: Child,
    log: PathBuf,
}

impl Follower {
    /// What it said so far.
    pub(super) fn told(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // As from a terminal, so that it ends well.
        let id = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}
