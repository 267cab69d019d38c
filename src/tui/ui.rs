//! How it looks and what keys do: the theme, the keymap and the signs in use, and those on offer.

use ratatui::style::Style;

use crate::{
    glyphs::Glyphs,
    keymap::{Keymap, Keymaps},
    text,
    theme::{Slot, Theme, Themes},
};

/// How it looks and what keys do.
#[derive(Debug)]
pub(crate) struct Ui {
    /// The theme in use.
    pub(crate) theme: Theme,
    /// Nobody chose it: it is the one that fits the terminal's ground.
    pub(crate) follows: bool,
    /// The themes on offer.
    pub(crate) themes: Themes,
    /// The keymap in use.
    pub(crate) keymap: Keymap,
    /// The keymaps on offer.
    pub(crate) keymaps: Keymaps,
    /// The signs in use.
    pub(crate) glyphs: Glyphs,
    /// Mouse reports are on.
    pub(crate) mouse: bool,
}

impl Ui {
    /// The style of a meaning.
    pub(crate) fn style(&self, slot: Slot) -> Style {
        self.theme.style(slot)
    }

    /// Foreign text, cut to some columns.
    pub(crate) fn clip(&self, text: &str, columns: usize) -> String {
        text::clip(&self.glyphs, text, columns)
    }
}
