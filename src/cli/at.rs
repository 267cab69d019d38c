//! `--at`: a moment of the past as it is written on the command line.

use clap::Args;
use cloudscope_application::{Command, Reply};
use cloudscope_domain::{Moment, Revision, Timestamp};
use miette::{Result, miette};

use super::output;
use crate::attached::{Attached, unexpected};

/// The option that asks for the past.
#[derive(Debug, Clone, Args)]
pub(super) struct At {
    /// As of then: a span back (-2h, -7d), a time (2026-11-21T08:00:00Z, 2026-11-21) or a revision (r123);
    /// means the highest revision recorded at or before that, as known then
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    at: Option<String>,
}

impl At {
    /// The moment, if one was asked for.
    pub(super) fn moment(&self, now: Timestamp) -> Result<Option<Moment>> {
        self.at.as_deref().map(|text| moment(text, now)).transpose()
    }
}

/// The time of the revision that a moment stands for; now, when there is none.
pub(super) async fn time(attached: &Attached, at: Option<Moment>, now: Timestamp) -> Result<Timestamp> {
    let Some(at) = at else { return Ok(now) };
    match attached.ask(Command::Resolve { at }).await? {
        Reply::Moment((_, time)) => Ok(time),
        _ => Err(unexpected()),
    }
}

/// Says beside a table which revision a moment stood for; a failure was told already.
pub(super) async fn note(attached: &Attached, at: Option<Moment>) {
    if let Some(at) = at
        && let Ok(Reply::Moment((revision, time))) = attached.ask(Command::Resolve { at }).await
    {
        output::note(&format!("as of revision {revision} of {time}"));
    }
}

/// Reads a moment; a bare number is a revision.
pub(super) fn moment(text: &str, now: Timestamp) -> Result<Moment> {
    if let Ok(number) = text.parse() {
        return Ok(Moment::Revision(Revision(number)));
    }
    Moment::parse(text, now).map_err(|e| miette!("{}", cloudscope_domain::text::visible(&e.to_string())))
}
