//! What keys do: the files in keymaps/ and the user's own, checked when they are read, so that no
//! two rows fight over a key.
//!
//! Knows keys, contexts and the names of actions; knows nothing of what an action does.

mod action;
mod context;

pub use action::{Action, Group};
pub use context::{Context, Focus, Mode, Screen};
