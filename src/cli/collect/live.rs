//! `collect --follow` after its run: what happens in the scopes that are followed, a line at a time, until
//! somebody interrupts.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use cloudscope_application::{Event, message::Overview};
use miette::Result;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{super::output, MENDED};
use crate::attached::Attached;

/// No more than a line in so long.
const PACE: Duration = Duration::from_secs(1);

/// Tells what following brings, and collects by the schedule, if there is one. Returns when somebody interrupts.
pub(super) async fn tell(
    attached: &Attached,
    events: &mut Receiver<Event>,
    quiet: bool,
    mut interrupted: Pin<&mut impl Future<Output = ()>>,
) -> Result<()> {
    if let Some(engine) = attached.engine() {
        engine.keep_house();
        engine.drive_schedule();
    }
    let overview = attached.overview().await?;
    if overview.followed == 0 {
        output::note("no scope is followed yet; `cloudscope health` says why, and which sources can be");
    }
    let mut told = String::new();
    if !quiet {
        say(&overview, &mut told);
    }
    let mut news: Option<Instant> = None;
    loop {
        let due = news.map_or(Duration::from_secs(3_600), |at| PACE.saturating_sub(at.elapsed()));
        let event = tokio::select! {
            event = tokio::time::timeout(due, events.recv()) => event,
            () = &mut interrupted => return Ok(()),
        };
        match event {
            Ok(Ok(Event::Trouble(text))) => output::note(&text),
            Ok(Ok(Event::Mended(_))) => output::note(MENDED),
            Ok(Ok(Event::Closing)) => return Err(super::owner_left()),
            Ok(Err(RecvError::Closed)) => return Err(super::went_away(attached)),
            Ok(Ok(Event::Published { .. } | Event::Progress(_)) | Err(RecvError::Lagged(_))) => {
                news.get_or_insert_with(Instant::now);
            }
            Ok(Ok(_)) => {}
            Err(_) => {
                if news.take().is_some() && !quiet {
                    say(&attached.overview().await?, &mut told);
                }
            }
        }
        // Events without end must not keep the line from being written.
        if news.is_some_and(|at| at.elapsed() >= PACE) {
            news = None;
            if !quiet {
                say(&attached.overview().await?, &mut told);
            }
        }
    }
}

/// Says how it stands, unless that was said.
fn say(overview: &Overview, told: &mut String) {
    let Some(brought) = overview.follows else { return };
    let line = format!(
        "{} followed: +{} new, ~{} changed, -{} gone since {}; {} assets, ?{} unknown",
        if overview.followed == 1 { "1 scope".to_owned() } else { format!("{} scopes", overview.followed) },
        brought.created,
        brought.changed,
        brought.gone,
        brought.since,
        overview.total,
        overview.unknown
    );
    if line != *told {
        output::note(&line);
        *told = line;
    }
}
