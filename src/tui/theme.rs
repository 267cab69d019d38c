//! What the program looks like: semantic slots, filled by the files in themes/ and by the user's own.
//!
//! Knows colours and terminals' colour depths; knows no screen, and opens no file: built-in themes
//! are compiled in, the user's come as text.

mod color;
mod parse;
mod set;
mod slot;
#[cfg(test)]
mod tests;

pub use color::Depth;
pub use set::Themes;
pub use slot::Slot;

use ratatui::style::{Color, Modifier, Style};

use color::{Paint, Rgb, convert, shown};
use parse::{Look, Resolved, Sheet};

/// A look for every slot, as a terminal of one depth shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct Theme {
    name: String,
    about: String,
    dark: bool,
    depth: Depth,
    resolved: Resolved,
    styles: Vec<Style>,
}

impl Theme {
    fn new(name: &str, sheet: &Sheet, resolved: Resolved) -> Self {
        let theme = Self {
            name: name.to_owned(),
            about: sheet.about.clone(),
            dark: sheet.dark,
            depth: Depth::TrueColor,
            resolved,
            styles: Vec::new(),
        };
        theme.at(Depth::TrueColor)
    }

    /// The built-in theme to begin with; see [`Themes::pick`].
    #[must_use]
    pub fn pick(background_dark: Option<bool>, depth: Depth, no_color: bool, wanted: Option<&str>) -> Self {
        Themes::load(&[]).0.pick(background_dark, depth, no_color, wanted).0
    }

    /// The same theme as a terminal of this depth shows it.
    #[must_use]
    pub fn at(&self, depth: Depth) -> Self {
        let mut theme = Self { depth, ..self.clone() };
        theme.styles = Slot::ALL.iter().zip(&self.resolved.looks).map(|(s, l)| theme.dress(*s, l)).collect();
        theme
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A few words on it.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Whether it is made for a dark background.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.dark
    }

    /// For how many colours it is dressed.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// How a slot looks. Lay it over [`Slot::Text`]: what a slot does not set stays as it was.
    #[must_use]
    pub fn style(&self, slot: Slot) -> Style {
        self.styles[slot as usize]
    }

    fn dress(&self, slot: Slot, look: &Look) -> Style {
        let mut modifiers = Modifier::empty();
        for (on, modifier) in [
            (look.bold, Modifier::BOLD),
            (look.dim, Modifier::DIM),
            (look.italic, Modifier::ITALIC),
            (look.underline, Modifier::UNDERLINED),
            (look.reverse, Modifier::REVERSED),
        ] {
            if on {
                modifiers |= modifier;
            }
        }
        let mut style = Style::new();
        if self.depth == Depth::None {
            // What only a background told apart is told apart by reversing.
            if look.bg.is_some() && slot != Slot::Text {
                modifiers |= Modifier::REVERSED;
            }
            return style.add_modifier(modifiers);
        }
        let ground = self.ground();
        let mut below = ground;
        if let Some(bg) = look.bg {
            let color = convert(bg, self.depth, None);
            let visible = shown(color).unwrap_or(ground);
            if slot != Slot::Text && visible == ground && bg.rgb(ground) != self.nominal() {
                // With so few colours the mark would not be seen on this ground.
                return style.add_modifier(modifiers | Modifier::REVERSED);
            }
            style = style.bg(color);
            below = visible;
        }
        if let Some(fg) = look.fg {
            style = style.fg(convert(fg, self.depth, Some((below, slot.needed_contrast()))));
        }
        style.add_modifier(modifiers)
    }

    /// What lies behind everything, as the file says.
    pub(crate) fn nominal(&self) -> [u8; 3] {
        self.resolved.background.rgb(if self.dark { [0; 3] } else { [255; 3] })
    }

    /// What lies behind everything, as this terminal shows it.
    fn ground(&self) -> Rgb {
        let text = &self.resolved.looks[Slot::Text as usize];
        match text.bg {
            Some(bg @ Paint::Rgb(_)) => match convert(bg, self.depth, None) {
                Color::Reset => self.nominal(),
                color => shown(color).unwrap_or_else(|| self.nominal()),
            },
            _ => self.nominal(),
        }
    }
}
