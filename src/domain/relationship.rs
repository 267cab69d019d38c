//! Typed, directed edges with the evidence for them. A target may not be in the inventory: then the
//! edge dangles, and is shown so; it is never dropped.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{AssetId, Kind, RunId, name::name_type};

name_type! {
    /// A verb phrase in kebab case: `uses`, `child-of`, `listens-on`, `declares`.
    Relation
}

/// What a reference points at, as far as the payload says.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// The canonical id is known.
    Id(AssetId),
    /// Only the provider's short name is known (`subnet-0ab1`); resolved against ids and aliases.
    Named {
        /// The kind it should be, when the catalog knows.
        kind: Option<Kind>,
        /// The short name.
        name: Arc<str>,
    },
    /// Everything in a place whose tags fit, whatever that is at the time; there may be none.
    Selected(Arc<Selection>),
}

/// Assets by their tags: a label selector of Kubernetes, a tag filter of a fleet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Selection {
    /// Of this kind.
    pub kind: Kind,
    /// Their ids begin so.
    pub within: Arc<str>,
    /// All of these hold; none stands for everything there.
    pub wants: Vec<Want>,
    /// Only what lies in one of these places, which have no places of their own: the pods of the namespaces that
    /// bear a label. What lies where is told by ids, see [`Selection::place_of`].
    #[serde(skip)]
    pub places: Option<Arc<Selection>>,
}

/// What is wanted of one tag.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Want {
    /// Which tag.
    pub key: Arc<str>,
    /// What of it.
    pub test: Test,
}

/// What a tag is held against.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Test {
    /// It is there and has one of these values.
    In(Vec<Arc<str>>),
    /// It is not there, or has none of these values.
    NotIn(Vec<Arc<str>>),
    /// It is there.
    Exists,
    /// It is not there.
    Missing,
}

/// Tags as they are asked about: keys and values.
pub type Tags<'a> = [(&'a str, &'a str)];

impl Selection {
    /// The id that the place of something of this id has, where only some places are meant and it lies in one: how
    /// the ids of places begin, and what follows the beginning of this id up to the next `/`.
    #[must_use]
    pub fn place_of(&self, id: &str) -> Option<String> {
        let places = self.places.as_ref()?;
        let (place, _) = id.strip_prefix(&*self.within)?.split_once('/')?;
        Some([&*places.within, place].concat())
    }

    /// What it selects in one place, by the id of the place.
    #[must_use]
    pub fn in_place(&self, place: &str) -> Option<Self> {
        let place = place.strip_prefix(&*self.places.as_ref()?.within)?;
        let within = [&*self.within, place, "/"].concat().into();
        Some(Self { kind: self.kind.clone(), within, wants: self.wants.clone(), places: None })
    }

    /// Whether something with these tags fits. Kind and place are the caller's to compare.
    pub fn fits<'a>(&self, tag: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.wants.iter().all(|want| {
            let found = tag(&want.key);
            match &want.test {
                Test::In(values) => found.is_some_and(|v| values.iter().any(|w| **w == *v)),
                Test::NotIn(values) => found.is_none_or(|v| values.iter().all(|w| **w != *v)),
                Test::Exists => found.is_some(),
                Test::Missing => found.is_none(),
            }
        })
    }
}

/// A target as it is written down: what came later stands at the end, and says what the others cannot.
#[derive(Serialize)]
enum Written<'a> {
    Id(&'a AssetId),
    Named { kind: &'a Option<Kind>, name: &'a Arc<str> },
    Selected(&'a Selection),
    SelectedIn { selection: &'a Selection, places: &'a Selection },
}

/// The same as it is read.
#[derive(Deserialize)]
enum Read {
    Id(AssetId),
    Named { kind: Option<Kind>, name: Arc<str> },
    Selected(Arc<Selection>),
    SelectedIn { selection: Selection, places: Arc<Selection> },
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = match self {
            Self::Id(id) => Written::Id(id),
            Self::Named { kind, name } => Written::Named { kind, name },
            Self::Selected(selection) => match &selection.places {
                None => Written::Selected(selection),
                Some(places) => Written::SelectedIn { selection, places },
            },
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Read::deserialize(deserializer)? {
            Read::Id(id) => Self::Id(id),
            Read::Named { kind, name } => Self::Named { kind, name },
            Read::Selected(selection) => Self::Selected(selection),
            Read::SelectedIn { selection, places } => {
                Self::Selected(Arc::new(Selection { places: Some(places), ..selection }))
            }
        })
    }
}

/// As Kubernetes writes it: `app=web,tier in (a,b),!old`; of places ` in ` before them.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.within)?;
        f.write_str("?")?;
        for (n, Want { key, test }) in self.wants.iter().enumerate() {
            if n > 0 {
                f.write_str(",")?;
            }
            match test {
                Test::In(values) if values.len() == 1 => write!(f, "{key}={}", values[0])?,
                Test::In(values) => write!(f, "{key} in ({})", values.join(","))?,
                Test::NotIn(values) => write!(f, "{key} notin ({})", values.join(","))?,
                Test::Exists => f.write_str(key)?,
                Test::Missing => write!(f, "!{key}")?,
            }
        }
        self.places.as_ref().map_or(Ok(()), |places| write!(f, " in {places}"))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.pad(id.as_str()),
            Self::Named { name, .. } => f.pad(name),
            Self::Selected(selection) => f.pad(&selection.to_string()),
        }
    }
}

/// An edge as the record that bears it knows it: one end is the record's own asset.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// What the edge means.
    pub relation: Relation,
    /// The other end.
    pub target: Target,
    /// The edge runs from the target to the record's asset.
    pub reverse: bool,
    /// 0 to 1.
    pub confidence: f32,
    /// The catalog rule or JSON path that gave it, such as `$.VpcId`.
    pub rule: Arc<str>,
}

/// Why an edge is believed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The catalog rule or JSON path.
    pub rule: Arc<str>,
    /// Which asset's payload said so.
    pub stated_by: AssetId,
    /// The run that last wrote that payload.
    pub run: RunId,
}

/// A resolved edge.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Relationship {
    /// Where it starts.
    pub from: AssetId,
    /// Where it ends; the short name when nothing in the inventory bears it.
    pub to: AssetId,
    /// What it means.
    pub relation: Relation,
    /// 0 to 1.
    pub confidence: f32,
    /// Why it is believed.
    pub evidence: Evidence,
    /// The other end is not in the inventory.
    pub dangling: bool,
}
