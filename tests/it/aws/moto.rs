//! moto in a process of its own, filled by `tests/aws/harness.py`; ended when dropped.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::Deserialize;
use serde_json::Value;

/// What the harness says.
#[derive(Debug, Deserialize)]
pub(super) struct State {
    pub(super) endpoint: String,
    pub(super) accounts: Vec<String>,
    pub(super) regions: Vec<String>,
    pub(super) role: String,
    pub(super) assets: Vec<Value>,
    /// Every edge that the estate planned.
    pub(super) edges: Vec<Vec<String>>,
    /// Every further edge between two of the assets that boto3's own listings state.
    pub(super) stated: Vec<Vec<String>>,
}

/// The server.
pub(super) struct Moto {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    dir: tempfile::TempDir,
    endpoint: String,
}

impl Moto {
    /// Starts and fills it; only some families of services where they are named.
    pub(super) fn start(families: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let python = std::env::var("CLOUDSCOPE_PYTHON").unwrap_or_else(|_| "python3".into());
        let mut command = Command::new(&python);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/harness.py"))
            .arg("serve")
            .arg(dir.path().join("state.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        for family in families {
            command.args(["--family", family]);
        }
        let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot run {python}: {e}"));
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut moto = Self { child, input, output, dir, endpoint: String::new() };
        let line = moto.line();
        assert!(
            line.starts_with("ready"),
            "moto did not start (`{line}`); does {python} have the packages moto[server] and boto3? run tests/run"
        );
        moto.endpoint = moto.state().endpoint;
        moto
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What it has now, as boto3 lists it.
    pub(super) fn state(&self) -> State {
        let text = std::fs::read_to_string(self.dir.path().join("state.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Deletes some things, makes some again, changes some.
    pub(super) fn churn(&mut self) {
        writeln!(self.input, "churn").unwrap();
        assert_eq!(self.line(), "churned");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
