//! One kind as data: the parsed form of a `[[kind]]` table.
//!
//! Holds what was written, checked; the engine reads it, the parser makes it.

use std::sync::Arc;

use cloudscope_domain::{Category, Kind, Relation, StatusClass, asset::Provider};

use crate::{
    list::{ListSpec, When},
    path::Path,
    template::Template,
};

/// Which fields of an item are what.
///
/// The alternatives of a field are tried in order; the first that gives a text wins.
#[derive(Clone, Debug, PartialEq)]
pub struct KindSpec {
    /// Dotted kind; of a row for many kinds (`k8s.*`) what they begin with.
    pub kind: Kind,
    /// The row stands for every kind below `kind` that has no row of its own.
    pub every: bool,
    /// What people call the kind besides its own name, the usual one first: `pods`, `po`.
    pub names: Vec<String>,
    /// What it is for.
    pub category: Category,
    /// Which provider speaks.
    pub provider: Provider,
    /// What people call the kind, such as `EC2 instance`.
    pub title: Arc<str>,
    /// The canonical id; one text, never several.
    pub id: Template,
    /// The id is that of an access key, which looks like a secret and is none.
    pub identifier: bool,
    /// The uid or creation time where ids are reused; empty where they are not.
    pub incarnation: Vec<Template>,
    /// What people call the asset.
    pub name: Vec<Template>,
    /// Account; the context's where nothing is found.
    pub account: Vec<Template>,
    /// Region; the context's where nothing is found.
    pub region: Vec<Template>,
    /// Zone; the context's variable `zone` where nothing is found.
    pub zone: Vec<Template>,
    /// How it is.
    pub status: Option<StatusSpec>,
    /// Where tags are; of a tag that stands in several places the first is taken.
    pub tags: Vec<TagSpec>,
    /// When it was created.
    pub created: Vec<Template>,
    /// Addresses and host names: every text of every template.
    pub addresses: Vec<Template>,
    /// Short names by which others refer to it: every text of every template.
    pub aliases: Vec<Template>,
    /// The asset that it declares.
    pub declares: Vec<Template>,
    /// Its edges.
    pub references: Vec<ReferenceSpec>,
    /// Fields whose changes are noise.
    pub volatile: Paths,
    /// Arrays whose order means nothing.
    pub sets: Paths,
    /// What is not kept at all.
    pub drop: Vec<Path>,
    /// Secrets.
    pub redact: Vec<RedactSpec>,
    /// The columns that a list of this kind starts with.
    pub columns: Vec<String>,
    /// How a collector lists them; `None` where it knows by itself.
    pub list: Option<Arc<ListSpec>>,
}

/// Where the status is, and what its words mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSpec {
    /// Where the collector gets the status by itself: how, in words. What follows is for whoever gives none.
    pub given: Option<Arc<str>>,
    /// Where the word is.
    pub path: Vec<Template>,
    /// Lower-case word to meaning.
    pub words: Vec<(String, StatusClass)>,
    /// What every other word means.
    pub default: StatusClass,
    /// Words like `2/3` are read as "so many of so many work": all is ok, some a warning, none an
    /// error, and none wanted is stopped.
    pub counts: bool,
}

/// Where tags are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSpec {
    /// The map or list.
    pub path: Path,
    /// How they are written.
    pub shape: TagShape,
    /// Stands before each key, to keep two sets of tags apart.
    pub prefix: String,
}

/// How tags are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagShape {
    /// Whichever of the others fits; lists have `Key`/`Value` in any of their usual spellings.
    Auto,
    /// `{"env": "prod"}`.
    Map,
    /// `[{"Key": "env", "Value": "prod"}]`, under these names.
    List {
        /// The field with the key.
        key: String,
        /// The field with the value.
        value: String,
    },
    /// `["env=prod", "public"]`.
    Pairs,
}

/// An edge.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceSpec {
    /// What leads to the other end; `None` when the target needs no match.
    pub path: Option<Path>,
    /// What the edge means.
    pub relation: Relation,
    /// Only where all of these hold.
    pub when: Vec<When>,
    /// The other end.
    pub target: TargetSpec,
    /// The edge runs from the target to this asset.
    pub reverse: bool,
    /// 0 to 1.
    pub confidence: f32,
    /// What is kept as evidence: the path, or the template where there is none.
    pub rule: Arc<str>,
}

/// How the other end of an edge is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetSpec {
    /// Its canonical id.
    Id(Template),
    /// A short name that is looked up among ids and aliases.
    Named {
        /// Of this kind, where it is known.
        kind: Option<Kind>,
        /// The short name.
        name: Template,
    },
    /// Everything in a place whose tags fit what the path leads to: a map of tags and values, or a label
    /// selector with `matchLabels` and `matchExpressions`.
    Selected {
        /// Of this kind.
        kind: Kind,
        /// Their ids begin so.
        within: Template,
        /// An empty selector means everything there; else nothing.
        empty_is_all: bool,
        /// Where, in what the path leads to, the selector is. Where it is not, everything there is meant.
        by: Option<Path>,
        /// Only what lies in these places.
        places: Option<PlacesSpec>,
    },
}

/// The places in which something is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacesSpec {
    /// Of this kind.
    pub kind: Kind,
    /// Their ids begin so, and end with the part that the ids of what lies there go on with.
    pub within: Template,
    /// Where, in what the path leads to, the selector of places is. Where it is not, nothing is meant.
    pub by: Path,
}

/// A place that holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactSpec {
    /// Where.
    pub path: Path,
    /// A word that says what was there; it stands in the mark.
    pub why: String,
}

/// Paths that travel with each sighting as RFC 6901 pointers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Paths {
    /// As written.
    pub paths: Vec<Path>,
    /// The pointers, when no path has a wildcard; shared by all sightings.
    fixed: Option<Arc<[String]>>,
}

/// Volatile fields and sets of one item are no more than this.
const MAX_POINTERS: usize = 4096;

impl Paths {
    /// Prepares some paths.
    #[must_use]
    pub fn new(paths: Vec<Path>) -> Self {
        let fixed = paths.iter().map(Path::pointer).collect::<Option<Vec<_>>>().map(Into::into);
        Self { paths, fixed }
    }

    /// The pointers for one item; wildcards are those of its matches.
    #[must_use]
    pub fn pointers(&self, item: &serde_json::Value) -> Arc<[String]> {
        if let Some(fixed) = &self.fixed {
            return fixed.clone();
        }
        let mut out = Vec::new();
        for path in &self.paths {
            match path.pointer() {
                Some(pointer) => out.push(pointer),
                None => out.extend(path.pointers(item, MAX_POINTERS - out.len().min(MAX_POINTERS))),
            }
        }
        out.into()
    }
}
