//! The terminal itself: modes, bytes, keys as they arrive, and giving all of it back.
//!
//! Knows escape sequences and file descriptors; knows nothing of the model or of screens.

pub(crate) mod background;
pub(crate) mod clipboard;
pub(crate) mod escape;
pub(crate) mod guard;
pub(crate) mod hangup;
pub(crate) mod output;
pub(crate) mod surroundings;
