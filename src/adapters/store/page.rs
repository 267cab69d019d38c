//! How scopes stand, 32 to a value: a run over tens of thousands of scopes rewrites thousands of values,
//! not tens of thousands, and what the states of neighbours share is compressed away.
//!
//! Each state names the commit that wrote it, and the commit's own history holds the state before it with
//! the commit that wrote that one: so the attempts at a scope are a list that is followed backwards.

use cloudscope_domain::{Revision, ScopeState};
use serde::{Deserialize, Serialize};

/// Scopes of one page. The commit of one scope rewrites a page, a run over all of them each page about
/// once a commit.
const SCOPES: u32 = 32;

/// Prior states that are kept in one value.
pub(crate) const STATES_PER_CHUNK: usize = 512;

/// How one scope stands, or stood.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// The scope's number.
    pub number: u32,
    /// The first commit that ever wrote a state of it; 0 when none did.
    pub born: Revision,
    /// The commit that wrote this; 0 when none did.
    pub written: Revision,
    /// `None` before the first state, and after the scope was dropped.
    pub state: Option<ScopeState>,
}

impl Standing {
    /// A scope of which nothing was ever said.
    pub(crate) fn none(number: u32) -> Self {
        Self { number, born: Revision(0), written: Revision(0), state: None }
    }
}

/// The standings of neighbouring scopes, in the order of their numbers.
pub(crate) type Page = Vec<Standing>;

/// The page of a scope.
pub(crate) fn page_of(number: u32) -> u32 {
    number / SCOPES
}

/// The scopes of a page.
pub(crate) fn scopes_of(page: u32) -> std::ops::RangeInclusive<u32> {
    let first = page.saturating_mul(SCOPES);
    first..=first.saturating_add(SCOPES - 1)
}

/// Puts a standing in its place; returns what was there.
pub(crate) fn put(page: &mut Page, standing: Standing) -> Standing {
    match page.binary_search_by_key(&standing.number, |s| s.number) {
        Ok(at) => std::mem::replace(&mut page[at], standing),
        Err(at) => {
            let none = Standing::none(standing.number);
            page.insert(at, standing);
            none
        }
    }
}

/// The standing of a scope.
pub(crate) fn find(page: &[Standing], number: u32) -> Option<&Standing> {
    page.binary_search_by_key(&number, |s| s.number).ok().map(|at| &page[at])
}
