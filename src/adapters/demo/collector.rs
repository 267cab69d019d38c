//! The collector of the made-up estate: plans its scopes, lists them page by page through the gate, and
//! fails where the made-up world fails.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use cloudscope_catalog::Catalog;
use cloudscope_domain::{Kind, Scope, Timestamp, redact::Redactor};
use cloudscope_ports::{
    Batch, CallResult, CollectContext, Collector, CredentialReport, Fault, FaultKind, Item, Operation, Plan,
    SourceSpec,
};

use crate::{
    aws, estate,
    options::Options,
    place::{Made, Place, kind_of},
    terraform, trouble,
    world::World,
};

/// Items that a made-up provider returns at once.
const PAGE: usize = 50;
const IDENTITY: &str = "demo (made up)";
const LIST: Operation = Operation::new("demo:List");
static OPERATIONS: [Operation; 1] = [LIST];
/// No run was planned yet.
const NEVER: i64 = i64::MIN;

/// Collects an estate that does not exist.
pub struct DemoCollector {
    catalog: Arc<Catalog>,
    redactor: Redactor,
    usual: Options,
    /// The minute of the last plan: all scopes of a run see one estate, though the run takes time.
    planned: AtomicI64,
}

impl DemoCollector {
    /// An estate of about `size` assets; another one for every seed.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, redactor: Redactor, seed: u64, size: usize) -> Self {
        let usual = Options { seed, size, pace: Duration::ZERO };
        Self { catalog, redactor, usual, planned: AtomicI64::new(NEVER) }
    }

    fn options(&self, source: &SourceSpec) -> Result<Options, Fault> {
        Options::read(&source.options, self.usual)
    }

    fn item(&self, made: Made, place: &Place, world: &World) -> Item {
        let context = estate::context(world, place);
        if made.kind.starts_with("terraform.") {
            let sighting = terraform::sighting(&self.catalog, &self.redactor, made, &context);
            return Item::Upsert(Box::new(sighting));
        }
        match self.catalog.map(&kind_of(made.kind), made.item, &context, &self.redactor) {
            Ok(sighting) => Item::Upsert(Box::new(sighting)),
            Err(e) => Item::Problem { message: e.to_string(), missing_permission: None },
        }
    }
}

#[async_trait]
impl Collector for DemoCollector {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = estate::sites()
            .flat_map(|(_, listings)| listings.iter().flat_map(|l| l.kinds.iter().map(|k| kind_of(k))))
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }

    fn operations(&self) -> &'static [Operation] {
        &OPERATIONS
    }

    async fn check(&self, source: &SourceSpec, _: &CollectContext) -> Result<CredentialReport, Fault> {
        self.options(source)?;
        let limits = vec!["everything in it is made up; nothing is asked over the network".to_owned()];
        Ok(CredentialReport { identity: IDENTITY.to_owned(), limits })
    }

    async fn plan(&self, source: &SourceSpec, context: &CollectContext) -> Result<Plan, Fault> {
        self.options(source)?;
        self.planned.store(context.clock.now().millis(), Ordering::SeqCst);
        let mut plan = Plan::default();
        for (place, listings) in estate::sites() {
            plan.scopes.extend(listings.iter().map(|listing| listing.scope(&source.name, &place)));
        }
        let (place, listings) = aws::disabled_site();
        let why = format!(
            "{} is not enabled in account {}; enable it under Account, AWS Regions (made up)",
            place.region, place.account
        );
        plan.disabled.extend(listings.iter().map(|l| (l.scope(&source.name, &place), why.clone())));
        Ok(plan)
    }

    async fn collect(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault> {
        let key = &scope.key;
        let options = self.options(source)?;
        let Some((place, listing)) = estate::find(key) else {
            return Err(Fault::new(
                FaultKind::NotFound,
                key.listing.as_str(),
                format!("there is no scope {key}"),
            ));
        };
        let now = match self.planned.load(Ordering::SeqCst) {
            NEVER => context.clock.now(),
            planned => Timestamp::from_millis(planned),
        };
        let world = World::new(options.seed, options.size, now);
        let trouble = trouble::of(key);
        let mut made = (listing.items)(&world, &place);
        let expected = made.len() as u64;
        let mut page = PAGE;
        if let Some(trouble) = trouble {
            let (arrive, all) = trouble.pages().unwrap_or((0, 1));
            page = made.len().div_ceil(all).max(1);
            made.truncate(page * arrive);
        }

        let mut first = true;
        let mut left = made.into_iter().peekable();
        // A listing without items is one empty page, unless the trouble strikes before it.
        while left.peek().is_some() || (first && trouble.is_none()) {
            let permit = context.gate.admit(IDENTITY, &LIST, key).await?;
            permit.finish(CallResult::Ok);
            let mut batch: Batch = if first { vec![Item::Begin, Item::Expect(expected)] } else { Vec::new() };
            batch.extend(left.by_ref().take(page).map(|made| self.item(made, &place, &world)));
            first = false;
            send(context, key.listing.as_str(), batch).await?;
            rest(context, key.listing.as_str(), options.pace).await?;
        }
        match trouble {
            None => send(context, key.listing.as_str(), vec![Item::Done]).await,
            Some(trouble) => {
                let permit = context.gate.admit(IDENTITY, &LIST, key).await?;
                permit.finish(trouble.call());
                Err(trouble.fault(key))
            }
        }
    }
}

async fn send(context: &CollectContext, listing: &str, batch: Batch) -> Result<(), Fault> {
    context.sink.send(batch).await.map_err(|e| Fault::new(FaultKind::Cancelled, listing, e.to_string()))
}

async fn rest(context: &CollectContext, listing: &str, pace: Duration) -> Result<(), Fault> {
    if pace.is_zero() {
        return Ok(());
    }
    tokio::select! {
        () = context.cancel.cancelled() => {
            Err(Fault::new(FaultKind::Cancelled, listing, "the run was cancelled"))
        }
        () = tokio::time::sleep(pace) => Ok(()),
    }
}
