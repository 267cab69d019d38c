//! `calls`: the call ledger of the process that holds the store.

use clap::Args;
use cloudscope_application::{Command, Reply};
use cloudscope_ports::CallResult;
use miette::Result;

use super::{
    ListFormat, at,
    health::took,
    output::{self, Exit},
    table::Table,
};
use crate::{attached::unexpected, wiring::Wiring};

/// Every call that was made, newest first, to hold against the provider's own audit log.
#[derive(Debug, Args)]
pub(crate) struct Calls {
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u64,
    /// Sums per identity and operation instead
    #[arg(long)]
    totals: bool,
    /// Of the sums, only calls after then: a span back (-2h), a time, or a revision
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, requires = "totals")]
    since: Option<String>,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

impl Calls {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        if self.totals {
            return self.sums(wiring).await;
        }
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::Calls { limit: self.limit }).await;
        attached.close().await;
        let Reply::Calls(calls) = reply? else { return Err(unexpected()) };
        output::list(&calls, self.format, || {
            let mut table = Table::new(&["AT (UTC)", "IDENTITY", "OPERATION", "SCOPE", "RESULT", "MS"]);
            for c in &calls {
                let result = match &c.result {
                    CallResult::Ok => "ok".to_owned(),
                    CallResult::Denied => "denied".to_owned(),
                    CallResult::Throttled => "throttled".to_owned(),
                    CallResult::Refused => "refused by the gate".to_owned(),
                    CallResult::Failed(why) => format!("failed: {why}"),
                    CallResult::Abandoned => "abandoned".to_owned(),
                };
                let operation = c.operation.as_str().to_owned();
                table.row([
                    c.at.to_string(),
                    c.identity.clone(),
                    operation,
                    c.scope.to_string(),
                    result,
                    c.millis.to_string(),
                ]);
            }
            table
        })?;
        Ok(Exit::Well)
    }

    async fn sums(&self, wiring: &Wiring) -> Result<Exit> {
        let since = self.since.as_deref().map(|text| at::moment(text, wiring.now())).transpose();
        let since = match since {
            Ok(since) => since,
            Err(report) => {
                super::report(&report);
                return Ok(Exit::Usage);
            }
        };
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::CallTotals { since }).await;
        attached.close().await;
        let Reply::CallTotals(totals) = reply? else { return Err(unexpected()) };
        output::list(&totals, self.format, || {
            let mut table = Table::new(&[
                "IDENTITY",
                "OPERATION",
                "CALLS",
                "OK",
                "DENIED",
                "THROTTLED",
                "FAILED",
                "TIME",
                "LAST (UTC)",
            ]);
            for t in &totals {
                table.row([
                    t.identity.clone(),
                    t.operation.clone(),
                    t.calls.to_string(),
                    t.ok.to_string(),
                    t.denied.to_string(),
                    t.throttled.to_string(),
                    t.failed.to_string(),
                    took(t.millis),
                    t.last.to_string(),
                ]);
            }
            table
        })?;
        Ok(Exit::Well)
    }
}
