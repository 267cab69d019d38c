//! Turns one row or object of a CSV, JSON or NDJSON file into a sighting: this program's own export
//! is read back, Kubernetes objects and catalog kinds are mapped as such, and everything else by the
//! user's mapping and guesses from the names of columns and fields.
//!
//! The record's id is the row's own id (a cloud id in canonical form), else a hash of the redacted
//! content. A row never proves that the cloud asset it names exists: it `declares` it.

mod guess;
mod kubernetes;
mod own;
mod plain;
mod words;

pub(crate) use plain::cut;
pub(crate) use words::{addresses as addresses_of, tags as tags_of, time as time_of};

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    path::Path,
    sync::Arc,
};

use cloudscope_catalog::MapContext;
use cloudscope_domain::{Asset, Kind, Sighting};
use serde_json::{Map, Value};

use crate::{limits::Limits, options::Mapping, sniff::Format, tools::Tools};

/// Why a row was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// What such refusals have in common.
    pub(crate) class: &'static str,
    pub(crate) message: String,
}

impl Refused {
    pub(crate) fn new(class: &'static str, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }
}

/// Maps the rows of one file; remembers what it saw so that ids stay distinct.
pub(crate) struct RowMapper<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) tools: &'a Tools,
    pub(crate) path: &'a Path,
    /// `csv` or `json`.
    pub(crate) format: &'static str,
    roles: guess::Roles,
    kinds: BTreeSet<Kind>,
    seen: HashMap<u128, u64>,
    none: Arc<[String]>,
}

impl<'a> RowMapper<'a> {
    pub(crate) fn new(path: &'a Path, format: Format, mapping: &'a Mapping, tools: &'a Tools) -> Self {
        Self {
            mapping,
            tools,
            path,
            format: if format == Format::Csv { "csv" } else { "json" },
            roles: guess::Roles::new(mapping),
            kinds: BTreeSet::new(),
            seen: HashMap::new(),
            none: Arc::new([]),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.tools.limits
    }

    /// The sighting of one row that stands on `line`; `None` for a row of our own export whose asset
    /// was gone already.
    ///
    /// # Errors
    /// Why this row cannot be told.
    pub(crate) fn map(
        &mut self,
        mut row: Map<String, Value>,
        line: u64,
    ) -> Result<Option<Sighting>, Refused> {
        if own::is_own(&row) {
            let Some(sighting) = own::read(row, self)? else { return Ok(None) };
            self.claim(&sighting.asset, line)?;
            return Ok(Some(sighting));
        }
        if let Some(kind) = &self.mapping.kind
            && self.tools.catalog.spec(kind).is_some()
        {
            let sighting = self.catalog(kind, row)?;
            self.claim(&sighting.asset, line)?;
            return Ok(Some(sighting));
        }
        if kubernetes::is_object(&row) {
            let sighting = kubernetes::read(row, self)?;
            self.claim(&sighting.asset, line)?;
            return Ok(Some(sighting));
        }
        let values = std::mem::take(&mut row);
        let mut sighting = plain::read(values, self);
        if sighting.asset.key.id.as_str().starts_with(plain::HASHED) {
            // Two equal rows without an id are two things: count them.
            let first = sighting.asset.key.id.as_str().to_owned();
            let mut copy = 1;
            while self.claim(&sighting.asset, line).is_err() {
                copy += 1;
                sighting.asset.key.id = format!("{first}:{copy}").into();
            }
        } else {
            self.claim(&sighting.asset, line)?;
        }
        Ok(Some(sighting))
    }

    fn catalog(&self, kind: &Kind, row: Map<String, Value>) -> Result<Sighting, Refused> {
        let context = MapContext {
            account: self.mapping.account.clone(),
            region: self.mapping.region.clone(),
            ..MapContext::default()
        };
        let mut item = Value::Object(row);
        self.tools.redactor.value(&mut item);
        self.tools
            .catalog
            .map(kind, item, &context, &self.tools.redactor)
            .map_err(|e| Refused::new("the catalog cannot map the item", e.to_string()))
    }

    /// The first row of an id keeps it.
    fn claim(&mut self, asset: &Asset, line: u64) -> Result<(), Refused> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(asset.key.id.as_str().as_bytes());
        hasher.update(&[0xff]);
        hasher.update(asset.key.incarnation.as_str().as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        match self.seen.entry(u128::from_le_bytes(key)) {
            Entry::Vacant(entry) => {
                entry.insert(line);
                Ok(())
            }
            Entry::Occupied(entry) => Err(Refused::new(
                "the id was seen before",
                format!(
                    "the id `{}` was already on line {}; set map.id to a column that tells rows apart, or to nothing for a hash of the row",
                    asset.key.id,
                    entry.get()
                ),
            )),
        }
    }

    /// The kind itself while the file has few of them, else the fallback: a column of free text must
    /// not make up a kind per row.
    fn bounded_kind(&mut self, kind: Kind, fallback: &Kind) -> Kind {
        if self.kinds.contains(&kind) {
            return kind;
        }
        if self.kinds.len() >= self.tools.limits.kinds {
            return fallback.clone();
        }
        self.kinds.insert(kind.clone());
        kind
    }

    fn sighting(&self, asset: Asset) -> Sighting {
        Sighting { asset, references: Vec::new(), volatile: self.none.clone(), sets: self.none.clone() }
    }
}
