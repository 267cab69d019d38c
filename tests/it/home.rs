//! A user of their own for each test: home, data directory, working directory, and the real binary in
//! them. Nothing of the machine's own configuration is read.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A fresh user.
pub(crate) struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir(home.work()).unwrap();
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The working directory.
    pub(crate) fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Writes a file in the working directory.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let text = |p: &Path| p.to_str().unwrap().to_owned();
        vec![
            ("HOME".into(), text(self.path())),
            ("PATH".into(), std::env::var("PATH").unwrap_or_default()),
            ("LANG".into(), "C.UTF-8".into()),
            ("CLOUDSCOPE_DATA_DIR".into(), text(&self.data())),
        ]
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloudscope"));
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment())
            .current_dir(self.work())
            .stdin(Stdio::null());
        command
    }

    /// A process that has the store open and stays, until it is dropped. It collects a file without rows.
    pub(crate) fn hold(&self) -> Holder {
        self.hold_with(&[])
    }

    /// The same with more in its environment.
    pub(crate) fn hold_with(&self, environment: &[(&str, &str)]) -> Holder {
        let dir = self.path().join(".config/cloudscope");
        std::fs::create_dir_all(&dir).unwrap();
        let empty = self.file("held.csv", "id,name\n");
        let text = format!(
            "version: 1\ndiscover: false\nsources:\n  - name: held\n    collector: file\n    options: {{path: {}}}\nschedule:\n  default: {{every: 24h}}\n",
            empty.display()
        );
        std::fs::write(dir.join("config.yaml"), text).unwrap();
        let child = self
            .command(&["collect", "--watch", "--quiet"])
            .envs(environment.iter().copied())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut holder = Holder { child };
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let held = || std::fs::read_to_string(self.data().join("lock")).unwrap_or_default();
        while held().trim() != holder.child.id().to_string() {
            assert_eq!(holder.child.try_wait().unwrap(), None, "it ended");
            assert!(std::time::Instant::now() < patience, "it never held the store");
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
        holder
    }

    /// Runs to the end, bounded in time.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Ran::of(wait(child), arguments)
    }
}

/// Waits for the end of a child; kills it after a minute.
pub(crate) fn wait(child: std::process::Child) -> Output {
    wait_for(child, Duration::from_secs(90))
}

/// The same, with another patience.
pub(crate) fn wait_for(mut child: std::process::Child, patience: Duration) -> Output {
    use std::io::Read;
    let read = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                pipe.read_to_end(&mut bytes).unwrap();
            }
            bytes
        })
    };
    let out = read(child.stdout.take().map(|p| Box::new(p) as Box<dyn Read + Send>));
    let err = read(child.stderr.take().map(|p| Box::new(p) as Box<dyn Read + Send>));
    let deadline = Instant::now() + patience;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            let _ = child.wait();
            panic!("the program did not end: {}", String::from_utf8_lossy(&err.join().unwrap()));
        }
        std::thread::park_timeout(Duration::from_millis(5));
    };
    Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

/// See [`Home::hold`].
pub(crate) struct Holder {
    child: std::process::Child,
}

impl Holder {
    /// What the system says of the process.
    #[cfg(target_os = "linux")]
    pub(crate) fn told(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.child.id());
        String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output, arguments: &[&str]) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_else(|e| panic!("{arguments:?}: {e}"));
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Standard output, when the command ended with this code.
    pub(crate) fn with(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self.out
    }

    /// Standard output as JSON, when the command went well.
    pub(crate) fn json(self) -> serde_json::Value {
        let text = self.with(0);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }
}
