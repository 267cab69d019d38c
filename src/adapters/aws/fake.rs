//! A fake of AWS for tests and benches: a loopback server that answers what the collector asks in the
//! services' own wire formats, by the same models, with an estate that is made up from a few numbers.
//!
//! Credentials are handed out as by a container, an instance, single sign-on and STS (`logins`).
//! It checks no signature and no permission, keeps no state but its script, and knows only the operations
//! that this program may call. It shows how the collector behaves; that AWS answers so is shown elsewhere.
//!
//! ```text
//!  socket -> serve -> request (which operation, who, where) -> fault (as scripted) -> page -> write -> stamp
//!                                                                  uses, fill ---------'
//! ```

mod fault;
mod fill;
mod logins;
mod page;
mod request;
mod serve;
mod stamp;
mod uses;
mod write;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
    thread::JoinHandle,
    time::Duration,
};

use tokio::sync::Notify;

use fault::Script;
pub use fault::{Fault, Rule};
pub use logins::{CONTAINER_PATH, CONTAINER_TOKEN, SSO_REFRESH, SSO_TOKEN, WEB_TOKEN};
use page::Pages;
use request::Operations;
use uses::Uses;

/// What there is.
#[derive(Clone, Debug)]
pub struct Estate {
    /// The accounts of the organization; the first is its own.
    pub accounts: Vec<String>,
    /// Those of them that are being closed.
    pub suspended: Vec<String>,
    /// Regions with their opt-in status.
    pub regions: Vec<(String, String)>,
    /// How many items each listing has in each account and region.
    pub items: usize,
    /// The largest page.
    pub page: usize,
    /// How long each answer takes.
    pub latency: Duration,
    /// Seconds for which credentials are good that are handed out.
    pub session: i64,
}

impl Estate {
    /// So many accounts, in these regions.
    #[must_use]
    pub fn new(accounts: usize, regions: &[&str]) -> Self {
        Self {
            accounts: (0..accounts.max(1)).map(|n| format!("{:012}", 100_000_000_001 + n)).collect(),
            suspended: Vec::new(),
            regions: regions.iter().map(|r| ((*r).to_owned(), "opt-in-not-required".to_owned())).collect(),
            items: 3,
            page: 100,
            latency: Duration::ZERO,
            session: 3_600,
        }
    }

    /// The access key of an account.
    #[must_use]
    pub fn key(&self, account: usize) -> String {
        format!("AKIA{}", self.accounts[account])
    }
}

/// What became of an item of a listing, in every scope or in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The listing's operation, `service:Operation`.
    pub operation: String,
    /// Where; everywhere without one.
    pub region: Option<String>,
    /// Which item.
    pub index: usize,
    /// What became of it.
    pub what: Became,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was deleted.
    Gone,
    /// It was deleted and made again under the same name: other times of creation.
    Remade,
}

/// Everything that the server's tasks share.
struct Shared {
    estate: Estate,
    operations: Operations,
    uses: Uses,
    pages: Pages,
    script: Mutex<Script>,
    calls: Mutex<BTreeMap<String, u64>>,
    /// Every operation with the access key that signed it.
    keys: Mutex<BTreeSet<(String, String)>>,
    /// Keys that were handed out so far.
    logins: AtomicU64,
    stop: Notify,
}

/// A running fake; ended when dropped.
pub struct FakeAws {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl FakeAws {
    /// Starts it on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(estate: Estate) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            estate,
            operations: Operations::builtin(),
            uses: Uses::builtin(),
            pages: Pages::default(),
            script: Mutex::default(),
            calls: Mutex::default(),
            keys: Mutex::default(),
            logins: AtomicU64::new(0),
            stop: Notify::new(),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            runtime.block_on(serve::serve(listener, serving));
            runtime.shutdown_background();
        });
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What there is.
    #[must_use]
    pub fn estate(&self) -> &Estate {
        &self.shared.estate
    }

    /// Calls that fit the rule fail as it says.
    pub fn fail(&self, rule: Rule) {
        self.shared.script().rules.push(rule);
    }

    /// Something became of an item.
    pub fn change(&self, change: Change) {
        self.shared.script().changes.push(change);
    }

    /// Forgets all rules; what became of items stays.
    pub fn heal(&self) {
        self.shared.script().rules.clear();
    }

    /// How often each operation was called so far.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.shared.counts().clone()
    }

    /// The access keys that an operation was signed with so far.
    #[must_use]
    pub fn keys(&self, operation: &str) -> BTreeSet<String> {
        let keys = self.shared.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter().filter(|(of, _)| of == operation).map(|(_, key)| key.clone()).collect()
    }
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        self.shared.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
