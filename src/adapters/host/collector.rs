//! The collector port for this machine: plans the six scopes, asks the gate, and forwards what a
//! reading thread sees to the sink.
//!
//! Knows no file of /proc and no field of a payload; those are in the platform's module.

#[cfg(target_os = "linux")]
use std::path::PathBuf;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::{Kind, ListingMode, Scope, ScopeKey, redact::Redactor};
use cloudscope_ports::{
    CallResult, CollectContext, Collector, CredentialReport, Fault, FaultKind, Item, Operation, Plan,
    SourceSpec,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    listing::{Listing, OPERATIONS},
    output::{Output, Tally},
    platform::Platform,
};

/// The name of this collector, as `SourceSpec::collector` has it.
pub const COLLECTOR: &str = "host";
/// The usual name of its only source.
pub const SOURCE: &str = "host";

/// Batches that may wait between the reading thread and the sink.
const WAITING: usize = 2;
/// A listing that tells nothing for so long hangs in the kernel.
const STALLED: Duration = Duration::from_secs(120);

/// Collects the machine that the program runs on.
#[derive(Debug, Clone)]
pub struct HostCollector {
    catalog: Arc<Catalog>,
    redactor: Redactor,
    platform: Arc<dyn Platform>,
}

impl HostCollector {
    /// A collector of this machine.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, redactor: Redactor) -> Self {
        #[cfg(target_os = "linux")]
        let platform = crate::linux::Linux::new(PathBuf::from("/"));
        #[cfg(not(target_os = "linux"))]
        let platform = crate::portable::Portable;
        Self::on(Arc::new(platform), catalog, redactor)
    }

    pub(crate) fn on(platform: Arc<dyn Platform>, catalog: Arc<Catalog>, redactor: Redactor) -> Self {
        Self { catalog, redactor, platform }
    }

    /// The same, reading `proc`, `sys` and `etc` below another directory, such as a made-up tree.
    #[must_use]
    #[cfg(target_os = "linux")]
    pub fn with_root(mut self, root: PathBuf) -> Self {
        self.platform = Arc::new(crate::linux::Linux::new(root));
        self
    }

    fn options(source: &SourceSpec) -> Result<(), Fault> {
        match source.options.keys().next() {
            None => Ok(()),
            Some(option) => Err(Fault::new(
                FaultKind::Malformed,
                OPERATIONS[0].as_str(),
                format!(
                    "the source `{}` has an option `{option}`, and host takes none; remove it",
                    source.name
                ),
            )),
        }
    }

    /// Runs a short read away from the async threads.
    async fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Platform) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let platform = Arc::clone(&self.platform);
        tokio::task::spawn_blocking(move || read(&*platform)).await.map_err(|e| {
            Fault::new(
                FaultKind::Internal,
                OPERATIONS[0].as_str(),
                format!("reading the machine failed: {e}"),
            )
        })
    }
}

#[async_trait]
impl Collector for HostCollector {
    fn name(&self) -> &'static str {
        COLLECTOR
    }

    fn kinds(&self) -> Vec<Kind> {
        Listing::ALL.into_iter().flat_map(Listing::kinds).collect()
    }

    fn operations(&self) -> &'static [Operation] {
        OPERATIONS
    }

    async fn check(&self, source: &SourceSpec, _context: &CollectContext) -> Result<CredentialReport, Fault> {
        Self::options(source)?;
        self.ask(|platform| CredentialReport { identity: platform.identity(), limits: platform.limits() })
            .await
    }

    async fn plan(&self, source: &SourceSpec, _context: &CollectContext) -> Result<Plan, Fault> {
        Self::options(source)?;
        let machine = self.ask(|platform| platform.machine_id()).await?;
        let mut plan = Plan::default();
        for listing in Listing::ALL {
            let key = ScopeKey::new(source.name.clone(), listing.name()).account(machine.as_str());
            let scope = Scope { key, mode: ListingMode::Snapshot, kinds: listing.kinds() };
            match self.platform.disabled(listing) {
                None => plan.scopes.push(scope),
                Some(reason) => plan.disabled.push((scope, reason.to_owned())),
            }
        }
        Ok(plan)
    }

    async fn collect(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault> {
        Self::options(source)?;
        let Some(listing) = Listing::named(&scope.key.listing) else {
            return Err(Fault::new(
                FaultKind::NotFound,
                OPERATIONS[0].as_str(),
                format!("a host has no listing `{}`", scope.key.listing),
            ));
        };
        let identity = self.ask(|platform| platform.identity()).await?;
        let permit = context.gate.admit(&identity, listing.operation(), &scope.key).await?;
        let result = self.list(listing, scope, context).await;
        permit.finish(match &result {
            Ok(()) => CallResult::Ok,
            Err(fault) => match fault.kind {
                FaultKind::Denied => CallResult::Denied,
                FaultKind::Cancelled => CallResult::Abandoned,
                _ => CallResult::Failed(fault.message.clone()),
            },
        });
        result
    }
}

impl HostCollector {
    async fn list(&self, listing: Listing, scope: &Scope, context: &CollectContext) -> Result<(), Fault> {
        let operation = listing.operation();
        let fault = |kind, message: String| Fault::new(kind, operation.as_str(), message);
        let cancelled = || fault(FaultKind::Cancelled, "the run was cancelled".into());
        context.sink.send(vec![Item::Begin]).await.map_err(|_| cancelled())?;

        let (batches, mut read) = mpsc::channel(WAITING);
        let (ended, mut end) = oneshot::channel();
        let mut output = Output {
            catalog: Arc::clone(&self.catalog),
            redactor: self.redactor.clone(),
            context: MapContext {
                account: scope.key.account.clone(),
                variables: [("machine".to_owned(), scope.key.account.clone())].into(),
                ..MapContext::default()
            },
            operation,
            cancel: context.cancel.clone(),
            batches,
            batch: Vec::new(),
            sent: Instant::now(),
            unmapped: Tally::default(),
        };
        let platform = Arc::clone(&self.platform);
        // A thread of its own and not the runtime's pool: a read can hang in the kernel for ever, and a
        // runtime waits for its pool when it ends.
        std::thread::Builder::new()
            .name(format!("host-{}", listing.name()))
            .spawn(move || {
                let result = platform.list(listing, &mut output).and_then(|()| output.finish());
                // Nobody waits for the result of a run that was cancelled.
                let _ = ended.send(result);
            })
            .map_err(|e| fault(FaultKind::Internal, format!("cannot start a thread to read with: {e}")))?;

        loop {
            let batch = tokio::select! {
                biased;
                () = context.cancel.cancelled() => return Err(cancelled()),
                batch = tokio::time::timeout(STALLED, read.recv()) => batch,
            };
            match batch {
                Ok(Some(batch)) => context.sink.send(batch).await.map_err(|_| cancelled())?,
                Ok(None) => break,
                Err(_) => {
                    let words = format!(
                        "the kernel has not answered for {} s; a file system or a process hangs",
                        STALLED.as_secs()
                    );
                    return Err(fault(FaultKind::Timeout, words));
                }
            }
        }
        // The channel closes when the thread is done, so its result is there, or it panicked.
        match (&mut end).await {
            Ok(result) => result?,
            Err(_) => {
                return Err(fault(FaultKind::Internal, "the reading thread failed; see the log".into()));
            }
        }
        context.sink.send(vec![Item::Done]).await.map_err(|_| cancelled())
    }
}
