//! What is known of the things that declarations speak of, as it is kept with a snapshot. Knows neither how it
//! was found out nor who asks.

use std::sync::Arc;

use cloudscope_domain::declarable::Declarable;

use crate::RowId;

/// What is known of all things that declarations speak of. Rows are faces, in order.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(crate) managed: Vec<RowId>,
    pub(crate) ghosts: Vec<RowId>,
    /// Nobody knows whether they are.
    pub(crate) maybe_ghosts: Vec<RowId>,
    /// Some record of them is a declaration.
    pub(crate) declared: Vec<RowId>,
    /// A declaration means them, but so that it may mean something else.
    pub(crate) meant: Vec<RowId>,
    pub(crate) clouds: Vec<Cloud>,
    /// A state was not read whole.
    pub(crate) hidden: bool,
}

/// What could be declared of one cloud.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) name: String,
    /// Per symbol of a kind, whether something of it can be declared.
    pub(crate) kinds: Vec<bool>,
    /// Per symbol of an account, whether a declaration is of something there.
    pub(crate) accounts: Vec<bool>,
}

/// The answers that were worked out for a snapshot, and for what they hold.
pub(crate) type Known = (Arc<Declarable>, Arc<Standing>);
