//! The health pane: every scope with sign, word and colour of its state, how old what it says is, how
//! its attempts went, and what went wrong; below them the circuits, the sources, and what was found.
//! Only the lines that show are looked at.

mod other;

use cloudscope_application::message::{CircuitState, ScopeHealth};
use cloudscope_domain::{CoverageState, Timestamp, text::labelled, time::short_span};
use ratatui::{buffer::Buffer, layout::Rect};

use super::title;
use crate::{
    model::{
        Model,
        collectors::{
            Pane,
            health::{self, Entry},
            log::span,
        },
        facts::coverage_slot,
        layout::TWO_PANES,
    },
    text::{self, count, plural},
    theme::Slot,
    widgets::{pen::Pen, table::GUTTER},
};

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let (ui, state) = (&model.ui, &model.collectors.health);
    title(model, buffer, area, Pane::Health, &words(model));
    let mut area = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    if let Some(why) = &state.failed {
        Pen::new(buffer, ui, area).put(&format!("{} {why}", ui.glyphs.error), Slot::Error);
        area = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    }
    if state.scopes.is_none() && state.failed.is_none() {
        Pen::new(buffer, ui, area).put("asking how every scope stands", Slot::Pending);
    }
    let columns = columns(area.width);
    if state.scopes.is_some() && area.height > 0 {
        let mut pen = Pen::new(buffer, ui, Rect { height: 1, ..area });
        pen.skip(GUTTER);
        for (_, head, width) in &columns {
            pen.fit(head, *width, Slot::Title).skip(1);
        }
    }
    let entries = state.entries();
    let height = usize::from(area.height.saturating_sub(1));
    let top = state.at().saturating_sub(height * 2 / 3).min(entries.len().saturating_sub(height.max(1)));
    for (y, (number, entry)) in (1..area.height).zip(entries.iter().enumerate().skip(top)) {
        let line = Rect { y: area.y + y, height: 1, ..area };
        let selected = number == state.at() && model.collectors.pane == Pane::Health;
        let mut pen = Pen::new(buffer, ui, line);
        pen.fit(if selected { ui.glyphs.cursor } else { " " }, usize::from(GUTTER), Slot::Accent);
        match *entry {
            Entry::Scope(i) => {
                if let Some(health) = state.scopes.as_ref().and_then(|all| all.get(i)) {
                    cells(model, &mut pen, &columns, health);
                }
            }
            other => other::draw(model, &mut pen, other),
        }
        if selected {
            buffer.set_style(line, ui.style(Slot::Selected));
        }
    }
}

/// What stands beside the pane's name.
fn words(model: &Model) -> Vec<(String, Slot)> {
    let (ui, state) = (&model.ui, &model.collectors.health);
    let mut words = Vec::new();
    if let Some(scopes) = &state.scopes {
        let (all, bad) = ((scopes.len() - state.disabled) as u64, state.problems as u64);
        words.push(match (all, bad) {
            (0, 0) => ("no scope was read yet".to_owned(), Slot::Dim),
            (_, 0) => {
                (format!("{} {}, all read whole", ui.glyphs.ok, plural(all, "scope", "scopes")), Slot::Ok)
            }
            _ => {
                let all = plural(all, "scope", "scopes");
                let want = if bad == 1 { "wants" } else { "want" };
                (format!("{} {} of {all} {want} a look", ui.glyphs.warning, count(bad)), Slot::Warning)
            }
        });
    }
    if state.disabled > 0 {
        let text = format!("{} {} switched off", ui.glyphs.stopped, count(state.disabled as u64));
        words.push((text, Slot::Stopped));
    }
    let open = model.estate.overview.as_ref().map_or(0, |o| {
        o.circuits.iter().filter(|circuit| circuit.state != CircuitState::Closed).count() as u64
    });
    if open > 0 {
        let text = format!("{} {} not closed", ui.glyphs.error, plural(open, "circuit", "circuits"));
        words.push((text, Slot::Error));
    }
    if state.problems_only {
        words.push(("only what wants a look".to_owned(), Slot::Warning));
    }
    words
}

/// A column of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    State,
    /// Source and scope in one.
    Whole,
    Source,
    Scope,
    Assets,
    Unknown,
    Percent,
    LastGood,
    Age,
    Tried,
    P95,
    History,
    Circuit,
    Needs,
    Error,
    /// What is needed, else what went wrong, in one.
    Why,
}

/// The columns that have room, with their widths. What is left out is told by `enter`.
fn columns(width: u16) -> Vec<(Column, &'static str, usize)> {
    use Column::{
        Age, Assets, Circuit, Error, History, LastGood, Needs, P95, Percent, Scope, Source, State, Tried,
        Unknown, Whole, Why,
    };
    let mut columns = match width {
        190.. => vec![
            (State, "STATE", 13),
            (Source, "SOURCE", 14),
            (Scope, "SCOPE", 32),
            (Assets, "ASSETS", 7),
            (Unknown, "UNKNOWN", 8),
            (Percent, "COVER", 5),
            (LastGood, "LAST GOOD", 11),
            (Age, "AGE", 5),
            (Tried, "TRIED", 5),
            (P95, "P95", 5),
            (History, "ATTEMPTS", 12),
            (Circuit, "CIRCUIT", 9),
            (Needs, "NEEDS", 22),
            (Error, "ERROR", 0),
        ],
        120.. => vec![
            (State, "STATE", 13),
            (Source, "SOURCE", 10),
            (Scope, "SCOPE", 30),
            (Assets, "ASSETS", 6),
            (Unknown, "UNKNOWN", 7),
            (Percent, "COVER", 5),
            (Age, "GOOD", 5),
            (P95, "P95", 5),
            (History, "TRIES", 5),
            (Why, "WHY", 0),
        ],
        TWO_PANES.. => vec![
            (State, "STATE", 13),
            (Whole, "SCOPE", 30),
            (Assets, "ASSETS", 6),
            (Percent, "COVER", 5),
            (Age, "GOOD", 5),
            (History, "ATTEMPTS", 8),
            (Why, "WHY", 0),
        ],
        // What tells scopes apart needs the room more than how its attempts went, which `enter` tells.
        _ => vec![
            (State, "STATE", 13),
            (Whole, "SCOPE", 34),
            (Percent, "COVER", 5),
            (Age, "GOOD", 5),
            (Why, "WHY", 0),
        ],
    };
    let used: usize = columns.iter().map(|(_, _, width)| width + 1).sum::<usize>() + usize::from(GUTTER);
    let mut spare = usize::from(width).saturating_sub(used);
    // What tells two scopes apart gets a part of what is left.
    if let Some(scope) = columns.iter_mut().find(|(column, ..)| matches!(column, Scope | Whole)) {
        let more = spare / 4;
        scope.2 += more;
        spare -= more;
    }
    if let Some(last) = columns.last_mut() {
        last.2 = spare;
    }
    columns
}

fn cells(model: &Model, pen: &mut Pen<'_>, columns: &[(Column, &'static str, usize)], health: &ScopeHealth) {
    let (ui, now, coverage, key) = (&model.ui, model.ages_at, &health.coverage, &health.key);
    let slot = coverage_slot(coverage.state);
    let age = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| short_span(now.since(at)));
    let whole_slot = if coverage.last_good.is_some() { Slot::Dim } else { Slot::Unknown };
    let circuit = || health::circuit(key, model.estate.overview.as_deref());
    for (column, _, width) in columns {
        let start = pen.x();
        let mut keeping_end = |words: &[String]| {
            let text = text::clip_words(&ui.glyphs, words, (*width).min(pen.room()));
            pen.styled(&text, ui.style(Slot::Text));
        };
        let (text, slot) = match column {
            Column::Whole => {
                keeping_end(&names(health));
                (String::new(), Slot::Text)
            }
            Column::Source => {
                keeping_end(&[key.source.to_string()]);
                (String::new(), Slot::Text)
            }
            Column::Scope => {
                keeping_end(&names(health)[1..]);
                (String::new(), Slot::Text)
            }
            Column::History => {
                strip(pen, model, &health.recent, *width);
                (String::new(), Slot::Text)
            }
            Column::State if health.followed.is_some() && coverage.state == CoverageState::Ok => {
                (format!("{} live", ui.glyphs.live), Slot::Delta)
            }
            Column::State => (format!("{} {}", ui.glyphs.coverage(coverage.state), coverage.state), slot),
            Column::Assets => (count(coverage.assets), Slot::Text),
            Column::Unknown if health.unknown == 0 => ("-".to_owned(), Slot::Dim),
            Column::Unknown => (format!("{} {}", ui.glyphs.unknown, count(health.unknown)), Slot::Unknown),
            Column::Percent => match health.percent {
                Some(percent) => {
                    (format!("{percent:>3}%"), if percent == 100 { Slot::Text } else { Slot::Unknown })
                }
                None => ("   ?".to_owned(), Slot::Dim),
            },
            Column::LastGood => {
                let time = coverage.last_good.map(|at| at.to_string());
                let short = time
                    .as_deref()
                    .and_then(|time| Some(format!("{} {}", time.get(5..10)?, time.get(11..16)?)));
                (short.unwrap_or_else(|| "never".to_owned()), whole_slot)
            }
            Column::Age => (age(coverage.last_good), whole_slot),
            Column::Tried => (age(coverage.last_attempt), Slot::Dim),
            Column::P95 => (health.p95.map_or_else(|| "-".to_owned(), span), Slot::Dim),
            Column::Circuit => match circuit().map(|circuit| circuit.state) {
                Some(CircuitState::Open) => (format!("{} open", ui.glyphs.error), Slot::Error),
                Some(CircuitState::HalfOpen) => (format!("{} half", ui.glyphs.warning), Slot::Warning),
                Some(CircuitState::Closed) | None => ("closed".to_owned(), Slot::Dim),
            },
            Column::Needs => (coverage.missing_permission.clone().unwrap_or_default(), slot),
            Column::Error => (why(health, false), slot),
            Column::Why => {
                let why = why(health, true);
                let open = circuit().filter(|circuit| circuit.state == CircuitState::Open);
                let parts = [open.map(|_| "circuit open".to_owned()), Some(why)];
                let parts: Vec<String> =
                    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
                (parts.join("; "), if open.is_some() { Slot::Error } else { slot })
            }
        };
        pen.fit_from(start, &text, *width, slot);
        pen.skip(1);
    }
}

/// The parts of a scope's name: its source, and what is not said by that.
fn names(health: &ScopeHealth) -> Vec<String> {
    let key = &health.key;
    let account = labelled(&key.account, health.account_label.as_deref());
    let parts = [account.as_str(), &key.region, &key.listing, &key.parent];
    let parts = parts.into_iter().filter(|p| !p.is_empty() && *p != key.source.as_str());
    std::iter::once(key.source.as_str()).chain(parts).map(str::to_owned).collect()
}

/// The scope under the cursor in full, with what is wrong of it, in a line that is free here: no column has
/// room for the whole of it.
pub(super) fn under_cursor(model: &Model, buffer: &mut Buffer, area: Rect) {
    let Some(health) = model.collectors.health.scope() else { return };
    let mut pen = Pen::new(buffer, &model.ui, area);
    pen.put(&names(health).join(" "), Slot::Text);
    let why = why(health, true);
    if !why.is_empty() {
        pen.put(": ", Slot::Dim).put(&why, coverage_slot(health.coverage.state));
    }
}

/// How the last attempts ended, the newest last.
fn strip(pen: &mut Pen<'_>, model: &Model, recent: &[CoverageState], width: usize) {
    let shown = &recent[recent.len().saturating_sub(width)..];
    for state in shown {
        pen.put(model.ui.glyphs.coverage(*state), coverage_slot(*state));
    }
}

/// What went wrong; the permission that would mend it first, where it has no column.
fn why(health: &ScopeHealth, permission: bool) -> String {
    let coverage = &health.coverage;
    let mut parts = Vec::new();
    if coverage.cancelled {
        parts.push("stopped before its end".to_owned());
    }
    if coverage.renew.is_some() {
        parts.push("credentials to renew".to_owned());
    }
    if let Some(permission) = coverage.missing_permission.as_ref().filter(|_| permission) {
        parts.push(format!("needs {permission}"));
    }
    parts.extend(coverage.error.clone());
    if coverage.problem_count > 0 {
        parts.push(plural(coverage.problem_count, "item refused", "items refused"));
    }
    if let Some(live) = &health.followed {
        parts.push(format!("live: +{} ~{} -{}", live.created, live.changed, live.gone));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_has_room_at_every_width() {
        for width in 80..250 {
            let columns = columns(width);
            let used: usize = columns.iter().map(|(_, _, width)| width + 1).sum();
            let (what, _, room) = columns.last().unwrap();
            assert!(matches!(what, Column::Why | Column::Error) && *room >= 12, "{width}: {room}");
            assert!(used + usize::from(GUTTER) <= usize::from(width) + 1, "{width}");
        }
    }
}
