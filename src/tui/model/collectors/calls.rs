//! The call ledger as a document: call by call, or summed up per identity and operation.

use std::{borrow::Cow, fmt::Write as _};

use cloudscope_application::message::{CallRecord, CallResult, CallTotal};
use cloudscope_domain::{Timestamp, time::short_span};

use super::log::clock;
use crate::{
    glyphs::Glyphs,
    model::document::DocLine,
    text::{count, fit},
    theme::Slot,
};

/// How a call ended: its sign, its word, and what both mean.
fn result(result: &CallResult, glyphs: &Glyphs) -> (&'static str, Cow<'static, str>, Slot) {
    match result {
        CallResult::Ok => (glyphs.ok, "ok".into(), Slot::Ok),
        CallResult::Denied => (glyphs.error, "denied".into(), Slot::Error),
        CallResult::Throttled => (glyphs.warning, "throttled".into(), Slot::Warning),
        CallResult::Refused => (glyphs.error, "refused by this program".into(), Slot::Error),
        CallResult::Failed(why) => (glyphs.error, format!("failed: {why}").into(), Slot::Error),
        CallResult::Abandoned => (glyphs.stopped, "abandoned".into(), Slot::Stopped),
    }
}

/// Call by call, the newest first.
pub(crate) fn lines(calls: &[CallRecord], glyphs: &Glyphs) -> Vec<DocLine> {
    if calls.is_empty() {
        return vec![none()];
    }
    let result_width = 12;
    let head = format!("{} {:>9}  OPERATION, SCOPE, AS WHOM", fit(glyphs, "RESULT", result_width), "TOOK");
    let mut lines = vec![DocLine { label: "UTC".into(), ..DocLine::title(head) }];
    lines.extend(calls.iter().map(|call| {
        let (sign, word, slot) = result(&call.result, glyphs);
        // A reason may be long; it does not stand in the column of the result.
        let (word, why) = word.split_once(": ").map_or((&*word, ""), |(word, why)| (word, why));
        let mut text = format!(
            "{} {:>6} ms  {} {}",
            fit(glyphs, &format!("{sign} {word}"), result_width),
            count(call.millis),
            call.operation.as_str(),
            place(call),
        );
        if !why.is_empty() {
            let _ = write!(text, ": {why}");
        }
        let _ = write!(text, ", as {}", call.identity);
        DocLine::fact(clock(call.at), text, slot)
    }));
    lines
}

/// The scope of a call; what the operation says already is not said again.
fn place(call: &CallRecord) -> String {
    let mut key = call.scope.clone();
    if key.listing == call.operation.as_str() {
        key.listing.clear();
    }
    key.to_string()
}

/// Summed up, most calls first.
pub(crate) fn totals(totals: &[CallTotal], now: Timestamp, glyphs: &Glyphs) -> Vec<DocLine> {
    if totals.is_empty() {
        return vec![none()];
    }
    let row = |cells: [&str; 7], operation: &str, identity: &str| {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip([9, 9, 7, 9, 7, 8, 5]) {
            let pad = width - cell.len().min(width);
            text.push_str(&" ".repeat(pad));
            text.push_str(cell);
            text.push(' ');
        }
        format!("{text} {} {identity}", fit(glyphs, operation, 32))
    };
    let sum = |of: fn(&CallTotal) -> u64| totals.iter().map(of).sum::<u64>();
    let heads = ["CALLS", "OK", "DENIED", "THROTTLED", "FAILED", "AVERAGE", "LAST"];
    let mut lines = vec![DocLine::title(row(heads, "OPERATION", "AS WHOM"))];
    for total in totals {
        let slot = match total {
            t if t.denied > 0 || t.failed > 0 => Slot::Error,
            t if t.throttled > 0 => Slot::Warning,
            _ => Slot::Text,
        };
        let average = format!("{} ms", count(total.millis.checked_div(total.calls).unwrap_or(0)));
        let cells = [
            count(total.calls),
            count(total.ok),
            count(total.denied),
            count(total.throttled),
            count(total.failed),
            average,
            short_span(now.since(total.last)),
        ];
        let cells: [&str; 7] = std::array::from_fn(|i| cells[i].as_str());
        let text = row(cells, &total.operation, &total.identity);
        lines.push(DocLine { slot, ..DocLine::plain(text) });
    }
    let all = [sum(|t| t.calls), sum(|t| t.ok), sum(|t| t.denied), sum(|t| t.throttled), sum(|t| t.failed)];
    let all = all.map(count);
    let text = row([&all[0], &all[1], &all[2], &all[3], &all[4], "", ""], "all of them", "");
    lines.push(DocLine::title(text.trim_end()));
    lines
}

fn none() -> DocLine {
    DocLine::fact("", "the call ledger has no call yet; every call that is made is kept in it", Slot::Dim)
}
