//! How much an answer may hold, and what can be wrong with one.

use std::cell::Cell;

/// What is done with fields that the model does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// They are put under their name on the wire: newer than the models, but the provider's own words.
    Keep,
    /// They are left out, as botocore does.
    Drop,
}

/// Limits of what is decoded.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How deep values may be nested.
    pub depth: usize,
    /// How long a body may be, in bytes.
    pub bytes: usize,
    /// How many values and XML elements it may hold.
    pub items: usize,
    /// What is done with fields that the model does not have.
    pub unknown: Unknown,
}

impl Default for Bounds {
    /// Twice what AWS's largest pages were seen to need, and more.
    fn default() -> Self {
        Self { depth: 64, bytes: 64 << 20, items: 8_000_000, unknown: Unknown::Keep }
    }
}

/// Why an answer with a good status could not be read. None of these is an empty answer. Asking again can
/// help with [`DecodeError::Truncated`], [`DecodeError::Empty`], [`DecodeError::Html`] and
/// [`DecodeError::Refused`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It stops in the middle.
    #[error("the answer is cut off after {0} bytes")]
    Truncated(usize),
    /// There is no body, and one belongs there.
    #[error("the answer has no body")]
    Empty,
    /// A web page: a proxy, a portal.
    #[error("the answer is a web page, not the service's; look for a proxy or a wrong endpoint")]
    Html,
    /// An error under a status that says success.
    #[error("the answer is an error in spite of its status: {0}")]
    Refused(String),
    /// Neither XML nor JSON, or not in the protocol's form.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// A value that is not of its shape.
    #[error("the answer has {found} where {expected} belongs")]
    Shape {
        /// What the model says.
        expected: &'static str,
        /// What was there.
        found: String,
    },
    /// Larger than the bounds.
    #[error("the answer is larger than allowed: more than {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much was allowed.
        limit: usize,
    },
}

/// Counts what is read against the bounds.
pub(super) struct Budget {
    bounds: Bounds,
    left: Cell<usize>,
}

impl Budget {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, left: Cell::new(bounds.items) }
    }

    pub(super) fn keeps_unknown(&self) -> bool {
        self.bounds.unknown == Unknown::Keep
    }

    /// One more value, that deep.
    pub(super) fn take(&self, depth: usize) -> Result<(), DecodeError> {
        if depth > self.bounds.depth {
            return Err(DecodeError::TooLarge { what: "levels", limit: self.bounds.depth });
        }
        let left = self.left.get();
        if left == 0 {
            return Err(DecodeError::TooLarge { what: "values", limit: self.bounds.items });
        }
        self.left.set(left - 1);
        Ok(())
    }
}

/// Cuts a text that goes into a message.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
