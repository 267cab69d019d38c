//! A scope, a source, or something that was found, in full sentences: what the list has no room for.

use cloudscope_application::message::{Circuit, CircuitState, Overview, ScopeHealth};
use cloudscope_domain::{
    CoverageState, ListingMode, ScopeKey, SourceName, Timestamp, text::labelled, time::short_span,
};

use super::{
    Collectors,
    health::{self, Entry},
    log::span,
};
use crate::{
    glyphs::Glyphs,
    model::{
        document::{About, DocLine, Document},
        facts::coverage_slot,
    },
    text::{count, plural},
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
            let key = collectors.health.scopes.as_ref()?.get(i)?.key.clone();
            let lines = scope(&key, collectors, overview, now, glyphs);
            Document { lines: Some(lines), ..Document::about(key.to_string(), About::Scope(key)) }
        }
        Entry::Circuit(i) => {
            let circuit = overview?.circuits.get(i)?;
            let (words, slot) = circuit_in_words(circuit, now);
            let lines = vec![
                DocLine::fact("circuit", words, slot),
                DocLine::fact("account", &*circuit.account, Slot::Text),
                DocLine::fact("endpoint", &*circuit.endpoint, Slot::Text),
                DocLine::fact("last failure", &*circuit.error, Slot::Error),
            ];
            Document::of(format!("circuit of {}", circuit.endpoint), lines)
        }
        Entry::Source(i) => {
            let source = overview?.sources.get(i)?;
            let mut lines = vec![
                DocLine::fact("source", source.name.as_str(), Slot::Text),
                DocLine::fact("collector", &*source.collector, Slot::Text),
            ];
            lines.extend(ways(overview, &source.name));
            lines.extend(source.options.iter().map(|(key, value)| DocLine::fact(key, value, Slot::Text)));
            lines.extend(overview?.schedule.iter().filter(|plan| plan.source == source.name).map(|plan| {
                let next = plan
                    .next
                    .map_or_else(String::new, |at| format!(", next in {}, {at}", short_span(at.since(now))));
                DocLine::fact("by itself", format!("{}{next}", plan.rule), Slot::Text)
            }));
            Document::of(format!("source {}", source.name), lines)
        }
        Entry::Found(i) => {
            let found = overview?.discovered.get(i)?;
            let mut lines = vec![
                DocLine::fact("found", &*found.title, Slot::Text),
                DocLine::fact("in", &*found.origin, Slot::Text),
            ];
            lines.push(match (&found.source, &found.add) {
                (Some(source), _) => {
                    DocLine::fact("to collect it", format!(":collect {}", source.name), Slot::Accent)
                }
                (None, Some(add)) => {
                    DocLine::fact("to collect it", format!("cloudscope sources add {add}"), Slot::Accent)
                }
                (None, None) => DocLine::fact("", "this version has no collector for it yet", Slot::Dim),
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

/// What to do next about a state.
fn next(health: &ScopeHealth) -> Option<&'static str> {
    let renews = health.coverage.renew.is_some();
    Some(match health.coverage.state {
        _ if renews => "renew the credentials with that command, then `:retry`; `:login` shows and copies it",
        CoverageState::Denied => "`:policy` shows the smallest policy that would fix it, and copies it",
        CoverageState::Throttled => "`:retry` tries again; a run that asks for less at once is refused less",
        CoverageState::Timeout => "`:retry` tries again; `:log` says what it was doing",
        CoverageState::Unreachable => "see whether it answers from this machine, then `:retry`",
        CoverageState::Partial => "what is below is why; `:retry` tries again",
        CoverageState::Disabled => {
            "nothing, if it should not be read; else switch it on in the configuration"
        }
        CoverageState::Never => "`:collect` reads it",
        CoverageState::Ok => return None,
    })
}

/// Where the calls of a source go and by which way, where that is not the usual one.
fn ways<'a>(overview: Option<&'a Overview>, source: &SourceName) -> impl Iterator<Item = DocLine> + use<'a> {
    let lines = overview.and_then(|o| o.ways.get(source)).into_iter().flatten();
    lines
        .enumerate()
        .map(|(i, line)| DocLine::fact(if i == 0 { "goes by" } else { " " }, line, Slot::Warning))
}

/// A circuit breaker in words, and what they mean.
pub(crate) fn circuit_in_words(circuit: &Circuit, now: Timestamp) -> (String, Slot) {
    let failures = plural(circuit.failures, "failure", "failures");
    match circuit.state {
        CircuitState::Closed => ("closed again: calls pass".to_owned(), Slot::Ok),
        CircuitState::HalfOpen => (format!("half open after {failures}: one call is tried"), Slot::Warning),
        CircuitState::Open => {
            let next = circuit
                .next_try
                .map_or_else(String::new, |at| format!(", next try in {}", short_span(at.since(now))));
            (format!("open after {failures}: no call passes{next}"), Slot::Error)
        }
    }
}

/// Everything about a scope: how it stands, why, what to do, what was refused, what came before.
pub(crate) fn scope(
    key: &ScopeKey,
    collectors: &Collectors,
    overview: Option<&Overview>,
    now: Timestamp,
    glyphs: &Glyphs,
) -> Vec<DocLine> {
    let Some(health) = collectors.health.of(key) else {
        return vec![DocLine::fact("", "nothing is recorded about this scope yet", Slot::Dim)];
    };
    let mut lines = of_scope(health, now, glyphs);
    if let Some(circuit) = health::circuit(key, overview) {
        let (words, slot) = circuit_in_words(circuit, now);
        lines.insert(1, DocLine::fact("circuit", format!("{words}: {}", circuit.error), slot));
    }
    lines.extend(ways(overview, &key.source));
    if let Some(drill) = collectors.drill.as_ref().filter(|drill| drill.key == *key) {
        lines.extend(drill.lines(now, glyphs));
    }
    lines
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
    if let Some(command) = &coverage.renew {
        lines.push(DocLine::fact("renew with", command, Slot::Chip));
    }
    if let Some(next) = next(health) {
        lines.push(DocLine::fact("next", next, Slot::Accent));
    }
    let when = |at: Option<Timestamp>| {
        at.map_or_else(|| "never".to_owned(), |at| format!("{} ago, {at}", short_span(now.since(at))))
    };
    lines.push(DocLine::fact("last attempt", when(coverage.last_attempt), Slot::Text));
    lines.push(DocLine::fact("last whole", when(coverage.last_good), Slot::Text));
    if let Some(live) = &health.followed {
        let text = format!(
            "for {}: +{} ~{} -{}",
            short_span(now.since(live.since)),
            count(live.created),
            count(live.changed),
            count(live.gone)
        );
        lines.push(DocLine::fact("followed", text, Slot::Ok));
    }
    if let Some(why) = &health.unfollowed {
        lines.push(DocLine::fact("not followed", why, Slot::Dim));
    }
    lines.push(DocLine::fact("assets", count(coverage.assets), Slot::Text));
    if health.unknown > 0 {
        let text = format!("{} {} because of it", glyphs.unknown, count(health.unknown));
        lines.push(DocLine::fact("unknown", text, Slot::Unknown));
    }
    if let Some(percent) = health.percent {
        let slot = if percent == 100 { Slot::Text } else { Slot::Unknown };
        let text = format!("{percent}% of the live records were seen by the last attempt");
        lines.push(DocLine::fact("coverage", text, slot));
    }
    if let Some(p95) = health.p95 {
        let text = format!("95 of 100 attempts took no longer than {}", span(p95));
        lines.push(DocLine::fact("p95", text, Slot::Text));
    }
    let key = &health.key;
    if let Some(collector) = &health.collector {
        lines.push(DocLine::fact("collector", collector, Slot::Text));
    }
    for (label, part) in [
        ("source", key.source.as_str()),
        ("account", &labelled(&key.account, health.account_label.as_deref())),
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
