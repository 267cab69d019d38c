//! What this terminal can do, and what to mend: the document of `:doctor`.
//!
//! Knows what the runtime found when it began; asks nothing itself.

use cloudscope_domain::Timestamp;

use super::{
    Model,
    document::{DocLine, Document},
};
use crate::{text::plural, theme::Slot};

/// What is known of the terminal.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Terminal {
    /// What its surroundings say, each with a label.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// When it was asked for its ground, if it was.
    pub(crate) asked: Option<Timestamp>,
    /// Whether its ground is dark, and the milliseconds until it said so.
    pub(crate) answered: Option<(bool, i64)>,
}

impl Terminal {
    /// It said what its ground is.
    pub(crate) fn answer(&mut self, dark: bool, now: Timestamp) {
        if let Some(asked) = self.asked {
            self.answered = Some((dark, now.since(asked).max(0)));
        }
    }
}

/// The document.
pub(crate) fn document(model: &Model) -> Document {
    let (ui, terminal) = (&model.ui, &model.terminal);
    let mut lines = vec![DocLine::title("terminal")];
    let mut fact = |label: &str, text: String| lines.push(DocLine::fact(label, text, Slot::Text));
    let (columns, rows) = model.size;
    fact("size", format!("{columns} columns, {rows} rows"));
    for (label, text) in &terminal.facts {
        fact(label, text.clone());
    }
    let (ground, round) = match (terminal.asked, terminal.answered) {
        (_, Some((dark, millis))) => {
            (if dark { "dark, as it says" } else { "light, as it says" }.to_owned(), format!("{millis} ms"))
        }
        (Some(_), None) => ("it did not say".to_owned(), "not known: it did not answer".to_owned()),
        (None, None) => ("it was not asked".to_owned(), "not known: nothing was asked".to_owned()),
    };
    fact("background", ground);
    fact("round trip", round);
    lines.extend([DocLine::plain(""), DocLine::title("front end")]);
    let mut fact = |label: &str, text: String| lines.push(DocLine::fact(label, text, Slot::Text));
    let why = if ui.follows { "follows the background; `:theme NAME` chooses another" } else { "chosen" };
    fact("theme", format!("{} ({why})", ui.theme.name()));
    fact("keymap", ui.keymap.name().to_owned());
    fact("signs", if ui.glyphs.ascii { "ASCII" } else { "Unicode" }.to_owned());
    fact("mouse", if ui.mouse { "on" } else { "off" }.to_owned());
    lines.push(DocLine::plain(""));
    let troubles = model.estate.troubles();
    if troubles.is_empty() {
        lines.push(DocLine::fact("", format!("{} nothing to mend", ui.glyphs.ok), Slot::Ok));
    } else {
        let things = plural(troubles.len() as u64, "thing", "things");
        lines.push(DocLine::title(format!("{things} to mend")));
        // The newest first, as row 2 shows it.
        lines.extend(troubles.iter().rev().map(|one| DocLine::fact(ui.glyphs.warning, one, Slot::Warning)));
    }
    let mut document = Document::of("what this terminal can do, and what to mend", lines);
    document.wrap = true;
    document
}
