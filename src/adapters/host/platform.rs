//! What a system must tell about itself. Two implementations: /proc and /sys of Linux, and what
//! `sysinfo` gives everywhere.
//!
//! Blocking by nature; called away from the async threads.

use std::fmt::Debug;

use cloudscope_ports::Fault;

use crate::{listing::Listing, output::Output};

/// A system that can be read.
pub(crate) trait Platform: Debug + Send + Sync + 'static {
    /// The same after a restart and for every user; never empty.
    fn machine_id(&self) -> String;

    /// Who reads, as `user@host`.
    fn identity(&self) -> String;

    /// What this user may not see, as far as that is known before the first listing.
    fn limits(&self) -> Vec<String>;

    /// Why a listing does not exist here.
    fn disabled(&self, listing: Listing) -> Option<&'static str>;

    /// Lists everything of one sort.
    fn list(&self, listing: Listing, out: &mut Output) -> Result<(), Fault>;
}
