//! A process and its group, from start to reaping. Dropped before it was reaped, it kills the group.

use std::{io, process::ExitStatus, time::Duration};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::{
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    signal::unix::SignalKind,
};

/// A process that does not go away after SIGKILL hangs in the kernel; it is left to it.
const REAP: Duration = Duration::from_secs(5);

/// A leader that is not reaped yet, and with it its group.
pub(super) struct Group {
    child: Child,
    pid: Pid,
    children: tokio::signal::unix::Signal,
    reaped: bool,
}

/// The ends of its pipes.
pub(super) struct Pipes {
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}

impl Group {
    /// Starts a command that makes a group of its own.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        // Before the start, so that no end is missed.
        let children = tokio::signal::unix::signal(SignalKind::child())?;
        let child = command.spawn()?;
        let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let pid = pid.ok_or_else(|| io::Error::other("the new process has no number"))?;
        Ok(Self { child, pid, children, reaped: false })
    }

    pub(super) fn pipes(&mut self) -> Pipes {
        Pipes {
            stdin: self.child.stdin.take(),
            stdout: self.child.stdout.take(),
            stderr: self.child.stderr.take(),
        }
    }

    /// Returns when the leader has exited. It is not reaped.
    pub(super) async fn exited(&mut self) -> io::Result<()> {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while waitid(WaitId::Pid(self.pid), look)?.is_none() {
            if self.children.recv().await.is_none() {
                return Err(io::Error::other("the end of processes is not told any more"));
            }
        }
        Ok(())
    }

    /// Asks all of the group to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends whatever is left of the group, and takes the leader's exit status.
    pub(super) async fn kill_and_reap(mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        let status = tokio::time::timeout(REAP, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| Err(io::Error::other("it hangs in the kernel")))?;
        self.reaped = true;
        Ok(status)
    }

    fn signal(&self, signal: Signal) {
        // A group that is gone already is what was wanted.
        let _ = kill_process_group(self.pid, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.reaped {
            self.signal(Signal::KILL);
        }
    }
}
