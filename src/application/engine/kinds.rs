//! What people call the kinds: what collectors were told by their providers, what the catalog says, and of
//! kinds of Kubernetes, whose names are regular, the name itself and its plural.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_catalog::Catalog;
use cloudscope_domain::Kind;

use super::Engine;
use crate::message::KindWords;

impl Engine {
    /// The catalog: from now on the kinds have its titles, names and columns. Only the first one counts.
    pub fn know_kinds(&self, catalog: &Catalog) {
        let words = catalog.kinds().map(|spec| KindWords {
            kind: spec.kind.clone(),
            title: spec.title.to_string(),
            names: spec.names.clone(),
            columns: spec.columns.clone(),
            count: 0,
        });
        // Set before anybody asks; a second one would say the same.
        let _ = self.kind_words.set(words.collect());
        let _ = self.declarable.set(Arc::new(catalog.declarable()));
    }

    /// The kinds that the inventory has, and those that have names, by kind.
    pub(super) fn kinds(&self) -> Vec<KindWords> {
        let mut all: BTreeMap<Kind, KindWords> = BTreeMap::new();
        if let Some(view) = self.hub.view() {
            for (kind, count) in view.snapshot.counts().kind {
                if let Ok(kind) = kind.parse() {
                    of(&mut all, &kind).count = count;
                }
            }
        }
        for told in self.collectors.iter().flat_map(|collector| collector.names()) {
            let words = of(&mut all, &told.kind);
            for name in told.names {
                if !words.names.contains(&name) {
                    words.names.push(name);
                }
            }
        }
        let known: &[KindWords] = self.kind_words.get().map_or(&[], |known| known);
        for spec in known {
            let Some(words) = all.get_mut(&spec.kind) else {
                if !spec.names.is_empty() {
                    all.insert(spec.kind.clone(), spec.clone());
                }
                continue;
            };
            words.title.clone_from(&spec.title);
            words.columns.clone_from(&spec.columns);
            for name in &spec.names {
                if !words.names.contains(name) {
                    words.names.push(name.clone());
                }
            }
        }
        for words in all.values_mut() {
            for name in regular(&words.kind) {
                if !words.names.contains(&name) {
                    words.names.push(name);
                }
            }
        }
        all.into_values().collect()
    }
}

fn of<'a>(all: &'a mut BTreeMap<Kind, KindWords>, kind: &Kind) -> &'a mut KindWords {
    all.entry(kind.clone()).or_insert_with(|| KindWords {
        kind: kind.clone(),
        title: String::new(),
        names: Vec::new(),
        columns: Vec::new(),
        count: 0,
    })
}

/// `k8s.apps.replica-set` is `replicasets` and `replicaset`.
fn regular(kind: &Kind) -> Vec<String> {
    let Some(last) = kind.as_str().strip_prefix("k8s.").and_then(|rest| rest.rsplit('.').next()) else {
        return Vec::new();
    };
    let one = last.replace('-', "");
    let many = match one.strip_suffix('y') {
        _ if one.ends_with('s') || one.ends_with('x') || one.ends_with("ch") => format!("{one}es"),
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    };
    vec![many, one]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_kubernetes_have_a_plural() {
        for (kind, names) in [
            ("k8s.core.pod", "pods pod"),
            ("k8s.apps.replica-set", "replicasets replicaset"),
            ("k8s.networking.k8s.io.network-policy", "networkpolicies networkpolicy"),
            ("k8s.networking.k8s.io.ingress", "ingresses ingress"),
            ("k8s.gateway.networking.k8s.io.gateway", "gateways gateway"),
            ("aws.ec2.instance", ""),
        ] {
            assert_eq!(regular(&kind.parse().unwrap()).join(" "), names, "{kind}");
        }
    }
}
