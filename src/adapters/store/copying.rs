//! A copy of the store that is under way: what it is and how far. How it goes on is in `compact`.

use std::collections::BTreeSet;

use cloudscope_ports::CompactReport;

use crate::{envelope::Sum, generation::Generation};

/// What is in a set of values.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Sums {
    pub values: u64,
    pub bytes: u64,
    /// Over what the account of the store vouches for.
    pub account: Sum,
    /// Over what the steps of the history vouch for, and the rest.
    pub rest: Sum,
}

/// How far it is.
pub(crate) enum Stage {
    /// The name to go on with.
    Copying(Vec<u8>),
    Verifying {
        next: Vec<u8>,
        found: Sums,
    },
    Verified,
}

/// A copy under way.
pub(crate) struct Copy {
    pub(crate) generation: Generation,
    /// `None` only while it is opened anew.
    pub(crate) db: Option<sled::Db>,
    pub(crate) stage: Stage,
    /// What was written to it.
    pub(crate) sums: Sums,
    pub(crate) report: CompactReport,
}

/// What is under way.
pub(crate) type Compaction = Option<Copy>;

/// The names that a copy under way has to look at again; `None` when there is no such copy.
pub(crate) type Touched = Option<BTreeSet<Vec<u8>>>;
