//! `log`: the newest lines of the log of the process that holds the store, or of the last ones that did.

use clap::Args;
use cloudscope_application::{Command, Reply};
use miette::{Result, miette};

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::{
    attached::unexpected,
    logging::{FOLDER, tail},
    wiring::Wiring,
};

/// The newest lines of the log, oldest first: of the process that holds the store, else from the files.
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
        // The store is not opened for this: nobody may hold it, and it may be what the log is read for.
        let lines = match wiring.visit().await? {
            Some(attached) => {
                let reply = attached.ask(Command::Log { limit: self.limit }).await;
                attached.close().await;
                let Reply::Log(lines) = reply? else { return Err(unexpected()) };
                lines
            }
            None => {
                let dir = wiring.data_dir().join(FOLDER);
                tail::of_files(&dir, usize::try_from(self.limit).unwrap_or(usize::MAX))
                    .map_err(|e| miette!("cannot read the log in {}: {e}", dir.display()))?
            }
        };
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
