//! The same check against a cluster of others, by another client: what kubectl lists of every kind is what is
//! collected, with names, namespaces, labels and uids; what objects say of each other is related; what
//! kubectl prints in its columns is the status.
//!
//! `CLOUDSCOPE_TEST_KUBECONFIG` names the kubeconfig; its current context is read, nothing is written. Who may
//! list only in some namespaces is compared in those. `CLOUDSCOPE_TEST_KUBECTL` names a kubectl that is not on
//! the PATH. Our fake is looked at in the same way where there is a kubectl, so that the check itself is
//! checked; `tests/kubernetes/real.py` starts a real API server for it.

mod links;
mod printed;
mod seen;

use std::{collections::BTreeMap, path::Path};

use super::{estate, text, user::User, wanted::differences};
use seen::Kubectl;

/// Compares a cluster as kubectl sees it with what is collected. Between the two it may change: what kubectl
/// does not see alike before and after is left out, and told how much that is.
/// Returns how much was compared, and what kubectl was refused.
fn check(program: &Path, config: &Path) -> String {
    let kubectl = Kubectl { program, config };
    let user = User::with_file(config.to_owned());
    let source = format!("k8s:context={}", kubectl.context());
    // Who may not read what names the cluster gets another id; which one, only the program knows.
    let cluster = kubectl.cluster().unwrap_or_else(|| {
        user.collect(&source);
        let rows = user.present("provider:k8s");
        rows.first().and_then(|r| text(r, "id").split('/').next()).unwrap_or_default().to_owned()
    });
    let begun = jiff::Timestamp::now();
    let before = kubectl.see(&cluster);
    let printed_before = printed::seen(&kubectl, &before.places);
    let ran = user.collect(&source);
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
    let printed_after = printed::seen(&kubectl, &before.places);
    let after = kubectl.see(&cluster);
    let rows = user.present("provider:k8s");
    let (steady, moved): (Vec<&String>, Vec<&String>) = before
        .wanted
        .objects
        .keys()
        .chain(after.wanted.objects.keys())
        .partition(|id| before.wanted.objects.get(*id) == after.wanted.objects.get(*id));
    let mut told = differences(&rows, &before.wanted);
    // Neither of both sees what came and went in between.
    let came: Vec<&str> = rows.iter().filter(|row| is_newer(row, begun)).map(|row| text(row, "id")).collect();
    told.retain(|line| {
        !moved.iter().any(|id| line.contains(id.as_str())) && !came.iter().any(|id| line.ends_with(id))
    });
    let (then, now) = (before.versions(), after.versions());
    let same = |id: &str| then.get(id) == now.get(id);
    let (cells, wrong) = printed::differences(&rows, &printed_before, &printed_after, same);
    told.extend(wrong);
    let wanted = links::of(&after);
    let steady_links: Vec<_> = links::of(&before).into_iter().filter(|l| wanted.contains(l)).collect();
    told.extend(unrelated(&user, &cluster, &steady_links));
    let health = user.health();
    let trouble = health.iter().filter(|h| !matches!(text(h, "state"), "ok" | "disabled"));
    let trouble: Vec<String> =
        trouble.take(30).map(|h| format!("{} {}: {}", h["listing"], h["state"], h["error"])).collect();
    assert!(
        told.is_empty(),
        "{} differences\n{}\n{}",
        told.len(),
        told[..told.len().min(100)].join("\n"),
        trouble.join("\n")
    );
    format!(
        "compared: {} objects of {} ({} moved meanwhile), {} relationships, {cells} printed cells; kubectl was refused {}: {:?}; not read: {trouble:#?}",
        steady.len() / 2,
        after.wanted.objects.len(),
        moved.len(),
        steady_links.len(),
        before.refused.len(),
        before.refused.iter().take(5).collect::<Vec<_>>(),
    )
}

/// Made since a moment, by the server's clock, which knows only seconds.
fn is_newer(row: &serde_json::Value, since: jiff::Timestamp) -> bool {
    let created = text(row, "created_at").parse::<jiff::Timestamp>();
    created.is_ok_and(|at| at.as_second() >= since.as_second())
}

/// The links that were not collected as relationships.
fn unrelated(user: &User, cluster: &str, links: &[links::Link]) -> Vec<String> {
    let mut by_from: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in links {
        by_from.entry(from).or_default().push(to);
    }
    let _held = user.home.hold();
    let mut lost = Vec::new();
    for (from, wanted) in by_from {
        let found = user.relations(&format!("{cluster}/{from}"));
        let has = |to: &str| {
            found.iter().any(|row| {
                text(row, "to").strip_prefix(cluster).and_then(|t| t.strip_prefix('/')) == Some(to)
            })
        };
        lost.extend(
            wanted.into_iter().filter(|to| !has(to)).map(|to| format!("not related: {from} -> {to}")),
        );
    }
    lost
}

#[test]
fn what_kubectl_lists_is_what_is_collected() {
    let Some(kubectl) = seen::kubectl() else {
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
