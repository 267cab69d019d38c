//! Screen 4: the run as it goes, and every scope and how it stands.

pub(crate) mod calls;
pub(crate) mod drill;
pub(crate) mod grants;
pub(crate) mod health;
pub(crate) mod live;
pub(crate) mod log;
pub(crate) mod order;
pub(crate) mod report;
pub(crate) mod run;
#[cfg(test)]
mod tests;

use cloudscope_domain::Timestamp;

use drill::Drill;
use health::Health;
use order::Order;
use run::RunView;

/// Screen 4.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Collectors {
    /// The pane that has the keys; on a narrow screen the one that shows.
    pub(crate) pane: Pane,
    /// The run as it goes.
    pub(crate) run: RunView,
    /// How every scope stands.
    pub(crate) health: Health,
    /// Something newer was published since the question about health that is under way.
    pub(crate) again: bool,
    /// Health was asked for last then.
    pub(crate) asked: Option<Timestamp>,
    /// A run that waits for its estimate.
    pub(crate) order: Option<Order>,
    /// Sources that a run which begins now leaves out, with the reason.
    pub(crate) not_planned: Option<String>,
    /// What the document about a scope is made of.
    pub(crate) drill: Option<Drill>,
}

/// A pane of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Pane {
    /// The run as it goes.
    Run,
    /// How every scope stands.
    #[default]
    Health,
}

impl Pane {
    /// The one beside it.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Run => Self::Health,
            Self::Health => Self::Run,
        }
    }
}
