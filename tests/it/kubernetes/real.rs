//! The same check against a cluster of others, by another client: what kubectl lists of every kind is what is
//! collected, with names, namespaces, labels and uids, and what objects say of each other is related.
//!
//! `CLOUDSCOPE_TEST_KUBECONFIG` names the kubeconfig; its current context is read, nothing is written.
//! `CLOUDSCOPE_TEST_KUBECTL` names a kubectl that is not on the PATH. Our fake is looked at in the same way
//! where there is a kubectl, so that the check itself is checked.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::{
    estate, text,
    user::User,
    wanted::{Wanted, differences, is_on},
};
use crate::home::wait_for;

fn kubectl() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CLOUDSCOPE_TEST_KUBECTL") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("kubectl")).find(|p| p.is_file())
}

/// What kubectl sees of a cluster.
struct Seen {
    wanted: Wanted,
    /// From and to, both ids without a cluster.
    links: BTreeSet<(String, String)>,
    refused: Vec<String>,
}

fn ask(kubectl: &Path, config: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(kubectl);
    command.arg("--kubeconfig").arg(config).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let out = wait_for(command.spawn().unwrap(), Duration::from_secs(300));
    match out.status.success() {
        true => Ok(String::from_utf8(out.stdout).unwrap()),
        false => Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&out.stderr))),
    }
}

fn seen(kubectl: &Path, config: &Path) -> Seen {
    let system = ask(kubectl, config, &["get", "namespace", "kube-system", "-o", "json"]).unwrap();
    let system: Value = serde_json::from_str(&system).unwrap();
    let cluster = text(&system["metadata"], "uid").to_owned();
    let mut out = Seen { wanted: Wanted::default(), links: BTreeSet::new(), refused: Vec::new() };
    let mut objects: Vec<(String, Value)> = Vec::new();
    let names = ask(kubectl, config, &["api-resources", "--verbs=list", "-o", "name"]).unwrap();
    for name in names.lines().filter(|n| is_on(n)) {
        match ask(kubectl, config, &["get", name, "-A", "-o", "json"]) {
            Err(why) => out.refused.push(why),
            Ok(list) => {
                let list: Value = serde_json::from_str(&list).unwrap();
                for object in list["items"].as_array().unwrap() {
                    let group = text(object, "apiVersion").split_once('/').map_or("", |(group, _)| group);
                    let kind = text(object, "kind");
                    out.wanted.add(&cluster, group, kind, object);
                    objects.push((own(group, kind, object), object.clone()));
                }
            }
        }
    }
    let by_uid: std::collections::BTreeMap<&str, &String> =
        objects.iter().map(|(id, o)| (text(&o["metadata"], "uid"), id)).collect();
    for (id, object) in &objects {
        let namespace = text(&object["metadata"], "namespace");
        if !namespace.is_empty() {
            out.links.insert((id.clone(), format!("core/Namespace/{namespace}")));
        }
        for owner in object["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
            if let Some(owner) = by_uid.get(text(owner, "uid")) {
                out.links.insert((id.clone(), (*owner).clone()));
            }
        }
        match text(object, "kind") {
            "Pod" if object["spec"]["nodeName"].is_string() => {
                out.links.insert((id.clone(), format!("core/Node/{}", text(&object["spec"], "nodeName"))));
            }
            "Service" => {
                let chosen = |(_, pod): &&(String, Value)| {
                    text(pod, "kind") == "Pod"
                        && text(&pod["metadata"], "namespace") == namespace
                        && object["spec"]["selector"].as_object().is_some_and(|wanted| {
                            !wanted.is_empty()
                                && wanted.iter().all(|(k, v)| &pod["metadata"]["labels"][k] == v)
                        })
                };
                let chosen = objects.iter().filter(chosen).map(|(pod, _)| (id.clone(), pod.clone()));
                out.links.extend(chosen);
            }
            "PersistentVolumeClaim" if object["spec"]["volumeName"].is_string() => {
                let volume = text(&object["spec"], "volumeName");
                out.links.insert((id.clone(), format!("core/PersistentVolume/{volume}")));
            }
            _ => {}
        }
    }
    out
}

fn own(group: &str, kind: &str, object: &Value) -> String {
    let group = if group.is_empty() { "core" } else { group };
    let (namespace, name) = (text(&object["metadata"], "namespace"), text(&object["metadata"], "name"));
    let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
    format!("{group}/{kind}/{place}{name}")
}

/// Compares a cluster as kubectl sees it with what is collected. Between the two it may change: what kubectl
/// does not see alike before and after is left out, and told how much that is.
/// Returns how many objects that were, and what kubectl was refused.
fn check(kubectl: &Path, config: &Path) -> String {
    let before = seen(kubectl, config);
    let user = User::with_file(config.to_owned());
    let current = ask(kubectl, config, &["config", "current-context"]).unwrap();
    let ran = user.collect(&format!("k8s:context={}", current.trim()));
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
    let after = seen(kubectl, config);
    let steady = |id: &String| before.wanted.objects.get(id) == after.wanted.objects.get(id);
    let rows = user.present("provider:k8s");
    let told: Vec<String> = differences(&rows, &before.wanted)
        .into_iter()
        .filter(|line| {
            let moved = |id: &String| !steady(id) && line.contains(id.as_str());
            !before.wanted.objects.keys().chain(after.wanted.objects.keys()).any(moved)
        })
        .collect();
    assert!(told.is_empty(), "{} differences\n{}", told.len(), told[..told.len().min(100)].join("\n"));
    relationships(&user, &before, &after);
    format!("{} objects; kubectl was refused {:?}", before.wanted.objects.len(), before.refused)
}

/// A few of each sort of link.
fn relationships(user: &User, before: &Seen, after: &Seen) {
    const OF_A_SORT: usize = 2;
    let cluster = before.wanted.objects.keys().next().unwrap().split('/').next().unwrap().to_owned();
    let sort = |id: &str| id.split('/').take(2).collect::<Vec<_>>().join("/");
    let mut sorts = std::collections::BTreeMap::new();
    let _held = user.home.hold();
    let mut lost = Vec::new();
    for (from, to) in before.links.intersection(&after.links) {
        let count: &mut usize = sorts.entry((sort(from), sort(to))).or_default();
        *count += 1;
        if *count <= OF_A_SORT {
            let found = user.relations(&format!("{cluster}/{from}"));
            if !found.iter().any(|row| text(row, "to") == format!("{cluster}/{to}")) {
                lost.push(format!("{from} -> {to}"));
            }
        }
    }
    assert!(lost.is_empty(), "{} of {} sorts\n{}", lost.len(), sorts.len(), lost.join("\n"));
}

#[test]
fn what_kubectl_lists_is_what_is_collected() {
    let Some(kubectl) = kubectl() else {
        eprintln!("skipped: no kubectl on the PATH, and none in CLOUDSCOPE_TEST_KUBECTL");
        return;
    };
    if let Some(named) = std::env::var_os("CLOUDSCOPE_TEST_KUBECONFIG") {
        eprintln!("{}", check(&kubectl, Path::new(&named)));
        return;
    }
    let (server, _) = estate(21);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, server.kubeconfig()).unwrap();
    eprintln!("{}", check(&kubectl, &config));
}
