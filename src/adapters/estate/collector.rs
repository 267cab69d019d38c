//! The estate as a source: lists its scopes page by page through the gate, as fast as they are taken or at a
//! given rate. Made up, and says so.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use cloudscope_domain::{Kind, Scope};
use cloudscope_ports::{
    CallResult, CollectContext, Collector, CredentialReport, Fault, FaultKind, Item, Operation, Plan,
    SourceSpec,
};

use crate::options::Options;

/// Assets of one page.
const PAGE: usize = 500;
const IDENTITY: &str = "estate (made up)";
const LIST: Operation = Operation::new("estate:List");
static OPERATIONS: [Operation; 1] = [LIST];

/// Collects an estate that does not exist, for measurements.
#[derive(Debug, Default)]
pub struct EstateCollector {
    /// When the next page may go out, where a rate is asked for.
    next: Mutex<Option<tokio::time::Instant>>,
}

impl EstateCollector {
    /// A collector; what it makes up is said by the options of each source.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// When this page may go out: pages of all scopes share one rate.
    fn turn(&self, rate: u64, assets: usize) -> Option<tokio::time::Instant> {
        let wait = Duration::from_nanos((assets as u64).saturating_mul(1_000_000_000).checked_div(rate)?);
        let mut next = self.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = tokio::time::Instant::now();
        let at = next.map_or(now, |n| n.max(now));
        *next = Some(at + wait);
        Some(at)
    }
}

#[async_trait]
impl Collector for EstateCollector {
    fn name(&self) -> &'static str {
        "estate"
    }

    fn kinds(&self) -> Vec<Kind> {
        Vec::new()
    }

    fn operations(&self) -> &'static [Operation] {
        &OPERATIONS
    }

    async fn check(&self, source: &SourceSpec, _: &CollectContext) -> Result<CredentialReport, Fault> {
        Options::read(&source.options)?;
        let limits = vec!["everything in it is made up; nothing is asked over the network".to_owned()];
        Ok(CredentialReport { identity: IDENTITY.to_owned(), limits })
    }

    async fn plan(&self, source: &SourceSpec, _: &CollectContext) -> Result<Plan, Fault> {
        let options = Options::read(&source.options)?;
        Ok(Plan { scopes: options.estate.scopes(source.name.as_str()), ..Plan::default() })
    }

    async fn collect(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault> {
        let Options { estate, round, rate } = Options::read(&source.options)?;
        let send = async |items: Vec<Item>| {
            context
                .sink
                .send(items)
                .await
                .map_err(|_| Fault::new(FaultKind::Cancelled, "estate:List", "the run was cancelled"))
        };
        send(vec![Item::Begin]).await?;
        let mut left = estate.of_scope(&scope.key).filter(|n| estate.present(*n, round)).peekable();
        while left.peek().is_some() {
            let page: Vec<usize> = left.by_ref().take(PAGE).collect();
            if let Some(at) = self.turn(rate, page.len()) {
                tokio::select! {
                    () = tokio::time::sleep_until(at) => {}
                    () = context.cancel.cancelled() => {}
                }
            }
            // Made up only now: a page that waits for its turn takes no memory.
            let permit = context.gate.admit(IDENTITY, &LIST, &scope.key).await?;
            let page: Vec<Item> =
                page.into_iter().map(|n| Item::Upsert(Box::new(estate.sighting(n, round)))).collect();
            permit.finish(CallResult::Ok);
            send(page).await?;
        }
        send(vec![Item::Done]).await
    }
}
