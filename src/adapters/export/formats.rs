//! One file per format; each turns rows into bytes and leaves files and streams to `destination`.

pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod table;

#[cfg(test)]
pub(crate) mod tests;
