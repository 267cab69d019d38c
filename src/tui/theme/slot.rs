//! The semantic slots of a theme: screens name a meaning, never a colour. What each looks like is
//! decided by the files in themes/.

macro_rules! slots {
    ($($(#[$doc:meta])+ $slot:ident = $name:literal,)+) => {
        /// What a piece of the screen means.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Slot { $($(#[$doc])+ $slot,)+ }

        impl Slot {
            /// Every slot.
            pub const ALL: &'static [Self] = &[$(Self::$slot,)+];

            /// Its name in theme files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$slot => $name,)+ }
            }
        }
    };
}

slots! {
    /// Ordinary text, and the ground of the whole screen where a theme paints one.
    Text = "text",
    /// Text of less weight: ages, units, what is switched off.
    Dim = "dim",
    /// Titles of panes and column heads.
    Title = "title",
    /// What draws the eye: the program's name, sort marks, bars.
    Accent = "accent",
    /// Lines around panes.
    Border = "border",
    /// Lines around the pane that has the keys.
    BorderFocus = "border-focus",
    /// The row under the cursor.
    Selected = "selected",
    /// Rows marked by the user.
    Marked = "marked",
    /// Works as meant; read whole.
    Ok = "ok",
    /// Wants a look; read in part.
    Warning = "warning",
    /// Does not work; denied.
    Error = "error",
    /// On its way to another state.
    Pending = "pending",
    /// Switched off on purpose.
    Stopped = "stopped",
    /// Not known.
    Unknown = "unknown",
    /// Proved gone.
    Gone = "gone",
    /// Names of keys in hints and help.
    Key = "key",
    /// A filter term that is understood.
    Chip = "chip",
    /// A filter term, or an input, that is not understood.
    Bad = "bad",
    /// The part of a text that a filter or search matched.
    Match = "match",
    /// What changed a moment ago.
    Delta = "delta",
    /// The mark that an estate is made up.
    Demo = "demo",
    /// The mark that what shows is of the past.
    Past = "past",
}

impl Slot {
    /// The slot of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|slot| slot.name() == name)
    }

    /// The contrast that the slot needs against its ground, after WCAG 2.2: 4.5 for text that is
    /// read, 3 for lines and marks (1.4.3 and 1.4.11).
    #[must_use]
    pub fn needed_contrast(self) -> f64 {
        match self {
            Self::Border | Self::BorderFocus => 3.0,
            _ => 4.5,
        }
    }
}
