//! `sources confirm` and `sources policy`: what a source would run for its credentials, and what it needs to
//! be allowed.

use std::io::{BufRead, IsTerminal};

use cloudscope_aws::{AwsCollector, Program, Programs};
use cloudscope_domain::text::visible;
use cloudscope_ports::SourceSpec;
use miette::{Result, miette};

use super::super::output::{self, Exit};
use crate::{
    config::{programs::Confirmed, sources as kept},
    wiring::Wiring,
};

/// Shows each program that is not confirmed yet, asks, and remembers the answer.
pub(super) async fn confirm(wiring: &Wiring, text: &str, yes: bool) -> Result<Exit> {
    let source = aws(wiring, text)?;
    let programs =
        AwsCollector::programs(&source).await.map_err(|fault| miette!("{}", visible(&fault.message)))?;
    let mut confirmed = Confirmed::load(wiring.config_dir())?;
    let open: Vec<&Program> = programs.iter().filter(|p| !confirmed.confirmed(p)).collect();
    if open.is_empty() {
        let told =
            if programs.is_empty() { "runs no program" } else { "runs only programs that are confirmed" };
        output::note(&format!("{} {told} for its credentials", visible(source.name.as_str())));
        return Ok(Exit::Well);
    }
    for program in &open {
        let profile = visible(&program.profile);
        output::note(&format!("the profile `{profile}` runs: {}", visible(&program.command)));
    }
    if !yes && !agreed()? {
        output::note("nothing was confirmed; the source stays without these credentials");
        return Ok(Exit::Failed);
    }
    for program in open {
        confirmed.add(program);
    }
    confirmed.save(wiring.config_dir())?;
    output::note("confirmed; another command line will be asked about again");
    Ok(Exit::Well)
}

/// Prints the policy on standard output.
pub(super) fn policy(wiring: &Wiring, text: &str) -> Result<Exit> {
    let source = aws(wiring, text)?;
    let policy = wiring.aws().policy(&source).map_err(|fault| miette!("{}", visible(&fault.message)))?;
    output::print(&format!("{policy}\n"))?;
    Ok(Exit::Well)
}

fn aws(wiring: &Wiring, text: &str) -> Result<SourceSpec> {
    let source = kept::parse(text, &wiring.known_sources()?)?;
    if source.collector == cloudscope_aws::COLLECTOR {
        return Ok(source);
    }
    Err(miette!(
        help = "this is for sources such as aws:profile=prod",
        "`{}` is no source of AWS",
        visible(text)
    ))
}

fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(miette!(help = "look at the command and add --yes", "there is no terminal to ask at"));
    }
    output::note("may this run with your rights? [y/N]");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| miette!("cannot read the answer: {e}"))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}
