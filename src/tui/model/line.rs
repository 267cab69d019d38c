//! One line of text that is typed, with its cursor.
//!
//! Knows neither what the text is for nor where it shows.

use tui_input::Input;

/// One line of text that is typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(pub(crate) Input);

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.0.value() == other.0.value() && self.0.cursor() == other.0.cursor()
    }
}

impl Line {
    /// A line with text, the cursor at its end.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Input::new(text.into()))
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        self.0.value()
    }

    /// Byte position of the cursor.
    pub(crate) fn position(&self) -> usize {
        let text = self.0.value();
        text.char_indices().nth(self.0.cursor()).map_or(text.len(), |(at, _)| at)
    }

    /// Replaces bytes of the text; the cursor stands after the new part.
    pub(crate) fn replace(&mut self, start: usize, end: usize, with: &str) {
        let text = self.0.value();
        let (Some(head), Some(tail)) = (text.get(..start), text.get(end..)) else { return };
        let cursor = head.chars().count() + with.chars().count();
        self.0 = Input::new(format!("{head}{with}{tail}")).with_cursor(cursor);
    }
}
