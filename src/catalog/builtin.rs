//! The spec files that ship with the program.

/// File name and text of each, in the order they are added.
pub(crate) const FILES: [(&str, &str); 1] = [("host.toml", include_str!("specs/host.toml"))];
