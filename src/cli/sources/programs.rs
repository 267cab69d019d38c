//! `sources confirm` and `sources policy`: what a source would run for its credentials, and what it needs to
//! be allowed.

use std::io::{BufRead, IsTerminal};

use cloudscope_aws::AwsCollector;
use cloudscope_domain::text::visible;
use cloudscope_kubernetes::KubernetesCollector;
use cloudscope_ports::{Fault, SourceSpec};
use miette::{Result, miette};

use super::super::output::{self, Exit};
use crate::{
    config::{programs::Confirmed, sources as kept},
    wiring::Wiring,
};

/// A program that a source would run.
struct Named {
    hash: String,
    /// The program itself, without its arguments.
    program: String,
    /// What it is, in lines for people.
    shown: String,
    /// The same in short, for the file of confirmations.
    short: String,
}

/// Shows each program that is not confirmed yet, asks, and remembers the answer.
pub(super) async fn confirm(wiring: &Wiring, text: &str, yes: bool) -> Result<Exit> {
    let source = of_a_provider(wiring, text)?;
    let programs = programs(&source).await.map_err(|fault| words(&fault))?;
    let mut confirmed =
        Confirmed::load(wiring.config_dir())?.narrowed(wiring.config().collect.programs.clone());
    if let Some(program) = programs.iter().find(|p| !confirmed.permits(&p.program)) {
        return Err(miette!(
            help = "add it to `programs` under `collect` in the configuration, if it is to run",
            "the configuration does not let `{}` run",
            visible(&program.program)
        ));
    }
    let open: Vec<&Named> = programs.iter().filter(|p| !confirmed.holds(&p.hash)).collect();
    if open.is_empty() {
        let told =
            if programs.is_empty() { "runs no program" } else { "runs only programs that are confirmed" };
        output::note(&format!("{} {told} for its credentials", visible(source.name.as_str())));
        return Ok(Exit::Well);
    }
    for program in &open {
        output::note(&program.shown);
    }
    if !yes && !agreed()? {
        output::note("nothing was confirmed; the source stays without these credentials");
        return Ok(Exit::Failed);
    }
    for program in open {
        confirmed.add(program.hash.clone(), program.short.clone());
    }
    confirmed.save(wiring.config_dir())?;
    output::note("confirmed; another command line will be asked about again");
    Ok(Exit::Well)
}

/// What a source would run for its credentials.
async fn programs(source: &SourceSpec) -> Result<Vec<Named>, Fault> {
    if source.collector == cloudscope_aws::COLLECTOR {
        let found = AwsCollector::programs(source).await?;
        return Ok(found
            .into_iter()
            .map(|p| Named {
                hash: p.hash(),
                program: p.command.split_whitespace().next().unwrap_or_default().to_owned(),
                shown: format!("the profile `{}` runs: {}", visible(&p.profile), visible(&p.command)),
                short: format!("{}: {}", p.profile, p.command),
            })
            .collect());
    }
    let found = KubernetesCollector::programs(source)?;
    Ok(found
        .into_iter()
        .map(|p| {
            let (context, user, line) = (visible(&p.context), visible(&p.user), p.line());
            let with = match p.variables.join(", ") {
                none if none.is_empty() => String::new(),
                names => format!(", with the variables {}", visible(&names)),
            };
            Named {
                hash: p.hash().to_owned(),
                shown: format!("the user `{user}` of the context `{context}` runs: {}{with}", visible(&line)),
                short: format!("{}: {line}", p.user),
                program: p.command,
            }
        })
        .collect())
}

/// Prints the policy on standard output, or one part of it.
pub(super) async fn policy(wiring: &Wiring, text: &str, part: Option<usize>) -> Result<Exit> {
    let source = of_a_provider(wiring, text)?;
    let policy = if source.collector == cloudscope_aws::COLLECTOR {
        wiring.aws().policy(&source)
    } else {
        let kubernetes = wiring.kubernetes();
        let context = wiring.question(&kubernetes);
        kubernetes.policy(&source, &context).await
    };
    let mut policy = policy.map_err(|fault| words(&fault))?;
    let mut parts = vec![policy.clone()];
    if source.collector == cloudscope_aws::COLLECTOR {
        parts = cloudscope_aws::policy_parts(&policy);
    }
    match part {
        Some(n) if (1..=parts.len()).contains(&n) => policy = parts.swap_remove(n - 1),
        Some(n) => return Err(miette!("there is no part {n}: this policy has {}", parts.len())),
        None if parts.len() > 1 => output::note(&format!(
            "{} characters, more than the {} that AWS takes in one managed policy: `--part 1` to `--part {}` print \
             pieces that fit; attach all of them",
            cloudscope_aws::policy_length(&policy),
            cloudscope_aws::LONGEST_POLICY,
            parts.len()
        )),
        None => {}
    }
    output::print(&format!("{}\n", policy.trim_end()))?;
    Ok(Exit::Well)
}

fn words(fault: &Fault) -> miette::Report {
    miette!("{}", visible(&fault.message))
}

fn of_a_provider(wiring: &Wiring, text: &str) -> Result<SourceSpec> {
    let source = kept::parse(text, &wiring.known_sources()?)?;
    if [cloudscope_aws::COLLECTOR, cloudscope_kubernetes::COLLECTOR].contains(&source.collector.as_str()) {
        return Ok(source);
    }
    Err(miette!(
        help = "this is for sources such as aws:profile=prod and k8s:context=prod",
        "`{}` is no source of a provider",
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
