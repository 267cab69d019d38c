//! Mapping as a whole.
