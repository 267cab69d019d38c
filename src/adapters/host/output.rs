//! The way out of a listing: maps what was read through the catalog and hands it on in batches.
//!
//! Lives on the thread that reads and blocks there; the other end of its channel is the collector,
//! which forwards to the sink. A cancelled run shows here as an error at the next item.

use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant},
};

use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::redact::Redactor;
use cloudscope_ports::{Batch, Fault, FaultKind, Item, Operation};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::listing::HostKind;

/// Items that are sent together.
const BATCH: usize = 256;
/// A slow listing shows what it has after this long.
const LINGER: Duration = Duration::from_millis(500);

/// Where a listing puts what it sees.
pub(crate) struct Output {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) redactor: Redactor,
    pub(crate) context: MapContext,
    pub(crate) operation: &'static Operation,
    pub(crate) cancel: CancellationToken,
    pub(crate) batches: mpsc::Sender<Batch>,
    pub(crate) batch: Batch,
    /// When the last batch went.
    pub(crate) sent: Instant,
    pub(crate) unmapped: Tally,
}

impl Output {
    /// Takes one item as it was read.
    pub(crate) fn item(&mut self, kind: HostKind, item: impl Into<Value>) -> Result<(), Fault> {
        let kind = kind.kind();
        match self.catalog.map(&kind, item.into(), &self.context, &self.redactor) {
            Ok(sighting) => self.push(Item::Upsert(Box::new(sighting))),
            Err(error) => {
                self.unmapped.add(error);
                self.going_on()
            }
        }
    }

    /// Says how many items are about to come.
    pub(crate) fn expect(&mut self, items: usize) -> Result<(), Fault> {
        self.push(Item::Expect(items as u64))
    }

    /// Says that facts about listed items are hidden.
    pub(crate) fn limited(
        &mut self,
        message: impl Into<String>,
        permission: Option<&str>,
    ) -> Result<(), Fault> {
        self.push(Item::Limited {
            message: message.into(),
            missing_permission: permission.map(str::to_owned),
        })
    }

    /// Says that whole items may be missing.
    pub(crate) fn problem(
        &mut self,
        message: impl Into<String>,
        permission: Option<&str>,
    ) -> Result<(), Fault> {
        self.push(Item::Problem {
            message: message.into(),
            missing_permission: permission.map(str::to_owned),
        })
    }

    /// Says that some items could not be read, if there were any.
    pub(crate) fn problems(&mut self, tally: &Tally, what: &str) -> Result<(), Fault> {
        match tally.words(what) {
            Some(words) => self.problem(words, None),
            None => Ok(()),
        }
    }

    /// Whether anybody still wants to know.
    pub(crate) fn going_on(&self) -> Result<(), Fault> {
        if self.cancel.is_cancelled() || self.batches.is_closed() { Err(self.cancelled()) } else { Ok(()) }
    }

    /// A failure that ends the listing.
    pub(crate) fn fault(&self, kind: FaultKind, message: impl Into<String>) -> Fault {
        Fault::new(kind, self.operation.as_str(), message)
    }

    /// Hands over what is left.
    pub(crate) fn finish(mut self) -> Result<(), Fault> {
        let unmapped = std::mem::take(&mut self.unmapped);
        self.problems(&unmapped, "items that do not fit the catalog")?;
        self.send()
    }

    fn push(&mut self, item: Item) -> Result<(), Fault> {
        self.going_on()?;
        self.batch.push(item);
        if self.batch.len() >= BATCH || self.sent.elapsed() >= LINGER { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), Fault> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.sent = Instant::now();
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.batches.blocking_send(batch).map_err(|_| self.cancelled())
    }

    fn cancelled(&self) -> Fault {
        self.fault(FaultKind::Cancelled, "the run was cancelled")
    }
}

/// Counts failures of one class and remembers the first, so that a thousand equal ones are one line.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    count: u64,
    first: Option<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, error: impl Display) {
        self.count += 1;
        self.first.get_or_insert_with(|| error.to_string());
    }

    /// One line for all, after a noun phrase such as `processes that could not be read`.
    pub(crate) fn words(&self, what: &str) -> Option<String> {
        let first = self.first.as_ref()?;
        Some(if self.count == 1 {
            format!("{what}: {first}")
        } else {
            format!("{what}: {}; the first: {first}", self.count)
        })
    }
}
