//! One run of a program: no shell, a fixed environment, `/` as its directory, a process group of its own
//! that ends with it. Whatever happens, nothing that it started in its group is left behind.
//!
//! ```text
//!  start --- JSON on stdin, output read --- leader exits --------------> SIGKILL to the group, reap
//!                   \--- too long, or stop --- SIGTERM --- grace --/
//! ```
//!
//! The leader is waited for without being reaped first: its number, which is the group's, then cannot
//! have gone to somebody else when the group is killed.

mod group;

use std::{
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    pin::pin,
    process::{ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use cloudscope_domain::text::visible;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Command,
};

use crate::{
    spec::{AbsolutePath, CommandSpec},
    state::short,
    stop::Stop,
};
use group::Group;

/// Where programs that the hook itself starts are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// How long a program may still take after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait for output that a process outside the group may hold open.
const LEFTOVER: Duration = Duration::from_millis(200);
/// Bytes of each output that are kept; the rest is read and thrown away.
const OUTPUT: usize = 8 << 10;

/// What one run needs.
pub(crate) struct Run<'a> {
    pub(crate) spec: &'a CommandSpec,
    pub(crate) event: &'static str,
    pub(crate) json: &'a str,
    pub(crate) home: Option<&'a Path>,
    pub(crate) stop: &'a Stop,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Well, or why not.
    pub(crate) how: Result<(), String>,
    /// What it wrote, shortened and visible.
    pub(crate) stdout: String,
    /// What it wrote, shortened and visible.
    pub(crate) stderr: String,
}

/// Why the wait for the leader ended.
enum Wait {
    Exited(io::Result<()>),
    TooLong,
    Stopped,
}

impl Run<'_> {
    /// Starts it and sees it through.
    pub(crate) async fn to_its_end(&self) -> Ended {
        let (stdout, stderr) = (Kept::default(), Kept::default());
        let how = self.run(&stdout, &stderr).await;
        let (stdout, stderr) = (stdout.text(), stderr.text());
        let how =
            how.map_err(|why| if stderr.is_empty() { why } else { format!("{why}; it says: {stderr}") });
        Ended { how, stdout, stderr }
    }

    async fn run(&self, stdout: &Kept, stderr: &Kept) -> Result<(), String> {
        trusted(&self.spec.program)?;
        let fail = |e: io::Error| format!("cannot run {}: {e}", self.spec.program.shown());
        let mut group = Group::start(self.command()).map_err(fail)?;
        let pipes = group.pipes();
        let mut talk = pin!(async {
            tokio::join!(
                async {
                    if let Some(mut stdin) = pipes.stdin {
                        // A program that does not read is no failure: its exit code says what it thinks.
                        let _ = stdin.write_all(self.json.as_bytes()).await;
                        let _ = stdin.write_all(b"\n").await;
                    }
                },
                stdout.read(pipes.stdout),
                stderr.read(pipes.stderr),
            );
        });
        let mut talked = false;
        let mut limit = pin!(tokio::time::sleep(self.spec.timeout.get()));
        let wait = loop {
            tokio::select! {
                exited = group.exited() => break Wait::Exited(exited),
                () = &mut talk, if !talked => talked = true,
                () = &mut limit => break Wait::TooLong,
                () = self.stop.said() => break Wait::Stopped,
            }
        };
        if !matches!(wait, Wait::Exited(_)) {
            group.terminate();
            let mut grace = pin!(tokio::time::sleep(GRACE));
            loop {
                tokio::select! {
                    _ = group.exited() => break,
                    () = &mut talk, if !talked => talked = true,
                    () = &mut grace => break,
                }
            }
        }
        let status = group.kill_and_reap().await;
        if !talked {
            let _ = tokio::time::timeout(LEFTOVER, talk).await;
        }
        match wait {
            Wait::Exited(Err(e)) => Err(fail(e)),
            Wait::Exited(Ok(())) => status.map_err(fail).and_then(judge),
            Wait::TooLong => Err(format!(
                "it took longer than {} s and was stopped; give it a longer `timeout`, or let it hand over",
                self.spec.timeout.get().as_secs_f64()
            )),
            Wait::Stopped => Err("it still ran when the program ended, and was stopped".to_owned()),
        }
    }

    /// The process: exactly these arguments and this environment.
    fn command(&self) -> Command {
        let mut command = Command::new(self.spec.program.path());
        command
            .args(&self.spec.args)
            .env_clear()
            .env("PATH", PATH)
            .env("LANG", "C.UTF-8")
            .env("CLOUDSCOPE_EVENT", self.event)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(home) = self.home {
            command.env("HOME", home);
        }
        command
    }
}

/// Refuses a program that somebody else could have written.
pub(crate) fn trusted(program: &AbsolutePath) -> Result<(), String> {
    let shown = program.shown();
    let meta = std::fs::metadata(program.path()).map_err(|e| format!("cannot run {shown}: {e}"))?;
    let (mode, me) = (meta.permissions().mode(), rustix::process::geteuid().as_raw());
    if !meta.is_file() {
        return Err(format!("{shown} is not a file"));
    }
    if meta.uid() != 0 && meta.uid() != me {
        return Err(format!(
            "{shown} belongs to user {}, who could change it; run a copy of your own",
            meta.uid()
        ));
    }
    if mode & 0o022 != 0 {
        return Err(format!("{shown} can be changed by others; run `chmod go-w {shown}`"));
    }
    if mode & 0o111 == 0 {
        return Err(format!("{shown} is not executable; run `chmod u+x {shown}`"));
    }
    Ok(())
}

fn judge(status: ExitStatus) -> Result<(), String> {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (Some(code), _) => Err(format!("it ended with exit code {code}")),
        (None, Some(signal)) => Err(format!("it was ended by signal {signal}")),
        (None, None) => Err("it ended in an unknown way".to_owned()),
    }
}

/// The beginning of an output.
#[derive(Default)]
struct Kept(Mutex<Vec<u8>>);

impl Kept {
    /// Reads to the end, so that the writer never blocks, and keeps the beginning.
    async fn read(&self, pipe: Option<impl AsyncRead + Unpin>) {
        let Some(mut pipe) = pipe else { return };
        let mut chunk = [0; 4096];
        while let Ok(n @ 1..) = pipe.read(&mut chunk).await {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let room = OUTPUT.saturating_sub(kept.len()).min(n);
            kept.extend_from_slice(&chunk[..room]);
        }
    }

    fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        short(&visible(String::from_utf8_lossy(&kept).trim()))
    }
}
