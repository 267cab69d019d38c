//! Who may do what: users known by a token or a certificate, with rules as RBAC has them.

use std::collections::BTreeMap;

/// What may be done. `*` stands for everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// `get`, `list`, `watch`.
    pub verbs: Vec<String>,
    /// `deployments.apps`, `pods`, `*`.
    pub resources: Vec<String>,
    /// Namespaces; `*` is the cluster as a whole.
    pub namespaces: Vec<String>,
}

impl Allow {
    /// From words, separated by commas.
    #[must_use]
    pub fn new(verbs: &str, resources: &str, namespaces: &str) -> Self {
        let words = |text: &str| text.split(',').map(str::to_owned).collect();
        Self { verbs: words(verbs), resources: words(resources), namespaces: words(namespaces) }
    }

    fn covers(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        let has = |words: &[String], word: &str| words.iter().any(|w| w == "*" || w == word);
        let place = match namespace {
            Some(namespace) => has(&self.namespaces, namespace),
            None => self.namespaces.iter().any(|n| n == "*"),
        };
        place && has(&self.verbs, verb) && has(&self.resources, resource)
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// As messages name them; the common name of their certificate.
    pub name: String,
    /// What they may do.
    pub allow: Vec<Allow>,
    /// What they may not do in spite of it. Real RBAC has no such thing; it says the same with fewer rules.
    pub deny: Vec<Allow>,
}

impl User {
    /// Somebody who may do everything.
    #[must_use]
    pub fn admin(name: &str) -> Self {
        Self { name: name.to_owned(), allow: vec![Allow::new("*", "*", "*")], deny: Vec::new() }
    }

    /// Somebody who may do what is said, and nothing else.
    #[must_use]
    pub fn limited(name: &str, allow: Vec<Allow>) -> Self {
        Self { name: name.to_owned(), allow, deny: Vec::new() }
    }

    /// Whether they may.
    #[must_use]
    pub fn may(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        let any = |rules: &[Allow]| rules.iter().any(|r| r.covers(verb, resource, namespace));
        any(&self.allow) && !any(&self.deny)
    }
}

/// Everybody, and how they are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Users {
    pub(crate) by_name: BTreeMap<String, User>,
    /// Token to name.
    pub(crate) tokens: BTreeMap<String, String>,
    /// Certificate to name.
    pub(crate) certificates: BTreeMap<Vec<u8>, String>,
}

impl Users {
    /// Who that is; a certificate counts first, as on a real server.
    pub(crate) fn who(&self, token: Option<&str>, certificate: Option<&[u8]>) -> Option<&User> {
        let by_certificate = certificate.and_then(|der| self.certificates.get(der));
        let name = by_certificate.or_else(|| token.and_then(|t| self.tokens.get(t)))?;
        self.by_name.get(name)
    }
}
