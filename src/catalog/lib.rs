//! Kinds as data: which fields of a provider's JSON are the id, name, region, tags, status and
//! references of an asset, and which are secrets. Pure: specs in, mapping out; no IO.
//!
//! A new kind is a few lines of TOML in `specs/`, or in the user's own files of the same form.

use std::collections::BTreeMap;

use cloudscope_domain::{Kind, Sighting, redact::Redactor};
use serde_json::Value;

/// Every known kind.
#[derive(Debug, Clone, Default)]
pub struct Catalog {}

/// A spec file was refused. The message names file, line and reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct SpecError {
    /// Which file.
    pub file: String,
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// An item could not be mapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// No spec for this kind.
    #[error("no kind `{0}` in the catalog")]
    UnknownKind(Kind),
    /// The item lacks what its id or incarnation is made of.
    #[error("{kind}: the item has no `{path}`, which its id is made of")]
    MissingId {
        /// Of which kind.
        kind: Kind,
        /// Where it was looked for.
        path: String,
    },
    /// The item is not a JSON object.
    #[error("{0}: the item is not an object")]
    NotAnObject(Kind),
}

/// What the collector knows besides the item: `{account}`, `{region}` and whatever else the id
/// templates of its kinds name.
#[derive(Debug, Clone, Default)]
pub struct MapContext {
    /// Account, subscription, project, cluster or machine.
    pub account: String,
    /// Region, where the item does not say.
    pub region: String,
    /// Further template variables, such as `machine` or `partition`.
    pub variables: BTreeMap<String, String>,
}

impl Catalog {
    /// The kinds that ship with the program.
    ///
    /// # Errors
    /// When a built-in spec is wrong, which a test rules out.
    pub fn builtin() -> Result<Self, SpecError> {
        Ok(Self {})
    }

    /// Adds the kinds of one spec file; a kind that is there already is replaced.
    ///
    /// # Errors
    /// With file, line and reason; nothing of the file is taken then.
    pub fn add(&mut self, _file: &str, _text: &str) -> Result<(), SpecError> {
        Ok(())
    }

    /// Maps one item.
    ///
    /// # Errors
    /// When the kind is unknown or the item lacks its id.
    pub fn map(
        &self,
        kind: &Kind,
        _item: Value,
        _context: &MapContext,
        _redactor: &Redactor,
    ) -> Result<Sighting, MapError> {
        Err(MapError::UnknownKind(kind.clone()))
    }
}
