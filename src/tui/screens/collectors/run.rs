//! The run pane: a bar per provider, account and region, and per scope of the groups that are open.
//! Only the lines that show are looked at.

use cloudscope_application::message::{Phase, RunProgress, ScopeProgress};
use cloudscope_domain::time::short_span;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{heading, key, title};
use crate::{
    keymap::Action,
    model::{
        Model,
        collectors::{
            Pane,
            live::{Eta, Goal, Tally},
            run::{Line, within},
        },
        facts::coverage_slot,
        layout::TWO_PANES,
    },
    text::count,
    theme::Slot,
    widgets::{pen::Pen, table::GUTTER},
};

/// Plans shown while nothing runs.
const PLANS: usize = 4;

/// Rows that the pane could use.
pub(super) fn wanted(model: &Model) -> usize {
    let has_keys = model.collectors.pane == Pane::Run;
    let plans = heading::schedule(model).len().min(PLANS);
    match &model.estate.run {
        None => 2 + plans,
        Some(run) if run.ended.is_some() && !has_keys => 3 + plans.min(1),
        Some(run) => 4 + model.collectors.run.lines.len() + plans.min(usize::from(run.ended.is_some())),
    }
}

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let below =
        |y: u16| Rect { y: area.y + y.min(area.height), height: area.height.saturating_sub(y), ..area };
    let one = |y: u16| Rect { height: below(y).height.min(1), ..below(y) };
    let plans = heading::schedule(model);
    let Some(run) = &model.estate.run else {
        // What was read before this program started is told by the pane below.
        let read = model.estate.overview.as_ref().is_some_and(|overview| overview.newest.is_some());
        let words = if read { "no run since the program started" } else { "nothing was collected yet" };
        title(model, buffer, area, Pane::Run, &[(words.to_owned(), Slot::Dim)]);
        let mut pen = Pen::new(buffer, ui, one(1));
        pen.put(&key(model, Action::Collect), Slot::Key).put(" collects now   ", Slot::Dim);
        pen.put(&key(model, Action::Estimate), Slot::Key).put(" says what that takes", Slot::Dim);
        for (y, plan) in (2..area.height).zip(plans) {
            let mut pen = Pen::new(buffer, ui, one(y));
            pen.put(plan.source.as_str(), Slot::Text).skip(2).put(&heading::planned(model, plan), Slot::Dim);
        }
        return;
    };
    let mut words = heading::state(model, run);
    if let Some(plan) = plans.first().filter(|_| area.width >= TWO_PANES && run.ended.is_none()) {
        words.push((format!("{} {}", plan.source, heading::planned(model, plan)), Slot::Dim));
    }
    title(model, buffer, area, Pane::Run, &words);
    heading::lines(model, run, buffer, below(1));
    let mut y = 3;
    if let Some(plan) = plans.first().filter(|_| run.ended.is_some()) {
        let mut pen = Pen::new(buffer, ui, one(y));
        pen.put(plan.source.as_str(), Slot::Text).skip(2).put(&heading::planned(model, plan), Slot::Dim);
        y += 1;
    }
    if below(y).height > 1 {
        list(model, run, buffer, below(y));
    }
}

/// A column of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Title,
    Bar,
    Seen,
    Rate,
    Calls,
    Retries,
    Throttled,
    Time,
    Eta,
    Differences,
    State,
}

/// The columns that have room, with their widths. What is left out is told by `enter`.
fn columns(width: u16) -> Vec<(Column, &'static str, usize)> {
    use Column::{Bar, Calls, Differences, Eta, Rate, Retries, Seen, State, Throttled, Time, Title};
    let mut columns = match width {
        150.. => vec![
            (Title, "PROVIDER, ACCOUNT, REGION", 0),
            (Bar, "", 20),
            (Seen, "SEEN", 18),
            (Rate, "RATE", 8),
            (Calls, "CALLS", 7),
            (Retries, "RETRIES", 7),
            (Throttled, "THROTTLED", 9),
            (Time, "TIME", 5),
            (Eta, "ETA", 6),
            (Differences, "NEW CHANGED GONE UNKNOWN", 24),
            (State, "STATE", 36),
        ],
        TWO_PANES.. => vec![
            (Title, "PROVIDER, ACCOUNT, REGION", 0),
            (Bar, "", 10),
            (Seen, "SEEN", 13),
            (Rate, "RATE", 6),
            (Calls, "CALLS", 5),
            (Retries, "RETRY", 5),
            (Throttled, "THROT", 5),
            (Time, "TIME", 4),
            (Eta, "ETA", 5),
            (Differences, "+NEW ~CH -GO", 12),
            (State, "STATE", 16),
        ],
        _ => vec![
            (Title, "ACCOUNT, REGION", 0),
            (Bar, "", 8),
            (Seen, "SEEN", 12),
            (Rate, "RATE", 6),
            (Calls, "CALLS", 5),
            (Eta, "ETA", 5),
            (State, "STATE", 13),
        ],
    };
    let used: usize = columns.iter().map(|(_, _, width)| width + 1).sum::<usize>() + usize::from(GUTTER);
    columns[0].2 = usize::from(width).saturating_sub(used).max(8);
    columns
}

fn list(model: &Model, run: &RunProgress, buffer: &mut Buffer, area: Rect) {
    let (ui, view) = (&model.ui, &model.collectors.run);
    let columns = columns(area.width);
    let mut pen = Pen::new(buffer, ui, Rect { height: 1, ..area });
    pen.skip(GUTTER);
    for (_, head, width) in &columns {
        pen.fit(head, *width, Slot::Title).skip(1);
    }
    let height = usize::from(area.height - 1);
    let top = view.at.saturating_sub(height * 2 / 3).min(view.lines.len().saturating_sub(height.max(1)));
    for (y, (number, line)) in (1..area.height).zip(view.lines.iter().enumerate().skip(top)) {
        let place = Rect { y: area.y + y, height: 1, ..area };
        let selected = number == view.at && model.collectors.pane == Pane::Run;
        let mut pen = Pen::new(buffer, ui, place);
        pen.fit(if selected { ui.glyphs.cursor } else { " " }, 1, Slot::Accent);
        match *line {
            Line::Group(g) => {
                let Some(group) = view.groups.get(g) else { continue };
                let lone = group.members.len() == 1;
                let sign = match (lone, group.open) {
                    (true, _) => " ",
                    (false, true) => ui.glyphs.unfolded,
                    (false, false) => ui.glyphs.folded,
                };
                pen.fit(sign, 2, Slot::Dim);
                let scope = group
                    .members
                    .first()
                    .filter(|_| lone)
                    .and_then(|i| run.scopes.get(*i))
                    .map(AsRef::as_ref);
                // Where there is no room for both, what is listed gives way to where.
                let whole = format!("{} {}", group.title, group.listing);
                let fits = crate::text::width(&ui.glyphs, &whole) <= columns[0].2;
                let title = if lone && fits { whole.trim_end() } else { group.title.as_str() };
                cells(model, &mut pen, &columns, title, &group.tally, scope);
            }
            Line::Scope(_, i) => {
                let Some(scope) = run.scopes.get(i) else { continue };
                pen.fit("", 2, Slot::Dim);
                let title = format!("  {}", within(&scope.scope));
                cells(model, &mut pen, &columns, &title, &Tally::of(scope), Some(scope));
            }
        }
        if selected {
            buffer.set_style(place, ui.style(Slot::Selected));
        }
    }
}

fn cells(
    model: &Model,
    pen: &mut Pen<'_>,
    columns: &[(Column, &'static str, usize)],
    title: &str,
    tally: &Tally,
    scope: Option<&ScopeProgress>,
) {
    let (ui, now) = (&model.ui, model.clock);
    let (state, slot) = state(model, tally, scope);
    for (column, _, width) in columns {
        let start = pen.x();
        let width = *width;
        let warn = |n: u64| if n == 0 { Slot::Dim } else { Slot::Warning };
        let some = |n: u64| if n == 0 { String::new() } else { count(n) };
        match column {
            // What tells two groups apart is mostly at the end.
            Column::Title => {
                let text = crate::text::clip_start(&ui.glyphs, title, width.min(pen.room()));
                pen.styled(&text, ui.style(Slot::Text));
            }
            Column::Bar => {
                let fraction = tally.fraction();
                let slot = match (tally.phase(), fraction) {
                    (Phase::Ended(state), _) => coverage_slot(state),
                    (_, None) => Slot::Unknown,
                    (_, Some(_)) => Slot::Accent,
                };
                let (full, empty, line) = (ui.glyphs.full, ui.glyphs.empty, ui.glyphs.line);
                heading::bar(pen, fraction, width, slot, full, empty, line);
            }
            Column::Seen => {
                pen.fit(&seen(tally), width, Slot::Text);
            }
            Column::Rate => {
                let rate = tally.rate(now).filter(|_| tally.over() < tally.scopes);
                let text = rate.map_or_else(String::new, |rate| format!("{}/s", count(rate.round() as u64)));
                pen.fit(&text, width, Slot::Dim);
            }
            Column::Calls => {
                pen.fit(&some(tally.calls), width, Slot::Text);
            }
            Column::Retries => {
                pen.fit(&some(tally.retries), width, warn(tally.retries));
            }
            Column::Throttled => {
                pen.fit(&some(tally.throttles), width, warn(tally.throttles));
            }
            Column::Time => {
                pen.fit(&tally.elapsed(now).map_or_else(String::new, short_span), width, Slot::Dim);
            }
            Column::Eta => {
                let text = match tally.eta(now) {
                    Some(Eta::Reckoned(ms)) => short_span(ms),
                    // Of the last time, not of this one.
                    Some(Eta::LikeLastTime(ms)) => format!("~{}", short_span(ms)),
                    None => String::new(),
                };
                pen.fit(&text, width, Slot::Dim);
            }
            Column::Differences => differences(pen, tally, start, width),
            Column::State => {
                pen.put(&state, slot);
            }
        }
        let end = start + u16::try_from(width).unwrap_or(u16::MAX);
        pen.at(end).skip(1);
    }
}

/// Of what was made, changed, proved gone and left unknown, that which is not nothing.
fn differences(pen: &mut Pen<'_>, tally: &Tally, start: u16, width: usize) {
    let signs = [("+", Slot::Ok), ("~", Slot::Delta), ("-", Slot::Gone), ("?", Slot::Unknown)];
    for ((sign, slot), n) in signs.into_iter().zip(tally.differences).filter(|(_, n)| *n > 0) {
        let text = format!("{sign}{} ", count(n));
        let room = width.saturating_sub(usize::from(pen.x().saturating_sub(start)));
        if text.trim_end().len() <= room {
            pen.put(text.trim_end(), slot).skip(1);
        }
    }
}

/// The state as sign and word; behind it what it waits for, or what went wrong.
fn state(model: &Model, tally: &Tally, scope: Option<&ScopeProgress>) -> (String, Slot) {
    let glyphs = &model.ui.glyphs;
    let problems = match tally.problems {
        0 => String::new(),
        n => format!(" {} {}", glyphs.warning, count(n)),
    };
    if let Some(waits) = scope.and_then(|scope| scope.waits.as_deref()) {
        return (format!("{} waits for {waits}", glyphs.warning), Slot::Warning);
    }
    let held =
        if tally.held > 0 { format!(", {} held back", count(tally.held as u64)) } else { String::new() };
    let of_many = scope.is_none();
    match tally.phase() {
        Phase::Waiting => (format!("{} waiting", glyphs.stopped), Slot::Stopped),
        Phase::Running if of_many => {
            let (over, all) = (count(tally.over() as u64), count(tally.scopes as u64));
            let bad = match tally.not_whole {
                0 => String::new(),
                n => format!(" {} {}", glyphs.warning, count(n as u64)),
            };
            (format!("{} {over}/{all}{bad}{held}", glyphs.pending), Slot::Pending)
        }
        Phase::Running => (format!("{} running{problems}", glyphs.pending), Slot::Pending),
        Phase::Ended(state) => {
            let sign = glyphs.coverage(state);
            let text = match (of_many, tally.not_whole) {
                (true, n) if n > 0 => {
                    format!("{sign} {state} {}/{}", count(n as u64), count(tally.scopes as u64))
                }
                _ => format!("{sign} {state}{problems}"),
            };
            let error = scope.and_then(|scope| scope.error.as_deref());
            (error.map_or_else(|| text.clone(), |error| format!("{text}: {error}")), coverage_slot(state))
        }
    }
}

/// `1,000/2,200`; `1,000 (was 2,200)`; `1,000`.
fn seen(tally: &Tally) -> String {
    let seen = count(tally.seen);
    match (tally.goal(), tally.phase()) {
        (_, Phase::Ended(_)) | (Goal::Open, _) => seen,
        (Goal::Announced(all), _) => format!("{seen}/{}", count(all)),
        (Goal::LastTime(last), _) => format!("{seen} (~{})", count(last)),
    }
}
