//! `log`: the newest lines of the log of the process that holds the store.

use clap::Args;
use cloudscope_application::{Command, Reply};
use miette::Result;

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::wiring::{Wiring, unexpected};

/// The newest lines of the log of the process that holds the store, oldest first.
///
/// The whole log is in the folder `logs` of the data directory.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// At most so many
    #[arg(long, default_value_t = 200)]
    limit: u64,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

impl Log {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::Log { limit: self.limit }).await;
        attached.close().await;
        let Reply::Log(lines) = reply? else { return Err(unexpected()) };
        output::list(&lines, self.format, || {
            let mut table = Table::new(&["AT (UTC)", "LEVEL", "PART", "TEXT"]);
            for line in &lines {
                table.row([line.at.to_string(), line.level.clone(), line.target.clone(), line.text.clone()]);
            }
            table
        })?;
        Ok(Exit::Well)
    }
}
