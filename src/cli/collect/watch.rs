//! `collect --watch`: the schedule of the configuration without a front end, until interrupted. Beside
//! another process that holds the data directory it tells of that one's runs, and takes over after it.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use cloudscope_application::{Command, Event, Rule, message::RunProgress};
use cloudscope_domain::{RunId, text::visible};
use miette::{Result, miette};
use tokio::sync::broadcast::error::RecvError;

use super::{
    super::output::{self, Exit},
    MENDED,
};
use crate::{attached::Attached, wiring::Wiring};

/// Time for a process to leave before it is asked again.
const LEAVING: Duration = Duration::from_millis(200);

/// Why the watching of one session ended.
enum End {
    /// Somebody interrupted.
    Interrupted,
    /// The process that holds the data directory ends.
    OwnerLeft,
}

/// Tells of every run until somebody interrupts; a run of our own that is under way then is stopped, and
/// what it read is kept.
pub(super) async fn watch(wiring: &Wiring, quiet: bool) -> Result<Exit> {
    if wiring.schedule().is_empty() {
        return Err(miette!(
            help = "give sources a rule under `schedule` in the configuration (docs/config.example.yaml)",
            "nothing is scheduled"
        ));
    }
    // One listener for all of it: a signal that comes while nobody waits for it is not lost.
    let mut interrupted = pin!(crate::process::interrupted());
    loop {
        let attached = tokio::select! {
            biased;
            () = &mut interrupted => return Ok(Exit::Well),
            attached = wiring.attach() => attached?,
        };
        let owner = attached.is_owner();
        let end = session(wiring, &attached, quiet, interrupted.as_mut()).await;
        attached.close().await;
        match end {
            Ok(End::Interrupted) => return Ok(Exit::Well),
            Err(error) if owner => return Err(error),
            // A question that was not answered any more says the same.
            Ok(End::OwnerLeft) | Err(_) => {
                output::note("the process that held the data directory ends; taking over");
                tokio::time::sleep(LEAVING).await;
            }
        }
    }
}

async fn session(
    wiring: &Wiring,
    attached: &Attached,
    quiet: bool,
    mut interrupted: Pin<&mut impl Future<Output = ()>>,
) -> Result<End> {
    let mut events = attached.session.events();
    if let Some(engine) = attached.engine() {
        engine.keep_house();
        engine.drive_schedule();
    }
    announce(wiring, attached).await?;
    let mut told = attached.overview().await?.run.filter(|r| r.ended.is_some()).map_or(RunId(0), |r| r.run);
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = &mut interrupted => break,
        };
        let progress = match event {
            Ok(Event::Progress(progress)) => Some(progress),
            Ok(Event::Trouble(text)) => {
                output::note(&text);
                None
            }
            Ok(Event::Mended(_)) => {
                output::note(MENDED);
                None
            }
            Ok(Event::Closing) => return Ok(End::OwnerLeft),
            Ok(_) => None,
            Err(RecvError::Lagged(_)) => attached.overview().await?.run.map(Arc::new),
            Err(RecvError::Closed) if !attached.is_owner() => return Ok(End::OwnerLeft),
            Err(RecvError::Closed) => return Err(miette!("the engine went away; this is a defect")),
        };
        if let Some(run) = progress.filter(|p| p.ended.is_some() && p.run > told) {
            told = run.run;
            if !quiet {
                tell(&run);
            }
        }
    }
    // A run of another process is that one's to stop.
    if attached.is_owner() && attached.overview().await?.run.is_some_and(|run| run.ended.is_none()) {
        output::note("stopping; what was read so far is kept");
        attached.ask(Command::Cancel).await?;
    }
    Ok(End::Interrupted)
}

/// Says what is planned, and by whom.
async fn announce(wiring: &Wiring, attached: &Attached) -> Result<()> {
    let schedule = attached.overview().await?.schedule;
    if !attached.is_owner() {
        let driven = schedule.iter().any(|p| p.next.is_some());
        let what = if driven { "collects by its own schedule" } else { "collects nothing by itself" };
        output::note(&format!(
            "another process holds the data directory and {what}; watching it, and taking over when it ends"
        ));
    } else {
        for entry in wiring.schedule().entries {
            let known = schedule.iter().any(|p| p.source == entry.source) || entry.rule == Rule::Never;
            if !known {
                output::note(&format!(
                    "no source is named `{}`, so its rule waits; `cloudscope sources list` has their names",
                    visible(entry.source.as_str())
                ));
            }
        }
    }
    for planned in &schedule {
        let next = planned.next.map_or_else(|| "not by that process".to_owned(), |at| format!("next {at}"));
        output::note(&format!("{}: {}, {next}", visible(planned.source.as_str()), planned.rule));
    }
    Ok(())
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
