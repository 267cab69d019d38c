//! Asks how full a file system is, with a limit of patience.
//!
//! The question is put on a thread that is left behind when no answer comes: nothing can interrupt a
//! call that waits for a dead server. A mount that still owes an answer is not asked again, so that
//! at most one thread waits for it however often the machine is collected.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use rustix::io::Errno;

/// How long an answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// How full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) size: u64,
    pub(crate) used: u64,
    /// What an ordinary user may still write.
    pub(crate) available: u64,
    pub(crate) inodes: u64,
    pub(crate) inodes_free: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    Denied,
    /// No answer in time.
    Silent,
    Failed(String),
}

impl Usage {
    /// As `df` counts: used of what an ordinary user could use, rounded up.
    pub(crate) fn percent(&self) -> Option<u64> {
        share(self.used, self.used.saturating_add(self.available))
    }

    pub(crate) fn inode_percent(&self) -> Option<u64> {
        share(self.inodes.saturating_sub(self.inodes_free), self.inodes)
    }
}

fn share(part: u64, whole: u64) -> Option<u64> {
    let percent = (u128::from(part) * 100).div_ceil(u128::from(whole).max(1));
    (whole > 0).then(|| u64::try_from(percent).unwrap_or(u64::MAX))
}

type Answer = Result<Usage, UsageError>;
type Ask = Arc<dyn Fn(&Path) -> Answer + Send + Sync>;

/// The mounts that still owe an answer.
#[derive(Debug, Default)]
pub(crate) struct Unanswered(Mutex<BTreeSet<PathBuf>>);

impl Unanswered {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeSet<PathBuf>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Measures one file system after the other.
pub(crate) struct Meter {
    unanswered: Arc<Unanswered>,
    ask: Ask,
    patience: Duration,
    worker: Option<(Sender<PathBuf>, Receiver<Answer>)>,
}

impl Meter {
    pub(crate) fn new(unanswered: Arc<Unanswered>) -> Self {
        Self::asking(unanswered, Arc::new(statvfs), PATIENCE)
    }

    fn asking(unanswered: Arc<Unanswered>, ask: Ask, patience: Duration) -> Self {
        Self { unanswered, ask, patience, worker: None }
    }

    pub(crate) fn measure(&mut self, point: &Path) -> Answer {
        if self.unanswered.with(|waiting| waiting.contains(point)) {
            return Err(UsageError::Silent);
        }
        if self.worker.is_none() {
            self.worker = Some(self.hire()?);
        }
        let Some((questions, answers)) = &self.worker else { return Err(UsageError::Silent) };
        self.unanswered.with(|waiting| waiting.insert(point.to_owned()));
        if questions.send(point.to_owned()).is_err() {
            return Err(self.failed(point));
        }
        match answers.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                // The thread is left with its question; the next mount gets another one.
                self.worker = None;
                Err(UsageError::Silent)
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(self.failed(point)),
        }
    }

    fn failed(&mut self, point: &Path) -> UsageError {
        self.worker = None;
        self.unanswered.with(|waiting| waiting.remove(point));
        UsageError::Failed("the asking thread failed".into())
    }

    fn hire(&self) -> Result<(Sender<PathBuf>, Receiver<Answer>), UsageError> {
        let (questions, inbox) = mpsc::channel::<PathBuf>();
        let (outbox, answers) = mpsc::channel();
        let (ask, unanswered) = (Arc::clone(&self.ask), Arc::clone(&self.unanswered));
        std::thread::Builder::new()
            .name("host-statvfs".into())
            .spawn(move || {
                for point in inbox {
                    let answer = ask(&point);
                    unanswered.with(|waiting| waiting.remove(&point));
                    if outbox.send(answer).is_err() {
                        return;
                    }
                }
            })
            .map_err(|e| UsageError::Failed(format!("no thread to ask with: {e}")))?;
        Ok((questions, answers))
    }
}

fn statvfs(point: &Path) -> Answer {
    let stat = rustix::fs::statvfs(point).map_err(|e| match e {
        Errno::ACCESS | Errno::PERM => UsageError::Denied,
        other => UsageError::Failed(std::io::Error::from(other).to_string()),
    })?;
    let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
    Ok(Usage {
        size: bytes(stat.f_blocks),
        used: bytes(stat.f_blocks.saturating_sub(stat.f_bfree)),
        available: bytes(stat.f_bavail),
        inodes: stat.f_files,
        inodes_free: stat.f_ffree,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_up_as_df_does() {
        let usage =
            |used, available| Usage { size: 0, used, available, inodes: 10, inodes_free: 10 }.percent();
        assert_eq!(usage(0, 0), None);
        assert_eq!(usage(1, 999), Some(1));
        assert_eq!(usage(100, 0), Some(100));
        assert_eq!(usage(u64::MAX, 0), Some(100));
    }

    #[test]
    fn this_file_system_answers() {
        let usage = Meter::new(Arc::default()).measure(Path::new("/")).unwrap();
        assert!(usage.size > 0 && usage.used <= usage.size, "{usage:?}");
        let missing = Meter::new(Arc::default()).measure(Path::new("/no/such/place"));
        assert!(matches!(missing, Err(UsageError::Failed(_))), "{missing:?}");
    }

    #[test]
    fn a_mount_that_hangs_holds_up_neither_the_others_nor_the_next_collection() {
        let good = Usage { size: 1, used: 1, available: 1, inodes: 0, inodes_free: 0 };
        let (release, wait) = mpsc::channel::<()>();
        let (asked, hung) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let ask: Ask = Arc::new(move |point: &Path| {
            if point == Path::new("/dead") {
                asked.send(()).unwrap();
                // Ends when the test lets go, as a dead server's mount never does.
                let _ = wait.lock().unwrap().recv();
            }
            Ok(good)
        });
        let unanswered = Arc::new(Unanswered::default());
        let meter = |patience| Meter::asking(Arc::clone(&unanswered), Arc::clone(&ask), patience);
        let mut first = meter(Duration::from_millis(20));
        assert_eq!(first.measure(Path::new("/dead")), Err(UsageError::Silent));
        hung.recv().unwrap();
        let mut second = meter(Duration::from_secs(60));
        assert_eq!(second.measure(Path::new("/alive")), Ok(good));
        assert_eq!(second.measure(Path::new("/dead")), Err(UsageError::Silent));
        assert!(hung.try_recv().is_err(), "a mount that owes an answer was asked again");
        release.send(()).unwrap();
        while unanswered.with(|waiting| !waiting.is_empty()) {
            std::thread::yield_now();
        }
        drop(release);
        assert_eq!(second.measure(Path::new("/dead")), Ok(good));
    }
}
