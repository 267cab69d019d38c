//! Everything that an update may want done to the world, as plain data that the runtime carries out.
//!
//! Knows nothing of how: no terminal, no task, no session here.

use std::path::PathBuf;

use cloudscope_application::{Command, export::ExportWhat, message::CursorId};
use cloudscope_domain::Moment;

use crate::{order::Order, page::Page};

/// What was asked, in general: of each at most one is under way and one waits, the newest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Tag {
    /// Row 1 of every screen.
    Overview,
    /// A cursor for the Assets table.
    Open,
    /// Where the selected asset stands in the new cursor.
    Find,
    /// Rows of the Assets table.
    Window,
    /// Rows to mark as a range.
    Range,
    /// The assets, counted by the values of columns.
    Groups,
    /// Children of a node of the tree.
    Tree,
    /// The asset whose place in the tree is looked for.
    TreeSeek,
    /// What people call the kinds.
    Words,
    /// Whether a word is the name of a namespace.
    Namespace,
    /// The selected asset, whole.
    Detail,
    /// The asset that a document is about.
    Document,
    /// Proposals for the filter.
    Complete,
    /// What the filter names and nothing bears.
    Strays,
    /// Kinds that the palette proposes.
    Kinds,
    /// Start a collection.
    Collect,
    /// Stop the collection.
    Cancel,
    /// The edges around the focus of the Relationships screen.
    Relations,
    /// The scopes of the Collectors screen.
    Health,
    /// Past attempts at a scope.
    Attempts,
    /// The calls of a scope.
    ScopeCalls,
    /// The call ledger, in either form.
    Calls,
    /// The log.
    Log,
    /// How the hooks fare.
    Hooks,
    /// The policies that would fix the denials.
    Policy,
    /// The commands that renew credentials.
    Login,
    /// What a run would take.
    Estimate,
    /// How many rows an export would write.
    ExportSize,
    /// The revision of a moment.
    Resolve,
    /// The runs that time is stepped by.
    Runs,
    /// Changes of the Changes screen.
    Changes,
    /// How many changes are newer than those that show.
    Newer,
    /// What is different between two assets, or two moments.
    Compare,
    /// A pin, set or taken off.
    Pin,
}

impl Tag {
    /// Whether somebody who pressed a key looks for the answer; what is asked again by itself all the time, and
    /// what only stands beside the rows, may come a moment later.
    pub(crate) fn is_looked_for(self) -> bool {
        !matches!(
            self,
            Self::Overview
                | Self::Detail
                | Self::Health
                | Self::Newer
                | Self::Log
                | Self::Calls
                | Self::Hooks
                | Self::Words
                | Self::Strays
        )
    }
}

/// Something for the runtime to do.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Effect {
    /// Ask the session; the answer comes back as an event with the same tag and generation.
    Ask {
        /// What is asked, in general.
        tag: Tag,
        /// Which asking of it; an answer to an older one is stale.
        generation: u64,
        /// What is asked.
        command: Command,
    },
    /// Nobody waits for the answer to this any more: the work is stopped, if it is under way.
    Drop(Tag),
    /// Tell the session; nobody waits for the answer.
    Tell(Command),
    /// Do something to the saved views; the list comes back as an event.
    Views(Order),
    /// Keep what shows for the next start.
    KeepPage(Box<Page>),
    /// Start an export.
    StartExport(ExportOrder),
    /// Stop the export that runs.
    CancelExport,
    /// Put text on the clipboard of the terminal.
    Copy(String),
    /// Mouse reports on or off.
    SetMouse(bool),
    /// To the shell, until it continues this process.
    Suspend,
    /// Draw everything anew: the screen may hold anything.
    Repaint,
    /// End.
    Quit(ExitReason),
}

impl Effect {
    /// Nobody asks for this cursor any more.
    pub(crate) fn close(cursor: CursorId) -> Self {
        Self::Tell(Command::Close { cursor })
    }
}

/// An export as the front end orders it: always into a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ExportOrder {
    /// Format name.
    pub(crate) format: String,
    /// Columns; empty for the format's own.
    pub(crate) columns: Vec<String>,
    /// Which rows.
    pub(crate) what: ExportWhat,
    /// Where to.
    pub(crate) path: PathBuf,
    /// An existing file may be replaced.
    pub(crate) replace: bool,
    /// Leave cells as they are even where a spreadsheet would run them.
    pub(crate) raw: bool,
    /// As of then, instead of now.
    pub(crate) at: Option<Moment>,
}

/// Why the front end ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitReason {
    /// The user wanted it.
    Quit,
    /// SIGTERM or SIGINT.
    Terminated,
    /// The terminal went away.
    HungUp,
    /// The process that owns the store went away.
    OwnerGone,
}
