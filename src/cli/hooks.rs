//! `hooks`: what is attached to events, and how it fares.

use clap::Args;
use cloudscope_application::{Command, Reply};
use miette::Result;

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::wiring::{Wiring, unexpected};

/// What the configuration attaches to events, and how it fares in the process that holds the store.
#[derive(Debug, Args)]
pub(crate) struct Hooks {
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

impl Hooks {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::Hooks).await;
        attached.close().await;
        let Reply::Hooks(hooks) = reply? else { return Err(unexpected()) };
        output::list(&hooks, self.format, || {
            let mut table =
                Table::new(&["HOOK", "WHAT", "EVENTS", "DELIVERED", "FAILED", "DROPPED", "LAST ERROR"]);
            for h in &hooks {
                table.row([
                    h.name.clone(),
                    h.what.clone(),
                    h.events.join(","),
                    h.delivered.to_string(),
                    h.failed.to_string(),
                    h.dropped.to_string(),
                    h.last_error.as_ref().map_or_else(String::new, |(at, text)| format!("{at}: {text}")),
                ]);
            }
            table
        })?;
        if hooks.is_empty() {
            output::note("no hook is configured; docs/config.example.yaml shows how");
        }
        Ok(Exit::Well)
    }
}
