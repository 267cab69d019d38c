//! `pin` and `unpin`: what retention never drops and `is:pinned` finds, whatever becomes of it.

use clap::Args;
use cloudscope_application::{Command, Reply};
use miette::Result;

use super::output::{self, Exit};
use crate::{attached::unexpected, wiring::Wiring};

/// Keep an asset in sight although it may be gone: retention never drops it.
#[derive(Debug, Args)]
pub(crate) struct Pin {
    /// Its id, or a short name that only one asset bears
    id: String,
}

impl Pin {
    pub(super) async fn run(self, wiring: &Wiring, on: bool) -> Result<Exit> {
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::Pin { id: self.id.as_str().into(), on }).await;
        attached.close().await;
        let Reply::Done = reply? else { return Err(unexpected()) };
        output::note(&format!("{} {}", self.id, if on { "is pinned" } else { "is no longer pinned" }));
        Ok(Exit::Well)
    }
}
