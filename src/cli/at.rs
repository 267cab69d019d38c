//! `--at`: a moment of the past as it is written on the command line.

use clap::Args;
use cloudscope_domain::{Moment, Revision, Timestamp};
use miette::{Result, miette};

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

/// Reads a moment; a bare number is a revision.
pub(super) fn moment(text: &str, now: Timestamp) -> Result<Moment> {
    if let Ok(number) = text.parse() {
        return Ok(Moment::Revision(Revision(number)));
    }
    Moment::parse(text, now).map_err(|e| miette!("{}", cloudscope_domain::text::visible(&e.to_string())))
}
