//! What is kept from one question about who owns whom to the next: owners as far as they are known, and the
//! forests of the newest revision that was asked about. A tree asks for one node after the other, of the same
//! few places; so only the first question of a revision costs anything.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
    time::{Duration, Instant},
};

use super::{forest::Forest, kin::Kin};
use crate::{SessionError, hub::View};

/// Forests that are kept.
const FORESTS: usize = 16;
/// Things that they may have together; the one asked for last stays whatever its size.
const THINGS: usize = 1 << 20;
/// When nobody asks any more all of it is let go, and with it the view that it is of.
const IDLE: Duration = Duration::from_secs(60);

/// What is kept: of the inventory as it is, and of the moment that was looked at last.
#[derive(Default)]
pub(in crate::engine) struct Families {
    live: Mutex<Kept>,
    past: Mutex<Kept>,
}

/// Which things a forest is of: the place, which of them count, and from when ages count.
pub(super) type Of = (String, String, i64);

#[derive(Default)]
pub(super) struct Kept {
    view: Option<Arc<View>>,
    pub(super) kin: Kin,
    /// The one asked for last at the end.
    forests: VecDeque<(Of, Arc<Forest>)>,
    used: Option<Instant>,
}

impl Families {
    /// What is kept of views like this one. Others wait meanwhile; they would need the same.
    pub(super) fn of(&self, view: &View) -> MutexGuard<'_, Kept> {
        let kept = if view.past { &self.past } else { &self.live };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.used = Some(Instant::now());
        kept
    }

    /// Lets go of what nobody asked for in a while.
    pub(in crate::engine) fn rest(&self) {
        for kept in [&self.live, &self.past] {
            let mut kept = match kept.try_lock() {
                Ok(kept) => kept,
                Err(TryLockError::Poisoned(kept)) => kept.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            if kept.used.is_some_and(|used| used.elapsed() >= IDLE) {
                *kept = Kept::default();
            }
        }
    }
}

impl Kept {
    /// The forest of a view, made by `grow` if it is not there yet.
    pub(super) fn forest(
        &mut self,
        view: &Arc<View>,
        of: Of,
        grow: impl FnOnce(&mut Kin) -> Result<Forest, SessionError>,
    ) -> Result<Arc<Forest>, SessionError> {
        let same = |kept: &Arc<View>| Arc::ptr_eq(&kept.snapshot, &view.snapshot);
        if !self.view.as_ref().is_some_and(same) {
            self.forests.clear();
            self.kin.turn(view);
            self.view = Some(Arc::clone(view));
        }
        if let Some(at) = self.forests.iter().position(|(kept, _)| *kept == of)
            && let Some((of, forest)) = self.forests.remove(at)
        {
            self.forests.push_back((of, Arc::clone(&forest)));
            return Ok(forest);
        }
        let forest = Arc::new(grow(&mut self.kin)?);
        self.forests.push_back((of, Arc::clone(&forest)));
        let things =
            |forests: &VecDeque<(Of, Arc<Forest>)>| forests.iter().map(|(_, f)| f.len()).sum::<usize>();
        while self.forests.len() > FORESTS || (self.forests.len() > 1 && things(&self.forests) > THINGS) {
            self.forests.pop_front();
        }
        Ok(forest)
    }
}
