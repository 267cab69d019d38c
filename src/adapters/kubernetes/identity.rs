//! Which cluster a context leads to: by the uid of its namespace `kube-system`, so that two contexts of one
//! cluster are one.
//!
//! Who may not read that is told apart by the server's address and authority instead: two addresses of one
//! cluster are two then, and the permission that is missing is said.

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{Fault, FaultKind, Gate};
use serde::Deserialize;

use crate::{client::Client, path::Target};

/// A namespace is no larger.
const MOST: usize = 1 << 20;
/// What would name the cluster.
pub(crate) const PERMISSION: &str = "namespaces get";

/// What a cluster is called in ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) uid: String,
    /// Why it is not the uid of `kube-system`, where it is not, and the permission that would show it.
    pub(crate) makeshift: Option<(String, Option<String>)>,
}

#[derive(Deserialize)]
struct Namespace {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    uid: String,
}

/// Asks a server for its identity.
///
/// # Errors
/// When the server cannot be reached or does not know the credentials.
pub(crate) async fn identify(client: &Client, gate: &dyn Gate, scope: &ScopeKey) -> Result<Identity, Fault> {
    let target = Target::KubeSystem;
    let makeshift = |why: String, permission: Option<String>| {
        let mark = client.login().facts().mark;
        let hex: String = mark[..16].iter().map(|b| format!("{b:02x}")).collect();
        Ok(Identity { uid: format!("address-{hex}"), makeshift: Some((why, permission)) })
    };
    let consequence =
        "the cluster is told apart by its address, and another address of it counts as another cluster";
    match client.get(gate, scope, &target, MOST).await.and_then(|answer| answer.good(&target)) {
        Ok(body) => {
            let uid = serde_json::from_slice::<Namespace>(&body).ok().map(|n| n.metadata.uid);
            match uid.filter(|uid| is_uid(uid)) {
                Some(uid) => Ok(Identity { uid, makeshift: None }),
                None => makeshift(format!("the namespace kube-system has no uid, so {consequence}"), None),
            }
        }
        // A refusal of the credentials themselves names no permission.
        Err(fault) if fault.kind == FaultKind::Denied && fault.missing_permission.is_some() => makeshift(
            format!("the namespace kube-system may not be read, so {consequence}"),
            Some(PERMISSION.to_owned()),
        ),
        Err(fault) if matches!(fault.kind, FaultKind::NotFound | FaultKind::Disabled) => {
            makeshift(format!("there is no namespace kube-system, so {consequence}"), None)
        }
        Err(fault) => Err(fault),
    }
}

fn is_uid(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
