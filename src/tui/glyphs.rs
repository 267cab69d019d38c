//! The signs that are drawn, in two sets: Unicode, and plain ASCII for terminals that have no more.
//!
//! Knows no screen; a sign never stands alone for a state, a word stands beside it.

use cloudscope_domain::{CoverageState, Presence, StatusClass};
use ratatui::symbols::border;

/// One set of signs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Glyphs {
    /// Only ASCII may be drawn.
    pub(crate) ascii: bool,
    /// Good.
    pub(crate) ok: &'static str,
    /// Wants a look.
    pub(crate) warning: &'static str,
    /// Bad.
    pub(crate) error: &'static str,
    /// Under way.
    pub(crate) pending: &'static str,
    /// Switched off.
    pub(crate) stopped: &'static str,
    /// Not known.
    pub(crate) unknown: &'static str,
    /// Proved gone.
    pub(crate) gone: &'static str,
    /// A marked row.
    pub(crate) mark: &'static str,
    /// The row under the cursor.
    pub(crate) cursor: &'static str,
    /// Text goes on.
    pub(crate) ellipsis: &'static str,
    /// Between crumbs.
    pub(crate) crumb: &'static str,
    /// Between parts of a line.
    pub(crate) bar: &'static str,
    /// A horizontal line.
    pub(crate) line: &'static str,
    /// Smallest first.
    pub(crate) ascending: &'static str,
    /// Largest first.
    pub(crate) descending: &'static str,
    /// An edge to the right.
    pub(crate) right: &'static str,
    /// An edge to the left.
    pub(crate) left: &'static str,
    /// A folded group.
    pub(crate) folded: &'static str,
    /// An open group.
    pub(crate) unfolded: &'static str,
    /// A run on the line of time.
    pub(crate) tick: &'static str,
    /// The moment on the line of time that is looked at.
    pub(crate) here: &'static str,
    /// Changes show as they happen.
    pub(crate) live: &'static str,
    /// A pinned asset.
    pub(crate) pin: &'static str,
    /// The full part of a bar.
    pub(crate) full: &'static str,
    /// The empty part of a bar.
    pub(crate) empty: &'static str,
    /// Lines around panes.
    pub(crate) border: border::Set<'static>,
}

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// For terminals with Unicode.
pub(crate) const UNICODE: Glyphs = Glyphs {
    ascii: false,
    ok: "●",
    warning: "▲",
    error: "✖",
    pending: "◐",
    stopped: "○",
    unknown: "?",
    gone: "✝",
    mark: "✓",
    cursor: "▌",
    ellipsis: "…",
    crumb: "›",
    bar: "│",
    line: "─",
    ascending: "↑",
    descending: "↓",
    right: "→",
    left: "←",
    folded: "▸",
    unfolded: "▾",
    tick: "┴",
    here: "◆",
    live: "◉",
    pin: "★",
    full: "█",
    empty: "░",
    border: border::PLAIN,
};

/// For terminals without.
pub(crate) const ASCII: Glyphs = Glyphs {
    ascii: true,
    ok: "*",
    warning: "!",
    error: "x",
    pending: "~",
    stopped: "o",
    unknown: "?",
    gone: "-",
    mark: "+",
    cursor: ">",
    ellipsis: "..",
    crumb: ">",
    bar: "|",
    line: "-",
    ascending: "^",
    descending: "v",
    right: "->",
    left: "<-",
    folded: "+",
    unfolded: "-",
    tick: "+",
    here: "@",
    live: "@",
    pin: "*",
    full: "#",
    empty: ".",
    border: ASCII_BORDER,
};

impl Glyphs {
    /// The set for an ASCII-only terminal, or for any other.
    pub(crate) fn new(ascii: bool) -> Self {
        if ascii { ASCII } else { UNICODE }
    }

    /// The sign of a status.
    pub(crate) fn status(&self, class: StatusClass) -> &'static str {
        match class {
            StatusClass::Ok => self.ok,
            StatusClass::Warning => self.warning,
            StatusClass::Error => self.error,
            StatusClass::Pending => self.pending,
            StatusClass::Stopped => self.stopped,
            StatusClass::Unknown => self.unknown,
        }
    }

    /// The sign of a presence.
    pub(crate) fn presence(&self, presence: &Presence) -> &'static str {
        match presence {
            Presence::Present => self.ok,
            Presence::Unknown { .. } => self.unknown,
            Presence::Gone { .. } => self.gone,
        }
    }

    /// The sign of a coverage state.
    pub(crate) fn coverage(&self, state: CoverageState) -> &'static str {
        match state {
            CoverageState::Ok => self.ok,
            CoverageState::Partial | CoverageState::Throttled | CoverageState::Timeout => self.warning,
            CoverageState::Denied | CoverageState::Unreachable => self.error,
            CoverageState::Disabled => self.stopped,
            CoverageState::Never => self.unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ascii_set_is_ascii() {
        let all = format!("{ASCII:?}");
        assert!(all.is_ascii(), "{all}");
    }
}
