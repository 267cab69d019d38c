//! An exporter: turns a stream of rows into one file or stream.

use std::{io::Write, path::PathBuf};

use cloudscope_domain::{PackedRows, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ExportError;

/// Where the rows go.
pub enum Destination {
    /// A file: written beside its place, renamed into it when whole, readable by its owner only.
    File {
        /// Where.
        path: PathBuf,
        /// An existing file may be replaced.
        replace: bool,
    },
    /// A stream such as standard output; no manifest beside it.
    Stream(Box<dyn Write + Send>),
}

/// What is exported, and from when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The filter.
    pub query: String,
    /// The revision that was exported.
    pub revision: Revision,
    /// The time of that revision.
    pub as_of: Timestamp,
    /// Who exported.
    pub identity: String,
    /// The program's version.
    pub program: String,
    /// Format name.
    pub format: String,
    /// Columns in order.
    pub columns: Vec<String>,
    /// Rows written.
    pub rows: u64,
    /// Of which presence is unknown.
    pub unknown: u64,
    /// Further rows of which it is not known whether they match the filter: what it asks about is not known.
    #[serde(default)]
    pub undecided: u64,
    /// Scopes that were not read whole: scope and state and reason.
    pub gaps: Vec<String>,
    /// SHA-256 of the data, in hex.
    pub sha256: String,
    /// The estate is made up.
    pub demo: bool,
}

/// One export to begin.
pub struct ExportJob {
    /// Where to.
    pub destination: Destination,
    /// Columns by their row field (`name`, `tags.env`, ...); `properties` asks for the payload.
    pub columns: Vec<String>,
    /// Leave cells as they are even where a spreadsheet would run them.
    pub raw: bool,
}

/// What an export left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// The file, when there is one.
    pub path: Option<PathBuf>,
    /// The manifest beside it.
    pub manifest: Option<PathBuf>,
    /// Bytes of data.
    pub bytes: u64,
    /// SHA-256 of the data, in hex.
    pub sha256: String,
}

/// Writes one kind of format.
pub trait Exporter: Send + Sync + 'static {
    /// `csv`, `json`, `ndjson`, ...
    fn name(&self) -> &'static str;

    /// The usual end of a file name, without the dot.
    fn extension(&self) -> &'static str;

    /// Begins.
    ///
    /// # Errors
    /// `Exists` or `Io` before anything is written.
    fn begin(&self, job: ExportJob) -> Result<Box<dyn ExportWriter>, ExportError>;
}

/// An export under way. Dropping it unfinished leaves no file.
pub trait ExportWriter: Send {
    /// Writes some rows.
    ///
    /// # Errors
    /// `Io`, or `Closed` when a stream's reader went away.
    fn write(&mut self, rows: &PackedRows) -> Result<(), ExportError>;

    /// Bytes written so far.
    fn bytes(&self) -> u64;

    /// Ends it: the data file appears whole, with its manifest beside it (`NAME.manifest.json`). The
    /// writer fills in `sha256`.
    ///
    /// # Errors
    /// `Io`; then no file is left.
    fn finish(self: Box<Self>, manifest: Manifest) -> Result<Finished, ExportError>;
}
