//! This machine as the Linux kernel tells it in /proc and /sys, below a root that tests can replace.
//!
//! Knows what can be read and by whom; does not know the gate, the sink or the catalog's rows.

use std::{path::PathBuf, sync::Arc};

use cloudscope_domain::text::visible;
use cloudscope_ports::Fault;

use crate::{listing::Listing, output::Output, platform::Platform};

mod block;
mod boot;
mod filesystems;
mod interfaces;
mod machine;
mod machine_id;
mod mounts;
mod procdir;
mod processes;
mod root;
mod sockets;
mod users;
mod virtualization;

use filesystems::Unanswered;
use root::Root;

/// The permission that shows other users' processes in /proc.
pub(crate) const PTRACE: &str = "CAP_SYS_PTRACE (run as root)";

/// What is read, and what must be remembered between two collections.
#[derive(Debug)]
pub(crate) struct Linux {
    root: Root,
    /// Mounts that did not answer and may still be asked.
    unanswered: Arc<Unanswered>,
}

impl Linux {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root: Root::new(root), unanswered: Arc::default() }
    }
}

impl Platform for Linux {
    fn machine_id(&self) -> String {
        machine_id::machine_id(&self.root)
    }

    fn identity(&self) -> String {
        let uid = rustix::process::geteuid().as_raw();
        let user =
            users::Users::read(&self.root).name(uid).map_or_else(|| format!("uid-{uid}"), str::to_owned);
        visible(&format!("{user}@{}", machine::hostname(&self.root))).into_owned()
    }

    fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        if !rustix::process::geteuid().is_root() {
            limits.push(
                "not root: executables of other users' processes and the owners of their sockets are hidden"
                    .into(),
            );
        }
        if let Some(words) = processes::hidden(&self.root) {
            limits.push(words);
        }
        limits
    }

    fn disabled(&self, _listing: Listing) -> Option<&'static str> {
        None
    }

    fn list(&self, listing: Listing, out: &mut Output) -> Result<(), Fault> {
        match listing {
            Listing::Machine => machine::list(&self.root, out),
            Listing::Disks => block::list(&self.root, out),
            Listing::Filesystems => filesystems::list(&self.root, &self.unanswered, out),
            Listing::Interfaces => interfaces::list(&self.root, out),
            Listing::Sockets => sockets::list(&self.root, out),
            Listing::Processes => processes::list(&self.root, out),
        }
    }
}
