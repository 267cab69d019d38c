//! The least that collecting needs, as a ClusterRole (and a Role for each namespace that is listed alone) with
//! a binding, in YAML.
//!
//! Exactly what is planned: `list` and `watch` of each kind, and `get` of the one namespace that names the
//! cluster.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use cloudscope_ports::{Fault, FaultKind, Plan};

use crate::{options::holds_secrets, session::Session};

/// A group with the verbs that its kinds can.
type Rules<'a> = BTreeMap<(&'a str, bool), BTreeSet<&'a str>>;

/// The roles for what a source collects.
///
/// # Errors
/// When nothing is.
pub(crate) fn document(plan: &Plan, session: &Session) -> Result<String, Fault> {
    let mut places: BTreeMap<Option<&str>, Rules<'_>> = BTreeMap::new();
    let mut secrets = false;
    for scope in &plan.scopes {
        let server = session.servers.get(&scope.key.account);
        let Some(resource) = server.and_then(|s| s.resources.get(&scope.key.listing)) else { continue };
        let namespace = Some(scope.key.parent.as_str()).filter(|n| !n.is_empty());
        secrets |= holds_secrets(resource);
        let rules = places.entry(namespace).or_default();
        rules
            .entry((resource.group.as_str(), resource.watchable))
            .or_default()
            .insert(resource.plural.as_str());
    }
    if places.is_empty() {
        let words = "nothing is collected, so nothing is needed; see `cloudscope sources test`";
        return Err(Fault::new(FaultKind::NotFound, "k8s:Configure", words));
    }
    let mut text = String::new();
    if secrets {
        text.push_str(
            "# Of secrets only names, labels and owners are read. Kubernetes has no permission for that alone: `list`\n\
             # lets whoever has the credentials read the values as well. To leave secrets out, add without=secrets.\n",
        );
    }
    text.push_str("# Bind it to a user or service account of your own in place of the one named here.\n");
    let mut documents = vec![role(None, places.get(&None))];
    documents.push(binding(None));
    for (namespace, rules) in places.iter().filter(|(namespace, _)| namespace.is_some()) {
        documents.push(role(*namespace, Some(rules)));
        documents.push(binding(*namespace));
    }
    text.push_str(&documents.join("---\n"));
    Ok(text)
}

fn role(namespace: Option<&str>, rules: Option<&Rules<'_>>) -> String {
    let mut text = head("Role", namespace);
    text.push_str("rules:\n");
    if namespace.is_none() {
        // The uid of this namespace names the cluster.
        text.push_str(
            "- apiGroups: [\"\"]\n  resources: [\"namespaces\"]\n  resourceNames: [\"kube-system\"]\n  verbs: [\"get\"]\n",
        );
    }
    for ((group, watchable), resources) in rules.into_iter().flatten() {
        let names: Vec<String> = resources.iter().map(|r| quoted(r)).collect();
        let verbs = if *watchable { "\"list\", \"watch\"" } else { "\"list\"" };
        let _ = writeln!(text, "- apiGroups: [{}]", quoted(group));
        let _ = writeln!(text, "  resources: [{}]", names.join(", "));
        let _ = writeln!(text, "  verbs: [{verbs}]");
    }
    text
}

fn binding(namespace: Option<&str>) -> String {
    let mut text = head("RoleBinding", namespace);
    let kind = if namespace.is_some() { "Role" } else { "ClusterRole" };
    let _ = write!(
        text,
        "roleRef:\n  apiGroup: \"rbac.authorization.k8s.io\"\n  kind: \"{kind}\"\n  name: \"cloudscope-reader\"\n\
         subjects:\n- kind: \"ServiceAccount\"\n  name: \"cloudscope\"\n  namespace: \"default\"\n"
    );
    text
}

fn head(kind: &str, namespace: Option<&str>) -> String {
    let kind = if namespace.is_some() { kind.to_owned() } else { format!("Cluster{kind}") };
    let mut text = format!(
        "apiVersion: \"rbac.authorization.k8s.io/v1\"\nkind: \"{kind}\"\nmetadata:\n  name: \"cloudscope-reader\"\n"
    );
    if let Some(namespace) = namespace {
        let _ = writeln!(text, "  namespace: {}", quoted(namespace));
    }
    text
}

/// A word that the server gave, as YAML.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
