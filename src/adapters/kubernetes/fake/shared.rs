//! What all connections of the server share: objects, users, rules, and the record of what was asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    fault::{self, Call, Fault, Rule},
    kinds::Served,
    objects::Objects,
    users::Users,
};

/// A request that was answered, or broken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET`.
    pub method: String,
    /// `/api/v1/pods`.
    pub path: String,
    /// Behind the question mark.
    pub query: String,
    /// Who asked, when they were known.
    pub user: Option<String>,
    /// HTTP status; 0 when the connection was closed instead.
    pub status: u16,
}

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether `sendInitialEvents` is answered.
    pub watch_list: bool,
    /// Whether discovery in one document is answered.
    pub aggregated: bool,
    /// Groups that another server should answer for and does not.
    pub broken_groups: BTreeSet<String>,
    /// How often a watch that wants them gets a bookmark.
    pub bookmarks: Duration,
    /// Whether large answers are sent as gzip to clients that accept it.
    pub gzip: bool,
    /// How long every answer takes at least.
    pub latency: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            watch_list: true,
            aggregated: true,
            broken_groups: BTreeSet::new(),
            bookmarks: Duration::from_secs(5),
            gzip: true,
            latency: Duration::ZERO,
        }
    }
}

/// Everything that connections share.
pub(crate) struct Shared {
    served: Mutex<Arc<Vec<Served>>>,
    objects: Mutex<Objects>,
    users: Mutex<Users>,
    rules: Mutex<Vec<Rule>>,
    record: Mutex<Vec<Asked>>,
    settings: Mutex<Settings>,
    open: Mutex<BTreeMap<String, usize>>,
    changed: Condvar,
    /// Grows when all open connections are to be cut.
    pub(crate) cut: watch::Sender<u64>,
    pub(crate) stop: CancellationToken,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(served: Vec<Served>, objects: Objects, users: Users) -> Self {
        Self {
            served: Mutex::new(Arc::new(served)),
            objects: Mutex::new(objects),
            users: Mutex::new(users),
            rules: Mutex::default(),
            record: Mutex::default(),
            settings: Mutex::default(),
            open: Mutex::default(),
            changed: Condvar::new(),
            cut: watch::Sender::new(0),
            stop: CancellationToken::new(),
        }
    }

    /// What is served now.
    pub(crate) fn served(&self) -> Arc<Vec<Served>> {
        Arc::clone(&lock(&self.served))
    }

    /// Serves something else from now on.
    pub(crate) fn serve(&self, change: impl FnOnce(&mut Vec<Served>)) {
        change(Arc::make_mut(&mut lock(&self.served)));
    }

    pub(crate) fn objects(&self) -> MutexGuard<'_, Objects> {
        lock(&self.objects)
    }

    pub(crate) fn users(&self) -> MutexGuard<'_, Users> {
        lock(&self.users)
    }

    pub(crate) fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        lock(&self.rules)
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Vec<Asked>> {
        lock(&self.record)
    }

    pub(crate) fn settings(&self) -> MutexGuard<'_, Settings> {
        lock(&self.settings)
    }

    pub(crate) fn fault(&self, resource: &str, call: Call) -> Option<Fault> {
        fault::next(&mut self.rules(), resource, call)
    }

    /// A watch of a resource began or ended.
    pub(crate) fn watching(&self, resource: &str, began: bool) {
        let mut open = lock(&self.open);
        let count = open.entry(resource.to_owned()).or_default();
        *count = if began { *count + 1 } else { count.saturating_sub(1) };
        self.changed.notify_all();
    }

    /// How many watches are open.
    pub(crate) fn open(&self) -> BTreeMap<String, usize> {
        lock(&self.open).iter().filter(|(_, n)| **n > 0).map(|(r, n)| (r.clone(), *n)).collect()
    }

    /// Waits until what is open is as wanted.
    pub(crate) fn wait(
        &self,
        patience: Duration,
        mut wanted: impl FnMut(&BTreeMap<String, usize>) -> bool,
    ) -> bool {
        let until = Instant::now() + patience;
        let mut open = lock(&self.open);
        while !wanted(&open) {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return false };
            open = self.changed.wait_timeout(open, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
