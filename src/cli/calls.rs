//! `calls`: the call ledger of the process that holds the store.

use clap::Args;
use cloudscope_application::{Command, Reply};
use cloudscope_ports::CallResult;
use miette::Result;

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::wiring::{Wiring, unexpected};

/// Every call that was made, newest first, to hold against the provider's own audit log.
#[derive(Debug, Args)]
pub(crate) struct Calls {
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u64,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

impl Calls {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::Calls { limit: self.limit }).await?;
        attached.close().await;
        let Reply::Calls(calls) = reply else { return Err(unexpected()) };
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
}
