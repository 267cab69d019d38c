//! Everything that is wrong with an open database, held against the side file. Changes nothing.

use cloudscope_domain::Revision;
use cloudscope_ports::{CheckReport, Finding, StoreError};

use crate::{engine, envelope, head::Head, layout::PAGES, packing::decode, page::Page, survey::survey};

/// A finding that is of no scope alone.
pub(crate) fn found(what: String, remedy: &str) -> Finding {
    Finding { what, scope: None, records: None, remedy: remedy.into() }
}

/// What is to be said of an open database.
pub(crate) fn report(db: &sled::Db, head: Option<Head>) -> Result<CheckReport, StoreError> {
    let tally = survey(db)?;
    let mut findings = tally.judge(head).findings;
    findings.extend(former(db));
    Ok(CheckReport {
        values: tally.values,
        records: tally.records,
        revision: tally.meta.map_or(Revision(0), |meta| meta.revision),
        acknowledged: Revision(0),
        findings,
    })
}

/// Damage of former days that is not made good yet: the ledger has it under a name of its own.
fn former(db: &sled::Db) -> Vec<Finding> {
    let mut all = Vec::new();
    for (key, value) in engine::scan(db, PAGES).map_while(Result::ok) {
        let Ok(opened) = envelope::open(&key, &value) else { continue };
        let page: Page = decode(&opened.body).unwrap_or_default();
        let states = page.into_iter().filter_map(|standing| standing.state);
        for state in states.filter(|state| state.scope.key.source.as_str() == "store") {
            all.extend(state.coverage.problems.iter().map(|problem| {
                found(format!("since the last whole collection: {problem}"), "collect everything again")
            }));
        }
    }
    all
}
