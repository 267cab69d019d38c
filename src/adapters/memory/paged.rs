//! A provider that pages its listings through the gate and fails in every way that providers fail, so that
//! the engine can be held to what it promises. What it holds is the truth that a test compares with.

mod mishap;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use cloudscope_domain::{AssetKey, Kind, Scope, ScopeKey, Sighting, SourceName};
use cloudscope_ports::{
    CollectContext, Collector, CredentialReport, Fault, FaultKind, Item, Look, Operation, Pages, Plan,
    SourceSpec, call,
};

use crate::lock;
pub use mishap::{LookUp, Mishap, Weather};

/// The call that lists one page.
pub const LIST: Operation = Operation::new("faulty:List");
/// The call that looks for one thing.
pub const DESCRIBE: Operation = Operation::new("faulty:Describe");
static OPERATIONS: [Operation; 2] = [LIST, DESCRIBE];

/// What one scope answers.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Its pages. Things that move while they are read stand on two of them, or on none.
    pub pages: Vec<Vec<Sighting>>,
    /// What goes wrong.
    pub mishap: Mishap,
    /// What a targeted look-up answers.
    pub look_up: LookUp,
}

/// A page, and the token of the next one.
struct Page {
    items: Vec<Sighting>,
    next: Option<usize>,
}

/// A collector of that provider.
#[derive(Debug, Default)]
pub struct PagedCollector {
    scopes: Mutex<BTreeMap<ScopeKey, (Scope, Listed)>>,
    broken_plan: Mutex<Option<Fault>>,
    weather: Mutex<Weather>,
    tries: Mutex<BTreeMap<(ScopeKey, usize), u32>>,
    sent: AtomicU64,
}

impl PagedCollector {
    /// A provider that has nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The source that it is collected as.
    #[must_use]
    pub fn source() -> SourceSpec {
        SourceSpec { name: SourceName::from("faulty"), collector: "faulty".into(), options: BTreeMap::new() }
    }

    /// From now on a scope answers so.
    pub fn put(&self, scope: Scope, listed: Listed) {
        lock(&self.tries).retain(|(key, _), _| *key != scope.key);
        lock(&self.scopes).insert(scope.key.clone(), (scope, listed));
    }

    /// From now on a scope is not planned.
    pub fn remove(&self, scope: &ScopeKey) {
        lock(&self.scopes).remove(scope);
    }

    /// From now on the plan fails so, or not any more.
    pub fn break_plan(&self, fault: Option<Fault>) {
        *lock(&self.broken_plan) = fault;
    }

    /// From now on calls are throttled like that.
    pub fn weather(&self, weather: Weather) {
        *lock(&self.weather) = weather;
    }

    /// Calls that reached it.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Acquire)
    }

    fn of(&self, scope: &Scope) -> Result<Listed, Fault> {
        let scopes = lock(&self.scopes);
        let (_, listed) = scopes.get(&scope.key).ok_or_else(|| {
            Fault::new(FaultKind::NotFound, LIST.as_str(), format!("there is no scope {}", scope.key))
        })?;
        Ok(listed.clone())
    }

    /// Answers one call for a page, as the mishap of its scope has it.
    async fn answer(&self, scope: &ScopeKey, listed: &Listed, page: usize) -> Result<Page, Fault> {
        let number = self.sent.fetch_add(1, Ordering::AcqRel);
        if lock(&self.weather).throttles(number) {
            return Err(Fault::new(FaultKind::Throttled { after: None }, LIST.as_str(), "rate exceeded"));
        }
        let tries = {
            let mut tries = lock(&self.tries);
            let tries = tries.entry((scope.clone(), page)).or_default();
            *tries += 1;
            *tries
        };
        match &listed.mishap {
            Mishap::Fails { page: at, fault } if *at == page => return Err(fault.clone()),
            Mishap::Passes { page: at, times, fault } if *at == page && tries <= *times => {
                return Err(fault.clone());
            }
            Mishap::NoAnswer { page: at } if *at == page => std::future::pending().await,
            _ => {}
        }
        let more = (page + 1 < listed.pages.len()).then_some(page + 1);
        let next = match &listed.mishap {
            Mishap::RepeatsToken { page: at } if *at <= page => Some(1),
            _ => more,
        };
        Ok(Page { items: listed.pages.get(page).cloned().unwrap_or_default(), next })
    }
}

#[async_trait]
impl Collector for PagedCollector {
    fn name(&self) -> &'static str {
        "faulty"
    }

    fn kinds(&self) -> Vec<Kind> {
        Vec::new()
    }

    fn operations(&self) -> &'static [Operation] {
        &OPERATIONS
    }

    async fn check(&self, _: &SourceSpec, _: &CollectContext) -> Result<CredentialReport, Fault> {
        Ok(CredentialReport { identity: "faulty".into(), limits: Vec::new() })
    }

    async fn plan(&self, _: &SourceSpec, _: &CollectContext) -> Result<Plan, Fault> {
        if let Some(fault) = &*lock(&self.broken_plan) {
            return Err(fault.clone());
        }
        let scopes = lock(&self.scopes).values().map(|(scope, _)| scope.clone()).collect();
        Ok(Plan { scopes, ..Plan::default() })
    }

    async fn look_up(
        &self,
        _: &SourceSpec,
        scope: &Scope,
        keys: &[AssetKey],
        context: &CollectContext,
    ) -> Result<Vec<(AssetKey, Look)>, Fault> {
        let look_up = self.of(scope)?.look_up;
        if look_up == LookUp::Cannot {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for key in keys {
            let answer = call(&*context.gate, "faulty", &OPERATIONS[1], &scope.key, |_| {
                self.sent.fetch_add(1, Ordering::AcqRel);
                std::future::ready(look_up.answer(key))
            });
            found.push((key.clone(), answer.await?));
        }
        Ok(found)
    }

    async fn collect(&self, _: &SourceSpec, scope: &Scope, context: &CollectContext) -> Result<(), Fault> {
        let cancelled = || Fault::new(FaultKind::Cancelled, LIST.as_str(), "the run was cancelled");
        let listed = self.of(scope)?;
        context.sink.send(vec![Item::Begin]).await.map_err(|_| cancelled())?;
        let mut pages = Pages::new(LIST.as_str());
        let mut at = 0;
        loop {
            listed.mishap.before(at, &context.cancel).await?;
            let page = call(&*context.gate, "faulty", &OPERATIONS[0], &scope.key, |_| {
                self.answer(&scope.key, &listed, at)
            })
            .await?;
            let items = page.items.into_iter().map(|s| Item::Upsert(Box::new(s))).collect();
            context.sink.send(items).await.map_err(|_| cancelled())?;
            let Some(next) = page.next else { break };
            pages.follow(&next.to_string())?;
            at = next;
        }
        let mut last = Vec::new();
        if let Mishap::Hides(message) = &listed.mishap {
            last.push(Item::Problem { message: message.clone(), missing_permission: None });
        }
        if let Mishap::Weaker(permission) = &listed.mishap {
            // The provider leaves out what these credentials may not see, and says that it did.
            let words = "these credentials see only a part; ask for more rights";
            return Err(Fault::new(FaultKind::Denied, LIST.as_str(), words).missing(permission.clone()));
        }
        last.push(Item::Done);
        context.sink.send(last).await.map_err(|_| cancelled())
    }
}
