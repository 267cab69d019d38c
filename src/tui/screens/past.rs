//! What says that the past shows: row 1, and the line of time with the runs on it. In words and signs,
//! so that neither a colour nor more than ASCII is needed.

use cloudscope_domain::{RunRecord, time::short_span};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::{Action, Screen},
    model::{Model, past::Then},
    text::{count, plural, width},
    theme::Slot,
    widgets::pen::{self, Pen},
};

/// Columns between two runs on the line.
const STEP: usize = 3;

/// Row 1: which moment it is, how long ago, and what was there then.
pub(super) fn header(model: &Model, then: Then, pen: &mut Pen<'_>, bar: &str) {
    let age = short_span(model.ages_at.since(then.time));
    let room = pen.room();
    pen.put(bar, Slot::Border).put(&format!(" PAST r{}, {age} ago ", then.revision), Slot::Past);
    let asked = then.asked.filter(|asked| *asked != then.time && room >= 100);
    if room >= 64 {
        pen.put(bar, Slot::Border).put(&format!("recorded {}", then.time), Slot::Text);
    }
    if let Some(asked) = asked {
        pen.put(&format!(", newest at {asked}"), Slot::Dim);
    }
    let shown = model.assets.shown.as_ref().filter(|_| model.screen == Screen::Assets);
    if let Some(shown) = shown {
        pen.put(bar, Slot::Border).put(&plural(shown.total, "asset", "assets"), Slot::Text);
    }
}

/// The line of time: `r123 --+--+--@--+--+-- now`, with what the run at that moment brought.
pub(crate) fn timeline(model: &Model, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let (ui, past) = (&model.ui, &model.past);
    let mut area = area;
    let key = |action| ui.keymap.key_of(action, &model.context()).unwrap_or_else(|| ":now".to_owned());
    let back = format!(" {} now", key(Action::Back));
    area.width -= pen::right(buffer, ui, area, &back, Slot::Key);
    let mut pen = Pen::new(buffer, ui, area);
    if past.reading(model.screen) {
        let what = match (past.going, past.at) {
            (Some(going), _) => going.to_string(),
            (None, Some(at)) => format!("r{}", at.revision),
            (None, None) if past.steps != 0 => "the runs".to_owned(),
            (None, None) => "now".to_owned(),
        };
        pen.put(&format!("{} reading {what}{} ", ui.glyphs.pending, ui.glyphs.ellipsis), Slot::Pending);
    } else if let Some(at) = past.at {
        pen.put(&format!("{} r{} ", ui.glyphs.here, at.revision), Slot::Past).skip(1);
    }
    let words = past.at.and_then(|at| past.run_at(at.revision).map(|run| in_words(model, run, at)));
    let words = words.unwrap_or_default();
    let room = pen.room().saturating_sub(width(&ui.glyphs, &words) + 2);
    let (line, at) = line(model, room.max(pen.room() / 3));
    for (i, (piece, slot)) in line.into_iter().enumerate() {
        let slot = if Some(i) == at { Slot::Past } else { slot };
        pen.put(piece, slot);
    }
    pen.skip(1).put(&words, Slot::Text);
}

/// What a run was and brought.
fn in_words(model: &Model, run: &RunRecord, at: Then) -> String {
    let age = short_span(model.ages_at.since(run.started));
    let effort = &run.effort;
    let brought = match (effort.created, effort.changed, effort.gone) {
        (0, 0, 0) => "nothing changed".to_owned(),
        (new, changed, gone) => format!("+{} ~{} -{}", count(new), count(changed), count(gone)),
    };
    let after = if run.revision == at.revision { "" } else { "after " };
    let how = if run.cancelled { ", stopped" } else { "" };
    format!("{after}run {} {age} ago{how}: {brought}", run.id)
}

/// A piece of the line for every column or sign, and which of them is the moment that is looked at.
fn line(model: &Model, room: usize) -> (Vec<(&'static str, Slot)>, Option<usize>) {
    let (glyphs, past) = (&model.ui.glyphs, &model.past);
    let Some(at) = past.at else { return (Vec::new(), None) };
    let runs = past.runs.as_deref().unwrap_or_default();
    let newest = model.estate.revision;
    // Runs after the moment, and it itself, and runs before: as many as have room on either side.
    let before = runs.iter().filter(|run| run.revision < at.revision).count();
    let exact = runs.iter().any(|run| run.revision == at.revision);
    let after = runs.iter().filter(|run| run.revision > at.revision && run.revision < newest).count();
    let stops = (room.saturating_sub(STEP + "now".len() + 2) / STEP).max(1);
    let right = after.min(stops / 2);
    let left = before.min(stops.saturating_sub(right + 1));
    let right = after.min(stops.saturating_sub(left + 1));
    let mut pieces = Vec::new();
    let stretch = |pieces: &mut Vec<_>| pieces.extend([(glyphs.line, Slot::Border); STEP - 1]);
    if before > left {
        pieces.push((glyphs.ellipsis, Slot::Dim));
    }
    for _ in 0..left {
        pieces.push((glyphs.tick, Slot::Text));
        stretch(&mut pieces);
    }
    let here = pieces.len();
    pieces.push((glyphs.here, if exact { Slot::Past } else { Slot::Accent }));
    for _ in 0..right {
        stretch(&mut pieces);
        pieces.push((glyphs.tick, Slot::Text));
    }
    stretch(&mut pieces);
    if after > right {
        pieces.push((glyphs.ellipsis, Slot::Dim));
    }
    pieces.push((" now", Slot::Dim));
    (pieces, Some(here))
}
