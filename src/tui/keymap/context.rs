//! Where a key is pressed, as far as keymaps can tell places apart. Small and closed, so that two
//! rows can be compared in every context there is, and a clash is found when the file is read.

/// The screen that shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Screen {
    #[default]
    Assets,
    Tree,
    Relationships,
    Collectors,
    Changes,
    Export,
    Pulse,
    Views,
    Groups,
}

/// What keys mean in general.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Mode {
    /// Keys are actions.
    #[default]
    Normal,
    /// A filter is typed.
    Filter,
    /// A command is typed.
    Command,
    /// A range of rows is marked.
    Visual,
    /// A document is read: describe, YAML, JSON, problems.
    Doc,
    /// A yes or a no is asked for.
    Confirm,
    /// One of a short list is chosen.
    Menu,
    /// The help is read; typing narrows it.
    Help,
    /// A field of a form, or a search in a document, is typed.
    Edit,
}

/// Which pane has the keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Focus {
    /// The main pane.
    #[default]
    Main,
    /// The detail beside it.
    Detail,
}

/// Where a key is pressed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Context {
    /// The screen that shows.
    pub screen: Screen,
    /// What keys mean in general.
    pub mode: Mode,
    /// Which pane has the keys.
    pub focus: Focus,
    /// A collection or an export is under way.
    pub running: bool,
    /// Some rows are marked.
    pub marks: bool,
}

impl Screen {
    /// Every screen, in the order of its digit; those without one last.
    pub const ALL: [Self; 9] = [
        Self::Assets,
        Self::Tree,
        Self::Relationships,
        Self::Collectors,
        Self::Changes,
        Self::Export,
        Self::Pulse,
        Self::Views,
        Self::Groups,
    ];

    /// Its name in `when`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Tree => "tree",
            Self::Relationships => "relationships",
            Self::Collectors => "collectors",
            Self::Changes => "changes",
            Self::Export => "export",
            Self::Pulse => "pulse",
            Self::Views => "views",
            Self::Groups => "groups",
        }
    }
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 9] = [
        Self::Normal,
        Self::Filter,
        Self::Command,
        Self::Visual,
        Self::Doc,
        Self::Confirm,
        Self::Menu,
        Self::Help,
        Self::Edit,
    ];

    /// Its name in `when`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Filter => "filter",
            Self::Command => "command",
            Self::Visual => "visual",
            Self::Doc => "doc",
            Self::Confirm => "confirm",
            Self::Menu => "menu",
            Self::Help => "help",
            Self::Edit => "edit",
        }
    }

    /// Whether printable keys are text here, and therefore never actions.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Filter | Self::Command | Self::Help | Self::Edit)
    }
}

impl Context {
    /// How many contexts there are.
    pub(crate) const COUNT: usize = Screen::ALL.len() * Mode::ALL.len() * 8;

    /// Its number, below [`Self::COUNT`].
    pub(crate) fn index(self) -> usize {
        let mut index = self.screen as usize;
        index = index * Mode::ALL.len() + self.mode as usize;
        index = index * 2 + self.focus as usize;
        index = index * 2 + usize::from(self.running);
        index * 2 + usize::from(self.marks)
    }

    /// Every context, in the order of its number.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Screen::ALL.into_iter().flat_map(|screen| {
            Mode::ALL.into_iter().flat_map(move |mode| {
                (0..8).map(move |rest| Self {
                    screen,
                    mode,
                    focus: if rest & 4 == 0 { Focus::Main } else { Focus::Detail },
                    running: rest & 2 != 0,
                    marks: rest & 1 != 0,
                })
            })
        })
    }
}
