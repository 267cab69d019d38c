//! Colours as theme files name them, how far apart they look, and what a terminal with fewer colours
//! shows instead. Pure arithmetic; knows no slot and no file.

use ratatui::style::Color;

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// A colour of a theme file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Paint {
    /// The terminal's own.
    Default,
    /// One of the sixteen that the terminal's user has chosen.
    Ansi(u8),
    /// Exactly this.
    Rgb(Rgb),
}

/// How many colours a terminal shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Depth {
    /// None: bold, underline and reverse only.
    None,
    /// The sixteen of its palette.
    Ansi16,
    /// The 6x6x6 cube and the grey ramp besides.
    Ansi256,
    /// All.
    TrueColor,
}

impl Depth {
    /// What the environment says: `TERM`, `COLORTERM`, and whether `NO_COLOR` is set to something.
    ///
    /// GNU screen passes `COLORTERM` through without having the colours, so under `TERM=screen*` it is
    /// not believed.
    #[must_use]
    pub fn of(term: Option<&str>, colorterm: Option<&str>, no_color: bool) -> Self {
        let term = term.unwrap_or("");
        if no_color
            || term == "dumb"
            || term.starts_with("vt1")
            || term.ends_with("-mono")
            || term.ends_with("-m")
        {
            return Self::None;
        }
        let screen = term.starts_with("screen");
        let named = ["direct", "truecolor", "kitty", "alacritty", "wezterm", "ghostty", "foot"];
        if !screen
            && (matches!(colorterm, Some("truecolor" | "24bit")) || named.iter().any(|n| term.contains(n)))
        {
            Self::TrueColor
        } else if term.contains("256color") || (!screen && colorterm.is_some_and(|c| !c.is_empty())) {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }
}

/// Names of the sixteen, in the order of their numbers.
pub(super) const ANSI_NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// What xterm shows for the sixteen; terminals differ, but this is what most descend from.
const ANSI_RGB: [Rgb; 16] = [
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

impl Paint {
    /// Reads `#rrggbb`, `default` or one of the sixteen names.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        if let Some(hex) = text.strip_prefix('#') {
            if hex.len() != 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            let part = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).ok();
            return Some(Self::Rgb([part(0)?, part(2)?, part(4)?]));
        }
        let name = if matches!(text, "gray" | "grey") { "bright-black" } else { text };
        let number = ANSI_NAMES.iter().position(|known| *known == name)?;
        u8::try_from(number).ok().map(Self::Ansi)
    }

    /// What it looks like, as far as that can be known; `default` is what `otherwise` says.
    pub(super) fn rgb(self, otherwise: Rgb) -> Rgb {
        match self {
            Self::Default => otherwise,
            Self::Ansi(n) => ANSI_RGB[usize::from(n & 15)],
            Self::Rgb(rgb) => rgb,
        }
    }
}

/// What the terminal shows for one of ratatui's colours; `None` for the terminal's own.
pub(super) fn shown(color: Color) -> Option<Rgb> {
    Some(match color {
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(n) => indexed(n),
        _ => return None,
    })
}

/// The colour of one of the 256.
fn indexed(n: u8) -> Rgb {
    match n {
        0..=15 => ANSI_RGB[usize::from(n)],
        16..=231 => {
            let step = |v: u8| if v == 0 { 0 } else { 55 + 40 * v };
            let n = n - 16;
            [step(n / 36), step(n / 6 % 6), step(n % 6)]
        }
        232..=255 => [8 + 10 * (n - 232); 3],
    }
}

/// A colour as a terminal of this depth shows it. Of those that have `needed` contrast against
/// `ground`, the one that looks most alike; where none has, the one with most contrast.
pub(super) fn convert(paint: Paint, depth: Depth, ground: Option<(Rgb, f64)>) -> Color {
    let rgb = match paint {
        Paint::Default => return Color::Reset,
        // The user has chosen how the sixteen look; nothing is better than that.
        Paint::Ansi(n) => return Color::Indexed(n),
        Paint::Rgb(rgb) => rgb,
    };
    let candidates = match depth {
        Depth::None => return Color::Reset,
        Depth::TrueColor => return Color::Rgb(rgb[0], rgb[1], rgb[2]),
        // The first sixteen are the user's and may look like anything.
        Depth::Ansi256 => 16..=255,
        Depth::Ansi16 => 0..=15,
    };
    let enough = |n: &u8| ground.is_none_or(|(ground, needed)| contrast(indexed(*n), ground) >= needed);
    let alike = candidates
        .clone()
        .filter(enough)
        .min_by(|a, b| difference(indexed(*a), rgb).total_cmp(&difference(indexed(*b), rgb)));
    let clearest = || {
        let (ground, _) = ground?;
        candidates.max_by(|a, b| contrast(indexed(*a), ground).total_cmp(&contrast(indexed(*b), ground)))
    };
    alike.or_else(clearest).map_or(Color::Reset, Color::Indexed)
}

fn linear(channel: u8) -> f64 {
    let c = f64::from(channel) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance").
fn luminance(rgb: Rgb) -> f64 {
    let [r, g, b] = rgb.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Contrast ratio, 1 to 21 (WCAG 2.2, "contrast ratio").
pub(super) fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// How different two colours look: the distance in Oklab (<https://bottosson.github.io/posts/oklab/>),
/// where 1 is black to white and about 0.02 can just be told apart side by side.
pub(super) fn difference(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (oklab(a.map(linear)), oklab(b.map(linear)));
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn oklab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read() {
        assert_eq!(Paint::parse("#1a2B3c"), Some(Paint::Rgb([0x1a, 0x2b, 0x3c])));
        assert_eq!(Paint::parse("bright-red"), Some(Paint::Ansi(9)));
        assert_eq!(Paint::parse("grey"), Some(Paint::Ansi(8)));
        assert_eq!(Paint::parse("default"), Some(Paint::Default));
        for bad in ["#fff", "#gggggg", "#1234567", "crimson", "", "#äää"] {
            assert_eq!(Paint::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
        // The grey that is famous for just passing on white.
        assert!((contrast([0x76, 0x76, 0x76], [255, 255, 255]) - 4.54).abs() < 0.01);
        assert!((contrast([0x77, 0x77, 0x77], [255, 255, 255]) - 4.48).abs() < 0.01);
    }

    #[test]
    fn fewer_colours_show_the_nearest() {
        let rgb = |r, g, b| Paint::Rgb([r, g, b]);
        assert_eq!(convert(rgb(255, 0, 0), Depth::Ansi256, None), Color::Indexed(196));
        assert_eq!(convert(rgb(128, 128, 128), Depth::Ansi256, None), Color::Indexed(244));
        assert_eq!(convert(rgb(255, 10, 10), Depth::Ansi16, None), Color::Indexed(9));
        assert_eq!(convert(rgb(1, 2, 3), Depth::Ansi16, None), Color::Indexed(0));
        assert_eq!(convert(rgb(1, 2, 3), Depth::TrueColor, None), Color::Rgb(1, 2, 3));
        assert_eq!(convert(rgb(1, 2, 3), Depth::None, None), Color::Reset);
    }

    #[test]
    fn the_nearest_is_passed_over_where_it_cannot_be_read() {
        let navy = Paint::Rgb([0, 0, 200]);
        assert_eq!(convert(navy, Depth::Ansi16, None), Color::Indexed(4));
        let on_black = convert(navy, Depth::Ansi16, Some(([0, 0, 0], 4.5)));
        assert!(contrast(shown(on_black).unwrap(), [0, 0, 0]) >= 4.5, "{on_black:?}");
    }

    #[test]
    fn the_environment_tells_the_depth() {
        let depth = |term, colorterm| Depth::of(Some(term), colorterm, false);
        assert_eq!(depth("xterm-256color", Some("truecolor")), Depth::TrueColor);
        assert_eq!(depth("xterm-kitty", None), Depth::TrueColor);
        assert_eq!(depth("tmux-256color", None), Depth::Ansi256);
        assert_eq!(depth("screen-256color", Some("truecolor")), Depth::Ansi256);
        assert_eq!(depth("screen", Some("truecolor")), Depth::Ansi16);
        assert_eq!(depth("linux", None), Depth::Ansi16);
        assert_eq!(depth("dumb", Some("truecolor")), Depth::None);
        assert_eq!(depth("vt100", None), Depth::None);
        assert_eq!(Depth::of(Some("xterm-256color"), Some("truecolor"), true), Depth::None);
        assert_eq!(Depth::of(None, None, false), Depth::Ansi16);
    }
}
