//! Kubernetes: the contexts of the kubeconfig files by name. Users, certificates, tokens and the
//! programs that a user entry would run are not looked at.

use std::{collections::BTreeSet, path::PathBuf};

use cloudscope_domain::text::visible;
use serde::Deserialize;

use super::{
    Environment, Found, label,
    read::{Text, text},
};

#[derive(Deserialize)]
struct Kubeconfig {
    #[serde(default)]
    contexts: Option<Vec<Context>>,
    #[serde(default, rename = "current-context")]
    current: Option<String>,
}

#[derive(Deserialize)]
struct Context {
    #[serde(default)]
    name: Option<String>,
}

struct Candidate {
    path: PathBuf,
    /// It lies in whatever directory this happens to be, so it is not read unasked.
    relative: bool,
}

pub(super) fn look(env: &Environment, found: &mut Found) {
    let files: Vec<Candidate> = match env.get("KUBECONFIG") {
        Some(list) => {
            let parts = list.split(':').filter(|p| !p.is_empty()).take(64);
            parts.map(|p| Candidate { path: env.expand(p), relative: !p.starts_with(['/', '~']) }).collect()
        }
        None => {
            let usual = env.home.iter().map(|home| home.join(".kube/config"));
            usual.map(|path| Candidate { path, relative: false }).collect()
        }
    };
    let mut current: Option<String> = None;
    let mut seen = BTreeSet::new();
    let mut lists = Vec::new();
    for path in files {
        let origin = env.show(&path.path);
        if path.relative {
            found.unusable(
                "a kubeconfig",
                &origin,
                "KUBECONFIG names it by a relative path; write the absolute one",
            );
            continue;
        }
        let content = match text(&path.path) {
            Text::There(content) => content,
            Text::Absent => {
                if env.get("KUBECONFIG").is_some() {
                    found.unusable("a kubeconfig", &origin, "no such file, though KUBECONFIG names it");
                }
                continue;
            }
            Text::Unusable(reason) => {
                found.unusable("a kubeconfig", &origin, &reason);
                continue;
            }
        };
        // The parser's own words are not repeated: they may quote the file, which holds secrets.
        let Ok(config) = serde_saphyr::from_str::<Option<Kubeconfig>>(&content) else {
            found.unusable("a kubeconfig", &origin, "not YAML of the expected form");
            continue;
        };
        let Some(config) = config else { continue };
        // As kubectl merges files: the first that says something wins.
        current = current.or(config.current.filter(|name| !name.is_empty()));
        let names: Vec<String> = config
            .contexts
            .unwrap_or_default()
            .into_iter()
            .filter_map(|context| context.name)
            .filter(|name| !name.is_empty() && seen.insert(name.clone()))
            .collect();
        lists.push((origin, names));
    }
    for (origin, names) in lists {
        let titles = names
            .iter()
            .map(|name| {
                let mark = if current.as_ref() == Some(name) { " (current)" } else { "" };
                // A comma would end the option.
                let add = Some(format!("k8s:context={name}"))
                    .filter(|_| !name.contains(',') && *name == visible(name));
                (format!("Kubernetes context {}{mark}", label(name)), add)
            })
            .collect();
        found.several_addable(titles, "Kubernetes contexts", &origin);
    }
    if env.get("KUBERNETES_SERVICE_HOST").is_some() {
        found.addable(
            "the Kubernetes cluster that this program runs in".to_owned(),
            "KUBERNETES_SERVICE_HOST",
            Some("k8s:context=in-cluster".to_owned()),
        );
    }
}
