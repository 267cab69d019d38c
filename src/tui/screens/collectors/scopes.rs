//! Every scope with sign, word and colour of its state, how old what it says is, and what went wrong;
//! then the sources, and what was found.

use cloudscope_application::message::{Overview, ScopeHealth};
use cloudscope_domain::{Timestamp, time::short_span};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{
        Model,
        collectors::{Entry, Part},
        facts::coverage_slot,
        layout::TWO_PANES,
    },
    text::{count, plural},
    theme::Slot,
    widgets::{
        pen::{self, Pen},
        table::{self, GUTTER, Head, Row},
    },
};

/// From this width on the time of the last attempt has a column.
const TRIED_FROM: u16 = 130;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let (ui, state) = (&model.ui, &model.collectors);
    let mut area = area;
    if let Some(why) = &state.failed {
        Pen::new(buffer, ui, area).put(&format!("{} {why}", ui.glyphs.error), Slot::Error);
        area = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    }
    if state.health.is_none() && state.failed.is_none() {
        Pen::new(buffer, ui, area).put("asking how every scope stands", Slot::Pending);
    }
    let overview = model.estate.overview.as_deref();
    let entries = state.entries(overview);
    let heads = heads(area.width);
    let height = usize::from(area.height.saturating_sub(1));
    let top = state.at().saturating_sub(height * 2 / 3).min(entries.len().saturating_sub(height.max(1)));
    if state.health.is_some() {
        table::draw(buffer, ui, area, &heads, &[]);
        let only = if state.problems_only { "only what is not whole" } else { "" };
        pen::right(buffer, ui, area, only, Slot::Warning);
    }
    for (y, (number, entry)) in (1..area.height).zip(entries.iter().enumerate().skip(top)) {
        let line = Rect { y: area.y + y, height: 1, ..area };
        let selected = number == state.at();
        match *entry {
            Entry::Heading(part) => {
                let title = match part {
                    Part::Sources => "SOURCES",
                    Part::Found => "FOUND",
                };
                Pen::new(buffer, ui, line).skip(GUTTER).put(title, Slot::Title);
            }
            Entry::Scope(i) => {
                if let Some(health) = state.health.as_ref().and_then(|all| all.get(i)) {
                    let row = Row { cells: cells(model, health, heads.len()), selected, ..Row::default() };
                    table::draw_row(buffer, ui, line, &heads, &row);
                }
            }
            Entry::Source(i) => {
                other(model, buffer, line, selected, source(overview, state.health.as_deref(), i));
            }
            Entry::Found(i) => other(model, buffer, line, selected, found(overview, i)),
        }
    }
}

/// Heads by the width of the screen: what is left out first is told by `enter`.
fn heads(width: u16) -> Vec<Head> {
    let head = |title: &str, width, keeps_end| Head { title: title.to_owned(), width, keeps_end };
    let (fixed, percent) = match width {
        TRIED_FROM.. => (13 + 8 + 8 + 6 + 6 + 6, 45),
        // What tells two scopes apart matters more than when they were tried.
        TWO_PANES.. => (13 + 8 + 8 + 6 + 3, 52),
        _ => (13 + 7 + 6 + 4, 60),
    };
    let spare = width.saturating_sub(GUTTER + fixed);
    let source = (spare / 5).clamp(6, 24);
    let scope = (spare - source.min(spare)) * percent / 100;
    let why = spare.saturating_sub(source + scope + 3);
    let mut heads = vec![head("STATE", 13, false), head("SOURCE", source, true), head("SCOPE", scope, true)];
    if width >= TWO_PANES {
        heads.push(head("ASSETS", 8, false));
        heads.push(head("UNKNOWN", 8, false));
        heads.push(head("WHOLE", 6, false));
    } else {
        heads.push(head("ASSETS", 7, false));
        heads.push(head("WHOLE", 6, false));
    }
    if width >= TRIED_FROM {
        heads.push(head("TRIED", 6, false));
    }
    heads.push(head("WHY", why, false));
    heads
}

fn cells(model: &Model, health: &ScopeHealth, heads: usize) -> Vec<(String, Option<Slot>)> {
    let (glyphs, coverage) = (&model.ui.glyphs, &health.coverage);
    let slot = coverage_slot(coverage.state);
    let age = |at: Option<Timestamp>| {
        at.map_or_else(|| "never".to_owned(), |at| short_span(model.ages_at.since(at)))
    };
    let key = &health.key;
    let parts = [key.account.as_str(), &key.region, &key.listing, &key.parent];
    let scope: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty() && *p != key.source.as_str()).collect();
    let plain = |text: String, slot: Slot| (text, Some(slot));
    let mut cells = vec![
        plain(format!("{} {}", glyphs.coverage(coverage.state), coverage.state), slot),
        plain(key.source.to_string(), Slot::Text),
        plain(scope.join(" "), Slot::Text),
        plain(count(coverage.assets), Slot::Text),
    ];
    if heads > 6 {
        let (text, slot) = match health.unknown {
            0 => ("-".to_owned(), Slot::Dim),
            n => (format!("{} {}", glyphs.unknown, count(n)), Slot::Unknown),
        };
        cells.push(plain(text, slot));
    }
    let whole = if coverage.last_good.is_some() { Slot::Dim } else { Slot::Unknown };
    cells.push(plain(age(coverage.last_good), whole));
    if heads > 7 {
        cells.push(plain(age(coverage.last_attempt), Slot::Dim));
    }
    cells.push(plain(why(health), slot));
    cells
}

/// What went wrong: the permission that would mend it first.
fn why(health: &ScopeHealth) -> String {
    let coverage = &health.coverage;
    let mut parts = Vec::new();
    if coverage.cancelled {
        parts.push("stopped before its end".to_owned());
    }
    if let Some(permission) = &coverage.missing_permission {
        parts.push(format!("needs {permission}"));
    }
    parts.extend(coverage.error.clone());
    if coverage.problem_count > 0 {
        parts.push(plural(coverage.problem_count, "item refused", "items refused"));
    }
    parts.join("; ")
}

type Words = Vec<(String, Slot)>;

fn source(overview: Option<&Overview>, health: Option<&[ScopeHealth]>, i: usize) -> Option<Words> {
    let source = overview?.sources.get(i)?;
    let scopes = health.unwrap_or_default().iter().filter(|h| h.key.source == source.name).count();
    Some(vec![
        (source.name.to_string(), Slot::Text),
        (format!("by the {} collector", source.collector), Slot::Dim),
        (plural(scopes as u64, "scope", "scopes"), Slot::Dim),
    ])
}

fn found(overview: Option<&Overview>, i: usize) -> Option<Words> {
    let found = overview?.discovered.get(i)?;
    let what = match &found.source {
        Some(source) => (format!(":collect {}", source.name), Slot::Accent),
        None => ("not yet collectable".to_owned(), Slot::Stopped),
    };
    Some(vec![(found.title.clone(), Slot::Text), what, (found.origin.clone(), Slot::Dim)])
}

fn other(model: &Model, buffer: &mut Buffer, line: Rect, selected: bool, words: Option<Words>) {
    let ui = &model.ui;
    let mut pen = Pen::new(buffer, ui, line);
    pen.put(if selected { ui.glyphs.cursor } else { " " }, Slot::Accent).skip(GUTTER - 1);
    for (word, slot) in words.into_iter().flatten() {
        pen.put(&word, slot).skip(2);
    }
    if selected {
        buffer.set_style(line, ui.style(Slot::Selected));
    }
}
