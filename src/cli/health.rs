//! `health`: the coverage ledger.

use clap::Args;
use cloudscope_application::{Command, Reply, message::ScopeHealth};
use cloudscope_domain::{CoverageState, Timestamp, time::short_span};
use miette::Result;

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::wiring::{Wiring, unexpected};

/// What could be read and what could not: one row per scope.
#[derive(Debug, Args)]
pub(crate) struct Health {
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
    /// Only scopes that were not read whole
    #[arg(long)]
    problems: bool,
}

impl Health {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::Health { at: None }).await?;
        attached.close().await;
        let Reply::Health(mut scopes) = reply else { return Err(unexpected()) };
        if self.problems {
            scopes.retain(|s| s.coverage.state != CoverageState::Ok);
        }
        let now = wiring.now();
        output::list(&scopes, self.format, || table(&scopes, now))?;
        let gaps =
            scopes.iter().any(|s| !matches!(s.coverage.state, CoverageState::Ok | CoverageState::Disabled));
        Ok(if gaps { Exit::Gaps } else { Exit::Well })
    }
}

/// The scopes as a table, with what to do about each gap.
pub(super) fn table(scopes: &[ScopeHealth], now: Timestamp) -> Table {
    let mut table = Table::new(&[
        "SOURCE",
        "ACCOUNT",
        "REGION",
        "LISTING",
        "STATE",
        "ASSETS",
        "UNKNOWN",
        "LAST GOOD",
        "ERROR",
        "MISSING PERMISSION",
    ]);
    let age = |at: Option<Timestamp>| {
        at.map_or_else(|| "never".to_owned(), |t| format!("{} ago", short_span(now.since(t))))
    };
    for s in scopes {
        table.row([
            s.key.source.to_string(),
            s.key.account.clone(),
            s.key.region.clone(),
            s.key.listing.clone(),
            s.coverage.state.to_string(),
            s.coverage.assets.to_string(),
            s.unknown.to_string(),
            age(s.coverage.last_good),
            s.coverage.error.clone().unwrap_or_default(),
            s.coverage.missing_permission.clone().unwrap_or_default(),
        ]);
    }
    table
}
