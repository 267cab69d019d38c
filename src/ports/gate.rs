//! The gate: every outgoing call asks here first and reports here afterwards.
//!
//! The gate holds the allow-list (compiled in; nothing at run time widens it), the budgets, and the
//! call ledger. Client libraries' own retries are off; a retry is another call through the gate.

use std::{
    borrow::Cow,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;
use cloudscope_domain::{ScopeKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Disposition, Fault, FaultKind};

/// One operation of a provider's published API, or of this machine (`host:ListProcesses`, `file:Read`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Operation(pub Cow<'static, str>);

impl Operation {
    /// An operation known at compile time.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// `service:Name`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a call ended, for the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallResult {
    /// Answered.
    Ok,
    /// Refused by the provider for lack of rights.
    Denied,
    /// Refused for lack of quota.
    Throttled,
    /// Refused by this gate: not on the allow-list.
    Refused,
    /// Failed otherwise, in short.
    Failed(String),
    /// Dropped before it was answered.
    Abandoned,
}

/// One line of the call ledger, to hold against the provider's own audit log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallRecord {
    /// When it was let through.
    pub at: Timestamp,
    /// As whom.
    pub identity: String,
    /// What was called.
    pub operation: Operation,
    /// For which scope.
    pub scope: ScopeKey,
    /// How it ended.
    pub result: CallResult,
    /// How long it took.
    pub millis: u64,
}

/// What an answer says of the quota that it was counted against (`X-RateLimit-*` and its cousins).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quota {
    /// Calls left in the window.
    pub remaining: Option<u64>,
    /// Calls in a whole window.
    pub limit: Option<u64>,
    /// Until the window begins anew.
    pub reset: Option<Duration>,
}

/// Leave to make one call. Report how it ended; dropping it unreported is `Abandoned`.
pub trait Permit: Send {
    /// What the answer said of the quota; before `finish`.
    fn quota(&mut self, quota: Quota) {
        let _ = quota;
    }

    /// When a throttled call may be tried again, if the answer said so; before `finish`.
    fn retry_after(&mut self, after: Duration) {
        let _ = after;
    }

    /// Ends when the call has to be given up, and says why: it takes too long, or the run was cancelled.
    fn give_up(&self) -> Pin<Box<dyn Future<Output = Fault> + Send>> {
        Box::pin(std::future::pending())
    }

    /// The call ended so.
    fn finish(self: Box<Self>, result: CallResult);
}

/// Where a call puts what its answer said beside the answer itself. Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub struct Aside(Arc<Mutex<(Option<Quota>, Option<Duration>)>>);

impl Aside {
    /// What the answer said of the quota.
    pub fn quota(&self, quota: Quota) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(quota);
    }

    /// When a throttled call may be tried again, if the answer said so. The same as the time in
    /// [`FaultKind::Throttled`].
    pub fn retry_after(&self, after: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(after);
    }

    fn said(&self) -> (Option<Quota>, Option<Duration>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets calls through, or not.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Waits for a place in the budget and gives leave for one call.
    ///
    /// # Errors
    /// `Refused` when the operation is not on the compiled-in list; `Cancelled` when the run was.
    async fn admit(
        &self,
        identity: &str,
        operation: &Operation,
        scope: &ScopeKey,
    ) -> Result<Box<dyn Permit>, Fault>;

    /// After a call failed: waits as long as it should, and says whether to try it again. Holds the
    /// retry budget; `tries` counts those made. A gate without one never retries.
    async fn again(
        &self,
        identity: &str,
        operation: &Operation,
        scope: &ScopeKey,
        tries: u32,
        fault: &Fault,
    ) -> bool {
        let _ = (identity, operation, scope, tries, fault);
        false
    }
}

/// One call with everything that belongs to it: leave, the call itself, its result in the ledger, and
/// further tries as the gate allows them. `send` is asked once per try; it may put aside what the
/// answer's headers say of the quota, and what it returned is dropped when the gate gives the call up.
///
/// # Errors
/// The fault of the last try, or the gate's own.
pub async fn call<T, F: Future<Output = Result<T, Fault>>>(
    gate: &dyn Gate,
    identity: &str,
    operation: &Operation,
    scope: &ScopeKey,
    mut send: impl FnMut(Aside) -> F,
) -> Result<T, Fault> {
    let mut tries = 0;
    loop {
        let mut permit = gate.admit(identity, operation, scope).await?;
        let give_up = permit.give_up();
        let aside = Aside::default();
        let answer = first(send(aside.clone()), give_up).await;
        tries += 1;
        let (quota, after) = aside.said();
        if let Some(quota) = quota {
            permit.quota(quota);
        }
        if let Some(after) = after {
            permit.retry_after(after);
        }
        let fault = match answer {
            Ok(answer) => {
                permit.finish(CallResult::Ok);
                return Ok(answer);
            }
            Err(fault) => fault,
        };
        if let FaultKind::Throttled { after: Some(after) } = fault.kind {
            permit.retry_after(after);
        }
        permit.finish(CallResult::from(&fault));
        let may_pass = matches!(fault.disposition(), Disposition::Retry { .. });
        if !may_pass || !gate.again(identity, operation, scope, tries, &fault).await {
            return Err(fault);
        }
    }
}

/// The answer, unless the call has to be given up before it is there.
async fn first<T>(
    answer: impl Future<Output = Result<T, Fault>>,
    mut give_up: Pin<Box<dyn Future<Output = Fault> + Send>>,
) -> Result<T, Fault> {
    let mut answer = pin!(answer);
    poll_fn(|context| match answer.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(answer),
        Poll::Pending => give_up.as_mut().poll(context).map(Err),
    })
    .await
}

impl From<&Fault> for CallResult {
    fn from(fault: &Fault) -> Self {
        match fault.kind {
            FaultKind::Denied | FaultKind::Unauthenticated => Self::Denied,
            FaultKind::Throttled { .. } => Self::Throttled,
            FaultKind::Refused => Self::Refused,
            FaultKind::Cancelled => Self::Abandoned,
            FaultKind::Timeout => Self::Failed("timeout".into()),
            FaultKind::Unreachable => Self::Failed("unreachable".into()),
            FaultKind::Malformed => Self::Failed("malformed".into()),
            FaultKind::NotFound => Self::Failed("not found".into()),
            FaultKind::Disabled => Self::Failed("disabled".into()),
            FaultKind::TooLarge => Self::Failed("too large".into()),
            FaultKind::Internal => Self::Failed("internal".into()),
        }
    }
}

/// Keeps the call ledger.
pub trait CallLedger: Send + Sync + 'static {
    /// Appends a call; never blocks for long and never fails the call (a ledger that cannot be
    /// written is reported by `trouble`).
    fn append(&self, call: &CallRecord);

    /// The newest calls, newest first.
    fn recent(&self, limit: usize) -> Vec<CallRecord>;

    /// Hands out every call that is kept, oldest first, until `visit` returns `false`; calls before
    /// `since` are left out. May read files: keep it off async threads.
    fn scan(&self, since: Option<Timestamp>, visit: &mut dyn FnMut(&CallRecord) -> bool) {
        let calls = self.recent(usize::MAX);
        let wanted = calls.iter().rev().filter(|call| since.is_none_or(|since| call.at >= since));
        for call in wanted {
            if !visit(call) {
                return;
            }
        }
    }

    /// Why calls could not be written, if so.
    fn trouble(&self) -> Option<String>;
}
