//! Work that nobody waits for lets what answers a key go first.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How long work stands aside for answers at the most, and how long it then goes on whatever is asked: a held
/// key must not stop collection.
const ASIDE: Duration = Duration::from_millis(20);

/// How far it stands back: a tenth of the weight of what answers.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Lets whoever waits for a key's answer go first where there are fewer processors than work: this thread, and
/// those that it starts, have a lower priority from now on.
pub fn stand_back() {
    // Elsewhere it would be the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "work in the background has the priority of everything else");
    }
}

/// Which answers are worked out right now. A lower priority alone is not enough: until the scheduler looks
/// again, and in the caches, work goes on at the expense of an answer.
pub(crate) struct Answers {
    begun: AtomicUsize,
    ended: (Mutex<()>, Condvar),
    /// Milliseconds since then at which work may stand aside again.
    again: AtomicU64,
    since: Instant,
}

impl Answers {
    pub(crate) fn new() -> Self {
        let ended = (Mutex::new(()), Condvar::new());
        Self { begun: AtomicUsize::new(0), ended, again: AtomicU64::new(0), since: Instant::now() }
    }

    /// An answer is worked out until this is dropped.
    pub(crate) fn begin(&self) -> Answering<'_> {
        self.begun.fetch_add(1, Ordering::AcqRel);
        Answering(self)
    }

    /// Waits while an answer is worked out, but not for long. Costs nothing when there is none.
    pub(crate) fn stand_aside(&self) {
        if self.begun.load(Ordering::Relaxed) == 0 || self.now() < self.again.load(Ordering::Relaxed) {
            return;
        }
        let (lock, ended) = &self.ended;
        let held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.wait_timeout_while(held, ASIDE, |()| self.begun.load(Ordering::Acquire) > 0);
        let aside = u64::try_from(ASIDE.as_millis()).unwrap_or(u64::MAX);
        self.again.store(self.now().saturating_add(aside), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// An answer that is worked out.
pub(crate) struct Answering<'a>(&'a Answers);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.0.begun.fetch_sub(1, Ordering::AcqRel);
        // Whoever looked before must be waiting by now, or looks again.
        drop(self.0.ended.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.ended.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_goes_on_when_the_answer_is_there() {
        let answers = Answers::new();
        answers.stand_aside();
        let answering = answers.begin();
        std::thread::scope(|threads| {
            let work = threads.spawn(|| {
                let begun = Instant::now();
                answers.stand_aside();
                (answers.begun.load(Ordering::Acquire), begun.elapsed())
            });
            // Most often it stands aside by now.
            std::thread::yield_now();
            drop(answering);
            let (pending, waited) = work.join().unwrap();
            assert!(
                pending == 0 || waited >= ASIDE,
                "it went on after {waited:?} before the answer was there"
            );
        });
    }

    #[test]
    fn work_does_not_stand_aside_for_ever_nor_at_every_step() {
        let answers = Answers::new();
        let _answering = answers.begin();
        let (begun, at) = (Instant::now(), answers.now());
        answers.stand_aside();
        assert!(begun.elapsed() >= ASIDE);
        // It goes on for as long before it would stand aside again; the clock is read in whole milliseconds.
        let aside = u64::try_from(ASIDE.as_millis()).unwrap();
        assert!(answers.again.load(Ordering::Relaxed) >= at + 2 * aside - 1);
    }
}
