//! A collector that plays a script, so that the engine can be tested against every order of items,
//! faults, cancellations and hangs without a provider.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use cloudscope_domain::{Kind, Scope, ScopeKey, Sighting};
use cloudscope_ports::{
    Batch, CallResult, CollectContext, Collector, CredentialReport, Fault, FaultKind, Item, Left, Operation,
    Plan, SourceSpec,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::lock;

/// One thing that a script does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends a batch.
    Send(Batch),
    /// Asks the gate for an operation, and reports the call as ended so.
    Call(Operation, CallResult),
    /// Ends the listing with this failure.
    Fail(Fault),
    /// Fires the run's own cancellation, and goes on with the next step.
    Cancel,
    /// Waits until the test fires this token (or the run is cancelled).
    Wait(CancellationToken),
    /// Tells the test, by firing the token, that the script got here; goes on.
    Reached(CancellationToken),
    /// Does nothing until the run is cancelled.
    Hang,
    /// Does nothing for ever, and does not even notice a cancellation: a collector with a defect.
    Ignore,
    /// Panics: a collector with a defect.
    Panic,
    /// Says whether it only lists from here on.
    OnlyLists(bool),
    /// Sends what the test tells, as it tells it, until it is told to break or is cancelled.
    Listen,
}

/// What a test tells a script that listens.
#[derive(Debug)]
enum Told {
    Items(Batch),
    Break(Fault),
}

/// What was told of a scope and not heard yet.
#[derive(Debug, Default)]
struct Ear {
    told: Mutex<VecDeque<Told>>,
    more: Notify,
}

/// The script of a whole listing: `Begin`, the sightings in one batch, `Done`.
#[must_use]
pub fn listing(sightings: impl IntoIterator<Item = Sighting>) -> Vec<Step> {
    let seen = sightings.into_iter().map(|s| Item::Upsert(Box::new(s))).collect();
    vec![Step::Send(vec![Item::Begin]), Step::Send(seen), Step::Send(vec![Item::Done])]
}

/// A collector that plays a script per scope.
#[derive(Debug)]
pub struct ScriptedCollector {
    name: &'static str,
    kinds: Vec<Kind>,
    operations: &'static [Operation],
    credentials: Mutex<Result<CredentialReport, Fault>>,
    plan: Mutex<Result<Plan, Fault>>,
    replanned: Notify,
    left: Mutex<BTreeMap<ScopeKey, Left>>,
    scripts: Mutex<BTreeMap<ScopeKey, VecDeque<Vec<Step>>>>,
    attempts: Mutex<Vec<ScopeKey>>,
    follows: bool,
    follow_scripts: Mutex<BTreeMap<ScopeKey, VecDeque<Vec<Step>>>>,
    follow_attempts: Mutex<Vec<ScopeKey>>,
    ears: Mutex<BTreeMap<ScopeKey, Arc<Ear>>>,
}

impl ScriptedCollector {
    /// A collector of that name whose plan is empty.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            kinds: Vec::new(),
            operations: &[],
            credentials: Mutex::new(Ok(CredentialReport { identity: "script".into(), limits: Vec::new() })),
            plan: Mutex::new(Ok(Plan::default())),
            replanned: Notify::new(),
            left: Mutex::default(),
            scripts: Mutex::default(),
            attempts: Mutex::default(),
            follows: false,
            follow_scripts: Mutex::default(),
            follow_attempts: Mutex::default(),
            ears: Mutex::default(),
        }
    }

    /// Its scopes can be followed. A follow plays what [`Self::follow_next`] adds, and when nothing is
    /// added says that all was said and listens to [`Self::tell`].
    #[must_use]
    pub fn following(mut self) -> Self {
        self.follows = true;
        self
    }

    /// What the next follow of a scope plays.
    pub fn follow_next(&self, scope: &ScopeKey, script: Vec<Step>) {
        lock(&self.follow_scripts).entry(scope.clone()).or_default().push_back(script);
    }

    /// Whoever follows the scope, now or next, says this.
    pub fn tell(&self, scope: &ScopeKey, batch: Batch) {
        self.told(scope, Told::Items(batch));
    }

    /// Whoever follows the scope, now or next, fails so.
    pub fn break_follow(&self, scope: &ScopeKey, fault: Fault) {
        self.told(scope, Told::Break(fault));
    }

    /// Whether everything that was told was said.
    pub fn is_heard(&self) -> bool {
        lock(&self.ears).values().all(|ear| lock(&ear.told).is_empty())
    }

    fn told(&self, scope: &ScopeKey, told: Told) {
        let ear = self.ear(scope);
        lock(&ear.told).push_back(told);
        ear.more.notify_one();
    }

    fn ear(&self, scope: &ScopeKey) -> Arc<Ear> {
        Arc::clone(lock(&self.ears).entry(scope.clone()).or_default())
    }

    /// The scopes that were followed so far, in order; one entry per attempt.
    #[must_use]
    pub fn follow_attempts(&self) -> Vec<ScopeKey> {
        lock(&self.follow_attempts).clone()
    }

    /// Sends what is told until it breaks.
    async fn listen(&self, scope: &Scope, context: &CollectContext) -> Result<(), Fault> {
        let ear = self.ear(&scope.key);
        loop {
            let next = lock(&ear.told).pop_front();
            match next {
                Some(Told::Items(batch)) => context.sink.send(batch).await.map_err(|_| cancelled())?,
                Some(Told::Break(fault)) => return Err(fault),
                None => {
                    context.cancel.run_until_cancelled(ear.more.notified()).await.ok_or_else(cancelled)?;
                }
            }
        }
    }

    async fn play(&self, step: Step, scope: &Scope, context: &CollectContext) -> Result<(), Fault> {
        match step {
            Step::Listen => self.listen(scope, context).await,
            step => play(step, scope, context).await,
        }
    }

    /// The operations that it declares.
    #[must_use]
    pub fn operations(mut self, operations: &'static [Operation]) -> Self {
        self.operations = operations;
        self
    }

    /// Adds a scope to the plan, and what its first attempt plays. Further attempts play what
    /// [`Self::then`] adds; the last script is played again and again.
    #[must_use]
    pub fn scope(self, scope: Scope, script: Vec<Step>) -> Self {
        self.then(&scope.key, script).planned(scope)
    }

    /// What the next attempt at a scope plays.
    #[must_use]
    pub fn then(self, scope: &ScopeKey, script: Vec<Step>) -> Self {
        self.play_next(scope, script);
        self
    }

    /// Adds a scope to the plan.
    #[must_use]
    fn planned(mut self, scope: Scope) -> Self {
        for kind in &scope.kinds {
            if !self.kinds.contains(kind) {
                self.kinds.push(kind.clone());
            }
        }
        if let Ok(plan) = lock(&self.plan).as_mut() {
            plan.scopes.push(scope);
        }
        self
    }

    /// The same as [`Self::then`] for a collector that is in use already.
    pub fn play_next(&self, scope: &ScopeKey, script: Vec<Step>) {
        lock(&self.scripts).entry(scope.clone()).or_default().push_back(script);
    }

    /// From now on plays only this for the scope.
    pub fn play_only(&self, scope: &ScopeKey, script: Vec<Step>) {
        lock(&self.scripts).insert(scope.clone(), VecDeque::from([script]));
    }

    /// From now on `plan` answers so, and whoever waits for another plan is told.
    pub fn set_plan(&self, plan: Result<Plan, Fault>) {
        *lock(&self.plan) = plan;
        self.replanned.notify_one();
    }

    /// Changes the plan, as [`Self::set_plan`] does.
    pub fn edit_plan(&self, edit: impl FnOnce(&mut Plan)) {
        if let Ok(plan) = lock(&self.plan).as_mut() {
            edit(plan);
        }
        self.replanned.notify_one();
    }

    /// What is said of a scope that the plan lacks; nothing, unless this is called.
    pub fn set_left(&self, scope: &ScopeKey, left: Option<Left>) {
        match left {
            Some(left) => _ = lock(&self.left).insert(scope.clone(), left),
            None => _ = lock(&self.left).remove(scope),
        }
    }

    /// From now on `check` answers so.
    pub fn set_credentials(&self, credentials: Result<CredentialReport, Fault>) {
        *lock(&self.credentials) = credentials;
    }

    /// The scopes that were attempted so far, in order; one entry per attempt.
    #[must_use]
    pub fn attempts(&self) -> Vec<ScopeKey> {
        lock(&self.attempts).clone()
    }

    fn next_script(&self, scope: &ScopeKey) -> Result<Vec<Step>, Fault> {
        lock(&self.attempts).push(scope.clone());
        let mut scripts = lock(&self.scripts);
        let none = || Fault::new(FaultKind::Internal, "script:Play", format!("no script for {scope}"));
        let queue = scripts.get_mut(scope).ok_or_else(none)?;
        if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() }.ok_or_else(none)
    }
}

fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled, "script:Play", "the run was cancelled")
}

async fn play(step: Step, scope: &Scope, context: &CollectContext) -> Result<(), Fault> {
    match step {
        Step::Send(batch) => context.sink.send(batch).await.map_err(|_| cancelled()),
        Step::Call(operation, result) => {
            context.gate.admit("script", &operation, &scope.key).await?.finish(result);
            Ok(())
        }
        Step::Fail(fault) => Err(fault),
        Step::Cancel => {
            context.cancel.cancel();
            Ok(())
        }
        Step::Wait(token) => {
            context.cancel.run_until_cancelled(token.cancelled()).await.ok_or_else(cancelled)
        }
        Step::Reached(token) => {
            token.cancel();
            Ok(())
        }
        Step::Hang => {
            context.cancel.cancelled().await;
            Err(cancelled())
        }
        Step::Ignore => std::future::pending().await,
        #[expect(clippy::panic, reason = "the script asks for it, to see that the engine survives it")]
        Step::Panic => panic!("the script panics"),
        Step::OnlyLists(only_lists) => {
            context.sink.only_lists(only_lists);
            Ok(())
        }
        // Played by the collector, which hears what is told.
        Step::Listen => Ok(()),
    }
}

#[async_trait]
impl Collector for ScriptedCollector {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kinds(&self) -> Vec<Kind> {
        self.kinds.clone()
    }

    fn operations(&self) -> &'static [Operation] {
        self.operations
    }

    async fn check(&self, _: &SourceSpec, _: &CollectContext) -> Result<CredentialReport, Fault> {
        lock(&self.credentials).clone()
    }

    async fn plan(&self, _: &SourceSpec, _: &CollectContext) -> Result<Plan, Fault> {
        lock(&self.plan).clone()
    }

    async fn left(&self, _: &SourceSpec, scopes: &[ScopeKey], _: &CollectContext) -> Vec<(ScopeKey, Left)> {
        let left = lock(&self.left);
        scopes.iter().filter_map(|key| Some((key.clone(), left.get(key)?.clone()))).collect()
    }

    async fn replan(&self, _: &SourceSpec, known: Option<&Plan>, _: &CollectContext) -> Result<Plan, Fault> {
        loop {
            let news = self.replanned.notified();
            if let Ok(plan) = &*lock(&self.plan)
                && Some(plan) != known
            {
                return Ok(plan.clone());
            }
            news.await;
        }
    }

    async fn collect(&self, _: &SourceSpec, scope: &Scope, context: &CollectContext) -> Result<(), Fault> {
        for step in self.next_script(&scope.key)? {
            self.play(step, scope, context).await?;
        }
        Ok(())
    }

    fn follows(&self, _: &SourceSpec) -> bool {
        self.follows
    }

    async fn follow(&self, _: &SourceSpec, scope: &Scope, context: &CollectContext) -> Result<(), Fault> {
        lock(&self.follow_attempts).push(scope.key.clone());
        let script = lock(&self.follow_scripts).get_mut(&scope.key).and_then(VecDeque::pop_front);
        let usual = || vec![Step::Send(vec![Item::Resume]), Step::Listen];
        for step in script.unwrap_or_else(usual) {
            self.play(step, scope, context).await?;
        }
        Ok(())
    }
}
