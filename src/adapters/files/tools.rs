//! What every reader shares: the catalog, the redaction and the bounds, and the one operation that they
//! all are. Knows no format and no collector.

use std::sync::Arc;

use cloudscope_catalog::Catalog;
use cloudscope_domain::redact::Redactor;
use cloudscope_ports::Operation;

use crate::limits::Limits;

/// Reads one file, or the head of one to tell its format.
pub const READ: Operation = Operation::new("file:Read");

/// What every reader needs.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) redactor: Redactor,
    pub(crate) limits: Limits,
}
