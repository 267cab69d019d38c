//! How much may be read ahead of the writer. A scope that asks for a page while others hold what the writer
//! cannot take yet only adds to what waits in memory, so that it waits with the question instead of the answer.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Items of all scopes that were asked for and not yet handed over.
const ITEMS: u32 = 8_192;
/// What a page is taken for before any came: large, so that a run does not begin with a flood.
const GUESS: u32 = 256;
/// No page is taken for more than this, so that several scopes always go on.
const LARGEST: u32 = ITEMS / 8;
/// The average follows the last so many pages.
const RECENT: u32 = 16;
/// Waiting longer than this helps nobody: a scope that holds room may itself wait for one that has none.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The room of one run.
#[derive(Debug)]
pub(crate) struct Rooms {
    all: Arc<Semaphore>,
    /// Items of a page by average, times [`RECENT`].
    average: AtomicU32,
}

impl Rooms {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            all: Arc::new(Semaphore::new(ITEMS as usize)),
            average: AtomicU32::new(GUESS * RECENT),
        })
    }

    /// The part of one attempt at a scope.
    pub(crate) fn room(self: &Arc<Self>) -> Arc<Room> {
        Arc::new(Room { rooms: Arc::clone(self), held: Mutex::default(), page: AtomicU32::new(0) })
    }
}

/// What a scope may hold: nothing, or one page.
#[derive(Debug)]
pub(crate) struct Room {
    rooms: Arc<Rooms>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
    /// Items of the last page; none came yet at 0.
    page: AtomicU32,
}

impl Room {
    /// Waits until there is room for a page, unless the scope has some already.
    pub(super) async fn take(&self) {
        if self.held().is_some() {
            return;
        }
        let page = match self.page.load(Ordering::Relaxed) {
            0 => self.rooms.average.load(Ordering::Relaxed) / RECENT,
            page => page,
        };
        let room = Arc::clone(&self.rooms.all).acquire_many_owned(page.clamp(1, LARGEST)).await;
        // Never closed; were it, nothing would be held back.
        *self.held() = room.ok();
    }

    /// A page of so many items was handed over.
    pub(crate) fn give(&self, items: usize) {
        let items = u32::try_from(items).unwrap_or(u32::MAX).min(LARGEST);
        if items == 0 {
            // The beginning or the end of a listing says nothing of its pages.
            return;
        }
        self.page.store(items, Ordering::Relaxed);
        let follow = |average: u32| Some(average - average / RECENT + items);
        let _ = self.rooms.average.fetch_update(Ordering::Relaxed, Ordering::Relaxed, follow);
        *self.held() = None;
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn enters(room: &Room) -> bool {
        room.take().now_or_never().is_some()
    }

    #[test]
    fn what_waits_for_the_writer_is_bounded() {
        let rooms = Rooms::new();
        let scopes: Vec<_> = (0..1_000).map(|_| rooms.room()).collect();
        let entered = |scopes: &[Arc<Room>]| scopes.iter().filter(|room| enters(room)).count();
        assert_eq!(entered(&scopes), (ITEMS / GUESS) as usize, "as many as there is room for");
        assert_eq!(entered(&scopes), (ITEMS / GUESS) as usize, "a page under way does not count twice");
        // Their pages are larger than thought, and the next ones are known for it.
        for _ in 0..20 {
            for room in &scopes {
                room.give(LARGEST as usize);
            }
            let held = entered(&scopes);
            assert!(held <= (ITEMS / LARGEST) as usize, "{held} scopes");
            assert!(held > 0);
        }
    }

    #[test]
    fn small_pages_are_read_by_many_at_a_time() {
        let rooms = Rooms::new();
        for _ in 0..200 {
            let room = rooms.room();
            assert!(enters(&room));
            room.give(18);
        }
        let scopes: Vec<_> = (0..1_000).map(|_| rooms.room()).collect();
        let entered = scopes.iter().filter(|room| enters(room)).count();
        assert!(entered >= 256, "{entered} scopes");
    }

    #[test]
    fn what_a_scope_held_is_free_when_it_ends() {
        let rooms = Rooms::new();
        for _ in 0..3 {
            let scopes: Vec<_> = (0..1_000).map(|_| rooms.room()).collect();
            assert_eq!(scopes.iter().filter(|room| enters(room)).count(), (ITEMS / GUESS) as usize);
            scopes[0].give(0);
            assert!(!enters(&scopes[999]), "a beginning without items frees nothing");
        }
    }
}
