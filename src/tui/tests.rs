//! Keys and events in, screens and effects out: no terminal, no clock, no waiting.

mod assets;
mod bytes;
mod changes;
mod collectors;
mod export;
mod filtering;
mod groups;
mod harness;
mod kinds;
mod live;
mod overlays;
mod owner;
mod page;
mod past;
mod places;
mod relationships;
mod screenshots;
mod sizes;
mod strays;
mod svg;
mod tree;
mod views;
mod waiting;
