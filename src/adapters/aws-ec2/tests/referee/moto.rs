//! moto in a process of its own, filled by `tests/aws/harness.py`; ended when dropped.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// What the harness says.
pub(crate) struct State {
    pub(crate) endpoint: String,
    pub(crate) accounts: Vec<String>,
    pub(crate) regions: Vec<String>,
    pub(crate) role: String,
}

impl State {
    pub(crate) fn read(path: &Path) -> Self {
        let state: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let texts = |v: &Value| v.as_array().unwrap().iter().map(text).collect();
        Self {
            endpoint: text(&state["endpoint"]),
            accounts: texts(&state["accounts"]),
            regions: texts(&state["regions"]),
            role: text(&state["role"]),
        }
    }
}

/// The server.
pub(crate) struct Moto {
    child: Child,
    dir: tempfile::TempDir,
}

impl Moto {
    /// Starts it and fills it with some families of services.
    pub(crate) fn start(families: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let python = std::env::var("CLOUDSCOPE_PYTHON").unwrap_or_else(|_| "python3".into());
        let harness = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/aws/harness.py");
        let mut command = Command::new(&python);
        command.arg(harness).arg("serve").arg(dir.path().join("state.json"));
        for family in families {
            command.args(["--family", family]);
        }
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut moto = Self { child: child.unwrap_or_else(|e| panic!("cannot run {python}: {e}")), dir };
        let mut line = String::new();
        BufReader::new(moto.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(
            line.starts_with("ready"),
            "moto did not start (`{line}`); does {python} have the packages moto[server] and boto3? run tests/run"
        );
        moto
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("state.json")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
