//! How a query asks the graph for edges without knowing the graph.

use crate::{AssetId, Kind, Relation, ScopeKey};

/// Which way to look from an asset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Edges that end here.
    In,
    /// Edges that start here.
    Out,
    /// Both.
    Both,
}

impl Direction {
    /// As the asset at the other end of an edge sees it.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::In => Self::Out,
            Self::Out => Self::In,
            Self::Both => Self::Both,
        }
    }
}

/// A scope that was not read whole: what it holds may have edges that nobody knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which one.
    pub scope: ScopeKey,
    /// The kinds that it may hold; empty when that is not known either.
    pub kinds: Vec<Kind>,
}

/// What is known of the other end of an edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End<'a> {
    /// The inventory has it.
    pub known: bool,
    /// It is one of those of this kind that a selection means, or stands for them where there are none:
    /// there may be more than were read.
    pub selected: Option<&'a Kind>,
}

impl End<'_> {
    /// The one end of an edge that has no other.
    #[must_use]
    pub fn of(known: bool) -> Self {
        Self { known, selected: None }
    }

    /// Whether the edge may lead to something that was not read, when things of some kinds were not: those
    /// that `unread` says.
    #[must_use]
    pub fn may_hide(self, unread: impl FnOnce(Option<&Kind>) -> bool) -> bool {
        (!self.known || self.selected.is_some()) && unread(self.selected)
    }
}

/// Answers `rel(...)` terms.
pub trait Neighbours {
    /// Calls `visit` with the relation and other end of each edge of `id`, and what is known of that end,
    /// until it returns `false`.
    fn each(
        &self,
        id: &AssetId,
        direction: Direction,
        visit: &mut dyn FnMut(&Relation, &AssetId, End<'_>) -> bool,
    );

    /// The scopes that were not read whole.
    fn unread(&self) -> &[Unread] {
        &[]
    }

    /// Whether the payload of something of kind `from` may name something of kind `to`, so that an edge
    /// of this relation is missed while nobody reads it. `true` where that is not known.
    fn may_refer(&self, _from: &Kind, _relation: &dyn Fn(&Relation) -> bool, _to: &Kind) -> bool {
        true
    }
}
