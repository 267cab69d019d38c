//! The run as a whole, in two lines; and what is collected by itself, and when next.
//!
//! ```text
//! #######.......  41%  3/8 scopes  12s  eta 15s
//! 1,204 seen  83/s | 120 calls  3 retries  1 throttled | +10 ~3 -1 ?0
//! ```

use cloudscope_application::message::{Planned, RunProgress};
use cloudscope_domain::time::short_span;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::Model,
    text::{count, plural},
    theme::Slot,
    widgets::pen::Pen,
};

/// What stands beside the pane's name.
pub(super) fn state(model: &Model, run: &RunProgress) -> Vec<(String, Slot)> {
    let glyphs = &model.ui.glyphs;
    let failed = model.collectors.run.all.not_whole;
    let (state, slot) = match (run.ended.is_some(), run.cancelled) {
        (false, false) => (format!("{} collecting", glyphs.pending), Slot::Pending),
        (false, true) => (format!("{} stopping", glyphs.pending), Slot::Warning),
        (true, true) => (format!("{} stopped", glyphs.stopped), Slot::Warning),
        (true, false) if failed > 0 => {
            (format!("{} done, {} not whole", glyphs.warning, count(failed as u64)), Slot::Warning)
        }
        (true, false) => (format!("{} done", glyphs.ok), Slot::Ok),
    };
    let by = if run.scheduled { ", by the schedule" } else { "" };
    let mut words = vec![(format!("run {}{by}", run.run), Slot::Text), (state, slot)];
    if let Some(ended) = run.ended {
        words.push((format!("{} ago", short_span(model.ages_at.since(ended))), Slot::Dim));
    }
    words
}

/// The two lines.
pub(super) fn lines(model: &Model, run: &RunProgress, buffer: &mut Buffer, area: Rect) {
    let (ui, all) = (&model.ui, &model.collectors.run.all);
    let until = run.ended.unwrap_or(model.clock);
    let elapsed = short_span(until.since(run.started));
    let mut pen = Pen::new(buffer, ui, Rect { height: area.height.min(1), ..area });
    let columns = usize::from(area.width / 3).clamp(8, 40);
    let share = if all.scopes == 0 { 0.0 } else { all.over() as f64 / all.scopes as f64 };
    let slot = match (all.not_whole, run.ended) {
        (0, None) => Slot::Accent,
        (0, Some(_)) => Slot::Ok,
        _ => Slot::Warning,
    };
    bar(&mut pen, Some(share), columns, slot, ui.glyphs.full, ui.glyphs.empty, ui.glyphs.line);
    let (over, scopes) = (count(all.over() as u64), count(all.scopes as u64));
    pen.skip(1).put(&format!("{over}/{scopes} scopes"), Slot::Text);
    pen.skip(2).put(&elapsed, Slot::Dim);
    if run.ended.is_none() {
        let (eta, slot) = match run.eta {
            Some(ms) => (format!("eta {}", short_span(i64::try_from(ms).unwrap_or(i64::MAX))), Slot::Text),
            None => ("eta: no guess yet".to_owned(), Slot::Unknown),
        };
        pen.skip(2).put(&eta, slot);
        if all.held > 0 {
            let held = format!("{} held back", count(all.held as u64));
            pen.skip(2).put(ui.glyphs.warning, Slot::Warning).skip(1).put(&held, Slot::Warning);
        }
    }
    let line = Rect { y: area.y + 1, height: area.height.saturating_sub(1).min(1), ..area };
    let between = format!(" {} ", ui.glyphs.bar);
    let mut pen = Pen::new(buffer, ui, line);
    pen.put(&format!("{} seen", count(all.seen)), Slot::Text);
    if run.ended.is_none() && run.rate > 0.0 {
        pen.skip(2).put(&format!("{}/s", count(run.rate.round() as u64)), Slot::Dim);
    }
    pen.put(&between, Slot::Border);
    let mut dim = |n: u64, one, many, slot| {
        pen.put(&plural(n, one, many), if n == 0 { Slot::Dim } else { slot }).skip(2);
    };
    dim(run.calls, "call", "calls", Slot::Text);
    dim(run.retries, "retry", "retries", Slot::Warning);
    dim(run.throttles, "throttled", "throttled", Slot::Warning);
    pen.put(&between[1..], Slot::Border);
    for (sign, n, word, slot) in [
        ("+", run.created, "new", Slot::Ok),
        ("~", run.changed, "changed", Slot::Delta),
        ("-", run.gone, "gone", Slot::Gone),
        ("?", run.unknown, "unknown", Slot::Unknown),
    ] {
        let text = if area.width < 110 {
            format!("{sign}{} ", count(n))
        } else {
            format!("{sign}{} {word}  ", count(n))
        };
        pen.put(&text, if n == 0 { Slot::Dim } else { slot });
    }
}

/// A bar; where nobody knows how much there is, a line without an end, not a guess.
pub(super) fn bar(
    pen: &mut Pen<'_>,
    fraction: Option<f64>,
    columns: usize,
    slot: Slot,
    full: &str,
    empty: &str,
    line: &str,
) {
    let Some(fraction) = fraction else {
        pen.fit(&line.repeat(columns), columns, slot);
        return;
    };
    let filled = (fraction.clamp(0.0, 1.0) * columns as f64).round() as usize;
    // A bar that is full says "done"; one that is not, never looks so.
    let filled = if fraction < 1.0 { filled.min(columns.saturating_sub(1)) } else { filled };
    pen.put(&full.repeat(filled), slot);
    pen.put(&empty.repeat(columns - filled), Slot::Border);
}

/// What is collected by itself and when next, the soonest first.
pub(super) fn schedule(model: &Model) -> Vec<&Planned> {
    let overview = model.estate.overview.as_ref();
    let mut plans: Vec<&Planned> = overview.iter().flat_map(|o| &o.schedule).collect();
    plans.sort_by_key(|plan| (plan.next.is_none(), plan.next));
    plans
}

/// `next in 12m, every 15m`.
pub(super) fn planned(model: &Model, plan: &Planned) -> String {
    let next = plan.next.map_or_else(
        || "no next time".to_owned(),
        |at| match at.since(model.ages_at) {
            ..=0 => "due now".to_owned(),
            ms => format!("next in {}", short_span(ms)),
        },
    );
    format!("{next}, {}", plan.rule)
}
