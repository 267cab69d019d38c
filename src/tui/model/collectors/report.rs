//! A scope, a source, or something that was found, in full sentences: what the list has no room for.

use cloudscope_application::message::{Overview, ScopeHealth};
use cloudscope_domain::{CoverageState, ListingMode, Timestamp, time::short_span};

use super::Entry;
use crate::{
    glyphs::Glyphs,
    model::{
        collectors::Collectors,
        document::{DocLine, Document},
        facts::coverage_slot,
    },
    text::count,
    theme::Slot,
};

/// The report on a line of the list; `None` for a heading.
pub(crate) fn of(
    entry: Entry,
    collectors: &Collectors,
    overview: Option<&Overview>,
    now: Timestamp,
    glyphs: &Glyphs,
) -> Option<Document> {
    let mut document = match entry {
        Entry::Heading(_) => return None,
        Entry::Scope(i) => {
            let health = collectors.health.as_ref()?.get(i)?;
            Document::of(health.key.to_string(), of_scope(health, now, glyphs))
        }
        Entry::Source(i) => {
            let source = overview?.sources.get(i)?;
            let mut lines = vec![
                DocLine::fact("source", source.name.as_str(), Slot::Text),
                DocLine::fact("collector", &*source.collector, Slot::Text),
            ];
            lines.extend(source.options.iter().map(|(key, value)| DocLine::fact(key, value, Slot::Text)));
            Document::of(format!("source {}", source.name), lines)
        }
        Entry::Found(i) => {
            let found = overview?.discovered.get(i)?;
            let mut lines = vec![
                DocLine::fact("found", &*found.title, Slot::Text),
                DocLine::fact("in", &*found.origin, Slot::Text),
            ];
            lines.push(match &found.source {
                Some(source) => {
                    DocLine::fact("to collect it", format!(":collect {}", source.name), Slot::Accent)
                }
                None => DocLine::fact("", "this version has no collector for it yet", Slot::Dim),
            });
            Document::of(found.title.clone(), lines)
        }
    };
    document.wrap = true;
    Some(document)
}

/// What a state means.
pub(crate) fn in_words(state: CoverageState) -> &'static str {
    match state {
        CoverageState::Ok => "listed whole",
        CoverageState::Partial => "listed in part",
        CoverageState::Denied => "the credentials may not list it",
        CoverageState::Throttled => "the provider refused for lack of quota",
        CoverageState::Timeout => "it took too long",
        CoverageState::Unreachable => "nobody answered, or the file is not there",
        CoverageState::Disabled => "switched off, or no longer in the plan",
        CoverageState::Never => "planned, never attempted",
    }
}

fn of_scope(health: &ScopeHealth, now: Timestamp, glyphs: &Glyphs) -> Vec<DocLine> {
    let coverage = &health.coverage;
    let slot = coverage_slot(coverage.state);
    let state =
        format!("{} {}: {}", glyphs.coverage(coverage.state), coverage.state, in_words(coverage.state));
    let mut lines = vec![DocLine::fact("state", state, slot)];
    if coverage.cancelled {
        lines.push(DocLine::fact("", "the last attempt was stopped before its end", Slot::Warning));
    }
    if let Some(error) = &coverage.error {
        lines.push(DocLine::fact("error", error, slot));
    }
    if let Some(permission) = &coverage.missing_permission {
        lines.push(DocLine::fact("missing", format!("the permission {permission}"), slot));
    }
    let when = |at: Option<Timestamp>| {
        at.map_or_else(|| "never".to_owned(), |at| format!("{} ago, {at}", short_span(now.since(at))))
    };
    lines.push(DocLine::fact("last attempt", when(coverage.last_attempt), Slot::Text));
    lines.push(DocLine::fact("last whole", when(coverage.last_good), Slot::Text));
    lines.push(DocLine::fact("assets", count(coverage.assets), Slot::Text));
    if health.unknown > 0 {
        let text = format!("{} {} because of it", glyphs.unknown, count(health.unknown));
        lines.push(DocLine::fact("unknown", text, Slot::Unknown));
    }
    let key = &health.key;
    for (label, part) in [
        ("source", key.source.as_str()),
        ("account", &key.account),
        ("region", &key.region),
        ("listing", &key.listing),
        ("parent", &key.parent),
    ] {
        if !part.is_empty() {
            lines.push(DocLine::fact(label, part, Slot::Text));
        }
    }
    let proof = match health.scope.mode {
        ListingMode::Snapshot => "one consistent answer: what it lacks is gone",
        ListingMode::Weak => "pages that may move: what it lacks once is unknown, not gone",
    };
    lines.push(DocLine::fact("a listing is", proof, Slot::Dim));
    let kinds: Vec<&str> = health.scope.kinds.iter().map(|kind| kind.as_str()).collect();
    if !kinds.is_empty() {
        lines.push(DocLine::fact("kinds", kinds.join(", "), Slot::Dim));
    }
    if coverage.problem_count > 0 {
        lines.push(DocLine::plain(""));
        lines.push(DocLine::title(format!("{} refused or hidden", count(coverage.problem_count))));
        lines.extend(coverage.problems.iter().map(|problem| DocLine::fact("", problem, Slot::Warning)));
        let kept = coverage.problems.len() as u64;
        if coverage.problem_count > kept {
            let text =
                format!("and {} more, which were counted, not kept", count(coverage.problem_count - kept));
            lines.push(DocLine::fact("", text, Slot::Dim));
        }
    }
    lines
}
