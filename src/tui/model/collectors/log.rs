//! The log and the hooks as documents.

use cloudscope_application::message::{HookState, LogLine};
use cloudscope_domain::{Timestamp, time::short_span};

use crate::{glyphs::Glyphs, model::document::DocLine, text::count, theme::Slot};

/// The lines of the log, oldest first.
pub(crate) fn lines(log: &[LogLine]) -> Vec<DocLine> {
    log.iter()
        .map(|line| {
            let slot = match line.level.as_str() {
                "ERROR" => Slot::Error,
                "WARN" => Slot::Warning,
                "INFO" => Slot::Text,
                _ => Slot::Dim,
            };
            let label = format!("{} {}", clock(line.at), line.level);
            DocLine::fact(label, format!("{}: {}", line.target, line.text), slot)
        })
        .collect()
}

/// `07:57:00`, in UTC.
pub(crate) fn clock(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}

/// A short time, in milliseconds where it is below a second.
pub(crate) fn span(millis: u64) -> String {
    match i64::try_from(millis).unwrap_or(i64::MAX) {
        ms @ 0..=999 => format!("{ms}ms"),
        ms => short_span(ms),
    }
}

/// How the hooks fare.
pub(crate) fn hooks(hooks: &[HookState], now: Timestamp, glyphs: &Glyphs) -> Vec<DocLine> {
    if hooks.is_empty() {
        let text =
            "no hook is configured; `hooks:` in the configuration attaches a command or a webhook to events";
        return vec![DocLine::fact("", text, Slot::Dim)];
    }
    let mut lines = Vec::new();
    for (i, hook) in hooks.iter().enumerate() {
        if i > 0 {
            lines.push(DocLine::plain(""));
        }
        lines.push(DocLine::title(hook.name.as_str()));
        lines.push(DocLine::fact("does", hook.what.as_str(), Slot::Text));
        lines.push(DocLine::fact("on", hook.events.join(", "), Slot::Text));
        if let Some(why) = &hook.held {
            lines.push(DocLine::fact("does not run", why.as_str(), Slot::Warning));
        }
        let (sign, slot) = match (hook.failed + hook.dropped, hook.delivered) {
            (0, 0) => (glyphs.stopped, Slot::Stopped),
            (0, _) => (glyphs.ok, Slot::Ok),
            _ => (glyphs.warning, Slot::Warning),
        };
        let (delivered, failed) = (count(hook.delivered), count(hook.failed));
        let text = format!("{sign} {delivered} delivered, {failed} failed, {} dropped", count(hook.dropped));
        lines.push(DocLine::fact("notices", text, slot));
        if let Some((at, error)) = &hook.last_error {
            let text = format!("{error} ({} ago)", short_span(now.since(*at)));
            lines.push(DocLine::fact("last failure", text, Slot::Error));
        }
    }
    lines
}
