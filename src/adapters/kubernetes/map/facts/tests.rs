//! Facts, kind by kind.
