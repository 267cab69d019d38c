//! How a store is opened, and what opening found.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use cloudscope_domain::Revision;
use cloudscope_ports::Finding;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Memory that the engine may use for pages; 32 to 64 MB is plenty. It does not bound the whole.
    pub cache_bytes: u64,
    /// Commits are refused as `Full` when less than this, and the commit itself, would stay free.
    pub reserve_bytes: u64,
    /// The program that looks at a doubtful store in a process of its own. Without one it is looked at
    /// in this process, where damage that makes the engine hang or abort cannot be survived.
    pub probe: Option<ProbeCommand>,
    /// How long the probe may take; by default 20 s and a second for every 4 MB.
    pub probe_limit: Option<Duration>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { cache_bytes: 64 << 20, reserve_bytes: 8 << 20, probe: None, probe_limit: None }
    }
}

/// A program that calls [`crate::probe_main`] with the arguments that follow its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeCommand {
    /// The program, usually this one.
    pub program: PathBuf,
    /// What makes it call `probe_main`, such as one hidden word.
    pub arguments: Vec<OsString>,
}

/// What opening a store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// The last revision that the store holds.
    pub revision: Revision,
    /// The store was looked at in a process of its own first, because it was not closed cleanly or its
    /// files are not those that were closed.
    pub probed: bool,
    /// Where the damaged store was put, if it was damaged.
    pub quarantine: Option<PathBuf>,
    /// What is wrong, and what was done about it. Scopes that lost something say so in their state.
    pub findings: Vec<Finding>,
}
