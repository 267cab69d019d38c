//! `changes`: what became different, oldest first.

use clap::Args;
use cloudscope_application::{Command, Reply, message::ChangesAsk};
use cloudscope_domain::{Moment, Payload, Revision};
use miette::Result;

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::wiring::{Wiring, unexpected};

/// What changed, oldest first.
#[derive(Debug, Args)]
pub(crate) struct Changes {
    /// Only after this revision
    #[arg(long, default_value_t = 0, value_name = "REVISION")]
    since: u64,
    /// At most so many
    #[arg(long, default_value_t = 1000)]
    limit: u64,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

impl Changes {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let ask = Command::Changes(ChangesAsk {
            since: Some(Moment::Revision(Revision(self.since))),
            limit: self.limit,
            ..ChangesAsk::default()
        });
        let attached = wiring.attach().await?;
        let reply = attached.ask(ask).await?;
        attached.close().await;
        let Reply::Changes(page) = reply else { return Err(unexpected()) };
        let changes = page.changes;
        output::list(&changes, self.format, || {
            let mut table = Table::new(&[
                "REVISION", "AT (UTC)", "RUN", "CHANGE", "KIND", "ID", "PATH", "BEFORE", "AFTER",
            ]);
            let text = |p: &Option<Payload>| p.as_ref().map_or_else(String::new, |p| short(p.as_str()));
            for c in &changes {
                table.row([
                    c.revision.to_string(),
                    c.at.to_string(),
                    c.run.to_string(),
                    c.change.as_str().to_owned(),
                    c.kind.to_string(),
                    c.id.to_string(),
                    c.path.clone(),
                    text(&c.before),
                    text(&c.after),
                ]);
            }
            table
        })?;
        if changes.len() as u64 == self.limit
            && let Some(last) = changes.last()
        {
            output::note(&format!("there may be more: go on with --since {}", last.revision));
        }
        Ok(Exit::Well)
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST - 1).chain(['…']).collect()
    }
}
