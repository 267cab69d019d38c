//! A resource of an API server, as its discovery tells of it. Knows nothing of objects.

/// Something that can be listed: `pods`, `deployments.apps`, `certificates.cert-manager.io`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Resource {
    /// API group; empty for the core group.
    pub(crate) group: String,
    /// The version that the server prefers of those that serve it.
    pub(crate) version: String,
    /// `Pod`.
    pub(crate) kind: String,
    /// `pods`.
    pub(crate) plural: String,
    /// `pod`; may be empty.
    pub(crate) singular: String,
    /// `po`.
    pub(crate) short_names: Vec<String>,
    /// Objects of it lie in namespaces.
    pub(crate) namespaced: bool,
    /// It can be watched.
    pub(crate) watchable: bool,
}

impl Resource {
    /// `deployments.apps`, or `pods` in the core group: as `kubectl api-resources` and RBAC name it.
    pub(crate) fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}
