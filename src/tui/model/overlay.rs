//! What can lie over a screen. A stack of these values is all the modes there are: no flags.

use cloudscope_application::message::{Completion, SortKey};
use cloudscope_domain::{AssetId, Timestamp};

use super::{
    assets::Aim, collectors::order::Start, comparison::Comparing, document::Document, line::Line,
    offer::Offer, palette::Palette,
};
use crate::{effect::Effect, keymap::Mode};

/// Something that lies over the screen and has the keys.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Overlay {
    /// The filter is typed.
    Filter(FilterLine),
    /// A command is typed.
    Palette(Palette),
    /// The keys are listed.
    Help(Help),
    /// A document is read.
    Document(Box<Document>),
    /// What to find in the document below is typed.
    Search(Line),
    /// One of a short list is chosen.
    Menu(Menu),
    /// A yes or no is asked for.
    Confirm(Confirm),
    /// What a run would take is shown, and whether to start it is asked.
    Start(Box<Start>),
    /// One of some texts is copied, after it was read.
    Offer(Box<Offer>),
    /// A field of a form is typed.
    Field(Field),
    /// A time to compare with is typed.
    Prompt(Prompt),
    /// What is different between two moments is walked.
    Comparison(Box<Comparing>),
    /// A view is renamed.
    Name(NameLine),
    /// The next key is the letter of a view.
    Letter(Letter),
}

impl Overlay {
    /// What keys mean while it is on top.
    pub(crate) fn mode(&self) -> Mode {
        match self {
            Self::Filter(_) => Mode::Filter,
            Self::Palette(_) => Mode::Command,
            Self::Help(_) => Mode::Help,
            Self::Document(_) => Mode::Doc,
            Self::Menu(_) | Self::Offer(_) | Self::Comparison(_) => Mode::Menu,
            Self::Confirm(_) | Self::Start(_) => Mode::Confirm,
            Self::Search(_) | Self::Field(_) | Self::Prompt(_) | Self::Name(_) | Self::Letter(_) => {
                Mode::Edit
            }
        }
    }

    /// The line that is typed in it.
    pub(crate) fn line(&mut self) -> Option<&mut Line> {
        match self {
            Self::Filter(f) => Some(&mut f.line),
            Self::Palette(p) => Some(&mut p.line),
            Self::Help(h) => Some(&mut h.line),
            Self::Search(line) => Some(line),
            Self::Field(f) => Some(&mut f.line),
            Self::Prompt(p) => Some(&mut p.line),
            Self::Name(n) => Some(&mut n.line),
            Self::Document(_)
            | Self::Menu(_)
            | Self::Confirm(_)
            | Self::Start(_)
            | Self::Offer(_)
            | Self::Comparison(_)
            | Self::Letter(_) => None,
        }
    }
}

/// The filter while it is typed.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct FilterLine {
    /// What is typed.
    pub(crate) line: Line,
    /// The filter before, for `esc`.
    pub(crate) before: String,
    /// Where the cursor was before, for `esc`.
    pub(crate) aim: Aim,
    /// Whether what can follow is proposed.
    pub(crate) completing: Completing,
    /// Proposals; those of before until the next ones are here, so that nothing flickers.
    pub(crate) proposals: Vec<Completion>,
    /// The text that the proposals are for; for another text they only show.
    pub(crate) proposed_for: String,
    /// The proposal that `enter` takes.
    pub(crate) chosen: Option<usize>,
    /// The first of the proposals that are on their way is to be chosen.
    pub(crate) eager: bool,
}

/// Whether what can follow is proposed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Completing {
    /// Not wanted.
    #[default]
    No,
    /// Wanted just now; a single proposal is taken at once.
    Asked,
    /// A key was taken: its values, if there are any.
    Following,
    /// The list is open and follows what is typed.
    Open,
}

/// The list of keys.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Help {
    /// Narrows the list.
    pub(crate) line: Line,
    /// First line that shows.
    pub(crate) top: usize,
}

/// What a menu chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MenuKind {
    /// The columns that the table is ordered by.
    Sort,
    /// The columns that show.
    Columns,
    /// The columns that assets are grouped by.
    Group,
    /// What the tree branches by.
    Tree,
    /// The kind that a word means, of several.
    Kind,
}

/// A short list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Menu {
    /// What is chosen.
    pub(crate) kind: MenuKind,
    /// The names on offer.
    pub(crate) items: Vec<String>,
    /// Those that were picked, the first one first.
    pub(crate) picks: Vec<SortKey>,
    /// Something was picked since the list was opened.
    pub(crate) picked: bool,
    /// The item under the cursor.
    pub(crate) selected: usize,
}

impl Menu {
    /// Picks a name as the last one; one that is picked is turned round, if it has a direction, and then
    /// put back.
    pub(crate) fn pick(&mut self, name: &str, directed: bool) {
        self.picked = true;
        match self.picks.iter().position(|key| key.column == name) {
            None => self.picks.push(SortKey { column: name.to_owned(), descending: false }),
            Some(at) if directed && !self.picks[at].descending => self.picks[at].descending = true,
            Some(at) => {
                self.picks.remove(at);
            }
        }
    }

    /// The place of a name among those picked, from 0, and whether the largest comes first.
    pub(crate) fn place(&self, name: &str) -> Option<(usize, bool)> {
        let at = self.picks.iter().position(|key| key.column == name)?;
        Some((at, self.picks[at].descending))
    }
}

/// A question.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Confirm {
    /// In full: what will be done, to what.
    pub(crate) question: String,
    /// What yes does.
    pub(crate) yes: Vec<Effect>,
    /// What is said when yes was done.
    pub(crate) done: Option<String>,
}

/// A field of a form while it is typed.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Field {
    /// Which field, in the order of the form.
    pub(crate) field: usize,
    /// What it is called.
    pub(crate) title: String,
    /// What is typed.
    pub(crate) line: Line,
}

/// A name while it is typed.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct NameLine {
    /// What is asked for.
    pub(crate) title: String,
    /// What is typed.
    pub(crate) line: Line,
    /// The name that is changed.
    pub(crate) from: String,
}

/// A letter that is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Letter {
    /// It leads somewhere; else it is set.
    pub(crate) jump: bool,
    /// Since when; the letters in use are listed a moment later.
    pub(crate) since: Timestamp,
}

/// A time to compare an asset with, while it is typed.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Prompt {
    /// What is asked for.
    pub(crate) title: String,
    /// What is typed.
    pub(crate) line: Line,
    /// The asset.
    pub(crate) asset: AssetId,
}
