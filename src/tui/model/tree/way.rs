//! What a tree branches by, level by level, and the filters that its nodes stand for.

use std::sync::Arc;

use cloudscope_domain::{
    AssetId, AssetRow, Kind,
    query::{complete::quoted, fold, of_group},
};

use super::node::Step;
use crate::model::sorting;

/// The provider whose assets lie in clusters, namespaces and workloads.
const KUBERNETES: &str = "k8s";
/// Where payloads of that provider have the namespace.
const NAMESPACE: &str = "prop.metadata.namespace";

/// What a tree branches by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Way {
    /// Provider, account, region, kind; for Kubernetes cluster, namespace, workload.
    #[default]
    Place,
    /// Only Kubernetes: cluster, namespace, workload.
    Workloads,
    /// Account, then who owns whom.
    Owners,
    /// These columns.
    Columns(Vec<String>),
}

/// What the children of a node are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Level {
    /// Values of a column.
    Column(String),
    /// Those that nothing owns, in the place of the node.
    Tops,
    /// Those of one kind that nothing owns.
    TopsOf(Kind),
    /// What an asset owns.
    Below(AssetId),
    /// Of that, those of a kind that stand together.
    RestOf(AssetId, Kind),
    /// Assets.
    Leaves,
}

impl Way {
    /// The ways that have a name, with what each is in words.
    pub(crate) const NAMED: [(&'static str, &'static str); 3] = [
        ("place", "provider, account, region, kind"),
        ("workloads", "cluster, namespace, workload"),
        ("owners", "account, who owns whom"),
    ];

    /// Reads `place`, `workloads`, `by account,kind`, `by tag.env`.
    ///
    /// # Errors
    /// What is wrong, in words for the user.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text {
            "place" => return Ok(Self::Place),
            "workloads" | "k8s" => return Ok(Self::Workloads),
            "owners" => return Ok(Self::Owners),
            _ => {}
        }
        let named: Vec<&str> = Self::NAMED.iter().map(|(name, _)| *name).collect();
        let columns = text.strip_prefix("by ").map(str::trim).filter(|columns| !columns.is_empty());
        let Some(columns) = columns else {
            return Err(format!("write `tree {}` or `tree by COLUMN,...`", named.join("`, `tree ")));
        };
        sorting::parse_groups(columns).map(Self::Columns)
    }

    /// What it branches by, in words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Place => "provider, account, region, kind".to_owned(),
            Self::Workloads => "cluster, namespace, workload".to_owned(),
            Self::Owners => "account, who owns whom".to_owned(),
            Self::Columns(columns) => columns.join(", "),
        }
    }

    /// The columns of the values on the way to a node, and what comes after them.
    fn levels(&self, path: &[Step]) -> (Vec<String>, bool) {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let kubernetes = || matches!(path.first(), Some(Step::Value(Some(v))) if &**v == KUBERNETES);
        match self {
            Self::Place if kubernetes() => (columns(&["provider", "account", NAMESPACE]), true),
            Self::Place => (columns(&["provider", "account", "region", "kind"]), false),
            Self::Workloads => (columns(&["account", NAMESPACE]), true),
            Self::Owners => (columns(&["account"]), true),
            Self::Columns(names) => (names.clone(), false),
        }
    }

    /// What the children of the node at the end of a way are.
    pub(crate) fn level(&self, path: &[Step]) -> Level {
        let (columns, owners) = self.levels(path);
        if let Some(column) = columns.get(path.len()) {
            return Level::Column(column.clone());
        }
        match path {
            [.., Step::Asset(key)] => Level::Below(key.id.clone()),
            [.., Step::Asset(key), Step::Kind(kind)] => {
                kind.parse().map_or(Level::Leaves, |kind| Level::RestOf(key.id.clone(), kind))
            }
            [.., Step::Kind(kind)] => kind.parse().map_or(Level::Leaves, Level::TopsOf),
            _ if owners => Level::Tops,
            _ => Level::Leaves,
        }
    }

    /// The column that the values at a depth are of.
    pub(crate) fn column(&self, path: &[Step]) -> Option<String> {
        let (columns, _) = self.levels(path);
        columns.into_iter().nth(path.len().checked_sub(1)?)
    }

    /// Whether a node is of the level of the namespaces.
    pub(crate) fn is_namespace(&self, path: &[Step]) -> bool {
        self.column(path).as_deref() == Some(NAMESPACE)
    }

    /// Whether assets of several kinds may be below a node.
    pub(crate) fn mixes_kinds(&self, path: &[Step]) -> bool {
        match self.level(path) {
            Level::Tops | Level::Below(_) => true,
            Level::TopsOf(_) | Level::RestOf(..) | Level::Column(_) => false,
            Level::Leaves => !self.levels(path).0.iter().any(|column| column == "kind"),
        }
    }

    /// The filter that leaves what is below a node, of what `filter` leaves.
    ///
    /// # Errors
    /// What the filter language has no way to ask, in words for the user.
    pub(crate) fn filter(&self, filter: &str, path: &[Step]) -> Result<String, String> {
        let (columns, _) = self.levels(path);
        let mut by = Vec::new();
        let mut values = Vec::new();
        if *self == Self::Workloads {
            by.push("provider".to_owned());
            values.push(Some(Arc::from(KUBERNETES)));
        }
        for (at, step) in path.iter().enumerate() {
            match step {
                Step::Value(value) => {
                    by.extend(columns.get(at).cloned());
                    values.push(value.clone());
                }
                Step::Kind(kind) => {
                    by.push("kind".to_owned());
                    values.push(Some(Arc::clone(kind)));
                }
                Step::Asset(_) | Step::More => {}
            }
        }
        let filter = of_group(filter, &by, &values)?;
        Ok(match self.level(path) {
            // The others of their kind own something.
            Level::RestOf(id, _) => {
                format!("{filter} rel(out, owned-by, id={}) !rel(in, owned-by)", quoted(id.as_str()))
            }
            _ => filter,
        })
    }

    /// The same without what tells kinds apart: where owners are looked for.
    ///
    /// # Errors
    /// As [`Self::filter`].
    pub(crate) fn place(&self, filter: &str, path: &[Step]) -> Result<String, String> {
        let values: Vec<Step> =
            path.iter().take_while(|step| matches!(step, Step::Value(_))).cloned().collect();
        self.filter(filter, &values)
    }
}

/// The value of a row in a column that trees branch by; the row has its payload.
pub(crate) fn value_of(row: &AssetRow, column: &str) -> Option<String> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    if let Some(tag) = column.strip_prefix("tag.") {
        return row.tags.iter().find(|(key, _)| fold(key) == fold(tag)).and_then(|(_, value)| text(value));
    }
    if let Some(path) = column.strip_prefix("prop.") {
        let payload = row.properties.as_ref()?.value();
        let found = path.split('.').try_fold(&payload, |value, key| {
            let fields = value.as_object()?;
            fields.iter().find(|(name, _)| fold(name) == fold(key)).map(|(_, value)| value)
        })?;
        return match found {
            serde_json::Value::String(found) => text(found),
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
            other => Some(other.to_string()),
        };
    }
    match column {
        "provider" => text(row.provider.as_str()),
        "account" => text(&row.account),
        "region" => text(&row.region),
        "zone" => text(&row.zone),
        "kind" => text(row.kind.as_str()),
        "category" => text(row.category.as_str()),
        "status" => row.status.as_deref().and_then(text),
        "status_class" => text(row.status_class.as_str()),
        "source" => text(row.source.as_str()),
        _ => None,
    }
}
