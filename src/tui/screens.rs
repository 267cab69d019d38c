//! One file per screen and per thing that lies over screens. Each draws its part of the model into
//! the room that it is given, and changes nothing.

pub(crate) mod assets;
pub(crate) mod changes;
pub(crate) mod collectors;
pub(crate) mod comparison;
pub(crate) mod confirm;
pub(crate) mod detail;
pub(crate) mod document;
pub(crate) mod export;
pub(crate) mod frame;
pub(crate) mod groups;
mod heading;
pub(crate) mod help;
pub(crate) mod menu;
pub(crate) mod offer;
pub(crate) mod page;
pub(crate) mod palette;
pub(crate) mod past;
pub(crate) mod relationships;
pub(crate) mod small;
pub(crate) mod start;
mod strays;
pub(crate) mod tree;
pub(crate) mod views;
pub(crate) mod which_key;
