//! `collect`: one run, with progress on standard error.

mod busy;
mod live;
mod takeover;
mod watch;

use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use cloudscope_application::{
    Command, Event, Reply, SessionError,
    message::{Phase, RunProgress, ScopeHealth},
};
use cloudscope_domain::{CoverageState, RunId, text::visible};
use cloudscope_ports::SourceSpec;
use miette::{Result, miette};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{
    health::took,
    output::{self, Exit},
};
use crate::{
    attached::{Attached, unexpected},
    wiring::Wiring,
};

/// How long a stopped collection may take to end.
const STOPPING: Duration = Duration::from_secs(15);
/// How long a collection without a person before it waits for room on a full disk.
const TROUBLED: Duration = Duration::from_secs(60);
/// Told when trouble is over.
const MENDED: &str = "what was in the way is gone; it goes on";

/// Collect now. Exit code 0: all was read; 3: something was not; 1: the collection failed.
#[derive(Debug, Args)]
pub(crate) struct Collect {
    /// What to collect: `host`, `aws:PROFILE`, `k8s:CONTEXT`, `file:PATH[,option=value]`, or a configured name;
    /// all sources when left out
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Only scopes whose last attempt was not whole
    #[arg(long)]
    failed: bool,
    /// No progress, only the result
    #[arg(short, long)]
    quiet: bool,
    /// Say how many calls and how much time it would take, from what the last attempts took; collect nothing
    #[arg(long, conflicts_with_all = ["watch", "quiet"])]
    estimate: bool,
    /// Stay after that, and take in what happens in the sources that can be followed until interrupted
    #[arg(long, conflicts_with_all = ["watch", "estimate"])]
    follow: bool,
    /// Stay, and collect by the schedule of the configuration until interrupted
    #[arg(long, conflicts_with_all = ["sources", "failed"])]
    watch: bool,
}

impl Collect {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let known = wiring.known_sources()?;
        let parse = |text: &String| crate::config::sources::parse(text, &known);
        let sources = match self.sources.iter().map(parse).collect::<Result<Vec<SourceSpec>>>() {
            Ok(sources) => sources,
            Err(report) => {
                super::report(&report);
                return Ok(Exit::Usage);
            }
        };
        if !self.estimate {
            super::hooks::tell_held(wiring);
        }
        if self.watch {
            return watch::watch(wiring, self.quiet).await;
        }
        if self.follow {
            return takeover::stay(wiring, &self, sources).await;
        }
        let attached = wiring.attach().await?;
        let ended = if self.estimate {
            estimate(&attached, sources, self.failed).await
        } else {
            // One listener from the first wait on: a signal that comes between two waits is not lost.
            let interrupted = pin!(crate::process::interrupted());
            let ended = self.collect(&attached, sources, interrupted).await;
            // What did not come to its end may wait for a disk that is full, and so would this.
            if ended.is_ok() {
                tidy(&attached).await;
            }
            ended
        };
        attached.close().await;
        ended
    }

    async fn collect(
        &self,
        attached: &Attached,
        sources: Vec<SourceSpec>,
        mut interrupted: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Exit> {
        let mut events = attached.session.events();
        let run = start(attached, sources, self.failed, interrupted.as_mut()).await?;
        if self.follow {
            // Before its end, so that each scope is followed from the moment that it was listed.
            attached.ask(Command::Follow { on: true }).await?;
        }
        let mut stay = self.follow;
        let ended = tokio::select! {
            ended = follow(attached, &mut events, run, self.quiet) => ended?,
            () = &mut interrupted => {
                stay = false;
                output::note("stopping; what was read so far is kept");
                attached.ask(Command::Cancel).await?;
                let end = follow(attached, &mut events, run, self.quiet);
                tokio::select! {
                    ended = tokio::time::timeout(STOPPING, end) => {
                        ended.map_err(|_| miette!("the collection does not stop; left as it is"))??
                    }
                    () = crate::process::interrupted() => return Err(miette!("interrupted twice; left as it is")),
                }
            }
        };
        let Reply::Health(health) = attached.ask(Command::Health { at: None, attempts: false }).await? else {
            return Err(unexpected());
        };
        let exit = report(&ended, &health, run);
        if stay {
            live::tell(attached, &mut events, self.quiet, interrupted.as_mut()).await?;
        }
        Ok(exit)
    }
}

/// Once a day a command that collects lets go of old history before it ends; a process that stays open
/// does so by itself.
async fn tidy(attached: &Attached) {
    if let Some(engine) = attached.engine() {
        tokio::select! {
            _ = engine.tidy_daily() => {}
            () = crate::process::interrupted() => {}
        }
    }
}

/// What a run would take. Only plans are asked for; nothing is listed.
async fn estimate(attached: &Attached, sources: Vec<SourceSpec>, failed_only: bool) -> Result<Exit> {
    let Reply::Estimate(estimate) = attached.ask(Command::Estimate { sources, failed_only }).await? else {
        return Err(unexpected());
    };
    output::print(&(output::json(&estimate, true)? + "\n"))?;
    let known = estimate.scopes.saturating_sub(estimate.unknown_scopes);
    output::note(&format!(
        "{} scopes; about {} calls and {} for the {known} of them that were collected before",
        estimate.scopes,
        estimate.calls,
        took(estimate.millis)
    ));
    if estimate.unknown_scopes > 0 {
        output::note(&format!(
            "{} scopes were never collected, so nothing is known of what they take",
            estimate.unknown_scopes
        ));
    }
    for (source, why) in &estimate.unplanned {
        output::note(&format!("{source} cannot be planned: {why}"));
    }
    Ok(if estimate.unplanned.is_empty() { Exit::Well } else { Exit::Gaps })
}

async fn start(
    attached: &Attached,
    sources: Vec<SourceSpec>,
    failed_only: bool,
    mut interrupted: Pin<&mut impl Future<Output = ()>>,
) -> Result<RunId> {
    let mut busy = busy::Busy::default();
    loop {
        let command = Command::Collect { sources: sources.clone(), failed_only, scopes: Vec::new() };
        match attached.session.ask(command).await {
            Ok(Reply::Started(run)) => return Ok(run),
            Ok(_) => return Err(unexpected()),
            Err(SessionError::Busy) => {
                busy.look(attached).await?;
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(200)) => {}
                    () = &mut interrupted => return Err(miette!("interrupted while waiting")),
                }
            }
            Err(error) => return Err(miette!("{error}")),
        }
    }
}

async fn follow(
    attached: &Attached,
    events: &mut Receiver<Event>,
    run: RunId,
    quiet: bool,
) -> Result<RunProgress> {
    // By place: the rows of a run stay where they are, and an organization has tens of thousands.
    let mut told: Vec<bool> = Vec::new();
    let mut troubled: Option<(Instant, String)> = None;
    loop {
        if let Some((since, trouble)) = &troubled
            && since.elapsed() > TROUBLED
        {
            // A hook that does not keep up is in the list as well, and is no reason.
            if attached.overview().await?.trouble.contains(trouble) {
                attached.ask(Command::Cancel).await?;
                return Err(miette!("given up after {} s: {}", TROUBLED.as_secs(), visible(trouble)));
            }
            troubled = None;
        }
        // Asked for once a second besides, because a slow reader may lose the last event.
        let event = tokio::time::timeout(Duration::from_secs(1), events.recv()).await;
        let progress = match event {
            Ok(Ok(Event::Progress(progress))) => Some(progress),
            Ok(Ok(Event::Closing)) => return Err(owner_left()),
            Ok(Ok(Event::Trouble(text))) => {
                output::note(&text);
                troubled.get_or_insert_with(|| (Instant::now(), text));
                None
            }
            Ok(Ok(Event::Mended(_))) => {
                output::note(MENDED);
                None
            }
            Ok(Ok(_)) => None,
            Ok(Err(RecvError::Closed)) => return Err(went_away(attached)),
            Ok(Err(RecvError::Lagged(_))) | Err(_) => attached.overview().await?.run.map(Arc::new),
        };
        let Some(progress) = progress.filter(|p| p.run == run) else { continue };
        if !quiet {
            told.resize(progress.scopes.len(), false);
            for (scope, told) in progress.scopes.iter().zip(&mut told) {
                if let Phase::Ended(state) = scope.phase
                    && !std::mem::replace(told, true)
                {
                    let error = scope.error.as_deref().map(|e| format!(" - {e}")).unwrap_or_default();
                    output::note(&format!("{state:<12} {:>8}  {}{error}", scope.seen, scope.scope));
                }
            }
        }
        if progress.ended.is_some() {
            return Ok(Arc::unwrap_or_clone(progress));
        }
    }
}

/// Why nothing comes any more.
fn went_away(attached: &Attached) -> miette::Report {
    if attached.is_owner() { miette!("the engine went away; this is a defect") } else { owner_left() }
}

fn owner_left() -> miette::Report {
    OwnerLeft.into()
}

/// The session was another process's, and that one ends.
#[derive(Debug)]
struct OwnerLeft;

impl std::fmt::Display for OwnerLeft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the process that holds the data directory went away")
    }
}

impl std::error::Error for OwnerLeft {}

impl miette::Diagnostic for OwnerLeft {}

fn report(run: &RunProgress, health: &[ScopeHealth], id: RunId) -> Exit {
    output::note(&format!(
        "run {}: +{} new, ~{} changed, -{} gone, ?{} unknown",
        run.run, run.created, run.changed, run.gone, run.unknown
    ));
    let mine: Vec<&ScopeHealth> = health.iter().filter(|h| h.run == id).collect();
    let unread: Vec<_> = mine
        .iter()
        .filter(|h| !matches!(h.coverage.state, CoverageState::Ok | CoverageState::Disabled))
        .collect();
    // Scopes that a cancelled run never began keep their old state, and are gaps of this run all the same.
    let waiting = run.scopes.iter().filter(|s| s.phase == Phase::Waiting).count();
    if unread.is_empty() && waiting == 0 {
        return Exit::Well;
    }
    // A source that could not be planned has no scope of its own in the run.
    for gap in unread.iter().filter(|h| !run.scopes.iter().any(|s| s.scope == h.key)) {
        let error = gap.coverage.error.as_deref().unwrap_or("no reason given");
        output::note(&format!("{:<12} {:>8}  {} - {error}", gap.coverage.state.as_str(), 0, gap.key));
    }
    output::note(&format!(
        "{} of {} scopes were not read whole; `cloudscope health --problems` says why and what to do",
        unread.len() + waiting,
        mine.len() + waiting
    ));
    Exit::Gaps
}
