//! Texts that can be copied once they were read: a policy, a command. Nothing here is ever run.
//!
//! Holds foreign text as it is; drawing makes it visible, and copying too.

use super::document::DocLine;
use crate::theme::Slot;

/// One of some texts.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Offer {
    /// What they are.
    pub(crate) title: String,
    /// The texts; at least one.
    pub(crate) items: Vec<Item>,
    /// What belongs to all of them.
    pub(crate) notes: Vec<DocLine>,
    /// The one that shows and that `accept` copies.
    pub(crate) chosen: usize,
    /// First line that shows.
    pub(crate) top: usize,
}

/// A text.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Item {
    /// Its name among the others.
    pub(crate) title: String,
    /// What it is good for.
    pub(crate) facts: Vec<DocLine>,
    /// The text itself.
    pub(crate) text: String,
    /// What one reads about it after it.
    pub(crate) notes: Vec<DocLine>,
    /// What is said to have been copied.
    pub(crate) what: String,
}

impl Offer {
    /// The chosen text.
    pub(crate) fn item(&self) -> Option<&Item> {
        self.items.get(self.chosen)
    }

    /// Everything that is read of the chosen one.
    pub(crate) fn lines(&self) -> Vec<DocLine> {
        let Some(item) = self.item() else { return self.notes.clone() };
        let mut lines = item.facts.clone();
        lines.push(DocLine::plain(""));
        lines.extend(item.text.lines().map(|line| DocLine { slot: Slot::Chip, ..DocLine::plain(line) }));
        for notes in [&item.notes, &self.notes] {
            if !notes.is_empty() {
                lines.push(DocLine::plain(""));
                lines.extend(notes.iter().cloned());
            }
        }
        lines
    }

    /// Chooses the next one, or the one before; round at the ends.
    pub(crate) fn choose(&mut self, forward: bool) {
        let n = self.items.len().max(1);
        self.chosen = (self.chosen + if forward { 1 } else { n - 1 }) % n;
        self.top = 0;
    }
}
