//! How a cell looks once the terminal has resolved it: two colours and the shape of its letters.
//! Knows one cell and the ground it lies on, nothing of pictures.

use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};

/// Red, green, blue.
pub(crate) type Rgb = [u8; 3];

/// The terminal's own two colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ground {
    /// Of letters that name no colour.
    pub(crate) ink: Rgb,
    /// Behind everything.
    pub(crate) back: Rgb,
}

/// A cell's look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub(super) ink: Rgb,
    pub(super) back: Rgb,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
    pub(super) crossed: bool,
}

impl Look {
    /// Reversed first, then dimmed towards its own ground, then hidden: the order of terminals.
    pub(super) fn of(cell: &Cell, ground: Ground) -> Self {
        let is = |modifier| cell.modifier.contains(modifier);
        let mut ink = rgb(cell.fg).unwrap_or(ground.ink);
        let mut back = rgb(cell.bg).unwrap_or(ground.back);
        if is(Modifier::REVERSED) {
            (ink, back) = (back, ink);
        }
        if is(Modifier::DIM) {
            ink = std::array::from_fn(|i| ((u16::from(ink[i]) + u16::from(back[i])) / 2) as u8);
        }
        if is(Modifier::HIDDEN) {
            ink = back;
        }
        let look = Self {
            ink,
            back,
            bold: is(Modifier::BOLD),
            italic: is(Modifier::ITALIC),
            underline: is(Modifier::UNDERLINED),
            crossed: is(Modifier::CROSSED_OUT),
        };
        if cell.symbol().trim().is_empty() && look.is_plain() {
            // A blank shows its ground alone: one with another ink is the same blank.
            return Self { ink: ground.ink, bold: false, italic: false, ..look };
        }
        look
    }

    /// Blanks show nothing of it but the ground.
    pub(super) fn is_plain(self) -> bool {
        !self.underline && !self.crossed
    }
}

/// The colour as xterm shows it; `None` for the terminal's own.
fn rgb(color: Color) -> Option<Rgb> {
    Some(match color {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(n @ 0..16) => SIXTEEN[usize::from(n)],
        Color::Indexed(n @ 16..232) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            [(n - 16) / 36, (n - 16) / 6 % 6, (n - 16) % 6].map(level)
        }
        Color::Indexed(n) => [8 + 10 * (n - 232); 3],
        Color::Black => SIXTEEN[0],
        Color::Red => SIXTEEN[1],
        Color::Green => SIXTEEN[2],
        Color::Yellow => SIXTEEN[3],
        Color::Blue => SIXTEEN[4],
        Color::Magenta => SIXTEEN[5],
        Color::Cyan => SIXTEEN[6],
        Color::Gray => SIXTEEN[7],
        Color::DarkGray => SIXTEEN[8],
        Color::LightRed => SIXTEEN[9],
        Color::LightGreen => SIXTEEN[10],
        Color::LightYellow => SIXTEEN[11],
        Color::LightBlue => SIXTEEN[12],
        Color::LightMagenta => SIXTEEN[13],
        Color::LightCyan => SIXTEEN[14],
        Color::White => SIXTEEN[15],
    })
}

/// xterm's own sixteen.
const SIXTEEN: [Rgb; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// `#rrggbb`.
pub(super) fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
