//! Keys and events in, screens and effects out: no terminal, no clock, no waiting.

mod assets;
mod changes;
mod collectors;
mod export;
mod filtering;
mod harness;
mod live;
mod overlays;
mod past;
mod relationships;
mod screenshots;
mod sizes;
mod svg;
