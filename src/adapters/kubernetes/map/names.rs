//! What people call a kind: `pods`, `po`, `pod`, `deployments.apps`.

use cloudscope_catalog::Catalog;
use cloudscope_ports::KindNames;

use super::kind;
use crate::resource::Resource;

/// The names that discovery gives, the usual one first.
pub(super) fn of(resource: &Resource) -> KindNames {
    let mut names = vec![resource.plural.clone()];
    names.extend(resource.short_names.iter().cloned());
    names.push(resource.singular.clone());
    names.push(resource.kind.to_lowercase());
    names.push(resource.name());
    KindNames { kind: kind::of(resource), names: once_each(names) }
}

/// The names that the rows give, so that they are known before any cluster was asked.
pub(crate) fn known(catalog: &Catalog) -> Vec<KindNames> {
    let rows = catalog.kinds().filter(|row| row.provider.as_str() == "k8s" && !row.names.is_empty());
    rows.map(|row| KindNames { kind: row.kind.clone(), names: row.names.clone() }).collect()
}

fn once_each(names: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        if !name.is_empty() && !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_name_is_first() {
        let resource = Resource {
            group: "apps".into(),
            version: "v1".into(),
            kind: "Deployment".into(),
            plural: "deployments".into(),
            singular: "deployment".into(),
            short_names: vec!["deploy".into()],
            namespaced: true,
            watchable: true,
        };
        let names = of(&resource);
        assert_eq!(names.kind.as_str(), "k8s.apps.deployment");
        assert_eq!(names.names, ["deployments", "deploy", "deployment", "deployments.apps"]);
    }

    #[test]
    fn built_in_kinds_are_known_without_a_cluster() {
        let names = known(&Catalog::builtin().unwrap());
        let of = |name: &str| {
            names.iter().find(|n| n.names.iter().any(|x| x == name)).map(|n| n.kind.as_str().to_owned())
        };
        for (name, kind) in [
            ("pods", "k8s.core.pod"),
            ("po", "k8s.core.pod"),
            ("deploy", "k8s.apps.deployment"),
            ("ns", "k8s.core.namespace"),
            ("svc", "k8s.core.service"),
            ("sts", "k8s.apps.stateful-set"),
            ("pvc", "k8s.core.persistent-volume-claim"),
            ("crd", "k8s.apiextensions.k8s.io.custom-resource-definition"),
        ] {
            assert_eq!(of(name).as_deref(), Some(kind), "{name}");
        }
    }
}
