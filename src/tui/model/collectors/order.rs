//! A run that is to be started, and what it would take: asked about before anything large begins.

use cloudscope_application::{Command, message::Estimate};
use cloudscope_domain::time::short_span;

use crate::{
    model::document::DocLine,
    text::{count, plural},
    theme::Slot,
};

/// More calls than this are asked about first.
const LARGE_CALLS: u64 = 1_000;
/// More time than this is asked about first, in milliseconds.
const LARGE_MILLIS: u64 = 60_000;

/// A run that waits for its estimate.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Order {
    /// What starts it.
    pub(crate) start: Command,
    /// It is shown what it takes, however little that is.
    pub(crate) look: bool,
}

/// A run that waits for a yes.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Start {
    /// What it collects.
    pub(crate) title: String,
    /// What it would take.
    pub(crate) lines: Vec<DocLine>,
    /// What starts it.
    pub(crate) start: Command,
}

/// Whether a run is so large that one asks first. A scope of which nothing is known takes one call at
/// least.
pub(crate) fn is_large(estimate: &Estimate) -> bool {
    estimate.calls.saturating_add(estimate.unknown_scopes) > LARGE_CALLS || estimate.millis > LARGE_MILLIS
}

/// What a run would take, in words.
pub(crate) fn in_words(estimate: &Estimate) -> Vec<DocLine> {
    let mut lines = vec![DocLine::fact("scopes", count(estimate.scopes), Slot::Text)];
    let unknown = estimate.unknown_scopes;
    let known = unknown < estimate.scopes;
    let calls = match (known, unknown) {
        (false, _) => "no guess yet: nothing of this was listed before".to_owned(),
        (true, 0) => format!("about {}", count(estimate.calls)),
        (true, _) => {
            format!("about {}, and those of {}", count(estimate.calls), plural(unknown, "scope", "scopes"))
        }
    };
    lines.push(DocLine::fact("calls", calls, Slot::Text));
    if known {
        let millis = i64::try_from(estimate.millis).unwrap_or(i64::MAX);
        let at_least = if unknown > 0 { "at least" } else { "about" };
        let text = format!("{at_least} {} at the present limits", short_span(millis));
        lines.push(DocLine::fact("time", text, Slot::Text));
    }
    if unknown > 0 {
        let text = format!(
            "{} never listed before: of {} nothing is known",
            plural(unknown, "scope was", "scopes were"),
            if unknown == 1 { "it" } else { "them" },
        );
        lines.push(DocLine::fact("not known", text, Slot::Unknown));
    }
    for (i, (account, calls)) in estimate.per_account.iter().enumerate() {
        let label = if i == 0 { "per account" } else { " " };
        lines.push(DocLine::fact(
            label,
            format!("{account}: {}", plural(*calls, "call", "calls")),
            Slot::Dim,
        ));
    }
    for (i, (source, why)) in estimate.unplanned.iter().enumerate() {
        let label = if i == 0 { "not planned" } else { " " };
        lines.push(DocLine::fact(label, format!("{source}: {why}"), Slot::Warning));
    }
    lines
}
