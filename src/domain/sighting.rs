//! An asset as a collector saw it, before ingest compares it with what is known.

use std::sync::Arc;

use crate::{Asset, Reference};

/// An asset as a collector saw it, with the edges that its payload names.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The asset, already redacted by catalog paths; ingest runs the value patterns besides.
    pub asset: Asset,
    /// Its edges.
    pub references: Vec<Reference>,
    /// Paths of the payload whose changes are noise, such as `/cpu_ticks` (RFC 6901).
    pub volatile: Arc<[String]>,
    /// Paths of the payload whose arrays are sets: order makes no change.
    pub sets: Arc<[String]>,
}
