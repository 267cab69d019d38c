//! The terminal front end: events in, a model, a picture and effects out.
//!
//! Knows the domain and the application's messages; knows no store, no provider and no network.
//! `update` and `view` are pure: only `runtime` and `terminal` touch the world.

pub mod data_file;
mod effect;
mod event;
mod glyphs;
pub mod keymap;
mod model;
mod order;
mod page;
mod runtime;
mod screens;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
pub mod theme;
mod ui;
mod update;
mod view;
mod widgets;

pub use effect::ExitReason;
pub use runtime::{FrontEnd, SCREENS, Settings, TuiError, run, snapshot};
