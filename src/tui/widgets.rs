//! Pieces that several screens draw. They get plain values and the look, never the model.

pub(crate) mod list;
pub(crate) mod pen;
pub(crate) mod popup;
pub(crate) mod table;
pub(crate) mod typed;
