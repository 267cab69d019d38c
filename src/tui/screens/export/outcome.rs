//! How far the export is, how it ended, and the exports before it.

use cloudscope_application::export::{ExportPhase, ExportProgress};
use cloudscope_domain::time::short_span;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
    model::{Model, export::bad_in_words},
    text::{count, plural},
    theme::Slot,
    ui::Ui,
    widgets::pen::Pen,
};

/// Columns of the bar.
const BAR: usize = 30;
/// Letters of a checksum that are shown; the manifest holds all.
const SHORT: usize = 12;

/// The export that runs, or ended last. Returns the rows that were used.
pub(super) fn now(model: &Model, buffer: &mut Buffer, area: Rect) -> u16 {
    let ui = &model.ui;
    let Some(progress) = &model.export.progress else {
        let key = ui.keymap.key_of(Action::RunExport, &model.context()).unwrap_or_default();
        let mut pen = Pen::new(buffer, ui, area);
        pen.skip(2).put(&key, Slot::Key).put(" writes the file, and a manifest beside it", Slot::Dim);
        return 2;
    };
    let row = |y: u16| Rect { y: area.y + y.min(area.height), height: u16::from(y < area.height), ..area };
    let mut pen = Pen::new(buffer, ui, row(0));
    pen.skip(2);
    match &progress.phase {
        ExportPhase::Running => {
            let cancel = ui.keymap.key_of(Action::Interrupt, &model.context()).unwrap_or_default();
            bar(&mut pen, ui, progress);
            pen.skip(1).put(&rows(progress), Slot::Text);
            pen.put(&format!("  {}", bytes(progress.bytes)), Slot::Text);
            pen.put("  ", Slot::Text).put(&cancel, Slot::Key).put(" stops it", Slot::Dim);
        }
        ExportPhase::Finished(done) => {
            let path = done.path.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
            pen.put(&format!("{} written ", ui.glyphs.ok), Slot::Ok).put(&path, Slot::Text);
            let mut facts = Pen::new(buffer, ui, row(1));
            facts.skip(4).put(&rows(progress), Slot::Text);
            facts.put(&format!("  {}", bytes(done.bytes)), Slot::Text);
            let sum: String = done.sha256.chars().take(SHORT).collect();
            facts.put(&format!("  sha256 {sum}{}", ui.glyphs.ellipsis), Slot::Dim);
            if let Some(manifest) = &done.manifest {
                let mut pen = Pen::new(buffer, ui, row(2));
                pen.skip(4).put("manifest ", Slot::Dim).put(&manifest.display().to_string(), Slot::Dim);
                return 4;
            }
            return 3;
        }
        phase => {
            let (text, slot) = ended(ui, phase);
            pen.put(&text, slot);
        }
    }
    2
}

/// The exports before, the newest first.
pub(super) fn past(model: &Model, buffer: &mut Buffer, area: Rect) -> u16 {
    let (ui, past) = (&model.ui, &model.export.past);
    if past.is_empty() || area.height < 2 {
        return 0;
    }
    let title = format!("{} since the program began", plural(past.len() as u64, "export", "exports"));
    Pen::new(buffer, ui, area).skip(2).put(&title, Slot::Title);
    for (y, past) in (1..area.height).zip(past) {
        let mut pen = Pen::new(buffer, ui, Rect { y: area.y + y, height: 1, ..area });
        let (text, slot) = ended(ui, &past.end.phase);
        pen.skip(2).fit(&format!("{} ago", short_span(model.ages_at.since(past.at))), 9, Slot::Dim).skip(1);
        pen.put(&text, slot).skip(2);
        if matches!(past.end.phase, ExportPhase::Finished(_)) {
            pen.put(&format!("{}, {}", rows(&past.end), bytes(past.end.bytes)), Slot::Text).skip(2);
            pen.put(&past.order.path.display().to_string(), Slot::Text).skip(2);
        }
        pen.put(&past.what, Slot::Dim);
    }
    area.height
}

/// Sign and words for an end.
fn ended(ui: &Ui, phase: &ExportPhase) -> (String, Slot) {
    let glyphs = &ui.glyphs;
    match phase {
        ExportPhase::Running => (format!("{} writing", glyphs.pending), Slot::Pending),
        ExportPhase::Finished(_) => (format!("{} written", glyphs.ok), Slot::Ok),
        ExportPhase::Exists(path) => {
            (format!("{} not written: {} exists already", glyphs.warning, path.display()), Slot::Warning)
        }
        ExportPhase::BadFilter(bad) => {
            let why = bad.first().map(bad_in_words).unwrap_or_default();
            (format!("{} not written: {why}", glyphs.error), Slot::Error)
        }
        ExportPhase::Failed(why) | ExportPhase::Refused(why) => {
            (format!("{} failed: {why}", glyphs.error), Slot::Error)
        }
        ExportPhase::Cancelled => (format!("{} stopped; no file was written", glyphs.stopped), Slot::Stopped),
        ExportPhase::Closed => (format!("{} the reader went away", glyphs.warning), Slot::Warning),
    }
}

fn rows(progress: &ExportProgress) -> String {
    match progress.total {
        Some(total) if total != progress.rows => format!("{}/{} rows", count(progress.rows), count(total)),
        _ => plural(progress.rows, "row", "rows"),
    }
}

fn bar(pen: &mut Pen<'_>, ui: &Ui, progress: &ExportProgress) {
    let Some(total) = progress.total.filter(|total| *total > 0) else {
        pen.fit(&ui.glyphs.line.repeat(BAR), BAR, Slot::Dim);
        return;
    };
    let full = (progress.rows.min(total) as f64 / total as f64 * BAR as f64).round() as usize;
    pen.put(&ui.glyphs.full.repeat(full), Slot::Accent);
    pen.put(&ui.glyphs.empty.repeat(BAR - full), Slot::Border);
}

/// `812 B`, `240.1 kB`, `1.2 GB`: powers of ten, as disks are sold.
pub(super) fn bytes(n: u64) -> String {
    if n < 1_000 {
        return format!("{n} B");
    }
    let (mut value, mut unit) = (n as f64 / 1_000.0, "kB");
    for next in ["MB", "GB", "TB"] {
        if value >= 999.95 {
            (value, unit) = (value / 1_000.0, next);
        }
    }
    format!("{value:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let shown = [0, 999, 1_000, 240_100, 999_949, 999_950, 1_200_000_000].map(bytes);
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "240.1 kB", "999.9 kB", "1.0 MB", "1.2 GB"]);
    }
}
