//! Runs: which scopes there are, each listed through the gate into the writer's bounded intake. Knows
//! nothing of the engine, which starts them.

mod forecast;
mod line;
mod look;
mod progress;
mod run;
mod scope;
mod sink;

use std::sync::{Arc, atomic::AtomicU64};

use cloudscope_domain::{RunId, ScopeKey, SourceName, Timestamp};
use cloudscope_ports::{Clock, Collector};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    follow::Follows,
    gate::{CallGate, Rooms},
    hub::Hub,
    ingest::Intake,
    limits::Limits,
};
pub(crate) use line::Preferred;

/// Everything that one run needs; shared by its scopes.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) id: RunId,
    pub(crate) started: Timestamp,
    pub(crate) cancel: CancellationToken,
    pub(crate) intake: mpsc::Sender<Intake>,
    pub(crate) failed_only: bool,
    /// The sources that it collects.
    pub(crate) sources: Vec<SourceName>,
    /// It was started by the schedule.
    pub(crate) scheduled: bool,
    /// Only these scopes; empty for all.
    pub(crate) scopes: Vec<ScopeKey>,
    /// Every source that there is.
    pub(crate) every_source: bool,
    pub(crate) hub: Arc<Hub>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) gate: Arc<CallGate>,
    /// What may be read ahead of the writer.
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) collectors: Vec<Arc<dyn Collector>>,
    pub(crate) limits: Limits,
    /// What is followed once it was listed.
    pub(crate) follows: Arc<Follows>,
    /// What is on screen.
    pub(crate) preferred: Arc<Preferred>,
    /// Items taken in so far, for the rate.
    pub(crate) taken: Arc<AtomicU64>,
}
