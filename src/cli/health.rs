//! `health`: the coverage ledger.

use clap::Args;
use cloudscope_application::{Command, Reply, message::ScopeHealth};
use cloudscope_domain::{Attempt, CoverageState, Timestamp, time::short_span};
use miette::Result;
use serde::Serialize;

use super::{
    ListFormat,
    at::{self, At},
    output::{self, Exit},
    table::Table,
};
use crate::{attached::unexpected, wiring::Wiring};

/// What could be read and what could not: one row per scope.
#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Only scopes with all of these words in their source, account, region, listing or parent
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    #[command(flatten)]
    at: At,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
    /// Only scopes that were not read whole
    #[arg(long)]
    problems: bool,
    /// The last N attempts at each of these scopes instead, newest first
    #[arg(long, value_name = "N", conflicts_with = "at")]
    attempts: Option<u64>,
}

/// One attempt with its scope.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    scope: cloudscope_domain::ScopeKey,
    #[serde(flatten)]
    attempt: Attempt,
}

impl Health {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let at = match self.at.moment(wiring.now()) {
            Ok(at) => at,
            Err(report) => {
                super::report(&report);
                return Ok(Exit::Usage);
            }
        };
        let attached = wiring.attach().await?;
        let found = self.ask(&attached, at, wiring.now()).await;
        attached.close().await;
        let (scopes, attempts, now) = found?;
        if self.attempts.is_some() {
            output::list(&attempts, self.format, || attempts_table(&attempts))?;
        } else {
            output::list(&scopes, self.format, || table(&scopes, now))?;
        }
        let gaps =
            scopes.iter().any(|s| !matches!(s.coverage.state, CoverageState::Ok | CoverageState::Disabled));
        Ok(if gaps { Exit::Gaps } else { Exit::Well })
    }

    async fn ask(
        &self,
        attached: &crate::attached::Attached,
        at: Option<cloudscope_domain::Moment>,
        now: Timestamp,
    ) -> Result<(Vec<ScopeHealth>, Vec<Line>, Timestamp)> {
        let Reply::Health(mut scopes) = attached.ask(Command::Health { at, attempts: true }).await? else {
            return Err(unexpected());
        };
        scopes.retain(|s| {
            let name = s.key.to_string();
            self.words.iter().all(|word| name.contains(word))
        });
        if self.problems {
            scopes.retain(|s| s.coverage.state != CoverageState::Ok);
        }
        let mut attempts = Vec::new();
        if let Some(limit) = self.attempts {
            for scope in &scopes {
                let ask = Command::Attempts { scope: scope.key.clone(), limit };
                let Reply::Attempts(found) = attached.ask(ask).await? else { return Err(unexpected()) };
                attempts.extend(found.into_iter().map(|attempt| Line { scope: scope.key.clone(), attempt }));
            }
        }
        // Ages of then are told from then.
        Ok((scopes, attempts, at::time(attached, at, now).await?))
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
        "SEEN",
        "LAST GOOD",
        "P95",
        "ERROR",
        "MISSING PERMISSION",
    ]);
    let age = |at: Option<Timestamp>| {
        at.map_or_else(|| "never".to_owned(), |t| format!("{} ago", short_span(now.since(t))))
    };
    for s in scopes {
        table.row([
            s.key.source.to_string(),
            cloudscope_domain::text::labelled(&s.key.account, s.account_label.as_deref()),
            s.key.region.clone(),
            s.key.listing.clone(),
            s.coverage.state.to_string(),
            s.coverage.assets.to_string(),
            s.unknown.to_string(),
            s.percent.map_or_else(String::new, |p| format!("{p}%")),
            match &s.followed {
                Some(_) => format!("followed, {}", age(s.coverage.last_good)),
                None => age(s.coverage.last_good),
            },
            s.p95.map_or_else(String::new, took),
            s.coverage.error.clone().unwrap_or_default(),
            s.coverage.missing_permission.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// A duration in milliseconds as a person reads it.
pub(super) fn took(millis: u64) -> String {
    match millis {
        0..=999 => format!("{millis}ms"),
        1000..=59_999 => format!("{}.{}s", millis / 1000, millis % 1000 / 100),
        _ => short_span(i64::try_from(millis).unwrap_or(i64::MAX)),
    }
}

fn attempts_table(lines: &[Line]) -> Table {
    let mut table = Table::new(&[
        "SCOPE",
        "AT (UTC)",
        "RUN",
        "STATE",
        "TOOK",
        "CALLS",
        "RETRIES",
        "THROTTLES",
        "NEW",
        "CHANGED",
        "GONE",
        "UNKNOWN",
        "ERROR",
    ]);
    for Line { scope, attempt } in lines {
        let (coverage, effort) = (&attempt.coverage, attempt.coverage.effort);
        table.row([
            scope.to_string(),
            coverage.last_attempt.map_or_else(String::new, |t| t.to_string()),
            attempt.run.to_string(),
            coverage.state.to_string(),
            took(effort.millis),
            effort.calls.to_string(),
            effort.retries.to_string(),
            effort.throttles.to_string(),
            effort.created.to_string(),
            effort.changed.to_string(),
            effort.gone.to_string(),
            attempt.unknown.to_string(),
            coverage.error.clone().unwrap_or_default(),
        ]);
    }
    table
}
