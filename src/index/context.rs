//! What a question brings along besides the query: the time, the graph, what was found out of payloads,
//! and perhaps somebody who wants to see how it is answered.

use std::sync::Arc;

use cloudscope_domain::{Timestamp, declarable::Declarable, neighbours::Neighbours};

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
    /// What declarations can stand for; without it, how anything stands to them is undecided.
    pub declarable: Option<&'a Arc<Declarable>>,
    /// Whether to stop; asked within long terms as well.
    pub cancel: &'a dyn Fn() -> bool,
    pub(crate) watch: Option<&'a Watch<'a>>,
}

impl<'a> Context<'a> {
    /// The time and the graph.
    #[must_use]
    pub fn new(now: Timestamp, neighbours: &'a dyn Neighbours, cancel: &'a dyn Fn() -> bool) -> Self {
        Self { now, neighbours: Some(neighbours), told: None, declarable: None, cancel, watch: None }
    }

    /// With what payloads said.
    #[must_use]
    pub fn told(self, told: &'a Told) -> Self {
        Self { told: Some(told), ..self }
    }

    /// With what declarations can stand for, where that is known.
    #[must_use]
    pub fn declarable(self, declarable: Option<&'a Arc<Declarable>>) -> Self {
        Self { declarable, ..self }
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
        Self { now, neighbours: None, told: None, declarable: None, cancel: &|| false, watch: None }
    }
}
