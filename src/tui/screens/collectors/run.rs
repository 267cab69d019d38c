//! The run under way, a bar per scope; of one that ended, how it ended, in one line.
//!
//! ```text
//! run 7 * collecting | 3/8 scopes | 1,204 assets | +10 ~3 -1 ?0 | 12s
//! aws prod eu-west-1  #########.......   1,000/2,200   83/s    12s  eta 15s  ~ running
//! ```

use cloudscope_application::message::{Phase, RunProgress};
use cloudscope_domain::time::short_span;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
    model::{
        Model,
        collectors::live::{self, Goal, LiveRow},
        facts::coverage_slot,
        layout::TWO_PANES,
    },
    text::count,
    theme::Slot,
    ui::Ui,
    widgets::pen::Pen,
};

/// Draws it; returns the rows that were used.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) -> u16 {
    let Some(run) = &model.estate.run else {
        let key = model.ui.keymap.key_of(Action::Collect, &model.context()).unwrap_or_default();
        let mut pen = Pen::new(buffer, &model.ui, area);
        pen.put("nothing was collected since this program began", Slot::Dim);
        pen.put(&format!("; {key} collects now"), Slot::Dim);
        return 2.min(area.height);
    };
    heading(model, run, buffer, area);
    if run.ended.is_some() {
        return 2.min(area.height);
    }
    // The list below keeps the greater part.
    let room = usize::from(area.height.saturating_sub(2) * 2 / 5).max(1);
    let (rows, hidden) = live::rows(run, model.clock, room);
    let mut y = 1;
    for row in &rows {
        if y < area.height {
            line(&model.ui, row, buffer, Rect { y: area.y + y, height: 1, ..area });
            y += 1;
        }
    }
    if hidden > 0 && y < area.height {
        let text = format!("and {} more", count(hidden as u64));
        Pen::new(buffer, &model.ui, Rect { y: area.y + y, height: 1, ..area }).put(&text, Slot::Dim);
        y += 1;
    }
    (y + 1).min(area.height)
}

fn heading(model: &Model, run: &RunProgress, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let bar = format!(" {} ", ui.glyphs.bar);
    let mut pen = Pen::new(buffer, ui, area);
    pen.put(&format!("run {} ", run.run), Slot::Title);
    let failed =
        run.scopes.iter().filter(|s| matches!(s.phase, Phase::Ended(state) if live::severity(state) > 1));
    let failed = failed.count();
    let (state, slot) = match (run.ended.is_some(), run.cancelled) {
        (false, false) => (format!("{} collecting", ui.glyphs.pending), Slot::Pending),
        (false, true) => (format!("{} stopping", ui.glyphs.pending), Slot::Warning),
        (true, true) => (format!("{} stopped", ui.glyphs.stopped), Slot::Warning),
        (true, false) if failed > 0 => {
            (format!("{} done, {failed} not whole", ui.glyphs.warning), Slot::Warning)
        }
        (true, false) => (format!("{} done", ui.glyphs.ok), Slot::Ok),
    };
    pen.put(&state, slot);
    let ended = run.scopes.iter().filter(|s| matches!(s.phase, Phase::Ended(_))).count();
    pen.put(&bar, Slot::Border).put(&format!("{ended}/{} scopes", run.scopes.len()), Slot::Text);
    let seen: u64 = run.scopes.iter().map(|s| s.seen).sum();
    pen.put(&bar, Slot::Border).put(&format!("{} seen", count(seen)), Slot::Text).put(&bar, Slot::Border);
    for (sign, n, slot) in [
        ("+", run.created, Slot::Ok),
        ("~", run.changed, Slot::Delta),
        ("-", run.gone, Slot::Gone),
        ("?", run.unknown, Slot::Unknown),
    ] {
        pen.put(&format!("{sign}{} ", count(n)), if n == 0 { Slot::Dim } else { slot });
    }
    let until = run.ended.unwrap_or(model.clock);
    pen.put(&bar[1..], Slot::Border).put(&short_span(until.since(run.started)), Slot::Text);
    if let Some(ended) = run.ended {
        pen.put(&format!(", {} ago", short_span(model.ages_at.since(ended))), Slot::Dim);
    }
}

fn line(ui: &Ui, row: &LiveRow, buffer: &mut Buffer, area: Rect) {
    let wide = area.width >= TWO_PANES;
    let mut pen = Pen::new(buffer, ui, area);
    // The bar gives way before the names of two scopes look alike.
    let columns = match area.width {
        140.. => 20,
        TWO_PANES.. => 13,
        _ => 10,
    };
    let title = usize::from(area.width).saturating_sub(columns + if wide { 62 } else { 46 }).max(8);
    pen.fit(&row.title, title, Slot::Text).skip(1);
    bar(&mut pen, ui, row.fraction(), columns);
    pen.skip(1).fit(&counts(row), if wide { 20 } else { 17 }, Slot::Text).skip(1);
    if wide {
        let rate = row.rate().map_or_else(String::new, |rate| format!("{rate:.0}/s"));
        pen.fit(&rate, 9, Slot::Dim).skip(1);
    }
    pen.fit(&row.elapsed.map_or_else(String::new, short_span), 5, Slot::Dim).skip(1);
    if wide {
        let eta = row.eta().map_or_else(String::new, |ms| format!("eta {}", short_span(ms)));
        pen.fit(&eta, 9, Slot::Dim).skip(1);
    }
    let (state, slot) = match row.phase {
        Phase::Waiting => (format!("{} waiting", ui.glyphs.stopped), Slot::Stopped),
        Phase::Running => (format!("{} running", ui.glyphs.pending), Slot::Pending),
        Phase::Ended(state) => (format!("{} {state}", ui.glyphs.coverage(state)), coverage_slot(state)),
    };
    pen.put(&state, slot);
    if row.problems > 0 {
        pen.put(&format!(" {} {}", ui.glyphs.warning, count(row.problems)), Slot::Warning);
    }
}

/// `1,000/2,200`; `1,000 (was 2,200)`; `1,000`; of a group also the scopes that ended.
fn counts(row: &LiveRow) -> String {
    let seen = count(row.seen);
    let (scopes, ended) = row.scopes;
    let group = if scopes > 1 { format!(" {ended}/{scopes} scopes") } else { String::new() };
    match (row.goal, row.phase) {
        (_, Phase::Ended(_)) | (Goal::Open, _) => format!("{seen}{group}"),
        (Goal::Announced(all), _) => format!("{seen}/{}{group}", count(all)),
        (Goal::LastTime(last), _) => format!("{seen} (was {}){group}", count(last)),
    }
}

/// Where nobody knows how much there is, the bar is a line without an end, not a guess.
fn bar(pen: &mut Pen<'_>, ui: &Ui, fraction: Option<f64>, columns: usize) {
    let Some(fraction) = fraction else {
        pen.fit(&ui.glyphs.line.repeat(columns), columns, Slot::Dim);
        return;
    };
    let full = (fraction.clamp(0.0, 1.0) * columns as f64).round() as usize;
    pen.put(&ui.glyphs.full.repeat(full), Slot::Accent);
    pen.put(&ui.glyphs.empty.repeat(columns - full), Slot::Border);
}
