//! What the program looks like: semantic slots, filled by the files in themes/ and by the user's own.
//!
//! Knows colours and terminals' colour depths; knows no screen, and opens no file: built-in themes
//! are compiled in, the user's come as text.

mod slot;

pub use slot::Slot;
