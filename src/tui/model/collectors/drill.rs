//! What the document about one scope is made of besides its health: past attempts, and its calls.
//! Each arrives when it arrives; what is still on its way is said so.

use std::fmt::Write as _;

use cloudscope_application::message::CallRecord;
use cloudscope_domain::{Attempt, ScopeKey, Timestamp, time::short_span};

use super::{calls, log::span};
use crate::{
    glyphs::Glyphs,
    model::{document::DocLine, facts::coverage_slot},
    text::{count, plural},
    theme::Slot,
};

/// Past attempts asked for.
pub(crate) const ATTEMPTS: u64 = 50;
/// Calls of the ledger that are looked through for those of the scope.
pub(crate) const CALLS: u64 = 5_000;
/// Calls of the scope that are shown.
const SHOWN: usize = 100;

/// Something that was asked for.
pub(crate) type Asked<T> = Option<Result<T, String>>;

/// What the document about one scope is made of.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Drill {
    /// Which scope.
    pub(crate) key: ScopeKey,
    /// Past attempts, newest first.
    pub(crate) attempts: Asked<Vec<Attempt>>,
    /// Its calls, newest first.
    pub(crate) calls: Asked<Vec<CallRecord>>,
}

impl Drill {
    /// Nothing has arrived yet.
    pub(crate) fn new(key: ScopeKey) -> Self {
        Self { key, attempts: None, calls: None }
    }

    /// Its part of the document.
    pub(crate) fn lines(&self, now: Timestamp, glyphs: &Glyphs) -> Vec<DocLine> {
        let mut lines = vec![DocLine::plain(""), DocLine::title("attempts, newest first")];
        match &self.attempts {
            None => lines.push(DocLine::fact("", "asking", Slot::Pending)),
            Some(Err(why)) => lines.push(DocLine::fact("", why, Slot::Error)),
            Some(Ok(all)) if all.is_empty() => lines.push(DocLine::fact("", "none is recorded", Slot::Dim)),
            Some(Ok(all)) => {
                for attempt in all {
                    let (label, text) = attempt_in_words(attempt, now, glyphs);
                    lines.push(DocLine::fact(label, text, coverage_slot(attempt.coverage.state)));
                }
            }
        }
        lines.extend([DocLine::plain(""), DocLine::title("calls, newest first")]);
        match &self.calls {
            None => lines.push(DocLine::fact("", "asking", Slot::Pending)),
            Some(Err(why)) => lines.push(DocLine::fact("", why, Slot::Error)),
            Some(Ok(all)) if all.is_empty() => {
                let text = format!("none among the newest {} of the call ledger", count(CALLS));
                lines.push(DocLine::fact("", text, Slot::Dim));
            }
            Some(Ok(all)) => {
                lines.extend(calls::lines(&all[..all.len().min(SHOWN)], glyphs).into_iter().skip(1));
                if all.len() > SHOWN {
                    let more = count((all.len() - SHOWN) as u64);
                    lines.push(DocLine::fact("", format!("and {more} more"), Slot::Dim));
                }
            }
        }
        lines
    }
}

/// `3m ago` and `denied in 2s, run 41, 3 calls, 1 retry: the error`.
fn attempt_in_words(attempt: &Attempt, now: Timestamp, glyphs: &Glyphs) -> (String, String) {
    let (coverage, effort) = (&attempt.coverage, &attempt.coverage.effort);
    let label = coverage
        .last_attempt
        .map_or_else(|| "never".to_owned(), |at| format!("{} ago", short_span(now.since(at))));
    let took = span(effort.millis);
    let sign = glyphs.coverage(coverage.state);
    let mut text = format!("{sign} {} in {took}, run {}", coverage.state, attempt.run);
    if coverage.cancelled {
        text.push_str(", stopped before its end");
    }
    let _ = write!(text, ", {}", plural(coverage.assets, "asset", "assets"));
    for (n, one, many) in [
        (effort.calls, "call", "calls"),
        (effort.retries, "retry", "retries"),
        (effort.throttles, "throttled", "throttled"),
    ] {
        if n > 0 {
            let _ = write!(text, ", {}", plural(u64::from(n), one, many));
        }
    }
    for (sign, n) in
        [("+", effort.created), ("~", effort.changed), ("-", effort.gone), ("?", attempt.unknown)]
    {
        if n > 0 {
            let _ = write!(text, " {sign}{}", count(n));
        }
    }
    if let Some(error) = &coverage.error {
        let _ = write!(text, ": {error}");
    }
    (label, text)
}
