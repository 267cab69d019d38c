//! The ports: what the application asks of the outside world, as object-safe traits over plain data.
//!
//! Knows nothing of tokio, sled or terminals. `contract` is the suite that every adapter passes.

pub mod clock;
pub mod collector;
pub mod contract;
pub mod error;
pub mod exporter;
pub mod gate;
pub mod notifier;
pub mod pages;
pub mod secrets;
pub mod shelf;
pub mod sink;
pub mod store;

pub use clock::Clock;
pub use cloudscope_domain::Sighting;
pub use collector::{
    CollectContext, Collector, CredentialReport, Discovered, KindNames, Left, Look, Plan, SourceSpec,
};
pub use error::{Disposition, ExportError, Fault, FaultKind, SecretError, StoreError};
pub use exporter::{Destination, ExportJob, ExportWriter, Exporter, Finished, Manifest};
pub use gate::{Aside, CallLedger, CallRecord, CallResult, Gate, Operation, Permit, Quota, call};
pub use notifier::{Happening, HookState, Notice, Notifier};
pub use pages::Pages;
pub use secrets::Secrets;
pub use shelf::Shelf;
pub use sink::{Batch, Item, Sink, SinkError};
pub use store::{
    AssetStore, ChangeRange, CheckReport, Commit, CompactReport, Finding, Keep, Live, LoadReport,
    PruneReport, Retention, StoreInfo,
};

/// The version of these traits that an adapter was written against. Grows when one of them changes its meaning.
pub const PORT_VERSION: u32 = 2;
