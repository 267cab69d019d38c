//! Work over all slots, shared by the processors: each thread takes the next few slots when it is done with
//! those it had, so that none waits for a slower one. Knows nothing of what is done with a slot.

use std::{
    ops::Range,
    panic::resume_unwind,
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{Builder, available_parallelism, scope},
};

/// Slots that are taken at once.
const STRETCH: usize = if cfg!(test) { 1 } else { 4 };
/// Fewer slots are not worth another thread.
const WORTH: usize = if cfg!(test) { 2 } else { 48 };
/// More threads than that have nothing to do.
const MOST: usize = 4;

static THREADS: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, Into::into).min(MOST));

/// The slots that a thread is to look at; none any more once somebody said stop.
pub(crate) struct Slots<'a> {
    /// Those that are taken already.
    taken: Range<usize>,
    next: &'a AtomicUsize,
    slots: usize,
    stop: &'a AtomicBool,
    /// Of the thread that knows.
    cancel: Option<&'a dyn Fn() -> bool>,
}

impl Iterator for Slots<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.cancel.is_some_and(|cancel| cancel()) {
            self.stop.store(true, Ordering::Relaxed);
        }
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        if self.taken.is_empty() {
            let from = self.next.fetch_add(STRETCH, Ordering::Relaxed).min(self.slots);
            self.taken = from..self.slots.min(from + STRETCH);
        }
        self.taken.next()
    }
}

/// Does work over so many slots on this thread, and where there is `much` to do on others too; what each made of
/// the slots that it took. `None` when `cancel` said stop.
pub(crate) fn share<T: Send>(
    slots: usize,
    much: bool,
    cancel: &dyn Fn() -> bool,
    work: impl Fn(Slots<'_>) -> T + Sync,
) -> Option<Vec<T>> {
    let helpers = if !much || slots < WORTH { 0 } else { THREADS.saturating_sub(1) };
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mine = |cancel| Slots { taken: 0..0, next: &next, slots, stop: &stop, cancel };
    let made = scope(|scope| {
        let spawn = |_| Builder::new().spawn_scoped(scope, || work(mine(None)));
        // Where the system has no thread left, this one does all of it.
        let others: Vec<_> = (0..helpers).map_while(|n| spawn(n).ok()).collect();
        let mut made = vec![work(mine(Some(cancel)))];
        made.extend(
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic))),
        );
        made
    });
    (!stop.load(Ordering::Relaxed)).then_some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_looked_at_once() {
        for slots in [0, 1, 2, 3, 7, 1000] {
            let made = share(slots, true, &|| false, |slots| slots.collect::<Vec<_>>()).unwrap();
            let mut all = made.concat();
            all.sort_unstable();
            assert_eq!(all, (0..slots).collect::<Vec<_>>());
        }
    }

    #[test]
    fn all_stop_when_one_is_told_to() {
        let asked = std::cell::Cell::new(0);
        let cancel = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let seen = AtomicUsize::new(0);
        let made = share(1 << 30, true, &cancel, |slots| {
            seen.fetch_add(slots.count(), Ordering::Relaxed);
        });
        assert!(made.is_none() && seen.load(Ordering::Relaxed) < 1 << 30);
    }

    #[test]
    fn a_panic_elsewhere_is_a_panic_here() {
        let caught = std::panic::catch_unwind(|| {
            share(1000, true, &|| false, |slots| {
                assert!(slots.cancel.is_some(), "elsewhere");
                slots.count()
            })
        });
        assert_eq!(caught.is_err(), *THREADS > 1);
    }
}
