//! What the environment says of the terminal: colours, background, multiplexers.

use crate::theme::Depth;

/// What the environment says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Surroundings {
    /// How many colours there are.
    pub(crate) depth: Depth,
    /// Whether the background is dark, where that is known.
    pub(crate) dark: Option<bool>,
    /// Inside tmux.
    pub(crate) tmux: bool,
    /// Inside GNU screen.
    pub(crate) screen: bool,
}

impl Surroundings {
    /// Reads the environment.
    pub(crate) fn read(no_color: bool) -> Self {
        Self::from(no_color, |name| std::env::var(name).ok())
    }

    /// The same in words, each with a label.
    pub(crate) fn facts(self, ssh: bool) -> Vec<(&'static str, String)> {
        let variable = |name| std::env::var(name).unwrap_or_else(|_| "(not set)".to_owned());
        let colours = match self.depth {
            Depth::None => "none: bold, underline and reverse only",
            Depth::Ansi16 => "16",
            Depth::Ansi256 => "256",
            Depth::TrueColor => "16 million",
        };
        let clipboard = match (self.tmux, self.screen) {
            (true, _) => "OSC 52 through tmux; needs `set -g set-clipboard on` there",
            (false, true) => "OSC 52 through GNU screen",
            (false, false) => "OSC 52, as far as the terminal allows it",
        };
        let inside = match (self.tmux, self.screen) {
            (true, _) => "tmux",
            (false, true) => "GNU screen",
            (false, false) => "nothing",
        };
        let line = if ssh { "SSH: at most 15 frames a second" } else { "local: at most 60 frames a second" };
        vec![
            ("TERM", variable("TERM")),
            ("COLORTERM", variable("COLORTERM")),
            ("NO_COLOR", variable("NO_COLOR")),
            ("colours", colours.to_owned()),
            ("line", line.to_owned()),
            ("inside", inside.to_owned()),
            ("clipboard", clipboard.to_owned()),
            ("frames", "marked as whole (DECSET 2026) for terminals that know it".to_owned()),
        ]
    }

    fn from(no_color: bool, get: impl Fn(&str) -> Option<String>) -> Self {
        let full = |name| get(name).is_some_and(|v| !v.is_empty());
        Self {
            depth: Depth::of(get("TERM").as_deref(), get("COLORTERM").as_deref(), no_color),
            dark: get("COLORFGBG").and_then(|v| background(&v)),
            tmux: full("TMUX"),
            screen: full("STY"),
        }
    }
}

/// `COLORFGBG` ends in the number of the background's palette colour, as rxvt set the habit:
/// 7 and 9..=15 are light.
fn background(value: &str) -> Option<bool> {
    let number: u8 = value.rsplit(';').next()?.parse().ok()?;
    (number < 16).then_some(!(number == 7 || number >= 9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_terminals_say() {
        let read = |pairs: &[(&str, &str)]| {
            Surroundings::from(false, |name| {
                pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
            })
        };
        let found = read(&[("TERM", "xterm-256color"), ("COLORFGBG", "0;15"), ("TMUX", "/tmp/x")]);
        let expected = Surroundings { depth: Depth::Ansi256, dark: Some(false), tmux: true, screen: false };
        assert_eq!(found, expected);
        assert_eq!(read(&[("COLORFGBG", "15;default;0")]).dark, Some(true));
        assert_eq!(read(&[("COLORFGBG", "junk")]).dark, None);
    }
}
