//! The form: one line per field, the choices of a field side by side, and what the choice means.

use ratatui::{buffer::Buffer, layout::Rect};

use super::outcome::bytes;
use crate::{
    model::{
        Model,
        export::{Columns, Export, Field, Size, What, bad_in_words},
    },
    text::{count, plural},
    theme::Slot,
    widgets::pen::Pen,
};

/// Columns of the labels.
const LABELS: usize = 11;

/// Draws it; returns the rows that were used.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) -> u16 {
    let mut y = 0;
    let mut next = || {
        y += 1;
        Rect { y: area.y + y - 1, height: u16::from(y <= area.height), ..area }
    };
    for field in Field::ALL {
        line(model, field, buffer, next());
        if field == Field::What {
            let mut pen = Pen::new(buffer, &model.ui, next());
            pen.skip(2).fit("", LABELS, Slot::Dim).skip(1);
            size(model, &mut pen);
            if let Some(then) = model.past.at {
                let mut pen = Pen::new(buffer, &model.ui, next());
                pen.skip(2).fit("as of", LABELS, Slot::Dim).skip(1);
                pen.put(&format!(" PAST r{} ", then.revision), Slot::Past).skip(1);
                pen.put(&format!("recorded {}; the file is of then", then.time), Slot::Text);
            }
        }
    }
    y + 1
}

fn line(model: &Model, field: Field, buffer: &mut Buffer, area: Rect) {
    let (ui, export) = (&model.ui, &model.export);
    let chosen = export.field == field;
    let mut pen = Pen::new(buffer, ui, area);
    pen.put(if chosen { ui.glyphs.cursor } else { " " }, Slot::Accent).skip(1);
    pen.fit(field.title(), LABELS, if chosen { Slot::Title } else { Slot::Dim }).skip(1);
    match field {
        Field::Format => {
            let names = export
                .formats
                .iter()
                .enumerate()
                .map(|(i, format)| (format.name.as_str(), i == export.form.format));
            choices(&mut pen, names);
            if export.formats.is_empty() {
                pen.put("none: this program was built without formats", Slot::Error);
            }
        }
        Field::What => choices(
            &mut pen,
            What::ALL
                .into_iter()
                .filter(|what| *what != What::Marks || !model.assets.marks.is_empty())
                .map(|what| (what.title(), what == export.form.what)),
        ),
        Field::Columns => {
            choices(&mut pen, Columns::ALL.into_iter().map(|c| (c.title(), c == export.form.columns)));
            let columns = export.columns(&model.assets);
            if export.form.columns == Columns::Typed && columns.is_empty() {
                pen.put("none typed: the usual ones", Slot::Warning);
            }
            pen.put(&columns.join(", "), Slot::Dim);
        }
        Field::Path => {
            if export.form.path.is_empty() {
                pen.put("no file is named", Slot::Warning);
            }
            pen.put(&export.form.path, Slot::Text);
        }
        Field::Raw => {
            choices(&mut pen, [("no", !export.form.raw), ("yes", export.form.raw)].into_iter());
            if export.form.raw {
                let text = format!("{} a spreadsheet may run what a cell holds", ui.glyphs.warning);
                pen.put(&text, Slot::Warning);
            } else {
                pen.put("cells that a spreadsheet would run are made harmless", Slot::Dim);
            }
        }
    }
    if chosen {
        buffer.set_style(area, ui.style(Slot::Selected));
    }
}

/// `[csv] json ndjson`: brackets, because a colour alone says nothing to everybody.
fn choices<'a>(pen: &mut Pen<'_>, all: impl Iterator<Item = (&'a str, bool)>) {
    for (name, chosen) in all {
        if chosen {
            pen.put(&format!("[{name}]"), Slot::Chip);
        } else {
            pen.put(&format!(" {name} "), Slot::Text);
        }
        pen.skip(1);
    }
}

/// How many rows that is, and what is not known of them.
fn size(model: &Model, pen: &mut Pen<'_>) {
    let (export, glyphs): (&Export, _) = (&model.export, &model.ui.glyphs);
    match &export.size {
        Size::Asking => {
            pen.put(&format!("counting{}", glyphs.ellipsis), Slot::Pending);
        }
        Size::Failed(why) => {
            pen.put(&format!("{} {why}", glyphs.error), Slot::Error);
        }
        Size::Rows { bad, .. } if export.form.what == What::Filter && !bad.is_empty() => {
            let text = format!("{} not while a term is bad: {}", glyphs.error, bad_in_words(&bad[0]));
            pen.put(&text, Slot::Error);
        }
        Size::Rows { rows, unknown, undecided, .. } => {
            pen.put(&plural(*rows, "row", "rows"), Slot::Accent);
            if let Some(estimate) = export.estimate(*rows, &model.assets) {
                pen.put(&format!(", about {}", bytes(estimate)), Slot::Dim);
            }
            for (n, what) in [(*unknown, "of unknown presence"), (*undecided, "undecided and left out")] {
                if n > 0 {
                    pen.put(&format!("  {} {} {what}", glyphs.unknown, count(n)), Slot::Unknown);
                }
            }
            pen.put("  ", Slot::Text).put(&export.what_in_words(&model.assets), Slot::Dim);
        }
    }
}
