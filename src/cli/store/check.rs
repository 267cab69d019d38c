//! `store check`: by whoever has the store open, else without opening it for use, so that nothing is restored.

use std::time::{Duration, Instant};

use cloudscope_application::{Command, Reply};
use cloudscope_ports::{CheckReport, Finding, StoreError};
use miette::{Result, miette};

use crate::{
    attached::{Attached, unexpected},
    cli::output::{self, Exit},
    wiring::{Wiring, store_error},
};

/// How long somebody who opens or closes the store just now is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn run(wiring: &Wiring) -> Result<Exit> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(attached) = wiring.visit().await? {
            let report = asked(&attached).await;
            attached.close().await;
            return tell(&report?);
        }
        let (dir, options) = (wiring.data_dir().to_owned(), wiring.store_options());
        let examined = tokio::task::spawn_blocking(move || cloudscope_store::examine(&dir, &options)).await;
        match examined.map_err(|_| miette!("the check failed; this is a defect"))? {
            Ok(report) => return tell(&report),
            Err(StoreError::Held { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => return Err(store_error(&error)),
        }
    }
}

/// What the one who has it open finds and found.
async fn asked(attached: &Attached) -> Result<CheckReport> {
    let Reply::Check(mut report) = attached.ask(Command::StoreCheck).await? else { return Err(unexpected()) };
    let former = attached.overview().await?.findings;
    let Reply::Health(health) = attached.ask(Command::Health { at: None, attempts: false }).await? else {
        return Err(unexpected());
    };
    let problems =
        health.iter().filter(|h| h.key.source.as_str() == "store").flat_map(|h| &h.coverage.problems);
    merge(&mut report.findings, former, problems);
    Ok(report)
}

/// Adds what is not there yet: what was found when the store was opened, and what the ledger has of it, in one sentence
/// each, until everything was collected again.
fn merge<'a>(findings: &mut Vec<Finding>, former: Vec<Finding>, problems: impl Iterator<Item = &'a String>) {
    for finding in former {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    for problem in problems {
        if !findings.iter().any(|f| *problem == format!("{}; {}", f.what, f.remedy)) {
            findings.push(Finding {
                what: format!("since the last whole collection: {problem}"),
                scope: None,
                records: None,
                remedy: "collect everything again".into(),
            });
        }
    }
}

fn tell(report: &CheckReport) -> Result<Exit> {
    output::print(&(output::json(report, true)? + "\n"))?;
    for finding in &report.findings {
        let scope = finding.scope.as_ref().map(|scope| format!("{scope}: ")).unwrap_or_default();
        output::note(&format!("{scope}{}; {}", finding.what, finding.remedy));
    }
    if report.findings.is_empty() {
        output::note(&format!("{} values verified, nothing wrong", report.values));
    }
    Ok(if report.findings.is_empty() { Exit::Well } else { Exit::Gaps })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_tell_is_told_once() {
        let finding =
            |what: &str| Finding { what: what.into(), scope: None, records: None, remedy: "mend".into() };
        let mut findings = vec![finding("a")];
        let problems = ["a; mend".to_owned(), "b; mend".to_owned(), "c; mend".to_owned()];
        merge(&mut findings, vec![finding("a"), finding("b")], problems.iter());
        let told: Vec<_> = findings.iter().map(|f| &*f.what).collect();
        assert_eq!(told, ["a", "b", "since the last whole collection: c; mend"]);
    }
}
