//! The terminal front end.
//!
//! Knows the domain and the application's messages; knows no store, no provider and no network.

pub mod data_file;
pub mod keymap;
pub mod theme;
