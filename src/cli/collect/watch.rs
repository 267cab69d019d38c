//! `collect --watch`: the schedule of the configuration without a front end, until interrupted.

use cloudscope_application::{Command, Event, message::RunProgress};
use cloudscope_domain::RunId;
use miette::{Result, miette};
use tokio::sync::broadcast::error::RecvError;

use super::super::output::{self, Exit};
use crate::wiring::Attached;

/// Tells of every run until somebody interrupts; a run under way is stopped and what it read is kept.
pub(super) async fn watch(attached: &Attached, quiet: bool) -> Result<Exit> {
    if !attached.is_owner() {
        return Err(miette!(
            help = "leave it to that process, or end it first",
            "another process holds the data directory and collects by its own schedule"
        ));
    }
    if let Some(engine) = attached.engine() {
        engine.keep_house();
    }
    let mut events = attached.session.events();
    let schedule = attached.overview().await?.schedule;
    if schedule.is_empty() {
        return Err(miette!(
            help = "give sources `every: 15m` or `cron: \"0 * * * *\"` in the configuration (docs/config.example.yaml)",
            "nothing is scheduled"
        ));
    }
    for planned in &schedule {
        let next = planned.next.map_or_else(|| "never".to_owned(), |at| at.to_string());
        output::note(&format!("{}: {}, next {next}", planned.source, planned.rule));
    }
    let mut told = RunId(0);
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = crate::process::interrupted() => break,
        };
        let progress = match event {
            Ok(Event::Progress(progress)) => Some(*progress),
            Ok(Event::Trouble(text)) => {
                output::note(&text);
                None
            }
            Ok(_) => None,
            Err(RecvError::Lagged(_)) => attached.overview().await?.run,
            Err(RecvError::Closed) => return Err(miette!("the engine went away; this is a defect")),
        };
        if let Some(run) = progress.filter(|p| p.ended.is_some() && p.run > told) {
            told = run.run;
            if !quiet {
                tell(&run);
            }
        }
    }
    if attached.overview().await?.run.is_some_and(|run| run.ended.is_none()) {
        output::note("stopping; what was read so far is kept");
        attached.ask(Command::Cancel).await?;
    }
    Ok(Exit::Well)
}

fn tell(run: &RunProgress) {
    let ended = run.ended.map_or_else(String::new, |at| at.to_string());
    let unread = run.scopes.iter().filter(|s| s.error.is_some()).count();
    let gaps = if unread > 0 { format!(", {unread} scopes with errors") } else { String::new() };
    output::note(&format!(
        "{ended} run {}: +{} new, ~{} changed, -{} gone, ?{} unknown of {} scopes{gaps}",
        run.run,
        run.created,
        run.changed,
        run.gone,
        run.unknown,
        run.scopes.len()
    ));
}
