//! Exporters: CSV, JSON, NDJSON and the plain table of the command line, behind the `Exporter` port.
//!
//! Rows stream through in bounded memory into one shared kind of destination (a file that appears whole
//! with its manifest, or a stream). Knows nothing of queries, stores or terminals, and never lets a
//! control character of a provider's string out as itself unless `raw` was asked for.

mod cell;
mod column;
mod destination;
mod escape;
mod formats;

use std::sync::Arc;

use cloudscope_ports::Exporter;

pub use cell::{Cell, RowCells};
pub use column::{Column, DEFAULT_COLUMNS, Field, check_columns, columns_of_view, default_columns};
pub use escape::neutralise;
pub use formats::{
    csv::Csv,
    json::{Json, Ndjson},
    table::Table,
};

/// Every exporter of this crate, in the order that a person is offered them.
#[must_use]
pub fn exporters() -> Vec<Arc<dyn Exporter>> {
    vec![Arc::new(Csv), Arc::new(Json), Arc::new(Ndjson), Arc::new(Table::default())]
}
