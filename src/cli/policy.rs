//! `policy` and `login`: what would mend the denials, as documents and commands to hand on. Nothing here
//! grants or renews anything by itself.

use clap::{Args, ValueEnum};
use cloudscope_application::{Command, Reply, message::Grants};
use miette::Result;

use super::output::{self, Exit};
use crate::{attached::unexpected, wiring::Wiring};

/// The smallest grants that would fix the denials that were seen, one document per provider.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The commands that renew expired credentials. Printed, never run.
#[derive(Debug, Args)]
pub(crate) struct Login {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The documents themselves
    Text,
    /// JSON with the documents, the scopes that they would open, and what was left out
    Json,
}

async fn grants(wiring: &Wiring) -> Result<Grants> {
    let attached = wiring.attach().await?;
    let reply = attached.ask(Command::Grants).await;
    attached.close().await;
    match reply? {
        Reply::Grants(grants) => Ok(grants),
        _ => Err(unexpected()),
    }
}

impl Policy {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let found = grants(wiring).await?;
        if self.format == Format::Json {
            output::print(&(output::json(&found, true)? + "\n"))?;
            return Ok(Exit::Well);
        }
        if found.grants.is_empty() && found.unexplained.is_empty() {
            output::note("no scope was denied for lack of a permission that could be granted");
        }
        for grant in &found.grants {
            let shown: Vec<_> = grant.text.lines().map(cloudscope_domain::text::visible).collect();
            if !output::print(&(shown.join("\n") + "\n"))? {
                return Ok(Exit::Well);
            }
            output::note(&format!("{}: would open {} scopes", grant.title, grant.scopes.len()));
            for left in &grant.left_out {
                output::note(&format!("not asked for: {left}"));
            }
        }
        for (scope, words) in &found.unexplained {
            output::note(&format!("{scope}: no grant can be written for it: {words}"));
        }
        if !found.renew.is_empty() {
            output::note("some credentials have expired; `cloudscope login` names the commands");
        }
        Ok(Exit::Well)
    }
}

impl Login {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let found = grants(wiring).await?;
        if found.renew.is_empty() {
            output::note("no credentials have to be renewed, as far as the last collection saw");
        }
        for (command, scopes) in &found.renew {
            output::print(&format!("{}\n", cloudscope_domain::text::visible(command)))?;
            output::note(&format!("for {} scopes, such as {}", scopes.len(), first(scopes)));
        }
        Ok(Exit::Well)
    }
}

fn first(scopes: &[cloudscope_domain::ScopeKey]) -> String {
    scopes.first().map(ToString::to_string).unwrap_or_default()
}
