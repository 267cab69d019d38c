//! What copies of stores of older formats are called.

/// How its name begins, and ends.
pub(crate) const PREFIX: &str = "store.format-";
pub(crate) const SUFFIX: &str = ".bak";
/// Ends the name of one that is not finished.
pub(crate) const UNFINISHED: &str = ".new";

/// Whether an entry of the data directory is one of these, finished or not.
pub(crate) fn is(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.trim_end_matches(UNFINISHED).ends_with(SUFFIX))
}
