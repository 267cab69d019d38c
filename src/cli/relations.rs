//! `relations`: the edges around an asset.

use clap::{Args, ValueEnum};
use cloudscope_application::{Command, Reply};
use cloudscope_domain::neighbours::Direction;
use miette::{Result, miette};

use super::{
    ListFormat,
    at::At,
    output::{self, Exit},
    table::Table,
};
use crate::{attached::unexpected, wiring::Wiring};

/// The relationships around an asset, nearest first.
#[derive(Debug, Args)]
pub(crate) struct Relations {
    /// Its id, or a short name that only one asset bears
    id: String,
    /// Which way to look
    #[arg(long, value_enum, default_value_t = Way::Both)]
    direction: Way,
    /// How many steps to go
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    depth: u8,
    /// At most so many edges
    #[arg(long, default_value_t = 1000)]
    limit: u64,
    #[command(flatten)]
    at: At,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// Edges that end here
    In,
    /// Edges that start here
    Out,
    /// Both
    Both,
}

impl Relations {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let direction = match self.direction {
            Way::In => Direction::In,
            Way::Out => Direction::Out,
            Way::Both => Direction::Both,
        };
        let at = match self.at.moment(wiring.now()) {
            Ok(at) => at,
            Err(report) => {
                super::report(&report);
                return Ok(Exit::Usage);
            }
        };
        let attached = wiring.attach().await?;
        let ask = Command::Relations {
            id: self.id.as_str().into(),
            direction,
            depth: self.depth,
            limit: self.limit,
            at,
        };
        let reply = attached.ask(ask).await;
        attached.close().await;
        let Reply::Relations(found) = reply? else { return Err(unexpected()) };
        if found.focus.is_none() && found.edges.is_empty() {
            return Err(miette!(
                help = "`cloudscope query` lists what there is; ids are printed with --columns id,name",
                "no asset `{}` in the inventory, and nothing refers to it",
                cloudscope_domain::text::visible(&self.id)
            ));
        }
        output::list(&found.edges, self.format, || {
            let mut table = Table::new(&["FROM", "RELATION", "TO", "CONFIDENCE", "EVIDENCE"]);
            for edge in &found.edges {
                let to = if edge.dangling {
                    format!("{} (not in the inventory)", edge.to)
                } else {
                    edge.to.to_string()
                };
                table.row([
                    edge.from.to_string(),
                    edge.relation.to_string(),
                    to,
                    format!("{:.2}", edge.confidence),
                    edge.evidence.rule.to_string(),
                ]);
            }
            table
        })?;
        if found.more > 0 {
            output::note(&format!("{} more edges were left out; raise --limit", found.more));
        }
        if found.gaps > 0 {
            output::note(&format!(
                "{} scopes were not read whole, so edges may be missing; see `cloudscope health`",
                found.gaps
            ));
        }
        Ok(Exit::Well)
    }
}
