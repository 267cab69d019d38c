//! What can lie over a screen. A stack of these values is all the modes there are: no flags.

use cloudscope_application::message::Completion;
use cloudscope_domain::AssetId;

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
            Self::Search(_) | Self::Field(_) | Self::Prompt(_) => Mode::Edit,
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
            Self::Document(_)
            | Self::Menu(_)
            | Self::Confirm(_)
            | Self::Start(_)
            | Self::Offer(_)
            | Self::Comparison(_) => None,
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
    /// Proposals; empty while none were asked for.
    pub(crate) proposals: Vec<Completion>,
    /// The proposal that `enter` takes.
    pub(crate) chosen: Option<usize>,
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
    /// The column that the table is ordered by.
    Sort,
    /// The columns that show.
    Columns,
}

/// A short list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Menu {
    /// What is chosen.
    pub(crate) kind: MenuKind,
    /// The item under the cursor.
    pub(crate) selected: usize,
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
