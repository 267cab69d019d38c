//! The one integration binary: architecture, tidiness and data files of this repository, and journeys
//! through the real program. One binary links once; a module per subject keeps it readable.

mod architecture;
mod commands;
mod home;
mod journeys;
mod terminal;
mod tidy;
