//! What the filter that shows names and nothing bears: a term that can match nothing, which may be a slip.
//!
//! Knows neither when it is asked for nor how it is drawn.

use cloudscope_application::message::Stray;
use cloudscope_domain::{Moment, Revision};

/// What the filter names and nothing bears.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Strays {
    /// Of what this was asked last; `None` where nothing is asked.
    pub(crate) of: Option<Of>,
    /// What was found, as far as the answer is here.
    pub(crate) found: Vec<Stray>,
}

/// What is asked about.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Of {
    /// The filter.
    pub(crate) filter: String,
    /// The moment; `None` for now.
    pub(crate) at: Option<Moment>,
    /// The revision of what shows: something newer may bear what nothing bore.
    pub(crate) revision: Revision,
}
