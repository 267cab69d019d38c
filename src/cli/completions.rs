//! `completions`: a script for a shell.

use clap::{Args, CommandFactory};
use miette::Result;

use super::{Cli, output, output::Exit};

/// A completion script for a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cloudscope", &mut script);
        output::print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Well)
    }
}
