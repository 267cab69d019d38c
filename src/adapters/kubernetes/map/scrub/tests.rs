//! What is taken out.
