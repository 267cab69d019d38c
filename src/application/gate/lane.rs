//! What a call is counted against: its provider, its account and its endpoint, each with its own bounds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cloudscope_domain::{ScopeKey, text::visible};
use cloudscope_ports::{CallResult, Operation, Quota};
use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};

use super::{
    circuit::{Breaker, Pass, Sign},
    pace::{Pace, Wait},
    provider,
    retry::RetryBudget,
};
use crate::limits::GateLimits;

/// An account of a provider.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) places: Arc<Semaphore>,
    pub(super) provider: Arc<Semaphore>,
    retries: Mutex<RetryBudget>,
}

impl Account {
    /// Takes one further try; `false` when the account has none left.
    pub(super) fn retry(&self) -> bool {
        lock(&self.retries).take()
    }
}

/// A service in a region, of one account.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) account: Arc<Account>,
    pub(super) account_name: String,
    /// Service and region.
    pub(super) endpoint: String,
    pub(super) places: Arc<Semaphore>,
    /// Whoever waits for the pace; one after the other, so that none is overtaken for ever.
    pub(super) turn: tokio::sync::Mutex<()>,
    /// The end of a probe.
    pub(super) probed: Notify,
    state: Mutex<State>,
    limits: GateLimits,
    born: Instant,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    breaker: Breaker,
}

impl Lane {
    fn now(&self) -> Duration {
        self.born.elapsed()
    }

    /// Whether the circuit lets a call pass.
    pub(super) fn pass(&self) -> Pass {
        lock(&self.state).breaker.ask(self.now())
    }

    /// For how long the circuit stays open, if it is.
    pub(super) fn open_for(&self) -> Option<Duration> {
        lock(&self.state).breaker.open_for(self.now())
    }

    /// Takes leave from the pace.
    pub(super) fn take(&self) -> Result<(), Wait> {
        lock(&self.state).pace.take(self.now())
    }

    pub(super) fn quota(&self, quota: Quota) {
        lock(&self.state).pace.quota(self.now(), quota);
    }

    /// Why the circuit is open, and whether for lack of quota.
    pub(super) fn error(&self) -> (String, bool) {
        let state = lock(&self.state);
        let (error, throttled) = state.breaker.error();
        (error.to_owned(), throttled)
    }

    /// A call ended.
    pub(super) fn report(&self, result: &CallResult, after: Option<Duration>, probe: bool) {
        let now = self.now();
        let sign = sign(result);
        if sign == Sign::Works {
            lock(&self.account.retries).earn();
        }
        {
            let mut state = lock(&self.state);
            match sign {
                Sign::Throttled => state.pace.throttled(now, after),
                Sign::Works => state.pace.answered(now),
                Sign::Broken(_) | Sign::Nothing => {}
            }
            state.breaker.report(now, sign, probe, &self.limits);
        }
        if probe {
            self.probed.notify_waiters();
        }
    }

    /// How the circuit stands, when that is worth showing: state, next try from now, failures, error.
    pub(super) fn circuit(&self) -> Option<(crate::message::CircuitState, Option<Duration>, u32, String)> {
        let now = self.now();
        let state = lock(&self.state);
        let (shown, until) = state.breaker.shown(now)?;
        let left = until.map(|until| until.saturating_sub(now));
        Some((shown, left, state.breaker.failures(), state.breaker.error().0.to_owned()))
    }
}

/// What the end of a call says of its endpoint. A refusal for lack of rights is an answer.
fn sign(result: &CallResult) -> Sign {
    match result {
        CallResult::Ok | CallResult::Denied | CallResult::Refused => Sign::Works,
        CallResult::Throttled => Sign::Throttled,
        CallResult::Abandoned => Sign::Nothing,
        CallResult::Failed(words) => match words.as_str() {
            "malformed" | "not found" | "disabled" | "too large" => Sign::Works,
            "internal" => Sign::Nothing,
            other => Sign::Broken(visible(other).into_owned()),
        },
    }
}

/// Every endpoint that was called.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    providers: HashMap<String, Arc<Semaphore>>,
    accounts: HashMap<(String, String), Arc<Account>>,
    lanes: HashMap<(String, String, String), Arc<Lane>>,
}

impl Lanes {
    /// The account of a scope.
    pub(super) fn account(&self, limits: &GateLimits, provider: &str, scope: &ScopeKey) -> Arc<Account> {
        lock(&self.table).account(limits, provider, &scope.account)
    }

    /// The endpoint that an operation for a scope goes to.
    pub(super) fn lane(
        &self,
        limits: &GateLimits,
        provider: &str,
        operation: &Operation,
        scope: &ScopeKey,
    ) -> Arc<Lane> {
        let service = operation.as_str().split(':').next().unwrap_or_default();
        let endpoint =
            if scope.region.is_empty() { service.to_owned() } else { format!("{service} {}", scope.region) };
        let mut table = lock(&self.table);
        let key = (provider.to_owned(), scope.account.clone(), endpoint);
        if let Some(lane) = table.lanes.get(&key) {
            return Arc::clone(lane);
        }
        let lane = Arc::new(Lane {
            account: table.account(limits, provider, &scope.account),
            account_name: scope.account.clone(),
            endpoint: key.2.clone(),
            places: Arc::new(Semaphore::new(provider::places_of(provider, limits.per_endpoint).max(1))),
            turn: tokio::sync::Mutex::new(()),
            probed: Notify::new(),
            state: Mutex::new(State {
                pace: Pace::new(provider::rate_of(provider, service)),
                breaker: Breaker::new(),
            }),
            limits: *limits,
            born: Instant::now(),
        });
        table.lanes.insert(key, Arc::clone(&lane));
        lane
    }

    /// All of them, in no order.
    pub(super) fn all(&self) -> Vec<Arc<Lane>> {
        lock(&self.table).lanes.values().cloned().collect()
    }
}

impl Table {
    fn account(&mut self, limits: &GateLimits, provider: &str, account: &str) -> Arc<Account> {
        let key = (provider.to_owned(), account.to_owned());
        if let Some(account) = self.accounts.get(&key) {
            return Arc::clone(account);
        }
        let whole = self
            .providers
            .entry(provider.to_owned())
            .or_insert_with(|| Arc::new(Semaphore::new(limits.per_provider.max(1))));
        let account = Arc::new(Account {
            places: Arc::new(Semaphore::new(limits.per_account.max(1))),
            provider: Arc::clone(whole),
            retries: Mutex::new(RetryBudget::new(limits.retries)),
        });
        self.accounts.insert(key, Arc::clone(&account));
        account
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
