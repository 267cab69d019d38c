//! `store`: facts about it, its verification and upkeep.

mod needs;

use clap::{Args, Subcommand};
use cloudscope_application::{Command, Reply};
use miette::Result;

use super::output::{self, Exit};
use crate::wiring::{Wiring, unexpected};

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
    /// Read and verify every value; changes nothing
    Check,
    /// Let go of history and tombstones that are older than the configuration keeps, now
    Prune,
    /// Make its files as small as what is in them; whoever uses it goes on meanwhile
    Compact,
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
        let attached = wiring.attach().await?;
        let command = match &self.action {
            Action::Info(_) => Command::StoreInfo,
            Action::Check => Command::StoreCheck,
            Action::Prune => Command::Prune,
            Action::Compact => Command::Compact,
        };
        let (reply, overview) = (attached.ask(command).await, attached.overview().await);
        let health = attached.ask(Command::Health { at: None, attempts: false }).await;
        attached.close().await;
        let (reply, overview, Reply::Health(health)) = (reply?, overview?, health?) else {
            return Err(unexpected());
        };
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
                output::note(&format!(
                    "{} values copied and verified; the store had {} bytes on disk and has {} now",
                    report.values, report.before, report.after
                ));
                Ok(Exit::Well)
            }
            Reply::Check(report) => {
                output::print(&(output::json(&report, true)? + "\n"))?;
                let findings = report.findings.iter().chain(&overview.findings);
                let mut bad = false;
                for finding in findings {
                    bad = true;
                    output::note(&format!("{}; {}", finding.what, finding.remedy));
                }
                for scope in health.iter().filter(|h| h.key.source.as_str() == "store") {
                    for problem in &scope.coverage.problems {
                        bad = true;
                        output::note(&format!("since the last whole collection: {problem}"));
                    }
                }
                if !bad {
                    output::note(&format!("{} values verified, nothing wrong", report.values));
                }
                Ok(if bad { Exit::Gaps } else { Exit::Well })
            }
            _ => Err(unexpected()),
        }
    }
}
