//! What a row is made of before it is appended, and what its texts say of its identity. Plain data.

use std::borrow::Cow;

use cloudscope_domain::Proof;

use crate::symbols::COLS;

/// Ends each value of the searchable text. Not a byte of UTF-8, so no search text reaches across it.
pub(crate) const END: u8 = 0xff;

/// What a row is made of, before it is appended.
#[derive(Debug)]
pub(crate) struct NewRow<'a> {
    pub(crate) hash: u128,
    pub(crate) symbols: [u32; COLS],
    pub(crate) category: u8,
    pub(crate) class: u8,
    pub(crate) scope: u32,
    pub(crate) first_seen: i64,
    pub(crate) changed_at: i64,
    pub(crate) created_at: i64,
    pub(crate) name: Cow<'a, str>,
    pub(crate) id: Cow<'a, str>,
    pub(crate) incarnation: Cow<'a, str>,
    pub(crate) declares: Option<Cow<'a, str>>,
    pub(crate) addresses: Vec<Cow<'a, str>>,
    pub(crate) aliases: Vec<Cow<'a, str>>,
    /// What it says that it is the same as: kinds, empty where any will do, and names by turns.
    pub(crate) same: Vec<Cow<'a, str>>,
    pub(crate) tags: Vec<(u32, &'a str)>,
    /// What stands at the paths that are kept.
    pub(crate) props: Vec<(u32, Cow<'a, str>)>,
    /// Of a tombstone: when it was proved gone, and how.
    pub(crate) gone: Option<(i64, Proof)>,
}

/// Whether an id names one thing wherever it is met. A bare word or number (`7`, `web`) is only known to
/// be unique within the source that gives it, and a hash of a row's content is no identity at all.
pub(crate) fn is_global(id: &str) -> bool {
    id.contains([':', '/']) && !id.starts_with("row:")
}

/// A name that a record says its thing is known by elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim<'a> {
    /// The kind that the bearer must have; empty where any will do.
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
}
