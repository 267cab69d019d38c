//! What an API server serves: from its discovery documents, aggregated or one by one, to resources.
//!
//! `parse` knows no network. Subresources are never seen: they are not in the list that comes out.

pub(crate) mod parse;

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{Fault, FaultKind, Gate};
use futures::{StreamExt, stream};

use crate::{
    client::Client,
    failure::shown,
    path::{DISCOVER, Target},
    resource::Resource,
};
use parse::{Document, Served};

/// Answers to discovery are no larger.
const MOST: usize = 32 << 20;
/// Groups of an old server that are asked for at a time.
const AT_ONCE: usize = 8;
/// Versions of groups that are asked for at most.
const MOST_VERSIONS: usize = 2_000;

/// What there is to list.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In the order of their names.
    pub(crate) resources: Vec<Resource>,
    /// Groups that could not be asked, and why.
    pub(crate) broken: BTreeMap<String, Fault>,
    /// Groups of which some version could not be asked: what is not seen of them may be there.
    pub(crate) doubtful: BTreeMap<String, Fault>,
    /// The names of everything that can be listed, those of objects that are listed under another name too.
    pub(crate) names: BTreeSet<String>,
}

/// Asks a server what it serves.
///
/// # Errors
/// When neither the core group nor the list of groups can be read.
pub(crate) async fn discover(client: &Client, gate: &dyn Gate, scope: &ScopeKey) -> Result<Found, Fault> {
    let ask = async |target: Target<'_>| -> Result<Document, Fault> {
        let body = client.get(gate, scope, &target, MOST).await?.good(&target)?;
        parse::document(&body).map_err(|why| {
            let words = format!("{} answers discovery with something else: {why}", client.context());
            Fault::new(FaultKind::Malformed, target.operation().as_str(), words)
        })
    };
    let (core, groups) = futures::join!(ask(Target::Core), ask(Target::Groups));
    let mut served = Served::default();
    let mut broken = BTreeMap::new();
    let mut versions: Vec<(String, String)> = Vec::new();
    let groups = groups?;
    let core = match core {
        // A server may have no core group.
        Err(fault) if fault.kind == FaultKind::NotFound => None,
        core => Some(core?),
    };
    for document in core.into_iter().chain([groups]) {
        match document {
            Document::Everything(list) => served.aggregated(list),
            Document::CoreVersions(list) => versions.extend(list.into_iter().map(|v| (String::new(), v))),
            Document::Groups(list) => versions.extend(list),
            Document::Resources(_) => {}
        }
    }
    for (group, _) in versions.drain(MOST_VERSIONS.min(versions.len())..) {
        let words = format!("more than {MOST_VERSIONS} versions of groups are not asked for");
        broken.insert(group, Fault::new(FaultKind::TooLarge, DISCOVER.as_str(), words));
    }
    let answers = stream::iter(versions)
        .map(|(group, version)| async {
            let answer = ask(Target::Version { group: &group, version: &version }).await;
            (group, version, answer)
        })
        .buffered(AT_ONCE)
        .collect::<Vec<_>>();
    for (group, version, answer) in answers.await {
        match answer {
            Ok(Document::Resources(list)) => served.version(&group, &version, list),
            Ok(_) => {}
            Err(fault) if fault.kind == FaultKind::Cancelled => return Err(fault),
            Err(fault) => {
                broken.entry(group).or_insert(fault);
            }
        }
    }
    for group in served.stale() {
        // The main server says what it remembers of an API server of its own that does not answer it.
        let words = format!(
            "the API server of its own that serves the group {} does not answer; see `kubectl get apiservices`",
            shown(group)
        );
        broken
            .entry(group.to_owned())
            .or_insert_with(|| Fault::new(FaultKind::NotFound, DISCOVER.as_str(), words));
    }
    let (names, resources, doubtful) = (served.names(), served.resources(), broken.clone());
    // One version that answers is enough to know the group.
    broken.retain(|group, _| !resources.iter().any(|r| r.group == *group));
    Ok(Found { resources, broken, doubtful, names })
}
