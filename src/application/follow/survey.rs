//! One source whose scopes are followed: what it consists of from now on. A scope that is new is followed at once
//! and lists itself first; one that the source lacks is followed no more, and what became of it is written down.
//!
//! While a run is under way it judges its scopes, and nobody else does.

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use cloudscope_domain::{CoverageState, RunId, Scope, ScopeKey, ScopeState};
use cloudscope_ports::{Clock, CollectContext, Collector, Fault, FaultKind, Item, Plan, SourceSpec};
use futures::FutureExt;
use tokio::sync::{RwLock, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{sink::NoSink, wait};
use crate::{
    gate::{CallGate, Meter},
    hub::Hub,
    ingest::{Intake, verdict::Outcome},
    plan,
    pulse::Pulse,
    task::Task,
};

/// Two answers in a row come no faster.
const PACE: Duration = Duration::from_millis(200);

/// Who follows what, as far as a survey has a say in it.
#[async_trait]
pub(super) trait Places: Send + Sync {
    /// Those of these scopes that nobody knows yet are followed from now on: each lists itself first. Returns the
    /// others of them that are new: there was no place.
    fn adopt(&self, tasks: Vec<Task>, run: RunId, intake: &mpsc::Sender<Intake>) -> Vec<Task>;

    /// Stops following a scope, and gives its place away.
    async fn leave(&self, key: &ScopeKey);

    /// How often runs planned: whoever judges by a plan of his own sees whether one was made since.
    fn plans(&self) -> u64;

    /// Whether somebody follows a scope, or tries to.
    fn is_followed(&self, key: &ScopeKey) -> bool;

    /// Why a scope is not followed.
    fn why_refused(&self, key: &ScopeKey) -> Option<&'static str>;
}

/// Everything that asking one source needs.
pub(super) struct Survey {
    pub(super) source: SourceSpec,
    pub(super) collector: Arc<dyn Collector>,
    /// What its new scopes bear: the run that planned the source first.
    pub(super) run: RunId,
    pub(super) places: Arc<dyn Places>,
    /// Held by each run: what it lists nobody else judges meanwhile.
    pub(super) still: Arc<RwLock<()>>,
    pub(super) hub: Arc<Hub>,
    pub(super) intake: mpsc::Sender<Intake>,
    pub(super) gate: Arc<CallGate>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cancel: CancellationToken,
}

/// What is still to be written down of an answer.
#[derive(Default)]
struct Unsettled {
    /// How often runs had planned when it came.
    plans: u64,
    /// Scopes that are new and have no place.
    refused: Vec<Task>,
}

impl Survey {
    /// Asks until it is cancelled. What was begun to be written down is when this returns.
    pub(super) async fn go(self) {
        let (mut known, mut attempts, mut unsettled) = (None, 0, None);
        loop {
            let answer = {
                let mut asking = pin!(self.ask(known.as_ref()));
                loop {
                    tokio::select! {
                        biased;
                        () = self.cancel.cancelled() => return,
                        answer = &mut asking => break Some(answer),
                        still = self.still.write(), if unsettled.is_some() => {
                            let settled = self.settle(known.as_ref(), unsettled.take()).await;
                            drop(still);
                            if !settled {
                                break None;
                            }
                        }
                    }
                }
            };
            let Some(answer) = answer else {
                known = None;
                continue;
            };
            let pause = match answer {
                Ok(plan) if Some(&plan) != known.as_ref() => {
                    attempts = 0;
                    let tasks = plan::tasks(&self.source, &self.collector, plan.scopes.clone()).collect();
                    let left = unsettled.get_or_insert_with(Unsettled::default);
                    left.plans = self.places.plans();
                    left.refused.extend(self.places.adopt(tasks, self.run, &self.intake));
                    known = Some(plan);
                    PACE
                }
                answer => {
                    let fault = answer.err().unwrap_or_else(|| {
                        Fault::new(
                            FaultKind::Internal,
                            "plan",
                            "it returned the plan that is known; this is a defect",
                        )
                    });
                    attempts += 1;
                    tracing::info!(source = %self.source.name, error = %fault, "what a source consists of could not be asked");
                    wait::after(&fault, attempts, &ScopeKey::new(self.source.name.clone(), "plan"))
                }
            };
            if self.cancel.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    fn context(&self) -> CollectContext {
        CollectContext {
            gate: self.gate.scoped(self.cancel.clone(), Meter::unseen(), Pulse::new()),
            sink: Arc::new(NoSink),
            cancel: self.cancel.child_token(),
            clock: Arc::clone(&self.clock),
        }
    }

    async fn ask(&self, known: Option<&Plan>) -> Result<Plan, Fault> {
        let context = self.context();
        let answer = self.collector.replan(&self.source, known, &context);
        AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
            let words =
                "the collector failed while it was asked what there is; this is a defect, please report it";
            Err(Fault::new(FaultKind::Internal, "plan", words))
        })
    }

    /// Writes down what follows from the plan for scopes that are not in it any more, and for those that are new
    /// and have no place. Does not, and says so, when a run made a plan since that may know better.
    async fn settle(&self, plan: Option<&Plan>, unsettled: Option<Unsettled>) -> bool {
        let (Some(plan), Some(unsettled), Some(view)) = (plan, unsettled, self.hub.view()) else {
            return true;
        };
        if unsettled.plans != self.places.plans() {
            return false;
        }
        let stored: Vec<ScopeState> = view.scopes.of(&self.source.name).cloned().collect();
        let planned =
            plan::compare(&self.source, &self.collector, plan.clone(), &self.context(), &stored).await;
        if self.cancel.is_cancelled() {
            return true;
        }
        for (scope, outcome) in planned.verdicts {
            let known = stored.iter().find(|state| state.scope.key == scope.key).map(|state| &state.coverage);
            let left = outcome.state == CoverageState::Disabled || outcome.whole;
            if left {
                self.places.leave(&scope.key).await;
            }
            if !left && self.places.is_followed(&scope.key) {
                // It tells by itself how it stands.
                continue;
            }
            if outcome.absent.is_none()
                && known.is_some_and(|known| known.state == outcome.state && known.error == outcome.error)
            {
                // It is written down already.
                continue;
            }
            tracing::info!(scope = %scope.key, state = outcome.state.as_str(), "a scope is no longer in the plan of its source");
            self.write_down(scope, outcome).await;
        }
        for task in unsettled.refused {
            let key = &task.scope.key;
            if stored.iter().all(|state| state.scope.key != *key)
                && let Some(why) = self.places.why_refused(key)
            {
                let error = Some(format!("not listed yet: {why}"));
                let outcome = Outcome { error, ..Outcome::of(CoverageState::Never) };
                self.write_down(Scope::clone(&task.scope), outcome).await;
            }
        }
        true
    }

    async fn write_down(&self, scope: Scope, outcome: Outcome) {
        let (scope, (done, ended)) = (Arc::new(scope), oneshot::channel());
        if outcome.whole {
            let items = vec![Item::Begin, Item::Done];
            let intake = Intake::Items { run: self.run, scope: Arc::clone(&scope), items, room: None };
            if self.intake.send(intake).await.is_err() {
                return;
            }
        }
        let intake = Intake::Ended { run: self.run, scope, outcome, done };
        if self.intake.send(intake).await.is_ok() {
            // The writer may be gone: then there is nobody to wait for.
            let _ = ended.await;
        }
    }
}
