//! What a question brings along besides the query: the time, the graph, what was found out of payloads,
//! and perhaps somebody who wants to see how it is answered.

use cloudscope_domain::{Timestamp, neighbours::Neighbours};

use crate::{told::Told, watch::Watch};

/// Everything that an answer depends on beside the query and the snapshot.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Ages are counted from here.
    pub now: Timestamp,
    /// Answers `rel(...)`, which is undecided where nobody does.
    pub neighbours: Option<&'a dyn Neighbours>,
    /// What payloads said; terms on payloads that are not in it are undecided.
    pub told: Option<&'a Told>,
    /// Whether to stop; asked within long terms as well.
    pub cancel: &'a dyn Fn() -> bool,
    pub(crate) watch: Option<&'a Watch<'a>>,
}

impl<'a> Context<'a> {
    /// The time and the graph.
    #[must_use]
    pub fn new(now: Timestamp, neighbours: &'a dyn Neighbours, cancel: &'a dyn Fn() -> bool) -> Self {
        Self { now, neighbours: Some(neighbours), told: None, cancel, watch: None }
    }

    /// With what payloads said.
    #[must_use]
    pub fn told(self, told: &'a Told) -> Self {
        Self { told: Some(told), ..self }
    }

    /// Watched.
    #[must_use]
    pub fn watched(self, watch: &'a Watch<'a>) -> Self {
        Self { watch: Some(watch), ..self }
    }
}

/// Just the time: edges and payloads say nothing.
impl From<Timestamp> for Context<'_> {
    fn from(now: Timestamp) -> Self {
        Self { now, neighbours: None, told: None, cancel: &|| false, watch: None }
    }
}
