//! The views of the past that are kept: a few, each built once however many ask for it at a time.
//! Knows nothing of moments; a revision is asked for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cloudscope_domain::{Revision, Timestamp};
use cloudscope_ports::AssetStore;
use tokio::sync::watch;

use super::build::{Built, Pins, build};
use crate::{
    SessionError,
    engine::work::{blocking, failed},
    hub::View,
};

/// Views that are kept at the most: two to compare, and the one before.
const MOST: usize = 3;
/// Rows that all of them may have together; the one asked for last stays whatever its size.
const ROWS: usize = 2_000_000;

/// A view with what it was made with, shared by those who ask.
type Shared = Arc<Mutex<Built>>;

/// Views of the past, the one asked for last at the end.
#[derive(Default)]
pub(in crate::engine) struct Pasts(Arc<Mutex<Vec<Past>>>);

/// One of them.
struct Past {
    asked: Asked,
    state: State,
}

/// What makes one view differ from another.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Asked {
    revision: Revision,
    /// How often tombstones were let go of before: older states do not show them afterwards either.
    prunings: u64,
}

enum State {
    /// It is being built as long as somebody holds what `wanted` points at.
    Building {
        wanted: Weak<()>,
        outcome: watch::Receiver<Option<Result<Shared, SessionError>>>,
    },
    Ready {
        built: Shared,
        rows: usize,
    },
}

impl Pasts {
    /// The view of a revision, with these pins.
    pub(super) async fn view(
        &self,
        store: &Arc<dyn AssetStore>,
        (revision, as_of): (Revision, Timestamp),
        prunings: u64,
        pins: &Pins,
    ) -> Result<Arc<View>, SessionError> {
        let asked = Asked { revision, prunings };
        let built = match self.wait_or_build(store, asked, as_of, pins) {
            Wait::Ready(built) => built,
            Wait::For { mut outcome, wanted } => {
                let told = outcome.wait_for(Option::is_some).await.map(|told| told.clone());
                drop(wanted);
                told.ok().flatten().unwrap_or_else(|| {
                    Err(SessionError::Store("the past could not be read; this is a defect".into()))
                })?
            }
        };
        let view = Arc::clone(&lock(&built).view);
        if Arc::ptr_eq(&view.pins, pins) {
            return Ok(view);
        }
        let pins = Arc::clone(pins);
        blocking(move || {
            let mut built = lock(&built);
            built.repin(&pins);
            Arc::clone(&built.view)
        })
        .await
    }

    fn wait_or_build(
        &self,
        store: &Arc<dyn AssetStore>,
        asked: Asked,
        as_of: Timestamp,
        pins: &Pins,
    ) -> Wait {
        let mut pasts = lock(&self.0);
        // What was built before tombstones were let go of is of no use any more.
        pasts.retain(|p| p.asked.prunings == asked.prunings);
        if let Some(at) = pasts.iter().position(|p| p.asked == asked) {
            let past = pasts.remove(at);
            let wait = match &past.state {
                State::Ready { built, .. } => Some(Wait::Ready(Arc::clone(built))),
                // Nobody can want again what nobody wanted: its builder may have stopped already.
                State::Building { wanted, outcome } => {
                    wanted.upgrade().map(|wanted| Wait::For { outcome: outcome.clone(), wanted })
                }
            };
            if let Some(wait) = wait {
                pasts.push(past);
                return wait;
            }
        }
        let (tell, outcome) = watch::channel(None);
        let wanted = Arc::new(());
        let still = Arc::downgrade(&wanted);
        pasts
            .push(Past { asked, state: State::Building { wanted: still.clone(), outcome: outcome.clone() } });
        let (store, pins, kept) = (Arc::clone(store), Arc::clone(pins), Arc::clone(&self.0));
        tokio::task::spawn_blocking(move || {
            let built = build(&*store, (asked.revision, as_of), &pins, &|| still.strong_count() == 0);
            let told = match built {
                Ok(Some(built)) => Ok(Arc::new(Mutex::new(built))),
                // Nobody is there to be told.
                Ok(None) => return settle(&kept, asked, &still, None),
                Err(error) => Err(failed(error)),
            };
            settle(&kept, asked, &still, told.as_ref().ok());
            tell.send_replace(Some(told));
        });
        Wait::For { outcome, wanted }
    }

    /// How many there are, those that are being built among them.
    #[cfg(test)]
    pub(in crate::engine) fn len(&self) -> usize {
        lock(&self.0).len()
    }
}

/// What an asker has to do.
enum Wait {
    Ready(Shared),
    For { outcome: watch::Receiver<Option<Result<Shared, SessionError>>>, wanted: Arc<()> },
}

/// Puts what was built in the place of the work, or takes the work away.
fn settle(pasts: &Mutex<Vec<Past>>, asked: Asked, mine: &Weak<()>, built: Option<&Shared>) {
    let mut pasts = lock(pasts);
    let is_mine = |p: &Past| matches!(&p.state, State::Building { wanted, .. } if wanted.ptr_eq(mine));
    let Some(at) = pasts.iter().position(is_mine) else { return };
    let Some(built) = built else {
        pasts.remove(at);
        return;
    };
    let rows = {
        let view = &lock(built).view.snapshot;
        view.len() + view.gone()
    };
    pasts[at] = Past { asked, state: State::Ready { built: Arc::clone(built), rows } };
    let ready = |p: &Past| if let State::Ready { rows, .. } = p.state { Some(rows) } else { None };
    while pasts.iter().filter_map(ready).count() > MOST
        || (pasts.iter().filter_map(ready).sum::<usize>() > ROWS
            && pasts.iter().filter_map(ready).count() > 1)
    {
        let Some(oldest) = pasts.iter().position(|p| ready(p).is_some()) else { break };
        pasts.remove(oldest);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
