//! Keys and events in, screens and effects out: no terminal, no clock, no waiting.

mod assets;
mod collectors;
mod export;
mod filtering;
mod harness;
mod live;
mod overlays;
mod relationships;
mod screenshots;
mod sizes;
mod svg;
