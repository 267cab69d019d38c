//! Everything that can happen to the front end, as one closed enum.
//!
//! Plain data: knows nothing of where an event comes from or of what it changes.

use cloudscope_application::{
    Event as SessionEvent, Reply, SessionError, export::ExportProgress, views::SavedViews,
};
use cloudscope_domain::Timestamp;
use crossterm::event::{KeyEvent, MouseEvent};

use crate::{effect::Tag, order::Order};

/// Something happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A whole key, escape sequences already put together.
    Key(KeyEvent),
    /// The mouse, while it is switched on.
    Mouse(MouseEvent),
    /// Text pasted in brackets.
    Paste(String),
    /// The terminal said what its ground is: dark or not.
    Background(bool),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The time; sent before every batch of other events, and when the model asks for it.
    Tick(Timestamp),
    /// The engine says something unasked.
    Session(SessionEvent),
    /// An answer to an `Effect::Ask`.
    Answer {
        /// What was asked, in general.
        tag: Tag,
        /// Which asking of it.
        generation: u64,
        /// The answer.
        result: Result<Reply, SessionError>,
    },
    /// The export that runs, or just ended, stands so.
    Export(ExportProgress),
    /// The saved views were read or changed, or could not be.
    Views {
        /// What was to be done.
        order: Order,
        /// The whole list.
        result: Result<SavedViews, String>,
    },
    /// The system wants something.
    Signal(Signal),
    /// The process was stopped and goes on; the screen may hold anything.
    Resumed,
}

/// What the system wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Signal {
    /// SIGTERM or SIGINT: end.
    Terminate,
    /// SIGHUP, or the terminal is no longer there: end, without a word to it.
    HangUp,
    /// SIGTSTP: to the shell.
    Suspend,
}
