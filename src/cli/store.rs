//! `store`: facts about it, its verification and upkeep.

mod check;
mod needs;
mod quarantine;

use clap::{Args, Subcommand};
use cloudscope_application::{Command, Reply};
use miette::Result;

use super::output::{self, Exit};
use crate::{attached::unexpected, wiring::Wiring};

/// Facts about the store, its verification and upkeep.
#[derive(Debug, Args)]
pub(crate) struct Store {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Where it is, how much is in it, and what more would need
    Info(Info),
    /// Read and verify every value; restores nothing, whatever it finds
    ///
    /// When a process has the store open, that one is asked. Else nobody can open it meanwhile, and the storage engine
    /// writes to its own files, as whenever it opens them; values are not changed. Exit code 3 when something is wrong:
    /// what is sound is saved when the store is opened next.
    Check,
    /// Let go of history and tombstones that are older than the configuration keeps, now
    Prune,
    /// Make its files as small as what is in them; whoever uses it goes on meanwhile
    Compact,
    Quarantine(quarantine::Quarantine),
}

/// What is asked about the store.
#[derive(Debug, Args)]
struct Info {
    /// Say what so many assets would need of memory and disk, and whether this machine has it
    ///
    /// Such as 250000, 100_000_000, 100,000,000, 1e8, 250k, 100M or 1G.
    #[arg(long, value_name = "N", value_parser = needs::number)]
    assets: Option<u64>,
    /// Relationships between them; three per asset when not given
    #[arg(long, value_name = "N", requires = "assets", value_parser = needs::number)]
    relationships: Option<u64>,
}

impl Store {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let command = match &self.action {
            Action::Quarantine(quarantine) => return quarantine.run(wiring),
            Action::Check => return check::run(wiring).await,
            Action::Info(_) => Command::StoreInfo,
            Action::Prune => Command::Prune,
            Action::Compact => Command::Compact,
        };
        let attached = wiring.attach().await?;
        let reply = attached.ask(command).await;
        attached.close().await;
        let reply = reply?;
        match reply {
            Reply::Store(info) => {
                match &self.action {
                    Action::Info(Info { assets: Some(assets), relationships }) => {
                        let relationships = relationships.unwrap_or(assets.saturating_mul(3));
                        needs::tell(info, *assets, relationships, wiring)?;
                    }
                    _ => {
                        output::print(&(output::json(&info, true)? + "\n"))?;
                    }
                }
                Ok(Exit::Well)
            }
            Reply::Pruned(report) => {
                let since = match report.oldest {
                    Some((revision, at)) if revision.0 > 0 => {
                        format!("everything since revision {revision} of {at}")
                    }
                    _ => "everything".to_owned(),
                };
                output::note(&format!(
                    "{} changes and {} tombstones let go, {} bytes; history still knows {since}",
                    report.changes,
                    report.tombstones.len(),
                    report.bytes
                ));
                Ok(Exit::Well)
            }
            Reply::Compacted(report) => {
                let came = if report.kept {
                    format!(
                        "the copy was no smaller, so nothing was changed: the store has {} bytes on disk",
                        report.after
                    )
                } else {
                    format!("the store had {} bytes on disk and has {} now", report.before, report.after)
                };
                output::note(&format!("{} values copied and verified; {came}", report.values));
                Ok(Exit::Well)
            }
            _ => Err(unexpected()),
        }
    }
}
